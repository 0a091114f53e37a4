"""A film as one HTML page: scripts, styles and cells are in it, its policy allows no address, a double click plays."""

import base64
import gzip
import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from neurogen_abm.film.script import bundled, lean, static_text
from neurogen_abm.model import NeurogenesisModel
from neurogen_abm.numerals import plain
from neurogen_abm.report.pages.html import fill_text
from neurogen_abm.scene.film import Reel
from neurogen_abm.scene.palette import FAMILY_TITLES
from neurogen_abm.scene.scene import scene
from neurogen_abm.serve.payload.frames import bdnf_limits, pack
from neurogen_abm.serve.payload.payloads import grid_payload, organ_block, section_block, still_block, tissue_block
from neurogen_abm.serve.payload.states import differences
from neurogen_abm.spec.scenario.models import Patch

FORMAT: Final = 1
_SECTIONS: Final = 11  # of the sections that the film can show, one at either end of the gyrus
_ONE_IN: Final = 10  # granule cells born in development, which the organ in space shows as a haze
_LIVE_ONLY: Final = (("section", "stop"), ("p", "look-for"), ("div", "effect-line"))  # beside the maps; a film has none
_HELD: Final = ("group", "state", "clone", "birth")  # colourings of which a film holds the values


class Stage(NamedTuple):
    """What stands still in a film: the lattice, limits of colour, and the layers of map and sections."""

    model: NeurogenesisModel
    grid: dict[str, Any]
    limits: tuple[float, float]
    sections_um: list[float]
    blocks: list[tuple[str, int, NDArray[np.uint8]]]


class _Shown(NamedTuple):
    model: NeurogenesisModel


def stage_of(model: NeurogenesisModel, sections: int = _SECTIONS, one_in: int = _ONE_IN) -> Stage:
    """Return what stands still, as it is at the first moment: so many sections, one of so many cells of development."""
    shown = _Shown(model)
    grid = model.world.grid
    at = [int(k / (sections - 1) * (grid.n_u - 1)) for k in range(sections)]
    middles = [(column + 0.5) * grid.pitch_um for column in at]
    blocks = [("tissue", 0, _bytes(tissue_block(shown))), ("organ", 0, _bytes(organ_block(shown, rounded=True)))]
    blocks += [("still", 0, _bytes(still_block(shown, one_in)))]
    blocks += [("section", k, _bytes(section_block(shown, u_um))) for k, u_um in enumerate(middles)]
    return Stage(model, grid_payload(shown), bdnf_limits([shown]), middles, blocks)


def page_of(stage: Stage, reel: Reel, bookmarks: Sequence[Mapping[str, Any]], said: Sequence[str]) -> str:
    """Return the page.

    Parameters
    ----------
    stage
        What stands still.
    reel
        The film.
    bookmarks
        ``day`` and ``text`` of each.
    said
        Sentences that stand beside the film.
    """
    scenario = stage.model.spec.scenario
    script, css = _inert(bundled("replay.js")), lean(static_text("page.css"))
    context = {
        "title": scenario.title or scenario.name,
        "description": scenario.description,
        "facts": facts(stage.model, reel),
        "cells": "Cells of the patch" if isinstance(scenario.tissue, Patch) else "Cells",
        "said": [*said, f"Of granule cells born in development one in {_ONE_IN} is drawn in the organ."],
        "symbols": Markup(_part("svg", "symbols")),
        "maps": Markup(_part("section", "maps", *_LIVE_ONLY)),
        "css": Markup(css),
        "script": Markup(script),
        "film": base64.b64encode(packed_film(stage, reel, bookmarks)).decode(),
        "policy": _policy(script, css),
    }
    return fill_text("replay.html", context, autoescape=True)


def packed_film(stage: Stage, reel: Reel, bookmarks: Sequence[Mapping[str, Any]]) -> bytes:
    """Return the film alone, packed; docs/replay.md describes it."""
    scenario = stage.model.spec.scenario
    header = {
        "format": FORMAT,
        "title": scenario.title or scenario.name,
        "facts": facts(stage.model, reel),
        "scene": scene() | {"colourings": [way for way in scene()["colourings"] if way["key"] in _HELD]},
        "families": FAMILY_TITLES,
        "differences": differences(),
        "grid": stage.grid,
        "limits": stage.limits,
        "sections_um": stage.sections_um,
        "bookmarks": list(bookmarks),
    }
    arrays = [(name, 0, array) for name, array in reel.arrays().items()]
    return gzip.compress(pack(header, [*arrays, *stage.blocks]), 9, mtime=0)


def facts(model: NeurogenesisModel, reel: Reel) -> list[str]:
    """Return what a film shows, in a few words each."""
    scenario = model.spec.scenario
    where = "whole gyrus"
    if isinstance(scenario.tissue, Patch):
        where = f"patch of {plain(scenario.tissue.septotemporal_um)} x {plain(scenario.tissue.transverse_um)} µm"
    days = f"{plain(scenario.duration_h / 24, 4)} days"
    return [scenario.species, scenario.sex, where, days, f"seed {scenario.seed}", f"{len(reel.times_h)} moments"]


def _bytes(block: bytes) -> NDArray[np.uint8]:
    return np.frombuffer(block, np.uint8)


def _part(tag: str, kind: str, *left_out: tuple[str, str]) -> str:
    """Return an element of the live page, the first of that tag and class, without those inside it that are named."""
    page = static_text("index.html")
    begin, end = _extent(page, tag, kind)
    part = page[begin:end]
    for inner in left_out:
        begin, end = _extent(part, *inner)
        part = part[:begin] + part[end:].lstrip("\n")
    return part


def _extent(page: str, tag: str, kind: str) -> tuple[int, int]:
    """Return where the first element of a tag and class begins and ends."""
    begun = re.search(rf'<{tag} class="{kind}"', page)
    if begun is None:
        raise LookupError(f"index.html has no <{tag} class={kind}>")
    deep = 0
    for mark in re.finditer(rf"<(/?){tag}\b", page[begun.start() :]):
        deep += -1 if mark[1] else 1
        if deep == 0:
            return begun.start(), page.index(">", begun.start() + mark.start()) + 1
    raise LookupError(f"index.html does not end its <{tag} class={kind}>")


def _inert(script: str) -> str:
    """Return a script that cannot end its own element; an escaped slash means the same within a JavaScript string."""
    return script.replace("</script", "<\\/script").replace("<!--", "<\\!--")


def _policy(script: str, css: str) -> str:
    """Content security policy: this script, this style, and nothing from anywhere."""

    def digest(text: str) -> str:
        return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

    return (
        f"default-src 'none'; script-src {digest(script)}; style-src {digest(css)}; img-src data:; "
        "connect-src 'none'; base-uri 'none'; form-action 'none'"
    )

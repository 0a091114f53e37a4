"""A film of one life or two as one HTML page: scripts, styles and cells are in it, and its policy allows no address."""

import base64
import gzip
import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from neurogen_abm.model import NeurogenesisModel
from neurogen_abm.numerals import plain
from neurogen_abm.report.pages.html import fill_text
from neurogen_abm.scene.film import Reel
from neurogen_abm.scene.packing import halves, in_parts
from neurogen_abm.scene.palette import FAMILY_TITLES
from neurogen_abm.scene.scene import scene
from neurogen_abm.serve.payload.frames import bdnf_limits, pack, unpack
from neurogen_abm.serve.payload.payloads import grid_payload, organ_block, section_block, still_block, tissue_block
from neurogen_abm.serve.payload.states import differences
from neurogen_abm.serve.script import bundled, lean, static_text
from neurogen_abm.spec.scenario.models import Patch, Scenario

FORMAT: Final = 2
_SECTIONS: Final = 11  # of the sections that the film can show, one at either end of the gyrus
_ONE_IN: Final = 10  # granule cells born in development, which the organ in space shows as a haze
_LIVE_ONLY: Final = (("section", "stop"), ("p", "look-for"), ("div", "effect-line"))  # beside the maps; a film has none
_HELD: Final = ("group", "state", "clone", "birth")  # colourings of which a film holds the values


class Stage(NamedTuple):
    """What stands still in the film of a life: the lattice, limits of colour, and the layers of map and sections.

    The scenario is what the animal lived by; the animal itself is not kept.
    """

    scenario: Scenario
    grid: dict[str, Any]
    limits: tuple[float, float]
    sections_um: list[float]
    blocks: dict[str, "Block"]


# Into how many parts a film divides one um, or one of a direction, by column; and how often differences are taken.
_PARTS: Final = {
    "table": ([8.0] * 3 + [1024.0] * 3, 2),
    "curve": ([64.0, 64.0, 8192.0], 2),
    "still": ([4.0, 4.0], 1),
}


class Block(NamedTuple):
    """What the protocol sends under a name, packed for a film: its header, and of each array how it is packed."""

    header: dict[str, Any]
    how: dict[str, dict[str, Any]]
    arrays: dict[str, NDArray[Any]]

    def same_as(self, other: "Block") -> bool:
        """Whether it holds the same."""
        one, two = self.arrays, other.arrays
        return self[:2] == other[:2] and all(np.array_equal(array, two[name]) for name, array in one.items())


class _Shown(NamedTuple):
    model: NeurogenesisModel


def stage_of(model: NeurogenesisModel, sections: int = _SECTIONS, one_in: int = _ONE_IN) -> Stage:
    """Return what stands still, as it is at the first moment: so many sections, one of so many cells of development."""
    shown = _Shown(model)
    grid = model.world.grid
    at = [int(k / (sections - 1) * (grid.n_u - 1)) for k in range(sections)]
    middles = [(column + 0.5) * grid.pitch_um for column in at]
    blocks = {"tissue": tissue_block(shown), "organ": organ_block(shown), "still": still_block(shown, one_in)}
    blocks |= {f"section{k}": section_block(shown, u_um) for k, u_um in enumerate(middles)}
    held = {name: _block(block) for name, block in blocks.items()}
    return Stage(model.spec.scenario, grid_payload(shown), bdnf_limits([shown]), middles, held)


def _block(sent: bytes) -> Block:
    """Return a block of the protocol as a film holds it: places rounded, and in the form that packs best."""
    header, arrays = unpack(sent)
    how: dict[str, dict[str, Any]] = {name: {"shape": list(array.shape)} for name, array in arrays.items()}
    if "still" in arrays:  # of somata of a section the order means nothing
        arrays["still"] = arrays["still"][np.lexsort(arrays["still"].T[::-1])]
    packed = dict(arrays)
    for name in _PARTS.keys() & arrays.keys():
        parts, order = _PARTS[name]
        how[name] |= {"parts": parts, "order": order}
        packed[name] = in_parts(arrays[name].reshape(-1, len(parts)), parts, order)
    if "place" in arrays:
        how["place"] |= {"halves": True}
        packed["place"] = halves(arrays["place"])
    return Block(header, how, packed)


def page_of(
    stages: Sequence[Stage],
    reels: Sequence[Reel],
    bookmarks: Sequence[Mapping[str, Any]],
    said: Sequence[str],
    names: Sequence[str],
) -> str:
    """Return the page of one life, or of two side by side.

    Parameters
    ----------
    stages
        What stands still in each.
    reels
        The film of each; their moments are the same.
    bookmarks
        ``day`` and ``text`` of each.
    said
        Sentences that stand beside the film.
    names
        What the lives are called.
    """
    script, css = _inert(bundled("replay.js")), lean(static_text("page.css"))
    context = {
        "title": " beside ".join(names),
        "descriptions": _of_each([stage.scenario.description for stage in stages], ": "),
        "facts": facts(stages, reels),
        "cells": "Cells of the patch" if isinstance(stages[0].scenario.tissue, Patch) else "Cells",
        "said": [*said, f"Of granule cells born in development one in {_ONE_IN} is drawn in the organ."],
        "symbols": Markup(_part("svg", "symbols")),
        "maps": Markup(_part("section", "maps", *_LIVE_ONLY)),
        "css": Markup(css),
        "script": Markup(script),
        "film": base64.b64encode(packed_film(stages, reels, bookmarks, names)).decode(),
        "policy": _policy(script, css),
    }
    return fill_text("replay.html", context, autoescape=True)


def packed_film(
    stages: Sequence[Stage], reels: Sequence[Reel], bookmarks: Sequence[Mapping[str, Any]], names: Sequence[str]
) -> bytes:
    """Return the film alone, packed; docs/replay.md describes it."""
    first, known = stages[0], reels[0]
    blocks = [
        first.blocks,
        *({k: b for k, b in s.blocks.items() if not b.same_as(first.blocks[k])} for s in stages[1:]),
    ]
    alike = [arm > 0 and reel.begins_as(known) for arm, reel in enumerate(reels)]
    header = {
        "format": FORMAT,
        "title": " beside ".join(names),
        "facts": facts(stages, reels),
        "scene": scene() | {"colourings": [way for way in scene()["colourings"] if way["key"] in _HELD]},
        "families": FAMILY_TITLES,
        "differences": differences(),
        "arms": [
            {
                "name": name,
                "grid": stage.grid,
                "begins_as": 0 if same else None,
                "blocks": {key: {"header": block.header, "arrays": block.how} for key, block in own.items()},
            }
            for name, stage, same, own in zip(names, stages, alike, blocks, strict=True)
        ],
        "limits": [min(stage.limits[0] for stage in stages), max(stage.limits[1] for stage in stages)],
        "sections_um": first.sections_um,
        "bookmarks": list(bookmarks),
    }
    arrays: list[tuple[str, int, NDArray[Any]]] = []
    for arm, (reel, own) in enumerate(zip(reels, blocks, strict=True)):
        arrays += [(name, arm, array) for name, array in reel.arrays(known if alike[arm] else None).items()]
        arrays += [(f"{key}/{name}", arm, array) for key, block in own.items() for name, array in block.arrays.items()]
    return gzip.compress(pack(header, arrays), 9, mtime=0)


def facts(stages: Sequence[Stage], reels: Sequence[Reel]) -> list[str]:
    """Return what a film shows, in a few words each; where two lives differ, of A and of B."""
    each = [_facts(stage.scenario, reel) for stage, reel in zip(stages, reels, strict=True)]
    return [", ".join(_of_each(one, " ")) for one in zip(*each, strict=True)]


def _of_each(texts: Sequence[str], then: str) -> list[str]:
    """Return texts of the lives: once where they agree, else with the letter of the life before each."""
    if len(set(texts)) == 1:
        return [texts[0]]
    return [f"{letter}{then}{text}" for letter, text in zip("AB", texts, strict=False)]


def _facts(scenario: Scenario, reel: Reel) -> list[str]:
    where = "whole gyrus"
    if isinstance(scenario.tissue, Patch):
        where = f"patch of {plain(scenario.tissue.septotemporal_um)} x {plain(scenario.tissue.transverse_um)} µm"
    days = f"{plain(scenario.duration_h / 24, 4)} days"
    return [scenario.species, scenario.sex, where, days, f"seed {scenario.seed}", f"{len(reel.times_h)} moments"]


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

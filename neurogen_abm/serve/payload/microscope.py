"""Sections of a life as the microscope shows them: checked, taken in the background, kept a while for downloads."""

import secrets
import tempfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from neurogen_abm.kept import Kept, counted
from neurogen_abm.microscope.channels import MOST, known_channels
from neurogen_abm.microscope.files import shown_limits, write_ome
from neurogen_abm.microscope.image import USUAL, SectionImage, exposed, mounted, setting_of
from neurogen_abm.microscope.slide import cut_of, section_at
from neurogen_abm.numerals import plain
from neurogen_abm.serve.payload.frames import pack
from neurogen_abm.serve.refusals import Refusal
from neurogen_abm.serve.session.life import Life
from neurogen_abm.spec.scenario.check_assays import agent_of
from neurogen_abm.storage.csv_text import as_csv

MOST_COUNTS: Final = 40_000_000  # pixels of all channels of an image: a section of a mouse takes 4 to 12 million
_MOST_KEPT, _MOST_KEPT_BYTES = 12, 200_000_000
FILES: Final = {"section.ome.tiff": "image/tiff", "positions.csv": "text/csv; charset=utf-8"}


class Wish(NamedTuple):
    """What a page asks the microscope for: a section by its number, or by a place along the sheet; um."""

    section: int | None
    u_um: float | None
    channels: tuple[str, ...]
    pixel_um: float | None


def channels_offered(life: Life) -> list[dict[str, Any]]:
    """Return every channel of a species: its name, and whether it can be seen in this animal now."""
    given = life.model.histology.labels.injected
    names = known_channels(life.model.spec.catalogue).values()
    seen = [{"name": name, "there": (agent := agent_of(name)) is None or agent in given} for name in names]
    return [{**one, "usual": one["name"] in USUAL} for one in seen]


def exposure(life: Life, wish: Wish) -> Callable[[], SectionImage]:
    """Return the job that takes the image, for which the life is needed no more; it may take a second.

    Raises
    ------
    NeurogenError
        There is no such section or channel, or the image would be too large.
    """
    spec = life.model.spec
    section = wish.section if wish.section is not None else section_at(spec, wish.u_um or 0.0)
    pixel = None if wish.pixel_um is None else f"{plain(wish.pixel_um)} um"
    setting = setting_of(spec, section, pixel, "max", None, len(wish.channels))
    counts = len(wish.channels) * setting.size_px[0] * setting.size_px[1]
    if counts > MOST_COUNTS and len(wish.channels) <= MOST:
        what = f"This image would have {counts / 1e6:.0f} million counts, and the page shows {MOST_COUNTS / 1e6:.0f}."
        cure = "Ask for larger pixels or fewer channels, or use `neurogen image` on a run."
        raise Refusal(what, where="pixel", code="too-large", cure=cure)
    given = life.model.histology.labels.injected
    for name in wish.channels:
        agent = agent_of(name)
        if agent is not None and agent not in given:
            what = f"{agent} was not given to this animal by now, so that nothing would be seen."
            cure = "Inject it under Virtual experiment and live on, or leave it out."
            raise Refusal(what, where="channels", code="label-not-injected", cure=cure)
    section_on_slide = mounted(life.model, setting, wish.channels)
    return lambda: exposed(section_on_slide)


def image_block(image: SectionImage, number: str, life: Life) -> bytes:
    """Return an image as a block: counts of each channel, and how they are shown."""
    about, cut = image.about, cut_of(life.model.spec, image.about["section"])
    shown = []
    for k, (name, colour) in enumerate(zip(image.channels, image.colours, strict=True)):
        low, high = shown_limits(image.data[k, 0])
        shown.append(
            {
                "name": name,
                "colour": colour,
                "low": low,
                "high": max(high, low + 1.0),
                "least": int(image.data[k].min()),
                "most": int(image.data[k].max()),
                "positive": int(image.positions[name].sum()),
            }
        )
    keys = ("section", "sections", "thickness_um", "day", "pixel_um")
    header = {key: about[key] for key in keys} | {
        "id": number,
        "middle_um": (cut.section - 0.5) * cut.thickness_um,
        "cells": len(image.positions),
        "channels": shown,
        "files": available(),
    }
    places = image.positions[["x_um", "y_um"]].to_numpy(np.float32)
    truth = [("truth", k, places[image.positions[name].to_numpy(bool)]) for k, name in enumerate(image.channels)]
    return pack(header, [*(("counts", k, counts[0]) for k, counts in enumerate(image.data)), *truth])


def available() -> list[str]:
    """Return the files that can be made of an image here."""
    return [name for name in FILES if not name.endswith(".tiff") or find_spec("tifffile")]


def image_file(image: SectionImage, name: str) -> bytes:
    """Return a file of an image: the counts as OME-TIFF, or the table of true positions.

    Raises
    ------
    Refusal
        There is no such file.
    EnvironmentFault
        tifffile is not installed.
    """
    if name == "positions.csv":
        return as_csv(image.positions).encode()
    if name != "section.ome.tiff":
        what, cure = "There is no such file of an image.", f"One of: {', '.join(FILES)}."
        raise Refusal(what, status=404, code="no-export", cure=cure)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / name
        write_ome(image, place)
        return place.read_bytes()


class KeptImages:
    """The images taken last, by number, so that what is downloaded is what was seen."""

    def __init__(self) -> None:
        self._kept = Kept[tuple[str, SectionImage]](_MOST_KEPT_BYTES)

    def keep(self, session: str, image: SectionImage) -> str:
        """Keep an image of a session and return its number; the oldest make room."""
        number = secrets.token_urlsafe(8)
        self._kept.keep(number, (session, image), counted(image.data.nbytes, _MOST_KEPT_BYTES, _MOST_KEPT))
        return number

    def of(self, session: str, number: str) -> SectionImage:
        """Return an image of a session.

        Raises
        ------
        Refusal
            It is kept no more.
        """
        whose, image = self._kept.get(number) or ("", None)
        if image is None or whose != session:
            what, cure = "This image is kept no more.", "Take it again, then download it."
            raise Refusal(what, status=404, code="no-image", cure=cure)
        return image

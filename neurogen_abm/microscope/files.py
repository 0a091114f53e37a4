"""Images on disk: OME-TIFF of 16 bits, PNG panels with a scale bar, and the table of true positions."""

import hashlib
import uuid
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.numerals import plain
from neurogen_abm.optional import optional
from neurogen_abm.storage import run_directory
from neurogen_abm.storage.atomic import Writer
from neurogen_abm.storage.csv_text import as_csv

if TYPE_CHECKING:
    from neurogen_abm.microscope.image import SectionImage

_INSTALL: Final = "'neurogen_abm[image]'"
_SHOWN: Final = (20.0, 99.95)  # percentiles of the counts that a panel shows from black to full
_WHITE: Final = 255  # of the letters in the palette of a panel; pixels stay below
_BARS_UM: Final = (5, 10, 20, 50, 100, 200, 500, 1000)
_PNG_BYTES: Final = 3  # of a pixel at most
_ROW_BYTES: Final = 160  # of the table of positions, at most


def tifffile() -> Any:
    """Return the library tifffile, or say how to install it."""
    return optional("tifffile", "tifffile", _INSTALL)


def pillow(part: str) -> Any:
    """Return a part of Pillow, or say how to install it."""
    return optional(f"PIL.{part}", "Pillow", _INSTALL)


def require_libraries() -> None:
    """Say what is not installed, before anything is done."""
    tifffile()
    pillow("Image")


def needed_bytes(shape: Sequence[int], n_cells: int = 0) -> int:
    """Return at most how many bytes the files of an image take, of shape (channels, planes, height, width)."""
    channels, planes, height, width = shape
    panels = (channels + 1) * height * width * _PNG_BYTES
    return 2 * channels * planes * height * width + panels + n_cells * _ROW_BYTES + 2**20


def write_images(images: "Sequence[SectionImage]", directory: Path | str, *, force: bool = False) -> Path:
    """Write images of sections of one animal into a directory, whole or not at all; return it.

    Of section 12 there are ``section-012.ome.tiff``, ``section-012-positions.csv``, and PNG panels of the maximum over
    the planes: ``section-012-BrdU.png`` for each channel and ``section-012-merge.png``.
    """
    require_libraries()
    writers: dict[str, Writer] = {}
    for shown in images:
        name = f"section-{shown.about['section']:03d}"
        writers[f"{name}.ome.tiff"] = partial(write_ome, shown)
        writers[f"{name}-positions.csv"] = partial(Path.write_text, data=as_csv(shown.positions), encoding="utf-8")
        grey = [_grey(counts) for counts in shown.data]
        for channel, colour, panel in zip(shown.channels, shown.colours, grey, strict=True):
            writers[f"{name}-{channel}.png"] = partial(_write_panel, shown, panel, colour, channel)
        writers[f"{name}-merge.png"] = partial(_write_merge, shown, grey)
    needed = sum(needed_bytes(shown.data.shape, len(shown.positions)) for shown in images)
    about = {"image": [shown.about for shown in images]}
    return run_directory.write_directory(directory, writers, about, force=force, needed_bytes=needed)


def write_ome(shown: "SectionImage", place: Path) -> None:
    """Write one image as OME-TIFF: axes C, Y, X, and Z where it has planes; sizes in um, names and colours of channels.

    The same image gives the same bytes.
    """
    stack = shown.data.shape[1] > 1
    data = shown.data if stack else shown.data[:, 0]
    pixel = shown.pixel_um
    about = shown.about
    words = ", ".join(f"{key} {value}" for key, value in about.items() if key not in ("planes_um", "channels"))
    metadata: dict[str, Any] = {
        "axes": "CZYX" if stack else "CYX",
        "UUID": str(uuid.uuid5(uuid.NAMESPACE_URL, hashlib.sha256(shown.data.tobytes() + words.encode()).hexdigest())),
        "Creator": "neurogen_abm",
        "Name": f"{about['scenario']}, day {plain(about['day'])}, section {about['section']}",
        "Description": f"Simulated by neurogen_abm: {words}",
        **{f"PhysicalSize{axis}": pixel for axis in "XY"},
        **{f"PhysicalSize{axis}Unit": "µm" for axis in "XY"},
        "Channel": {"Name": list(shown.channels), "Color": [_ome_colour(colour) for colour in shown.colours]},
    }
    if stack:
        metadata |= {"PhysicalSizeZ": float(np.diff(shown.planes_um).mean()), "PhysicalSizeZUnit": "µm"}
    big = shown.data.nbytes > 2**31
    tifffile().imwrite(place, data, ome=True, photometric="minisblack", metadata=metadata, bigtiff=big)


def _ome_colour(colour: str) -> int:
    """Return a colour as OME writes it: red, green, blue and opacity in one number of 32 bits with a sign."""
    number = int(colour[1:], 16) << 8 | 255
    return number - 2**32 if number >= 2**31 else number


def shown_limits(flat: NDArray[np.uint16]) -> tuple[float, float]:
    """Return the counts that a panel of a projection shows black and full."""
    low, high = np.percentile(flat[::4, ::4], _SHOWN)
    return float(low), float(high)


def _grey(counts: NDArray[np.uint16]) -> NDArray[np.uint8]:
    """Return the maximum over the planes of a channel, between percentiles of its counts, from 0 to 254."""
    flat = counts.max(axis=0)
    low, high = shown_limits(flat)
    bright = (flat.astype(np.float32) - np.float32(low)) * np.float32(_WHITE / max(high - low, 1.0))
    return np.asarray(np.clip(bright, 0, _WHITE - 1, out=bright).astype(np.uint8))


def _rgb(colour: str) -> NDArray[np.uint16]:
    return np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)], np.uint16)


def _write_panel(shown: "SectionImage", grey: NDArray[np.uint8], colour: str, title: str, place: Path) -> None:
    """Write one channel in its colour; a picture with a palette takes a third of one with three colours."""
    ramp = np.arange(_WHITE + 1, dtype=np.uint16)[:, None] * _rgb(colour) // _WHITE
    ramp[_WHITE] = 255
    picture = pillow("Image").fromarray(grey)
    _letter(picture, shown, title, _WHITE)
    picture.putpalette(ramp.astype(np.uint8).tobytes())
    picture.save(place, format="PNG", compress_level=1)


def _write_merge(shown: "SectionImage", grey: Sequence[NDArray[np.uint8]], place: Path) -> None:
    """Write all channels on top of one another, their light added."""
    added = np.zeros((*grey[0].shape, 3), np.uint16)
    for panel, colour in zip(grey, shown.colours, strict=True):
        for channel, part in enumerate(_rgb(colour)):
            if part:
                added[:, :, channel] += panel.astype(np.uint16) * part // _WHITE
    picture = pillow("Image").fromarray(np.minimum(added, 255).astype(np.uint8))
    _letter(picture, shown, ", ".join(shown.channels), "#ffffff")
    picture.save(place, format="PNG", compress_level=1)


def _letter(picture: Any, shown: "SectionImage", title: str, white: int | str) -> None:
    """Write the title on a picture, and a scale bar of about a sixth of its width."""
    pen, (width, height) = pillow("ImageDraw").Draw(picture), picture.size
    size = max(12, height // 45)
    font = pillow("ImageFont").load_default(size)
    bar_um = max((bar for bar in _BARS_UM if bar <= width * shown.pixel_um / 6), default=_BARS_UM[0])
    right, bottom, gap = width - size, height - size, size // 3
    left = right - round(bar_um / shown.pixel_um)
    pen.rectangle((left, bottom - gap, right, bottom), fill=white)
    pen.text(((left + right) / 2, bottom - 2 * gap), f"{bar_um} um", fill=white, font=font, anchor="mb")
    pen.text((size, size), title, fill=white, font=font, anchor="lt")

"""Frames: what the page paints, as one block of bytes; docs/serve_protocol.md describes them."""

import json
import struct
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.agents import CellGoneError
from neurogen_abm.assays.recorder import NAMES
from neurogen_abm.biology.states import STATES
from neurogen_abm.serve.session.life import Life, keys_of

_ALIGNMENT = 8


def pack(header: Mapping[str, Any], arrays: Iterable[tuple[str, int, NDArray[Any]]]) -> bytes:
    """Return a header and arrays as one block.

    Parameters
    ----------
    header
        Plain data for JSON; ``arrays`` is added to it.
    arrays
        (name, arm, array); written little-endian, each at a multiple of 8 bytes from the end of the header.
    """
    listed, parts, offset = [], [], 0
    for name, arm, array in arrays:
        plain = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
        shape = list(plain.shape)
        listed.append({"name": name, "arm": arm, "dtype": plain.dtype.str, "shape": shape, "offset": offset})
        padding = -plain.nbytes % _ALIGNMENT
        parts += [plain.tobytes(), b"\0" * padding]
        offset += plain.nbytes + padding
    text = json.dumps({**header, "arrays": listed}, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-(len(text) + 4) % _ALIGNMENT)
    return b"".join([struct.pack("<I", len(text)), text, *parts])


def arm_arrays(life: Life, arm: int, row_from: int) -> list[tuple[str, int, NDArray[Any]]]:
    """Return what the page needs to paint one life: cells, field, flashes, and rows of the series from ``row_from``."""
    world, keys = life.model.world, keys_of_life(life)
    keys.sort()
    gap = np.diff(keys >> 8, prepend=np.uint32(0))
    series, step = rows_of(life, row_from)
    found = [
        ("gap", _narrow(gap)),
        ("kind", (keys & 0xFF).astype(np.uint8)),
        ("level", world.level.astype(np.float32)),
        ("series", series),
        ("row_step", step),
        ("born", life.born),
        ("died", life.died),
    ]
    return [(name, arm, array) for name, array in found]


def keys_of_life(life: Life) -> NDArray[np.uint32]:
    """Return column, layer and state of every cell there is (see `keys_of`), in no order."""
    world = life.model.world
    changing = world.population.changing
    return np.concatenate([keys_of(changing.site, changing.state, world.grid.n_columns), life.settled])


def rows_of(life: Life, row_from: int) -> tuple[NDArray[np.float64], NDArray[np.uint32]]:
    """Return the rows of the series from one on, and the step of each."""
    rows = np.array(life.model.recorder.rows[row_from:], np.float64).reshape(-1, len(NAMES))
    times = rows[:, NAMES.index("time_h")]
    return rows, np.rint(times / life.model.spec.scenario.step_h).astype(np.uint32)


def _narrow(gap: NDArray[np.uint32]) -> NDArray[Any]:
    """Return differences in as few bytes each as hold the largest."""
    largest = int(gap.max(initial=0))
    return gap.astype(np.uint8 if largest < 2**8 else np.uint16 if largest < 2**16 else np.uint32)


def arm_header(life: Life, row_from: int) -> dict[str, Any]:
    """Return the figures that stand beside the map of one life."""
    model = life.model
    counts = model.world.counts().tolist()
    return {
        "counts": dict(zip(STATES, counts, strict=True)),
        "n_cells": model.n_cells,
        "n_developmental": model.world.n_developmental,
        "rows": [row_from, len(model.recorder.rows)],
        "niche_pg_ml": float(model.world.level @ model.world.classes.weight),
        "followed": _followed(life),
    }


def _followed(life: Life) -> dict[str, Any] | None:
    if life.followed is None:
        return None
    try:
        cell = life.model.cell(life.followed)
        place = cell.place
        here = {"state": cell.state, "u_um": place.u_um, "v_um": place.v_um, "layer": place.layer, "gone": False}
    except CellGoneError as gone:
        here = {"gone": True, "fate": gone.what}
    return {"id": str(life.followed), **here}

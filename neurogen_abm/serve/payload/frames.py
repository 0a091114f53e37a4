"""Frames: what the page paints, as one block of bytes; docs/serve_protocol.md describes them."""

import json
import struct
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.agents import CellGoneError
from neurogen_abm.assays.places import places_at
from neurogen_abm.assays.recorder import NAMES, class_below
from neurogen_abm.biology.states import STATES
from neurogen_abm.model import NeurogenesisModel
from neurogen_abm.scene.cells import keys, unpacked
from neurogen_abm.scene.colourings import GROUP, STATE, values
from neurogen_abm.serve.session.life import Life

_ALIGNMENT = 8


class Living(Protocol):
    """Whatever has an animal to show."""

    @property
    def model(self) -> NeurogenesisModel:
        """The animal."""
        ...


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


def unpack(block: bytes) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Return the header of a block of one arm, and its arrays by name: the reverse of `pack`.

    >>> unpack(pack({"a": 1}, [("b", 0, np.arange(3.0))]))
    ({'a': 1}, {'b': array([0., 1., 2.])})
    """
    (length,) = struct.unpack_from("<I", block)
    header = json.loads(block[4 : 4 + length])
    arrays = {}
    for entry in header.pop("arrays"):
        count, start = int(np.prod(entry["shape"], dtype=np.int64)), 4 + length + entry["offset"]
        arrays[entry["name"]] = np.frombuffer(block, entry["dtype"], count, start).reshape(entry["shape"])
    return header, arrays


def arm_arrays(
    life: Life, arm: int, row_from: int, by: str = GROUP, limits: tuple[float, float] = (0.0, 1.0)
) -> list[tuple[str, int, NDArray[Any]]]:
    """Return what the page needs to paint one life: cells, field, flashes, and rows of the series from ``row_from``.

    ``by`` says what colours the cells (`scene.colourings`), ``limits`` the ends of the scale of BDNF.
    """
    coloured = by not in (GROUP, STATE)
    packed = _coloured_keys(life, by, limits) if coloured else _keys(life)
    packed.sort()
    cells = unpacked(packed)
    series, step = rows_of(life, row_from)
    found = [
        ("gap", cells["gap"]),
        ("kind", cells["kind"]),
        ("place", cells["place"]),
        *([("value", cells["value"])] if coloured else []),
        ("level", life.model.world.level.astype(np.float32)),
        ("series", series),
        ("row_step", step),
        ("born", life.born),
        ("died", life.died),
    ]
    return [(name, arm, array) for name, array in found]


def _keys(life: Life) -> NDArray[np.uint64]:
    """Return the keys of every cell there is, in no order; those of settled cells are at hand."""
    world = life.model.world
    changing = world.population.changing
    return np.concatenate([keys(changing.id, changing.site, changing.state, world.grid.n_columns), life.settled])


def _coloured_keys(life: Life, by: str, limits: tuple[float, float]) -> NDArray[np.uint64]:
    """Return the same with what colours them."""
    world = life.model.world
    alive = world.population.living()
    value = values(life.model, alive, by, limits)
    return keys(alive.id, alive.site, alive.state, world.grid.n_columns, value)


def rows_of(life: Life, row_from: int) -> tuple[NDArray[np.float64], NDArray[np.uint32]]:
    """Return the rows of the series from one on, and the step of each."""
    rows = np.array(life.model.recorder.rows[row_from:], np.float64).reshape(-1, len(NAMES))
    times = rows[:, NAMES.index("time_h")]
    return rows, np.rint(times / life.model.spec.scenario.step_h).astype(np.uint32)


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
        soma = places_at([life.followed], np.array([cell.site]), life.model.world.grid)
        lies = {name: float(values[0]) for name, values in soma._asdict().items()}
        here = {"state": cell.state, **lies, "layer": place.layer, "gone": False}
    except CellGoneError as gone:
        here = {"gone": True, "fate": gone.what}
    return {"id": str(life.followed), **here}


def bdnf_limits(lives: Sequence[Living]) -> tuple[float, float]:
    """Return fixed limits of colour, pg/mL, the same for all lives: rest is in the lower half, twice that on top."""
    # The level below which 98 of 100 subgranular sites lie at rest.
    worlds = [life.model.world for life in lives]
    rest = max(float(world.rest_level[class_below(world.classes.weight, 0.98)]) for world in worlds)
    step = 10.0 if rest < 100 else 50.0
    return 0.0, float(np.ceil(2.0 * rest / step) * step)

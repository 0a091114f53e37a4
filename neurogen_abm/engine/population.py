"""The cells as columns: one schema, rows that may still change, and the register of those that will not."""

from typing import Any, Final, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray


class Column(NamedTuple):
    """What a column holds."""

    dtype: str
    unit: str
    meaning: str


SCHEMA: Final[dict[str, Column]] = {
    "id": Column("i8", "", "id of the cell, derived from mother and division; founders carry their site + 1"),
    "mother": Column("i8", "", "id of the mother, 0 for a founder"),
    "founder": Column("i4", "", "id of the stem cell the clone began with"),
    "birth_h": Column("f8", "h", "time of the division that made the cell"),
    "since_h": Column("f8", "h", "time at which the present state was entered"),
    "reserve": Column("f4", "1", "exponential variate left to spend on hazards"),
    "clock_h": Column("f4", "h", "biological time left in the state"),
    "site": Column("i4", "", "layer x columns + column"),
    "entry": Column("u2", "", "number of states entered, the address of the cell's variates"),
    "divisions": Column("u2", "", "divisions of the cell under this id"),
    "state": Column("u1", "", "code of the state"),
    "generation": Column("u1", "", "divisions since the stem cell"),
    "from_state": Column("u1", "", "state before the present one"),
    "birth_state": Column("u1", "", "state at birth"),
}


class Cells(NamedTuple):
    """Columns of cells that may still change, apoptotic bodies included; rows beyond the count are free.

    The last two follow from the site. They are kept beside it because to look them up would cost most cells more than
    all else in a step.
    """

    id: NDArray[np.int64]
    mother: NDArray[np.int64]
    founder: NDArray[np.int32]
    birth_h: NDArray[np.float64]
    since_h: NDArray[np.float64]
    reserve: NDArray[np.float32]
    clock_h: NDArray[np.float32]
    site: NDArray[np.int32]
    entry: NDArray[np.uint16]
    divisions: NDArray[np.uint16]
    state: NDArray[np.uint8]
    generation: NDArray[np.uint8]
    from_state: NDArray[np.uint8]
    birth_state: NDArray[np.uint8]
    field_class: NDArray[np.uint8]  # class of the field at the site
    block: NDArray[np.int32]  # of a neuron in the layer: the columns it shares boutons with; of others any


class Register(NamedTuple):
    """Columns of ended cells; ``end_h`` is when they died or divided, ``cleared_h`` NaN unless a body was removed."""

    id: NDArray[np.int64]
    mother: NDArray[np.int64]
    founder: NDArray[np.int32]
    birth_h: NDArray[np.float64]
    end_h: NDArray[np.float64]
    cleared_h: NDArray[np.float64]
    site: NDArray[np.int32]
    divisions: NDArray[np.uint16]
    state: NDArray[np.uint8]
    generation: NDArray[np.uint8]
    birth_state: NDArray[np.uint8]
    cause: NDArray[np.uint8]


_OTHER_DTYPES: Final = {"end_h": "f8", "cleared_h": "f8", "cause": "u1", "field_class": "u1", "block": "i4"}

Table = TypeVar("Table", Cells, Register)


def _empty(name: str, capacity: int) -> NDArray[Any]:
    return np.zeros(capacity, SCHEMA[name].dtype if name in SCHEMA else _OTHER_DTYPES[name])


def empty_cells(capacity: int) -> Cells:
    """Return columns for ``capacity`` cells, all zero."""
    return Cells(*(_empty(name, capacity) for name in Cells._fields))


def empty_register(capacity: int) -> Register:
    """Return columns for ``capacity`` ended cells, all zero."""
    return Register(*(_empty(name, capacity) for name in Register._fields))


def with_room(table: Table, used: int, wanted: int) -> Table:
    """Return the table itself if ``wanted`` rows fit, else a copy of its ``used`` rows with half as much room again."""
    capacity = len(table.id)
    if wanted <= capacity:
        return table
    larger = max(wanted, capacity + capacity // 2 + 1024)
    grown: dict[str, NDArray[Any]] = {}
    columns: dict[str, NDArray[Any]] = table._asdict()
    for name, column in columns.items():
        grown[name] = np.zeros(larger, column.dtype)
        grown[name][:used] = column[:used]
    return type(table)(**grown)

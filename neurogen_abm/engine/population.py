"""All cells of an animal as columns: the rows that may still change, and the register of those that will not."""

from typing import Any, Final, NamedTuple, TypeVar, get_args

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.biology import lineage

# What the columns of a cell hold, and the unit, for people who look at one cell.
MEANINGS: Final[dict[str, tuple[str, str]]] = {
    "mother": ("id of the mother, 0 for a founder", ""),
    "founder": ("id of the cell with which the clone began", ""),
    "birth_h": ("time of the division that made the cell", "h"),
    "since_h": ("time at which the present state was entered", "h"),
    "reserve": ("exponential variate left to spend on hazards", "1"),
    "clock_h": ("biological time left in the state", "h"),
    "site": ("layer x columns + column", ""),
    "entry": ("number of states entered, the address of the cell's variates", ""),
    "divisions": ("divisions of the cell under this id", ""),
    "state": ("state", ""),
    "generation": ("divisions since the stem cell", ""),
    "from_state": ("state before the present one", ""),
    "birth_state": ("state at birth", ""),
}


# A mother may end in an event, and each of her daughters before the step is over.
ENDS_PER_EVENT: Final = 3


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


Table = TypeVar("Table", Cells, Register)


def _empty(table: type[Table], capacity: int) -> Table:
    """Return columns of zeros, of the types that the table declares: ``NDArray[np.int64]`` and so on."""
    return table(*(np.zeros(capacity, type_held(column)) for column in table.__annotations__.values()))


def type_held(column: Any) -> Any:
    """Return X of ``NDArray[X]``, for which numpy before 2.5 has shape and ``dtype[X]`` written out."""
    last = get_args(column)[-1]
    return (get_args(last) or (last,))[0]


def empty_cells(capacity: int) -> Cells:
    """Return columns for ``capacity`` cells, all zero."""
    return _empty(Cells, capacity)


def empty_register(capacity: int) -> Register:
    """Return columns for ``capacity`` ended cells, all zero."""
    return _empty(Register, capacity)


def with_room(table: Table, used: int, wanted: int) -> Table:
    """Return the table itself if ``wanted`` rows fit, else a copy of its ``used`` rows with half as much room again."""
    capacity = len(table.id)
    if wanted <= capacity:
        return table
    grown = _empty(type(table), max(wanted, capacity + capacity // 2 + 1024))
    pairs: Any = zip(grown, table, strict=True)
    for new, column in pairs:
        new[:used] = column[:used]
    return grown


def taken(table: Table, rows: slice | NDArray[Any]) -> Table:
    """Return the columns of a table at some rows; a slice gives views."""
    columns: tuple[Any, ...] = table
    return type(table)(*(column[rows] for column in columns))


class Present(NamedTuple):
    """Columns of the cells there are; ``row`` as in `Population.row_of`, ``clock_h`` NaN in those that are settled."""

    id: NDArray[np.int64]
    row: NDArray[np.int64]
    founder: NDArray[np.int32]
    birth_h: NDArray[np.float64]
    clock_h: NDArray[np.float64]
    site: NDArray[np.int32]
    state: NDArray[np.uint8]


class Population:
    """All cells of an animal: those that may still change, and the register of those that will not.

    Attributes
    ----------
    cells : Cells
        Columns of the cells that may still change; the first ``n`` rows count, and the first ``n_quiescent`` of them
        are quiescent stem cells.
    ended : Register
        Columns of those that will not: divided, cleared or settled for life; the first ``n_ended`` rows count.

    Examples
    --------
    >>> from neurogen_abm import NeurogenesisModel
    >>> model = NeurogenesisModel("mouse_sedentary", tissue={"septotemporal": "0.2 mm", "transverse": "0.2 mm"})
    >>> alive = model.world.population.living()
    >>> len(alive.id) == model.n_cells
    True
    """

    def __init__(self, n_first: int) -> None:
        self.cells = empty_cells(max(4096, 2 * n_first))
        self.ended = empty_register(max(4096, 4 * n_first))
        self.n = self.n_quiescent = self.n_ended = 0

    @property
    def changing(self) -> Cells:
        """The rows that count of the cells that may still change, as views."""
        return taken(self.cells, slice(self.n))

    @property
    def registered(self) -> Register:
        """The rows that count of the register, as views."""
        return taken(self.ended, slice(self.n_ended))

    def living(self) -> Present:
        """Return the cells there are: those that may change, apoptotic bodies among them, and settled ones."""
        c, e = self.changing, self.registered
        settled = np.flatnonzero(e.cause == lineage.ALIVE)

        def both(name: str) -> NDArray[Any]:
            return np.concatenate([getattr(c, name), getattr(e, name)[settled]])

        return Present(
            id=both("id"),
            row=np.concatenate([np.arange(self.n), ~settled]),
            founder=both("founder"),
            birth_h=both("birth_h"),
            clock_h=np.concatenate([c.clock_h.astype(np.float64), np.full(len(settled), np.nan)]),
            site=both("site"),
            state=both("state"),
        )

    def everyone(self) -> Register:
        """Return every cell that ever was in the form of the register; a body has died and is not yet cleared."""
        return self._selected(np.ones(self.n, np.bool_), np.ones(self.n_ended, np.bool_))

    def born_since(self, time_h: float) -> Register:
        """Return the cells born at a time or later, gone ones too, as `everyone` does."""
        return self._selected(self.changing.birth_h >= time_h, self.registered.birth_h >= time_h)

    def dead_since(self, time_h: float) -> Register:
        """Return the cells that have died at a time or later, cleared or not, as `everyone` does."""
        c, e = self.changing, self.registered
        bodies = (c.state == lineage.APOPTOTIC) & (c.since_h >= time_h)
        return self._selected(bodies, (e.cause == lineage.APOPTOSIS) & (e.end_h >= time_h))

    def _selected(self, rows: NDArray[np.bool_], ended_rows: NDArray[np.bool_]) -> Register:
        c, e = taken(self.changing, rows), taken(self.registered, ended_rows)
        body, never = c.state == lineage.APOPTOTIC, np.full(len(c.id), np.nan)
        as_registered = c._asdict() | {
            "end_h": np.where(body, c.since_h, never),
            "cleared_h": never,
            "state": np.where(body, c.from_state, c.state),
            "cause": np.where(body, lineage.APOPTOSIS, lineage.ALIVE).astype(np.uint8),
        }
        return Register(*(np.concatenate([as_registered[name], getattr(e, name)]) for name in Register._fields))

    def row_of(self, cell: int) -> int | None:
        """Return where a cell stands: its row in ``cells``, -1 - its row in ``ended``, None if there never was one."""
        for ids, sign in ((self.changing.id, 1), (self.registered.id, -1)):
            found = np.flatnonzero(ids == cell)
            if len(found):
                return int(found[0]) if sign > 0 else ~int(found[0])
        return None

    def clone_of(self, founder: int) -> NDArray[np.int64]:
        """Return the ids of the cells there are that descend from a founder, in order."""
        alive = self.living()
        return np.sort(alive.id[alive.founder == founder])

    def make_room(self, more: int) -> None:
        """Let each of ``more`` events add a row; one row beyond lends room when rows change places."""
        self.cells = with_room(self.cells, self.n, self.n + more + 1)
        self.ended = with_room(self.ended, self.n_ended, self.n_ended + ENDS_PER_EVENT * more)

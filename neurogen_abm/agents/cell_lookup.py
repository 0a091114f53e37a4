"""One cell found by its id among the columns of a population: the row moves, the id never does."""

from typing import Any

import numpy as np

from neurogen_abm import rng
from neurogen_abm.biology import lineage
from neurogen_abm.biology.states import LINEAGE, STATES
from neurogen_abm.engine.world import World
from neurogen_abm.errors import InputError
from neurogen_abm.numerals import plain


class CellGoneError(InputError, LookupError):
    """A cell was asked for that has divided, or died and been cleared, or never was."""

    default_code = "cell-gone"


def search(world: World, cell: int) -> int:
    """Return the row of a cell, living or gone, as `Population.row_of`.

    Raises
    ------
    CellGoneError
        There never was such a cell.
    """
    row = world.population.row_of(cell)
    if row is None:
        cure = "model.cells has those there are."
        raise CellGoneError(f"This animal never had a cell {cell}.", where="model.cell", code="unknown-cell", cure=cure)
    return row


def is_at(world: World, cell: int, row: int) -> bool:
    """Say whether a row is that of a cell."""
    c = world.population
    ids, n, i = (c.cells.id, c.n, row) if row >= 0 else (c.ended.id, c.n_ended, ~row)
    return i < n and int(ids[i]) == cell


def is_gone(world: World, row: int) -> bool:
    """Say whether the cell of a row has divided for good, or died and been cleared; settled cells have not."""
    return row < 0 and bool(world.population.ended.cause[~row] != lineage.ALIVE)


def value_at(world: World, row: int, name: str) -> Any:
    """Return a column of a row as a Python number; NaN where the register no longer keeps it."""
    cells, ended = world.population.cells, world.population.ended
    if row >= 0:
        return getattr(cells, name)[row].item()
    if name == "from_state":  # the one way into each of the states that are settled for life
        state = STATES[ended.state[~row]]
        before = [code for code, other in enumerate(LINEAGE) if other.successor == state]
        return before[0] if before else lineage.ACTIVE
    return getattr(ended, name)[~row].item() if hasattr(ended, name) else float("nan")


def daughters(world: World, cell: int) -> list[int]:
    """Return the ids of the daughters of a cell by birth, gone or not."""
    born: list[tuple[float, int]] = []
    for table in (world.population.changing, world.population.registered):
        rows = np.flatnonzero(table.mother == cell)
        born += zip(table.birth_h[rows].tolist(), table.id[rows].tolist(), strict=True)
    return [daughter for _, daughter in sorted(born)]


def fate(world: World, row: int) -> str:
    """Return in words what became of the cell of a row, which is gone."""
    ended, i = world.population.ended, ~row
    day = ended.end_h[i] / 24.0
    if ended.cause[i] == lineage.APOPTOSIS:
        state = STATES[ended.state[i]].replace("_", " ")
        cleared = plain(ended.cleared_h[i] / 24.0, 4)
        return f"died in the state {state} on day {plain(day, 4)} and was cleared on day {cleared}"
    division = max(int(ended.divisions[i]) - 1, 0)
    a, b = (int(rng.daughter_id(int(ended.id[i]), division, sister)) for sister in (0, 1))
    did = "used itself up in a division" if ended.cause[i] == lineage.CONSUMPTION else "divided"
    return f"{did} on day {plain(day, 4)} and became cells {a} and {b}"

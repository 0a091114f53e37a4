"""Where a cell stands among the columns of a world, found by its id: the row moves, the id never does.

A row is counted from 0 in ``world.cells``; a row of the register ``world.ended`` is written as -1 - row.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurogen_abm import rng
from neurogen_abm.biology import lineage
from neurogen_abm.biology.states import STATES
from neurogen_abm.engine.world import World
from neurogen_abm.errors import InputError


class CellGoneError(InputError, LookupError):
    """A cell was asked for that has divided, or died and been cleared, or never was."""

    default_code = "cell-gone"


def search(world: World, cell: int) -> int:
    """Return the row of a cell, living or gone.

    Raises
    ------
    CellGoneError
        There never was such a cell.
    """
    found = np.flatnonzero(world.cells.id[: world.n] == cell)
    if len(found):
        return int(found[0])
    found = np.flatnonzero(world.ended.id[: world.n_ended] == cell)
    if len(found):
        return ~int(found[0])
    cure = "model.cells has those there are."
    raise CellGoneError(f"This animal never had a cell {cell}.", where="model.cell", code="unknown-cell", cure=cure)


def is_at(world: World, cell: int, row: int) -> bool:
    """Say whether a row is that of a cell."""
    if row >= 0:
        return row < world.n and int(world.cells.id[row]) == cell
    return ~row < world.n_ended and int(world.ended.id[~row]) == cell


def is_gone(world: World, row: int) -> bool:
    """Say whether the cell of a row has divided for good, or died and been cleared; settled cells have not."""
    return row < 0 and bool(world.ended.cause[~row] != lineage.ALIVE)


def living(world: World) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return ids and rows of all cells there are, in the order of their ids."""
    settled = np.flatnonzero(world.ended.cause[: world.n_ended] == lineage.ALIVE)
    ids = np.concatenate([world.cells.id[: world.n], world.ended.id[settled]])
    order = np.argsort(ids, kind="stable")
    return ids[order], np.concatenate([np.arange(world.n), ~settled])[order]


def value_at(world: World, row: int, name: str) -> Any:
    """Return a column of a row as a Python number; NaN where the register no longer keeps it."""
    if row >= 0:
        return getattr(world.cells, name)[row].item()
    if name == "from_state":
        # The one way into each of the states that are settled for life.
        return lineage.MATURING if world.ended.state[~row] == lineage.MATURE else lineage.ACTIVE
    return getattr(world.ended, name)[~row].item() if hasattr(world.ended, name) else float("nan")


def daughters(world: World, cell: int) -> list[int]:
    """Return the ids of the daughters of a cell by birth, gone or not."""
    born: list[tuple[float, int]] = []
    for table, n in ((world.cells, world.n), (world.ended, world.n_ended)):
        rows = np.flatnonzero(table.mother[:n] == cell)
        born += zip(table.birth_h[rows].tolist(), table.id[rows].tolist(), strict=True)
    return [daughter for _, daughter in sorted(born)]


def clone(world: World, founder: int) -> list[int]:
    """Return the ids of the cells there are that descend from a founder, in order."""
    n, m = world.n, world.n_ended
    settled = (world.ended.founder[:m] == founder) & (world.ended.cause[:m] == lineage.ALIVE)
    changing = world.cells.id[:n][world.cells.founder[:n] == founder]
    return sorted(changing.tolist() + world.ended.id[:m][settled].tolist())


def fate(world: World, row: int) -> str:
    """Return in words what became of the cell of a row, which is gone."""
    ended, i = world.ended, ~row
    day = ended.end_h[i] / 24.0
    if ended.cause[i] == lineage.APOPTOSIS:
        state = STATES[ended.state[i]].replace("_", " ")
        return f"died in the state {state} on day {day:.4g} and was cleared on day {ended.cleared_h[i] / 24.0:.4g}"
    division = max(int(ended.divisions[i]) - 1, 0)
    a, b = (int(rng.daughter_id(int(ended.id[i]), division, sister)) for sister in (0, 1))
    did = "used itself up in a division" if ended.cause[i] == lineage.CONSUMPTION else "divided"
    return f"{did} on day {day:.4g} and became cells {a} and {b}"

"""The order of rows in memory: nothing that is computed depends on it, but how long that takes does."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.biology.states import STATES
from neurogen_abm.engine.population import Cells
from neurogen_abm.jit import compiled


@compiled
def by_state_and_block(
    first: int, last: int, cells: Cells, block_of: NDArray[np.int32], n_blocks: int
) -> NDArray[np.uint32]:
    """Return rows ``first`` to ``last`` in order of state and block of the sheet, else as they are: a counting sort.

    Parameters
    ----------
    block_of : int32 array, shape (columns,)

    Returns
    -------
    order : uint32 array, shape (last - first,)
        Rows, counted from ``first`` on.
    """
    n, n_columns = last - first, len(block_of)
    state, site, block = cells.state[first:last], cells.site[first:last], cells.block[first:last]
    key, order = np.empty(n, np.uint32), np.empty(n, np.uint32)
    next_of = np.zeros(len(STATES) * n_blocks, np.uint32)
    for i in range(np.uint64(n)):
        here = block_of[np.uint32(site[i])] if site[i] < n_columns else block[i]
        key[i] = state[i] * n_blocks + here
        next_of[key[i]] += np.uint32(1)
    before = np.uint32(0)
    for k in range(len(next_of)):
        before, next_of[k] = before + next_of[k], before
    for i in range(np.uint64(n)):
        order[next_of[key[i]]] = i
        next_of[key[i]] += np.uint32(1)
    return order


@compiled(borrows=True)
def reorder(column: NDArray[Any], order: NDArray[np.uint32], room: NDArray[Any]) -> None:
    """Put a column into another order by way of ``room`` of the same size and type."""
    for i in range(np.uint64(len(order))):
        room[i] = column[order[i]]
    for i in range(np.uint64(len(order))):
        column[i] = room[i]

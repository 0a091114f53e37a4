"""The order of rows in memory: nothing that is computed depends on it, but how long that takes does."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.biology import fates
from neurogen_abm.jit import compiled

# The sheet in so many strips: what one of them needs of the tissue stays in the fastest cache.
_STRIPS: Final = 256


@compiled
def by_state_and_place(
    n: int, state: NDArray[np.uint8], site: NDArray[np.int32], n_columns: int
) -> NDArray[np.uint32]:
    """Return the first ``n`` rows in order of state and strip of the sheet, else as they are: a counting sort."""
    key, order = np.empty(n, np.uint16), np.empty(n, np.uint32)
    next_of = np.zeros(len(fates.STATES) * _STRIPS, np.uint32)
    for i in range(np.uint64(n)):
        layers = site[i] / n_columns
        strip = np.uint16((layers - np.int32(layers)) * _STRIPS)
        key[i] = np.uint16(state[i]) * np.uint16(_STRIPS) + strip
    for i in range(np.uint64(n)):
        next_of[key[i]] += np.uint32(1)
    first = np.uint32(0)
    for k in range(len(next_of)):
        first, next_of[k] = first + next_of[k], first
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

"""Counting cells: one pass over their columns, in pieces that stay in the fastest cache."""

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.biology import fates, stains
from neurogen_abm.biology.stains import CycleStain
from neurogen_abm.engine import commit
from neurogen_abm.jit import compiled

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Bytes = NDArray[np.uint8]

_N_STATES = len(fates.STATES)
_PIECE = 2048  # rows


@compiled
def by_state_and_age(
    n: int, t_h: float, state: Bytes, birth_h: Floats, tally: Integers, edges_h: Floats
) -> tuple[Integers, int]:
    """Count the first ``n`` rows and the settled cells of the tally; see `World.census`."""
    n_bins = len(edges_h)
    key = np.empty(_PIECE, np.uint16)
    # Every eighth row is added to the same table: a processor that adds to one place again and again waits for itself.
    tables = np.zeros((8, 2 * _N_STATES * n_bins), np.int32)
    for first in range(0, n, _PIECE):
        rows = min(_PIECE, n - first)
        state_of, born_h = state[first : first + rows], birth_h[first : first + rows]
        for i in range(rows):
            key[i] = state_of[i] * n_bins + (born_h[i] >= 0.0) * (_N_STATES * n_bins)
        for edge_h in edges_h[1:]:
            for i in range(rows):
                key[i] += t_h - born_h[i] >= edge_h
        for i in range(np.uint64(rows)):
            tables[i & np.uint64(7), key[i]] += np.int32(1)
    counts = tables.sum(axis=0).astype(np.int64).reshape(2, _N_STATES, n_bins)  # born before the start, and since
    table = counts[0] + counts[1]
    table[fates.MATURE, -1] += tally[commit.MATURED]
    table[fates.ASTROCYTE, -1] += tally[commit.ASTROCYTES]
    new = counts[1, fates.IMMATURE_EARLY : fates.MATURE + 1].sum()
    return table, new + tally[commit.NEW_MATURED]


@compiled(borrows=True)
def stained(n: int, t_h: float, state: Bytes, birth_h: Floats, clock_h: NDArray[np.float32], stain: CycleStain) -> int:
    """Count those of the first ``n`` rows in which a stain of the cycle shows."""
    found = 0
    for i in range(n):
        found += stains.shows(state[i], t_h - birth_h[i], clock_h[i], stain)
    return found


@compiled
def of_series(
    n: int,
    t_h: float,
    state: Bytes,
    birth_h: Floats,
    clock_h: NDArray[np.float32],
    tally: Integers,
    edges_h: Floats,
    shown: Integers,
    stain: CycleStain,
) -> Integers:
    """Return cells by state, by a stain of the cycle, by each marker of ``shown``, and the new neurons, in one array.

    Parameters
    ----------
    edges_h, shown
        As in `lowering.Markers`: the markers begin and end at edges of the age bins.
    """
    table, new = by_state_and_age(n, t_h, state, birth_h, tally, edges_h)
    counts = np.empty(_N_STATES + 1 + len(shown) + 1, np.int64)
    counts[:_N_STATES] = table.sum(axis=1)
    counts[_N_STATES] = stained(n, t_h, state, birth_h, clock_h, stain)
    for marker in range(len(shown)):
        counts[_N_STATES + 1 + marker] = (shown[marker] * table).sum()
    counts[-1] = new
    return counts

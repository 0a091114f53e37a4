"""Counting the cells in which something shows, for the series; how many there are in each state the tallies say."""

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.biology import cell_cycle, lineage
from neurogen_abm.biology.cell_cycle import CycleStain
from neurogen_abm.biology.states import LINEAGE, STATES
from neurogen_abm.jit import compiled

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Bytes = NDArray[np.uint8]

_N_STATES = len(STATES)
_QUIESCENT = cell_cycle.state_set(state.name for state in LINEAGE if state.hazard == "activation")
_CHUNK = 1024  # rows: few enough for the fastest cache, and most of so few are in one state

# Sets of states are bits of a number, and no loop over rows branches, so that each takes several rows at once.


@compiled(inline=True)
def _states_in(state: Bytes) -> np.uint16:
    present = np.uint16(0)
    for i in range(len(state)):
        present |= np.uint16(1) << np.uint16(state[i])
    return present


@compiled(inline=True)
def _stained(stain: CycleStain, t_h: float, state: Bytes, birth_h: Floats, clock_h: NDArray[np.float32]) -> int:
    found = 0
    for i in range(len(state)):
        found += cell_cycle.shows(state[i], t_h - birth_h[i], clock_h[i], stain)
    return found


@compiled(inline=True)
def _past(edge_h: float, states: int, t_h: float, state: Bytes, birth_h: Floats) -> int:
    found = 0
    for i in range(len(state)):
        found += (t_h - birth_h[i] >= edge_h) & ((states >> state[i]) & 1 != 0)
    return found


@compiled
def _gained_and_lost(shown: Integers) -> Integers:
    """Return the sets of states in which each marker is gained, and lost, where a bin of age begins."""
    sets = np.zeros((2, shown.shape[0], shown.shape[2]), np.int64)
    for marker in range(shown.shape[0]):
        for state in range(_N_STATES):
            for b in range(1, shown.shape[2]):
                before, now = shown[marker, state, b - 1], shown[marker, state, b]
                sets[0, marker, b] |= (now > before) << state
                sets[1, marker, b] |= (now < before) << state
    return sets


@compiled
def of_series(
    n: int,
    n_quiescent: int,
    t_h: float,
    state: Bytes,
    birth_h: Floats,
    clock_h: NDArray[np.float32],
    in_state: Integers,
    edges_h: Floats,
    shown: Integers,
    stain: CycleStain,
) -> Integers:
    """Return how many cells show a stain of the cycle, then how many show each marker of ``shown``.

    A marker shows in all cells of the states that have it when young, but for those past an age at which they lose it,
    and in those past an age at which they gain it.

    Parameters
    ----------
    n, n_quiescent : int
        Rows that count, and how many of the first are quiescent stem cells; settled cells, which are in no row, are
        older than any edge.
    in_state : int64 array, shape (states,)
        Cells by state, settled ones among them.
    edges_h, shown
        As in `lowering.Markers`.
    """
    n_markers, n_bins = shown.shape[0], shown.shape[2]
    counts = np.zeros(1 + n_markers, np.int64)
    sets = _gained_and_lost(shown)
    looked_for = stain.states | stain.lingers_in
    for some in sets.flat:
        looked_for |= int(some)
    for first in range(0 if looked_for & _QUIESCENT else n_quiescent, n, _CHUNK):
        rows = slice(first, min(first + _CHUNK, n))
        s, b, c = state[rows], birth_h[rows], clock_h[rows]
        present = _states_in(s)
        if present & (stain.states | stain.lingers_in):
            counts[0] += _stained(stain, t_h, s, b, c)
        for marker in range(n_markers):
            for k in range(1, n_bins):
                if present & sets[0, marker, k]:
                    counts[1 + marker] += _past(edges_h[k], sets[0, marker, k], t_h, s, b)
                if present & sets[1, marker, k]:
                    counts[1 + marker] -= _past(edges_h[k], sets[1, marker, k], t_h, s, b)
    for marker in range(n_markers):
        for code in range(_N_STATES):
            counts[1 + marker] += shown[marker, code, -1 if lineage.is_settled(code) else 0] * in_state[code]
    return counts

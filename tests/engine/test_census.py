"""The series counts what a look at every single cell counts."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from neurogen_abm.biology import cell_cycle, lineage
from neurogen_abm.biology.states import STATES
from neurogen_abm.engine import census

STATES = len(STATES)
QUIESCENT = lineage.RESTING + 1
SETTLED = [lineage.MATURE, lineage.ASTROCYTE]  # which stand in no row
CHANGING = [state for state in range(STATES) if state not in SETTLED]
EDGES_H = np.array([0.0, 24.0, 100.0])
NOW_H = 90.0  # so that an edge may be a cell's very age, or lie before all births
SETS = st.integers(0, (1 << STATES) - 1)
STAINS = st.builds(
    cell_cycle.CycleStain, SETS, st.sampled_from([5.0, np.inf]), st.booleans(), SETS, st.sampled_from([12.0, 24.0])
)


@given(
    state=arrays.arrays(np.uint8, st.integers(0, 3000), elements=st.sampled_from(CHANGING)),
    shown=arrays.arrays(np.int64, (2, STATES, len(EDGES_H)), elements=st.integers(0, 1)),
    stain=STAINS,
    seed=st.integers(0, 99),
)
def test_stain_and_markers_are_counted_as_cell_by_cell(state, shown, stain, seed):
    state.sort()
    chance, n = np.random.default_rng(seed), len(state)
    birth_h = NOW_H - chance.choice([0.0, 11.0, 12.0, 23.5, 24.0, 99.0, 100.0, 700.0], n)
    clock_h = chance.choice(np.float32([-1.0, 0.0, 4.0, 5.0, 6.0]), n)
    age_h = NOW_H - birth_h
    settled = np.zeros(STATES, np.int64)
    settled[SETTLED] = 7, 3
    n_quiescent = int((state < QUIESCENT).sum())
    in_state = np.bincount(state, minlength=STATES) + settled
    rows = n, n_quiescent, NOW_H, state, birth_h, clock_h
    found = census.of_series(*rows, in_state, EDGES_H, shown, stain)
    bins = np.searchsorted(EDGES_H, age_h, side="right") - 1
    by_marker = [marker[state, bins].sum() + marker[:, -1] @ settled for marker in shown]
    shows = cell_cycle.stained_cells(state, age_h, clock_h.astype(float), stain).sum()
    np.testing.assert_array_equal(found, [shows, *by_marker])

"""What becomes of a cell: events, modes of division, choices, and the waiting times behind them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from neurogen_abm.biology import fates
from neurogen_abm.jit import compiled

UNIT = st.floats(0.0, 1.0, exclude_max=True)


def test_codes_follow_the_order_of_the_names():
    for code, name in enumerate(fates.STATES):
        assert getattr(fates, name.upper()) == code
    assert fates.state_codes(["dormant", "mature"]).tolist() == [fates.DORMANT, fates.MATURE]
    with pytest.raises(ValueError, match="not in tuple"):
        fates.state_codes(["unknown"])


@pytest.mark.parametrize(
    ("state", "event"),
    [
        (fates.ACTIVE, fates.STEM_DIVISION),
        (fates.TYPE_2A, fates.PROGENITOR_DIVISION),
        (fates.TYPE_2B, fates.PROGENITOR_DIVISION),
        (fates.TYPE_3, fates.PROGENITOR_DIVISION),
        (fates.IMMATURE_EARLY, fates.ENTER_LAYER),
        (fates.IMMATURE_LATE, fates.INTEGRATE),
        (fates.MATURING, fates.MATURATION),
        (fates.APOPTOTIC, fates.CLEARANCE),
    ],
)
def test_a_clock_leads_on_along_the_lineage(state, event):
    assert fates.clock_event(state) == event


def test_a_reserve_activates_stem_cells_and_kills_neurons():
    assert fates.reserve_event(fates.DORMANT) == fates.reserve_event(fates.RESTING) == fates.ACTIVATE
    for state in (fates.IMMATURE_EARLY, fates.IMMATURE_LATE, fates.MATURING):
        assert fates.reserve_event(state) == fates.DEATH


@given(u=UNIT, cuts=st.tuples(UNIT, UNIT, UNIT).map(sorted))
def test_a_stem_cell_divides_in_one_of_four_modes(u, cuts):
    symmetric, consuming, astrogenic = cuts[0], cuts[1] - cuts[0], cuts[2] - cuts[1]
    mode = fates.stem_mode(u, symmetric, consuming, astrogenic)
    order = [fates.SYMMETRIC, fates.CONSUMING, fates.ASTROGENIC, fates.RENEWING]
    edges = np.cumsum([symmetric, consuming, astrogenic])
    # Near an edge rounding may go either way.
    if np.abs(edges - u).min() > 1e-12:
        assert mode == order[int(np.searchsorted(edges, u, side="right"))]


@given(p=st.floats(0.0, 1.0), factor=st.floats(1e-3, 1e3))
def test_scaled_odds_stay_a_chance(p, factor):
    scaled = fates.odds_scaled(p, factor)
    assert 0.0 <= scaled <= 1.0 + 1e-12
    if 1e-6 < p < 1.0 - 1e-6:
        assert scaled / (1.0 - scaled) == pytest.approx(factor * p / (1.0 - p), rel=1e-6)


def test_certainty_cannot_be_scaled():
    assert fates.odds_scaled(0.0, 60.0) == 0.0
    assert fates.odds_scaled(1.0, 60.0) == 1.0


@pytest.mark.parametrize(
    ("generation", "state"),
    [(1, fates.TYPE_2A), (2, fates.TYPE_2B), (3, fates.TYPE_3), (4, fates.TYPE_3), (6, fates.TYPE_3)],
)
def test_generations_are_named_by_their_stains(generation, state):
    assert fates.progenitor_state(generation) == state


@given(u=UNIT, weights=st.lists(st.one_of(st.just(0.0), st.floats(0.01, 10.0)), min_size=1, max_size=8))
def test_a_choice_falls_on_something_that_can_be_chosen(u, weights):
    chosen = fates.weighted_choice(u, np.array(weights), len(weights))
    if sum(weights) == 0.0:
        assert chosen == -1
    else:
        assert weights[chosen] > 0.0


def test_choices_fall_in_proportion_to_weights():
    # On an even grid of u, a share equals its weight to one grid step.
    weights, n = np.array([1.0, 0.0, 3.0, 6.0]), 10_000
    chosen = [fates.weighted_choice((k + 0.5) / n, weights, 4) for k in range(n)]
    np.testing.assert_allclose(np.bincount(chosen, minlength=4) / n, weights / 10.0, atol=1.0 / n)


@compiled
def _waits(minimum, mean_above, shape, n):
    out = np.empty(n)
    for i in range(n):
        out[i] = fates.shifted_gamma(minimum, mean_above, shape, 5, i + 1, 0)
    return out


@pytest.mark.parametrize(("minimum", "mean_above", "shape"), [(14.4, 16.8, 1.0), (0.0, 168.0, 44.4)])
def test_a_wait_is_its_minimum_plus_a_gamma_time(minimum, mean_above, shape):
    waits = _waits(minimum, mean_above, shape, 50_000)
    law = stats.gamma(shape, loc=minimum, scale=mean_above / shape)
    assert waits.min() >= minimum
    assert stats.kstest(waits, law.cdf).pvalue > 1e-5

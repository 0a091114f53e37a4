"""What becomes of a cell: events, modes of division, choices, and the waiting times behind them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from neurogen_abm.biology import lineage
from neurogen_abm.biology.states import STATES
from neurogen_abm.jit import compiled

UNIT = st.floats(0.0, 1.0, exclude_max=True)


def test_codes_follow_the_order_of_the_names():
    for code, name in enumerate(STATES):
        assert getattr(lineage, name.upper()) == code
    assert lineage.state_codes(["dormant", "mature"]).tolist() == [lineage.DORMANT, lineage.MATURE]
    with pytest.raises(ValueError, match="not in tuple"):
        lineage.state_codes(["unknown"])


@pytest.mark.parametrize(
    ("state", "event"),
    [
        (lineage.ACTIVE, lineage.STEM_DIVISION),
        (lineage.TYPE_2A, lineage.PROGENITOR_DIVISION),
        (lineage.TYPE_2B, lineage.PROGENITOR_DIVISION),
        (lineage.TYPE_3, lineage.PROGENITOR_DIVISION),
        (lineage.IMMATURE_EARLY, lineage.ENTER_LAYER),
        (lineage.IMMATURE_LATE, lineage.INTEGRATE),
        (lineage.MATURING, lineage.MATURATION),
        (lineage.APOPTOTIC, lineage.CLEARANCE),
    ],
)
def test_a_clock_leads_on_along_the_lineage(state, event):
    assert lineage.clock_event(state) == event


def test_a_reserve_activates_stem_cells_and_kills_neurons():
    assert lineage.reserve_event(lineage.DORMANT) == lineage.reserve_event(lineage.RESTING) == lineage.ACTIVATE
    for state in (lineage.IMMATURE_EARLY, lineage.IMMATURE_LATE, lineage.MATURING):
        assert lineage.reserve_event(state) == lineage.DEATH


@given(u=UNIT, called=st.floats(1e-4, 1.0), deepening=st.floats(0.0, 1.0))
def test_rest_ends_in_dormancy_as_often_as_its_rate_has_a_share_in_the_hazard(u, called, deepening):
    hazard = called + deepening
    after = lineage.after_quiescence(lineage.RESTING, u, deepening, hazard)
    assert lineage.after_quiescence(lineage.DORMANT, u, deepening, hazard) == lineage.ACTIVE
    if abs(u - deepening / hazard) > 1e-12:
        assert after == (lineage.DORMANT if u < deepening / hazard else lineage.ACTIVE)


@given(u=UNIT, cuts=st.tuples(UNIT, UNIT, UNIT).map(sorted))
def test_a_stem_cell_divides_in_one_of_four_modes(u, cuts):
    symmetric, consuming, astrogenic = cuts[0], cuts[1] - cuts[0], cuts[2] - cuts[1]
    mode = lineage.stem_mode(u, symmetric, consuming, astrogenic)
    order = [lineage.SYMMETRIC, lineage.CONSUMING, lineage.ASTROGENIC, lineage.RENEWING]
    edges = np.cumsum([symmetric, consuming, astrogenic])
    # Near an edge rounding may go either way.
    if np.abs(edges - u).min() > 1e-12:
        assert mode == order[int(np.searchsorted(edges, u, side="right"))]


@given(p=st.floats(0.0, 1.0), factor=st.floats(1e-3, 1e3))
def test_scaled_odds_stay_a_chance(p, factor):
    scaled = lineage.odds_scaled(p, factor)
    assert 0.0 <= scaled <= 1.0 + 1e-12
    if 1e-6 < p < 1.0 - 1e-6:
        assert scaled / (1.0 - scaled) == pytest.approx(factor * p / (1.0 - p), rel=1e-6)


def test_certainty_cannot_be_scaled():
    assert lineage.odds_scaled(0.0, 60.0) == 0.0
    assert lineage.odds_scaled(1.0, 60.0) == 1.0


@pytest.mark.parametrize(
    ("generation", "state"),
    [(1, lineage.TYPE_2A), (2, lineage.TYPE_2B), (3, lineage.TYPE_3), (4, lineage.TYPE_3), (6, lineage.TYPE_3)],
)
def test_generations_are_named_by_their_stains(generation, state):
    assert lineage.progenitor_state(generation) == state


@given(u=UNIT, weights=st.lists(st.one_of(st.just(0.0), st.floats(0.01, 10.0)), min_size=1, max_size=8))
def test_a_choice_falls_on_something_that_can_be_chosen(u, weights):
    chosen = lineage.weighted_choice(u, np.array(weights), len(weights))
    if sum(weights) == 0.0:
        assert chosen == -1
    else:
        assert weights[chosen] > 0.0


def test_choices_fall_in_proportion_to_weights():
    # On an even grid of u, a share equals its weight to one grid step.
    weights, n = np.array([1.0, 0.0, 3.0, 6.0]), 10_000
    chosen = [lineage.weighted_choice((k + 0.5) / n, weights, 4) for k in range(n)]
    np.testing.assert_allclose(np.bincount(chosen, minlength=4) / n, weights / 10.0, atol=1.0 / n)


@compiled
def _waits(minimum, mean_above, shape, n):
    out = np.empty(n)
    for i in range(n):
        out[i] = lineage.shifted_gamma(minimum, mean_above, shape, 5, i + 1, 0)
    return out


@pytest.mark.parametrize(("minimum", "mean_above", "shape"), [(14.4, 16.8, 1.0), (0.0, 168.0, 44.4)])
def test_a_wait_is_its_minimum_plus_a_gamma_time(minimum, mean_above, shape):
    waits = _waits(minimum, mean_above, shape, 50_000)
    law = stats.gamma(shape, loc=minimum, scale=mean_above / shape)
    assert waits.min() >= minimum
    assert stats.kstest(waits, law.cdf).pvalue > 1e-5

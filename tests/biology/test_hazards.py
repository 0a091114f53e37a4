"""Rates of a single cell: what a signal does, what age does, and which event they lead to."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from neurogen_abm.biology import hazards, lineage
from neurogen_abm.biology.states import STATES

FOLD = st.floats(0.0, 1e4)
HALF_MAX = st.floats(0.1, 20.0)
HILL = st.floats(0.5, 8.0)


@given(half_max=HALF_MAX, hill=HILL)
def test_receptors_are_unmoved_at_rest(half_max, hill):
    assert hazards.receptor_shift(1.0, half_max, hill) == 0.0


@given(half_max=HALF_MAX, hill=HILL)
def test_receptors_saturate_at_one(half_max, hill):
    assert hazards.receptor_shift(1e60 ** (1.0 / hill), half_max, hill) == pytest.approx(1.0, abs=1e-9)


@given(half_max=HALF_MAX, hill=HILL)
def test_without_signal_receptors_stand_below_rest(half_max, hill):
    # a(0) = 0, so that the shift is -a(1) / (1 - a(1)) = -1 / k^n.
    assert hazards.receptor_shift(0.0, half_max, hill) == pytest.approx(-1.0 / half_max**hill, rel=1e-9)


@given(low=FOLD, high=FOLD, half_max=HALF_MAX, hill=HILL)
def test_more_signal_never_moves_receptors_less(low, high, half_max, hill):
    assume(low < high)
    below, above = (hazards.receptor_shift(fold, half_max, hill) for fold in (low, high))
    assert below <= above + 1e-12 * abs(below)
    assert above <= 1.0 + 1e-12


def test_half_the_way_is_half_the_occupancy_left():
    # Hill 1, half-maximum at twice rest: a(1) = 1/3, a(4) = 2/3, so (2/3 - 1/3) / (2/3) = 1/2.
    assert hazards.receptor_shift(4.0, 2.0, 1.0) == pytest.approx(0.5)


@given(shift=st.floats(-20.0, 1.0), towards=st.floats(0.01, 100.0))
def test_the_factor_of_an_effect_is_positive_and_ends_where_it_says(shift, towards):
    factor = hazards.effect_factor(shift, towards)
    assert factor > 0.0
    assert np.isfinite(factor)
    assert hazards.effect_factor(0.0, towards) == 1.0
    assert hazards.effect_factor(1.0, towards) == pytest.approx(towards)


def test_an_effect_is_geometric():
    assert hazards.effect_factor(0.5, 4.0) == pytest.approx(2.0)
    assert hazards.effect_factor(-1.0, 4.0) == pytest.approx(0.25)


@given(age=st.floats(0.0, 30_000.0), later=st.floats(0.0, 30_000.0))
def test_ageing_only_goes_one_way(age, later):
    weights = [hazards.aged_weight(a, 1440.0, 2136.0) for a in (age, age + later)]
    assert 0.0 <= weights[0] <= weights[1] < 1.0 + 1e-12
    rates = [
        hazards.activation_hazard(a, 0.002 / 24, 0.008 / 24, 47 * 24.0, 720.0) for a in (720 + age, 720 + age + later)
    ]
    assert rates[0] >= rates[1] >= 0.002 / 24


def test_ageing_begins_at_the_young_age():
    assert hazards.aged_weight(1000.0, 1440.0, 2136.0) == 0.0
    assert hazards.aged_weight(1440.0 + 2136.0, 1440.0, 2136.0) == pytest.approx(1.0 - np.exp(-1.0))
    assert hazards.between(0.85, 0.69, 0.5) == pytest.approx(0.77)
    assert hazards.activation_hazard(720.0, 0.1, 0.4, 100.0, 720.0) == pytest.approx(0.5)


EDGES = [0.0, 24.0, 96.0, 168.0, 1008.0]


@given(age=st.one_of(st.floats(0.0, 3000.0), st.sampled_from(EDGES)))
def test_an_age_falls_into_the_bin_whose_edge_it_has_reached(age):
    edges = np.array(EDGES)
    assert hazards.age_bin(age, edges) == np.searchsorted(edges, age, side="right") - 1


@given(rivals=st.integers(0, 10_000), pool=st.floats(0.1, 1e4), rivalry=st.floats(0.0, 10.0))
def test_rivals_never_help(rivals, pool, rivalry):
    factor = hazards.crowding(rivals, pool, rivalry)
    assert factor >= 1.0
    assert factor == 1.0 or rivals > pool
    assert hazards.crowding(rivals + 1, pool, rivalry) >= factor


def test_twice_as_many_rivals_as_the_pool_feeds_add_the_rivalry_once():
    assert hazards.crowding(60, 30.0, 0.25) == pytest.approx(1.25)


QUIESCENT = (lineage.DORMANT, lineage.RESTING)
MORTAL = (lineage.IMMATURE_EARLY, lineage.IMMATURE_LATE, lineage.MATURING)


@pytest.mark.parametrize("state", range(len(STATES)), ids=STATES)
def test_who_meets_chance_and_who_a_clock(state):
    hazard = hazards.base_hazard(state, 0.1, 0.2, 0.3)
    expected = {lineage.DORMANT: 0.1, lineage.RESTING: 0.2, **dict.fromkeys(MORTAL, 0.3)}
    assert hazard == expected.get(state, 0.0)
    final = state in (*QUIESCENT, lineage.MATURE, lineage.ASTROCYTE)
    assert hazards.base_pace(state) == (0.0 if final else 1.0)


@pytest.mark.parametrize("state", range(len(STATES)), ids=STATES)
def test_which_signal_a_hazard_responds_to(state):
    window = hazards.LATE_SURVIVAL
    target = hazards.hazard_target(state, window)
    if state in QUIESCENT:
        assert target == hazards.ACTIVATION
    elif state in MORTAL:
        assert target == window
    else:
        assert target == hazards.NO_TARGET


@given(fold=st.floats(0.0, 10.0), towards=st.floats(0.01, 100.0))
def test_a_rhythm_that_goes_on_ends_with_the_base_rate_in_its_mean(fold, towards):
    days_and_nights = [hazards.effect_factor(hazards.receptor_shift(f, 1.3, 6.0), towards) for f in (1.0, fold)]
    usual = 1.0
    for _ in range(40):
        for factor in days_and_nights:
            usual = hazards.habituated(usual, factor, 12.0, 48.0)
    # In 40 d the start is forgotten; half a day moves the running mean by 1 - exp(-12 / 48) of its way at most.
    swing = abs(days_and_nights[1] - days_and_nights[0]) * (1.0 - np.exp(-0.25))
    assert usual == pytest.approx(sum(days_and_nights) / 2, abs=swing + 1e-6)
    assert hazards.habituated(1.0, 1.0, 12.0, 48.0) == 1.0

"""The response of the stress axis: what effort, force, novelty and excess bring, and how habit takes from it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurogen_abm.biology.activity import Activity
from neurogen_abm.biology.blood import resting_state
from neurogen_abm.biology.exerkines import exerkines
from neurogen_abm.biology.plasma import N_STATE, advance_minutes, kinetics
from neurogen_abm.biology.stress import stress, stress_response

AXIS = stress(threshold=0.5, forced=0.1, novelty=0.2, excess=0.4, excess_dose=10.0, depth=0.5, habit_min=14_400.0)


def course(intensity, forced, distance_m, axis=AXIS, step=60):
    """Return the mean rise in each hour of an animal that does this, and its state at the end."""
    messengers = exerkines([3.0], [15.0], tau_off_min=[30.0], weight=[0.0], stressed=0)
    k = kinetics(stress_axis=axis)
    intensity, distance_m = (np.asarray(column, float) for column in (intensity, distance_m))
    still = Activity.none(intensity.size)
    activity = still._replace(intensity=intensity, distance_m=distance_m, forced=np.asarray(forced, np.float32))
    state, rises, seen = resting_state(k, messengers), np.zeros(1), []
    for first in range(0, intensity.size, step):
        advance_minutes(k, messengers, state, activity, first, step, 1.0, 1.0, 0.0, rises)
        seen.append(float(rises[0]))
    return np.array(seen), state


def test_each_part_of_the_response_by_itself():
    assert stress_response(AXIS, 0.5, 0.0, 0.0, 0.0, 0.0) == 0.0
    assert stress_response(AXIS, 0.75, 0.0, 0.0, 0.0, 0.0) == pytest.approx(0.5)
    assert stress_response(AXIS, 0.4, 0.4, 0.0, 0.0, 0.0) == pytest.approx(0.04)
    assert stress_response(AXIS, 0.0, 0.0, 20.0, 0.0, 0.0) == pytest.approx(0.4 * 10 / 20)
    assert stress_response(AXIS, 0.0, 0.0, 0.0, 0.9, 0.4) == pytest.approx(0.2 * 0.5)


def test_habit_takes_from_effort_and_force_and_from_nothing_else():
    used, new = (stress_response(AXIS, 0.75, 0.75, 20.0, 0.8, habit) for habit in (0.8, 0.0))
    assert used == pytest.approx((0.5 + 0.075) * (1 - 0.5 * 0.8) + 0.2)
    assert new == pytest.approx(0.5 + 0.075 + 0.2 + 0.2 * 0.8)


@given(st.floats(0, 2), st.floats(0, 1), st.floats(0, 40), st.floats(0, 1), st.floats(0, 1))
def test_rest_has_none_and_more_of_anything_is_never_less(intensity, forced, dose, drive, habit):
    there = stress_response(AXIS, intensity, forced, dose, drive, habit)
    assert stress_response(AXIS, 0.0, 0.0, 0.0, 0.0, 0.0) == 0.0 <= there
    for change in ((0.1, 0, 0, 0), (0, 0.1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 0.1)):
        more = stress_response(
            AXIS, intensity + change[0], forced + change[1], dose + change[2], drive + change[3], habit
        )
        assert more >= there


def test_a_bout_raises_it_above_the_threshold_and_it_falls_more_slowly_than_it_rose():
    hours = np.concatenate([np.full(120, 0.75), np.zeros(120)])
    seen, _ = course(hours, np.zeros(240), np.zeros(240))
    # dx/dt = (1.5 - x) / 15 min, and back with 30 min: means over an hour.
    assert seen[0] == pytest.approx(1.5 * (1 - 15 / 60 * (1 - np.exp(-4))), rel=1e-6)
    top = 1.5 * (1 - np.exp(-8))
    assert seen[2] == pytest.approx(top * 30 / 60 * (1 - np.exp(-2)), rel=1e-6)
    assert not course(np.full(240, 0.5), np.zeros(240), np.zeros(240))[0].any()


def test_with_weeks_of_the_same_running_the_response_to_it_falls():
    day = np.zeros(1440)
    day[:60] = 0.75
    days = np.tile(day, 40)
    seen, state = course(days, days, np.tile(day * 100.0, 40))
    first, last = seen[24], seen[39 * 24]
    assert last < 0.75 * first
    dose = state[4]
    assert state[-1] == pytest.approx(dose / (dose + 0.5), abs=0.25)


def test_hours_and_minutes_end_alike():
    chance = np.random.default_rng(1)
    effort = chance.random(720)
    by_hour, by_minute = (course(effort, 0.5 * effort, 40 * effort, step=step) for step in (60, 1))
    assert by_hour[1].tobytes() == by_minute[1].tobytes()
    assert by_hour[0] == pytest.approx(by_minute[0].reshape(-1, 60).mean(axis=1), rel=1e-12)


def test_where_nobody_is_stressed_there_is_no_state_of_it():
    assert resting_state(kinetics(), exerkines([1.0], [60.0])).size == N_STATE + 1
    assert resting_state(kinetics(), exerkines([1.0], [60.0], stressed=0)).size == N_STATE + 2


@pytest.mark.parametrize("change", [{"threshold": 1.0}, {"exponent": 0.0}, {"excess_dose": 0.0}, {"habit_min": 0.0}])
def test_impossible_numbers_are_refused(change):
    with pytest.raises(ValueError, match="positive"):
        stress(**change)

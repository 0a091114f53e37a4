"""Mood and what belongs to it: bounded whatever happens, exact over a day, and of the sign that was read."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurogen_abm.biology.mood import (
    Day,
    Mood,
    MoodState,
    advance_mood,
    anxiety_index,
    depressing,
    felt_stress,
    lost_sleep,
    missed_run,
    overload,
)
from neurogen_abm.biology.motivation import DriveState, Motivation, advance_drive, drive_target, trainability
from neurogen_abm.biology.muscle import MuscleState, advance_fitness, training_load
from neurogen_abm.lowering.parameter_reader import ParameterReader
from neurogen_abm.lowering.physiology import Physiology, lower_physiology
from neurogen_abm.spec.scenario.feedback import ARMS
from neurogen_abm.spec.scenario.scenario import load_scenario, resolve


def physiology(**changes) -> Physiology:
    """Return the physiology of a mouse with every arm of the feedback."""
    scenario = {"name": "mood", "duration": "7 d", "feedback": list(ARMS), "parameters": changes}
    resolved = resolve(load_scenario(scenario))
    return lower_physiology(resolved, ParameterReader(resolved.value), "bdnf")


MOUSE = physiology()
P = MOUSE.mood

rates = st.floats(0.0, 1e3)
times = st.floats(1e-3, 1e3)
params = st.builds(
    Mood,
    **{name: times if name.endswith("_d") else rates for name in Mood._fields if name != "sleep_h"},
    sleep_h=st.floats(0.1, 24.0),
)
days = st.builds(
    Day,
    corticosterone=st.floats(-1.0, 1e6),
    kynurenine=st.floats(-1.0, 1e6),
    young=st.floats(0.0, 1e3),
    use=st.floats(0.0, 1.0),
    load=st.floats(1.0, 1e3),
    fitness=st.floats(1.0, 1.5),
    active_h=st.floats(0.0, 24.0),
    held=st.floats(0.0, 1.0),
)


@settings(max_examples=60, deadline=None)
@given(params, st.lists(st.tuples(days, st.floats(1e-3, 100.0)), min_size=1, max_size=6))
def test_whatever_happens_every_state_stays_within_its_bounds(p, life):
    state, most_stress = MoodState(), 0.0
    for day, dt_d in life:
        state = advance_mood(p, state, day, 1.5, dt_d)
        most_stress = max(most_stress, felt_stress(day.corticosterone, day.young, p.young_buffer))
        assert -1.0 <= state.mood <= 1.0
        assert 0.0 <= state.anxiety <= 1.0
        assert 0.0 <= state.fatigue <= 1.0 + 1e-12
        assert 0.0 <= state.habit <= 1.0 + 1e-12
        assert 0.0 <= state.stress <= most_stress * (1.0 + 1e-9)
        most = p.depression_per_stress + p.depression_per_kynurenine + p.depression_per_miss
        assert 0.0 <= state.depression <= most * (1.0 + 1e-9)


@given(st.floats(0.1, 30.0), st.floats(0.0, 3.0), st.floats(0.0, 1.0), st.floats(0.0, 24.0))
def test_a_day_is_solved_exactly(dt_d, corticosterone, held, active_h):
    """Halves of a time make the whole, and each state is the exponential of its own time."""
    day = Day(corticosterone=corticosterone, load=1.4, active_h=active_h, held=held)
    whole = advance_mood(P, MoodState(), day, 1.5, dt_d)
    halves = advance_mood(P, advance_mood(P, MoodState(), day, 1.5, dt_d / 2), day, 1.5, dt_d / 2)
    assert halves == pytest.approx(whole, rel=1e-9, abs=1e-12)
    assert whole.stress == pytest.approx(corticosterone * -math.expm1(-dt_d / P.stress_time_d))
    assert whole.strain == pytest.approx(0.8 / 1.8 * -math.expm1(-dt_d / P.strain_time_d))


def after(days_, day, state=None):
    state = MoodState() if state is None else state
    for _ in range(days_):
        state = advance_mood(P, state, day, 1.5, 1.0)
    return state


def test_muscle_and_brain_tire_an_animal_together():
    """What the one leaves is what the other can take."""
    assert MoodState(strain=0.5, weariness=0.5).fatigue == 0.75
    assert MoodState(strain=0.2).fatigue == MoodState(weariness=0.2).fatigue == pytest.approx(0.2)
    assert MoodState(strain=1.0, weariness=0.3).fatigue == 1.0


class TestWhatWasRead:
    def test_a_rested_sedentary_animal_feels_nothing(self):
        assert after(100, Day()) == MoodState()

    def test_without_young_neurons_stress_counts_more_and_rest_does_not(self):
        """Snyder 2011: slower recovery and more anxiety after stress; Groves 2013 and Hill 2015: none at rest."""
        assert felt_stress(1.0, 0.0, P.young_buffer) == pytest.approx(1.5)
        assert felt_stress(1.0, 2.0, P.young_buffer) < felt_stress(1.0, 1.0, P.young_buffer) == 1.0
        assert felt_stress(1.0, 9.0, P.young_buffer) == felt_stress(1.0, 2.0, P.young_buffer) == pytest.approx(0.5)
        stressed = Day(corticosterone=1.0)
        assert after(20, stressed._replace(young=0.0)).anxiety > after(20, stressed).anxiety > 0.4
        assert after(20, Day(young=0.0)).anxiety == 0.0

    def test_stress_is_gone_within_days_of_its_end(self):
        """DeVallance 2017: running rebounds within 2-3 days."""
        stressed = after(5, Day(corticosterone=1.0))
        assert after(3, Day(), stressed).stress < 0.25 * stressed.stress

    def test_running_relieves_depression_by_what_was_measured_and_never_below_none(self):
        """Noetel 2024: -0.62 standard deviations."""
        sad = depressing(P, 1e9, 1e9, 0.0, 0.0)
        assert sad - depressing(P, 1e9, 1e9, 0.0, 1.0) == pytest.approx(0.62)
        assert depressing(P, 0.0, 0.0, 0.0, 1.0) == 0.0

    def test_who_must_stop_is_worse_off_than_who_never_ran(self):
        """Berlin 2006: symptoms after one week, low mood after two; Nishijima 2013: anxious beside never-runners."""
        stopped = after(7, Day(), after(56, Day(use=0.9)))
        never = after(63, Day())
        assert stopped.depression > never.depression + 0.1
        assert stopped.anxiety > never.anxiety + 0.1
        assert stopped.mood < never.mood - 0.1
        assert after(200, Day(), stopped).mood == pytest.approx(never.mood, abs=1e-3)

    def test_only_a_run_beyond_the_body_tires_and_rest_takes_it_away(self):
        assert overload(1.3, 1.3, 1.5) == overload(1.0, 1.4, 1.5) == 0.0
        assert overload(1.5, 1.0, 1.5) == pytest.approx(1.0)
        tired = after(3, Day(load=1.5))
        assert tired.fatigue > 0.2
        assert after(7, Day(), tired).fatigue < 0.05 * tired.fatigue

    def test_running_tires_the_brain_only_where_it_takes_the_time_for_sleep(self):
        assert lost_sleep(12.0, 12.0) == lost_sleep(5.0, 8.0) == 0.0
        assert lost_sleep(18.0, 12.0) == pytest.approx(0.5)
        assert lost_sleep(24.0, 12.0) == 1.0

    def test_missing_a_run_is_less_than_usual_not_more(self):
        assert missed_run(0.5, 0.8) == 0.0
        assert missed_run(0.8, 0.5) == pytest.approx(0.3)

    def test_anxiety_is_a_half_where_corticosterone_stays_at_twice_its_rest(self):
        assert anxiety_index(P, 1.0, 1.0, 0.0) == pytest.approx(0.5)


@given(st.floats(0.0, 1.0), st.floats(-1.0, 1e9))
def test_bdnf_moves_the_speed_of_training_within_its_gain(gain, rise):
    factor = trainability(gain, rise)
    assert 1.0 - gain <= factor <= 1.0 + gain
    assert trainability(gain, 0.0) == 1.0
    assert (factor - 1.0) * rise >= 0.0


def closed_loop(motivation: Motivation, asked_km: float, n_days: int, bdnf_per_use: float = 3.0, start: float = 1.0):
    """Live a life in which the drive sets the distance, and distance sets all that moves the drive: the worst of it."""
    muscle, state, drive = MuscleState(), MoodState(), DriveState(drive=start)
    course = []
    for _ in range(n_days):
        km = asked_km * drive.drive
        use = km / (km + MOUSE.kinetics.dose_half)
        load = training_load(km, MOUSE.training_dose, MOUSE.muscle.fitness_max)
        muscle = advance_fitness(MOUSE.muscle, muscle, load, 1.0)
        day = Day(use=use, load=load, fitness=muscle.fitness)
        state = advance_mood(P, state, day, MOUSE.muscle.fitness_max, 1.0)
        target = drive_target(
            motivation,
            drive.dopamine,
            mood=state.mood,
            fatigue=state.fatigue,
            depression=state.depression,
            fitness=muscle.fitness - 1.0,
        )
        drive = advance_drive(motivation, drive, target, bdnf_per_use * use, use, 1.0)
        course.append(drive.drive)
    return course


@settings(max_examples=40, deadline=None)
@given(st.floats(0.0, 0.5), st.floats(0.0, 0.25), st.floats(0.0, 1.0), st.floats(0.0, 0.5), st.floats(0.0, 30.0))
def test_the_virtuous_circle_does_not_run_away_anywhere_in_the_ranges(dopamine, mood, fatigue, fitness, asked_km):
    """Dopamine, mood and fitness are each bounded, so that the drive is: by 1 + cD 3 + cM + cE (Emax - 1)."""
    gains = {"dopamine_gain": dopamine, "mood_gain": mood, "fatigue_gain": fatigue, "fitness_gain": fitness}
    course = closed_loop(MOUSE.motivation._replace(**gains), asked_km, 300)
    bound = 1.0 + 3.0 * dopamine + mood + fitness * (MOUSE.muscle.fitness_max - 1.0)
    assert all(0.0 <= drive <= bound + 1e-9 for drive in course)
    assert course[-1] == pytest.approx(course[-2], abs=2e-3)  # it settles, and does not swing


@pytest.mark.parametrize("strength", [1.0, 8.0])
def test_nobody_is_trapped_as_the_page_says(strength):
    """Lives begun nearly without drive end where others do."""
    gains = {
        f"{arm}_gain": strength * getattr(MOUSE.motivation, f"{arm}_gain")
        for arm in ("dopamine", "mood", "depression", "fitness")
    }
    motivation = MOUSE.motivation._replace(**gains)
    ends = [closed_loop(motivation, 5.0, 400, 0.9, start)[-1] for start in (0.01, 0.3, 1.0, 1.5)]
    assert ends == pytest.approx([ends[0]] * 4, abs=2e-3)
    assert ends[0] > 1.0


def test_every_arm_moves_the_drive_towards_its_side_and_not_below_none():
    full = MOUSE.motivation._replace(neurogenesis_gain=0.1)
    usual = drive_target(full, 0.0)
    up = {"mood": 0.5, "neurogenesis": 0.5, "fitness": 0.2}
    down = {"fatigue": 0.5, "depression": 0.5, "stress": 0.5, "mood": -0.5}
    assert all(drive_target(full, 0.0, **{name: value}) > usual for name, value in up.items())
    assert all(drive_target(full, 0.0, **{name: value}) < usual for name, value in down.items())
    assert drive_target(full, 0.0, fatigue=1.0, depression=1e3, stress=1.0) == 0.0

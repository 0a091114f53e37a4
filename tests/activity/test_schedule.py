"""The schedule of a run: blocks add, rest silences, bounds hold."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurogen_abm.activity.schedule import build_schedule
from neurogen_abm.spec.scenario.scenario import load_scenario, scenario_names

TREADMILL = {"kind": "treadmill", "speed": "12 m/min", "session": "60 min", "clock": "10:00"}
WALK = {"kind": "walking", "session": "120 min", "intensity": 0.2, "clock": "10:30"}
LIFT = {"kind": "resistance", "session": "20 min", "intensity": 1.0, "clock": "10:00"}
WHEEL = {"kind": "wheel", "distance": "6 km/d"}


def test_no_blocks_no_activity(schedule):
    run = schedule(days=2)
    assert run.intensity.shape == run.distance_m.shape == run.resistance.shape == run.unloaded.shape == (2880,)
    assert not run.intensity.any()
    assert not run.unloaded.any()


def test_blocks_add_in_any_order(schedule):
    blocks = [TREADMILL, WALK, LIFT, WHEEL]
    together, reversed_ = schedule(*blocks), schedule(*blocks[::-1])
    alone = [schedule(block) for block in blocks]
    np.testing.assert_allclose(together.intensity, sum(run.intensity for run in alone))
    np.testing.assert_allclose(together.distance_m, sum(run.distance_m for run in alone))
    np.testing.assert_allclose(together.intensity, reversed_.intensity)


def test_intensity_and_resistance_stay_in_range_where_blocks_pile_up(schedule):
    hard = {"kind": "interval", "bouts": 1, "work": "60 min", "rest": "0 min", "intensity": 1.8, "clock": "10:00"}
    run = schedule(hard, hard, LIFT, LIFT)
    assert run.intensity.max() == 2.0
    assert run.resistance.max() == 1.0


@pytest.mark.parametrize("kind", ["rest", "immobilisation", "detraining"])
def test_silencing_blocks_silence_the_others_while_they_last(schedule, kind):
    free = schedule(WHEEL, TREADMILL, days=9)
    run = schedule(WHEEL, TREADMILL, {"kind": kind, "start": "3 d", "end": "5 d"}, days=9)
    inside = slice(3 * 1440, 5 * 1440)
    for column, expected in ((run.intensity, free.intensity), (run.distance_m, free.distance_m)):
        assert not column[inside].any()
        np.testing.assert_array_equal(np.delete(column, np.r_[inside]), np.delete(expected, np.r_[inside]))
    assert run.unloaded.sum() == (2880 if kind == "immobilisation" else 0)


def test_blocks_beyond_the_run_are_cut(schedule):
    run = schedule(TREADMILL | {"start": "30 d"}, {"kind": "immobilisation", "start": "1 d", "end": "90 d"}, days=2)
    assert not run.intensity.any()
    assert run.unloaded.sum() == 1440


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_bounds_hold_for_any_programme(schedule, data):
    kinds = [TREADMILL, WALK, LIFT, WHEEL, {"kind": "rest"}, {"kind": "immobilisation"}]
    blocks = []
    for block in data.draw(st.lists(st.sampled_from(kinds), max_size=4)):
        start = data.draw(st.integers(0, 100))
        span = {"start": f"{start} h", "end": f"{start + data.draw(st.integers(1, 100))} h"}
        blocks.append(block | span)
    clock = data.draw(st.integers(0, 1439))
    run = schedule(*blocks, days=5, clock_start_min=clock, seed=data.draw(st.integers(0, 2**63 - 1)))
    assert ((run.intensity >= 0.0) & (run.intensity <= 2.0)).all()
    assert ((run.resistance >= 0.0) & (run.resistance <= 1.0)).all()
    assert np.isfinite(run.distance_m).all()
    assert (run.distance_m >= 0.0).all()
    assert not run.intensity[run.unloaded > 0.0].any()


@pytest.mark.parametrize("name", scenario_names())
def test_every_shipped_scenario_has_a_schedule(value_of, name):
    scenario = load_scenario(name)
    run = build_schedule(scenario, value_of(scenario.species))
    assert run.intensity.size == round(scenario.duration_h * 60)
    assert bool(run.intensity.any()) == bool({block.kind for block in scenario.activity} - {"immobilisation"})

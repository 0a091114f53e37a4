"""What a body can do of what is asked: laws, the schedule as it is performed, and what a strict schedule refuses."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurogen_abm.activity.capacity import excesses, refuse_excesses
from neurogen_abm.activity.run_context import ActivityError
from neurogen_abm.biology.capacity import Endurance, held
from neurogen_abm.explanation import validation
from neurogen_abm.lowering.parameter_reader import ParameterReader
from neurogen_abm.lowering.physiology import lower_schedule
from neurogen_abm.spec.scenario.scenario import load_scenario, resolve, scenario_names

PERSON = Endurance(full_min=6.0, fall=0.1, sprint_gain=0.1)
HARD = {"kind": "treadmill", "speed": "36 m/min", "session": "2 h", "clock": "10:00"}


def resolved(**changes: Any) -> Any:
    return resolve(load_scenario({"name": "body", "species": "mouse", "duration": "2 d"}, changes))


class TestEndurance:
    def test_known_answers(self):
        assert held(PERSON, 6.0) == 1.0
        assert held(PERSON, 60.0) == pytest.approx(10**-0.1)
        assert held(PERSON, 0.5) == pytest.approx(2.1)

    @given(a=st.floats(0.1, 1440.0), b=st.floats(0.1, 1440.0))
    def test_longer_is_never_harder(self, a, b):
        assert held(PERSON, max(a, b)) <= held(PERSON, min(a, b)) + 1e-12

    @pytest.mark.parametrize("side", [1 - 1e-9, 1 + 1e-9])
    def test_the_two_laws_meet(self, side):
        assert held(PERSON, 6.0 * side) == pytest.approx(1.0, abs=1e-8)


class TestSchedule:
    def test_the_limit_stands_where_something_is_set_and_nowhere_else(self, schedule):
        run = schedule(HARD, {"kind": "wheel", "distance": "6 km/d"}, days=2)
        on = run.intensity - run.chosen_intensity > 0.0
        assert np.isfinite(run.limit[on]).all()
        assert not np.isfinite(run.limit[~on]).any()
        assert run.is_set
        assert not schedule({"kind": "wheel", "distance": "6 km/d"}, days=2).is_set

    def test_beyond_is_what_is_set_above_the_limit(self, schedule):
        run, day = schedule(HARD, days=2), slice(0, 1440)
        most = 20.0**-0.12
        short = run.beyond(day, 1.0)
        assert short.max() == pytest.approx(36 / 42 - most, rel=1e-5)
        np.testing.assert_array_equal(run.beyond(day, 2.0), 0.0)
        assert run.beyond(day, 0.5).max() == pytest.approx(36 / 42 - 0.5 * most, rel=1e-5)

    def test_uphill_and_against_a_brake_a_metre_costs_more_and_is_as_long(self, schedule):
        flat = {"kind": "treadmill", "speed": "20 m/min", "session": "1 h", "clock": "10:00"}
        plain_, steep = schedule(flat, days=1), schedule(flat | {"slope": "10 %"}, days=1)
        np.testing.assert_array_equal(plain_.distance_m, steep.distance_m)
        cost = 1.0 + 0.45 * 0.1 / 1.01**0.5
        np.testing.assert_allclose(steep.intensity, plain_.intensity * cost, rtol=1e-12)
        assert set(steep.work) == {np.float32(1.0), np.float32(cost)}
        free, braked = (schedule({"kind": "wheel", "distance": "3 km/d", "load": load}, days=2) for load in (0, "30 %"))
        np.testing.assert_array_equal(free.distance_m, braked.distance_m)
        assert braked.intensity.sum() == pytest.approx(free.intensity.sum() * 1.135, rel=1e-3)

    def test_too_steep_for_the_speed_is_refused(self, schedule):
        with pytest.raises(ActivityError, match="uphill"):
            schedule(HARD | {"slope": "60 %"})

    def test_a_current_works_muscle_that_the_animal_does_not_move(self, schedule):
        run = schedule({"kind": "stimulation", "session": "20 min", "intensity": 0.4, "clock": "10:00"}, days=1)
        assert run.passive.sum() == pytest.approx(20 * 0.4)
        np.testing.assert_allclose(run.passive, run.intensity, rtol=1e-6)
        assert not run.distance_m.any()
        assert not run.forced.any()

    @pytest.mark.parametrize(
        ("species", "said", "imposed"),
        [("mouse", {}, 1.0), ("mouse", {"forced": False}, 0.0), ("human", {}, 0.0), ("human", {"forced": True}, 1.0)],
    )
    def test_sessions_of_animals_are_imposed_and_those_of_people_are_not(self, schedule, species, said, imposed):
        pace = {"mouse": {"kind": "treadmill", "speed": "10 m/min"}, "human": {"kind": "walking", "intensity": 0.5}}
        block = pace[species] | {"session": "30 min", "clock": "10:00"} | said
        run = schedule(block, days=1, species=species)
        assert run.intensity.any()
        np.testing.assert_allclose(run.forced, imposed * run.intensity, rtol=1e-6)


class TestStill:
    @pytest.mark.parametrize(
        ("species", "block", "everyday", "unloaded"),
        [
            ("mouse", {"kind": "immobilisation"}, 0.0, 1.0),
            ("mouse", {"kind": "unloading"}, 0.3, 0.8),
            ("human", {"kind": "bed_rest"}, 0.1, 0.6),
            ("human", {"kind": "bed_rest", "everyday": "20 %"}, 0.2, 0.6),
            ("human", {"kind": "sitting"}, 0.5, 0.0),
            ("mouse", {"kind": "rest"}, 1.0, 0.0),
            ("mouse", {"kind": "detraining"}, 1.0, 0.0),
        ],
    )
    def test_what_a_block_leaves(self, schedule, species, block, everyday, unloaded):
        run = schedule(block | {"start": "1 d", "end": "2 d"}, days=3, species=species)
        at, elsewhere = slice(1440, 2880), np.r_[0:1440, 2880:4320]
        np.testing.assert_allclose(run.everyday[at], everyday, rtol=1e-6)
        np.testing.assert_allclose(run.unloaded[at], unloaded, rtol=1e-6)
        assert (run.everyday[elsewhere] == 1.0).all()
        assert not run.unloaded[elsewhere].any()

    def test_who_sits_may_still_train(self, schedule):
        walk = {"kind": "walking", "session": "30 min", "intensity": 0.5, "clock": "18:00"}
        assert schedule(walk, {"kind": "sitting"}, species="human").intensity.any()
        assert not schedule(walk, {"kind": "bed_rest"}, species="human").intensity.any()

    @pytest.mark.parametrize(("species", "kind"), [("mouse", "bed_rest"), ("rat", "sitting"), ("human", "unloading")])
    def test_what_a_species_does_not_know_is_refused(self, schedule, species, kind):
        with pytest.raises(ActivityError, match=f"`{kind}` is for"):
            schedule({"kind": kind}, species=species)


class TestStrict:
    def test_what_the_body_cannot_do_is_an_error_with_place_and_cure(self):
        strict = resolved(activity=[HARD], strict_schedule=True)
        with pytest.raises(ActivityError) as caught:
            lower_schedule(strict, ParameterReader(strict.value))
        assert caught.value.where == "activity[0].speed"
        assert caught.value.code == "beyond-the-body"
        assert "strict_schedule" in caught.value.cure

    def test_age_decides(self):
        easy = HARD | {"speed": "25 m/min"}
        refuse_excesses(resolved(activity=[easy]).scenario, resolved().value)
        assert excesses(resolved(activity=[easy], age="26 month").scenario, resolved().value)

    def test_without_it_validation_says_so(self):
        assert "Beyond the body: activity[0] (treadmill) asks" in validation(resolved(activity=[HARD]))
        assert "Beyond the body" not in validation(resolved(activity=[HARD | {"session": "5 min"}]))

    @pytest.mark.parametrize("name", scenario_names())
    def test_every_shipped_scenario_can_be_performed(self, name):
        shipped = resolve(load_scenario(name))
        assert excesses(shipped.scenario, shipped.value) == []

"""The muscle of an animal by itself, without a gyrus: what training, rest, age, sex, rhythm and drive do to it."""

import math
from typing import Any

import mesa
import numpy as np
import pytest

from neurogen_abm.agents import MuscleAgent
from neurogen_abm.biology import plasma
from neurogen_abm.biology.muscle import trained
from neurogen_abm.lowering import SIGNAL
from neurogen_abm.lowering.parameter_reader import ParameterReader
from neurogen_abm.lowering.physiology import lower_physiology, lower_schedule
from neurogen_abm.spec.scenario.scenario import load_scenario, resolve

DAY = 1440
LN2 = math.log(2.0)
NO_RHYTHM = {f"physiology.circulation.circadian_amplitude_{sex}": 0 for sex in ("male", "female")}

OLD = {"age": "18 mo", "feedback": True}
WHEEL = {"kind": "wheel", "distance": "6 km/d"}


class Body(mesa.Model):
    """An animal with a muscle and no brain; its niche rises by nothing."""

    def __init__(self, source: Any, **changes: Any) -> None:
        super().__init__(rng=1)
        resolved = resolve(load_scenario(source, changes))
        read = ParameterReader(resolved.value)
        self.scenario = resolved.scenario
        self.minutes_per_step = round(self.scenario.step_h * 60)
        self.physiology = lower_physiology(resolved, read, SIGNAL)
        self.lived = 0
        self.muscle = MuscleAgent(self, lower_schedule(resolved, read), self.physiology, self.scenario.feedback)

    @property
    def age_h(self) -> float:
        return self.scenario.age_h + self.lived * self.scenario.step_h

    def take_niche_rise(self) -> float:
        return 0.0

    def live(self, days: float) -> MuscleAgent:
        for _ in range(round(days * DAY / self.minutes_per_step)):
            self.muscle.step()
            self.lived += 1
        return self.muscle


def mouse(days: float = 7, **changes: Any) -> Body:
    return Body({"name": "body", "species": "mouse", "duration": f"{days} d"}, **changes)


def man(days: float = 7, **changes: Any) -> Body:
    return Body({"name": "body", "species": "human", "sex": "male", "age": "25 yr", "duration": f"{days} d"}, **changes)


def session(kind: str, minutes: float, **keys: Any) -> dict[str, Any]:
    return {"kind": kind, "session": f"{minutes} min", "clock": "10:00", **keys}


class TestTraining:
    def test_seven_kilometres_a_day_are_a_dose_of_seven(self):
        run = session("treadmill", 500, speed="14 m/min")
        week = mouse(10, activity=[run]).live(7)
        assert week.training_dose(7) == pytest.approx(7.0)
        assert week.training_dose(1) == pytest.approx(7.0)

    def test_the_first_days_count_the_sedentary_days_before_them(self):
        assert mouse(10, activity=[session("treadmill", 500, speed="14 m/min")]).live(2).training_dose(
            7
        ) == pytest.approx(2.0)

    def test_a_metre_uphill_counts_by_its_work(self):
        runs = [session("treadmill", 60, speed="14 m/min", **slope) for slope in ({}, {"slope": "20 %"})]
        flat, steep = (mouse(3, activity=[run]).live(2) for run in runs)
        work = float(steep.schedule.work.max())
        assert steep.distance_km == flat.distance_km > 1.0
        assert steep.training_dose(1) == pytest.approx(work * flat.training_dose(1))
        assert steep.state[plasma.DOSE] == pytest.approx(work * flat.state[plasma.DOSE])
        assert min(work - 1.0, flat.training_dose(1)) > 0.05

    def test_a_mouse_that_runs_as_usual_trains(self):
        """A full week asks for the ceiling; before it, for its part of it."""
        fitness = 1.0
        for day in range(1, 28):
            load = 1.0 + 0.5 * min(day, 7) / 7.0
            fitness = max(fitness, trained(fitness, load, 0.086, 1.5, 1.0))
        runner = mouse(30, activity=[session("treadmill", 500, speed="14 m/min")]).live(27 + 1 / 24)
        assert runner.fitness == pytest.approx(fitness, rel=1e-9)
        assert 1.15 < fitness < 1.25

    def test_daily_life_trains_nobody(self):
        """Recorded for six days and repeated for twelve weeks: nothing of it reaches 40 % of the reserve."""
        person = Body("human_daily_life", duration="84 d", outputs={"cadence": "1 d"})
        assert person.muscle.schedule.intensity.mean() > 0.05
        assert person.live(84).health.fitness == 1.0

    @pytest.mark.parametrize(("intensity", "trains"), [(0.39, False), (0.4, True)])
    def test_training_begins_at_its_threshold(self, intensity, trains):
        person = man(28, activity=[session("walking", 60, intensity=intensity)]).live(28)
        assert (person.fitness > 1.05) is trains

    def test_ten_hard_weeks_train_as_published(self):
        """Hickson 1977: 40 min six days a week, harder every week; 5 % in the first week, 44 % after the tenth."""
        hard = {"kind": "interval", "bouts": 1, "work": "40 min", "rest": "0 min", "intensity": 0.75, "clock": "10:00"}
        hard |= {"overload": "10 %/wk", "days": ["mon", "tue", "wed", "thu", "fri", "sat"]}
        person = man(71, activity=[hard])
        assert person.live(7).fitness - 1.0 == pytest.approx(0.05, abs=0.04)
        assert 1.3 < person.live(63).fitness < 1.5


class TestDisuse:
    def test_immobilisation_takes_muscle(self):
        """Two weeks of a cast took a quarter of a mouse's gastrocnemius and 38 % of its force."""
        animal = Body("mouse_immobilised")
        assert animal.live(7 + 1 / 24).muscle_mass == 1.0
        assert animal.live(14).muscle_mass == pytest.approx(1.0 - 0.302 * (1.0 - math.exp(-14 / 8)), rel=1e-9)
        assert animal.muscle.muscle_mass == pytest.approx(0.75, abs=0.005)
        assert animal.muscle.strength == pytest.approx(0.62, abs=0.005)

    def test_the_wheel_counts_for_nothing_meanwhile(self):
        animal = Body("mouse_immobilised")
        before = animal.live(7).distance_km
        assert animal.live(14).distance_km == before > 40.0
        assert animal.live(7).distance_km > before + 40.0


class TestRelease:
    @staticmethod
    def rise(**changes: Any) -> float:
        """Return the rise of plasma in the hour of a session on the first day."""
        walk = session("walking", 30, intensity=0.8, clock="07:00")
        # So that the old can walk as fast: what they cannot do is tested with capacity.
        fit = {
            f"physiology.muscle.ageing_{late}fitness_loss": {"value": "0 1/year", "why": "fit"}
            for late in ("", "late_")
        }
        person = man(1, activity=[walk], parameters=NO_RHYTHM | fit, **changes)
        person.muscle.step()
        return person.muscle.plasma_fold - 1.0

    def test_sex_and_mass_count_from_the_first_release_on(self):
        """Women release 0.6 as much; at 85 men have lost 50 x 0.47 % and 10 x 0.9 % of muscle, and mass^0.3 counts."""
        young = self.rise()
        assert young > 0.1
        assert self.rise(sex="female") / young == pytest.approx(0.6)
        assert self.rise(age="85 yr") / young == pytest.approx((1.0 - 50 * 0.0047 - 10 * 0.009) ** 0.3)

    def test_an_infusion_into_blood_reaches_its_level(self):
        """10 ng/h into 1 mL, cleared with a half-life of 2 min: 166.7 / (ln 2 / 2 x 10.58) = 45.5 folds of rest."""
        given = {"signal": "bdnf", "route": "systemic", "rate": "10 ng/h", "start": "1 h"}
        animal = mouse(1, infusions=[given])
        assert animal.physiology.infused_plasma(0.0) == 0.0
        assert animal.physiology.infused_plasma(1.0) == pytest.approx(1e4 / 60.0 / (LN2 / 2.0 * 10.58), rel=1e-9)
        assert animal.physiology.infused_plasma(1.0) == pytest.approx(45.5, abs=0.05)
        assert animal.live(5 / 24).plasma_fold == pytest.approx(46.5, abs=0.05)


class TestRhythm:
    def test_men_have_a_rhythm_and_women_none(self):
        his, hers = ([day.live(1 / 24).plasma_fold for _ in range(24)] for day in (man(2), man(2, sex="female")))
        assert hers == [1.0] * 24
        assert np.mean(his) == pytest.approx(1.0, abs=1e-6)
        assert max(his) == pytest.approx(1.25, abs=0.01)
        assert his.index(max(his)) in (0, 1)  # the run starts at 07:00, the peak is at 08:00

    @pytest.mark.parametrize("step", ["1 h", "6 h"])
    def test_a_history_ends_where_the_run_begins(self, step):
        person = man(2, step=step)
        n = DAY // person.minutes_per_step
        long = person.physiology.history(3 * n + 1, person.minutes_per_step).tolist()
        assert long[1:] == 3 * person.physiology.history(n, person.minutes_per_step).tolist()
        assert long[0] == long[n]

    @pytest.mark.parametrize("step", ["1 h", "6 h"])
    def test_the_life_before_the_run_has_the_same_rhythm(self, step):
        """Day by day alike, so that the run begins where the day before it ended."""
        person = man(2, step=step)
        steps = DAY // person.minutes_per_step
        before = [blood for _, blood in person.physiology.history(steps, person.minutes_per_step)]
        lived = [person.live(1 / len(before)).niche_fold for _ in before]
        assert lived == pytest.approx(before, rel=1e-12)
        assert np.mean(before) == pytest.approx(1.0, abs=1e-6)

    def test_the_run_begins_where_a_day_of_rest_leaves_plasma(self):
        person = man(2)
        first = person.muscle.plasma_fold
        person.live(1)
        assert person.muscle.state[plasma.PLASMA] == pytest.approx(first, rel=1e-9)
        assert first != pytest.approx(1.0, abs=0.1)


class TestDrive:
    def test_an_old_mouse_begins_with_what_is_asked_for(self):
        """What is asked for is the distance of this animal, at its age: age is not counted twice."""
        animal = mouse(3, activity=[WHEEL], **OLD)
        asked = animal.muscle.schedule.distance_m[:DAY].sum() / 1000.0
        assert animal.muscle.drive == pytest.approx(0.63, abs=0.01)
        assert animal.live(1).distance_km == pytest.approx(asked, rel=1e-12)

    def test_each_day_is_scaled_by_the_drive_with_which_it_begins(self):
        # Here drive falls from 1 at 17.9 to 0.1 at 19 months, so that days differ.
        decline = {"motivation.aged_drive": 0.1, "motivation.aged_drive_age": "19 mo", "muscle.mature_age": "17.9 mo"}
        parameters = {f"physiology.{path}": {"value": value, "why": "to see"} for path, value in decline.items()}
        parameters["physiology.motivation.dopamine_gain"] = 0
        animal = mouse(6, activity=[WHEEL], parameters=parameters, **OLD)
        asked = animal.muscle.schedule.distance_m.reshape(-1, DAY).sum(axis=1) / 1000.0
        first, shares = animal.muscle.drive, []
        for day in range(5):
            animal.live(1 / 24)
            drive, start = animal.muscle.drive, animal.muscle.distance_km
            begun = animal.muscle.distance_of[day * DAY : day * DAY + 60].sum() / 1000.0
            ran = animal.live(23 / 24).distance_km - start + begun
            assert ran / asked[day] == pytest.approx(drive / first, rel=1e-9)
            shares.append(drive / first)
        assert shares[0] == 1.0
        assert np.diff(shares).max() < -0.01

    @pytest.mark.parametrize(
        "block",
        [
            session("treadmill", 60, speed="12 m/min"),
            session("walking", 60, intensity=0.3),
            {"kind": "recording", "file": "mouse_wheel_minutes.csv", "repeat": True},
        ],
        ids=lambda block: block["kind"],
    )
    def test_what_is_set_or_recorded_stays_as_it_is(self, block):
        still = mouse(4, activity=[block], age="18 mo").live(4)
        driven = mouse(4, activity=[block], **OLD).live(4)
        assert driven.drive < 0.65
        assert driven.distance_km == still.distance_km > 0.0
        assert driven.intensity_of.tobytes() == still.intensity_of.tobytes()

    def test_beside_a_treadmill_only_the_wheel_follows_the_drive(self):
        run = session("treadmill", 60, speed="12 m/min")
        animal = mouse(2, activity=[run, WHEEL], **OLD)
        schedule, day = animal.muscle.schedule, slice(0, DAY)
        _, halved = schedule.driven(day, 0.5)
        wheel = mouse(2, activity=[WHEEL]).muscle.schedule.distance_m[day]
        assert halved.sum() == pytest.approx(0.72e3 + 0.5 * wheel.sum())
        effort, none = schedule.driven(day, 0.0)
        assert none.sum() == pytest.approx(720.0)
        assert effort.max() == pytest.approx(12.0 / 42.0)

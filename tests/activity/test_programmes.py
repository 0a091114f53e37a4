"""Sessions: when they take place, how hard they are, and what overload does to them."""

from types import SimpleNamespace

import numpy as np
import pytest

from neurogen_abm.activity.intensity import IntensityScale
from neurogen_abm.activity.run_context import ActivityError

TREADMILL = {"kind": "treadmill", "speed": "12 m/min", "session": "60 min", "clock": "10:00"}
INTERVAL = {"kind": "interval", "bouts": 4, "work": "4 min", "rest": "3 min", "intensity": 0.9, "clock": "10:00"}
HUMAN = IntensityScale(vmax_m_min=0.0, met_max=40.0 / 3.5)


def started(run):
    """Minutes of the run at which activity begins."""
    return np.flatnonzero(np.diff(np.concatenate([[0], (run.intensity > 0).astype(int)])) == 1)


class TestSessions:
    def test_a_session_takes_place_at_its_clock_time(self, schedule):
        run = schedule(TREADMILL, days=3)  # the run starts at 07:00
        assert started(run).tolist() == [180, 180 + 1440, 180 + 2880]
        assert (run.intensity > 0).sum() == 180
        assert run.distance_m.sum() == pytest.approx(3 * 60 * 12)
        assert run.intensity.max() == pytest.approx(12.0 / 42.0)

    def test_days_of_the_week_count_from_monday(self, schedule):
        run = schedule(TREADMILL | {"days": ["tue", "sun"]}, days=14)
        assert (started(run) // 1440).tolist() == [1, 6, 8, 13]

    def test_a_clock_time_before_the_start_of_the_run_falls_on_the_next_day(self, schedule):
        run = schedule(TREADMILL | {"clock": "06:00", "days": ["tue"]}, days=7)
        assert started(run).tolist() == [23 * 60]  # Tuesday 06:00 is 23 h after Monday 07:00

    def test_a_session_stops_where_its_block_ends(self, schedule):
        run = schedule(TREADMILL | {"end": "3.5 h"}, days=1)
        assert (run.intensity > 0).sum() == 30

    def test_a_block_before_its_start_and_after_its_end_is_silent(self, schedule):
        run = schedule(TREADMILL | {"start": "2 d", "end": "4 d"}, days=7)
        assert (started(run) // 1440).tolist() == [2, 3]

    def test_part_of_a_minute_counts_in_part(self, schedule):
        run = schedule(TREADMILL | {"session": "90 s"}, days=1)
        assert run.distance_m[180:183].tolist() == pytest.approx([12.0, 6.0, 0.0])

    def test_a_speed_beyond_the_species_is_refused(self, schedule):
        with pytest.raises(ActivityError, match="cannot hold 60 m/min; its top speed here is 42 m/min") as error:
            schedule(TREADMILL | {"speed": "60 m/min"})
        assert error.value.where == "activity[0].speed"


class TestInterval:
    def test_work_and_rest_alternate(self, schedule):
        run = schedule(INTERVAL, days=1)
        assert started(run).tolist() == [180, 187, 194, 201]
        assert run.intensity.sum() == pytest.approx(16 * 0.9)
        assert run.distance_m.sum() == pytest.approx(16 * 0.9 * 42.0)

    def test_sprints_shorter_than_a_minute_are_averaged_over_it(self, schedule):
        sprints = {"bouts": 4, "work": "30 s", "rest": "4.5 min", "intensity": 1.8}
        run = schedule(INTERVAL | sprints, days=1)
        assert run.intensity[180] == pytest.approx(0.9)
        assert run.intensity.sum() == pytest.approx(4 * 0.5 * 1.8)

    def test_work_across_a_minute_mark_is_shared(self, schedule):
        run = schedule(INTERVAL | {"bouts": 2, "work": "1 min", "rest": "30 s", "intensity": 1.0}, days=1)
        assert run.intensity[180:183].tolist() == pytest.approx([1.0, 0.5, 0.5])

    def test_bouts_without_rest_are_one_bout(self, schedule):
        run = schedule(INTERVAL | {"rest": "0 min"}, days=1)
        assert run.intensity[180:196].tolist() == pytest.approx([0.9] * 16)

    def test_weeks_of_overload_count_from_the_start_of_the_block(self, schedule):
        block = TREADMILL | {"start": "3 d", "overload": "10 %/wk"}
        run = schedule(block, days=18)
        speed = run.distance_m.reshape(-1, 1440).max(axis=1)
        # Monday to Wednesday nothing; its first week lasts into the second Thursday.
        assert speed.tolist() == pytest.approx([0.0] * 3 + [12.0] * 7 + [13.2] * 7 + [14.52])

    def test_overload_stops_at_sprint_intensity(self, schedule):
        run = schedule(INTERVAL | {"overload": "50 %/wk"}, days=28)
        weekly = run.intensity.reshape(4, -1).max(axis=1)
        np.testing.assert_allclose(weekly, [0.9, 1.35, 2.0, 2.0])


class TestResistanceAndWalking:
    def test_resistance_loads_muscle_and_covers_no_distance(self, schedule):
        block = {"kind": "resistance", "session": "30 min", "intensity": 0.8, "clock": "10:00", "overload": "10 %/wk"}
        run = schedule(block, days=28)
        assert not run.distance_m.any()
        np.testing.assert_allclose(run.resistance.reshape(4, -1).max(axis=1), [0.8, 0.88, 0.968, 1.0])
        assert run.intensity.max() == pytest.approx(0.4)

    def test_people_walk_by_oxygen(self, schedule):
        """5 km/h asks for 3.5 + 0.1 x 83.3 = 11.8 mL/kg/min, 3.4 MET, of a maximum of 11.4 MET."""
        block = {"kind": "walking", "session": "30 min", "speed": "5 km/h", "clock": "10:00"}
        run = schedule(block, days=1, species="human")
        assert run.intensity.max() == pytest.approx((0.1 * 5000 / 60 / 3.5) / (40 / 3.5 - 1.0))
        assert run.distance_m.sum() == pytest.approx(2500.0)

    def test_walking_at_an_intensity_holds_that_intensity(self, schedule):
        block = {"kind": "walking", "session": "30 min", "intensity": 0.4, "clock": "10:00"}
        for species in ("mouse", "human"):
            run = schedule(block, days=1, species=species)
            assert run.intensity.max() == pytest.approx(0.4)
            assert run.distance_m.sum() > 0.0

    def test_overload_never_makes_a_session_harder_than_maximal(self, schedule):
        run = schedule(TREADMILL | {"overload": "100 %/wk"}, days=35)
        np.testing.assert_allclose(run.intensity.reshape(5, -1).max(axis=1), [12 / 42, 24 / 42, 1.0, 1.0, 1.0])


class TestEffort:
    @pytest.mark.parametrize(("met", "intensity"), [(0.95, 0.0), (1.0, 0.0), (40.0 / 3.5, 1.0), (100.0, 2.0)])
    def test_mets(self, met, intensity):
        assert HUMAN.from_met(met) == pytest.approx(intensity)

    @pytest.mark.parametrize("intensity", [0.0, 0.1, 0.3, 0.8, 1.0])
    def test_a_speed_asks_for_at_most_the_intensity_it_was_made_from(self, intensity):
        back = HUMAN.from_speed(HUMAN.speed(intensity))
        assert back <= intensity + 1e-12
        between_walk_and_run = 13.4 < 3.5 * intensity * (HUMAN.met_max - 1.0) < 26.8
        assert back == pytest.approx(intensity) or between_walk_and_run

    def test_mice_by_speed(self):
        mouse = IntensityScale(vmax_m_min=42.0, met_max=3.0)
        assert mouse.from_speed(21.0) == 0.5
        assert mouse.speed(0.5) == 21.0
        assert mouse.from_met(2.0) == 0.5


class TestStandIns:
    def test_any_object_with_the_attributes_of_a_block_will_do(self, schedule):
        """Blocks are read by attribute alone, so a caller may adapt its own."""
        block = SimpleNamespace(
            kind="treadmill",
            start_h=0.0,
            end_h=None,
            weekdays=frozenset(range(7)),
            overload_pct_wk=0.0,
            speed_m_min=12.0,
            session_min=60.0,
            clock_min=600,
        )
        run = schedule(block, days=1)
        assert run.intensity.tobytes() == schedule(TREADMILL, days=1).intensity.tobytes()

"""Generated running against the measured bouts of `myokine` 2.7: two laboratories, eleven mice, 12:12 light-dark."""

import math

import numpy as np
import pytest

from neurogen_abm.activity.generator import (
    greatest_distance_km_d,
    hourly_share,
    running_day,
    wheel_statistics,
)
from neurogen_abm.activity.run_context import ActivityError

DAYS = 300


@pytest.fixture(scope="module")
def statistics(mouse_value):
    return wheel_statistics(mouse_value)


@pytest.fixture(scope="module")
def counts(statistics):
    """Counts by minute of many days at the distance of the measured mice, 34.4k counts a day, from lights-off."""
    days = [running_day(statistics, 7, day, statistics.reference_km_d) for day in range(DAYS)]
    return np.concatenate(days) / statistics.metres_per_count


@pytest.fixture(scope="module")
def bouts(counts):
    """First minutes and ends (exclusive) of all bouts."""
    edges = np.diff(np.concatenate([[0], (counts > 0).astype(int), [0]]))
    return np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)


class TestMeasuredBouts:
    def test_bouts_a_day(self, bouts):
        assert bouts[0].size / DAYS == pytest.approx(47.6, abs=2.5)  # 46-58 in the two laboratories

    def test_bout_length(self, bouts):
        length = bouts[1] - bouts[0]
        assert length.mean() == pytest.approx(10.1, abs=0.5)
        assert np.median(length) == pytest.approx(8.0, abs=1.0)
        assert np.quantile(length, 0.9) == pytest.approx(22.0, abs=2.0)

    def test_gaps(self, bouts):
        gap = bouts[0][1:] - bouts[1][:-1]
        assert np.median(gap) == pytest.approx(3.0, abs=1.0)
        assert gap.mean() == pytest.approx(19.7, abs=1.5)
        assert np.log(gap).mean() == pytest.approx(1.26, abs=0.15)
        assert np.log(gap).std() == pytest.approx(1.41, abs=0.08)
        assert 0.05 < (gap > 60).mean() < 0.09  # 8 % in one laboratory, 5 % in the recorded mouse of the other

    def test_running_minutes_and_rate(self, counts, statistics):
        running = counts[counts > 0]
        assert running.size / DAYS == pytest.approx(481.0, rel=0.04)
        assert running.mean() == pytest.approx(71.0, rel=0.04)
        assert np.quantile(running, 0.9) == pytest.approx(105.0, rel=0.05)
        assert running.max() <= statistics.fastest_rate * (1.0 + 1e-9)

    def test_hours_of_the_night(self, counts, statistics):
        hour = np.arange(counts.size) // 60 % 24
        share = np.bincount(hour, weights=counts, minlength=24) / counts.sum()
        measured = [0.109, 0.115, 0.098, 0.097, 0.098, 0.096, 0.092, 0.084, 0.067, 0.051, 0.036, 0.033]
        np.testing.assert_allclose(share[:12], measured, atol=0.006)
        assert (share[12:] < 0.01).all()
        assert share[:12].sum() == pytest.approx(0.98, abs=0.005)
        assert sum(hourly_share(statistics)) == pytest.approx(1.0)

    def test_distance_and_its_change_from_day_to_day(self, statistics):
        """Mean and CV of 1,000 days: 23 % between days, so the mean of 1,000 is known to 0.7 %."""
        days = np.array([running_day(statistics, 3, day, 7.0).sum() for day in range(1000)]) / 1000.0
        assert days.mean() == pytest.approx(7.0, rel=3 * 0.23 / math.sqrt(1000))
        assert days.std() / days.mean() == pytest.approx(0.23, abs=0.02)


class TestDistance:
    @pytest.mark.parametrize("distance", [0.5, 4.0, 7.0, 12.0, 20.0])
    def test_poorer_runners_run_shorter_and_slower_bouts_as_often(self, statistics, distance):
        days = np.array([running_day(statistics, 5, day, distance) for day in range(60)])
        running = days > 0
        starts = (np.diff(running.astype(int), axis=1) == 1).sum() / 60 + running[:, 0].mean()
        assert 42 < starts < 58
        assert days.sum() / 60e3 == pytest.approx(distance, rel=0.1)
        assert days.max() <= statistics.fastest_rate * statistics.metres_per_count * (1.0 + 1e-9)

    def test_active_minutes_lie_between_those_of_the_two_laboratories(self, statistics):
        """A mouse of 9.8k counts a day ran 278 min, one of 34.4k ran 481 min."""
        minutes = np.mean([(running_day(statistics, 5, day, 9.8 * 0.35) > 0).sum() for day in range(100)])
        assert minutes == pytest.approx(278.0, rel=0.06)

    def test_no_distance_no_running(self, statistics):
        assert not running_day(statistics, 1, 0, 0.0).any()

    def test_more_than_a_mouse_can_run_is_refused(self, schedule, mouse_value):
        most = greatest_distance_km_d(mouse_value)
        assert 25.0 < most < 35.0
        with pytest.raises(ActivityError, match=r"60 km/d is more than a mouse can run") as error:
            schedule({"kind": "wheel", "distance": "60 km/d"})
        assert error.value.where == "activity[0].distance"
        assert error.value.exit_code == 2

    @pytest.mark.parametrize(("species", "most", "usual"), [("mouse", "30.7", "7"), ("rat", "7", "2.3")])
    def test_the_refusal_speaks_of_the_species(self, schedule, value_of, species, most, usual):
        with pytest.raises(ActivityError, match=f"run: {most} km/d at its top speed") as error:
            schedule({"kind": "wheel", "distance": "60 km/d"}, species=species)
        assert error.value.cure == f"Give a shorter distance; {usual} km/d is usual in a {species}."
        all_of_it = greatest_distance_km_d(value_of(species))
        assert schedule({"kind": "wheel", "distance": f"{all_of_it!r} km/d"}, species=species).distance_m.any()

    def test_people_do_not_run_in_wheels(self, schedule):
        with pytest.raises(ActivityError, match="walking, treadmill, interval or recording"):
            schedule({"kind": "wheel", "distance": "5 km/d"}, species="human")


class TestAddressedDraws:
    def test_a_day_does_not_depend_on_the_length_of_the_run(self, schedule):
        block = {"kind": "wheel", "distance": "7 km/d"}
        short, long = schedule(block, days=3), schedule(block, days=10)
        assert short.distance_m.tobytes() == long.distance_m[: 3 * 1440].tobytes()

    def test_a_day_does_not_depend_on_when_the_wheel_was_opened(self, schedule):
        early = schedule({"kind": "wheel", "distance": "7 km/d"}, days=6)
        late = schedule({"kind": "wheel", "distance": "7 km/d", "start": "3 d"}, days=6)
        assert not late.distance_m[: 3 * 1440].any()
        assert late.distance_m[3 * 1440 :].tobytes() == early.distance_m[3 * 1440 :].tobytes()

    def test_seeds_and_days_differ(self, statistics):
        days = {running_day(statistics, seed, day, 7.0).tobytes() for seed in (1, 2) for day in range(-1, 20)}
        assert len(days) == 42

    def test_the_draws_are_those_of_earlier_releases(self, statistics):
        """NumPy may change how it draws; then published runs change, and this is where it shows."""
        day = running_day(statistics, 1, 0, 7.0)
        assert np.count_nonzero(day) == 382
        assert day.sum() == pytest.approx(7944.1087683791175, rel=1e-9)
        assert day.max() == pytest.approx(41.84452601806272, rel=1e-9)

    def test_the_largest_seed_is_taken(self, statistics):
        assert running_day(statistics, 2**63 - 1, 0, 7.0).sum() > 0.0


class TestWheelBlock:
    def test_running_begins_at_lights_off(self, schedule):
        run = schedule({"kind": "wheel", "distance": "7 km/d"}, days=28)
        clock = (np.arange(run.distance_m.size) + 420) // 60 % 24
        by_hour = np.bincount(clock, weights=run.distance_m, minlength=24)
        assert by_hour[19:23].min() > 0.08 * by_hour.sum()  # lights off at 19:00
        assert by_hour[9:19].sum() < 0.02 * by_hour.sum()

    def test_intensity_is_speed_over_top_speed(self, schedule):
        run = schedule({"kind": "wheel", "distance": "7 km/d"})
        np.testing.assert_allclose(run.intensity, np.minimum(run.distance_m / 42.0, 2.0))

    def test_evenings_off(self, schedule):
        """The wheel opens on Monday and Thursday evenings; a night belongs to the day on which it begins."""
        run = schedule({"kind": "wheel", "distance": "7 km/d", "days": ["mon", "thu"]}, days=7)
        evening = run.distance_m[12 * 60 :][: 6 * 1440].reshape(6, 1440).sum(axis=1)  # from 19:00 to 19:00
        assert (evening > 0).tolist() == [True, False, False, True, False, False]

    def test_overload_raises_distance_week_by_week(self, schedule):
        flat = schedule({"kind": "wheel", "distance": "5 km/d"}, days=21)
        more = schedule({"kind": "wheel", "distance": "5 km/d", "overload": "20 %/wk"}, days=21)
        nights = slice(12 * 60, 12 * 60 + 14 * 1440)
        ratio = more.distance_m[nights].reshape(14, 1440).sum(axis=1) / flat.distance_m[nights].reshape(14, 1440).sum(
            axis=1
        )
        np.testing.assert_allclose(ratio[:7], 1.0)
        np.testing.assert_allclose(ratio[7:], 1.2, rtol=1e-9)

"""Times of recordings: summer time, zones, and epochs of no whole minutes; nothing is lost or shifted on the way."""

from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurogen_abm.activity.recordings.recording import Recording, Track
from neurogen_abm.activity.recordings.series import RecordingError, even_series


def recorded(starts, values, quantity="wheel_counts", **more):
    """Return the series of samples at given times."""
    epoch = more.pop("epoch_s", None)
    track = Track(
        np.arange(2, 2 + len(starts)), np.array(starts, dtype="datetime64[us]"), np.array(values, float), **more
    )
    return even_series(Recording("own.csv", "a table", quantity, {None: track}, epoch_s=epoch), None)


def clock(start: str, *minutes: float) -> list[datetime]:
    """Return times on the clock of the wall, minutes after a start."""
    return [datetime.fromisoformat(start) + timedelta(minutes=minute) for minute in minutes]


class TestSummerTime:
    def test_an_hour_that_comes_twice_is_two_hours(self):
        autumn = clock("2009-10-24T23:00", 0, 60, 120, 180, 180, 240)  # 02:00 comes again
        series = recorded(autumn, [1, 2, 3, 4, 5, 6])
        assert series.values.tolist() == [1, 2, 3, 4, 5, 6]
        assert series.gaps == ()
        assert any("set back by 60 min at 2009-10-25 02:00 (row 6)" in note for note in series.notes)

    def test_an_hour_that_never_comes_is_no_gap(self):
        spring = clock("2024-03-31T00:00", 0, 30, 60, 90, 180, 210)  # 02:00 is 03:00
        series = recorded(spring, [1, 2, 3, 4, 5, 6])
        assert series.values.tolist() == [1, 2, 3, 4, 5, 6]
        assert any("set forward by 60 min" in note for note in series.notes)

    def test_an_hour_lost_on_another_day_is_a_gap(self):
        series = recorded(clock("2024-03-30T00:00", 0, 30, 60, 90, 180, 210), [1, 2, 3, 4, 5, 6])
        assert [(gap.first, gap.samples) for gap in series.gaps] == [(4, 2)]
        assert series.notes == ()

    def test_an_hour_repeated_on_another_day_is_refused(self):
        with pytest.raises(RecordingError, match="same time"):
            recorded(clock("2009-10-23T23:00", 0, 60, 120, 180, 180, 240), [1] * 6)

    def test_a_zone_says_how_long_it_was(self):
        wall = clock("2024-10-27T01:00", 0, 60, 120, 120, 180)
        series = recorded(wall, [1, 2, 3, 4, 5], offsets_min=np.array([120.0, 120, 120, 60, 60]))
        assert series.values.tolist() == [1, 2, 3, 4, 5]
        assert series.start == datetime(2024, 10, 27, 1)
        assert any("zone" in note for note in series.notes)


class TestEpochs:
    @settings(max_examples=40, deadline=None)
    @given(
        epoch=st.sampled_from([1, 5, 10, 15, 30, 64, 90, 100]),
        counts=st.lists(st.integers(0, 200), min_size=130, max_size=300),
        offset=st.integers(0, 59),
    )
    def test_totals_are_kept(self, epoch, counts, offset):
        """What is counted lands in its minutes; only what a last minute is less than half of may be left out."""
        starts = [datetime(2024, 3, 1, 12, 0, offset) + timedelta(seconds=epoch * k) for k in range(len(counts))]
        series = recorded(starts, counts)
        assert series.interval_min == 1
        left_out = series.values.size * 60 - (offset + epoch * len(counts))
        lost = sum(counts) - np.nansum(series.values)
        assert lost >= -1e-6
        assert lost <= max(counts) * (60 / epoch + 2)
        assert abs(left_out) <= 60

    def test_means_are_weighted_by_time(self):
        starts = [datetime(2024, 3, 1) + timedelta(seconds=64 * k) for k in range(4)]
        series = recorded(starts, [1.0, 3.0, 1.0, 1.0], "met")
        np.testing.assert_allclose(series.values, [1.0, (4 * 1 + 56 * 3) / 60, (8 * 3 + 52) / 60, 1.0])

    def test_a_constant_stays_constant(self):
        starts = [datetime(2024, 3, 1, 0, 0, 7) + timedelta(seconds=30.5 * k) for k in range(100)]
        np.testing.assert_allclose(recorded(starts, [1.4] * 100, "met").values, 1.4)

    def test_a_minute_half_measured_is_missing(self):
        starts = [datetime(2024, 3, 1) + timedelta(seconds=30 * k) for k in range(6)]
        series = recorded(starts, [1, 1, np.nan, np.nan, 1, 1])
        np.testing.assert_array_equal(series.values, [2, np.nan, 2])
        assert [(gap.first, gap.samples, gap.row) for gap in series.gaps] == [(1, 1, 4)]

    def test_events_of_unlike_length(self):
        series = recorded(
            clock("2024-03-01T00:00", 0, 1.5, 4), [1.25, 3.0, 1.25], "met", seconds=np.array([90.0, 150.0, 60.0])
        )
        np.testing.assert_allclose(series.values, [1.25, 2.125, 3.0, 3.0, 1.25])

    def test_an_event_into_the_next_is_refused(self):
        with pytest.raises(RecordingError, match="into the time of row 3"):
            recorded(clock("2024-03-01T00:00", 0, 1), [1, 1], "met", seconds=np.array([120.0, 60.0]))

    def test_a_clock_that_ticks_unevenly_is_believed(self):
        series = recorded(clock("2024-03-01T00:00", 0, 60.02, 119.98, 180.01), [1, 2, 3, 4], epoch_s=3600)
        assert series.values.tolist() == [1, 2, 3, 4]

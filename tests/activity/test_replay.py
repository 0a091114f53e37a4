"""Replay: counts and METs become minutes, aligned by the clock, with gaps and ends never passed over in silence."""

from datetime import datetime, timedelta

import numpy as np
import pytest

from neurogen_abm.activity.recordings.register import find_recording, read_recording
from neurogen_abm.activity.recordings.series import RecordingError
from neurogen_abm.activity.run_context import ActivityError

HOURLY = {"kind": "recording", "file": "mouse_wheel_hourly.csv", "animal": "F20404F", "metres_per_count": "0.35 m"}


@pytest.fixture
def recorded(tmp_path, schedule):
    """Return a function that writes counts from a start time and replays them."""

    def replay(
        values, *, start="2020-01-06T07:00", step=60, column="wheel_counts", days=0.25, species="mouse", **block
    ):
        begin = datetime.fromisoformat(start)
        lines = [
            f"{(begin + timedelta(minutes=i * step)).isoformat()},{'' if value is None else value}"
            for i, value in enumerate(values)
            if value != "absent"
        ]
        (tmp_path / "own.csv").write_text(f"start,{column}\n" + "\n".join(lines) + "\n")
        options = {"metres_per_count": "0.5 m"} if column == "wheel_counts" else {}
        return schedule(
            {"kind": "recording", "file": "own.csv"} | options | block, days=days, base_dir=tmp_path, species=species
        )

    return replay


class TestCounts:
    def test_an_hour_of_counts_is_run_from_its_start_at_the_speed_of_running_minutes(self, recorded):
        run = recorded([497 + 30, 0, 71 * 60, 6000, 0, 0])
        first, second, third, fourth = run.distance_m[:240].reshape(4, 60)
        np.testing.assert_allclose(first, [24.85] * 10 + [15.0] + [0.0] * 49)
        assert not second.any()
        np.testing.assert_allclose(third, 35.5)  # too far for 24.85 m/min: the whole hour, faster
        np.testing.assert_allclose(fourth, 50.0)
        np.testing.assert_allclose(run.intensity, run.distance_m / 42.0)

    def test_nobody_is_thought_to_run_faster_than_it_can(self, recorded):
        """A rat runs at 24.85 m/min where it can: it takes 10 minutes for 497 counts of this wheel."""
        rat = recorded([497, 0, 6000, 0, 0, 0], species="rat")
        first, _, full, *_ = rat.intensity.reshape(-1, 60)
        np.testing.assert_allclose(first, [24.85 / 30.0] * 10 + [0.0] * 50)
        np.testing.assert_allclose(full, 100 * 0.5 / 30.0)  # unless the counts say so: 100 a minute for the whole hour

    def test_no_distance_is_lost(self, schedule):
        run = schedule(HOURLY, days=80)
        mouse = read_recording(find_recording("mouse_wheel_hourly"), "F20404F")
        from_seven = mouse.values[14 : 14 + 80 * 24]  # the recording starts at 17:00, the run at 07:00
        np.testing.assert_allclose(run.distance_m.reshape(-1, 60).sum(axis=1), from_seven * 0.35, atol=1e-9)

    def test_minutes_are_taken_as_they_are(self, recorded):
        run = recorded([10, 200, 0, 84], step=1, days=4 / 1440)
        assert run.distance_m.tolist() == [5.0, 100.0, 0.0, 42.0]
        assert run.intensity.tolist() == pytest.approx([5 / 42, 2.0, 0.0, 1.0])

    def test_metres_per_count_default_to_the_catalogue(self, schedule):
        own, default = schedule(HOURLY), schedule({k: v for k, v in HOURLY.items() if k != "metres_per_count"})
        np.testing.assert_array_equal(own.distance_m, default.distance_m)

    def test_wheel_counts_drive_no_person(self, schedule):
        with pytest.raises(ActivityError, match="cannot be replayed by a human"):
            schedule(HOURLY, species="human")


class TestMets:
    def test_mets_become_intensity_and_no_distance(self, recorded):
        run = recorded([1.0, 0.95, 2.0, 40 / 3.5, 1.0, 1.0], column="met", species="human")
        assert run.intensity[::60].tolist() == pytest.approx([0.0, 0.0, 1.0 / (40 / 3.5 - 1.0), 1.0, 0.0, 0.0])
        assert not run.distance_m.any()


class TestClock:
    def test_replay_starts_at_the_clock_time_of_the_run(self, recorded):
        counts = [7 * hour % 31 for hour in range(1, 31)]  # hours from 05:00; the run starts at 07:00
        run = recorded(counts, start="2020-01-06T05:00", days=1)
        assert run.distance_m.reshape(24, 60).sum(axis=1).tolist() == pytest.approx([0.5 * n for n in counts[2:26]])

    def test_a_run_may_start_within_an_hour_of_the_recording(self, recorded):
        run = recorded([60 * 71, 0, 0], start="2020-01-06T06:30", days=1 / 24)
        assert (run.distance_m > 0).sum() == 30  # 07:00 to 07:30 of the sample that starts at 06:30

    def test_a_later_block_keeps_the_clock(self, schedule):
        run = schedule(HOURLY | {"start": "36 h"}, days=8)  # from Tuesday 19:00
        whole = schedule(HOURLY, clock_start_min=1140, days=6.5)
        assert not run.distance_m[: 36 * 60].any()
        np.testing.assert_array_equal(run.distance_m[36 * 60 :], whole.distance_m)

    def test_the_night_of_the_mouse_is_the_night_of_the_run(self, schedule):
        run = schedule(HOURLY, days=14)
        clock = (np.arange(run.distance_m.size) + 420) // 60 % 24
        dark = (clock >= 18) | (clock < 6)
        assert run.distance_m[dark].sum() > 0.95 * run.distance_m.sum()

    def test_from_names_the_first_sample(self, recorded):
        counts = [7 * hour % 31 for hour in range(30)]
        run = recorded(counts, start="2020-01-06T05:00", days=0.25, **{"from": "2020-01-06T20:00"})
        assert run.distance_m.reshape(6, 60).sum(axis=1).tolist() == pytest.approx([0.5 * n for n in counts[15:21]])

    def test_from_outside_the_recording_is_refused(self, recorded):
        with pytest.raises(RecordingError, match="outside the recording") as caught:
            recorded([1, 2, 3], **{"from": "2021-01-01T00:00"})
        assert caught.value.where == "activity[0].from"

    def test_a_recording_that_never_reaches_the_clock_time_is_refused(self, recorded):
        with pytest.raises(RecordingError, match="never reaches 07:00"):
            recorded([1, 2, 3], start="2020-01-06T12:00", days=1 / 24)


class TestEnds:
    def test_a_short_recording_is_refused_and_repetition_offered(self, recorded):
        with pytest.raises(RecordingError, match=r"lasts 1 d .* block 3 d\. Set `repeat: true`") as caught:
            recorded([1] * 24, days=3)
        assert caught.value.code == "short-recording"

    def test_whole_days_repeat(self, recorded):
        counts = [10 * (7 * hour % 24) for hour in range(24)] + [999] * 5
        run = recorded(counts, days=3, repeat=True)
        days = run.distance_m.reshape(3, 24, 60).sum(axis=2)
        assert days[0].tolist() == pytest.approx([0.5 * n for n in counts[:24]])
        np.testing.assert_array_equal(days[0], days[1])
        np.testing.assert_array_equal(days[0], days[2])

    def test_less_than_a_day_cannot_repeat(self, recorded):
        with pytest.raises(RecordingError, match="only whole days repeat"):
            recorded([1] * 23, days=3, repeat=True)

    def test_a_recording_longer_than_the_block_is_cut(self, schedule):
        run = schedule(HOURLY | {"end": "2 d"}, days=5)
        assert run.distance_m[: 2 * 1440].any()
        assert not run.distance_m[2 * 1440 :].any()


class TestFaults:
    def test_a_fault_of_the_file_names_its_row_and_the_entry_of_the_scenario(self, recorded):
        with pytest.raises(RecordingError) as caught:
            recorded([60, -5, 30])
        assert caught.value.where == "own.csv:3 activity[0].file"

    def test_an_animal_that_is_not_there_names_the_entry_too(self, schedule):
        with pytest.raises(RecordingError) as caught:
            schedule({"kind": "rest", "end": "1 h"}, HOURLY | {"animal": "F0"})
        assert caught.value.where == "mouse_wheel_hourly.csv activity[1].file"


class TestGaps:
    COUNTS = (60, 30, None, "absent", 90, 10)

    def test_gaps_are_refused_by_default_and_the_choices_named(self, recorded):
        with pytest.raises(RecordingError) as caught:
            recorded(self.COUNTS)
        message = str(caught.value)
        assert caught.value.code == "gaps"
        assert caught.value.where == "own.csv:4 activity[0].gap"
        for words in ("1 gap, 120 min in all", "2020-01-06 09:00 (row 4)", "`gap: hold`", "`gap: zero`"):
            assert words in message

    def test_hold_repeats_the_last_sample(self, recorded):
        run = recorded(self.COUNTS, gap="hold")
        assert run.distance_m.reshape(6, 60).sum(axis=1).tolist() == pytest.approx([30, 15, 15, 15, 45, 5])

    def test_zero_is_no_activity(self, recorded):
        run = recorded(self.COUNTS, gap="zero")
        assert run.distance_m.reshape(6, 60).sum(axis=1).tolist() == pytest.approx([30, 15, 0, 0, 45, 5])
        person = recorded([2.0, None, 3.0, 1.0, 1.0, 1.0], gap="zero", column="met", species="human")
        assert not person.intensity[60:120].any()

    def test_gaps_outside_what_is_replayed_do_not_matter(self, recorded):
        run = recorded(self.COUNTS, days=2 / 24)
        assert run.distance_m.sum() == pytest.approx(45.0)

    def test_nothing_stands_before_a_first_gap(self, recorded):
        with pytest.raises(RecordingError, match="starts with a gap"):
            recorded([None, 1, 2, 3, 4, 5], gap="hold")


class TestScaling:
    def test_overload_raises_a_recording_week_by_week(self, recorded):
        run = recorded([50] * (24 * 15), days=15, overload="10 %/wk")
        np.testing.assert_allclose(run.distance_m.reshape(15, 1440).sum(axis=1), [600.0] * 7 + [660.0] * 7 + [726.0])

    def test_weeks_of_overload_count_from_the_start_of_the_block(self, schedule):
        block = HOURLY | {"start": "36 h", "end": "9 d"}
        even, rising = schedule(block, days=10), schedule(block | {"overload": "10 %/wk"}, days=10)
        turn = 36 * 60 + 7 * 1440  # the second week of the block lasts 12 h, up to its end
        np.testing.assert_array_equal(rising.distance_m[:turn], even.distance_m[:turn])
        np.testing.assert_allclose(rising.distance_m[turn:], 1.1 * even.distance_m[turn:])
        assert even.distance_m[turn:].any()

    def test_days_of_the_week_silence_the_others(self, schedule):
        run = schedule(HOURLY | {"days": ["tue"]}, days=7)
        active = np.flatnonzero(run.distance_m)
        tuesday = np.array([17 * 60, 17 * 60 + 1440])  # Tuesday midnight to midnight of a run from Monday 07:00
        assert active.min() >= tuesday[0]
        assert active.max() < tuesday[1]

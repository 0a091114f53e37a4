"""A run starts as its recording does, at its hour and on its day of the week, unless the scenario says otherwise."""

from datetime import datetime, timedelta

import numpy as np
import pytest

from neurogen_abm import compare, load_scenario, resolve
from neurogen_abm.activity.recordings.series import RecordingError
from neurogen_abm.errors import InputError
from neurogen_abm.run import prepare

PATCH = {"septotemporal": "200 um", "transverse": "150 um"}
FRIDAY_EVENING = datetime(2024, 3, 1, 19)


@pytest.fixture
def night(tmp_path, schedule):
    """Return a function that replays ten nights of running, from Friday evening on, beside other blocks."""
    lines = [
        f"{FRIDAY_EVENING + timedelta(hours=hour):%Y-%m-%dT%H:%M},{500 if hour % 24 < 12 else 0}" for hour in range(240)
    ]
    (tmp_path / "own.csv").write_text("start,wheel_counts\n" + "\n".join(lines) + "\n")

    def replay(*others, clock_start_min=None, day=None, days=3.0, **block):
        mine = {"kind": "recording", "file": "own.csv", "metres_per_count": "0.35 m", **block}
        return schedule(mine, *others, clock_start_min=clock_start_min, day=day, days=days, base_dir=tmp_path)

    return replay


class TestFollows:
    def test_the_hour_and_the_weekday_of_the_recording(self, night):
        run = night()
        assert (run.clock_start_min, run.weekday) == (19 * 60, 4)
        assert run.distance_m[:60].sum() == pytest.approx(175.0)
        assert run.replayed[0].dark_share == pytest.approx(1.0)
        assert run.replayed[0].warnings == ()

    def test_from_moves_the_start(self, night):
        run = night(**{"from": "2024-03-03T07:00"})
        assert (run.clock_start_min, run.weekday) == (7 * 60, 6)

    def test_a_later_block_keeps_its_hours(self, night):
        run = night(start="36 h")
        assert (run.clock_start_min, run.weekday) == (7 * 60, 3)  # Thursday morning, a day and a half before
        assert run.replayed[0].dark_share == pytest.approx(1.0)

    def test_what_is_said_stands(self, night):
        run = night(clock_start_min=420, day="mon")
        assert (run.clock_start_min, run.weekday) == (420, 0)
        assert run.replayed[0].dark_share == pytest.approx(1.0)  # replay waits for 07:00 of the recording
        assert "Saturday of the recording falls on a Monday" in " ".join(run.replayed[0].warnings)

    def test_a_night_shifted_into_the_light_is_warned_of(self, night):
        warned = " ".join(night(clock_start_min=420, **{"from": "2024-03-01T19:00"}).replayed[0].warnings)
        assert "19:00 of the recording falls on 07:00" in warned
        assert "100 % of the activity falls into the light" in warned

    def test_without_a_recording_runs_start_on_monday_at_seven(self, schedule):
        run = schedule({"kind": "wheel", "distance": "6 km/d"}, clock_start_min=None, day=None, days=1)
        assert (run.clock_start_min, run.weekday) == (420, 0)

    def test_sessions_fall_on_the_days_of_the_recording(self, night):
        """A run from Friday 19:00 has its first Monday session after two days and fourteen hours."""
        session = {"kind": "treadmill", "speed": "12 m/min", "session": "60 min", "clock": "09:00", "days": ["mon"]}
        alone, both = night(days=7.0), night(session, days=7.0)
        extra = np.flatnonzero(both.distance_m - alone.distance_m)
        assert (extra.min(), extra.max()) == (62 * 60, 62 * 60 + 59)

    def test_a_whole_day_is_entered_at_any_hour(self, night):
        run = night(clock_start_min=600, repeat=True, end="3 d")
        assert run.replayed[0].dark_share == pytest.approx(1.0)


class TestScenario:
    def test_a_start_that_is_not_said_stays_open_until_the_recording_is_read(self):
        block = {"kind": "recording", "file": "mouse_wheel_minutes"}
        mine = resolve(load_scenario({"schema": 1, "name": "a", "duration": "2 d", "activity": [block]}))
        assert mine.scenario.clock.start_min is None
        assert "start" not in mine.to_yaml().split("clock:")[1].split("activity:")[0]
        assert prepare({"schema": 1, "name": "a", "duration": "2 d"}).scenario.clock.start_min == 420

    def test_arms_that_start_at_other_hours_are_not_compared(self, tmp_path):
        runner = {
            "schema": 1,
            "name": "runner",
            "duration": "2 d",
            "tissue": PATCH,
            "activity": [{"kind": "recording", "file": "mouse_wheel_minutes"}],
        }
        rest = {"schema": 1, "name": "rest", "duration": "2 d", "tissue": PATCH}
        with pytest.raises(InputError, match="starts at 17:00, as its recording does") as refused:
            compare(rest, runner, out=tmp_path / "out", pairs=2, workers=0)
        assert 'overrides={"clock.start": "17:00"}' in str(refused.value)


class TestHeld:
    def test_a_gap_of_two_hours_is_held_and_one_of_three_refused(self, tmp_path, schedule):
        for missing, fine in ((2, True), (3, False)):
            hours = [hour for hour in range(24) if not 5 <= hour < 5 + missing]
            rows = "".join(f"2024-03-01T{hour:02d}:00,{60 + 7 * hour % 5}\n" for hour in hours)
            (tmp_path / "gap.csv").write_text(f"start,wheel_counts\n{rows}")
            block = {"kind": "recording", "file": "gap.csv", "gap": "hold"}
            if fine:
                (account,) = schedule(block, clock_start_min=None, day=None, days=1, base_dir=tmp_path).replayed
                assert (account.gaps, account.missing_min, account.filled_min) == (1, 120, 120)
                assert "filled with the last value" in " ".join(account.sentences())
            else:
                with pytest.raises(RecordingError, match="2 h at most"):
                    schedule(block, clock_start_min=None, day=None, days=1, base_dir=tmp_path)

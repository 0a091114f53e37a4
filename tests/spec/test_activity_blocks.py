"""Blocks of an activity programme become numbers in the units their names say."""

import pytest
from pydantic import ValidationError

from neurogen_abm.spec.scenario.activity import BLOCKS, DAYS, Interval, RecordingBlock, Walking, Wheel, read_blocks


def test_wheel_has_defaults() -> None:
    (wheel,) = read_blocks([{"kind": "wheel", "distance": "7 km/d"}])
    assert isinstance(wheel, Wheel)
    assert (wheel.start_h, wheel.end_h, wheel.distance_km_d, wheel.overload_pct_wk) == (0.0, None, 7.0, 0.0)
    assert wheel.weekdays == frozenset(range(7))


def test_interval_session_ends_with_work() -> None:
    block = {"kind": "interval", "bouts": 4, "work": "4 min", "rest": "3 min", "intensity": "90 %", "clock": "20:05"}
    (interval,) = read_blocks([block])
    assert isinstance(interval, Interval)
    assert interval.session_min == 25.0
    assert interval.intensity == 0.9
    assert interval.clock_min == 1205


def test_walking_takes_speed_in_any_unit() -> None:
    (walking,) = read_blocks([{"kind": "walking", "session": "0.5 h", "speed": "6 km/h", "clock": "7:30"}])
    assert isinstance(walking, Walking)
    assert walking.speed_m_min == pytest.approx(100.0, rel=1e-15)
    assert walking.session_min == 30.0


def test_recording_keeps_what_the_scenario_chose() -> None:
    block = {"kind": "recording", "file": "night/wheel.csv", "from": "2009-10-16 17:00", "metres_per_count": "35 cm"}
    (recording,) = read_blocks([block])
    assert isinstance(recording, RecordingBlock)
    assert recording.from_time == "2009-10-16T17:00:00"
    assert recording.metres_per_count == 0.35
    assert (recording.gap, recording.repeat, recording.animal) == ("refuse", False, None)


@pytest.mark.parametrize("days", [["mon"], list(DAYS), ["sun", "mon"]])
def test_days_are_numbers_from_monday(days: list[str]) -> None:
    (wheel,) = read_blocks([{"kind": "wheel", "distance": "7 km/d", "days": days}])
    assert wheel.weekdays == {DAYS.index(day) for day in days}  # type: ignore[arg-type]


def test_every_kind_says_what_it_is() -> None:
    for kind, block in BLOCKS.items():
        assert block.__doc__
        assert block.model_fields["kind"].annotation.__args__ == (kind,)  # type: ignore[union-attr]


@pytest.mark.parametrize("kind", sorted(BLOCKS))
def test_every_field_of_every_kind_refuses_bare_and_broken_values(kind: str) -> None:
    """A bare number, NaN, a word, true and an empty value are refused wherever a quantity stands."""
    quantities = {
        field.alias or name
        for name, field in BLOCKS[kind].model_fields.items()
        if name.endswith(("_h", "_min", "_km_d", "_m_min", "_pct_wk", "metres_per_count"))
    }
    assert quantities >= {"start", "end"}
    for key in quantities:
        for bad in (5, 5.0, float("nan"), "nan d", "five", True, "1e400 d", "", [], {}, "5 parsec"):
            with pytest.raises(ValidationError) as caught:
                read_blocks([{"kind": kind, key: bad}])
            assert key in {str(error["loc"][-1]) for error in caught.value.errors()}, (key, bad)

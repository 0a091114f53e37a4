"""When a run starts: at the clock time and on the weekday that its scenario says, or else as its first recording does.

The animal of a recording was active by a clock and a calendar of its own. Started at another time of day, a run would
let it sleep in its night, and its Sunday could be a working day.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from neurogen_abm.activity import replay
from neurogen_abm.activity.run_context import MINUTES_PER_DAY
from neurogen_abm.errors import InputError, told
from neurogen_abm.spec.scenario.activity import DAYS
from neurogen_abm.spec.scenario.models import USUAL_START_MIN

if TYPE_CHECKING:
    from neurogen_abm.spec.scenario.models import Scenario
    from neurogen_abm.spec.scenario.resolve import ResolvedScenario


class RunClock(NamedTuple):
    """The clock of the wall at minute 0 of a run."""

    start_min: int  # clock time (min after midnight)
    weekday: int  # of that day, Monday 0
    follows: bool = False  # whether a recording says the clock time, and not the scenario


def run_clock(scenario: "Scenario", base_dir: Path | None) -> RunClock:
    """Return the clock of a run; a RecordingError says that its first recording cannot be read.

    ``base_dir`` is the folder of the scenario, from which recordings are named.
    """
    said = None if scenario.clock.start_min is None else round(scenario.clock.start_min) % MINUTES_PER_DAY
    weekday = None if scenario.clock.day is None else DAYS.index(scenario.clock.day)
    if said is None or weekday is None:
        start = _of_recording(scenario, said, base_dir)
        if start is not None:
            follows = said is None
            said = start.hour * 60 + start.minute if said is None else said
            return RunClock(said, start.weekday() if weekday is None else weekday, follows)
    return RunClock(USUAL_START_MIN if said is None else said, weekday or 0)


def on_clock(scenario: "Scenario", start_min: int, weekday: int) -> "Scenario":
    """Return a scenario that says when its run starts, such as one that goes on with a life that has begun."""
    clock = scenario.clock.model_copy(update={"start_min": start_min, "day": DAYS[weekday]})
    return scenario.model_copy(update={"clock": clock})


def refuse_other_starts(arms: Mapping[str, "ResolvedScenario"]) -> None:
    """Refuse scenarios that are set side by side and start at different hours because one follows its recording.

    An InputError gives the start to write into all of them. Starts that the scenarios say themselves may differ: that
    is then what one compares.
    """
    starts = {name: run_clock(arm.scenario, arm.base_dir) for name, arm in arms.items()}
    follower = next((name for name, clock in starts.items() if clock.follows), None)
    if follower is None:
        return
    start = f"{starts[follower].start_min // 60:02d}:{starts[follower].start_min % 60:02d}"
    for name, clock in starts.items():
        if clock.start_min != starts[follower].start_min:
            other = f"{clock.start_min // 60:02d}:{clock.start_min % 60:02d}"
            what = f"{follower} starts at {start}, as its recording does, and {name} at {other}: their days differ."
            same = told(f'overrides={{"clock.start": "{start}"}}', f"--set clock.start={start}")
            cure = f"Give all of them one start, like {same}."
            raise InputError(what, code="other-clock", cure=cure)


def _of_recording(scenario: "Scenario", said: int | None, base_dir: Path | None) -> datetime | None:
    """Return the clock time and date of the first recording at minute 0 of the run; None where there is none."""
    for number, block in enumerate(scenario.activity):
        if block.kind != "recording":
            continue
        offset = round(block.start_h * 60.0)
        clock = None if said is None else (said + offset) % MINUTES_PER_DAY
        where = f"activity[{number}]"
        source = replay.source(block, scenario.folder_of(("activity", number, "file"), base_dir), where)
        begin = replay.first_minute(source, clock, block, where)
        return source.start + timedelta(minutes=begin - offset)
    return None

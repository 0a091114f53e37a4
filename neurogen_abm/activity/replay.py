"""Replay of a recording: measured samples become minutes of the run.

Replay starts at the first minute of the recording whose clock time is that of the block's start, so that the night of
the animal is the night of the run. Where the scenario does not say when the run starts, it starts as the recording.
"""

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.activity.accounting import Used, account
from neurogen_abm.activity.conversions import to_met
from neurogen_abm.activity.intensity import MAX_INTENSITY
from neurogen_abm.activity.recordings.account import Replayed, lasting, span
from neurogen_abm.activity.recordings.plausibility import limits_of, refuse_implausible
from neurogen_abm.activity.recordings.recording import UNITS
from neurogen_abm.activity.recordings.register import find_recording, read_recording
from neurogen_abm.activity.recordings.series import Gap, RecordedSeries, RecordingError
from neurogen_abm.activity.run_context import (
    MINUTES_PER_DAY,
    MINUTES_PER_WEEK,
    BlockActivity,
    Floats,
    RunContext,
)
from neurogen_abm.activity.spreading import effort_and_metres, metres_per_value
from neurogen_abm.numerals import plain

if TYPE_CHECKING:
    from neurogen_abm.spec.scenario import activity as blocks

_LONGEST_HOLD = "physiology.recording.longest_hold"


class Window(NamedTuple):
    """Which minutes of a recording are replayed, and how often: minute m of a block is that of `minutes`."""

    first: int
    length: int  # whole days where they repeat
    phase: int  # minutes into the window at which the block starts

    def minutes(self, wanted: int) -> NDArray[np.int64]:
        """Return for each minute of a block which minute of the window it is."""
        return (np.arange(wanted) + self.phase) % max(self.length, 1)


def recording(block: "blocks.RecordingBlock", run: RunContext) -> tuple[BlockActivity, Replayed]:
    """Return a recording replayed from the start of its block to its end, and what became of it.

    A RecordingError says that the file cannot be read, cannot be what it is taken for, has gaps that `gap` does not
    fill, or ends before the block without `repeat`; an ActivityError, that the species cannot have shown it.
    """
    recorded = to_met(source(block, run.base_dir, run.where), run)
    limits = limits_of(run.value, run.species)
    refuse_implausible(recorded, limits, metres_per_value(recorded, block, run), block.species, run.where)
    activity = BlockActivity.empty(run.n_minutes)
    first, last = run.window(block)
    begin = first_minute(recorded, (run.clock_start_min + first) % MINUTES_PER_DAY, block, run.where)
    window = _window(recorded, begin, last - first, block.repeat, run.where)
    samples, missing = _filled(recorded, window, block, run)
    skipped = window.first % recorded.interval_min
    minute = window.minutes(last - first) + skipped
    intensity, distance = effort_and_metres(recorded, samples, first - window.phase - skipped, block, run)
    scale = _weekly_scale(block, run, first, last)
    activity.intensity[first:last] = np.minimum(intensity[minute] * scale, MAX_INTENSITY)
    activity.distance_m[first:last] = distance[minute] * scale
    filled = np.repeat(missing, recorded.interval_min)[minute]
    used = Used(
        window.first, window.length, (window.first + window.phase) % recorded.minutes, missing, int(filled.sum())
    )
    return activity, account(recorded, used, block, run, activity, limits)


def _as_days(recorded: RecordedSeries) -> RecordedSeries:
    """Return a workout with the rest of its last day behind it, in which nothing was recorded and nothing is done."""
    behind = -recorded.values.size % (MINUTES_PER_DAY // recorded.interval_min)
    idle = 1.0 if recorded.quantity == "met" else 0.0
    note = f"The workout takes place at {recorded.start:%H:%M} on each of `days`; between, no activity is assumed."
    return recorded._replace(
        values=np.append(recorded.values, np.full(behind, idle)),
        light=None if recorded.light is None else np.append(recorded.light, np.full(behind, np.nan)),
        notes=(*recorded.notes, note),
    )


def source(block: "blocks.RecordingBlock", base_dir: Path | None, where: str) -> RecordedSeries:
    """Read the recording of a block; faults name the row of the file and the entry of the scenario."""
    path = find_recording(block.file, base_dir, f"{where}.file")
    try:
        columns = None if block.columns is None else block.columns.by_use()
        recorded = read_recording(path, block.animal, columns, block.zone)
    except RecordingError as fault:
        fault.where = f"{fault.where} {where}.file"
        raise
    return _as_days(recorded) if recorded.session and block.repeat else recorded


def first_minute(recorded: RecordedSeries, clock: int | None, block: "blocks.RecordingBlock", where: str) -> int:
    """Return the minute of the recording at which replay starts; ``clock`` is the time of day then, None for any."""
    if block.from_time is not None:
        begin = (datetime.fromisoformat(block.from_time) - recorded.start) // timedelta(minutes=1)
        if not 0 <= begin < recorded.minutes:
            what = f"`from` is {block.from_time}, outside the recording ({span(recorded.start, recorded.minutes)})."
            cure = "Name a time within it."
            raise RecordingError(what, where=f"{where}.from", cure=cure, seen=block.from_time, code="bad-from")
        return begin
    if clock is None:
        return 0
    start = recorded.start.hour * 60 + recorded.start.minute
    begin = (clock - start) % MINUTES_PER_DAY
    if begin >= recorded.minutes:
        at, there = f"{clock // 60:02d}:{clock % 60:02d}", span(recorded.start, recorded.minutes)
        what = f"The recording ({there}) never reaches {at}, the clock time at which the block starts."
        cure = "Leave out `clock.start`, so that the run starts as the recording does, or give `from`."
        raise RecordingError(what, where=f"{where}.file", cure=cure, code="short-recording")
    return begin


def _window(recorded: RecordedSeries, begin: int, wanted: int, repeat: bool, where: str) -> Window:
    """Return which minutes of the recording are used: whole days where they repeat."""
    available = recorded.minutes - begin
    if available >= wanted:
        return Window(begin, wanted, 0)
    if not repeat:
        days, asked = available / MINUTES_PER_DAY, wanted / MINUTES_PER_DAY
        what = f"The recording lasts {plain(days, 4)} d from where replay starts, the block {plain(asked, 4)} d."
        cure = "Set `repeat: true`, or give the block an earlier `end`."
        raise RecordingError(what, where=f"{where}.file", cure=cure, code="short-recording")
    if available >= MINUTES_PER_DAY:
        return Window(begin, available - available % MINUTES_PER_DAY, 0)
    days = recorded.minutes - recorded.minutes % MINUTES_PER_DAY
    if not days:
        what = f"The recording lasts {plain(recorded.minutes / 60, 3)} h; only whole days repeat."
        raise RecordingError(what, where=f"{where}.file", cure="Give a longer recording.", code="short-recording")
    return Window(0, days, begin % days)  # a day is entered at its own hour and goes round


def _filled(
    recorded: RecordedSeries, window: Window, block: "blocks.RecordingBlock", run: RunContext
) -> tuple[Floats, NDArray[np.bool_]]:
    """Return the samples of a window, their gaps filled, or refused, as `gap` says, and which were missing."""
    first, last = window.first // recorded.interval_min, -(-(window.first + window.length) // recorded.interval_min)
    gaps = [gap for gap in recorded.gaps if gap.first < last and gap.first + gap.samples > first]
    values, where = recorded.values.copy(), f"{run.where}.gap"
    missing = np.isnan(values)[first:last]
    if gaps and block.gap == "refuse":
        raise _gaps(recorded, gaps, "", "Say what replaces them: `gap: hold` (the last value) or `gap: zero`.", where)
    if block.gap == "hold":
        _check_held(recorded, gaps, run, where)
    for gap in gaps:
        idle = 1.0 if recorded.quantity == "met" else 0.0
        values[gap.first : gap.first + gap.samples] = values[gap.first - 1] if block.gap == "hold" else idle
    return values[first:last], missing


def _check_held(recorded: RecordedSeries, gaps: list[Gap], run: RunContext, where: str) -> None:
    """Refuse to hold a value where there is none before, or for longer than an animal does one thing."""
    if gaps and gaps[0].first == 0:
        what = f"The recording starts with a gap (row {gaps[0].row}); no {UNITS[recorded.quantity]} before it to hold."
        raise RecordingError(what, where=where, cure="Use `gap: zero`, or a later `from`.", code="gaps")
    most = float(run.value(_LONGEST_HOLD, "min"))
    long = [gap for gap in gaps if gap.samples * recorded.interval_min > most]
    if long:
        what = f" `gap: hold` lets the last value stand for {lasting(most)} at most."
        cure = f"Use `gap: zero` (no activity), leave them out (`from`, `end`), or set {_LONGEST_HOLD}."
        raise _gaps(recorded, long, what, cure, where)


def _gaps(recorded: RecordedSeries, gaps: list[Gap], and_so: str, cure: str, where: str) -> RecordingError:
    """Return an error that says how many gaps there are, how long, and where the first and the longest."""
    interval = recorded.interval_min
    n = f"{len(gaps)} gap{'s' * (len(gaps) != 1)}"
    longest, missing = max(gaps, key=lambda gap: gap.samples), sum(gap.samples for gap in gaps) * interval
    what = (
        f"The recording has {n}, {missing} min in all; the first at {recorded.time(gaps[0].first):%Y-%m-%d %H:%M} "
        f"(row {gaps[0].row}), the longest of {longest.samples * interval} min at "
        f"{recorded.time(longest.first):%Y-%m-%d %H:%M} (row {longest.row}).{and_so}"
    )
    return RecordingError(what, where=f"{recorded.name}:{gaps[0].row} {where}", cure=cure, code="gaps")


def _weekly_scale(block: "blocks.RecordingBlock", run: RunContext, first: int, last: int) -> Floats:
    """Return what each minute is multiplied by: overload by week, and zero on days left out."""
    minute = np.arange(first, last)
    weeks = [run.growth(block, week) for week in range(first, last, MINUTES_PER_WEEK)]  # a block starts at `first`
    scale: Floats = np.repeat(weeks, MINUTES_PER_WEEK)[: minute.size]
    weekday = ((minute + run.clock_start_min) // MINUTES_PER_DAY + run.weekday) % 7
    return np.where(np.isin(weekday, sorted(block.weekdays)), scale, 0.0)

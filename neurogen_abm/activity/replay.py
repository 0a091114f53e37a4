"""Replay of a recording: measured samples become minutes of the run.

Replay starts at the first minute of the recording whose clock time is that of the block's start, so that the night of
the animal is the night of the run.
"""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from neurogen_abm.activity.intensity import MAX_INTENSITY
from neurogen_abm.activity.recordings.register import find_recording, read_recording
from neurogen_abm.activity.recordings.series import UNITS, RecordedSeries, RecordingError
from neurogen_abm.activity.run_context import (
    MINUTES_PER_DAY,
    MINUTES_PER_WEEK,
    ActivityError,
    BlockActivity,
    Floats,
    RunContext,
)
from neurogen_abm.numerals import plain

if TYPE_CHECKING:
    from neurogen_abm.spec.scenario import activity as blocks

IDLE = {"wheel": 0.0, "met": 1.0}  # what an idle sample holds


def recording(block: "blocks.RecordingBlock", run: RunContext) -> BlockActivity:
    """Return a recording replayed from the start of its block to its end.

    A RecordingError says that the file cannot be read, has gaps while `gap` is ``refuse``, or ends before the block
    without `repeat`; an ActivityError, that the species does not run in wheels.
    """
    source = _source(block, run)
    activity = BlockActivity.empty(run.n_minutes)
    first, last = run.window(block)
    if first == last:
        return activity
    clock = (run.clock_start_min + first) % MINUTES_PER_DAY
    begin = _first_minute(source, clock, block.from_time, run.where)
    length = _replayed_minutes(source, begin, last - first, block.repeat, run.where)
    samples = _filled(source, begin, begin + length, block.gap, run.where)
    if source.kind == "wheel":
        intensity, distance = _from_counts(samples, source.interval_min, block, run)
    else:
        # METs say how hard, not how far: no distance is made up from them.
        intensity = np.array([run.scale.from_met(met) for met in samples])
        intensity = np.repeat(intensity, source.interval_min)
        distance = np.zeros(intensity.size)
    skipped = begin % source.interval_min
    again = np.arange(last - first) % length + skipped
    scale = _weekly_scale(block, run, first, last)
    activity.intensity[first:last] = np.minimum(intensity[again] * scale, MAX_INTENSITY)
    activity.distance_m[first:last] = distance[again] * scale
    return activity


def _source(block: "blocks.RecordingBlock", run: RunContext) -> RecordedSeries:
    """Read the recording of a block; faults name the row of the file and the entry of the scenario."""
    where = f"{run.where}.file"
    path = find_recording(block.file, run.base_dir, where)
    try:
        return read_recording(path, block.animal)
    except RecordingError as fault:
        fault.where = f"{fault.where} {where}"
        raise


def _weekly_scale(block: "blocks.RecordingBlock", run: RunContext, first: int, last: int) -> Floats:
    """Return what each minute is multiplied by: overload by week, and zero on days left out."""
    minute = np.arange(first, last)
    weeks = [run.growth(block, week) for week in range(first, last, MINUTES_PER_WEEK)]  # a block starts at `first`
    scale: Floats = np.repeat(weeks, MINUTES_PER_WEEK)[: minute.size]
    weekday = (minute + run.clock_start_min) // MINUTES_PER_DAY % 7
    return np.where(np.isin(weekday, sorted(block.weekdays)), scale, 0.0)


def _first_minute(source: RecordedSeries, clock: int, from_time: str | None, where: str) -> int:
    """Return the minute of the recording at which replay starts."""
    if from_time is None:
        start = source.start.hour * 60 + source.start.minute
        begin = (clock - start) % MINUTES_PER_DAY
        if begin >= source.minutes:
            at = f"{clock // 60:02d}:{clock % 60:02d}"
            what = f"The recording ({_span(source)}) never reaches {at}, the clock time at which the block starts."
            cure = "Start the run at a clock time that the recording covers, or give `from`."
            raise RecordingError(what, where=f"{where}.file", cure=cure, code="short-recording")
        return begin
    begin = (datetime.fromisoformat(from_time) - source.start) // timedelta(minutes=1)
    if not 0 <= begin < source.minutes:
        what, cure = f"`from` is {from_time}, outside the recording ({_span(source)}).", "Name a time within it."
        raise RecordingError(what, where=f"{where}.from", cure=cure, seen=from_time, code="bad-from")
    return begin


def _span(source: RecordedSeries) -> str:
    end = source.start + timedelta(minutes=source.minutes)
    return f"{source.start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M}"


def _replayed_minutes(source: RecordedSeries, begin: int, wanted: int, repeat: bool, where: str) -> int:
    """Return how many minutes of the recording are used; whole days where it repeats."""
    available = source.minutes - begin
    if available >= wanted:
        return wanted
    if not repeat:
        days, asked = available / MINUTES_PER_DAY, wanted / MINUTES_PER_DAY
        what = f"The recording lasts {plain(days, 4)} d from where replay starts, the block {plain(asked, 4)} d."
        cure = "Set `repeat: true`, or give the block an earlier `end`."
        raise RecordingError(what, where=f"{where}.file", cure=cure, code="short-recording")
    if available < MINUTES_PER_DAY:
        what = f"The recording lasts {plain(available / 60, 3)} h from where replay starts; only whole days repeat."
        raise RecordingError(what, where=f"{where}.file", cure="Give a longer recording.", code="short-recording")
    return available - available % MINUTES_PER_DAY


def _filled(source: RecordedSeries, begin: int, end: int, policy: str, where: str) -> Floats:
    """Return the samples from minute `begin` to `end`; gaps are filled, or refused, as `policy` says."""
    first, last = begin // source.interval_min, -(-end // source.interval_min)
    gaps = [gap for gap in source.gaps if gap.first < last and gap.first + gap.samples > first]
    values = source.values.copy()
    if gaps and policy == "refuse":
        missing = sum(gap.samples for gap in gaps) * source.interval_min
        longest = max(gaps, key=lambda gap: gap.samples)
        raise RecordingError(
            f"The recording has {len(gaps)} gap{'s' * (len(gaps) != 1)}, {missing} min in all; the first at "
            f"{source.time(gaps[0].first):%Y-%m-%d %H:%M} (row {gaps[0].row}), the longest of "
            f"{longest.samples * source.interval_min} min at {source.time(longest.first):%Y-%m-%d %H:%M} "
            f"(row {longest.row}).",
            where=f"{source.name}:{gaps[0].row} {where}.gap",
            cure="Say what replaces them: `gap: hold` (the last value) or `gap: zero` (no activity).",
            code="gaps",
        )
    for gap in gaps:
        if policy == "hold" and gap.first == 0:
            what = f"The recording starts with a gap (row {gap.row}); no {UNITS[source.kind]} before it to hold."
            raise RecordingError(what, where=f"{where}.gap", cure="Use `gap: zero`, or a later `from`.", code="gaps")
        values[gap.first : gap.first + gap.samples] = values[gap.first - 1] if policy == "hold" else IDLE[source.kind]
    return values[first:last]


def _from_counts(
    samples: Floats, interval_min: int, block: "blocks.RecordingBlock", run: RunContext
) -> tuple[Floats, Floats]:
    """Return intensity and metres of each minute from wheel counts.

    Counts of longer samples are run from the start of the sample at the measured rate of running minutes (71 per
    minute, `myokine` 2.7), or at the top speed of the species where that is slower, and evenly over the whole sample
    where the rate is too slow.
    """
    if run.scale.vmax_m_min <= 0.0:
        what = f"A recording of wheel counts cannot be replayed by a {run.species}."
        cure = "Use a recording of METs, or a species that runs in wheels."
        raise ActivityError(what, where=f"{run.where}.file", cure=cure, seen=block.file)
    per_count = block.metres_per_count
    if per_count is None:
        per_count = float(run.value("physiology.wheel.metres_per_count", "m/count"))
    counts = samples[:, None]
    if interval_min > 1:
        measured = min(float(run.value("physiology.wheel.active_rate", "count/min")), run.scale.vmax_m_min / per_count)
        rate = np.maximum(measured, counts / interval_min)
        counts = np.clip(counts - rate * np.arange(interval_min), 0.0, rate)
    metres = counts.ravel() * per_count
    return np.minimum(metres / run.scale.vmax_m_min, MAX_INTENSITY), metres

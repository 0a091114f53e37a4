"""Replay of a recording: measured samples become minutes of the run.

Replay starts at the first minute of the recording whose clock time is that of the block's start, so that the night of
the animal is the night of the run.
"""

from datetime import datetime, timedelta
from typing import Any

import numpy as np

from neurogen_abm.activity.effort import MAX_INTENSITY
from neurogen_abm.activity.frame import MINUTES_PER_DAY, MINUTES_PER_WEEK, ActivityError, Floats, Frame, Part
from neurogen_abm.activity.recordings import Recording, find_recording, read_recording
from neurogen_abm.activity.recordings.series import UNITS, RecordingError

IDLE = {"wheel": 0.0, "met": 1.0}  # what an idle sample holds


def recording(block: Any, frame: Frame) -> Part:
    """Return a recording replayed from the start of its block to its end.

    Raises
    ------
    RecordingError
        If the file cannot be read, has gaps while `gap` is ``refuse``, or ends before the block without `repeat`.
    ActivityError
        If a wheel recording drives a species that does not run in wheels.
    """
    source = _source(block, frame)
    part = Part.empty(frame.n_minutes)
    first, last = frame.window(block)
    if first == last:
        return part
    clock = (frame.clock_start_min + first) % MINUTES_PER_DAY
    begin = _first_minute(source, clock, block.from_time, frame.where)
    length = _replayed_minutes(source, begin, last - first, block.repeat, frame.where)
    samples = _filled(source, begin, begin + length, block.gap, frame.where)
    if source.kind == "wheel":
        intensity, distance = _from_counts(samples, source.interval_min, block, frame)
    else:
        # METs say how hard, not how far: no distance is made up from them.
        intensity = np.array([frame.effort.from_met(met) for met in samples])
        intensity = np.repeat(intensity, source.interval_min)
        distance = np.zeros(intensity.size)
    skipped = begin % source.interval_min
    again = np.arange(last - first) % length + skipped
    scale = _weekly_scale(block, frame, first, last)
    part.intensity[first:last] = np.minimum(intensity[again] * scale, MAX_INTENSITY)
    part.distance_m[first:last] = distance[again] * scale
    return part


def _source(block: Any, frame: Frame) -> Recording:
    """Read the recording of a block; faults name the row of the file and the entry of the scenario."""
    where = f"{frame.where}.file"
    path = find_recording(block.file, frame.base_dir, where)
    try:
        return read_recording(path, block.animal)
    except RecordingError as fault:
        fault.where = f"{fault.where} {where}"
        raise


def _weekly_scale(block: Any, frame: Frame, first: int, last: int) -> Floats:
    """Return what each minute is multiplied by: overload by week, and zero on days left out."""
    minute = np.arange(first, last)
    weeks = [frame.growth(block, week) for week in range(first, last, MINUTES_PER_WEEK)]  # a block starts at `first`
    scale: Floats = np.repeat(weeks, MINUTES_PER_WEEK)[: minute.size]
    weekday = (minute + frame.clock_start_min) // MINUTES_PER_DAY % 7
    return np.where(np.isin(weekday, sorted(block.weekdays)), scale, 0.0)


def _first_minute(source: Recording, clock: int, from_time: str | None, where: str) -> int:
    """Return the minute of the recording at which replay starts."""
    if from_time is None:
        start = source.start.hour * 60 + source.start.minute
        begin = (clock - start) % MINUTES_PER_DAY
        if begin >= source.minutes:
            raise RecordingError(
                f"The recording ({_span(source)}) never reaches {clock // 60:02d}:{clock % 60:02d}, "
                "the clock time at which the block starts.",
                where=f"{where}.file",
                cure="Start the run at a clock time that the recording holds, or say `from`.",
                code="short-recording",
            )
        return begin
    begin = (datetime.fromisoformat(from_time) - source.start) // timedelta(minutes=1)
    if not 0 <= begin < source.minutes:
        what = f"`from` is {from_time}, outside the recording ({_span(source)})."
        raise RecordingError(
            what, where=f"{where}.from", cure="Name a time within it.", seen=from_time, code="bad-from"
        )
    return begin


def _span(source: Recording) -> str:
    end = source.start + timedelta(minutes=source.minutes)
    return f"{source.start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M}"


def _replayed_minutes(source: Recording, begin: int, wanted: int, repeat: bool, where: str) -> int:
    """Return how many minutes of the recording are used; whole days where it repeats."""
    available = source.minutes - begin
    if available >= wanted:
        return wanted
    if not repeat:
        raise RecordingError(
            f"The recording lasts {available / 1440:.4g} d from where replay starts, the block {wanted / 1440:.4g} d.",
            where=f"{where}.file",
            cure="Set `repeat: true`, or give the block an earlier `end`.",
            code="short-recording",
        )
    if available < MINUTES_PER_DAY:
        what = f"The recording lasts {available / 60:.3g} h from where replay starts; only whole days repeat."
        raise RecordingError(what, where=f"{where}.file", cure="Give a longer recording.", code="short-recording")
    return available - available % MINUTES_PER_DAY


def _filled(source: Recording, begin: int, end: int, policy: str, where: str) -> Floats:
    """Return the samples from minute `begin` to `end`, gaps filled as `policy` says.

    Raises
    ------
    RecordingError
        If there are gaps and the policy is ``refuse``, or nothing stands before a gap that is to be held.
    """
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
            cure="Say what stands for them: `gap: hold` (the last value) or `gap: zero` (no activity).",
            code="gaps",
        )
    for gap in gaps:
        if policy == "hold" and gap.first == 0:
            what = f"The recording starts with a gap (row {gap.row}); there is no {UNITS[source.kind]} to hold."
            raise RecordingError(what, where=f"{where}.gap", cure="Use `gap: zero`, or a later `from`.", code="gaps")
        values[gap.first : gap.first + gap.samples] = values[gap.first - 1] if policy == "hold" else IDLE[source.kind]
    return values[first:last]


def _from_counts(samples: Floats, interval_min: int, block: Any, frame: Frame) -> tuple[Floats, Floats]:
    """Return intensity and metres of each minute from wheel counts.

    Counts of longer samples are run from the start of the sample at the measured rate of running minutes (71 a minute,
    `myokine` 2.7), and evenly over the whole sample where that rate is too slow.
    """
    if frame.effort.vmax_m_min <= 0.0:
        what = f"Wheel counts cannot drive a {frame.species}."
        cure = "Use a recording of METs, or a species that runs in wheels."
        raise ActivityError(what, where=f"{frame.where}.file", cure=cure, seen=block.file)
    per_count = block.metres_per_count
    if per_count is None:
        per_count = float(frame.value("physiology.wheel.metres_per_count", "m/count"))
    counts = samples[:, None]
    if interval_min > 1:
        measured = float(frame.value("physiology.wheel.active_rate", "count/min"))
        rate = np.maximum(measured, counts / interval_min)
        counts = np.clip(counts - rate * np.arange(interval_min), 0.0, rate)
    metres = counts.ravel() * per_count
    return np.minimum(metres / frame.effort.vmax_m_min, MAX_INTENSITY), metres

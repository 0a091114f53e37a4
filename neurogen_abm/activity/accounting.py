"""What a run made of a recording, worked out for `recordings.account`, and what about it deserves a second look."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.activity.recordings.account import NAMES_OF_DAYS, Replayed
from neurogen_abm.activity.recordings.lights import lit
from neurogen_abm.activity.recordings.plausibility import Limits
from neurogen_abm.activity.recordings.series import RecordedSeries
from neurogen_abm.activity.run_context import MINUTES_PER_DAY, MINUTES_PER_WEEK, BlockActivity, RunContext
from neurogen_abm.numerals import plain

if TYPE_CHECKING:
    from neurogen_abm.spec.scenario.activity import RecordingBlock

_HALF = 0.5


class Used(NamedTuple):
    """Which part of a recording a block used (minutes of the recording), and what was missing in it."""

    first: int
    length: int
    begin: int  # the minute with which the block starts
    missing: NDArray[np.bool_]  # of the samples used
    filled_min: int  # of the run


def account(
    source: RecordedSeries,
    used: Used,
    block: "RecordingBlock",
    run: RunContext,
    activity: BlockActivity,
    limits: Limits,
) -> Replayed:
    """Return what became of a recording in a block whose activity is given."""
    first, last = run.window(block)
    begins = source.start + timedelta(minutes=used.begin)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], used.missing, [False]])))
    gaps = (edges[1::2] - edges[::2]) * source.interval_min
    km_per_day = None
    if source.quantity != "met":
        km_per_day = float(activity.distance_m.sum()) / 1000.0 * MINUTES_PER_DAY / max(last - first, 1)
    place = used.first // source.interval_min
    values = source.values[place : place + used.missing.size]
    known = values[~np.isnan(values)]
    dark = _dark_share(activity, run, first, last)
    return Replayed(
        where=run.where,
        file=source.name,
        format=source.format,
        device=source.device,
        animal=source.animal,
        quantity=source.quantity,
        interval_min=source.interval_min,
        begins=begins,
        recorded_min=source.minutes,
        used_min=used.length,
        before_min=used.first,
        run_min=last - first,
        gaps=len(gaps),
        missing_min=int(gaps.sum()),
        longest_gap_min=int(gaps.max(initial=0)),
        filled_min=used.filled_min,
        gap=block.gap,
        km_per_day=km_per_day,
        median_met=float(np.median(known)) if source.quantity == "met" and known.size else None,
        dark_share=dark,
        notes=(*source.notes, *_notes(source, used, run, first, last)),
        warnings=(
            *_emptiness(used.filled_min, last - first, dark),
            *_warnings(begins, dark, km_per_day, run, limits, first),
        ),
    )


def _dark_share(activity: BlockActivity, run: RunContext, first: int, last: int) -> float | None:
    moved = activity.distance_m[first:last]
    moved = moved if moved.any() else activity.intensity[first:last]
    total = float(moved.sum())
    return float(moved[run.dark(first, last)].sum()) / total if total > 0.0 else None


def _notes(source: RecordedSeries, used: Used, run: RunContext, first: int, last: int) -> list[str]:
    """Return what was done that a reader may not expect, and which is no fault."""
    notes = []
    if source.interval_min > 60 and source.quantity != "met":
        notes.append("Each value is run in the bouts, and at the hours, of generated wheel running.")
    if last - first > used.length and used.length % MINUTES_PER_WEEK:
        days = plain(used.length / MINUTES_PER_DAY)
        notes.append(f"Repeated every {days} d, it does not keep to the days of the week.")
    on = lit(source, run.species)
    if on is not None:
        index = (np.arange(used.length) + used.begin - used.first) % max(used.length, 1) + used.first
        other = float((on[index // source.interval_min] == run.dark(first, first + used.length)).mean())
        notes.append(
            f"By its column of light the lights were otherwise than in the run in {plain(100 * other, 2)} % of it."
        )
    return notes


def _emptiness(filled_min: int, run_min: int, dark: float | None) -> list[str]:
    """Return what is likely no measurement of an animal: mostly gaps, or no activity at all."""
    if filled_min > _HALF * run_min:
        return ["More than half of what is replayed was not measured; choose a better part with `from` and `end`."]
    return [] if dark is not None else ["There is no activity in it at all: did the device record?"]


def _warnings(
    begins: datetime, dark: float | None, km_per_day: float | None, run: RunContext, limits: Limits, first: int
) -> list[str]:
    """Return what is likely a mistake of clock or unit, though it can be replayed."""
    warnings = []
    clock = (run.clock_start_min + first) % MINUTES_PER_DAY
    if (begins.hour * 60 + begins.minute) != clock:
        warnings.append(
            f"{begins:%H:%M} of the recording falls on {_time(clock)} of the run, as `from` and `clock.start` say; "
            "leave one of them out to keep the hours of the recording."
        )
    weekday = ((run.clock_start_min + first) // MINUTES_PER_DAY + run.weekday) % 7
    if begins.weekday() != weekday:
        warnings.append(
            f"A {NAMES_OF_DAYS[begins.weekday()]} of the recording falls on a {NAMES_OF_DAYS[weekday]} of the run: see "
            "`clock.day`, or the date of another recording."
        )
    wrong, when = (dark, "dark") if run.species == "human" else (None if dark is None else 1.0 - dark, "light")
    if wrong is not None and wrong > _HALF:
        lights = f"lights on at {_time(run.lights_on_min)}, off at {_time(run.lights_off_min)}"
        warnings.append(
            f"{plain(100.0 * wrong, 3)} % of the activity falls into the {when} ({lights}), when a {run.species} "
            "rests: check `clock` and the times of the file."
        )
    if km_per_day is not None and 0.0 < km_per_day < limits.least_km_d:
        warnings.append(f"{plain(1000.0 * km_per_day, 3)} m a day is hardly any running: is the unit right?")
    return warnings


def _time(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"

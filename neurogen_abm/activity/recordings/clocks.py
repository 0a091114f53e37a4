"""Times of a recording on one clock: that of its start, whatever was done to the clocks meanwhile.

A run counts hours that pass; the clock on the wall does not where it is set to summer time and back. Times that carry a
zone say so themselves. Those that carry none are believed where they jump by just one hour in a night in which clocks
are set somewhere: a sentence says it.
"""

from calendar import SUNDAY, monthrange
from datetime import datetime, timedelta
from typing import Literal

import numpy as np

from neurogen_abm.activity.recordings.recording import Floats, Integers, Recording, Track

_MICROSECONDS_H = 3_600_000_000
_TOLERANCE = 0.1  # of an interval: clocks of devices tick unevenly
_LATEST_H = 4  # clocks are set before 4 o'clock

# (month, which Sunday, -1 the last) on which clocks are set: Europe, North America, Australia, New Zealand, Chile.
_FORWARD = frozenset({(3, -1), (3, 2), (10, 1), (9, -1), (9, 1)})
_BACK = frozenset({(10, -1), (11, 1), (4, 1)})

WRITE_TIMES = "Write times like 2009-10-16T17:00:00."
# Times written as one number, from 1980 to 2079: span of the number, what it counts from, seconds of a unit, its name.
_COUNTED = (
    ((29_221, 65_747), (datetime(1899, 12, 30), 86_400.0), "the serial date of a spreadsheet"),
    ((315_532_800, 3_471_292_800), (datetime(1970, 1, 1), 1.0), "seconds since 1970, UTC"),
    ((315_532_800_000, 3_471_292_800_000), (datetime(1970, 1, 1), 1e-3), "milliseconds since 1970, UTC"),
)


def moment(microseconds: float) -> datetime:
    """Return a time that is held as microseconds since 1970."""
    return datetime(1970, 1, 1) + timedelta(microseconds=int(microseconds))


def microseconds(track: Track) -> Integers:
    """Return the times of a track as microseconds since 1970, as the clock on the wall showed them."""
    return track.starts.astype("datetime64[us]").astype(np.int64)


def on_one_clock(recording: Recording, track: Track) -> tuple[Integers, tuple[str, ...]]:
    """Return the times of a track in microseconds, all on the clock of its first sample, and what was done for it."""
    wall = microseconds(track)
    if track.offsets_min is None:
        return _unzoned(wall, track)
    offsets = np.asarray(track.offsets_min, dtype=float)
    notes = [f"Its times carry a zone{f' ({recording.zone})' if recording.zone else ''}; clock times are as written."]
    elapsed = wall - np.rint((offsets - offsets[0]) * 60e6).astype(np.int64)
    notes += [
        _said(wall[change + 1], int(track.rows[change + 1]), offsets[change + 1] - offsets[change])
        for change in np.flatnonzero(np.diff(offsets))[:4]
    ]
    return elapsed, tuple(notes)


def cure_of_time(text: str) -> str:
    """Return how to mend what is not a date and time: a number of days or seconds is recognised, and said as a date.

    Examples
    --------
    >>> cure_of_time("45213.75")[:70]
    'It looks like the serial date of a spreadsheet (2023-10-14 18:00). For'
    """
    try:
        number = float(text)
    except ValueError:
        return WRITE_TIMES
    for (low, high), (first, unit), kind in _COUNTED:
        if low <= number < high:
            time = first + timedelta(seconds=round(number * unit))
            how = (
                "Format the column as date and time there" if kind.endswith("spreadsheet") else "Write dates and times"
            )
            return f"It looks like {kind} ({time:%Y-%m-%d %H:%M}). {how}, like 2009-10-16T17:00:00, and save it again."
    return WRITE_TIMES


def usual_step(times: Integers) -> float:
    """Return the time that most samples are apart (microseconds); 0 where no time is later than another."""
    steps = np.diff(times)
    lengths, counts = np.unique(steps[steps > 0], return_counts=True)
    return float(lengths[np.argmax(counts)]) if lengths.size else 0.0


def _unzoned(wall: Integers, track: Track) -> tuple[Integers, tuple[str, ...]]:
    step = usual_step(wall)
    if not 0.0 < step <= _MICROSECONDS_H:
        return wall, ()
    steps = np.diff(wall).astype(float)
    shift: Floats = np.zeros(wall.size)
    notes = []
    for way, hours in (("forward", 1), ("back", -1)):
        jumped = np.abs(steps - (step + hours * _MICROSECONDS_H)) <= _TOLERANCE * step
        for place in np.flatnonzero(jumped):
            if _clocks_are_set(moment(wall[place + 1]), "forward" if way == "forward" else "back"):
                shift[place + 1 :] -= hours * _MICROSECONDS_H
                notes.append(_said(wall[place + 1], int(track.rows[place + 1]), 60.0 * hours))
    return wall + shift.astype(np.int64), tuple(notes)


def _clocks_are_set(time: datetime, way: Literal["forward", "back"]) -> bool:
    """Return whether clocks are set in this hour of this day, somewhere."""
    if time.weekday() != SUNDAY or time.hour > _LATEST_H:
        return False
    last = time.day + 7 > monthrange(time.year, time.month)[1]
    known = _FORWARD if way == "forward" else _BACK
    return (time.month, (time.day - 1) // 7 + 1) in known or (last and (time.month, -1) in known)


def _said(wall: int, row: int, minutes: float) -> str:
    way = "forward" if minutes > 0 else "back"
    return (
        f"The clock was set {way} by {abs(minutes):.0f} min at {moment(wall):%Y-%m-%d %H:%M} (row {row}); from there "
        "on times are counted on the clock of the start."
    )

"""One animal's measured activity at even times, with its gaps known.

Samples of whole minutes stay as they are. Those of seconds, of 64 s, or of events of unlike length are brought to
minutes by how long each overlaps with a minute; a minute of which less than half was measured is missing.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np

from neurogen_abm.activity.recordings.clocks import moment, on_one_clock, usual_step
from neurogen_abm.activity.recordings.recording import TOTALS, UNITS, Floats, Integers, Quantity, Recording, Track
from neurogen_abm.errors import InputError
from neurogen_abm.numerals import plain

# Samples of an animal, those that are missing included: nineteen years of minutes.
MOST_SAMPLES = 10_000_000
_MINUTE = 60e6  # microseconds
_DAY_MIN = 1440
_LONGEST_REBINNED_MIN = 5.0  # a total of a longer sample would be spread over minutes in which nobody ran
_UNEVEN = 0.1  # of an interval: clocks of devices tick unevenly
_LEAST_COVERED = 0.5  # of a minute
_FIRST_YEAR, _LAST_YEAR = 1900, 2199
_MARKS = (99, 999, 9_999, 99_999, 999_999, 32_767, 65_535)  # what programs write where nothing was measured


class RecordingError(InputError):
    """A recording cannot be read, or cannot be replayed as asked."""

    default_code = "bad-recording"


class Gap(NamedTuple):
    """A stretch without measurement."""

    first: int  # index of the first missing sample
    samples: int  # how many are missing
    row: int  # line of the file at which the gap is noticed


class RecordedSeries(NamedTuple):
    """Activity of one animal, one value per sample."""

    name: str  # of the file
    quantity: Quantity
    animal: str | None
    start: datetime  # of the first sample
    interval_min: int  # length of a sample
    values: Floats  # (n,), in the unit of the quantity; NaN where missing
    gaps: tuple[Gap, ...]
    light: Floats | None = None  # (n,), 0 in the dark, in any unit; NaN where unknown
    format: str = ""
    device: str | None = None
    named_by: str | None = None  # what tells the animals of the file apart
    notes: tuple[str, ...] = ()  # what was understood, and done
    session: bool = False  # whether it is one workout, outside which nothing was recorded

    def time(self, sample: int) -> datetime:
        """Return the clock time at which a sample starts."""
        return self.start + timedelta(minutes=sample * self.interval_min)

    @property
    def minutes(self) -> int:
        """Length of the recording (min)."""
        return self.values.size * self.interval_min

    @property
    def is_total(self) -> bool:
        """Whether a longer sample would hold more."""
        return self.quantity in TOTALS


def _marks(quantity: Quantity, values: Floats) -> list[str]:
    """Return a note where the highest value looks like a mark of what was not measured."""
    known = np.unique(values[~np.isnan(values)])
    top = float(known[-1]) if known.size else 0.0
    often = int((values == top).sum())
    if top not in _MARKS or often < 2 or (known.size > 1 and known[-2] > top / 2):
        return []
    return [
        f"{plain(top)} {UNITS[quantity]} stand in {often} samples, and nothing else comes near: if they mark what was "
        "not measured, leave those cells empty."
    ]


class _Even(NamedTuple):
    """Samples on even times."""

    start: datetime
    interval_min: int
    values: Floats
    light: Floats | None
    rows: Integers  # (n,) line of the file at which each sample stands, or the next one where it is missing
    notes: tuple[str, ...] = ()


def even_series(recording: Recording, animal: str | None) -> RecordedSeries:
    """Put the samples of an animal on even times and note what is missing between them.

    A RecordingError refuses fewer than two samples, and times that repeat, run backwards or do not fit one interval.
    """
    track, name = recording.tracks[animal], recording.file
    whose = f" of {animal}" if animal else ""
    n = track.values.size
    if n < 2 and track.seconds is None:
        what = f"The recording{whose} has {n} sample{'s' * (n != 1)}; at least two are needed."
        raise RecordingError(what, where=name, cure="Give a longer recording.", code="empty-recording")
    times, notes = on_one_clock(recording, track)
    _check_years(name, times, track)
    _check_order(name, times, track)
    even = _even(recording, track, times, whose)
    missing = np.concatenate([[False], np.isnan(even.values), [False]])
    firsts = np.flatnonzero(~missing[:-1] & missing[1:])
    ends = np.flatnonzero(missing[:-1] & ~missing[1:])
    gaps = tuple(Gap(int(a), int(b - a), int(even.rows[a])) for a, b in zip(firsts, ends, strict=True))
    return RecordedSeries(
        name,
        recording.quantity,
        animal,
        even.start,
        even.interval_min,
        even.values,
        gaps,
        even.light,
        recording.format,
        recording.device,
        recording.named_by,
        (*recording.notes, *notes, *even.notes, *_marks(recording.quantity, track.values)),
        recording.session,
    )


def _check_years(name: str, times: Integers, track: Track) -> None:
    years = times.astype("datetime64[us]").astype("datetime64[Y]").astype(int) + 1970
    odd = np.flatnonzero((years < _FIRST_YEAR) | (years > _LAST_YEAR))
    if odd.size:
        row = int(track.rows[odd[0]])
        what = (
            f"Row {row} is of the year {years[odd[0]]}; nobody was recorded before {_FIRST_YEAR} or after {_LAST_YEAR}."
        )
        raise RecordingError(what, where=f"{name}:{row}", cure="Correct the date.", code="bad-time")


def _check_order(name: str, times: Integers, track: Track) -> None:
    wrong = np.flatnonzero(np.diff(times) <= 0)
    if not wrong.size:
        return
    k = int(wrong[0])
    rows = [int(row) for row in track.rows[k : k + 2]]
    before, after = (moment(time) for time in times[k : k + 2])
    if before == after:
        what = f"Rows {rows[0]} and {rows[1]} hold the same time, {after:%Y-%m-%d %H:%M}."
        cure = "Keep one sample per time; a column `animal` tells animals apart."
        raise RecordingError(what, where=f"{name}:{rows[1]}", cure=cure, code="duplicate-time")
    what = f"Times run backwards: row {rows[0]} is {before:%Y-%m-%d %H:%M}, row {rows[1]} is {after:%Y-%m-%d %H:%M}."
    raise RecordingError(what, where=f"{name}:{rows[1]}", cure="Sort the rows by time.", code="unsorted-times")


def _even(recording: Recording, track: Track, times: Integers, whose: str) -> _Even:
    """Choose how samples come to even times: as they are, or minute by minute."""
    if track.seconds is not None:
        _check_events(recording.file, track, times)
        return _by_minute(recording, track, times, track.seconds * 1e6)
    stated = recording.epoch_s
    step = usual_step(times) if stated is None else stated * 1e6
    interval = step / _MINUTE
    if interval > _DAY_MIN:
        what = f"Samples{whose} are {plain(interval)} min apart; seconds to one day can be replayed."
        cure = "Give a finer recording, or a `wheel` block with the mean distance."
        raise RecordingError(what, where=recording.file, cure=cure, code="uneven-recording")
    if interval == int(interval):
        return _as_they_are(recording, track, times, int(interval))
    if interval > _LONGEST_REBINNED_MIN:
        what = f"Samples{whose} are {plain(interval)} min apart, which is no whole number of minutes."
        cure = "Resample the recording to minutes or hours."
        raise RecordingError(what, where=recording.file, cure=cure, code="uneven-recording")
    _check_even(recording.file, track, times, step)
    return _by_minute(recording, track, times, np.full(times.size, step))


def _check_even(name: str, track: Track, times: Integers, step: float) -> Integers:
    """Return how many intervals each sample is after the one before; refuse those between two."""
    apart = np.diff(times) / step
    whole = np.rint(apart)
    odd = np.flatnonzero((np.abs(apart - whole) > _UNEVEN) | (whole < 1))
    if odd.size:
        k = int(odd[0])
        first, second = (
            f"{moment(t):%Y-%m-%d %H:%M:%S} (row {row})"
            for t, row in zip(times[k : k + 2], track.rows[k : k + 2], strict=True)
        )
        interval = plain(step / _MINUTE)
        what = f"Samples are {interval} min apart, but {first} and {second} are not a multiple of that apart."
        cure, where = "Resample the recording to even times.", f"{name}:{track.rows[k + 1]}"
        raise RecordingError(what, where=where, cure=cure, code="uneven-recording")
    return whole.astype(np.int64)


def _as_they_are(recording: Recording, track: Track, times: Integers, interval: int) -> _Even:
    steps = _check_even(recording.file, track, times, interval * _MINUTE)
    places = np.concatenate([[0], np.cumsum(steps)])
    _check_length(recording.file, int(places[-1]) + 1, track)
    values = np.full(int(places[-1]) + 1, np.nan)
    values[places] = track.values
    light = None
    if track.light is not None:
        light = np.full(values.size, np.nan)
        light[places] = track.light
    rows = track.rows[np.searchsorted(places, np.arange(values.size))]
    return _Even(moment(times[0]).replace(second=0, microsecond=0), interval, values, light, rows)


def _check_length(name: str, n: int, track: Track) -> None:
    if n > MOST_SAMPLES:
        what = f"From the first time to the last there are {n:,} samples; at most {MOST_SAMPLES:,} are read."
        cure = "Correct the time that lies far from the others, or resample the recording."
        raise RecordingError(what, where=f"{name}:{track.rows[-1]}", cure=cure, code="large-recording")


def _check_events(name: str, track: Track, times: Integers) -> None:
    """Refuse an event that lasts into the next by more than a device's clock can be wrong."""
    assert track.seconds is not None
    lasts, until = track.seconds[:-1] * 1e6, np.diff(times)
    over = np.flatnonzero(lasts > until * (1.0 + _UNEVEN) + 1e6)
    if over.size:
        k = int(over[0])
        what = (
            f"Row {track.rows[k]} lasts {plain(lasts[k] / _MINUTE, 3)} min, into the time of row {track.rows[k + 1]}."
        )
        cure = "Give events that follow each other."
        raise RecordingError(what, where=f"{name}:{track.rows[k]}", cure=cure, code="overlapping-samples")


def _by_minute(recording: Recording, track: Track, times: Integers, lengths: Floats) -> _Even:
    """Bring samples to minutes by their overlap: totals are shared out, all else is a mean over what was measured."""
    start = moment(times[0]).replace(second=0, microsecond=0)
    begins = (times - int((start - datetime(1970, 1, 1)) / timedelta(microseconds=1))) / _MINUTE
    ends = begins + lengths / _MINUTE
    ends[:-1] = np.minimum(ends[:-1], begins[1:])
    n = max(1, int(np.floor(ends[-1] + _LEAST_COVERED)))
    _check_length(recording.file, n, track)
    known = ~np.isnan(track.values)
    covered = _per_minute(begins, ends, known * (ends - begins), n)
    amount = np.nan_to_num(track.values) * (1.0 if recording.quantity in TOTALS else ends - begins)
    values = _per_minute(begins, ends, amount, n)
    if recording.quantity not in TOTALS:
        values = values / np.maximum(covered, 1e-12)
    values[covered < _LEAST_COVERED] = np.nan
    light = None
    if track.light is not None:
        lit = np.nan_to_num(track.light) * (ends - begins)
        light = _per_minute(begins, ends, lit, n) / np.maximum(_per_minute(begins, ends, ends - begins, n), 1e-12)
    rows = track.rows[np.minimum(np.searchsorted(ends, np.arange(n), side="right"), track.rows.size - 1)]
    lasting = plain(float(np.median(lengths)) / 1e6, 4)
    unlike = "of unlike length" if track.seconds is not None else f"of {lasting} s"
    return _Even(start, 1, values, light, rows, (f"Samples {unlike} were brought to minutes.",))


def _per_minute(begins: Floats, ends: Floats, amounts: Floats, n: int) -> Floats:
    """Return how much of amounts, each spread evenly from its beginning to its end, falls into each of n minutes."""
    edges = np.column_stack([begins, ends]).ravel()
    so_far = np.concatenate([[0.0], np.cumsum(amounts)])
    total = np.column_stack([so_far[:-1], so_far[1:]]).ravel()
    result: Floats = np.diff(np.interp(np.arange(n + 1), edges, total))
    return result

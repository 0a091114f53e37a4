"""One animal's measured activity at even times, with its gaps known."""

from array import array
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal, NamedTuple, overload

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.errors import InputError
from neurogen_abm.numerals import plain

_TICK = timedelta(microseconds=1)
# Samples of an animal, those that are missing included: nineteen years of minutes.
MOST_SAMPLES = 10_000_000
Floats = NDArray[np.float64]
Kind = Literal["wheel", "met"]
UNITS: dict[Kind, str] = {"wheel": "counts", "met": "METs"}


class RecordingError(InputError):
    """A recording cannot be read, or cannot be replayed as asked."""

    default_code = "bad-recording"


class RecordedSample(NamedTuple):
    """One line of a recording."""

    row: int  # line of the file, the header being 1
    start: datetime  # clock time at which the sample starts
    value: float  # NaN where the cell is empty


class Samples(Sequence[RecordedSample]):
    """The lines of one animal as three columns of numbers: 24 bytes a line, where objects would take ten times that."""

    def __init__(self) -> None:
        self._rows, self._starts, self._values = array("q"), array("q"), array("d")

    def append(self, sample: RecordedSample) -> None:
        """Add a line."""
        self._rows.append(sample.row)
        self._starts.append((sample.start - datetime.min) // _TICK)
        self._values.append(sample.value)

    def __len__(self) -> int:
        """Return how many lines there are."""
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> RecordedSample: ...
    @overload
    def __getitem__(self, index: slice) -> list[RecordedSample]: ...
    def __getitem__(self, index: int | slice) -> RecordedSample | list[RecordedSample]:
        """Return a line, or some."""
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        return RecordedSample(self._rows[index], datetime.min + self._starts[index] * _TICK, self._values[index])


class Gap(NamedTuple):
    """A stretch without measurement."""

    first: int  # index of the first missing sample
    samples: int  # how many are missing
    row: int  # line of the file at which the gap is noticed


class RecordedSeries(NamedTuple):
    """Activity of one animal, one value per sample."""

    name: str  # of the file
    kind: Kind
    animal: str | None
    start: datetime  # of the first sample
    interval_min: int  # length of a sample
    values: Floats  # (n,), counts in the sample or METs; NaN where missing
    gaps: tuple[Gap, ...]

    def time(self, sample: int) -> datetime:
        """Return the clock time at which a sample starts."""
        return self.start + timedelta(minutes=sample * self.interval_min)

    @property
    def minutes(self) -> int:
        """Length of the recording (min)."""
        return self.values.size * self.interval_min


def even_series(name: str, kind: Kind, animal: str | None, samples: Sequence[RecordedSample]) -> RecordedSeries:
    """Put samples on even times and note what is missing between them.

    A RecordingError refuses fewer than two samples, and times that repeat, run backwards or do not fit one interval.
    """
    whose = f" of {animal}" if animal else ""
    if len(samples) < 2:
        what = f"The recording{whose} has {len(samples)} sample{'s' * (len(samples) != 1)}; at least two are needed."
        raise RecordingError(what, where=name, cure="Give a longer recording.", code="empty-recording")
    _check_order(name, samples)
    steps = np.fromiter(((b.start - a.start) / timedelta(minutes=1) for a, b in pairwise(samples)), float)
    lengths, counts = np.unique(steps, return_counts=True)
    interval = float(lengths[np.argmax(counts)])
    if interval != int(interval) or not 1 <= interval <= 60 or 60 % int(interval):
        apart, cure = f"Samples{whose} are {plain(interval)} min apart", "Resample the recording to minutes or hours."
        what = f"{apart}; 1 min to 1 h, in whole fractions of an hour, can be replayed."
        raise RecordingError(what, where=name, cure=cure, code="uneven-recording")
    odd = np.flatnonzero(steps % interval)
    if odd.size:
        before, after = samples[odd[0]], samples[odd[0] + 1]
        first, second = (f"{sample.start:%Y-%m-%d %H:%M:%S} (row {sample.row})" for sample in (before, after))
        what = f"Samples are {plain(interval)} min apart, but {first} and {second} are not a multiple of that apart."
        cure = "Resample the recording to even times."
        raise RecordingError(what, where=f"{name}:{after.row}", cure=cure, code="uneven-recording")
    return _on_even_times(name, kind, animal, samples, steps, int(interval))


def _check_order(name: str, samples: Sequence[RecordedSample]) -> None:
    for before, after in pairwise(samples):
        if after.start > before.start:
            continue
        if after.start == before.start:
            what = f"Rows {before.row} and {after.row} hold the same time, {after.start:%Y-%m-%d %H:%M}."
            cure = "Keep one sample per time; where the clock went back an hour, write times that did not."
            raise RecordingError(what, where=f"{name}:{after.row}", cure=cure, code="duplicate-time")
        first, second = (f"row {sample.row} is {sample.start:%Y-%m-%d %H:%M}" for sample in (before, after))
        what, cure = f"Times run backwards: {first}, {second}.", "Sort the rows by time."
        raise RecordingError(what, where=f"{name}:{after.row}", cure=cure, code="unsorted-times")


def _on_even_times(
    name: str, kind: Kind, animal: str | None, samples: Sequence[RecordedSample], steps: Floats, interval: int
) -> RecordedSeries:
    places = np.concatenate([[0], np.cumsum(np.rint(steps / interval).astype(np.int64))])
    if places[-1] >= MOST_SAMPLES:
        what = (
            f"From the first time to the last there are {places[-1] + 1:,} samples; at most {MOST_SAMPLES:,} are read."
        )
        cure = "Correct the time that lies far from the others, or resample the recording."
        raise RecordingError(what, where=f"{name}:{samples[-1].row}", cure=cure, code="large-recording")
    values = np.full(int(places[-1]) + 1, np.nan)
    values[places] = np.fromiter((sample.value for sample in samples), float, len(samples))
    missing = np.concatenate([[False], np.isnan(values), [False]])
    firsts = np.flatnonzero(~missing[:-1] & missing[1:])
    ends = np.flatnonzero(missing[:-1] & ~missing[1:])
    rows = [samples[int(np.searchsorted(places, first))].row for first in firsts]
    gaps = tuple(Gap(int(a), int(b - a), row) for a, b, row in zip(firsts, ends, rows, strict=True))
    return RecordedSeries(name, kind, animal, samples[0].start, interval, values, gaps)

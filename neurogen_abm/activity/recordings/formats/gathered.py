"""Samples while they are read, row by row, and the tracks they make when all are there."""

import math
from array import array
from collections.abc import Sequence

import numpy as np

from neurogen_abm.activity.recordings.formats.clock import Moments, Order, Stamps
from neurogen_abm.activity.recordings.formats.source import Source
from neurogen_abm.activity.recordings.recording import Floats, Times, Track
from neurogen_abm.activity.recordings.series import RecordingError

LONGEST_MOMENT_S = 600.0  # watches at rest measure the heart every five to ten minutes
MOMENTS = "A heart rate stands until the next, for ten minutes at most."


class Gathered:
    """Samples of one or more animals, each on a row of its own."""

    def __init__(self, source: Source, usual: Order | None = None, surely: Order | None = None) -> None:
        self._source = source
        self.stamps = Stamps(source, usual, surely)
        self._values, self._light, self._whose = array("d"), array("d"), array("q")
        self._names: dict[str | None, int] = {}

    def add(self, value: float, light: float = math.nan, name: str | None = None) -> None:
        """Add the sample whose time was added to the stamps before."""
        self._values.append(value)
        self._light.append(light)
        self._whose.append(self._names.setdefault(name, len(self._names)))

    def read(self) -> tuple[dict[str | None, Track], Moments]:
        """Return the tracks by name, and the times of all; a file without samples is refused."""
        if not self._values:
            raise without_samples(self._source)
        moments = self.stamps.read()
        columns = (np.frombuffer(self._values), np.frombuffer(self._light))
        if len(self._names) == 1:
            return {next(iter(self._names)): track(self.stamps.rows, moments, *columns)}, moments
        whose = np.frombuffer(self._whose, dtype=np.int64)
        order = np.argsort(whose, kind="stable")
        bounds = np.searchsorted(whose[order], np.arange(len(self._names) + 1))
        tracks: dict[str | None, Track] = {}
        for name, number in self._names.items():
            mine = order[bounds[number] : bounds[number + 1]]
            offsets = None if moments.offsets_min is None else moments.offsets_min[mine]
            own = moments._replace(starts=moments.starts[mine], offsets_min=offsets)
            tracks[name] = track(self.stamps.rows[mine], own, *(column[mine] for column in columns))
        return tracks, moments


def track(
    rows: Sequence[int] | np.ndarray[tuple[int], np.dtype[np.int64]],
    moments: Moments,
    values: Sequence[float] | Floats,
    light: Sequence[float] | Floats = (),
    seconds: Floats | None = None,
) -> Track:
    """Return a track of columns of numbers; light is left out where none was measured."""
    shone = np.asarray(light, dtype=np.float64)
    return Track(
        rows=np.asarray(rows, dtype=np.int64),
        starts=moments.starts,
        values=np.asarray(values, dtype=np.float64),
        seconds=seconds,
        light=shone if shone.size and not np.isnan(shone).all() else None,
        offsets_min=moments.offsets_min,
    )


def until_next(starts: Times) -> Floats:
    """Return how long each measurement of a moment stands (s): until the next, and ten minutes at most."""
    apart = np.diff(starts) / np.timedelta64(1, "s")
    usual = float(np.median(apart)) if apart.size else LONGEST_MOMENT_S
    lasts: Floats = np.clip(np.append(apart, usual), 0.0, LONGEST_MOMENT_S)
    return lasts


def without_samples(source: Source) -> RecordingError:
    """Return the error of a file without samples."""
    what = "The file has a header but no samples."
    return source.fault(what, "Give a longer recording.", code="empty-recording")

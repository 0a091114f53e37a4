"""A recording laid out by day and hour, and drawn in characters: each day twice, so that no night is cut in two."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.activity.recordings.lights import DAY_MIN
from neurogen_abm.activity.recordings.recording import Floats
from neurogen_abm.activity.recordings.series import RecordedSeries

_LEVELS = " ▁▂▃▄▅▆▇█"
_PLAIN_LEVELS = " .:-=+*%#"
_MOST_DAYS = 42  # of a picture in the terminal


class Laid(NamedTuple):
    """Activity by day and time of day; NaN where nothing was measured, or nothing recorded."""

    values: Floats  # (days, slots), a mean rate: per minute of what adds up, else the mean
    dark: NDArray[np.bool_]  # (days, slots), whether the lights were off
    missing: NDArray[np.bool_]  # (days, slots), recorded time without measurement
    days: list[str]  # date of each day

    @property
    def twice(self) -> "Laid":
        """The same with each day followed by the next in its row."""
        after = [np.vstack([part[1:], np.full((1, part.shape[1]), empty)]) for part, empty in self._parts()]
        values, dark, missing = (np.hstack([part, new]) for (part, _), new in zip(self._parts(), after, strict=True))
        return Laid(values, dark.astype(bool), missing.astype(bool), self.days)

    def _parts(self) -> list[tuple[NDArray[np.generic], float]]:
        return [(self.values, np.nan), (self.dark, 0), (self.missing, 0)]


def laid_out(source: RecordedSeries, dark: NDArray[np.bool_], slots: int = 24) -> Laid:
    """Return a recording by day and time of day.

    ``dark`` says of each minute of the recording whether the lights were off, (minutes,); ``slots`` a day are at least
    as long as a sample.
    """
    length = DAY_MIN // slots
    before = source.start.hour * 60 + source.start.minute
    n_days = -(-(before + source.minutes) // DAY_MIN)
    shape = (n_days, slots, length)
    rate = source.values / source.interval_min if source.is_total else source.values
    padded = np.full(n_days * DAY_MIN, np.nan)
    recorded, off = np.zeros(padded.size, dtype=bool), np.zeros(padded.size, dtype=bool)
    where = slice(before, before + source.minutes)
    padded[where], recorded[where], off[where] = np.repeat(rate, source.interval_min), True, dark
    known = ~np.isnan(padded)
    n_known = known.reshape(shape).sum(axis=2)
    total = np.where(known, padded, 0.0).reshape(shape).sum(axis=2)
    values = np.divide(total, n_known, out=np.full(shape[:2], np.nan), where=n_known > 0)
    missing = (recorded & ~known).reshape(shape).sum(axis=2) > length / 2
    first = np.datetime64(source.start.date())
    return Laid(values, off.reshape(shape).mean(axis=2) > 0.5, missing, [str(first + day) for day in range(n_days)])


def picture(source: RecordedSeries, dark: NDArray[np.bool_], *, plain: bool = False) -> str:
    """Return an actogram in characters, an hour each; ``plain`` uses characters that every terminal has.

    A dot is an hour of darkness without activity, a question mark one that was not measured.
    """
    laid = laid_out(source, dark).twice
    effort = laid.values - (1.0 if source.quantity == "met" else 0.0)
    active = effort[effort > 0.0]
    top = float(np.percentile(active, 95)) if active.size else 1.0
    levels = _PLAIN_LEVELS if plain else _LEVELS
    clock = "".join(f"{hour:<6d}" for hour in (0, 6, 12, 18, 0, 6, 12, 18))
    rows = [f"{'':11}{clock}".rstrip()]
    for day, date in enumerate(laid.days[:_MOST_DAYS]):
        cells = []
        for value, off, missing in zip(effort[day], laid.dark[day], laid.missing[day], strict=True):
            level = 0 if np.isnan(value) or value <= 0.0 else int(np.clip(np.ceil(8.0 * value / top), 1, 8))
            cells.append("?" if missing else levels[level] if level else "." if off and not np.isnan(value) else " ")
        rows.append(f"{date} {''.join(cells)}".rstrip())
    more = len(laid.days) - _MOST_DAYS
    return "\n".join([*rows, *([f"... and {more} more days"] if more > 0 else [])])

"""When the lights were on in a recording: by its own column of light, or by the clock."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.activity.recordings.series import RecordedSeries

DAY_MIN = 1440
_STEADY = 0.9  # of the days, for lights that keep to a clock
_WEEK = 7
_BRIGHT, _LIT = 95.0, 0.5  # lights are on above half of what is bright, the 95th centile
Flags = NDArray[np.bool_]


class Lights(NamedTuple):
    """When the lights were on, minutes after midnight, and who says so."""

    on_min: int
    off_min: int
    said_by: str

    def dark(self, source: RecordedSeries) -> Flags:
        """Return for each minute of a recording whether the lights were off, (minutes,)."""
        clock = np.arange(source.minutes) + source.start.hour * 60 + source.start.minute
        return (clock - self.off_min) % DAY_MIN < (self.on_min - self.off_min) % DAY_MIN


def lit(source: RecordedSeries, species: str) -> Flags | None:
    """Return for each sample whether the lights were on, by the column of light; None where it does not say.

    Rooms of animals have a switch; a person's wrist meets sun, lamps and sleeves.
    """
    if source.light is None or species == "human" or np.isnan(source.light).all():
        return None
    bright = float(np.nanpercentile(source.light, _BRIGHT))
    on: Flags = np.nan_to_num(source.light) >= _LIT * bright
    return on if bright > 0.0 else np.zeros(on.size, dtype=bool)


def recorded_lights(source: RecordedSeries, species: str) -> Lights | None:
    """Return the clock that the lights kept to in the first week; None where they kept to none, or nothing says it."""
    on = lit(source, species)
    if on is None or source.minutes < DAY_MIN:
        return None
    minutes = np.repeat(on, source.interval_min)
    days = min(_WEEK, source.minutes // DAY_MIN)
    share = minutes[: days * DAY_MIN].reshape(days, DAY_MIN).mean(axis=0)
    share = np.roll(share, source.start.hour * 60 + source.start.minute)
    day = share > _LIT
    turns = np.flatnonzero(day != np.roll(day, 1))
    if turns.size != 2 or float(np.maximum(share, 1.0 - share).mean()) < _STEADY:
        return None
    first, second = (int(turn) for turn in turns)
    return Lights(*((first, second) if day[first] else (second, first)), "by its column of light")

"""What every block of activity needs to know about the run, and what it adds to the run."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.activity.intensity import IntensityScale, Value
from neurogen_abm.errors import InputError

if TYPE_CHECKING:
    from neurogen_abm.spec.scenario.activity import (
        Exercise,
        Interval,
        Resistance,
        Stimulation,
        Timed,
        Treadmill,
        Walking,
    )

    Session: TypeAlias = Treadmill | Interval | Resistance | Walking | Stimulation

Floats = NDArray[np.float64]

MINUTES_PER_DAY = 1440
HOURS_PER_YEAR = 8766.0
MINUTES_PER_WEEK = 7 * MINUTES_PER_DAY


class ActivityError(InputError):
    """A block asks for activity that the species cannot show."""

    default_code = "bad-activity"


class BlockActivity(NamedTuple):
    """What one block adds to the run: one entry per minute of the run."""

    intensity: Floats  # fraction of metabolic reserve
    distance_m: Floats  # metres in the minute
    resistance: Floats  # load, 0..1

    @classmethod
    def empty(cls, n_minutes: int) -> "BlockActivity":
        """Return no activity."""
        return cls(np.zeros(n_minutes), np.zeros(n_minutes), np.zeros(n_minutes))

    def add(self, other: "BlockActivity") -> None:
        """Add the activity of another block, in place."""
        for mine, theirs in zip(self, other, strict=True):
            mine += theirs


class RunContext(NamedTuple):
    """The run, as far as activity is concerned, and the place of the block that is read."""

    n_minutes: int
    clock_start_min: int  # clock time of minute 0
    weekday: int  # day of the week of the first calendar day, Monday 0
    lights_on_min: int  # clock time of lights-on
    lights_off_min: int  # clock time of lights-off
    seed: int
    scale: IntensityScale
    value: Value
    species: str
    base_dir: Path | None
    where: str = "activity"  # place of the block in the scenario, for errors
    age_years: float = 0.0  # of the animal at minute 0

    def window(self, block: "Timed") -> tuple[int, int]:
        """Return the first minute of a block and the minute after its last, cut to the run."""
        first = min(round(block.start_h * 60.0), self.n_minutes)
        last = self.n_minutes if block.end_h is None else min(round(block.end_h * 60.0), self.n_minutes)
        return first, max(first, last)

    def sessions(self, block: "Session") -> Iterator[int]:
        """Yield the minute at which each session of a block starts, on its days of the week."""
        first, last = self.window(block)
        offset = round(block.clock_min) - self.clock_start_min
        for day in range((first - offset) // MINUTES_PER_DAY, (last - offset) // MINUTES_PER_DAY + 1):
            start = day * MINUTES_PER_DAY + offset
            if first <= start < last and (day + self.weekday) % 7 in block.weekdays:
                yield start

    def dark(self, first: int, last: int) -> NDArray[np.bool_]:
        """Return for each minute of the run from ``first`` to ``last`` whether the lights are off, (last - first,)."""
        clock = (np.arange(first, last) + self.clock_start_min - self.lights_off_min) % MINUTES_PER_DAY
        night: NDArray[np.bool_] = clock < (self.lights_on_min - self.lights_off_min) % MINUTES_PER_DAY
        return night

    def growth(self, block: "Exercise", minute: int) -> float:
        """Return the load at a minute relative to the first week of a block.

        The load rises once a week, as when training was progressed weekly (Hickson et al. 1977).
        """
        weeks = (minute - round(block.start_h * 60.0)) // MINUTES_PER_WEEK
        return float((1.0 + block.overload_pct_wk / 100.0) ** max(0, weeks))

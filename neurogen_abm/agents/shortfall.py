"""What a body did less than it was asked to, over a run."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Shortfall(NamedTuple):
    """Totals up to a minute, and the minutes of the day that began there."""

    first: int  # minute of the run from which the columns count
    metres_before: float  # not covered before it (m)
    minutes_before: int  # below what was asked before it
    metres: NDArray[np.float64]  # not covered in each minute from ``first`` on (m)
    below: NDArray[np.bool_]  # whether less was done in it

    @classmethod
    def none(cls, first: int) -> "Shortfall":
        """Return that nothing was missed before a minute."""
        return cls(first, 0.0, 0, np.zeros(0), np.zeros(0, np.bool_))

    def until(self, minute: int) -> "Shortfall":
        """Return what was missed before a minute, without what was to come."""
        return Shortfall.none(minute)._replace(
            metres_before=self.metres_until(minute), minutes_before=self.minutes_until(minute)
        )

    def followed_by(self, first: int, metres: NDArray[np.float64], below: NDArray[np.bool_]) -> "Shortfall":
        """Return the same with what will be missed from minute ``first`` on."""
        return self._replace(first=first, metres=metres, below=below)

    def metres_until(self, minute: int) -> float:
        """Return the metres missed before a minute."""
        if not len(self.metres):
            return self.metres_before
        return self.metres_before + float(self.metres[: max(0, minute - self.first)].sum())

    def minutes_until(self, minute: int) -> int:
        """Return the minutes before a minute in which less was done than asked."""
        below = self.below[: max(0, minute - self.first)]
        return self.minutes_before + (int(below.sum()) if len(below) else 0)

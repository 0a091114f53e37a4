"""What the body does, minute by minute, as the laws of blood and muscle take it."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Activity(NamedTuple):
    """What the body does, one entry per minute of the run."""

    intensity: Floats  # effort above everyday activity, fraction of metabolic reserve
    distance_m: Floats  # metres covered in the minute
    everyday: NDArray[np.float32]  # share of the usual everyday activity, 0..1; it belongs to the resting level
    forced: NDArray[np.float32]  # the part of intensity that is imposed
    passive: NDArray[np.float32]  # the part that the nervous system does not command, as where a current works muscle
    work: NDArray[np.float32]  # of a metre, over one on the flat without a load

    @classmethod
    def none(cls, n_minutes: int) -> "Activity":
        """Return the activity of an animal that does nothing but what it does every day."""
        still, none, usual = np.zeros(n_minutes), np.zeros(n_minutes, np.float32), np.ones(n_minutes, np.float32)
        return cls(still, still, usual, none, none, usual)

"""Numbers to be found: which, within which range, on which scale, and what is tied to one value.

Methods see a position between 0 and 1 in each direction, so that a step means the same share of what is believed
possible whatever the unit; a person sees values.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurogen_abm.errors import InputError

Array = NDArray[np.float64]
Scale = Literal["linear", "log", "logit"]


@dataclass(frozen=True)
class Unknown:
    """One number to be found.

    Attributes
    ----------
    name
        What tables call it; the path itself where it stands for one parameter.
    paths
        Dotted paths of the parameters that share its value.
    low, high
        Its range, in ``unit``.
    start
        Where the search starts, in ``unit``; inside the range.
    unit
        Unit of value and range.
    scale
        On which scale it is searched.
    grade
        Evidence grade of its parameters, the weakest where several are tied.
    """

    name: str
    paths: tuple[str, ...]
    low: float
    high: float
    start: float
    unit: str = "1"
    scale: Scale = "linear"
    grade: str = ""

    def __post_init__(self) -> None:
        if not self.low < self.high:
            what = f"The range of {self.name}, {self.low:g} to {self.high:g}, leaves nothing to be found."
            raise InputError(what, code="empty-range", cure="Give a lower end below the upper one, or leave it out.")
        if not self.low <= self.start <= self.high:
            what = f"The start of {self.name}, {self.start:g} {self.unit}, lies outside {self.low:g} to {self.high:g}."
            raise InputError(what, code="out-of-range", cure="Start inside the range.")
        if (self.scale == "log" and self.low <= 0) or (self.scale == "logit" and not 0 < self.low < self.high < 1):
            what = f"The range of {self.name}, {self.low:g} to {self.high:g}, does not fit the scale {self.scale}."
            raise InputError(what, code="bad-scale", cure="Use scale: linear.")

    def position(self, value: float) -> float:
        """Return where a value lies between the ends of the range, 0 to 1."""
        low, high = _stretched(self.low, self.scale), _stretched(self.high, self.scale)
        return (_stretched(value, self.scale) - low) / (high - low)

    def value(self, position: float) -> float:
        """Return the value at a position between 0 and 1; never outside the range, whatever rounding does."""
        low, high = _stretched(self.low, self.scale), _stretched(self.high, self.scale)
        at = low + position * (high - low)
        value = math.exp(at) if self.scale == "log" else 1 / (1 + math.exp(-at)) if self.scale == "logit" else at
        return min(max(value, self.low), self.high)


def _stretched(value: float, scale: Scale) -> float:
    if scale == "log":
        return math.log(value)
    return math.log(value / (1 - value)) if scale == "logit" else value


def natural_scale(low: float, high: float, *, share: bool = False) -> Scale:
    """Return the scale on which a range is searched unless somebody says otherwise.

    A positive number is a matter of factors (log), a share away from 0 and 1 one of odds (logit); what may be zero or
    negative is searched as it is.
    """
    if low <= 0:
        return "linear"
    return "logit" if share and high < 1 else "log"


def start_of(unknowns: Sequence[Unknown]) -> Array:
    """Return the positions from which the search starts, 0 to 1 each."""
    return np.array([unknown.position(unknown.start) for unknown in unknowns])


def values_at(unknowns: Sequence[Unknown], positions: Array) -> Array:
    """Return values for an array of positions; the last axis runs over the unknowns."""
    flat = np.atleast_2d(positions)
    rows = [[unknown.value(p) for unknown, p in zip(unknowns, row, strict=True)] for row in flat]
    return np.array(rows).reshape(np.shape(positions))


def points_at(unknowns: Sequence[Unknown], positions: Array) -> pd.DataFrame:
    """Return one row a point and one column a dotted path: what is simulated at these positions."""
    values = values_at(unknowns, np.atleast_2d(positions))
    columns = {path: values[:, i] for i, unknown in enumerate(unknowns) for path in unknown.paths}
    return pd.DataFrame(columns)

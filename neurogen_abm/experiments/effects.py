"""Means and differences of animals with their intervals, and how many animals a question takes.

Student's t for means and for differences of twins; a relative effect is a ratio of means with the linear variance of
the ratio estimator (Cochran 1977, eq. 6.13). Where the number of animals followed from the spread of the first of them,
intervals are those of Stein (1945): the spread of the first alone, with their degrees of freedom, which hold exactly
for normal data however many were added.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
CONFIDENCE = 0.95


class Interval(NamedTuple):
    """An estimate with the ends of its interval; arrays of one shape, NaN where it cannot be told."""

    mean: Array
    low: Array
    high: Array

    @property
    def half_width(self) -> Array:
        """Half the length of the interval."""
        return (self.high - self.low) / 2


def mean_of(values: Array, pilot: int | None = None) -> Interval:
    """Return the mean over the first axis (animals) with its 95 % interval; one animal has none.

    Parameters
    ----------
    values
        One row an animal.
    pilot
        How many of the first animals decided how many there are; None where that was fixed before.
    """
    values = np.asarray(values, np.float64)
    return _around(values.mean(axis=0), values, pilot)


def difference(control: Array, treated: Array, pilot: int | None = None) -> Interval:
    """Return the mean difference of twins: rows of both are animals of one seed each, in one order."""
    return mean_of(np.asarray(treated, np.float64) - np.asarray(control, np.float64), pilot)


def relative(control: Array, treated: Array, pilot: int | None = None) -> Interval:
    """Return the difference of twins as a share of the mean control; NaN where that mean is zero."""
    control, treated = np.asarray(control, np.float64), np.asarray(treated, np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        base = control.mean(axis=0)
        base = np.where(base == 0, np.nan, base)
        ratio = treated.mean(axis=0) / base
        return _around(ratio - 1, (treated - ratio * control) / np.abs(base), pilot)


class Animals(NamedTuple):
    """Animals in each arm for a standard error of a tenth of the effect, with twins and with strangers."""

    twins: Array
    strangers: Array

    @property
    def gain(self) -> Array:
        """How many times fewer twins are needed."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return self.strangers / self.twins


def animals_needed(control: Array, treated: Array, share: float = 0.1) -> Animals:
    """Return how many animals an arm needs for a standard error of ``share`` of the effect.

    Twins have the variance of their difference, strangers the sum of both variances. Not rounded up, so that the two
    can be compared; NaN without an effect.
    """
    control, treated = np.asarray(control, np.float64), np.asarray(treated, np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        wanted = (share * (treated - control).mean(axis=0)) ** 2
        wanted = np.where(wanted == 0, np.nan, wanted)
        of_twins = (treated - control).var(axis=0, ddof=1)
        of_strangers = control.var(axis=0, ddof=1) + treated.var(axis=0, ddof=1)
        return Animals(of_twins / wanted, of_strangers / wanted)


def pairs_for(half_width: float, reached: float, pilot: int) -> float:
    """Return with how many pairs an interval that ``reached`` so far after the pilot is as narrow as wanted.

    The second stage of Stein (1945); infinite where nothing can be told.
    """
    return float(np.ceil(pilot * (reached / half_width) ** 2 - 1e-9)) if np.isfinite(reached) else np.inf


def _around(mean: Array, spread: Array, pilot: int | None) -> Interval:
    """Return the interval of a mean from what spreads about it, one row an animal."""
    from scipy.stats import t

    n, first = len(spread), len(spread) if pilot is None else min(pilot, len(spread))
    if first < 2:
        missing = np.full(np.shape(mean), np.nan)
        return Interval(mean, missing, missing)
    reach = t.ppf(0.5 + CONFIDENCE / 2, first - 1) * spread[:first].std(axis=0, ddof=1) / np.sqrt(n)
    return Interval(mean, mean - reach, mean + reach)

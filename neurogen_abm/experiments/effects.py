"""Means and differences of animals with their intervals, and how many animals a question takes.

Student's t for means and for differences of twins; a relative effect is a ratio of means with the linear variance of
the ratio estimator (Cochran 1977, eq. 6.13).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
ALPHA = 0.05


class Interval(NamedTuple):
    """An estimate with the ends of its interval; arrays of one shape, NaN where it cannot be told."""

    mean: Array
    low: Array
    high: Array

    @property
    def half_width(self) -> Array:
        """Half the length of the interval."""
        return (self.high - self.low) / 2


def mean_of(values: Array, alpha: float = ALPHA) -> Interval:
    """Return the mean over the first axis (animals) with its 1 - alpha interval; one animal has none."""
    values = np.asarray(values, np.float64)
    return _around(values.mean(axis=0), _standard_error(values), len(values), alpha)


def difference(control: Array, treated: Array, alpha: float = ALPHA) -> Interval:
    """Return the mean difference of twins: rows of both are animals of one seed each, in one order."""
    return mean_of(np.asarray(treated, np.float64) - np.asarray(control, np.float64), alpha)


def relative(control: Array, treated: Array, alpha: float = ALPHA) -> Interval:
    """Return the difference of twins as a share of the mean control; NaN where that mean is zero."""
    control, treated = np.asarray(control, np.float64), np.asarray(treated, np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        base = control.mean(axis=0)
        base = np.where(base == 0, np.nan, base)
        ratio = treated.mean(axis=0) / base
        error = _standard_error(treated - ratio * control) / np.abs(base)
    return _around(ratio - 1, error, len(control), alpha)


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


def alpha_of_look(look: int, alpha: float = ALPHA) -> float:
    """Return the share of ``alpha`` that is spent at the n-th look at growing data, n from 1.

    alpha / (n (n + 1)): all looks together spend alpha at most, so that whenever one stops, the interval of its look
    holds with 1 - alpha (Bonferroni over the looks).
    """
    return alpha / (look * (look + 1))


def _around(mean: Array, error: Array, n: int, alpha: float) -> Interval:
    from scipy.stats import t

    reach = t.ppf(1 - alpha / 2, n - 1) * error if n > 1 else np.full_like(np.asarray(mean, np.float64), np.nan)
    return Interval(mean, mean - reach, mean + reach)


def _standard_error(values: Array) -> Array:
    n = len(values)
    if n < 2:
        return np.full(values.shape[1:], np.nan)
    return np.asarray(values.std(axis=0, ddof=1) / np.sqrt(n))

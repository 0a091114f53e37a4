"""What the simulated animals say, with its uncertainty: means, differences, ratios, days of events, correlations.

Animals of one number are twins across arms (common random numbers), so that intervals are those of pairs: what both
twins share cancels out. Means and differences have Student's interval. A ratio is the ratio of the means of the
animals, with the variance of the linearised ratio over the twins (Cochran 1977, Sampling Techniques, eq. 6.13); where
it is scored against a published one, its interval is taken on the logarithm. Where the number of animals followed from
the spread of the first of them, intervals are those of Stein (1945): the spread of the first alone, with their degrees
of freedom, which hold exactly for normal data however many were added.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Array = NDArray[np.float64]
CONFIDENCE = 0.95


class MeanInterval(NamedTuple):
    """A mean with the ends of its interval; arrays of one shape, NaN where it cannot be computed."""

    mean: Array
    low: Array
    high: Array


def mean_of(values: Array, pilot: int | None = None) -> MeanInterval:
    """Return the mean over the first axis (animals) with its 95 % interval; one animal has none.

    ``pilot`` says how many of the first animals decided how many there are; None where that was fixed before.
    """
    values = np.asarray(values, np.float64)
    return _around(values.mean(axis=0), values, pilot)


def difference(control: Array, treated: Array, pilot: int | None = None) -> MeanInterval:
    """Return the mean difference of twins: rows of both are animals of one seed each, in one order."""
    return mean_of(np.asarray(treated, np.float64) - np.asarray(control, np.float64), pilot)


def relative(control: Array, treated: Array, pilot: int | None = None) -> MeanInterval:
    """Return the difference of twins as a share of the mean control; NaN where that mean is zero."""
    control, treated = np.asarray(control, np.float64), np.asarray(treated, np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        base = control.mean(axis=0)
        base = np.where(base == 0, np.nan, base)
        ratio = treated.mean(axis=0) / base
        return _around(ratio - 1, (treated - ratio * control) / np.abs(base), pilot)


class AnimalsNeeded(NamedTuple):
    """Animals in each arm for a standard error of a tenth of the effect, with twins and with independent animals."""

    twins: Array
    independent: Array

    @property
    def gain(self) -> Array:
        """How many times fewer twins are needed."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return self.independent / self.twins


def animals_needed(control: Array, treated: Array, share: float = 0.1) -> AnimalsNeeded:
    """Return how many animals an arm needs for a standard error of ``share`` of the effect.

    Twins have the variance of their difference, independent animals the sum of both variances. Not rounded up, so that
    the two can be compared; NaN without an effect.
    """
    control, treated = np.asarray(control, np.float64), np.asarray(treated, np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        wanted = (share * (treated - control).mean(axis=0)) ** 2
        wanted = np.where(wanted == 0, np.nan, wanted)
        of_twins = (treated - control).var(axis=0, ddof=1)
        of_independent = control.var(axis=0, ddof=1) + treated.var(axis=0, ddof=1)
        return AnimalsNeeded(of_twins / wanted, of_independent / wanted)


def pairs_for(half_width: float, reached: float, pilot: int) -> float:
    """Return with how many pairs an interval that ``reached`` so far after the pilot is as narrow as wanted.

    The second stage of Stein (1945); infinite where nothing can be computed.
    """
    return float(np.ceil(pilot * (reached / half_width) ** 2 - 1e-9)) if np.isfinite(reached) else np.inf


def _around(mean: Array, spread: Array, pilot: int | None) -> MeanInterval:
    """Return the interval of a mean from what varies about it, one row per animal."""
    n, first = len(spread), len(spread) if pilot is None else min(pilot, len(spread))
    if first < 2:
        missing = np.full(np.shape(mean), np.nan)
        return MeanInterval(mean, missing, missing)
    reach = _quantile(first) * spread[:first].std(axis=0, ddof=1) / np.sqrt(n)
    return MeanInterval(mean, mean - reach, mean + reach)


def _quantile(n: int) -> float:
    return float(stats.t.ppf(0.5 + CONFIDENCE / 2, n - 1)) if n > 1 else math.nan


class Statistic(NamedTuple):
    """A number computed from the animals, with its 95 % interval and standard error; NaN where not defined."""

    value: float
    low: float = math.nan
    high: float = math.nan
    error: float = math.nan
    n: int = 0

    @property
    def known(self) -> bool:
        """Whether the interval is defined."""
        return math.isfinite(self.low) and math.isfinite(self.high)


def mean(values: Sequence[float] | Array) -> Statistic:
    """Return the mean of the animals with Student's interval."""
    x = np.asarray(values, np.float64)
    x = x[np.isfinite(x)]
    if not x.size:
        return Statistic(math.nan)
    error = float(x.std(ddof=1) / math.sqrt(x.size)) if x.size > 1 else math.nan
    width = _quantile(x.size) * error
    centre = float(x.mean())
    return Statistic(centre, centre - width, centre + width, error, int(x.size))


def ratio(tops: Sequence[Array], bottoms: Sequence[Array]) -> Statistic:
    """Return mean(top 1) mean(top 2) ... / (mean(bottom 1) ...), each an array with one value per animal.

    Entries of one index are twins; a twin without a value (NaN) leaves its pair out.
    """
    shortest = min(part.size for part in (*tops, *bottoms))
    table = np.array([part[:shortest] for part in (*tops, *bottoms)])
    table = table[:, np.isfinite(table).all(axis=0)]
    n = table.shape[1]
    if n == 0:
        return Statistic(math.nan)
    means = [float(row.mean()) for row in table]
    above, below = math.prod(means[: len(tops)]), math.prod(means[len(tops) :])
    if below == 0.0 or above == 0.0:
        return Statistic(math.nan if below == 0.0 else 0.0, n=n)
    value = above / below
    if n < 2:
        return Statistic(value, n=n)
    signs = [1.0] * len(tops) + [-1.0] * len(bottoms)
    parts = zip(table, means, signs, strict=True)
    influence = sum((sign * (row / centre - 1.0) for row, centre, sign in parts), np.zeros(n))
    error = float(influence.std(ddof=1) / math.sqrt(n))
    width = _quantile(n) * error
    return Statistic(value, value * math.exp(-width), value * math.exp(width), value * error, n)


def correlation(x: Array, y: Array) -> Statistic:
    """Return Pearson's correlation of two values per animal, with Fisher's interval."""
    n = min(x.size, y.size)
    if n < 3 or x[:n].std() == 0.0 or y[:n].std() == 0.0:
        return Statistic(math.nan, n=n)
    found = stats.pearsonr(x[:n], y[:n])
    r = float(found.statistic)
    if n < 4:
        return Statistic(r, n=n)
    low, high = map(float, found.confidence_interval(CONFIDENCE))
    return Statistic(r, low, high, (1 - r * r) / math.sqrt(n - 3), n)


def event_day(days: Array, course: Array, event: str, level: float) -> float:
    """Return the day of an event in a course over rising days; NaN where it does not happen.

    ``first_above``, ``last_above``, ``first_below`` a level; or ``peak``, which must rise above it.
    """
    if not np.isfinite(course).any():
        return math.nan
    if event == "peak":
        return float(days[int(np.nanargmax(course))]) if np.nanmax(course) > level else math.nan
    there = course < level if event == "first_below" else course > level
    found = np.flatnonzero(there)
    if not found.size:
        return math.nan
    return float(days[found[-1] if event == "last_above" else found[0]])


def straightness(x: Array, y: Array) -> float:
    """Return the share of the variance of log ``y`` that a straight line in ``x`` explains; NaN below three points."""
    kept = np.isfinite(y) & (y > 0)
    if kept.sum() < 3:
        return math.nan
    line = stats.linregress(x[kept], np.log(y[kept]))
    return float(line.rvalue**2)


def setback(course: Array, form: str) -> float:
    """Return the largest step against the direction of a course (rising or falling), as a share of its whole range."""
    steps = np.diff(course) if form == "rising" else -np.diff(course)
    span = float(np.ptp(course))
    return float(max(0.0, -steps.min()) / span) if span > 0 else math.nan

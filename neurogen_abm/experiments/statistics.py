"""What the simulated animals say, with its uncertainty: means, differences, ratios, days of events, correlations.

Animals of one number are twins across arms (common random numbers), so that intervals are those of pairs: what both
twins share cancels out. Means and differences have Student's interval. A ratio is the ratio of the means of the
animals, with the variance of the linearised ratio over the twins (Cochran 1977, Sampling Techniques, eq. 6.13), and its
interval is taken on the logarithm. Where the number of animals followed from the spread of the first of them, intervals
are those of Stein (1945): the spread of the first alone, with their degrees of freedom, which hold exactly for the mean
of normal data however many were added. docs/sweeps.md says how often they hold otherwise.
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
    """Return the difference of twins as a share of the mean control; NaN where that mean is zero.

    The interval is that of the logarithm of the ratio, as in `ratio`, so that it never ends below -1; where nothing is
    left in the treated there is no logarithm, and it is that of the linearised ratio.
    """
    control, treated = np.asarray(control, np.float64), np.asarray(treated, np.float64)
    first = len(control) if pilot is None else min(pilot, len(control))
    with np.errstate(divide="ignore", invalid="ignore"):
        base = control.mean(axis=0)
        base = np.where(base == 0, np.nan, base)
        ratio = treated.mean(axis=0) / base
        early, late = control[:first], treated[:first]
        # What varies is taken about the means of the pilot too: later animals then move the interval, not its length.
        share = late / late.mean(axis=0) - early / early.mean(axis=0)
        reach = _reach(share, len(control))
        plain = _reach((late - ratio * early) / np.abs(base), len(control))
        by_log = ratio > 0
        low = np.where(by_log, ratio * np.exp(-reach), ratio - plain) - 1
        high = np.where(by_log, ratio * np.exp(reach), ratio + plain) - 1
        return MeanInterval(ratio - 1, low, high)


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


def pairs_for(half_width: float, reached: MeanInterval, pairs: int) -> float:
    """Return with how many pairs no interval of relative effects reaches further than wanted from its effect.

    ``reached`` is what `relative` returns for ``pairs``; the effects are taken to stay as they are (the second stage of
    Stein 1945, on the logarithm of the ratio). Infinite where an interval cannot be computed.
    """
    ratio, top = np.asarray(reached.mean) + 1, np.asarray(reached.high) + 1
    with np.errstate(divide="ignore", invalid="ignore"):
        by_log = np.log(top / ratio) / np.log1p(half_width / ratio)
        times = np.where(ratio > 0, by_log, (top - ratio) / half_width)
    wanted = float((pairs * times**2).max())
    return float(np.ceil(wanted - 1e-9)) if np.isfinite(wanted) else np.inf


def _around(mean: Array, spread: Array, pilot: int | None) -> MeanInterval:
    """Return the interval of a mean from what varies about it, one row per animal."""
    reach = _reach(spread if pilot is None else spread[:pilot], len(spread))
    return MeanInterval(mean, mean - reach, mean + reach)


def _reach(spread: Array, n: int) -> Array:
    """Return how far the interval of a mean of ``n`` animals reaches, from those whose spread counts; NaN of one."""
    if len(spread) < 2:
        return np.full(spread.shape[1:], np.nan)
    return np.asarray(_quantile(len(spread)) * spread.std(axis=0, ddof=1) / np.sqrt(n))


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

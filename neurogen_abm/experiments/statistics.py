"""What the simulated animals say, with its uncertainty: means, ratios of means, days of events, correlations.

Animals of one number are twins across arms, so that intervals are those of pairs: a difference that both twins share
says nothing. A ratio is the ratio of the means of the animals; its interval is Student's on the logarithm, with the
variance of the linearised ratio over the twins (Cochran 1977, Sampling Techniques, chapter 6).
"""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from neurogen_abm.experiments.effects import CONFIDENCE

Floats = NDArray[np.float64]

_RESAMPLES = 400


class Estimate(NamedTuple):
    """A value with its interval (95 %) and standard error; NaN where they are not defined."""

    value: float
    low: float = math.nan
    high: float = math.nan
    error: float = math.nan
    n: int = 0

    @property
    def known(self) -> bool:
        """Whether the interval is defined."""
        return math.isfinite(self.low) and math.isfinite(self.high)


def _quantile(n: int) -> float:
    return float(stats.t.ppf(0.5 + CONFIDENCE / 2, n - 1)) if n > 1 else math.nan


def mean(values: Sequence[float] | Floats) -> Estimate:
    """Return the mean of the animals with Student's interval."""
    x = np.asarray(values, np.float64)
    x = x[np.isfinite(x)]
    if not x.size:
        return Estimate(math.nan)
    error = float(x.std(ddof=1) / math.sqrt(x.size)) if x.size > 1 else math.nan
    width = _quantile(x.size) * error
    centre = float(x.mean())
    return Estimate(centre, centre - width, centre + width, error, int(x.size))


def ratio(tops: Sequence[Floats], bottoms: Sequence[Floats]) -> Estimate:
    """Return the ratio of products of means, over twins.

    Parameters
    ----------
    tops, bottoms
        Each a value an animal; entries of one index are twins; a twin without a value (NaN) leaves its pair out.
        The estimate is mean(top 1) mean(top 2) ... / (mean(bottom 1) ...).
    """
    shortest = min(part.size for part in (*tops, *bottoms))
    table = np.array([part[:shortest] for part in (*tops, *bottoms)])
    table = table[:, np.isfinite(table).all(axis=0)]
    n = table.shape[1]
    if n == 0:
        return Estimate(math.nan)
    means = [float(row.mean()) for row in table]
    above, below = math.prod(means[: len(tops)]), math.prod(means[len(tops) :])
    if below == 0.0 or above == 0.0:
        return Estimate(math.nan if below == 0.0 else 0.0, n=n)
    value = above / below
    if n < 2:
        return Estimate(value, n=n)
    signs = [1.0] * len(tops) + [-1.0] * len(bottoms)
    parts = zip(table, means, signs, strict=True)
    influence = sum((sign * (row / centre - 1.0) for row, centre, sign in parts), np.zeros(n))
    error = float(influence.std(ddof=1) / math.sqrt(n))
    width = _quantile(n) * error
    return Estimate(value, value * math.exp(-width), value * math.exp(width), value * error, n)


def resampled(n: int, seed: int, statistic: Callable[[NDArray[np.intp]], float]) -> Estimate:
    """Return a statistic of the animals with the percentiles of resampled ones, for which no formula exists.

    Parameters
    ----------
    n
        How many animals.
    seed
        The same animals give the same interval.
    statistic
        Takes the numbers of the animals to use.
    """
    value = statistic(np.arange(n))
    if n < 2:
        return Estimate(value, n=n)
    draws = np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, n]))).integers(0, n, (_RESAMPLES, n))
    found = np.array([statistic(draw) for draw in draws])
    found = found[np.isfinite(found)]
    if found.size < _RESAMPLES // 2:  # mostly no event: no interval
        return Estimate(value, n=n)
    low, high = np.quantile(found, [0.5 - CONFIDENCE / 2, 0.5 + CONFIDENCE / 2])
    return Estimate(value, float(low), float(high), float(found.std(ddof=1)), n)


def correlation(x: Floats, y: Floats) -> Estimate:
    """Return Pearson's correlation of two values an animal, with Fisher's interval."""
    n = min(x.size, y.size)
    if n < 3 or x[:n].std() == 0.0 or y[:n].std() == 0.0:
        return Estimate(math.nan, n=n)
    found = stats.pearsonr(x[:n], y[:n])
    r = float(found.statistic)
    if n < 4:
        return Estimate(r, n=n)
    low, high = map(float, found.confidence_interval(CONFIDENCE))
    return Estimate(r, low, high, (1 - r * r) / math.sqrt(n - 3), n)


def event_day(days: Floats, course: Floats, event: str, level: float) -> float:
    """Return the day of an event in a course; NaN where it does not happen.

    Parameters
    ----------
    days
        When, rising.
    course
        What, at these days.
    event
        ``first_above``, ``last_above``, ``first_below`` of ``level``; or ``peak``, which must rise above it.
    level
        In the unit of the course.
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


def straightness(x: Floats, y: Floats) -> float:
    """Return the share of the variance of log ``y`` that a straight line in ``x`` explains; NaN below three points."""
    kept = np.isfinite(y) & (y > 0)
    if kept.sum() < 3:
        return math.nan
    line = stats.linregress(x[kept], np.log(y[kept]))
    return float(line.rvalue**2)


def setback(course: Floats, form: str) -> float:
    """Return the largest step against the direction of a course (rising or falling), as a share of its whole range."""
    steps = np.diff(course) if form == "rising" else -np.diff(course)
    span = float(np.ptp(course))
    return float(max(0.0, -steps.min()) / span) if span > 0 else math.nan

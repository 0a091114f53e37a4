"""On which days an event of a mean course may have been: those that the animals do not rule out.

The day of an event jumps from one time to another, so that neither a formula nor resampling gives an interval that
holds (percentiles of resampled animals covered the true day in 88 of 100 studies of eight animals, in half of those of
two). The course itself is smooth in the animals. So every day is tested: what would have to be true of the course for
the event to fall on it is a set of inequalities, each with a t-test, and the day is ruled out where one is violated
beyond chance. The tests of a day share its error (Bonferroni), so that the true day is kept in at least 95 of 100
studies; with few animals, or many times to search, that keeps many days.
"""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from neurogen_abm.experiments.statistics import CONFIDENCE, Array, Statistic, event_day

Course = Callable[[NDArray[np.intp]], Array]
"""From places of animals to their mean course."""


def day_of_event(
    days: Array,
    course: Course,
    n: int,
    event: str,
    level: Callable[[Array], float],
    error: float = 1.0 - CONFIDENCE,
) -> Statistic:
    """Return the day of an event in the mean course of ``n`` animals, and the first and last day it may have been.

    Parameters
    ----------
    days
        The days of the course, rising.
    course
        Gives the mean course of some of the animals.
    event, level
        As in `event_day`; the level may follow from the course.
    error
        Probability with which the true day may lie outside.
    """
    if n == 0:
        return Statistic(math.nan)
    whole = course(np.arange(n))
    value = event_day(days, whole, event, level(whole))
    if n < 2 or math.isnan(value):
        return Statistic(value, n=n)
    without = [course(np.delete(np.arange(n), i)) for i in range(n)]
    excess, left_out = whole - level(whole), np.array([part - level(part) for part in without])
    possible = days[possible_days(excess, left_out, event, error)]
    return Statistic(value, float(possible[0]), float(possible[-1]), n=n)


def days_between(first: Statistic, second: Statistic) -> Statistic:
    """Return the days from one event to another; each may be on any of its days.

    Where each interval leaves out the truth with half the error, this one does with the whole of it at most.
    """
    n = min(first.n, second.n)
    return Statistic(second.value - first.value, second.low - first.high, second.high - first.low, n=n)


def possible_days(excess: Array, left_out: Array, event: str, error: float) -> NDArray[np.bool_]:
    """Say for each time of a course whether the event may fall on it.

    Parameters
    ----------
    excess
        The course less its level, shape (times,).
    left_out
        The same without one animal each, shape (animals, times); with it each animal has a value of its own (the
        pseudo-values of the jackknife), which for a mean is what it showed.
    event
        As in `event_day`.
    error
        Probability with which the true time may be ruled out.
    """
    n = len(left_out)
    single = n * excess - (n - 1) * left_out
    if event == "peak":
        return _of_a_peak(excess, single, error)
    side = -1.0 if event == "first_below" else 1.0
    order = slice(None, None, -1) if event == "last_above" else slice(None)
    t = _t(side * excess, side * single)[order]
    limit = np.array([_limit(error / tests, n) for tests in range(1, len(t) + 1)])
    before = np.append(-math.inf, np.maximum.accumulate(t)[:-1])
    # The event is at a time if the course is beyond its level there, and at no time before.
    kept = ~((t < -limit) | (before > limit)) & np.isfinite(excess)[order]
    return kept[order]


def _of_a_peak(excess: Array, single: Array, error: float) -> NDArray[np.bool_]:
    """Keep the times above which no other time lies."""
    limit = _limit(error / max(len(excess) - 1, 1), len(single))
    higher = [_t(excess - excess[k], single - single[:, [k]]) > limit for k in range(len(excess))]
    return ~np.any(higher, axis=1) & np.isfinite(excess)


def _t(mean: Array, single: Array) -> Array:
    """Return means over their standard errors; 0 where nothing can be said."""
    error = single.std(axis=0, ddof=1) / math.sqrt(len(single))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.nan_to_num(mean / error, posinf=np.inf, neginf=-np.inf)


def _limit(error: float, n: int) -> float:
    return float(stats.t.ppf(1.0 - error, n - 1))

"""Pass, near or fail: the rules by which every study is scored; no study can change them.

===========  ==================================================  =========================================
kind         pass                                                near
===========  ==================================================  =========================================
ratio,       the simulated value lies in the accepted span       it lies in the span twice as wide, or its
absolute                                                         interval overlaps the span
null         the ratio lies in 0.80-1.25                         as above
bound        value and interval on the right side                the interval reaches across the bound
timing       the day lies in the accepted span                   as for a ratio
ordering     every step goes the way stated                      every wrong step has an interval that
                                                                 reaches across equality
correlation  sign as stated, interval without 0                  sign as stated
shape        R2 of the fit 0.90; no step back above 5 %          0.80; 15 %
===========  ==================================================  =========================================

The accepted span is ``low`` to ``high`` where given; else ``value`` within 1.96 standard errors where one is known;
else ``value`` within the band of equivalence, 0.80 to 1.25 times it. For a day it is 25 % of it, a day at least.
Spans of ratios and positive numbers widen on the logarithm, days on the plain scale. Everything else fails.
"""

import math
from collections.abc import Sequence
from typing import Literal, NamedTuple, TypeAlias

from neurogen_abm.experiments.statistics import Statistic

# Of a rival model that has no word for what was found: "not spoken".
Verdict: TypeAlias = Literal["pass", "near", "fail", "not spoken"]

EQUIVALENCE = (0.80, 1.25)
STANDARD_ERRORS = 1.96
DAY_SHARE, LEAST_DAYS = 0.25, 1.0
ADEQUATE, NEARLY_ADEQUATE = 0.90, 0.80
SETBACK, LARGE_SETBACK = 0.05, 0.15


class Accepted(NamedTuple):
    """The span of simulated values that agree with what was published; open ends are infinite."""

    low: float
    high: float

    def holds(self, value: float) -> bool:
        """Return whether a value lies inside."""
        return self.low <= value <= self.high

    def overlaps(self, estimate: Statistic) -> bool:
        """Return whether an interval reaches inside."""
        return estimate.known and estimate.low <= self.high and estimate.high >= self.low

    def twice(self, *, logarithmic: bool) -> "Accepted":
        """Return the span twice as wide around its middle; an open span moves its end by the band of equivalence."""
        low, high = self
        if math.isinf(low) or math.isinf(high):
            wide = EQUIVALENCE[1]
            down = low / wide if low > 0 else low * wide
            up = high * wide if high > 0 else high / wide
            return Accepted(down, up)
        if logarithmic and low > 0:
            step = math.sqrt(high / low)
            return Accepted(low / step, high * step)
        half = (high - low) / 2
        return Accepted(low - half, high + half)


def open_span(low: float | None, high: float | None) -> Accepted:
    """Return the span between two ends, either of which may be open (None)."""
    return Accepted(-math.inf if low is None else low, math.inf if high is None else high)


def span_of(value: float | None, low: float | None, high: float | None, error: float | None = None) -> Accepted:
    """Return the accepted span of a published number."""
    if value is None or low is not None or high is not None:
        return open_span(low, high)
    if error is not None:
        return Accepted(value - STANDARD_ERRORS * error, value + STANDARD_ERRORS * error)
    return Accepted(*sorted((value * EQUIVALENCE[0], value * EQUIVALENCE[1])))


def day_span(value: float | None, low: float | None, high: float | None) -> Accepted:
    """Return the accepted span of a published day."""
    if value is None or low is not None or high is not None:
        return open_span(low, high)
    tolerance = max(DAY_SHARE * value, LEAST_DAYS)
    return Accepted(value - tolerance, value + tolerance)


def within(estimate: Statistic, span: Accepted, *, logarithmic: bool = True) -> Verdict:
    """Judge a value against an accepted span."""
    if math.isnan(estimate.value):
        return "fail"
    if span.holds(estimate.value):
        return "pass"
    wide = span.twice(logarithmic=logarithmic)
    return "near" if wide.holds(estimate.value) or span.overlaps(estimate) else "fail"


def beyond(estimate: Statistic, *, gt: float | None = None, lt: float | None = None) -> Verdict:
    """Judge a value against a bound; one animal has no interval, and its value alone decides between near and fail."""
    if math.isnan(estimate.value):
        return "fail"
    if gt is not None:
        right, reaches, sure = estimate.value > gt, estimate.high > gt, estimate.low > gt
    else:
        assert lt is not None
        right, reaches, sure = estimate.value < lt, estimate.low < lt, estimate.high < lt
    if right and sure:
        return "pass"
    return "near" if right or reaches else "fail"


def ordered(steps: Sequence[Statistic], equality: float) -> Verdict:
    """Judge an order by its steps, each a ratio (equality 1) or a difference (equality 0) that should lie above."""
    if any(math.isnan(step.value) for step in steps):
        return "fail"
    wrong = [step for step in steps if not step.value > equality]
    if not wrong:
        return "pass"
    return "near" if all(step.known and step.high > equality for step in wrong) else "fail"


def together(estimate: Statistic, sign: str) -> Verdict:
    """Judge a correlation by its sign."""
    side = 1.0 if sign == "positive" else -1.0
    if not side * estimate.value > 0:
        return "fail"
    end = estimate.low if side > 0 else estimate.high
    return "pass" if side * end > 0 else "near"


def adequate(r2: float) -> Verdict:
    """Judge a fit by the share of variance it explains."""
    return "pass" if r2 >= ADEQUATE else "near" if r2 >= NEARLY_ADEQUATE else "fail"


def steady(largest: float) -> Verdict:
    """Judge a course that should never turn by its largest step back."""
    return "pass" if largest <= SETBACK else "near" if largest <= LARGE_SETBACK else "fail"


def z_score(estimate: Statistic, value: float | None, error: float | None) -> float:
    """Return how many standard errors, ours and theirs together, lie between both; NaN where theirs is not known."""
    if value is None or error is None or math.isnan(estimate.error):
        return math.nan
    return (estimate.value - value) / math.hypot(error, estimate.error)

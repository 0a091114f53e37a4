"""How far a simulated number lies from a published one, as a smooth number: what a fit makes small.

Verdicts (`studies.verdicts`) jump from pass to fail; a search needs a slope. A residual is 0
where what was published is met and 1 in size at the edge of what passes, on the scale on which the verdict is given.

===========  =========================================================================================================
kind         residual
===========  =========================================================================================================
ratio,       log(simulated / published), over the log distance from the published value to the edge of the accepted
absolute     span on that side; plain differences where the span reaches to zero or below. The middle of the span where
             no value was published. Nothing on a side without an edge.
null         log(simulated) / log(1.25)
bound        1 at the bound, 0 from a margin inside it on, growing outside, on the logarithm; the margin is 1.96
             standard errors of the simulated value, between 2 % and 25 % of the bound
timing       (day - published) over the distance to the edge of the accepted span; a crossing is interpolated, so
             that a day moves before it jumps. Where the event does not happen: 3, and more the further the course
             stays from it. A peak within the span: that of the parabola through its highest value and the two beside
             it, 1 at most. A peak elsewhere: 1, and log(highest / highest within the span) / log(1.25) more, because
             the day of a flat top is random while its height is not.
ordering     as a bound, for its smallest step; days with a margin of one day
correlation  as a bound at 0 on the plain scale; the margin is 1.96 over the root of the number of animals less 3
shape        how far the fit falls short of its limit (R2 below 0.90, a step back above 5 %), in units of 0.10
===========  =========================================================================================================
"""

import math

import numpy as np

from neurogen_abm.experiments.statistics import Array
from neurogen_abm.experiments.studies import verdicts
from neurogen_abm.experiments.studies.observations import Observations
from neurogen_abm.experiments.studies.scoring import Score, course_of, level_of
from neurogen_abm.experiments.studies.verdicts import Accepted
from neurogen_abm.spec.study.expectations import Correlation, Event, Expectation, Ordering, Shape, Timing
from neurogen_abm.spec.study.terms import terms

_LEAST_MARGIN, _LARGEST_MARGIN = 0.02, math.log(verdicts.EQUIVALENCE[1])
_NEVER = 3.0
_SHAPE_UNIT = 0.10
# Nothing counted where something was found is this many times too little: very far, but finite.
_NOTHING = 1e-3


def residual(expectation: Expectation, score: Score, observations: Observations) -> float:
    """Return the residual of one expectation; NaN where none could be computed."""
    found, accepted = score.simulated, score.accepted
    if isinstance(expectation, Timing):
        return _timing(expectation, observations, accepted)
    if not math.isfinite(found.value):
        return math.nan
    if isinstance(expectation, Correlation):
        side = 1.0 if expectation.sign == "positive" else -1.0
        return short_of(side * found.value, verdicts.STANDARD_ERRORS / math.sqrt(max(found.n - 3, 1)))
    if isinstance(expectation, Shape):
        beyond = accepted.low - found.value if found.value < accepted.low else found.value - accepted.high
        return max(0.0, beyond) / _SHAPE_UNIT
    if isinstance(expectation, Ordering) and accepted.low == 0.0:
        return short_of(found.value, verdicts.LEAST_DAYS)
    published = 1.0 if expectation.kind == "null" else getattr(expectation, "value", None)
    if published is None and (math.isinf(accepted.low) or math.isinf(accepted.high)):
        return _bound(found.value, found.error, accepted)
    return centred(found.value, accepted, published)


def tempered(value: float, beyond: float | None) -> float:
    """Return a residual whose square grows only linearly ``beyond`` some size (Huber 1964); None leaves it.

    One expectation that no numbers can meet would else draw all of them to where it is missed a little less.
    """
    size = abs(value)
    if beyond is None or not size > beyond:
        return value
    return math.copysign(math.sqrt(2.0 * beyond * size - beyond * beyond), value)


def short_of(inside: float, margin: float) -> float:
    """Return 1 at a bound, 0 from ``margin`` inside on, and more outside; ``inside`` is how far beyond the bound."""
    return max(0.0, 1.0 - inside / margin)


def centred(value: float, accepted: Accepted, published: float | None) -> float:
    """Return how far a value lies from the published one, in distances from there to the edge on its side.

    Where only a span was published (None), its middle counts; a side without an edge adds nothing.
    """
    low, high = accepted
    log = low > 0 or (math.isinf(low) and published is not None and published > 0 and value > 0)
    scale = math.log if log else float
    if log and value <= 0:
        value = _NOTHING * low
    x, ends = scale(value), [scale(end) if math.isfinite(end) else end for end in (low, high)]
    middle = scale(published) if published is not None else sum(ends) / 2
    edge = ends[1] if x >= middle else ends[0]
    if math.isinf(edge):
        return 0.0
    # A value published at the very edge of its span leaves hardly any room on that side.
    width = ends[1] - ends[0]
    return (x - middle) / max(abs(edge - middle), 0.02 * width if math.isfinite(width) else 1e-9)


def _bound(value: float, error: float, accepted: Accepted) -> float:
    above = math.isinf(accepted.high)
    bound = accepted.low if above else accepted.high
    side = 1.0 if above else -1.0
    relative = verdicts.STANDARD_ERRORS * error / abs(value) if value and math.isfinite(error) else 0.0
    margin = min(max(relative, _LEAST_MARGIN), _LARGEST_MARGIN)
    if bound > 0:
        return short_of(side * math.log(max(value, _NOTHING * bound) / bound), margin)
    # A bound at zero or below has no logarithm; a tenth stands for a fraction of it.
    return short_of(side * (value - bound), margin * (abs(bound) or 0.1))


def _timing(expectation: Timing, observations: Observations, accepted: Accepted) -> float:
    (term,) = terms(expectation, tuple(observations.arms))
    times_h, course = course_of(observations, term)
    if not np.isfinite(course).any():
        return math.nan
    level = level_of(expectation.level, expectation.event, course, is_ratio=term.bottom is not None)
    day = smooth_day(times_h / 24, course, expectation.event, level)
    if math.isnan(day):
        least, most = float(np.nanmin(course)), float(np.nanmax(course))
        near = least if expectation.event == "first_below" else most
        gap = abs(math.log(near / level)) if near > 0 and level > 0 else 1.0
        return _NEVER + gap / _LARGEST_MARGIN
    if expectation.event == "peak" and (miss := _missed_peak(times_h / 24, course, accepted)) is not None:
        return miss
    value_h = expectation.value_h
    if value_h is None and (math.isinf(accepted.low) or math.isinf(accepted.high)):
        inside = accepted.high - day if math.isinf(accepted.low) else day - accepted.low
        return short_of(inside, verdicts.LEAST_DAYS)
    published = None if value_h is None else value_h / 24
    middle = published if published is not None else (accepted.low + accepted.high) / 2
    edge = accepted.high if day >= middle else accepted.low
    distance = 0.0 if math.isinf(edge) else (day - middle) / max(abs(edge - middle), verdicts.LEAST_DAYS / 2)
    return min(max(distance, -1.0), 1.0) if expectation.event == "peak" else distance


def _missed_peak(days: Array, course: Array, accepted: Accepted) -> float | None:
    """Return the residual of a peak outside the accepted days; None where it lies inside, or there is none."""
    inside = (days >= accepted.low) & (days <= accepted.high) & np.isfinite(course)
    if not inside.any() or not np.max(course[inside]) > 0:
        return None
    top = int(np.nanargmax(course))
    if inside[top]:
        return None
    lack = math.log(float(course[top]) / float(np.max(course[inside])))
    return math.copysign(1.0 + lack / _LARGEST_MARGIN, float(days[top]) - accepted.low)


def smooth_day(days: Array, course: Array, event: Event, level: float) -> float:
    """Return the day of an event between the rising days of a course; NaN where it does not happen.

    ``peak``; or ``first_above``, ``last_above``, ``first_below`` of ``level``.
    """
    known = np.isfinite(course)
    days, course = days[known], course[known]
    if not days.size:
        return math.nan
    if event == "peak":
        return _summit(days, course)
    side = -1.0 if event == "first_below" else 1.0
    above = side * (course - level)
    if not (above > 0).any():
        return math.nan
    if event == "last_above":
        last = int(np.flatnonzero(above > 0)[-1])
        return float(days[last]) if last == len(days) - 1 else _crossing(days, above, last, last + 1)
    first = int(np.flatnonzero(above > 0)[0])
    return float(days[0]) if first == 0 else _crossing(days, above, first - 1, first)


def _crossing(days: Array, above: Array, one: int, other: int) -> float:
    share = above[one] / (above[one] - above[other])
    return float(days[one] + share * (days[other] - days[one]))


def _summit(days: Array, course: Array) -> float:
    """Return the day of the top of the parabola through the highest value and its neighbours; at an end, that day."""
    top = int(np.argmax(course))
    if not course[top] > 0:
        return math.nan
    if top in (0, len(days) - 1):
        return float(days[top])
    x, y = days[top - 1 : top + 2] - days[top], course[top - 1 : top + 2] - course[top]
    # Through (0, 0): y = a x^2 + b x; both neighbours lie at or below the top, so that a < 0 or all are level.
    a = (y[0] / x[0] - y[2] / x[2]) / (x[0] - x[2])
    b = y[0] / x[0] - a * x[0]
    return float(days[top]) if a >= 0 else float(np.clip(days[top] - b / (2 * a), *days[[top - 1, top + 1]]))

"""From what animals showed to a score of each expectation: how probable the finding is, and how that reads."""

import math
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.experiments.statistics import (
    CONFIDENCE,
    Array,
    Statistic,
    correlation,
    mean,
    ratio,
    setback,
    straightness,
)
from neurogen_abm.experiments.studies import evidence, verdicts
from neurogen_abm.experiments.studies.days import day_of_event, days_between
from neurogen_abm.experiments.studies.likelihood import Likelihood, Simulated
from neurogen_abm.experiments.studies.observations import Observations
from neurogen_abm.experiments.studies.verdicts import EQUIVALENCE, Accepted, Verdict
from neurogen_abm.spec.study.expectations import (
    Absolute,
    Bound,
    Correlation,
    Expectation,
    Item,
    Null,
    Ordering,
    Ratio,
    Shape,
    Timing,
)
from neurogen_abm.spec.study.study import Study
from neurogen_abm.spec.study.terms import Quantity, Whole, event_of, terms, without_shared

# What is called above or below in a course without denominator: this share of its largest value.
_TRACE = 0.05


class Score(NamedTuple):
    """The verdict on one expectation."""

    # What the animals say: a day for timing, R2 or the largest setback for a shape, the smallest step of an ordering.
    simulated: Statistic
    accepted: Accepted  # the span that passes; infinite where the rule has none
    by_span: Verdict  # the verdict of the span alone, as if the paper knew no error
    z: float  # standard errors between published and simulated, NaN where the published one is not known
    likelihood: Likelihood | None  # None of the shape of a course
    said: tuple[Simulated, ...] = ()  # what the likelihood judges: see `evidence.likelihood_of`
    unspoken: str = ""  # why the model does not speak on the finding

    @property
    def verdict(self) -> Verdict:
        """How the likelihood reads; of the shape of a course, the verdict of the span."""
        return self.by_span if self.likelihood is None else self.likelihood.reading


def score(study: Study, expectation: Expectation, observations: Observations) -> Score:
    """Score one expectation of a study."""
    written = list(terms(expectation, tuple(observations.arms)))
    found, accepted, verdict = _judged(expectation, observations, written)
    value = getattr(expectation, "value", None)
    z = verdicts.z_score(found, value, getattr(expectation, "standard_error", None))
    said = _said(expectation, observations, written, found)
    judged = evidence.likelihood_of(study, expectation, observations.arms, said)
    return Score(found, accepted, verdict, z, judged, said)


def _said(
    expectation: Expectation, observations: Observations, written: list[Whole], found: Statistic
) -> tuple[Simulated, ...]:
    """Return what the animals say, on the scales of `evidence.likelihood_of`; nothing of the shape of a course."""
    if isinstance(expectation, Shape):
        return ()
    if isinstance(expectation, Timing):
        return (evidence.of_a_day(found),)
    if isinstance(expectation, Correlation):
        return (evidence.of_a_correlation(found),)
    if isinstance(expectation, Ordering):
        pairs = zip(expectation.items, without_shared(expectation, written), strict=True)
        return tuple(_item(expectation, observations, *pair) for pair in pairs)
    return (evidence.on_logarithm(found),)


def _item(expectation: Ordering, observations: Observations, item: Item, term: Whole) -> Simulated:
    """Return what the animals say of an item of an order, on the logarithm; of a day as well."""
    event = event_of(item, expectation)
    return evidence.on_logarithm(
        number_of(observations, term) if event is None else _day(observations, term, event, None)
    )


def _judged(
    expectation: Expectation, observations: Observations, written: list[Whole]
) -> tuple[Statistic, Accepted, Verdict]:
    if isinstance(expectation, Timing):
        found = _day(observations, written[0], expectation.event, expectation.level)
        hours = (expectation.value_h, expectation.low_h, expectation.high_h)
        span = verdicts.day_span(*(None if time_h is None else time_h / 24 for time_h in hours))
        return found, span, verdicts.within(found, span, logarithmic=False)
    if isinstance(expectation, Ordering):
        return _order(expectation, observations, written)
    if isinstance(expectation, Correlation):
        found = _correlation(observations, written)
        return found, verdicts.open_span(None, None), verdicts.together(found, expectation.sign)
    if isinstance(expectation, Shape):
        return _shape(expectation, observations, written[0])
    found = number_of(observations, written[0])
    return found, *_against(expectation, found)


def _against(expectation: Ratio | Bound | Null | Absolute, found: Statistic) -> tuple[Accepted, Verdict]:
    """Judge a number by what its expectation published."""
    if isinstance(expectation, Bound):
        span = verdicts.open_span(expectation.gt, expectation.lt)
        return span, verdicts.beyond(found, gt=expectation.gt, lt=expectation.lt)
    if isinstance(expectation, Null):
        span = Accepted(*EQUIVALENCE)
    else:
        span = verdicts.span_of(expectation.value, expectation.low, expectation.high, expectation.standard_error)
    return span, verdicts.within(found, span)


def number_of(observations: Observations, term: Whole) -> Statistic:
    """Return a term that is one number: a mean, a share, or a ratio of either."""
    top, bottom = term.top, term.bottom
    if bottom is None and not top.per:
        return mean(observations.values(top) * observations.scale(top))
    tops, bottoms = [observations.values(top)], []
    if top.per:
        bottoms.append(observations.values(top.shared))
    if bottom is not None:
        bottoms.append(observations.values(bottom) * _relative(observations, top, bottom))
        if bottom.per:
            tops.append(observations.values(bottom.shared))
    return ratio(tops, bottoms)


def _relative(observations: Observations, top: Quantity, bottom: Quantity) -> float:
    """Return what makes counts of tissues of two sizes comparable."""
    return observations.scale(bottom) / observations.scale(top)


def course_of(
    observations: Observations, term: Whole, animals: NDArray[np.intp] | slice = slice(None)
) -> tuple[Array, Array]:
    """Return hours and the course of a term over some animals: a mean, a share of means, or their ratio."""
    times_h = observations.times_h(term.top)

    def mean_course(quantity: Quantity) -> Array:
        here = quantity._replace(times_h=tuple(times_h))
        whole = np.nanmean(observations.values(here)[animals], axis=0)
        return whole / np.nanmean(observations.values(here.shared)[animals], axis=0) if here.per else whole

    with np.errstate(divide="ignore", invalid="ignore"):
        course = mean_course(term.top)
        if term.bottom is not None:
            course = course / (mean_course(term.bottom) * _relative(observations, term.top, term.bottom))
        else:
            course = course * observations.scale(term.top)
    return times_h, course


def _n_animals(observations: Observations, term: Whole) -> int:
    return min(len(observations.jobs[quantity.arm]) for quantity in term.quantities)


def level_of(given: float | None, event: str, course: Array, *, is_ratio: bool) -> float:
    """Return above or below what the event of a course lies."""
    if is_ratio:
        return given if given is not None else EQUIVALENCE[0] if event == "first_below" else EQUIVALENCE[1]
    top = float(np.nanmax(course)) if np.isfinite(course).any() else math.nan
    return (given if given is not None else _TRACE) * top


def _day(
    observations: Observations, term: Whole, event: str, level: float | None, error: float = 1 - CONFIDENCE
) -> Statistic:
    """Return the day of an event in the average course of the animals, with the days on which it may have been."""
    complete = _complete(observations, term)

    def course(animals: NDArray[np.intp]) -> Array:
        return course_of(observations, term, complete[animals])[1]

    def level_in(part: Array) -> float:
        return level_of(level, event, part, is_ratio=term.bottom is not None)

    days = observations.times_h(term.top) / 24
    return day_of_event(days, course, len(complete), event, level_in, error)


def _complete(observations: Observations, term: Whole) -> NDArray[np.intp]:
    """Return the places of the animals that ran in every arm of a term; a twin that failed leaves its pair out."""
    n = _n_animals(observations, term)
    times_h = tuple(observations.times_h(term.top))
    quantities = [quantity._replace(times_h=times_h) for quantity in term.quantities]
    parts = [part for quantity in quantities for part in (quantity, quantity.shared) if part.read]
    values = [np.isfinite(observations.values(part)[:n]) for part in parts]
    ran = [value.any(axis=1) if value.ndim > 1 else value for value in values]
    return np.flatnonzero(np.all(ran, axis=0))


def _order(
    expectation: Ordering, observations: Observations, written: list[Whole]
) -> tuple[Statistic, Accepted, Verdict]:
    """Judge an order by its smallest step: ratios of numbers, differences of days."""
    items = list(zip(expectation.items, written, strict=True))
    items = items if expectation.order == "rising" else items[::-1]
    events = [event_of(item, expectation) for item, _ in items]
    equality = 0.0 if any(events) else 1.0
    steps = []
    for ((_, first), early), ((_, second), late) in pairwise(zip(items, events, strict=True)):
        if early is not None and late is not None:
            pairs = ((first, early), (second, late))
            steps.append(days_between(*(_day(observations, *pair, None, (1 - CONFIDENCE) / 2) for pair in pairs)))
        else:
            steps.append(_step(observations, first, second))
    smallest = min(steps, key=lambda step: -math.inf if math.isnan(step.value) else step.value)
    return smallest, Accepted(equality, math.inf), verdicts.ordered(steps, equality)


def _step(observations: Observations, first: Whole, second: Whole) -> Statistic:
    """Return the ratio of the second number over the first, over twins."""
    parts: tuple[list[Array], list[Array]] = ([], [])
    for term, side in ((second, 0), (first, 1)):
        for quantity, flip in ((term.top, 0), (term.bottom, 1)):
            if quantity is None:
                continue
            scale = observations.scale(quantity)
            parts[side ^ flip].append(observations.values(quantity) * scale)
            if quantity.per:
                parts[1 - (side ^ flip)].append(observations.values(quantity.shared))
    return ratio(*parts)


def _correlation(observations: Observations, written: list[Whole]) -> Statistic:
    """Return the correlation of two observations over the animals of one arm or several."""
    both: tuple[list[Array], list[Array]] = ([], [])
    for number, term in enumerate(written):
        values = observations.values(term.top) * observations.scale(term.top)
        if term.top.per:
            values = values / observations.values(term.top.shared)
        both[number % 2].append(values)
    y, x = (np.concatenate(part) for part in both)
    kept = np.isfinite(x) & np.isfinite(y)
    return correlation(x[kept], y[kept])


def _shape(expectation: Shape, observations: Observations, term: Whole) -> tuple[Statistic, Accepted, Verdict]:
    """Judge the course of a term: the fit of a law, or that it never turns."""
    times_h, course = course_of(observations, term)
    n = _n_animals(observations, term)
    if expectation.gained:
        times_h, course = (times_h[1:] + times_h[:-1]) / 2, np.diff(course) / np.diff(times_h)
    if expectation.form in ("rising", "falling"):
        largest = setback(course, expectation.form)
        return Statistic(largest, n=n), Accepted(0.0, verdicts.SETBACK), verdicts.steady(largest)
    age_h = observations.arms[term.top.arm].scenario.age_h + times_h
    r2 = straightness(np.log(age_h) if expectation.form == "power" else age_h, course)
    return Statistic(r2, n=n), Accepted(verdicts.ADEQUATE, 1.0), verdicts.adequate(r2)

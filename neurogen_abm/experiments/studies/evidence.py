"""What each finding of a study can support, given how many animals the paper had and how they differ."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from neurogen_abm.experiments.statistics import Statistic
from neurogen_abm.experiments.studies import likelihood
from neurogen_abm.experiments.studies.likelihood import Likelihood, Outcome, Precision, Simulated
from neurogen_abm.experiments.studies.verdicts import STANDARD_ERRORS, day_span
from neurogen_abm.spec.scenario.histology import AGENTS
from neurogen_abm.spec.study.arms import Arm
from neurogen_abm.spec.study.expectations import (
    Absolute,
    Bound,
    Correlation,
    Expectation,
    Measured,
    Null,
    Ordering,
    Ratio,
    Shape,
    Timing,
)
from neurogen_abm.spec.study.study import Study
from neurogen_abm.spec.study.terms import Quantity, Whole, terms, without_shared

# What a count is called by: the first of these that its conditions name. The catalogue says how animals differ in each.
_CLASSES = {"ki67": "ki67", "pcna": "ki67", "mcm2": "ki67", "dcx": "dcx", "prox1": "dcx", "apoptotic": "dying"}
_COUNTING = "histology.counting"
# Levels of BDNF in tissue and blood: the beginning of what measures and columns of them are called. How animals differ
# in them was not read, so that they have the spread of everything else.
_BDNF, _SPREAD_OF = "bdnf", {"bdnf": "other"}


class Finding(NamedTuple):
    """A finding that is one number, and how well the paper knew it."""

    expectation: Ratio | Bound | Null | Absolute
    assay: str
    precision: Precision

    @property
    def tests_a_difference(self) -> Outcome | None:
        """Which outcome of a test the paper reports, None where it reports a number or another bound."""
        entry = self.expectation
        if isinstance(entry, Null):
            return "no difference"
        if isinstance(entry, Bound) and entry.over is not None and 1.0 in (entry.gt, entry.lt):
            return "raised" if entry.gt is not None else "lowered"
        return None

    def of(self, said: Simulated) -> Likelihood:
        """Return the likelihood of the finding if the truth is as said, on the logarithm."""
        entry = self.expectation
        if (outcome := self.tests_a_difference) is not None:
            return likelihood.of_outcome(outcome, self.precision, said)
        if isinstance(entry, Ratio | Absolute) and entry.value is not None:
            return likelihood.of_number(_log(entry.value), self.precision, said)
        ends = (entry.gt, entry.lt) if isinstance(entry, Bound) else (entry.low, entry.high)  # type: ignore[union-attr]
        low, high = (_log(end) if end is not None else None for end in ends)
        return likelihood.of_span(
            -math.inf if low is None else low, math.inf if high is None else high, self.precision, said
        )


def assay_class(arm: Arm, quantity: Quantity) -> str:
    """Return how a reading is counted, as the catalogue sorts the spread of counts: ki67, dcx, label, dying, other.

    Levels of BDNF are a class of their own, bdnf.
    """
    own = {assay.name: assay for assay in arm.scenario.assays}
    for name in quantity.read:
        if ((own[name].measure or "") if name in own else name).startswith(_BDNF):
            return _BDNF
        for term in own[name].terms if name in own else ():
            if term.name in AGENTS:
                return "label"
            if term.name.lower() in _CLASSES:
                return _CLASSES[term.name.lower()]
    return "other"


def animals_of(study: Study, expectation: Expectation, arm: Arm, *, below: bool = False) -> int:
    """Return how many animals a group of the paper had: as the finding says, or the study, or else as is usual.

    ``below``: the group that another is set over, of which the finding may say more.
    """
    for measured in (expectation.measured, study.measured):
        if below and measured is not None and measured.over_animals is not None:
            return measured.over_animals
        if measured is not None and measured.animals is not None:
            return measured.animals
    return round(arm.resolved.value(f"{_COUNTING}.animals", "1"))


def spread_of(study: Study, expectation: Expectation, arm: Arm, quantity: Quantity, *, below: bool = False) -> float:
    """Return the coefficient of variation between the animals of a group of the paper, what counting adds included."""
    for measured in (expectation.measured, study.measured):
        if below and measured is not None and measured.over_spread is not None:
            return measured.over_spread
        if measured is not None and measured.spread is not None:
            return measured.spread
    counted = assay_class(arm, quantity)
    return float(arm.resolved.value(f"{_COUNTING}.spread_{_SPREAD_OF.get(counted, counted)}", "1"))


def error_of(study: Study, expectation: Expectation, arms: Mapping[str, Arm], term: Whole) -> float:
    """Return the standard error of a term in the paper, on the logarithm: its groups are different animals."""
    return math.sqrt(sum(variance for variance, _ in _groups(study, expectation, arms, term)))


def _groups(
    study: Study, expectation: Expectation, arms: Mapping[str, Arm], term: Whole
) -> Iterator[tuple[float, int]]:
    """Yield the squared standard error of the mean of each group, on the logarithm, and its number of animals."""
    for quantity in term.quantities:
        arm, below = arms[quantity.arm], quantity is term.bottom
        n = animals_of(study, expectation, arm, below=below)
        spread = spread_of(study, expectation, arm, quantity, below=below)
        across = term.bottom is not None and term.bottom.arm != term.top.arm
        variance = (
            spread**2 / n if (m := _of_litters(study, expectation)) is None else _in_litters(m, spread, n, across)
        )
        yield variance, n


def _of_litters(study: Study, expectation: Expectation) -> Measured | None:
    """Return what is known of the litters of the paper; None where nothing is."""
    said = (entry for entry in (expectation.measured, study.measured) if entry is not None)
    known = next((entry for entry in said if entry.spread is not None), None)  # the litters' spread is a part of it
    return known if known is not None and known.litters is not None else None


def _in_litters(measured: Measured, spread: float, n: int, across: bool) -> float:
    """Return the squared standard error of the mean of n animals from litters, on the logarithm.

    Litter mates are alike, so that many of few litters tell less than as many of one each. Where every litter gave
    animals to both groups (``across``: the groups are two), what its mates have in common cancels in their ratio.
    """
    assert measured.litters is not None
    assert measured.litter_spread is not None
    between = measured.litter_spread**2
    within = spread**2 - between
    return within / n if measured.litters_shared and across else within / n + between / min(measured.litters, n)


def _freedom(study: Study, expectation: Expectation, arms: Mapping[str, Arm], term: Whole) -> float:
    """Return the degrees of freedom: those of Welch where the paper says how each of two groups differs."""
    if (litters := _of_litters(study, expectation)) is not None and litters.litters is not None:
        # Of groups from own litters no more can be known than of as many animals as there are litters.
        return float(len(term.quantities) * (litters.litters - 1))
    said = (expectation.measured, study.measured)
    if any(measured is not None and measured.over_spread is not None for measured in said):
        groups = list(_groups(study, expectation, arms, term))
        return sum(v for v, _ in groups) ** 2 / sum(v**2 / (n - 1) for v, n in groups)
    return sum(
        animals_of(study, expectation, arms[term.top.arm], below=quantity is term.bottom) - 1
        for quantity in term.quantities
    )


def finding(study: Study, expectation: Expectation, arms: Mapping[str, Arm]) -> Finding | None:
    """Return a finding that is one number; None of days, orders, correlations and shapes."""
    if not isinstance(expectation, Ratio | Bound | Null | Absolute):
        return None
    (term,) = terms(expectation, tuple(arms))
    arm = arms[term.top.arm]
    freedom = _freedom(study, expectation, arms, term)
    error = _published_error(expectation) or error_of(study, expectation, arms, term)
    return Finding(expectation, assay_class(arm, term.top), Precision(error, freedom))


def _published_error(expectation: Ratio | Bound | Null | Absolute) -> float | None:
    """Return the standard error that a paper states, on the logarithm: by itself, or as an interval of 95 %."""
    if not isinstance(expectation, Ratio | Absolute) or expectation.value is None:
        return None
    if expectation.standard_error is not None:
        return expectation.standard_error / abs(expectation.value)
    if expectation.low and expectation.high:
        return math.log(expectation.high / expectation.low) / (2 * STANDARD_ERRORS)
    return None


def on_logarithm(found: Statistic) -> Simulated:
    """Return what the animals say, on the logarithm; nothing where a count is 0."""
    if not found.value > 0.0:
        return Simulated(math.nan)
    return Simulated(math.log(found.value), found.error / found.value if math.isfinite(found.error) else 0.0)


def likelihood_of(
    study: Study, expectation: Expectation, arms: Mapping[str, Arm], said: Sequence[Simulated]
) -> Likelihood | None:
    """Return the likelihood of a finding if the truth is as said; None of the shape of a course.

    ``said`` holds one entry, of an order one an item. Numbers are on the logarithm, days as they are, a correlation by
    Fisher's transform.
    """
    if isinstance(expectation, Shape):
        return None
    if isinstance(expectation, Timing):
        return _of_day(expectation, *said)
    written = list(terms(expectation, tuple(arms)))
    if isinstance(expectation, Correlation):
        animals = sum(animals_of(study, expectation, arms[term.top.arm]) for term in written[::2])
        return likelihood.of_transformed(said[0], animals, expectation.sign)
    if isinstance(expectation, Ordering):
        errors = [error_of(study, expectation, arms, term) for term in without_shared(expectation, written)]
        side = slice(None) if expectation.order == "rising" else slice(None, None, -1)
        return likelihood.of_order(said[side], errors[side])
    number = finding(study, expectation, arms)
    assert number is not None
    return number.of(said[0])


def precision_of(study: Study, expectation: Expectation, arms: Mapping[str, Arm]) -> Precision | None:
    """Return how well a paper knew its number or its day; None of orders, correlations and shapes."""
    if isinstance(expectation, Timing):
        return _precision_of_day(expectation)
    number = finding(study, expectation, arms)
    return None if number is None else number.precision


def of_a_day(found: Statistic) -> Simulated:
    """Return what the animals say of a day, which has no standard error; its interval, of 95 %, gives one."""
    return Simulated(found.value, (found.high - found.low) / (2 * STANDARD_ERRORS) if found.known else 0.0)


def of_a_correlation(found: Statistic) -> Simulated:
    """Return what the animals say of a correlation, by Fisher's transform, which makes it a number with an error."""
    r = found.value
    if not math.isfinite(r) or abs(r) >= 1.0:
        return Simulated(math.nan)
    return Simulated(math.atanh(r), found.error / (1 - r * r) if math.isfinite(found.error) else 0.0)


def _days(expectation: Timing) -> tuple[float | None, float | None, float | None]:
    hours = (expectation.value_h, expectation.low_h, expectation.high_h)
    value, low, high = (None if time_h is None else time_h / 24 for time_h in hours)
    return value, low, high


def _precision_of_day(expectation: Timing) -> Precision:
    """Return how well a day is known: published days are as wide as they are accepted."""
    value, low, high = _days(expectation)
    centre = value if value is not None else low if low is not None else high
    assert centre is not None
    accepted = day_span(centre, None, None)
    return Precision((accepted.high - accepted.low) / (2 * STANDARD_ERRORS), math.inf)


def _of_day(expectation: Timing, said: Simulated) -> Likelihood:
    """Return the likelihood of the day of an event."""
    value, low, high = _days(expectation)
    precision = _precision_of_day(expectation)
    if value is not None and low is None and high is None:
        return likelihood.of_number(value, precision, said)
    return likelihood.of_span(-math.inf if low is None else low, math.inf if high is None else high, precision, said)


def _log(value: float) -> float:
    return math.log(value) if value > 0.0 else -math.inf

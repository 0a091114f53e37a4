"""The rules of the score card on numbers whose verdict can be worked out by hand."""

import math

import pytest

from neurogen_abm.experiments.statistics import Statistic
from neurogen_abm.experiments.studies import verdicts
from neurogen_abm.experiments.studies.verdicts import Accepted, beyond, day_span, ordered, span_of, together, within

INF = math.inf


def sure(value: float, width: float = 0.01) -> Statistic:
    """Return an estimate with a narrow interval."""
    return Statistic(value, value - width, value + width, width / 2, 8)


@pytest.mark.parametrize(
    ("given", "low", "high"),
    [
        ((2.0, None, None), 1.6, 2.5),  # the band of equivalence around the value
        ((2.0, 1.8, 2.1), 1.8, 2.1),  # what was published wins
        ((None, 1.5, None), 1.5, INF),
        ((None, None, 0.2), -INF, 0.2),
        ((-2.0, None, None), -2.5, -1.6),
        ((7.09, None, None, 0.55), 7.09 - 1.96 * 0.55, 7.09 + 1.96 * 0.55),
    ],
)
def test_what_is_accepted(given, low, high):
    assert span_of(*given) == pytest.approx((low, high))


@pytest.mark.parametrize(
    ("given", "low", "high"),
    [((20.0, None, None), 15, 25), ((3.0, None, None), 2, 4), ((None, 14.0, None), 14, INF), ((3.0, 1.0, 4.0), 1, 4)],
)
def test_which_days_are_accepted(given, low, high):
    assert day_span(*given) == pytest.approx((low, high))


@pytest.mark.parametrize(
    ("value", "verdict"),
    [(2.0, "pass"), (1.6, "pass"), (2.5, "pass"), (1.55, "near"), (3.1, "near"), (1.2, "fail"), (3.2, "fail")],
)
def test_a_ratio_of_two(value, verdict):
    # 1.6 to 2.5 is a step of 1.25 to each side; twice as wide it is 1.28 to 3.125
    assert within(sure(value), span_of(2.0, None, None)) == verdict


def test_an_interval_that_reaches_into_the_span_is_near():
    span = span_of(2.0, None, None)
    assert within(Statistic(1.2, 0.8, 1.7, 0.2, 4), span) == "near"
    assert within(Statistic(1.2, 0.8, 1.5, 0.2, 4), span) == "fail"
    assert within(Statistic(1.2), span) == "fail"
    assert within(Statistic(math.nan), span) == "fail"


@pytest.mark.parametrize(
    ("value", "verdict"), [(1.0, "pass"), (0.8, "pass"), (1.3, "near"), (0.65, "near"), (0.6, "fail"), (1.6, "fail")]
)
def test_no_difference(value, verdict):
    assert within(sure(value), Accepted(*verdicts.EQUIVALENCE)) == verdict


def test_open_spans_widen_by_a_quarter():
    assert Accepted(1.5, INF).twice(logarithmic=True) == pytest.approx((1.2, INF))
    assert Accepted(-INF, 0.2).twice(logarithmic=True) == pytest.approx((-INF, 0.25))
    assert Accepted(2.0, 4.0).twice(logarithmic=False) == pytest.approx((1.0, 5.0))


@pytest.mark.parametrize(
    ("estimate", "verdict"),
    [
        (Statistic(1.5, 1.2, 1.9), "pass"),
        (Statistic(1.5, 0.9, 2.4), "near"),  # right, but not sure
        (Statistic(0.9, 0.7, 1.2), "near"),  # wrong, but not sure
        (Statistic(0.9, 0.8, 0.95), "fail"),
        (Statistic(1.5), "near"),  # one animal
        (Statistic(0.9), "fail"),
        (Statistic(1.0, 1.0, 1.0), "fail"),
        (Statistic(math.nan), "fail"),
    ],
)
def test_a_bound_from_below(estimate, verdict):
    assert beyond(estimate, gt=1.0) == verdict


@pytest.mark.parametrize(
    ("estimate", "verdict"),
    [(Statistic(0.1, 0.05, 0.15), "pass"), (Statistic(0.1, 0.05, 0.3), "near"), (Statistic(0.4, 0.3, 0.5), "fail")],
)
def test_a_bound_from_above(estimate, verdict):
    assert beyond(estimate, lt=0.2) == verdict


@pytest.mark.parametrize(("value", "verdict"), [(3.0, "pass"), (4.0, "pass"), (5.0, "near"), (5.5, "fail")])
def test_a_day(value, verdict):
    assert within(sure(value), day_span(3.0, None, None), logarithmic=False) == verdict


def test_an_order():
    up, flat, down = Statistic(1.3, 1.1, 1.5), Statistic(0.97, 0.9, 1.05), Statistic(0.7, 0.6, 0.8)
    assert ordered([up, up], 1.0) == "pass"
    assert ordered([up, flat], 1.0) == "near"
    assert ordered([up, down], 1.0) == "fail"
    assert ordered([up, Statistic(math.nan)], 1.0) == "fail"
    assert ordered([Statistic(3.0, -1.0, 5.0)], 0.0) == "pass"  # days between two events


def test_a_correlation():
    assert together(Statistic(0.8, 0.3, 0.95), "positive") == "pass"
    assert together(Statistic(0.4, -0.3, 0.8), "positive") == "near"
    assert together(Statistic(-0.4, -0.8, 0.3), "positive") == "fail"
    assert together(Statistic(-0.8, -0.95, -0.3), "negative") == "pass"
    assert together(Statistic(math.nan), "positive") == "fail"


def test_a_shape():
    assert [verdicts.adequate(r2) for r2 in (0.95, 0.85, 0.5, math.nan)] == ["pass", "near", "fail", "fail"]
    assert [verdicts.steady(step) for step in (0.0, 0.1, 0.5, math.nan)] == ["pass", "near", "fail", "fail"]


def test_z_needs_both_errors():
    estimate = Statistic(6.0, 5.0, 7.0, 0.4)
    assert verdicts.z_score(estimate, 7.0, 0.3) == pytest.approx(-2.0)
    assert math.isnan(verdicts.z_score(estimate, 7.0, None))
    assert math.isnan(verdicts.z_score(Statistic(6.0), 7.0, 0.3))

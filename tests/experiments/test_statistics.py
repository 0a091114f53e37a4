"""Means, ratios, days, correlations and shapes on numbers made for it; intervals cover what they should."""

import math

import numpy as np
import pytest
from scipy import stats

from neurogen_abm.experiments import statistics
from neurogen_abm.experiments.statistics import event_day, ratio, setback, straightness
from neurogen_abm.experiments.studies.days import day_of_event, days_between, possible_days


def test_a_mean_with_students_interval():
    found = statistics.mean([1.0, 2.0, 3.0, math.nan])
    assert found.value == 2.0
    assert found.n == 3
    assert found.high - 2.0 == pytest.approx(4.3027 / math.sqrt(3), rel=1e-4)
    assert not statistics.mean([5.0]).known
    assert math.isnan(statistics.mean([math.nan]).value)


def test_twins_share_what_cancels():
    animals = np.array([80.0, 100.0, 140.0, 90.0])
    exact = ratio([2 * animals], [animals])
    assert exact.value == pytest.approx(2.0)
    assert exact.high - exact.low == pytest.approx(0.0, abs=1e-9)
    independent = ratio([2 * animals[::-1]], [animals])
    assert independent.high / independent.low > 1.5


def test_a_share_over_a_share():
    top, per, bottom, bottom_per = (np.array([x, x]) for x in (6.0, 3.0, 4.0, 4.0))
    assert ratio([top, bottom_per], [per, bottom]).value == pytest.approx(2.0)


def test_a_pair_without_a_twin_is_left_out():
    found = ratio([np.array([2.0, math.nan, 6.0])], [np.array([1.0, 5.0, 3.0, 9.0])])
    assert found.value == pytest.approx(2.0)
    assert found.n == 2


def test_nothing_over_something_and_something_over_nothing():
    none, some = np.zeros(3), np.ones(3)
    assert ratio([none], [some]).value == 0.0
    assert math.isnan(ratio([some], [none]).value)


def test_the_interval_of_a_ratio_covers_the_truth_about_as_often_as_it_says():
    draws = np.random.Generator(np.random.Philox(7))
    held = 0
    for _ in range(400):
        animals = draws.lognormal(0.0, 0.3, 8)
        found = ratio([2.0 * animals * draws.lognormal(0.0, 0.2, 8)], [animals * draws.lognormal(0.0, 0.2, 8)])
        held += found.low <= 2.0 <= found.high
    assert 0.90 <= held / 400 <= 0.99


def test_days_of_events():
    days = np.array([1.0, 3.0, 7.0, 14.0])
    course = np.array([1.1, 1.6, 1.3, 0.7])
    assert event_day(days, course, "peak", 0.0) == 3.0
    assert event_day(days, course, "first_above", 1.25) == 3.0
    assert event_day(days, course, "last_above", 1.25) == 7.0
    assert event_day(days, course, "first_below", 0.8) == 14.0
    assert event_day(days, course, "first_above", 1.3) == event_day(days, course, "last_above", 1.1) - 4.0 == 3.0
    assert math.isnan(event_day(days, course, "first_above", 1.6))
    assert math.isnan(event_day(days, course, "first_below", 0.7))
    assert math.isnan(event_day(days, course, "first_above", 2.0))
    assert math.isnan(event_day(days, np.array([0.99, 1.02, 1.01, 1.0]), "peak", 1.25))  # noise has no peak
    assert math.isnan(event_day(days, np.full(4, math.nan), "peak", 0.0))


DAYS = np.array([2.0, 4.0, 6.0, 8.0, 10.0, 12.0, 14.0, 17.0, 21.0, 28.0])
TRUE = 1.0 + 0.5 * np.exp(-(((DAYS - 8.0) / 8.0) ** 2))  # runners over controls: 1.42 is passed on days 6 to 10


def found_day(draws: np.random.Generator, n: int, event: str, spread: float) -> statistics.Statistic:
    """Return the day of an event in twins that differ from one another, and at each time from themselves."""
    twins = draws.lognormal(0.0, 0.2, (n, 1))
    control, runner = twins * draws.lognormal(0.0, spread, (2, n, len(DAYS)))
    runner = runner * TRUE
    return day_of_event(DAYS, lambda i: runner[i].mean(axis=0) / control[i].mean(axis=0), n, event, lambda _: 1.42)


@pytest.mark.parametrize("n", [2, 4, 8])
@pytest.mark.parametrize(("event", "true"), [("peak", 8.0), ("first_above", 6.0), ("last_above", 10.0)])
def test_the_interval_of_a_day_holds_the_true_day(n: int, event: str, true: float) -> None:
    """Percentiles of resampled animals held the last day in 87 of 100 of these studies of eight animals, 31 of two.

    Of 200 studies 95 % should hold it at least; fewer than 176 would be chance once in 20,000.
    """
    draws = np.random.Generator(np.random.Philox(9))
    found = [found_day(draws, n, event, 0.3) for _ in range(200)]
    assert sum(one.low <= true <= one.high for one in found) >= 176
    assert all(one.low <= one.value <= one.high for one in found if not math.isnan(one.value))


@pytest.mark.parametrize(
    ("event", "true"), [("peak", 8.0), ("first_above", 6.0), ("last_above", 10.0), ("first_below", 2.0)]
)
def test_animals_that_agree_leave_one_day(event: str, true: float) -> None:
    found = found_day(np.random.Generator(np.random.Philox(9)), 8, event, 0.002)
    assert (found.low, found.value, found.high) == (true, true, true)


def test_a_day_without_animals_to_tell_has_no_interval() -> None:
    draws = np.random.Generator(np.random.Philox(9))
    assert not found_day(draws, 1, "peak", 0.1).known
    assert math.isnan(day_of_event(DAYS, lambda _: TRUE, 0, "peak", lambda _: 0.0).value)
    never = day_of_event(DAYS, lambda _: TRUE, 4, "first_above", lambda _: 9.0)
    assert math.isnan(never.value)
    assert not never.known


def test_the_days_of_a_mean_course_are_those_of_students_tests() -> None:
    """Two times and a level: of a mean, what an animal showed, so that the test is Student's, one-sided."""
    shown = np.array([[0.9, 2.0], [1.0, 2.2], [1.4, 2.1]]) - 1.0
    without = np.array([np.delete(shown, i, axis=0).mean(axis=0) for i in range(3)])
    assert possible_days(shown.mean(axis=0), without, "first_above", 0.05).tolist() == [True, True]
    t = shown[:, 0].mean() / (shown[:, 0].std(ddof=1) / math.sqrt(3))
    chance = float(stats.t.sf(t, 2))
    # The second time is ruled out where the first is above its level beyond chance; its two tests share the error.
    for error, kept in ((2 * chance - 1e-6, True), (2 * chance + 1e-6, False)):
        assert possible_days(shown.mean(axis=0), without, "first_above", error).tolist() == [True, kept]


def test_days_between_events_reach_from_the_nearest_to_the_farthest() -> None:
    first, second = statistics.Statistic(3.0, 1.0, 7.0, n=8), statistics.Statistic(14.0, 7.0, 21.0, n=6)
    assert days_between(first, second)[:3] == (11.0, 0.0, 20.0)
    assert days_between(first, second).n == 6


def test_a_correlation_with_fishers_interval():
    x = np.arange(8.0)
    found = statistics.correlation(x, x + np.array([0.5, -0.5] * 4))
    width = 1.959964 / math.sqrt(5)
    assert math.atanh(found.high) - math.atanh(found.value) == pytest.approx(width)
    assert math.atanh(found.value) - math.atanh(found.low) == pytest.approx(width)
    # The error is that of the transform, carried back: dr = (1 - r^2) dz.
    assert found.error / (1.0 - found.value**2) == pytest.approx(width / 1.959964)
    assert math.isnan(statistics.correlation(x, np.ones(8)).value)


@pytest.mark.parametrize("truth", [0.0, 0.6])
def test_intervals_of_a_mean_and_of_a_correlation_hold_the_truth_as_often_as_they_say(truth):
    """Eight normal animals; 4.4 standard errors of a true 0.95: of four such, luck takes one beyond in 13,000 tests."""
    luck, trials = np.random.default_rng(19), 1200
    held = {"mean": 0, "correlation": 0}
    for shared, own in luck.normal(size=(trials, 2, 8)):
        other = truth * shared + math.sqrt(1 - truth**2) * own
        for name, found, true in (
            ("mean", statistics.mean(other), 0.0),
            ("correlation", statistics.correlation(shared, other), truth),
        ):
            held[name] += found.low <= true <= found.high
    for name, n in held.items():
        assert n / trials == pytest.approx(0.95, abs=4.4 * math.sqrt(0.95 * 0.05 / trials)), name


def test_laws_of_decline():
    age = np.array([60.0, 120.0, 240.0, 480.0])
    assert straightness(age, np.exp(-age / 90)) == pytest.approx(1.0)
    assert straightness(np.log(age), age**-1.5) == pytest.approx(1.0)
    assert straightness(np.log(age), np.exp(-age / 90)) < 0.97
    # By hand: squares of 5 and 2 about the means, and a product of 3, so that a line explains 3 * 3 / (5 * 2).
    assert straightness(np.arange(4.0), np.exp([0.0, 1.0, 1.0, 2.0])) == pytest.approx(0.9)
    assert math.isnan(straightness(age, np.zeros(4)))


def test_setbacks():
    assert setback(np.array([1.0, 2.0, 1.5, 3.0]), "rising") == pytest.approx(0.25)
    assert setback(np.array([3.0, 2.0, 1.0]), "falling") == 0.0

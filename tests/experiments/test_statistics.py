"""Means, ratios, days, correlations and shapes on numbers made for it; intervals cover what they should."""

import math

import numpy as np
import pytest

from neurogen_abm.experiments import statistics
from neurogen_abm.experiments.statistics import event_day, ratio, resampled, setback, straightness


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
    assert math.isnan(event_day(days, course, "first_above", 2.0))
    assert math.isnan(event_day(days, np.array([0.99, 1.02, 1.01, 1.0]), "peak", 1.25))  # noise has no peak
    assert math.isnan(event_day(days, np.full(4, math.nan), "peak", 0.0))


def test_resampling_repeats_itself_and_gives_no_interval_to_one_animal():
    values = np.arange(10.0)
    first, again = (resampled(10, 3, lambda animals: float(values[animals].mean())) for _ in range(2))
    assert first == again
    assert first.low < first.value < first.high
    assert not resampled(1, 3, lambda animals: 4.0).known


def test_a_correlation_with_fishers_interval():
    x = np.arange(8.0)
    found = statistics.correlation(x, x + np.array([0.5, -0.5] * 4))
    width = 1.959964 / math.sqrt(5)
    assert math.atanh(found.high) - math.atanh(found.value) == pytest.approx(width)
    assert math.atanh(found.value) - math.atanh(found.low) == pytest.approx(width)
    assert math.isnan(statistics.correlation(x, np.ones(8)).value)


def test_laws_of_decline():
    age = np.array([60.0, 120.0, 240.0, 480.0])
    assert straightness(age, np.exp(-age / 90)) == pytest.approx(1.0)
    assert straightness(np.log(age), age**-1.5) == pytest.approx(1.0)
    assert straightness(np.log(age), np.exp(-age / 90)) < 0.97
    assert math.isnan(straightness(age, np.zeros(4)))


def test_setbacks():
    assert setback(np.array([1.0, 2.0, 1.5, 3.0]), "rising") == pytest.approx(0.25)
    assert setback(np.array([3.0, 2.0, 1.0]), "falling") == 0.0

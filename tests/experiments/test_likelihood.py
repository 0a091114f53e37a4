"""Scores of findings: known answers, and that no finding can be read two ways."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from neurogen_abm.experiments.studies import evidence, likelihood
from neurogen_abm.experiments.studies.likelihood import FLOOR, Precision, Simulated
from neurogen_abm.spec.study.arms import compose
from neurogen_abm.spec.study.study import load_study

SIX_OF_EACH = Precision(0.21 * math.sqrt(2 / 6), 10)  # two groups of six animals, counts that vary by 21 %
effects = st.floats(-3.0, 3.0)
precisions = st.builds(Precision, st.floats(0.01, 1.0), st.integers(2, 60).map(float))


@given(effect=effects, precision=precisions, error=st.floats(0.0, 0.5))
def test_raised_lowered_and_unchanged_are_the_outcomes_of_one_test(effect, precision, error):
    said = Simulated(effect, error)
    scores = {which: likelihood.of_outcome(which, precision, said) for which in ("raised", "lowered", "no difference")}
    total = sum(math.exp(found.log_score) for found in scores.values())
    assert total == pytest.approx(1.0, abs=3 * math.exp(FLOOR))
    assert sum(found.reading == "pass" for found in scores.values()) <= 2  # two only where both have one half
    passed = [which for which, found in scores.items() if found.log_score > math.log(0.5) + 1e-9]
    assert len(passed) <= 1


@pytest.mark.parametrize(
    ("ratio", "raised", "unchanged"), [(1.0, "fail", "pass"), (1.2, "near", "pass"), (1.6, "pass", "near")]
)
def test_a_null_says_less_than_what_its_animals_could_have_seen(ratio, raised, unchanged):
    said = Simulated(math.log(ratio))
    assert likelihood.of_outcome("raised", SIX_OF_EACH, said).reading == raised
    assert likelihood.of_outcome("no difference", SIX_OF_EACH, said).reading == unchanged


def test_more_animals_make_a_null_sharper():
    said = Simulated(math.log(1.25))
    many = Precision(0.21 * math.sqrt(2 / 60), 118)
    assert likelihood.of_outcome("no difference", SIX_OF_EACH, said).reading == "pass"
    assert likelihood.of_outcome("no difference", many, said).reading == "fail"


@settings(max_examples=50)
@given(effect=effects, value=effects, precision=precisions, error=st.floats(0.0, 0.5))
def test_the_density_of_a_number_is_students(effect, value, precision, error):
    width = math.hypot(precision.error, error)
    expected = stats.t.logpdf(value, precision.freedom, effect, width)
    found = likelihood.of_number(value, precision, Simulated(effect, error))
    assert found.log_score == pytest.approx(max(expected, FLOOR), rel=1e-9)
    ends = stats.t.interval(0.95, precision.freedom, effect, width)
    assert (found.low, found.high) == pytest.approx(ends)
    assert (found.reading == "pass") == (ends[0] <= value <= ends[1])


def test_a_density_with_known_error_is_normal():
    found = likelihood.of_number(0.3, Precision(0.2, math.inf), Simulated(0.1))
    assert found.log_score == pytest.approx(stats.norm.logpdf(0.3, 0.1, 0.2))


@given(effect=effects, precision=precisions, cut=effects)
def test_spans_that_cover_everything_share_the_whole(effect, precision, cut):
    said = Simulated(effect)
    parts = [likelihood.of_span(*ends, precision, said) for ends in ((-math.inf, cut), (cut, math.inf))]
    assert sum(math.exp(part.log_score) for part in parts) == pytest.approx(1.0, abs=2 * math.exp(FLOOR))


def test_orders():
    level = [Simulated(0.0)] * 3
    assert math.exp(likelihood.of_order(level, [0.1] * 3).log_score) == pytest.approx(1 / 6, rel=1e-3)
    pair = likelihood.of_order([Simulated(0.0), Simulated(0.2)], [0.1, 0.1])
    assert math.exp(pair.log_score) == pytest.approx(stats.norm.cdf(0.2 / math.hypot(0.1, 0.1)), rel=1e-4)
    rng = np.random.default_rng(3)  # the standard error of a share of 400,000 draws is below 0.0008
    drawn = rng.normal([0.0, 0.1, 0.1, 0.3], [0.1, 0.2, 0.1, 0.1], (400_000, 4))
    share = (np.diff(drawn, axis=1) > 0).all(axis=1).mean()
    four = likelihood.of_order([Simulated(c) for c in (0.0, 0.1, 0.1, 0.3)], [0.1, 0.2, 0.1, 0.1])
    assert math.exp(four.log_score) == pytest.approx(share, abs=0.004)  # five standard errors


def test_correlations_count_the_papers_animals():
    few, many = (likelihood.of_correlation(0.5, 0.05, n, "positive") for n in (8, 60))
    assert few.reading == "near"
    assert many.reading == "pass"
    assert likelihood.of_correlation(0.5, 0.05, 60, "negative").reading == "fail"


def test_a_model_without_a_number_scores_the_least():
    nothing = Simulated(math.nan)
    assert likelihood.of_number(0.0, SIX_OF_EACH, nothing) == likelihood.SILENT
    assert likelihood.of_outcome("raised", SIX_OF_EACH, nothing).log_score == FLOOR
    assert likelihood.of_order([nothing, nothing], [0.1, 0.1]).log_score == FLOOR


def test_an_order_does_not_count_the_error_of_what_all_are_set_over():
    study = load_study("so2017_intense")
    arms = compose(study)
    (order,) = [entry for entry in study.expectations if entry.kind == "ordering"]
    said = [Simulated(0.1), Simulated(0.3)]
    alone = 0.25 / math.sqrt(6)  # six animals, levels that vary by 25 %; both are over control, which cancels
    found = evidence.likelihood_of(study, order, arms, said)
    assert found.log_score == pytest.approx(likelihood.of_order(said, [alone, alone]).log_score, abs=1e-6)
    assert found.log_score > likelihood.of_order(said, [alone * math.sqrt(2)] * 2).log_score + 0.05

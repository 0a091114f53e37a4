"""Emulator, likelihood and sampler of a posterior on models whose answer is known, and whether its width is honest."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from scipy.linalg import cho_solve

from neurogen_abm.errors import ModelFault
from neurogen_abm.experiments.calibration import emulator
from neurogen_abm.experiments.calibration.emulator import Emulator, emulate
from neurogen_abm.experiments.calibration.markov_chain import walk
from neurogen_abm.experiments.calibration.posterior import sampled, sobol
from neurogen_abm.experiments.calibration.targets import Joint, Question, Said, target
from neurogen_abm.experiments.studies import likelihood
from neurogen_abm.experiments.studies.likelihood import Precision, Simulated
from neurogen_abm.spec.calibration import PosteriorSearch

POINTS = sobol(2, 32, 5)
# Standard errors of the papers of four findings, and of their simulation.
PAPER, SIMULATED = 0.1, 0.2


def truth(positions):
    """Return what four findings would be, curved and mixed in two parameters, (points x findings)."""
    x, y = positions.T
    return np.column_stack([x + y**2, 1.5 * x - 0.5 * y, 2 * x * y, np.exp(0.8 * y)])


def question(value, number=0, fitted=True):
    precision = Precision(PAPER, math.inf)
    return Question(
        f"f{number}", f"paper {number}", fitted, lambda said: likelihood.of_number(value, precision, said[0])
    )


def said_of(values, error=SIMULATED):
    return Said(values[:, None], np.full((len(values), 1), error))


def targets_of(seen):
    values = truth(POINTS)
    return [target(question(value, i), POINTS, said_of(values[:, i])) for i, value in enumerate(seen)]


def test_a_surface_goes_through_what_it_saw_and_says_how_far_off_it_is():
    found = emulate(POINTS, truth(POINTS)[:, 0])
    new = np.random.default_rng(1).uniform(size=(200, 2))
    assert found.at(new).mean == pytest.approx(truth(new)[:, 0], abs=0.01)
    assert found.at(POINTS).mean == pytest.approx(found.values, abs=0.01)
    # Beyond what was seen it is less sure.
    left = POINTS[:, 0] < 0.5
    half = emulate(POINTS[left], np.sin(3 * POINTS[left, 0]))
    assert half.at(POINTS[~left]).error.mean() > 3 * half.at(POINTS[left]).error.mean()


def test_chance_is_told_from_the_surface():
    """Noise of 0.2 around a curved surface, 8 times: it is found, and new points lie as far off as is said.

    Mean squares of 160 standardised errors that are normal pass 1.6 with a chance below 1e-6.
    """
    rng = np.random.default_rng(4)
    points = sobol(2, 64, 2)
    chance, z = [], []
    for _ in range(8):
        found = emulate(points, truth(points)[:, 0] + rng.normal(0, 0.2, len(points)))
        new = rng.uniform(size=(20, 2))
        said = found.at(new)
        off = truth(new)[:, 0] + rng.normal(0, 0.2, 20) - said.mean
        chance.append(found.chance)
        z += list(off / np.hypot(said.error, found.chance))
    assert np.median(chance) == pytest.approx(0.2, rel=0.1)
    assert np.mean(np.square(z)) < 1.6


def test_left_out_points_are_predicted_as_without_them():
    values = truth(POINTS)[:, 2] + np.random.default_rng(2).normal(0, 0.1, len(POINTS))
    found = emulate(POINTS, values)
    for i in (0, 7, 31):
        others = np.arange(len(POINTS)) != i
        factor = emulator._factor(POINTS[others], found.scales)
        weights = cho_solve((factor, True), (values[others] - found.centre) / found.spread)
        without = Emulator(POINTS[others], found.scales, found.centre, found.spread, factor, weights)
        there = without.at(POINTS[[i]])
        assert found.left_out().mean[i] == pytest.approx(there.mean[0], abs=1e-6)
        assert found.left_out().error[i] == pytest.approx(np.hypot(there.error[0], found.chance), rel=1e-3)


def test_what_no_parameter_changes_is_known_without_error():
    found = target(question(0.0), POINTS, said_of(np.full(len(POINTS), 0.3), 0.0))
    assert not found.reached
    assert found.says(POINTS).centres[:, 0] == pytest.approx(0.3)
    assert found.says(POINTS).errors.max() == 0.0
    assert found.misses(POINTS, said_of(np.full(len(POINTS), 0.3), 0.0)).max() == 0.0


def test_the_table_of_a_likelihood_is_the_likelihood():
    """Within a hundredth of a nat, for a number, a test and a span, over the ranges."""
    rng = np.random.default_rng(0)
    at, said = rng.uniform(size=(200, 2)), said_of(truth(POINTS)[:, 1], 0.1)
    precision = Precision(0.2, 12)
    for judge in (
        lambda said: likelihood.of_number(0.4, precision, said[0]),
        lambda said: likelihood.of_outcome("raised", precision, said[0]),
        lambda said: likelihood.of_span(0.2, 0.5, precision, said[0]),
    ):
        found = target(Question("f", "p", True, judge), POINTS, said)
        exact = [judge([Simulated(float(c), float(e))]).log_score for (c,), (e,) in zip(*found.says(at), strict=True)]
        assert found.log_scores(at) == pytest.approx(exact, abs=0.01)


def test_an_order_of_several_is_judged_item_by_item():
    def judge(said):
        return likelihood.of_order(said, (0.1, 0.1, 0.1))

    values = truth(POINTS)[:, [2, 0, 3]]
    found = target(Question("order", "p", True, judge), POINTS, Said(values, np.full_like(values, 0.05)))
    rising = np.array([[0.05, 0.9], [0.9, 0.05]])
    expected = [judge([Simulated(float(c), 0.05) for c in row]).log_score for row in truth(rising)[:, [2, 0, 3]]]
    assert found.log_scores(rising) == pytest.approx(expected, abs=0.1)


def test_findings_together_are_what_they_are_one_by_one():
    targets = targets_of(truth(np.array([[0.2, 0.6]]))[0])
    other = target(question(0.4), POINTS[:20], said_of(truth(POINTS[:20])[:, 0]))
    flat = target(question(0.4, 9), POINTS, said_of(np.full(32, 0.3)))
    at = np.random.default_rng(0).uniform(size=(50, 2))
    whole = [*targets, other, flat]
    assert Joint(whole)(at) == pytest.approx(sum(part.log_scores(at) for part in whole), abs=1e-9)


def test_too_few_points_that_say_anything_make_no_target():
    values = truth(POINTS)[:, 0]
    assert target(question(0.0), POINTS, said_of(np.where(np.arange(32) < 17, np.nan, values))) is None
    kept = target(question(0.0), POINTS, said_of(np.where(np.arange(32) < 4, np.nan, values)))
    assert len(kept.surfaces[0].points) == 28


def test_surfaces_that_simulated_draws_contradict_are_less_sure():
    rng = np.random.default_rng(3)
    values = truth(POINTS)[:, 0] + rng.normal(0, 0.1, 32)
    found = target(question(0.5), POINTS, said_of(values))
    at = rng.uniform(size=(8, 2))
    as_said = truth(at)[:, 0] + rng.normal(0, 0.1, 8)
    assert found.checked(at, said_of(as_said)).surfaces[0].inflation < 1.5
    assert found.checked(at, said_of(as_said + 1.0)).surfaces[0].inflation > 4
    assert found.checked(at, said_of(np.full(8, np.nan))).surfaces[0].inflation == 1.0


# An error of the simulation which, forgotten, would leave samples less than half as wide as they should be.
BROAD = 0.22
# How much more than by one unit the findings of the test below differ over the ranges: enough to tell parameters apart.
STEEP = 4.0


def steep(positions):
    return STEEP * truth(positions)


def ranks(repeats, steps, seed):
    """Return ranks of the truth in its own sample (Talts et al. 2018), 0 to 1, (repeats x parameters).

    Truths are drawn from the ranges. The simulation errs alike at all points, as the same animals do, and papers err:
    that both are added to what is seen is the same as to shift the surfaces, which need not be made anew.
    """
    rng = np.random.default_rng(seed)
    found = []
    blank = [question(0.0, i) for i in range(4)]
    values = steep(POINTS)
    surfaces = [target(q, POINTS, said_of(values[:, i], BROAD)) for i, q in enumerate(blank)]
    for number in range(repeats):
        true = rng.uniform(size=(1, 2))
        seen = steep(true)[0] + rng.normal(0, PAPER, 4) + rng.normal(0, BROAD, 4)
        targets = [replace(part, question=question(value)) for part, value in zip(surfaces, seen, strict=True)]
        chain = walk(Joint(targets), 2, 200, steps, number)
        below = np.sum(chain.positions < true, axis=0)
        found.append((below + rng.uniform(size=2)) / (len(chain.positions) + 1))
    return np.array(found)


def honest(found):
    """Return the smaller p of two questions to ranks: are they uniform, and are truths as far out as they should be."""
    z = stats.norm.ppf(found)
    spread = stats.chi2.cdf(np.sum(z**2, axis=0), len(z))
    uniform = [stats.kstest(column, "uniform").pvalue for column in found.T]
    return min(*uniform, *(2 * np.minimum(spread, 1 - spread)))


def test_samples_hold_the_truth_as_often_as_they_say():
    """Simulation-based calibration of emulator, likelihood and sampler; four questions, false alarms below 1e-4."""
    assert honest(ranks(40, 100, 11)) > 2.5e-5


@pytest.mark.slow
def test_many_samples_hold_the_truth_as_often_as_they_say():
    """As above, 300 times with longer chains."""
    assert honest(ranks(300, 300, 12)) > 2.5e-5


def ask(at):
    values = truth(at)
    return [said_of(column, 0.05) for column in values.T], np.zeros((len(at), 4))


SETTINGS = PosteriorSearch(points=16, refined=8, checks=4, draws=200, steps=150)


def test_a_posterior_is_found_and_the_same_again():
    true = np.array([[0.3, 0.7]])
    asked = [question(value, i, fitted=i != 3) for i, value in enumerate(truth(true)[0])]
    found = sampled(asked, np.array([0.5, 0.5]), ask, SETTINGS)
    assert found.positions.shape == (200, 2)
    assert len(found.points) == 25
    assert (np.quantile(found.positions, [0.025, 0.975], axis=0) - true > 0).tolist() == [[False] * 2, [True] * 2]
    assert found.positions.std(axis=0).max() < 0.2
    assert [part.question.name for part in found.fitted] == ["f0", "f1", "f2"]
    assert np.array_equal(found.positions, sampled(asked, np.array([0.5, 0.5]), ask, SETTINGS).positions)


def test_more_points_go_on_where_fewer_ended():
    assert np.array_equal(sobol(9, 50, 1)[:20], sobol(9, 20, 1))


def test_nothing_to_fit_to_is_refused():
    asked = [question(0.0, i, fitted=False) for i in range(4)]
    with pytest.raises(ModelFault, match="reach no finding of role calibration"):
        sampled(asked, np.array([0.5, 0.5]), ask, SETTINGS)
    fitted = [question(0.0, i) for i in range(4)]
    nothing = [said_of(np.full(17, np.nan))] * 4
    with pytest.raises(ModelFault, match="reach no finding"):
        sampled(fitted, np.array([0.5, 0.5]), lambda at: (nothing, np.zeros((17, 4))), SETTINGS)

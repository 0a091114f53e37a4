"""Models that know no biology, scored on the same findings: what a model must beat before it explains anything.

They say a ratio for every finding that is one: no effect; always 2.0; the constant that fits best; and a regression of
the logarithm of the ratio on assay, day, age and distance. The last two are fitted to the findings of role
`calibration`, by the likelihood with which they are scored. Left out: fitted anew without each paper, which it then
predicts.

What is fitted is not known for sure, here as little as in our model. So a finding is scored by its mean probability
over what the fitted numbers may be, given the findings and a wide normal prior: their posterior predictive (Gelman et
al. 2013, Bayesian Data Analysis, section 7.1), as findings of ours are scored over the draws of a posterior.
"""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import logsumexp

from neurogen_abm.experiments.statistics import Array
from neurogen_abm.experiments.studies import evidence
from neurogen_abm.experiments.studies.evidence import Finding
from neurogen_abm.experiments.studies.likelihood import FLOOR, Simulated
from neurogen_abm.spec.study.arms import Arm
from neurogen_abm.spec.study.study import Study
from neurogen_abm.spec.study.terms import Quantity, terms

Integers = NDArray[np.intp]
NO_EFFECT, ALWAYS_TWO, CONSTANT, REGRESSION = "no effect", "always 2.0", "best constant", "regression"
NULL_MODELS = (NO_EFFECT, ALWAYS_TWO, CONSTANT, REGRESSION)
FITTED = (CONSTANT, REGRESSION)
# Prior of what is fitted: standard deviation of each number, on the logarithm of the ratio.
_PRIOR = 1.0
# Likelihoods are tabulated over logarithms of ratios from minus to plus this, at so many steps for each standard error,
# of which there are no more than so many to each side.
_REACH, _STEPS, _MOST = 5.0, 8, 1000
_PLACES: Array = np.linspace(-_REACH, _REACH, 2 * _MOST + 1)
# By how much the logarithm of a ratio is moved for slopes.
_H = 0.02
# Draws of the coefficients, how often the region they are drawn from is found anew, its degrees of freedom, and the
# least variance of a coefficient there.
_DRAWS, _ROUNDS, _FREEDOM, _LEAST = 2000, 4, 5.0, 1e-9


class Case(NamedTuple):
    """A finding that is a ratio, as a model without biology sees it."""

    paper: str
    finding: Finding
    features: tuple[float, ...]

    @property
    def fitted_to(self) -> bool:
        """Whether models are fitted to it."""
        return self.finding.expectation.role == "calibration"


def cases(study: Study, arms: Mapping[str, Arm]) -> dict[str, Case]:
    """Return the findings of a study that are ratios, by name."""
    found = {}
    for expectation in study.expectations:
        number = evidence.finding(study, expectation, arms)
        if number is None or getattr(expectation, "over", None) is None:
            continue
        (term,) = terms(expectation, tuple(arms))
        assert term.bottom is not None
        found[expectation.name] = Case(study.paper, number, _features(arms, number.assay, term.top, term.bottom))
    return found


def _features(arms: Mapping[str, Arm], assay: str, top: Quantity, bottom: Quantity) -> tuple[float, ...]:
    """Return the columns of the regression: a constant, what is counted, the day, and what differs between both."""
    days, ages_d, distances = zip(*(_circumstances(arms[part.arm], part) for part in (top, bottom)), strict=True)
    counted = [float(assay == name) for name in ("label", "dcx", "dying", "bdnf", "other")]
    older, farther = math.log(ages_d[0] / ages_d[1]), math.log1p(distances[0]) - math.log1p(distances[1])
    return (1.0, *counted, math.log1p(days[0]), older, farther)


def _circumstances(arm: Arm, quantity: Quantity) -> tuple[float, float, float]:
    """Return the day of a reading, the age then, and the distance run in a day, km."""
    time_h = max(quantity.times_h, default=arm.scenario.duration_h)
    distance = sum(getattr(block, "distance_km_d", 0.0) for block in arm.scenario.activity)
    sessions = (block for block in arm.scenario.activity if block.kind in ("treadmill", "walking"))
    distance += sum((getattr(block, "speed_m_min", None) or 0.0) * block.session_min / 1000 for block in sessions)
    return time_h / 24, (arm.scenario.age_h + time_h) / 24, distance


def score_nulls(known: Sequence[Case], *, left_out: bool = False) -> pd.DataFrame:
    """Return the log score of every case under each model: one row a case, one column a model.

    ``left_out``: under models that were fitted without the paper of the case.
    """
    curves = Curves.of(known)
    fitted = np.zeros((len(known), len(FITTED)))
    papers = np.array([case.paper for case in known])
    for paper in dict.fromkeys(papers) if left_out else ("",):
        asked = np.flatnonzero(papers == paper) if left_out else np.arange(len(known))
        used = np.array([case.fitted_to and case.paper != paper for case in known], dtype=np.bool_)
        fitted[asked] = _predicted(known, curves, np.flatnonzero(used), asked)
    fixed = [[_log_score(case, value) for value in (0.0, math.log(2.0))] for case in known]
    rows = np.hstack([np.array(fixed).reshape(-1, 2), fitted])
    return pd.DataFrame(rows, columns=list(NULL_MODELS))


def _log_score(case: Case, ratio: float) -> float:
    return case.finding.of(Simulated(ratio)).log_score


class Curves(NamedTuple):
    """Log scores of cases by the logarithm of the ratio that a model says, `_PLACES` of them: (cases x places)."""

    scores: Array

    @classmethod
    def of(cls, known: Sequence[Case]) -> "Curves":
        """Return those of some cases, worked out as finely as each is known."""
        rows = []
        for case in known:
            n = math.ceil(_REACH / case.finding.precision.error * _STEPS)
            places = np.linspace(-_REACH, _REACH, 2 * min(n, _MOST) + 1)
            scores = [_log_score(case, float(place)) for place in places]
            rows.append(np.interp(_PLACES, places, scores))
        return cls(np.array(rows).reshape(-1, len(_PLACES)))

    def part(self, rows: Integers) -> "Curves":
        """Return those of some of the cases."""
        return Curves(self.scores[rows])

    def at(self, said: Array) -> Array:
        """Return the score of each case at what is said of it, (cases x n); beyond the ends, what holds there."""
        place = np.clip((said + _REACH) / (_PLACES[1] - _PLACES[0]), 0.0, len(_PLACES) - 1.0)
        cell = np.minimum(place.astype(np.intp), len(_PLACES) - 2)
        row, part = np.arange(len(self.scores))[:, None], place - cell
        return np.asarray(self.scores[row, cell] * (1 - part) + self.scores[row, cell + 1] * part)

    def near(self, said: Array) -> tuple[Array, Array, Array]:
        """Return the score of each case at what is said of it (cases,), its slope and its curvature."""
        below, here, above = self.at(said[:, None] + np.array([-_H, 0.0, _H])).T
        return here, (above - below) / (2 * _H), (above - 2 * here + below) / _H**2


class Drawn(NamedTuple):
    """What fitted numbers may be: draws (n x numbers), and the logarithm of the weight of each, which sum to 1."""

    numbers: Array
    log_weights: Array

    @classmethod
    def weighted(cls, numbers: Array, log_weights: Array) -> "Drawn":
        """Return draws whose weights sum to 1."""
        return cls(numbers, log_weights - logsumexp(log_weights))

    def scores(self, curves: Curves, design: Array) -> Array:
        """Return the logarithm of the mean probability of each case; a row of ``design`` is what a case looks like."""
        found = logsumexp(curves.at(design @ self.numbers.T) + self.log_weights, axis=1)
        return np.maximum(np.asarray(found), FLOOR)


def _predicted(known: Sequence[Case], curves: Curves, used: Integers, asked: Integers) -> Array:
    """Return the log scores of some cases under the constant and the regression, fitted to others, (cases x 2).

    Fitted to nothing, both say that there is no effect.
    """
    mine, targets = curves.part(asked), curves.part(used)
    if not len(used):
        return np.repeat(mine.at(np.zeros((len(asked), 1))), len(FITTED), axis=1)
    design = np.array([case.features for case in known])
    centre, scale = design[used].mean(axis=0), design[used].std(axis=0)
    centre[0], scale = 0.0, np.where(scale > 0, scale, 1.0)
    design = (design - centre) / scale
    constant, slopes = _constants(targets), _coefficients(targets, design[used])
    return np.column_stack([constant.scores(mine, np.ones((len(asked), 1))), slopes.scores(mine, design[asked])])


def _log_posterior(curves: Curves, design: Array, numbers: Array) -> Array:
    """Return how probable numbers (n x numbers) are, given the findings and the prior; logarithm, up to a constant."""
    prior = -0.5 * (numbers**2).sum(axis=1) / _PRIOR**2
    return np.asarray(curves.at(design @ numbers.T).sum(axis=0) + prior)


def _constants(curves: Curves) -> Drawn:
    """Return what the constant may be: evenly spaced, weighted by how probable it is."""
    prior = -0.5 * _PLACES**2 / _PRIOR**2
    return Drawn.weighted(_PLACES[:, None], curves.scores.sum(axis=0) + prior)


def _coefficients(curves: Curves, design: Array) -> Drawn:
    """Return what the coefficients of the regression may be: drawn around the most probable, and weighted.

    Drawn from Student's distribution, with wide tails, of the mean and covariance of the weighted draws before
    (adaptive importance sampling, Cappé et al. 2004); the first are of the curvature at the most probable point.
    """
    n = design.shape[1]
    middle, spread = _most_probable(curves, design)
    random = np.random.default_rng(0)
    for _ in range(_ROUNDS):
        tails = np.sqrt(_FREEDOM / random.chisquare(_FREEDOM, _DRAWS))
        away = random.standard_normal((_DRAWS, n)) * tails[:, None]
        numbers = middle + away @ np.linalg.cholesky(spread).T
        tried = -0.5 * (_FREEDOM + n) * np.log1p((away**2).sum(axis=1) / _FREEDOM)
        found = Drawn.weighted(numbers, _log_posterior(curves, design, numbers) - tried)
        weights = np.exp(found.log_weights)
        middle = weights @ numbers
        spread = (numbers - middle).T @ ((numbers - middle) * weights[:, None]) + _LEAST * np.eye(n)
    return found


def _most_probable(curves: Curves, design: Array) -> tuple[Array, Array]:
    """Return the most probable coefficients, and the covariance that the curvature there stands for.

    A finding far in the tails of its likelihood is curved the other way; it is taken to say nothing.
    """

    def cost(at: Array) -> tuple[float, Array]:
        here, slope, _ = curves.near(design @ at)
        return 0.5 * float(at @ at) / _PRIOR**2 - float(here.sum()), at / _PRIOR**2 - slope @ design

    start = np.zeros(design.shape[1])
    start[0] = math.log(1.2)
    at = np.asarray(minimize(cost, start, jac=True, method="L-BFGS-B").x)
    curved = np.clip(-curves.near(design @ at)[2], 0.0, None)
    precision = (design.T * curved) @ design + np.eye(design.shape[1]) / _PRIOR**2
    return at, np.asarray(np.linalg.inv(precision), dtype=np.float64)

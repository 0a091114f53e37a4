"""Models that know no biology, scored on the same findings: what a model must beat before it explains anything.

They say a ratio for every finding that is one: no effect; always 2.0; the constant that fits best; and a regression of
the logarithm of the ratio on assay, day, age and distance. The last two are fitted to the findings of role
`calibration`, by the likelihood with which they are scored. Left out: fitted anew without each paper, which it then
predicts.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.optimize import minimize

from neurogen_abm.experiments.statistics import Array
from neurogen_abm.experiments.studies import evidence
from neurogen_abm.experiments.studies.evidence import Finding
from neurogen_abm.experiments.studies.likelihood import Simulated
from neurogen_abm.spec.study.arms import Arm
from neurogen_abm.spec.study.study import Study
from neurogen_abm.spec.study.terms import Quantity, terms

NO_EFFECT, ALWAYS_TWO, CONSTANT, REGRESSION = "no effect", "always 2.0", "best constant", "regression"
NULL_MODELS = (NO_EFFECT, ALWAYS_TWO, CONSTANT, REGRESSION)
FITTED = (CONSTANT, REGRESSION)
# Prior of the coefficients of the regression: standard deviation of each, on the logarithm of the ratio.
_PRIOR = 1.0


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
    rows = []
    fits: dict[str, Mapping[str, Callable[[Case], float]]] = {}
    for case in known:
        without = case.paper if left_out else ""
        if without not in fits:
            fits[without] = _fitted([one for one in known if one.fitted_to and one.paper != without])
        says = {NO_EFFECT: 0.0, ALWAYS_TWO: math.log(2.0)} | {name: fits[without][name](case) for name in FITTED}
        rows.append({name: _log_score(case, says[name]) for name in NULL_MODELS})
    return pd.DataFrame(rows, columns=list(NULL_MODELS))


def _log_score(case: Case, ratio: float) -> float:
    return case.finding.of(Simulated(ratio)).log_score


def _fitted(targets: Sequence[Case]) -> Mapping[str, Callable[[Case], float]]:
    """Fit the constant and the regression."""
    if not targets:
        return dict.fromkeys(FITTED, lambda _: 0.0)
    design = np.array([case.features for case in targets])
    centre, scale = design.mean(axis=0), design.std(axis=0)
    centre[0], scale = 0.0, np.where(scale > 0, scale, 1.0)

    def standard(features: Array) -> Array:
        return (features - centre) / scale

    constant = _most_likely(targets, np.ones((len(targets), 1)))[0]
    slopes = _most_likely(targets, standard(design))
    return {
        CONSTANT: lambda _: float(constant),
        REGRESSION: lambda case: float(standard(np.array(case.features)) @ slopes),
    }


def _most_likely(targets: Sequence[Case], design: Array) -> Array:
    """Return the coefficients that make the findings most probable, with a normal prior that is wide for a ratio."""

    def cost(coefficients: Array) -> float:
        said = design @ coefficients
        total = sum(_log_score(case, float(ratio)) for case, ratio in zip(targets, said, strict=True))
        return 0.5 * float(coefficients @ coefficients) / _PRIOR**2 - total

    start = np.zeros(design.shape[1])
    start[0] = math.log(1.2)
    return np.asarray(minimize(cost, start, method="L-BFGS-B").x)

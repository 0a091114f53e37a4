"""Fit what rival models lack to findings of role calibration: what docs/rivals.md calls fitted.

Run ``python benchmarks/fit_rivals.py`` for all rivals, or with their names. Each is fitted from the numbers of its file
and from ``--starts N`` points anywhere in the ranges, in every form of exercise (`FORMS`); the ends are printed, so
that it is seen whether they are one. The forms are then compared on findings of role calibration alone: each paper
predicted by the fit to all others. Positive numbers are moved on the logarithm. Nothing is written.
"""

import argparse
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from neurogen_abm.experiments.studies import evidence
from neurogen_abm.experiments.studies.likelihood import Simulated
from neurogen_abm.experiments.studies.planning import StudyPlan
from neurogen_abm.experiments.studies.rivals import replayed_by, rival_plans, unspoken
from neurogen_abm.experiments.studies.study import plans_of
from neurogen_abm.rivals.models import RIVALS, Rival, rival

Array = NDArray[np.float64]
Says = Callable[[Array], Array]

# What running does to activation, by the numbers that are held: it lasts, it wears off to nothing, or to a share.
FORMS: Final[Mapping[str, Mapping[str, float]]] = {
    "lasts": {"exercise.lasting": 1.0, "exercise.fading": 10.0},
    "fades": {"exercise.lasting": 0.0},
    "fades to a share": {},
}
_H = 1e-3  # of a point, for slopes
_LEAST = 0.01  # nats that a step has to promise
_FIRST, _SHORTEST = 0.5, 1e-3  # length of a step
_STEPS = 60
_SAME = 0.1  # nats: ends that are one


class Climbed(NamedTuple):
    """Where a climb ended, what is said and scored there, and whether nothing better was in sight."""

    point: Array
    said: Array
    total: float
    slopes: Array
    converged: bool
    asked: int


class Scores:
    """Log scores of findings, of which each is a function of its own numbers: those with its place in ``of``."""

    def __init__(self, each: Sequence[Callable[[Array], float]], of: Sequence[int]) -> None:
        self._each, self.of = each, np.array(of)
        self._parts = [np.flatnonzero(self.of == k) for k in range(len(each))]

    def __call__(self, said: Array) -> Array:
        """Return the score of each finding."""
        return np.array([score(said[part]) for score, part in zip(self._each, self._parts, strict=True)])

    def slopes(self, said: Array) -> Array:
        """Return by how much the score of its finding changes with each number."""
        found, here = np.zeros_like(said), self(said)
        for k in range(max(map(len, self._parts))):
            moved = said.copy()
            rows = [part[k] for part in self._parts if len(part) > k]
            moved[rows] += _H
            found[rows] = (self(moved) - here)[self.of[rows]] / _H
        return found


def climb(
    says: Says, scores: Scores, start: Array, low: Array, high: Array, *, weights: Array | None = None,
    slopes: Array | None = None,
) -> Climbed:  # fmt: skip
    """Return the point from which no step promises more: of the model made straight there, by the scores as they are.

    Where every finding is as improbable as one can be, no step promises anything: begin at several points.

    Parameters
    ----------
    says, scores
        From a point to numbers, and from numbers to the score of each finding, of which the sum is made large.
    start, low, high
        Where to begin, and between which points to stay.
    weights
        Of each finding; 1 by default.
    slopes
        Of the numbers by the point, (numbers x parameters), held; by default they are found anew after each step.
    """
    weights = np.ones(len(set(scores.of))) if weights is None else weights
    point = np.clip(start, low, high)
    said, reach, asked, held = says(point), _FIRST, 1, slopes
    total = float(weights @ scores(said))
    for _ in range(_STEPS):
        if held is None:
            slopes, asked = _slopes(says, point, said, high), asked + len(point)
        assert slopes is not None
        while True:
            step = _step(
                scores, weights, said, slopes, np.maximum(low - point, -reach), np.minimum(high - point, reach)
            )
            promised = float(weights @ scores(said + slopes @ step)) - total
            if promised < _LEAST:
                return Climbed(point, said, total, slopes, True, asked)
            there, asked = says(point + step), asked + 1
            gained = float(weights @ scores(there)) - total
            if gained > 0.1 * promised:
                break
            reach = min(reach, float(np.abs(step).max())) / 3.0
            if reach < _SHORTEST:
                return Climbed(point, said, total, slopes, False, asked)
        point, said, total = point + step, there, total + gained
        reach *= 2.0 if gained > 0.75 * promised else 1.0
    assert slopes is not None
    return Climbed(point, said, total, slopes, False, asked)


def _slopes(says: Says, point: Array, said: Array, high: Array) -> Array:
    found = np.zeros((len(said), len(point)))
    for k in range(len(point)):
        h = _H if point[k] + _H <= high[k] else -_H
        column = (says(point + h * np.eye(len(point))[k]) - said) / h
        found[:, k] = np.where(np.isfinite(column), column, 0.0)
    return found


def _step(scores: Scores, weights: Array, said: Array, slopes: Array, low: Array, high: Array) -> Array:
    """Return the best step of a straight model between two ends."""

    def cost(step: Array) -> tuple[float, Array]:
        there = said + slopes @ step
        return -float(weights @ scores(there)), -(scores.slopes(there) * weights[scores.of]) @ slopes

    bounds = list(zip(low, high, strict=True))
    return np.asarray(minimize(cost, np.zeros(len(low)), jac=True, method="L-BFGS-B", bounds=bounds).x)


def calibration_plans(name: str) -> list[StudyPlan]:
    """Return the studies with a finding of role calibration on which rivals speak, with these findings alone."""
    found = []
    for entry in rival_plans(plans_of(["all"], None, 1), [name]):
        kept = [e for e in entry.study.expectations if e.role == "calibration" and not unspoken(e, entry.arms)]
        kept = [e for e in kept if e.kind != "shape"]  # courses have no likelihood
        if kept and not entry.why_not:
            found.append(entry._replace(study=entry.study.model_copy(update={"expectations": tuple(kept)})))
    return found


@dataclass(frozen=True)
class Search:
    """The free numbers of a rival as a point, and what it says there of the findings it is fitted to."""

    model: Rival
    plans: Sequence[StudyPlan]
    fixed: Mapping[str, float]

    @cached_property
    def free(self) -> list[str]:
        """Paths of the numbers that are fitted."""
        return [path for path in self.model.free if path not in self.fixed]

    @cached_property
    def ranges(self) -> Array:
        """Least and greatest of each, (parameters x 2)."""
        return np.array([self.model.parameters[path].range for path in self.free], dtype=np.float64)

    @property
    def _positive(self) -> NDArray[np.bool_]:
        return self.ranges[:, 0] > 0.0

    def to_point(self, values: Array) -> Array:
        """Return numbers as a point."""
        return np.where(self._positive, np.log(np.where(self._positive, values, 1.0)), values)

    def changes(self, point: Array) -> dict[str, float]:
        """Return the numbers of a point."""
        values = np.where(self._positive, np.exp(np.where(self._positive, point, 0.0)), point)
        return dict(self.fixed) | dict(zip(self.free, map(float, values), strict=True))

    def starts(self, n: int, seed: int) -> list[Array]:
        """Return the numbers of the file, and points anywhere in the ranges."""
        low, high = (self.to_point(end) for end in self.ranges.T)
        file = np.array([float(self.model.parameters[path].value) for path in self.free])
        drawn = np.random.default_rng(seed).uniform(low, high, (n, len(low)))
        return [np.clip(self.to_point(file), low, high), *drawn]

    def says(self, point: Array) -> Array:
        """Return what the rival says of every finding, those of one after the other."""
        lineage = self.model.lineage(self.changes(point))
        found = [score.said for plan in self.plans for _, score in replayed_by(plan, lineage).scores]
        return np.array([part.centre for said in found for part in said])

    @cached_property
    def scores(self) -> Scores:
        """The score of each finding by what is said of it."""
        pairs = [(plan, entry) for plan in self.plans for entry in plan.study.expectations]
        lineage = self.model.lineage(self.fixed)
        numbers = [len(score.said) for plan in self.plans for _, score in replayed_by(plan, lineage).scores]
        return Scores([_scored(*pair) for pair in pairs], np.repeat(np.arange(len(pairs)), numbers))

    @property
    def papers(self) -> NDArray[np.str_]:
        """The paper of each finding."""
        return np.array([plan.study.paper for plan in self.plans for _ in plan.study.expectations])

    def climb(self, start: Array) -> Climbed:
        """Climb from a point."""
        low, high = (self.to_point(end) for end in self.ranges.T)
        return climb(self.says, self.scores, start, low, high)

    def papers_left_out(self, best: Climbed) -> float:
        """Return the score of all findings, those of each paper under the fit to all others.

        Fits begin at the best point of all findings, and hold the slopes that numbers have there.
        """
        low, high = (self.to_point(end) for end in self.ranges.T)
        total = 0.0
        for paper in dict.fromkeys(self.papers):
            mine = self.papers == paper
            weights = (~mine).astype(np.float64)
            found = climb(self.says, self.scores, best.point, low, high, weights=weights, slopes=best.slopes)
            total += float(self.scores(found.said)[mine].sum())
        return total


def _scored(plan: StudyPlan, entry: object) -> Callable[[Array], float]:
    number = evidence.finding(plan.study, entry, plan.arms)  # type: ignore[arg-type]
    if number is not None:
        return lambda said: number.of(Simulated(float(said[0]))).log_score

    def score(said: Array) -> float:
        parts = [Simulated(float(part)) for part in said]
        found = evidence.likelihood_of(plan.study, entry, plan.arms, parts)  # type: ignore[arg-type]
        assert found is not None
        return found.log_score

    return score


def fit(name: str, forms: Sequence[str], starts: int, seed: int) -> None:
    """Fit a rival in some forms, and print what came of it."""
    plans = calibration_plans(name)
    for form in forms:
        begun = time.monotonic()
        search = Search(rival(name), plans, FORMS[form])
        ends = []
        for start in search.starts(starts, seed):
            ends.append(search.climb(start))
            numbers = ", ".join(f"{path} {value:.4g}" for path, value in search.changes(ends[-1].point).items())
            print(f"  {name}, {form}, end {len(ends)}: {ends[-1].total:.2f}; {numbers}", flush=True)
        ends.sort(key=lambda end: -end.total)
        best = ends[0]
        alike = sum(best.total - end.total < _SAME for end in ends)
        without = search.papers_left_out(best)
        asked = sum(end.asked for end in ends)
        print(
            f"{name}, {form}: {best.total:.2f} nats on {len(search.papers)} findings with {len(search.free)} free "
            f"numbers; papers left out {without:.2f}; ends {', '.join(f'{end.total:.2f}' for end in ends)}, {alike} of "
            f"{len(ends)} one; {'converged' if best.converged else 'NOT CONVERGED'}; {asked} evaluations, "
            f"{time.monotonic() - begun:.0f} s"
        )
        for path, value in search.changes(best.point).items():
            others = [search.changes(end.point)[path] for end in ends if best.total - end.total < _SAME]
            low, high = search.model.parameters[path].range or (math.nan, math.nan)
            at = " AT THE END OF ITS RANGE" if path in search.free and not low * 1.001 < value < high * 0.999 else ""
            print(
                f"  {path}: {value:.4g} {search.model.parameters[path].unit} (file: "
                f"{search.model.parameters[path].value}; ends that are one {min(others):.4g} to {max(others):.4g}){at}",
                flush=True,
            )


def main() -> None:
    """Fit the rivals asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    # No `choices`: with nargs="*" argparse refuses the default itself.
    parser.add_argument("rivals", nargs="*", default=list(RIVALS), help=f"of {', '.join(RIVALS)}; all by default")
    parser.add_argument("--forms", nargs="+", default=list(FORMS), choices=FORMS)
    parser.add_argument("--starts", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    if unknown := set(asked.rivals) - set(RIVALS):
        parser.error(f"no rival {min(unknown)}; there are {', '.join(RIVALS)}")
    for name in asked.rivals:
        fit(name, asked.forms, asked.starts, asked.seed)


if __name__ == "__main__":
    main()

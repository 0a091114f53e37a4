"""Fit what rival models lack to findings of role calibration: what docs/rivals.md calls fitted.

Run ``python benchmarks/fit_rivals.py`` for all rivals, or with their names; it takes some ten minutes for each and
prints every free number beside that of its file. ``--evaluations N`` stops earlier, ``--fixed PATH=VALUE``
(repeatable) takes a number out of the fit, so that a rival with fewer of them can be compared. Numbers start from those
of the file and stay inside their ranges; positive ones are moved on the logarithm. Nothing is written.
"""

import argparse
import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from neurogen_abm.experiments.studies.planning import StudyPlan
from neurogen_abm.experiments.studies.rivals import replayed_by, rival_plans, unspoken
from neurogen_abm.experiments.studies.study import plans_of
from neurogen_abm.rivals.models import RIVALS, Rival, rival

_OUTSIDE = 1e3  # nats for each unit outside a range, on the scale of the search


def calibration_plans(name: str) -> list[StudyPlan]:
    """Return the studies with a finding of role calibration on which rivals speak, with these findings alone."""
    found = []
    for entry in rival_plans(plans_of(["all"], None, 1), [name]):
        kept = [e for e in entry.study.expectations if e.role == "calibration" and not unspoken(e, entry.arms)]
        if kept and not entry.why_not:
            found.append(entry._replace(study=entry.study.model_copy(update={"expectations": tuple(kept)})))
    return found


def log_score(plans: Sequence[StudyPlan], model: Rival, changes: Mapping[str, float]) -> float:
    """Return the total log score of the findings of some plans under a rival with other numbers."""
    lineage = model.lineage(changes)
    scores = [found for plan in plans for _, found in replayed_by(plan, lineage).scores]
    return sum(found.likelihood.log_score for found in scores if found.likelihood is not None)


class Search:
    """The free numbers of a rival as a point, and how bad it is."""

    def __init__(self, model: Rival, fixed: Mapping[str, float]) -> None:
        self.model, self.fixed, self.plans = model, dict(fixed), calibration_plans(model.name)
        self.free = [path for path in model.free if path not in fixed]
        self.ranges = [model.parameters[path].range or (0.0, math.inf) for path in self.free]
        self.best = (math.inf, self.start)
        self.evaluations = 0

    @property
    def start(self) -> NDArray[np.float64]:
        """The numbers of the file, as a point."""
        return np.array([self._to(float(self.model.parameters[path].value), n) for n, path in enumerate(self.free)])

    def _to(self, value: float, n: int) -> float:
        return math.log(value) if self.ranges[n][0] > 0.0 else value

    def changes(self, point: NDArray[np.float64]) -> dict[str, float]:
        """Return the numbers of a point, inside their ranges."""
        values = [math.exp(x) if low > 0.0 else float(x) for x, (low, _) in zip(point, self.ranges, strict=True)]
        inside = [min(max(value, low), high) for value, (low, high) in zip(values, self.ranges, strict=True)]
        return self.fixed | dict(zip(self.free, inside, strict=True))

    def __call__(self, point: NDArray[np.float64]) -> float:
        """Return how bad a point is, in nats."""
        changes = self.changes(point)
        back = np.array([self._to(changes[path], n) for n, path in enumerate(self.free)])
        cost = -log_score(self.plans, self.model, changes) + _OUTSIDE * float(np.abs(point - back).sum())
        self.evaluations += 1
        if cost < self.best[0]:
            self.best = (cost, point.copy())
            said = ", ".join(f"{path} {changes[path]:.4g}" for path in self.free)
            print(f"  {self.evaluations}: {cost:.2f} nats; {said}", flush=True)
        return cost


def fit(name: str, fixed: Mapping[str, float], evaluations: int) -> None:
    """Fit a rival, and print what came of it."""
    search = Search(rival(name), fixed)
    start = search.start
    simplex = np.vstack(
        [start, start + np.diag(np.where(np.array([low for low, _ in search.ranges]) > 0.0, 0.3, 0.15))]
    )
    options = {"maxfev": evaluations, "adaptive": True, "initial_simplex": simplex, "xatol": 0.01, "fatol": 0.02}
    minimize(search, start, method="Nelder-Mead", options=options)
    cost, point = search.best
    findings = sum(len(plan.study.expectations) for plan in search.plans)
    print(f"{name}: {-cost:.2f} nats on {findings} findings with {len(search.free)} free numbers")
    for path, value in search.changes(point).items():
        parameter = search.model.parameters[path]
        print(f"  {path}: {value:.4g} {parameter.unit} (file: {parameter.value})")


def main() -> None:
    """Fit the rivals asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rivals", nargs="*", default=list(RIVALS), choices=RIVALS)
    parser.add_argument("--evaluations", type=int, default=400)
    parser.add_argument("--fixed", action="append", default=[], metavar="PATH=VALUE")
    asked = parser.parse_args()
    fixed = {path: float(value) for path, value in (entry.split("=") for entry in asked.fixed)}
    for name in asked.rivals:
        fit(name, fixed, asked.evaluations)


if __name__ == "__main__":
    main()

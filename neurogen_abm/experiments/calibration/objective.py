"""Published experiments as the targets of a fit: points in, residuals out, every animal a job that is run once.

The animals of a point are those of every other point but for the numbers sought: same seeds, same traits, same
schedules (common random numbers).
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from neurogen_abm.errors import InputError
from neurogen_abm.experiments.calibration.free_parameters import Unknown
from neurogen_abm.experiments.calibration.insensitive_arms import Tried, quiet, untouched
from neurogen_abm.experiments.calibration.residual import residual, tempered
from neurogen_abm.experiments.calibration.sought import unknowns
from neurogen_abm.experiments.execution.runner import Status, Workers
from neurogen_abm.experiments.studies.observations import wanted
from neurogen_abm.experiments.studies.study import Plan, Replay, card, planned, replay
from neurogen_abm.run import lowered
from neurogen_abm.spec.calibration import Calibration
from neurogen_abm.spec.catalogue import load_catalogue
from neurogen_abm.spec.parameter import Parameter
from neurogen_abm.spec.scenario.models import Patch
from neurogen_abm.spec.scenario.resolve import ResolvedScenario
from neurogen_abm.spec.scenario.scenario import prepare
from neurogen_abm.spec.study.arms import Arm, compose
from neurogen_abm.spec.study.study import Study, load_study, study_names
from neurogen_abm.spec.suggest import offer
from neurogen_abm.spec.validation import ScenarioError


class Target(NamedTuple):
    """One study as a target: its arms before any number is changed, and what each of them reads."""

    study: Study
    arms: Mapping[str, Arm]
    read: Mapping[str, frozenset[str]]

    def names(self) -> list[str]:
        """Return what its expectations are called in tables."""
        return [f"{self.study.name}: {expectation.name}" for expectation in self.study.expectations]


class Fault(NamedTuple):
    """A point that is no possible animal, and why."""

    values: Mapping[str, float]
    what: str


def records(points: pd.DataFrame) -> list[dict[str, float]]:
    """Return the rows of a table of points as path -> value."""
    return [dict(zip(map(str, points.columns), map(float, row), strict=True)) for row in points.to_numpy()]


@dataclass
class Targets:
    """The targets of a fit.

    Attributes
    ----------
    calibration
        The fit.
    studies
        Its studies, with the expectations it is fitted to.
    unknowns
        What is sought.
    folder
        Where runs are kept.
    crew
        Who runs them.
    progress
        Called with a `Status` while animals are run.
    faults
        Points that were no possible animals.
    untouched
        By study and arm, paths that were found not to reach it (see `calibration.insensitive_arms`).
    """

    calibration: Calibration
    studies: Sequence[Target]
    unknowns: tuple[Unknown, ...]
    folder: Path
    crew: Workers | None = None
    progress: Callable[[Status], None] | None = None
    faults: list[Fault] = field(default_factory=list)
    untouched: Mapping[tuple[str, str], frozenset[str]] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """What the expectations are called, in order."""
        return [name for target in self.studies for name in target.names()]

    def residuals(self, points: pd.DataFrame) -> pd.DataFrame:
        """Return the residuals of points, weighted, NaN where they could not be read.

        Parameters
        ----------
        points
            One row a point, one column a dotted path, values in the unit of the parameter.
        """
        rows = [self._weighted(replays) for replays in self.replays(points)]
        return pd.DataFrame(rows, columns=self.names)

    def replays(self, points: pd.DataFrame) -> list[list[Replay]]:
        """Run the animals of all points together and return, for each point, the replay of each study.

        A point that is no possible animal has none; `faults` says why.
        """
        planned_points = [self._plans(point) for point in records(points)]
        plans = [plan for found in planned_points for plan in found]
        done = iter(replay(plans, self.folder, crew=self.crew, progress=self.progress) if plans else [])
        return [[next(done) for _ in found] for found in planned_points]

    def card(self, point: Mapping[str, float]) -> pd.DataFrame:
        """Return the score card of one point, with the residuals (not weighted) beside the verdicts."""
        (replays,) = self.replays(pd.DataFrame([point]))
        found = [residual(published, score, entry.readings) for entry in replays for published, score in entry.scores]
        return card(replays).assign(residual=found, name=self.names)

    def jobs_a_point(self) -> int:
        """Return how many animals a point has."""
        counts = [self._animals(target, arm) for target in self.studies for arm in target.arms]
        return sum(counts)

    def _animals(self, target: Target, arm: str) -> int:
        return self.calibration.pairs or target.study.n_animals(arm)

    def _plans(self, point: Mapping[str, float]) -> list[Plan]:
        units = {path: unknown.unit for unknown in self.unknowns for path in unknown.paths}
        texts = {path: _text(value, units[path]) for path, value in point.items()}
        try:
            return [self._plan(target, texts) for target in self.studies]
        except InputError as fault:
            self.faults.append(Fault(dict(point), fault.what))
            return []

    def _plan(self, target: Target, texts: Mapping[str, str]) -> Plan:
        """Return the plan of a study at a point; an arm keeps what it sets itself, and what does not reach it."""
        arms = {}
        for name, arm in target.arms.items():
            out_of_reach = self.untouched.get((target.study.name, name), frozenset())
            reaching = {path: text for path, text in texts.items() if path not in out_of_reach}
            arms[name] = arm._replace(resolved=_changed(target, name, reaching))
        return planned(target.study, arms, self.calibration.pairs)

    def try_quiet_arms(self) -> None:
        """Find out which numbers do not reach which arm, so that its animals are run once; see `untouched`."""
        units = {path: unknown.unit for unknown in self.unknowns for path in unknown.paths}

        def changed(target: Target, name: str) -> Callable[[Mapping[str, float]], ResolvedScenario]:
            return lambda values: _changed(target, name, {p: _text(v, units[p]) for p, v in values.items()})

        arms = [
            Tried(target.study, name, arm, changed(target, name))
            for target in self.studies
            for name, arm in target.arms.items()
            if quiet(arm)
        ]
        self.untouched = untouched(arms, self.unknowns, self.folder, crew=self.crew, progress=self.progress)

    def _weighted(self, replays: Sequence[Replay]) -> list[float]:
        if not replays:
            return [math.nan] * len(self.names)
        weights, beyond = self.calibration.weights, self.calibration.linear_beyond
        return [
            tempered(residual(expectation, score, entry.readings), beyond)
            * math.sqrt(weights.get(expectation.tier, 1.0) * weights.get(entry.plan.study.name, 1.0))
            for entry in replays
            for expectation, score in entry.scores
        ]


def _text(value: float, unit: str) -> str:
    return f"{value:.10g} {unit}".removesuffix(" 1")


def _changed(target: Target, name: str, texts: Mapping[str, str]) -> ResolvedScenario:
    """Return the scenario of an arm with the numbers changed that it reads and does not set itself."""
    arm = target.arms[name]
    own = arm.scenario.parameters
    changes = {path: text for path, text in texts.items() if path in target.read[name] and path not in own}
    return prepare(arm.resolved, changes=changes) if changes else arm.resolved


def targets(
    calibration: Calibration,
    folder: Path | str,
    *,
    crew: Workers | None = None,
    progress: Callable[[Status], None] | None = None,
) -> Targets:
    """Look everything up that a fit names; nothing is simulated.

    Raises
    ------
    InputError
        A study cannot be used, has nothing to be fitted to, or a number cannot be sought.
    """
    studies = [_target(calibration, i, name) for i, name in enumerate(calibration.studies)]
    read = {path for target in studies for paths in target.read.values() for path in paths}
    sought = unknowns(calibration, _parameters(calibration, studies), read)
    _check_weights(calibration, studies)
    return Targets(calibration, studies, sought, Path(folder), crew, progress)


def _target(calibration: Calibration, number: int, name: str) -> Target:
    study = load_study(
        name if name in study_names() or calibration.base_dir is None else str(calibration.base_dir / name)
    )
    fitted = tuple(e for e in study.expectations if e.role == "calibration")
    if not fitted:
        what = f"No expectation of the study {study.name} has the role calibration."
        where, cure = calibration.where(("studies", number)), "Leave it out: what is kept for a test is not fitted to."
        raise ScenarioError(what, where=where, code="nothing-to-fit", cure=cure)
    study = study.model_copy(update={"expectations": fitted})
    arms = compose(study, calibration.pathway)
    needed = [arm for arm, quantities in wanted(study, arms).items() if quantities]
    changes = {"tissue": _tissue(calibration)} if calibration.tissue is not None else {}
    kept = {arm: arms[arm]._replace(resolved=prepare(arms[arm].resolved, changes=changes)) for arm in needed}
    return Target(study, kept, {arm: frozenset(lowered(part.resolved).used) for arm, part in kept.items()})


def _tissue(calibration: Calibration) -> Any:
    tissue = calibration.tissue
    if isinstance(tissue, Patch):
        return {"septotemporal": f"{tissue.septotemporal_um!r} um", "transverse": f"{tissue.transverse_um!r} um"}
    return tissue


def _parameters(calibration: Calibration, studies: Sequence[Target]) -> Mapping[str, Parameter]:
    """Return the numbers of the species that all studies share, as the catalogue holds them."""
    species = {arm.scenario.species: target.study.name for target in studies for arm in target.arms.values()}
    if len(species) > 1:
        what = f"The studies are of several species ({', '.join(sorted(species))}), whose numbers are not the same."
        where, cure = calibration.where(("studies",)), "Fit one species at a time."
        raise ScenarioError(what, where=where, code="several-species", cure=cure)
    return load_catalogue(next(iter(species))).parameters


def _check_weights(calibration: Calibration, studies: Sequence[Target]) -> None:
    known = ["A", "B", *(target.study.name for target in studies)]
    for name in calibration.weights:
        if name not in known:
            where, what = calibration.where(("weights", name)), f'"{name[:60]}" is neither a tier nor a study here.'
            raise ScenarioError(what, where=where, code="unknown-study", cure=offer(name, known), seen=name)

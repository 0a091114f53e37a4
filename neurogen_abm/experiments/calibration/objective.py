"""The objective of a fit to published experiments: points in, residuals out, every animal a job that is run once.

The animals of all points are the same but for the free parameters: same seeds, same traits, same schedules (common
random numbers).
"""

import hashlib
import json
import math
from collections import ChainMap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pandas as pd

from neurogen_abm.errors import InputError
from neurogen_abm.experiments.calibration.free_parameters import FreeParameter, free_parameters
from neurogen_abm.experiments.calibration.insensitive_arms import Candidate, insensitive_arms, is_at_rest
from neurogen_abm.experiments.calibration.residual import residual, tempered
from neurogen_abm.experiments.execution.runner import Execution, Purpose, require_plannable
from neurogen_abm.experiments.studies.observations import wanted
from neurogen_abm.experiments.studies.study import Replay, StudyPlan, card, planned, replayed
from neurogen_abm.numerals import written
from neurogen_abm.run import check_start, lowered
from neurogen_abm.sources import judging
from neurogen_abm.spec.calibration import Calibration
from neurogen_abm.spec.catalogue import load_catalogue
from neurogen_abm.spec.parameter import Parameter
from neurogen_abm.spec.scenario.models import Patch, Scenario
from neurogen_abm.spec.scenario.resolve import ResolvedScenario, before_overrides
from neurogen_abm.spec.scenario.scenario import prepare
from neurogen_abm.spec.study.arms import Arm, compose
from neurogen_abm.spec.study.expectations import Expectation
from neurogen_abm.spec.study.study import Study, load_study, study_names
from neurogen_abm.spec.suggest import offer
from neurogen_abm.spec.validation import ScenarioError

# Keys of a fit that decide a residual; the settings of a search only decide where it looks.
_DECISIVE = {"pathway", "mechanisms", "tissue", "pairs", "weights", "linear_beyond"}
_TEXTS = {"title", "description", "assumed"}
# Animals of an arm whose spread says how far a posterior's simulations are off.
_FEWEST = 3
# Animals of a whole search, which are run in many rounds. The key of the file that says how many.
_MOST = 1_000_000
_PART = {"least-squares": "least_squares", "optuna": "optuna", "abc": "abc", "posterior": "posterior"}
# In place of the names of studies: every shipped one of the species in which something is done to the animals. What a
# scenario says without doing anything to its animal.
_ALL = "all"
_BARE = {
    "format", "name", "title", "description", "look_for", "species", "strain", "sex", "age_h", "duration_h", "step_h",
    "seed", "tissue", "clock", "strict_schedule", "pathway", "neurogenesis", "labels", "assays", "sampling", "outputs",
}  # fmt: skip


class FittedStudy(NamedTuple):
    """One study of a fit: its arms before any parameter is changed, and what each of them reads."""

    study: Study
    arms: Mapping[str, Arm]
    read: Mapping[str, frozenset[str]]


class ImpossiblePoint(NamedTuple):
    """A point at which no animal is possible, and why."""

    values: Mapping[str, float]
    what: str


def records(points: pd.DataFrame) -> list[dict[str, float]]:
    """Return the rows of a table of points as path -> value."""
    return [dict(zip(map(str, points.columns), map(float, row), strict=True)) for row in points.to_numpy()]


@dataclass
class Objective:
    """What a fit makes small: the residuals of all its studies."""

    calibration: Calibration
    studies: Sequence[FittedStudy]  # with the expectations that are fitted to, and no others
    free: tuple[FreeParameter, ...]
    execution: Execution
    impossible: list[ImpossiblePoint] = field(default_factory=list)
    # By study and arm, paths of the parameters it is insensitive to (see `calibration.insensitive_arms`).
    insensitive: Mapping[tuple[str, str], frozenset[str]] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """What the directory of its runs is for."""
        return f"fit {self.calibration.name}"

    def digest(self) -> str:
        """Return the SHA-256 of everything that decides a residual: targets, animals, free parameters, source.

        A search that goes on may use what it saw before only under the same digest.
        """
        asked = self.calibration.model_dump(mode="json", include=_DECISIVE)
        targets = [fitted.study.model_dump(mode="json", exclude=_TEXTS) for fitted in self.studies]
        arms = [
            (fitted.study.name, name, arm.resolved.digest)
            for fitted in self.studies
            for name, arm in fitted.arms.items()
        ]
        free = [(u.name, u.paths, u.low, u.high, u.scale) for u in self.free]
        text = json.dumps([asked, targets, arms, free, judging()], sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        """The parameters of the species as the catalogues of the arms hold them."""
        return _parameters(self.calibration, self.studies)

    @property
    def mechanisms(self) -> tuple[str, ...]:
        """The mechanisms that are on in some arm, in alphabetical order."""
        on = {name for fitted in self.studies for arm in fitted.arms.values() for name in arm.scenario.mechanisms}
        return tuple(sorted(on))

    @property
    def held(self) -> dict[str, Parameter]:
        """Path -> parameter of the species for each that the animals of the fit read, free ones included.

        What a strain of some arm says of its own is left out: it is no other catalogue.
        """
        paths = {path for part in self.studies for read in part.read.values() for path in read}
        first = next(iter(self.studies[0].arms.values()))
        own, mechanisms = first.resolved.catalogue.own, first.scenario.mechanisms
        known = load_catalogue(first.scenario.species, own=own, mechanisms=mechanisms).parameters
        return {path: known[path] for path in sorted(paths) if path in known}

    @property
    def names(self) -> list[str]:
        """What tables call the expectations, in order."""
        return [f"{study.name}: {entry.name}" for study, _, _ in self.studies for entry in study.expectations]

    def residuals(self, points: pd.DataFrame) -> pd.DataFrame:
        """Return the residuals of points, weighted, NaN where they could not be computed."""
        rows = [self._weighted(replays) for replays in self.replays(points)]
        return pd.DataFrame(rows, columns=self.names)

    def replays(self, points: pd.DataFrame) -> list[list[Replay]]:
        """Run the animals of all points together and return, for each point, the replay of each study.

        A point at which no animal is possible has none; `impossible` says why.
        """
        planned_points = [self._plans(point) for point in records(points)]
        plans = [plan for found in planned_points for plan in found]
        done = iter(replayed(plans, self.execution, self.title, Purpose.SEARCH) if plans else [])
        return [[next(done) for _ in found] for found in planned_points]

    def card(self, point: Mapping[str, float]) -> pd.DataFrame:
        """Return the score card of one point, with the residuals (not weighted) beside the verdicts."""
        (replays,) = self.replays(pd.DataFrame([point]))
        found = [
            residual(published, score, entry.observations) for entry in replays for published, score in entry.scores
        ]
        return card(replays).assign(residual=found, name=self.names)

    def check_start(self) -> None:
        """Refuse a fit whose animals cannot be run where it starts; an InputError says which arm, and why."""
        start = {path: parameter.start for parameter in self.free for path in parameter.paths}
        for fitted in self.studies:
            for arm in self._plan(fitted, self._texts(start)).arms.values():
                check_start(arm.resolved)

    def jobs_a_point(self) -> int:
        """Return how many animals a point has."""
        pairs = self.calibration.pairs
        return sum(pairs or fitted.study.n_animals(arm) for fitted in self.studies for arm in fitted.arms)

    def points_at_most(self) -> int:
        """Return how many points the search may simulate: of least squares every step with its differences."""
        fit, n = self.calibration, len(self.free)
        return {
            "least-squares": (fit.least_squares.iterations + 1) * (2 * n + 1),
            "optuna": fit.optuna.trials,
            "abc": fit.abc.population * fit.abc.generations,
            "posterior": fit.posterior.points + fit.posterior.refined + fit.posterior.checks + 1,
        }[fit.method]

    def _texts(self, values: Mapping[str, float]) -> dict[str, str]:
        """Return values by path as a scenario writes them."""
        units = {path: parameter.unit for parameter in self.free for path in parameter.paths}
        return {path: f"{written(value, 10)} {units[path]}".removesuffix(" 1") for path, value in values.items()}

    def _plans(self, point: Mapping[str, float]) -> list[StudyPlan]:
        try:
            return [self._plan(fitted, self._texts(point)) for fitted in self.studies]
        except InputError as fault:
            self.impossible.append(ImpossiblePoint(dict(point), fault.what))
            return []

    def _plan(self, fitted: FittedStudy, texts: Mapping[str, str]) -> StudyPlan:
        """Return the plan of a study at a point; an arm keeps what it sets itself, and what it is insensitive to."""
        arms = {}
        for name, arm in fitted.arms.items():
            without_effect = self.insensitive.get((fitted.study.name, name), frozenset())
            reaching = {path: text for path, text in texts.items() if path not in without_effect}
            arms[name] = arm._replace(resolved=_changed(fitted, name, reaching))
        return planned(fitted.study, arms, self.calibration.pairs)

    def find_insensitive_arms(self) -> None:
        """Find out which arm is insensitive to which parameters, so that its animals are run once."""

        def changed(fitted: FittedStudy, name: str) -> Callable[[Mapping[str, float]], ResolvedScenario]:
            return lambda values: _changed(fitted, name, self._texts(values))

        arms = [
            Candidate(fitted.study, name, arm, changed(fitted, name))
            for fitted in self.studies
            for name, arm in fitted.arms.items()
            if is_at_rest(arm)
        ]
        self.insensitive = insensitive_arms(arms, self.free, self.execution)

    def _weighted(self, replays: Sequence[Replay]) -> list[float]:
        if not replays:
            return [math.nan] * len(self.names)
        weights, beyond = self.calibration.weights, self.calibration.linear_beyond
        return [
            tempered(residual(expectation, score, entry.observations), beyond)
            * math.sqrt(weights.get(expectation.tier, 1.0) * weights.get(entry.plan.study.name, 1.0))
            for entry in replays
            for expectation, score in entry.scores
        ]


def _changed(fitted: FittedStudy, name: str, texts: Mapping[str, str]) -> ResolvedScenario:
    """Return the scenario of an arm with the parameters changed that it reads and does not set itself."""
    arm = fitted.arms[name]
    own = arm.scenario.parameters
    changes = {path: text for path, text in texts.items() if path in fitted.read[name] and path not in own}
    return prepare(arm.resolved, changes=changes) if changes else arm.resolved


def objective(calibration: Calibration, execution: Execution) -> Objective:
    """Look everything up that a fit names; nothing is simulated."""
    studies = [_fitted(calibration, i, study) for i, study in _named(calibration)]
    read = {path for fitted in studies for paths in fitted.read.values() for path in paths}
    free = free_parameters(calibration, _parameters(calibration, studies), read)
    _check_weights(calibration, studies)
    _check_animals(calibration, studies)
    _check_rules(calibration, studies)
    found = Objective(calibration, studies, free, execution)
    where = calibration.where((_PART[calibration.method],))
    require_plannable(found.points_at_most() * found.jobs_a_point(), where, _MOST)
    return found


def _named(calibration: Calibration) -> Iterator[tuple[int, Study]]:
    """Yield the studies of a fit, each with the number of the entry that names it."""
    for number, name in enumerate(calibration.studies):
        if name == _ALL:
            yield from ((number, study) for study in map(load_study, study_names()) if _usable(calibration, study))
        else:
            folder = None if name in study_names() else calibration.base_dir
            yield number, load_study(name if folder is None else str(folder / name))


def _usable(calibration: Calibration, study: Study) -> bool:
    """Return whether a shipped study is one of those that `all` stands for."""
    if study.cohort is not None or not _targets(calibration, study):
        return False
    arms = [arm.resolved for arm in compose(study, calibration.pathway).values()]
    return {arm.scenario.species for arm in arms} == {calibration.species} and any(map(_is_treated, arms))


def _is_treated(arm: ResolvedScenario) -> bool:
    """Return whether anything is done to an animal; signals of others are at rest, where no effect of theirs acts."""
    scenario, untouched = arm.scenario, Scenario.model_validate({"name": "untouched", "duration": "1 d"})
    keys = type(scenario).model_fields.keys() - {*_BARE, "mechanisms"}
    other_rules = arm.catalogue.on != arm.catalogue.standard
    return other_rules or any(getattr(scenario, key) != getattr(untouched, key) for key in keys)


def _targets(calibration: Calibration, study: Study) -> tuple[Expectation, ...]:
    """Return the expectations that are simulated: those fitted to; for a posterior also those it must predict."""
    predicts = calibration.method == "posterior"
    return tuple(entry for entry in study.expectations if predicts or entry.role == "calibration")


def _fitted(calibration: Calibration, number: int, study: Study) -> FittedStudy:
    if study.cohort is not None:
        what, cure = f"The study {study.name} has a cohort.", "Fit to studies whose arms say what their animals do."
        raise ScenarioError(what, where=calibration.where(("studies", number)), code="has-cohort", cure=cure)
    fitted = _targets(calibration, study)
    if not fitted:
        what = f"No expectation of the study {study.name} has the role calibration."
        where = calibration.where(("studies", number))
        cure = "Leave it out: expectations with the role test are not fitted to."
        raise ScenarioError(what, where=where, code="nothing-to-fit", cure=cure)
    study = study.model_copy(update={"expectations": fitted})
    arms = _composed(calibration, study)
    needed = [arm for arm, quantities in wanted(study, arms).items() if quantities]
    changes = {"tissue": _tissue(calibration)} if calibration.tissue is not None else {}
    kept = {arm: arms[arm]._replace(resolved=prepare(arms[arm].resolved, changes=changes)) for arm in needed}
    return FittedStudy(study, kept, {arm: frozenset(lowered(part.resolved).used) for arm, part in kept.items()})


def _composed(calibration: Calibration, study: Study) -> dict[str, Arm]:
    """Return the arms of a study by the rules of a fit; a fault of its mechanisms is told where it names them."""
    named = "mechanisms" in calibration.model_fields_set
    if named:
        rules = {"mechanisms": list(calibration.mechanisms)}
        study = study.model_copy(update={"arms": {name: rules | arm for name, arm in study.arms.items()}})
    try:
        return compose(study, calibration.pathway)
    except InputError as fault:
        if not named or fault.code not in ("unknown-mechanism", "rival-mechanisms"):
            raise
        raise fault.become(ScenarioError, calibration.where(("mechanisms",))) from None


def _tissue(calibration: Calibration) -> Any:
    tissue = calibration.tissue
    if isinstance(tissue, Patch):
        return {"septotemporal": f"{tissue.septotemporal_um!r} um", "transverse": f"{tissue.transverse_um!r} um"}
    return tissue


def _parameters(calibration: Calibration, studies: Sequence[FittedStudy]) -> Mapping[str, Parameter]:
    """Return the parameters of the species that all studies share, as the catalogues of their arms hold them.

    Where users' own catalogues say different things of a parameter, the first study decides.
    """
    arms = [arm for fitted in studies for arm in fitted.arms.values()]
    species = {arm.scenario.species for arm in arms}
    if len(species) > 1:
        what = f"The studies are of several species ({', '.join(sorted(species))}), whose parameters differ."
        where, cure = calibration.where(("studies",)), "Fit one species at a time."
        raise ScenarioError(what, where=where, code="several-species", cure=cure)
    return ChainMap(*(dict(before_overrides(arm.resolved).parameters) for arm in arms))


def _check_animals(calibration: Calibration, studies: Sequence[FittedStudy]) -> None:
    """Refuse a posterior over so few animals that nobody knows how far what they say is off."""
    if calibration.method != "posterior":
        return
    for fitted in studies:
        for arm in fitted.arms:
            if (n := calibration.pairs or fitted.study.n_animals(arm)) < _FEWEST:
                where = calibration.where(("pairs",))
                what = f"The arm {arm} of {fitted.study.name} would have {n} animals, too few to tell their error."
                raise ScenarioError(what, where=where, code="out-of-range", cure=f"Write pairs: {_FEWEST}, or more.")


def _check_rules(calibration: Calibration, studies: Sequence[FittedStudy]) -> None:
    """Refuse a posterior over arms of several pathways or sets of mechanisms: its draws would belong to none."""
    if calibration.method != "posterior":
        return
    first: Scenario | None = None
    for fitted in studies:
        for name, arm in fitted.arms.items():
            one, first = arm.scenario, first or arm.scenario
            if (one.pathway, sorted(one.mechanisms)) == (first.pathway, sorted(first.mechanisms)):
                continue
            what = f"The arm {name} of {fitted.study.name} lives by {_rules(one)}, others of this fit by "
            what += f"{_rules(first)}: a posterior belongs to one set of rules."
            cure = "Leave the study out. Where its arms do not choose, say `pathway` and `mechanisms` in the fit."
            raise ScenarioError(what, where=calibration.where(("studies",)), code="several-rules", cure=cure)


def _rules(scenario: Scenario) -> str:
    on = f"the mechanisms {', '.join(sorted(scenario.mechanisms))}" if scenario.mechanisms else "no mechanism"
    return f"the pathway {scenario.pathway} and {on}"


def _check_weights(calibration: Calibration, studies: Sequence[FittedStudy]) -> None:
    known = ["A", "B", *(fitted.study.name for fitted in studies)]
    for name in calibration.weights:
        if name not in known:
            where = calibration.where(("weights", name))
            what = f'"{name[:60]}" is neither a tier nor a study of this fit.'
            raise ScenarioError(what, where=where, code="unknown-study", cure=offer(name, known), seen=name)

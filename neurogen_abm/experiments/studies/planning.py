"""Studies checked and made ready to run: the arms, the jobs of their animals, and everything that is wrong."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from neurogen_abm.activity.run_clock import refuse_other_starts
from neurogen_abm.arguments import FLAG, MAPPING, PLACE, TEXT, TEXTS, WHOLE, Kind, check, instance
from neurogen_abm.errors import Faults, InputError, argument
from neurogen_abm.experiments.cohorts import Herd
from neurogen_abm.experiments.execution.runner import Job, Keep, require_plannable
from neurogen_abm.experiments.studies.observations import keep, wanted
from neurogen_abm.experiments.studies.variation import animal, held_back
from neurogen_abm.rivals.models import AGENTS
from neurogen_abm.run import check_start
from neurogen_abm.spec.cohort import CohortRow, cohort_of
from neurogen_abm.spec.scenario.comparable import by_rules, unlike_rules
from neurogen_abm.spec.scenario.resolve import ResolvedScenario
from neurogen_abm.spec.study.arms import Arm, arm_of, arms_of, before_arms, compose
from neurogen_abm.spec.study.arms import faults as faults_of
from neurogen_abm.spec.study.study import Study, StudyError, load_study, study_names, told_at
from neurogen_abm.spec.study.terms import terms
from neurogen_abm.spec.tissue import tissue_asked

EVERYTHING = Keep()  # every column and every row of the series, and the assays
# A pathway that gives an intervention nothing to act on cannot replay it; any other fault of an arm is an error.
NOT_UNDER_THIS = ("no-effect", "unread-parameter")


_SOURCES = Kind(
    "a list of names, files, mappings or studies",
    lambda value: (
        isinstance(value, list | tuple)
        and all(PLACE.fits(entry) or MAPPING.fits(entry) or isinstance(entry, Study) for entry in value)
    ),
)


class StudyPlan(NamedTuple):
    """One study under one pathway, checked and ready to run.

    ``why_not`` says, where it is not empty, why it is not replayed under the pathway; there are no jobs then. ``notes``
    says which arms live by other mechanisms, and what became of animals that could not be as they were drawn.
    """

    study: Study
    pathway: str
    arms: Mapping[str, Arm]
    jobs: Mapping[str, Sequence[Job]]
    why_not: str = ""
    notes: tuple[str, ...] = ()
    files: Mapping[str, Path] = {}  # recordings that were taken out of others for the animals of a cohort, by name
    model: str = AGENTS  # ours, or a rival, which has no jobs

    @property
    def mechanisms(self) -> tuple[str, ...]:
        """The mechanisms that are on in some arm, in alphabetical order."""
        return tuple(sorted({name for arm in self.arms.values() for name in arm.scenario.mechanisms}))

    @property
    def rules(self) -> str:
        """The mechanisms that are on, in words: those of each set of arms where arms of one species differ in them."""
        if not self.mixed:
            return ", ".join(self.mechanisms)
        sets = [one for sets in by_rules(_resolved(self.arms)) for one in sets.items()]
        return "; ".join(f"{', '.join(on) or 'none'} in {', '.join(names)}" for on, names in sets)

    @property
    def mixed(self) -> bool:
        """Whether arms of one species differ in the mechanisms that are on."""
        return any(len(sets) > 1 for sets in by_rules(_resolved(self.arms)))

    def __repr__(self) -> str:
        """Return one line, not the animals."""
        animals = ", ".join(f"{name} {len(jobs)}" for name, jobs in self.jobs.items())[:200]
        return f"<StudyPlan {self.study.name} under {self.pathway}: {animals or self.why_not[:200]}>"


def _resolved(arms: Mapping[str, Arm]) -> dict[str, ResolvedScenario]:
    return {name: arm.resolved for name, arm in arms.items()}


def plan(
    study: Study,
    pathway: str | None = None,
    pairs: int | None = None,
    mechanisms: Sequence[str] = (),
    *,
    tissue: str | None = None,
    whole_series: bool = False,
) -> StudyPlan:
    """Check a study and make the jobs of its animals; nothing runs.

    ``pathway`` replaces that of every arm that chooses none itself, ``pairs`` the number of animals in each arm,
    ``tissue`` that of every arm (``whole``, or ``1000 um x 850 um``); ``mechanisms`` are on in every arm that names
    none itself, besides those of the base; ``whole_series`` keeps every column and row of the series of each animal,
    and not what the findings read. An InputError says, with place and cure, what cannot be simulated, or is not
    simulated but read.
    """
    check(study=(study, instance(Study)), pathway=(pathway, TEXT.or_none), pairs=(pairs, WHOLE.or_none))
    check(mechanisms=(mechanisms, TEXTS), tissue=(tissue, TEXT.or_none), whole_series=(whole_series, FLAG))
    if pairs is not None and pairs < 1:
        what = f"{pairs} animals were asked for in each arm."
        raise InputError(what, where=argument("pairs"), code="out-of-range", cure="Give at least one animal.")
    if tissue is not None:
        study = on_tissue(study, tissue)
    arms, files = _composed(study, pathway, mechanisms)
    for name, arm in arms.items():
        with told_at(study, name):
            check_start(arm.resolved)
    started = _resolved(arms)
    started |= {f"{called} ({n})": one for n, a in arms.items() for called, one in zip(a.names, a.animals, strict=True)}
    try:
        refuse_other_starts(started)
    except InputError as fault:
        raise fault.become(StudyError, study.where(("arms",))) from None
    made = planned(study, arms, pairs, pathway, whole_series=whole_series)
    notes = (f"On another tissue than the study says: {tissue}.",) if tissue is not None else ()
    return made._replace(files=files, notes=(*notes, *made.notes))


def on_tissue(study: Study, tissue: str) -> Study:
    """Return a study of which every arm has a tissue, asked for as `tissue_asked` reads it."""
    own = {
        name: {key: v for key, v in arm.items() if key.split(".")[0] != "tissue"} for name, arm in study.arms.items()
    }
    changes = {key: value for key, value in study.changes.items() if key.split(".")[0] != "tissue"}
    return study.model_copy(update={"arms": own, "changes": changes | {"tissue": tissue_asked(tissue)}})


def _composed(
    study: Study, pathway: str | None, mechanisms: Sequence[str] = ()
) -> tuple[dict[str, Arm], Mapping[str, Path]]:
    """Return the arms, with the animals of a cohort where there is one, and recordings taken out of others."""
    if study.cohort is None:
        return compose(study, pathway, mechanisms=mechanisms), {}
    herd = Herd(cohort_of(study, study.cohort), before_arms(study))

    def try_one(row: CohortRow) -> None:
        for name in arms_of(study, row):
            check_start(arm_of(study, name, pathway, row, mechanisms).resolved)

    herd.check(try_one)
    return compose(study, pathway, herd.rows, mechanisms), herd.files


def _n_animals(study: Study, name: str, arm: Arm, pairs: int | None) -> int:
    """Return how many animals an arm is lived by: all of its cohort, the first few of it, or as many as are said."""
    if arm.animals:
        return len(arm.animals) if pairs is None else min(pairs, len(arm.animals))
    return study.n_animals(name) if pairs is None else pairs


def planned(
    study: Study,
    arms: Mapping[str, Arm],
    pairs: int | None = None,
    pathway: str | None = None,
    *,
    whole_series: bool = False,
) -> StudyPlan:
    """Make the jobs of the animals of given arms, as in `plan`; the arms may have been changed since `compose`."""
    used = pathway or next(iter(arms.values())).scenario.pathway
    if not study.expectations:
        return StudyPlan(study, used, arms, {}, "No finding of the paper can be replayed.")
    numbers = {name: _n_animals(study, name, arm, pairs) for name, arm in arms.items()}
    if study.cohort is not None:
        _check_as_many(study, numbers)
    require_plannable(sum(numbers.values()), study.where(("animals",)))
    asked = wanted(study, arms)
    jobs, notes = {}, unlike_rules(_resolved(arms))
    for name, arm in arms.items():
        what = EVERYTHING if whole_series else keep(arm, asked[name])
        point = {"study": study.name, "pathway": arm.scenario.pathway, "arm": name}
        jobs[name] = [_job(study, name, arm, n, what, point) for n in range(numbers[name])]
        if note := held_back(study, arm, numbers[name]):
            notes.append(f"{name}: {note}")
    return StudyPlan(study, used, arms, jobs, notes=tuple(notes))


def _check_as_many(study: Study, numbers: Mapping[str, int]) -> None:
    """Refuse to compare arms of unlike numbers: animals of one number are twins, and the others would be left out."""
    for place, expectation in enumerate(study.expectations):
        compared = {part.arm for term in terms(expectation, tuple(numbers)) for part in term.quantities}
        if len({numbers[name] for name in compared}) > 1:
            said = ", ".join(f"{name} {numbers[name]}" for name in numbers if name in compared)
            what = f"It compares groups of unlike size ({said} animals), and a study compares twins one by one."
            cure = "Let `n` of some rows even them out; a sweep with this cohort compares groups of any size."
            raise StudyError(what, where=study.where(("expectations", place)), code="not-comparable", cure=cure)


def _job(study: Study, name: str, arm: Arm, number: int, what: Keep, point: Mapping[str, Any]) -> Job:
    """Return the job of one animal; what it cannot do is told at its arm."""
    with told_at(study, name, f" animal {number + 1}"):
        called = {"named": arm.names[number]} if arm.names else {}
        return Job.of(animal(study, arm, number), what, {**point, "animal": number + 1, **called})


def plan_under(
    study: Study, pathway: str, pairs: int | None = None, mechanisms: Sequence[str] = (), **more: Any
) -> StudyPlan:
    """Plan a study under a pathway that may lack what the study acts on; `StudyPlan.why_not` says so then.

    ``more`` as in `plan`.
    """
    try:
        return plan(study, pathway, pairs, mechanisms, **more)
    except InputError as fault:
        if fault.code not in NOT_UNDER_THIS:
            raise
        return StudyPlan(study, pathway, {}, {}, fault.what)


def plans_of(
    sources: Sequence[str | Path | Mapping[str, Any] | Study],
    pathway: str | None = None,
    pairs: int | None = None,
    mechanisms: Sequence[str] = (),
    **more: Any,
) -> list[StudyPlan]:
    """Plan studies by name, file, mapping or as they are; ``all`` stands for every shipped study, or each pathway.

    ``more`` as in `plan`. An InputError says what is wrong, and `Faults` everything where it is more than one thing;
    nothing has run then.
    """
    plans, faults = looked_through(sources, pathway, pairs, mechanisms, **more)
    if faults:
        raise faults[0] if len(faults) == 1 else Faults(faults)
    if not any(entry.jobs for entry in plans):
        why = plans[0].why_not if plans else "No study comes with the package."
        raise InputError(f"There is nothing to replay. {why}", code="no-jobs", cure="Choose another study or pathway.")
    return plans


def looked_through(
    sources: Sequence[str | Path | Mapping[str, Any] | Study],
    pathway: str | None = None,
    pairs: int | None = None,
    mechanisms: Sequence[str] = (),
    **more: Any,
) -> tuple[list[StudyPlan], list[InputError]]:
    """Plan studies as `plans_of` does, and return beside the plans everything that is wrong with the others."""
    check(sources=(sources, _SOURCES), pathway=(pathway, TEXT.or_none), pairs=(pairs, WHOLE.or_none))
    named = [name for source in sources for name in (study_names() if source == "all" else [source])]
    written = [source for source in named if not isinstance(source, str | Path)]
    plans: list[StudyPlan] = []
    faults: dict[tuple[str, str], InputError] = {}
    for source in [*dict.fromkeys(name for name in named if isinstance(name, str | Path)), *written]:
        found: list[InputError] = []
        try:
            study = load_study(source)
        except InputError as fault:
            found = [fault, *getattr(fault, "others", ())]
        else:
            made, found = _under_each(study, pathway, pairs, mechanisms, **more)
            plans += made
        faults |= {(one.where, one.what): one for one in found if (one.where, one.what) not in faults}
    return plans, list(faults.values())


def _under_each(
    study: Study, pathway: str | None, pairs: int | None, mechanisms: Sequence[str], **more: Any
) -> tuple[list[StudyPlan], list[InputError]]:
    """Plan a study under a pathway, or each; return the plans, or all that is wrong."""
    try:
        if pathway != "all":
            return [plan(study, pathway, pairs, mechanisms, **more)], []
        pathways = next(iter(_composed(study, None)[0].values())).resolved.catalogue.pathways
        return [plan_under(study, name, pairs, mechanisms, **more) for name in pathways], []
    except InputError as fault:
        if fault.where in map(argument, ("pairs", "tissue", "mechanisms")):
            return [], [fault]  # of what was asked for, not of the study
        whole = study if more.get("tissue") is None else on_tissue(study, more["tissue"])
        return [], all_faults(whole, None if pathway == "all" else pathway, pairs, mechanisms) or [fault]


def all_faults(
    study: Study, pathway: str | None, pairs: int | None, mechanisms: Sequence[str] = ()
) -> list[InputError]:
    """Return everything that is wrong with a study: its arms, what is read in them, and each of its animals.

    Of a study with a cohort nothing is returned: the first fault of its table tells all that is wrong there.
    """
    if study.cohort is not None:
        return []
    arms: dict[str, Arm] = {}
    found: list[InputError] = []
    for name in study.arms:
        try:
            arms[name] = arm_of(study, name, pathway, mechanisms=mechanisms)
            with told_at(study, name):
                check_start(arms[name].resolved)
        except InputError as fault:
            found.append(fault)
    found += faults_of(study, arms)
    for name, arm in arms.items():
        for number in range(0 if found else _n_animals(study, name, arm, pairs)):
            try:
                _job(study, name, arm, number, EVERYTHING, {})
            except InputError as fault:
                found.append(fault)
    return found

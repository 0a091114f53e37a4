"""Published experiments replayed and scored: arms of twins, run wherever a worker is free, judged by one set of rules.

``plan`` checks everything before anything runs; ``replay`` runs what is not there yet; the scores follow from the
tables alone, so that the same directory scored again gives the same card.
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from neurogen_abm.activity.run_clock import refuse_other_starts
from neurogen_abm.arguments import MAPPING, PLACE, TEXT, WHOLE, Kind, check, instance
from neurogen_abm.errors import InputError, argument
from neurogen_abm.experiments.cohorts import Herd, found_in
from neurogen_abm.experiments.execution.runner import (
    Execution,
    Job,
    Keep,
    Outcome,
    Purpose,
    RunsProgress,
    Workers,
    perform,
    require_plannable,
)
from neurogen_abm.experiments.studies import nulls
from neurogen_abm.experiments.studies.evidence import Finding, finding
from neurogen_abm.experiments.studies.observations import Observations, area_fraction, by_assay, by_name, keep, wanted
from neurogen_abm.experiments.studies.pathways import behind_best
from neurogen_abm.experiments.studies.scoring import Score, score
from neurogen_abm.experiments.studies.variation import animal, held_back
from neurogen_abm.run import check_start
from neurogen_abm.spec.cohort import CohortRow, cohort_of
from neurogen_abm.spec.study.arms import Arm, arm_of, arms_of, before_arms, compose
from neurogen_abm.spec.study.expectations import Correlation, Expectation, Null, Ordering, Shape, Timing
from neurogen_abm.spec.study.study import Study, StudyError, load_study, study_names
from neurogen_abm.spec.study.terms import terms

ANIMALS = "animals"
# A pathway that gives an intervention nothing to act on cannot replay it; any other fault of an arm is an error.
_NOT_UNDER_THIS = ("no-effect", "unread-parameter")


_PLANS = Kind(
    "a list of plans",
    lambda value: isinstance(value, list | tuple) and all(isinstance(entry, StudyPlan) for entry in value),
)
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
    says what became of animals that could not be as they were drawn.
    """

    study: Study
    pathway: str
    arms: Mapping[str, Arm]
    jobs: Mapping[str, Sequence[Job]]
    why_not: str = ""
    notes: tuple[str, ...] = ()
    files: Mapping[str, Path] = {}  # recordings that were taken out of others for the animals of a cohort, by name

    def __repr__(self) -> str:
        """Return one line, not the animals."""
        animals = ", ".join(f"{name} {len(jobs)}" for name, jobs in self.jobs.items())[:200]
        return f"<StudyPlan {self.study.name} under {self.pathway}: {animals or self.why_not[:200]}>"


@dataclass(frozen=True)
class Replay:
    """What came of one study under one pathway: what its animals showed, and a score for each expectation."""

    plan: StudyPlan
    observations: Observations
    scores: Sequence[tuple[Expectation, Score]]
    failed: pd.DataFrame

    def __repr__(self) -> str:
        """Return one line, not the tables."""
        verdicts = ", ".join(found.verdict for _, found in self.scores[:20])
        return f"<Replay of {self.plan.study.name} under {self.plan.pathway}: {verdicts}>"


def plan(study: Study, pathway: str | None = None, pairs: int | None = None) -> StudyPlan:
    """Check a study and make the jobs of its animals; nothing runs.

    ``pathway`` replaces that of every arm that chooses none itself, ``pairs`` the number of animals in each arm. An
    InputError says, with place and cure, what cannot be simulated, or is not simulated but read.
    """
    check(study=(study, instance(Study)), pathway=(pathway, TEXT.or_none), pairs=(pairs, WHOLE.or_none))
    if pairs is not None and pairs < 1:
        what = f"{pairs} animals were asked for in each arm."
        raise InputError(what, where=argument("pairs"), code="out-of-range", cure="Give at least one animal.")
    arms, files = _composed(study, pathway)
    for name, arm in arms.items():
        with _told_at(study, name):
            check_start(arm.resolved)
    started = {name: arm.resolved for name, arm in arms.items()}
    started |= {f"{called} ({n})": one for n, a in arms.items() for called, one in zip(a.names, a.animals, strict=True)}
    try:
        refuse_other_starts(started)
    except InputError as fault:
        raise fault.become(StudyError, study.where(("arms",))) from None
    return planned(study, arms, pairs, pathway)._replace(files=files)


def _composed(study: Study, pathway: str | None) -> tuple[dict[str, Arm], Mapping[str, Path]]:
    """Return the arms, with the animals of a cohort where there is one, and recordings taken out of others."""
    if study.cohort is None:
        return compose(study, pathway), {}
    herd = Herd(cohort_of(study, study.cohort), before_arms(study))

    def try_one(row: CohortRow) -> None:
        for name in arms_of(study, row):
            check_start(arm_of(study, name, pathway, row).resolved)

    herd.check(try_one)
    return compose(study, pathway, herd.rows), herd.files


def _n_animals(study: Study, name: str, arm: Arm, pairs: int | None) -> int:
    """Return how many animals an arm is lived by: all of its cohort, the first few of it, or as many as are said."""
    if arm.animals:
        return len(arm.animals) if pairs is None else min(pairs, len(arm.animals))
    return study.n_animals(name) if pairs is None else pairs


def planned(study: Study, arms: Mapping[str, Arm], pairs: int | None = None, pathway: str | None = None) -> StudyPlan:
    """Make the jobs of the animals of given arms, as in `plan`; the arms may have been changed since `compose`."""
    used = pathway or next(iter(arms.values())).scenario.pathway
    if not study.expectations:
        return StudyPlan(study, used, arms, {}, "No finding of the paper can be replayed.")
    numbers = {name: _n_animals(study, name, arm, pairs) for name, arm in arms.items()}
    if study.cohort is not None:
        _check_as_many(study, numbers)
    require_plannable(sum(numbers.values()), study.where(("animals",)))
    asked = wanted(study, arms)
    jobs, notes = {}, []
    for name, arm in arms.items():
        what = keep(arm, asked[name])
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
    with _told_at(study, name, f" animal {number + 1}"):
        called = {"named": arm.names[number]} if arm.names else {}
        return Job.of(animal(study, arm, number), what, {**point, "animal": number + 1, **called})


@contextmanager
def _told_at(study: Study, name: str, animal_: str = "") -> Iterator[None]:
    try:
        yield
    except InputError as fault:
        what = f"In the arm {name},{animal_}: {fault.what}" if animal_ else f"In the arm {name}: {fault.what}"
        raise fault.become(StudyError, study.where(("arms", name)), what) from None


def plan_under(study: Study, pathway: str, pairs: int | None = None) -> StudyPlan:
    """Plan a study under a pathway that may lack what the study acts on; `StudyPlan.why_not` says so then."""
    try:
        return plan(study, pathway, pairs)
    except InputError as fault:
        if fault.code not in _NOT_UNDER_THIS:
            raise
        return StudyPlan(study, pathway, {}, {}, fault.what)


def plans_of(
    sources: Sequence[str | Path | Mapping[str, Any] | Study], pathway: str | None = None, pairs: int | None = None
) -> list[StudyPlan]:
    """Plan studies by name, file, mapping or as they are; ``all`` stands for every shipped study, or each pathway.

    An InputError says which study cannot be used; nothing has run then.
    """
    check(sources=(sources, _SOURCES), pathway=(pathway, TEXT.or_none), pairs=(pairs, WHOLE.or_none))
    named = [name for source in sources for name in (study_names() if source == "all" else [source])]
    written = [source for source in named if not isinstance(source, str | Path)]
    plans = []
    for study in map(load_study, [*dict.fromkeys(name for name in named if isinstance(name, str | Path)), *written]):
        if pathway != "all":
            plans.append(plan(study, pathway, pairs))
            continue
        pathways = next(iter(_composed(study, None)[0].values())).resolved.catalogue.pathways
        plans += [plan_under(study, name, pairs) for name in pathways]
    if not any(entry.jobs for entry in plans):
        why = plans[0].why_not if plans else "No study comes with the package."
        raise InputError(f"There is nothing to replay. {why}", code="no-jobs", cure="Choose another study or pathway.")
    return plans


def replay(
    plans: Sequence[StudyPlan],
    folder: Path | str,
    *,
    workers: int | Workers | None = None,
    scheduler: str | None = None,
    progress: Callable[[RunsProgress], None] | None = None,
    retry_failed: bool = False,
) -> list[Replay]:
    """Run the animals that are not there yet, all studies together, and score every study.

    Parameters
    ----------
    plans
        From `plan`; those that cannot be replayed are left out.
    folder
        Where runs are kept; a study added later, or one stopped, goes on where it was.
    workers, scheduler, progress, retry_failed
        As in `Execution`.

    Raises
    ------
    EnvironmentFault, IntegrityError
        As in `perform`. A failed animal raises no error: it leaves its pair out, and the card says so.

    Examples
    --------
    >>> from neurogen_abm.spec.study.study import load_study
    >>> plans = [plan(load_study("clark2010"), pairs=4)]  # doctest: +SKIP
    >>> card(replay(plans, "runs/studies/animals", workers=2))[["expectation", "verdict"]]  # doctest: +SKIP
    """
    check(plans=(plans, _PLANS))
    return replayed(plans, Execution(folder, workers, scheduler, progress, retry_failed))


def replayed(
    plans: Sequence[StudyPlan], execution: Execution, title: str = "studies", purpose: Purpose = Purpose.STORE
) -> list[Replay]:
    """Run and score the studies, as in `replay`; ``title`` and ``purpose`` as in `perform`."""
    ready = [entry for entry in plans if not entry.why_not]
    execution = replace(execution, folder=execution.directory())
    files = {name: file for entry in ready for name, file in entry.files.items()}
    jobs = [
        replace(job, resolved=found_in(job.resolved, files, Path(str(execution.folder)))) if files else job
        for entry in ready
        for arm in entry.jobs.values()
        for job in arm
    ]
    outcome = perform(jobs, execution, title=title, purpose=purpose, beside=files)
    tables = {name: _table(outcome, name) for name in ("series", "assays")}
    return [_scored(entry, tables, outcome.failed) for entry in ready]


def _table(outcome: Outcome, name: str) -> pd.DataFrame | None:
    held = any(file.name.split("/")[-2] == name for file in outcome.files)
    return outcome.table(name) if held else None


def _scored(entry: StudyPlan, tables: Mapping[str, Any], failed: pd.DataFrame) -> Replay:
    keys = {name: [job.key for job in jobs] for name, jobs in entry.jobs.items()}
    own = {key for jobs in keys.values() for key in jobs}
    mine = {name: None if table is None else table[table["job"].isin(own)] for name, table in tables.items()}
    columns = [] if mine["series"] is None else [c for c in mine["series"].columns if c not in ("job", "time_h", "day")]
    found = Observations(
        entry.arms,
        keys,
        by_name(mine["series"], columns),
        by_assay(mine["assays"]),
        {name: area_fraction(arm) for name, arm in entry.arms.items()},
    )
    scores = [(expectation, score(entry.study, expectation, found)) for expectation in entry.study.expectations]
    return Replay(entry, found, scores, failed[failed["job"].isin(own)])


def card(replays: Sequence[Replay]) -> pd.DataFrame:
    """Return the score card: one row per expectation and pathway, the columns of docs/studies.md."""
    rows = pd.DataFrame([row for entry in replays for row in _rows(entry)])
    if rows.empty:
        return rows
    rows.insert(list(rows.columns).index("log_score") + 1, "behind_best", behind_best(rows))
    return rows.merge(_of_nulls(replays), "left", ["study", "expectation"])


def _of_nulls(replays: Sequence[Replay]) -> pd.DataFrame:
    """Return what models without biology score on the findings: fitted to all papers, and to all but the finding's."""
    once = {entry.plan.study.name: entry.plan for entry in replays}
    known = {
        (plan.study.name, name): case
        for plan in once.values()
        for name, case in nulls.cases(plan.study, plan.arms).items()
    }
    keys = pd.DataFrame(list(known), columns=["study", "expectation"])
    cases = list(known.values())
    fitted, left_out = (nulls.score_nulls(cases, left_out=out) for out in (False, True))
    return pd.concat(
        [
            keys,
            fitted.rename(columns=null_column),
            left_out[list(nulls.FITTED)].rename(columns=lambda name: null_column(name, left_out=True)),
        ],
        axis=1,
    )


def null_column(model: str, *, left_out: bool = False) -> str:
    """Return the column of a score card with the log scores of a model without biology."""
    return f"{'left_out' if left_out else 'null'}_{re.sub(r'[ .]', '_', model)}"


def _rows(entry: Replay) -> Iterator[dict[str, Any]]:
    arms = entry.plan.arms
    for expectation, found in entry.scores:
        number = finding(entry.plan.study, expectation, arms)
        value, low, high = (published(expectation, key) for key in ("value", "low", "high"))
        yield {
            "study": entry.plan.study.name,
            "paper": entry.plan.study.paper,
            "pathway": entry.plan.pathway,
            "expectation": expectation.name,
            "kind": expectation.kind,
            "says": _says(expectation),
            "tier": expectation.tier,
            "role": expectation.role,
            "assay": "" if number is None else number.assay,
            "verdict": found.verdict,
            "log_score": math.nan if found.likelihood is None else found.likelihood.log_score,
            "verdict_by_span": found.by_span,
            "simulated": found.simulated.value,
            "simulated_low": found.simulated.low,
            "simulated_high": found.simulated.high,
            "standard_error": found.simulated.error,
            "animals": found.simulated.n,
            "published": value,
            "published_low": low,
            "published_high": high,
            "published_error": _number(getattr(expectation, "standard_error", None)),
            "accepted_low": found.accepted.low,
            "accepted_high": found.accepted.high,
            "z": found.z,
            **_predicted(number, found),
            "source": expectation.source.place,
            "note": expectation.note or "",
        }


def _predicted(number: Finding | None, found: Score) -> dict[str, float]:
    """Return how well the paper knew its number, and between which 95 % of such papers would report theirs."""
    if number is None or found.likelihood is None:
        return dict.fromkeys(("paper_error", "predicted_low", "predicted_high"), math.nan)
    low, high = math.exp(found.likelihood.low), math.exp(found.likelihood.high)
    return {"paper_error": number.precision.error, "predicted_low": low, "predicted_high": high}


def _says(expectation: Expectation) -> str:
    """Return what an expectation says besides numbers."""
    if isinstance(expectation, Timing):
        return expectation.event.replace("_", " ")
    if isinstance(expectation, Correlation):
        return f"{expectation.sign} correlation"
    if isinstance(expectation, Ordering):
        return f"{expectation.order} order"
    if isinstance(expectation, Shape):
        return f"{expectation.form} course" if expectation.form in ("rising", "falling") else f"{expectation.form} fits"
    return "no difference" if isinstance(expectation, Null) else ""


def published(expectation: Expectation, key: str) -> float:
    """Return what an expectation publishes as its value, low or high end; NaN where it is open; days for a timing."""
    if expectation.kind == "timing":
        time_h = getattr(expectation, f"{key}_h")
        return math.nan if time_h is None else time_h / 24
    if expectation.kind == "bound":
        return _number({"low": expectation.gt, "high": expectation.lt}.get(key))
    if expectation.kind == "null":
        return 1.0 if key == "value" else math.nan
    return _number(getattr(expectation, key, None))


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)

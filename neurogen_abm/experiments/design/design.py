"""The door to designs: a study is checked, its animals are simulated, and the next experiment is planned on them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from neurogen_abm.arguments import TEXTS, WHOLE, check
from neurogen_abm.errors import InputError, argument
from neurogen_abm.experiments.design import tables
from neurogen_abm.experiments.design.disagreement import disagreements
from neurogen_abm.experiments.design.pool import UNDER_A_DRAW, Pool, filled, jobs_of, moments
from neurogen_abm.experiments.design.questions import Question, pairs, questions
from neurogen_abm.experiments.design.spread import COUNTING
from neurogen_abm.experiments.design.tables import Range
from neurogen_abm.experiments.draws import Asked, Draws, asked
from neurogen_abm.experiments.execution.runner import Execution, Job, RunsProgress, Workers, require_plannable
from neurogen_abm.notebook import as_html
from neurogen_abm.run import check_start
from neurogen_abm.spec.shipped import ShippedFiles
from neurogen_abm.spec.study.arms import Arm, compose
from neurogen_abm.spec.study.study import FORM, Study, StudyError, load_study, told_at
from neurogen_abm.spec.suggest import offer

ANIMALS = "animals"
DESIGNS = ShippedFiles("study", "designs", "design", "unknown-study", FORM)
LITTER = f"{COUNTING}.litter_share"
TABLES = ("readings", "power", "sections", "litters", "pathways")
_MOST_ANIMALS = 200  # of a group; beyond it nobody plans
_LEAST_POOL = 4
_NO_MATTER = ("name", "title", "description", "look_for", "seed", "labels", "assays", "sampling", "outputs")
_SHOWN = ["arm", "over", "reading", "day", "finding", "ratio", "n_80", "n_90", "planned_power"]


class DesignPlan(NamedTuple):
    """A design, checked and ready to run."""

    study: Study
    arms: Mapping[str, Mapping[str, Arm]]  # pathway -> arm
    readings: tuple[str, ...]
    span: Range
    jobs: Sequence[Job]
    drawn: Draws | None = None

    @property
    def planned(self) -> dict[str, int]:
        """Animals of each arm, as the study says."""
        return {name: self.study.n_animals(name) for name in self.study.arms}

    @property
    def any_arm(self) -> Arm:
        """An arm, for what all have in common."""
        return next(iter(next(iter(self.arms.values())).values()))

    def __repr__(self) -> str:
        """Return one line, not the animals."""
        return f"<DesignPlan {self.study.name}: {len(self.jobs)} animals to simulate>"


@dataclass(frozen=True)
class Design:
    """The next experiment, planned.

    Attributes
    ----------
    plan
        What was asked.
    pool
        The simulated animals it rests on.
    questions
        Each pair of arms, reading and day, with what there is to find.
    """

    plan: DesignPlan
    pool: Pool
    questions: Sequence[Question]

    def __repr__(self) -> str:
        """Return one line, not the tables."""
        found = sum(one.effect != "none" for one in self.questions)
        return f"<Design of {self.plan.study.name}: {found} of {len(self.questions)} readings have an effect to find>"

    def _repr_html_(self) -> str:
        """Return a table for a notebook."""
        return as_html(repr(self), self.readings[_SHOWN])

    @cached_property
    def readings(self) -> pd.DataFrame:
        """One row per pathway, pair of arms, reading and day; docs/design.md lists the columns of every table."""
        return tables.readings_table(self.questions, self.plan.planned)

    @cached_property
    def power(self) -> pd.DataFrame:
        """Power and expected interval by number of animals."""
        return tables.power_table(self.questions, self.plan.span, self.plan.study.seed)

    @cached_property
    def sections(self) -> pd.DataFrame:
        """Animals needed by how many sections are counted; empty where the study says no `sampling`."""
        length_um = float(self.plan.any_arm.resolved.value("anatomy.sheet_septotemporal", "um"))
        return tables.sections_table(self.questions, length_um)

    @cached_property
    def litters(self) -> pd.DataFrame:
        """What littermates in one group cost."""
        return tables.litters_table(self.questions, self.litter_share, self.plan.planned)

    @property
    def litter_share(self) -> float:
        """Share of the variance between animals that litters explain, as the catalogue has it."""
        return float(self.plan.any_arm.resolved.value(LITTER, "1"))

    @cached_property
    def pathways(self) -> pd.DataFrame:
        """Where two pathways disagree, the most telling reading first; empty with one pathway."""
        return disagreements(self.questions, self.plan.span)

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """Every table by its name."""
        return {name: table for name in TABLES if len(table := getattr(self, name))}

    @property
    def failed(self) -> pd.DataFrame:
        """One row per failed run, with the error."""
        return self.pool.outcome.failed


def design(
    study: str | Path | Mapping[str, Any] | Study,
    *,
    pathway: str | Sequence[str] | None = None,
    readings: Sequence[str] = (),
    fewest: int = 4,
    most: int = 30,
    pool: int = 24,
    posterior: Asked = None,
    out: Path | str | None = None,
    workers: int | Workers | None = None,
    scheduler: str | None = None,
    progress: Callable[[RunsProgress], None] | None = None,
    retry_failed: bool = False,
) -> Design:
    """Plan the next experiment: how many animals, on which day, in how many sections, between which pathways.

    Parameters
    ----------
    study
        Arms, assays and animals of the experiment: a shipped design or study by name, a YAML file, a mapping. What it
        expects to find is not read.
    pathway
        Under which pathway the animals live, in place of that of the study; several to ask where they disagree.
    readings
        Assays to plan on; all of the study by default.
    fewest, most
        From how many animals of a group to how many answers are given.
    pool
        Simulated animals of each arm and pathway.
    posterior
        Draws over which power is averaged, so that it is known how probable success is with what is not known: so many
        of the shipped posterior of the pathway, or one of your own. Three animals of each arm live under each draw.
    out
        The directory of the runs; what it holds is not run again. A temporary one by default.
    workers, scheduler, progress, retry_failed
        As in `Execution`.

    Raises
    ------
    InputError
        The study cannot be used, or there is nothing to compare or to find; nothing ran.
    EnvironmentFault, IntegrityError
        As in `perform`. A failed animal raises no error: it is left out, and ``failed`` lists it.

    Examples
    --------
    >>> import neurogen_abm
    >>> found = neurogen_abm.design("running_next", out="runs/next", workers=2)  # doctest: +SKIP
    >>> found.readings[["reading", "day", "ratio", "n_80", "n_90"]]  # doctest: +SKIP
    """
    execution = Execution(out, workers, scheduler, progress, retry_failed)
    plan = plan_design(
        study, pathway=pathway, readings=readings, fewest=fewest, most=most, pool=pool, posterior=posterior
    )
    return designed(plan, execution)


def designed(plan: DesignPlan, execution: Execution) -> Design:
    """Run the animals of a plan that are not there yet, and return what follows."""
    pool = filled(plan.jobs, execution, f"design {plan.study.name}")
    return Design(plan, pool, questions(plan.study, plan.arms, pool, plan.readings))


def plan_design(
    study: str | Path | Mapping[str, Any] | Study,
    *,
    pathway: str | Sequence[str] | None = None,
    readings: Sequence[str] = (),
    fewest: int = 4,
    most: int = 30,
    pool: int = 24,
    posterior: Asked = None,
) -> DesignPlan:
    """Check a design and make the jobs of its animals, as `design` takes it; nothing runs."""
    named = [pathway] if isinstance(pathway, str) else [] if pathway is None else pathway
    check(
        pathway=(named, TEXTS),
        readings=(readings, TEXTS),
        fewest=(fewest, WHOLE),
        most=(most, WHOLE),
        pool=(pool, WHOLE),
    )
    _check_numbers(fewest, most, pool)
    if len(set(named)) < len(named):
        twice = next(name for name in named if list(named).count(name) > 1)
        what = f'The pathway "{twice[:60]}" is named twice, and does not disagree with itself.'
        raise InputError(what, where=argument("pathway"), code="twice", cure="Name two different pathways.")
    whole = loaded(study)
    _check_study(whole)
    arms = dict(_lived(whole, named or [None]))
    _check_effects(whole, arms)
    _check_readings(whole, arms, readings)
    drawn = asked(posterior)
    lives = pool + (0 if drawn is None else UNDER_A_DRAW * drawn.n)
    require_plannable(lives * len(whole.arms) * len(arms), argument("pool" if drawn is None else "posterior"))
    return DesignPlan(whole, arms, tuple(readings), Range(fewest, most), jobs_of(whole, arms, pool, drawn), drawn)


def loaded(study: str | Path | Mapping[str, Any] | Study) -> Study:
    """Read a study: a shipped design goes before a shipped study of its name."""
    if isinstance(study, str) and study in DESIGNS.names():
        return Study.read_from(DESIGNS, study)
    return load_study(study)


def _check_numbers(fewest: int, most: int, pool: int) -> None:
    """Refuse numbers of animals that no experiment has."""
    if not 2 <= fewest <= most <= _MOST_ANIMALS:
        name = "most" if fewest >= 2 else "fewest"
        what = f"From {fewest} to {most} animals of a group is no range of experiments."
        cure = f"Give 2 at least, {_MOST_ANIMALS} at most, and no more for the fewest than for the most."
        raise InputError(what, where=argument(name), code="out-of-range", cure=cure, seen=(fewest, most))
    if pool < _LEAST_POOL:
        what = f"{pool} simulated animals of an arm say little about how animals differ."
        cure = f"Simulate {_LEAST_POOL} at least; 24 are usual."
        raise InputError(what, where=argument("pool"), code="out-of-range", cure=cure, seen=pool)


def _check_study(study: Study) -> None:
    """Refuse a study that compares nothing."""
    if len(study.arms) < 2:
        what = f"The study has one arm, {next(iter(study.arms))}, and nothing to compare it with."
        cure = "Add a second arm, such as `control: {}`."
        raise StudyError(what, where=study.where(("arms",)), code="no-comparison", cure=cure)
    if study.cohort is not None:
        what = "The animals of a cohort are there already, and a design draws the next ones."
        raise StudyError(what, where=study.where(("cohort",)), code="bad-pair", cure="Leave `cohort` out.")
    for name in study.arms:
        if study.n_animals(name) < 2:
            what = f"The arm {name} has one animal: nothing tells how animals differ, and no test can be made."
            raise StudyError(what, where=study.where(("animals",)), code="out-of-range", cure="Plan two at least.")


def _lived(study: Study, pathways: Sequence[str | None]) -> Iterator[tuple[str, Mapping[str, Arm]]]:
    """Yield each pathway with the arms as they are lived under it."""
    for pathway in pathways:
        arms = compose(study, pathway)
        for name, arm in arms.items():
            with told_at(study, name):
                check_start(arm.resolved)
        yield pathway or next(iter(arms.values())).scenario.pathway, arms


def _check_effects(study: Study, arms: Mapping[str, Mapping[str, Arm]]) -> None:
    """Refuse arms, or pathways, between which nothing differs: there is no effect to find."""
    first = next(iter(arms.values()))
    for over, arm in pairs(first):
        kinds = [first[name].scenario.species for name in (over, arm)]
        if len(set(kinds)) > 1:
            what = f"The arm {over} is of the species {kinds[0]}, and {arm} is of the {kinds[1]}."
            cure = "Plan on arms of one species: no experiment draws by lot which animal is of which."
            place = study.place_within(("arms", arm), "species") or ("arms", arm)
            raise StudyError(what, where=study.where(place), code="other-species", cure=cure, seen=kinds[1])
        if _life(first[over]) == _life(first[arm]):
            what = f"The arms {over} and {arm} live the same life, so that there is no effect to find between them."
            cure = "Change something in one of them, or leave one out."
            raise StudyError(what, where=study.where(("arms", arm)), code="no-effect", cure=cure)
    lives = {pathway: [_life(arm) for arm in own.values()] for pathway, own in arms.items()}
    for one, other in ((a, b) for a in lives for b in lives if a < b):
        if lives[one] == lives[other]:
            what = f"Every arm says its pathway itself, so that {one} and {other} are the same experiment."
            cure = "Leave `pathway` out of the arms."
            raise StudyError(what, where=study.where(("arms",)), code="no-effect", cure=cure)


def _life(arm: Arm) -> dict[str, Any]:
    """Return what an animal lives, without what it is called and what is looked at."""
    return {name: part for name, part in arm.resolved.entries().items() if name not in _NO_MATTER}


def _check_readings(study: Study, arms: Mapping[str, Mapping[str, Arm]], readings: Sequence[str]) -> None:
    """Refuse readings that are never made, and a study in which none is made in two arms at one time."""
    first = next(iter(arms.values()))
    both = {name for over, arm in pairs(first) for name, _ in moments({over: first[over], arm: first[arm]})}
    if not both:
        what = "No assay is made in two arms at the same time, so that nothing is ever counted that could be compared."
        cure = "Write `assays:` for the whole study, like {name: young, count: DCX+, at: [7 d, 14 d]}."
        raise StudyError(what, where=study.where(("assays",)), code="never-counted", cure=cure)
    for name in readings:
        if name not in both:
            what = f'"{name[:60]}" is never counted in two arms at the same time.'
            raise InputError(what, where=argument("readings"), code="unknown-assay", cure=offer(name, both), seen=name)

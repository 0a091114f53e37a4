"""A sweep: the points of a design, the same seeds at every point, one job each, and tables to look at."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from neurogen_abm import units
from neurogen_abm.activity.run_clock import refuse_other_starts
from neurogen_abm.arguments import PLACE, TEXT, check
from neurogen_abm.errors import InputError, argument
from neurogen_abm.experiments.cohorts import Herd, found_in, numbered, said_of
from neurogen_abm.experiments.draws import Asked, Draws, asked
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
from neurogen_abm.experiments.sweep import designs, drawn
from neurogen_abm.experiments.sweep.scales import AxisScale, numbers, shown
from neurogen_abm.notebook import as_html
from neurogen_abm.over_time import DAY_H
from neurogen_abm.run import check_start
from neurogen_abm.spec.cohort import CohortRow, as_animal, cohort_of
from neurogen_abm.spec.scenario import sentences
from neurogen_abm.spec.scenario.comparable import difference
from neurogen_abm.spec.scenario.models import Scenario
from neurogen_abm.spec.scenario.scenario import ResolvedScenario, load_scenario, resolve
from neurogen_abm.spec.suggest import offer
from neurogen_abm.spec.sweep import Sweep, load_sweep
from neurogen_abm.spec.validation import ScenarioError
from neurogen_abm.storage import atomic, ledger, run_directory
from neurogen_abm.storage.csv_text import as_csv

_TRIAL_TISSUE = {"septotemporal": "300 um", "transverse": "300 um"}


@dataclass(frozen=True)
class SweepResult:
    """What a sweep found.

    Attributes
    ----------
    plan
        The sweep as it was written.
    outcome
        The runs: ``outcome.runs`` and ``outcome.failed`` are tables.
    points
        One row per point: its axes by path, numbers in the unit of ``scales``.
    scales
        Path -> label and unit of an axis.
    """

    plan: Sweep
    outcome: Outcome
    points: pd.DataFrame
    scales: Mapping[str, AxisScale]
    _where: Mapping[str, list[int]]
    _under: pd.DataFrame | None = None

    def __repr__(self) -> str:
        """Return one line, not the tables."""
        return f"<SweepResult {self.plan.name}: {len(self.points)} points, {self.outcome.said}>"

    def _repr_html_(self) -> str:
        """Return the runs as a table for a notebook."""
        return as_html(repr(self), self.outcome.runs.drop(columns=["job", "digest", "worker"]))

    def table(self, name: str) -> pd.DataFrame:
        """Return a table of every run that is done, with the axes, the number of the point and the seed in front.

        Parameters
        ----------
        name
            ``series``, ``assays``, ``summary``, ``cells`` or ``map``, as far as the sweep keeps it.

        Raises
        ------
        InputError
            The sweep does not keep it.
        IntegrityError
            Stored results are damaged.
        """
        check(name=(name, TEXT))
        if name not in (kept := self.plan.keep.tables):
            what, cure = f'The sweep keeps no table "{name[:40]}".', f"It keeps {', '.join(kept)} (keep.tables)."
            raise InputError(what, where=argument("name"), code="unknown-table", cure=cure, seen=name)
        runs = self.outcome.runs.set_index("job")["seed"]
        keys = [(job, point) for job, found in self._where.items() for point in found]
        link = pd.DataFrame(keys, columns=["job", "point"]).sort_values("point", kind="stable")
        link = link.merge(self.points, left_on="point", right_index=True)
        link["seed"] = link["job"].map(runs)
        table = link.merge(self.outcome.table(name), on="job", how="inner")
        return table.sort_values(["point", "seed"], kind="stable", ignore_index=True)

    @cached_property
    def series(self) -> pd.DataFrame:
        """The series of every run."""
        return self.table("series")

    @cached_property
    def assays(self) -> pd.DataFrame:
        """The assays of every run."""
        return self.table("assays")

    def write_runs(self) -> Path:
        """Write one row per run as ``runs.csv`` into the directory, whole or not at all, and return the file.

        Text that a spreadsheet would take for a formula is written so that it stays text.
        """
        target = self.outcome.folder / "runs.csv"
        with atomic.machine_faults(target, ledger.CURE):
            return atomic.write_text(target, as_csv(self.outcome.runs))

    @property
    def failed(self) -> pd.DataFrame:
        """One row per failed run, with the error."""
        return self.outcome.failed

    @cached_property
    def bands(self) -> pd.DataFrame | None:
        """What the draws of a posterior make of each read-out, point by point; None where none was asked for."""
        under, kept = self._under, self.plan.keep.tables
        return None if under is None else drawn.bands(self.outcome, under, self.points, kept)


def sweep(
    source: str | Path | Mapping[str, Any] | Sweep,
    out: Path | str | None = None,
    *,
    workers: int | Workers | None = None,
    scheduler: str | None = None,
    progress: Callable[[RunsProgress], None] | None = None,
    retry_failed: bool = False,
    posterior: Asked = None,
) -> SweepResult:
    """Run a sweep, or go on with it, and return its tables.

    Parameters
    ----------
    source
        The name of a shipped sweep, a YAML file, or a mapping of the same form.
    out
        The directory of its runs; what it holds is not run again, also when the sweep was changed. A new directory for
        temporary files by default.
    workers, scheduler, progress, retry_failed
        As in `Execution`.
    posterior
        Run every animal also under so many draws of the shipped posterior of its pathway, or under all of a
        `Posterior`, or of the file of one; `SweepResult.bands` says what is not known at each point.

    Raises
    ------
    InputError
        The sweep or one of its points cannot be used; nothing was run.
    EnvironmentFault
        Disk or memory do not suffice, another driver holds the directory, or the scheduler is gone.
    IntegrityError
        Stored results are damaged.

    Examples
    --------
    >>> import neurogen_abm
    >>> found = neurogen_abm.sweep(
    ...     {
    ...         "name": "distance",
    ...         "scenario": "mouse_generated_running",
    ...         "set": {"tissue": {"septotemporal": "600 um", "transverse": "500 um"}, "duration": "7 d"},
    ...         "axes": {"activity[0].distance": ["0 km/d", "4 km/d", "8 km/d"]},
    ...         "seeds": 4,
    ...         "keep": {"series": ["n_ki67"], "at": ["end"], "tables": ["series"]},
    ...     },
    ...     "runs/distance",
    ...     workers=2,
    ... )  # doctest: +SKIP
    >>> found.series.groupby("activity[0].distance")["n_ki67"].mean()  # doctest: +SKIP
    """
    check(out=(out, PLACE.or_none))
    draws = asked(posterior)
    return run_sweep(load_sweep(source), Execution(out, workers, scheduler, progress, retry_failed), draws)


def run_sweep(plan: Sweep, execution: Execution, draws: Draws | None = None) -> SweepResult:
    """Run a sweep that is loaded, as in `sweep`."""
    jobs, times = _Jobs(plan), 1 + (0 if draws is None else draws.n)
    require_plannable(jobs.n_runs * times, plan.where(("seeds",)))
    execution.launch()
    jobs.try_first()
    folder = jobs.runs_in = execution.directory()
    ledger.require_usable(folder)
    run_directory.require_space(folder.absolute(), times * jobs.needed_bytes())
    execution, title = replace(execution, folder=folder), f"sweep {plan.name}"
    more = None if draws is None else drawn.Under(draws, plan, jobs.rows)
    every = jobs if more is None else chain(jobs, jobs.under(more))
    outcome = perform(every, execution, title=title, purpose=Purpose.ALONE, beside=jobs.files)
    under = None if more is None else more.table()
    points, scales = numbers(plan, jobs.points, jobs.animals)
    return SweepResult(plan, outcome, points, scales, jobs.where, under)


def checked(plan: Sweep) -> list[Job]:
    """Return every job of a sweep, as a run of it would begin them; nothing is simulated. Errors as in `sweep`."""
    jobs = _Jobs(plan)
    jobs.try_first()
    return list(jobs)


def base_scenario(plan: Sweep) -> ResolvedScenario:
    """Return the scenario of a sweep before any axis changes it."""
    jobs = _Jobs(plan)
    return resolve(jobs.base, base_dir=jobs.folder)


def whose_counts(plan: Sweep) -> str:
    """Return a sentence that says of which tissue the counts of a sweep are; none where they are the gyrus's."""
    if any(path.split(".")[0] == "tissue" for path in plan.axes):
        return "The tissue differs from point to point; counts of cells are those of the tissue that was simulated."
    return sentences.patch(base_scenario(plan))


class _Jobs:
    """The jobs of a sweep, made one after the other as they are taken; ``where`` says to which points a job belongs."""

    def __init__(self, plan: Sweep) -> None:
        self.plan = plan
        self.points: list[designs.Point] = []
        self.animals: list[CohortRow | None] = []  # of each point
        self.where: dict[str, list[int]] = {}
        self.base = self._base()
        self.runs_in: Path | None = None
        self._own: dict[int, Scenario] = {}  # by line of the cohort
        self._first_row: ResolvedScenario | None = None
        self.herd = None if plan.cohort is None else Herd(cohort_of(plan, plan.cohort), self.base)
        self.rows: list[tuple[CohortRow | None, Sequence[int]]] = [(None, plan.seeds)]
        if self.herd is not None:
            self.rows = list(numbered(self.herd.rows, len(plan.seeds), plan.seeds[0]))
            self._said_once(self.herd.rows)
        points = designs.count(plan)
        self.n_points = points * len(self.rows)
        self.n_runs = points * sum(len(seeds) for _, seeds in self.rows)

    @property
    def files(self) -> Mapping[str, Path]:
        """Recordings that were taken out of others, by name."""
        return {} if self.herd is None else self.herd.files

    def _said_once(self, rows: Sequence[CohortRow]) -> None:
        """Refuse an axis of what the cohort says of its animals."""
        said = {key for row in rows for key in (*row.own, *(["activity"] if row.block else []))}
        if both := sorted(said & set(self.plan.axes)):
            what = f"Both the cohort and an axis say `{both[0]}`."
            raise ScenarioError(what, where=self.plan.where(("axes", both[0])), code="twice", cure="Leave one out.")

    def _base(self) -> Scenario:
        """Return the scenario before any axis changes it."""
        plan = self.plan
        source: Any = plan.scenario
        if isinstance(source, dict):
            source = {"name": plan.name, **source}
        elif source.endswith((".yaml", ".yml")):
            source = Path(source) if plan.base_dir is None else plan.base_dir / source
        try:
            base = load_scenario(source, plan.changes, folder=plan.base_dir)
        except InputError as fault:
            changed = next((path for path in plan.changes if path in fault.where), None)
            if changed is None and isinstance(source, Path) and source.is_file():
                raise  # the scenario's own file is at fault, and is named
            place = self.plan.where(("scenario",) if changed is None else ("set", changed))
            raise fault.become(ScenarioError, place) from None
        self.folder = base.base_dir if isinstance(plan.scenario, str) else plan.base_dir
        return base

    def _places(self) -> "Iterator[_Place]":
        return (_Place(row, point, seeds) for row, seeds in self.rows for point in designs.points(self.plan))

    def __iter__(self) -> Iterator[Job]:
        self.points, self.animals, self.where = [], [], {}
        first: ResolvedScenario | None = None
        for number, place in enumerate(self._places()):
            self.points.append(place.point)
            self.animals.append(place.row)
            named = said_of(place.row) | self._named(place.point)
            for seed in place.seeds:
                resolved = self.resolved(place, seed)
                first = first or resolved
                self._comparable(first.scenario, resolved.scenario)
                kept = self.keep(resolved)
                with self._told_of(place):
                    if seed == place.seeds[0]:
                        check_start(resolved)
                        _refuse_other_start("the first point", first, resolved)
                    job = Job.of(resolved, kept, named)
                self._once(job.key, place.point)
                self.where.setdefault(job.key, []).append(number)
                if self.runs_in is not None and self.files:
                    job = replace(job, resolved=found_in(resolved, self.files, self.runs_in))
                yield job

    def _named(self, point: designs.Point) -> dict[str, Any]:
        return {path: shown(self.plan.axes[path], value) for path, value in point.items()}

    def _comparable(self, first: Scenario, scenario: Scenario) -> None:
        """Refuse points whose counts are of different tissues or species: every figure sets them side by side."""
        if (found := difference(first, scenario)) is not None:
            what = f"Points that differ in `{found.entry}` ({found.one}, {found.other}) cannot be compared."
            path = next((axis for axis in self.plan.axes if axis.split(".")[0] == found.entry.split(".")[0]), None)
            place = self.plan.where(("axes", path) if path else ("axes",))
            cure = "Write a sweep for each; counts per area, or per animal of a species, are then yours to work out."
            raise ScenarioError(what, where=place, code="not-comparable", cure=cure)

    def _once(self, key: str, point: designs.Point) -> None:
        """Refuse two points of a grid that are one scenario; a sampled design may meet a value of a list again."""
        if self.plan.design.kind == "grid" and key in self.where:
            one, other = (
                ", ".join(f"{path}: {value}" for path, value in self._named(part).items())
                for part in (self.points[self.where[key][0]], point)
            )
            what = f"Two points are the same scenario: {one}; and {other}."
            cure = "Remove one value; quantities are compared by what they mean, not as they are written."
            raise ScenarioError(what, where=self.plan.where(("axes",)), code="twice", cure=cure)

    def resolved(self, place: "_Place", seed: int, **also: Any) -> ResolvedScenario:
        """Return the scenario of a point, with ``also`` changed; a fault names the axis."""
        with self._told_of(place):
            return self._made(place, seed, **also)

    def _made(self, place: "_Place", seed: int, **also: Any) -> ResolvedScenario:
        changes = {**also, **place.point, "seed": seed}
        return resolve(load_scenario(self._of(place.row), changes, folder=self.plan.base_dir), base_dir=self.folder)

    def _of(self, row: CohortRow | None) -> Scenario:
        """Return the scenario of an animal of the cohort before any axis changes it."""
        if row is None:
            return self.base
        if row.row not in self._own:
            self._own[row.row] = as_animal(self.base, row)
        return self._own[row.row]

    @contextmanager
    def _told_of(self, place: "_Place") -> Iterator[None]:
        try:
            yield
        except InputError as fault:
            raise self._of_point(fault, place) from None

    def _of_point(self, fault: InputError, place: "_Place") -> ScenarioError:
        """Return the fault of a point as one of the sweep: which point it is, and the axis that is to blame."""
        axis = next((path for path in place.point if path in fault.where), None)
        named = said_of(place.row) | self._named(place.point)
        values = ", ".join(f"{path}: {value}" for path, value in named.items())
        entry = ("axes", axis) if axis else ("axes",) if place.row is None else ("cohort",)
        return fault.become(
            ScenarioError, self.plan.where(entry), f"The point {values} cannot be simulated: {fault.what}"
        )

    def under(self, more: drawn.Under) -> Iterator[Job]:
        """Yield the same animals under each draw of a posterior, which keeps note of them; a fault names the axis."""
        for number, place in enumerate(self._places()):
            with self._told_of(place):
                for seed in place.seeds:
                    resolved = self._made(place, seed)
                    if self.runs_in is not None and self.files:
                        resolved = found_in(resolved, self.files, self.runs_in)
                    named = said_of(place.row) | self._named(place.point)
                    yield from more.jobs(number, resolved, self.keep(resolved), named)

    def keep(self, resolved: ResolvedScenario) -> Keep:
        """Return what is kept of a run, its times as far as they are recorded."""
        kept, scenario = self.plan.keep, resolved.scenario
        cadence_h = scenario.outputs.cadence_h or scenario.step_h
        try:
            times_h = kept.times_h(scenario.duration_h)
        except InputError as fault:
            raise fault.become(ScenarioError, self.plan.where(("keep", "every"))) from None
        for time_h in times_h:
            steps = time_h / cadence_h
            if time_h > scenario.duration_h or (abs(steps - round(steps)) > 1e-6 and time_h != scenario.duration_h):
                what = f"A run of {units.tidy(scenario.duration_h, 'h')} has no row at {units.tidy(time_h, 'h')}."
                cure = f"It records every {units.tidy(cadence_h, 'h')} (outputs.cadence) until its end."
                where = self.plan.where(("keep", "at" if kept.at else "every"))
                raise ScenarioError(what, where=where, code="not-recorded", cure=cure)
        columns = () if kept.series == "all" else tuple(kept.series)
        if "series" not in kept.tables:
            return Keep(kept.tables, columns)
        # Who reads by days wants levels of days, not those of the hour at which a day happens to end.
        by_days = all(time_h % DAY_H == 0 or time_h == scenario.duration_h for time_h in times_h)
        return Keep(kept.tables, columns, times_h, daily=by_days)

    def try_first(self) -> None:
        """Make the first animal on a small patch, to find what shows only then: recordings, unread numbers, columns."""
        from neurogen_abm.model import NeurogenesisModel

        if self.herd is not None:
            self.herd.check(self._try)
        place = next(self._places())
        resolved = self.resolved(place, place.seeds[0], tissue=_TRIAL_TISSUE)
        self.keep(resolved)
        with self._told_of(place):
            columns = NeurogenesisModel(resolved).series_frame().columns
        if self.plan.keep.series != "all":
            for index, name in enumerate(self.plan.keep.series):
                if name not in columns:
                    what, cure = f'The series has no column "{name[:60]}".', offer(name, columns)
                    where = self.plan.where(("keep", "series", index))
                    raise ScenarioError(what, where=where, code="unknown-column", cure=cure, seen=name)

    def _try(self, row: CohortRow) -> None:
        """Find out whether an animal of the cohort can start, and at the hour at which the first one does."""
        point = next(designs.points(self.plan))
        resolved = self._made(_Place(row, point, ()), 1)
        check_start(resolved)
        if self._first_row is None:
            self._first_row = resolved
        _refuse_other_start("the first animal", self._first_row, resolved)

    def needed_bytes(self) -> int:
        """Return an upper bound of what the sweep will write, from its first point."""
        place = next(self._places())
        resolved = self.resolved(place, place.seeds[0])
        recordings = sum(file.stat().st_size for file in self.files.values())
        return self.n_runs * self.keep(resolved).most_bytes(resolved) + recordings


def _refuse_other_start(named: str, first: ResolvedScenario, other: ResolvedScenario) -> None:
    """Refuse scenarios that follow recordings which begin at different hours; a sweep says a start in `set`."""
    try:
        refuse_other_starts({named: first, "this one": other})
    except InputError as fault:
        fault.cure = 'Give all of them one start, like `set: {clock.start: "19:00"}`.'
        raise


class _Place(NamedTuple):
    """A point, the animal of the cohort that is there, and the seeds that are run."""

    row: CohortRow | None
    point: designs.Point
    seeds: Sequence[int]

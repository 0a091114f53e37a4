"""Many animals: each is one job, run once on whichever worker is free, and kept whatever happens to the driver."""

import pickle
import shutil
import time
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from neurogen_abm import jit, memory
from neurogen_abm.arguments import TEXT, check
from neurogen_abm.errors import InputError
from neurogen_abm.experiments.cohorts import RECORDINGS
from neurogen_abm.experiments.execution.execution import Execution, RunsProgress
from neurogen_abm.experiments.execution.job import Job, Keep, simulate
from neurogen_abm.experiments.execution.runs import Purpose, Runs
from neurogen_abm.experiments.execution.workers import Task, Work, Workers
from neurogen_abm.notebook import as_html
from neurogen_abm.spec.sweep import MOST_ANIMALS
from neurogen_abm.storage import atomic, dataset, ledger, run_directory

__all__ = ["Execution", "Job", "Keep", "Outcome", "Purpose", "RunsProgress", "Workers", "perform", "simulate"]


@dataclass(frozen=True)
class Outcome:
    """What a directory of runs holds of some jobs, in their order.

    Attributes
    ----------
    folder
        The directory.
    runs
        One row per job: ``job``, what its point says, ``seed``, ``digest``, ``state``, ``attempts``, ``seconds``,
        ``worker``.
    failed
        One row per failed job: ``job``, its point, ``seed``, ``code``, ``what``, ``where``, ``cure``.
    """

    folder: Path
    runs: pd.DataFrame
    failed: pd.DataFrame
    files: tuple[ledger.File, ...]

    def __repr__(self) -> str:
        """Return one line, not the tables."""
        return f"<Outcome {self.folder}: {self.said}>"

    def _repr_html_(self) -> str:
        """Return the runs as a table for a notebook."""
        return as_html(repr(self), self.runs.drop(columns=["job", "digest", "worker"]))

    @property
    def said(self) -> str:
        """How many runs there are, and how they ended."""
        counts = self.runs["state"].value_counts()
        return f"{len(self.runs)} runs, " + ", ".join(f"{n} {state}" for state, n in sorted(counts.items()))

    def table(self, name: str) -> pd.DataFrame:
        """Return one table of all finished jobs with the key of the job in the column ``job``.

        Rows come in the order of the jobs, whatever order they ran in; a damaged file is an IntegrityError.
        """
        check(name=(name, TEXT))
        prefix = f"{dataset.FOLDER}/{name}/"
        files = [file for file in self.files if file.name.startswith(prefix)]
        return dataset.read(self.folder, files, list(self.runs.loc[self.runs["state"] == ledger.DONE, "job"]))

    @property
    def complete(self) -> bool:
        """Whether every job is done."""
        return bool((self.runs["state"] == ledger.DONE).all())


def perform(
    jobs: Iterable[Job],
    execution: Execution,
    *,
    title: str = "",
    purpose: Purpose = Purpose.STORE,
    work: Work = simulate,
    beside: Mapping[str, Path] | None = None,
) -> Outcome:
    """Run the jobs that the ledger of a directory does not hold yet, and return what it holds then.

    A finished run is on disk before the ledger says so; whenever the driver dies, the same call goes on where it
    stopped. A run that fails fails alone. Tables do not depend on the number of workers, nor on the order of runs.

    Parameters
    ----------
    jobs
        Each is packed as it is taken, so that a generator keeps thousands of scenarios out of memory. Two jobs of one
        key are one run.
    execution
        Where runs are kept and who runs them. The directory is made when all jobs are known to be usable.
    title
        What the directory is for; one of another title is refused.
    purpose
        What else the directory may hold, and whether a run of another key is then the same run under other settings.
    work
        What is done with a job on the worker.
    beside
        Name -> file of recordings that jobs name from the directory, ``recordings`` in it, where workers find them.

    Raises
    ------
    InputError
        There is no job, there are too many, or the directory belongs to something else.
    EnvironmentFault
        Another driver holds the directory, the disk is full, memory is too small, or the scheduler is gone.
    IntegrityError
        The ledger or a file of results is damaged.
    """
    execution.launch()  # beside the plan, which follows
    rows, tasks, need = _packed(jobs)
    workers = execution.pool()
    if workers.is_local and work is simulate:
        at_once = max(1, min(workers.n_workers, len(rows)))
        memory.require(need.peak * at_once, cure="Use fewer workers, or simulate a patch (tissue).")
        jit.say_if_nothing_is_kept()
    place = execution.directory()
    ledger.require_usable(place)
    with ExitStack() as stack:
        if not (place / ledger.FILE).exists():
            run_directory.require_space(place.absolute(), sum(need.disk.values()))
            stack.enter_context(workers)  # a scheduler that does not answer leaves no directory behind
        with atomic.machine_faults(place, ledger.CURE):
            atomic.make_folder(place)
        stack.enter_context(ledger.locked(place))
        runs = Runs(place, title, rows, purpose, execution.retry_failed)
        stack.callback(runs.ledger.close)
        if waiting := runs.waiting():
            run_directory.require_space(place.absolute(), sum(need.disk[key] for key in waiting))
            _lay_beside(place / RECORDINGS, beside or {})
            stack.enter_context(workers)
            _work(runs, workers, [tasks[key] for key in waiting], work, execution)
        runs.sign()
        return _outcome(runs)


class _Need(NamedTuple):
    """What runs will take, bytes: ``peak``, the memory of a process; ``disk``, the most that each leaves, by key."""

    peak: int
    disk: Mapping[str, int]


def require_plannable(animals: int, where: str = "", most: int = MOST_ANIMALS) -> None:
    """Refuse more animals than can be planned at once, before any of them is made."""
    if animals > most:
        what = f"This asks for {animals:,} animals; at most {most:,} can be planned at once."
        raise InputError(what, where=where, code="too-many-animals", cure="Ask for fewer, or split it.", seen=animals)


def _packed(jobs: Iterable[Job]) -> tuple[dict[str, ledger.Row], dict[str, Task], _Need]:
    """Return rows and tasks by key, and what the runs will take."""
    rows: dict[str, ledger.Row] = {}
    tasks: dict[str, Task] = {}
    process, disk = memory.OfAProcess(), dict[str, int]()
    for job in jobs:
        if job.key not in rows:
            require_plannable(len(rows) + 1)
            scenario = job.resolved.scenario
            rows[job.key] = ledger.Row(job.key, job.point, scenario.seed, job.resolved.digest)
            tasks[job.key] = Task(job.key, pickle.dumps(job, pickle.HIGHEST_PROTOCOL), job.past)
            process.add(job.past, job.resolved)
            disk[job.key] = job.keep.most_bytes(job.resolved)
    if not rows:
        raise InputError("There is nothing to run.", cure="Give at least one job.", code="no-jobs")
    return rows, tasks, _Need(process.bytes, disk)


def _lay_beside(folder: Path, files: Mapping[str, Path]) -> None:
    """Copy recordings, which are named by their content, to where workers find them."""
    with atomic.machine_faults(folder, ledger.CURE):
        for name, file in files.items():
            if not (folder / name).exists():
                atomic.make_folder(folder)
                atomic.write_file(folder / name, partial(shutil.copyfile, file))


def _outcome(runs: Runs) -> Outcome:
    """Return what is there of the wanted jobs."""
    known = [runs.rows.get(key, row) for key, row in runs.wanted.items()]
    plain = ("seed", "digest", "state", "attempts", "seconds", "worker")
    told = [{"job": r.job} | dict(runs.wanted[r.job].point) | {n: getattr(r, n) for n in plain} for r in known]
    shown = ("code", "what", "where", "cure")
    failed = [
        {"job": r.job} | dict(runs.wanted[r.job].point) | {"seed": r.seed} | {n: r.error[n] for n in shown}
        for r in known
        if r.error is not None
    ]
    none = pd.DataFrame(columns=["job", "seed", *shown])
    files = tuple(runs.files[name] for name in sorted(runs.files))
    return Outcome(runs.folder, pd.DataFrame(told), pd.DataFrame(failed) if failed else none, files)


def _work(runs: Runs, workers: Workers, tasks: list[Task], work: Work, execution: Execution) -> None:
    """Run what waits; whatever ends it, what has come back is written down first."""
    clock, ended = time.monotonic(), {state: runs.count(state) for state in (ledger.DONE, ledger.FAILED)}
    found, session = sum(ended.values()), 0

    def tell() -> None:
        if execution.progress is None:
            return
        per_s = session / max(time.monotonic() - clock, 1e-9) if session else None
        left_s = (len(tasks) - session) / per_s if per_s else None
        states = ended[ledger.DONE], ended[ledger.FAILED]
        execution.progress(RunsProgress(len(runs.wanted), *states, found, per_s, left_s, workers.dashboard))

    tell()
    try:
        compile_first = work is simulate and jit.kernels_can_be_shared()
        for one in workers.replies(work, tasks, first_alone=compile_first):
            if one is not None:
                runs.take(one)
                ended[ledger.DONE if one.reply.error is None else ledger.FAILED] += 1
                session += 1
                tell()
            runs.commit_when_due()
    finally:
        runs.commit()

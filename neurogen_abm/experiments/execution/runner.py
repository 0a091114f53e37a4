"""Many animals: each is one job, run once on whichever worker is free, and kept whatever happens to the driver."""

import pickle
import time
import warnings
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from neurogen_abm import jit, memory
from neurogen_abm.arguments import TEXT, check
from neurogen_abm.errors import InputError
from neurogen_abm.experiments.execution.execution import Execution, RunsProgress
from neurogen_abm.experiments.execution.job import Job, Keep, simulate
from neurogen_abm.experiments.execution.workers import Ended, Reply, Task, Work, Workers
from neurogen_abm.sources import software
from neurogen_abm.storage import atomic, dataset, ledger

__all__ = ["Execution", "Job", "Keep", "Outcome", "RunsProgress", "Workers", "perform", "simulate"]

# Finished runs are written together after so long: at first 5 s, later a fiftieth of the time that has passed.
_FIRST_WAIT_S, _WAIT_SHARE, _LONGEST_WAIT_S = 5.0, 0.02, 60.0
_MOST_WAITING_BYTES = 64 * 2**20


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


class OldRunsWarning(UserWarning):
    """A directory holds runs of another version, which are kept but do not count."""


def perform(jobs: Iterable[Job], execution: Execution, *, title: str = "", work: Work = simulate) -> Outcome:
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
    work
        What is done with a job on the worker.

    Raises
    ------
    InputError
        There is no job, or the directory belongs to something else.
    EnvironmentFault
        Another driver holds the directory, the disk is full, memory is too small, or the scheduler is gone.
    IntegrityError
        The ledger or a file of results is damaged.
    """
    rows, contents, peak = _packed(jobs)
    workers = execution.pool()
    if workers.is_local and work is simulate:
        at_once = max(1, min(workers.n_workers, len(rows)))
        memory.require(peak * at_once, cure="Use fewer workers, or simulate a patch (tissue).")
    place = execution.directory()
    if place.exists() and not place.is_dir():
        cure = f"{atomic.elsewhere().capitalize()}."
        raise InputError("This is a file, not a directory.", where=str(place), cure=cure)
    with atomic.machine_faults(place, ledger.CURE):
        place.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        stack.enter_context(ledger.locked(place))
        runs = _Runs(place, title, rows, execution.retry_failed)
        stack.callback(runs.ledger.close)
        if waiting := runs.waiting():
            stack.enter_context(workers)
            _work(runs, workers, [Task(key, contents[key]) for key in waiting], work, execution)
        return runs.outcome()


def _packed(jobs: Iterable[Job]) -> tuple[dict[str, ledger.Row], dict[str, bytes], int]:
    """Return rows and packed content by key, and the largest memory one of the runs needs."""
    rows: dict[str, ledger.Row] = {}
    contents: dict[str, bytes] = {}
    peak = 0
    for job in jobs:
        if job.key not in rows:
            scenario = job.resolved.scenario
            rows[job.key] = ledger.Row(job.key, job.point, scenario.seed, job.resolved.digest)
            contents[job.key] = pickle.dumps(job, pickle.HIGHEST_PROTOCOL)
            peak = max(peak, memory.predicted_bytes(job.resolved))
    if not rows:
        raise InputError("There is nothing to run.", cure="Give at least one job.", code="no-jobs")
    return rows, contents, peak


class _Runs:
    """The wanted runs, as far as the ledger knows them, and those that ended but are not written down yet."""

    def __init__(self, folder: Path, title: str, wanted: Mapping[str, ledger.Row], retry_failed: bool) -> None:
        self.folder, self.wanted = folder, wanted
        self.ledger = ledger.Ledger(folder, title)
        self.rows, self.files = self.ledger.rows(), self.ledger.files()
        self._warn_of_old_runs()
        self._forget_missing()
        if retry_failed:
            self._forget([key for key in wanted if key in self.rows and self.rows[key].state == ledger.FAILED])
        dataset.put_aside(folder, self.files)
        for file in self.files.values():
            dataset.check(folder, file)
        self.ledger.expect(row for key, row in wanted.items() if not self._ended(key))
        self.number = max((_number(name) for name in self.files), default=0)
        self.pending: list[Ended] = []
        self.pending_bytes = 0
        self.began = self.committed = time.monotonic()

    def _warn_of_old_runs(self) -> None:
        """Say so, once, where runs of another version are here: their keys are other ones, so that all start again."""
        before = self.ledger.software()
        old = sum(row.state == ledger.DONE for key, row in self.rows.items() if key not in self.wanted)
        if before != software() and old:
            warnings.warn(
                f"{self.folder} holds {old} finished runs of another version of the model ({before or 'older'}; this "
                f"is {software()}), whose results may differ. {len(self.waiting())} of {len(self.wanted)} runs are "
                "therefore started again. The old runs are kept in the same directory, but are not part of the new "
                "tables; to go on with them instead, install the version that made them.",
                OldRunsWarning,
                stacklevel=4,
            )
        self.ledger.sign(software())

    def _ended(self, key: str) -> bool:
        return key in self.rows and self.rows[key].state != ledger.WAITING

    def _forget_missing(self) -> None:
        """Let the runs of a file that somebody took away be run again."""
        missing = {_number(name) for name in self.files if not (self.folder / name).exists()}
        gone = [name for name in self.files if _number(name) in missing]
        lost = [key for key, row in self.rows.items() if row.shard is not None and int(row.shard) in missing]
        self._forget(lost, gone)

    def _forget(self, jobs: list[str], files: Iterable[str] = ()) -> None:
        files = list(files)
        self.ledger.forget(jobs, files)
        for key in jobs:
            del self.rows[key]
        for name in files:
            del self.files[name]

    def waiting(self) -> list[str]:
        """Return the jobs that have to be run, in their order."""
        return [key for key in self.wanted if not self._ended(key)]

    def count(self, state: str) -> int:
        """Return how many of the wanted jobs ended in a state."""
        return sum(self.rows[key].state == state for key in self.wanted if key in self.rows)

    def take(self, ended: Ended) -> None:
        """Take in a run that ended; it is written down with others that end about the same time."""
        self.pending.append(ended)
        self.pending_bytes += sum(map(len, ended.reply.tables.values()))

    def commit_when_due(self) -> None:
        """Write down what is pending when it has waited, or grown, enough."""
        now = time.monotonic()
        wait = min(_LONGEST_WAIT_S, max(_FIRST_WAIT_S, _WAIT_SHARE * (now - self.began)))
        if self.pending and (self.pending_bytes > _MOST_WAITING_BYTES or now - self.committed >= wait):
            self.commit()

    def commit(self) -> None:
        """Write down what is pending: tables first, and the ledger when they are on disk."""
        if not self.pending:
            return
        # Sorted, so that a file does not depend on which worker was quicker.
        batch, self.pending, self.pending_bytes = sorted(self.pending, key=lambda ended: ended.key), [], 0
        done = [(key, reply.tables) for key, _, reply in batch if reply.error is None]
        files = dataset.write_batch(self.folder, self.number + 1, done) if done else []
        self.number += 1
        rows = [self._row(*ended) for ended in batch]
        self.ledger.commit(rows, files)
        self.rows.update((row.job, row) for row in rows)
        self.files.update((file.name, file) for file in files)
        self.committed = time.monotonic()

    def _row(self, key: str, attempts: int, reply: Reply) -> ledger.Row:
        done = reply.error is None
        return self.wanted[key]._replace(
            state=ledger.DONE if done else ledger.FAILED,
            attempts=attempts,
            seconds=round(reply.seconds, 4),
            worker=reply.worker,
            error=reply.error,
            shard=f"{self.number:06d}" if done else None,
        )

    def outcome(self) -> Outcome:
        """Return what is there of the wanted jobs."""
        known = [self.rows.get(key, row) for key, row in self.wanted.items()]
        plain = ("seed", "digest", "state", "attempts", "seconds", "worker")
        runs = [{"job": r.job} | dict(self.wanted[r.job].point) | {n: getattr(r, n) for n in plain} for r in known]
        shown = ("code", "what", "where", "cure")
        failed = [
            {"job": r.job} | dict(self.wanted[r.job].point) | {"seed": r.seed} | {n: r.error[n] for n in shown}
            for r in known
            if r.error is not None
        ]
        none = pd.DataFrame(columns=["job", "seed", *shown])
        files = tuple(self.files[name] for name in sorted(self.files))
        return Outcome(self.folder, pd.DataFrame(runs), pd.DataFrame(failed) if failed else none, files)


def _work(runs: _Runs, workers: Workers, tasks: list[Task], work: Work, execution: Execution) -> None:
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
        for one in workers.replies(work, iter(tasks), first_alone=compile_first):
            if one is not None:
                runs.take(one)
                ended[ledger.DONE if one.reply.error is None else ledger.FAILED] += 1
                session += 1
                tell()
            runs.commit_when_due()
    finally:
        runs.commit()


def _number(name: str) -> int:
    return int(Path(name).name.split("-")[0])

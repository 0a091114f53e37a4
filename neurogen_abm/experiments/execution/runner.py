"""Many animals: each is one job, run once, wherever there is room, and kept through whatever happens to the driver."""

import pickle
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from neurogen_abm import memory
from neurogen_abm.errors import InputError
from neurogen_abm.experiments.execution.job import Job, Keep, simulate
from neurogen_abm.experiments.execution.workers import Reply, Task, Work, Workers
from neurogen_abm.run import predicted_bytes
from neurogen_abm.storage import atomic, dataset, ledger

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Job", "Keep", "Outcome", "Status", "Workers", "perform", "simulate"]

# Finished runs wait this long for company in a file: at first 5 s, later a fiftieth of the time that has passed.
_FIRST_WAIT_S, _WAIT_SHARE, _LONGEST_WAIT_S = 5.0, 0.02, 60.0
_MOST_WAITING_BYTES = 64 * 2**20


class Status(NamedTuple):
    """How far `perform` is: runs by state, what was found done before, the rate, and who works.

    ``per_s`` is the rate of this session and ``left_s`` the time left at that rate; None before the first run ended.
    """

    total: int
    done: int
    failed: int
    found: int
    per_s: float | None
    left_s: float | None
    dashboard: str | None


@dataclass(frozen=True)
class Outcome:
    """What a directory of runs holds of some jobs, in their order.

    Attributes
    ----------
    folder
        The directory.
    runs
        One row a job: ``job``, what its point says, ``seed``, ``digest``, ``state``, ``attempts``, ``seconds``,
        ``worker``.
    failed
        One row a failed job: ``job``, its point, ``seed``, ``code``, ``what``, ``where``, ``cure``.
    """

    folder: Path
    runs: "pd.DataFrame"
    failed: "pd.DataFrame"
    files: tuple[ledger.File, ...]

    def table(self, name: str) -> "pd.DataFrame":
        """Return one table of all finished jobs with the key of the job in the column ``job``.

        Rows come in the order of the jobs, whatever order they ran in.

        Raises
        ------
        IntegrityError
            A file is missing or damaged.
        """
        prefix = f"{dataset.FOLDER}/{name}/"
        files = [file for file in self.files if file.name.startswith(prefix)]
        return dataset.read(self.folder, files, list(self.runs.loc[self.runs["state"] == ledger.DONE, "job"]))

    @property
    def complete(self) -> bool:
        """Whether every job is done."""
        return bool((self.runs["state"] == ledger.DONE).all())


def perform(
    jobs: Iterable[Job],
    folder: Path | str,
    *,
    workers: int | None = None,
    scheduler: str | None = None,
    progress: Callable[[Status], None] | None = None,
    retry_failed: bool = False,
    title: str = "",
    crew: Workers | None = None,
    task: Work = simulate,
) -> Outcome:
    """Run the jobs that the ledger of a directory does not hold yet, and return what it holds then.

    A finished run is on disk before the ledger says so; whenever the driver dies, the same call goes on where it
    stopped. A run that fails fails alone. Tables do not depend on the number of workers, nor on the order of runs.

    Parameters
    ----------
    jobs
        Each is packed as it is taken, so that a generator keeps thousands of scenarios out of memory. Two jobs of one
        key are one run.
    folder
        The directory; made when all jobs are known to be well.
    workers, scheduler
        As in `Workers`: processes of this machine, 0 for this process, or the address of a Dask scheduler.
    progress
        Called with a `Status` at the start, and whenever a run has ended.
    retry_failed
        Whether jobs that failed before are run again.
    title
        What the directory is for; one of another title is refused.
    crew
        Workers that are there already, in place of ``workers`` and ``scheduler``.
    task
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
    rows, parcels, peak = _taken(jobs)
    hands = crew or Workers(workers, scheduler)
    if hands.is_local and task is simulate:
        at_once = max(1, min(hands.n_workers, len(rows)))
        memory.require(peak * at_once, cure="Use fewer workers, or simulate a patch (tissue).")
    place = Path(folder)
    with ExitStack() as stack:
        stack.enter_context(_made(place))
        book = _Book(place, title, rows, retry_failed)
        stack.callback(book.ledger.close)
        if waiting := book.waiting():
            stack.enter_context(hands) if crew is None else None
            _work(book, hands, [Task(key, parcels[key]) for key in waiting], task, progress or (lambda _: None))
        return book.outcome()


def _taken(jobs: Iterable[Job]) -> tuple[dict[str, ledger.Row], dict[str, bytes], int]:
    """Return rows and packed content by key, and the largest memory one of the runs needs."""
    rows: dict[str, ledger.Row] = {}
    parcels: dict[str, bytes] = {}
    peak = 0
    for job in jobs:
        if job.key not in rows:
            scenario = job.resolved.scenario
            rows[job.key] = ledger.Row(job.key, job.point, scenario.seed, job.resolved.digest)
            parcels[job.key] = pickle.dumps(job, pickle.HIGHEST_PROTOCOL)
            peak = max(peak, predicted_bytes(job.resolved))
    if not rows:
        raise InputError("There is nothing to run.", cure="Give one job at least.", code="no-jobs")
    return rows, parcels, peak


def _made(place: Path) -> Any:
    """Make the directory and lock it."""
    if place.exists() and not place.is_dir():
        raise InputError("This is a file, not a directory.", where=str(place), cure="Give another with --out.")
    with atomic.machine_faults(place, ledger.CURE):
        place.mkdir(parents=True, exist_ok=True)
    return ledger.locked(place)


class _Book:
    """What is known of the jobs, and the only hand that writes it down."""

    def __init__(self, folder: Path, title: str, wanted: Mapping[str, ledger.Row], retry_failed: bool) -> None:
        self.folder, self.wanted = folder, wanted
        self.ledger = ledger.Ledger(folder, title)
        self.rows, self.files = self.ledger.rows(), self.ledger.files()
        self._forget_missing()
        if retry_failed:
            self._forget([key for key, row in self.rows.items() if row.state == ledger.FAILED])
        dataset.put_aside(folder, self.files)
        for file in self.files.values():
            dataset.check(folder, file)
        self.ledger.expect(row for key, row in wanted.items() if not self._ended(key))
        self.number = max((_number(name) for name in self.files), default=0)
        self.pending: list[tuple[str, int, Reply]] = []
        self.pending_bytes = 0
        self.began = self.committed = time.monotonic()

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

    def take(self, key: str, attempts: int, answer: Reply) -> None:
        """Take in the answer of a run; it is written down with others that end about the same time."""
        self.pending.append((key, attempts, answer))
        self.pending_bytes += sum(map(len, answer.tables.values()))

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
        batch, self.pending, self.pending_bytes = sorted(self.pending, key=lambda entry: entry[0]), [], 0
        done = [(key, answer.tables) for key, _, answer in batch if answer.error is None]
        files = dataset.write_batch(self.folder, self.number + 1, done) if done else []
        self.number += 1
        rows = [self._row(*entry) for entry in batch]
        self.ledger.commit(rows, files)
        self.rows.update((row.job, row) for row in rows)
        self.files.update((file.name, file) for file in files)
        self.committed = time.monotonic()

    def _row(self, key: str, attempts: int, answer: Reply) -> ledger.Row:
        done = answer.error is None
        return self.wanted[key]._replace(
            state=ledger.DONE if done else ledger.FAILED,
            attempts=attempts,
            seconds=round(answer.seconds, 4),
            worker=answer.worker,
            error=answer.error,
            shard=f"{self.number:06d}" if done else None,
        )

    def outcome(self) -> Outcome:
        """Return what is there of the wanted jobs."""
        import pandas as pd

        known = [self.rows.get(key, row) for key, row in self.wanted.items()]
        plain = ("seed", "digest", "state", "attempts", "seconds", "worker")
        runs = [{"job": r.job} | dict(self.wanted[r.job].point) | {n: getattr(r, n) for n in plain} for r in known]
        told = ("code", "what", "where", "cure")
        failed = [
            {"job": r.job} | dict(self.wanted[r.job].point) | {"seed": r.seed} | {n: r.error[n] for n in told}
            for r in known
            if r.error is not None
        ]
        none = pd.DataFrame(columns=["job", "seed", *told])
        files = tuple(self.files[name] for name in sorted(self.files))
        return Outcome(self.folder, pd.DataFrame(runs), pd.DataFrame(failed) if failed else none, files)


def _work(book: _Book, crew: Workers, parcels: list[Task], task: Work, progress: Callable[[Status], None]) -> None:
    """Run what waits; whatever ends it, what has come back is written down first."""
    clock, ended = time.monotonic(), {ledger.DONE: book.count(ledger.DONE), ledger.FAILED: book.count(ledger.FAILED)}
    found, session = sum(ended.values()), 0

    def tell() -> None:
        per_s = session / max(time.monotonic() - clock, 1e-9) if session else None
        left_s = (len(parcels) - session) / per_s if per_s else None
        total = len(book.wanted)
        progress(Status(total, ended[ledger.DONE], ended[ledger.FAILED], found, per_s, left_s, crew.dashboard))

    tell()
    try:
        for news in crew.answers(task, iter(parcels), first_alone=task is simulate and _cold()):
            if news is not None:
                book.take(*news)
                ended[ledger.DONE if news[2].error is None else ledger.FAILED] += 1
                session += 1
                tell()
            book.commit_when_due()
    finally:
        book.commit()


def _cold() -> bool:
    """Return whether the kernels still have to be compiled."""
    from neurogen_abm import jit

    return jit._CACHE is not None and next(jit._CACHE.rglob("*.nbi"), None) is None


def _number(name: str) -> int:
    return int(Path(name).name.split("-")[0])

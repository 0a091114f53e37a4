"""Who runs the animals: this process, processes of this machine, or the workers of a running Dask scheduler.

Dask distributed schedules. What is added here is small: short runs travel together, as sending one costs as much as
living a week of a small patch; a limit on what is submitted at a time, so that neither driver nor scheduler grows with
the number of runs; and another attempt, somewhere else and one by one, when a worker died.
"""

import multiprocessing
import os
import pickle
import queue
import re
import socket
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from functools import cache
from itertools import groupby, islice
from operator import attrgetter
from threading import Lock
from typing import Any, NamedTuple, Self

import pandas as pd

from neurogen_abm.arguments import TEXT, WHOLE, check
from neurogen_abm.errors import EnvironmentFault, InputError, NeurogenError, argument, told
from neurogen_abm.experiments.execution import fork_server
from neurogen_abm.kept import Kept, shared
from neurogen_abm.sources import software
from neurogen_abm.storage.dataset import Tables, packed

MOST_ATTEMPTS = 3
_TICK_S = 0.5
_CONNECT_S = 10
_COUNT_EVERY_S = 5.0
# Runs of a group that are sent together while nobody knows how long one takes; how long a part of a group takes at the
# least, and at the most runs that are sent together, and those of a group, which share a past; batches that are left
# for each worker, so that all end together.
_FIRST_BATCH, _TIMES_S, _BATCHES_LEFT = 8, (1.0, 2.0, 20.0), 2
# A finished run is fetched in so long, or counts as lost with its worker: the scheduler may wait for it for good.
_FETCHED_WITHIN_S = 60.0
# Where none of this machine's processes is there for so long, none will be: to start takes seconds, or a minute.
_BACK_WITHIN_S = 300.0

# Settings of Dask for processes of this machine.
_SETTINGS = {
    # One run at a time per worker, none waiting behind it: a run that kills its worker then harms no other.
    "distributed.scheduler.worker-saturation": 1.0,
    "distributed.scheduler.allowed-failures": 0,
    # Runs take seconds. Looking at every process 50 to 100 times a second takes 7 % of two cores; this takes 1 %.
    "distributed.worker.profile.enabled": False,
    "distributed.admin.tick.interval": "500ms",
    "distributed.admin.system-monitor.interval": "2s",
    "distributed.worker.memory.monitor-interval": "1s",
    # Whoever looks after a worker starts another in its place. Dask would dismiss him after 15 s without one, which a
    # busy machine takes, and for good: also where that one came and it is the next that is just being replaced.
    "distributed.deploy.lost-worker-timeout": "365 days",
    # Ctrl-C reaches all processes of a terminal; the driver answers it, and ends the workers.
    "distributed.worker.preload": ["import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)"],
    # Dask would give memory back to the system after every array, and each page of the next is then a fault.
    "distributed.nanny.pre-spawn-environ": fork_server.ONE_THREAD,
}

Work = Callable[[Any], Mapping[str, pd.DataFrame]]
# numba's simplest threading layer dies when two threads enter it; runs of one process take turns.
_TURN = Lock()


class Task(NamedTuple):
    """One run to be sent to a worker: ``content`` is the pickled argument of the work.

    Runs of one ``group``, such as twins, are quicker one after the other on one worker, and so are, to a lesser degree,
    those of groups that begin alike.
    """

    key: str
    content: bytes
    group: Sequence[str] = ()


class Reply(NamedTuple):
    """What came back: packed tables, or the error as plain data; where and how long."""

    tables: Tables
    seconds: float
    worker: str
    error: Mapping[str, Any] | None


class Ended(NamedTuple):
    """A run that ended: its key, how often it was tried, and what came back."""

    key: str
    attempts: int
    reply: Reply


class OtherVersion(EnvironmentFault):
    """A worker has another version of the package than the driver."""

    default_code = "other-version"


class SchedulerLost(EnvironmentFault):
    """The scheduler cannot be reached, or not any more."""

    default_code = "scheduler"


def _check_address(address: str) -> None:
    """Refuse what is no address, which Dask would look for until it gives up."""
    if not re.fullmatch(r"([a-z]+://)?(\[[0-9a-fA-F:.]+\]|[^\s:/\[\]]+):[0-9]{1,5}", address):
        cure = "Write it as the scheduler prints it, like tcp://192.168.0.7:8786."
        what = "This is not the address of a scheduler."
        raise InputError(what, where=f"{argument('scheduler')} {address[:60]}", cure=cure, code="bad-address")


def _processors() -> int:
    """Return how many processors this process may use; macOS does not say which."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Workers:
    """Workers that several sweeps, or rounds of one fit, can share; a context manager.

    Parameters
    ----------
    workers
        Number of processes of this machine, one run each at a time; 0 works in this process. By default the number
        of processors this process may use.
    scheduler
        Address of a running Dask scheduler, ``tcp://host:port``, whose workers are used instead.

    Raises
    ------
    InputError
        Both are given, or the number is negative.
    SchedulerLost
        Nobody answers at the address.

    Examples
    --------
    >>> from neurogen_abm import sweep
    >>> with Workers(2) as workers:  # doctest: +SKIP
    ...     first = sweep("distance_by_age", workers=workers)
    ...     second = sweep("other.yaml", workers=workers)
    """

    def __init__(self, workers: int | None = None, scheduler: str | None = None) -> None:
        check(workers=(workers, WHOLE.or_none), scheduler=(scheduler, TEXT.or_none))
        if workers is not None and scheduler is not None:
            what = "Both a number of workers and a scheduler are given."
            raise InputError(what, cure="Give one of them; a scheduler has workers of its own.", code="one-of-two")
        if workers is not None and workers < 0:
            what = f"The number of workers is {workers}."
            cure = "Give 0 (work in this process) or more."
            raise InputError(what, where=argument("workers"), cure=cure, code="out-of-range")
        self.n_workers = (_processors() if workers is None else workers) if scheduler is None else 0
        self._address, self._open = scheduler, ExitStack()
        self._client: Any = None
        self._entered = 0

    def __enter__(self) -> Self:
        if not self._entered and (self.n_workers or self._address):
            self._client = self._connected()
        self._entered += 1
        return self

    def __exit__(self, *_: object) -> None:
        self._entered -= 1
        if self._entered:
            return  # somebody further out still uses them
        self._client = None
        with suppress(TimeoutError):  # a worker slow to leave a busy machine; what was run is kept, and it ends with us
            self._open.close()

    @property
    def is_local(self) -> bool:
        """Whether the work is done on this machine."""
        return self._address is None

    @property
    def dashboard(self) -> str | None:
        """Address of the Dask dashboard; None where there is none (it needs the package bokeh)."""
        return str(self._client.dashboard_link) if self._client is not None and _has_dashboard() else None

    def replies(self, work: Work, tasks: Iterable[Task], *, first_alone: bool = False) -> Iterator[Ended | None]:
        """Yield runs as they end, group by group, and None now and then while none does.

        With ``first_alone`` the first run ends before the second starts, so that one worker compiles for all.
        """
        tasks = by_group(tasks)
        if self._client is not None:
            yield from _Submitted(self._client, work, tasks, self.is_local).replies(first_alone)
            return
        kept = Kept[Any]()
        for task in tasks:
            yield Ended(task.key, 1, attempt(work, [task.content], software(), kept)[0])

    def launch(self) -> None:
        """Begin to make ready what processes of this machine need, while the caller does something else."""
        if self.n_workers and self._client is None:
            fork_server.launch()

    def _connected(self) -> Any:
        import dask
        from distributed import Client, LocalCluster

        from neurogen_abm.experiments.execution.nanny import Keeper  # loads distributed, as above

        try:
            if self._address is not None:
                _check_address(self._address)
                return self._open.enter_context(Client(self._address, timeout=_CONNECT_S, set_as_default=False))
            if getattr(multiprocessing.current_process(), "_inheriting", False):
                raise SystemExit(1)  # a worker that runs the script of its driver again; the driver says so
            self.launch()
            start = {"distributed.worker.multiprocessing-method": fork_server.method()}
            self._open.enter_context(dask.config.set(_SETTINGS | start))
            cluster = LocalCluster(
                n_workers=self.n_workers,
                threads_per_worker=1,
                worker_class=Keeper,
                host="127.0.0.1",
                dashboard_address="127.0.0.1:0",
                silence_logs=50,
                # A fork server has what there was when it began.
                env=dict(os.environ) | fork_server.ONE_THREAD | fork_server.ONE_THREAD_OF_NUMBA,
            )
            self._open.enter_context(cluster)
            return self._open.enter_context(Client(cluster, set_as_default=False))
        except RuntimeError as fault:
            what = "The worker processes could not start."
            called = 'In a script, call this under `if __name__ == "__main__":`, or with workers=0.'
            cure = told(called, "With --workers 0 this process runs them itself; --debug says what kept them.")
            raise EnvironmentFault(what, cure=cure, code="no-workers") from fault
        except (OSError, TimeoutError, ValueError) as fault:
            self._open.close()
            what = f"No Dask scheduler answers here ({str(fault)[:120] or type(fault).__name__})."
            cure = "Start one with `dask scheduler`, and give the address it prints."
            raise SchedulerLost(what, where=f"{argument('scheduler')} {self._address or ''}", cure=cure) from fault


def by_group(tasks: Iterable[Task]) -> list[Task]:
    """Return tasks with those of a group next to each other, and groups that begin alike; else in their order."""
    tasks, place = list(tasks), dict[Sequence[str], int]()
    for task in tasks:
        for group in (task.group[:1], task.group):
            place.setdefault(group, len(place))
    return sorted(tasks, key=lambda task: (place[task.group[:1]], place[task.group]))


class _Submitted:
    """Runs submitted to a Dask client in batches, and submitted again when their worker died.

    Ended batches wait in a queue that Dask fills. `distributed.as_completed` has no time limit for each result, only
    one for all of them; the driver has to wake up in between to write down what it has, and to notice a scheduler that
    is gone.
    """

    def __init__(self, client: Any, work: Work, tasks: list[Task], is_local: bool = False) -> None:
        self.client, self.work, self.tasks, self.is_local = client, work, deque(tasks), is_local
        self.ended: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.running: dict[Any, tuple[list[Task], int]] = {}
        self.threads, self.counted, self.seen = 0, float("-inf"), time.monotonic()
        self.seconds, self.n_ended = 0.0, 0  # what runs took so far

    def replies(self, first_alone: bool) -> Iterator[Ended | None]:
        """Yield as `Workers.replies` does."""
        try:
            self.count()
            if first_alone and self.tasks:
                self.submit([self.tasks.popleft()], 1)
            else:
                self.fill()
            while self.running:
                try:
                    future = self.ended.get(timeout=_TICK_S)
                except queue.Empty:
                    self.require_scheduler()
                    self.count()
                    yield None
                    continue
                yield from self.taken(future)
                self.count()
                self.fill()
        finally:
            for future in self.running:
                future.release()

    def taken(self, future: Any) -> Iterator[Ended]:
        """Yield the runs of a batch that ended; those of a worker that died are tried again, each alone."""
        batch, attempts = self.running.pop(future)
        replies = self.reply(future)
        future.release()
        if replies is None and attempts < MOST_ATTEMPTS:
            for task in batch:
                self.submit([task], attempts + 1)
            return
        for task, reply in zip(batch, replies or [_died(attempts)] * len(batch), strict=True):
            self.seconds, self.n_ended = self.seconds + reply.seconds, self.n_ended + 1
            yield Ended(task.key, attempts, reply)

    def count(self) -> None:
        """Ask now and then how many runs the workers can do at once."""
        if time.monotonic() - self.counted > _COUNT_EVERY_S:
            self.require_scheduler()
            self.threads = sum(self.client.nthreads().values())
            self.counted = time.monotonic()
            self.seen = self.counted if self.threads else self.seen
            if self.is_local and self.counted - self.seen > _BACK_WITHIN_S:
                what = "All worker processes have died, and no other one could start."
                cure = "Look at what the machine lacks (memory, processes), and start again: what is finished is kept."
                raise EnvironmentFault(what, cure=cure, code="no-workers")

    def fill(self) -> None:
        """Submit batches until there are a few more than workers."""
        while len(self.running) < 2 * self.threads + 2 and self.tasks:
            size = batch_size(self.tasks, self.threads, self.seconds / self.n_ended if self.n_ended else None)
            self.submit([self.tasks.popleft() for _ in range(size)], 1)

    def submit(self, batch: list[Task], attempts: int) -> None:
        """Submit runs that one worker does one after the other."""
        name = f"run-{batch[0].key}-{attempts}-{id(self):x}"
        contents = [task.content for task in batch]
        future = self.client.submit(attempt, self.work, contents, software(), key=name, pure=False)
        self.running[future] = batch, attempts
        future.add_done_callback(self.ended.put)

    def reply(self, future: Any) -> list[Reply] | None:
        """Return the replies of a future that ended; None where its worker died."""
        from distributed.client import FutureCancelledError
        from distributed.scheduler import KilledWorker

        try:
            replies: list[Reply] = future.result(timeout=_FETCHED_WITHIN_S)
        except KilledWorker:
            return None
        except (FutureCancelledError, OSError, TimeoutError) as fault:
            self.require_scheduler(fault)
            return None
        except (ImportError, AttributeError, pickle.UnpicklingError) as fault:
            cure = "Install the same version on the workers, and start them where the driver's modules can be imported."
            raise OtherVersion(f"A worker cannot load what it is sent: {fault}.", cure=cure) from fault
        return replies

    def require_scheduler(self, fault: Exception | None = None) -> None:
        """Refuse to wait for a scheduler that is gone."""
        if self.client.status != "running":
            cure = "Start it, and start again here: what is finished is kept."
            raise SchedulerLost("The scheduler is gone.", cure=cure) from fault


def batch_size(tasks: Sequence[Task], threads: int, mean_s: float | None) -> int:
    """Return how many of the tasks that wait, group next to group, are sent together; 0 only where none waits.

    ``mean_s`` is what a run has taken so far, None where none has ended. A group is not cut into parts of less than a
    second: each lives its past anew, which costs more than is lost where workers end a second apart.

    >>> batch_size([Task("", b"", group) for group in "aaaabbbb"], threads=1, mean_s=0.1)
    4
    """
    most = max(1, len(tasks) // (_BATCHES_LEFT * max(threads, 1)))
    known = mean_s is not None
    least, together, alike = (int(s / max(mean_s or 0.0, 1e-6)) for s in _TIMES_S) if known else (1, 1, _FIRST_BATCH)
    size = 0
    for _, group in groupby(tasks, key=attrgetter("group")):
        n = sum(1 for _ in islice(group, max(most, least) + 1))
        if not size:
            size = max(1, min(n, alike, max(most, least)))
        elif size + n <= min(together, most):
            size += n
        else:
            break
    return size


def attempt(work: Work, contents: Sequence[bytes], version: str, kept: Kept[Any] | None = None) -> list[Reply]:
    """Run animals on a worker, one after the other; whatever goes wrong within one is part of its reply.

    They share what they have in common, which is ``kept`` for those that follow, or for this batch alone.
    """
    if version != software():
        what = f"A worker on {_here()} runs neurogen_abm {software()}, the driver {version}."
        cure = "Install the same version on both, and start again; what is finished is kept."
        raise OtherVersion(f"{what} Was it changed while the command ran?", cure=cure)
    with _TURN, shared(kept):
        return [_attempt(work, content) for content in contents]


def _attempt(work: Work, content: bytes) -> Reply:
    clock = time.perf_counter()
    try:
        tables = {name: packed(frame) for name, frame in work(pickle.loads(content)).items()}
        error = None
    except Exception as fault:  # noqa: BLE001 - one run that fails must not stop the others; the ledger keeps it
        tables, error = {}, _as_data(fault)
    return Reply(tables, time.perf_counter() - clock, _here(), error)


def _here() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"


def _died(attempts: int) -> Reply:
    what = f"The worker died {attempts} times during this run, of a crash or because memory ran out."
    cure = "Try fewer workers at once, or a smaller tissue, and run them again."
    return Reply({}, 0.0, "", EnvironmentFault(what, cure=cure, code="worker-died").as_dict())


def _as_data(fault: Exception) -> dict[str, Any]:
    if isinstance(fault, NeurogenError):
        return fault.as_dict()
    what = f"{type(fault).__name__}: {fault}"[:2000]
    return NeurogenError(what, code="internal", cure="Please report it.").as_dict()


@cache
def _has_dashboard() -> bool:
    from importlib.util import find_spec

    return find_spec("bokeh") is not None

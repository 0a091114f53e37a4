"""Who runs the animals: this process, processes of this machine, or the workers of a running Dask scheduler.

Dask distributed schedules. What is added here is small: a limit on the runs submitted at a time, so that neither driver
nor scheduler grows with their number, and another attempt, somewhere else, when a worker died.
"""

import multiprocessing
import os
import pickle
import queue
import re
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, suppress
from functools import cache
from threading import Lock
from typing import Any, NamedTuple, Self

import pandas as pd

from neurogen_abm.arguments import TEXT, WHOLE, check
from neurogen_abm.errors import EnvironmentFault, InputError, NeurogenError, argument
from neurogen_abm.sources import software
from neurogen_abm.storage.dataset import Tables, packed

MOST_ATTEMPTS = 3
_TICK_S = 0.5
_CONNECT_S = 10
_COUNT_EVERY_S = 5.0
# A finished run is fetched in so long, or counts as lost with its worker: the scheduler may wait for it for good.
_FETCHED_WITHIN_S = 60.0

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
    # Ctrl-C reaches all processes of a terminal; the driver answers it, and ends the workers.
    "distributed.worker.preload": ["import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)"],
    # Dask would give memory back to the system after every array, and each page of the next is then a fault.
    "distributed.nanny.pre-spawn-environ": {"OMP_NUM_THREADS": 1, "MKL_NUM_THREADS": 1, "OPENBLAS_NUM_THREADS": 1},
}

Work = Callable[[Any], Mapping[str, pd.DataFrame]]
# numba's simplest threading layer dies when two threads enter it; runs of one process take turns.
_TURN = Lock()


class Task(NamedTuple):
    """One run to be sent to a worker: ``content`` is the pickled argument of the work."""

    key: str
    content: bytes


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
        self.n_workers = (len(os.sched_getaffinity(0)) if workers is None else workers) if scheduler is None else 0
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

    def replies(self, work: Work, tasks: Iterator[Task], *, first_alone: bool = False) -> Iterator[Ended | None]:
        """Yield runs as they end, and None now and then while none does.

        With ``first_alone`` the first run ends before the second starts, so that one worker compiles for all.
        """
        if self._client is not None:
            yield from _Submitted(self._client, work, tasks).replies(first_alone)
            return
        for task in tasks:
            yield Ended(task.key, 1, attempt(work, task.content, software()))

    def _connected(self) -> Any:
        import dask
        from distributed import Client, LocalCluster

        try:
            if self._address is not None:
                _check_address(self._address)
                return self._open.enter_context(Client(self._address, timeout=_CONNECT_S, set_as_default=False))
            if getattr(multiprocessing.current_process(), "_inheriting", False):
                raise SystemExit(1)  # a worker that runs the script of its driver again; the driver says so
            self._open.enter_context(dask.config.set(_SETTINGS))
            cluster = LocalCluster(
                n_workers=self.n_workers,
                threads_per_worker=1,
                processes=True,
                host="127.0.0.1",
                dashboard_address="127.0.0.1:0",
                silence_logs=50,
                env={"NUMBA_NUM_THREADS": "1"},
            )
            self._open.enter_context(cluster)
            return self._open.enter_context(Client(cluster, set_as_default=False))
        except RuntimeError as fault:
            what = "The worker processes could not start."
            cure = 'In a script, call this under `if __name__ == "__main__":`, or with workers=0.'
            raise EnvironmentFault(what, cure=cure, code="no-workers") from fault
        except (OSError, TimeoutError, ValueError) as fault:
            self._open.close()
            what = f"No Dask scheduler answers here ({str(fault)[:120] or type(fault).__name__})."
            cure = "Start one with `dask scheduler`, and give the address it prints."
            raise SchedulerLost(what, where=f"{argument('scheduler')} {self._address or ''}", cure=cure) from fault


class _Submitted:
    """Runs submitted to a Dask client, and submitted again when their worker died.

    Ended runs wait in a queue that Dask fills. `distributed.as_completed` has no time limit for each result, only one
    for all of them; the driver has to wake up in between to write down what it has, and to notice a scheduler that is
    gone.
    """

    def __init__(self, client: Any, work: Work, tasks: Iterator[Task]) -> None:
        self.client, self.work, self.tasks = client, work, tasks
        self.ended: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.running: dict[Any, tuple[Task, int]] = {}
        self.limit, self.counted = 0, float("-inf")

    def replies(self, first_alone: bool) -> Iterator[Ended | None]:
        """Yield as `Workers.replies` does."""
        try:
            self.fill(1 if first_alone else self.most())
            while self.running:
                try:
                    future = self.ended.get(timeout=_TICK_S)
                except queue.Empty:
                    self.require_scheduler()
                    yield None
                    continue
                task, attempts = self.running.pop(future)
                reply = self.reply(future)
                future.release()
                if reply is None and attempts < MOST_ATTEMPTS:
                    self.submit(task, attempts + 1)
                else:
                    yield Ended(task.key, attempts, reply or _died(attempts))
                self.fill(self.most())
        finally:
            for future in self.running:
                future.release()

    def most(self) -> int:
        """Return how many runs may be submitted at a time: a few more than there are workers."""
        if time.monotonic() - self.counted > _COUNT_EVERY_S:
            self.require_scheduler()
            self.limit = 2 * sum(self.client.nthreads().values()) + 2
            self.counted = time.monotonic()
        return self.limit

    def fill(self, most: int) -> None:
        """Submit runs until ``most`` are."""
        while len(self.running) < most and (task := next(self.tasks, None)) is not None:
            self.submit(task, 1)

    def submit(self, task: Task, attempts: int) -> None:
        """Submit one run."""
        name = f"run-{task.key}-{attempts}-{id(self):x}"
        future = self.client.submit(attempt, self.work, task.content, software(), key=name, pure=False)
        self.running[future] = task, attempts
        future.add_done_callback(self.ended.put)

    def reply(self, future: Any) -> Reply | None:
        """Return the reply of a future that ended; None where its worker died."""
        from distributed.client import FutureCancelledError
        from distributed.scheduler import KilledWorker

        try:
            reply: Reply = future.result(timeout=_FETCHED_WITHIN_S)
        except KilledWorker:
            return None
        except (FutureCancelledError, OSError, TimeoutError) as fault:
            self.require_scheduler(fault)
            return None
        except (ImportError, AttributeError, pickle.UnpicklingError) as fault:
            cure = "Install the same version on the workers, and start them where the driver's modules can be imported."
            raise OtherVersion(f"A worker cannot load what it is sent: {fault}.", cure=cure) from fault
        return reply

    def require_scheduler(self, fault: Exception | None = None) -> None:
        """Refuse to wait for a scheduler that is gone."""
        if self.client.status != "running":
            cure = "Start it, and start again here: what is finished is kept."
            raise SchedulerLost("The scheduler is gone.", cure=cure) from fault


def attempt(work: Work, content: bytes, version: str) -> Reply:
    """Run an animal on a worker; whatever goes wrong within it is part of the reply."""
    if version != software():
        what = f"A worker on {_here()} runs neurogen_abm {software()}, the driver {version}."
        raise OtherVersion(what, cure="Install the same version on both, and start the workers again.")
    with _TURN:
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

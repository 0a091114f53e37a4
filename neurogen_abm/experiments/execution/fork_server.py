"""The process from which worker processes are forked: it imports and loads once what each of them needs.

A worker that starts from nothing imports for two to three seconds and loads compiled kernels for another half. The fork
server of Python's `multiprocessing` does that once, beside the driver, which plans its runs meanwhile; a worker forked
from it works after some hundredths of a second, also in place of one that died. It has one thread and does nothing but
fork, so that no lock is ever copied while it is held. The driver itself is never forked: it has threads.

Where there is no fork server, or where it could import another package than the driver did, workers start from nothing,
slower and to the same effect.
"""

import ctypes
import multiprocessing
import os
import select
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Lock
from typing import Any

# One thread for each library: runs share the processors among them. Dask leaves these in the driver's own variables
# too, where numba's must not be: it reads its variable whenever it compiles, and refuses to go on where that is another
# than when its threads began.
ONE_THREAD = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
ONE_THREAD_OF_NUMBA = {"NUMBA_NUM_THREADS": "1"}
# Arrow's allocator would tidy up in a thread of its own, which a fork does not copy.
_NO_THREAD_BESIDE = {"JE_ARROW_MALLOC_CONF": "background_thread:false"}
_PRELOADED = ["neurogen_abm.experiments.execution.preload"]
_PR_SET_PDEATHSIG = 1  # of Linux's prctl: the signal that a process gets when its parent ends
_LAUNCH = Lock()
_refused: list[OSError] = []  # by the system, where it let no fork server begin


def method() -> str:
    """Return how worker processes start: ``forkserver``, or ``spawn`` where it cannot be relied on.

    On macOS libraries of the system do not survive a fork. A Python told to heed no variables cannot be told where the
    driver found its modules. A fork server needs a socket in the folder for temporary files, whose path can be too
    long for one.
    """
    heeds = not (sys.flags.isolated or sys.flags.ignore_environment)
    can = sys.platform.startswith("linux") and heeds and not _refused
    return "forkserver" if can and "forkserver" in multiprocessing.get_all_start_methods() else "spawn"


def launch() -> None:
    """Start the fork server if it does not run yet, and return at once; it gets ready by itself.

    A fork server that the program has started for its own ends is used as it is. It ends with this process.
    """
    if method() != "forkserver":
        return
    from multiprocessing import forkserver, resource_tracker

    with _LAUNCH, _environment(_of_the_driver()):
        forkserver.set_forkserver_preload(_PRELOADED)
        resource_tracker.ensure_running()  # by itself, because it lets Ctrl-C through again once it has started
        # Ctrl-C reaches all processes of a terminal, and is for the driver: what is started here begins without it.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            _wait_for_the_end(forkserver._forkserver)
            forkserver.ensure_running()
        except OSError as fault:
            _refused.append(fault)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _wait_for_the_end(server: Any) -> None:
    """Wait until a fork server that is being killed is dead; before, `multiprocessing` would still count on it.

    What a process held open is closed a moment before its parent can hear of its end, and a driver whose workers have
    gone asks for another one in that moment.
    """
    if server._forkserver_pid is None:
        return
    end = select.poll()
    end.register(server._forkserver_alive_fd, 0)
    if any(event & select.POLLERR for _, event in end.poll(0)):  # nobody reads the pipe: its only reader was the server
        os.waitid(os.P_PID, server._forkserver_pid, os.WEXITED | os.WNOWAIT)


def end_workers_with_this_process() -> None:
    """Let workers forked from this process be killed when it ends, as their driver then takes them for dead.

    One that worked on would have the name of the worker in its place, and the scheduler lets only one of them in.
    """
    server, prctl = os.getpid(), ctypes.CDLL(None).prctl
    is_forked = False

    def ends_with_it() -> None:
        nonlocal is_forked
        if is_forked:
            return  # forked by a worker, which is none of ours
        is_forked = True
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != server:  # it has ended meanwhile
            os.kill(os.getpid(), signal.SIGKILL)

    os.register_at_fork(after_in_child=ends_with_it)


def _of_the_driver() -> Mapping[str, str]:
    """Return variables under which another Python finds modules where this one does, and nowhere else first."""
    places = [place or os.getcwd() for place in sys.path if isinstance(place, str)]
    there = {"PYTHONPATH": os.pathsep.join(dict.fromkeys(places)), "PYTHONSAFEPATH": "1"}
    return ONE_THREAD | _NO_THREAD_BESIDE | there


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Let processes that are started in here have these variables."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value

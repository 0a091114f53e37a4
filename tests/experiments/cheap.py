"""Tasks that cost nothing, so that the machinery around runs can be killed, broken and counted at leisure."""

import ctypes
import json
import os
import signal
import sys
import time
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from neurogen_abm.errors import ModelFault
from neurogen_abm.experiments.execution import fork_server
from neurogen_abm.experiments.execution.job import Job, Keep
from neurogen_abm.run import prepare
from neurogen_abm.spec.scenario.resolve import ResolvedScenario

ANIMAL = {
    "name": "cheap",
    "duration": "2 h",
    "tissue": {"septotemporal": "300 um", "transverse": "200 um"},
}


@cache
def _base(changes: str) -> ResolvedScenario:
    return prepare({**ANIMAL, **json.loads(changes)})


@cache
def _job(seed: int, changes: str) -> Job:
    return Job.of(prepare(_base(changes), seed), Keep(), {"part": seed % 3})


def jobs(n: int, **changes: Any) -> list[Job]:
    """Return the jobs of seeds 1 to ``n``; they cannot be changed, and each is made once."""
    return [_job(seed, json.dumps(changes)) for seed in range(1, n + 1)]


def draws(job: Job) -> dict[str, pd.DataFrame]:
    """Return two tables that depend on the job alone."""
    variates = np.random.default_rng(job.resolved.scenario.seed)
    series = pd.DataFrame({"time_h": np.arange(3.0), "n": variates.integers(0, 100, 3), "level": variates.random(3)})
    return {
        "series": series,
        "assays": pd.DataFrame({"name": pd.Categorical(["a"]), "count": [job.point.get("part", 0)]}),
    }


def slow_draws(job: Job) -> dict[str, pd.DataFrame]:
    time.sleep(0.02)
    return draws(job)


def one_in_five_fails(job: Job) -> dict[str, pd.DataFrame]:
    if job.resolved.scenario.seed % 5 == 0:
        raise ModelFault("An explosion of cells.", cure="Lower the rates.")
    return draws(job)


def fails_until_mended(job: Job) -> dict[str, pd.DataFrame]:
    if job.resolved.scenario.seed == 2 and not Path(os.environ["MENDED"]).exists():
        raise ZeroDivisionError("division by zero")
    return draws(job)


def kills_its_worker(job: Job) -> dict[str, pd.DataFrame]:
    if job.resolved.scenario.seed == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return draws(job)


def kills_its_worker_once(job: Job) -> dict[str, pd.DataFrame]:
    """Kill the worker the first time the job of seed 3 is met; the folder MENDED remembers that it was."""
    mark = Path(os.environ["MENDED"]) / job.key
    if job.resolved.scenario.seed == 3 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return draws(job)


def _signal_when_the_parent_ends() -> int:
    number = ctypes.c_int()
    ctypes.CDLL(None).prctl(2, ctypes.byref(number))  # PR_GET_PDEATHSIG
    return number.value


def tells_what_it_has(told: Any) -> None:
    """Say, in a process that has just been forked, what it found in memory and around it."""
    found = {
        "package": sys.modules["neurogen_abm"].__file__,
        "at once": [name for name in ("neurogen_abm.model", "distributed", "numba") if name in sys.modules],
        "threads of the server": len(os.listdir(f"/proc/{os.getppid()}/task")),
        "one thread": {name: os.environ.get(name) for name in fork_server.ONE_THREAD | fork_server.ONE_THREAD_OF_NUMBA},
        "threads of numba": sys.modules["numba"].config.NUMBA_NUM_THREADS,
        "is killed when its server ends": _signal_when_the_parent_ends() == signal.SIGKILL,
    }
    told.put(found)

"""Drivers and workers killed at random instants: every run is present once, and the tables are those of peace."""

import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import cheap
import pytest

from neurogen_abm.errors import EnvironmentFault
from neurogen_abm.experiments.execution.runner import Execution, Outcome, perform

HERE = Path(__file__).parent
N = 60


def tables(outcome: Outcome) -> bytes:
    return b"".join(outcome.table(name).to_parquet() for name in ("series", "assays"))


def environment(**more: str) -> dict[str, str]:
    paths = [str(HERE), str(HERE.parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths), **more}


def start(folder: Path, workers: str, task: str, **more: str) -> subprocess.Popen:
    words = [sys.executable, str(HERE / "driver.py"), str(folder), str(N), workers, task]
    return subprocess.Popen(words, env=environment(**more), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def done(folder: Path) -> int:
    """Return how many runs the ledger holds; opening it rolls back what a killed driver left half written."""
    if not (folder / "ledger.sqlite").exists():
        return 0
    base = sqlite3.connect(folder / "ledger.sqlite", timeout=10)
    try:
        return base.execute("SELECT count(*) FROM runs WHERE state = 'done'").fetchone()[0]
    except sqlite3.OperationalError as fault:
        if "no such table" not in str(fault):
            raise
        return 0
    finally:
        base.close()


def killed_until_done(folder: Path, kills: int, luck: random.Random, workers: str = "0") -> int:
    """Start drivers and kill them while they work, until ``kills`` were killed or one ends; return how many were."""
    for killed in range(kills):
        driver, before, patience = start(folder, workers, "slow_draws"), done(folder), time.monotonic() + 120
        # Every other kill waits for progress, so that a slow machine gets on; the others hit the beginning.
        while driver.poll() is None and time.monotonic() < patience:
            if _works(folder, driver.pid) and (killed % 2 == 0 or done(folder) > before):
                break
            time.sleep(0.01)
        time.sleep(luck.uniform(0.0, 0.3))
        driver.send_signal(signal.SIGKILL)
        driver.wait()
        told = driver.stderr.read().decode()
        driver.stderr.close()
        assert driver.returncode in (0, -signal.SIGKILL), told
        if driver.returncode == 0:
            return killed
        assert done(folder) >= before
    return kills


def _works(folder: Path, pid: int) -> bool:
    lock = folder / "driver.lock"
    return lock.exists() and f"process {pid} " in lock.read_text()


def checked(folder: Path, undisturbed: bytes) -> None:
    outcome = perform(cheap.jobs(N), Execution(folder, workers=0), work=cheap.draws, title="killed")
    assert outcome.complete
    assert outcome.table("series").groupby("job").size().eq(3).all()
    assert tables(outcome) == undisturbed


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory) -> bytes:
    return tables(perform(cheap.jobs(N), Execution(tmp_path_factory.mktemp("peace"), workers=0), work=cheap.draws))


def test_drivers_killed_at_random_lose_nothing(tmp_path, undisturbed):
    assert killed_until_done(tmp_path, 3, random.Random(7)) >= 1
    assert done(tmp_path) > 0
    checked(tmp_path, undisturbed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_drivers_killed_sixty_times_lose_nothing(tmp_path, undisturbed, seed):
    """Five directories, each killed a dozen times; a directory that is done in between starts anew."""
    luck, killed, number = random.Random(seed), 0, 0
    while killed < 12:
        folder = tmp_path / str(number)
        folder.mkdir()
        killed += killed_until_done(folder, 12 - killed, luck)
        checked(folder, undisturbed)
        number += 1


@pytest.mark.slow
def test_drivers_of_worker_processes_killed_at_random_leave_no_worker_and_lose_nothing(tmp_path, undisturbed):
    killed_until_done(tmp_path, 5, random.Random(3), "2")
    checked(tmp_path, undisturbed)


class Cluster:
    """A running scheduler: its address and its process."""

    def __init__(self, address: str, process: subprocess.Popen) -> None:
        self.address, self.process = address, process


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    """Start a real scheduler and two real workers, of two threads each, as a person would from a shell."""
    command = [
        sys.executable,
        "-m",
        "distributed.cli.dask_scheduler",
        "--host",
        "127.0.0.1",
        "--port",
        "0",
        "--no-dashboard",
    ]
    scheduler = subprocess.Popen(command, env=environment(), stderr=subprocess.PIPE, text=True)
    address = ""
    while not address:
        line = scheduler.stderr.readline()
        assert line, "the scheduler did not start"
        found = re.search(r"Scheduler at:\s+(tcp://\S+)", line)
        address = found[1] if found else ""
    worker = [sys.executable, "-m", "distributed.cli.dask_worker", address, "--nthreads", "2", "--no-dashboard"]
    options = {"env": environment(), "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    workers = [subprocess.Popen([*worker, "--name", name], **options) for name in ("a", "b")]
    yield Cluster(address, scheduler)
    for process in (*workers, scheduler):
        process.terminate()
    for process in (*workers, scheduler):
        process.wait(20)
    scheduler.stderr.close()


@pytest.mark.slow
def test_a_real_scheduler_with_real_workers_gives_the_same_bytes(tmp_path, cluster, undisturbed):
    outcome = perform(
        cheap.jobs(N), Execution(tmp_path, scheduler=cluster.address), work=cheap.slow_draws, title="killed"
    )
    assert outcome.complete, outcome.failed
    assert tables(outcome) == undisturbed


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2, 4])
def test_any_number_of_workers_gives_the_same_bytes_of_real_animals(tmp_path, workers):
    jobs = cheap.jobs(6, activity=[{"kind": "wheel", "distance": "6 km/d"}], duration="1 d")
    apart = perform(jobs, Execution(tmp_path / "apart", workers=workers))
    here = perform(jobs, Execution(tmp_path / "here", workers=0))
    assert apart.complete
    assert here.table("series").to_parquet() == apart.table("series").to_parquet()


def test_a_scheduler_that_is_not_there_is_named_quickly(tmp_path, monkeypatch):
    from neurogen_abm.experiments.execution import workers

    monkeypatch.setattr(workers, "_CONNECT_S", 1.0)
    with pytest.raises(EnvironmentFault, match="No Dask scheduler answers") as refusal:
        perform(cheap.jobs(2), Execution(tmp_path / "runs", scheduler="tcp://127.0.0.1:9"), work=cheap.draws)
    assert refusal.value.exit_code == 3
    assert "tcp://127.0.0.1:9" in refusal.value.where


@pytest.mark.slow
def test_a_scheduler_that_goes_keeps_what_was_finished(tmp_path, cluster, monkeypatch):
    from neurogen_abm.experiments.execution import runs

    monkeypatch.setattr(runs, "_FIRST_WAIT_S", 0.0)

    def end_it(status):
        if status.done == 5:
            cluster.process.kill()

    with pytest.raises(EnvironmentFault, match="scheduler is gone"):
        perform(
            cheap.jobs(N),
            Execution(tmp_path, scheduler=cluster.address, progress=end_it),
            work=cheap.slow_draws,
            title="killed",
        )
    assert done(tmp_path) >= 5

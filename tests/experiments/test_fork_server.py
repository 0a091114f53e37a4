"""Workers are forked from a process that has everything in memory and one thread; elsewhere they start from nothing."""

import asyncio
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import time
from multiprocessing import forkserver
from pathlib import Path
from types import SimpleNamespace

import cheap
import dask
import pytest

import neurogen_abm
from neurogen_abm.experiments.execution import fork_server, workers
from neurogen_abm.experiments.execution.nanny import Keeper
from neurogen_abm.experiments.execution.runner import Execution, perform
from neurogen_abm.sources import PACKAGE

linux = pytest.mark.skipif(fork_server.method() != "forkserver", reason="no fork server here")


@linux
def test_a_forked_worker_has_the_model_of_its_driver_and_its_server_one_thread(monkeypatch):
    """One thread of Python and of any library: a lock that another held at the fork would stay locked for good."""
    before = dict(os.environ)
    fork_server.launch()
    assert dict(os.environ) == before
    context = multiprocessing.get_context("forkserver")
    told = context.SimpleQueue()
    process = context.Process(target=cheap.tells_what_it_has, args=(told,))
    process.start()
    found = told.get()
    process.join(30)
    assert found["package"] == neurogen_abm.__file__
    assert found["at once"] == ["neurogen_abm.model", "distributed", "numba"]
    assert found["threads of the server"] == 1
    assert found["one thread"] == fork_server.ONE_THREAD | fork_server.ONE_THREAD_OF_NUMBA
    assert found["threads of numba"] == 1
    assert found["is killed when its server ends"]


def test_a_driver_whose_kernels_have_threads_compiles_on_after_its_workers(tmp_path):
    """numba reads this variable whenever it compiles, and stops where it has changed since its threads began."""
    before = os.environ.get("NUMBA_NUM_THREADS")
    assert perform(cheap.jobs(1), Execution(tmp_path / "done", workers=1)).complete
    assert os.environ.get("NUMBA_NUM_THREADS") == before


@pytest.mark.parametrize(
    ("platform", "flag", "way"),
    [("linux", 0, "forkserver"), ("linux", 1, "spawn"), ("darwin", 0, "spawn"), ("win32", 0, "spawn")],
)
def test_where_a_fork_is_not_safe_or_may_find_another_package_workers_start_anew(monkeypatch, platform, flag, way):
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(sys, "flags", SimpleNamespace(isolated=0, ignore_environment=flag))
    monkeypatch.setattr(multiprocessing, "get_all_start_methods", lambda: ["fork", "spawn", "forkserver"])
    assert fork_server.method() == way


@linux
@pytest.mark.slow
def test_the_package_of_the_driver_is_found_before_that_of_the_folder(tmp_path):
    """A driver that has its package from elsewhere, started beside a folder of the same name."""
    (tmp_path / "neurogen_abm").mkdir()
    (tmp_path / "neurogen_abm" / "__init__.py").write_text("raise SystemExit('the wrong one')")
    (tmp_path / "elsewhere").mkdir()
    script = tmp_path / "elsewhere" / "driver.py"
    script.write_text(DRIVER)
    paths = [str(Path(__file__).parent), str(Path(neurogen_abm.__file__).parents[1])]
    variables = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    done = subprocess.run(
        [sys.executable, script], cwd=tmp_path, env=variables, capture_output=True, text=True, timeout=120
    )
    assert done.stdout.strip() == neurogen_abm.__file__, done.stderr


DRIVER = """
import multiprocessing
import cheap
from neurogen_abm.experiments.execution import fork_server

if __name__ == "__main__":
    fork_server.launch()
    context = multiprocessing.get_context("forkserver")
    told = context.SimpleQueue()
    process = context.Process(target=cheap.tells_what_it_has, args=(told,))
    process.start()
    print(told.get()["package"])
    process.join()
"""


@pytest.mark.slow
def test_workers_started_anew_give_the_same_bytes(tmp_path, monkeypatch):
    jobs = cheap.jobs(4)
    forked = perform(jobs, Execution(tmp_path / "forked", workers=1))
    monkeypatch.setattr(fork_server, "method", lambda: "spawn")
    anew = perform(jobs, Execution(tmp_path / "anew", workers=1))
    assert forked.complete
    assert forked.table("series").to_parquet() == anew.table("series").to_parquet()


@linux
def test_where_the_folder_for_temporary_files_has_too_long_a_path_workers_start_anew(tmp_path):
    """A fork server is reached by a socket there, whose path has 108 characters at most."""
    deep = tmp_path / ("long" * 30)
    deep.mkdir()
    asked = "from neurogen_abm.experiments.execution import fork_server as f; f.launch(); print(f.method())"
    where = {**os.environ, "TMPDIR": str(deep), "PYTHONPATH": str(Path(neurogen_abm.__file__).parents[1])}
    done = subprocess.run([sys.executable, "-c", asked], env=where, capture_output=True, text=True, timeout=60)
    assert (done.stdout.strip(), done.stderr) == ("spawn", "")


@linux
def test_ctrl_c_while_the_server_gets_ready_is_the_drivers_alone():
    """It reaches all processes of a terminal; what is preloading would end with pages of an exception."""
    asked = """
import os, signal, time
from multiprocessing import forkserver
from neurogen_abm.experiments.execution import fork_server
signal.signal(signal.SIGINT, lambda *_: None)  # a driver that answers it
fork_server.launch()
time.sleep(0.5)
os.killpg(os.getpgrp(), signal.SIGINT)
server = forkserver._forkserver._forkserver_pid
time.sleep(0.3)
print(os.waitpid(server, os.WNOHANG)[0])
"""
    where = {**os.environ, "PYTHONPATH": str(Path(neurogen_abm.__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, "-c", asked], env=where, capture_output=True, text=True, timeout=60, start_new_session=True
    )
    assert (done.stdout.strip(), done.stderr) == ("0", "")


@linux
def test_a_worker_in_place_of_one_whose_server_died_has_the_same_origin(monkeypatch):
    """`multiprocessing` starts a server again by itself, but with what Dask preloads, and where the driver works."""
    server = forkserver.ForkServer()
    monkeypatch.setattr(forkserver, "ensure_running", server.ensure_running)
    monkeypatch.setattr(forkserver, "set_forkserver_preload", server.set_forkserver_preload)
    monkeypatch.setattr(fork_server, "_PRELOADED", ["colorsys"])  # in no time

    async def started(_: Keeper) -> dict[str, str]:
        while b"forkserver" not in Path(f"/proc/{server._forkserver_pid}/cmdline").read_bytes():
            time.sleep(0.001)  # it is not yet the program that was started
        entries = Path(f"/proc/{server._forkserver_pid}/environ").read_text().split("\0")
        return dict(entry.split("=", 1) for entry in entries if entry)

    monkeypatch.setattr(Keeper.__base__, "instantiate", started)
    first = asyncio.run(Keeper.instantiate(Keeper.__new__(Keeper)))
    died = server._forkserver_pid
    os.kill(died, signal.SIGKILL)
    os.waitid(os.P_PID, died, os.WEXITED | os.WNOWAIT)
    server.set_forkserver_preload(["distributed"])  # as Dask does
    second = asyncio.run(Keeper.instantiate(Keeper.__new__(Keeper)))
    assert server._forkserver_pid != died
    assert server._preload_modules == ["colorsys"]
    server._stop()
    assert first == second
    assert second["PYTHONSAFEPATH"] == "1"
    assert str(PACKAGE.parent) in second["PYTHONPATH"].split(os.pathsep)


@linux
def test_a_server_that_is_about_to_be_dead_counts_as_dead(monkeypatch):
    """What it held open is closed a little before it can be waited for: here half a second before."""
    server = forkserver.ForkServer()
    monkeypatch.setattr(forkserver, "_forkserver", server)
    monkeypatch.setattr(forkserver, "ensure_running", server.ensure_running)
    monkeypatch.setattr(forkserver, "set_forkserver_preload", server.set_forkserver_preload)
    monkeypatch.setattr(fork_server, "_PRELOADED", ["colorsys"])
    dying = subprocess.Popen(["sleep", "0.5"])
    read, server._forkserver_alive_fd = os.pipe()
    os.close(read)
    server._forkserver_pid = dying.pid
    fork_server.launch()
    assert server._forkserver_pid != dying.pid
    server._stop()
    dying.returncode = 0  # `multiprocessing` has waited for it


def test_a_worker_comes_back_however_long_that_takes(tmp_path, monkeypatch):
    """Dask gives up a place in which none is after 15 s; here after one millisecond, long before another can start."""
    (tmp_path / "mended").mkdir()
    monkeypatch.setenv("MENDED", str(tmp_path / "mended"))
    monkeypatch.setattr(workers, "_BACK_WITHIN_S", 20.0)
    with dask.config.set({"distributed.deploy.lost-worker-timeout": "1 ms"}):
        found = perform(cheap.jobs(3), Execution(tmp_path / "a", workers=1), work=cheap.kills_its_worker_once)
    assert len(list((tmp_path / "mended").iterdir())) == 1
    assert found.complete


SWEEP = """
import os, signal, sys
from multiprocessing import forkserver
from pathlib import Path
import cheap
from neurogen_abm.errors import NeurogenError
from neurogen_abm.experiments.execution import runs
from neurogen_abm.experiments.execution.runner import Execution, perform

if __name__ == "__main__":
    folder, edited = sys.argv[1:]
    runs._FIRST_WAIT_S = 0.03
    killed = []

    def kill(status):
        if status.done >= 5 and not killed:
            killed.append(forkserver._forkserver._forkserver_pid)
            if edited:
                Path(edited).write_text(Path(edited).read_text() + "# another version\\n")
            os.kill(killed[0], signal.SIGKILL)

    try:
        outcome = perform(cheap.jobs(60), Execution(folder, workers=2, progress=kill), work=cheap.slow_draws)
        print(len(killed), outcome.said)
    except NeurogenError as fault:
        print(len(killed), fault.code, fault.exit_code, fault)
"""


def swept(package: Path, folder: Path, edited: str = "") -> str:
    """Return what a sweep says that kills its fork server on the way, and may change a file of the package before."""
    script = folder.parent / "sweep.py"
    script.write_text(SWEEP)
    where = {**os.environ, "PYTHONPATH": os.pathsep.join((str(package.parent), str(Path(__file__).parent)))}
    words = [sys.executable, script, folder, edited]
    done = subprocess.run(words, env=where, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@linux
@pytest.mark.slow
def test_a_sweep_whose_fork_server_is_killed_goes_on_to_the_same_tables(tmp_path):
    assert swept(PACKAGE, tmp_path / "sweep") == "1 60 runs, 60 done"
    peace = perform(cheap.jobs(60), Execution(tmp_path / "peace", workers=0), work=cheap.draws)
    kept = perform(cheap.jobs(60), Execution(tmp_path / "sweep", workers=0), work=cheap.kills_its_worker)
    assert kept.table("series").to_parquet() == peace.table("series").to_parquet()


@linux
@pytest.mark.slow
def test_workers_of_a_package_that_was_changed_on_the_way_are_refused_and_what_was_done_is_kept(tmp_path):
    package = tmp_path / "site" / PACKAGE.name
    shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(PACKAGE.parent / "scenarios", package / "scenarios", dirs_exist_ok=True)
    source = package / "summary.py"
    before = source.read_text()
    told = swept(package, tmp_path / "sweep", str(source))
    assert told.startswith("1 other-version 3 A worker on"), told
    assert "what is finished is kept" in told
    source.write_text(before)
    assert swept(package, tmp_path / "sweep").endswith("60 runs, 60 done")

"""Workers are forked from a process that has everything in memory and one thread; elsewhere they start from nothing."""

import multiprocessing
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import cheap
import pytest

import neurogen_abm
from neurogen_abm.experiments.execution import fork_server
from neurogen_abm.experiments.execution.runner import Execution, perform

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

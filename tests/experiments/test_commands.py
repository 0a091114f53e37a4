"""neurogen sweep and neurogen compare as a person at a terminal meets them."""

import errno
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from neurogen_abm.experiments.sweep import sweep as sweeps
from neurogen_abm.experiments.sweep.sweep import sweep

SWEEP = """\
name: tiny
title: Two distances at two ages
scenario: mouse_generated_running
set: {tissue: {septotemporal: 300 um, transverse: 200 um}, duration: 3 d}
axes:
  "activity[0].distance": {label: Distance a day, values: [0 km/d, 8 km/d]}
  age: {label: Age, from: 5 wk, to: 9 wk, points: 2}
seeds: 2
keep: {series: [new_neurons, n_ki67, n_dcx, distance_km]}
"""


@pytest.fixture
def neurogen(neurogen, tmp_path):
    """Call the command line beside a sweep."""
    (tmp_path / "tiny.yaml").write_text(SWEEP)
    return neurogen


def test_a_sweep_leaves_runs_and_a_page(neurogen):
    told = neurogen("sweep", "tiny.yaml", "--workers", "0")
    assert told.code == 0, told.err
    assert told.err == ""
    assert told.out.startswith("Two distances at two ages: 4 points, 2 seeds, 8 runs.\n")
    runs = pd.read_csv("runs/tiny-sweep/runs.csv")
    assert runs["state"].tolist() == ["done"] * 8
    page = Path("runs/tiny-sweep/report.html").read_text()
    for key in ("curves", "effect-map", "dose-response", "phase", "course-0"):
        assert f'id="plot-{key}"' in page, key
    assert "Content-Security-Policy" in page
    for name in ("bands.parquet", "bands.csv"):
        (Path("runs/tiny-sweep") / name).write_text("of a sweep before, under a posterior")
    # The same again finds everything done.
    began = time.process_time()
    assert neurogen("sweep", "tiny.yaml", "--workers", "0", "--no-report").code == 0
    assert time.process_time() - began < 20
    assert not list(Path("runs/tiny-sweep").glob("bands.*"))


def test_the_table_of_runs_holds_no_formula(neurogen, monkeypatch):
    from cheap import draws

    perform = sweeps.perform
    monkeypatch.setattr(sweeps, "perform", lambda *a, **o: perform(*a, **o, work=draws))
    axis = '{values: [[], [{kind: wheel, distance: 1 km/d}]], labels: ["=cmd|\' /C calc\'!A0", "@SUM(A1)"]}'
    text = SWEEP.replace(
        '"activity[0].distance": {label: Distance a day, values: [0 km/d, 8 km/d]}', f"activity: {axis}"
    )
    Path("tiny.yaml").write_text(text)
    assert neurogen("sweep", "tiny.yaml", "--workers", "0", "--no-report").code == 0
    runs = pd.read_csv("runs/tiny-sweep/runs.csv")
    assert set(runs["activity"]) == {"'=cmd|' /C calc'!A0", "'@SUM(A1)"}
    cells = [str(cell) for column in runs for cell in [column, *runs[column]]]
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))] == []
    assert runs["seed"].tolist() == [1, 2, 1, 2, 1, 2, 1, 2]


def test_a_disk_that_fills_under_the_page_says_that_the_runs_are_kept(neurogen, monkeypatch):
    from cheap import draws

    from neurogen_abm.report.pages import sweep as page

    perform = sweeps.perform
    monkeypatch.setattr(sweeps, "perform", lambda *a, **o: perform(*a, **o, work=draws))
    monkeypatch.setattr(page, "result_in_short", lambda _: "")  # these runs have no days

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(page, "write_sweep_page", full)
    told = neurogen("sweep", "tiny.yaml", "--workers", "0")
    assert told.code == 3
    assert "The disk is full. Free some space and start again: what is finished is kept." in told.err
    assert "nothing was written" not in told.err

    def stopped(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(page, "write_sweep_page", stopped)
    told = neurogen("sweep", "tiny.yaml", "--workers", "0")
    assert told.code == 130
    assert "Interrupted after the runs. The runs are kept in runs/tiny-sweep" in told.err


def test_failed_runs_are_told_and_leave_with_six(neurogen, monkeypatch):
    def failing(*arguments, **options):
        return perform(*arguments, **options, work=cheap_failing)

    from cheap import one_in_five_fails as cheap_failing

    perform = sweeps.perform
    monkeypatch.setattr(sweeps, "perform", failing)
    text = SWEEP.replace("seeds: 2", "seeds: [1, 5]")
    Path("tiny.yaml").write_text(text)
    told = neurogen("sweep", "tiny.yaml", "--workers", "0", "--no-report")
    assert told.code == 6
    assert "4 of 8 runs failed, the first with: An explosion of cells." in told.err
    assert "--retry-failed" in told.err
    assert pd.read_csv("runs/tiny-sweep/runs.csv")["state"].value_counts().to_dict() == {"done": 4, "failed": 4}


def test_compare_says_the_effect_and_leaves_a_page(neurogen):
    words = ["--pairs", "2", "--workers", "0", "--set", "duration=3 d"]
    words += ["--set", "tissue={septotemporal: 300 um, transverse: 200 um}"]
    told = neurogen("compare", "mouse_sedentary", "mouse_generated_running", *words)
    assert told.code == 0, told.err
    before = Path("runs/mouse_sedentary-mouse_generated_running/bands.csv")
    before.write_text("of a comparison before, under a posterior")
    assert neurogen("compare", "mouse_sedentary", "mouse_generated_running", *words).code == 0
    assert not before.exists()
    assert re.match(
        r"New neurons alive at the end of mouse generated running: \S+ cells against \S+ in mouse sedentary, [+-]\S+ %",
        told.out,
    )
    assert Path("runs/mouse_sedentary-mouse_generated_running/report.html").exists()
    told = neurogen("compare", "mouse_sedentary", "mouse_generated_running", "--until-halfwidth", "narrow")
    assert told.code == 2
    assert "--until-halfwidth" in told.err
    for bare in ("5", "0.05"):
        told = neurogen("compare", "mouse_sedentary", "mouse_generated_running", "--until-halfwidth", bare)
        assert told.code == 2
        assert "without its sign" in told.err
        assert '"5 %"' in told.err
    words += ["--set", "duration=2 d"]
    told = neurogen("compare", "mouse_sedentary", "mouse_generated_running", *words)
    assert told.code == 2
    assert "`duration` is set twice" in told.err


DESIGN = """\
reference: {citation: A planned experiment, doi: null}
base: mouse_sedentary
changes: {duration: 1 d, tissue: {septotemporal: 300 um, transverse: 200 um}}
arms:
  still: {}
  runner: {activity: [{kind: wheel, distance: 6 km/d}]}
animals: 5
assays: [{name: young, count: DCX+, at: 1 d}]
not_replayed: [{finding: whether running helps, reason: The experiment is planned.}]
"""


def test_a_design_reads_like_advice_and_leaves_page_and_texts(neurogen, tmp_path):
    (tmp_path / "next.yaml").write_text(DESIGN)
    told = neurogen("design", "next.yaml", "--pool", "4", "--most", "8", "--workers", "0")
    assert told.code == 0, told.err
    for words in ("next: still, runner; 4 simulated animals of each", "What the numbers rest on", "grade B", "primary"):
        assert words in told.out
    assert {"design.html", "licence.md", "methods.md", "power.parquet"} <= set(os.listdir("runs/next-design"))
    told = neurogen("design", "next.yaml", "--pathway", "induced", "--pathway", "induced")
    assert told.code == 2
    assert "--pathway" in told.err
    (tmp_path / "next.yaml").write_text(DESIGN.replace("animals: 5", "animals: 1"))
    told = neurogen("design", "next.yaml")
    assert told.code == 2
    assert "next.yaml:7" in told.err
    assert "Plan two at least." in told.err


def test_an_unreachable_scheduler_is_an_error_of_the_environment(neurogen, monkeypatch):
    from neurogen_abm.experiments.execution import workers

    monkeypatch.setattr(workers, "_CONNECT_S", 1)
    told = neurogen("sweep", "tiny.yaml", "--scheduler", "tcp://127.0.0.1:9")
    assert told.code == 3
    assert "No Dask scheduler answers" in told.err
    assert "Traceback" not in told.err


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["0", "2"])
def test_ctrl_c_keeps_what_is_finished_and_the_same_command_goes_on(tmp_path, workers):
    file = tmp_path / "tiny.yaml"
    file.write_text(SWEEP.replace("seeds: 2", "seeds: 300"))  # some are left when the first are written down
    words = [sys.executable, "-m", "neurogen_abm", "sweep", str(file), "--workers", workers, "--no-report"]
    root = str(Path(__file__).parents[2])
    started = {"cwd": tmp_path, "env": {**os.environ, "PYTHONPATH": root}, "stderr": subprocess.PIPE, "text": True}
    driver = subprocess.Popen(words, start_new_session=True, **started)
    patience = time.monotonic() + 120
    while _done(tmp_path / "runs" / "tiny-sweep") == 0 and time.monotonic() < patience:
        time.sleep(0.1)
    os.killpg(driver.pid, signal.SIGINT)  # as a terminal does: workers get it too
    told = driver.communicate(timeout=60)[1]
    assert driver.returncode == 130, told
    assert "Traceback" not in told
    assert told.strip().endswith("Interrupted; finished runs are kept. The same command continues where it stopped.")
    before = _done(tmp_path / "runs" / "tiny-sweep")
    assert 0 < before < 1200
    found = sweep(file, tmp_path / "runs" / "tiny-sweep", workers=2)
    assert found.outcome.complete, found.failed["what"].unique()


UNGUARDED = """
from neurogen_abm import compare

ANIMAL = {"schema": 1, "name": "still", "species": "mouse", "duration": "1 d",
          "tissue": {"septotemporal": "200 um", "transverse": "200 um"}}
compare(ANIMAL, ANIMAL | {"name": "later", "age": "9 wk"}, pairs=2, workers=1)
"""


@pytest.mark.slow
def test_a_script_without_a_guard_is_told_what_it_lacks(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(UNGUARDED)
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run([sys.executable, script], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert 'if __name__ == "__main__":' in done.stderr.splitlines()[-1]


def _done(folder: Path) -> int:
    if not (folder / "ledger.sqlite").exists():
        return 0
    base = sqlite3.connect(folder / "ledger.sqlite", timeout=10)
    try:
        return base.execute("SELECT count(*) FROM runs WHERE state = 'done'").fetchone()[0]
    except sqlite3.OperationalError:
        return 0
    finally:
        base.close()


@pytest.mark.parametrize("address", ["garbage", "tcp://", "host", "tcp://host:port", "a b:1"])
def test_what_is_no_address_of_a_scheduler_is_refused_at_once(neurogen, tmp_path, address):
    code, _, err = neurogen("sweep", "distance_by_age", "--out", "out", "--scheduler", address)
    assert code == 2
    assert "This is not the address of a scheduler." in err
    assert not (tmp_path / "out").exists()

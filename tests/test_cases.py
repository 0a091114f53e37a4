"""Inputs of people for whom the program did the wrong thing, each with what it should have done.

Every folder of ``tests/cases/reported`` has one test here that bears its name.
"""

import os
import resource
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml

import neurogen_abm
from neurogen_abm.errors import InputError
from neurogen_abm.experiments.execution.runs import OldRunsWarning

REPORTED = Path(__file__).parent / "cases" / "reported"
BAD_INPUT, CANNOT_WRITE = 2, 3


@pytest.fixture
def case(request, neurogen, tmp_path, monkeypatch) -> Path:
    """Return a copy of the folder that a test is named after, in which the test works."""
    name = request.node.name.removeprefix("test_").split("[")[0]
    folder = tmp_path / "case"
    shutil.copytree(REPORTED / name, folder)
    monkeypatch.chdir(folder)
    return folder


def test_every_case_has_a_test() -> None:
    assert {folder.name for folder in REPORTED.iterdir()} == {
        name.removeprefix("test_") for name in globals() if name.startswith("test_C")
    }


def test_C15_recording_beside_a_sweep(case, neurogen) -> None:
    """A file named in a sweep lies beside the sweep, wherever its base is from."""
    code, _, err = neurogen("sweep", "sweep.yaml", "--workers", "0", "--out", "out")
    assert code == 0, err
    assert len(pd.read_csv(case / "out" / "runs.csv")) == 2


def test_C17_validate_passes_run_refuses(case, neurogen) -> None:
    """What cannot be run does not pass as valid, and both say why in the same words."""
    checked, run = neurogen("validate", "mouse.yaml"), neurogen("run", "mouse.yaml")
    assert checked[0] == run[0] == BAD_INPUT
    assert "series.parquet" in run[2]
    assert checked[2] == run[2]
    assert not (case / "runs").exists()


def test_C19_file_name_in_cyrillic(case, neurogen) -> None:
    """A file may be called what its owner calls it: a name is asked for where none can be made of it."""
    code, _, err = neurogen("run", "мышь.yaml", "--out", "out")
    assert code == BAD_INPUT
    assert "name:" in err
    file = case / "мышь.yaml"
    file.write_text(f"name: mouse\n{file.read_text()}")
    assert neurogen("run", "мышь.yaml", "--out", "out").code == 0
    assert (case / "out" / "series.parquet").exists()


def test_C25_compare_a_patch_with_a_gyrus(case, neurogen) -> None:
    """Counts of a patch and of a gyrus are not a difference between animals."""
    code, _, err = neurogen("compare", "mouse_sedentary", "mine.yaml", "--set", "duration=2 d", "--workers", "0")
    assert code == BAD_INPUT
    assert "tissue" in err
    assert not (case / "runs").exists()


def test_C28_half_width_without_percent(case, neurogen) -> None:
    """Five is not 500 %."""
    words = (case / "command.txt").read_text()
    assert "--until-halfwidth 5 " in words
    code, _, err = neurogen("compare", "mouse_sedentary", "mouse_generated_running", "--until-halfwidth", "5")
    assert code == BAD_INPUT
    assert "5 %" in err
    assert not (case / "runs").exists()


def test_C29_old_results_stay_in_the_folder(case) -> None:
    """Who reads the folder after a change reads the sweep as it is now."""
    sweep = yaml.safe_load((case / "sweep.yaml").read_text())
    neurogen_abm.sweep(sweep, "out", workers=0)
    first = pd.read_parquet("out/results/series")
    sweep["set"]["age"] = "20 wk"
    with pytest.warns(OldRunsWarning, match="4 of the runs asked for were finished before under other settings"):
        neurogen_abm.sweep(sweep, "out", workers=0)
    second = pd.read_parquet("out/results/series")
    assert len(second) == len(first)
    assert set(second["job"]).isdisjoint(first["job"])


def test_C30_disk_full_while_a_sweep_page_is_written(case, neurogen) -> None:
    """A page that does not fit is no fault of the program, and what was finished is kept."""
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3_000_000, hard))  # tables are smaller, a page is larger
    try:
        code, _, err = neurogen("sweep", "sweep.yaml", "--workers", "0")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    assert code == CANNOT_WRITE
    assert "too large" in err
    assert "Internal" not in err
    assert neurogen("sweep", "sweep.yaml", "--workers", "0")[0] == 0


@pytest.mark.parametrize("home", ["no home", "a home"])
def test_C33_no_home(case, home) -> None:
    """Where compiled kernels cannot be kept, nobody is told that compiling takes its minute only once."""
    kept = case if home == "a home" else "/dev/null"
    environment = {"PATH": os.defpath, "XDG_CACHE_HOME": str(kept), "PYTHONPATH": os.pathsep.join(sys.path)}
    words = [sys.executable, "-c", "from neurogen_abm import jit; print(jit.compiling())"]
    said = subprocess.run(words, env=environment, capture_output=True, text=True, check=True, timeout=60).stdout
    assert ("only the first time" in said) == (home == "a home")


def test_C34_words_of_the_command_line_in_python(case) -> None:
    """Who calls from Python is not told of options of the command line."""
    with pytest.raises(InputError) as refused:
        runpy.run_path("a.py")
    assert "--" not in str(refused.value)
    assert "overrides" in str(refused.value)


def test_C36_repr_of_a_sweep(case, capsys) -> None:
    """What a notebook shows of a sweep fits on a screen."""
    runpy.run_path("c.py", run_name="__main__")
    assert int(capsys.readouterr().out) <= 500


@pytest.mark.parametrize("command", [("run", "mouse_sedentary"), ("sweep", "distance_by_age")])
def test_C43_output_name_too_long(case, neurogen, command) -> None:
    """A name that no file system takes is bad input."""
    code, _, err = neurogen(*command, "--out", "x" * 260)
    assert code in (BAD_INPUT, CANNOT_WRITE)
    assert "Internal" not in err
    assert "name" in err

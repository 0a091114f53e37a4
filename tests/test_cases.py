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

import numpy as np
import pandas as pd
import pytest
import yaml

import neurogen_abm
from neurogen_abm.activity.schedule import build_schedule
from neurogen_abm.errors import InputError
from neurogen_abm.experiments.execution.runs import OldRunsWarning
from neurogen_abm.report.pages.run import render

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


def scheduled(file: Path):
    """Return the schedule of a scenario, as a run of it would follow it."""
    resolved = neurogen_abm.resolve(neurogen_abm.load_scenario(file))
    return build_schedule(resolved.scenario, resolved.value, resolved.base_dir)


def test_C01_unit_of_a_count(case) -> None:
    """One distance is one run, whatever a count of the wheel is."""
    metres, turns = scheduled(case / "metres.yaml"), scheduled(case / "turns.yaml")
    assert metres.distance_m.sum() > 0
    np.testing.assert_array_equal(metres.distance_m, turns.distance_m)
    np.testing.assert_array_equal(metres.intensity, turns.intensity)
    assert metres.distance_m.max() == pytest.approx(24.85)  # the speed of running minutes (m/min)


def test_C03_mets_times_ten(case, neurogen) -> None:
    """Nobody rests at 10 METs."""
    code, _, err = neurogen("validate", "watch.yaml")
    assert code == BAD_INPUT
    assert "times ten" in err


def test_C06_from_shifts_the_night(case, neurogen) -> None:
    """A recording that starts in the evening starts the run then; where a scenario shifts it, that is told."""
    schedule = scheduled(case / "mouse.yaml")
    assert schedule.clock_start_min == 19 * 60
    assert schedule.replayed[0].dark_share == pytest.approx(1.0)
    code, out, _ = neurogen("validate", "mouse.yaml", "--set", "clock.start=07:00")
    assert code == 0
    assert "0 % of it in the dark" in out
    assert "100 % of the activity falls into the light" in out


def test_C08_hold_for_a_week(case, neurogen) -> None:
    """Nobody runs on for a week because a recorder stopped."""
    code, _, err = neurogen("validate", "gap.yaml")
    assert code == BAD_INPUT
    for words in ("gap.csv:23", "8820 min", "2 h at most", "gap: zero"):
        assert words in err


def test_C09_animals_in_a_column_cage(case, neurogen) -> None:
    """A column that tells repeated times apart is noticed, and its entries can be chosen."""
    code, _, err = neurogen("validate", "cages.yaml")
    assert code == BAD_INPUT
    for words in ("`cage`", "`animal`", "A, B"):
        assert words in err
    code, out, _ = neurogen("validate", "cages.yaml", "--set", "activity[0].animal=B")
    assert code == 0, out
    assert "7.56 km a day" in out  # 900 turns of 0.35 m in each of 24 hours


def test_C12_mets_of_a_person_for_a_mouse(case, neurogen) -> None:
    """The day of a person is not the night of a mouse; who did measure mice can say so."""
    code, _, err = neurogen("validate", "person.yaml")
    assert code == BAD_INPUT
    assert "person" in err
    assert neurogen("validate", "person.yaml", "--set", "activity[0].species=mouse").code == 0


def test_C13_one_whole_day_repeated(case, neurogen) -> None:
    """A day that starts at midnight is a whole day, at whatever hour the run starts."""
    daily = scheduled(case / "day.yaml").distance_m.reshape(7, 1440)
    assert (daily == daily[0]).all()
    code, out, _ = neurogen("validate", "day.yaml", "--set", "clock.start=07:00")
    assert code == 0
    assert "repeated 7 times" in out
    assert "100 % of it in the dark" in out  # the hours of the recording stay theirs


def test_C23_thirty_mice_a_typo(case, neurogen) -> None:
    """Of thirty names the nearest come first, and it is said how many are not listed."""
    code, _, err = neurogen("validate", "mouse.yaml")
    assert code == BAD_INPUT
    assert "Did you mean M21" in err
    assert "and 18 more" in err


def test_C38_a_zoned_time_of_the_accelerometer_tool(case, neurogen) -> None:
    """Times with a zone and epochs of half a minute are read, with a word about them."""
    code, out, err = neurogen("validate", "watch.yaml")
    assert code == 0, err
    for words in ("+0100 [Europe/London]", "Samples of 30 s", "Friday 2024-03-01 00:00"):
        assert words in out
    assert scheduled(case / "watch.yaml").intensity.max() > 0


def test_C40_daily_totals(case, neurogen) -> None:
    """The total of a day is run in the bouts of a night, not refused and not spread over the clock."""
    daily = scheduled(case / "daily.yaml").distance_m.reshape(7, 1440)
    np.testing.assert_allclose(daily.sum(axis=1), [5100 + 100 * day for day in range(7)])
    night = np.r_[0 : 7 * 60, 19 * 60 : 1440]
    assert daily[:, night].sum() > 0.9 * daily.sum()
    assert 0.1 < (daily > 0).mean() < 0.5


def test_C45_filled_minutes_are_not_told(case, neurogen) -> None:
    """What was not measured, and what stands for it, is told by the check and by the run."""
    code, out, _ = neurogen("validate", "gaps.yaml")
    assert code == 0
    for words in ("2.92 d in 1 gap", "no activity", "8160 min", "repeated 1.4 times"):
        assert words in out
    patch = {"duration": "1 d", "tissue": {"septotemporal": "200 um", "transverse": "150 um"}}
    found = neurogen_abm.run("gaps.yaml", overrides={**patch, "activity[0].from": "2024-03-02T00:00"})
    told = found.provenance["replayed"]["activity[0]"]
    assert (told["missing_min"], told["filled_min"], told["gap"]) == (1080, 1080, "zero")
    assert "18 h in 1 gap" in render(found)


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
    resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, hard))  # tables are smaller, a page is larger
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

"""What a person at a terminal gets: the command line from outside, with its exit codes and its silence."""

import importlib
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
import rich.progress

from neurogen_abm import ModelFault, Result, cli, scenario_names
from neurogen_abm import __main__ as entry
from neurogen_abm.checkpoints import folder_of, how_to_go_on
from neurogen_abm.commands import run
from neurogen_abm.commands.progress import progress_of_run
from neurogen_abm.errors import telling_of_options
from neurogen_abm.explanation import explanation
from neurogen_abm.run import Progress, prepare
from neurogen_abm.storage import run_directory
from neurogen_abm.storage.ledger import damaged

COMMANDS = tuple(command.name for command in cli.app.registered_commands)

PATCH = """\
schema: 1
name: small
title: A patch of a runner
age: 8 wk
duration: 3 d
tissue: {septotemporal: 300 um, transverse: 200 um}
activity:
  - {kind: wheel, distance: 6 km/d}
"""


@pytest.fixture
def scenario(tmp_path) -> Path:
    folder = tmp_path / "scenarios"
    folder.mkdir()
    file = folder / "small.yaml"
    file.write_text(PATCH)
    return file


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    """One run directory that several tests read."""
    folder = tmp_path_factory.mktemp("finished")
    (folder / "small.yaml").write_text(PATCH)
    with pytest.raises(SystemExit) as leaving:
        cli.main(["run", str(folder / "small.yaml"), "--out", str(folder / "run")])
    assert leaving.value.code == 0
    return folder / "run"


def one_paragraph(text: str) -> bool:
    return text.startswith("neurogen: ") and text.count("\n") == 1 and "Traceback" not in text


# Help and names


def test_without_words_it_says_what_it_can_do(neurogen):
    assert len(COMMANDS) == 24
    told = neurogen()
    assert told.code == 0
    assert all(command in told.out for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_says_what_it_does(neurogen, command):
    told = neurogen(command, "--help")
    assert told.code == 0
    assert told.out.startswith(f"Usage: neurogen {command}")


def test_version(neurogen):
    assert re.fullmatch(r"neurogen_abm \d+\.\d+\.\d+\n", neurogen("--version").out)


def test_the_schema_is_the_committed_one(neurogen):
    told = neurogen("schema")
    committed = Path(cli.__file__).parent / "spec" / "scenario.schema.json"
    assert told.out == committed.read_text()
    assert json.loads(told.out)["properties"]["duration"]


# What is refused


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["rnu"], "Did you mean 'run'?"),
        (["run"], "SCENARIO"),
        (["run", "x.yaml", "--sede", "1"], "--seed"),
        (["run", "x.yaml", "--seed", "one"], "--seed"),
        (["run", "x.yaml"], "x.yaml"),
        (["run", "mouse_wheel_runing"], "mouse_wheel_running"),
        (["validate", "mouse_wheel_running", "--set", "duration"], "path=value"),
        (["validate", "mouse_wheel_running", "--set", "duration=-3 d"], "duration"),
        (["validate", "mouse_wheel_running", "--set", "pathway=circulatng"], "circulating"),
        (["explain", "mouse_wheel_running", "lineage.stm"], "lineage.stem"),
        (["cite", "."], "not a run directory"),
        (["report", "nowhere"], "not a run directory"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_a_slip_costs_one_paragraph_and_leaves_nothing(neurogen, tmp_path, words, says):
    told = neurogen(*words)
    assert told.code == 2
    assert told.out == ""
    assert one_paragraph(told.err)
    assert says in told.err
    assert list(tmp_path.iterdir()) == []


def invalid_cases() -> list[Path]:
    return sorted((Path(__file__).parent / "cases" / "invalid").glob("*.yaml"))


@pytest.mark.parametrize("file", invalid_cases(), ids=lambda file: file.stem)
def test_every_invalid_scenario_ends_the_run_before_it_starts(neurogen, tmp_path, file):
    told = neurogen("run", str(file))
    assert told.code == 2
    assert one_paragraph(told.err)
    assert file.name in told.err
    assert list(tmp_path.iterdir()) == []


def test_a_tissue_larger_than_the_memory_is_refused_before_it_is_made(neurogen, scenario, tmp_path):
    began = time.process_time()
    told = neurogen("run", str(scenario), "--set", "tissue={septotemporal: 10 cm, transverse: 10 cm}")
    assert told.code == 3
    assert one_paragraph(told.err)
    assert "GiB" in told.err
    assert "patch" in told.err
    assert time.process_time() - began < 5
    assert not (tmp_path / "runs").exists()


def test_a_place_that_cannot_be_written_is_found_out_before_the_run(neurogen, scenario, tmp_path):
    (tmp_path / "a_file").write_text("")
    told = neurogen("run", str(scenario), "--out", "a_file/run")
    assert told.code == 3
    assert one_paragraph(told.err)
    assert "--out" in told.err


def test_a_fault_of_the_program_is_told_in_a_sentence_and_debug_adds_the_traceback(neurogen, monkeypatch):
    def broken(*_):
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr("neurogen_abm.explanation.validation", broken)
    told = neurogen("validate", "mouse_sedentary")
    assert told.code == 1
    assert one_paragraph(told.err)
    assert "--debug" in told.err
    assert "Traceback" in neurogen("validate", "mouse_sedentary", "--debug").err


# What it says about scenarios


@pytest.mark.parametrize("name", scenario_names())
def test_every_shipped_scenario_is_valid(neurogen, name):
    told = neurogen("validate", name)
    assert (told.code, told.err) == (0, "")
    assert told.out.startswith(f"{name} is valid.\n")


RECORDING = "start,wheel_counts\n" + "".join(f"2024-03-{1 + h // 24:02d}T{h % 24:02d}:00,300\n" for h in range(72))
RECORDED = "\n".join(line for line in PATCH.splitlines() if "wheel" not in line)
RECORDED += "\n  - {kind: recording, file: FILE, metres_per_count: 0.3 m}\n"
SWEEP = """\
name: s
scenario: mouse_generated_running
set: {duration: 1 d, tissue: {septotemporal: 300 um, transverse: 200 um}}
axes: {"activity[0].distance": [2 km/d, LAST]}
"""
STUDY = """\
reference: {citation: made up, doi: null}
base: mouse_generated_running
changes: {duration: 1 d, tissue: {septotemporal: 300 um, transverse: 200 um}}
arms:
  near: {"activity[0].distance": 2 km/d}
  far: {"activity[0].distance": LAST}
animals: 2
expectations:
  - {name: n, kind: bound, tier: B, role: calibration, source: x, read: births, at: 1 d, arm: near, over: far, gt: 1}
"""
FIT = """\
studies: [study.yaml]
pairs: 1
parameters: [signals.bdnf.effects.activation.towards]
"""


@pytest.mark.parametrize(
    ("files", "command", "says"),
    [
        (
            {"m.yaml": RECORDED.replace("FILE", "series.parquet"), "series.parquet": RECORDING},
            "run m.yaml",
            "Rename it",
        ),
        ({"m.yaml": RECORDED.replace("FILE", "gone.csv")}, "run m.yaml", "There is no recording"),
        ({"m.yaml": RECORDED.replace("FILE", "a.csv"), "a.csv": "x,y\n1,2\n"}, "run m.yaml", "no known format"),
        ({"m.yaml": PATCH.replace("6 km/d", "90 km/d")}, "run m.yaml", "more than a mouse can run"),
        ({"s.yaml": SWEEP.replace("LAST", "90 km/d")}, "sweep s.yaml --workers 0", "more than a mouse can run"),
        ({"study.yaml": STUDY.replace("LAST", "90 km/d")}, "study study.yaml --workers 0", "In the arm far: 90 km/d"),
        ({"study.yaml": STUDY.replace("LAST", "90 km/d"), "f.yaml": FIT}, "calibrate f.yaml --workers 0", "90 km/d"),
    ],
)
def test_validate_refuses_what_running_refuses_and_neither_writes(neurogen, tmp_path, files, command, says):
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    words = command.split()
    told, checked = neurogen(*words), neurogen("validate", words[1])
    assert told.code == checked.code == 2
    assert says in told.err
    assert checked.err == told.err
    assert sorted(place.name for place in tmp_path.iterdir()) == sorted(files)


def test_validate_says_of_every_kind_of_file_that_it_is_valid(neurogen, tmp_path):
    (tmp_path / "s.yaml").write_text(SWEEP.replace("LAST", "4 km/d"))
    (tmp_path / "study.yaml").write_text(STUDY.replace("LAST", "4 km/d"))
    (tmp_path / "f.yaml").write_text(FIT)
    said = {
        "s.yaml": "2 points, 1 seeds, 2 runs",
        "study.yaml": "animals by arm: near 2, far 2",
        "f.yaml": "2 animals a",
    }
    for name, words in said.items():
        told = neurogen("validate", name)
        assert (told.code, told.err) == (0, "")
        assert "is valid" in told.out
        assert words in told.out
    assert neurogen("validate", "s.yaml", "--seed", "2").err.count("--seed changes a scenario") == 1
    assert sorted(place.name for place in tmp_path.iterdir()) == ["f.yaml", "s.yaml", "study.yaml"]


def test_validate_says_that_the_output_is_there(neurogen, scenario, tmp_path):
    neurogen("run", str(scenario), "--no-report")
    assert "--out or --force" in neurogen("validate", str(scenario)).out
    (tmp_path / "runs" / "small-seed1" / "provenance.json").unlink()
    told, checked = neurogen("run", str(scenario), "--force"), neurogen("validate", str(scenario))
    assert told.code == checked.code == 2
    assert checked.err == told.err


def test_validate_names_what_the_scenario_assumes(neurogen, scenario):
    told = neurogen("validate", str(scenario), "--set", "lineage.clearance.time=1.3 h")
    assert "lineage.clearance.time = 1.3 h" in told.out
    assert "wheel; on average" in told.out


def test_explain_reads_the_rules_in_english(neurogen, scenario):
    told = neurogen("explain", str(scenario))
    assert "BDNF lowers the death hazard" in told.out
    assert "Pathway: circulating" in told.out
    assert max(map(len, told.out.splitlines())) <= 100
    assert told.out.split() == explanation(prepare(str(scenario))).split()  # broken between words, none lost


def test_explain_shows_a_number_with_everything_known_about_it(neurogen, scenario):
    told = neurogen("explain", str(scenario), "lineage.clearance.time")
    assert re.match(r"lineage\.clearance\.time = [\d.]+ h\n  range   [\d.]+ to [\d.]+ h\n  status  ", told.out)
    assert "source" in told.out
    below = neurogen("explain", str(scenario), "lineage.clearance")
    assert below.out == told.out


def test_explain_shows_a_change_as_assumed(neurogen, scenario):
    told = neurogen("explain", str(scenario), "lineage.clearance.time", "--set", "lineage.clearance.time=1.3 h")
    assert "lineage.clearance.time = 1.3 h" in told.out
    assert "status  assumed" in told.out
    assert "set by the scenario" in told.out


def test_cite_prints_text_and_bibtex(neurogen, scenario):
    told = neurogen("cite", str(scenario))
    assert "https://doi.org/10." in told.out
    entries = neurogen("cite", str(scenario), "--bibtex").out
    assert entries.startswith("@misc{")
    assert entries.count("{") == entries.count("}")
    assert entries in told.out


# A run


def test_a_run_leaves_a_whole_directory_and_a_summary(neurogen, scenario, tmp_path):
    told = neurogen("run", str(scenario), "--seed", "5")
    assert (told.code, told.err) == (0, "")
    place = tmp_path / "runs" / "small-seed5"
    assert {file.name for file in place.iterdir()} == {
        "scenario.yaml",
        "provenance.json",
        "series.parquet",
        "cells.parquet",
        "map.parquet",
        "fields.parquet",
        "assays.parquet",
        "messengers.parquet",
        "patterns.parquet",
        "report.html",
    }
    assert "A patch of a runner" in told.out
    assert "Cells born" in told.out
    sources = int(
        re.search(r"This run rests on (\d+) sources; please cite them: `neurogen cite (\S+)` lists", told.out)[1]
    )
    assert sources > 10
    assert neurogen("cite", "runs/small-seed5").out.count("\n@") + 1 >= sources
    assert "runs/small-seed5/report.html" in told.out
    assert len(pd.read_parquet(place / "series.parquet")) >= 72
    again = neurogen("run", str(scenario), "--seed", "5")
    assert again.code == 2
    assert "--force" in again.err


def test_a_title_is_text_and_no_markup(neurogen, scenario):
    scenario.write_text(PATCH.replace("A patch of a runner", '"Runner [/red] test [bold]"').replace("3 d", "1 d"))
    told = neurogen("run", str(scenario), "--no-report")
    assert (told.code, told.err) == (0, "")
    assert "Runner [/red] test [bold]" in told.out


@pytest.mark.parametrize(("fault", "code"), [(KeyboardInterrupt, 130), (MemoryError, 3)])
def test_what_stops_the_page_leaves_the_tables_and_says_where_they_are(
    neurogen, scenario, tmp_path, monkeypatch, fault, code
):
    def stopped(*_):
        raise fault

    monkeypatch.setattr("neurogen_abm.report.pages.run.write_report", stopped)
    told = neurogen("run", str(scenario), "--set", "duration=1 d", "--out", "my out")
    assert told.code == code
    assert one_paragraph(told.err)
    assert "in my out" in told.err
    assert "`neurogen report 'my out'`" in told.err
    assert "nothing was written" not in told.err
    assert not (tmp_path / "my out" / "report.html").exists()
    assert len(Result.load(tmp_path / "my out").series) == 25


def test_an_inconsistent_model_ends_the_run_with_code_5(neurogen, scenario, tmp_path, monkeypatch):
    def broken(_):
        raise ModelFault("A site holds two cells.", where="day 0.04", cure="Please report it with the scenario.")

    monkeypatch.setattr("neurogen_abm.model.NeurogenesisModel.step", broken)
    told = neurogen("run", str(scenario))
    assert (told.code, told.out) == (5, "")
    assert one_paragraph(told.err)
    assert "A site holds two cells." in told.err
    assert not (tmp_path / "runs").exists()


def test_force_replaces_a_run_and_no_report_makes_none(neurogen, scenario, tmp_path):
    out = str(tmp_path / "out")
    assert neurogen("run", str(scenario), "--out", out, "--no-report", "--set", "duration=1 d").code == 0
    assert not (tmp_path / "out" / "report.html").exists()
    assert neurogen("run", str(scenario), "--out", out, "--force", "--set", "duration=2 d").code == 0
    assert Result.load(out).resolved.scenario.duration_h == 48
    assert sorted(file.name for file in tmp_path.iterdir()) == ["out", "scenarios"]


def test_a_result_comes_back_as_it_was(finished):
    result = Result.load(finished)
    assert len(result.summary()) == 10
    assert result.provenance["seed"] == 1
    assert result.citations()
    assert result.provenance["predicted_memory_bytes"] > 0
    provenance = run_directory.read_provenance(finished)
    assert {"series.parquet", "report.html"} <= set(provenance["files"])


def test_the_scenario_of_a_run_directory_runs_again_to_the_same_tables(neurogen, finished, tmp_path):
    assert neurogen("run", str(finished / "scenario.yaml"), "--out", "again", "--no-report").code == 0
    first, second = run_directory.read_provenance(finished), run_directory.read_provenance(tmp_path / "again")
    for table in ("series.parquet", "cells.parquet", "map.parquet"):
        assert first["files"][table] == second["files"][table]


def test_the_page_can_be_made_again_and_elsewhere(neurogen, finished, tmp_path):
    (tmp_path / "page.html").write_text("three years")
    refused = neurogen("report", str(finished), "--out", "page.html")
    assert (refused.code, refused.out) == (2, "")
    assert "--force" in refused.err
    assert (tmp_path / "page.html").read_text() == "three years"
    assert neurogen("report", str(finished), "--out", "page.html", "--force").code == 0
    assert (tmp_path / "page.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert neurogen("report", str(finished)).code == 0
    run_directory.checked(finished, "report.html", run_directory.read_provenance(finished))


def test_a_page_is_not_written_where_there_is_no_folder_nor_over_the_tables(neurogen, finished, tmp_path):
    told = neurogen("report", str(finished), "--out", "nowhere/page.html")
    assert told.code == 3
    assert one_paragraph(told.err)
    assert "--out" in told.err
    assert list(tmp_path.iterdir()) == []
    told = neurogen("report", str(finished), "--out", str(finished / "series.parquet"), "--force")
    assert told.code == 2
    assert Result.load(finished).directory == finished


def test_cite_of_a_run_lists_what_it_used(neurogen, finished):
    told = neurogen("cite", str(finished))
    assert told.code == 0
    assert [citation.key for citation in Result.load(finished).citations()] == re.findall(r"@misc\{(\w+),", told.out)


def test_a_damaged_run_is_refused_with_code_4(neurogen, finished, tmp_path):
    copy = tmp_path / "copy"
    copy.mkdir()
    for file in finished.iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
    (copy / "series.parquet").write_bytes(b"PAR1" + bytes(100))
    told = neurogen("report", str(copy))
    assert told.code == 4
    assert one_paragraph(told.err)
    assert "series.parquet" in told.err


# From outside


def started(arguments: list[str], folder: Path, **options) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, "-m", "neurogen_abm", *arguments], cwd=folder, text=True, **options)


def test_a_command_that_is_offered_can_be_typed_as_it_stands(capsys):
    """Whatever a place is called, and whoever offers a command with it."""
    place = Path("my runs/it's")
    found = SimpleNamespace(provenance={"parameters_by_status": {"assumed": 1}}, citations=lambda: ["a"])
    run._print_sources(found, place)
    with telling_of_options():
        sentences = [capsys.readouterr().out, how_to_go_on(folder_of(place)), str(damaged(place))]
    offered = [shlex.split(re.search("`neurogen ([^`]*)`", sentence)[1]) for sentence in sentences]
    assert offered == [["cite", str(place)], ["resume", str(place)], ["doctor", str(place), "--rebuild-ledger"]]


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_leaves_nothing_or_a_run_that_goes_on(scenario, tmp_path, stop):
    long = ["run", str(scenario), "--set", "duration=700 d", "--set", "step=10 min"]
    long += ["--set", "tissue={septotemporal: 4 mm, transverse: 1.7 mm}"]
    process = started(long, tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    time.sleep(2.5)  # by itself it would take four times as long on an idle machine
    process.send_signal(stop)
    out, err = process.communicate(timeout=60)
    # Python dies of the signal itself when it came during an exec; a shell shows both as 130.
    assert process.returncode in (130, -signal.SIGINT)
    assert out == ""
    if (tmp_path / "runs").exists():  # it was on its way
        assert "`neurogen resume runs/" in err
    else:
        assert one_paragraph(err)
        assert [file.name for file in tmp_path.iterdir()] == ["scenarios"]


def test_an_interrupt_while_the_command_is_imported_is_a_sentence(tmp_path):
    (tmp_path / "typer.py").write_text("raise KeyboardInterrupt\n")
    paths = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    command = [sys.executable, "-m", "neurogen_abm", "--help"]
    done = subprocess.run(command, env={**os.environ, "PYTHONPATH": paths}, capture_output=True, text=True)
    assert done.returncode == 130
    assert done.stderr == "neurogen: Interrupted; nothing was written.\n"


@pytest.mark.parametrize("arguments", [["--version"], ["validate", "mouse_wheel_running"], []])
def test_a_system_that_is_not_supported_is_refused_in_a_sentence(arguments):
    """As the command of an installed package starts, which imports the package before it can catch anything."""
    start = "import sys; sys.modules['fcntl'] = None; from neurogen_abm.__main__ import main; main()"
    done = subprocess.run([sys.executable, "-c", start, *arguments], capture_output=True, text=True)
    assert done.returncode == 3
    assert done.stdout == ""
    assert re.fullmatch(r"neurogen: neurogen_abm runs on Linux and macOS, .* Install it inside WSL .*\n", done.stderr)


def test_an_interrupt_waits_for_the_end_of_an_import_and_of_a_finaliser(tmp_path, monkeypatch):
    """Raised there, Python prints it and goes on, or the module that was half imported breaks what comes next."""
    (tmp_path / "looks_back.py").write_text("import sys\nframe = sys._getframe()\n")
    monkeypatch.syspath_prepend(tmp_path)
    found = [importlib.import_module("looks_back").frame]

    class Ending:
        def __del__(self):
            found.append(sys._getframe())

    del Ending().__dict__
    again = []
    monkeypatch.setattr(os, "kill", lambda *arguments: again.append(arguments))
    for frame in found:
        cli._as_interrupt(signal.SIGTERM, frame)
    with pytest.raises(KeyboardInterrupt):
        cli._as_interrupt(signal.SIGTERM, sys._getframe())
    patience = time.monotonic() + 10
    while len(again) < 2 and time.monotonic() < patience:
        time.sleep(0.01)
    assert again == [(os.getpid(), signal.SIGTERM)] * 2


@pytest.mark.parametrize("length", [260, 5000])
@pytest.mark.parametrize(
    "words",
    [
        ("run", "mouse_sedentary", "--out", "NAME"),
        ("run", "NAME"),
        ("validate", "NAME.yaml"),
        ("report", "NAME"),
        ("cite", "NAME"),
        ("sweep", "NAME"),
        ("study", "NAME"),
        ("design", "NAME"),
        ("sweep", "distance_by_age", "--out", "NAME", "--workers", "0"),
        ("compare", "mouse_sedentary", "mouse_generated_running", "--out", "NAME", "--workers", "0"),
        ("study", "clark2010", "--out", "NAME", "--workers", "0"),
        ("design", "running_next", "--out", "NAME", "--pool", "4", "--workers", "0"),
    ],
    ids=" ".join,
)
def test_a_name_that_is_too_long_is_refused_in_a_sentence(neurogen, tmp_path, words, length):
    told = neurogen(*(word.replace("NAME", "a" * length) for word in words))
    assert told.code == 2, told.err
    assert one_paragraph(told.err)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="no terminals here")
def test_a_terminal_sees_progress(scenario, tmp_path):
    parent, child = os.openpty()
    process = started(["run", str(scenario), "--no-report"], tmp_path, stdout=subprocess.PIPE, stderr=child)
    os.close(child)
    seen = b""
    try:
        while piece := os.read(parent, 4096):
            seen += piece
    except OSError:  # the other side has closed
        pass
    os.close(parent)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert re.search("preparing the tissue|compiling the kernels", seen.decode())
    assert re.search(r"day +\d+\.\d of 3", seen.decode())
    assert "Cells born" in out


def test_a_reader_that_leaves_early_causes_no_traceback(tmp_path):
    command = f"{sys.executable} -m neurogen_abm schema | head -c 10"
    done = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True)
    assert done.stderr == ""


def test_the_last_day_before_a_run_is_no_day_with_a_sign(scenario, monkeypatch):
    said = []
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setattr(rich.progress.Progress, "update", lambda *_, description, **__: said.append(description))
    with progress_of_run(prepare(scenario)) as show:
        for day in (-1.0, -0.4, -0.0, 0.0):
            show(Progress("history", 1, 2, day, 5))
    assert [words.split()[2] for words in said] == ["1", "0", "0", "0"]


def test_an_interrupt_waits_where_it_would_be_lost():
    """In an import, a finaliser, and what C calls (the cache of compiled kernels), an exception reaches nobody."""

    def frame(file, name="work"):
        return SimpleNamespace(f_code=SimpleNamespace(co_filename=file, co_name=name), f_back=None)

    assert cli._passes_on(frame("neurogen_abm/run.py"))
    for file, name in (
        ("<frozen importlib._bootstrap>", "_load"),
        ("weakref.py", "__del__"),
        ("/venv/llvmlite/binding/executionengine.py", "_raw_object_cache_getbuffer"),
    ):
        assert not cli._passes_on(frame(file, name))


def test_a_command_that_was_started_without_streams_works(monkeypatch, tmp_path, patch):
    (tmp_path / "patch.yaml").write_text(prepare(patch((200.0, 200.0), duration="1 d")).to_yaml())
    monkeypatch.chdir(tmp_path)
    for words, code in ((["run", "patch.yaml", "--no-report"], 0), (["validate", "nothing"], 2)):
        monkeypatch.setattr(sys, "argv", ["neurogen", *words])
        monkeypatch.setattr(sys, "stdout", None)
        monkeypatch.setattr(sys, "stderr", None)
        with pytest.raises(SystemExit) as leaving:
            entry.main()
        assert leaving.value.code == code
    assert Result.load("runs/patch-seed1").provenance["seed"] == 1

"""What an older version left behind is read, or kept and said to be older; nothing of it is lost.

``cases/version_0_1_0.zip`` was written before job keys covered every module: a run, a finished sweep, one that was
stopped after the first of three runs, a study and a comparison, all on a patch of 200 x 150 um.
"""

import warnings
import zipfile
from pathlib import Path

import pytest

from neurogen_abm import Result, compare, sweep
from neurogen_abm.cli import main
from neurogen_abm.experiments.execution.runs import OldRunsWarning
from neurogen_abm.experiments.studies.study import plans_of, replay
from neurogen_abm.spec.yaml.writer import write

PATCH = {"septotemporal": "200 um", "transverse": "150 um"}
SWEEP = {
    "name": "old",
    "scenario": "mouse_sedentary",
    "set": {"tissue": PATCH, "duration": "1 d"},
    "axes": {"age": ["8 wk"]},
    "seeds": 2,
    "keep": {"series": ["n_dcx", "births"], "at": ["1 d"], "tables": ["series"]},
}
REST = {"name": "rest", "duration": "1 d", "tissue": PATCH}
RUNNER = {**REST, "name": "runner", "activity": [{"kind": "wheel", "distance": "6 km/d"}]}


@pytest.fixture
def old(tmp_path) -> Path:
    with zipfile.ZipFile(Path(__file__).parent / "cases" / "version_0_1_0.zip") as packed:
        packed.extractall(tmp_path)
    return tmp_path


def content(folder: Path) -> dict[str, bytes]:
    """Return every table of a directory, wherever it lies, by its table and file."""
    return {"/".join(file.parts[-2:]): file.read_bytes() for file in folder.rglob("*.parquet")}


@pytest.mark.filterwarnings("ignore::neurogen_abm.spec.scenario.resolve.CatalogueChangedWarning")
def test_a_run_is_read_and_its_report_is_made_again(old):
    found = Result.load(old / "run")
    assert len(found.series) == 5
    assert found.provenance["seed"] == 3
    with pytest.raises(SystemExit) as left:
        main(["report", str(old / "run")])
    assert left.value.code == 0
    assert (old / "run" / "report.html").is_file()
    assert Result.load(old / "run").cells.equals(found.cells)


@pytest.mark.parametrize(
    ("name", "go_on", "done"),
    [
        ("sweep", lambda place: sweep(SWEEP, place, workers=0).outcome, "2 finished runs.*2 of 2 runs"),
        (
            "stopped",
            lambda place: sweep({**SWEEP, "name": "stopped", "seeds": 3}, place, workers=0).outcome,
            "1 finished runs.*3 of 3 runs",
        ),
        ("compare", lambda place: compare(REST, RUNNER, pairs=2, out=place, workers=0).outcome, "4 finished runs"),
        ("study", lambda place: replay(plans_of([place / "made.yaml"]), place / "animals", workers=0), "2 finished"),
    ],
)
def test_runs_of_many_animals_start_again_which_is_said_once_and_the_old_ones_stay(old, name, go_on, done):
    place, before = old / name, content(old / name)
    with pytest.warns(OldRunsWarning, match=f"{done}.*started again.*kept in the same directory.*install the version"):
        found = go_on(place)
    assert getattr(found, "complete", True)
    assert before.items() <= content(place).items()
    assert len(content(place)) == 2 * len(before)
    with warnings.catch_warnings():
        warnings.simplefilter("error", OldRunsWarning)
        go_on(place)
    assert before.items() <= content(place).items()


def test_the_command_line_says_it_in_one_line(old, capsys):
    (old / "sweep.yaml").write_text(write(SWEEP))
    with pytest.raises(SystemExit) as left:
        main(["sweep", str(old / "sweep.yaml"), "--out", str(old / "sweep"), "--workers", "0", "--no-report"])
    assert left.value.code == 0
    told = capsys.readouterr().err
    assert told.startswith(f"neurogen: {old / 'sweep'} holds 2 finished runs of another version")
    assert told.count("\n") == 1

"""The example of docs/catalogue.md works as it stands: its files are written, explained and run."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from neurogen_abm.cli import app
from neurogen_abm.run import Result

PAGE = Path(__file__).parents[2] / "docs" / "catalogue.md"
PATCH = ["--set", "duration=1 d", "--set", "tissue={septotemporal: 300 um, transverse: 300 um}"]


@pytest.fixture
def example(tmp_path: Path) -> Path:
    """Write the files of the page and return the scenario."""
    for block in re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL):
        name = block.split("\n", 1)[0].removeprefix("# ")
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(block, encoding="utf-8")
    return tmp_path / "ketone.yaml"


def shown(*arguments: str) -> str:
    """Return what a command prints."""
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == 0, result.output
    return " ".join(result.output.split())


def test_explain_shows_the_new_messenger(example: Path) -> None:
    text = shown("explain", str(example), "signals.bhb")
    assert text.startswith("beta-hydroxybutyrate lowers the death hazard on days 7-21")
    assert "half-max 1.5 times rest" in text
    assert "signals.bhb.size = 1.5" in text
    assert "signals.bhb.tau = 3 h range 1 to 12 h status assumed, grade D source none place illustration" in text
    assert "signals.bhb.threshold = 0" in text


def test_explain_shows_the_new_source(example: Path) -> None:
    text = shown("explain", str(example), "lineage.clearance.time")
    assert "lineage.clearance.time = 2 h" in text
    assert "status measured, grade B source A source of your own, for illustration" in text


def test_validate_says_what_the_folder_adds_and_changes(example: Path) -> None:
    text = shown("validate", str(example))
    said = "adds 1 signal, 1 pathway, 11 parameters and changes 1 parameter of the mouse."
    assert f"Catalogue: your own, my_signals, {said}" in text
    assert "Catalogue:" not in shown("validate", "mouse_sedentary")


def test_the_example_runs_and_can_be_repeated_without_its_folder(example: Path, tmp_path: Path) -> None:
    shown("run", str(example), *PATCH, "--set", "pathway=half_and_half", "--out", str(tmp_path / "run"), "--no-report")
    (tmp_path / "my_signals").rename(tmp_path / "elsewhere")
    result = Result.load(tmp_path / "run")
    assert result.resolved.value("lineage.clearance.time", "h") == 2
    assert "mylab2026" in {citation.key for citation in result.citations()}
    shown("run", str(tmp_path / "run" / "scenario.yaml"), "--out", str(tmp_path / "again"), "--no-report")
    again = Result.load(tmp_path / "again")
    assert again.series.equals(result.series)
    assert again.cells.equals(result.cells)
    assert again.provenance["scenario_digest"] == result.provenance["scenario_digest"]

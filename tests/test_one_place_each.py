"""What CONTRIBUTING calls one place is one: a copy of the package gets a state more, and edited files are counted."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROW = """    State(
        "pruning", "pruning granule cell", "pruning", "neuron", "sky",
        timer_end="mature", hazard="death", successor="mature", stay="lineage.neuron.pruning_stay", competes=True,
    ),
"""
STAY = 'stay="lineage.neuron.maturing_stay"'
NUMBER = """  pruning_stay: {value: 2, unit: d, source: null, place: test, status: assumed, grade: D, range: [1, 9]}
  maturing_stay:
"""
# File of the package -> (what stands there, what is put in its place).
EDITS = {
    "biology/states.py": [
        (f'successor="mature", {STAY}', f'successor="pruning", {STAY}'),
        ('    State("mature", ', f'{ROW}    State("mature", '),
    ],
    "catalogue/shared/lineage.yaml": [("  maturing_stay:\n", NUMBER)],
}
LIFE = """
from neurogen_abm import run
from neurogen_abm.explanation import validation
from neurogen_abm.report.pages.run import render
from neurogen_abm.run import prepare
from neurogen_abm.scene.scene import states

changes = {
    "tissue": {"septotemporal": "0.6 mm", "transverse": "0.6 mm"},
    "duration": "14 d",
    "assays": [{"name": "pruning", "count": "pruning", "at": ["14 d"]}],
    "parameters": {"lineage.neuron.maturing_stay": {"value": "9 d", "why": "so that many come to the new state"}},
}
result = run("mouse_sedentary", overrides=changes)
last = result.series.iloc[-1]
assert last["n_pruning"] > 5 and last["n_mature"] > 0, last
assert "deaths_pruning" in result.series
assert result.assays["count"].iloc[0] == last["n_pruning"]
alive = result.cells[result.cells["cause"] == "alive"]
assert (alive["state"] == "pruning").sum() == last["n_pruning"]
assert "lineage.neuron.pruning_stay" in result.provenance["used_parameters"]
assert "pruning" in [state["name"] for state in states()], states()
assert "pruning" in render(result)
print(last["n_pruning"], "lived")
"""


def table() -> dict[str, str]:
    """Return what CONTRIBUTING says of each addition."""
    section = (ROOT / "CONTRIBUTING.md").read_text().split("## One place each")[1].split("\n## ")[0]
    return dict(re.findall(r"^\| (.+?) \| (.+?) \|$", section, re.M))


def places(cell: str) -> list[str]:
    """Return the files that a cell of the table names."""
    return re.findall(r"`([^`]+)`", cell)


@pytest.mark.slow  # compiles the kernels anew
def test_a_state_is_a_row_and_its_numbers(tmp_path: Path) -> None:
    assert sorted(places(table()["a state of a cell"])) == sorted(EDITS)
    assert len(EDITS) <= 8
    ignored = shutil.ignore_patterns("__pycache__", "*.csv")
    shutil.copytree(ROOT / "neurogen_abm", tmp_path / "neurogen_abm", ignore=ignored)
    shutil.copytree(ROOT / "scenarios", tmp_path / "scenarios")
    for name, edits in EDITS.items():
        file = tmp_path / "neurogen_abm" / name
        text = file.read_text()
        for before, after in edits:
            assert text.count(before) == 1, (name, before)
            text = text.replace(before, after)
        file.write_text(text)
    done = subprocess.run(
        [sys.executable, "-c", LIFE], cwd=tmp_path, capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "lived" in done.stdout


def test_a_messenger_needs_no_edit() -> None:
    """It is added in `tests/test_messengers.py` and by the page of the docs, from a folder beside a scenario."""
    assert places(table()["a messenger with an effect"]) == ["catalogue: my_signals/"]


def test_every_file_the_table_names_is_there() -> None:
    named = [place for cell in table().values() for place in places(cell) if ":" not in place]
    assert len(named) > 6
    assert [
        place for place in named if not any((base / place).exists() for base in (ROOT / "neurogen_abm", ROOT))
    ] == []

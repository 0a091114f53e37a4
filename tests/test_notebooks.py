"""Every notebook runs from top to bottom, is committed without outputs, and is found from the documentation.

Two run in every `make test`; the others live many mice each and run in `make nightly`.
"""

import os
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
IN_EVERY_TEST_RUN = ("01_first_run", "04_your_own_recording")


def _nightly_unless_quick(file):
    return pytest.param(file, id=file.stem, marks=() if file.stem in IN_EVERY_TEST_RUN else pytest.mark.slow)


@pytest.mark.parametrize("file", [_nightly_unless_quick(file) for file in NOTEBOOKS])
def test_a_notebook_runs(file, tmp_path, monkeypatch):
    notebook = nbformat.read(file, as_version=4)
    nbformat.validate(notebook)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]))
    here = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(notebook, timeout=300, kernel_name="python3", resources=here).execute()
    figures = [
        output
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if "application/vnd.plotly.v1+json" in output.get("data", {})
    ]
    assert figures, "a notebook shows at least one figure"


@pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: file.stem)
def test_a_notebook_is_committed_without_outputs(file):
    cells = nbformat.read(file, as_version=4).cells
    assert [cell.source for cell in cells if cell.cell_type == "code" and cell.outputs] == []


def test_the_documentation_links_every_notebook():
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    assert [file.name for file in NOTEBOOKS if f"(../notebooks/{file.name})" not in index] == []


def test_there_are_thirteen_and_the_quick_ones_are_among_them():
    names = [file.stem for file in NOTEBOOKS]
    assert [name[:2] for name in names] == [f"{number:02}" for number in range(1, 14)]
    assert set(IN_EVERY_TEST_RUN) <= set(names)

"""Every notebook runs from top to bottom, is committed with what it shows, and is found from the documentation.

Two run in every `make test`; the others live many mice each and run in `make nightly`.
"""

import os
import re
import tempfile
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
PLOTLY = "application/vnd.plotly.v1+json"
LARGEST_BYTES = 300_000
WITHOUT_OUTPUTS = ("07_spiking_dentate",)  # needs Brian2
IN_EVERY_TEST_RUN = ("01_first_run", "04_your_own_recording")


def _nightly_unless_quick(file):
    return pytest.param(file, id=file.stem, marks=() if file.stem in IN_EVERY_TEST_RUN else pytest.mark.slow)


def _said(notebook) -> list[str]:
    """Return what cells print and the tables that they show: numbers of today's rules, or the page is stale."""
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    printed = [output.text for output in outputs if output.output_type == "stream" and output.name == "stdout"]
    data = [output.data for output in outputs if "data" in output]
    shown = [one["text/plain"] for one in data if "text/plain" in one and PLOTLY not in one]
    folder = re.escape(tempfile.gettempdir()) + r"/\w+"
    return [re.sub(folder, "/tmp/folder", text) for text in ("".join(printed), *shown)]


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
        if PLOTLY in output.get("data", {})
    ]
    assert figures, "a notebook shows at least one figure"
    if file.stem not in WITHOUT_OUTPUTS:
        assert _said(notebook) == _said(nbformat.read(file, as_version=4)), "python notebooks/refresh.py keeps it anew"


@pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: file.stem)
def test_a_notebook_shows_its_figures_where_nothing_runs(file):
    """A repository page shows pictures and tables; it holds no file of more than 300 kB and nothing of a machine."""
    text = file.read_text(encoding="utf-8")
    assert len(text.encode()) <= LARGEST_BYTES
    assert re.findall(r"(?:/home|/root|/Users|/work|/var)/\w+|/tmp/(?!folder)\w+", text) == []
    assert '"iopub' not in text  # times of execution
    notebook = nbformat.read(file, as_version=4)
    assert "version" not in notebook.metadata.get("language_info", {})  # of Python, of a machine
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    outputs = [output for cell in cells for output in cell.outputs]
    if file.stem in WITHOUT_OUTPUTS:
        assert outputs == []
        assert any("without outputs" in cell.source for cell in notebook.cells if cell.cell_type == "markdown")
        return
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert [output for output in outputs if output.output_type == "error"] == []
    figures = [output.data for output in outputs if PLOTLY in output.get("data", {})]
    assert figures
    assert all("image/png" in data for data in figures)


def test_the_documentation_links_every_notebook():
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    assert [file.name for file in NOTEBOOKS if f"(../notebooks/{file.name})" not in index] == []


def test_there_are_eighteen_and_the_quick_ones_are_among_them():
    names = [file.stem for file in NOTEBOOKS]
    assert [name[:2] for name in names] == [f"{number:02}" for number in range(1, 19)]
    assert set(IN_EVERY_TEST_RUN) <= set(names)

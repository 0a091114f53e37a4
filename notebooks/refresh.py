"""``python notebooks/refresh.py [01_first_run ...]``: run notebooks and keep what they show, for a repository page.

Beside every interactive figure stands the same as a picture, taken by Chromium (`make chromium`); without it nothing is
written. What a machine would leave behind (times, versions, widgets without their kernel, folders) is not kept.
"""

import argparse
import base64
import io
import os
import re
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from PIL import Image
from playwright.sync_api import Page, sync_playwright
from plotly.offline import get_plotlyjs

HERE = Path(__file__).parent
PLOTLY, WIDGET = "application/vnd.plotly.v1+json", "application/vnd.jupyter.widget-view+json"
WITHOUT_OUTPUTS = ("07_spiking_dentate",)  # needs Brian2, which not everybody who refreshes has
_COLOURS = 128  # of a picture
_DRAW = "figure => Plotly.toImage({...figure, config: {}}, {format: 'png', width: figure.layout.width || 760, "
_DRAW += "height: figure.layout.height || 450, scale: 1.25})"


def executed(file: Path) -> Any:
    """Return a notebook after every cell has run, without times."""
    notebook = nbformat.read(file, as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["IPYTHONDIR"] = f"{folder}/ipython"
        os.environ["PYTHONPATH"] = os.pathsep.join([str(HERE.parent), os.environ.get("PYTHONPATH", "")])
        here = {"metadata": {"path": folder}}
        client = NotebookClient(
            notebook, timeout=3000, kernel_name="python3", resources=here, record_timing=False, store_widget_state=False
        )
        client.execute()
    return notebook


def cleaned(notebook: Any, page: Page) -> Any:
    """Return a notebook with pictures beside figures and nothing of this machine."""
    notebook.metadata = {"kernelspec": notebook.metadata["kernelspec"]}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [one for one in cell.outputs if not _idle(one)]
            for output in cell.outputs:
                _settle(output, page)
    return notebook


def _idle(output: Any) -> bool:
    """Whether an output is a warning or the start of plotly.js in a page, which no reader needs."""
    if output.output_type == "stream":
        return bool(output.name == "stderr")
    return "data" in output and set(output.data) == {"text/html"} and "plotly" in output.data["text/html"].lower()


def _settle(output: Any, page: Page) -> None:
    data = output.get("data", {})
    if PLOTLY in data:
        drawn = page.evaluate(_DRAW, {key: data[PLOTLY][key] for key in ("data", "layout")})
        data["image/png"] = _smaller(drawn.partition(",")[2])
        data.pop("text/html", None)
        data.pop("text/plain", None)
    if WIDGET in data:
        del data[WIDGET]
    for kind in ("text/plain", "text/html"):
        if kind in data:
            data[kind] = _nowhere(data[kind])
    if "text" in output:
        output.text = _nowhere(output.text)


def _smaller(png: str) -> str:
    """Return a picture in base64 with a palette of its own: charts have few colours, and take a third of the bytes."""
    sink = io.BytesIO()
    with Image.open(io.BytesIO(base64.b64decode(png))) as picture:
        flat = picture.convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE)
        flat.save(sink, "PNG", optimize=True)
    return base64.b64encode(sink.getvalue()).decode()


def _nowhere(text: str) -> str:
    """Return a text without the folder of this machine that a notebook worked in."""
    return re.sub(re.escape(tempfile.gettempdir()) + r"/\w+", "/tmp/folder", text)


def main(names: Iterable[str]) -> None:
    """Run, clean and write the notebooks of these names."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        raise SystemExit("no Chromium on this machine: make chromium")
    with sync_playwright() as driver:
        page = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"]).new_page()
        page.add_script_tag(content=get_plotlyjs())
        for name in names:
            file = HERE / f"{name}.ipynb"
            notebook = cleaned(executed(file), page)
            nbformat.write(notebook, file)
            print(f"{file.name}: {file.stat().st_size / 1000:.0f} kB", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python notebooks/refresh.py", description=__doc__)
    parser.add_argument("names", nargs="*", help="all but those that need Brian2 by default")
    chosen = parser.parse_args().names
    there = [file.stem for file in sorted(HERE.glob("*.ipynb"))]
    main(chosen or [name for name in there if name not in WITHOUT_OUTPUTS])

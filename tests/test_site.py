"""The site: every page has a place, the API is whole, the picture fresh; at night it is built, without a warning."""

import importlib.util
import json
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

import neurogen_abm

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"


def listed(page: Path) -> set[Path]:
    """Return the pages that the points of a page lead to: the site takes its order from them."""
    points = "\n".join(re.findall(r"^- .*$", page.read_text(), re.M))
    links = re.findall(r"\]\(([^)#\s]+\.(?:md|ipynb))", points)
    return {(page.parent / link).resolve() for link in links}


def test_every_page_and_every_notebook_has_a_place_in_the_site():
    first, decisions = DOCS / "index.md", DOCS / "decisions" / "README.md"
    pages = {*DOCS.glob("*.md"), *(DOCS / "decisions").glob("*.md"), *(ROOT / "notebooks").glob("*.ipynb")}
    assert sorted(pages - listed(first) - listed(decisions) - {first}) == []


def test_the_page_of_the_api_has_every_public_name_as_what_it_is():
    told = dict(re.findall(r"^### `(\w+)` \((\w+)\)$", (DOCS / "api.md").read_text(), re.M))
    assert set(told) == set(neurogen_abm.__all__) - {"__version__"}
    for name, kind in told.items():
        found = getattr(neurogen_abm, name)
        fault = isinstance(found, type) and issubclass(found, Exception)
        assert kind == ("exception" if fault else "class" if isinstance(found, type) else "function"), name


def test_the_picture_of_the_layers_is_that_of_the_contract():
    """Stale? `python docs/site/layers.py` draws it anew."""
    drawn = runpy.run_path(str(DOCS / "site" / "layers.py"))
    assert drawn["PICTURE"].read_text() == drawn["picture"]()


def test_a_figure_of_reliability_names_a_test_that_is_there():
    page = (DOCS / "reliability.md").read_text().partition("## Seeded bugs")[0]
    rows = [line for line in page.splitlines() if line.startswith("| ") and not line.endswith("| test |")]
    named = [re.search(r"`(tests/[\w/]+\.py)::(\w+)` \|$", row) for row in rows]
    assert len(rows) >= 10
    assert None not in named
    missing = [m[0] for m in named if not re.search(rf"^\s*def {m[2]}\(", (ROOT / m[1]).read_text(), re.M)]
    assert missing == []


def test_every_figure_of_a_notebook_is_kept_as_an_image_too():
    """A page shows no other form of it, and says nothing where there is none."""
    outputs = [
        (file.name, set(output.get("data", {})))
        for file in sorted((ROOT / "notebooks").glob("*.ipynb"))
        for cell in json.loads(file.read_text())["cells"]
        for output in cell.get("outputs", [])
    ]
    live = [(name, kinds) for name, kinds in outputs if "application/vnd.plotly.v1+json" in kinds]
    assert len(live) >= 8
    assert [name for name, kinds in live if "image/png" not in kinds] == []


@pytest.mark.slow
def test_the_site_is_built_without_a_warning_and_needs_no_network(tmp_path):
    if importlib.util.find_spec("sphinx") is None:
        pytest.skip("the extra `docs` is not installed")
    command = [sys.executable, "-m", "sphinx", "--fail-on-warning", "--keep-going", "--quiet"]
    made = subprocess.run(
        [*command, "-c", "docs/site", "-b", "html", ".", str(tmp_path)], cwd=ROOT, capture_output=True, text=True
    )
    assert made.returncode == 0, made.stderr
    pages = [page for page in tmp_path.rglob("*.html") if "_static" not in page.parts]
    assert len(pages) > 70
    loads = re.compile(r'<(?:script|link)[^>]+(?:src|href)="(?:https?:)?//')
    assert [page.name for page in pages if loads.search(page.read_text())] == []
    assert 'id="neurogen_abm.run"' in (tmp_path / "docs" / "api.html").read_text()
    assert (tmp_path / "index.html").is_file()

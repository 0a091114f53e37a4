"""The site: every page has a place, the API is whole, the picture fresh; at night it is built, without a warning."""

import doctest
import importlib.util
import json
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import neurogen_abm

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
# What stands beyond the right end of the page, or of the column of text, and cannot be scrolled to.
RUNS_OUT = """() => {
  const column = document.querySelector("article").getBoundingClientRect().right + 3;
  const end = Math.min(column, document.documentElement.clientWidth + 1);
  const scrolls = (one) => one && one !== document.body
    && (["auto", "scroll"].includes(getComputedStyle(one).overflowX) || scrolls(one.parentElement));
  const kinds = "article table, article img, article pre, article p, article li";
  return [...document.querySelectorAll(kinds)]
    .filter((one) => one.getBoundingClientRect().right > end && !scrolls(one))
    .map((one) => one.tagName + " " + one.textContent.trim().slice(0, 40));
}"""

# Words of headings, of pages and of tables, that are parted at the end of a line. Names with dots may be.
BROKEN = """() => {
  const parted = (node) => [...node.data.matchAll(/(?<!\\w)[A-Za-z]+(?!\\w)/g)].filter((word) => {
    const range = document.createRange();
    range.setStart(node, word.index);
    range.setEnd(node, word.index + word[0].length);
    return new Set([...range.getClientRects()].map((part) => Math.round(part.top))).size > 1;
  }).map((word) => word[0]);
  const found = [];
  const kinds = "article h1, article h2, article h3, article th";
  for (const one of document.querySelectorAll(kinds)) {
    const walker = document.createTreeWalker(one, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      if (!walker.currentNode.parentElement.closest("code")) found.push(...parted(walker.currentNode));
    }
  }
  return found;
}"""


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


PUBLIC = [name for name in neurogen_abm.__all__ if not name.endswith(("Error", "Fault")) and name != "__version__"]


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_name_has_an_example_and_it_does_what_it_shows(name):
    """The page of the API shows it; what takes minutes is marked as skipped."""
    named = getattr(neurogen_abm, name)
    found = doctest.DocTestFinder(recurse=False).find(named, name, globs=vars(sys.modules[named.__module__]) | {})
    assert any(test.examples for test in found)
    for test in found:
        assert doctest.DocTestRunner().run(test).failed == 0


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


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site, built without a warning."""
    if importlib.util.find_spec("sphinx") is None:
        pytest.skip("the extra `docs` is not installed")
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "--fail-on-warning", "--keep-going", "--quiet"]
    made = subprocess.run(
        [*command, "-c", "docs/site", "-b", "html", ".", str(folder)], cwd=ROOT, capture_output=True, text=True
    )
    assert made.returncode == 0, made.stderr
    return folder


@pytest.mark.slow
def test_the_site_is_built_without_a_warning_and_needs_no_network(site):
    pages = [page for page in site.rglob("*.html") if "_static" not in page.parts]
    assert len(pages) > 70
    loads = re.compile(r'<(?:script|link)[^>]+(?:src|href)="(?:https?:)?//')
    assert [page.name for page in pages if loads.search(page.read_text())] == []
    assert 'id="neurogen_abm.run"' in (site / "docs" / "api.html").read_text()
    assert (site / "index.html").is_file()
    titles = [re.search(r"<title>(.*?)</title>", page.read_text(), re.S)[1] for page in (site / "docs").glob("*.html")]
    assert sorted(title for title in set(titles) if titles.count(title) > 1) == []


@pytest.fixture(scope="module")
def browser(site):
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.mark.slow
@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_of_the_site_runs_out_of_its_page_or_is_loaded_from_elsewhere(site, browser, width):
    page, faults, loaded = browser.new_page(viewport={"width": width, "height": 900}), [], []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("requestfailed", lambda request: faults.append(request.url))
    page.on("request", lambda request: loaded.append(request.url))
    wide, broken = [], []
    for file in sorted([*site.glob("docs/*.html"), *site.glob("notebooks/*.html")]):
        page.goto(file.as_uri())
        wide += [(file.name, what) for what in page.evaluate(RUNS_OUT)]
        broken += [(file.name, word) for word in page.evaluate(BROKEN)]
    page.close()
    assert wide == []
    assert broken == []
    assert faults == []
    assert [url for url in loaded if not url.startswith(("file:", "data:"))] == []


@pytest.mark.slow
def test_one_box_searches_all_parameters(site, browser):
    page = browser.new_page()
    page.goto((site / "docs" / "parameters.html").as_uri())
    assert page.locator(".passport-search").count() == 1
    page.fill(".passport-search input", "barrier_gain human")
    shown = page.locator("article tbody tr:visible").all_inner_texts()
    assert 1 <= len(shown) < 10
    assert all("barrier_gain" in row and "human" in row for row in shown)
    assert page.inner_text(".passport-search output").startswith(f"{len(shown)} of ")
    assert page.locator("article h2:visible").count() < 5
    page.fill(".passport-search input", "")
    assert page.locator("article tbody tr:visible").count() > 1000
    page.close()


@pytest.mark.slow
def test_the_search_of_the_site_finds_a_page_without_a_server(site, browser):
    page = browser.new_page()
    page.goto(f"{(site / 'search.html').as_uri()}?q=barrier_gain")
    page.wait_for_selector("#search-results a[href*='parameters.html']", timeout=60_000)
    page.close()

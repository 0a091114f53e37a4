"""What a browser makes of the page; needs Chromium on the machine and no network."""

import re
import shutil
import subprocess
import zipfile
from xml.etree import ElementTree

import plotly.graph_objects as go
import pytest
from made_runs import make_empty_run, make_run
from plotly.offline import get_plotlyjs_version

from neurogen_abm.report import write_report
from neurogen_abm.report.figures.style import apply_style
from neurogen_abm.report.pages import html
from neurogen_abm.report.pages.findings import Figure, Section, write_findings

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
QUIET = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
QUIET += ["--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND"]

in_a_browser = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")


def test_the_library_of_pages_is_that_of_the_wheel_but_smaller():
    version = re.search(r"plotly\.js \(cartesian - minified\) v([\d.]+)", html._library()).group(1)
    assert version.split(".")[0] == get_plotlyjs_version().split(".")[0]


def seen_by_chromium(page, tmp_path):
    command = [CHROMIUM, "--headless", "--no-sandbox", *QUIET, f"--user-data-dir={tmp_path / 'profile'}"]
    command += ["--enable-logging=stderr", "--virtual-time-budget=20000", "--dump-dom", page.as_uri()]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)


@pytest.mark.slow
@in_a_browser
@pytest.mark.parametrize("make", [make_run, make_empty_run])
def test_every_figure_is_drawn_and_nothing_is_refused(make, tmp_path):
    seen = seen_by_chromium(write_report(make(), tmp_path / "report.html"), tmp_path)
    assert not [line for line in seen.stderr.splitlines() if "CONSOLE" in line]
    drawn = re.search(r'<html[^>]*data-drawn="(\d+)"', seen.stdout)
    assert drawn
    plots = re.findall(r'<div class="plot[^"]*" id="(plot-[\w-]+)"', seen.stdout)
    assert int(drawn.group(1)) == len(plots) >= 14
    assert len(re.findall(r'class="plot-container', seen.stdout)) == len(plots)


@pytest.mark.slow
@in_a_browser
def test_a_page_of_findings_runs_its_own_scripts_and_no_other(tmp_path):
    map_of = go.Figure(go.Heatmap(z=[[1, 2], [3, 4]]))
    figures = [Figure("line", apply_style(go.Figure(go.Scatter(y=[1, 2])), height=200)), Figure("map", map_of)]
    figures[1].figure.update_layout(height=200)
    page = write_findings(tmp_path / "page.html", "Findings", [Section("One", [], figures)])
    smuggled = "<script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\"></body>"
    page.write_text(page.read_text().replace("</body>", smuggled))
    seen = seen_by_chromium(page, tmp_path)
    assert "<title>Findings</title>" in seen.stdout
    assert 'data-drawn="2"' in seen.stdout
    refused = [line for line in seen.stderr.splitlines() if "CONSOLE" in line]
    assert len(refused) == 3  # the script, the handler, the picture
    assert all("Content Security Policy" in line for line in refused)


def test_all_figures_come_as_svg_in_one_archive(tmp_path):
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    figures = [Figure("line", apply_style(go.Figure(go.Scatter(y=[1, 2])), height=200, title="Zellen: größer"))]
    figures.append(Figure("map", apply_style(go.Figure(go.Heatmap(z=[[1, 2], [3, 4]])), height=220)))
    page = write_findings(tmp_path / "page.html", "Runner & twin", [Section("One", [], figures)])
    faults = []
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=[*QUIET, "--no-sandbox"])
        opened = browser.new_page()
        opened.on("console", lambda message: faults.append(message.text))
        opened.on("pageerror", lambda error: faults.append(str(error)))
        opened.goto(page.as_uri())
        with opened.expect_download() as download:
            opened.click("#keep")
        kept = download.value
        kept.save_as(tmp_path / "kept.zip")
        opened.wait_for_function("document.getElementById('kept').textContent.startsWith('2 figures are in')")
        browser.close()
    assert faults == []
    assert kept.suggested_filename == "Runner-twin.zip"
    with zipfile.ZipFile(tmp_path / "kept.zip") as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["line.svg", "map.svg"]
        drawings = [ElementTree.fromstring(archive.read(name)) for name in archive.namelist()]
    assert [drawing.tag for drawing in drawings] == ["{http://www.w3.org/2000/svg}svg"] * 2
    assert "Zellen: größer" in "".join(drawings[0].itertext())
    assert [drawing.get("height") for drawing in drawings] == ["200", "220"]

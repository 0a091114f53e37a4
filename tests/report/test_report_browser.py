"""What a browser makes of the page; needs Chromium on the machine and no network."""

import re
import shutil
import subprocess

import pytest
from made_runs import make_empty_run, make_run

from neurogen_abm.report import write_report

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
QUIET = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
QUIET += ["--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND"]

pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")]


@pytest.mark.parametrize("make", [make_run, make_empty_run])
def test_every_figure_is_drawn_and_nothing_is_refused(make, tmp_path):
    page = write_report(make(), tmp_path / "report.html")
    command = [CHROMIUM, "--headless", "--no-sandbox", *QUIET, f"--user-data-dir={tmp_path / 'profile'}"]
    command += ["--enable-logging=stderr", "--virtual-time-budget=20000", "--dump-dom", page.as_uri()]
    seen = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert not [line for line in seen.stderr.splitlines() if "CONSOLE" in line]
    drawn = re.search(r'<html[^>]*data-drawn="(\d+)"', seen.stdout)
    assert drawn
    plots = re.findall(r'<div class="plot[^"]*" id="(plot-[\w-]+)"', seen.stdout)
    assert int(drawn.group(1)) == len(plots) >= 14
    assert len(re.findall(r'class="plot-container', seen.stdout)) == len(plots)

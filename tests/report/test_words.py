"""What people see holds words: no exponent, no minus zero, no name of a column, on no page and in no terminal."""

import html
import json
import re
from collections.abc import Iterator

import cheap
import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from made_runs import make_run

from neurogen_abm import cli, tables
from neurogen_abm.report.figures.style import in_patch
from neurogen_abm.report.pages.run import render
from neurogen_abm.run import prepare
from neurogen_abm.spec.posterior import Posterior, held
from neurogen_abm.storage.posteriors import write
from neurogen_abm.words import spoken

SMALL = {**cheap.ANIMAL, "name": "at_rest", "duration": "1 d", "age": "32 d"}
ASSAYS = [{"name": "young_ones", "count": "DCX+", "at": ["12 h", "1 d"]}]
RUNNER = {**SMALL, "name": "wheel_runner", "activity": [{"kind": "wheel", "distance": "6 km/d"}], "assays": ASSAYS}
STUDY = """\
reference: {citation: "Nobody 1999", doi: null}
base: mouse_sedentary
changes: {duration: 1 d, age: 32 d, tissue: {septotemporal: 300 um, transverse: 200 um}}
arms: {at_rest: {}, wheel_runner: {activity: [{kind: wheel, distance: 6 km/d}]}}
animals: 2
assays: [{name: young_ones, count: DCX+, at: [12 h, 1 d]}]
expectations:
  - {name: a ratio, kind: ratio, read: young_ones, at: 1 d, over: at_rest, value: 1.5, arm: wheel_runner, tier: A,
     role: test, source: made up}
"""
SWEEP = """\
name: two_ages
scenario: at_rest.yaml
axes: {age: [32 d, 33 d], "parameters.lineage.clearance.time": [1.2 h, 1.4 h]}
seeds: 2
keep: {series: [n_dcx, new_neurons, n_ki67], at: [12 h, end], tables: [series]}
"""
COMMANDS = {
    "run": ["run", "wheel_runner.yaml", "--out", "run", "--lives", "2"],
    "compare": ["compare", "at_rest.yaml", "wheel_runner.yaml", "--pairs", "2", "--out", "compare"],
    "sweep": ["sweep", "two_ages.yaml", "--out", "sweep"],
    "study": ["study", "made_up.yaml", "--out", "study"],
}
PAGES = {"run": "report", "compare": "report", "sweep": "report", "study": "score_card"}
MADE = ["young_ones", "at_rest", "wheel_runner", "simulated_low", "log_score", "half_width", "relative_low", "read_out"]
SCHEMAS = (tables.SERIES, tables.CELLS, tables.MAP, tables.FIELDS, tables.ASSAYS, tables.MESSENGERS, tables.PATTERNS)
COLUMNS = sorted({str(name) for table in SCHEMAS for name in table if "_" in str(name)})
NAMES = re.compile(rf"(?<![\w./-])(?:{'|'.join(map(re.escape, [*COLUMNS, *MADE]))})(?!\w|[./-]\w)")
EXPONENT = re.compile(r"(?<![\w.])\d+(?:\.\d+)?[eE][-+]?\d+(?!\w)")
MINUS_ZERO = re.compile(r"(?<![\w.])[-−]0(?:[.,]0+)?(?![\w.,]*\d)")


def texts(value: object, key: str = "") -> Iterator[str]:
    """Yield what a figure shows of its JSON."""
    if isinstance(value, dict):
        for name, part in value.items():
            if name not in ("template", "meta"):
                yield from texts(part, name)
    elif isinstance(value, list):
        for part in value:
            yield from texts(part, key)
    elif isinstance(value, str) and key in ("text", "name", "x", "y", "ticktext", "hovertemplate", "customdata"):
        yield value


def shown(page: str) -> str:
    """Return what a reader of a page sees, the text of figures and what hovering shows counted in.

    What is code stays out: the scenario as it was written, names of parameters where they are listed, the provenance.
    """
    code = r"<(style|pre|code)\b.*?</\1>|<section id=.provenance.*?</section>"
    listed = r"<td class=.(?:path|source|place|note).>.*?</td>"
    page = re.sub(code, " ", page, flags=re.DOTALL)
    body = re.sub(listed, " ", page, flags=re.DOTALL)
    figures = re.findall(r'id="data-[\w-]+">(.*?)</script>', body, re.DOTALL)
    words = html.unescape(re.sub(r"<script\b.*?</script>|<[^>]+>", " ", body, flags=re.DOTALL))
    return "\n".join([words, *(text for figure in figures for text in texts(json.loads(figure)))])


def faults(text: str) -> list[str]:
    return [found for pattern in (NAMES, EXPONENT, MINUS_ZERO) for found in pattern.findall(text)]


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """Every command once, with bands of a posterior that nobody has fitted: what was printed, and the pages."""
    folder = tmp_path_factory.mktemp("words")
    files = {"at_rest": json.dumps({**SMALL, "assays": ASSAYS}), "wheel_runner": json.dumps(RUNNER)}
    for name, text in {**files, "two_ages": SWEEP, "made_up": STUDY}.items():
        (folder / f"{name}.yaml").write_text(text)
    base = prepare(SMALL)
    count = "lineage.stem.initial_count"
    middle = base.parameters[count].value
    values = pd.DataFrame({count: middle * np.array([0.5, 1.0, 1.5])})
    made = "mouse", base.scenario.pathway, "made_up", values, held(base, ())
    file = write(Posterior(*made, mechanisms=base.scenario.mechanisms), folder / "mine.parquet")
    return folder, ["--posterior", "3", "--posterior-file", str(file), "--workers", "0"]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_and_its_page_speak_in_words(command, done, monkeypatch, capsys):
    folder, bands = done
    monkeypatch.chdir(folder)
    with pytest.raises(SystemExit) as left:
        cli.main([*COMMANDS[command], *bands])
    printed = capsys.readouterr()
    assert left.value.code in (0, None), printed.err
    page = next((folder / command).rglob(f"{PAGES[command]}.html")).read_text()
    assert "what is not known" in shown(page)  # the bands are on it
    assert faults(shown(page)) == []
    assert len(COLUMNS) > 30
    said = re.sub(r"\S+\.(?:parquet|csv|html|yaml|md)\S*", "", printed.out)
    assert faults(said) == []
    assert len(page.encode()) < 1.5e6


def test_a_long_run_speaks_in_words_too():
    page = render(make_run())
    assert faults(shown(page)) == []
    assert len(page.encode()) < 1.5e6


@pytest.mark.parametrize("wrong", ["4.2e-05 pg/mL", "1E6 cells", "-0 days", "-0.00 %", "n_dcx", "Mean of wheel_runner"])
def test_what_is_no_word_is_found(wrong):
    assert len(faults(f"It is {wrong}.")) == 1
    assert faults("-0.5 %, 2e, a3e5f, day 0-0, 10-20, lineage.n_dcx.x, n_dcx.parquet") == []


def test_an_axis_of_counts_says_whose_they_are():
    figure = go.Figure().update_xaxes(title_text="time (d)").update_yaxes(title_text="cells alive (count)")
    in_patch(figure, "3.5 % of the sheet")
    titles = figure.layout.xaxis.title.text, figure.layout.yaxis.title.text
    assert titles == ("time (d)", "cells alive<br>(count; 3.5 % of the sheet)")
    assert in_patch(go.Figure().update_yaxes(title_text="(cells)"), "").layout.yaxis.title.text == "(cells)"


def test_names_are_spoken():
    assert spoken("wheel_runner") == "wheel runner"

"""A page of findings: what is said is escaped, what is missing is left empty, and nothing asks the network."""

import html
import re

import pandas as pd
import plotly.graph_objects as go

from neurogen_abm.report.figures.style import apply_style
from neurogen_abm.report.pages.card_sections import grouped_sections
from neurogen_abm.report.pages.findings import Figure, Section, Table, write_findings


def test_a_page_holds_what_was_found(tmp_path):
    evil = "</script><img src=x onerror=alert(1)>"
    frame = pd.DataFrame({"of_what": ["births", evil], "value": [1234.5678, float("nan")]})
    figure = Figure(
        "courses", apply_style(go.Figure(go.Scatter(x=[0, 1], y=[1, 2], name=evil)), height=300), f"Two {evil}"
    )
    sections = [
        Section("What was found", [f"Both & {evil}."], [figure], [Table("Shown", frame)]),
        Section("The rest", tables=[Table("Folded", frame, shown=False)]),
    ]
    page = write_findings(
        tmp_path / "page.html", "A title", sections, facts=["8 pairs"], provenance={"seed": 1}
    ).read_text()
    own = re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)
    assert evil not in own
    assert own.count("&lt;img src=x") == 4
    assert "<td>1,235</td>" in own
    assert "<td></td>" in own
    assert '<th scope="col">of what</th>' in own
    assert '<a href="#what-was-found">' in own
    assert own.count("<details>") == 1
    assert "connect-src 'none'" in html.unescape(own)
    assert not re.findall(r"(?:src|href)=[\"']https?:", own)
    assert list(tmp_path.iterdir()) == [tmp_path / "page.html"]


def test_tables_of_a_card_go_to_sections_of_their_own_and_long_ones_are_folded():
    short, long = (pd.DataFrame({"pathway": ["measured_barrier"] * n}) for n in (2, 41))
    titles = ["Totals", "Order of the pathways", "Leave one paper out: how often", "Something new", "Not replayed"]
    tables = [*(Table(title, short) for title in titles), Table("Findings on which pathways disagree", long)]
    found = {section.title: section for section in grouped_sections({"Totals": ["said"]}, [], tables)}
    assert list(found) == ["Totals", "Which pathway", "Leave one paper out", "Not replayed"]
    assert [table.title for table in found["Totals"].tables] == ["Totals", "Something new"]
    assert [table.shown for table in found["Which pathway"].tables] == [True, False]
    assert found["Totals"].tables[0].frame["pathway"].tolist() == ["measured barrier"] * 2

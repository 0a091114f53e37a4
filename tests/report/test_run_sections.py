"""Sections of the report that are there only where a run has something to show: muscle, messengers, mind, memory."""

import numpy as np
import pytest
from made_runs import make_run, resolved_of

from neurogen_abm.assays.table import assay_table, pattern_table
from neurogen_abm.report.figures import body
from neurogen_abm.report.pages.run import render
from neurogen_abm.report.pages.run_sections import of_the_body, of_the_laboratory

PLAIN = {"muscle_mass": 1.0, "strength": 1.0, "short_min": 0.0, "distance_asked_km": 0.0}
FELT = {"dopamine": 0.1, "mood": -0.4, "anxiety": 0.2, "fatigue": 0.3, "depression": 0.5, "stress": 0.1}
MEMORY = [
    {"name": "trace", "measure": "retrieval", "learned": "0 d", "at": ["0 d", "28 d"]},
    {"name": "late", "measure": "retrieval", "learned": "7 d", "at": "28 d"},
    {"name": "fear", "measure": "freezing", "learned": "0 d", "at": "28 d"},
]
NETWORK = [
    {"name": "apart", "measure": "pattern_separation", "at": ["7 d", "28 d"]},
    {"name": "silent", "measure": "pattern_separation", "silence": "young", "at": "28 d"},
]


def run_of(series=(), assays=None, **scenario):
    """A made run with other columns of the series, and rows of assays in place of its own."""
    run = make_run(days=30, per_day=5)
    run.series = run.series.assign(**PLAIN | dict(series))
    run.resolved = resolved_of(**scenario)
    run.assays = assay_table(assays or [])
    return run


def titles(run):
    return [section.title for section in (*of_the_body(run), *of_the_laboratory(run))]


def found(name, day, value):
    return {"name": name, "time_h": 24.0 * day, "day": day, "count": value, "unit": "share", "n": 1}


def ys(figure):
    return [list(np.asarray(trace.y, float).round(3)) for trace in figure.data]


def test_a_plain_run_has_none_of_them():
    run = run_of()
    assert titles(run) == []
    page = render(run)
    assert not [word for word in ("Muscle", "Mind and drive", "Memory", "Patterns") if f"<h2>{word}" in page]
    assert "tissue-bdnf" not in page


@pytest.mark.parametrize("column", ["muscle_mass", "strength"])
def test_muscle_that_changes_is_shown_with_its_low_and_the_quiet_days(column):
    course = np.interp(np.arange(721.0), [0, 240, 480, 720], [1.0, 1.0, 0.75, 0.9])
    still = [{"kind": "immobilisation", "start": "10 d", "end": "20 d"}]
    run = run_of({column: course}, activity=still, duration="30 d")
    (section,) = of_the_body(run)
    name = "Muscle mass" if column == "muscle_mass" else "Strength"
    assert f"{name}: 1 at the start, 0.9 at the end, 0.75 at its least, on day 20." in section.text[0]
    (shape,) = section.figures[0].figure.layout.shapes
    assert (shape.x0, shape.x1) == (10.0, 20.0)
    assert "Shaded" in section.figures[0].caption


def test_what_was_asked_stands_above_what_was_done():
    hours = np.arange(721.0)
    done = {"distance_km": hours / 24, "distance_asked_km": 2 * hours / 24, "short_min": 10 * hours / 24}
    run = run_of(done)
    (section,) = of_the_body(run)
    assert section.text[-1].startswith("The body could not do all of its schedule: 30 km of 60 km")
    _mass, _strength, _fitness, asked, did, short = ys(section.figures[0].figure)
    assert set(asked) == {2.0}
    assert set(did) == {1.0}
    assert set(short) == {10.0}


def test_mind_is_shown_where_an_arm_acts_or_mood_is_followed():
    arms = run_of(feedback=True)
    (section,) = of_the_body(arms)
    assert section.title == "Mind and drive"
    assert list(section.tables[0].frame["arm"]) == ["dopamine", "age"]
    assert list(section.tables[0].frame["grade"]) == ["B", "D"]
    followed = run_of(FELT, outputs={"mood": True})
    (section,) = [found for found in of_the_body(followed) if found.title == "Mind and drive"]
    assert "hypotheses, not measurements" in section.text[0]
    assert "No arm of the feedback acts" in section.text[1]
    axis = section.figures[0].figure.layout.yaxis3
    assert axis.title.text == "mood (-1 to 1)"
    assert axis.range[0] < -0.4


def test_the_arms_are_on_the_page_once():
    page = render(run_of(FELT, feedback=["mood", "fatigue"]))
    assert page.count("good mood raises the drive to run, bad mood lowers it") == 1


def test_every_memory_has_a_line_from_the_day_it_was_learned():
    rows = [found("trace", 0.0, 1.0), found("trace", 28.0, 0.6), found("late", 28.0, 0.7), found("fear", 28.0, 0.4)]
    run = run_of(assays=rows)
    run.resolved = resolved_of(assays=MEMORY)
    (section,) = of_the_laboratory(run)
    figure = section.figures[0].figure
    assert ys(figure) == [[1.0, 0.6], [0.7], [0.4]]
    assert sorted(shape.x0 for shape in figure.layout.shapes) == [0.0, 0.0, 7.0]
    assert "grade D" in section.text[1]
    assert 'id="assays"' not in render(run)  # none is left for the section of counts


def test_answers_to_patterns_are_a_line_for_each_way_and_time():
    run = run_of(assays=[found("apart", 7.0, 0.2), found("apart", 28.0, 0.3), found("silent", 28.0, 0.25)])
    run.resolved = resolved_of(assays=NETWORK)
    ways = [(7.0, "none", 0.3), (28.0, "none", 0.2), (28.0, "young", 0.25)]
    run.patterns = pattern_table(
        {"time_h": 24 * day, "day": day, "silence": who, "learning": "none", "similarity": x, "correlation": x - less}
        for day, who, less in ways
        for x in (0.4, 0.9)
    )
    (section,) = of_the_laboratory(run)
    assert ys(section.figures[0].figure)[1:] == [[0.1, 0.6], [0.2, 0.7], [0.15, 0.65]]
    assert [t.name for t in section.figures[0].figure.data if t.showlegend is not False] == [
        "no separation",
        "as it is",
        "young silenced",
    ]
    frame = section.tables[0].frame
    assert list(frame.columns) == ["assay", "unit", "day 7", "day 28"]
    assert list(frame["day 28"]) == [0.3, 0.25]
    assert any("Young neurons silenced (silent)" in sentence for sentence in section.text)


def test_tissue_bdnf_is_drawn_over_rest_where_it_changes():
    still = run_of({"bdnf_hippocampus": 1.0, "bdnf_mrna_hippocampus": 1.0})
    assert "plot-tissue-bdnf" not in render(still)
    moved = run_of({"bdnf_hippocampus": 1.5, "bdnf_mrna_hippocampus": np.linspace(1.0, 2.0, 721)})
    page = render(moved)
    assert "plot-tissue-bdnf" in page
    rest = {"bdnf_plasma_pg_ml": 10.5, "bdnf_niche_pg_ml": 30.0}
    figure = body.tissue_bdnf(moved.series, rest)
    by_name = dict(zip(("plasma", "niche", "protein", "mRNA"), ys(figure), strict=True))
    assert set(by_name["protein"]) == {1.5}
    assert by_name["mRNA"][-1] > 1.9
    assert by_name["niche"][0] == pytest.approx(moved.series["bdnf_niche_pg_ml"][1:25].mean() / 30.0, abs=2e-3)

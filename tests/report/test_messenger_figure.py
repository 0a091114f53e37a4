"""The figure of messengers: one row each, every published rise beside its curve, and nothing where none is carried."""

import pandas as pd

from neurogen_abm.assays.messengers import TimeCourse
from neurogen_abm.report.figures.messengers import time_courses
from neurogen_abm.spec.scenario.scenario import prepare


def test_a_row_for_each_messenger_and_a_line_for_each_published_rise():
    person = prepare(
        {"schema": 1, "name": "p", "species": "human", "age": "30 yr", "duration": "4 d", "pathway": "messengers"}
    )
    hours = [float(hour) for hour in range(97)]
    names = ["cathepsin_b", "il6", "vegf"]
    table = pd.DataFrame(
        [{"time_h": h, "day": h / 24, "name": n, "level": 1.0 + 0.01 * h} for h in hours for n in names]
    )
    (figure,) = time_courses(table, person)
    assert [a.text for a in figure.layout.annotations[:3]] == ["cathepsin B", "interleukin-6", "VEGF"]
    published = [a.text for a in figure.layout.annotations[3:]]
    assert len(published) == 4
    assert "human, four sprints of 30 s (sprints2021)" in published
    lines = [shape.y0 for shape in figure.layout.shapes if shape.type == "line"]
    assert sorted(lines) == [1.0, 1.2, 1.28, 1.3]
    bands = [(s.y0, s.y1) for s in figure.layout.shapes if s.type == "rect"]
    assert (1.28 - 0.36, 1.28 + 0.36) in bands
    assert len(figure.data) == 6  # every interval, and the mean of each day


def test_no_figure_where_no_messenger_is_carried():
    assert time_courses(TimeCourse(()).frame(), prepare("mouse_sedentary")) == []

"""The page of a neurogenic age: the sedentary course, what the animal has, and the age at which they meet."""

import re
from pathlib import Path

import pandas as pd
import pytest

from neurogen_abm.experiments.execution.runner import Outcome
from neurogen_abm.experiments.reserve import MEASURES, Reserve
from neurogen_abm.report.figures.reserve import neurogenic_ages
from neurogen_abm.report.pages.reserve import write_reserve_page

MONTH = 30.4375


def found(**changes):
    """An animal of 10 months whose stem cells are those of a twin of 12; its other ages are as `changes` say."""
    row = {"now": 40.0, "age_d": 12 * MONTH, "low_d": 11 * MONTH, "high_d": 13 * MONTH, "twins": 3}
    row |= {"younger": 0, "older": 0}
    ages = pd.DataFrame([{"measure": name, **row, **changes} for name in MEASURES])
    course = {"age_d": [2 * MONTH, 20 * MONTH], "count": [90.0, 10.0]}
    curve = pd.concat([pd.DataFrame(course | {"measure": name}) for name in MEASURES], ignore_index=True)
    runs = pd.DataFrame({"job": ["a", "b"], "seed": [1, 1], "digest": ["x", "y"], "state": ["done", "done"]})
    outcome = Outcome(Path("here"), runs, pd.DataFrame(columns=["job", "what"]), ())
    return Reserve(ages, curve, 10 * MONTH, 2 * MONTH, 20 * MONTH, 28, "mouse", outcome, "A patch.")


def drawn(reserve):
    return neurogenic_ages(reserve.curve, reserve.ages, MEASURES, reserve.age_d, reserve.unit)


def marks(figure, symbol):
    return [(t.x[0], t.y[0]) for t in figure.data if t.mode == "markers" and (t.marker.symbol or "dot") == symbol]


def test_the_animal_and_its_neurogenic_age_stand_at_what_it_has():
    figure = drawn(found())
    assert marks(figure, "dot") == [pytest.approx((10.0, 40.0))] * 3
    assert marks(figure, "diamond-open") == [pytest.approx((12.0, 40.0))] * 3
    bands = [(shape.x0, shape.x1) for shape in figure.layout.shapes if shape.type == "rect"]
    assert bands == [pytest.approx((11.0, 13.0))] * 3
    assert figure.layout.xaxis3.title.text == "age (months)"


def test_without_an_age_there_is_no_diamond_and_with_one_twin_no_band():
    outside = found(age_d=float("nan"), low_d=float("nan"), high_d=float("nan"), older=3)
    assert marks(drawn(outside), "diamond-open") == []
    alone = drawn(found(low_d=float("nan"), high_d=float("nan"), twins=1))
    assert len(marks(alone, "diamond-open")) == 3
    assert [shape for shape in alone.layout.shapes if shape.type == "rect"] == []


def test_the_page_says_what_the_command_says(tmp_path):
    reserve = found()
    page = write_reserve_page(reserve, "my_mouse", tmp_path / "reserve.html").read_text()
    own = re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)
    assert all(sentence in own for sentence in reserve.sentences())
    assert "<h1>Neurogenic age: my_mouse</h1>" in own
    assert "<td>12</td>" in own
    assert "2 of 2 runs done" in own

"""What a fit makes small: 0 where the published value is met, 1 at the edge of what passes, no jumps in between."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from neurogen_abm.experiments.calibration import residual as residuals
from neurogen_abm.experiments.calibration.residual import centred, residual, short_of, smooth_day, tempered
from neurogen_abm.experiments.statistics import Statistic, event_day
from neurogen_abm.experiments.studies.scoring import Score
from neurogen_abm.experiments.studies.verdicts import Accepted, span_of, within
from neurogen_abm.spec.study.expectations import Expectation

ADAPTER = TypeAdapter(Expectation)
COMMON = {
    "name": "n",
    "tier": "A",
    "role": "calibration",
    "source": "abstract",
    "read": "births",
    "arm": "a",
    "at": "1 d",
}
DAYS = np.array([1.0, 2.0, 3.0, 5.0, 7.0, 10.0, 14.0])


def found(expectation, value, accepted, error=0.1, n=8):
    made = ADAPTER.validate_python({**COMMON, **expectation})
    return residual(made, Score(Statistic(value, error=error, n=n), accepted, "pass", math.nan, {}), SimpleNamespace())


def test_a_ratio_is_measured_in_its_own_tolerance():
    ratio = {"kind": "ratio", "over": "b", "value": 2.0}
    span = span_of(2.0, None, None)
    assert found(ratio, 2.0, span) == 0.0
    assert found(ratio, 2.5, span) == pytest.approx(1.0)
    assert found(ratio, 1.6, span) == pytest.approx(-1.0)
    lopsided = Accepted(1.9, 4.0)
    assert found(ratio, 4.0, lopsided) == pytest.approx(1.0)
    assert found(ratio, 1.9, lopsided) == pytest.approx(-1.0)
    assert found({"kind": "ratio", "over": "b", "low": 1.0, "high": 4.0}, 2.0, Accepted(1.0, 4.0)) == pytest.approx(0.0)
    assert math.isnan(found(ratio, math.nan, span))
    assert -60 < found(ratio, 0.0, span) < -20  # no cells at all: very far, but finite


def test_a_miss_beyond_hope_counts_linearly_and_without_a_jump():
    sizes = np.array([tempered(r, 2.0) ** 2 for r in (1.0, 2.0, 2.001, 3.0, 4.0, 5.0)])
    assert sizes[0] == 1.0
    assert sizes[2] == pytest.approx(4.004, abs=1e-5)
    assert np.diff(sizes[3:]) == pytest.approx([4.0, 4.0])
    assert tempered(-7.0, 2.0) == -tempered(7.0, 2.0)
    assert tempered(-7.0, None) == -7.0
    assert math.isnan(tempered(math.nan, 2.0))


def test_no_difference_is_a_ratio_of_one():
    null = {"kind": "null", "over": "b"}
    assert found(null, 1.25, Accepted(0.8, 1.25)) == pytest.approx(1.0)
    assert found(null, 1.0, Accepted(0.8, 1.25)) == 0.0


@given(st.floats(0.01, 100), st.floats(0.1, 10))
def test_a_residual_within_one_is_a_pass_and_beyond_is_none(value, published):
    span = span_of(published, None, None)
    size = abs(centred(value, span, published))
    assert (size <= 1) == (within(Statistic(value), span) == "pass") or size == pytest.approx(1.0)


def test_a_bound_pulls_only_from_the_wrong_side_and_its_margin():
    above = {"kind": "bound", "over": "b", "gt": 1.0}
    assert found(above, 1.0, Accepted(1.0, math.inf)) == pytest.approx(1.0)
    assert found(above, 1.3, Accepted(1.0, math.inf), error=0.02) == 0.0
    assert found(above, 0.9, Accepted(1.0, math.inf)) > 1.0
    below = {"kind": "bound", "over": "b", "lt": 1.0}
    assert found(below, 1.1, Accepted(-math.inf, 1.0)) > 1.0
    assert found(below, 0.5, Accepted(-math.inf, 1.0)) == 0.0
    assert found({**above, "gt": -0.5}, -0.5, Accepted(-0.5, math.inf)) == pytest.approx(1.0)
    assert short_of(-1.0, 0.5) == 3.0


def test_orders_correlations_and_shapes_fall_to_nothing_where_they_hold():
    order = {"kind": "ordering", "items": [{"arm": "a"}, {"arm": "b"}]}
    assert found(order, 1.5, Accepted(1.0, math.inf), error=0.1) == 0.0
    assert found(order, 0.8, Accepted(1.0, math.inf)) > 1.0
    assert found(order, -1.0, Accepted(0.0, math.inf)) == pytest.approx(2.0)  # a day too early, margin of a day
    together = {"kind": "correlation", "against": "distance_km", "sign": "negative"}
    assert found(together, 0.0, Accepted(-math.inf, math.inf), n=28) == pytest.approx(1.0)
    assert found(together, -0.8, Accepted(-math.inf, math.inf), n=28) == 0.0
    shape = {k: v for k, v in COMMON.items() if k != "at"} | {"kind": "shape", "form": "exponential"}
    made = ADAPTER.validate_python(shape)
    score = Score(Statistic(0.85), Accepted(0.9, 1.0), "near", math.nan, {})
    assert residual(made, score, SimpleNamespace()) == pytest.approx(0.5)
    score = Score(Statistic(0.95), Accepted(0.9, 1.0), "pass", math.nan, {})
    assert residual(made, score, SimpleNamespace()) == 0.0


def test_the_day_of_a_peak_moves_between_the_days_that_were_counted():
    tops = np.linspace(2.2, 6.8, 47)
    days = [smooth_day(DAYS, 5 - (DAYS - top) ** 2 / 10, "peak", 0.0) for top in tops]
    assert days == pytest.approx(list(tops), abs=1e-9)  # a parabola is found exactly
    assert smooth_day(DAYS, DAYS, "peak", 0.0) == 14.0
    assert math.isnan(smooth_day(DAYS, 0 * DAYS, "peak", 0.0))
    assert smooth_day(DAYS, np.where(DAYS == 3, 2.0, 1.0), "peak", 0.0) == pytest.approx(3.0, abs=0.5)


@given(
    st.lists(st.floats(0.1, 3.0), min_size=7, max_size=7), st.sampled_from(["first_above", "last_above", "first_below"])
)
def test_a_crossing_lies_within_a_step_of_the_day_of_the_verdict(course, event):
    course = np.array(course)
    coarse, fine = event_day(DAYS, course, event, 1.25), smooth_day(DAYS, course, event, 1.25)
    assert math.isnan(coarse) == math.isnan(fine)
    if not math.isnan(coarse):
        index = int(np.flatnonzero(coarse == DAYS)[0])
        before, after = DAYS[max(index - 1, 0)], DAYS[min(index + 1, 6)]
        assert before <= fine <= after


def test_an_event_that_never_happens_is_far_and_nearer_as_the_course_comes_nearer(monkeypatch):
    timing = {k: v for k, v in COMMON.items() if k != "at"} | {
        "kind": "timing", "event": "first_above", "over": "b", "level": 1.25, "value": "3 d", "times": ["1 d", "2 d"],
    }  # fmt: skip
    made = ADAPTER.validate_python(timing)
    readings = SimpleNamespace(arms=("a", "b"))

    def of(course):
        monkeypatch.setattr(residuals, "course_of", lambda *_: (24 * DAYS, np.asarray(course)))
        return residual(made, Score(Statistic(math.nan), Accepted(2.0, 4.0), "fail", math.nan, {}), readings)

    assert of(np.full(7, 1.0)) > of(np.full(7, 1.2)) > 3.0
    assert of([1.0, 1.0, 1.25 + 1e-9, 2, 2, 2, 2]) == pytest.approx(0.0, abs=1e-6)
    assert of([1.0, 1.0, 1.0, 1.5, 2, 2, 2]) == pytest.approx(1.0)  # crosses on day 4
    assert math.isnan(of(np.full(7, np.nan)))


def test_a_peak_elsewhere_is_missed_by_its_height_and_not_by_its_day(monkeypatch):
    peak = {k: v for k, v in COMMON.items() if k != "at"} | {
        "kind": "timing", "event": "peak", "over": "b", "value": "3 d", "times": ["1 d", "2 d"],
    }  # fmt: skip
    made = ADAPTER.validate_python(peak)

    def of(course):
        monkeypatch.setattr(residuals, "course_of", lambda *_: (24 * DAYS, np.asarray(course)))
        score = Score(Statistic(math.nan), Accepted(2.0, 4.0), "fail", math.nan, {})
        return residual(made, score, SimpleNamespace(arms=("a", "b")))

    flat = np.array([1.0, 1.4, 1.5, 1.49, 1.3, 1.2, 1.0])
    assert 0 < of(flat) <= 1
    for later in (3, 4, 6):  # whichever day a few cells put on top at random
        assert of(np.where(np.arange(7) == later, 1.51, flat)) == pytest.approx(
            1 + math.log(1.51 / 1.5) / math.log(1.25)
        )
    assert of(np.where(DAYS == 1, 1.875, flat)) == pytest.approx(-2.0)

"""The search on problems whose answer is known: curves, ends of ranges, noise, failing runs, directions left open."""

import numpy as np
import pandas as pd
import pytest

from neurogen_abm.errors import InputError, ModelFault
from neurogen_abm.experiments.calibration.free_parameters import FreeParameter, natural_scale, points_at, start_of
from neurogen_abm.experiments.calibration.identifiability import (
    conflicts,
    correlations,
    directions,
    disagreements,
    estimates,
    loose_sentences,
)
from neurogen_abm.experiments.calibration.least_squares import fit
from neurogen_abm.spec.calibration import LeastSquares

TIMES = np.array([0.0, 1.0, 3.0, 7.0, 14.0, 28.0])
DECAY = (
    FreeParameter("start", ("a.start",), 10.0, 1000.0, 50.0, scale="log"),
    FreeParameter("rate", ("a.rate",), 0.01, 1.0, 0.5, "1/d", scale="log"),
)


def decay(points, start=200.0, rate=0.1, tolerance=0.05):
    """Residuals of an exponential decay against its true course, in tolerances of 5 %."""
    course = points["a.start"].to_numpy()[:, None] * np.exp(-points["a.rate"].to_numpy()[:, None] * TIMES)
    wanted = start * np.exp(-rate * TIMES)
    return pd.DataFrame(np.log(course / wanted) / tolerance, columns=[f"day {t:g}" for t in TIMES])


def test_a_decay_is_found_again():
    found = fit(DECAY, decay)
    assert found.values["start"] == pytest.approx(200.0, rel=0.01)
    assert found.values["rate"] == pytest.approx(0.1, rel=0.01)
    assert found.sum_of_squares < 0.01
    table = estimates(found).set_index("name")
    assert (table["constrained_by"] == "data").all()
    # Straight-line regression on the logarithm: sd(log start) and sd(rate) have a closed form.
    slopes = np.column_stack([np.ones_like(TIMES), -TIMES * 0.1]) / 0.05
    sd = np.sqrt(np.diag(np.linalg.inv(slopes.T @ slopes)))
    got = np.log(table["high95"] / table["value"]) / 1.96
    assert got["start"] == pytest.approx(sd[0], rel=0.02)
    # A difference over a third of the value is no tangent; an interval need not be better than that.
    assert got["rate"] == pytest.approx(sd[1], rel=0.2)


def test_curves_and_the_end_of_a_range():
    rosenbrock = (FreeParameter("x", ("x",), -2.0, 2.0, -1.2), FreeParameter("y", ("y",), -1.0, 3.0, 1.0))

    def ask(points):
        return pd.DataFrame({"valley": 10 * (points["y"] - points["x"] ** 2), "floor": 1 - points["x"]})

    found = fit(rosenbrock, ask, LeastSquares(step=0.01, iterations=40))
    assert found.values["x"] == pytest.approx(1.0, abs=0.05)
    assert found.values["y"] == pytest.approx(1.0, abs=0.1)

    short = (FreeParameter("start", ("a.start",), 10.0, 100.0, 50.0, scale="log"), DECAY[1])
    held = fit(short, decay)
    assert held.values["start"] == pytest.approx(100.0)
    assert estimates(held).set_index("name").loc["start", "constrained_by"] == "range"


def test_every_point_lies_in_range_and_a_jacobian_is_one_request():
    asked = []

    def ask(points):
        asked.append(len(points))
        assert points["a.start"].between(10.0, 1000.0).all()
        assert points["a.rate"].between(0.01, 1.0).all()
        return decay(points, start=2000.0, rate=0.005)

    found = fit(DECAY, ask)
    assert set(asked) == {1, len(DECAY)}
    assert found.values == {"start": pytest.approx(1000.0), "rate": pytest.approx(0.01, rel=0.6)}


def test_common_random_numbers_leave_counts_with_steps_that_the_search_bears():
    variates = np.random.default_rng(7).normal(0.0, 0.03, len(TIMES))

    def ask(points):
        course = points["a.start"].to_numpy()[:, None] * np.exp(-points["a.rate"].to_numpy()[:, None] * TIMES)
        counted = np.maximum(np.round(50 * course * np.exp(variates)), 1.0) / 50  # whole cells
        return pd.DataFrame(np.log(counted / (200 * np.exp(-0.1 * TIMES))) / 0.05)

    found = fit(DECAY, ask)
    table = estimates(found).set_index("name")
    assert table.loc["rate", "low95"] < 0.1 < table.loc["rate", "high95"]
    assert table.loc["start", "low95"] < 200 < table.loc["start", "high95"]


def test_runs_that_fail_are_walked_around():
    def ask(points):
        found = decay(points)
        found[points["a.rate"].to_numpy() > 0.52] = np.nan  # also the first difference, upwards from 0.5, fails
        found[points["a.start"].to_numpy() > 700] = np.nan
        found["never read"] = np.nan
        return found

    found = fit(DECAY, ask, LeastSquares(iterations=15))
    assert found.values["rate"] == pytest.approx(0.1, rel=0.05)
    assert found.unread == ("never read",)
    assert found.flat == ()
    with pytest.raises(ModelFault, match="No expectation can be read at the start"):
        fit(DECAY, lambda points: decay(points) * np.nan)


def test_an_unknown_whose_neighbours_all_fail_is_named():
    def ask(points):
        found = decay(points)
        found[~np.isclose(points["a.start"], 50.0)] = np.nan
        return found

    found = fit(DECAY, ask)
    assert found.flat == ("start",)
    assert found.values["start"] == pytest.approx(50.0)
    assert estimates(found).set_index("name").loc["start", "constrained_by"] == "nothing"


def test_a_direction_that_the_data_leave_open_is_named_and_not_followed():
    product = (
        FreeParameter("gain", ("gain",), 0.1, 10.0, 1.0, scale="log"),
        FreeParameter("size", ("size",), 0.1, 10.0, 1.0, scale="log"),
    )

    def ask(points):
        return pd.DataFrame({"product": np.log(points["gain"] * points["size"] / 4.0) / 0.05})

    found = fit(product, ask)
    assert found.values["gain"] * found.values["size"] == pytest.approx(4.0, rel=0.01)
    assert found.values["gain"] == pytest.approx(2.0, rel=0.05)  # the shortest way, both alike
    table = directions(found)
    assert list(table["loose"]) == [True, False]
    assert table.loc[0, ["gain", "size"]].abs().to_list() == pytest.approx([0.707, 0.707], abs=0.01)
    assert table.loc[0, "gain"] * table.loc[0, "size"] < 0
    assert correlations(found).loc["gain", "size"] < -0.95
    assert set(estimates(found)["constrained_by"]) == {"nothing"}
    assert "gain" in loose_sentences(table)[0]


def test_expectations_that_contradict_each_other_are_named():
    one = (FreeParameter("x", ("x",), 0.1, 10.0, 1.0, scale="log"),)

    def ask(points):
        x = np.log(points["x"])
        return pd.DataFrame({"doubles": (x - np.log(2)) / 0.1, "halves": (x - np.log(0.5)) / 0.1, "idle": 0 * x + 0.3})

    found = fit(one, ask)
    assert found.values["x"] == pytest.approx(1.0, rel=0.02)
    table = conflicts(found).set_index("expectation")
    assert table.loc["doubles", "against"] == "halves"
    assert table.loc["doubles", "cosine"] == pytest.approx(-1.0)
    # Without either, the other is met: its whole square of (log 2 / 0.1)^2 is gained.
    assert table.loc["doubles", "others_gain"] == pytest.approx((np.log(2) / 0.1) ** 2, rel=0.1)
    assert table.loc["idle", "others_gain"] == pytest.approx(0.0, abs=1.0)
    sentences = disagreements(conflicts(found))
    assert len(sentences) == 2
    assert "halves" in sentences[0]


def test_asked_again_it_walks_the_same_way():
    kept = {}

    def ask(points):
        rows = []
        for row in points.itertuples(index=False):
            kept.setdefault(row, decay(pd.DataFrame([row], columns=points.columns)).iloc[0])
            rows.append(kept[row])
        return pd.DataFrame(rows)

    first = fit(DECAY, ask)
    n = len(kept)
    again = fit(DECAY, ask)
    assert len(kept) == n
    assert np.array_equal(first.position, again.position)


def test_scales_and_ties():
    assert natural_scale(0.0, 1.0, share=True) == "linear"
    assert natural_scale(0.1, 0.9, share=True) == "logit"
    assert natural_scale(0.1, 0.9) == "log"
    tied = (FreeParameter("hill", ("one.hill", "two.hill"), 1.0, 6.0, 6.0, scale="log"),)
    assert start_of(tied).tolist() == [1.0]
    assert points_at(tied, np.array([[0.0], [1.0]])).to_dict("list") == {
        "one.hill": [1.0, 6.0],
        "two.hill": [1.0, 6.0],
    }
    share = FreeParameter("share", ("s",), 0.1, 0.9, 0.5, scale="logit")
    assert share.position(0.5) == pytest.approx(0.5)
    assert [share.value(p) for p in (0.0, 0.5, 1.0)] == pytest.approx([0.1, 0.5, 0.9])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"high": 1.0}, "is empty"),
        ({"start": 11.0}, "outside 1 to 10"),
        ({"low": 0.0, "start": 0.0}, "does not fit the scale log"),
        ({"scale": "logit"}, "does not fit the scale logit"),
    ],
)
def test_what_cannot_be_searched_is_refused(change, said):
    with pytest.raises(InputError, match=said):
        FreeParameter(
            **({"name": "x", "paths": ("x",), "low": 1.0, "high": 10.0, "start": 1.0, "scale": "log"} | change)
        )

"""Figures of sweeps and comparisons show the numbers they were given."""

import numpy as np
import pandas as pd
import pytest

from neurogen_abm.experiments.sweep.sweep import whose_counts
from neurogen_abm.report.figures import differences, responses
from neurogen_abm.report.figures.responses import Dimension
from neurogen_abm.spec.sweep import load_sweep

DISTANCE, AGE = Dimension("distance", "Distance a day", "km/d"), Dimension("age", "Age", "mo")


@pytest.fixture
def rows() -> pd.DataFrame:
    found = []
    for point, (distance, age) in enumerate([(d, a) for d in (0.0, 4.0) for a in (2.0, 8.0)]):
        for seed in (1, 2, 3):
            neurons = (100 + seed) * (1.5 if distance else 1.0) / age
            found.append((point, distance, age, seed, 28.0, neurons, 10.0 * seed, 28 * distance))
    return pd.DataFrame(
        found, columns=["point", "distance", "age", "seed", "day", "new_neurons", "n_ki67", "distance_km"]
    )


def lines(figure):
    return [trace for trace in figure.data if trace.mode == "lines+markers"]


def test_a_line_is_the_mean_and_the_band_its_interval(rows):
    figure = responses.response_curves(rows, "new_neurons", DISTANCE, AGE)
    assert [list(line.y) for line in lines(figure)] == [pytest.approx([51, 76.5]), pytest.approx([12.75, 19.125])]
    band = next(trace for trace in figure.data if trace.fill == "toself")
    half = 4.302653 * 0.5 / np.sqrt(3)
    assert list(band.y) == pytest.approx([51 + half, 76.5 + 1.5 * half, 76.5 - 1.5 * half, 51 - half], rel=1e-5)
    assert {note.text for note in figure.layout.annotations} == {"2 mo", "8 mo"}


def heights(figure) -> list[float]:
    """The upper ends of the band."""
    (band,) = (trace for trace in figure.data if trace.fill == "toself")
    return list(band.y)[: len(band.y) // 2]


def test_what_stands_for_one_animal_counts_as_one(rows):
    # Four runs of two animals: means 12 and 30, so that 21 +- t(1) |30 - 12| / 2, not an interval of four.
    runs = pd.DataFrame({"group": "ran", "animal": ["a", "a", "a", "b"], "seed": [1, 2, 3, 4], "n": [10.0, 12, 14, 30]})
    group, of_one = Dimension("group", "Group", None), Dimension("animal", "Animal", None)
    (line,) = lines(found := responses.response_curves(runs, "n", group))
    assert list(line.y) == [pytest.approx(21.0)]
    assert heights(found) == [pytest.approx(21 + 12.7062 * 9, rel=1e-5)]
    assert heights(responses.response_curves(runs, "n", of_one))[0] == pytest.approx(12 + 4.302653 * 2 / np.sqrt(3))
    # Seeds that live at two ages are as many animals as there are seeds.
    pooled = heights(responses.response_curves(rows, "new_neurons", DISTANCE))
    assert pooled[0] == pytest.approx(102 * 0.3125 + 4.302653 * 0.3125 / np.sqrt(3), rel=1e-5)


def test_the_effect_map_compares_twins_with_the_first_value(rows):
    figure = responses.effect_map(rows, "new_neurons", DISTANCE, AGE)
    assert figure.data[0].z.tolist() == [pytest.approx([50.0]), pytest.approx([50.0])]
    assert figure.data[0].text.tolist() == [["+50 %"], ["+50 %"]]
    noisy = rows.assign(new_neurons=np.where(rows["distance"] > 0, [0, 0, 0] * 4, rows["new_neurons"]))
    noisy.loc[noisy["distance"] > 0, "new_neurons"] = [10, 90, 60, 1, 30, 20]
    assert responses.effect_map(noisy, "new_neurons", DISTANCE, AGE).data[0].text[0][0].startswith("(")


def test_every_animal_is_a_dot_at_what_it_ran(rows):
    figure = responses.dose_response(rows, AGE)
    dots = [trace for trace in figure.data if trace.mode == "markers"]
    assert sorted(x for trace in dots for x in trace.x) == [0.0] * 6 + [4.0] * 6


def test_labels_are_escaped(rows):
    evil = Dimension("age", "<b>Age</b>", None)
    figure = responses.response_curves(rows.assign(age="<script>"), "new_neurons", DISTANCE, evil)
    assert "<script>" not in figure.to_json()


def test_words_are_an_axis_too_and_one_animal_has_no_band(rows):
    one = rows[rows["seed"] == 1].assign(arm=lambda t: np.where(t["distance"] > 0, "wheel", "rest"))
    figure = responses.response_curves(one, "new_neurons", Dimension("arm", "Arm", None), AGE)
    assert list(lines(figure)[0].x) == ["rest", "wheel"]
    assert not any(np.isnan(np.array(trace.y, float)).any() for trace in figure.data)


def test_the_shades_are_different_and_in_order():
    assert len(set(responses.shades(9))) == 9
    assert responses.shades(1) == ["#1b2a49"]


def test_effects_stand_where_they_are():
    final = pd.DataFrame(
        {
            "arm": "run",
            "read_out": ["n_dcx", "births"],
            "relative": [0.2, -0.1],
            "relative_low": [0.1, -0.3],
            "relative_high": [0.3, 0.1],
        }
    )
    dots = differences.effects_at_end(final).data[0]
    assert list(dots.x) == [20, -10]
    assert list(dots.error_x.array) == pytest.approx([10, 20])
    assert list(dots.y) == ["DCX-positive cells", "Cells born"]


def test_levels_of_all_arms_stand_above_the_effect_with_their_numbers():
    row = {"read_out": "n_dcx", "control": 100.0, "control_low": 90.0, "control_high": 110.0, "pairs": 4}
    row |= {"relative": 0.5, "relative_low": 0.2, "relative_high": 0.8, "treated_low": 120.0, "treated_high": 180.0}
    arms = [{**row, "arm": arm, "day": day, "treated": 150.0} for arm in ("a_run", "b_run") for day in (0.0, 1.0)]
    fig = differences.levels_and_effect(pd.DataFrame(arms), "n_dcx", ["at_rest", "a_run", "b_run"])
    named = {trace.name: trace for trace in fig.data if trace.name}
    assert list(named) == ["at rest (n = 4)", "a run (n = 4)", "b run (n = 4)"]
    assert [list(trace.y) for trace in named.values()] == [[100, 100], [150, 150], [150, 150]]
    below = [list(trace.y) for trace in fig.data if trace.yaxis == "y2" and trace.fill is None]
    assert below == [[50, 50], [50, 50]]
    bands = [sorted(set(trace.y)) for trace in fig.data if trace.fill == "toself"]
    assert bands == [[90, 110], [120, 180], [20, 80], [120, 180], [20, 80]]
    assert fig.layout.yaxis.title.text == "Mean (cells)"


def test_an_interval_that_would_flatten_the_means_is_cut_and_says_how_far_it_reaches():
    row = {
        "read_out": "n_dcx",
        "arm": "a_run",
        "pairs": 2,
        "treated": 150.0,
        "treated_low": 120.0,
        "treated_high": 180.0,
    }
    row |= {"control": 100.0, "control_low": 90.0, "control_high": 110.0, "relative": 0.5, "relative_low": -0.4}

    def drawn(high):
        days = pd.DataFrame([row | {"day": 0.0, "relative_high": 0.8}, row | {"day": 1.0, "relative_high": high}])
        return differences.levels_and_effect(days, "n_dcx", ["at_rest", "a_run"])

    wide, usual = drawn(18.28), drawn(1.9)
    assert wide.layout.yaxis2.range[1] == 200  # four times the effect of 50 %
    assert wide.layout.yaxis2.range[0] < -40
    assert "the interval reaches +1828 %" in [note.text for note in wide.layout.annotations]
    assert usual.layout.yaxis2.range is None
    assert [note.text for note in usual.layout.annotations if "reaches" in (note.text or "")] == []


@pytest.mark.parametrize(
    ("low", "high", "ends", "said"),
    [
        (-50.0, 0.8, (-200, None), "the interval reaches \u22125000 %"),
        (-50.0, 18.28, (-200, 200), "the interval reaches from \u22125000 % to +1828 %"),
    ],
)
def test_an_interval_that_reaches_far_below_is_cut_as_well(low, high, ends, said):
    row = {"read_out": "n_dcx", "arm": "a_run", "pairs": 2, "day": 0.0}
    row |= {"treated": 150.0, "treated_low": 120.0, "treated_high": 180.0}
    row |= {"control": 100.0, "control_low": 90.0, "control_high": 110.0}
    days = pd.DataFrame([row | {"relative": 0.5, "relative_low": low, "relative_high": high}])
    fig = differences.levels_and_effect(days, "n_dcx", ["at_rest", "a_run"])
    bottom, top = fig.layout.yaxis2.range
    assert bottom == ends[0]
    assert top == ends[1] or (ends[1] is None and 80 < top < 100)
    assert said in [note.text for note in fig.layout.annotations]


def test_an_axis_without_a_label_goes_by_the_end_of_its_path():
    class Scale:
        def __init__(self, label):
            self.label, self.unit, self.log = label, None, False

    paths = ["activity[0].distance", "parameters.a.time_on", "b.time_on", "age"]
    found = responses.dimensions({path: Scale(path) for path in paths[:3]} | {"age": Scale("Age at start")})
    assert [axis.label for axis in found] == ["distance", "parameters.a.time on", "b.time on", "Age at start"]


def test_a_difference_map_is_per_square_millimetre():
    tiles = pd.DataFrame(
        {"arm": "run", "u_um": [50.0, 150.0], "v_um": [50.0, 50.0], "new_neurons": [2.0, -1.0], "bdnf_mean_pg_ml": 1.0}
    )
    assert differences.difference_map(tiles, "run", "new_neurons").data[0].z.tolist() == [
        pytest.approx([200.0, -100.0])
    ]
    assert differences.difference_map(tiles.iloc[:0], "run", "new_neurons").data == ()


PATCH = {"tissue": {"septotemporal": "600 um", "transverse": "500 um"}}


@pytest.mark.parametrize(
    ("changes", "axis", "said"),
    [
        (PATCH, {"sex": ["female", "male"]}, "A patch of 600 x 500 µm (4.4 % of the sheet) was simulated: all counts"),
        ({}, {"sex": ["female", "male"]}, ""),
        (PATCH, {"tissue.septotemporal": ["300 um", "600 um"]}, "The tissue differs from point to point"),
    ],
)
def test_counts_of_a_patch_say_whose_they_are(changes, axis, said):
    plan = load_sweep({"name": "s", "scenario": "mouse_sedentary", "set": changes, "axes": axis, "seeds": 1})
    found = whose_counts(plan)
    assert found.startswith(said)
    assert bool(found) == bool(said)

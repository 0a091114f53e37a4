"""The few lines that a sweep leaves in the terminal: means over animals, each with half of its interval."""

from types import SimpleNamespace

import pandas as pd
from scipy import stats

from neurogen_abm.report.figures.bands import LEGEND
from neurogen_abm.report.figures.responses import Dimension
from neurogen_abm.report.pages import sweep as sweep_page
from neurogen_abm.report.sweep_table import ends

KM, AGE = Dimension("km", "Distance", "km/d"), Dimension("age", "Age", None)


def runs(ages, distances, seeds=3):
    rows = [
        {"age": age, "km": km, "seed": seed, "n_ki67": 1000.0 * (1 + km) + 100 * seed * (age == "8 wk")}
        for age in ages
        for km in distances
        for seed in range(seeds)
    ]
    return pd.DataFrame(rows)


def test_two_axes_stand_downwards_and_to_the_right_in_their_order():
    told = ends(runs(["8 wk", "18 mo"], [4.0, 0.0]), "n_ki67", KM, AGE).splitlines()
    assert told[0] == (
        "Ki67-positive cells (cells) at the end, distance to the right; mean of 3 animals ± half of its 95 % interval:"
    )
    half = stats.t.ppf(0.975, 2) * 100 / 3**0.5
    assert told[1].split() == ["0", "km/d", "4", "km/d"]
    assert told[2].split() == ["8", "wk", "1,100", "±", f"{half:.0f}", "5,100", "±", f"{half:.0f}"]
    assert told[3].split() == ["18", "mo", "1,000", "±", "0", "5,000", "±", "0"]


def test_one_axis_stands_downwards_and_one_animal_has_no_interval():
    told = ends(runs(["8 wk"], [0.0, 4.0], seeds=1), "n_ki67", KM).splitlines()
    assert told[0].endswith("; one animal each:")
    assert [line.split() for line in told[1:]] == [["0", "km/d", "1,000"], ["4", "km/d", "5,000"]]


def test_a_point_whose_runs_all_failed_is_empty_and_the_others_say_how_many_they_are():
    rows = runs(["8 wk", "18 mo"], [0.0, 4.0]).drop(index=[0, 9, 10, 11])
    told = ends(rows, "n_ki67", KM, AGE).splitlines()
    assert "mean of 2 to 3 animals" in told[0]
    assert told[3].split() == ["18", "mo", "1,000", "±", "0"]


def test_more_than_a_terminal_shows_is_left_to_the_page():
    assert ends(runs(["8 wk"], range(17)), "n_ki67", KM) == ""
    assert ends(runs(["8 wk", "9 wk"], range(12)), "n_ki67", KM, AGE) == ""


def test_a_band_of_points_that_are_averaged_says_that_it_is_of_one_point():
    ends = {f"{name}_{end}": 1.0 for name in LEGEND for end in (10, 90)}
    rows = [{"km": km, "age": age, "day": 7.0, "read_out": "n_ki67", "mean": 1.0} for km in (0.0, 4.0) for age in "ab"]
    found = SimpleNamespace(bands=pd.DataFrame(rows).assign(share_animals=0.5, **ends))
    (pooled,) = sweep_page._open(found, KM, None, [AGE], "n_ki67")
    assert "A band is that of one point, its ends averaged over age" in pooled.text[-1]
    (whole,) = sweep_page._open(found, KM, AGE, [], "n_ki67")
    assert len(whole.text) == len(pooled.text) - 1

"""Twins: what differs is the scenario; intervals hold what they promise, also when one stops on looking."""

import math

import cheap
import numpy as np
import pandas as pd
import pytest

from neurogen_abm.errors import InputError
from neurogen_abm.experiments import statistics
from neurogen_abm.experiments.compare import compare
from neurogen_abm.report.pages.compare import final_table, sentences, write_compare_page
from neurogen_abm.run import run

CONTROL = {**cheap.ANIMAL, "name": "rest", "duration": "2 d"}
RUNNER = {**CONTROL, "name": "runner", "activity": [{"kind": "wheel", "distance": "10 km/d"}]}


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    return compare(CONTROL, RUNNER, pairs=3, out=tmp_path_factory.mktemp("compare"), workers=0)


def test_effects_are_the_differences_of_twins(found):
    pairs = [
        [run(arm, seed).series.set_index("time_h")["new_neurons"][48.0] for arm in (CONTROL, RUNNER)]
        for seed in (1, 2, 3)
    ]
    control, treated = np.array(pairs, float).T
    row = found.final.set_index("read_out").loc["new_neurons"]
    assert row["control"] == control.mean()
    assert row["treated"] == treated.mean()
    assert row["difference"] == pytest.approx((treated - control).mean())
    assert row["relative"] == pytest.approx(treated.mean() / control.mean() - 1)
    reach = 4.302653 * (treated - control).std(ddof=1) / math.sqrt(3)  # Student's t, 2 degrees of freedom
    assert row["high"] - row["low"] == pytest.approx(2 * reach, rel=1e-6)


def test_a_comparison_shows_itself_in_one_line(found):
    assert repr(found) == "<Comparison of rest and runner: 3 pairs of twins, 2 days>"


def test_before_the_scenarios_part_twins_are_equal(found):
    start = found.effects[found.effects["day"] == 0].set_index("read_out")
    assert start.loc["n_dcx", "difference"] == 0
    assert start.loc["n_dcx", ["low", "high"]].tolist() == [0, 0]
    assert list(found.effects["day"].unique()) == [0, 1, 2]


def test_what_differs_is_told_and_nothing_else(found):
    entries = found.settings["entry"].tolist()
    assert {"activity[0].kind", "activity[0].distance", "activity[0].end"} <= set(entries)
    assert all(entry.startswith("activity[0].") for entry in entries)
    assert found.settings["rest"].eq("").all()
    assert "10 km/d" in found.settings["runner"].tolist()


def test_the_map_adds_up_to_the_mean_difference(found):
    whole = found.maps["new_neurons"].sum()
    assert whole == pytest.approx(found.final.set_index("read_out").loc["new_neurons", "difference"])
    assert found.maps["bdnf_mean_pg_ml"].mean() > 0


def test_the_page_holds_the_answer(found, tmp_path):
    page = write_compare_page(found, tmp_path / "page.html").read_text()
    assert sentences(found)[0].startswith("New neurons alive at the end of runner: ")
    assert sentences(found)[0].split(" (")[0] in page.replace("&#43;", "+")
    assert "plot-effects" in page
    assert "all counts of cells are those of the patch" in page
    assert "plot-map-0-new_neurons" in page
    assert len(final_table(found)) == found.final["read_out"].nunique()


def test_pairs_are_added_until_the_interval_is_narrow(tmp_path):
    wide = compare(CONTROL, RUNNER, pairs=3, until_halfwidth=0.1, read_out="n_dcx", out=tmp_path, workers=0)
    assert wide.sure
    assert wide.looks["half_width"].iloc[-1] <= 0.1
    first, last = wide.looks["half_width"].iloc[[0, -1]]
    assert len(wide.looks) == 2 or first <= 0.1
    row = wide.final.set_index("read_out").loc["n_dcx"]
    assert (row["relative_high"] - row["relative_low"]) / 2 == pytest.approx(last)
    given_up = compare(CONTROL, RUNNER, pairs=2, until_halfwidth=1e-9, most_pairs=4, out=tmp_path, workers=0)
    assert not given_up.sure
    assert given_up.looks["pairs"].tolist() == [2, 4]


def test_the_second_stage_asks_for_what_the_pilot_says():
    assert statistics.pairs_for(0.05, 0.1, 10) == 40
    assert statistics.pairs_for(0.05, 0.05, 10) == 10
    assert statistics.pairs_for(0.05, math.nan, 2) == math.inf


def test_intervals_hold_the_truth_as_often_as_they_say():
    luck = np.random.default_rng(5)
    own = luck.normal(size=(6, 20_000))
    control, treated = 10 + 2 * own, 13 + 2 * own + luck.normal(size=(6, 20_000))
    plain = statistics.difference(control, treated)
    held = np.mean((plain.low <= 3) & (plain.high >= 3))
    assert held == pytest.approx(0.95, abs=4 * math.sqrt(0.05 * 0.95 / 20_000))
    share = statistics.relative(control, treated)
    assert 0.93 < np.mean((share.low <= 0.3) & (share.high >= 0.3)) < 0.96


@pytest.mark.parametrize("wanted", [0.9, 0.4])
def test_the_interval_holds_although_the_data_decided_how_many_there_are(wanted):
    """Stein's intervals hold; the usual ones, taken at the same numbers of animals, do not."""
    luck, pilot, trials = np.random.default_rng(11), 4, 1500
    held = {"stein": 0, "usual": 0}
    for values in luck.normal(size=(trials, 2000)):
        _, low, high = statistics.mean_of(values[:pilot])
        reached = float((high - low) / 2)
        n = int(np.clip(statistics.pairs_for(wanted, reached, pilot), pilot, 2000))
        for name, interval in (
            ("stein", statistics.mean_of(values[:n], pilot)),
            ("usual", statistics.mean_of(values[:n])),
        ):
            held[name] += bool(interval.low <= 0 <= interval.high)
            assert name == "usual" or n == 2000 or (interval.high - interval.low) / 2 <= wanted * (1 + 1e-9)
    noise = math.sqrt(0.95 * 0.05 / trials)
    assert held["stein"] / trials == pytest.approx(0.95, abs=4 * noise) or held["stein"] / trials > 0.95
    assert held["usual"] < held["stein"]


def test_twins_need_fewer_animals_by_what_they_share():
    luck = np.random.default_rng(2)
    shared = luck.normal(size=(4000, 1))
    control = 10 + 3 * shared
    treated = 12 + 3 * shared + luck.normal(size=(4000, 1))
    need = statistics.animals_needed(control, treated)
    assert need.twins[0] == pytest.approx(1 / 0.2**2, rel=0.1)
    assert need.independent[0] == pytest.approx((9 + 10) / 0.2**2, rel=0.1)
    assert need.gain[0] == pytest.approx(19, rel=0.1)


@pytest.mark.parametrize(
    ("arms", "options", "code"),
    [
        ([CONTROL], {}, "too-few"),
        ([CONTROL, {**CONTROL, "title": "The same again"}], {}, "same"),
        ([CONTROL, {**RUNNER, "duration": "3 d"}], {}, "other-times"),
        ([CONTROL, RUNNER], {"pairs": 1}, "out-of-range"),
        ([CONTROL, RUNNER], {"until_halfwidth": -0.1}, "out-of-range"),
        ([CONTROL, RUNNER], {"read_out": "n_dxc"}, "unknown-column"),
    ],
)
def test_what_cannot_be_compared_is_refused(tmp_path, arms, options, code):
    with pytest.raises(InputError) as refusal:
        compare(*arms, out=tmp_path / "out", workers=0, **options)
    assert refusal.value.code == code
    assert refusal.value.cure
    assert not (tmp_path / "out").exists()


def test_means_of_one_animal_have_no_interval():
    one = statistics.mean_of(np.array([[1.0, 2.0]]))
    assert one.mean.tolist() == [1, 2]
    assert np.isnan(one.low).all()
    assert pd.isna(statistics.relative(np.zeros((3, 1)), np.ones((3, 1))).mean).all()

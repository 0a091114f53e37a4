"""One pulse of BrdU in a sedentary mouse of two months, followed for six weeks, as a biologist would look at it."""

import numpy as np
import pandas as pd
import pytest

from neurogen_abm import run

DAYS = [0, 1, 2, 3, 4, 5, 6, 7, 10, 14, 21, 28, 35, 42]
COUNTS = {
    "all": "BrdU+",
    "low": "EdU+",
    "dcx": "BrdU+ DCX+",
    "neun": "BrdU+ NeuN+",
    "calretinin": "BrdU+ calretinin+",
    "calbindin": "BrdU+ calbindin+",
    "ki67": "BrdU+ Ki67+",
    "pcna": "BrdU+ PCNA+",
    "dead": "died BrdU+",
}


@pytest.fixture(scope="module")
def chase(patch) -> pd.DataFrame:
    """Return counts by day (index) and assay (columns): five patches of 1 mm2, added up, so that shapes are smooth."""
    days = [f"{day} d" for day in DAYS]
    scenario = patch(
        (1000.0, 1000.0),
        duration="42 d",
        outputs={"cadence": "42 d", "cells": False},
        labels=[
            {"agent": "BrdU", "dose": "150 mg/kg", "at": "0 d"},
            {"agent": "EdU", "dose": "41 mg/kg", "at": "0 d"},  # as many moles as 50 mg/kg of BrdU
        ],
        assays=[{"name": name, "count": count, "at": days} for name, count in COUNTS.items()]
        + [{"name": "mitosis", "count": "BrdU+ pHH3+", "from": "0 h", "until": "24 h", "every": "1 h"}],
    )
    tables = [run(scenario, seed=seed).assays for seed in range(1, 6)]
    added = pd.concat(tables).groupby(["name", "time_h"])["count"].sum().unstack("name")
    return added.set_index(added.index / 24.0)


def test_numbers_rise_first_and_fall_to_a_plateau(chase: pd.DataFrame) -> None:
    count = chase["all"].dropna()
    assert count[2] > 1.5 * count[0]
    assert 1 <= count.idxmax() <= 4
    assert count[28] < 0.65 * count.max()
    assert count[42] == pytest.approx(count[35], rel=0.1)
    later = count[count.index >= count.idxmax()]
    assert (np.diff(later) <= 0).all()


def test_what_is_lost_has_died(chase: pd.DataFrame) -> None:
    """At a saturating dose next to nothing is lost by dilution: four divisions and more are rare."""
    count, dead = chase["all"].dropna(), chase["dead"].dropna()
    assert (count.max() - count[42]) <= dead[42]
    assert dead[7] > 0.4 * dead[42]


def test_markers_follow_one_another(chase: pd.DataFrame) -> None:
    share = chase.drop(columns="mitosis").dropna().div(chase["all"].dropna(), axis=0)
    assert share["ki67"][0] > 0.95  # all but those that enter S phase while the label is there
    assert share["ki67"][7] < 0.1
    assert (share["pcna"] >= share["ki67"]).all()
    assert share["pcna"][2] > share["ki67"][2]
    assert share["dcx"][7] > 0.8
    assert share["dcx"][28] < 0.2
    assert share["dcx"][42] < 0.1
    assert share["calretinin"][7] > 0.6
    assert share["calretinin"][42] < 0.1
    assert share["neun"][4] < 0.01
    assert share["neun"][42] > 0.7
    assert share["calbindin"][14] < 0.02
    assert share["calbindin"][42] > 0.7


def test_a_third_of_the_dose_finds_half_the_cells_and_loses_them_sooner(chase: pd.DataFrame) -> None:
    ratio = (chase["low"] / chase["all"]).dropna()
    assert ratio[0] == pytest.approx(0.5, abs=0.1)
    assert ratio[42] < 0.8 * ratio[0]


def test_labelled_cells_are_in_mitosis_eight_hours_later(chase: pd.DataFrame) -> None:
    """The middle of the hours in which half of the largest number or more are found lies at 8 h."""
    hours = chase["mitosis"].dropna()
    hours = hours[hours.index * 24.0 <= 14.0]  # before the second round
    high = hours.index[hours >= hours.max() / 2] * 24.0
    assert (high.min() + high.max()) / 2 == pytest.approx(8.0, abs=1.0)
    assert hours[hours.index * 24.0 < 3].sum() == 0

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurogen_abm.report.figures.survival import (
    cohort_survival,
    kaplan_meier,
    newborn_cells,
    post_mitotic_survival,
    survival_at,
)

# Freireich et al. 1963, 6-mercaptopurine arm, weeks in remission: the textbook example; + is censored
WEEKS = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
RELAPSED = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]


def test_the_estimate_is_that_of_the_textbook():
    curve = kaplan_meier(np.array(WEEKS), np.array(RELAPSED, dtype=bool))
    by_hand = {
        6: 18 / 21,
        7: 18 / 21 * 16 / 17,
        10: 18 / 21 * 16 / 17 * 14 / 15,
        13: 18 / 21 * 16 / 17 * 14 / 15 * 11 / 12,
        22: 18 / 21 * 16 / 17 * 14 / 15 * 11 / 12 * 10 / 11 * 6 / 7,
        23: 18 / 21 * 16 / 17 * 14 / 15 * 11 / 12 * 10 / 11 * 6 / 7 * 5 / 6,
    }
    for week, expected in by_hand.items():
        assert survival_at(curve, week) == pytest.approx(expected, rel=1e-12)
    assert survival_at(curve, 23) == pytest.approx(0.4482, abs=5e-5)  # as printed in textbooks
    assert np.isnan(survival_at(curve, 36))


def test_the_interval_is_greenwoods():
    curve = kaplan_meier(np.array(WEEKS), np.array(RELAPSED, dtype=bool)).set_index("age_d")
    # At week 6: S = 6/7, variance of the log is 3/(21 x 18); limits S^exp(+-1.96 se/|log S|)
    spread = 1.96 * np.sqrt(3 / (21 * 18)) / abs(np.log(6 / 7))
    assert curve.loc[6, "lower"] == pytest.approx((6 / 7) ** np.exp(spread))
    assert curve.loc[6, "upper"] == pytest.approx((6 / 7) ** np.exp(-spread))


def test_without_censoring_it_is_the_fraction_still_alive():
    ages = np.array([1.0, 2.0, 2.0, 5.0])
    curve = kaplan_meier(ages, np.ones(4, dtype=bool))
    assert [survival_at(curve, a) for a in (0, 1, 2, 4.9, 5)] == [1, 0.75, 0.25, 0.25, 0]


def test_a_cohort_without_cells_or_deaths_stays_at_one():
    assert kaplan_meier(np.array([]), np.array([], dtype=bool))["survival"].tolist() == [1]
    assert kaplan_meier(np.array([3.0, 4.0]), np.zeros(2, dtype=bool))["survival"].tolist() == [1, 1]


@pytest.mark.parametrize("ages", [[-1.0], [np.nan], [np.inf]])
def test_impossible_ages_are_refused(ages):
    with pytest.raises(ValueError, match="finite and not negative"):
        kaplan_meier(np.array(ages), np.array([True]))


def test_ages_without_outcomes_are_refused():
    with pytest.raises(ValueError, match="2 ages but 1 outcomes"):
        kaplan_meier(np.array([1.0, 2.0]), np.array([True]))


@given(st.lists(st.tuples(st.integers(0, 60), st.booleans()), min_size=1, max_size=200))
def test_survival_never_rises_and_lies_within_its_interval(cells):
    ages, died = (np.array(column) for column in zip(*cells, strict=True))
    curve = kaplan_meier(ages.astype(float), died.astype(bool))
    assert curve["survival"].is_monotonic_decreasing
    assert curve["survival"].between(0, 1).all()
    assert (curve["lower"] <= curve["survival"] + 1e-12).all()
    assert (curve["survival"] <= curve["upper"] + 1e-12).all()
    assert curve["deaths"].sum() == died.sum()


def register(**columns):
    defaults = {"mother": 1, "birth_state": "type_2a", "state": "immature_early", "end_h": np.nan, "cause": "alive"}
    n = len(columns["birth_h"])
    return pd.DataFrame({**{k: [v] * n for k, v in defaults.items()}, **columns})


def test_founders_stem_cells_and_earlier_births_are_no_newborn_cells():
    cells = register(
        birth_h=[-5, 10, 10, 10], mother=[1, 0, 1, 1], birth_state=["type_2a", "type_2a", "resting", "type_2a"]
    )
    newborn = newborn_cells(cells, 58.0)
    assert len(newborn) == 1
    assert newborn.iloc[0].to_dict() == {
        "birth_day": 0,
        "age_d": 2.0,
        "died": False,
        "divided": False,
        "cycling": False,
    }


def test_a_dividing_cell_is_censored_and_not_dead():
    cells = register(birth_h=[0, 0, 0], end_h=[24, 24, np.nan], cause=["division", "apoptosis", "alive"])
    newborn = newborn_cells(cells, 96.0)
    whole = kaplan_meier(newborn["age_d"].to_numpy(), newborn["died"].to_numpy())
    assert survival_at(whole, 4) == pytest.approx(2 / 3)
    assert survival_at(post_mitotic_survival(newborn), 4) == pytest.approx(1 / 2)


def test_a_cell_still_in_cycle_has_no_last_division_yet():
    cells = register(
        birth_h=[0, 0], state=["type_3", "immature_early"], end_h=[np.nan, 24], cause=["alive", "apoptosis"]
    )
    assert survival_at(post_mitotic_survival(newborn_cells(cells, 96.0)), 1) == 0


def test_cohorts_are_followed_apart_and_small_ones_left_out():
    newborn = pd.DataFrame(
        {"birth_day": [0] * 10 + [1] * 10 + [2] * 3, "age_d": [5.0] * 23, "died": [True] * 5 + [False] * 18}
    )
    curves = cohort_survival(newborn, smallest=10)
    ends = curves.groupby("birth_day")["survival"].last()
    assert ends.to_dict() == {0: 0.5, 1: 1.0}


def test_the_made_run_shows_its_known_hazard(running):
    newborn = newborn_cells(running.cells, running.series["time_h"].max())
    plateau = survival_at(post_mitotic_survival(newborn), 28)
    assert 0.2 < plateau < 0.45

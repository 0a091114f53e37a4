import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurogen_abm.model import NeurogenesisModel
from neurogen_abm.report.figures.survival import (
    cohort_survival,
    kaplan_meier,
    newborn_neurons,
    survival_at,
    survival_of,
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
    defaults = {"birth_state": "immature_early", "end_h": np.nan, "cause": "alive"}
    n = len(columns["birth_h"])
    return pd.DataFrame({**{k: [v] * n for k, v in defaults.items()}, **columns})


def test_founders_stem_cells_progenitors_and_earlier_births_are_no_newborn_neurons():
    states = ["immature_early", "resting", "type_2a", "type_3", "astrocyte", "immature_early"]
    newborn = newborn_neurons(register(birth_h=[-5, 10, 10, 10, 10, 10], birth_state=states), 58.0)
    assert newborn.to_dict("records") == [{"birth_day": 0, "age_d": 2.0, "died": False}]


def test_division_is_no_way_out_of_a_cohort():
    """Cells that divide first and never die before, at any rate of division, leave the curve of neurons where it is.

    A known answer: neurons die at 0.2 a day, so that exp(-0.8) of them live after four days; among 20,000 the share
    has a standard error of 0.0035. With dividing cells censored among them the curve read 0.64.
    """
    rng = np.random.default_rng(11)
    n = 20_000
    dies_h = 24 * rng.exponential(1 / 0.2, n)
    neurons = register(
        birth_h=np.zeros(n),
        end_h=np.where(dies_h < 720, dies_h, np.nan),
        cause=np.where(dies_h < 720, "apoptosis", "alive"),
    )
    divides_h = 24 * rng.exponential(3.0, n)
    dividing = register(birth_h=np.zeros(n), birth_state="type_2a", end_h=divides_h, cause="division")
    both = newborn_neurons(pd.concat([neurons, dividing], ignore_index=True), 720.0)
    assert survival_at(survival_of(both), 4) == pytest.approx(np.exp(-0.8), abs=4.5 * 0.0035)


def test_neurons_of_two_days_followed_one_by_one(patch):
    """Older adults: neurons that are met in the first two days, hour by hour, and how many are still met later.

    An age is known to the hour, so that the curve an hour earlier and an hour later hold what was found.
    """
    model = NeurogenesisModel(patch((1500.0, 850.0), age="52 wk", duration="8 d"))
    before = set(model.histology.cells("neuron").tolist())
    met_h: dict[int, float] = {}
    last_h: dict[int, float] = {}
    for _ in range(8 * 24):
        model.step()
        for cell in set(model.histology.cells("neuron").tolist()) - before:
            met_h.setdefault(cell, model.world.time_h)
            last_h[cell] = model.world.time_h
    lived_d = np.array([(last_h[cell] + 1 - born_h) / 24 for cell, born_h in met_h.items() if born_h <= 48.0])
    newborn = newborn_neurons(model.cells_frame(), model.world.time_h)
    curve = survival_of(newborn[newborn["birth_day"] < 2])
    assert len(lived_d) > 100
    assert (lived_d < 4).mean() > 0.2
    for day in (1, 2, 3, 4, 5):
        low, high = survival_at(curve, day + 1 / 24), survival_at(curve, day - 1 / 24)
        assert low - 1e-9 <= (lived_d > day).mean() <= high + 1e-9


def test_cohorts_are_followed_apart_and_small_ones_left_out():
    newborn = pd.DataFrame(
        {"birth_day": [0] * 10 + [1] * 10 + [2] * 3, "age_d": [5.0] * 23, "died": [True] * 5 + [False] * 18}
    )
    curves = cohort_survival(newborn, smallest=10)
    ends = curves.groupby("birth_day")["survival"].last()
    assert ends.to_dict() == {0: 0.5, 1: 1.0}


def test_the_made_run_shows_its_known_hazard(running):
    newborn = newborn_neurons(running.cells, running.series["time_h"].max())
    plateau = survival_at(survival_of(newborn), 28)
    assert 0.2 < plateau < 0.45

"""What the model must show, measured on animals: running, ageing, newborn cells, the control pathway, the step.

The fast tests live on a patch of about a third of the gyrus and few seeds; the slow ones on whole gyri and eight seeds.
Bounds are those asked of the model, never those it happens to meet.
"""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from neurogen_abm.model import NeurogenesisModel

PATCH = (2000.0, 1000.0)
SEEDS = (1, 2, 3)
WHOLE_SEEDS = range(1, 9)
MONTH_D = 30.4375
SEDENTARY_FROM_D = 35.0


def _at(series: pd.DataFrame, day: float) -> pd.Series:
    return series[series["day"] == day].iloc[0]


def _daily(series: pd.DataFrame, column: str) -> Any:
    """Return the mean of a column over each day of the run, the first day first."""
    return series.iloc[1:].groupby(np.ceil(series["day"].iloc[1:]))[column].mean()


class Twins:
    """Runners and their sedentary twins, one pair a seed."""

    def __init__(self, pairs: list[tuple[pd.DataFrame, pd.DataFrame]]) -> None:
        self.pairs = pairs

    def ratio(self, column: str, day: float) -> float:
        """Return the mean over pairs of runner over sedentary at the end of a day."""
        return float(np.mean([_at(run, day)[column] / _at(rest, day)[column] for run, rest in self.pairs]))

    def daily_ratio(self, column: str) -> Any:
        """Return runner over sedentary by day, both summed over pairs."""
        run, rest = (sum(_daily(pair[k], column) for pair in self.pairs) for k in (0, 1))
        return run / rest


@pytest.fixture(scope="module")
def twins(lived) -> Twins:
    """Return pairs on a patch, 32 days from 8 weeks of age."""
    return Twins(
        [
            tuple(lived(PATCH, running=running, duration="32 d", seed=seed).series_frame() for running in (True, False))
            for seed in SEEDS
        ]
    )


@pytest.fixture(scope="module")
def whole_twins() -> Twins:
    """Return eight pairs of whole gyri, 32 days from 8 weeks of age, 7 km a day."""

    def series(seed: int, **overrides: Any) -> pd.DataFrame:
        model = NeurogenesisModel("mouse_generated_running", seed=seed, duration="32 d", **overrides)
        model.run_model()
        return model.series_frame()

    return Twins([(series(seed), series(seed, activity=[])) for seed in WHOLE_SEEDS])


# Running


def _check_running(pairs: Twins) -> None:
    assert 1.5 <= pairs.ratio("new_neurons", 28.0) <= 2.5


def _check_raised(pairs: Twins) -> None:
    """In the first two weeks; most of it is gone after four."""
    by_day = pairs.daily_ratio("n_ki67")
    assert by_day.loc[3:14].min() > 1.0
    assert 0.80 <= by_day.loc[28:32].mean() < 1.0 + (by_day.loc[3:14].max() - 1.0) / 2.0


def _check_back(pairs: Twins) -> None:
    assert 0.80 <= pairs.daily_ratio("n_ki67").loc[28:32].mean() <= 1.25


# Asked of the model and missed by the standard mechanisms, which leave 1.33 on the patch; without them it is met. What
# they win elsewhere is set against it in docs/decisions/0020. Strict: a model that meets it is told to say so.
missed = pytest.mark.xfail(strict=True, reason="loss of gain leaves runners a third above control after four weeks")


def test_a_runner_keeps_one_and_a_half_to_two_and_a_half_times_as_many_new_neurons(twins):
    _check_running(twins)


def test_proliferation_is_raised_in_the_first_two_weeks_and_mostly_back_after_four(twins):
    _check_raised(twins)


@missed
def test_proliferation_is_back_after_four_weeks(twins):
    _check_back(twins)


@pytest.mark.slow
def test_proliferation_is_back_after_four_weeks_without_mechanisms(lived):
    pairs = [
        tuple(
            lived(PATCH, running=running, duration="32 d", seed=seed, mechanisms=()).series_frame()
            for running in (True, False)
        )
        for seed in SEEDS
    ]
    _check_raised(Twins(pairs))
    _check_back(Twins(pairs))


@pytest.mark.slow
def test_whole_gyri_keep_one_and_a_half_to_two_and_a_half_times_as_many_new_neurons(whole_twins):
    _check_running(whole_twins)


@pytest.mark.slow
def test_proliferation_in_whole_gyri_is_raised_in_the_first_two_weeks_and_mostly_back_after_four(whole_twins):
    _check_raised(whole_twins)


@missed
@pytest.mark.slow
def test_proliferation_in_whole_gyri_is_back_after_four_weeks(whole_twins):
    _check_back(whole_twins)


def test_at_the_measured_permeability_running_does_nothing(lived):
    run, rest = (
        sum(
            _at(
                lived(PATCH, running=running, duration="28 d", seed=seed, pathway="measured_barrier").series_frame(),
                28.0,
            )["new_neurons"]
            for seed in SEEDS
        )
        for running in (True, False)
    )
    assert 0.95 <= run / rest <= 1.05


# Ageing


@pytest.fixture(scope="module")
def life(patch) -> NeurogenesisModel:
    """Return a sedentary mouse that has lived from 5 weeks to 25 months on a patch."""
    model = NeurogenesisModel(patch(PATCH, age="5 wk", duration="730 d", outputs={"cadence": "24 h"}))
    model.run_model()
    return model


@pytest.fixture(scope="module")
def born(life) -> pd.DataFrame:
    """Return the register of that mouse with the age of the animal at birth, days."""
    cells = life.cells_frame()
    return cells.assign(age_d=cells["birth_h"] / 24.0 + SEDENTARY_FROM_D)


def _made(born: pd.DataFrame, age_d: float, days: float = 28.0) -> tuple[int, int]:
    """Return how many cells were born in the days from an age on, and how many neurons of them live at their end."""
    cohort = born[born["age_d"].between(age_d, age_d + days)]
    end_h = (age_d + days - SEDENTARY_FROM_D) * 24.0
    neurons = cohort[cohort["birth_state"] == "immature_early"]
    return len(cohort), int((neurons["end_h"].isna() | (neurons["end_h"] > end_h)).sum())


def _survivors(born: pd.DataFrame, age_d: float) -> int:
    """Return how many neurons were born in the 30 days from an age on and lived four weeks more."""
    neurons = born[born["age_d"].between(age_d, age_d + 30.0) & (born["birth_state"] == "immature_early")]
    end_h = (age_d + 58.0 - SEDENTARY_FROM_D) * 24.0
    return int((neurons["end_h"].isna() | (neurons["end_h"] > end_h)).sum())


def test_neuron_production_at_eight_months_is_a_fifth_of_that_at_two(born):
    assert 0.12 <= _survivors(born, 8 * MONTH_D) / _survivors(born, 2 * MONTH_D) <= 0.33


def test_new_cells_at_two_years_are_about_a_sixth_of_those_at_six_weeks(born):
    assert 0.08 <= _made(born, 24 * MONTH_D - 14.0)[0] / _made(born, 42.0 - 7.0)[0] <= 0.30


def _young_share(life: NeurogenesisModel, born: pd.DataFrame, age_d: float) -> float:
    """Return the share of granule cells that are neurons of 4 to 8 weeks, the functionally distinct ones."""
    series = life.series_frame()
    row = series.iloc[(series["age_d"] - age_d).abs().argmin()]
    granule = row["granule_background"] + row[["n_immature_late", "n_maturing", "n_mature"]].sum()
    young = born[(born["birth_state"] == "immature_early") & born["age_d"].between(age_d - 56.0, age_d - 28.0)]
    alive = young["end_h"].isna() | (young["end_h"] > (age_d - SEDENTARY_FROM_D) * 24.0)
    return float(alive.sum() / granule)


def test_young_neurons_are_a_few_per_cent_of_granule_cells_and_fewer_in_the_old(life, born):
    assert 0.02 <= _young_share(life, born, 3 * MONTH_D) <= 0.04
    assert _young_share(life, born, 12 * MONTH_D) < 0.01
    assert _young_share(life, born, 20 * MONTH_D) < 0.005


# The life of a newborn cell


@pytest.fixture(scope="module")
def neurons(born) -> pd.DataFrame:
    """Return neurons born from 8 to 16 weeks of age, each with the days from its last division to its death, or NaN."""
    cohort = born[(born["birth_state"] == "immature_early") & born["age_d"].between(56.0, 112.0)]
    return cohort.assign(death_d=(cohort["end_h"] - cohort["birth_h"]) / 24.0)


def test_most_of_those_that_die_do_so_on_days_one_to_four(neurons):
    deaths = neurons["death_d"].dropna()
    assert len(deaths) > 1000
    by_day = np.histogram(deaths, bins=np.arange(0.0, 43.0, 1.0))[0]
    # No other window of three days kills as many, and the first day kills almost none.
    windows = np.convolve(by_day, np.ones(3), "valid")
    assert windows.argmax() == 1
    assert by_day[0] < 0.02 * len(deaths)
    assert deaths.between(1.0, 4.0).sum() > 0.5 * len(deaths)


def test_those_alive_at_six_weeks_stay(neurons):
    at_six_weeks = neurons[~(neurons["death_d"] < 42.0)]
    assert len(at_six_weeks) > 1000
    assert (at_six_weeks["death_d"] < 112.0).mean() < 0.02


def test_the_last_dividing_cell_of_a_cohort_is_gone_by_about_day_four_in_the_median(born):
    # A birth cohort: the first-generation progenitors of a stem cell's division, and what they become.
    first = born[(born["generation"] == 1) & born["age_d"].between(56.0, 84.0)]
    divided = born[born["cause"] == "division"].set_index("id")["end_h"]
    children = born.groupby("mother")["id"].apply(list)

    def last_division(cell: int) -> float:
        if cell not in divided.index:
            return -np.inf
        return max(divided[cell], *(last_division(child) for child in children.get(cell, [])))

    ends = first["id"].map(last_division).to_numpy()
    days = (ends - first["birth_h"].to_numpy())[np.isfinite(ends)] / 24.0
    assert len(days) > 300
    assert 2.5 <= np.median(days) <= 5.5


# The step


def _cumulative(model: NeurogenesisModel) -> pd.Series:
    return model.series_frame().iloc[-1][["births", "deaths", "integrated"]]


def test_half_the_step_gives_the_same_animal(lived):
    whole, half = (
        sum(_cumulative(lived(PATCH, running=True, duration="28 d", seed=s, step=step)) for s in SEEDS)
        for step in ("1 h", "30 min")
    )
    np.testing.assert_allclose(half.to_numpy(float), whole.to_numpy(float), rtol=0.02)


@pytest.mark.slow
def test_half_the_step_gives_the_same_whole_gyrus():
    ends = []
    for step in ("1 h", "30 min"):
        model = NeurogenesisModel("mouse_generated_running", step=step)
        model.run_model()
        ends.append(_cumulative(model).to_numpy(float))
    np.testing.assert_allclose(ends[1], ends[0], rtol=0.02)

"""What the rat must show: production, survival, maturation, growth, ageing and running, measured on patches.

Bounds are those of the papers, or a fifth below and a quarter above the figure that was read; what cannot be met
together stands in docs/calibration.md.
"""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from neurogen_abm.model import NeurogenesisModel
from neurogen_abm.spec.catalogue import load_catalogue

PATCH = (2000.0, 1000.0)
SEEDS = (1, 2)
MONTH_D = 30.4375
FIRST_D = 31.0
WHEEL = [{"kind": "wheel", "distance": "2.8 km/d"}]  # kodali2016: 78 km in 28 d
GRANULE = ["granule_background", "n_immature_late", "n_maturing", "n_mature"]


@pytest.fixture(scope="module")
def live(patch) -> Any:
    """Return a function that lives a rat, or another species, on the patch to the end of its run."""

    def run(**changes: Any) -> NeurogenesisModel:
        model = NeurogenesisModel(patch(PATCH, **({"species": "rat", "sex": "male"} | changes)))
        model.run_model()
        return model

    return run


def _at(series: pd.DataFrame, columns: Any, age_d: float) -> float:
    return float(np.sum(series.iloc[(series["age_d"] - age_d).abs().argmin()][columns]))


def _divisions(series: pd.DataFrame, age_d: float, days: float = 28.0) -> float:
    """Return divisions a day around an age; each leaves one cell more."""
    columns = ["stem_divisions", "progenitor_divisions"]
    return (_at(series, columns, age_d + days / 2) - _at(series, columns, age_d - days / 2)) / days


def _share_of_gyrus() -> float:
    value = load_catalogue("rat").value
    sheet = value("anatomy.sheet_septotemporal", "um") * value("anatomy.sheet_transverse", "um")
    return PATCH[0] * PATCH[1] / float(sheet)


# A sedentary life


@pytest.fixture(scope="module")
def life(live) -> NeurogenesisModel:
    """Return a sedentary rat that has lived from 1 to 14 months."""
    return live(age=f"{FIRST_D:g} d", duration="395 d", outputs={"cadence": "24 h"})


def test_a_young_rat_makes_nine_thousand_cells_a_day_in_two_gyri(life):
    assert 0.8 * 9_000 <= 2 * _divisions(life.series_frame(), 70.0) / _share_of_gyrus() <= 1.25 * 9_000


def test_it_has_one_point_two_million_granule_cells_in_one(life):
    assert _at(life.series_frame(), GRANULE, 70.0) / _share_of_gyrus() == pytest.approx(1.2e6, rel=0.05)


def test_granule_cells_grow_by_a_third_or_more_in_the_first_year(life):
    series = life.series_frame()
    growth = _at(series, GRANULE, 365.0) / _at(series, GRANULE, FIRST_D)
    assert 1.30 <= growth <= 1.43  # bayer1982: 1.35-1.43; a single patch scatters by 0.01


def test_new_cells_at_thirteen_months_are_about_half_of_those_at_seven(life):
    series = life.series_frame()
    assert 0.8 * 0.6 <= _divisions(series, 13 * MONTH_D) / _divisions(series, 7 * MONTH_D) <= 1.25 * 0.6


def test_the_pool_of_boutons_is_what_the_young_need(life):
    rivals = _at(life.series_frame(), ["n_immature_late", "n_maturing"], 105.0) / (PATCH[0] * PATCH[1])
    assert rivals == pytest.approx(load_catalogue("rat").value("lineage.integration.pool", "1/um**2"), rel=0.1)


@pytest.mark.slow
def test_new_cells_at_two_years_are_less_than_a_fifth_of_those_at_seven_months(live):
    ratios = []
    for seed in range(1, 5):
        series = live(age=f"{FIRST_D:g} d", duration="735 d", seed=seed, outputs={"cadence": "24 h"}).series_frame()
        ratios.append(_divisions(series, 24.5 * MONTH_D) / _divisions(series, 7 * MONTH_D))
    assert np.mean(ratios) < 0.25  # bizon2003: below 0.2 at 25 months; 0.19 was found when it was fitted


# The life of a newborn cell


@pytest.fixture(scope="module")
def pulses(live) -> dict[str, pd.Series]:
    """Return cells labelled by a saturating pulse at 10 weeks, by day, summed over seeds; rat and mouse."""

    def counted(species: str, dose: str) -> pd.Series:
        frames = [
            live(
                species=species,
                age="10 wk",
                duration="28 d",
                seed=seed,
                labels=[{"agent": "BrdU", "dose": dose, "at": "0 d"}],
                assays=[
                    {"name": "all", "count": "BrdU+", "at": ["7 d", "28 d"]},
                    {"name": "mature", "count": "BrdU+ calbindin+", "at": ["21 d", "28 d"]},
                ],
            ).assays_frame()
            for seed in SEEDS
        ]
        return pd.concat(frames).groupby(["name", "day"])["count"].sum()

    return {"rat": counted("rat", "300 mg/kg"), "mouse": counted("mouse", "150 mg/kg")}


def _lost(counted: pd.Series) -> float:
    return float(1 - counted["all", 28.0] / counted["all", 7.0])


def test_a_rat_loses_about_two_fifths_of_week_old_cells_by_the_fourth_week_and_a_mouse_more(pulses):
    assert 0.27 <= _lost(pulses["rat"]) <= 1.25 * 0.4  # 0.8 x 0.4, and so few cells scatter by 0.03
    assert _lost(pulses["mouse"]) > _lost(pulses["rat"])


def test_calbindin_comes_a_week_or_two_before_the_mouse_s(pulses):
    assert pulses["rat"]["mature", 21.0] > pulses["mouse"]["mature", 28.0]


def test_about_twice_as_many_neurons_live_on_as_in_the_mouse(life, live):
    def survival(model: NeurogenesisModel) -> float:
        born = model.cells_frame()
        age_d = born["birth_h"] / 24.0 + FIRST_D
        neurons = born[(born["birth_state"] == "immature_early") & age_d.between(56.0, 100.0)]
        assert len(neurons) > 1000
        return float(1 - ((neurons["end_h"] - neurons["birth_h"]) / 24.0 < 45.0).mean())

    mouse = live(species="mouse", age=f"{FIRST_D:g} d", duration="115 d")
    assert 0.8 * 2 <= survival(life) / survival(mouse) <= 1.25 * 2


# Running


@pytest.fixture(scope="module")
def twins(live) -> list[tuple[pd.DataFrame, pd.DataFrame]]:
    """Return runners and their sedentary twins from 8 weeks of age, eight weeks long."""
    return [
        tuple(live(duration="56 d", seed=seed, activity=activity).series_frame() for activity in (WHEEL, []))
        for seed in SEEDS
    ]


def _ratio(twins: list[tuple[pd.DataFrame, pd.DataFrame]], column: str, day: int, days: int = 1) -> float:
    """Return runner over sedentary twin on average over the days that end with this one."""

    def mean(series: pd.DataFrame) -> float:
        return float(series[(series["day"] > day - days) & (series["day"] <= day)][column].mean())

    return float(np.mean([mean(run) / mean(rest) for run, rest in twins]))


def test_running_rats_have_one_and_a_half_to_twice_the_new_neurons_after_four_weeks(twins):
    """kodali2016: 1.5 to 2.1 by measure."""
    assert 1.4 <= _ratio(twins, "new_neurons", 28) <= 2.2
    assert 1.4 <= _ratio(twins, "n_dcx", 28) <= 2.2


def test_proliferation_is_nearly_doubled_after_two_weeks(twins):
    """eadie2005: almost twice."""
    assert 1.5 <= _ratio(twins, "n_ki67", 14, days=3) <= 2.4


def test_proliferation_is_still_raised_after_eight_weeks(twins):
    """patten2013: raised at 56 d; young neurons not before the second week."""
    assert _ratio(twins, "n_ki67", 56, days=7) > 1.2
    assert _ratio(twins, "n_dcx", 3) < 1.1 < _ratio(twins, "n_dcx", 14)


def test_at_the_measured_permeability_running_does_nothing(live):
    run, rest = (
        live(duration="28 d", activity=activity, pathway="measured_barrier").series_frame() for activity in (WHEEL, [])
    )
    assert 0.9 <= _at(run, ["new_neurons"], 84.0) / _at(rest, ["new_neurons"], 84.0) <= 1.1


def test_a_treadmill_raises_blood_and_niche_for_its_hour(live):
    block = {"kind": "treadmill", "speed": "10 m/min", "session": "60 min", "clock": "10:00"}
    session = live(duration="2 d", activity=[block]).series_frame()
    plasma = session["bdnf_plasma_pg_ml"] / load_catalogue("rat").value("physiology.circulation.plasma_rest", "pg/mL")
    assert 1.05 < plasma.max() < 2.0
    assert plasma.iloc[-1] == pytest.approx(1.0, abs=1e-3)
    assert session["bdnf_niche_pg_ml"].max() > 1.05 * session["bdnf_niche_pg_ml"].iloc[0]
    assert session["distance_km"].iloc[-1] == pytest.approx(1.2)

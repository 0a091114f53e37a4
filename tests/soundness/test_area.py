"""Twice the tissue has twice the cells, and the same levels: nothing is a matter of the size of a patch."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from neurogen_abm import run
from neurogen_abm.spec.scenario.scenario import prepare

COUNTS = (
    "n_dormant",
    "n_resting",
    "n_immature_late",
    "n_maturing",
    "n_mature",
    "n_dcx",
    "granule_background",
)
ANIMALS = 12


@pytest.fixture(scope="module")
def lived() -> dict[int, pd.DataFrame]:
    """Return the last rows of animals with patches of 0.3 and 0.6 mm by 0.2 mm, by the length in micrometres."""
    day = prepare("mouse_sedentary", changes={"duration": "1 d", "outputs": {"cells": False}})

    def row(length: int, seed: int) -> pd.Series:
        sides = {"tissue": {"septotemporal": f"{length} um", "transverse": "200 um"}}
        return run(day, seed=seed, overrides=sides).series.iloc[-1]

    return {length: pd.DataFrame([row(length, seed) for seed in range(1, ANIMALS + 1)]) for length in (300, 600)}


@pytest.mark.parametrize("name", COUNTS)
def test_twice_the_area_has_twice_the_cells(lived, name):
    """Welch's test, one in a million for each of seven counts, 1 in 140,000 together, as far as counts are normal."""
    small, large = (lived[length][name].to_numpy(float) for length in (300, 600))
    assert stats.ttest_ind(2.0 * small, large, equal_var=False).pvalue > 1e-6
    assert stats.ttest_ind(small, large, equal_var=False).pvalue < 1e-3  # what would be seen were they no more


def test_twice_the_area_has_the_same_levels(lived):
    """The mean of the niche is that of its field at rest, whatever capillaries there are."""
    np.testing.assert_allclose(lived[600]["bdnf_niche_pg_ml"].mean(), lived[300]["bdnf_niche_pg_ml"].mean(), rtol=1e-3)
    assert (lived[600]["bdnf_plasma_pg_ml"].to_numpy() == lived[300]["bdnf_plasma_pg_ml"].to_numpy()).all()

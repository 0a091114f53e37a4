"""Studies with single animals: whether the model lies inside the interval of the animals, on the card as a table."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from neurogen_abm.experiments.studies.single_animals import inside_animals
from neurogen_abm.experiments.studies.study import plans_of
from tests.experiments.test_design import real


def card(**simulated: float) -> pd.DataFrame:
    rows = [
        {"model": "agents", "study": "akers2014_course", "expectation": f"runner, ki67, day {day}, over sedentary",
         "role": "test", "pathway": "circulating", "published": 1.0, "simulated": simulated[f"day_{day}"]}
        for day in (3, 7)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def test_the_interval_is_that_of_the_animals() -> None:
    """Ki67 of Akers et al. on day 3, from the eight animals of each group themselves, by Welch on the logarithm."""
    plans = plans_of(["akers2014_course", "clark2010"])
    found = inside_animals(card(day_3=1.3, day_7=1.3), plans)
    assert list(found["inside"]) == [True, False]
    ran, sat = (np.exp(values) for values in real("ki67", 3))
    parts = [(values.std(ddof=1) / values.mean()) ** 2 / len(values) for values in (ran, sat)]
    freedom = sum(parts) ** 2 / sum(part**2 / (len(ran) - 1) for part in parts)
    reach = stats.t.ppf(0.975, freedom) * math.sqrt(sum(parts))
    middle = math.log(ran.mean() / sat.mean())
    assert np.log(found.loc[0, ["low", "high"]].to_list()) == pytest.approx([middle - reach, middle + reach], abs=0.01)


def test_studies_without_single_animals_are_not_in_it() -> None:
    assert inside_animals(card(day_3=1.3, day_7=1.3), plans_of(["clark2010"])).empty

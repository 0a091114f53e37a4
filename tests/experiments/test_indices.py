"""Sensitivity indices of functions whose indices are known, and stochastic variation whose shares are known."""

import numpy as np
import pytest
from SALib.sample import morris as morris_design
from SALib.sample import sobol as sobol_design

from neurogen_abm.errors import InputError
from neurogen_abm.experiments.sweep.indices import indices, stochastic_shares

NAMES = ("x1", "x2", "x3")
PROBLEM = {"num_vars": 3, "names": list(NAMES), "bounds": [[0.0, 1.0]] * 3}


def ishigami(unit):
    """Ishigami & Homma 1990 with a = 7, b = 0.1, on numbers from 0 to 1."""
    x = np.pi * (2 * unit - 1)
    return np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


def sobol_points(n):
    return sobol_design.sample(PROBLEM, n, calc_second_order=False, seed=3)


def test_ishigami_lies_within_its_intervals():
    points = sobol_points(1024)
    table = indices("sobol", NAMES, points, ishigami(points)).set_index("name")
    for name, first, total in (("x1", 0.3139, 0.5576), ("x2", 0.4424, 0.4424), ("x3", 0.0, 0.2437)):
        assert abs(table.loc[name, "first"] - first) <= table.loc[name, "first_error"]
        assert abs(table.loc[name, "total"] - total) <= table.loc[name, "total_error"]
    assert (table["total_error"] < 0.1).all()


def test_a_block_with_a_failed_run_is_left_out_whole():
    points = sobol_points(512)
    values = ishigami(points)
    holed = values.copy()
    holed[[7, 8, 300]] = np.nan  # two blocks of five
    kept = np.ones(len(values), dtype=bool)
    kept[5:10] = kept[300:305] = False
    assert indices("sobol", NAMES, points, holed).equals(indices("sobol", NAMES, points[kept], values[kept]))
    with pytest.raises(InputError, match="4 are needed"):
        indices("sobol", NAMES, points, np.full(len(values), np.nan))
    with pytest.raises(InputError, match="not a complete sobol design"):
        indices("sobol", NAMES, points[:-1], values[:-1])


def test_elementary_effects_of_a_straight_line_are_its_slopes():
    points = morris_design.sample(PROBLEM, 20, seed=5)
    values = 4 * points[:, 0] - 2 * points[:, 1]
    table = indices("morris", NAMES, points, values).set_index("name")
    assert table["size"].to_list() == pytest.approx([4.0, 2.0, 0.0])
    assert table["mean"].to_list() == pytest.approx([4.0, -2.0, 0.0])
    assert table["bend"].to_list() == pytest.approx([0.0, 0.0, 0.0], abs=1e-9)
    curved = indices("morris", NAMES, points, ishigami(points)).set_index("name")
    assert curved["bend"].min() > 1.0


def test_a_read_out_that_never_changes_has_no_indices():
    points = sobol_points(8)
    assert (indices("sobol", NAMES, points, np.full(len(points), 3.0)).set_index("name") == 0).all(axis=None)


def test_luck_is_split_into_what_twins_share_and_what_they_do_not():
    draws = np.random.default_rng(11)
    numbers = draws.normal(0, 3, (4000, 1))
    table = numbers + draws.normal(0, 2, (1, 40)) + draws.normal(0, 1, (4000, 40))
    found = stochastic_shares(table)
    assert found.parameters + found.common + found.own == pytest.approx(1.0)
    assert found.own == pytest.approx(1 / 14, rel=0.25)
    assert found.parameters == pytest.approx(9 / 14, rel=0.25)
    assert found.blur == pytest.approx((1 / 40) / (9 + 1 / 40), rel=0.1)
    shifted = stochastic_shares(table + 100 * np.arange(40))  # what all points share cancels out of the comparison
    assert shifted.blur == pytest.approx(found.blur)
    assert shifted.common > 0.9
    assert np.isnan(stochastic_shares(table[:, :1]).own)
    table[5] = np.nan
    assert stochastic_shares(table).own == pytest.approx(found.own, rel=0.01)


def test_what_each_animal_has_of_its_own_is_nothing_in_common():
    """Chance of 4 points and 3000 seeds: means over so few points vary by a quarter of it, and none of that is common.

    The estimate is normal about 0 with a standard error of sqrt(2 / 3000) / 4 = 0.0065: a false alarm below 1e-4.
    """
    found = stochastic_shares(np.random.default_rng(5).normal(size=(4, 3000)))
    assert found.common < 0.026
    assert found.own > 0.95

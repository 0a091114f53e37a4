"""Where two tables first differ, on tables whose answer is known."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurogen_abm.trust.tables import DIFFERENT, IDENTICAL, WITHIN, compared


def table() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "time_h": np.arange(6.0),
            "n": np.arange(6),
            "level": np.linspace(1.0, 2.0, 6),
            "place": np.linspace(1.0, 2.0, 6).astype("float32"),
            "name": pd.Categorical(list("abcabc")),
            "end": [1.0, np.nan, 2.0, np.nan, 3.0, 4.0],
        }
    )


def test_a_table_is_identical_to_itself_whatever_is_missing_in_it():
    found = compared("a", table(), table(), 0.0)
    assert (found["verdict"], found["row"], found["columns"], found["largest"]) == (IDENTICAL, None, "", 0.0)


OTHER = {"time_h": 99.0, "n": 99, "level": 99.0, "place": 99.0, "name": "c", "end": 99.0}


@given(st.integers(0, 5), st.sampled_from(sorted(OTHER)), st.integers(0, 5))
def test_one_changed_cell_is_told_by_row_and_column(row, column, later):
    then, now = table(), table()
    if then[column].iloc[row] == OTHER[column]:
        return
    now.loc[row, column] = OTHER[column]
    if later > row:
        now.loc[later, "n"] = 98
    found = compared("a", then, now, 1e6)
    assert (found["verdict"], found["row"], found["column"]) == (DIFFERENT, row, column)
    assert found["again"] == OTHER[column]
    assert f"Row {row} (" in found["says"]
    assert f", {column}: stored " in found["says"]


@pytest.mark.parametrize(("column", "kind"), [("level", "float64"), ("place", "float32")])
def test_the_tolerance_is_so_many_units_of_rounding_of_the_type(column, kind):
    then, now = table(), table()
    unit = float(np.finfo(kind).eps)
    now[column] = (now[column] * (1 + 40 * unit)).astype(kind)
    assert compared("a", then, now, 41.0)["verdict"] == WITHIN
    found = compared("a", then, now, 38.0)
    assert found["verdict"] == DIFFERENT
    assert found["largest"] == pytest.approx(40 * unit, rel=0.1)


def test_of_two_types_the_coarser_decides_and_a_difference_is_a_share_of_the_largest_of_both():
    then, now = table(), table()
    now["place"] = then["place"].astype("float64") * (1 + 3e-8)
    assert compared("a", then, now, 1.0)["verdict"] == compared("a", now, then, 1.0)["verdict"] == WITHIN
    now = table()
    now.loc[5, "level"] = 8.0
    assert compared("a", then, now, 0.0)["largest"] == compared("a", now, then, 0.0)["largest"] == 6.0 / 8.0


def test_whole_numbers_and_names_have_no_tolerance():
    for column, value in (("n", 4), ("name", "a")):
        then, now = table(), table()
        now.loc[5, column] = value
        assert compared("a", then, now, 1e300)["verdict"] == DIFFERENT


def test_what_is_missing_on_one_side_alone_differs():
    then, now = table(), table()
    now.loc[1, "end"] = 7.0
    found = compared("a", then, now, 1e300)
    assert (found["verdict"], found["row"], found["column"]) == (DIFFERENT, 1, "end")


def test_rows_and_columns_that_are_gone_differ_and_gained_columns_do_not():
    assert compared("a", table(), table().assign(new=1), 0.0)["verdict"] == IDENTICAL
    lost = compared("a", table().assign(old=1), table(), 0.0)
    assert (lost["verdict"], lost["column"]) == (DIFFERENT, "old")
    for then, now in ((table(), table().iloc[:4]), (table().iloc[:4], table())):
        found = compared("a", then, now, 0.0)
        assert (found["verdict"], found["row"]) == (DIFFERENT, 4)
    assert compared("a", table().iloc[:0], table().iloc[:0], 0.0)["verdict"] == IDENTICAL

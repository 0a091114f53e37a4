"""Numbers for people: no exponent, no lost digit before the point, and the right size."""

import math
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurogen_abm import units
from neurogen_abm.numerals import plain, written

PACKAGE = Path(units.__file__).parent
FINITE = st.floats(allow_nan=False, allow_infinity=False)
NUMBER = re.compile(r"(?:(?:less|more) than )?-?\d+(?:\.\d+)?")


@given(FINITE, st.integers(1, 12))
def test_no_exponent_reaches_a_person(value, digits):
    text = plain(value, digits)
    assert NUMBER.fullmatch(text.replace(",", ""))
    assert NUMBER.fullmatch(plain(value, digits, thousands=True).replace(",", ""))
    assert len(text) < 40


@given(st.floats(1e-9, 9e14), st.integers(1, 12), st.sampled_from([1.0, -1.0]))
def test_the_number_is_within_its_last_digit_and_whole_before_the_point(size, digits, sign):
    shown = float(plain(sign * size, digits))
    assert abs(shown - sign * size) <= max(0.5000001 * 10.0 ** (math.floor(math.log10(size)) - digits + 2), 1e-15) / 2
    assert abs(shown - sign * size) <= 0.5


@given(FINITE)
def test_what_is_written_is_read_back(value):
    assert "e" not in written(value).lower()
    assert float(written(value)) == value


@given(st.floats(0.0, 1e12), st.sampled_from(["h", "km/d", "pg/mL", "1"]))
def test_a_tidy_quantity_has_no_exponent_and_is_read_back(value, unit):
    text = units.tidy(value, unit)
    assert not re.search(r"\de[+-]?\d", text)
    assert units.quantity(text, unit) == value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (7.66e-322, "less than 0.000000001"),
        (-1e-30, "more than -0.000000001"),
        (0.0, "0"),
        (-0.0, "0"),
        (2357.0, "2357"),
        (0.00001234, "0.00001234"),
        (999999.6, "1000000"),
        (1234567.0, "1234567"),
        (1e16, "more than 1,000,000,000,000,000"),
        (math.nan, "nan"),
        (math.inf, "inf"),
    ],
)
def test_known_numbers(value, text):
    assert plain(value) == text


@pytest.mark.parametrize("file", sorted(PACKAGE.rglob("*.py")), ids=lambda file: file.relative_to(PACKAGE).as_posix())
def test_no_number_is_formatted_where_an_exponent_may_come(file):
    """`{x:g}` writes 1e-05, and so does `.4g` of plotly for 14,469: use `plain`, and `~r` in plotly's templates."""
    if file.name == "numerals.py":
        return
    lines = enumerate(file.read_text().splitlines(), 1)
    found = [f"line {n}: {line.strip()}" for n, line in lines if re.search(r":[,+]?(?:\.\d+)?[eEgG]\}", line)]
    # What is parsed at once, and not shown.
    assert [line for line in found if "float(f" not in line] == []

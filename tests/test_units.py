"""Quantities at the door: what people write, and what they write by mistake."""

import math
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurogen_abm import units
from neurogen_abm.spec.catalogue import load_catalogue, species_names
from neurogen_abm.units import UnitError, alike, convert, example, percentage, quantity, tidy
from neurogen_abm.usual_units import USUAL


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("10 um", "um", 10.0),
        ("10um", "um", 10.0),
        ("10 µm", "um", 10.0),
        ("5 km/d", "km/d", 5.0),
        ("28 d", "h", 672.0),
        ("8 wk", "h", 1344.0),
        ("30 min", "h", 0.5),
        ("7 mo", "d", 213.0625),
        ("1 yr", "mo", 12.0),
        ("5 %/wk", "%/wk", 5.0),
        ("5 %", "1", 0.05),
        ("1/d", "1/d", 1.0),
        ("0.024 1/d", "1/h", 0.001),
        ("3 pg/mL", "ng/L", 3.0),
        ("8 ng/g", "pg/g", 8000.0),
        ("27.5 um2/s", "um2/s", 27.5),
        ("1 um^2/s", "mm**2/s", 1e-6),
        ("40 m/min", "km/h", 2.4),
        ("0.35 m/count", "m", 0.35),
        ("250 1/nL", "1/uL", 250_000.0),
        ("117 counts/min", "1/min", 117.0),
        ("1e-3 d", "d", 0.001),
        ("0.5", "1", 0.5),
        (0.5, "1", 0.5),
        (3, "1", 3.0),
    ],
)
def test_reads_what_people_write(text: object, unit: str, value: float) -> None:
    assert quantity(text, unit) == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize(
    ("text", "unit", "code", "words"),
    [
        ("28", "h", "unit-missing", '"28 d" or "28 h"'),
        (28, "h", "unit-missing", "28 has no unit"),
        ("28 D", "h", "unknown-unit", "Did you mean d?"),
        ("3 fortnights", "h", "unknown-unit", "fortnights"),
        ("10 km", "h", "wrong-unit", '"10 km" is a length, but a time in h'),
        ("5 ng/g", "pg/mL", "wrong-unit", "plain number"),
        ("nan d", "h", "bad-quantity", "not a finite number"),
        ("-inf d", "h", "bad-quantity", "not a finite number"),
        (math.nan, "1", "bad-quantity", "not a finite number"),
        (math.inf, "1", "bad-quantity", "not a finite number"),
        ("1e400 d", "h", "bad-quantity", "not a finite number"),
        ("1,5 d", "h", "bad-quantity", 'decimal comma. Use a point: "1.5 d"'),
        ("1,500 m", "um", "bad-quantity", "decimal comma"),
        ("1_000 d", "h", "bad-quantity", "not a number"),
        ("3 d 12 h", "h", "unknown-unit", "one number with one unit"),
        ("five d", "h", "bad-quantity", '"28 d"'),
        ("", "h", "bad-quantity", '""'),
        (True, "h", "bad-quantity", "true"),
        (None, "h", "bad-quantity", "empty"),
        ([28, "d"], "h", "bad-quantity", "A list"),
        ("٣ d", "h", "bad-quantity", "not a number"),
        ("5 d**99", "h", "unknown-unit", "not a unit"),
        ("5 (d", "h", "unknown-unit", "not a unit"),
        ("5 __import__('os')", "h", "unknown-unit", "not a unit"),
    ],
)
def test_refuses_with_the_cure(text: object, unit: str, code: str, words: str) -> None:
    with pytest.raises(UnitError) as caught:
        quantity(text, unit)
    assert caught.value.code == code
    assert words in str(caught.value)
    assert caught.value.cure
    assert caught.value.exit_code == 2


def test_bounds_name_the_unit_that_would_fit() -> None:
    with pytest.raises(UnitError, match="Did you mean 60 min"):
        quantity("60 h", "h", above=0, most=6)
    with pytest.raises(UnitError, match="negative"):
        quantity("-3 d", "h", least=0)
    with pytest.raises(UnitError, match="zero"):
        quantity("0 d", "h", above=0)
    with pytest.raises(UnitError, match="at most 100 yr"):
        quantity("1e9 yr", "h", most=876_600)
    assert quantity("6 h", "h", above=0, most=6) == 6.0


def test_conversion_is_exact_where_the_ratio_is_whole() -> None:
    assert [convert(n, "min", "h") for n in range(1, 1441)] == [n / 60 for n in range(1, 1441)]
    assert [convert(n, "d", "h") for n in range(1000)] == [n * 24.0 for n in range(1000)]
    assert convert(300.0, "um", "mm") == 0.3


@given(st.floats(0, 1e6), st.sampled_from(["h", "um", "km/d", "m/min", "min", "pg/mL", "ng/h", "%/wk", "m", "1"]))
def test_tidy_text_reads_back_to_the_same_float(value: float, unit: str) -> None:
    assert quantity(tidy(value, unit), unit) == value


@given(st.floats(1e-6, 1e6), st.sampled_from([("d", "h"), ("um", "km"), ("km/d", "m/min"), ("pg/mL", "ug/L")]))
def test_conversion_there_and_back(value: float, pair: tuple[str, str]) -> None:
    assert convert(convert(value, *pair), *reversed(pair)) == pytest.approx(value, rel=1e-14)


@pytest.mark.parametrize("unit", ["h", "d", "um", "km/d", "pg/mL", "1/d", "%/wk", "mL/g/s", "1"])
def test_examples_are_readable(unit: str) -> None:
    assert math.isfinite(quantity(example(unit).strip('"'), unit))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2 km/d", "2000 m/d"),
        ("7 d", "1 wk"),
        ("0.1 km", "100 m"),
        (0.05, "5 %"),
        (2, 2.0),
        ([{"kind": "wheel", "distance": "4 km/d"}], [{"distance": "4000 m/d", "kind": "wheel"}]),
    ],
)
def test_two_ways_of_writing_one_thing_are_alike(one: object, other: object) -> None:
    assert alike(one) == alike(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("2 km/d", "2 km"), ("1", 1), ("01", "1"), (True, 1), (2**62, 2**62 + 1), ("8 wk", "8 weeks old"), (None, "")],
)
def test_two_things_are_not_alike(one: object, other: object) -> None:
    assert alike(one) != alike(other)


@pytest.mark.parametrize(("text", "words"), [("5", '"5 %"'), ("0.05", '"5 %"'), ("5 d", '"5 %"'), ("wide", '"5 %"')])
def test_a_percentage_wants_its_sign(text: str, words: str) -> None:
    assert percentage("5%") == percentage(" 5 % ") == 0.05
    with pytest.raises(UnitError) as refused:
        percentage(text)
    assert words in refused.value.cure


@pytest.mark.parametrize("unit", sorted(USUAL))
def test_usual_units_are_what_pint_says_to_the_last_bit(unit: str) -> None:
    assert USUAL[unit] == units._by_pint(unit)


def test_every_unit_of_the_catalogue_is_a_usual_one() -> None:
    found = {p.unit for species in species_names() for p in load_catalogue(species).parameters.values()}
    assert found <= USUAL.keys()


def test_a_shipped_scenario_is_checked_without_pint_and_without_a_kernel() -> None:
    """Each would take longer than all else, and a check should answer at once."""
    check = (
        "import sys; from neurogen_abm.explanation import validation; from neurogen_abm.run import prepare\n"
        "validation(prepare('mouse_wheel_running'))\n"
        "print([m for m in ('pint', 'scipy.ndimage', 'scipy.fft', 'numba.np.arraymath') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"

"""Units at the door: what people write ("28 d", "5 km/d", "8 ng/g") becomes a float, once.

The vocabulary is closed: only the units of this field are known, so that a slip such as ``28 D`` (debye, to pint) is
an error with a hint and not a surprise. Behind the door a unit lives in the name of a variable: ``age_h``.
"""

import difflib
import math
import re
from functools import lru_cache
from typing import Any

from neurogen_abm.errors import InputError
from neurogen_abm.numerals import plain, written
from neurogen_abm.usual_units import USUAL


class UnitError(InputError, ValueError):
    """A quantity is not a number with a fitting unit, or lies outside its bounds."""

    default_code = "bad-quantity"


# A month is the twelfth of a year of 365.25 d, so that "12 mo" and "1 yr" agree.
_TIME = {
    "s": "1", "sec": "1", "min": "60", "h": "3600", "hr": "3600", "hour": "3600", "hours": "3600", "d": "86400",
    "day": "86400", "days": "86400", "wk": "604800", "week": "604800", "weeks": "604800", "mo": "2629800",
    "month": "2629800", "months": "2629800", "yr": "31557600", "year": "31557600", "years": "31557600",
    "ms": "1e-3", "minute": "60", "minutes": "60", "second": "1", "seconds": "1",
}  # fmt: skip
# Words that say what is counted; they carry no dimension, so that "0.35 m/count" is a length a count.
_COUNTED = (
    "count", "counts", "revolution", "revolutions", "rev", "cell", "cells", "site", "sites", "layer", "layers",
    "division", "divisions", "generation", "generations", "neuron", "neurons", "bouton", "boutons", "platelet",
    "platelets", "animal", "animals", "bout", "bouts", "beat", "beats", "fold", "fraction", "MET", "METs",
)  # fmt: skip
_PREFIXES = {
    "p": "1e-12", "n": "1e-9", "u": "1e-6", "µ": "1e-6", "μ": "1e-6", "m": "1e-3", "c": "1e-2", "d": "1e-1", "k": "1e3",
}  # fmt: skip
_BASE = {
    "second": "[time]", "metre": "[length]", "gram": "[mass]", "mole": "[substance]", "litre": "1e-3 * metre ** 3",
    "molar": "mole / litre", "dalton": "1.66053906660e-24 * gram",
}  # fmt: skip
_PREFIXED = {"m": "metre", "g": "gram", "L": "litre", "l": "litre", "mol": "mole", "M": "molar", "Da": "dalton"}
# Letters people press by mistake; the lower-case or longer form is what they mean.
_SLIPS = {
    "D": "d", "H": "h", "HR": "h", "hrs": "h", "S": "s", "MIN": "min", "mins": "min", "y": "yr", "years": "yr",
    "w": "wk", "wks": "wk", "W": "wk", "mos": "mo", "KM": "km", "Km": "km", "UM": "um", "micron": "um", "microns": "um",
    "micrometre": "um", "micrometer": "um", "metres": "m", "meters": "m", "meter": "m", "metre": "m", "ML": "mL",
    "PG": "pg", "percent": "%", "per cent": "%", "kmh": "km/h", "kph": "km/h", "mpm": "m/min",
}  # fmt: skip
_EXAMPLES = {
    "h": '"28 d"', "d": '"8 wk"', "min": '"30 min"', "um": '"600 um"', "km/d": '"5 km/d"', "m/min": '"12 m/min"',
    "m": '"0.35 m"', "1/d": '"0.02 1/d"', "pg/mL": '"45 pg/mL"', "ng/h": '"10 ng/h"', "%/wk": '"5 %/wk"',
    "ng/g": '"88 ng/g"', "1": '"0.6"', "%": '"5 %"', "mL": '"1 mL"',
}  # fmt: skip
_KINDS = {
    "[time]": "a time", "[length]": "a length", "[mass]": "a mass", "[length] / [time]": "a speed",
    "1 / [time]": "a rate", "[mass] / [length] ** 3": "a concentration", "[length] ** 2": "an area",
    "[mass] / [time]": "a mass per time", "[length] ** 2 / [time]": "a diffusivity", "[length] ** 3": "a volume",
    "[substance] / [length] ** 3": "a molar concentration", "dimensionless": "a plain number or ratio",
}  # fmt: skip
_FAMILIES = (("min", "h", "d", "wk", "mo"), ("um", "mm", "m", "km"), ("pg/mL", "ng/mL"), ("m/min", "km/h", "km/d"))
# Two ways of writing a quantity differ by rounding of their units at most, far below this.
_ALIKE_DIGITS = 12
_NUMBER = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(?![\d.,_])\s*(.*?)\s*", re.DOTALL | re.ASCII)
_TOKEN = re.compile(r"[A-Za-zµμ%]+")
_UNIT_TEXT = re.compile(r"[A-Za-zµμ%0-9*^/ ()\-]{1,40}")


@lru_cache(maxsize=1)
def _registry() -> Any:
    """Build the registry of the closed vocabulary; pint is imported here, not at start-up, because it is slow."""
    import pint

    registry: Any = pint.UnitRegistry(None)
    for name, definition in (_BASE | _vocabulary()).items():
        registry.define(f"{name} = {definition}")
    return registry


@lru_cache(maxsize=1)
def _vocabulary() -> dict[str, str]:
    """Return every unit a person may write, with its definition."""
    words = {name: f"{seconds} * second" for name, seconds in _TIME.items() if name != "second"}
    for symbol, base in _PREFIXED.items():
        words[symbol] = base
        words.update({prefix + symbol: f"{factor} * {base}" for prefix, factor in _PREFIXES.items()})
    words.update(dict.fromkeys(_COUNTED, "[]"))
    words["pct_"] = "0.01"
    words["bpm"] = "1 / 60 / second"
    return words


@lru_cache(maxsize=1024)
def _scale(text: str) -> tuple[float, str]:
    """Return what one of the unit is in base units, and its dimension as text.

    A UnitError says that the text is not an expression of known units.
    """
    text = text.strip()
    return USUAL[text] if text in USUAL else _by_pint(text)


def _by_pint(text: str) -> tuple[float, str]:
    """Return what `_scale` does, for any expression of the vocabulary."""
    if not _UNIT_TEXT.fullmatch(text) or re.search(r"[A-Za-z%]\s+[\d(]", text):
        raise _no_unit(text)
    known = _vocabulary().keys() | {"second", "%"}
    for token in _TOKEN.findall(text):
        if token not in known or token == "pct":
            raise _unknown(token, known)
    # "um2/s", "mm3" and "h-1" as papers print them
    spelt = re.sub(r"(?<=[A-Za-zµμ])(-?\d)(?!\d)", r"**\1", text.replace("^", "**").replace("%", "pct_"))
    # The only number in a unit, exponents apart, is the 1 of "1/d"; nothing here has a large exponent.
    numbers = set(re.findall(r"(?<![\w*^-])\d+", spelt)) - {"1"}
    if numbers or re.search(r"\*\*\s*\(?-?\d{2,}|\*\*.*\*\*.*\*\*.*\*\*", spelt):
        raise _no_unit(text)
    try:
        base = _registry().Quantity(1.0, "") * _registry().parse_expression(spelt)
        base = base.to_base_units()
        scale, dimension = float(base.magnitude), str(base.dimensionality)
    except Exception as fault:  # pint raises many types here, from AttributeError to tokenizer errors
        raise _no_unit(text) from fault
    if not 0 < scale < math.inf:
        raise _no_unit(text)
    return scale, dimension


def _no_unit(text: str) -> UnitError:
    """Return the error for text that is not an expression of units at all."""
    cure = 'Write one number with one unit, like "5 km/d".'
    return UnitError(f'"{text[:40]}" is not a unit.', code="unknown-unit", cure=cure, seen=text)


def _unknown(token: str, known: set[str]) -> UnitError:
    """Return the error for a unit that is not in the vocabulary, with the nearest one that is."""
    near = [_SLIPS[token]] if token in _SLIPS else difflib.get_close_matches(token, sorted(known - {"pct_"}), 3, 0.5)
    cure = (
        f"Did you mean {' or '.join(near)}?" if near else "Known are min, h, d, wk, mo, um, mm, m, km, g, mL and more."
    )
    return UnitError(f'The unit "{token[:40]}" is not known.', code="unknown-unit", cure=cure, seen=token)


@lru_cache(maxsize=4096)
def _factor(from_unit: str, to_unit: str) -> tuple[float, float]:
    """Return (multiplier, divisor) between two units; one of them is 1, so that 30 min is exactly 0.5 h.

    A UnitError says that a unit is unknown, or that the two measure different things.
    """
    (scale, dimension), (wanted_scale, wanted) = _scale(from_unit), _scale(to_unit)
    if dimension != wanted:
        readable = "no unit" if to_unit == "1" else to_unit  # a 1 would be read as a count
        what = f"{from_unit} is {_kind(dimension)}, but {_kind(wanted)} in {readable} is wanted."
        raise UnitError(what, code="wrong-unit", cure=f"Write it like {example(to_unit)}.", seen=from_unit)
    inverse = float(f"{wanted_scale / scale:.14g}")
    if inverse.is_integer() and inverse != 1.0:
        return 1.0, inverse
    # A factor within rounding of a short decimal is that decimal, so that 0.35 m/count stays 0.35.
    factor = scale / wanted_scale
    short = float(f"{factor:.12g}")
    return short if math.isclose(short, factor, rel_tol=1e-15) else factor, 1.0


def _kind(dimension: str) -> str:
    """Return the everyday name of a dimension."""
    return _KINDS.get(dimension, f"a quantity of dimension {dimension}")


def example(unit: str) -> str:
    """Return a quantity, in quotation marks, that shows how a value in ``unit`` is written."""
    return _EXAMPLES.get(unit, f'"1.5 {unit}"')


def convert(value: float, from_unit: str, to_unit: str) -> float:
    """Return ``value`` of ``from_unit`` in ``to_unit``.

    A UnitError says that a unit is unknown, or that the two measure different things.
    """
    if from_unit == to_unit:
        _scale(from_unit)
        return float(value)
    multiplier, divisor = _factor(from_unit, to_unit)
    return value * multiplier / divisor


def quantity(
    text: object,
    unit: str,
    *,
    least: float | None = None,
    above: float | None = None,
    most: float | None = None,
) -> float:
    """Return the quantity that ``text`` states, as a float in ``unit``.

    Parameters
    ----------
    text
        What a person wrote: ``"28 d"``. Where ``unit`` is ``"1"`` a bare number will do.
    unit
        The unit wanted, e.g. ``"h"``, ``"km/d"``; ``"1"`` for a plain number.
    least, above, most
        Bounds in ``unit``: not below ``least``, more than ``above``, not more than ``most``.

    Raises
    ------
    UnitError
        No number, no unit, an unknown or unfitting unit, a number that is not finite or out of bounds.
    """
    number, given = split(text, unit)
    try:
        value = convert(number, given, unit)
    except UnitError as unfit:
        # The whole quantity says more than its unit alone.
        unfit.what = unfit.what.replace(given, shown(text), 1) if unfit.code == "wrong-unit" else unfit.what
        raise
    if not math.isfinite(value):
        raise UnitError(f"{shown(text)} is not a finite number.", cure=f"Write it like {example(unit)}.", seen=text)
    fault = _out_of_bounds(value, unit, least, above, most)
    if fault:
        cure = _nearer(number, given, unit, least, above, most)
        raise UnitError(f"{shown(text)} is {fault}.", code="out-of-range", cure=cure, seen=text)
    return value


def split(text: object, unit: str) -> tuple[float, str]:
    """Split ``"28 d"`` into the number 28.0 and the unit ``d``; ``unit`` is what errors ask for.

    A UnitError says that ``text`` is not one finite number with a unit.
    """
    cure = f"Write it like {example(unit)}."
    if isinstance(text, bool) or not isinstance(text, str | int | float):
        raise UnitError(f"{shown(text)} is not a quantity.", cure=cure, seen=text)
    match = _NUMBER.fullmatch(text) if isinstance(text, str) else _NUMBER.fullmatch(repr(text))
    number = float(match[1]) if match else math.nan
    if match is None and isinstance(text, str) and (comma := re.match(r"\s*[+-]?\d+,(\d+)", text)):
        # Three digits may be thousands: 1,500 m is not 1.5 m.
        pointed = example(unit) if len(comma[1]) == 3 else shown(text.strip().replace(",", ".", 1))
        raise UnitError(f"{shown(text)} has a decimal comma.", cure=f"Use a point: {pointed}.", seen=text)
    if not math.isfinite(number):
        infinite = match is not None or re.match(r"(?i)\s*[+-]?\.?(nan|inf)", str(text))
        fault = "is not a finite number" if infinite else "is not a number with a unit"
        raise UnitError(f"{shown(text)} {fault}.", cure=cure, seen=text)
    given = match[2] if match else ""
    if not given:
        if unit != "1":
            forms = [f'"{written(number, 6)} {form}"' for form in (("d", "h") if unit == "h" else (unit,))]
            cure = f"Write it with its unit, like {' or '.join(forms)}."
            raise UnitError(f"{shown(text)} has no unit.", code="unit-missing", cure=cure, seen=text)
        given = "1"
    return number, f"1{given}" if given.startswith("/") else given


def percentage(text: str) -> float:
    """Return the share that ``"5 %"`` states, 0.05; a UnitError says that it is no percentage, or lacks its sign.

    >>> percentage("5 %")
    0.05
    """
    try:
        number, unit = split(text, "%")
    except UnitError as fault:
        if fault.code == "unit-missing":
            number = float(text)
            fault.what = f"{shown(text)} is a percentage without its sign."
            fault.cure = f'Write "{plain(number)} %"' + (f', or "{plain(100 * number)} %".' if 0 < number < 1 else ".")
        raise
    if unit != "%":
        raise UnitError(f"{shown(text)} is not a percentage.", cure='Write it like "5 %".', seen=text)
    return convert(number, unit, "1")


def alike(written: Any) -> Any:
    """Return what is the same for two ways of writing one thing: "2 km/d" and "2000 m/d", 0.05 and "5 %", 2 and 2.0.

    Lists and mappings are taken apart; text that is no number with a unit stands for itself.

    >>> alike(["2 km/d", {"at": "7 d"}]) == alike(["2000 m/d", {"at": "1 wk"}])
    True
    """
    if isinstance(written, dict):
        return tuple((key, alike(written[key])) for key in sorted(written, key=str))
    if isinstance(written, list | tuple):
        return tuple(alike(part) for part in written)
    exact = isinstance(written, int) and abs(written) >= 10**_ALIKE_DIGITS  # a seed
    if isinstance(written, bool) or exact or not isinstance(written, str | int | float):
        return (type(written).__name__, repr(written))
    try:
        number, unit = split(written, "1")
        if isinstance(written, str) and unit == "1":  # a name may be a number
            return ("text", written)
        scale, dimension = _scale(unit)
    except UnitError:
        return ("text", written) if isinstance(written, str) else ("number", repr(written))
    return (float(f"{number * scale:.{_ALIKE_DIGITS}g}"), dimension)


def shown(text: object) -> str:
    """Return what a person wrote, shortened and in quotation marks where it was text."""
    if text is None:
        return "An empty value"
    if isinstance(text, bool):
        return str(text).lower()
    if isinstance(text, dict):
        return "A mapping"
    if isinstance(text, list | tuple):
        return "A list"
    if isinstance(text, int) and abs(text) >= 10**30:
        return "A number of more than 30 digits"  # of thousands, Python writes none
    return f'"{text[:40]}"' if isinstance(text, str) else repr(text)[:40]


def _out_of_bounds(value: float, unit: str, least: float | None, above: float | None, most: float | None) -> str:
    """Return what is wrong with the size of ``value``, or an empty text."""
    if least is not None and value < least:
        return "negative" if least == 0 else f"below the least allowed, {_bound(least, unit)}"
    if above is not None and value <= above:
        return ("zero" if value == 0 else "negative") if above == 0 else f"not more than {_bound(above, unit)}"
    if most is not None and value > most:
        return f"above the most allowed, {_bound(most, unit)}"
    return ""


def _nearer(number: float, given: str, unit: str, least: float | None, above: float | None, most: float | None) -> str:
    """Return the cure for a value out of bounds; the same number in another unit, or in percent, where that fits."""
    for family in _FAMILIES:
        for other in family if given in family else ():
            if other != given and not _out_of_bounds(convert(number, other, unit), unit, least, above, most):
                return f"Did you mean {plain(number)} {other}?"
    if given == unit == "1" and most is not None and not _out_of_bounds(number / 100, unit, least, above, most):
        return f"Did you mean {plain(number)} %?"
    bounds = [
        f"at least {_bound(least, unit)}" if least is not None else "",
        f"more than {_bound(above, unit)}" if above is not None else "",
        f"at most {_bound(most, unit)}" if most is not None else "",
    ]
    return f"It must be {' and '.join(bound for bound in bounds if bound)}."


def _bound(value: float, unit: str) -> str:
    """Return a bound in the unit that makes it short to read."""
    larger = {"h": "yr", "um": "mm"}.get(unit, unit)
    if larger != unit and (size := convert(value, unit, larger)) >= 1.0:
        return f"{plain(size)} {larger}"
    return tidy(value, unit)


def tidy(value: float, unit: str) -> str:
    """Return ``value`` in ``unit`` as a person would write it, so that :func:`quantity` reads the same float back.

    Hours become days and days weeks only where that loses nothing: ``tidy(672.0, "h")`` is ``"28 d"``.
    """
    if unit == "h" and value and value % 24 == 0:
        value, unit = value / 24, "d"
    elif unit == "h" and 0 < value < 1 and float(f"{value * 60:.12g}").is_integer():
        minutes = round(value * 60)
        if convert(minutes, "min", "h") == value:
            value, unit = float(minutes), "min"
    number = str(int(value)) if value == int(value) and abs(value) < 1e15 else written(value)
    return number if unit == "1" else f"{number} {unit}"

"""Arguments of public functions: one of the wrong type is refused by its name, before anything is done with it."""

import math
import os
import re
from collections.abc import Callable, Mapping, Sequence
from numbers import Integral, Real
from typing import Any, NamedTuple

from neurogen_abm.errors import InputError, argument
from neurogen_abm.units import shown


class Kind(NamedTuple):
    """What an argument may be: in words, and as a test."""

    noun: str
    fits: Callable[[object], bool]

    @property
    def or_none(self) -> "Kind":
        """The same, or None."""
        return Kind(f"{self.noun}, or None", lambda value: value is None or self.fits(value))


def _is_number(value: Any) -> bool:
    return not isinstance(value, bool) and isinstance(value, Real) and math.isfinite(value)


def _is_place(value: object) -> bool:
    text = os.fspath(value) if isinstance(value, str | os.PathLike) else None
    return isinstance(text, str) and text != "" and "\0" not in text and not re.search("[\ud800-\udfff]", text)


def _is_span(value: object) -> bool:
    return isinstance(value, Sequence) and len(value) == 2 and all(map(_is_number, value))


def _is_mapping(value: object) -> bool:
    return isinstance(value, Mapping) and all(isinstance(key, str) for key in value)


WHOLE = Kind("a whole number", lambda value: isinstance(value, Integral) and not isinstance(value, bool))
NUMBER = Kind("a finite number", _is_number)
SPAN = Kind("a pair of numbers", _is_span)
TEXT = Kind("text", lambda value: isinstance(value, str))
TEXTS = Kind(
    "a list of texts or paths",
    lambda value: isinstance(value, Sequence) and not isinstance(value, str | bytes) and all(map(_is_place, value)),
)
FLAG = Kind("True or False", lambda value: isinstance(value, bool))
PLACE = Kind("a path", _is_place)
CALLABLE = Kind("a function", callable)
MAPPING = Kind("a mapping whose keys are text", _is_mapping)


def instance(of: type) -> Kind:
    """Return what is an object of a class."""
    article = "an" if of.__name__[0] in "AEIOU" else "a"
    return Kind(f"{article} {of.__name__}", lambda value: isinstance(value, of))


def check(**given: tuple[object, Kind]) -> None:
    """Refuse the first argument that is not what it must be; an InputError names it.

    >>> check(pairs=(12, WHOLE), out=(None, PLACE.or_none))
    >>> check(pairs=("2", WHOLE))
    Traceback (most recent call last):
    ...
    neurogen_abm.errors.InputError: pairs: "2" is not a whole number.
    """
    for name, (value, kind) in given.items():
        if not kind.fits(value):
            said = "None" if value is None else shown(value)
            raise InputError(f"{said} is not {kind.noun}.", where=argument(name), code="wrong-type", seen=value)

"""A parameter is never a bare number: value, unit, source, place, status, grade and range."""

import math
from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    field_validator,
    model_serializer,
    model_validator,
)

from neurogen_abm import units
from neurogen_abm.numerals import plain

Status = Literal["measured", "derived", "calibrated", "assumed"]
Grade = Literal["A", "B", "C", "D"]


class Plain(BaseModel):
    """The base of every form here: strict, closed and frozen; NaN and infinity are refused."""

    model_config = ConfigDict(
        strict=True, extra="forbid", allow_inf_nan=False, validate_default=True, frozen=True, regex_engine="python-re"
    )


class Grown(Plain):
    """A form that has gained keys: left out where they say nothing new, so that a digest of before them still fits."""

    gained: ClassVar[tuple[str, ...]] = ()  # fields, by name

    @model_serializer(mode="wrap")
    def _without_gained(self, handler: SerializerFunctionWrapHandler) -> Any:
        written = handler(self)
        for name in self.gained:
            form = type(self).model_fields[name]
            if getattr(self, name) == form.default:
                written.pop(name, None)
                written.pop(form.alias or name, None)
        return written


def _floats(value: object) -> Any:
    """Return nested lists of finite floats; anything else is refused."""
    if isinstance(value, bool) or not isinstance(value, int | float | list | tuple):
        raise ValueError(f"{value!r} is neither a number nor a list of numbers")
    if isinstance(value, list | tuple):
        if not value:
            raise ValueError("an empty list holds no value")
        return [_floats(part) for part in value]
    if not math.isfinite(value):
        raise ValueError(f"{value!r} is not finite")
    return float(value)


def leaves(value: Any) -> Iterator[float]:
    """Yield the numbers of a value, in order."""
    if isinstance(value, list):
        for part in value:
            yield from leaves(part)
    else:
        yield value


def shape(value: Any) -> tuple[Any, ...]:
    """Return the shape of nested lists, () for a number; ragged lists keep the shape of each part."""
    if not isinstance(value, list):
        return ()
    parts = [shape(part) for part in value]
    even = all(part == parts[0] for part in parts)
    return (len(value), *(parts[0] if parts else ())) if even else (len(value), tuple(parts))


class Parameter(Plain):
    """One number, or a table of numbers, with what is known about it.

    Examples
    --------
    >>> time = Parameter(
    ...     value=90, unit="min", source=None, place="own choice", status="assumed", grade="D", range=(30, 180)
    ... )
    >>> time.to("h")
    1.5
    >>> time.text()
    '90 min [assumed; grade D]'
    """

    value: Annotated[Any, BeforeValidator(_floats)]  # a number, or nested lists of numbers, in ``unit``
    unit: str  # of :mod:`neurogen_abm.units`; ``"1"`` for a plain number
    source: str | None  # a key of ``references.yaml``; ``calibration`` for our own fit; None where nobody is cited
    place: str = Field(min_length=1)  # where in the source, or in the evidence, the number stands
    status: Status  # without a source only assumed
    grade: Grade  # A replicated and causal, B one laboratory or species, C mixed or indirect, D hypothesis
    range: tuple[float, float] | None  # (lowest, highest) believable, in ``unit``; every number lies inside
    note: str = ""  # anything else worth knowing

    @field_validator("unit")
    @classmethod
    def _known_unit(cls, unit: str) -> str:
        units.convert(1.0, unit, unit)
        return unit

    @field_validator("range", mode="before")
    @classmethod
    def _as_pair(cls, value: object) -> object:
        return tuple(_floats(value)) if isinstance(value, list) else value

    @model_validator(mode="after")
    def _consistent(self) -> "Parameter":
        if self.source is None and self.status != "assumed":
            raise ValueError(
                f"a number without a source is assumed, not {self.status} (our own fits name `calibration`)"
            )
        if self.range is not None:
            low, high = self.range
            if low > high:
                raise ValueError(f"the range [{plain(low)}, {plain(high)}] runs backwards")
            outside = [number for number in leaves(self.value) if not low <= number <= high]
            if outside:
                raise ValueError(
                    f"the value {plain(outside[0])} lies outside its range [{plain(low)}, {plain(high)}] {self.unit}"
                )
        return self

    def to(self, unit: str) -> float | npt.NDArray[np.float64]:
        """Return the value in ``unit``: a float, or an array of the shape of the table.

        A UnitError says that the unit does not fit.
        """
        multiplier = units.convert(1.0, self.unit, unit)
        if isinstance(self.value, float):
            return units.convert(self.value, self.unit, unit)
        table = np.array(self.value, dtype=np.float64)
        return table if multiplier == 1.0 else np.vectorize(lambda x: units.convert(x, self.unit, unit))(table)

    @property
    def value_text(self) -> str:
        """The value with its unit, to the last digit."""
        if isinstance(self.value, float):
            return units.tidy(self.value, self.unit)
        return str(self.value) if self.unit == "1" else f"{self.value} {self.unit}"

    def text(self) -> str:
        """Return value, unit, status and grade as a person reads them."""
        body = plain(self.value) if isinstance(self.value, float) else str(self.value)
        unit = "" if self.unit == "1" else f" {self.unit}"
        return f"{body}{unit} [{self.status}; grade {self.grade}]"

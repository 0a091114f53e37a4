"""How an axis of a sweep is shown: what its values are called, and as numbers in which unit."""

from typing import Any, NamedTuple

from neurogen_abm import units
from neurogen_abm.spec.sweep import Axis
from neurogen_abm.units import UnitError


class AxisScale(NamedTuple):
    """How an axis is shown: its label, and for a quantity the unit of its numbers, else None."""

    label: str
    unit: str | None
    log: bool


def shown(axis: Axis, value: Any) -> Any:
    """Return what a value is called: its label, itself where it is a number or short text, else its place."""
    if axis.values is not None and axis.labels is not None:
        return axis.labels[next(i for i, other in enumerate(axis.values) if other is value or other == value)]
    if isinstance(value, str | int | float):
        return value
    return f"value {axis.values.index(value) + 1}" if axis.values is not None else str(value)


def in_one_unit(values: list[Any]) -> tuple[list[float] | None, str | None]:
    """Return quantities as numbers in the unit of the first; None where they are something else."""
    if not all(isinstance(value, str | int | float) and not isinstance(value, bool) for value in values):
        return None, None
    try:
        unit = units.split(values[0], "1")[1]
        return [units.convert(*units.split(value, "1"), unit) for value in values], unit
    except UnitError:
        return None, None

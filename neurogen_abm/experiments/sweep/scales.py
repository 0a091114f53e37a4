"""How an axis of a sweep is shown: what its values are called, and as numbers in which unit."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from neurogen_abm import units
from neurogen_abm.experiments.cohorts import said_of
from neurogen_abm.spec.cohort import CohortRow
from neurogen_abm.spec.sweep import Axis, Sweep
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


def numbers(
    plan: Sweep, points: Sequence[Mapping[str, Any]], animals: Sequence[CohortRow | None]
) -> tuple[pd.DataFrame, dict[str, AxisScale]]:
    """Return the points as a table, quantities as numbers in the unit of the first, and how each axis is shown."""
    columns: dict[str, Any] = {}
    scales: dict[str, AxisScale] = {}
    for row in animals:
        for name, text in said_of(row).items():
            columns.setdefault(name, []).append(text)
    if columns:  # animals of a group are set beside those of another, as a laboratory does
        beside = "group" if "group" in columns else "animal"
        scales[beside] = AxisScale(beside.capitalize(), None, False)
    for path, axis in plan.axes.items():
        values = [shown(axis, point[path]) for point in points]
        numbers, unit = in_one_unit(values)
        columns[path] = values if numbers is None else numbers
        scales[path] = AxisScale(axis.label or path, unit, axis.scale == "log")
    return pd.DataFrame(columns), scales

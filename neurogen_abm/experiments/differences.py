"""What differs between scenarios: their entries, and the numbers behind them, each with its grade and source.

One place, for what a comparison shows of its arms and for `neurogen diff`.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from neurogen_abm.units import alike

if TYPE_CHECKING:
    from neurogen_abm.spec.parameter import Parameter
    from neurogen_abm.spec.scenario.scenario import ResolvedScenario

_LONGEST = 60  # characters of a table of numbers
_TEXTS = ("name", "title", "description", "look_for", "seed", "schema")


def numbers(arms: "Mapping[str, ResolvedScenario]") -> pd.DataFrame:
    """Return one row per parameter of which the scenarios have different values, or that one of them lacks.

    A column for each scenario says value, unit, status, source and grade.
    """
    paths = dict.fromkeys(path for arm in arms.values() for path in arm.parameters)
    rows = []
    for path in paths:
        found = [arm.parameters.get(path) for arm in arms.values()]
        if len({None if number is None else alike(number.value_text) for number in found}) > 1:
            rows.append([path, *map(_said, found)])
    return pd.DataFrame(rows, columns=["parameter", *arms])


def _said(number: "Parameter | None") -> str:
    """Return a number with what is known of it; a long table is cut."""
    if number is None:
        return "none"
    source = number.source or "no source"
    body = number.value_text if len(number.value_text) <= _LONGEST else f"{number.value_text[:_LONGEST]}..."
    return f"{body} [{number.status}; {source}; grade {number.grade}]"


def settings(arms: "Mapping[str, ResolvedScenario]") -> pd.DataFrame:
    """Return what differs between the scenarios as quantities, not as texts, one row per entry."""
    said = {name: dict(flat(arm.entries())) for name, arm in arms.items()}
    for key in [key for entries in said.values() for key in entries if key.startswith("parameters.")]:
        for name, arm in arms.items():  # where a parameter is not replaced, its value is that of the catalogue
            path = key.removeprefix("parameters.")
            said[name].setdefault(key, arm.parameters[path].value_text if path in arm.parameters else "")
    keys = dict.fromkeys(key for entries in said.values() for key in entries)
    rows = [{"entry": key} | {name: entries.get(key, "") for name, entries in said.items()} for key in keys]
    differing = [row for row in rows if len({alike(row[name]) for name in arms}) > 1]
    return pd.DataFrame(differing, columns=["entry", *arms])


def flat(data: Any, path: str = "") -> list[tuple[str, str]]:
    """Return the entries of plain data by dotted path, values as text, without texts and seeds."""
    if isinstance(data, dict):
        inner = [(f"{path}.{key}" if path else str(key), part) for key, part in data.items()]
        return [entry for key, part in inner if key not in _TEXTS for entry in flat(part, key)]
    if isinstance(data, list | tuple) and any(isinstance(part, dict | list | tuple) for part in data):
        return [entry for index, part in enumerate(data) for entry in flat(part, f"{path}[{index}]")]
    text = ", ".join(map(str, data)) if isinstance(data, list | tuple) else str(data)
    text = text.lower() if isinstance(data, bool) else text  # as YAML has it
    return [] if data is None else [(path, text)]

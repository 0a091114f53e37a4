"""Lines and maps that add up states of a cell; all of it follows from the table in `biology.states`."""

from typing import Any

from neurogen_abm.biology.states import BY_NAME, FAMILIES, STATES
from neurogen_abm.scene.palette import DIVIDING, GROUPS, ROLES, group_of


def lines() -> dict[str, list[dict[str, Any]]]:
    """Return the lines of the time panels that add up states: label, colour, columns of the series."""
    # The labels name groups: a neuron is immature until it has integrated, maturing from then on.
    young = [name for name in FAMILIES["neuron"] if BY_NAME[name].timer_end in ("enter_layer", "integrate")]
    groups = (
        ("active stem", "blue", [name for name in FAMILIES["stem"] if name in DIVIDING]),
        ("progenitors", "orange", FAMILIES["progenitor"]),
        ("immature", "purple", young),
        ("maturing", "green", [name for name in FAMILIES["neuron"] if name not in young]),
    )
    mortal = [name for name in FAMILIES["neuron"] if BY_NAME[name].hazard == "death"]
    return {
        "lineage": [_line(label, colour, "n", names) for label, colour, names in groups],
        "deaths": [_line("young neurons died", "brown", "deaths", mortal)],
    }


def _line(label: str, role: str, count: str, names: Any) -> dict[str, Any]:
    return {"label": label, "colour": ROLES[role].paper, "columns": [f"{count}_{name}" for name in names]}


def differences() -> list[dict[str, Any]]:
    """Return what the map of differences shows: cells of some states, or BDNF, and the limit of its colours.

    Young neurons are those of the group of that name, so that the page has one count under one name.
    """
    young = next(group for group in GROUPS if group.key == "young")
    return [
        {"key": "young", "label": young.label, "states": [s for s in STATES if group_of(s) == young], "limit": 20},
        {"key": "cycle", "label": "dividing cells", "states": DIVIDING, "limit": 6},
        {"key": "bdnf", "label": "BDNF", "states": None, "limit": 20},
    ]

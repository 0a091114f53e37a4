"""The states of a cell as the page draws and counts them; all of it follows from the table in `biology.states`."""

from typing import Any

import numpy as np

from neurogen_abm.biology.states import BY_NAME, FAMILIES, LINEAGE
from neurogen_abm.report.figures.palette import DIVIDING, PAINT_ORDER, QUIESCENT, ROLES, family_of

# How far the process of a neuron reaches from its first state to its last, as a share of the granule cell layer, and
# into how many branches it parts. For orientation only: the model has no processes.
_GROWTH = {"stage": (0, 1 / 3, 2 / 3, 1), "reach": (0.45, 1.1, 2.1, 2.7), "branches": (1, 2, 4, 4)}


def states() -> list[dict[str, Any]]:
    """Return what the page needs of every state, in the order of their codes."""
    processes = _processes()
    return [
        {
            "code": code,
            "name": state.name,
            "label": state.short_label,
            "family": family_of(state.name),
            "colours": {"paper": role.paper, "dark": role.dark},
            "hides": {"paper": role.hides_on_paper, "dark": role.hides_on_dark},
            "rank": PAINT_ORDER.index(state.name),
            "brief": state.name in DIVIDING or state.family == "dead",
            "process": processes.get(state.name),
        }
        for code, state, role in ((code, state, ROLES[state.colour]) for code, state in enumerate(LINEAGE))
    ]


def _processes() -> dict[str, dict[str, float]]:
    """Return how the process of a cell is drawn: one of a stem cell spans the layer, those of neurons grow by state."""
    found = {
        name: {"reach": 1.25, "branches": 3, "fork": 0.82, "spread_um": 10, "alpha": 0.35 if name in QUIESCENT else 0.6}
        for name in FAMILIES["stem"]
    }
    for name, stage in zip(FAMILIES["neuron"], np.linspace(0, 1, len(FAMILIES["neuron"])), strict=True):
        reach, branches = (float(np.interp(stage, _GROWTH["stage"], _GROWTH[key])) for key in ("reach", "branches"))
        found[name] = {"reach": reach, "branches": round(branches), "fork": 0.35, "spread_um": 17 * reach, "alpha": 0.6}
    return found


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
    """Return what the map of differences shows: cells of some states, or BDNF, and the limit of its colours."""
    return [
        {"key": "young", "label": "young neurons", "states": FAMILIES["neuron"], "limit": 20},
        {"key": "cycle", "label": "dividing cells", "states": DIVIDING, "limit": 6},
        {"key": "bdnf", "label": "BDNF", "states": None, "limit": 20},
    ]

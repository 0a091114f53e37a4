"""Shapes of cells: how large a soma is drawn, which form it has, and how its process reaches out.

For orientation only: the model has places and states, no forms. Lengths are shares of the pitch of a site or of the
granule cell layer, so that they fit every species.
"""

from typing import Any, Final

import numpy as np

from neurogen_abm.biology.states import BY_NAME, FAMILIES, LINEAGE
from neurogen_abm.scene.palette import DIVIDING, QUIESCENT

DOT, TALL, FLAT, STAR, BROKEN = "dot", "tall", "flat", "star", "broken"
"""Forms of a soma: round; upright as of radial glia; lying along the border as of type 2; a star; in pieces."""
FORMS: Final = (DOT, TALL, FLAT, STAR, BROKEN)
STILL_RADIUS: Final = 0.36  # of a granule cell born in development, in pitches

# How far the process of a neuron reaches from its first state to its last, as a share of the granule cell layer, and
# into how many branches it parts.
_GROWTH: Final = {"stage": (0, 1 / 3, 2 / 3, 1), "reach": (0.45, 1.1, 2.1, 2.7), "branches": (1, 2, 4, 4)}


def form_of(state: str) -> str:
    """Return the form of the soma of a state."""
    family = BY_NAME[state].family
    flat = family == "progenitor" and not BY_NAME[state].migrates
    return {"stem": TALL, "glia": STAR, "dead": BROKEN}.get(family, FLAT if flat else DOT)


def radius_of(state: str) -> float:
    """Return the radius of the soma of a state, in pitches: what acts is drawn a little larger than what lasts."""
    if state in QUIESCENT:
        return 0.36
    return 0.46 if state in DIVIDING or BY_NAME[state].family == "dead" else 0.41


def process_of(state: str) -> dict[str, Any] | None:
    """Return how the process of a state is drawn: that of a stem cell spans the layer, those of neurons grow; or None.

    ``reach`` in thicknesses of the granule cell layer, ``branches`` from the share ``fork`` of it on, ``spread_um``
    apart to both sides, ``alpha`` how much it hides.
    """
    if state in FAMILIES["stem"]:
        alpha = 0.35 if state in QUIESCENT else 0.6
        return {"reach": 1.25, "branches": 3, "fork": 0.82, "spread_um": 10, "alpha": alpha}
    if state not in FAMILIES["neuron"]:
        return None
    neurons = FAMILIES["neuron"]
    stage = neurons.index(state) / (len(neurons) - 1)
    reach, branches = (float(np.interp(stage, _GROWTH["stage"], _GROWTH[key])) for key in ("reach", "branches"))
    return {"reach": reach, "branches": round(branches), "fork": 0.35, "spread_um": 17 * reach, "alpha": 0.6}


def shapes() -> list[dict[str, Any]]:
    """Return form, radius and process of every state, in the order of their codes."""
    names = [state.name for state in LINEAGE]
    return [
        {"form": FORMS.index(form_of(name)), "radius": radius_of(name), "process": process_of(name)} for name in names
    ]

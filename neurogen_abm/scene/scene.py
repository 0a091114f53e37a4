"""The scene as it is told to a page: states, groups, colours, shapes, grounds and the section, as plain data."""

from typing import Any

from neurogen_abm.biology.states import LINEAGE
from neurogen_abm.scene.camera import FAR, START, TALL
from neurogen_abm.scene.cells import RANK
from neurogen_abm.scene.colourings import colourings
from neurogen_abm.scene.geometry import HILUS_UM, MOLECULAR_UM, THICKNESS_UM
from neurogen_abm.scene.palette import DIVIDING, GROUNDS, GROUPS, IS_HAZE, ROLES, family_of, group_of
from neurogen_abm.scene.shapes import FORMS, STILL_RADIUS, shapes


def scene() -> dict[str, Any]:
    """Return what is the same for every animal; docs/picture.md says what each entry means."""
    return {
        "states": states(),
        "groups": [group._asdict() for group in GROUPS],
        "grounds": GROUNDS,
        "colourings": [colouring._asdict() for colouring in colourings()],
        "forms": FORMS,
        "still_radius": STILL_RADIUS,
        "section": {"hilus_um": HILUS_UM, "molecular_um": MOLECULAR_UM, "thickness_um": THICKNESS_UM},
        "camera": {**START, "far": FAR, "tall": TALL},
    }


def states() -> list[dict[str, Any]]:
    """Return what a painter needs of every state, in the order of their codes."""
    return [
        {
            "code": code,
            "name": state.name,
            "label": state.short_label,
            "family": family_of(state.name),
            "group": group_of(state.name).key,
            "hides": {"paper": role.hides_on_paper, "dark": role.hides_on_dark},
            "haze": bool(IS_HAZE[code]),
            "rank": int(RANK[code]),
            "brief": state.name in DIVIDING or state.family == "dead",
            **shape,
        }
        for code, (state, shape, role) in enumerate(
            (state, shape, ROLES[state.colour]) for state, shape in zip(LINEAGE, shapes(), strict=True)
        )
    ]

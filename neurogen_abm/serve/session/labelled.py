"""How many labelled cells live, noted at fixed hours, so that a life lived again gives the same curve."""

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from neurogen_abm.biology import lineage
from neurogen_abm.biology.states import FAMILIES
from neurogen_abm.spec.scenario.histology import ANALOGUES

if TYPE_CHECKING:
    from neurogen_abm.model import NeurogenesisModel

HOURS: Final = 6
_NEURONS: Final = lineage.state_codes(FAMILIES["neuron"])


class Labelled:
    """Curves of one life by label: days, cells in which the label is seen, and how many of these are neurons."""

    def __init__(self) -> None:
        self.rows: dict[str, list[tuple[float, int, int]]] = {}

    def note(self, model: "NeurogenesisModel", *, now: bool = False) -> None:
        """Count every thymidine analogue that was given, where an hour is due or ``now``."""
        labels = model.histology.labels
        hours = float(model.world.time_h)
        if not labels.injected or not (now or round(hours, 6) % HOURS == 0.0):
            return
        alive = model.world.population.living()
        neuron = np.isin(alive.state, _NEURONS)
        for agent in ANALOGUES:
            if agent not in labels.injected:
                continue
            lit = np.isin(alive.id, model.histology.cells(f"{agent}+"))
            rows = self.rows.setdefault(agent, [])
            if rows and rows[-1][0] >= hours / 24.0:
                rows.pop()  # a second injection at the same moment
            rows.append((hours / 24.0, int(lit.sum()), int((lit & neuron).sum())))

    def copy(self) -> "Labelled":
        """Return the same curves for an animal that branches off."""
        other = Labelled()
        other.rows = {agent: list(rows) for agent, rows in self.rows.items()}
        return other

    def curves(self, arm: int) -> list[dict[str, Any]]:
        """Return the curves as the page takes them."""
        names = ("days", "cells", "neurons")
        return [
            {"arm": arm, "agent": agent} | {name: [row[k] for row in rows] for k, name in enumerate(names)}
            for agent, rows in self.rows.items()
        ]

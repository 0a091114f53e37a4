"""Counts: which cells of a specimen meet every condition of ``BrdU+ NeuN-``."""

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.assays.labels import Labels
from neurogen_abm.assays.specimen import Specimen, stained
from neurogen_abm.biology import lineage
from neurogen_abm.biology.cell_cycle import CycleStain
from neurogen_abm.lowering import Markers
from neurogen_abm.spec.scenario.histology import AGENTS, DIED, CountTerm

_AGENTS = {agent.lower(): agent for agent in AGENTS}
_BODIES = ("apoptotic", "tunel")


class Microscope:
    """Looks for labels, stains and states in a specimen; ``groups`` maps words such as ``stem`` to codes of states."""

    def __init__(
        self, labels: Labels, markers: Markers, stains: dict[str, CycleStain], groups: dict[str, NDArray[np.int64]]
    ) -> None:
        self._labels, self._markers, self._stains, self._groups = labels, markers, stains, groups

    def meets(
        self,
        specimen: Specimen,
        terms: tuple[CountTerm, ...],
        age_h: tuple[float, float] | None = None,
        since_h: float | None = None,
    ) -> NDArray[np.bool_]:
        """Say for each cell of a specimen whether it meets all conditions.

        Apoptotic bodies are counted only where a condition asks for them.

        Parameters
        ----------
        specimen
            The living, or for terms with ``died`` those that have died.
        terms
            The conditions.
        age_h
            Ages since the last division that count, from the first up to but without the second.
        since_h
            Only cells born at this time or later; for ``died`` the specimen holds deaths since then already.
        """
        names = [term.name.lower() for term in terms]
        rows = np.ones(len(specimen.id), np.bool_)
        if DIED not in names and not any(t.name.lower() in _BODIES and t.sign != "-" for t in terms):
            rows &= specimen.state != lineage.APOPTOTIC
        for term in terms:
            rows &= self._shows(specimen, term)
        if age_h is not None:
            rows &= (specimen.age_h >= age_h[0]) & (specimen.age_h < age_h[1])
        if since_h is not None and DIED not in names:
            rows &= specimen.birth_h >= since_h
        return rows

    def _shows(self, specimen: Specimen, term: CountTerm) -> NDArray[np.bool_]:
        """Say for each cell whether it meets one condition; a specimen is stained once for each."""
        if term not in specimen.shown:
            specimen.shown[term] = self._looked(specimen, term)
        return specimen.shown[term]

    def _looked(self, specimen: Specimen, term: CountTerm) -> NDArray[np.bool_]:
        name = term.name.lower()
        if name == DIED:
            return np.ones(len(specimen.id), np.bool_)
        if not term.sign:
            return np.isin(specimen.state, self._groups[name])
        found = (
            self._labels.seen(_AGENTS[name], specimen.id)
            if name in _AGENTS
            else stained(specimen, name, self._markers, self._stains)
        )
        return found if term.sign == "+" else ~found

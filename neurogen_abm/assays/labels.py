"""Labels in the tissue: which cells take one up, how it thins out, and in which it is still seen.

An injection reads the cells and writes down which have it; the cells know nothing of it. A thymidine analogue is taken
up in S phase and shared equally between daughters, a stem cell that renews itself keeping half. A virus, or the
recombination that tamoxifen brings about, is inherited whole.
"""

from typing import Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurogen_abm.assays.lab_random import LABEL, variates
from neurogen_abm.biology import lineage
from neurogen_abm.biology.states import FAMILIES, STATES
from neurogen_abm.engine.world import World
from neurogen_abm.lowering.histology import Uptake
from neurogen_abm.spec.scenario.histology import AGENTS, ANALOGUES, TAMOXIFEN
from neurogen_abm.state import MisfitError, State, array, copied, kept, part, put_back

_STEM: Final = lineage.state_codes(FAMILIES["stem"])
_CYCLING: Final = [code for code in range(len(STATES)) if lineage.is_cycling(code)]
_NONE: Final = np.empty(0, np.int64)


class Dose(NamedTuple):
    """What is injected: an agent and how much, a dose in mg/kg for an analogue, else a share of the cells in reach."""

    agent: str
    amount: float


def s_phase_overlap(clock_h: NDArray[np.float64], uptake: Uptake) -> NDArray[np.float64]:
    """Return the share of the minutes of a pulse that cells spend in S phase.

    Parameters
    ----------
    clock_h
        Biological hours left to the mitosis; at rest an hour of it passes in an hour.
    uptake
        The phases, and how long the label is available.
    """
    s_start_h = uptake.s_end_h + uptake.s_phase_h
    spent = np.minimum(clock_h, s_start_h) - np.maximum(clock_h - uptake.available_h, uptake.s_end_h)
    return np.clip(spent / uptake.available_h, 0.0, 1.0)


def labelled_share(agent: str, dose_mg_kg: float, uptake: Uptake) -> tuple[float, float]:
    """Return the share of the cells in S phase that a dose labels, and the content it gives them.

    ``share = (dose / saturating) ** exponent`` and ``content = dose / saturating``, both at most 1; doses of other
    analogues count as equal moles of BrdU.
    """
    relative = dose_mg_kg * ANALOGUES["BrdU"] / ANALOGUES[agent] / uptake.saturating_mg_kg
    return float(min(1.0, relative**uptake.dose_exponent)), float(min(1.0, relative))


def positions(ids: NDArray[np.int64], cells: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return where each of ``cells`` stands among ``ids``, -1 where it does not."""
    return np.asarray(pd.Index(ids).get_indexer(pd.Index(cells)), np.int64)


class Labels:
    """The labels in one animal: content by cell, brought up to date when something is injected or counted.

    Attributes
    ----------
    injected : dict
        Agent -> times of its injections, hours.
    """

    def __init__(self, world: World, uptake: Uptake) -> None:
        self._world, self._uptake = world, uptake
        self.injected: dict[str, list[float]] = {}
        self._ids: NDArray[np.int64] = _NONE  # sorted
        self._content: dict[str, NDArray[np.float64]] = {}
        self._clone: NDArray[np.int64] = _NONE  # the cell that recombined, by labelled cell; 0 outside clones
        self._begun_h: dict[int, float] = {}  # clone -> time at which it began
        self._time_h = -np.inf  # up to which descent is written down
        self._on_the_edge: NDArray[np.int64] = _NONE  # cells born at that very time

    def as_state(self) -> State:
        """Return what was injected and where it has gone, as arrays and numbers."""
        begun = {
            "clone": np.array(list(self._begun_h), np.int64),
            "h": np.array(list(self._begun_h.values()), np.float64),
        }
        ids = {"ids": self._ids.copy(), "clone": self._clone.copy(), "on_the_edge": self._on_the_edge.copy()}
        made = {"injected": copied(self.injected), "content": copied(self._content), "begun": begun}
        return kept(self, ("_time_h",)) | ids | made

    def restore(self, state: State) -> None:
        """Have injected what `as_state` returned."""
        put_back(self, state, ("_time_h",))
        injected, content, begun = part(state, "injected"), part(state, "content"), part(state, "begun")
        if not {*injected, *content} <= set(AGENTS):
            raise MisfitError("injected")
        self.injected = {agent: [float(time_h) for time_h in times] for agent, times in injected.items()}
        self._ids = array(part(state, "ids"), "ids", np.int64).copy()
        self._clone = array(part(state, "clone"), "clone", np.int64, self._ids.shape).copy()
        self._on_the_edge = array(part(state, "on_the_edge"), "on_the_edge", np.int64).copy()
        self._content = {
            agent: array(column, agent, np.float64, self._ids.shape).copy() for agent, column in content.items()
        }
        clones = array(part(begun, "clone"), "clone", np.int64)
        since_h = array(part(begun, "h"), "h", np.float64, clones.shape)
        self._begun_h = dict(zip(clones.tolist(), since_h.tolist(), strict=True))

    def inject(self, dose: Dose) -> int:
        """Label the cells there are now; return how many took it up."""
        self._descend()
        cells, content = self._uptake_of(dose)
        taken = content > 0.0
        self._add(dose.agent, cells[taken], content[taken])
        if dose.agent == TAMOXIFEN:
            self._begin_clones(cells[taken])
        self.injected.setdefault(dose.agent, []).append(self._world.time_h)
        return int(taken.sum())

    def content(self, agent: str, cells: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the content of cells by id: 1 is a saturating pulse spent in S phase; 0 where there is none.

        A cell that has died keeps the content it died with.
        """
        self._descend()
        found = np.zeros(len(cells))
        if agent in self._content:
            at = positions(self._ids, cells)
            known = at >= 0
            found[known] = self._content[agent][at[known]]
        return found

    def seen(self, agent: str, cells: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Say for each cell id whether a label is found in it."""
        least = self._uptake.least_content if agent in ANALOGUES else 0.5
        return self.content(agent, cells) >= least

    def clones(self) -> "Clones":
        """Return the cells, gone ones too, that descend from a stem cell recombined by tamoxifen, with their clone."""
        self._descend()
        rows = self._clone > 0
        begun = np.array(list(self._begun_h.items()), dtype=[("id", "i8"), ("h", "f8")])
        return Clones(self._ids[rows], self._clone[rows], np.sort(begun, order="id"))

    def _begin_clones(self, cells: NDArray[np.int64]) -> None:
        """Let every newly recombined cell begin a clone; one that is of a clone already stays in it."""
        at = np.searchsorted(self._ids, cells)
        new = self._clone[at] == 0
        self._clone[at[new]] = cells[new]
        self._begun_h.update(dict.fromkeys(cells[new].tolist(), self._world.time_h))

    def _uptake_of(self, dose: Dose) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return the ids of the cells that could take up a label now, and the content it would give them."""
        world, uptake = self._world, self._uptake
        changing = world.population.changing
        state = changing.state
        if dose.agent == TAMOXIFEN:
            rows = np.isin(state, _STEM)
            content = np.ones(int(rows.sum()))
            share = dose.amount
        else:
            rows = np.isin(state, _CYCLING)
            clock_h = changing.clock_h[rows].astype(np.float64)
            if dose.agent in ANALOGUES:
                share, full = labelled_share(dose.agent, dose.amount, uptake)
                content = full * s_phase_overlap(clock_h, uptake)
            else:
                share, content = dose.amount, (clock_h <= uptake.virus_window_h).astype(np.float64)
        cells = changing.id[rows]
        takes_up = variates(world.parameters.seed, cells, world.time_h, LABEL, dose.agent) < share
        return cells, content * takes_up

    def _add(self, agent: str, cells: NDArray[np.int64], content: NDArray[np.float64]) -> None:
        """Add content to cells; an analogue adds up, a mark that is inherited whole is there or not."""
        ids = np.union1d(self._ids, cells)
        for name in {*self._content, agent}:
            wider = np.zeros(len(ids))
            if name in self._content:
                wider[np.searchsorted(ids, self._ids)] = self._content[name]
            self._content[name] = wider
        clone = np.zeros(len(ids), np.int64)
        clone[np.searchsorted(ids, self._ids)] = self._clone
        self._ids, self._clone = ids, clone
        at = np.searchsorted(ids, cells)
        column = self._content[agent]
        column[at] = column[at] + content if agent in ANALOGUES else np.maximum(column[at], content)

    def _descend(self) -> None:
        """Hand the labels on through the divisions since this was last asked."""
        world = self._world
        if world.time_h == self._time_h:
            return
        if len(self._ids):
            born = self._births()
            while len(born.cell):
                born = self._inherit(born)
        changing = world.population.changing
        self._on_the_edge = changing.id[changing.birth_h >= world.time_h]
        self._time_h = world.time_h

    def _births(self) -> "_Births":
        """Return the cells born since the last time, with mother and which of her divisions since then it was."""
        born = self._world.population.born_since(self._time_h)
        cell, mother, birth_h = born.id, born.mother, born.birth_h
        new = ~np.isin(cell, self._on_the_edge) & (mother > 0)
        cell, mother, birth_h = cell[new], mother[new], birth_h[new]
        order = np.lexsort((birth_h, mother))
        cell, mother, birth_h = cell[order], mother[order], birth_h[order]
        first = np.append(True, mother[1:] != mother[:-1])[: len(cell)]
        later = np.append(True, birth_h[1:] != birth_h[:-1])[: len(cell)] | first
        count = np.cumsum(later)
        start = np.maximum.accumulate(np.where(first, count, 0))
        return _Births(cell, mother, count - start + 1)

    def _inherit(self, born: "_Births") -> "_Births":
        """Give the daughters of labelled mothers their part; return the births among whose mothers are new ones."""
        at = positions(self._ids, born.mother)
        known = at >= 0
        if not known.any():
            return _Births(_NONE, _NONE, _NONE)
        mothers, halvings, daughters = at[known], born.division[known], born.cell[known]
        times_divided = np.zeros(len(self._ids), np.int64)
        np.maximum.at(times_divided, mothers, halvings)
        ids = np.concatenate([self._ids, daughters])
        order = np.argsort(ids, kind="stable")
        for agent, content in self._content.items():
            kept, given = content, content[mothers]
            if agent in ANALOGUES:
                kept, given = content * 0.5**times_divided, given * 0.5**halvings
            self._content[agent] = np.concatenate([kept, given])[order]
        self._clone = np.concatenate([self._clone, self._clone[mothers]])[order]
        self._ids = ids[order]
        return _Births(*(column[~known] for column in born))


class Clones(NamedTuple):
    """Members by id, the clone of each (the id of its first cell), and when each clone began (fields id, h; by id)."""

    member: NDArray[np.int64]
    clone: NDArray[np.int64]
    begun: NDArray[np.void]


class _Births(NamedTuple):
    """Cells by id, their mothers, and the how-manieth division of the mother since the last time made them."""

    cell: NDArray[np.int64]
    mother: NDArray[np.int64]
    division: NDArray[np.int64]

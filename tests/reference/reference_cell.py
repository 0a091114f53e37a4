"""One biological cell as one Mesa agent, living by the scalar rules of `neurogen_abm.biology` and nothing else.

A step is three calls on every cell: `decide` reads the tissue, `propose` says which place an event needs, `act` writes.
Mesa calls a position of its grids a cell; here it is a place, and `agent.cell` is the place an agent stands on.
"""

import math
from typing import Any

import numpy as np
from mesa.discrete_space import CellAgent

from neurogen_abm import rng
from neurogen_abm.biology import hazards, lineage
from neurogen_abm.biology.states import STATES

SETTLED = (lineage.MATURE, lineage.ASTROCYTE)
NEED_A_PLACE = (lineage.STEM_DIVISION, lineage.PROGENITOR_DIVISION, lineage.ENTER_LAYER)


def as_stored(value: float) -> float:
    """Return the value as a column of 32-bit floats keeps it."""
    return float(np.float32(value))


class NeuralCell(CellAgent):
    """A stem cell, progenitor, neuron, astrocyte or apoptotic body; ``origin`` is its id, mother and founder."""

    model: Any  # ReferenceModel

    def __init__(
        self, model: Any, origin: tuple[int, int, int], generation: int, state: int, at_h: float, place: Any
    ) -> None:
        super().__init__(model)
        (self.id, self.mother, self.founder), self.generation = origin, generation
        self.state = self.from_state = self.birth_state = state
        self.birth_h = self.since_h = at_h
        self.entry, self.divisions, self.reserve, self.clock_h = 0, 0, 0.0, 0.0
        self.stand(place, 0)

    def stand(self, place: Any, layer: int) -> None:
        """Take a place of the subgranular zone (layer 0) or a column of the granule cell layer."""
        (u, v), p = place.coordinate, self.model.p
        self.cell, self.block, self.site = place, (u // p.block, v // p.block), (layer * p.n_v + v) * p.n_u + u
        self.site_class = self.model.site_class[self.site]

    def rates(self, at_h: float) -> tuple[float, float]:
        """Return hazard (1/h) and pace at a time: base values of the state times what the signals here do to them."""
        m, p, state, here = self.model, self.model.p, self.state, self.site_class
        age = hazards.age_bin(at_h - self.birth_h, p.death_edges_h)
        hazard = m.base_hazard[state][age] * m.felt(here, m.hazard_target[state][age], state)
        hazard += p.deepening if state == lineage.RESTING else 0.0
        if state == lineage.IMMATURE_LATE:
            columns = min(p.block, p.n_u - self.block[0] * p.block) * min(p.block, p.n_v - self.block[1] * p.block)
            pool = p.pool * columns * m.felt(here, hazards.INTEGRATION, state)
            hazard *= hazards.crowding(m.rivals[self.block], pool, p.rivalry)
        return hazard, m.base_pace[state] * m.felt(here, hazards.MATURATION, state)

    def spend(self, at_h: float, hours: float) -> tuple[int, float]:
        """Spend reserve and clock for some hours; return what runs out first, and when."""
        self.paid_h, by_reserve, by_clock = at_h, math.inf, math.inf
        hazard, pace = self.rates(at_h)
        if self.model.meets_chance[self.state]:
            before, self.reserve = self.reserve, as_stored(self.reserve - hazard * hours)
            if self.reserve <= 0.0:
                by_reserve = before / hazard if before > 0.0 else 0.0
        if pace > 0.0:
            before, self.clock_h = self.clock_h, as_stored(self.clock_h - pace * hours)
            if self.clock_h <= 0.0:
                by_clock = before / pace if before > 0.0 else 0.0
        runs_out = lineage.reserve_event if by_reserve <= by_clock else lineage.clock_event
        first = min(by_reserve, by_clock)
        return (runs_out(self.state), min(first, hours)) if first < math.inf else (lineage.NOTHING, hours)

    def decide(self) -> None:
        """Live through one step; what runs out first is the event."""
        t_h, p = self.model.time_h, self.model.p
        self.event, at_h = (lineage.NOTHING, 0.0) if self.state in SETTLED else self.spend(t_h, p.dt_h)
        self.at_h = as_stored(at_h)
        hops = lineage.hops(self.state, t_h - self.birth_h, p.dt_h, p.hop_interval_h, p.hop_until_h)
        self.event = lineage.HOP if self.event == lineage.NOTHING and hops else self.event

    def propose(self) -> None:
        """Pick the place the event needs, from those free now, and claim it with a ticket."""
        m, seed, self.needs_place = self.model, self.model.p.seed, True
        if self.event == lineage.HOP:
            number = int((m.time_h - self.birth_h + m.p.dt_h) / m.p.hop_interval_h)
            u, self.ticket = rng.uniform_and_ticket(seed, self.id, number, rng.HOP, 0)
            self.wanted = m.place_to_hop(self.cell, u)
        elif self.event == lineage.ENTER_LAYER:
            u, self.ticket = rng.uniform_and_ticket(seed, self.id, self.entry, rng.PLACE, 1)
            self.wanted = m.nearest_room(m.layer, self.cell, u)
        elif self.event == lineage.PROGENITOR_DIVISION or (
            self.event == lineage.STEM_DIVISION and self.stem_mode() != lineage.ASTROGENIC
        ):
            u, self.ticket = rng.uniform_and_ticket(seed, self.id, self.divisions, rng.PLACE, 0)
            self.wanted = m.nearest_room(m.zone, self.cell, u)
        else:
            self.wanted, self.needs_place = None, False
        if self.wanted is not None:
            m.claims[self.wanted] = min(self.ticket, m.claims.get(self.wanted, self.ticket))

    def stem_mode(self) -> int:
        u = rng.uniform(self.model.p.seed, self.id, self.divisions, rng.FATE, lineage.MODE_DRAW)
        return lineage.stem_mode(u, self.model.symmetric, self.model.consuming, self.model.astrogenic)

    def renewed_state(self, division: int, draw: int) -> int:
        active = rng.uniform(self.model.p.seed, self.id, division, rng.FATE, draw) < self.model.stay_active
        return lineage.ACTIVE if active else lineage.RESTING

    def act(self) -> None:
        """Carry out the event, or wait for the next step when its place is lost or there is none."""
        if self.needs_place and (self.wanted is None or self.model.claims[self.wanted] != self.ticket):
            self.model.tally["waited"] += self.event != lineage.HOP
        else:
            DEEDS[self.event](self, self.model.time_h + self.at_h, self.model.p.dt_h - self.at_h)

    def enter(self, state: int, at_h: float, left_h: float) -> None:
        """Enter a state, with ``left_h`` hours of the step left in it."""
        self.from_state, self.state, self.since_h = self.state, state, at_h
        self.entry += 1
        self.wind(at_h, left_h)

    def wind(self, at_h: float, left_h: float) -> None:
        """Draw reserve and clock of the state just entered and live through what is left of the step."""
        p, state, self.clock_h, who = self.model.p, self.state, 0.0, (self.model.p.seed, self.id, self.entry)
        if state <= lineage.RESTING or state == lineage.IMMATURE_EARLY:  # a neuron draws once for life
            self.reserve = as_stored(rng.exponential(*who, rng.RESERVE))
        if state == lineage.ACTIVE:
            self.clock_h = lineage.shifted_gamma(p.active_minimum_h, p.active_pause_h, 1.0, *who)
        elif lineage.TYPE_2A <= state <= lineage.TYPE_3:
            self.clock_h = lineage.shifted_gamma(p.cycle_minimum_h, self.model.cycle_pause_h, 1.0, *who)
        elif lineage.IMMATURE_EARLY <= state <= lineage.MATURING:
            self.clock_h = lineage.shifted_gamma(0.0, p.stay_h[state - lineage.IMMATURE_EARLY], p.stay_shape, *who)
        elif state == lineage.APOPTOTIC:
            self.clock_h = p.clearance_h
        self.event, after_h = self.spend(at_h, left_h)
        if self.event not in (lineage.NOTHING, *NEED_A_PLACE):  # more happens before the step is over
            DEEDS[self.event](self, at_h + after_h, left_h - after_h)

    def bear(self, division: int, sister: int, generation: int, place: Any, at_h: float, left_h: float) -> None:
        """Make a daughter; chance and the signals at her place say whether she will divide again."""
        m, seed, daughter_id = self.model, self.model.p.seed, int(rng.daughter_id(self.id, division, sister))
        cell = NeuralCell(m, (daughter_id, self.id, self.founder), generation, lineage.IMMATURE_EARLY, at_h, place)
        if generation == 0:
            cell.state = cell.renewed_state(0, lineage.START_DRAW)
        elif generation <= len(m.divide):
            would = lineage.progenitor_state(generation)
            again = lineage.odds_scaled(m.divide[generation - 1], m.felt(cell.site_class, hazards.AMPLIFICATION, would))
            if rng.uniform(seed, daughter_id, 0, rng.DIVIDE_AGAIN, 0) < again:
                cell.state = would
        cell.from_state = cell.birth_state = cell.state
        cell.wind(at_h, left_h)
        m.tally["births"] += 1

    def leave(self, end_h: float, cleared_h: float, state: int, cause: int) -> None:
        self.model.register[self.id] = (*self.life(), end_h, cleared_h, state, cause)
        self.remove()

    def life(self) -> tuple[Any, ...]:
        return self.mother, self.founder, self.generation, self.birth_state, self.birth_h, self.site, self.divisions

    def leave_quiescence(self, at_h: float, left_h: float) -> None:
        p, u = self.model.p, rng.uniform(self.model.p.seed, self.id, self.entry, rng.FATE, lineage.DEPTH_DRAW)
        self.enter(lineage.after_quiescence(self.state, u, p.deepening, self.rates(self.paid_h)[0]), at_h, left_h)

    def divide_stem(self, at_h: float, left_h: float) -> None:
        mode, m, division, here = self.stem_mode(), self.model, self.divisions, self.cell
        if mode == lineage.ASTROGENIC:
            self.enter(lineage.ASTROCYTE, at_h, left_h)
            return
        m.tally["stem_divisions"] += 1
        self.divisions += 1
        if mode == lineage.CONSUMING:
            m.tally["consumed"] += 1
            self.leave(at_h, math.nan, lineage.ACTIVE, lineage.CONSUMPTION)
            self.bear(division, 0, 1, here, at_h, left_h)
        else:
            self.enter(self.renewed_state(division, lineage.STAY_DRAW), at_h, left_h)
        self.bear(division, 1, 0 if mode == lineage.SYMMETRIC else 1, self.wanted, at_h, left_h)

    def divide_progenitor(self, at_h: float, left_h: float) -> None:
        here = self.cell
        self.model.tally["progenitor_divisions"] += 1
        self.leave(at_h, math.nan, self.state, lineage.DIVISION)
        for sister, place in enumerate((here, self.wanted)):
            self.bear(0, sister, self.generation + 1, place, at_h, left_h)

    def die(self, at_h: float, left_h: float) -> None:
        self.model.tally.update(["deaths", f"deaths_{STATES[self.state]}"])
        self.enter(lineage.APOPTOTIC, at_h, left_h)

    def mature(self, at_h: float, left_h: float) -> None:
        """Go on to the next state of a neuron; what the old state would have cost for the rest is given back."""
        self.reserve = as_stored(self.reserve + self.rates(self.paid_h)[0] * left_h)
        if self.event == lineage.ENTER_LAYER:
            u = rng.uniform(self.model.p.seed, self.id, self.entry, rng.DEPTH, 0)
            self.stand(self.wanted, 1 + int(u * self.model.p.radial_depth))
        elif self.event == lineage.INTEGRATE:
            self.model.tally["integrated"] += 1
        self.enter(self.state + 1, at_h, left_h)

    def clear(self, at_h: float, left_h: float) -> None:
        self.model.tally["cleared"] += 1
        self.leave(self.since_h, at_h, self.from_state, lineage.APOPTOSIS)


DEEDS = {
    lineage.ACTIVATE: NeuralCell.leave_quiescence,
    lineage.STEM_DIVISION: NeuralCell.divide_stem,
    lineage.PROGENITOR_DIVISION: NeuralCell.divide_progenitor,
    lineage.DEATH: NeuralCell.die,
    lineage.ENTER_LAYER: NeuralCell.mature,
    lineage.INTEGRATE: NeuralCell.mature,
    lineage.MATURATION: NeuralCell.mature,
    lineage.CLEARANCE: NeuralCell.clear,
    lineage.HOP: lambda cell, at_h, left_h: cell.stand(cell.wanted, 0),
}

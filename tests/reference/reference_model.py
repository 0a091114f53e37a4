"""The model once more, as plain Mesa agents on Mesa grids: slow, short, and what the engine must equal bit by bit.

It shares with the engine the numbers of a run (`neurogen_abm.lowering`), the muscle and the scalar rules of biology.
"""

from collections import Counter
from typing import Any

import mesa
import numpy as np
from mesa.discrete_space import OrthogonalMooreGrid
from reference_cell import SETTLED, NeuralCell

from neurogen_abm import rng
from neurogen_abm.agents import MuscleAgent
from neurogen_abm.biology import hazards, lineage
from neurogen_abm.biology.states import STATES
from neurogen_abm.engine.parameters import FIELD
from neurogen_abm.lowering import Lowered

CODES = range(len(STATES))
Places = dict[tuple[int, int], Any]  # a Mesa grid by (u, v)


class ReferenceModel(mesa.Model):
    """One animal: a muscle agent, a subgranular zone and a granule cell layer with one agent a cell."""

    def __init__(self, lowered: Lowered, feedback: bool = False) -> None:
        super().__init__(rng=lowered.parameters.seed)
        self.lowered, self.p, self.start = lowered, lowered.parameters, lowered.start
        self.minutes_per_step = round(self.p.dt_h * 60)
        self.lived, self.n_shed, self.shed_due = 0, 0, 0.0  # steps; granule cells of development, and fractions of one
        self.tally, self.rises, self.register = Counter[str](), list[float](), dict[int, tuple[Any, ...]]()
        self.meets_chance = [hazards.base_hazard(state, 1.0, 1.0, 1.0) > 0.0 for state in CODES]
        self.base_pace = [hazards.base_pace(state) for state in CODES]
        self.channel, self.site_class = self.p.channel.tolist(), lowered.classes.site_class.tolist()
        self.rest_level = [lowered.niche.local + lowered.niche.vascular * x for x in lowered.classes.pattern.tolist()]
        self.level, self.habituation = self.rest_level, [1.0] * len(lowered.effects.towards)
        self._lay_tissue()
        for folds in lowered.physiology.history(round(-self.time_h / self.p.dt_h), self.minutes_per_step).tolist():
            self.live(*folds, 0.0, lowered.physiology.messengers_present)
        self.muscle = MuscleAgent(self, lowered.schedule, lowered.physiology, feedback)

    @property
    def time_h(self) -> float:
        return self.start.time_h + self.lived * self.p.dt_h

    @property
    def age_h(self) -> float:
        return self.start.age_h + self.lived * self.p.dt_h

    @property
    def niche_rise(self) -> float:
        now, rest = (np.array(level) @ self.lowered.classes.weight for level in (self.level, self.rest_level))
        return float(now / rest) - 1.0

    def take_niche_rise(self) -> float:  # mean over the steps since last asked
        mean, self.rises = float(np.cumsum(self.rises)[-1]) / len(self.rises), []
        return mean

    def _lay_tissue(self) -> None:  # two Mesa grids of the same columns; the layer has the room development left free
        """Lay the grids and place the first cells and the granule cells of development."""
        p, size = self.p, (self.p.n_u, self.p.n_v)
        self.zone, self.layer = (
            {place.coordinate: place for place in OrthogonalMooreGrid(size, capacity=n, random=self.random).all_cells}
            for n in (1, p.column_capacity)
        )
        reach = range(max(p.reach, 1) + 1)
        square = [(a, b) for b in range(-reach[-1], reach[-1] + 1) for a in range(-reach[-1], reach[-1] + 1)]
        self.rings = [[(a, b) for a, b in square if max(abs(a), abs(b)) == radius] for radius in reach]
        self.columns = [(column % p.n_u, column // p.n_u) for column in range(p.n_u * p.n_v)]
        first, developmental = self.lowered.first_cells()
        self.n_developmental = int(developmental.sum())
        for column, count in zip(self.columns, developmental.tolist(), strict=True):
            self.layer[column].capacity -= count
        for row in zip(*first, strict=True):
            c = first._make(value.item() for value in row)
            layer, column = divmod(c.site, len(self.columns))
            place, origin = (self.layer if layer else self.zone)[self.columns[column]], (c.id, c.mother, c.founder)
            cell = NeuralCell(self, origin, c.generation, c.state, c.birth_h, place)
            cell.stand(place, layer)
            cell.from_state, cell.birth_state, cell.since_h = c.from_state, c.birth_state, c.since_h
            cell.entry, cell.reserve, cell.clock_h = c.entry, c.reserve, c.clock_h

    def ring(self, places: Places, centre: Any, radius: int, first: float = 0.0) -> list[Any]:
        """Return the places at a distance that have room, beginning at a share ``first`` of the way around."""
        (u, v), ring = centre.coordinate, self.rings[radius]
        begin = int(first * len(ring))
        around = [places.get((u + a, v + b)) for a, b in ring[begin:] + ring[:begin]]
        return [place for place in around if place is not None and not place.is_full]

    def nearest_room(self, places: Places, centre: Any, first: float) -> Any | None:
        """Return the nearest place with room, None when there is none within reach."""
        return next((free[0] for r in range(self.p.reach + 1) if (free := self.ring(places, centre, r, first))), None)

    def place_to_hop(self, centre: Any, u: float) -> Any | None:
        """Return the free place beside ``centre`` that chance and nearness to capillaries pick."""
        free, near = self.ring(self.zone, centre, 1), self.lowered.grid.near.reshape(self.p.n_v, self.p.n_u)
        weights = np.array([1.0 + self.p.capillary_attraction * near[place.coordinate[::-1]] for place in free])
        return free[chosen] if (chosen := lineage.weighted_choice(u, weights, len(free))) >= 0 else None

    def step(self) -> None:
        (m := self.muscle).step()
        self.live(*m.niche_folds, self.lowered.physiology.infused_niche(self.time_h), m.messenger_folds)
        self.rises.append(self.niche_rise)

    def live(self, local_fold: float, vascular_fold: float, infused: float, blood: Any) -> None:
        """Pass one step of the tissue; events come in random order, because none may matter."""
        self._signal(local_fold, vascular_fold, infused, blood)
        self._age()
        cells = self.agents_by_type[NeuralCell]
        self.rivals = Counter(c.block for c in cells if c.state in (lineage.IMMATURE_LATE, lineage.MATURING))
        self.claims: dict[Any, Any] = {}  # place -> lowest ticket
        cells.do("decide")
        due = cells.select(lambda cell: cell.event != lineage.NOTHING)
        due.shuffle_do("propose")
        due.shuffle_do("act")
        self._shed()
        self.lived += 1

    def _signal(self, local_fold: float, vascular_fold: float, infused: float, blood: Any) -> None:
        """Set the level of the signal in every class of sites, and what all signals do to every channel of effects."""
        niche, classes, dt_h = self.lowered.niche, self.lowered.classes, self.p.dt_h
        self.level = [niche.local * local_fold + infused + niche.vascular * vascular_fold * x for x in classes.pattern]
        self.factors = np.ones((len(self.level), int(self.p.channel.max()) + 1))
        averaged: dict[tuple[int, int], list[float]] = {}  # channel and whether more is better -> benefits
        effects = zip(*self.lowered.effects, strict=True)
        for e, (channel, towards, half, hill, depth, time_h, out, signal, benefit, limb, _, loss) in enumerate(effects):
            past, mean, exposed = self.habituation[e], 0.0, 0.0
            for c, (level, rest, weight) in enumerate(zip(self.level, self.rest_level, classes.weight, strict=True)):
                fold = 0.0 if out else level / rest if signal == FIELD else blood[signal]
                shift = hazards.moved(fold, half, hill, limb)
                exposed += weight * max(shift, 0.0)
                felt, usual = (hazards.with_gain(shift, 1.0 - past, depth), 1.0) if loss else (shift, past**depth)
                mean += weight * (factor := hazards.effect_factor(felt, towards))
                self.factors[c, channel] *= factor / usual if benefit == 0 else 1.0
            if benefit != 0:  # alike everywhere, so that the last class stands for all
                averaged.setdefault((channel, benefit), []).append(hazards.as_benefit(factor / usual, benefit))
            if depth > 0.0 or loss > 0.0:
                kept = 1.0 - hazards.lost_gain(1.0 - past, exposed, dt_h, time_h, loss)
                self.habituation[e] = kept if loss else hazards.habituated(past, mean, dt_h, time_h)
        for (channel, benefit), found in averaged.items():
            self.factors[:, channel] *= hazards.as_benefit(hazards.averaged(np.array(found), self.p.combiner), benefit)

    def felt(self, site_class: int, target: int, state: int) -> float:
        """Return the factor of the signals on a target of a state, at the sites of a class."""
        return 1.0 if target == hazards.NO_TARGET else self.factors[site_class, self.channel[target][state]]

    def _age(self) -> None:
        p, age_h = self.p, self.age_h
        w = hazards.aged_weight(age_h, p.young_age_h, p.ageing_time_h)
        pairs = (p.stay_active, p.symmetric, p.consuming, p.astrogenic, p.cycle_pause_h, *p.divide.T)
        self.stay_active, self.symmetric, self.consuming, self.astrogenic, self.cycle_pause_h, *self.divide = (
            hazards.between(young, aged, w) for young, aged in pairs
        )
        stem = (p.dormant_floor, p.dormant_rise), (p.resting_floor, p.resting_rise)
        dormant, resting = (hazards.activation_hazard(age_h, *x, p.activation_decline_h, p.initial_age_h) for x in stem)
        death = [hazards.between(young, aged, w) for young, aged in p.death.T]
        self.base_hazard = [[hazards.base_hazard(s, dormant, resting, d) for d in death] for s in CODES]
        self.hazard_target = [[hazards.hazard_target(state, x) for x in p.death_window] for state in CODES]

    def _shed(self) -> None:
        """Let granule cells of development die, as many as expected, each in a column drawn until one has any."""
        p, alive = self.p, self.n_developmental - self.n_shed
        self.shed_due += alive * -np.expm1(-p.developmental_death * p.dt_h)
        while self.shed_due >= 1.0:
            self.n_shed, self.shed_due = self.n_shed + 1, self.shed_due - 1.0
            draws = (rng.uniform(p.seed, self.n_shed, k, rng.BACKGROUND, 1) for k in range(2**31))
            places = (self.layer[self.columns[int(u * len(self.columns))]] for u in draws)
            next(place for place in places if place.capacity < p.column_capacity).capacity += 1

    def books(self) -> tuple[dict[int, tuple[Any, ...]], dict[int, tuple[Any, ...]]]:
        """Return by id all that is known of the cells that may still change, and of those that will not."""
        hot, ended = {}, dict(self.register)
        for c in self.agents_by_type[NeuralCell]:
            if c.state in SETTLED:
                ended[c.id] = (*c.life(), np.nan, np.nan, c.state, lineage.ALIVE)
            else:
                reserve = c.reserve if self.meets_chance[c.state] else None
                hot[c.id] = (*c.life(), c.state, c.from_state, c.since_h, c.entry, c.clock_h, reserve)
        return hot, ended

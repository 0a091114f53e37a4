"""The same step in careful numpy, without numba: the honest baseline for what compiled kernels buy.

Columns, tables by class and state, one pass per operation, events gathered by kind. Chance comes from numpy's own
generator, which is faster here than addressed variates, so that outcomes agree with the engine's only on average. What
the engine also keeps (the whole register, tallies, daily checks and order) is left out: numpy need not pay for it.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.biology import hazards, lineage
from neurogen_abm.biology.states import STATES
from neurogen_abm.engine.rates import rates_at_age
from neurogen_abm.engine.world import World

Rows = NDArray[np.intp]
COLUMNS = ("id", "mother", "founder", "birth_h", "since_h", "reserve", "clock_h", "site", "state", "generation")
CHANCE = np.array([STATES[s] in ("dormant", "resting") or 6 <= s <= 8 for s in range(12)])
CLOCK = np.array([hazards.base_pace(s) > 0.0 for s in range(12)])


class NumpyGyrus:
    """The gyrus of a `World` at this moment, to be stepped by numpy; ``n`` rows count."""

    def __init__(self, world: World, seed: int = 1) -> None:
        self.p, self.effects, self.niche, self.classes = world.parameters, world.effects, world.niche, world.classes
        self.t_h, self.age_h, self.n, self.next_id = world.time_h, world.age_h, world.population.n, 1 << 62
        self.rest, self.habituation = world.rest_level, world.habituation.copy()
        self.tissue, self.chance = world.tissue, np.random.default_rng(seed)
        self.occupied, self.load, self.rivals = (column.copy() for column in world.tissue.occupancy)
        self.claim, columns = np.empty(len(self.load), np.intp), world.population.changing
        self.c = {name: np.resize(getattr(columns, name), 4 * self.n + 4096) for name in COLUMNS}
        state = self.c["state"]
        self.c["reserve"][~CHANCE[state]] = self.c["clock_h"][~CLOCK[state]] = np.inf  # nothing runs out of these
        self.ended: list[tuple[NDArray[Any], ...]] = []
        self.births = 0

    def step(self, local_fold: float = 1.0, vascular_fold: float = 1.0) -> None:
        """Advance by one step, as `World.step`."""
        self.level = self.niche.local * local_fold + self.niche.vascular * vascular_fold * self.classes.pattern
        self._signal(self.level / self.rest)
        self.m = rates_at_age(self.p, self.age_h)
        n_classes = len(self.level)
        by_state = self.m.hazard[:, :, None] * self.factors[:, self.m.hazard_channel].transpose(1, 2, 0)
        self.hazard_table = by_state.reshape(-1, n_classes)
        self.pace_table = self.m.pace[:, None] * self.factors[:, self.m.pace_channel].T
        self._events(*self._decide())
        self.t_h, self.age_h = self.t_h + self.p.dt_h, self.age_h + self.p.dt_h

    def _signal(self, fold: NDArray[np.float64]) -> None:
        e, p = self.effects, self.p
        k, f = e.half_max_fold**e.hill, fold[:, None] ** e.hill
        both = (f / (f + k) - 1.0 / (1.0 + k)) / (1.0 - 1.0 / (1.0 + k))
        lack = np.maximum(1.0 - f / (f + k) * (1.0 + k), 0.0)
        shift = np.select([e.limb == hazards.BELOW, e.limb == hazards.ABOVE], [lack, np.maximum(both, 0.0)], both)
        loses, lost = e.gain_loss > 0.0, 1.0 - self.habituation
        exposure = e.gain_loss * (self.classes.weight @ np.maximum(shift, 0.0))
        shift = np.where(loses & (shift > 0.0), shift * (1.0 - e.habituation_depth * lost), shift)
        factor = np.exp(shift * np.log(e.towards))
        felt = factor / np.where(loses, 1.0, self.habituation**e.habituation_depth)
        self.factors = np.ones((len(fold), int(p.channel.max()) + 1))
        for number, channel in enumerate(e.channel):
            self.factors[:, channel] *= felt[:, number]
        held = np.where(loses, 1.0 - exposure / (1.0 + exposure), self.classes.weight @ factor)
        time_h = e.habituation_time_h / np.where(loses, 1.0 + exposure, 1.0)
        nearing = (held - self.habituation) * -np.expm1(-p.dt_h / time_h)
        self.habituation += np.where(e.habituation_depth > 0.0, nearing, 0.0)

    def _rates(self, rows: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return hazard and pace of rows, by look-up."""
        state, site = self.c["state"][rows], self.c["site"][rows]
        site_class, age = self.tissue.geometry.site_class[site], self.t_h - self.c["birth_h"][rows]
        age_bin = np.zeros(len(state), np.uint8)
        for edge in self.p.death_edges_h[1:]:
            age_bin += age >= edge
        n_bins, n_classes = self.m.hazard.shape[1], self.factors.shape[0]
        key = (state.astype(np.int32) * n_bins + age_bin) * n_classes + site_class
        hazard = self.hazard_table.ravel().take(key)
        late = np.flatnonzero(state == lineage.IMMATURE_LATE)
        block = self.tissue.geometry.block_of[site[late] % len(self.load)]
        room = self.tissue.geometry.block_size[block] * self.factors[site_class[late], self.m.crowd_channel]
        crowd = np.maximum(self.rivals[block] / (self.p.pool * room) - 1.0, 0.0)
        hazard[late] *= 1.0 + self.p.rivalry * crowd
        return hazard, self.pace_table.ravel().take(state.astype(np.int32) * n_classes + site_class)

    def _decide(self) -> tuple[Rows, NDArray[np.uint8], NDArray[np.float64], Rows]:
        """Spend all rows; return those due, their events and hours into the step, and those that migrate."""
        c, n, p = self.c, self.n, self.p
        hazard, pace = self._rates(slice(0, n))
        reserve, clock, state = c["reserve"][:n], c["clock_h"][:n], c["state"][:n]
        reserve -= (hazard * p.dt_h).astype(np.float32)
        clock -= (pace * p.dt_h).astype(np.float32)
        due = np.flatnonzero(np.minimum(reserve, clock) <= 0.0)
        over = [np.full(len(due), np.inf), np.full(len(due), np.inf)]
        for left, rate, out in zip((reserve[due], clock[due]), (hazard[due], pace[due]), over, strict=True):
            spent = left <= 0.0
            out[spent] = np.maximum(left[spent] / np.maximum(rate[spent], 1e-300) + p.dt_h, 0.0)
        codes = range(len(STATES))
        by_reserve = np.array([lineage.reserve_event(s) for s in codes], np.uint8)[state[due]]
        by_clock = np.array([lineage.clock_event(s) for s in codes], np.uint8)[state[due]]
        event = np.where(over[0] <= over[1], by_reserve, by_clock)
        young = np.flatnonzero((state == lineage.TYPE_3) | (state == lineage.IMMATURE_EARLY))
        age = self.t_h - c["birth_h"][young]
        later = age + p.dt_h
        hours = p.hop_interval_h
        hopping = young[(later <= p.hop_until_h) & ((later / hours).astype(int) > (age / hours).astype(int))]
        hopping = hopping[np.minimum(reserve[hopping], clock[hopping]) > 0.0]
        return due, event, np.minimum(np.minimum(*over), p.dt_h), hopping

    def _around(self, rows: Rows, radius: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Return columns at a distance from rows, and which of them lie on the sheet; shape (rows, ring)."""
        t, p, column = self.tissue, self.p, self.c["site"][rows] % len(self.load)
        ring = slice(t.geometry.ring_start[radius], t.geometry.ring_start[radius + 1])
        u, v = (column % p.n_u)[:, None] + t.geometry.ring_u[ring], (column // p.n_u)[:, None] + t.geometry.ring_v[ring]
        inside = (u >= 0) & (u < p.n_u) & (v >= 0) & (v < p.n_v)
        return np.where(inside, v * p.n_u + u, 0), inside

    def _room(self, rows: Rows, load: NDArray[np.uint8], capacity: int) -> NDArray[np.int64]:
        """Return the nearest column with room for each row, -1 where there is none within reach."""
        found, first = np.full(len(rows), -1), self.chance.random(len(rows))
        for radius in range(self.p.reach + 1):
            seek = np.flatnonzero(found < 0)
            columns, inside = self._around(rows[seek], radius)
            turn = (first[seek] * columns.shape[1]).astype(int)[:, None] + np.arange(columns.shape[1])
            free = np.take_along_axis(inside & (load[columns] < capacity), turn % columns.shape[1], 1)
            at = free.argmax(1)
            spot = np.take_along_axis(columns, (turn % columns.shape[1])[np.arange(len(seek)), at][:, None], 1)[:, 0]
            found[seek] = np.where(free.any(1), spot, -1)
        return found

    def _hop_targets(self, rows: Rows) -> NDArray[np.int64]:
        columns, inside = self._around(rows, 1)
        free = inside & (self.occupied[columns] == 0)
        weight = free * self.tissue.geometry.pull[self.tissue.geometry.pull_of[columns]]
        reach = weight.cumsum(1)
        at = (reach <= (self.chance.random(len(rows)) * reach[:, -1])[:, None]).sum(1).clip(max=weight.shape[1] - 1)
        return np.where(reach[:, -1] > 0.0, columns[np.arange(len(rows)), at], -1)

    def _won(self, wanted: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Say which of those that want a column get it: one each, at random."""
        lot = self.chance.permutation(len(wanted))
        self.claim[wanted[lot]] = lot
        return (wanted >= 0) & (self.claim[wanted] == np.arange(len(wanted)))

    def _events(self, due: Rows, event: NDArray[np.uint8], at_h: NDArray[np.float64], hopping: Rows) -> None:
        c, p, m, n_columns = self.c, self.p, self.m, len(self.load)
        stem = np.flatnonzero(event == lineage.STEM_DIVISION)
        mode = np.zeros(len(due), int)
        edges = np.cumsum([m.symmetric, m.consuming, m.astrogenic])
        order = np.array([lineage.SYMMETRIC, lineage.CONSUMING, lineage.ASTROGENIC, lineage.RENEWING])
        mode[stem] = order[np.searchsorted(edges, self.chance.random(len(stem)), "right")]
        astro = (event == lineage.STEM_DIVISION) & (mode == lineage.ASTROGENIC)
        divides = ((event == lineage.STEM_DIVISION) | (event == lineage.PROGENITOR_DIVISION)) & ~astro
        dividing, entering = np.flatnonzero(divides), np.flatnonzero(event == lineage.ENTER_LAYER)
        near = np.concatenate([self._room(due[dividing], self.occupied, 1), self._hop_targets(hopping)])
        layer = self._room(due[entering], self.load, p.column_capacity)
        won, entered = self._won(near), self._won(layer)
        moved, place = hopping[won[len(dividing) :]], near[len(dividing) :][won[len(dividing) :]]
        self.occupied[c["site"][moved]], self.occupied[place] = 0, 1
        c["site"][moved] = place
        k, place = dividing[won[: len(dividing)]], near[: len(dividing)][won[: len(dividing)]]
        mine, at = (x[astro | np.isin(event, (lineage.ACTIVATE, lineage.DEATH))] for x in (due, at_h))
        died = due[event == lineage.DEATH]
        self._lose(died)
        target = np.array([lineage.ACTIVE, 0, 0, 0, 0, 0, 11, 11, 11, 0, 0, 0], np.uint8)
        target[:3] = lineage.ACTIVE, lineage.ACTIVE, lineage.ASTROCYTE
        self._enter(mine, target[c["state"][mine]], at)
        k_layer, column = entering[entered], layer[entered]
        self._grow(due[k_layer], at_h[k_layer], column)
        for kind in (lineage.INTEGRATE, lineage.MATURATION):
            self._grow(due[event == kind], at_h[event == kind])
        self._divide(due[k], mode[k], event[k] == lineage.STEM_DIVISION, at_h[k], place)
        body = due[event == lineage.CLEARANCE]
        below = c["site"][body] < n_columns
        self.occupied[c["site"][body[below]]] = 0
        np.subtract.at(self.load, c["site"][body[~below]] % n_columns, 1)
        self._remove(np.concatenate([body, np.flatnonzero(np.isin(c["state"][: self.n], (9, 10)))]))

    def _lose(self, rows: Rows) -> None:
        """Count rivals that leave the competition."""
        rows = rows[self.c["state"][rows] >= lineage.IMMATURE_LATE]
        np.subtract.at(self.rivals, self.tissue.geometry.block_of[self.c["site"][rows] % len(self.load)], 1)

    def _enter(self, rows: Rows, state: Any, at_h: NDArray[np.float64]) -> None:
        """Put rows into states and wind reserve and clock, spending what is left of the step."""
        c, p = self.c, self.p
        c["state"][rows], c["since_h"][rows] = state, self.t_h + at_h
        now = c["state"][rows]
        fresh = (now <= lineage.RESTING) | (now == lineage.IMMATURE_EARLY)
        reserve = np.where(fresh, self.chance.standard_exponential(len(rows)), c["reserve"][rows])
        active, cycling = now == lineage.ACTIVE, (now >= lineage.TYPE_2A) & (now <= lineage.TYPE_3)
        stay = np.array([*[1.0] * 6, *p.stay_h, 1.0, 1.0, 1.0])[now]
        clock = stay / p.stay_shape * self.chance.standard_gamma(p.stay_shape, len(rows))
        pause = self.chance.standard_exponential(len(rows))
        clock = np.where(active, p.active_minimum_h + p.active_pause_h * pause, clock)
        clock = np.where(cycling, p.cycle_minimum_h + self.m.cycle_pause_h * pause, clock)
        clock = np.where(now == lineage.APOPTOTIC, p.clearance_h, clock)
        hazard, pace = self._rates(rows)
        c["reserve"][rows] = np.where(CHANCE[now], reserve - hazard * (p.dt_h - at_h), np.inf)
        c["clock_h"][rows] = np.where(CLOCK[now], clock - pace * (p.dt_h - at_h), np.inf)

    def _grow(self, rows: Rows, at_h: NDArray[np.float64], column: NDArray[np.int64] | None = None) -> None:
        """Let neurons go on to their next state, into the layer where a column is given."""
        c, n_columns = self.c, len(self.load)
        c["reserve"][rows] += (self._rates(rows)[0] * (self.p.dt_h - at_h)).astype(np.float32)
        if column is not None:
            self.occupied[c["site"][rows]] = 0
            np.add.at(self.load, column, 1)
            np.add.at(self.rivals, self.tissue.geometry.block_of[column], 1)
            layer = 1 + (self.chance.random(len(rows)) * self.p.radial_depth).astype(int)
            c["site"][rows] = layer * n_columns + column
        self._lose(rows[c["state"][rows] == lineage.MATURING])
        self._enter(rows, c["state"][rows] + 1, at_h)

    def _divide(self, rows: Rows, mode: Any, stem: Any, at_h: NDArray[np.float64], place: NDArray[np.int64]) -> None:
        """Write one daughter beside each row and, where the mother ends, one in her place."""
        c, n, n_new = self.c, self.n, len(rows)
        both = ~stem | (mode == lineage.CONSUMING)
        kept = rows[~both]
        self.ended.append((c["id"][rows[both]], c["birth_h"][rows[both]], self.t_h + at_h[both]))
        new = np.arange(n, n + n_new)
        for name in COLUMNS:
            c[name][new] = c[name][rows]
        c["site"][new] = place
        self.occupied[place] = 1
        keep = np.where(self.chance.random(len(kept)) < self.m.stay_active, lineage.ACTIVE, lineage.RESTING)
        self._enter(kept, keep.astype(np.uint8), at_h[~both])
        born, at = np.concatenate([new, rows[both]]), np.concatenate([at_h, at_h[both]])
        stem_born = np.concatenate([mode == lineage.SYMMETRIC, np.zeros(both.sum(), bool)]) & (
            c["generation"][born] == 0
        )
        c["mother"][born], c["birth_h"][born] = c["id"][born], self.t_h + at
        c["id"][born] = self.next_id + np.arange(len(born))
        self.next_id, self.births, self.n = self.next_id + len(born), self.births + len(born), n + n_new
        generation = c["generation"][born] + 1
        known = np.minimum(generation, len(self.m.divide))
        state = np.array([lineage.progenitor_state(g) for g in range(1, len(self.m.divide) + 1)], np.uint8)[known - 1]
        channel = self.p.channel[hazards.AMPLIFICATION, state]
        odds = self.factors[self.tissue.geometry.site_class[c["site"][born]], channel]
        again = np.where(generation <= len(self.m.divide), lineage.odds_scaled(self.m.divide[known - 1], odds), 0.0)
        state = np.where(self.chance.random(len(born)) < again, state, lineage.IMMATURE_EARLY)
        start = np.where(self.chance.random(len(born)) < self.m.stay_active, lineage.ACTIVE, lineage.RESTING)
        c["generation"][born] = np.where(stem_born, 0, generation)
        self._enter(born, np.where(stem_born, start, state).astype(np.uint8), at)

    def _remove(self, rows: Rows) -> None:
        """Close up: rows from the end fill the holes."""
        c, last = self.c, self.n - len(rows)
        self.ended.append((c["id"][rows], c["birth_h"][rows], c["since_h"][rows]))
        stay = np.ones(self.n - last, bool)
        stay[rows[rows >= last] - last] = False
        for name in COLUMNS:
            c[name][rows[rows < last]] = c[name][last : self.n][stay]
        self.n = last

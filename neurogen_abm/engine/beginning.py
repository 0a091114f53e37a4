"""The first cells of an animal: those it has on the day on which its history begins.

A gyrus is never empty. Its stem cells are dormant, resting or active in the shares that their hazards make, and behind
them stands what they have made: progenitors of every generation and neurons of every age, as many as there are where
stem cells have divided for long as they divide now. Each is a cell whose life is drawn from its birth on by the rules
of any other, so that its age, what is left of its timer and what it has survived belong together.
"""

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurogen_abm import rng
from neurogen_abm.biology import lineage
from neurogen_abm.engine.parameters import Parameters
from neurogen_abm.engine.population import Cells, empty_cells, taken, with_room
from neurogen_abm.engine.rates import RatesAtAge, StemRates, rates_at_age, stem_rates
from neurogen_abm.jit import compiled

Floats = NDArray[np.float64]

_POOL_STEP_H: Final = 240.0  # of the pool of stem cells in time; no stem cell is called as often
_SHORT_STEP_H: Final = 48.0  # the same where those that rest also sink, so that rest ends within two weeks
_FAR: Final = 4.0  # standard deviations beyond the mean time to maturity at which the last young neuron is looked for


class Start(NamedTuple):
    """How an animal begins: at ``time_h`` (hours before or at the start of the run) and ``age_h``."""

    time_h: float
    age_h: float
    n_stem: int
    n_granule: int  # granule cells in the layer, those still young among them
    resting: float = 0.0  # share of the stem cells that have divided before and rest; what is left is dormant
    active: float = 0.0  # share of the stem cells that are about to divide


@compiled
def _divisions(rates: StemRates, dormant: float, resting: float) -> tuple[float, float, float]:
    """Return divisions of stem cells, the loss of dormant ones, and the change of the resting, all per hour.

    A stem cell is active for a day, which is nothing beside the pool, so that those that become active divide.
    """
    left = 1.0 + rates.symmetric - rates.consuming - rates.astrogenic  # stem cells that a division leaves
    woken = rates.dormant * dormant
    roused = rates.resting * resting
    divisions = (woken + roused) / (1.0 - left * rates.stay_active)
    deeper = rates.deepening * resting
    return divisions, woken - deeper, left * (1.0 - rates.stay_active) * divisions - roused - deeper


@compiled
def stem_pool(p: Parameters, resting: float, from_h: float, until_h: float) -> tuple[float, float, float]:
    """Follow the pool of stem cells of an animal that rests, by its hazards alone.

    Parameters
    ----------
    p : Parameters
    resting : float
        Share of the quiescent stem cells that have divided before, at the age ``from_h``.
    from_h, until_h : float
        Ages, hours.

    Returns
    -------
    tuple of float
        Stem cells at ``until_h`` over those at ``from_h``, and the shares of the resting and of the active.
    """
    residence_h = p.active_minimum_h + p.active_pause_h
    d, r = 1.0 - resting, resting
    first = d + r + residence_h * _divisions(stem_rates(p, from_h), d, r)[0]
    n_steps = int(np.ceil((until_h - from_h) / (_SHORT_STEP_H if p.deepening > 0.0 else _POOL_STEP_H)))
    step_h = (until_h - from_h) / max(n_steps, 1)
    for k in range(n_steps):  # Runge-Kutta of the second order: rates at the middle of the step
        age_h = from_h + k * step_h
        _, lost, change = _divisions(stem_rates(p, age_h), d, r)
        middle = stem_rates(p, age_h + 0.5 * step_h)
        _, lost, change = _divisions(middle, d - 0.5 * step_h * lost, r + 0.5 * step_h * change)
        d, r = d - step_h * lost, r + step_h * change
    active = residence_h * _divisions(stem_rates(p, until_h), d, r)[0]
    total = d + r + active
    return total / first, r / total, active / total


def _longest_youth_h(p: Parameters, pause_h: float) -> float:
    """Return the time from the birth of a first progenitor by which its last neuron is mature."""
    generations = p.divide.shape[1]
    mean = generations * (p.cycle_minimum_h + pause_h) + p.stay_h.sum()
    return float(mean + _FAR * np.sqrt(generations * pause_h**2 + (p.stay_h**2).sum() / p.stay_shape))


@compiled
def _fate_of_neuron(i: int, age_h: float, p: Parameters, rates: RatesAtAge, cells: Cells) -> bool:
    """Let the neuron of row ``i`` live to its age; return whether there is still something of it that may change."""
    cell, edges = cells.id[i], p.death_edges_h
    reserve = rng.exponential(p.seed, cell, 0, rng.RESERVE)
    death_h, spent = np.inf, 0.0
    for b in range(len(edges)):
        end = edges[b + 1] if b + 1 < len(edges) else np.inf
        hazard = rates.hazard[lineage.IMMATURE_EARLY, b]
        lived = max(min(age_h, end) - edges[b], 0.0)
        if death_h == np.inf and spent + hazard * lived >= reserve:
            death_h = edges[b] + (reserve - spent) / hazard
        spent += hazard * lived
    if age_h - min(death_h, age_h) >= p.clearance_h:
        return False
    since_h, until_h, state = 0.0, 0.0, lineage.IMMATURE_EARLY
    ended_h = min(age_h, death_h)
    for entry in range(len(p.stay_h)):
        since_h, state = until_h, lineage.IMMATURE_EARLY + entry
        until_h += lineage.shifted_gamma(0.0, p.stay_h[entry], p.stay_shape, p.seed, cell, entry)
        cells.entry[i], cells.from_state[i] = entry, state - min(entry, 1)
        if until_h > ended_h:
            break
    if until_h <= ended_h:
        return False
    cells.state[i], cells.since_h[i] = state, cells.birth_h[i] + since_h
    cells.reserve[i], cells.clock_h[i] = np.float32(reserve - spent), np.float32(until_h - age_h)
    cells.site[i] = 0  # the layer, for now
    if state != lineage.IMMATURE_EARLY:
        cells.site[i] = 1 + int(rng.uniform(p.seed, cell, 0, rng.DEPTH, 0) * p.radial_depth)
    if death_h < age_h:
        cells.from_state[i], cells.state[i] = state, lineage.APOPTOTIC
        cells.entry[i] += 1
        cells.since_h[i] = cells.birth_h[i] + death_h
        cells.reserve[i], cells.clock_h[i] = 0.0, np.float32(death_h + p.clearance_h - age_h)
    return True


@compiled
def _progeny(first: int, age_h: float, n: int, start_h: float, p: Parameters, rates: RatesAtAge, cells: Cells) -> int:
    """Let a first progenitor, born ``age_h`` ago, and all its progeny live until now; return the new count of rows.

    Cells of its tree are numbered from ``first`` on: it is 1, the daughters of k are 2k and 2k + 1.
    """
    generations = len(rates.divide)
    ages = np.zeros(2 << generations)
    ages[1] = age_h
    for k in range(1, len(ages)):
        age = ages[k]
        if age <= 0.0:
            continue
        generation = int(np.log2(k + 0.5)) + 1
        cell = first + k
        cells.id[n], cells.founder[n], cells.generation[n] = cell, cell, generation
        cells.birth_h[n] = cells.since_h[n] = start_h - age
        cells.entry[n], cells.reserve[n], cells.site[n] = 0, 0.0, 0
        again = rates.divide[generation - 1] if generation <= generations else 0.0
        if rng.uniform(p.seed, cell, 0, rng.DIVIDE_AGAIN, 0) < again:
            cycle_h = lineage.shifted_gamma(p.cycle_minimum_h, rates.cycle_pause_h, 1.0, p.seed, cell, 0)
            ages[2 * k] = ages[2 * k + 1] = age - cycle_h
            state = lineage.progenitor_state(generation)
            cells.state[n], cells.from_state[n], cells.birth_state[n] = state, state, state
            cells.clock_h[n] = np.float32(cycle_h - age)
            n += cycle_h > age
        else:
            cells.birth_state[n] = lineage.IMMATURE_EARLY
            n += _fate_of_neuron(n, age, p, rates, cells)
    return n


@compiled
def _progenies(
    k: int, age_h: float, n: int, per_h: float, longest_h: float, start_h: float, p: Parameters, rates: RatesAtAge,
    cells: Cells,
) -> tuple[int, float, int]:  # fmt: skip
    """Let first progenitors from number ``k`` on live, the youngest first, while any are left and the table has room.

    Returns the next number, the age of the progenitor that has it, and the count of rows.
    """
    tree = 2 << len(rates.divide)
    while age_h <= longest_h and n + tree <= len(cells.id):
        n = _progeny(p.n_u * p.n_v + k * tree, age_h, n, start_h, p, rates, cells)
        k += 1
        age_h += rng.exponential(p.seed, k, 0, rng.BEGINNING) / per_h
    return k, age_h, n


def _young(p: Parameters, start: Start) -> Cells:
    """Return progenitors, young neurons and bodies of an animal whose stem cells have long divided as they do now.

    Their site is only the layer, for now; their ids lie above those of the stem cells.
    """
    rates = rates_at_age(p, start.age_h)
    divisions = start.active * start.n_stem / (p.active_minimum_h + p.active_pause_h)
    per_h = divisions * (1.0 - rates.symmetric - rates.astrogenic + rates.consuming)
    longest_h = _longest_youth_h(p, rates.cycle_pause_h)
    cells, n, k, age_h = empty_cells(1024), 0, 0, 0.0
    while per_h > 0.0 and age_h <= longest_h:
        cells = with_room(cells, n, n + 2048)
        k, age_h, n = _progenies(k, age_h, n, per_h, longest_h, start.time_h, p, rates, cells)
    return taken(cells, slice(n))


@compiled
def _variates_of_sites(seed: int, stream: int, out: Floats) -> None:
    for site in range(len(out)):
        out[site] = rng.uniform(seed, site + 1, 0, stream, 0)


def _columns_at_random(seed: int, stream: int, n_columns: int) -> NDArray[np.int64]:
    """Return the columns in random order."""
    variate = np.empty(n_columns)
    _variates_of_sites(seed, stream, variate)
    return np.argsort(variate, kind="stable")


def spread_evenly(seed: int, total: int, n_columns: int) -> NDArray[np.uint8]:
    """Return how many of ``total`` granule cells stand in each column: equal shares, the remainder at random."""
    load = np.full(n_columns, total // n_columns, np.uint8)
    load[_columns_at_random(seed, rng.BACKGROUND, n_columns)[: total % n_columns]] += 1
    return load


@compiled
def _settle_in_layer(p: Parameters, cells: Cells, load: NDArray[np.uint8]) -> int:
    """Give each cell of the layer a column, drawn until one has room; return how many found any."""
    room = p.column_capacity * len(load) - int(load.sum())
    n_columns, found = len(load), 0
    for i in range(len(cells.id)):
        attempt = 0
        while found < room:
            column = int(rng.uniform(p.seed, cells.id[i], attempt, rng.BEGINNING, 1) * n_columns)
            attempt += 1
            if load[column] < p.column_capacity:
                load[column] += 1
                cells.site[i] = cells.site[i] * n_columns + column
                found += 1
                break
    return found


def _stem_cells(p: Parameters, start: Start, sites: NDArray[np.int64]) -> Cells:
    """Return the stem cells at their sites, each id its site + 1: the first are active, the next rest."""
    n_active, n_resting = round(start.active * start.n_stem), round(start.resting * start.n_stem)
    cells = empty_cells(len(sites))
    cells.site[:], cells.id[:], cells.founder[:] = sites, sites + 1, sites + 1
    cells.birth_h[:] = cells.since_h[:] = start.time_h
    cells.state[:] = lineage.DORMANT
    cells.state[: n_active + n_resting] = lineage.RESTING
    cells.state[:n_active] = lineage.ACTIVE
    cells.from_state[:] = cells.birth_state[:] = cells.state
    _wind(p, cells)
    return cells


@compiled
def _wind(p: Parameters, cells: Cells) -> None:
    """Give stem cells what is left of their reserves and timers.

    An exponential variate has no memory. Of an active stem cell the time since it became active is uniform over its
    minimum, or it has passed that, in the shares that minimum and mean pause have in its stay.
    """
    for i in range(len(cells.id)):
        if cells.state[i] == lineage.ACTIVE:
            ahead_h = rng.uniform(p.seed, cells.id[i], 0, rng.BEGINNING, 2) * (p.active_minimum_h + p.active_pause_h)
            pause_h = p.active_pause_h * rng.exponential(p.seed, cells.id[i], 0, rng.CLOCK)
            cells.clock_h[i] = np.float32(max(ahead_h - p.active_pause_h, 0.0) + pause_h)
        else:
            cells.reserve[i] = np.float32(rng.exponential(p.seed, cells.id[i], 0, rng.RESERVE))


def first_cells(p: Parameters, start: Start) -> tuple[Cells, NDArray[np.uint8]]:
    """Return the cells with which an animal begins, quiescent ones first, and granule cells of development by column.

    Young cells of the subgranular zone stand on sites that stem cells leave free; where there are too few, in the zone
    or in the layer, those without one are left out. Classes of the field and blocks are the tissue's to say.
    """
    n_columns = p.n_u * p.n_v
    order = _columns_at_random(p.seed, rng.FOUNDER_SITE, n_columns)
    stem, young = _stem_cells(p, start, order[: start.n_stem]), _young(p, start)
    deep = young.site > 0
    zone, layer = taken(young, np.flatnonzero(~deep)), taken(young, np.flatnonzero(deep))
    zone = taken(zone, slice(n_columns - len(stem.id)))
    zone.site[:] = order[len(stem.id) : len(stem.id) + len(zone.id)]
    load = spread_evenly(p.seed, max(start.n_granule - len(layer.id), 0), n_columns)
    developmental = load.copy()
    layer = taken(layer, slice(_settle_in_layer(p, layer, load)))
    columns: Any = zip(stem, zone, layer, strict=True)
    cells = Cells(*(np.concatenate(parts) for parts in columns))
    quiescent_first = np.lexsort((cells.site, ~np.isin(cells.state, (lineage.DORMANT, lineage.RESTING))))
    return taken(cells, quiescent_first), developmental

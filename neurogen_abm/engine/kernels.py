"""The step's reading half: every cell spends its reserve and its clock and says what is to happen to it.

Nothing but the cell's own reserve and clock is written here, so cells may be taken in any order and by any number of
threads.
"""

import numba
import numpy as np
from numpy.typing import NDArray

from neurogen_abm.biology import fates, hazards
from neurogen_abm.engine.cells import Cells
from neurogen_abm.engine.program import Agenda, Moment, Program, Tissue
from neurogen_abm.jit import compiled

Floats = NDArray[np.float64]

# Parallel loops over fewer rows than this lose more to starting threads than they win.
PARALLEL_FROM = 400_000
CHUNK = 16_384


@compiled
def rates_of(i: int, t_h: float, cells: Cells, tissue: Tissue, p: Program, moment: Moment) -> tuple[float, float]:
    """Return the hazard (1/h) and the pace of row ``i`` at time ``t_h``, in its state and at its site."""
    state, site = cells.state[i], cells.site[i]
    field_class = tissue.site_class[site]
    b = hazards.age_bin(t_h - cells.birth_h[i], p.death_edges_h)
    hazard = moment.hazard[state, b] * tissue.factors[field_class, moment.hazard_channel[state, b]]
    if state == fates.IMMATURE_LATE:
        block = tissue.block_of[site % (p.n_u * p.n_v)]
        pool = p.pool * tissue.block_size[block] * tissue.factors[field_class, moment.crowd_channel]
        hazard *= hazards.crowding(tissue.rivals[block], pool, p.rivalry)
    return hazard, moment.pace[state] * tissue.factors[field_class, moment.pace_channel[state]]


@compiled
def _hours_left(left: float, rate: float) -> float:
    """Return the time in which what is left is spent at a rate per hour; at once where nothing is."""
    return left / rate if left > 0.0 else 0.0


@compiled
def _decide_rows(
    first: int, last: int, t_h: float, cells: Cells, tissue: Tissue, p: Program, moment: Moment, agenda: Agenda
) -> None:
    """Spend rows ``first`` to ``last`` over one step and write their events and the hours into the step of each.

    The arrays are taken out of their structures first: a look-up through a structure costs ten times as much.
    """
    state_of, site_of, birth_h, reserve, clock_h = cells.state, cells.site, cells.birth_h, cells.reserve, cells.clock_h
    site_class, factors, rivals = tissue.site_class, tissue.factors, tissue.rivals
    block_of, block_size, edges = tissue.block_of, tissue.block_size, p.death_edges_h
    hazard_of, hazard_channel = moment.hazard, moment.hazard_channel
    pace_of, pace_channel, crowd_channel = moment.pace, moment.pace_channel, moment.crowd_channel
    event, at_h, n_columns, dt_h = agenda.event, agenda.at_h, np.uint32(p.n_u * p.n_v), p.dt_h
    for i in range(first, last):
        event[i] = fates.NOTHING
        state, site = state_of[i], np.uint32(site_of[i])
        field_class = site_class[site]
        by_reserve, by_clock = np.inf, np.inf
        if state <= fates.RESTING:
            hazard = hazard_of[state, 0] * factors[field_class, np.uint32(hazard_channel[state, 0])]
            before = np.float64(reserve[i])
            reserve[i] = np.float32(before - hazard * dt_h)
            if reserve[i] <= 0.0:
                by_reserve = _hours_left(before, hazard)
        else:
            pace = pace_of[state] * factors[field_class, np.uint32(pace_channel[state])]
            before = np.float64(clock_h[i])
            clock_h[i] = np.float32(before - pace * dt_h)
            if clock_h[i] <= 0.0:
                by_clock = _hours_left(before, pace)
            if fates.IMMATURE_EARLY <= state <= fates.MATURING:
                b = np.uint32(hazards.age_bin(t_h - birth_h[i], edges))
                hazard = hazard_of[state, b] * factors[field_class, np.uint32(hazard_channel[state, b])]
                if state == fates.IMMATURE_LATE:
                    block = block_of[site % n_columns]
                    pool = p.pool * block_size[block] * factors[field_class, crowd_channel]
                    hazard *= hazards.crowding(rivals[block], pool, p.rivalry)
                before = np.float64(reserve[i])
                reserve[i] = np.float32(before - hazard * dt_h)
                if reserve[i] <= 0.0:
                    by_reserve = _hours_left(before, hazard)
        if by_reserve < np.inf or by_clock < np.inf:
            # A cell that waits for room may spend its reserve meanwhile: then it dies rather than waits on.
            event[i] = fates.reserve_event(state) if by_reserve <= by_clock else fates.clock_event(state)
            at_h[i] = min(by_reserve, by_clock, dt_h)
        elif fates.hops(state, t_h - birth_h[i], dt_h, p.hop_interval_h, p.hop_until_h):
            event[i], at_h[i] = fates.HOP, 0.0


@compiled(parallel=True)
def _decide_in_chunks(
    n: int, t_h: float, cells: Cells, tissue: Tissue, p: Program, moment: Moment, agenda: Agenda
) -> None:
    for chunk in numba.prange((n + CHUNK - 1) // CHUNK):
        _decide_rows(chunk * CHUNK, min((chunk + 1) * CHUNK, n), t_h, cells, tissue, p, moment, agenda)


def decide(
    n: int,
    t_h: float,
    cells: Cells,
    tissue: Tissue,
    p: Program,
    moment: Moment,
    agenda: Agenda,
    parallel: bool | None = None,
) -> None:
    """Fill the events of the first ``n`` rows and their times; threads from `PARALLEL_FROM` rows on, or as told."""
    use_threads = n >= PARALLEL_FROM if parallel is None else parallel
    if use_threads:
        _decide_in_chunks(n, t_h, cells, tissue, p, moment, agenda)
    else:
        _decide_rows(0, n, t_h, cells, tissue, p, moment, agenda)


@compiled
def due(n: int, event: NDArray[np.uint8], rows: NDArray[np.int64]) -> int:
    """Write the rows that have an event into ``rows``; return how many."""
    k = 0
    for i in range(n):
        if event[i] != fates.NOTHING:
            rows[k] = i
            k += 1
    return k


@compiled
def census(
    n: int,
    t_h: float,
    state: NDArray[np.uint8],
    birth_h: Floats,
    edges_h: Floats,
    table: NDArray[np.int64],
) -> int:
    """Count the first ``n`` rows by state and age since the last division; return the neurons born since time 0.

    Parameters
    ----------
    edges_h
        Lower edges of the age bins, (bins,), the first 0.
    table
        (states, bins), added to.
    """
    new = 0
    for i in range(n):
        age_h = t_h - birth_h[i]
        b = 0
        while b + 1 < len(edges_h) and age_h >= edges_h[b + 1]:
            b += 1
        table[state[i], b] += 1
        if birth_h[i] >= 0.0 and fates.IMMATURE_EARLY <= state[i] <= fates.MATURE:
            new += 1
    return new

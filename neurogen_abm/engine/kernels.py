"""The step's reading half: every cell spends its reserve and its clock and says what is to happen to it.

Nothing but the cell's own reserve and clock is written here, so cells may be taken in any order and by any number of
threads.
"""

import numba
import numpy as np
from numba import literal_unroll
from numpy.typing import NDArray

from neurogen_abm.biology import fates, hazards
from neurogen_abm.engine.cells import Cells
from neurogen_abm.engine.field import FieldClasses
from neurogen_abm.engine.program import Agenda, Effects, Moment, Program, Tissue, fill_factors, fill_rates, moment_at
from neurogen_abm.jit import compiled

Floats = NDArray[np.float64]
Bytes = NDArray[np.uint8]

# Parallel loops over fewer rows than this lose more to starting threads than they win.
PARALLEL_FROM = 400_000
CHUNK = 16_384
_NEXT = np.uint64(1)


@compiled(inline=True)
def rates_of(i: int, t_h: float, cells: Cells, tissue: Tissue, p: Program) -> tuple[float, float]:
    """Return the hazard (1/h) and the pace of row ``i`` at time ``t_h``, in its state and at its site."""
    state, site, field_class = cells.state[i], cells.site[i], cells.field_class[i]
    b = hazards.age_bin(t_h - cells.birth_h[i], p.death_edges_h)
    hazard = tissue.hazard[state, b, field_class]
    if state == fates.IMMATURE_LATE:
        block = tissue.block_of[site % (p.n_u * p.n_v)]
        pool = p.pool * tissue.block_size[block] * tissue.boutons[field_class]
        hazard *= hazards.crowding(tissue.rivals[block], pool, p.rivalry)
    return hazard, tissue.pace[state, field_class]


@compiled
def sense(
    local: float,
    vascular: float,
    age_h: float,
    rest: Floats,
    level: Floats,
    habituation: Floats,
    classes: FieldClasses,
    effects: Effects,
    tissue: Tissue,
    p: Program,
) -> Moment:
    """Set the level of the signal in every class of sites, and with it the rates that cells meet.

    Parameters
    ----------
    local, vascular : float
        The signal made in the tissue, and what capillaries bring in the mean of the niche, pg/mL.
    rest, level : array, shape (classes,)
        The signal at rest, and now (filled), pg/mL.
    """
    fold = np.empty(len(level))
    for c in range(len(level)):
        level[c] = local + vascular * classes.pattern[c]
        fold[c] = level[c] / rest[c]
    fill_factors(effects, fold, classes.weight, habituation, p.dt_h, tissue.factors)
    moment = moment_at(p, age_h)
    fill_rates(moment, tissue)
    return moment


@compiled
def _hours_left(left: float, rate: float) -> float:
    """Return the time in which what is left is spent at a rate per hour; at once where nothing is."""
    return left / rate if left > 0.0 else 0.0


# Rows are kept in order of state, so that each of the following meets long runs of one state and can be compiled for
# that state alone. They take plain arrays: a look-up through a structure costs ten times as much.


@compiled(inline=True)
def _spend_quiescent(
    i: np.uint64,
    last: np.uint64,
    state: int,
    dt_h: float,
    state_of: Bytes,
    class_of: Bytes,
    reserve: NDArray[np.float32],
    hazard_of: Floats,
    event: Bytes,
    at_h: NDArray[np.float32],
) -> np.uint64:
    """Spend the reserves of stem cells in a quiescent state from row ``i`` on; return the first row in another."""
    hazard_here = hazard_of[state, 0]
    while i < last and state_of[i] == state:
        event[i] = fates.NOTHING
        hazard, before = hazard_here[class_of[i]], np.float64(reserve[i])
        reserve[i] = left = np.float32(before - hazard * dt_h)
        if left <= 0.0:
            event[i] = fates.ACTIVATE
            at_h[i] = min(_hours_left(before, hazard), dt_h)
        i += _NEXT
    return i


@compiled(inline=True)
def _spend_clocks(
    i: np.uint64,
    last: np.uint64,
    t_h: float,
    p: Program,
    state_of: Bytes,
    class_of: Bytes,
    birth_h: Floats,
    clock_h: NDArray[np.float32],
    pace_of: Floats,
    event: Bytes,
    at_h: NDArray[np.float32],
) -> np.uint64:
    """Spend the clocks of cells that meet no chance, from row ``i`` on; return the first row of another kind."""
    while i < last and (fates.ACTIVE <= state_of[i] <= fates.TYPE_3 or state_of[i] > fates.MATURING):
        state, event[i] = state_of[i], fates.NOTHING
        pace, before = pace_of[state, class_of[i]], np.float64(clock_h[i])
        clock_h[i] = left = np.float32(before - pace * p.dt_h)
        if left <= 0.0:
            event[i] = fates.clock_event(state)
            at_h[i] = min(_hours_left(before, pace), p.dt_h)
        elif state == fates.TYPE_3 and fates.hops(state, t_h - birth_h[i], p.dt_h, p.hop_interval_h, p.hop_until_h):
            event[i], at_h[i] = fates.HOP, 0.0
        i += _NEXT
    return i


@compiled(inline=True)
def _spend_neurons(
    i: np.uint64,
    last: np.uint64,
    state: int,
    t_h: float,
    p: Program,
    state_of: Bytes,
    class_of: Bytes,
    site_of: NDArray[np.int32],
    birth_h: Floats,
    reserve: NDArray[np.float32],
    clock_h: NDArray[np.float32],
    hazard_of: Floats,
    pace_of: Floats,
    age_bin: Bytes,
    bin_end_h: Floats,
    may_hop: Bytes,
    block_of_row: NDArray[np.int32],
    block_along: NDArray[np.int32],
    block_size: Floats,
    rivals: NDArray[np.int32],
    boutons: Floats,
    some_crowded: bool,
    event: Bytes,
    at_h: NDArray[np.float32],
) -> np.uint64:
    """Spend reserves and clocks of young neurons of a state from row ``i`` on; return the first row in another."""
    hazard_here, pace_here, n_u, rows_a_site = hazard_of[state], pace_of[state], np.uint32(p.n_u), 1.0 / p.n_u
    oldest = np.uint32(len(age_bin) - 1)
    while i < last and state_of[i] == state:
        field_class, age_h, event[i] = class_of[i], t_h - birth_h[i], fates.NOTHING
        hour = min(np.uint32(age_h), oldest)
        b = age_bin[hour]
        while age_h >= bin_end_h[b]:
            b += np.uint8(1)
        hazard, pace = hazard_here[b, field_class], pace_here[field_class]
        if state == fates.IMMATURE_LATE and some_crowded:
            site = np.uint32(site_of[i])
            row = np.uint32((site + 0.5) * rows_a_site)  # site // n_u, without waiting for a division
            block = np.uint32(block_of_row[row] + block_along[np.uint32(site - np.uint32(row * n_u))])
            hazard *= hazards.crowding(rivals[block], p.pool * block_size[block] * boutons[field_class], p.rivalry)
        clock, luck = np.float64(clock_h[i]), np.float64(reserve[i])
        clock_h[i] = clock_left = np.float32(clock - pace * p.dt_h)
        reserve[i] = luck_left = np.float32(luck - hazard * p.dt_h)
        if clock_left <= 0.0 or luck_left <= 0.0:
            # A cell that waits for room may spend its reserve meanwhile: then it dies rather than waits on.
            by_clock = _hours_left(clock, pace) if clock_left <= 0.0 else np.inf
            by_reserve = _hours_left(luck, hazard) if luck_left <= 0.0 else np.inf
            event[i] = fates.reserve_event(state) if by_reserve <= by_clock else fates.clock_event(state)
            at_h[i] = min(by_reserve, by_clock, p.dt_h)
        elif state == fates.IMMATURE_EARLY and may_hop[hour]:
            if fates.hops(state, age_h, p.dt_h, p.hop_interval_h, p.hop_until_h):
                event[i], at_h[i] = fates.HOP, 0.0
        i += _NEXT
    return i


@compiled(borrows=True)
def _some_crowded(tissue: Tissue, p: Program) -> bool:
    """Say whether any block may be crowded, so that where none is, which is usual, nobody need ask for its own."""
    least = tissue.boutons[0]
    for boutons in tissue.boutons:
        least = min(least, boutons)
    for block in range(len(tissue.rivals)):
        if tissue.rivals[block] > p.pool * tissue.block_size[block] * least:
            return True
    return False


@compiled(borrows=True)
def _decide_rows(
    first: int,
    last: int,
    some_crowded: bool,
    t_h: float,
    cells: Cells,
    tissue: Tissue,
    p: Program,
    moment: Moment,
    agenda: Agenda,
) -> None:
    """Spend rows ``first`` to ``last`` over one step and write their events and the hours into the step of each."""
    state_of, class_of, site_of, birth_h = cells.state, cells.field_class, cells.site, cells.birth_h
    reserve, clock_h, event, at_h = cells.reserve, cells.clock_h, agenda.event, agenda.at_h
    hazard_of, pace_of, boutons = tissue.hazard, tissue.pace, tissue.boutons
    block_of_row, block_along, block_size = tissue.block_of_row, tissue.block_along, tissue.block_size
    rivals, age_bin, bin_end_h, may_hop = tissue.rivals, moment.age_bin, moment.bin_end_h, moment.may_hop
    i, end = np.uint64(first), np.uint64(last)
    while i < end:
        for quiescent in literal_unroll((fates.DORMANT, fates.RESTING)):
            i = _spend_quiescent(i, end, quiescent, p.dt_h, state_of, class_of, reserve, hazard_of, event, at_h)
        i = _spend_clocks(i, end, t_h, p, state_of, class_of, birth_h, clock_h, pace_of, event, at_h)
        for young in literal_unroll((fates.IMMATURE_EARLY, fates.IMMATURE_LATE, fates.MATURING)):
            i = _spend_neurons(
                i, end, young, t_h, p, state_of, class_of, site_of, birth_h, reserve, clock_h, hazard_of, pace_of,
                age_bin, bin_end_h, may_hop, block_of_row, block_along, block_size, rivals, boutons,
                some_crowded, event, at_h,
            )  # fmt: skip


@compiled(parallel=True)
def decide_in_threads(
    n: int, t_h: float, cells: Cells, tissue: Tissue, p: Program, moment: Moment, agenda: Agenda
) -> None:
    """Fill the events of the first ``n`` rows and their times, in threads."""
    some_crowded = _some_crowded(tissue, p)
    for chunk in numba.prange((n + CHUNK - 1) // CHUNK):
        _decide_rows(chunk * CHUNK, min((chunk + 1) * CHUNK, n), some_crowded, t_h, cells, tissue, p, moment, agenda)


@compiled(borrows=True)
def decide(n: int, t_h: float, cells: Cells, tissue: Tissue, p: Program, moment: Moment, agenda: Agenda) -> None:
    """Fill the events of the first ``n`` rows and their times."""
    _decide_rows(0, n, _some_crowded(tissue, p), t_h, cells, tissue, p, moment, agenda)


@compiled
def read(
    local: float,
    vascular: float,
    age_h: float,
    rest: Floats,
    level: Floats,
    habituation: Floats,
    classes: FieldClasses,
    effects: Effects,
    n: int,
    t_h: float,
    cells: Cells,
    tissue: Tissue,
    p: Program,
    agenda: Agenda,
) -> tuple[int, int]:
    """Do `sense`, `decide` and `count_due` in one call: entering compiled code with all arrays takes some 10 us."""
    moment = sense(local, vascular, age_h, rest, level, habituation, classes, effects, tissue, p)
    decide(n, t_h, cells, tissue, p, moment, agenda)
    return count_due(n, agenda.event)


@compiled(borrows=True)
def count_due(n: int, event: Bytes) -> tuple[int, int]:
    """Return how many of the first ``n`` rows have an event that is not migration, and how many migrate."""
    n_due = n_hops = 0
    for i in range(n):
        n_due += event[i] != fates.NOTHING
        n_hops += event[i] == fates.HOP
    return n_due - n_hops, n_hops


@compiled(borrows=True)
def list_due(n: int, n_due: int, event: Bytes, rows: NDArray[np.int64]) -> None:
    """Write the rows that have an event into ``rows``, those that migrate after the ``n_due`` others."""
    k, hop = np.uint64(0), np.uint64(n_due)
    eights = event[: n // 8 * 8].view(np.uint64)  # most rows have none: eight of them are passed over at once
    for eight in range(len(eights) + 1):
        if eight < len(eights) and eights[eight] == 0:
            continue
        for i in range(8 * eight, min(8 * eight + 8, n)):
            if event[i] == fates.HOP:
                rows[hop] = i
                hop += _NEXT
            elif event[i] != fates.NOTHING:
                rows[k] = i
                k += _NEXT

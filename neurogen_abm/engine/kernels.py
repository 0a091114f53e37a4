"""The step's reading half: every cell spends its reserve and its clock, and those that run out of one say what happens.

Nothing but the cell's own reserve and clock is written here, so cells may be taken in any order and by any number of
threads.
"""

import numba
import numpy as np
from numpy.typing import NDArray

from neurogen_abm.biology import fates, hazards
from neurogen_abm.engine.cells import Cells
from neurogen_abm.engine.field import FieldClasses
from neurogen_abm.engine.program import (
    BIN,
    BIN_ENDS,
    DUE,
    IDLE,
    MAY_MIGRATE,
    PARTS_OF_HOUR,
    Agenda,
    Effects,
    Moment,
    Program,
    Tissue,
    fill_factors,
    fill_rates,
    moment_at,
)
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
    state, field_class = cells.state[i], cells.field_class[i]
    b = hazards.age_bin(t_h - cells.birth_h[i], p.death_edges_h)
    hazard = tissue.hazard[state, b, field_class]
    if state == fates.IMMATURE_LATE:
        block = cells.block[i]
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


# Rows are kept in order of state, so that each of the following meets long runs of its kind. They take plain arrays: a
# look-up through a structure costs ten times as much. Rows are counted without sign, for numba guards a signed index
# each time against being negative. A row that becomes due is only noted: `decide` says later what happens to it.


@compiled(inline=True)
def _spend_quiescent(
    i: np.uint64,
    last: np.uint64,
    dt_h: float,
    state_of: Bytes,
    class_of: Bytes,
    reserve: NDArray[np.float32],
    hazard_of: Floats,
    due: Bytes,
) -> np.uint64:
    """Spend the reserves of quiescent stem cells from row ``i`` on; return the first row of another kind."""
    hazard_here = hazard_of[:, 0]
    while i < last and state_of[i] <= fates.RESTING:
        left = np.float32(reserve[i] - hazard_here[state_of[i], class_of[i]] * dt_h)
        if left <= 0.0:
            due[i] = DUE
        else:
            due[i], reserve[i] = IDLE, left
        i += _NEXT
    return i


@compiled(inline=True)
def _spend_clocks(
    i: np.uint64,
    last: np.uint64,
    t_h: float,
    p: Program,
    some_crowded: bool,
    state_of: Bytes,
    class_of: Bytes,
    block_of: NDArray[np.int32],
    birth_h: Floats,
    reserve: NDArray[np.float32],
    clock_h: NDArray[np.float32],
    hazard_of: Floats,
    pace_of: Floats,
    youth: Bytes,
    bin_end_h: Floats,
    block_size: Floats,
    rivals: NDArray[np.int32],
    crowded: Bytes,
    boutons: Floats,
    due: Bytes,
) -> np.uint64:
    """Spend the clocks of all other cells, and the reserves of neurons, from row ``i`` on; return the first quiescent.

    Nothing branches on the state alone, for cells newly born or changed stand among others until rows are put in order.
    """
    oldest = np.uint32(len(youth) - 1)
    while i < last and state_of[i] > fates.RESTING:
        state, field_class, age_h = state_of[i], class_of[i], t_h - birth_h[i]
        known = youth[min(np.uint32(age_h * PARTS_OF_HOUR), oldest)]
        b = known & np.uint8(BIN)
        if known & BIN_ENDS:  # seldom: windows usually begin on the hour
            while age_h >= bin_end_h[b]:
                b += np.uint8(1)
        hazard = hazard_of[state, b, field_class]
        if some_crowded:
            block = np.uint32(block_of[i])
            if crowded[block] & (state == fates.IMMATURE_LATE):
                pool = p.pool * block_size[block] * boutons[field_class]
                hazard *= hazards.crowding(rivals[block], pool, p.rivalry)
        clock_left = np.float32(clock_h[i] - pace_of[state, field_class] * p.dt_h)
        luck_left = np.float32(reserve[i] - hazard * p.dt_h)
        mortal = (state >= fates.IMMATURE_EARLY) & (state <= fates.MATURING)
        if (clock_left <= 0.0) | ((luck_left <= 0.0) & mortal):
            due[i] = DUE
        else:
            clock_h[i], reserve[i] = clock_left, luck_left
            due[i] = known & MAY_MIGRATE
        i += _NEXT
    return i


@compiled(borrows=True)
def _find_crowded(tissue: Tissue, p: Program) -> bool:
    """Note which blocks may be crowded, and say whether any is: where none is, nobody need ask for its own."""
    least = tissue.boutons[0]
    for boutons in tissue.boutons:
        least = min(least, boutons)
    found = False
    for block in range(len(tissue.rivals)):
        crowded = tissue.rivals[block] > p.pool * tissue.block_size[block] * least
        tissue.crowded[block] = crowded
        found |= crowded
    return found


@compiled(borrows=True)
def _spend_rows(
    first: int,
    last: int,
    some_crowded: bool,
    t_h: float,
    cells: Cells,
    tissue: Tissue,
    p: Program,
    agenda: Agenda,
) -> None:
    """Spend rows ``first`` to ``last`` over one step, but those that become due in it, which are noted."""
    state_of, class_of, block_of, birth_h = cells.state, cells.field_class, cells.block, cells.birth_h
    reserve, clock_h, due = cells.reserve, cells.clock_h, agenda.due
    hazard_of, pace_of, boutons = tissue.hazard, tissue.pace, tissue.boutons
    block_size, rivals, crowded = tissue.block_size, tissue.rivals, tissue.crowded
    youth, bin_end_h = tissue.youth, tissue.bin_end_h
    i, end = np.uint64(first), np.uint64(last)
    while i < end:
        i = _spend_quiescent(i, end, p.dt_h, state_of, class_of, reserve, hazard_of, due)
        i = _spend_clocks(
            i, end, t_h, p, some_crowded, state_of, class_of, block_of, birth_h, reserve, clock_h, hazard_of, pace_of,
            youth, bin_end_h, block_size, rivals, crowded, boutons, due,
        )  # fmt: skip


@compiled(parallel=True)
def _spend_in_threads(
    n_threads: int, n: int, t_h: float, cells: Cells, tissue: Tissue, p: Program, agenda: Agenda
) -> None:
    some_crowded = _find_crowded(tissue, p)
    # In turns, because rows are in order of state, and a neuron costs three times as much as a resting stem cell.
    for thread in numba.prange(n_threads):
        for first in range(thread * CHUNK, n, n_threads * CHUNK):
            _spend_rows(first, min(first + CHUNK, n), some_crowded, t_h, cells, tissue, p, agenda)


def spend_in_threads(n: int, t_h: float, cells: Cells, tissue: Tissue, p: Program, agenda: Agenda) -> None:
    """Do as `spend`, in as many threads as numba may use; a kernel that asked for their number could not be kept."""
    _spend_in_threads(numba.get_num_threads(), n, t_h, cells, tissue, p, agenda)


@compiled(borrows=True)
def spend(n: int, t_h: float, cells: Cells, tissue: Tissue, p: Program, agenda: Agenda) -> None:
    """Let the first ``n`` rows live through one step; those that become due in it are noted, and left as they were."""
    _spend_rows(0, n, _find_crowded(tissue, p), t_h, cells, tissue, p, agenda)


@compiled(inline=True)
def _hours_left(left: float, rate: float) -> float:
    """Return the time in which what is left is spent at a rate per hour; at once where nothing is."""
    return left / rate if left > 0.0 else 0.0


@compiled(borrows=True)
def decide(n_due: int, t_h: float, cells: Cells, tissue: Tissue, p: Program, agenda: Agenda) -> None:
    """Spend the rows that are due and write what happens to each, and how many hours into the step."""
    for k in range(n_due):
        i = agenda.rows[k]
        state, by_reserve, by_clock = cells.state[i], np.inf, np.inf
        hazard, pace = rates_of(i, t_h, cells, tissue, p)
        if hazards.has_reserve(state):
            before = np.float64(cells.reserve[i])
            cells.reserve[i] = np.float32(before - hazard * p.dt_h)
            if cells.reserve[i] <= 0.0:
                by_reserve = _hours_left(before, hazard)
        if hazards.base_pace(state) > 0.0:
            before = np.float64(cells.clock_h[i])
            cells.clock_h[i] = np.float32(before - pace * p.dt_h)
            if cells.clock_h[i] <= 0.0:
                by_clock = _hours_left(before, pace)
        # A cell that waits for room may spend its reserve meanwhile: then it dies rather than waits on.
        agenda.kind[k] = fates.reserve_event(state) if by_reserve <= by_clock else fates.clock_event(state)
        agenda.at_h[k] = min(by_reserve, by_clock, p.dt_h)


@compiled(borrows=True)
def count_due(n: int, due: Bytes) -> tuple[int, int]:
    """Return how many of the first ``n`` rows are due, and how many migrate."""
    n_due = n_hops = 0
    for i in range(n):
        n_due += due[i] == DUE
        n_hops += due[i] == MAY_MIGRATE
    return n_due, n_hops


@compiled(borrows=True)
def list_due(n: int, n_due: int, due: Bytes, rows: NDArray[np.int64], room: NDArray[np.int64]) -> None:
    """Write the rows that have an event into ``rows``, those that may migrate after the ``n_due`` others.

    Most rows are idle, eight of them together, and which of eight is not nobody can guess: so nothing here branches,
    and each row is written to where the next may come. Hence ``rows`` and ``room``, which is scribbled upon, must
    hold one more than there are events.
    """
    eights, not_idle = due[: n // 8 * 8].view(np.uint64), np.uint64(0)
    for eight in range(np.uint64(len(eights))):
        room[not_idle] = eight
        not_idle += np.uint64(eights[eight] != 0)
    if n % 8 > 0:
        room[not_idle] = len(eights)
        not_idle += _NEXT
    k, hop, end = np.uint64(0), np.uint64(n_due), np.uint64(n)
    for j in range(not_idle):
        first = np.uint64(8) * np.uint64(room[j])
        for i in range(first, min(first + np.uint64(8), end)):
            rows[k if due[i] == DUE else hop] = i
            k += np.uint64(due[i] == DUE)
            hop += np.uint64(due[i] == MAY_MIGRATE)

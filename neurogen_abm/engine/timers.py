"""The step's reading half: every cell spends reserve and timer; `decide` names the event of those that run out of one.

Nothing but the cell's own reserve and timer is written here, so cells may be taken in any order and by any number of
threads.
"""

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from neurogen_abm.biology import hazards, lineage
from neurogen_abm.engine.parameters import Parameters
from neurogen_abm.engine.population import Cells
from neurogen_abm.engine.tissue import (
    BIN,
    BIN_ENDS,
    DUE,
    IDLE,
    MAY_MIGRATE,
    PARTS_OF_HOUR,
    Bytes,
    Floats,
    Geometry,
    Occupancy,
    RateTables,
    Scratch,
    StepEvents,
    Tissue,
)
from neurogen_abm.jit import compiled

# Parallel loops over fewer rows than this lose more to starting threads than they win.
PARALLEL_FROM = 400_000
THREAD_CHUNK = 16_384
_NEXT = np.uint64(1)


@compiled(inline=True)
def rates_of(i: int, t_h: float, cells: Cells, tissue: Tissue, p: Parameters) -> tuple[float, float]:
    """Return the hazard (1/h) and the pace of row ``i`` at time ``t_h``, in its state and at its site."""
    state, field_class = cells.state[i], cells.field_class[i]
    b = hazards.age_bin(t_h - cells.birth_h[i], p.death_edges_h)
    hazard = tissue.tables.hazard[state, b, field_class]
    if lineage.is_integrating(state):
        block = cells.block[i]
        pool = p.pool * tissue.geometry.block_size[block] * tissue.tables.boutons[field_class]
        hazard *= hazards.crowding(tissue.occupancy.rivals[block], pool, p.rivalry)
    return hazard, tissue.tables.pace[state, field_class]


# Rows are taken a piece at a time, in short loops most of which do not branch, so that they take eight rows at once.
# They go through a few plain arrays each: where a loop might write what it reads, the compiler takes one row after
# another, and with many arrays it cannot tell. A row that becomes due is only noted: `decide` says later what happens.

_CHUNK = 256  # rows: few enough for the fastest cache


class _Workspace(NamedTuple):
    """What a piece is worked on with: the tables of rates, flat, and room for what is found for its rows, (rows,)."""

    hazard_of: Floats
    pace_of: Floats
    n_bins: np.uint32
    n_classes: np.uint32
    known: Bytes  # by the table by age
    entry: NDArray[np.uint32]  # where in a table
    hazard: Floats
    pace: Floats


@compiled
def _workspace(tissue: Tissue) -> _Workspace:
    hazard_of, pace_of = tissue.tables.hazard, tissue.tables.pace
    n_bins, n_classes = np.uint32(hazard_of.shape[1]), np.uint32(hazard_of.shape[2])
    known, entry = np.empty(_CHUNK, np.uint8), np.empty(_CHUNK, np.uint32)
    hazard, pace = np.empty(_CHUNK), np.empty(_CHUNK)
    return _Workspace(hazard_of.reshape(-1), pace_of.reshape(-1), n_bins, n_classes, known, entry, hazard, pace)


@compiled(inline=True)
def _spend_quiescent(piece: slice, cells: Cells, p: Parameters, events: StepEvents, work: _Workspace) -> None:
    """Spend the reserves of quiescent stem cells, whose hazard does not depend on age."""
    state, field_class, reserve, due = _columns(piece, cells, events)
    entry, hazard, hazard_of, n_classes = work.entry, work.hazard, work.hazard_of, work.n_classes
    for j in range(len(state)):
        entry[j] = np.uint32(state[j]) * work.n_bins * n_classes + np.uint32(field_class[j])
    for j in range(len(state)):
        hazard[j] = hazard_of[entry[j]]
    for j in range(len(state)):
        left = np.float32(reserve[j] - hazard[j] * p.dt_h)
        is_due = left <= 0.0
        reserve[j] = reserve[j] if is_due else left
        due[j] = DUE if is_due else IDLE


@compiled(inline=True)
def _columns(piece: slice, cells: Cells, events: StepEvents) -> tuple[Bytes, Bytes, NDArray[np.float32], Bytes]:
    return cells.state[piece], cells.field_class[piece], cells.reserve[piece], events.due[piece]


@compiled(inline=True)
def _look_up_ages(piece: slice, t_h: float, cells: Cells, tissue: Tissue, work: _Workspace) -> None:
    """Write what the table by age knows of each row, with the bin put right where one ends."""
    birth_h, age_table, known, entry = cells.birth_h[piece], tissue.tables.age_table, work.known, work.entry
    oldest, some = np.uint32(len(age_table) - 1), np.uint8(0)
    for j in range(len(birth_h)):
        entry[j] = min(np.uint32(np.int32((t_h - birth_h[j]) * PARTS_OF_HOUR)), oldest)
    for j in range(len(birth_h)):
        known[j] = age_table[entry[j]]
    for j in range(len(birth_h)):
        some |= known[j]
    if some & BIN_ENDS:  # seldom: windows usually begin on the hour
        for j in range(len(birth_h)):
            b = known[j] & np.uint8(BIN)
            while known[j] & BIN_ENDS and t_h - birth_h[j] >= tissue.tables.bin_end_h[b]:
                b += np.uint8(1)
            known[j] = (known[j] & np.uint8(MAY_MIGRATE)) | b


@compiled(inline=True)
def _look_up_rates(piece: slice, cells: Cells, work: _Workspace) -> None:
    """Write hazard and pace of each row, by state, bin of age and class of its site."""
    state, field_class, known, entry = cells.state[piece], cells.field_class[piece], work.known, work.entry
    hazard, hazard_of, pace, pace_of = work.hazard, work.hazard_of, work.pace, work.pace_of
    n_bins, n_classes = work.n_bins, work.n_classes
    for j in range(len(state)):
        b = np.uint32(known[j] & np.uint8(BIN))
        entry[j] = (np.uint32(state[j]) * n_bins + b) * n_classes + np.uint32(field_class[j])
    for j in range(len(state)):
        hazard[j] = hazard_of[entry[j]]
    for j in range(len(state)):
        entry[j] = np.uint32(state[j]) * n_classes + np.uint32(field_class[j])
    for j in range(len(state)):
        pace[j] = pace_of[entry[j]]


@compiled(inline=True)
def _crowd(piece: slice, cells: Cells, tissue: Tissue, p: Parameters, hazard: Floats) -> None:
    """Raise the hazard of those whose rivals lack boutons."""
    state, field_class, block = cells.state[piece], cells.field_class[piece], cells.block[piece]
    crowded, rivals = tissue.scratch.crowded, tissue.occupancy.rivals
    block_size, boutons = tissue.geometry.block_size, tissue.tables.boutons
    for j in range(np.uint64(len(state))):
        if lineage.is_integrating(state[j]):
            here = np.uint32(block[j])
            if crowded[here]:
                pool = p.pool * block_size[here] * boutons[field_class[j]]
                hazard[j] *= hazards.crowding(rivals[here], pool, p.rivalry)


@compiled(inline=True)
def _spend_both(piece: slice, cells: Cells, p: Parameters, events: StepEvents, work: _Workspace) -> None:
    """Spend reserves and clocks, of each row those it has."""
    state, _, reserve, due = _columns(piece, cells, events)
    clock_h, known, hazard, pace = cells.clock_h[piece], work.known, work.hazard, work.pace
    for j in range(len(state)):
        reserve_left = np.float32(reserve[j] - hazard[j] * p.dt_h)
        clock_left = np.float32(clock_h[j] - pace[j] * p.dt_h)
        quiescent, mortal = lineage.is_quiescent(state[j]), lineage.is_mortal(state[j])
        is_due = ((reserve_left <= 0.0) & (quiescent | mortal)) | ((clock_left <= 0.0) & (not quiescent))
        reserve[j] = reserve[j] if is_due else reserve_left
        clock_h[j] = clock_h[j] if is_due else clock_left
        due[j] = DUE if is_due else known[j] & np.uint8(MAY_MIGRATE)


@compiled(borrows=True)
def _find_crowded(tissue: Tissue, p: Parameters) -> bool:
    """Note which blocks may be crowded, and say whether any is: where none is, nobody need ask for its own."""
    least = tissue.tables.boutons[0]
    for boutons in tissue.tables.boutons:
        least = min(least, boutons)
    found = False
    for block in range(len(tissue.occupancy.rivals)):
        crowded = tissue.occupancy.rivals[block] > p.pool * tissue.geometry.block_size[block] * least
        tissue.scratch.crowded[block] = crowded
        found |= crowded
    return found


@compiled(borrows=True)
def _spend_rows(
    first: int,
    last: int,
    n_quiescent: int,
    some_crowded: bool,
    t_h: float,
    cells: Cells,
    tissue: Tissue,
    p: Parameters,
    events: StepEvents,
    work: _Workspace,
) -> None:
    """Spend rows ``first`` to ``last`` over one step, but those that become due in it, which are noted."""
    for begin in range(first, last, _CHUNK):
        end = min(begin + _CHUNK, last)
        piece = slice(begin, end)
        if end <= n_quiescent:
            _spend_quiescent(piece, cells, p, events, work)
            continue
        _look_up_ages(piece, t_h, cells, tissue, work)
        _look_up_rates(piece, cells, work)
        if some_crowded:
            _crowd(piece, cells, tissue, p, work.hazard)
        _spend_both(piece, cells, p, events, work)


@compiled(parallel=True)
def _spend_in_threads(
    n_threads: int,
    n: int,
    n_quiescent: int,
    t_h: float,
    cells: Cells,
    geometry: Geometry,
    tables: RateTables,
    occupancy: Occupancy,
    scratch: Scratch,
    p: Parameters,
    events: StepEvents,
) -> None:
    # Parallel loops borrow structures of arrays, but none of structures.
    some_crowded = _find_crowded(Tissue(geometry, tables, occupancy, scratch), p)
    # In turns, because rows are in order of state, and a neuron costs three times as much as a resting stem cell.
    for thread in numba.prange(n_threads):
        tissue = Tissue(geometry, tables, occupancy, scratch)
        work = _workspace(tissue)
        for first in range(thread * THREAD_CHUNK, n, n_threads * THREAD_CHUNK):
            last = min(first + THREAD_CHUNK, n)
            _spend_rows(first, last, n_quiescent, some_crowded, t_h, cells, tissue, p, events, work)


def spend_in_threads(
    n: int, n_quiescent: int, t_h: float, cells: Cells, tissue: Tissue, p: Parameters, events: StepEvents
) -> None:
    """Do as `spend`, in as many threads as numba may use; a kernel that asked for their number could not be kept."""
    _spend_in_threads(numba.get_num_threads(), n, n_quiescent, t_h, cells, *tissue, p, events)


@compiled
def spend(
    n: int, n_quiescent: int, t_h: float, cells: Cells, tissue: Tissue, p: Parameters, events: StepEvents
) -> None:
    """Let the first ``n`` rows live through one step; those that become due in it are noted, and left as they were.

    Parameters
    ----------
    n_quiescent : int
        How many of the first rows are known to be quiescent stem cells; others may stand among the rest.
    """
    _spend_rows(0, n, n_quiescent, _find_crowded(tissue, p), t_h, cells, tissue, p, events, _workspace(tissue))


@compiled(inline=True)
def _hours_left(left: float, rate: float) -> float:
    """Return the time in which what is left is spent at a rate per hour; at once where nothing is."""
    return left / rate if left > 0.0 else 0.0


@compiled(inline=True)
def first_event(
    state: int,
    reserve: float,
    clock_h: float,
    reserve_left: float,
    clock_left: float,
    hazard: float,
    pace: float,
    hours: float,
) -> tuple[int, float]:
    """Return which event comes first in some hours and when in them, `NOTHING` where neither runs out.

    ``reserve`` and ``clock_h`` are as they were before, the ``_left`` ones as they are stored after these hours.
    """
    by_reserve, by_clock = np.inf, np.inf
    if hazards.has_reserve(state) and reserve_left <= 0.0:
        by_reserve = _hours_left(reserve, hazard)
    if pace > 0.0 and clock_left <= 0.0:
        by_clock = _hours_left(clock_h, pace)
    if min(by_reserve, by_clock) == np.inf:
        return lineage.NOTHING, hours
    # A cell that waits for room may spend its reserve meanwhile: then it dies rather than waits on.
    kind = lineage.reserve_event(state) if by_reserve <= by_clock else lineage.clock_event(state)
    return kind, min(by_reserve, by_clock, hours)


@compiled(borrows=True)
def decide(n_due: int, t_h: float, cells: Cells, tissue: Tissue, p: Parameters, events: StepEvents) -> None:
    """Spend the rows that are due and write what happens to each, and how many hours into the step."""
    for k in range(n_due):
        i = events.rows[k]
        state, reserve, clock_h = cells.state[i], np.float64(cells.reserve[i]), np.float64(cells.clock_h[i])
        hazard, pace = rates_of(i, t_h, cells, tissue, p)
        cells.reserve[i], cells.clock_h[i] = np.float32(reserve - hazard * p.dt_h), np.float32(clock_h - pace * p.dt_h)
        kind, at_h = first_event(state, reserve, clock_h, cells.reserve[i], cells.clock_h[i], hazard, pace, p.dt_h)
        events.kind[k], events.at_h[k] = kind, at_h


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

    Most rows are idle, eight of them together, and which of eight is not cannot be predicted: so nothing here branches,
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

"""The step's writing half: where cells are born, change, die and leave; only migration moves cells elsewhere.

Events that have no site, or have lost it (`engine.sites`), try again in the next step; the others are written, and
their order does not matter.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurogen_abm import rng
from neurogen_abm.biology import hazards, lineage
from neurogen_abm.biology.states import STATES
from neurogen_abm.engine.parameters import Parameters
from neurogen_abm.engine.population import Cells, Register
from neurogen_abm.engine.rates import RatesAtAge
from neurogen_abm.engine.sites import NO_SITE, has_place, stem_mode_of
from neurogen_abm.engine.timers import first_event, rates_of
from neurogen_abm.engine.tissue import StepEvents, Tissue
from neurogen_abm.jit import compiled

# Tallies of a run: cumulative, but for those that say how many cells there are now.
BIRTHS: Final = 0
STEM_DIVISIONS: Final = 1
PROGENITOR_DIVISIONS: Final = 2
DEATHS: Final = 3
CLEARED: Final = 4
INTEGRATED: Final = 5
CONSUMED: Final = 6
WAITED: Final = 7
DEATHS_BY_STATE: Final = 8
IN_STATE: Final = DEATHS_BY_STATE + len(STATES)  # now, in each state; settled cells count for ever
NEW_NEURONS: Final = IN_STATE + len(STATES)  # now, born since the start of the run
N_TALLIES: Final = NEW_NEURONS + 1


@compiled(inline=True)
def _enter(i: int, state: int, at_h: float, cells: Cells) -> None:
    """Put row ``i`` into a state at a time."""
    cells.from_state[i] = cells.state[i]
    cells.state[i] = state
    cells.since_h[i] = at_h
    cells.entry[i] += 1


class Writing(NamedTuple):
    """What a step writes with: the arrays of the animal, its parameters, and the rates at its age."""

    cells: Cells
    ended: Register
    tissue: Tissue
    p: Parameters
    rates: RatesAtAge
    events: StepEvents
    tally: NDArray[np.int64]


@compiled(inline=True)
def _set_timers(i: int, at_h: float, left_h: float, w: Writing) -> tuple[int, float]:
    """Give row ``i`` reserve and timer of the state just entered and spend the ``left_h`` hours left of the step.

    A neuron keeps the reserve it was born with: one draw against death for life. Returns what happens where one of
    them runs out before the step is over, and how long after the state was entered.
    """
    cells, p = w.cells, w.p
    state, cell, entry = cells.state[i], cells.id[i], cells.entry[i]
    if lineage.draws_reserve(state):
        cells.reserve[i] = np.float32(rng.exponential(p.seed, cell, entry, rng.RESERVE))
    elif not lineage.is_mortal(state):
        cells.reserve[i] = np.float32(0.0)
    clock, ends_in = 0.0, lineage.clock_event(state)
    if ends_in == lineage.STEM_DIVISION:
        clock = lineage.shifted_gamma(p.active_minimum_h, p.active_pause_h, 1.0, p.seed, cell, entry)
    elif ends_in == lineage.PROGENITOR_DIVISION:
        clock = lineage.shifted_gamma(p.cycle_minimum_h, w.rates.cycle_pause_h, 1.0, p.seed, cell, entry)
    elif lineage.is_mortal(state):
        clock = lineage.shifted_gamma(0.0, p.stay_h[state - lineage.IMMATURE_EARLY], p.stay_shape, p.seed, cell, entry)
    elif ends_in == lineage.CLEARANCE:
        clock = p.clearance_h
    reserve = np.float64(cells.reserve[i])
    hazard, pace = rates_of(i, at_h, cells, w.tissue, p)
    cells.reserve[i], cells.clock_h[i] = np.float32(reserve - hazard * left_h), np.float32(clock - pace * left_h)
    return first_event(state, reserve, clock, cells.reserve[i], cells.clock_h[i], hazard, pace, left_h)


@compiled(inline=True)
def _refund(i: int, paid_h: float, left_h: float, w: Writing) -> None:
    """Give a neuron that leaves its state back what it spent of its reserve for the ``left_h`` hours after.

    They were paid at the rates of the time ``paid_h``.
    """
    hazard, _ = rates_of(i, paid_h, w.cells, w.tissue, w.p)
    w.cells.reserve[i] = np.float32(w.cells.reserve[i] + hazard * left_h)


@compiled(inline=True)
def _record_end(i: int, n_ended: int, end_h: float, cleared_h: float, state: int, cause: int, w: Writing) -> int:
    """Copy row ``i`` into the register; return the new count of ended cells."""
    cells, ended = w.cells, w.ended
    ended.id[n_ended] = cells.id[i]
    ended.mother[n_ended] = cells.mother[i]
    ended.founder[n_ended] = cells.founder[i]
    ended.birth_h[n_ended] = cells.birth_h[i]
    ended.end_h[n_ended] = end_h
    ended.cleared_h[n_ended] = cleared_h
    ended.site[n_ended] = cells.site[i]
    ended.divisions[n_ended] = cells.divisions[i]
    ended.state[n_ended] = state
    ended.generation[n_ended] = cells.generation[i]
    ended.birth_state[n_ended] = cells.birth_state[i]
    ended.cause[n_ended] = cause
    return n_ended + 1


@compiled(inline=True)
def _be_born(
    i: int, cell: int | np.int64, mother: int, founder: int, generation: int, site: int, at_h: float, w: Writing
) -> None:
    """Write a daughter into row ``i``; the signals at her site settle at birth whether she will divide again."""
    cells, tissue, p = w.cells, w.tissue, w.p
    cells.id[i], cells.mother[i], cells.founder[i] = cell, mother, founder
    cells.birth_h[i], cells.since_h[i] = at_h, at_h
    cells.site[i], cells.entry[i], cells.divisions[i] = site, 0, 0
    cells.field_class[i] = field_class = tissue.geometry.site_class[site]
    cells.generation[i] = generation
    again = 0.0
    if generation <= len(w.rates.divide):
        channel = p.channel[hazards.AMPLIFICATION, lineage.progenitor_state(generation)]
        again = lineage.odds_scaled(w.rates.divide[generation - 1], tissue.tables.factors[channel, field_class])
    divides = rng.uniform(p.seed, cell, 0, rng.DIVIDE_AGAIN, 0) < again
    state = lineage.progenitor_state(generation) if divides else lineage.IMMATURE_EARLY
    cells.state[i], cells.from_state[i], cells.birth_state[i] = state, state, state


@compiled(inline=True)
def _renew_stem(i: int, division: int, draw: int, w: Writing) -> int:
    """Return the state, active or resting, of a stem cell (row ``i``) that keeps or has gained stemness."""
    active = rng.uniform(w.p.seed, w.cells.id[i], division, rng.FATE, draw) < w.rates.stay_active
    return lineage.ACTIVE if active else lineage.RESTING


@compiled(inline=True)
def _divide_stem(i: int, n: int, n_ended: int, target: int, at_h: float, w: Writing) -> tuple[int, int]:
    """Carry out a stem cell's division; return the new counts of rows and of ended cells."""
    cells, tally = w.cells, w.tally
    division, cell, founder, site = cells.divisions[i], cells.id[i], cells.founder[i], cells.site[i]
    mode = stem_mode_of(cell, division, w.p, w.rates)
    if mode == lineage.ASTROGENIC:
        _enter(i, lineage.ASTROCYTE, at_h, cells)
        return n, n_ended
    tally[STEM_DIVISIONS] += 1
    cells.divisions[i] += 1
    first = 1
    if mode == lineage.CONSUMING:
        n_ended = _record_end(i, n_ended, at_h, np.nan, lineage.ACTIVE, lineage.CONSUMPTION, w)
        tally[CONSUMED] += 1
        first = 0
    else:
        _enter(i, _renew_stem(i, division, lineage.STAY_DRAW, w), at_h, cells)
    for daughter in range(first, 2):
        row, place = (n, target) if daughter else (i, site)
        tally[BIRTHS] += 1
        _be_born(row, rng.daughter_id(cell, division, daughter), cell, founder, 1, place, at_h, w)
    if mode == lineage.SYMMETRIC:
        state = _renew_stem(n, 0, lineage.START_DRAW, w)
        cells.generation[n] = 0
        cells.state[n], cells.from_state[n], cells.birth_state[n] = state, state, state
    return n + 1, n_ended


@compiled(inline=True)
def _divide_progenitor(i: int, n: int, n_ended: int, target: int, at_h: float, w: Writing) -> tuple[int, int]:
    """End a progenitor and write her two daughters; return the new counts of rows and of ended cells."""
    cells, tally = w.cells, w.tally
    cell, founder, site = cells.id[i], cells.founder[i], cells.site[i]
    generation = cells.generation[i] + 1
    n_ended = _record_end(i, n_ended, at_h, np.nan, cells.state[i], lineage.DIVISION, w)
    tally[PROGENITOR_DIVISIONS] += 1
    tally[BIRTHS] += 2
    for daughter in range(2):
        row, place = (n, target) if daughter else (i, site)
        _be_born(row, rng.daughter_id(cell, 0, daughter), cell, founder, generation, place, at_h, w)
    return n + 1, n_ended


@compiled(inline=True)
def _clear(i: int, n_ended: int, at_h: float, w: Writing) -> int:
    """Remove an apoptotic body from its site; return the new count of ended cells."""
    cells, occupancy, n_columns = w.cells, w.tissue.occupancy, w.p.n_u * w.p.n_v
    column = cells.site[i] % n_columns
    w.tally[CLEARED] += 1
    if cells.site[i] < n_columns:
        occupancy.occupied[column] = 0
    else:
        occupancy.load[column] -= 1
    return _record_end(i, n_ended, cells.since_h[i], at_h, cells.from_state[i], lineage.APOPTOSIS, w)


@compiled(inline=True)
def _count(i: int, change: int, cells: Cells, tally: NDArray[np.int64]) -> None:
    """Add row ``i`` to the cells there are now, or take it away."""
    state = cells.state[i]
    tally[IN_STATE + state] += change
    tally[NEW_NEURONS] += change * (lineage.is_neuron(state) & (cells.birth_h[i] >= 0.0))


@compiled(inline=True)
def _enter_layer(i: int, target: int, cells: Cells, tissue: Tissue, p: Parameters) -> None:
    """Move a young neuron from the subgranular zone into a column of the granule cell layer."""
    n_columns = p.n_u * p.n_v
    tissue.occupancy.occupied[cells.site[i]] = 0
    tissue.occupancy.load[target] += 1
    cells.block[i] = tissue.geometry.block_of[target]
    u = rng.uniform(p.seed, cells.id[i], cells.entry[i], rng.DEPTH, 0)
    cells.site[i] = (1 + int(u * p.radial_depth)) * n_columns + target
    cells.field_class[i] = tissue.geometry.site_class[cells.site[i]]


@compiled(inline=True)
def _after_quiescence(i: int, paid_h: float, w: Writing) -> int:
    """Return the state that row ``i``, which is quiescent, goes on to; ``paid_h`` as in `_refund`."""
    p, cells = w.p, w.cells
    if p.deepening == 0.0:
        return lineage.ACTIVE
    hazard, _ = rates_of(i, paid_h, cells, w.tissue, p)
    u = rng.uniform(p.seed, cells.id[i], cells.entry[i], rng.FATE, lineage.DEPTH_DRAW)
    return lineage.after_quiescence(cells.state[i], u, p.deepening, hazard)


@compiled(inline=True)
def _change(i: int, kind: int, target: int, paid_h: float, at_h: float, left_h: float, w: Writing) -> None:
    """Carry out an event that neither divides nor removes row ``i``; ``paid_h`` as in `_refund`."""
    cells, tissue, tally = w.cells, w.tissue, w.tally
    state = cells.state[i]
    if kind == lineage.ACTIVATE:
        _enter(i, _after_quiescence(i, paid_h, w), at_h, cells)
        return
    if kind == lineage.DEATH:
        tally[DEATHS] += 1
        tally[DEATHS_BY_STATE + state] += 1
        if lineage.is_competing(state):
            tissue.scratch.rivals_change[cells.block[i]] -= 1
        _enter(i, lineage.APOPTOTIC, at_h, cells)
        return
    _refund(i, paid_h, left_h, w)
    following = lineage.successor(state)
    if kind == lineage.ENTER_LAYER:
        _enter_layer(i, target, cells, tissue, w.p)
    elif kind == lineage.INTEGRATE:
        tally[INTEGRATED] += 1
    more = np.int32(lineage.is_competing(following)) - np.int32(lineage.is_competing(state))
    tissue.scratch.rivals_change[cells.block[i]] += more
    _enter(i, following, at_h, cells)


@compiled(inline=True)
def _live_on(
    i: int, changes: bool, kind: int, target: int, n_ended: int, paid_h: float, at_h: float, left_h: float, w: Writing
) -> tuple[int, bool]:
    """Let row ``i`` live through what is left of the step, and count it.

    It ``changes`` first as the event says, or has just divided or been born. Returns the new count of ended cells, and
    whether the row is to go: its body is cleared, or nothing more happens.
    """
    while True:
        if changes:
            _change(i, kind, target, paid_h, at_h, left_h, w)
        kind, after_h = _set_timers(i, at_h, left_h, w)
        # What needs a site waits for the next step, where all that want one meet.
        if kind == lineage.NOTHING or lineage.needs_site(kind):
            break
        if kind == lineage.CLEARANCE:
            return _clear(i, n_ended, at_h + after_h, w), True
        changes, target, paid_h, at_h, left_h = True, NO_SITE, at_h, at_h + after_h, left_h - after_h
    _count(i, +1, w.cells, w.tally)
    state = w.cells.state[i]
    if lineage.is_settled(state):
        return _record_end(i, n_ended, np.nan, np.nan, state, lineage.ALIVE, w), True
    return n_ended, False


@compiled(borrows=True)
def commit(n: int, n_quiescent: int, n_ended: int, n_due: int, t_h: float, w: Writing) -> tuple[int, int, int]:
    """Write all events of a step but migration; return the counts of rows, of the quiescent first, and of ended cells.

    Competition is read as it was when the step began: its changes are gathered and added last, so that the order of
    events cannot matter.
    """
    cells, events, tally, n_gone = w.cells, w.events, w.tally, 0
    for k in range(n_due):
        i = events.rows[k]
        kind, target = events.kind[k], events.wanted[k]
        if not has_place(k, kind, w.tissue, events):
            tally[WAITED] += 1
            continue
        into_h = np.float64(events.at_h[k])  # where nothing is compiled, single precision would spread
        at_h, left_h = t_h + into_h, w.p.dt_h - into_h
        before = n
        _count(i, -1, cells, tally)
        if kind == lineage.CLEARANCE:
            n_ended = _clear(i, n_ended, at_h, w)
            events.gone[n_gone] = i
            n_gone += 1
            continue
        changes = False
        if kind == lineage.STEM_DIVISION:
            n, n_ended = _divide_stem(i, n, n_ended, target, at_h, w)
        elif kind == lineage.PROGENITOR_DIVISION:
            n, n_ended = _divide_progenitor(i, n, n_ended, target, at_h, w)
        else:
            changes = True
        # Written once for both rows: whatever is merged into this function is compiled as often as it stands here.
        for is_new in range(1 + (n > before)):
            row = before if is_new else i
            if is_new:
                w.tissue.occupancy.occupied[target] = 1
            n_ended, goes = _live_on(row, changes, kind, target, n_ended, t_h, at_h, left_h, w)
            if is_new:
                n -= goes  # born and gone within the step: still the last row
            elif goes:
                events.gone[n_gone] = i
                n_gone += 1
    n = _close_up(n, n_gone, cells, events)
    return n, _keep_quiescent_first(n, n_quiescent, n_due, cells, events), n_ended


@compiled(inline=True)
def _copy_row(source: int, target: int, cells: Cells) -> None:
    cells.id[target], cells.mother[target], cells.founder[target] = (
        cells.id[source], cells.mother[source], cells.founder[source],
    )  # fmt: skip
    cells.birth_h[target], cells.since_h[target] = cells.birth_h[source], cells.since_h[source]
    cells.reserve[target], cells.clock_h[target] = cells.reserve[source], cells.clock_h[source]
    cells.site[target], cells.entry[target] = cells.site[source], cells.entry[source]
    cells.divisions[target], cells.generation[target] = cells.divisions[source], cells.generation[source]
    cells.state[target], cells.from_state[target] = cells.state[source], cells.from_state[source]
    cells.birth_state[target] = cells.birth_state[source]
    cells.field_class[target], cells.block[target] = cells.field_class[source], cells.block[source]


@compiled(inline=True)
def _close_up(n: int, n_gone: int, cells: Cells, events: StepEvents) -> int:
    """Fill the holes left by removed rows with rows from the end, highest hole first; return the new count.

    Events are listed by row, and so are the holes.
    """
    for k in range(n_gone - 1, -1, -1):
        n -= 1
        _copy_row(n, events.gone[k], cells)
    return n


@compiled(inline=True)
def _keep_quiescent_first(n: int, n_quiescent: int, n_due: int, cells: Cells, events: StepEvents) -> int:
    """Let stem cells that have woken change places with the last of the quiescent first rows; return how many are left.

    Row ``n``, which is free, lends room. The last of them goes first, so that the one it meets is quiescent.
    """
    for k in range(n_due - 1, -1, -1):
        i = events.rows[k]
        if i < n_quiescent and not lineage.is_quiescent(cells.state[i]):
            n_quiescent -= 1
            _copy_row(i, n, cells)
            _copy_row(n_quiescent, i, cells)
            _copy_row(n, n_quiescent, cells)
    return n_quiescent

"""A step of the gyrus in compiled code: cells read and decide, then what is due happens."""

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.engine import migration, sites
from neurogen_abm.engine._handle import Handle
from neurogen_abm.engine.commit import Writing, commit
from neurogen_abm.engine.parameters import Parameters
from neurogen_abm.engine.population import ENDS_PER_EVENT, Cells, Register
from neurogen_abm.engine.rates import RatesAtAge, rates_at_age, sense
from neurogen_abm.engine.timers import count_due, decide, list_due, spend
from neurogen_abm.engine.tissue import StepEvents, Tissue
from neurogen_abm.jit import compiled


@compiled
def live(
    g: Handle,
    spent: bool,
    n: int,
    n_quiescent: int,
    n_ended: int,
    t_h: float,
    age_h: float,
    local: float,
    vascular: float,
) -> tuple[int, int, int, int, int]:
    """Advance the cells by a step in one call: `sense` and `spend`, unless already done, and `act` where there is room.

    Parameters
    ----------
    spent : bool
        All rows have lived through the step already, in threads or by a call that found no room for what is due.
    n, n_quiescent, n_ended : int
        Rows that count of the cells, how many of the first of them are known to be quiescent stem cells, and rows that
        count of the register.
    t_h, age_h : float
        Time at which the step begins, and age of the animal then, hours.
    local, vascular : float
        As `sense` takes them.

    Returns
    -------
    n, n_quiescent, n_ended : int
        The new counts.
    n_due, n_hops : int
        Events that have not happened, because the columns have no room for them.
    """
    cells, ended, tissue, p, events = g.cells, g.ended, g.tissue, g.parameters, g.events
    if spent:
        rates = rates_at_age(p, age_h)
    else:
        past = g.habituation, g.followed
        rates = sense(local, vascular, age_h, g.rest_level, g.level, *past, g.classes, g.effects, g.blood, tissue, p)
        spend(n, n_quiescent, t_h, cells, tissue, p, events)
    n_due, n_hops = count_due(n, events.due)
    full = n + n_due >= len(cells.id) or n_ended + ENDS_PER_EVENT * n_due > len(ended.id)
    if full or n_due + n_hops + 2 > len(events.rows):
        return n, n_quiescent, n_ended, n_due, n_hops
    n, n_quiescent, n_ended = act(
        n, n_quiescent, n_ended, n_due, n_hops, t_h, cells, ended, tissue, p, rates, events, g.tally
    )
    return n, n_quiescent, n_ended, 0, 0


@compiled(borrows=True)
def act(
    n: int,
    n_quiescent: int,
    n_ended: int,
    n_due: int,
    n_hops: int,
    t_h: float,
    cells: Cells,
    ended: Register,
    tissue: Tissue,
    p: Parameters,
    rates: RatesAtAge,
    events: StepEvents,
    tally: NDArray[np.int64],
) -> tuple[int, int, int]:
    """Let all that is due happen: every event claims its place, then those that have one are written.

    Returns
    -------
    n, n_quiescent, n_ended : int
        The new counts.
    """
    list_due(n, n_due, events.due, events.rows, events.wanted)
    decide(n_due, t_h, cells, tissue, p, events)
    sites.propose(n_due, cells, tissue, p, rates, events)
    last = migration.gather(n_due, n_due + n_hops, t_h, cells, p, events)
    migration.propose(n_due, last, cells, tissue, p, events)
    migration.move(n_due, last, cells, tissue, events)
    # Made here, where references are not counted: each array would cost one.
    w = Writing(cells, ended, tissue, p, rates, events, tally)
    n, n_quiescent, n_ended = commit(n, n_quiescent, n_ended, n_due, t_h, w)
    sites.release(n_due, last, tissue, events)
    return n, n_quiescent, n_ended

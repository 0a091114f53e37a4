"""Where migrating cells go: neuroblasts and newborn neurons step to a free site beside them, towards capillaries.

Most events of a step are of this kind, so that they have a path of their own, through plain arrays.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurogen_abm import rng
from neurogen_abm.biology import lineage
from neurogen_abm.engine.parameters import Parameters
from neurogen_abm.engine.population import Cells
from neurogen_abm.engine.sites import NO_ROOM
from neurogen_abm.engine.tissue import StepEvents, Tissue
from neurogen_abm.jit import compiled

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float64]

N_BESIDE: Final = 8  # sites beside a site


@compiled(inline=True)
def _pull(there: np.uint64, occupied: Bytes, pull: Floats, pull_of: NDArray[np.uint16]) -> float:
    """Return how much a migrating cell is drawn to a column: not at all where there is a soma, which half have.

    A product, for a branch that goes either way as often costs more than all the rest.
    """
    return float(pull[pull_of[there]] * (occupied[there] == 0))


@compiled(borrows=True)
def gather(first: int, last: int, t_h: float, cells: Cells, p: Parameters, events: StepEvents) -> int:
    """Keep, of the rows that may migrate from ``first`` on, those that do; return the end of those kept.

    Written without a branch. The variates are drawn in a loop by themselves, which takes eight at a time.
    """
    rows, cell, turn, variate, ticket = events.rows, events.cell, events.turn, events.variate, events.ticket
    ids, state_of, birth_h = cells.id, cells.state, cells.birth_h
    end = np.uint64(first)
    for k in range(np.uint64(first), np.uint64(last)):
        i = np.uint64(rows[k])
        age_h = t_h - birth_h[i]
        rows[end], cell[end], turn[end] = i, ids[i], int((age_h + p.dt_h) / p.hop_interval_h)
        end += np.uint64(lineage.hops(state_of[i], age_h, p.dt_h, p.hop_interval_h, p.hop_until_h))
    for k in range(np.uint64(first), end):
        variate[k], ticket[k] = rng.uniform_and_ticket(p.seed, cell[k], turn[k], rng.HOP, 0)
    return int(end)


@compiled(borrows=True)
def propose(first: int, last: int, cells: Cells, tissue: Tissue, p: Parameters, events: StepEvents) -> None:
    """Write which free neighbouring site events ``first`` to ``last`` want, and lower each claim to the lowest ticket.

    A free site is picked at random, nearness to capillaries counting.
    """
    rows, wanted, variate, ticket, weights = events.rows, events.wanted, events.variate, events.ticket, events.weights
    site_of, occupied, claim, g = cells.site, tissue.occupancy.occupied, tissue.scratch.claim, tissue.geometry
    pull, pull_of = g.pull, g.pull_of
    n_u, n_v, begin = np.int64(p.n_u), np.int64(p.n_v), g.ring_start[1]
    ring_u, ring_v, beside = g.ring_u[begin:], g.ring_v[begin:], g.beside
    for k in range(np.uint64(first), np.uint64(last)):
        column = np.int64(site_of[np.uint64(rows[k])])
        cv = column // n_u
        cu = column - cv * n_u
        if 0 < cu < n_u - 1 and 0 < cv < n_v - 1:
            for r in range(N_BESIDE):
                weights[r] = _pull(np.uint64(column + beside[r]), occupied, pull, pull_of)
        else:
            for r in range(N_BESIDE):
                weights[r] = 0.0
                if 0 <= cu + ring_u[r] < n_u and 0 <= cv + ring_v[r] < n_v:
                    weights[r] = _pull(np.uint64(column + beside[r]), occupied, pull, pull_of)
        chosen = lineage.weighted_choice(variate[k], weights, N_BESIDE)
        wanted[k] = NO_ROOM
        if chosen >= 0:
            target = np.uint64(column + beside[chosen])
            wanted[k], claim[target] = target, min(claim[target], ticket[k])


@compiled(borrows=True)
def move(first: int, last: int, cells: Cells, tissue: Tissue, events: StepEvents) -> None:
    """Let those of events ``first`` to ``last`` that have won their site step onto it; the others stay."""
    rows, wanted, tickets, site_of, class_of = events.rows, events.wanted, events.ticket, cells.site, cells.field_class
    occupied, claim, site_class = tissue.occupancy.occupied, tissue.scratch.claim, tissue.geometry.site_class
    for k in range(np.uint64(first), np.uint64(last)):
        i, target = np.uint64(rows[k]), np.uint64(wanted[k])
        if wanted[k] >= 0 and claim[target] == tickets[k]:
            occupied[np.uint32(site_of[i])] = 0
            occupied[target] = 1
            site_of[i], class_of[i] = target, site_class[target]

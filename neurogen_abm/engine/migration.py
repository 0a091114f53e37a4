"""Where migrating cells go: neuroblasts and newborn neurons step to a free site beside them, towards capillaries.

Most events of a step are of this kind, so that they have a path of their own, through plain arrays.
"""

import numpy as np

from neurogen_abm import rng
from neurogen_abm.biology import fates
from neurogen_abm.engine.cells import Cells
from neurogen_abm.engine.claims import NO_SITE
from neurogen_abm.engine.program import Agenda, Program, Tissue
from neurogen_abm.jit import compiled

N_BESIDE = 8  # sites beside a site


@compiled(borrows=True)
def propose(
    first: int,
    last: int,
    t_h: float,
    cells: Cells,
    tissue: Tissue,
    p: Program,
    agenda: Agenda,
) -> None:
    """Write which free neighbouring site events ``first`` to ``last`` want, and lower each claim to the lowest ticket.

    A free site is picked by chance, nearness to capillaries counting.
    """
    rows, wanted, tickets, claim = agenda.rows, agenda.wanted, agenda.ticket, tissue.claim
    ids, state_of, birth_h, site_of, occupied = cells.id, cells.state, cells.birth_h, cells.site, tissue.occupied
    pull, pull_of, weights = tissue.pull, tissue.pull_of, agenda.weights
    n_u, n_v, beside = np.int64(p.n_u), np.int64(p.n_v), tissue.ring_start[1]
    ring_u, ring_v = tissue.ring_u[beside:], tissue.ring_v[beside:]
    for k in range(np.uint64(first), np.uint64(last)):
        i = np.uint64(rows[k])
        age_h, wanted[k] = t_h - birth_h[i], NO_SITE
        if not fates.hops(state_of[i], age_h, p.dt_h, p.hop_interval_h, p.hop_until_h):
            continue
        column = np.int64(site_of[i])
        cv = column // n_u
        cu = column - cv * n_u
        inside = 0 < cu < n_u - 1 and 0 < cv < n_v - 1
        for r in range(N_BESIDE):
            there = np.uint64(column)  # which is occupied, by itself
            if inside or (0 <= cu + ring_u[r] < n_u and 0 <= cv + ring_v[r] < n_v):
                there = np.uint64(column + ring_v[r] * n_u + ring_u[r])
            weights[r] = pull[pull_of[there]] if occupied[there] == 0 else 0.0
        hop = int((age_h + p.dt_h) / p.hop_interval_h)
        u, tickets[k] = rng.uniform_and_ticket(p.seed, ids[i], hop, rng.HOP, 0)
        chosen = fates.weighted_choice(u, weights, N_BESIDE)
        if chosen >= 0:
            target = np.uint64(column + ring_v[chosen] * n_u + ring_u[chosen])
            wanted[k], claim[target] = target, min(claim[target], tickets[k])


@compiled(borrows=True)
def move(first: int, last: int, cells: Cells, tissue: Tissue, agenda: Agenda) -> None:
    """Let those of events ``first`` to ``last`` that have won their site step onto it; the others stay."""
    rows, wanted, tickets, site_of, class_of = agenda.rows, agenda.wanted, agenda.ticket, cells.site, cells.field_class
    occupied, claim, site_class = tissue.occupied, tissue.claim, tissue.site_class
    for k in range(np.uint64(first), np.uint64(last)):
        i, target = np.uint64(rows[k]), np.uint64(wanted[k])
        if wanted[k] >= 0 and claim[target] == tickets[k]:
            occupied[np.uint32(site_of[i])] = 0
            occupied[target] = 1
            site_of[i], class_of[i] = target, site_class[target]

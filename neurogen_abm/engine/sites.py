"""Who gets which site: every event says what it wants, all looking at the tissue as it was; the lowest ticket wins.

A division wants a free subgranular site within reach, a young neuron a place in a column of the layer; what migrating
cells want is told in `engine.migration`.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurogen_abm import rng
from neurogen_abm.biology import lineage
from neurogen_abm.engine.grid import free_column
from neurogen_abm.engine.parameters import Parameters
from neurogen_abm.engine.population import Cells
from neurogen_abm.engine.rates import RatesAtAge
from neurogen_abm.engine.tissue import StepEvents, Tissue
from neurogen_abm.jit import compiled

UNCLAIMED: Final = np.uint64(0xFFFFFFFFFFFFFFFF)
NO_SITE: Final = -1  # none wanted
NO_ROOM: Final = -2  # wanted, none free


@compiled(inline=True)
def stem_mode_of(cell: int, division: int, p: Parameters, rates: RatesAtAge) -> int:
    """Return how a stem cell divides for the ``division``-th time: one draw, asked for twice."""
    u = rng.uniform(p.seed, cell, division, rng.FATE, lineage.MODE_DRAW)
    return lineage.stem_mode(u, rates.symmetric, rates.consuming, rates.astrogenic)


@compiled(inline=True)
def _room_near(column: int, u: float, load: NDArray[np.uint8], capacity: int, p: Parameters, tissue: Tissue) -> int:
    """Return the nearest column with a free site, or that there is none."""
    g = tissue.geometry
    found = free_column(column, p.n_u, p.n_v, g.ring_start, g.ring_u, g.ring_v, p.reach, load, capacity, u)
    return found if found >= 0 else NO_ROOM


@compiled(inline=True)
def _needs_site(i: int, kind: int, cells: Cells, p: Parameters, rates: RatesAtAge) -> bool:
    """Say whether an event of row ``i`` needs a site; a stem cell that becomes an astrocyte keeps its own."""
    if kind == lineage.STEM_DIVISION:
        return bool(stem_mode_of(cells.id[i], cells.divisions[i], p, rates) != lineage.ASTROGENIC)
    return lineage.needs_site(kind)


@compiled(borrows=True)
def propose(n_due: int, cells: Cells, tissue: Tissue, p: Parameters, rates: RatesAtAge, events: StepEvents) -> None:
    """Write what every event but migration wants and its ticket, and lower each claim to the lowest ticket."""
    for k in range(n_due):
        i = events.rows[k]
        kind = events.kind[k]
        events.wanted[k] = NO_SITE
        if not _needs_site(i, kind, cells, p, rates):
            continue
        cell, column = cells.id[i], cells.site[i] % (p.n_u * p.n_v)
        claim = tissue.scratch.claim
        if kind == lineage.ENTER_LAYER:
            claim = tissue.scratch.claim_layer
            u, ticket = rng.uniform_and_ticket(p.seed, cell, cells.entry[i], rng.PLACE, 1)
            target = _room_near(column, u, tissue.occupancy.load, p.column_capacity, p, tissue)
        else:
            u, ticket = rng.uniform_and_ticket(p.seed, cell, cells.divisions[i], rng.PLACE, 0)
            target = _room_near(column, u, tissue.occupancy.occupied, 1, p, tissue)
        events.wanted[k], events.ticket[k] = target, ticket
        if target >= 0:
            claim[target] = min(claim[target], ticket)


@compiled(inline=True)
def has_place(k: int, kind: int, tissue: Tissue, events: StepEvents) -> bool:
    """Say whether event ``k`` needs no site or has won the one it wants."""
    target = events.wanted[k]
    if target < 0:
        return bool(target == NO_SITE)
    claim = tissue.scratch.claim_layer if kind == lineage.ENTER_LAYER else tissue.scratch.claim
    return bool(claim[target] == events.ticket[k])


@compiled(borrows=True)
def release(n_due: int, last: int, tissue: Tissue, events: StepEvents) -> None:
    """Make the step's claims and changes of competition those of the past; from ``n_due`` to ``last`` cells migrate."""
    wanted, claim, claim_layer = events.wanted, tissue.scratch.claim, tissue.scratch.claim_layer
    for k in range(n_due):
        if wanted[k] >= 0:
            claim[wanted[k]] = claim_layer[wanted[k]] = UNCLAIMED
    for k in range(n_due, last):
        if wanted[k] >= 0:
            claim[wanted[k]] = UNCLAIMED
    rivals, change = tissue.occupancy.rivals, tissue.scratch.rivals_change
    for b in range(len(rivals)):
        rivals[b] += change[b]
        change[b] = 0

"""What the cells of an animal share, and the list of what happens to them in a step."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bytes = NDArray[np.uint8]


class Geometry(NamedTuple):
    """What never changes: where sites, columns and blocks are."""

    site_class: Bytes  # (sites,): class of the field
    block_of: NDArray[np.int32]  # (columns,)
    block_size: Floats  # (blocks,): columns of a block, fewer at the border
    pull: Floats  # (pulls,): how much a migrating cell is drawn to a site, 1 far from capillaries
    pull_of: NDArray[np.uint16]  # (columns,): which pull a column has; so written, all of it stays in the cache
    ring_start: NDArray[np.int64]
    ring_u: NDArray[np.int64]
    ring_v: NDArray[np.int64]
    beside: NDArray[np.int64]  # (8,): steps in the order of columns to the sites beside a site


class RateTables(NamedTuple):
    """Rates by state, age and class of sites, for look-up; written once a step by `engine.rates`."""

    factors: Floats  # (channels, classes): what the signals do to rates now
    hazard: Floats  # (states, bins, classes): hazard of a step before crowding, 1/h
    pace: Floats  # (states, classes): pace of the timer in a step
    boutons: Floats  # (classes,): what the signals do to the pool of boutons
    age_table: Bytes  # (parts of hours,): BIN, BIN_ENDS and MAY_MIGRATE by age, the last for ever
    bin_end_h: Floats  # (bins,): age at which a bin ends


class Occupancy(NamedTuple):
    """Who is where."""

    occupied: Bytes  # (columns,): somata in the subgranular zone, at most one per site
    load: Bytes  # (columns,): granule cells in the layer, born in development or since
    rivals: NDArray[np.int32]  # (blocks,): competing neurons (immature_late and maturing)


class Scratch(NamedTuple):
    """Gathered within a step, and empty between two."""

    claim: NDArray[np.uint64]  # (columns,): lowest ticket for a subgranular site, all ones when unclaimed
    claim_layer: NDArray[np.uint64]  # (columns,): the same for a place in the layer
    rivals_change: NDArray[np.int32]  # (blocks,)
    crowded: Bytes  # (blocks,): 0 where rivals surely do not lack boutons in this step


class Tissue(NamedTuple):
    """What the cells share."""

    geometry: Geometry
    tables: RateTables
    occupancy: Occupancy
    scratch: Scratch


# What a row does in a step.
IDLE: Final = 0
DUE: Final = 1
MAY_MIGRATE: Final = 128

# A table by age holds MAY_MIGRATE or not, whether the bin of age ends within, and in the other bits the bin.
BIN_ENDS: Final = 64
BIN: Final = 63
PARTS_OF_HOUR: Final = 4  # of which each has its entry: the more, the fewer are asked in vain whether they migrate


class StepEvents(NamedTuple):
    """What is to happen in a step: one entry a row of cells, then one an event, those that migrate last."""

    due: NDArray[np.uint8]  # uint8 (rows,): IDLE, DUE or MAY_MIGRATE
    rows: NDArray[np.int64]  # int64 (events,): rows with an event
    kind: NDArray[np.uint8]  # uint8 (events,): what happens; not written for those that migrate
    at_h: NDArray[np.float32]  # float32 (events,): hours into the step; likewise
    wanted: NDArray[np.int64]  # int64 (events,): column an event needs
    ticket: NDArray[np.uint64]  # uint64 (events,)
    gone: NDArray[np.int64]  # int64 (events,): rows to close up
    cell: NDArray[np.int64]  # int64 (events,): id of a cell that migrates
    turn: NDArray[np.int64]  # int64 (events,): how many times it has had occasion to
    variate: Floats  # (events,): its variate
    weights: Floats  # (8,): room to weigh the sites beside a site


def empty_events(rows: int, events: int) -> StepEvents:
    """Return room for as many rows and events."""
    return StepEvents(
        due=np.zeros(rows, np.uint8),
        rows=np.zeros(events, np.int64),
        kind=np.zeros(events, np.uint8),
        at_h=np.zeros(events, np.float32),
        wanted=np.zeros(events, np.int64),
        ticket=np.zeros(events, np.uint64),
        gone=np.zeros(events, np.int64),
        cell=np.zeros(events, np.int64),
        turn=np.zeros(events, np.int64),
        variate=np.zeros(events),
        weights=np.zeros(8),
    )

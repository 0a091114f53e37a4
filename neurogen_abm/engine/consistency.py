"""Whether the tables of an animal agree with each other."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.biology import lineage
from neurogen_abm.biology.states import STATES
from neurogen_abm.engine.commit import IN_STATE
from neurogen_abm.engine.population import Cells, Register
from neurogen_abm.engine.tissue import Tissue
from neurogen_abm.jit import compiled

IN_ORDER: Final = 0
_SITES: Final = 1
_FIELD: Final = 2
_BLOCKS: Final = 3
_LAYER: Final = 4
_COUNTS: Final = 5
_QUIESCENT: Final = 6
_NUMBERS: Final = 7
WRONG: Final = {
    _SITES: "A subgranular site holds two somata, or one that is not there.",
    _FIELD: "A cell reads the field of another site than its own.",
    _BLOCKS: "Neurons compete in another block than their own.",
    _LAYER: "The granule cell layer does not hold what its columns say.",
    _COUNTS: "The tallies count other cells in a state than there are.",
    _QUIESCENT: "A row among those of quiescent stem cells holds another cell.",
    _NUMBERS: "A reserve or clock is not finite.",
}


@compiled(borrows=True)
def _miscounted(cells: Cells, ended: Register, tally: NDArray[np.int64]) -> bool:
    """Say whether the tallies count other cells in a state than there are."""
    state, settled_in, cause = cells.state, ended.state, ended.cause
    wrong = False
    for code in range(len(STATES)):
        found = 0
        for i in range(len(state)):
            found += state[i] == code
        if lineage.is_settled(code):
            for k in range(len(cause)):
                found += (settled_in[k] == code) & (cause[k] == lineage.ALIVE)
        wrong |= found != tally[IN_STATE + code]
    return wrong


@compiled
def _differ(counts: NDArray[np.int32], kept: NDArray[np.int32]) -> bool:
    """Say whether two counts of the same blocks differ anywhere."""
    found = False
    for block in range(len(counts)):
        found |= counts[block] != kept[block]
    return found


@compiled
def _misplaced(cells: Cells, ended: Register, tissue: Tissue, developmental: NDArray[np.uint8], capacity: int) -> int:
    """Return what is wrong first with where cells are."""
    # Each array is taken out of its table once: in a loop, numba counts a reference whenever it is.
    site_of, class_of, state_of, block_of = cells.site, cells.field_class, cells.state, cells.block
    occupied, load, competing = tissue.occupancy.occupied, tissue.occupancy.load, tissue.occupancy.rivals
    classes, blocks, cause, lay_at = tissue.geometry.site_class, tissue.geometry.block_of, ended.cause, ended.site
    n_columns = len(occupied)
    taken, rivals = np.zeros(n_columns, np.uint8), np.zeros(len(competing), np.int32)
    in_layer, doubled, elsewhere, read_elsewhere = 0, False, False, False
    for k in range(len(cause)):
        settled, below = cause[k] == lineage.ALIVE, lay_at[k] < n_columns
        in_layer += settled & (not below)
        if settled & below:  # seldom: an astrocyte
            doubled |= taken[lay_at[k]] > 0
            taken[lay_at[k]] = 1
    for i in range(len(site_of)):
        site = site_of[i]
        if not 0 <= site < len(classes):
            return _SITES
        if site < n_columns:
            doubled |= taken[site] > 0
            taken[site] = 1
        else:
            in_layer += 1
        read_elsewhere |= class_of[i] != classes[site]
        if lineage.is_competing(state_of[i]):
            block = blocks[site % n_columns]
            rivals[block] += 1
            elsewhere |= block_of[i] != block
    absent, overfull = False, False
    for column in range(n_columns):
        absent |= taken[column] != occupied[column]
        overfull |= load[column] > capacity
        in_layer += int(developmental[column]) - int(load[column])
    if doubled or absent:
        return _SITES
    if read_elsewhere:
        return _FIELD
    if elsewhere or _differ(rivals, competing):
        return _BLOCKS
    if in_layer != 0 or overfull:
        return _LAYER
    return IN_ORDER


@compiled
def audit(
    cells: Cells,
    n_quiescent: int,
    ended: Register,
    tally: NDArray[np.int64],
    tissue: Tissue,
    developmental: NDArray[np.uint8],
    capacity: int,
) -> int:
    """Return what is wrong first, a key of `WRONG`, or `IN_ORDER`.

    Parameters
    ----------
    cells, ended : Cells, Register
        The rows that count, of which the first ``n_quiescent`` are quiescent stem cells.
    developmental : uint8 array, shape (columns,)
        Granule cells born in development.
    capacity : int
        Granule cells a column can hold.
    """
    wrong = _misplaced(cells, ended, tissue, developmental, capacity)
    if wrong != IN_ORDER:
        return wrong
    if _miscounted(cells, ended, tally):
        return _COUNTS
    finite, quiescent, state, reserve, clock_h = True, True, cells.state, cells.reserve, cells.clock_h
    for i in range(n_quiescent):
        quiescent &= lineage.is_quiescent(state[i])
    if not quiescent:
        return _QUIESCENT
    for i in range(len(reserve)):
        finite &= np.isfinite(reserve[i]) & np.isfinite(clock_h[i])
    return IN_ORDER if finite else _NUMBERS

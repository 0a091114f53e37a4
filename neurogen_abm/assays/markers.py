"""Counts that a stain would show, without the losses of sectioning: every cell of the gyrus, by the marker table."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.assays.specimen import in_phase
from neurogen_abm.engine.world import World
from neurogen_abm.lowering import Markers
from neurogen_abm.lowering.histology import CycleStains

KI67 = "ki67"


class Census(NamedTuple):
    """Counts of one moment: cells by state, cells by stain, and living neurons born since the start of the run."""

    states: NDArray[np.int64]
    stains: dict[str, int]
    new_neurons: int


def take_census(world: World, markers: Markers, stains: CycleStains) -> Census:
    """Count every cell by state and by stain.

    Cells are binned at the ages where some stain begins or ends, so that one pass serves all stains of the marker
    table. Ki67 goes by the place in the cycle, which is looked at only in the few cells that may show it.
    """
    table, new_neurons = world.census(markers.edges_h)
    stained = markers.shown.reshape(len(markers.names), -1) @ table.ravel()
    counts = dict(zip(markers.names, stained.tolist(), strict=True))
    return Census(table.sum(axis=1), counts | {KI67: _ki67(world, stains)}, new_neurons)


def _ki67(world: World, stains: CycleStains) -> int:
    which, cells = stains.names.index(KI67), world.cells
    rows = np.flatnonzero((stains.base[which] | stains.lingers_in[which])[cells.state[: world.n]])
    age_h = world.time_h - cells.birth_h[rows]
    return int(in_phase(cells.state[rows], age_h, cells.clock_h[rows], which, stains).sum())

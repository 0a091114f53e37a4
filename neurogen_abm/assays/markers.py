"""Counts that a stain would show, without the losses of sectioning: every cell of the gyrus, by the marker table."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.biology.stains import CycleStain
from neurogen_abm.engine import census
from neurogen_abm.engine.world import World
from neurogen_abm.lowering import Markers

KI67 = "ki67"


class Census(NamedTuple):
    """Counts of one moment: cells by state, cells by stain, and living neurons born since the start of the run."""

    states: NDArray[np.int64]
    stains: dict[str, int]
    new_neurons: int


def take_census(world: World, markers: Markers, ki67: CycleStain) -> Census:
    """Count every cell by state and by stain.

    Cells are binned at the ages where some stain begins or ends, so that one pass serves all stains of the marker
    table. Ki67 goes by the place in the cycle.
    """
    table, new_neurons = world.census(markers.edges_h)
    shown = markers.shown.reshape(len(markers.names), -1) @ table.ravel()
    counts = dict(zip(markers.names, shown.tolist(), strict=True))
    cells = world.cells
    counts[KI67] = census.stained(world.n, world.time_h, cells.state, cells.birth_h, cells.clock_h, ki67)
    return Census(table.sum(axis=1), counts, new_neurons)

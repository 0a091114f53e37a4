"""Counts that a stain would show, without the losses of sectioning: every cell of the gyrus, by the marker table."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.engine.world import World
from neurogen_abm.lowering import Markers


class Census(NamedTuple):
    """Counts of one moment: cells by state, cells by stain, and living neurons born since the start of the run."""

    states: NDArray[np.int64]
    stains: dict[str, int]
    new_neurons: int


def take_census(world: World, markers: Markers) -> Census:
    """Count every cell by state and by stain.

    Cells are binned at the ages where some stain begins or ends, so that one pass serves all stains.
    """
    table, new_neurons = world.census(markers.edges_h)
    stained = markers.shown.reshape(len(markers.names), -1) @ table.ravel()
    return Census(table.sum(axis=1), dict(zip(markers.names, stained.tolist(), strict=True)), new_neurons)

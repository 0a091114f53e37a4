"""Counts that a stain would show, without the losses of sectioning: every cell of the gyrus, by the marker table."""

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.engine import kernels
from neurogen_abm.engine.world import World
from neurogen_abm.lowering import Markers


def count_markers(world: World, markers: Markers) -> dict[str, int]:
    """Return the number of cells each marker stains now."""
    counts: NDArray[np.int64] = np.zeros(len(markers.names), np.int64)
    cells = world.cells
    kernels.count_markers(
        world.n,
        world.time_h,
        cells.state,
        cells.birth_h,
        markers.shows,
        markers.from_age_h,
        markers.until_age_h,
        counts,
    )
    return dict(zip(markers.names, counts.tolist(), strict=True))


def count_new_neurons(world: World, from_h: float = 0.0) -> int:
    """Return how many living neurons had their last division at or after ``from_h`` (hours of the run)."""
    return int(kernels.count_new_neurons(world.n, world.cells.state, world.cells.birth_h, from_h))

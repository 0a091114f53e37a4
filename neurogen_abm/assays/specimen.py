"""The tissue at one moment, as the laboratory gets it: living cells, bodies, and what stains show."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.biology.cell_cycle import CycleStain, stained_cells
from neurogen_abm.engine.world import World
from neurogen_abm.lowering import Markers


@dataclass(frozen=True, eq=False)
class Specimen:
    """Cells as columns: those alive at a moment and the bodies not yet cleared, or those that died before it.

    ``age_h`` is the time since the last division, at death for the dead; ``clock_h`` the biological time left in the
    state, NaN where it is not known; ``state`` that before death for the dead. ``shown`` keeps what was seen already.
    """

    id: NDArray[np.int64]
    state: NDArray[np.uint8]
    birth_h: NDArray[np.float64]
    age_h: NDArray[np.float64]
    clock_h: NDArray[np.float64]
    column: NDArray[np.int64]
    shown: dict[object, NDArray[np.bool_]] = field(default_factory=dict)


def living(world: World) -> Specimen:
    """Return the cells there are: those that may change, apoptotic bodies among them, and those settled for life.

    The age of a stem cell is counted from its birth: the model keeps no time of its last division.
    """
    alive = world.population.living()
    return _specimen(world, alive, world.time_h - alive.birth_h, alive.clock_h)


def dead(world: World, since_h: float) -> Specimen:
    """Return the cells that have died since a time, cleared or not, in the state and at the age of their death."""
    gone = world.population.dead_since(since_h)
    return _specimen(world, gone, gone.end_h - gone.birth_h, np.full(len(gone.id), np.nan))


def _specimen(world: World, cells: Any, age_h: NDArray[np.float64], clock_h: NDArray[np.float64]) -> Specimen:
    column = cells.site.astype(np.int64) % world.grid.n_columns
    return Specimen(cells.id, cells.state, cells.birth_h, age_h, clock_h, column)


def stained(specimen: Specimen, name: str, markers: Markers, stains: dict[str, CycleStain]) -> NDArray[np.bool_]:
    """Say for each cell whether a stain shows; ``name`` in small letters is a marker or a stain of the cycle."""
    lowered = [marker.lower() for marker in markers.names]
    if name in lowered:
        shown = markers.shown[lowered.index(name)]
        bins = np.searchsorted(markers.edges_h, specimen.age_h, side="right") - 1
        return np.asarray(shown[specimen.state, bins] > 0)
    return stained_cells(specimen.state, specimen.age_h, specimen.clock_h, stains[name])

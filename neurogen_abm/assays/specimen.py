"""The tissue at one moment, as the laboratory gets it: living cells, bodies, and what stains show."""

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.biology import lineage
from neurogen_abm.biology.cell_cycle import CycleStain, stained_cells
from neurogen_abm.biology.states import LINEAGE
from neurogen_abm.engine.world import World
from neurogen_abm.lowering import Markers

# Neurons that have their place among granule cells: integrated, and still maturing or mature.
INTEGRATED: Final = lineage.state_codes(
    [state.name for state in LINEAGE if state.family == "neuron" and (state.timer_end == "mature" or state.settles)]
)
_MOST_IN_COLUMN: Final = 256  # `World.developmental` counts in bytes


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


def developmental(count: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return ids and columns of granule cells born in development, of which each column holds a ``count``.

    They have no ids of their own; the made-up one is negative and says column and place in it, so that a cell keeps it
    whatever is lost elsewhere.

    >>> developmental(np.array([2, 0, 1]))[0].tolist()
    [-1, -2, -513]
    """
    count = count.astype(np.int64)
    column = np.repeat(np.arange(len(count)), count)
    place = np.arange(len(column)) - np.repeat(np.cumsum(count) - count, count)
    return -1 - (column * _MOST_IN_COLUMN + place), column


def column_and_place(ids: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return column and place in it of granule cells born in development, from the ids of `developmental`."""
    column, place = np.divmod(-1 - ids, _MOST_IN_COLUMN)
    return column, place


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

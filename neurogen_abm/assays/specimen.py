"""The tissue at one moment, as the laboratory gets it: living cells, bodies, and what stains show."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.biology import lineage
from neurogen_abm.biology.cell_cycle import CycleStain, stained_cells
from neurogen_abm.engine.world import World
from neurogen_abm.lowering import Markers


@dataclass(frozen=True, eq=False)
class Specimen:
    """Cells as columns: those alive at a moment and the bodies not yet cleared, or those that died before it.

    ``age_h`` is the time since the last division, at death for the dead; ``clock_h`` the biological time left in the
    state, NaN where it is not known; ``state`` that before death for the dead. ``shown`` keeps what was seen already.
    """

    time_h: float
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
    c, e, n, m = world.cells, world.ended, world.n, world.n_ended
    settled = e.cause[:m] == lineage.ALIVE
    birth_h = np.concatenate([c.birth_h[:n], e.birth_h[:m][settled]])
    return Specimen(
        time_h=world.time_h,
        id=np.concatenate([c.id[:n], e.id[:m][settled]]),
        state=np.concatenate([c.state[:n], e.state[:m][settled]]),
        birth_h=birth_h,
        age_h=world.time_h - birth_h,
        clock_h=np.concatenate([c.clock_h[:n].astype(np.float64), np.full(int(settled.sum()), np.nan)]),
        column=np.concatenate([c.site[:n], e.site[:m][settled]]).astype(np.int64) % world.grid.n_columns,
    )


def dead(world: World, since_h: float) -> Specimen:
    """Return the cells that have died since a time, cleared or not, in the state and at the age of their death."""
    c, e, n, m = world.cells, world.ended, world.n, world.n_ended
    bodies = (c.state[:n] == lineage.APOPTOTIC) & (c.since_h[:n] >= since_h)
    gone = (e.cause[:m] == lineage.APOPTOSIS) & (e.end_h[:m] >= since_h)
    birth_h = np.concatenate([c.birth_h[:n][bodies], e.birth_h[:m][gone]])
    end_h = np.concatenate([c.since_h[:n][bodies], e.end_h[:m][gone]])
    return Specimen(
        time_h=world.time_h,
        id=np.concatenate([c.id[:n][bodies], e.id[:m][gone]]),
        state=np.concatenate([c.from_state[:n][bodies], e.state[:m][gone]]),
        birth_h=birth_h,
        age_h=end_h - birth_h,
        clock_h=np.full(len(birth_h), np.nan),
        column=np.concatenate([c.site[:n][bodies], e.site[:m][gone]]).astype(np.int64) % world.grid.n_columns,
    )


def stained(specimen: Specimen, name: str, markers: Markers, stains: dict[str, CycleStain]) -> NDArray[np.bool_]:
    """Say for each cell whether a stain shows; ``name`` in small letters is a marker or a stain of the cycle."""
    lowered = [marker.lower() for marker in markers.names]
    if name in lowered:
        shown = markers.shown[lowered.index(name)]
        bins = np.searchsorted(markers.edges_h, specimen.age_h, side="right") - 1
        return np.asarray(shown[specimen.state, bins] > 0)
    return stained_cells(specimen.state, specimen.age_h, specimen.clock_h, stains[name])

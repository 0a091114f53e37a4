"""The animals that are timed: scenarios as a person would write them, and cells in any number for bare kernels."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from neurogen_abm.biology import lineage
from neurogen_abm.engine import timers
from neurogen_abm.engine.parameters import Parameters
from neurogen_abm.engine.population import Cells
from neurogen_abm.engine.tissue import StepEvents, Tissue, empty_events
from neurogen_abm.engine.world import World
from neurogen_abm.model import NeurogenesisModel

RUN = {"kind": "wheel", "distance": "7 km/d"}
STEM_20_000 = {"lineage.stem.initial_count": {"value": "20000 cells", "why": "the peers were measured with as many"}}


def runner(duration: str, **changes: Any) -> dict[str, Any]:
    """Return a young running mouse with its whole gyrus, with changes of top-level keys."""
    return {
        "schema": 1,
        "name": "benchmark",
        "species": "mouse",
        "sex": "female",
        "age": "8 wk",
        "duration": duration,
        "seed": 1,
        "tissue": "whole",
        "clock": {"start": "07:00", "lights_on": "07:00", "lights_off": "19:00"},
        "activity": [RUN],
        "pathway": "circulating",
    } | changes


def patch(u_um: float, v_um: float) -> dict[str, str]:
    """Return a piece of tissue of the given sides."""
    return {"septotemporal": f"{u_um:g} um", "transverse": f"{v_um:g} um"}


@dataclass(frozen=True)
class Crowd:
    """Rows of cells in any number, in the mix of states of a real animal and in the order `World` keeps."""

    n: int
    n_quiescent: int
    t_h: float
    cells: Cells
    tissue: Tissue
    parameters: Parameters
    events: StepEvents

    def spend(self, parallel: bool | None = None) -> None:
        """Let every cell live through one step."""
        in_threads = self.n >= timers.PARALLEL_FROM if parallel is None else parallel
        spend = timers.spend_in_threads if in_threads else timers.spend
        spend(self.n, self.n_quiescent, self.t_h, self.cells, self.tissue, self.parameters, self.events)


def crowd(world: World, n: int) -> Crowd:
    """Return ``n`` cells: copies of an animal's, each copy of its sheet beside the last, rows by state and site.

    Reserves and clocks are made so large that they outlast the measurement: what is timed is the step of cells to
    which nothing happens, as happens in 97 of 100 cell-steps, and the migration of the young.
    """
    p, columns = world.parameters, world.grid.n_columns
    copies = -(-n // world.population.n)
    source = np.arange(n) % world.population.n
    copy = np.arange(n) // world.population.n
    site = world.population.cells.site[source].astype(np.int64)
    layer, column = site // columns, site % columns
    site = layer * (columns * copies) + copy * columns + column
    order = np.argsort(world.population.cells.state[source].astype(np.int64) * (site.max() + 1) + site, kind="stable")
    taken = {name: values[source][order] for name, values in world.population.cells._asdict().items()}
    taken["site"] = site[order].astype(np.int32)
    taken["block"] += (copy[order] * len(world.tissue.occupancy.rivals)).astype(np.int32)
    taken["reserve"][:], taken["clock_h"][:] = 1e6, 1e6
    geometry, occupancy, scratch = world.tissue.geometry, world.tissue.occupancy, world.tissue.scratch
    shift = np.arange(copies, dtype=np.int32) * len(world.tissue.occupancy.rivals)
    tissue = world.tissue._replace(
        geometry=geometry._replace(
            block_of=np.tile(geometry.block_of, copies) + np.repeat(shift, columns),
            block_size=np.tile(geometry.block_size, copies),
            site_class=np.tile(geometry.site_class.reshape(-1, columns), copies).ravel(),
        ),
        occupancy=occupancy._replace(rivals=np.tile(occupancy.rivals, copies)),
        scratch=scratch._replace(crowded=np.tile(scratch.crowded, copies)),
    )
    parameters = p._replace(n_v=p.n_v * copies)
    n_quiescent = int((taken["state"] <= lineage.RESTING).sum())
    return Crowd(n, n_quiescent, world.time_h, Cells(**taken), tissue, parameters, empty_events(n, 0))


def young_world() -> World:
    """Return the gyrus of a young mouse at the beginning of its run."""
    return NeurogenesisModel(runner("1 d")).world

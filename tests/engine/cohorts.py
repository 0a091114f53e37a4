"""Cohorts of cells alike in all but their reserves and timers, one a column of an otherwise empty tissue."""

from dataclasses import replace
from typing import Any

import numpy as np

from neurogen_abm.biology import hazards, lineage
from neurogen_abm.engine import commit
from neurogen_abm.engine.parameters import FIELD, Effects, Parameters
from neurogen_abm.engine.population import empty_cells
from neurogen_abm.engine.tissue import empty_events
from neurogen_abm.engine.world import World
from neurogen_abm.lowering import Lowered

N = 8_000
FLOOD = 1e6  # over rest: receptors are saturated


def flat_parameters(lowered: Lowered, dt_h: float, hazard_per_h: float, **changes: Any) -> Parameters:
    """Return parameters with which every neuron meets the same hazard and nothing crowds or moves it."""
    p = lowered.parameters
    flat = {"death": np.full_like(p.death, hazard_per_h), "rivalry": 0.0, "hop_until_h": -1.0, "clearance_h": 1e6}
    return p._replace(dt_h=dt_h, **(flat | changes))


def with_effect(
    lowered: Lowered, target: int, state: int, towards: float, **changes: Any
) -> tuple[Lowered, Parameters]:
    """Return an animal whose signal does one thing to one state, and steps of an hour without chance of death."""
    channel = np.zeros_like(lowered.parameters.channel)
    channel[target, state] = 1
    one = (np.array([value]) for value in (1, towards, 1.25, 4.0, 0.0, 1.0, 0, FIELD, 0, hazards.BOTH, 0.0, 0.0))
    types = (np.int64, *(np.float64,) * 5, np.uint8, *(np.int64,) * 3, *(np.float64,) * 2)
    effects = Effects(*(column.astype(dtype) for column, dtype in zip(one, types, strict=True)))
    return replace(lowered, effects=effects), flat_parameters(lowered, 1.0, 0.0, channel=channel, **changes)


def apart(lowered: Lowered, distance: int) -> Any:
    """Return columns away from the border, so far apart that no two cells want the same site."""
    p = lowered.parameters
    u, v = np.meshgrid(np.arange(1, p.n_u - 1, distance), np.arange(1, p.n_v - 1, distance))
    return (v * p.n_u + u).ravel()


def cohort(
    lowered: Lowered, parameters: Parameters, state: int, reserve: Any, clock_h: Any, columns: Any = None
) -> World:
    """Return a tissue that holds cells of one state and nothing else, one a column: of the first N, or of those given.

    Their ids count from 1 in the order of columns.
    """
    columns = np.arange(N) if columns is None else columns
    n = len(columns)
    start = lowered.start._replace(time_h=0.0, n_stem=0, n_granule=0)
    world = World(parameters, lowered.effects, lowered.grid, lowered.classes, lowered.niche, start)
    world.population.cells, world.population.n = empty_cells(2 * n), n
    world.tally[commit.BIRTHS] = world.tally[commit.IN_STATE + state] = n
    world.events = empty_events(2 * n, n)
    c, rows = world.population.cells, slice(0, n)
    c.id[rows] = c.founder[rows] = np.arange(n) + 1
    c.state[rows] = c.from_state[rows] = c.birth_state[rows] = state
    c.reserve[rows], c.clock_h[rows] = reserve, clock_h
    in_layer = state >= lineage.IMMATURE_LATE
    c.site[rows] = columns + (lowered.grid.n_columns if in_layer else 0)
    geometry, occupancy = world.tissue.geometry, world.tissue.occupancy
    c.field_class[rows], c.block[rows] = geometry.site_class[c.site[rows]], geometry.block_of[columns]
    if in_layer:
        occupancy.rivals[:] = np.bincount(c.block[rows], minlength=len(occupancy.rivals))
    (occupancy.load if in_layer else occupancy.occupied)[columns] = 1
    return world


def by_id(world: World) -> tuple[Any, Any]:
    """Return states and times of entry in the order of ids."""
    cells = world.population.changing
    order = np.argsort(cells.id)
    return cells.state[order], cells.since_h[order]


def live(world: World, hours: float) -> World:
    """Let some hours pass at rest, and return the tissue."""
    for _ in range(round(hours / world.parameters.dt_h)):
        world.step()
    return world

"""The state of a gyrus, and a gyrus put back into a state: what of `World` outlives a step.

Compiled code looks rows up by sites, states and classes without asking whether they exist, so that a state from outside
is checked against the tissue before the first step.
"""

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.biology import lineage
from neurogen_abm.biology.states import STATES
from neurogen_abm.engine.population import Cells, Population, Register, Table, with_room
from neurogen_abm.errors import ModelFault
from neurogen_abm.state import MisfitError, State, array, copied, fill, kept, like, part, put_back

if TYPE_CHECKING:
    from neurogen_abm.engine.world import World

# Attributes of `World`. What follows from the scenario, and what is empty between two steps, is no part of the state.
_KEPT: Final = ("steps", "n_first", "n_shed", "_shed_due", "_n_developmental", "tally", "habituation", "followed")
_ARRAYS: Final = ("level", "blood", "developmental")
_RATES: Final = ("factors", "hazard", "pace", "boutons")  # of the step before, which views of cells still show
_COUNTS: Final = ("n", "n_quiescent", "n_ended")


def state_of(world: "World") -> State:
    """Return the state of a gyrus; nothing in it is shared with the gyrus."""
    population = world.population
    tables = {"cells": copied(population.changing), "ended": copied(population.registered)}
    return kept(world, (*_KEPT, *_ARRAYS)) | {
        "population": kept(population, _COUNTS) | tables,
        "rates": kept(world.tissue.tables, _RATES),
        "occupancy": copied(world.tissue.occupancy),
    }


def restore(world: "World", state: State) -> None:
    """Put a gyrus without cells into a state of the same animal.

    Raises
    ------
    MisfitError
        It is the state of another tissue, or of none.
    """
    put_back(world, state, (*_KEPT, *_ARRAYS))
    tissue, rates, occupancy = world.tissue, part(state, "rates"), part(state, "occupancy")
    for name in _RATES:
        fill(getattr(tissue.tables, name), part(rates, name), name)
    for name, column in tissue.occupancy._asdict().items():
        fill(column, part(occupancy, name), name)
    world.population = _population(part(state, "population"))
    _check_places(world)
    try:
        world.check()
    except ModelFault as fault:
        raise MisfitError("cells") from fault


def _population(state: State) -> Population:
    """Return the population of a state, with the room that a new one of its size has."""
    counts = {name: like(0, part(state, name), name) for name in _COUNTS}
    if not 0 <= counts["n_quiescent"] <= counts["n"] or counts["n_ended"] < 0:
        raise MisfitError("n")
    population = Population(0)
    population.cells = _filled(population.cells, part(state, "cells"), counts["n"])
    population.ended = _filled(population.ended, part(state, "ended"), counts["n_ended"])
    population.n, population.n_quiescent, population.n_ended = (counts[name] for name in _COUNTS)
    return population


def _filled(table: Table, state: State, n: int) -> Table:
    """Return a table with the rows of a state, and room for a few more."""
    columns = {name: array(part(state, name), name, column.dtype, (n,)) for name, column in table._asdict().items()}
    table = with_room(table, 0, n + n // 8 + 1)
    for name, column in table._asdict().items():
        column[:n] = columns[name]
    return table


def _check_places(world: "World") -> None:
    """Refuse rows that lie outside the tissue, or hold codes that mean nothing."""
    geometry, n_states = world.tissue.geometry, len(STATES)
    below = {"site": len(geometry.site_class), "state": n_states, "birth_state": n_states, "from_state": n_states}
    below |= {"field_class": len(world.classes.pattern), "block": len(geometry.block_size)}
    below |= {"cause": len(lineage.CAUSES)}
    tables: tuple[Cells | Register, ...] = (world.population.changing, world.population.registered)
    for table in tables:
        columns: dict[str, NDArray[np.int64]] = table._asdict()
        for name, end in below.items():
            column = columns.get(name)
            if column is not None and len(column) and not (column.min() >= 0 and column.max() < end):
                raise MisfitError(name)

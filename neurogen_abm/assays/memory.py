"""A memory read out of the tissue: which cells and terminals hold it, what is left of it, and how the animal behaves.

It is bookkeeping beside the cells, as labels are: nothing is written into the tissue. Variates are addressed by seed,
cell and moment of learning, so that twins learn with the same cells, and lose the same terminals first.
"""

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv

from neurogen_abm.assays.lab_random import BEHAVIOUR, TERMINAL, TRACE, variates
from neurogen_abm.assays.specimen import INTEGRATED, column_and_place, developmental
from neurogen_abm.biology import lineage
from neurogen_abm.biology.forgetting import Floats, completed, kept
from neurogen_abm.biology.states import FAMILIES
from neurogen_abm.engine.world import World
from neurogen_abm.lowering.memory import MemoryNumbers

_NEURONS: Final = lineage.state_codes(FAMILIES["neuron"])


class Trace(NamedTuple):
    """What was learned at a moment.

    Attributes
    ----------
    learned_h
        When, hours since the start of the run.
    cell
        Ids of the granule cells that were active; those born in development have made-up negative ones.
    block
        The columns that share boutons, in which each of them lies.
    terminals
        Mossy terminals each of them had.
    carriers : array, shape (blocks,)
        Terminals of all granule cells of a block, in granule cells' worth.
    """

    learned_h: float
    cell: NDArray[np.int64]
    block: NDArray[np.int32]
    terminals: NDArray[np.int64]
    carriers: Floats


class Recall(NamedTuple):
    """What a test finds: the share of the trace that is left, and the share of the time that the animal freezes.

    ``cells`` are those of the trace; without any both shares are NaN.
    """

    retrieval: float
    freezing: float
    cells: int


def learn(world: World, numbers: MemoryNumbers) -> Trace:
    """Return the trace of what the animal learns now."""
    block_of, alive = world.tissue.geometry.block_of, world.population.living()
    formed = numbers.grown(world.time_h - alive.birth_h) * np.isin(alive.state, _NEURONS)
    block = block_of[alive.site % world.grid.n_columns]
    carriers = _per_block(world, block_of, world.developmental) + _per_block(world, block, formed)
    rows = np.flatnonzero(np.isin(alive.state, INTEGRATED))
    old, old_column = developmental(world.developmental)
    cell = np.concatenate([alive.id[rows], old])
    blocks = np.concatenate([block[rows], block_of[old_column]])
    terminals = np.rint(numbers.number * np.concatenate([formed[rows], np.ones(len(old))])).astype(np.int64)
    chance = numbers.chance(np.concatenate([world.time_h - alive.birth_h[rows], np.full(len(old), np.inf)]))
    active = variates(world.parameters.seed, cell, world.time_h, TRACE, "active") < chance
    return Trace(world.time_h, cell[active], blocks[active], terminals[active], carriers)


def recall(world: World, trace: Trace, numbers: MemoryNumbers) -> Recall:
    """Return what a test finds now of what was learned before."""
    seed, total = world.parameters.seed, int(trace.terminals.sum())
    if total == 0:
        return Recall(float("nan"), float("nan"), len(trace.cell))
    share = kept(formed_since(world, trace.learned_h, numbers), trace.carriers, numbers.wear)[trace.block]
    share = share * _still_there(world, trace.cell)
    left = 0
    for number in range(numbers.number):
        luck = variates(seed, trace.cell, trace.learned_h, TERMINAL, f"terminal {number}")
        left += int(((luck < share) & (number < trace.terminals)).sum())
    retrieval = left / total
    luck_of_day = variates(seed, np.zeros(1, np.int64), world.time_h, BEHAVIOUR, f"{round(trace.learned_h * 60)} min")
    return Recall(retrieval, freezing(retrieval, float(luck_of_day[0]), numbers), len(trace.cell))


def formed_since(world: World, time_h: float, numbers: MemoryNumbers) -> Floats:
    """Return the terminals formed since a time in each block, in granule cells' worth; also by neurons that have died.

    The shape is (blocks,).
    """
    cells = world.population.everyone()
    until_h = np.where(cells.cause == lineage.APOPTOSIS, cells.end_h, world.time_h)
    more = numbers.grown(until_h - cells.birth_h) - numbers.grown(time_h - cells.birth_h)
    more = np.maximum(more, 0.0) * np.isin(cells.state, _NEURONS)
    block = world.tissue.geometry.block_of[cells.site % world.grid.n_columns]
    return _per_block(world, block, more)


def freezing(retrieval: float, luck: float, numbers: MemoryNumbers) -> float:
    """Return the share of a test that an animal freezes.

    Parameters
    ----------
    retrieval
        Share of the trace that is left.
    luck
        Uniform variate of the animal on that day; the quantile of a beta variate about what the memory calls for.
    """
    recalled = completed(retrieval, numbers.completion_half, numbers.completion_steepness)
    mean = numbers.freezing_baseline + (numbers.freezing_ceiling - numbers.freezing_baseline) * recalled
    if numbers.freezing_spread == 0.0 or not 0.0 < mean < 1.0:
        return mean
    weight = 1.0 / numbers.freezing_spread - 1.0
    return float(betaincinv(mean * weight, (1.0 - mean) * weight, luck))


def _per_block(world: World, block: NDArray[np.int32], weight: NDArray[Any]) -> Floats:
    """Return the sum of weights in each block, shape (blocks,)."""
    return np.asarray(np.bincount(block, weights=weight, minlength=len(world.tissue.occupancy.rivals)), np.float64)


def _still_there(world: World, cell: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Say for each cell whether it lives; of the developmental ones of a column the last places are empty first."""
    alive = world.population.living()
    there = np.isin(cell, alive.id[alive.state != lineage.APOPTOTIC])
    born_before = cell < 0
    column, place = column_and_place(cell[born_before])
    there[born_before] = place < world.developmental[column]
    return there

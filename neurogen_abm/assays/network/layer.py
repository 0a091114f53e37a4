"""The granule cells that answer: those of development, known by their column, and integrated adult-born ones."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.assays.lab_random import COLUMN, lasting_variates
from neurogen_abm.biology import lineage
from neurogen_abm.biology.states import LINEAGE
from neurogen_abm.engine.world import World
from neurogen_abm.lowering.network import Network

# Neurons that have their place in the network: integrated, and still maturing or mature.
_INTEGRATED: Final = lineage.state_codes(
    [state.name for state in LINEAGE if state.family == "neuron" and (state.timer_end == "mature" or state.settles)]
)
# Granule cells of development have no id; they are counted per column, in at most a byte.
_PER_COLUMN: Final = 256


class Layer(NamedTuple):
    """Granule cells by rising id: negative for those born in development, whose age is infinite.

    ``age_h`` is the time since the last division; ``young`` says who is not yet like a mature cell.
    """

    id: NDArray[np.int64]
    age_h: NDArray[np.float64]
    young: NDArray[np.bool_]


def layer_of(ids: NDArray[np.int64], age_h: NDArray[np.float64], network: Network) -> Layer:
    """Return cells as a layer, whatever the order they come in."""
    order = np.argsort(ids, kind="stable")
    return Layer(ids[order], age_h[order], age_h[order] < network.young.until_h)


def granule_layer(world: World, network: Network) -> Layer:
    """Return the granule cells of an animal at this moment, those of every column or of columns drawn at random.

    Which columns are read depends on the column alone, so that it is the same in every animal, at every time.
    """
    columns = np.arange(world.grid.n_columns, dtype=np.int64)
    read = np.ones(len(columns), np.bool_)
    if network.column_share < 1.0:
        read = lasting_variates(0, columns, 0, COLUMN) < network.column_share
    alive = world.population.living()
    integrated = np.isin(alive.state, _INTEGRATED)
    integrated[integrated] = read[alive.site[integrated].astype(np.int64) % len(columns)]
    per_column = np.where(read, world.developmental, 0).astype(np.int64)
    first = np.cumsum(per_column) - per_column
    rank = np.arange(per_column.sum()) - np.repeat(first, per_column)
    developmental = -1 - (np.repeat(columns, per_column) * _PER_COLUMN + rank)
    ids = np.concatenate([developmental, alive.id[integrated].astype(np.int64)])
    age_h = np.concatenate([np.full(len(developmental), np.inf), world.time_h - alive.birth_h[integrated]])
    return layer_of(ids, age_h, network)

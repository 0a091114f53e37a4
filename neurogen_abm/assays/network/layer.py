"""The granule cells that answer: those of development, known by their column, and integrated adult-born ones."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.assays.lab_random import COLUMN, lasting_variates
from neurogen_abm.assays.specimen import INTEGRATED, developmental
from neurogen_abm.engine.world import World
from neurogen_abm.lowering.network import Network


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
    integrated = np.isin(alive.state, INTEGRATED)
    integrated[integrated] = read[alive.site[integrated].astype(np.int64) % len(columns)]
    old, _ = developmental(np.where(read, world.developmental, 0))
    ids = np.concatenate([old, alive.id[integrated].astype(np.int64)])
    age_h = np.concatenate([np.full(len(old), np.inf), world.time_h - alive.birth_h[integrated]])
    return layer_of(ids, age_h, network)

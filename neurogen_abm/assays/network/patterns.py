"""Entorhinal patterns of graded similarity, the same for every animal; and the similarity of patterns of activity.

A pattern is a set of cells that fire. Another that resembles it keeps some of them and replaces the rest by cells that
were silent, as in Myers and Scharfman (2009) and Chavlis, Petrantonakis and Poirazi (2017). Similarity is the
correlation of the two vectors of activity over all cells (Leutgeb et al. 2007; Madar et al. 2019).
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.assays.lab_random import PATTERN, lasting_variates
from neurogen_abm.lowering.network import Network


class Patterns(NamedTuple):
    """Which entorhinal cells fire, shape (1 + similarities, patterns, cells): first the patterns, then their likes.

    ``similarity`` is the correlation of the likes of each kind with the patterns, as near as whole cells allow.
    """

    firing: NDArray[np.bool_]
    similarity: NDArray[np.float64]


@lru_cache(maxsize=8)
def entorhinal_patterns(network: Network) -> Patterns:
    """Return the patterns that are shown, the same to every animal; callers share the arrays."""
    n, n_firing = network.n_entorhinal, round(network.entorhinal_share * network.n_entorhinal)
    share = n_firing / n
    firing = np.zeros((1 + len(network.similarities), network.n_patterns, n), np.bool_)
    cells = np.arange(n, dtype=np.int64)
    for m in range(network.n_patterns):
        order = np.argsort(lasting_variates(0, cells, m, PATTERN), kind="stable")
        firing[0, m, order[:n_firing]] = True
        for level, wanted in enumerate(network.similarities):
            kept = round((wanted * (1.0 - share) + share) * n_firing)
            replaced = order[n_firing : 2 * n_firing - kept]
            firing[1 + level, m, order[:kept]] = True
            firing[1 + level, m, replaced] = True
    firing.flags.writeable = False
    similarity = np.array([correlations(firing[0].T, like.T).mean() for like in firing[1:]])
    return Patterns(firing, similarity)


def correlations(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the correlation over cells of columns with columns, NaN where all or none of the cells fire.

    Shape (cells, patterns) each. Of sets of cells the correlation follows from three counts, and is exact.
    """
    n = len(one)
    first, second = one.sum(axis=0, dtype=np.float64), other.sum(axis=0, dtype=np.float64)
    both = (one & other).sum(axis=0, dtype=np.float64)
    scale = np.sqrt(first * (n - first) * second * (n - second))
    out = np.full(len(scale), np.nan)
    np.divide(n * both - first * second, scale, out=out, where=scale > 0.0)
    return out

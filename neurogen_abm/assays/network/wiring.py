"""The perforant path: which entorhinal cells a granule cell hears, and how strongly.

Contact ``j`` of a cell is drawn at the address of the cell and ``j``, so that twins wire the cells they share alike,
the order of rows does not matter, and a young cell has the first of the contacts that it will have when it is mature.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.special import ndtri

from neurogen_abm.assays.lab_random import CONTACT, STRENGTH, lasting_variates
from neurogen_abm.lowering.network import Network


class Contacts(NamedTuple):
    """Contacts of granule cells, shape (cells, most contacts): the entorhinal cell, and the strength, 0 for none.

    Several contacts may come from one entorhinal cell; their strengths add up.
    """

    source: NDArray[np.int32]
    strength: NDArray[np.float64]


def contacts(ids: NDArray[np.int64], numbers: NDArray[np.int64], network: Network, seed: int) -> Contacts:
    """Return the contacts of cells, ``numbers`` of them each; the mean strength of a contact is 1."""
    source = np.zeros((len(ids), network.afferents), np.int32)
    strength = np.zeros((len(ids), network.afferents))
    spread = np.sqrt(np.log1p(network.weight_variation**2))  # of the logarithm
    for j in range(network.afferents):
        has = j < numbers
        source[has, j] = lasting_variates(seed, ids[has], j, CONTACT) * network.n_entorhinal
        strength[has, j] = np.exp(spread * ndtri(lasting_variates(seed, ids[has], j, STRENGTH)) - spread**2 / 2.0)
    return Contacts(source, strength)


def drive(wired: Contacts, patterns: NDArray[np.bool_], network: Network) -> NDArray[np.float64]:
    """Return the excitation of cells by patterns, shape (cells, patterns), over the mean of a mature cell.

    ``patterns`` has the shape (patterns, entorhinal cells).
    """
    n_cells, most = wired.source.shape
    ends = np.arange(n_cells + 1) * most
    matrix = csr_matrix((wired.strength.ravel(), wired.source.ravel(), ends), shape=(n_cells, network.n_entorhinal))
    usual = network.afferents * network.entorhinal_share
    return np.asarray(matrix @ patterns.T.astype(np.float64)) / usual

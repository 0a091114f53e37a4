"""Plasticity of the perforant path: two rules by which the contacts of granule cells follow what was experienced.

Every pattern is experienced once, in order, and the layer answers it with the contacts it has by then. How far a
contact changes goes by the age of its cell: potentiation is larger in young ones (Ge et al. 2007).

`hebbian` is competitive learning, as in Aimone, Wiles and Gage (2009) and Becker (2005): a cell that fires moves its
contacts towards the pattern, their sum kept. `bcm` is the rule of Bienenstock, Cooper and Munro (1982), the threshold
between weakening and strengthening that at which each cell usually fires: contacts that were used strengthen where the
cell is driven beyond it, and weaken where the cell is driven less.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.assays.network.activity import Traits, active
from neurogen_abm.assays.network.wiring import Contacts, drive
from neurogen_abm.lowering.network import Network

Rule = Callable[[NDArray[np.float64], NDArray[np.bool_], NDArray[np.float64], NDArray[np.bool_], Traits], None]


def _hebbian(
    strength: NDArray[np.float64],
    used: NDArray[np.bool_],
    excited: NDArray[np.float64],
    firing: NDArray[np.bool_],
    traits: Traits,
) -> None:
    """Move the contacts of the cells that fire towards those that were used; their sum stays."""
    rows = np.flatnonzero(firing)
    old = strength[rows]
    wanted = (used[rows] & (old > 0.0)).astype(np.float64)
    total, n_used = old.sum(axis=1, keepdims=True), wanted.sum(axis=1, keepdims=True)
    wanted *= total / np.maximum(n_used, 1.0)
    strength[rows] = old + traits.learning_rate[rows, None] * (wanted - old) * (n_used > 0.0)


def _bcm(
    strength: NDArray[np.float64],
    used: NDArray[np.bool_],
    excited: NDArray[np.float64],
    firing: NDArray[np.bool_],
    traits: Traits,
) -> None:
    """Change the used contacts of every cell by how far it is driven beyond the level at which it usually fires."""
    driven = excited / (traits.threshold + traits.received * traits.strength)
    change = traits.learning_rate * driven * (driven - 1.0)
    strength *= np.where(used, np.maximum(1.0 + change, 0.0)[:, None], 1.0)


RULES: dict[str, Rule] = {"hebbian": _hebbian, "bcm": _bcm}


def learned(
    wired: Contacts,
    experienced: NDArray[np.bool_],
    traits: Traits,
    network: Network,
    rule: str,
    silenced: NDArray[np.bool_] | None = None,
) -> Contacts:
    """Return the contacts after patterns, shape (patterns, entorhinal cells), were experienced in turn."""
    now = Contacts(wired.source, wired.strength.copy())
    for pattern in experienced:
        excited = drive(now, pattern[None], network)
        firing = active(excited, traits, network, silenced)[:, 0]
        RULES[rule](now.strength, pattern[now.source], excited[:, 0], firing, traits)
    return now

"""Which granule cells fire: drive against a threshold and against the inhibition that those that fire bring about.

A cell fires when ``drive > threshold + received * I``. The feedback inhibition ``I`` grows with the activity of the
layer, ``I = strength * sum(recruitment of the active) / (usual cells * usual share)``, so that the two have to be found
together. There is one solution, because with more inhibition never more cells fire; it is found exactly, by letting
cells in from the one that can bear most inhibition to the one that can bear least. That is the winner-takes-all by
lateral inhibition of de Almeida, Idiart and Lisman (2009) and Guzman et al. (2021), without a fixed number of winners:
how many fire follows from the cells, and changes with them. Interneurons are those of the tissue, and are not added
with new granule cells. As `feedback_share` nears 1 the layer becomes one of k winners.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.assays.network.layer import Layer
from neurogen_abm.assays.network.patterns import entorhinal_patterns
from neurogen_abm.assays.network.wiring import contacts, drive
from neurogen_abm.lowering.network import Network

_FIRST = 1024  # cells put in order at once, more where all of them win
_REFERENCE_CELLS = 10_000  # 2 % of them times 20 patterns: the share is met to within 2 % of itself


class Traits(NamedTuple):
    """What each cell does with its drive; ``strength`` is the inhibition of a mature layer at its usual activity."""

    afferents: NDArray[np.int64]
    threshold: NDArray[np.float64]
    received: NDArray[np.float64]
    recruitment: NDArray[np.float64]
    learning_rate: NDArray[np.float64]
    strength: float


def traits_of(layer: Layer, network: Network) -> Traits:
    """Return the traits of cells by age: those of a young cell become those of a mature one in a straight line."""
    young, plasticity = network.young, network.plasticity
    mature = np.clip((layer.age_h - young.from_h) / (young.until_h - young.from_h), 0.0, 1.0)
    settled = np.clip((layer.age_h - young.from_h) / (plasticity.until_h - young.from_h), 0.0, 1.0)

    def at_age(of_young: float) -> NDArray[np.float64]:
        return of_young + (1.0 - of_young) * mature

    effective = effective_threshold(network)
    return Traits(
        afferents=np.rint(at_age(young.afferents) * network.afferents).astype(np.int64),
        threshold=(1.0 - network.feedback_share) * effective * at_age(young.firing_threshold),
        received=at_age(young.inhibition),
        recruitment=at_age(young.recruitment),
        learning_rate=plasticity.rate_young + (plasticity.rate_mature - plasticity.rate_young) * settled,
        strength=network.feedback_share * effective,
    )


@lru_cache(maxsize=8)
def effective_threshold(network: Network) -> float:
    """Return the drive above which the usual share of mature cells fires, threshold and inhibition together.

    It is read off cells that belong to no animal: a quantile of the drive that the patterns give them.
    """
    ids = -1 - np.arange(_REFERENCE_CELLS, dtype=np.int64)
    wired = contacts(ids, np.full(len(ids), network.afferents), network, seed=0)
    excited = drive(wired, entorhinal_patterns(network).firing[0], network)
    return float(np.quantile(excited, 1.0 - network.active_share))


def active(
    excited: NDArray[np.float64], traits: Traits, network: Network, silenced: NDArray[np.bool_] | None = None
) -> NDArray[np.bool_]:
    """Return who fires, shape (cells, patterns) as ``excited``; silenced cells neither fire nor recruit inhibition.

    Of cells that could bear exactly as much inhibition as there is, none fires.
    """
    margin = excited - traits.threshold[:, None]
    if silenced is not None:
        margin[silenced] = -1.0
    firing = np.zeros(excited.shape, np.bool_)
    per_cell = traits.strength * traits.recruitment / (network.usual_cells * network.active_share)
    for pattern in range(excited.shape[1]):
        able = np.flatnonzero(margin[:, pattern] > 0.0)
        firing[able, pattern] = _wins(margin[able, pattern], traits.received[able], per_cell[able])
    return firing


def _wins(margin: NDArray[np.float64], received: NDArray[np.float64], brings: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Say which cells fire, of those that would without inhibition."""
    bears = np.full(len(margin), np.inf)
    np.divide(margin, received, out=bears, where=received > 0.0)
    n_first = _FIRST
    while True:
        # Few win of many, so that only the foremost are put in order.
        first = np.argpartition(-bears, n_first - 1)[:n_first] if n_first < len(bears) else np.arange(len(bears))
        order = first[np.argsort(-bears[first], kind="stable")]
        loses = bears[order] <= np.cumsum(brings[order])
        if loses.any():
            # The first that cannot bear the inhibition it would itself add to ends the row, with all who bear no more.
            return np.asarray(bears > bears[order][np.argmax(loses)])
        if n_first >= len(bears):
            return np.ones(len(bears), np.bool_)
        n_first *= 4

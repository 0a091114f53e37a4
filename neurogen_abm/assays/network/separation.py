"""Pattern separation: how much less alike the answers of the layer are than the patterns that it was shown."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.assays.network.activity import active, traits_of
from neurogen_abm.assays.network.layer import Layer
from neurogen_abm.assays.network.learning import learned
from neurogen_abm.assays.network.patterns import correlations, entorhinal_patterns
from neurogen_abm.assays.network.wiring import contacts, drive
from neurogen_abm.lowering.network import Network


class Curve(NamedTuple):
    """Output against input: one entry per similarity, means over patterns; NaN where nothing fired.

    ``mature_active`` and ``young_active`` are the shares of these cells that fire for a pattern.
    """

    similarity: NDArray[np.float64]
    correlation: NDArray[np.float64]
    mature_active: float
    young_active: float
    n_mature: int
    n_young: int

    @property
    def separation(self) -> float:
        """Correlation lost from input to output, mean over similarities; below 0 patterns are drawn together."""
        return float(np.mean(self.similarity - self.correlation))

    @property
    def discrimination(self) -> float:
        """One less the correlation of the answers to the most similar patterns."""
        return float(1.0 - self.correlation[-1])


def separation_curve(
    layer: Layer, network: Network, seed: int, *, silence: str | None = None, learning: str | None = None
) -> Curve:
    """Show the patterns to a layer and compare its answers.

    Parameters
    ----------
    layer, network
        The cells, and how they are connected and answer.
    seed
        Of the animal; with the id of a cell it is the address of its contacts.
    silence
        ``"young"``: cells that are not yet like mature ones neither fire nor recruit inhibition.
    learning
        A rule of `RULES`, by which every pattern is experienced once before the test.
    """
    traits, patterns = traits_of(layer, network), entorhinal_patterns(network)
    silenced = layer.young if silence == "young" else None
    wired = contacts(layer.id, traits.afferents, network, seed)
    if learning is not None:
        wired = learned(wired, patterns.firing[0], traits, network, learning, silenced)
    shown = patterns.firing.reshape(-1, network.n_entorhinal)
    firing = active(drive(wired, shown, network), traits, network, silenced)
    answers = firing.reshape(len(firing), *patterns.firing.shape[:2])
    likes = [correlations(answers[:, 0], answers[:, 1 + level]) for level in range(len(patterns.similarity))]
    return Curve(
        similarity=patterns.similarity,
        correlation=np.array([_mean(row) for row in likes]),
        mature_active=_mean(firing[~layer.young]),
        young_active=_mean(firing[layer.young]),
        n_mature=int((~layer.young).sum()),
        n_young=int(layer.young.sum()),
    )


def _mean(values: NDArray[np.float64] | NDArray[np.bool_]) -> float:
    """Return the mean of what is no NaN; NaN where there is nothing."""
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else float("nan")

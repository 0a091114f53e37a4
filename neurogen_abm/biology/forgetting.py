"""Laws of a memory in the dentate gyrus: terminals that young neurons form, those they take, and what recall is left.

A memory is held by the mossy terminals, on pyramidal cells of CA3, of the granule cells that were active when it was
learned. Neurons that form terminals later take such places from older ones (Frankland, Köhler and Josselyn 2013, Trends
Neurosci 36:497; Weisz and Argibay 2012, Cognition 125:13).
"""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]


def grown(age_h: Floats, first_h: float, all_h: float) -> Floats:
    """Return the share of its terminals that a neuron has formed, by the time since its last division.

    Straight from 0 at ``first_h`` to 1 at ``all_h``.

    >>> grown(np.array([0.0, 10.0, 15.0, 40.0]), 10.0, 20.0).tolist()
    [0.0, 0.0, 0.5, 1.0]
    """
    return np.clip((age_h - first_h) / (all_h - first_h), 0.0, 1.0)


def kept(formed: Floats, present: Floats, wear: float) -> Floats:
    """Return the share of old terminals that still work where new ones have been formed.

    Places are as many as before: each new terminal puts ``wear`` of them, picked at random, out of use for what was
    learned. Of very many the share ``exp(-wear * formed / present)`` is left.

    Parameters
    ----------
    formed, present
        Terminals formed since, and those there were, both in granule cells' worth.
    wear
        Terminals put out of use for each new one.

    >>> kept(np.array([0.0, 5.0]), np.array([100.0, 100.0]), 20.0).round(3).tolist()
    [1.0, 0.368]
    """
    ratio = np.divide(formed, present, out=np.zeros_like(formed), where=present > 0.0)
    return np.asarray(np.exp(-wear * ratio))


def completed(retrieval: float, half: float, steepness: float) -> float:
    """Return how much of the pattern recurrent CA3 completes from the share of the trace that is left; 1 of all of it.

    >>> completed(1.0, 0.5, 8.0), completed(0.0, 0.5, 8.0), round(completed(0.5, 0.5, 8.0), 3)
    (1.0, 0.0, 0.502)
    """
    left = retrieval**steepness
    return float(left * (1.0 + half**steepness) / (left + half**steepness))

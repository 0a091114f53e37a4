"""Compartments of a lineage, and what happens to their means in a span of time.

A compartment is a chain of stages that a cell passes at one rate, so that its stay is Erlang distributed: one stage
makes it exponential, many make it sharp (the linear chain trick). The means of an age-dependent branching process with
such life times obey these equations exactly.

Divisions are kept apart from all other steps: a label that daughters share is halved by a division alone. So every
quantity here has copies, of cells in which the label can be halved 0, 1, 2, ... more times and still be seen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import expm

Array = NDArray[np.float64]


class Compartment(NamedTuple):
    """Cells that divide, or die, when their stay ends.

    Parameters
    ----------
    name
        Unique among the compartments of a lineage.
    state
        What stains take these cells for: a name of `biology.states`.
    stay_h, stages
        Mean of the stay, and of how many stages it is made: its coefficient of variation is ``stages ** -0.5``.
    daughters
        Name of a compartment, ``neuron``, ``astrocyte`` or ``stem`` -> mean number of daughters there. Those of a stem
        cell are shared out by `Lineage.renewal`, and it needs none here.
    dies
        Probability to die where a cell would divide.
    """

    name: str
    state: str
    stay_h: float
    stages: int = 1
    daughters: tuple[tuple[str, float], ...] = ()
    dies: float = 0.0

    @property
    def rate(self) -> float:
        """The rate at which a stage is passed, 1/h."""
        return self.stages / self.stay_h


# Where daughters go that are no longer in a compartment.
NEURON, ASTROCYTE = "neuron", "astrocyte"


@dataclass(frozen=True)
class Flow:
    """What a span of time does to stages: ``stay`` (copies, out, in) moves cells, ``gone`` counts what they did.

    Entry ``[j]`` is for what has divided j times within the span; a row of ``gone`` is one of `OUTPUTS`. The last of
    what goes in are the cells that enter the first stage, evenly over the span. ``entry`` is the stage that
    daughters of stem cells enter which are none themselves: one of each division does.
    """

    stay: Array
    gone: Array
    entry: int

    def of(self, cycling: Array, entering: Array) -> tuple[Array, Array]:
        """Return the stages (copies, stages) after the span, and what they did (copies, outputs).

        ``entering`` (copies,) are cells that enter the first stage meanwhile.
        """
        both = np.concatenate([cycling, entering[:, None]], axis=1)
        return halved(both, self.stay), halved(both, self.gone)


OUTPUTS = ("stem_divisions", "divisions", "neurons", "astrocytes", "deaths")


class Chain:
    """The stages of the cycling compartments, the first that of active stem cells, with their rates.

    Examples
    --------
    >>> last = Compartment("progenitor", "type_2a", 18.0, daughters=(("neuron", 2.0),))
    >>> chain = Chain([Compartment("active", "active", 24.0), last])
    >>> chain.n
    2
    """

    def __init__(self, compartments: Sequence[Compartment]) -> None:
        self.compartments = tuple(compartments)
        self.first = {part.name: sum(p.stages for p in compartments[:i]) for i, part in enumerate(compartments)}
        self.n = sum(part.stages for part in compartments)
        self.of_stage = [(part, j) for part in compartments for j in range(1, part.stages + 1)]
        self._flows: dict[tuple[float, int], Flow] = {}

    @cached_property
    def _rates(self) -> tuple[Array, Array]:
        """Rates (1/h) between stages and from them to outputs, without and with a division; a square table each.

        Its last row and column are of what enters, `flow` says at which rate.
        """
        size = self.n + len(OUTPUTS) + 1
        plain, dividing = np.zeros((2, size, size))
        for part in self.compartments:
            start, rate = self.first[part.name], part.rate
            last = start + part.stages - 1
            for row in range(start, last + 1):
                plain[row, row] -= rate
                if row < last:
                    plain[row + 1, row] += rate
            divides = rate * (1.0 - part.dies)
            plain[self.n + OUTPUTS.index("deaths"), last] += rate * part.dies
            kind = "stem_divisions" if part is self.compartments[0] else "divisions"
            plain[self.n + OUTPUTS.index(kind), last] += divides
            if part is self.compartments[0] and len(self.compartments) > 1:
                dividing[part.stages, last] += divides
            for target, number in part.daughters:
                named = {NEURON: "neurons", ASTROCYTE: "astrocytes"}.get(target)
                row = self.first[target] if named is None else self.n + OUTPUTS.index(named)
                dividing[row, last] += divides * number
        return plain, dividing

    def flow(self, hours: float, copies: int) -> Flow:
        """Return what a span does; ``copies`` is how often a label can be halved and still be kept apart, plus one.

        With one copy a division changes nothing: of all cells, or of a mark that is inherited whole.
        """
        key = (hours, copies)
        if key not in self._flows:
            rates, dividing = self._rates
            plain, size = rates.copy(), len(rates)
            plain[0, -1] = 1.0 / hours
            if copies == 1:
                whole = expm((plain + dividing) * hours)[None]
            else:
                block = np.zeros((copies * size, copies * size))
                for j in range(copies):
                    here = slice(j * size, (j + 1) * size)
                    block[here, here] = plain
                    if j:
                        block[here, (j - 1) * size : j * size] = dividing
                moved = expm(block * hours)
                whole = np.array([moved[j * size : (j + 1) * size, :size] for j in range(copies)])
            goes_in = [*range(self.n), size - 1]
            stay, gone = whole[:, : self.n, goes_in], whole[:, self.n : size - 1, goes_in]
            self._flows[key] = Flow(stay, gone, self.compartments[0].stages)
        return self._flows[key]


@lru_cache(maxsize=256)
def chain_of(compartments: tuple[Compartment, ...]) -> Chain:
    """Return the chain of some compartments, made once, with the flows that are known of it."""
    return Chain(compartments)


def halved(values: Array, flow: Array) -> Array:
    """Return what becomes of copies (copies, n), the last those that can be halved most often, under a flow.

    >>> halved(np.array([[0.0], [1.0]]), np.array([[[0.25]], [[1.5]]])).ravel().tolist()
    [1.5, 0.25]
    """
    copies = len(values)
    found = values @ flow[0].T
    for j in range(1, len(flow)):
        found[: copies - j] += values[j:] @ flow[j].T
    return found

"""The gyrus of a rival under the microscope of the assays: compartments as rows of a specimen, counted by their weight.

A row says what the assays ask of a cell: state, age since the last division, hours to the next. What a stage of a chain
leaves open is spread over the quantiles of what is possible there, so that the same tables of stains, phases and ages
judge the rows of a mean field and the cells of a run.
"""

from collections.abc import Iterable
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammainc, gammaincinv

from neurogen_abm.assays.counts import Microscope
from neurogen_abm.assays.specimen import Specimen
from neurogen_abm.biology import lineage as states
from neurogen_abm.biology.states import BY_NAME, FAMILIES, LINEAGE, STATES
from neurogen_abm.lowering import Sketch
from neurogen_abm.lowering.histology import Uptake
from neurogen_abm.rivals.compartments import Array, Chain
from neurogen_abm.rivals.course import BIN_H, N_BINS, Pool, Run
from neurogen_abm.spec.scenario.histology import AGENTS, DIED, GRANULE, GROUPS, CountTerm
from neurogen_abm.spec.scenario.resolve import ResolvedScenario

# Points at which a stage, or a bin of ages, is looked at in each direction.
_POINTS: Final = 8
_LONG_AGO_H: Final = 1e9
_MIDDLES: Final = (np.arange(_POINTS) + 0.5) / _POINTS
_PACES: Final = (np.arange(4) + 0.5) / 4


class Eyes:
    """What an assay of one arm sees of a rival.

    Parameters
    ----------
    chain
        The cycling compartments.
    resolved, sketch
        The arm: its tables of stains, and the ages at which its neurons change state.
    """

    def __init__(self, chain: Chain, resolved: ResolvedScenario, sketch: Sketch) -> None:
        self._chain, self._resolved = chain, resolved
        self.uptake: Uptake = sketch.histology.uptake
        self.n_granule = sketch.start.n_granule
        self.clearance_h = float(resolved.value("lineage.clearance.time", "h"))
        words = {name: (name,) for name in BY_NAME} | {family: FAMILIES[family] for family in GROUPS}
        groups = {word: states.state_codes(names) for word, names in words.items()}
        # Labels are counted as copies, so that the microscope is asked for everything else.
        self._microscope = Microscope(None, sketch.markers, sketch.histology.stains, groups)  # type: ignore[arg-type]
        self._seen: dict[object, Array] = {}

    def count(self, run: Run, terms: tuple[CountTerm, ...], age_h: tuple[float, float] | None = None) -> float:
        """Return how many cells meet all conditions; all that is left of a gyrus, or with ``died`` all that died."""
        if terms[0].name == GRANULE:
            neurons = (CountTerm("neuron", ""),)
            return self.n_granule + self.count(run, neurons)
        label = next((term for term in terms if term.name in AGENTS), None)
        others = tuple(term for term in terms if term is not label)
        shown = self._shown(others, age_h, run.since_older_h)
        weights = self._weights(run, died=any(term.name == DIED for term in terms))
        if label is None:
            return float(shown @ weights[""])
        with_it = float(shown @ weights[label.name]) if label.name in weights else 0.0
        return with_it if label.sign != "-" else float(shown @ weights[""]) - with_it

    def takes_up(self, agent: str, share: float, *, stem: bool, before_h: float) -> Array:
        """Return the share of the cells of each stage, quiescent ones first, that a label reaches.

        ``stem``: a share of all stem cells; else of cells at most ``before_h`` before mitosis, or where that is 0 of
        those in S phase.
        """
        if stem:
            return share * np.append(1.0, [part is self._chain.compartments[0] for part, _ in self._chain.of_stage])
        left = np.array([part.stages - j + 1.0 for part, j in self._chain.of_stage])
        rate = np.array([part.rate for part, _ in self._chain.of_stage])
        s_end = self.uptake.s_end_h
        first, last = (0.0, before_h) if before_h else (s_end, s_end + self.uptake.s_phase_h)
        return share * np.append(0.0, gammainc(left, last * rate) - gammainc(left, first * rate))

    def _shown(self, terms: tuple[CountTerm, ...], age_h: tuple[float, float] | None, since_older_h: float) -> Array:
        """Return for each entry of the weights the share of its cells that meets the conditions."""
        died = any(term.name == DIED for term in terms)
        key = (terms, age_h, died, BIN_H if died else round(since_older_h, 6))
        if key not in self._seen:
            owner, specimen = self._specimen(BIN_H if died else since_older_h, died=died)
            meets = self._microscope.meets(specimen, terms, age_h)
            self._seen[key] = np.bincount(owner, meets) / np.bincount(owner)
        return self._seen[key]

    def _weights(self, run: Run, *, died: bool) -> dict[str, Array]:
        pools: dict[str, Pool] = {"": run.all, **run.labelled}
        if died:
            return {
                name: np.concatenate([[pool.died_cycling.sum()], pool.died.sum(axis=0)]) for name, pool in pools.items()
            }
        bodies = {name: rate.sum() * self.clearance_h for name, rate in run.death_rate().items()}
        return {
            name: np.concatenate(
                [
                    [pool.quiescent.sum()],
                    pool.cycling.sum(axis=0),
                    pool.neurons.sum(axis=0),
                    [pool.old.sum(), pool.glia.sum(), bodies[name]],
                ]
            )
            for name, pool in pools.items()
        }

    def _specimen(self, since_older_h: float, *, died: bool) -> tuple[NDArray[np.int64], Specimen]:
        """Return rows and the entry of the weights that each belongs to."""
        low: Array
        high: Array
        if died:
            before, after = [_one("type_3", 0.0)], []
            low = BIN_H * np.arange(N_BINS, dtype=np.float64)
            high = low + BIN_H
        else:
            before = [_one("resting", _LONG_AGO_H), *self._stages]
            after = [_one(name, _LONG_AGO_H) for name in ("mature", "astrocyte", "apoptotic")]
            low = np.maximum(BIN_H * (np.arange(N_BINS, dtype=np.float64) - 1.0) + since_older_h, 0.0)
            high = BIN_H * np.arange(N_BINS, dtype=np.float64) + since_older_h
        ages = low[:, None] + (high - low)[:, None] * _MIDDLES
        neurons = self._neurons(np.repeat(ages.ravel(), len(_PACES)))
        sizes = [len(g[0]) for g in before] + [ages.shape[1] * len(_PACES)] * N_BINS + [1] * len(after)
        owner = np.repeat(np.arange(len(sizes)), sizes)
        state, age_h, clock_h = (np.concatenate(column) for column in zip(*before, neurons, *after, strict=True))
        number = np.arange(len(owner))
        return owner, Specimen(number, state, -age_h, age_h, clock_h, np.zeros(len(owner), np.int64))

    @cached_property
    def _stages(self) -> list[tuple[NDArray[np.uint8], Array, Array]]:
        """Rows of each stage: it has been passed into after an Erlang time, and the division comes after another."""
        found = []
        for part, j in self._chain.of_stage:
            age = gammaincinv(j, _MIDDLES) / part.rate
            left = gammaincinv(part.stages - j + 1, _MIDDLES) / part.rate
            age_h, clock_h = (grid.ravel() for grid in np.meshgrid(age, left))
            found.append((np.full(len(age_h), STATES.index(part.state), np.uint8), age_h, clock_h))
        return found

    def _neurons(self, age_h: Array) -> tuple[NDArray[np.uint8], Array, Array]:
        """Return rows of neurons of some ages, each `_PACES` times in turn: quick ones leave a state sooner."""
        pace = np.tile(self._paces, len(age_h) // len(_PACES))
        state = self._names[np.searchsorted(self._ends_h, age_h / pace, side="right")]
        return state, age_h, np.full(len(age_h), np.nan)

    @cached_property
    def _paces(self) -> Array:
        """How long some neurons stay in their states over the mean, as the catalogue says that stays vary."""
        shape = float(self._resolved.value("lineage.neuron.stay_variation", "1")) ** -2
        return gammaincinv(shape, _PACES) / shape

    @cached_property
    def _names(self) -> NDArray[np.uint8]:
        return np.array([code for code, state in enumerate(LINEAGE) if state.family == "neuron"], np.uint8)

    @cached_property
    def _ends_h(self) -> Array:
        """The ages at which neurons leave their states, by the mean stays of the catalogue."""
        stays = [state.stay for state in LINEAGE if state.stay]
        return np.cumsum([float(self._resolved.value(path, "h")) for path in stays])


def _one(state: str, age_h: float) -> tuple[NDArray[np.uint8], Array, Array]:
    return np.array([STATES.index(state)], np.uint8), np.array([age_h]), np.array([np.nan])


def several_labels(terms: Iterable[CountTerm]) -> bool:
    """Say whether a count asks for more than one label, which copies by label cannot tell."""
    return len([term for term in terms if term.name in AGENTS]) > 1

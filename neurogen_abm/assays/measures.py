"""Measures other than counts of cells, each one decorated function: of clones, cycle, death, body, network, memory."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.assays.labels import Labels, positions
from neurogen_abm.assays.memory import Recall
from neurogen_abm.assays.network import Curve, granule_layer, separation_curve
from neurogen_abm.assays.specimen import dead
from neurogen_abm.biology import lineage
from neurogen_abm.biology.states import FAMILIES, Family
from neurogen_abm.engine.world import World
from neurogen_abm.lowering.network import Network
from neurogen_abm.spec.scenario.histology import Assay


class Body(Protocol):
    """What blood and the whole hippocampus of an animal show; levels over rest but for those in pg/mL."""

    @property
    def plasma_pg_ml(self) -> float: ...  # noqa: D102

    @property
    def serum_pg_ml(self) -> float: ...  # noqa: D102

    @property
    def hippocampal_protein(self) -> float: ...  # noqa: D102

    @property
    def hippocampal_messenger(self) -> float: ...  # noqa: D102

    @property
    def volume(self) -> float: ...  # noqa: D102


@dataclass(frozen=True)
class Sight:
    """What a measure may look at; ``since_h`` bounds the events it takes in, ``kept`` is shared by all of a moment.

    ``network`` and ``assay``, with its options, are there for the measures of the network; ``recalled`` is what a test
    of a memory finds, where one is asked for.
    """

    world: World
    labels: Labels
    since_h: float = 0.0
    kept: dict[Any, Any] = field(default_factory=dict)
    network: Network | None = None
    assay: Assay | None = None
    recalled: Recall | None = None
    body: Body | None = None  # where blood or the whole hippocampus is measured

    @property
    def members(self) -> "Members":
        """The members of all clones; looked for once."""
        if "members" not in self.kept:
            self.kept["members"] = members_of(self.world, self.labels)
        found: Members = self.kept["members"]
        return found

    @property
    def curve(self) -> Curve:
        """The answers of the layer to the patterns, for the options of the assay; worked out once."""
        assert self.network is not None
        assert self.assay is not None
        key = ("curve", self.assay.silence, self.assay.learning)
        if key not in self.kept:
            layer, seed = granule_layer(self.world, self.network), self.world.parameters.seed
            options = {"silence": self.assay.silence, "learning": self.assay.learning}
            self.kept[key] = separation_curve(layer, self.network, seed, **options)
        found: Curve = self.kept[key]
        return found


class Measured(NamedTuple):
    """A value, NaN where there was nothing to measure, and how many clones or cells it rests on."""

    value: float
    n: int


class Measure(NamedTuple):
    """A read-out other than a count of cells."""

    unit: str
    take: Callable[[Sight], Measured]


MEASURES: dict[str, Measure] = {}


def measure(unit: str) -> Callable[[Callable[[Sight], Measured]], Callable[[Sight], Measured]]:
    """Make a function a measure that a scenario can name; its name is also listed in `spec.scenario.histology`."""

    def registered(take: Callable[[Sight], Measured]) -> Callable[[Sight], Measured]:
        MEASURES[take.__name__] = Measure(unit, take)
        return take

    return registered


class Members(NamedTuple):
    """Cells of clones, gone ones too, as columns; ``begin_h`` and ``end_h`` (infinite: still there) bound their lives.

    ``clone`` counts from 0; ``begun_h`` is by clone.
    """

    clone: NDArray[np.int64]
    state: NDArray[np.uint8]
    begin_h: NDArray[np.float64]
    end_h: NDArray[np.float64]
    begun_h: NDArray[np.float64]

    @property
    def divided(self) -> NDArray[np.bool_]:
        """Say for each clone whether a cell was born into it."""
        born = self.begin_h > self.begun_h[self.clone]
        return np.bincount(self.clone[born], minlength=len(self.begun_h)) > 0

    @property
    def living(self) -> NDArray[np.bool_]:
        """Say for each member whether it lives."""
        return np.isinf(self.end_h)

    def per_clone(self, rows: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Count members of each clone that has divided."""
        return np.bincount(self.clone[rows], minlength=len(self.begun_h))[self.divided]


def members_of(world: World, labels: Labels) -> Members:
    """Return the members of all clones, bodies counted as gone."""
    cells, clones = world.population.everyone(), labels.clones()
    at = positions(clones.member, cells.id)
    rows = at >= 0
    end_h = np.where(np.isnan(cells.end_h), np.inf, cells.end_h)
    clone = np.searchsorted(clones.begun["id"], clones.clone[at[rows]])
    begun_h = clones.begun["h"].astype(np.float64)
    return Members(clone, cells.state[rows], np.maximum(cells.birth_h[rows], begun_h[clone]), end_h[rows], begun_h)


def _mean(values: NDArray[np.int64] | NDArray[np.bool_]) -> Measured:
    return Measured(float(values.mean()) if len(values) else float("nan"), len(values))


def _median(values: NDArray[np.float64]) -> Measured:
    return Measured(float(np.median(values)) if len(values) else float("nan"), len(values))


@measure("clones")
def clones(sight: Sight) -> Measured:
    """Clones that have divided."""
    divided = sight.members.divided
    return Measured(float(divided.sum()), len(divided))


@measure("share")
def clone_active_share(sight: Sight) -> Measured:
    """Share of the recombined stem cells that have divided."""
    return _mean(sight.members.divided)


@measure("d")
def clone_first_division(sight: Sight) -> Measured:
    """Median day of the first division after recombination, of the clones that have divided."""
    members = sight.members
    first_h = np.full(len(members.begun_h), np.inf)
    born = members.begin_h > members.begun_h[members.clone]
    np.minimum.at(first_h, members.clone[born], members.begin_h[born])
    return _median((first_h - members.begun_h)[members.divided] / 24.0)


@measure("cells")
def clone_size(sight: Sight) -> Measured:
    """Living cells of a clone, mean of those that have divided."""
    members = sight.members
    return _mean(members.per_clone(members.living))


@measure("cells")
def clone_peak(sight: Sight) -> Measured:
    """Most cells a clone had alive at one time so far, mean of those that have divided."""
    members = sight.members
    gone = ~members.living
    time_h = np.concatenate([members.begin_h, members.end_h[gone]])
    change = np.concatenate([np.ones(len(members.begin_h), np.int64), -np.ones(int(gone.sum()), np.int64)])
    clone = np.concatenate([members.clone, members.clone[gone]])
    order = np.lexsort((change, time_h, clone))  # at a division the mother goes first
    if not len(order):
        return Measured(float("nan"), 0)
    clone, running = clone[order], np.cumsum(change[order])
    starts = np.flatnonzero(np.append(True, clone[1:] != clone[:-1]))
    before = np.append(0, running)[starts]
    return _mean((np.maximum.reduceat(running, starts) - before)[members.divided])


@measure("cells")
def clone_cells_recorded(sight: Sight) -> Measured:
    """Cells that were ever seen in a clone, mean of those that have divided."""
    members = sight.members
    return _mean(members.per_clone(np.ones(len(members.clone), np.bool_)))


@measure("cells")
def clone_neurons(sight: Sight) -> Measured:
    """Living neurons of a clone, from their last division on, mean of those that have divided."""
    return _kind(sight, "neuron")


@measure("cells")
def clone_progenitors(sight: Sight) -> Measured:
    """Living progenitors and neuroblasts of a clone, mean of those that have divided."""
    return _kind(sight, "progenitor")


@measure("cells")
def clone_astrocytes(sight: Sight) -> Measured:
    """Astrocytes of a clone, mean of those that have divided."""
    return _kind(sight, "glia")


@measure("share")
def clone_stem_share(sight: Sight) -> Measured:
    """Share of the clones that have divided which still hold a stem cell."""
    members = sight.members
    return _mean(members.per_clone(members.living & _in(members.state, "stem")) > 0)


def _kind(sight: Sight, family: Family) -> Measured:
    members = sight.members
    return _mean(members.per_clone(members.living & _in(members.state, family)))


def _in(state: NDArray[np.uint8], family: Family) -> NDArray[np.bool_]:
    return np.isin(state, lineage.state_codes(FAMILIES[family]))


@measure("h")
def cycle_length(sight: Sight) -> Measured:
    """Median time from birth to division of the progenitors that have divided since ``since``."""
    gone = sight.world.population.registered
    rows = (gone.cause == lineage.DIVISION) & (gone.end_h >= sight.since_h)
    return _median((gone.end_h - gone.birth_h)[rows])


@measure("d")
def age_at_death(sight: Sight) -> Measured:
    """Median time since the last division of the cells that have died since ``since``."""
    return _median(dead(sight.world, sight.since_h).age_h / 24.0)


def _body(sight: Sight) -> Body:
    assert sight.body is not None  # the laboratory has the whole animal
    return sight.body


@measure("pg/mL")
def bdnf_plasma(sight: Sight) -> Measured:
    """BDNF in plasma, mean of the last step."""
    return Measured(_body(sight).plasma_pg_ml, 1)


@measure("pg/mL")
def bdnf_serum(sight: Sight) -> Measured:
    """BDNF in serum, what clotting frees from platelets included."""
    return Measured(_body(sight).serum_pg_ml, 1)


@measure("fold")
def bdnf_hippocampus(sight: Sight) -> Measured:
    """BDNF protein of homogenised hippocampus, over rest."""
    return Measured(_body(sight).hippocampal_protein, 1)


@measure("fold")
def bdnf_mrna_hippocampus(sight: Sight) -> Measured:
    """Messenger RNA of BDNF in the hippocampus, over rest, mean of the last step."""
    return Measured(_body(sight).hippocampal_messenger, 1)


@measure("fold")
def hippocampal_volume(sight: Sight) -> Measured:
    """Volume of the hippocampus over that at the start of the run."""
    return Measured(_body(sight).volume, 1)


@measure("correlation")
def pattern_separation(sight: Sight) -> Measured:
    """Correlation that similar entorhinal patterns lose on their way through the layer, mean over similarities."""
    curve = sight.curve
    return Measured(curve.separation, curve.n_mature + curve.n_young)


@measure("correlation")
def pattern_discrimination(sight: Sight) -> Measured:
    """One less the correlation of the answers of the layer to the most similar patterns."""
    curve = sight.curve
    return Measured(curve.discrimination, curve.n_mature + curve.n_young)


@measure("share")
def mature_active_share(sight: Sight) -> Measured:
    """Share of the mature granule cells that fire for a pattern."""
    return Measured(sight.curve.mature_active, sight.curve.n_mature)


@measure("share")
def young_active_share(sight: Sight) -> Measured:
    """Share of the integrated cells that are not yet like mature ones that fire for a pattern."""
    return Measured(sight.curve.young_active, sight.curve.n_young)


@measure("share")
def retrieval(sight: Sight) -> Measured:
    """Share of the mossy terminals that held a memory when it was learned which still do."""
    recalled = _recalled(sight)
    return Measured(recalled.retrieval, recalled.cells)


@measure("share")
def freezing(sight: Sight) -> Measured:
    """Share of the time of a test that the animal freezes, with the luck of the day."""
    recalled = _recalled(sight)
    return Measured(recalled.freezing, recalled.cells)


def _recalled(sight: Sight) -> Recall:
    assert sight.recalled is not None  # the form asks when it was learned
    return sight.recalled

"""A film of an animal: its cells at many moments, kept as what differs from one moment to the next.

Each cell that is seen gets a number, its slot, in the order in which cells appear. Four lists tell a moment: cells
that came, slots that went, slots whose kind (layer and state) is another, slots that lie in another column. All of them
can be undone, so that a film plays backwards as well as forwards. What a cell looks like is packed as in a frame of the
live page (`scene.cells`): the same painters paint both.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.biology.states import LINEAGE, STATES
from neurogen_abm.errors import InputError, ModelFault
from neurogen_abm.numerals import plain
from neurogen_abm.scene.cells import keys
from neurogen_abm.scene.colourings import BIRTH, CLONE, values
from neurogen_abm.scene.packing import halves, planes

if TYPE_CHECKING:
    from neurogen_abm.model import NeurogenesisModel
    from neurogen_abm.spec.scenario.scenario import Scenario

INTERVALS_H: Final = (1, 2, 3, 4, 6, 8, 12, 24, 48, 96, 168, 336, 672)
"""Times between two moments of a film that are tried, the finest first; those that the series does not have are not."""
_NEURON_IN_NETWORK: Final = {
    STATES.index(later) for s in LINEAGE if s.timer_end == "integrate" for later in (s.successor, "mature")
}
_NOBODY: Final = (np.empty(0, np.int64), np.empty(0, np.uint64), np.empty(0, np.int64))
_OF_A_CELL: Final = ("came", "kind", "place", "clone", "birth")  # what is told of a cell when it comes
_LISTS: Final = (*_OF_A_CELL, "went", "changed", "kinds", "moved", "columns")


class Moment(NamedTuple):
    """Every cell at one time: slots, columns, kinds (``layer * 16 + state``), places in 256 parts of a site."""

    time_h: float
    slot: NDArray[np.int64]
    column: NDArray[np.int64]
    kind: NDArray[np.uint8]
    place: NDArray[np.uint8]

    @property
    def counts(self) -> NDArray[np.int64]:
        """Cells in every state, by code."""
        return np.bincount(self.kind & 15, minlength=len(STATES))


class Reel:
    """Takes moments of one animal.

    Parameters
    ----------
    model
        The animal; it is not changed.
    every_h
        Time between two moments; what lies between is not taken.

    Attributes
    ----------
    times_h, level, developmental : list
        Of every moment: its time, BDNF of every class of sites (pg/mL), granule cells of development.
    first_integration_h : float or None
        The first moment at which a neuron born in the run is part of the network.

    Examples
    --------
    >>> from neurogen_abm import NeurogenesisModel
    >>> model = NeurogenesisModel("mouse_sedentary", tissue={"septotemporal": "0.2 mm", "transverse": "0.2 mm"})
    >>> reel = Reel(model, 24)
    >>> reel.take(model)
    True
    >>> int(next(reel.moments()).counts.sum()) == model.n_cells
    True
    """

    def __init__(self, model: "NeurogenesisModel", every_h: float) -> None:
        self.every_h = every_h
        self.grid = model.world.grid
        self.times_h: list[float] = []
        self.pattern = np.asarray(model.world.classes.pattern, np.float64)
        self.level: list[NDArray[np.float64]] = []
        self.niche: list[float] = []
        self.developmental: list[int] = []
        self.first_integration_h: float | None = None
        self.n_slots = 0
        self.n_bytes = 0
        self._lists: dict[str, list[NDArray[Any]]] = {name: [] for name in _LISTS}
        self._ids, self._keys, self._slots = _NOBODY

    def take(self, model: "NeurogenesisModel", *, last: bool = False) -> bool:
        """Take this moment where it is due, or the ``last``; say whether it was."""
        time_h = float(model.world.time_h)
        due = abs(time_h / self.every_h - round(time_h / self.every_h)) < 1e-6
        if not (due or last) or (self.times_h and time_h <= self.times_h[-1]):
            return False
        self.times_h.append(time_h)
        self.level.append(model.world.level.copy())
        self.niche.append(float(model.world.level @ model.world.classes.weight))
        self.developmental.append(int(model.world.n_developmental))
        self._note(model)
        return True

    def _note(self, model: "NeurogenesisModel") -> None:
        """Write down what differs from the moment before."""
        alive = model.world.population.living()
        order = np.argsort(alive.id)
        ids = alive.id[order]
        key = keys(alive.id, alive.site, alive.state, self.grid.n_columns)[order]
        known, before = _found(ids, self._ids)
        stays, _ = _found(self._ids, ids)
        slots = np.empty(len(ids), np.int64)
        slots[known] = self._slots[before[known]]
        fresh = np.flatnonzero(~known)
        fresh = fresh[np.argsort(key[fresh], kind="stable")]
        slots[fresh] = self.n_slots + np.arange(len(fresh))
        self.n_slots += len(fresh)
        self._come(model, alive, order[fresh], key[fresh])
        self._add("went", np.sort(self._slots[~stays]))
        self._differ(slots[known], key[known], self._keys[before[known]])
        if self.first_integration_h is None:
            in_network = np.isin(alive.state, list(_NEURON_IN_NETWORK)) & (alive.birth_h >= 0)
            self.first_integration_h = self.times_h[-1] if in_network.any() else None
        self._ids, self._keys, self._slots = ids, key, slots

    def _come(self, model: Any, alive: Any, rows: NDArray[np.int64], key: NDArray[np.uint64]) -> None:
        """Note cells that were not there before, in the order of their keys."""
        came = type(alive)(*(column[rows] for column in alive))
        self._add("came", (key >> np.uint64(40)).astype(np.int64))
        self._add("kind", _kind(key))
        self._add("place", key.astype("<u8").view(np.uint8).reshape(-1, 8)[:, 2::-1])
        self._add("clone", values(model, came, CLONE, (0.0, 1.0)))
        self._add("birth", values(model, came, BIRTH, (0.0, 1.0)))

    def _differ(self, slots: NDArray[np.int64], now: NDArray[np.uint64], before: NDArray[np.uint64]) -> None:
        """Note cells that stayed and look different."""
        order = np.argsort(slots)
        slots, now, before = slots[order], now[order], before[order]
        kinds = _kind(now) ^ _kind(before)
        step = (now >> np.uint64(40)).astype(np.int64) - (before >> np.uint64(40)).astype(np.int64)
        self._add("changed", slots[kinds != 0])
        self._add("kinds", kinds[kinds != 0])
        self._add("moved", slots[step != 0])
        self._add("columns", step[step != 0])

    def _add(self, name: str, array: NDArray[Any]) -> None:
        self._lists[name].append(array)
        self.n_bytes += array.nbytes // (4 if array.itemsize == 8 else 1)

    def begins_as(self, other: "Reel") -> bool:
        """Whether the cells of the first moment are those of another film, in the same order: twins begin alike."""
        return all(np.array_equal(self._lists[name][0], other._lists[name][0]) for name in _OF_A_CELL)

    def arrays(self, known: "Reel | None" = None) -> dict[str, NDArray[Any]]:
        """Return the film as arrays; docs/replay.md says what each holds.

        Slots and columns of a moment are told as differences from the one before in the list; numbers of 32 bits are
        split into their bytes, lowest first, because those of one place are alike and pack well. Where it begins as a
        film that is ``known``, the cells of the first moment are left out.
        """
        own = dict(self._lists)
        n_of = np.array([[len(one) for one in own[name]] for name in ("came", "went", "changed", "moved")])
        if known is not None and self.begins_as(known):
            own |= {name: own[name][1:] or [own[name][0][:0]] for name in _OF_A_CELL}
        found: dict[str, NDArray[Any]] = {"sizes": n_of.T.astype(np.uint32)}
        for name in ("came", "went", "changed", "moved"):
            found[name] = planes(np.concatenate([np.diff(one, prepend=0) for one in own[name]]))
        hops, hop = np.unique(np.concatenate(own["columns"]), return_inverse=True)
        found["hops"] = hops.astype("<i4").view("<u4")
        found["hop"] = hop.astype(np.uint8 if len(hops) <= 256 else np.uint16)
        for name in ("kind", "clone", "birth", "kinds"):
            found[name] = np.concatenate(own[name])
        found["place"] = halves(np.concatenate(own["place"]))
        found["times_h"] = np.array(self.times_h)
        found["pattern"], found["local"], found["vascular"] = _along(np.stack(self.level), self.pattern)
        found["niche"] = np.array(self.niche, np.float32)
        found["developmental"] = np.array(self.developmental, np.uint32)
        return found

    def moments(self) -> Iterator[Moment]:
        """Yield every moment in turn, put together from what differs."""
        own = self._lists
        column, kind = np.zeros(self.n_slots, np.int64), np.zeros(self.n_slots, np.uint8)
        place, there = np.zeros((self.n_slots, 3), np.uint8), np.zeros(self.n_slots, np.bool_)
        n = 0
        for k, time_h in enumerate(self.times_h):
            came = slice(n, n + len(own["came"][k]))
            n = came.stop
            column[came], kind[came], place[came], there[came] = own["came"][k], own["kind"][k], own["place"][k], True
            there[own["went"][k]] = False
            kind[own["changed"][k]] ^= own["kinds"][k]
            column[own["moved"][k]] += own["columns"][k]
            slot = np.flatnonzero(there)
            yield Moment(time_h, slot, column[slot], kind[slot], place[slot])


def _found(wanted: NDArray[np.int64], ids: NDArray[np.int64]) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Say which ids are among others, which are sorted, and where."""
    at = np.searchsorted(ids, wanted).clip(max=max(len(ids) - 1, 0))
    return (ids[at] == wanted if len(ids) else np.zeros(len(wanted), np.bool_)), at


def _kind(key: NDArray[np.uint64]) -> NDArray[np.uint8]:
    return ((key >> np.uint64(32)) & np.uint64(255)).astype(np.uint8)


def _along(levels: NDArray[np.float64], pattern: NDArray[np.float64]) -> tuple[NDArray[np.float32], ...]:
    """Return the pattern of capillaries, and for every moment what there is everywhere and what the pattern adds to it.

    A ModelFault says that a level does not follow the pattern, which `engine.rates.sense` lets none do.
    """
    low, high = int(pattern.argmin()), int(pattern.argmax())
    span = float(pattern[high] - pattern[low])
    vascular = (levels[:, high] - levels[:, low]) / span if span > 0 else np.zeros(len(levels))
    local = levels[:, low] - vascular * pattern[low]
    if not np.allclose(local[:, None] + vascular[:, None] * pattern, levels, rtol=1e-6, atol=1e-6):
        raise ModelFault("Levels of BDNF do not follow the pattern of capillaries.", cure="Please report this.")
    return pattern.astype(np.float32), local.astype(np.float32), vascular.astype(np.float32)


def recorded_every_h(scenario: "Scenario") -> float:
    """Return how often the series has a row, h."""
    return scenario.outputs.cadence_h or scenario.step_h


def intervals(scenario: "Scenario", longest: int) -> list[float]:
    """Return the times between moments, h, that a series has and that make at most ``longest`` moments."""
    cadence_h = recorded_every_h(scenario)
    usual = [float(h) for h in INTERVALS_H if abs(h / cadence_h - round(h / cadence_h)) < 1e-6]
    found = [h for h in usual if scenario.duration_h / h <= longest and h <= max(24.0, scenario.duration_h / 2)]
    return found or [cadence_h * max(1.0, np.ceil(scenario.duration_h / cadence_h / longest))]


def too_large(what_for: str, at_h: float) -> InputError:
    """Return the refusal of a film that no coarser interval makes small enough."""
    what = f"This run is too large for {what_for}, even with one moment in {plain(at_h / 24)} days."
    cure = "Simulate a patch of tissue (tissue: septotemporal, transverse) or fewer days."
    return InputError(what, cure=cure, code="too-large")

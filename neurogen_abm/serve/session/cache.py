"""Animals on the first day of a run, kept so that another one with the same past costs milliseconds, not seconds."""

import hashlib
import json
import threading
from collections.abc import Callable

import numpy as np

from neurogen_abm.activity.run_clock import run_clock
from neurogen_abm.kept import Kept, counted
from neurogen_abm.memory import require_memory
from neurogen_abm.model import NeurogenesisModel
from neurogen_abm.spec.scenario.circumstances import CIRCUMSTANCES, TEXTS
from neurogen_abm.spec.scenario.messengers import in_blood
from neurogen_abm.spec.scenario.scenario import ResolvedScenario

# What decides the life before the run is everything but these.
_LATER = (set(CIRCUMSTANCES) - {"knock_outs"}) | set(TEXTS)
MAX_KEPT = 6
MAX_KEPT_BYTES = 256 * 2**20
_LOOK_S = 0.1  # how often one that waits for an animal says how far it is


def past_of(resolved: ResolvedScenario) -> str:
    """Return a digest of all that decides an animal at the start of its run."""
    said = resolved.scenario.model_dump(mode="json", exclude=_LATER)
    clock = run_clock(resolved.scenario, resolved.base_dir)  # a recording may set it
    carried = in_blood(resolved.scenario, resolved.catalogue)  # which an enriched cage changes
    parts = [resolved.catalogue_digest, clock.start_min, clock.weekday, carried, said]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def size_of(model: NeurogenesisModel) -> int:
    """Return the bytes of the arrays of an animal."""
    world, muscle = model.world, model.muscle
    # Twins share the tissue; counted for each, so that the sum is never too small.
    shared = [world.grid.capillary, world.grid.near, world.tissue.geometry.site_class, world.tissue.geometry.block_of]
    own = [*world.population.cells, *world.population.ended, *world.events, world.developmental]
    own += [world.tissue.occupancy.occupied, world.tissue.occupancy.load]
    own += [muscle.intensity_of, muscle.distance_of, muscle._covered_m, *muscle.schedule]
    numbers = sum(map(len, model.recorder.rows))  # each a Python float in a tuple
    return sum(int(np.asarray(part).nbytes) for part in own + shared) + 32 * numbers


class _Making:
    """An animal that is being made: how far its life before the run has come, and what those who wait for it get."""

    def __init__(self) -> None:
        self.lived, self.total = 0, 1
        self.over = threading.Event()
        self.made: NeurogenesisModel | None = None  # stays so where the making failed, or was given up


class AnimalCache:
    """Makes animals at the start of a run, and copies them where the past is the same; safe to share by threads.

    An animal that several ask for at once is made by the first; the others wait for it.
    """

    def __init__(self) -> None:
        self._kept = Kept[NeurogenesisModel](MAX_KEPT_BYTES)
        self._making: dict[str, _Making] = {}
        self._lock = threading.Lock()

    def animal(
        self, resolved: ResolvedScenario, on_history: Callable[[int, int], None] | None = None
    ) -> NeurogenesisModel:
        """Return an animal of its own at the start of the run that ``resolved`` describes.

        Raises
        ------
        NeurogenError
            As `NeurogenesisModel`; and whatever ``on_history`` raises.
        """
        past = past_of(resolved)
        found: NeurogenesisModel | None = None
        while found is None:
            with self._lock:
                found = self._kept.get(past)
                making = self._making.get(past)
                first = found is None and making is None
                if first:
                    self._making[past] = _Making()
            if first:
                found = self._make(past, resolved, on_history)
            elif found is None and making is not None:
                found = _awaited(making, on_history)
        animal = found.fork()
        if found.spec is not resolved:
            animal.live_on(resolved)
        return animal

    def _make(
        self, past: str, resolved: ResolvedScenario, on_history: Callable[[int, int], None] | None
    ) -> NeurogenesisModel:
        own = self._making[past]

        def noted(lived: int, total: int) -> None:
            own.lived, own.total = lived, total
            if on_history is not None:
                on_history(lived, total)

        try:
            require_memory(resolved)
            own.made = NeurogenesisModel(resolved, on_history=noted)
            self._kept.keep(past, own.made, counted(size_of(own.made), MAX_KEPT_BYTES, MAX_KEPT))
            return own.made
        finally:
            with self._lock:
                del self._making[past]
            own.over.set()


def _awaited(making: _Making, on_history: Callable[[int, int], None] | None) -> NeurogenesisModel | None:
    """Wait for an animal that another makes, and return it; None where that came to nothing."""
    while not making.over.wait(_LOOK_S):
        if on_history is not None:
            on_history(making.lived, making.total)
    return making.made

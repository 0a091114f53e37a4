"""Animals on the first day of a run, kept so that another one with the same past costs milliseconds, not seconds."""

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Callable

import numpy as np

from neurogen_abm.activity.run_clock import run_clock
from neurogen_abm.memory import require_memory
from neurogen_abm.model import NeurogenesisModel
from neurogen_abm.spec.scenario.circumstances import CIRCUMSTANCES, TEXTS
from neurogen_abm.spec.scenario.messengers import in_blood
from neurogen_abm.spec.scenario.scenario import ResolvedScenario

# What decides the life before the run is everything but these.
_LATER = (set(CIRCUMSTANCES) - {"knock_outs"}) | set(TEXTS)
MAX_KEPT = 6
MAX_KEPT_BYTES = 256 * 2**20


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


class AnimalCache:
    """Makes animals at the start of a run, and copies them where the past is the same; safe to share by threads."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, NeurogenesisModel] = OrderedDict()
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
        with self._lock:
            kept = self._kept.get(past)
            if kept is not None:
                self._kept.move_to_end(past)
        if kept is None:
            require_memory(resolved)
            kept = NeurogenesisModel(resolved, on_history=on_history)
            with self._lock:
                self._kept[past] = kept
                while len(self._kept) > MAX_KEPT or (len(self._kept) > 1 and self.n_bytes > MAX_KEPT_BYTES):
                    self._kept.popitem(last=False)
        animal = kept.fork()
        if kept.spec is not resolved:
            animal.live_on(resolved)
        return animal

    @property
    def n_bytes(self) -> int:
        """Bytes of the animals that are kept."""
        return sum(size_of(model) for model in self._kept.values())

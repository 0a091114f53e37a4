"""Lives before the run that several animals share: lived once, and taken up from memory by the others.

An animal begins as one of its age: before day 0 it has lived for months without a movement. Twins that differ only in
what comes later have that life in common, to the last bit. What decides it is what goes into it, and nothing else: the
numbers the gyrus is made of, and the levels of every hour. Their fingerprint is the key, so that no rule has to say
which entries of a scenario matter before day 0.

Kept are bytes, which no animal can change, and only where `kept.shared` says that others may follow: 2 MB for a patch
of 900 x 600 um at eight weeks of age, 4 MB at a year.
"""

import pickle

import numpy as np

from neurogen_abm.engine.world import World
from neurogen_abm.kept import fingerprint, in_common
from neurogen_abm.lowering import Lowered

# What a world is made of, which the animal that takes it up has itself; it is the same to the last bit.
_MADE_OF = ("parameters", "effects", "grid", "classes", "niche", "start")


class Past:
    """The life of an animal before its run, which another may have lived already."""

    def __init__(self, lowered: Lowered, minutes_per_step: int) -> None:
        self._kept, self._lowered = in_common(), lowered
        self._key = fingerprint_of(lowered, minutes_per_step) if self._kept is not None else ""

    def recalled(self) -> World | None:
        """Return the animal at the start of its run where its past has been lived already, else None."""
        content = None if self._kept is None else self._kept.get(self._key)
        if content is None:
            return None
        world = World.__new__(World)
        vars(world).update(pickle.loads(content))
        for part in _MADE_OF:
            setattr(world, part, getattr(self._lowered, part))
        return world

    def keep(self, world: World) -> None:
        """Keep the animal at the start of its run, where others of the same past may follow."""
        if self._kept is not None:
            state = {name: part for name, part in world.__getstate__().items() if name not in _MADE_OF}
            content = pickle.dumps(state, pickle.HIGHEST_PROTOCOL)
            self._kept.keep(self._key, content, len(content))


def fingerprint_of(lowered: Lowered, minutes_per_step: int) -> str:
    """Return the fingerprint of all that decides the life of an animal before its run."""
    gyrus = (getattr(lowered, part) for part in _MADE_OF)
    n_steps, physiology = round(-lowered.start.time_h / lowered.parameters.dt_h), lowered.physiology
    levels = np.array(list(physiology.history(n_steps, minutes_per_step)), np.float64)
    return fingerprint(*gyrus, levels, physiology.messengers_present)

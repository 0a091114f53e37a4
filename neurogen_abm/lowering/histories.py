"""Lives before the run that several animals share: lived once, and taken up from memory by the others.

An animal begins as one of its age: before day 0 it has lived for months without a movement. Twins that differ only in
what comes later have that life in common, to the last bit. What decides it is what goes into it, and nothing else: the
numbers the gyrus is made of, and the levels of every hour. Their fingerprint is the key, so that no rule has to say
which entries of a scenario matter before day 0.

What is kept is a state (`World.as_state`), which no animal can change, and only where `kept.shared` says that others
may follow: 2 MB for a patch of 900 x 600 um at eight weeks of age, 4 MB at a year.
"""

from collections.abc import Callable

from neurogen_abm.engine.world import World
from neurogen_abm.kept import fingerprint, in_common, read_only
from neurogen_abm.lowering import Lowered
from neurogen_abm.state import flat

# What a world is made of.
_MADE_OF = ("parameters", "effects", "grid", "classes", "niche", "start")


def begun(lowered: Lowered, minutes_per_step: int, on_history: Callable[[int, int], None] | None = None) -> World:
    """Return an animal at the start of its run, with the cells that a life without a movement gave it.

    Knock-outs are born with the animal, and its blood follows the hour as it will in the run. ``on_history`` is called
    with (steps lived, steps to live) after each day that is lived.
    """
    past = Past(lowered, minutes_per_step)
    if (known := past.recalled()) is not None:
        return known
    world, physiology = lowered.world(), lowered.physiology
    total, day = round(-lowered.start.time_h / lowered.parameters.dt_h), round(24.0 / lowered.parameters.dt_h)
    folds = physiology.history(total, minutes_per_step)
    for first in range(0, total, day):
        here = folds[first : first + day]
        world.advance(world.course(here[:, 0], here[:, 1], 0.0, physiology.messengers_present))
        if on_history is not None and first + day <= total:
            on_history(first + day, total)
    past.keep(world)
    return world


class Past:
    """The life of an animal before its run, which another may have lived already."""

    def __init__(self, lowered: Lowered, minutes_per_step: int) -> None:
        self._kept, self._lowered = in_common(), lowered
        self._key = fingerprint_of(lowered, minutes_per_step) if self._kept is not None else ""

    def recalled(self) -> World | None:
        """Return the animal at the start of its run where its past has been lived already, else None."""
        state = None if self._kept is None else self._kept.get(self._key)
        return None if state is None else self._lowered.world(state)

    def keep(self, world: World) -> None:
        """Keep the animal at the start of its run, where others of the same past may follow."""
        if self._kept is not None:
            state = world.as_state()
            columns = flat(state)[0].values()
            read_only(*columns)
            self._kept.keep(self._key, state, sum(column.nbytes for column in columns))


def fingerprint_of(lowered: Lowered, minutes_per_step: int) -> str:
    """Return the fingerprint of all that decides the life of an animal before its run."""
    gyrus = (getattr(lowered, part) for part in _MADE_OF)
    n_steps, physiology = round(-lowered.start.time_h / lowered.parameters.dt_h), lowered.physiology
    levels = physiology.history(n_steps, minutes_per_step)
    return fingerprint(*gyrus, levels, physiology.messengers_present)

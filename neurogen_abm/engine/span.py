"""Many steps of the gyrus in one call of compiled code, with what the series will say of each."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurogen_abm import rng
from neurogen_abm.biology.cell_cycle import CycleStain
from neurogen_abm.biology.states import STATES
from neurogen_abm.engine import census
from neurogen_abm.engine._handle import Handle
from neurogen_abm.engine.commit import IN_STATE, N_TALLIES
from neurogen_abm.engine.step import live
from neurogen_abm.jit import compiled

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


class Course(NamedTuple):
    """What the gyrus meets in each of some steps, means of the step."""

    local: Floats  # (steps,): the signal made in the tissue, pg/mL
    vascular: Floats  # (steps,): and what capillaries bring, pg/mL
    blood: Floats  # (steps, messengers): the other messengers over their levels at rest

    def between(self, first: int, last: int) -> "Course":
        """Return that of steps ``first`` to ``last`` of these."""
        return Course(self.local[first:last], self.vascular[first:last], self.blood[first:last])


class Looks(NamedTuple):
    """What is looked for in the cells, as `census.of_series` takes it, and after which steps."""

    wanted: NDArray[np.uint8]  # (steps,): whether cells are counted at the end of the step
    edges_h: Floats
    shown: Integers
    stain: CycleStain

    @classmethod
    def none(cls, n_steps: int) -> "Looks":
        """Return that nothing is looked for."""
        shown = np.zeros((0, len(STATES), 1), np.int64)
        return cls(np.zeros(n_steps, np.uint8), np.zeros(1), shown, CycleStain(0, 0.0, False, 0, 0.0))


class Seen(NamedTuple):
    """The gyrus at the end of each of some steps; stained cells are 0 where nobody looked."""

    level: Floats  # (steps, classes): the field signal, pg/mL
    habituation: Floats  # (steps, effects): as `World.habituation`
    tally: Integers  # (steps, tallies): as `World.tally`
    stained: Integers  # (steps, 1 + markers): as `census.of_series`
    n_developmental: Integers  # (steps,): living granule cells born in development

    @classmethod
    def room(cls, n_steps: int, n_classes: int, n_effects: int, n_markers: int) -> "Seen":
        """Return room for what is seen in some steps."""
        return cls(
            np.empty((n_steps, n_classes)),
            np.empty((n_steps, n_effects)),
            np.empty((n_steps, N_TALLIES), np.int64),
            np.zeros((n_steps, 1 + n_markers), np.int64),
            np.empty(n_steps, np.int64),
        )

    @property
    def n_cells(self) -> Integers:
        """Cells there were, settled ones among them, (steps,)."""
        counts: Integers = self.tally[:, IN_STATE : IN_STATE + len(STATES)].sum(axis=1)
        return counts

    def between(self, first: int, last: int) -> "Seen":
        """Return that of steps ``first`` to ``last`` of these, as views."""
        parts: tuple[Any, ...] = self
        return Seen(*(part[first:last] for part in parts))


class Standing(NamedTuple):
    """Where an animal stands: counts of rows as `step.live` takes them, and granule cells lost of development."""

    n: int
    n_quiescent: int
    n_ended: int
    n_shed: int  # gone so far
    shed_due: float  # of the next to go, the part that is expected already


class Shedding(NamedTuple):
    """How granule cells born in development die."""

    n_first: int  # at the beginning of the history
    share: float  # of those there are, in a step
    developmental: NDArray[np.uint8]  # (columns,)


@compiled
def live_through(
    g: Handle,
    spent: bool,
    standing: Standing,
    steps: int,
    begin_h: float,
    begin_age_h: float,
    shedding: Shedding,
    course: Course,
    looks: Looks,
    seen: Seen,
) -> tuple[int, Standing, int, int]:
    """Live through the steps of a course, or those of them for which there is room.

    Parameters
    ----------
    spent
        As in `step.live`, of the first step.
    steps
        How many the animal has lived.
    begin_h, begin_age_h
        Time and age when it had lived none, hours.
    seen
        Filled.

    Returns
    -------
    int
        How many steps were lived.
    Standing
    n_due, n_hops : int
        Events of the next step for which the columns have no room, as `step.live` returns them.
    """
    n, n_quiescent, n_ended, n_shed, shed_due = standing
    p, tally = g.parameters, g.tally
    for k in range(len(course.local)):
        lived = (steps + k) * p.dt_h
        put(course.blood[k], g.blood)
        n, n_quiescent, n_ended, n_due, n_hops = live(
            g,
            spent and k == 0,
            n,
            n_quiescent,
            n_ended,
            begin_h + lived,
            begin_age_h + lived,
            course.local[k],
            course.vascular[k],
        )
        if n_due or n_hops:
            return k, Standing(n, n_quiescent, n_ended, n_shed, shed_due), n_due, n_hops
        if shedding.share > 0.0:
            shed_due += (shedding.n_first - n_shed) * shedding.share
            count = int(shed_due)
            shed_due -= count
            take_away(p.seed, n_shed, count, shedding.developmental, g.tissue.occupancy.load)
            n_shed += count
        put(g.level, seen.level[k])
        put(g.habituation, seen.habituation[k])
        put(tally, seen.tally[k])
        seen.n_developmental[k] = shedding.n_first - n_shed
        if looks.wanted[k]:
            t_h, c, in_state = begin_h + (steps + k + 1) * p.dt_h, g.cells, tally[IN_STATE : IN_STATE + len(STATES)]
            where = n, n_quiescent, t_h, c.state, c.birth_h, c.clock_h, in_state
            put(census.of_series(*where, looks.edges_h, looks.shown, looks.stain), seen.stained[k])
    return len(course.local), Standing(n, n_quiescent, n_ended, n_shed, shed_due), 0, 0


@compiled
def put(values: NDArray[Any], place: NDArray[Any]) -> None:
    """Write values into an array of their length: a slice would compile what says that the lengths differ, for 2 s."""
    for k in range(len(place)):
        place[k] = values[k]


@compiled
def take_away(seed: int, first: int, count: int, developmental: NDArray[np.uint8], load: NDArray[np.uint8]) -> None:
    """Remove ``count`` cells, number ``first`` on, from columns drawn until one still holds a cell of development."""
    for k in range(count):
        attempt, left = 0, True
        while left:
            column = int(rng.uniform(seed, first + k + 1, attempt, rng.BACKGROUND, 1) * len(load))
            if developmental[column] > 0:
                developmental[column] -= 1
                load[column] -= 1
                left = False
            attempt += 1

"""One dentate gyrus in time: the arrays of the animal and the order of a step.

A step of ``dt_h`` hours goes: the niche gives every class of sites its level; effects turn levels into factors on
rates; every cell spends, and those that are due decide; events claim sites; young cells migrate; the other events are
written (`engine.step`). Then granule cells of development die (`engine.span`, which takes many steps in one call), and
once per day rows are put in order and checked.
"""

from collections.abc import Callable
from functools import cache
from operator import is_
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.biology import lineage
from neurogen_abm.biology.niche import Niche
from neurogen_abm.biology.states import STATES
from neurogen_abm.engine import commit, consistency, restoring, row_order, sites, span, timers
from neurogen_abm.engine._handle import Arrays, Handle, handle_of
from neurogen_abm.engine.beginning import Start, first_cells
from neurogen_abm.engine.field import FieldClasses
from neurogen_abm.engine.grid import DentateGrid
from neurogen_abm.engine.parameters import Effects, Parameters
from neurogen_abm.engine.population import Cells, Population
from neurogen_abm.engine.rates import age_table_of, sense
from neurogen_abm.engine.span import Course, Looks, Seen, Shedding, Standing
from neurogen_abm.engine.tissue import Geometry, Occupancy, RateTables, Scratch, Tissue, empty_events
from neurogen_abm.errors import ModelFault
from neurogen_abm.numerals import plain
from neurogen_abm.state import State

Array = NDArray[np.float64]


@cache
def _codes(which: Callable[[int], bool]) -> list[int]:
    """Return the states of which a predicate is true; asked late, as compiled code takes a second to load."""
    return [code for code in range(len(STATES)) if which(code)]


class World:
    """The state of one animal's gyrus and the step that advances it.

    Attributes
    ----------
    population : Population
        All cells of the model.
    developmental : uint8 array, shape (columns,)
        Granule cells born in development, a part of the load of each column.
    tally : int64 array
        Counts of what has happened and of cells there are, indices in `engine.commit`.
    time_h, age_h : float
        Hours since the start of the run (negative before it) and age of the animal.
    level : float64 array, shape (classes,)
        The field signal now, pg/mL, by class of sites.
    blood : float64 array, shape (messengers,)
        The other messengers now, over their levels at rest.

    With a ``state`` of `as_state` the animal goes on from there, instead of beginning.
    """

    def __init__(
        self,
        parameters: Parameters,
        effects: Effects,
        grid: DentateGrid,
        classes: FieldClasses,
        niche: Niche,
        start: Start,
        n_messengers: int = 0,
        state: State | None = None,
    ) -> None:
        self.parameters, self.effects, self.grid, self.classes, self.niche = parameters, effects, grid, classes, niche
        self.start = start
        self.steps = 0
        self._tidy_every = max(1, round(24.0 / parameters.dt_h))
        self.tally = np.zeros(commit.N_TALLIES, np.int64)
        self.habituation = np.ones(len(effects.towards))
        self.followed = np.zeros((len(effects.towards), len(classes.pattern)))
        self.rest_level = niche.local + niche.vascular * classes.pattern
        self.level = self.rest_level.copy()
        self.blood = np.ones(n_messengers)
        self._pattern_low, self._pattern_high = float(classes.pattern.min()), float(classes.pattern.max())
        self.developmental = np.zeros(grid.n_columns, np.uint8)
        self.n_first = self._n_developmental = 0
        self.n_shed, self._shed_due = 0, 0.0
        self.tissue = self._make_tissue()
        self._handle: tuple[Arrays, Handle] | None = None
        if state is None:
            self._found(*first_cells(parameters, start))
        else:
            restoring.restore(self, state)
        self.events = empty_events(len(self.population.cells.id), 1024)

    def as_state(self) -> State:
        """Return what the gyrus is now, as arrays and numbers, of which the same arguments make it again."""
        return restoring.state_of(self)

    @property
    def time_h(self) -> float:
        """Hours since the start of the run; a product, so that no error accumulates."""
        return self.start.time_h + self.steps * self.parameters.dt_h

    @property
    def age_h(self) -> float:
        """Age of the animal in hours."""
        return self.start.age_h + self.steps * self.parameters.dt_h

    def times(self, n_steps: int) -> tuple[list[float], list[float]]:
        """Return `time_h` and `age_h` now and at the end of each of the next steps, one entry more than steps."""
        lived = [(self.steps + k) * self.parameters.dt_h for k in range(n_steps + 1)]
        return [self.start.time_h + h for h in lived], [self.start.age_h + h for h in lived]

    def _make_tissue(self) -> Tissue:
        p, grid = self.parameters, self.grid
        columns = np.arange(grid.n_columns)
        blocks_u = -(-p.n_u // p.block)
        block_of = ((columns // p.n_u) // p.block * blocks_u + (columns % p.n_u) // p.block).astype(np.int32)
        n_blocks = int(block_of.max()) + 1
        n_channels = int(p.channel.max()) + 1
        pull, pull_of = np.unique(1.0 + p.capillary_attraction * grid.near, return_inverse=True)
        n_classes = len(self.classes.pattern)
        return Tissue(
            Geometry(
                site_class=self.classes.site_class,
                block_of=block_of,
                block_size=np.bincount(block_of, minlength=n_blocks).astype(np.float64),
                pull=pull,
                pull_of=pull_of.astype(np.uint16),
                ring_start=grid.ring_start,
                ring_u=grid.ring_u,
                ring_v=grid.ring_v,
                beside=(grid.ring_v * p.n_u + grid.ring_u)[grid.ring_start[1] : grid.ring_start[2]],
            ),
            RateTables(
                factors=np.ones((n_channels, n_classes)),
                hazard=np.zeros((len(STATES), len(p.death_edges_h), n_classes)),
                pace=np.zeros((len(STATES), n_classes)),
                boutons=np.ones(n_classes),
                age_table=age_table_of(p),
                bin_end_h=np.append(p.death_edges_h[1:], np.inf),
            ),
            Occupancy(
                occupied=np.zeros(grid.n_columns, np.uint8),
                load=np.zeros(grid.n_columns, np.uint8),
                rivals=np.zeros(n_blocks, np.int32),
            ),
            Scratch(
                claim=np.full(grid.n_columns, sites.UNCLAIMED),
                claim_layer=np.full(grid.n_columns, sites.UNCLAIMED),
                rivals_change=np.zeros(n_blocks, np.int32),
                crowded=np.zeros(n_blocks, np.uint8),
            ),
        )

    def _found(self, first: Cells, developmental: NDArray[np.uint8]) -> None:
        """Put the cells with which the animal begins into their places."""
        n, tissue = len(first.id), self.tissue
        self.n_first, self.developmental, self._n_developmental = n, developmental, int(developmental.sum())
        tissue.occupancy.load[:] = developmental
        self.population = population = Population(n)
        population.make_room(n)
        population.n, population.n_quiescent = n, int(np.isin(first.state, _codes(lineage.is_quiescent)).sum())
        pairs: Any = zip(population.changing, first, strict=True)
        for column, value in pairs:
            column[:] = value
        c, n_columns = population.changing, self.grid.n_columns
        c.field_class[:] = tissue.geometry.site_class[c.site]
        c.block[:] = tissue.geometry.block_of[c.site % n_columns]
        in_zone, competing = c.site < n_columns, np.isin(c.state, _codes(lineage.is_competing))
        tissue.occupancy.occupied[c.site[in_zone]] = 1
        np.add.at(tissue.occupancy.load, c.site[~in_zone] % n_columns, 1)
        np.add.at(tissue.occupancy.rivals, c.block[competing], 1)
        self.tally[commit.IN_STATE : commit.IN_STATE + len(STATES)] = np.bincount(c.state, minlength=len(STATES))

    def step(
        self,
        local_fold: float = 1.0,
        vascular_fold: float = 1.0,
        infused: float = 0.0,
        blood: Array | None = None,
        parallel: bool | None = None,
    ) -> None:
        """Advance by one step: `advance` over one.

        Parameters
        ----------
        local_fold, vascular_fold : float
            Production in the niche and plasma level, over rest, as means of the step.
        infused : float
            Signal added to the niche, pg/mL.
        blood : array, shape (messengers,), optional
            Levels of the other messengers over rest, means of the step; by default as they were.
        parallel : bool, optional
            Use threads for the reading half; by default from 400,000 rows.
        """
        folds = np.array([local_fold]), np.array([vascular_fold]), np.array([infused])
        self.advance(self.course(*folds, self.blood if blood is None else blood), parallel=parallel)

    def course(self, local_fold: Array, vascular_fold: Array, infused: Array | float, blood: Array) -> Course:
        """Return what the gyrus meets in some steps, given as in `step` with an entry for each, or the same for all."""
        local, vascular = self.niche.local * local_fold + infused, self.niche.vascular * vascular_fold
        return Course(local, vascular, np.array(np.broadcast_to(blood, (len(local), len(self.blood))), order="C"))

    def advance(self, course: Course, looks: Looks | None = None, parallel: bool | None = None) -> Seen:
        """Advance by the steps of a course, in as few calls as can be; the bits do not depend on how it is cut.

        Parameters
        ----------
        course
            As from `course`.
        looks
            Which cells are counted, and after which steps; by default none.
        parallel
            As in `step`.

        Returns
        -------
        Seen
            The gyrus at the end of each step.
        """
        n_steps, lived = len(course.local), 0
        looks = Looks.none(n_steps) if looks is None else looks
        seen = Seen.room(n_steps, len(self.level), len(self.habituation), len(looks.shown))
        while lived < n_steps:
            last = lived + min(n_steps - lived, self._tidy_every - self.steps % self._tidy_every)
            in_threads = self.population.n >= timers.PARALLEL_FROM if parallel is None else parallel
            last = lived + 1 if in_threads else last
            part = course.between(lived, last)
            sound = self._sound(part)
            looked = looks._replace(wanted=looks.wanted[lived:last])
            self._live(part if sound is None else part.between(0, sound), looked, seen.between(lived, last), in_threads)
            self._require_sound(part, sound)
            lived = last
            if self.steps % self._tidy_every == 0:
                self._tidy()
                self.check()
        return seen

    def _sound(self, course: Course) -> int | None:
        """Return the first step of a course in which the field of the signal is no level, None where it is one."""
        lowest, highest = self._limits(course)
        sound = (lowest >= 0.0) & np.isfinite(highest)
        return None if sound.all() else int(np.argmin(sound))

    def _limits(self, course: Course) -> tuple[Array, Array]:
        low, high = self._pattern_low, self._pattern_high
        return course.local + course.vascular * low, course.local + course.vascular * high

    def _require_sound(self, course: Course, step: int | None) -> None:
        if step is not None:
            lowest, highest = (float(limit[step]) for limit in self._limits(course))
            what = f"The field of the signal is {plain(lowest)} to {plain(highest)} pg/mL."
            raise ModelFault(what, where=f"step {self.steps}", cure="Check the numbers of pathway and circulation.")

    def _live(self, course: Course, looks: Looks, seen: Seen, in_threads: bool) -> None:
        """Live through the steps of a course, none of which but the last ends a day; with threads there is but one."""
        lived, spent, c, p = 0, in_threads, self.population, self.parameters
        if in_threads and len(course.local):
            self._spend_in_threads(course)
        shedding = Shedding(
            self._n_developmental, float(-np.expm1(-p.developmental_death * p.dt_h)), self.developmental
        )
        while lived < len(course.local):
            standing = Standing(c.n, c.n_quiescent, c.n_ended, self.n_shed, self._shed_due)
            rest = course.between(lived, len(course.local)), looks._replace(wanted=looks.wanted[lived:])
            now = standing, self.steps, self.start.time_h, self.start.age_h
            done, standing, n_due, n_hops = span.live_through(
                self._bound(), spent, *now, shedding, *rest, seen.between(lived, len(course.local))
            )
            c.n, c.n_quiescent, c.n_ended, self.n_shed, self._shed_due = standing
            lived, self.steps, spent = lived + done, self.steps + done, n_due + n_hops > 0
            if spent:
                self._make_room(n_due, n_hops)

    def _spend_in_threads(self, course: Course) -> None:
        """Let all rows live through the first step of a course, in threads."""
        self.blood[:] = course.blood[0]
        levels, past = (self.rest_level, self.level), (self.habituation, self.followed)
        signals = *levels, *past, self.classes, self.effects, self.blood
        local, vascular = float(course.local[0]), float(course.vascular[0])
        sense(local, vascular, self.age_h, *signals, self.tissue, self.parameters)
        c = self.population
        timers.spend_in_threads(c.n, c.n_quiescent, self.time_h, c.cells, self.tissue, self.parameters, self.events)

    def _bound(self) -> Handle:
        """Return all arrays behind one reference, made anew when one of them has been replaced."""
        parts = Arrays(
            *(self.population.cells, self.population.ended, self.tissue, self.parameters, self.events, self.tally),
            *(self.rest_level, self.level, self.habituation, self.followed),
            *(self.classes, self.effects, self.blood),
        )
        if self._handle is None or not all(map(is_, parts, self._handle[0])):
            self._handle = parts, handle_of(parts)
        return self._handle[1]

    def __getstate__(self) -> dict[str, Any]:
        """Return what is copied and pickled: a copy has arrays of its own, to which it makes its own reference."""
        return vars(self) | {"_handle": None}

    @property
    def n_developmental(self) -> int:
        """Living granule cells born in development."""
        return self._n_developmental - self.n_shed

    def _make_room(self, n_due: int, n_hops: int) -> None:
        """Let each of ``n_due`` events add a row, and the list of events hold them all."""
        self.population.make_room(n_due)
        rows, events = len(self.population.cells.id), len(self.events.rows)
        if len(self.events.due) < rows or events < n_due + n_hops + 2:
            due = self.events.due
            self.events = empty_events(rows, max(events, (n_due + n_hops) * 3 // 2 + 2))
            self.events.due[: len(due)] = due

    def counts(self) -> NDArray[np.int64]:
        """Return the number of cells by state, settled ones among them, shape (states,)."""
        return self.tally[commit.IN_STATE : commit.IN_STATE + len(STATES)].copy()

    def check(self) -> None:
        """Verify that the cell tables are consistent.

        Raises
        ------
        ModelFault
            When cells are lost or made from nothing, a site holds two somata, a cell is thought to be elsewhere, or a
            number is not finite.
        """
        born = self.n_first + int(self.tally[commit.BIRTHS])
        c = self.population
        if born != c.n + c.n_ended:
            what = f"{born} cells were born, but {c.n} may change and {c.n_ended} are settled or gone."
            raise ModelFault(what, where=f"step {self.steps}")
        tables = c.changing, c.n_quiescent, c.registered, self.tally, self.tissue, self.developmental
        wrong = consistency.audit(*tables, self.parameters.column_capacity)
        if wrong != consistency.IN_ORDER:
            raise ModelFault(consistency.WRONG[wrong], where=f"step {self.steps}")

    def _tidy(self) -> None:
        """Put the rows in order of state and block: neighbours in memory then take the same path to the same end.

        The quiescent first rows stay as they are, for nothing they do looks at a neighbour.
        """
        c, block_of = self.population, self.tissue.geometry.block_of
        n_blocks = len(self.tissue.occupancy.rivals)
        self._reorder(c.n_quiescent, row_order.by_state_and_block(c.n_quiescent, c.n, c.cells, block_of, n_blocks))
        c.n_quiescent = int(self.counts()[_codes(lineage.is_quiescent)].sum())

    def permute(self, order: NDArray[Any]) -> None:
        """Put the rows into another order; nothing that is computed may depend on it."""
        self.population.n_quiescent = 0
        self._reorder(0, order.astype(np.uint32))

    def _reorder(self, first: int, order: NDArray[np.uint32]) -> None:
        """Put the rows from ``first`` on into an order."""
        room = np.empty(len(order), np.uint64)
        for column in self.population.cells:
            row_order.reorder(column[first : self.population.n], order, room.view(column.dtype)[: len(order)])

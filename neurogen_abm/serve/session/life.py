"""One life on the page: an animal, what was changed in it and when, and what was born and died since the last look."""

import datetime
import math
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from neurogen_abm.biology import lineage
from neurogen_abm.engine.population import taken
from neurogen_abm.model import NeurogenesisModel
from neurogen_abm.scene.cells import keys
from neurogen_abm.serve.session.cache import AnimalCache, size_of
from neurogen_abm.serve.session.labelled import HOURS, Labelled
from neurogen_abm.serve.session.library import Library, require_now
from neurogen_abm.serve.session.past import Past
from neurogen_abm.serve.session.plan import ArmPlan, InjectEvent, SetEvent
from neurogen_abm.spec.scenario.check_assays import agent_of
from neurogen_abm.spec.scenario.histology import ANALOGUES
from neurogen_abm.spec.scenario.scenario import ResolvedScenario

AT_ONCE = 6  # steps that may pass between two looks at the clock: a few milliseconds


class Life:
    """One animal and its plan.

    Attributes
    ----------
    model : NeurogenesisModel
    plan : ArmPlan
        What it differs in and what happened; events that lie ahead happen when their step comes.
    born, died : uint32 arrays
        Columns of the cells that were born, and of those that died, between the last two looks.
    happened : int
        How many events of the plan have happened.
    taken_up : dict
        (step, label) -> how many cells took up what was injected.
    settled : uint64 array
        Keys (`scene.cells.keys`) of cells that are settled for life, in no order.
    past : Past
        Pictures of the days it has lived.
    labelled : Labelled
        How many labelled cells lived, every six hours.
    """

    def __init__(self, library: Library, scenario: str, seed: int, plan: ArmPlan, model: NeurogenesisModel) -> None:
        self.library, self.scenario, self.seed = library, scenario, seed
        self.began, self.spent_s = datetime.datetime.now(datetime.UTC), 0.0
        self.plan, self.model = plan, model
        self.happened = sum(event.step < self.step for event in plan.events)
        self._seen_h, self._ended_seen = model.world.time_h, 0
        self.settled = np.empty(0, np.uint64)
        self.followed: int | None = None
        self.taken_up: dict[tuple[int, str], int] = {}
        self.past, self.labelled = Past(), Labelled()
        self.past.note(model, self.step)
        self.note_turnover()

    @property
    def step(self) -> int:
        """Steps since the start of the run."""
        return int(self.model.muscle.minute // self.model.minutes_per_step)

    @property
    def step_h(self) -> float:
        """Length of a step, hours."""
        return self.model.spec.scenario.step_h

    @property
    def over(self) -> bool:
        """Whether the scenario has come to its end."""
        return self.step >= self.model.n_steps

    @property
    def n_bytes(self) -> int:
        """Bytes that this life takes."""
        return size_of(self.model) + self.past.n_bytes

    def resolved_with(self, changes: Mapping[str, Any]) -> ResolvedScenario:
        """Return the scenario of this life with further changes, checked."""
        return self.library.prepare(self.scenario, self.seed, self.plan.changes_by(self.step) | dict(changes))

    def advance(self, steps: int = 1) -> None:
        """Live some steps, or to the end of the scenario; what is planned for a moment happens before it is lived.

        Raises
        ------
        NeurogenError
            As `NeurogenesisModel.step`, and when a planned event cannot happen.
        """
        clock, end = time.perf_counter(), min(self.step + steps, self.model.n_steps)
        while self.step < end:
            self.catch_up()
            planned = (event.step for event in self.plan.events[self.happened : self.happened + 1])
            together = self._steps_between_looks()
            until = min(end, (self.step // together + 1) * together, *planned)
            self.model.advance(until - self.step)
            self.past.note(self.model, self.step)
            self.labelled.note(self.model)
        self.spent_s += time.perf_counter() - clock

    def _steps_between_looks(self) -> int:
        """Return after how many steps this life is looked at: for pictures once a day, to count labels more often."""
        hours = HOURS if self.model.histology.labels.injected else 24.0
        steps = round(hours / self.step_h)
        return steps if math.isclose(steps * self.step_h, hours) else 1

    def catch_up(self) -> None:
        """Let everything happen that is planned up to this moment and has not happened yet."""
        while self.happened < len(self.plan.events) and self.plan.events[self.happened].step <= self.step:
            event = self.plan.events[self.happened]
            self.happened += 1
            if isinstance(event, InjectEvent):
                self._inject(event)
            else:
                self.model.live_on(self.resolved_with({}))

    def check_now(self, changes: Mapping[str, Any]) -> None:
        """Refuse changes that are not possible now."""
        require_now(changes)
        self.resolved_with(changes)

    def set_now(self, changes: Mapping[str, Any]) -> None:
        """Change circumstances from this moment on.

        Raises
        ------
        InputError
            A change is not possible now, or what it asks for cannot be.
        """
        self.check_now(changes)
        self.catch_up()
        self.model.live_on(self.resolved_with(changes))
        self._note(SetEvent(kind="set", step=self.step, changes=dict(changes)))

    def inject(self, agent: str, dose: str) -> None:
        """Give a label now: a thymidine analogue by its dose in mg/kg, a virus or tamoxifen by the share it reaches.

        Raises
        ------
        InputError
            There is no such label, or the amount does not fit it.
        """
        event = InjectEvent(kind="inject", step=self.step, agent=agent, dose=dose)
        self.catch_up()
        self._inject(event)
        self._note(event)

    def _inject(self, event: InjectEvent) -> None:
        agent = agent_of(event.agent) or event.agent
        amount = {"dose": event.dose} if agent in ANALOGUES else {"share": event.dose}
        self.taken_up[event.step, event.agent] = self.model.histology.inject(agent, **amount)
        self.labelled.note(self.model, now=True)

    def _note(self, event: SetEvent | InjectEvent) -> None:
        self.plan.events = [*self.plan.events[: self.happened], event]
        self.happened = len(self.plan.events)

    def fork(self) -> "Life":
        """Return a second life that is this very animal at this moment."""
        plan = ArmPlan(
            changes=dict(self.plan.changes), events=list(self.plan.events[: self.happened]), forked_step=self.step
        )
        other = Life(self.library, self.scenario, self.seed, plan, self.model.fork())
        other.happened, other.taken_up = len(plan.events), dict(self.taken_up)
        other.past, other.labelled = self.past.copy(), self.labelled.copy()
        return other

    def note_turnover(self) -> None:
        """Take note of what was born, died or settled since the last look."""
        world, cells = self.model.world, self.model.world.population
        fresh = taken(cells.registered, slice(self._ended_seen, None))
        stays = fresh.cause == lineage.ALIVE
        settled = keys(fresh.id[stays], fresh.site[stays], fresh.state[stays], world.grid.n_columns)
        self.settled = np.concatenate([self.settled, settled])
        sites = cells.born_since(self._seen_h).site, cells.dead_since(self._seen_h).site
        self.born, self.died = ((site % world.grid.n_columns).astype(np.uint32) for site in sites)
        self._seen_h, self._ended_seen = world.time_h, cells.n_ended


def life_of(
    library: Library,
    cache: AnimalCache,
    scenario: str,
    seed: int,
    plan: ArmPlan,
    on_history: Callable[[int, int], None] | None = None,
) -> Life:
    """Return a life at the start of its run.

    Raises
    ------
    NeurogenError
        The plan cannot be lived.
    """
    resolved = library.prepare(scenario, seed, plan.changes)
    return Life(library, scenario, seed, plan, cache.animal(resolved, on_history))

"""The model as Mesa knows it: one animal, its muscle agent, and a gyrus of cells kept as arrays."""

from collections.abc import Callable, Mapping
from operator import index
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mesa
import numpy as np
from mesa.agent import AgentSet
from numpy.typing import NDArray

from neurogen_abm import jit
from neurogen_abm.agents import CellAgent, CellViews, MuscleAgent, model_state
from neurogen_abm.agents.beside import take_along
from neurogen_abm.agents.collector import SeriesCollector
from neurogen_abm.agents.worked import Moment, Worked, plasma_pg_ml
from neurogen_abm.arguments import CALLABLE, WHOLE, check, instance
from neurogen_abm.assays.histology import Histology
from neurogen_abm.assays.messengers import TimeCourse
from neurogen_abm.assays.recorder import Recorder, register
from neurogen_abm.biology.lineage import state_codes
from neurogen_abm.biology.states import LINEAGE
from neurogen_abm.engine.span import Seen
from neurogen_abm.errors import InputError
from neurogen_abm.lowering import Lowered, histories, lower, lower_circumstances
from neurogen_abm.spec.scenario.circumstances import require_same_animal
from neurogen_abm.spec.scenario.scenario import ResolvedScenario, Scenario, prepare
from neurogen_abm.state import State, part

if TYPE_CHECKING:
    import pandas as pd


# States of young neurons that are being wired in.
_WIRING = state_codes([state.name for state in LINEAGE if state.competes])


class NeurogenesisModel(mesa.Model):
    """Adult neurogenesis in one dentate gyrus, driven by muscle.

    Parameters
    ----------
    scenario
        Name of a shipped scenario, path of a file, mapping of the same form, scenario or resolved scenario.
    seed, rng : int, optional
        Seed of all random numbers, in place of the scenario's; give at most one. Animals of one seed are twins.
    on_history
        Called with (steps lived, steps to live) while the animal's life before the run is simulated.
    **overrides
        Dotted path -> value, e.g. ``**{"activity[0].distance": "5 km/d"}``, as `load_scenario` takes them.

    Raises
    ------
    InputError
        The scenario cannot be used, or both ``seed`` and ``rng`` are given.

    Attributes
    ----------
    spec : ResolvedScenario
        Every setting and number of the run.
    muscle : MuscleAgent
    world : World
        The gyrus: cells as columns, field, tallies.
    histology : Histology
        Labels and assays: ``histology.inject("BrdU", "150 mg/kg")``, ``histology.count("BrdU+ NeuN+")``.
    datacollector : mesa.DataCollector
        The series, as Mesa's tools read it.

    Examples
    --------
    >>> patch = {"septotemporal": "300 um", "transverse": "200 um"}
    >>> model = NeurogenesisModel("mouse_sedentary", seed=7, tissue=patch)
    >>> for _ in range(24):
    ...     model.step()
    >>> model.day
    1.0
    """

    def __init__(
        self,
        scenario: str | Path | Mapping[str, Any] | Scenario | ResolvedScenario = "mouse_wheel_running",
        *,
        seed: int | None = None,
        rng: int | None = None,
        on_history: Callable[[int, int], None] | None = None,
        **overrides: Any,
    ) -> None:
        check(on_history=(on_history, CALLABLE.or_none))
        spec = prepare(scenario, _chosen_seed(seed, rng), overrides)
        self._make(spec, lower(spec), on_history=on_history)

    def _make(
        self,
        spec: ResolvedScenario,
        lowered: Lowered,
        *,
        on_history: Callable[[int, int], None] | None = None,
        state: State | None = None,
    ) -> None:
        """Make the animal at the start of its run, or with a state in the moment at which that was taken."""
        super().__init__(rng=spec.scenario.seed)
        self.spec, self._lowered = spec, lowered
        settings = spec.scenario
        self.minutes_per_step = round(settings.step_h * 60)
        self.n_steps = round(settings.duration_h / settings.step_h)
        self._record_every = round((settings.outputs.cadence_h or settings.step_h) / settings.step_h)
        if state is None:
            self.world = histories.begun(lowered, self.minutes_per_step, on_history)
        else:
            self.world = lowered.world(part(state, "world"))
        self.muscle = MuscleAgent(self, self._lowered.schedule, self._lowered.physiology, bool(settings.feedback))
        # Mesa 3.3 counts ids in a table on the class of agents, which would keep every model for ever.
        getattr(mesa.Agent, "_ids", {}).pop(self, None)
        self.recorder = Recorder(
            self.world,
            self._lowered.markers,
            self._lowered.histology.stains["ki67"],
            settings.age_h,
            self._lowered.schedule.clock_start_min,
            keep_fields=settings.outputs.fields,
        )
        self.time_course = TimeCourse(self._lowered.physiology.messengers)
        self._rise_sum, self._rise_steps = 0.0, 0
        self._since = (0.0, 0.0, 0)  # sums of intensity and plasma over the steps since the last row, and how many
        self._rest_weighted = self.world.rest_level @ self.world.classes.weight
        self._span, self._alive = 1, [self.n_cells]  # steps that `step` lives through, and cells after each
        if state is None:
            self.time_course.record(self.world.time_h, self.muscle.messenger_folds)
            self.recorder.begin(self.world, *self.muscle.shows([self.muscle.now], [0.0], [self.muscle.plasma_pg_ml]))
        self.histology = Histology(self.world, self._lowered, self.spec, self.muscle)
        if state is None:
            self.histology.attend()
        self.views = CellViews(self)
        self.datacollector: mesa.DataCollector = SeriesCollector(self.recorder)
        if state is not None:
            model_state.restore(self, state)

    def step(self) -> None:
        """Advance by one step: muscle and blood, field, then the cells read and are written.

        Raises
        ------
        InputError
            The scenario is over.
        ModelFault
            The cell tables are not consistent, or a number is not finite: checked once a day and at the end.
        """
        if not self.steps_left:
            what = f"The scenario is over after {self.n_steps} steps; there is no activity to go on with."
            raise InputError(what, where="NeurogenesisModel.step", cure="Set a longer `duration`.", code="run-over")
        n_steps, self._span = self._span, 1
        self.steps += n_steps - 1  # one more is counted by Mesa
        if hasattr(self, "time"):
            self.time += n_steps - 1
        self._live(n_steps)
        jit.note_life()

    def advance(self, steps: int) -> list[int]:
        """Advance by some steps, or to the end of the scenario, to the same bits as `step` called as often, and sooner.

        What needs no look from Python is lived in one call of compiled code, a day at most. Where somebody looks after
        every step, as a subclass with a `step` of its own or another data collector does, steps are taken one by one.

        Parameters
        ----------
        steps
            How many; 0 or more.

        Returns
        -------
        list of int
            How many cells there were at the end of each of the steps.

        Examples
        --------
        >>> model = NeurogenesisModel("mouse_sedentary", tissue={"septotemporal": "0.2 mm", "transverse": "0.2 mm"})
        >>> len(model.advance(72)), model.day, model.steps
        (72, 3.0, 72)
        """
        check(steps=(steps, WHOLE))
        n_cells: list[int] = []
        while (left := min(steps - len(n_cells), self.steps_left)) > 0:
            began, self._span = getattr(self, "time", 0.0), 1 if self._is_watched else self._steps_alike(left)
            self._alive = [0] * self._span
            self.step()
            n_cells += self._alive
            if hasattr(self, "time"):  # Mesa 3.5 counts it by one
                self.time = began + len(self._alive)
        return n_cells

    def run_model(self) -> None:
        """Advance to the end of the scenario."""
        while self.running:
            if self._is_watched or not self.steps_left:
                self.step()
            else:
                self.advance(self.steps_left)

    @property
    def steps_left(self) -> int:
        """Steps up to the end of the scenario."""
        return self.n_steps - self.muscle.minute // self.minutes_per_step

    @property
    def _is_watched(self) -> bool:
        """Whether anybody may look at the animal, or act on it, after every step."""
        own = type(self).step is NeurogenesisModel.step and getattr(self._user_step, "__self__", None) is self
        alone = len(super().agents) == 1 and type(self.muscle) is MuscleAgent
        planned = getattr(self, "_event_list", ())  # Mesa 3.5 keeps the next step in it, and what else users plan
        return not (own and alone and type(self.datacollector) is SeriesCollector and len(planned) <= 1)

    def _steps_alike(self, most: int) -> int:
        """Return how many steps may be lived in one call: up to the next moment at which somebody looks or acts."""
        until = self.histology.next_step() - self.world.steps
        return self.muscle.steps_alike(int(min(most, until)))

    def _live(self, n_steps: int) -> None:
        """Live some steps, as many as `_steps_alike` allows: muscle and blood, the gyrus, then what is noted."""
        muscle, world = self.muscle, self.world
        physiology, lived = muscle.physiology, muscle.minute // self.minutes_per_step
        times_h, ages_h = world.times(n_steps)
        done = muscle.work(n_steps)
        blood = done.blood.niche, done.blood.exerkine_rise, done.blood.hippocampus, done.levels
        folds = physiology.folds_of_steps(done.times_h, *blood)
        infused = np.array([physiology.infused_niche(time_h) for time_h in done.times_h.tolist()])
        wanted = np.array([self._is_recorded(step) for step in range(lived + 1, lived + n_steps + 1)])
        seen = world.advance(world.course(*folds, infused, done.levels), self.recorder.looks(wanted))
        self.histology.attend()
        n_rows = len(self.recorder.rows)
        self._note(times_h[1:], done, done.moments(ages_h[1:], self._niche_rises(seen.level)), seen, wanted)
        if not self.steps_left:
            self.running = False
            world.check()
        self.views.let_go()
        if isinstance(self.datacollector, SeriesCollector):
            self.datacollector.collect_span(self, (n_rows - 1 + np.cumsum(wanted)).tolist())
        else:
            self.datacollector.collect(self)
        self._alive = seen.n_cells.tolist()

    def _is_recorded(self, step: int) -> bool:
        return step % self._record_every == 0 or step == self.n_steps

    def _note(
        self, times_h: list[float], done: Worked, moments: list[Moment], seen: Seen, wanted: NDArray[np.bool_]
    ) -> None:
        """Add what some steps were like to the means since the last row, and write a row where one is wanted."""
        physiology, messengers = self.muscle.physiology, bool(self.muscle.physiology.messengers)
        shown: list[tuple[Moment, float, float]] = []
        summed, plasma, n = self._since
        columns = times_h, moments, done.blood.intensity.tolist(), done.levels, wanted.tolist()
        for time_h, at, intensity, levels, is_wanted in zip(*columns, strict=True):
            if messengers:
                self.time_course.see(levels)
            self._rise_sum, self._rise_steps = self._rise_sum + at.niche_rise, self._rise_steps + 1
            summed, plasma, n = summed + intensity, plasma + plasma_pg_ml(physiology, at), n + 1
            if is_wanted:
                if messengers:
                    self.time_course.record(time_h, levels)
                shown.append((at, summed / n, plasma / n))
                summed, plasma, n = 0.0, 0.0, 0
        self._since = summed, plasma, n
        bodies = self.muscle.shows(*map(list, zip(*shown, strict=True))) if shown else []
        self.recorder.record(self.world, times_h, seen, wanted, bodies)

    def as_state(self) -> State:
        """Return the whole animal at this moment as arrays and plain values, of which `restored` makes it again.

        Nothing in it is shared with the model. What follows from the scenario is no part of it; nor is what a subclass
        adds.

        Raises
        ------
        InputError
            The muscle, or numbers of the gyrus, have been replaced by others than those of the scenario.
        """
        return model_state.state_of(self, self._lowered)

    @classmethod
    def restored(cls, spec: ResolvedScenario, state: State) -> "NeurogenesisModel":
        """Return an animal of `as_state` at the moment at which that was taken; it lives on to the same bits.

        Parameters
        ----------
        spec
            The scenario that the animal lived by at that moment.
        state
            What `as_state` returned.

        Raises
        ------
        MisfitError
            It is not the state of an animal of this scenario.
        """
        check(spec=(spec, instance(ResolvedScenario)), state=(state, instance(dict)))
        animal: NeurogenesisModel = NeurogenesisModel.__new__(cls)
        animal._make(spec, model_state.lowered_of(spec, state), state=state)
        return animal

    def fork(self) -> "NeurogenesisModel":
        """Return a second animal that is this very one at this moment and lives on by itself, to the same bits."""
        twin: NeurogenesisModel = NeurogenesisModel.__new__(type(self))
        twin._make(self.spec, self._lowered, state=self.as_state())
        own = {"world", "views", "random", "rng", *model_state.PARTS}
        shared = (self.spec, self._lowered, *vars(self._lowered).values())
        foreign = set() if isinstance(self.datacollector, SeriesCollector) else {"datacollector"}
        take_along(self, twin, own, shared, foreign, [agent for agent in super().agents if agent is not self.muscle])
        return twin

    def live_on(self, spec: ResolvedScenario) -> None:
        """Live on from this moment as another scenario says; the past stays, and so does who the animal is.

        Parameters
        ----------
        spec
            The scenario of this model but for activity, knock-outs, infusions or the duration. Its times count from
            the start of the run; what it says of the past is passed over.

        Raises
        ------
        InputError
            It differs in something else, ends before now, or asks for what the species cannot do.
        """
        check(spec=(spec, instance(ResolvedScenario)))
        require_same_animal(self.spec, spec, self.muscle.minute)
        n_steps = round(spec.scenario.duration_h / spec.scenario.step_h)
        self._lowered = lower_circumstances(self._lowered, spec)
        self.spec, self.n_steps = spec, n_steps
        self.muscle.live_on(self._lowered.schedule, self._lowered.physiology)
        self.world.effects = self._lowered.effects
        self.running = self.muscle.minute < n_steps * self.minutes_per_step

    @property
    def agents(self) -> AgentSet:
        """The muscle, agents of a subclass, and a view of every cell there is, by id; made when asked for."""
        return AgentSet([*super().agents, *self.views.all()], random=self.random)

    @property
    def cells(self) -> AgentSet:
        """A view of every cell there is, by id; apoptotic bodies and settled cells included."""
        return AgentSet(self.views.all(), random=self.random)

    @property
    def agent_types(self) -> list[type]:
        """Types of the agents, that of the cells among them."""
        return [*super().agent_types, CellAgent]

    @property
    def agents_by_type(self) -> dict[type, AgentSet]:
        """Type -> agents of that type."""
        return {**super().agents_by_type, CellAgent: self.cells}

    def cell(self, cell: int) -> CellAgent:
        """Return the view of one cell by its id.

        Raises
        ------
        CellGoneError
            A `LookupError`: the cell is gone, and what became of it is said, or there never was one.
        """
        check(cell=(cell, WHOLE))
        view = self.views.view(index(cell))
        self.views.row_of(view)
        return view

    @property
    def day(self) -> float:
        """Days since the start of the run."""
        return self.world.time_h / 24.0

    @property
    def age_h(self) -> float:
        """Age of the animal, hours."""
        return self.world.age_h

    @property
    def n_cells(self) -> int:
        """Cells alive now, apoptotic bodies included; granule cells born in development are not cells of the model."""
        return int(self.world.counts().sum())

    @property
    def young_neurons(self) -> int:
        """Young neurons that are being wired in: those that compete for boutons."""
        return int(self.world.counts()[_WIRING].sum())

    @property
    def niche_rise(self) -> float:
        """Rise of the niche's BDNF above rest, mean of the subgranular zone over the last step, as a fraction."""
        return self._niche_rises(self.world.level[None])[0]

    def _niche_rises(self, levels: NDArray[np.float64]) -> list[float]:
        """Return the same for levels of the signal at some times, (times, classes)."""
        weight = self.world.classes.weight
        return [float(level @ weight / self._rest_weighted) - 1.0 for level in levels]

    def take_niche_rise(self) -> float:
        """Return the mean of `niche_rise` since this was last asked, as the muscle does once a day."""
        mean = self._rise_sum / max(self._rise_steps, 1)
        self._rise_sum, self._rise_steps = 0.0, 0
        return mean

    @property
    def used_parameters(self) -> frozenset[str]:
        """Paths of the parameters this run has read: those it must cite."""
        return self._lowered.used | self.histology.used

    @property
    def area_fraction(self) -> float:
        """Share of the whole sheet that is simulated."""
        return self._lowered.area_fraction

    def series_frame(self) -> "pd.DataFrame":
        """Return the series: one row per recorded time."""
        return self.recorder.frame()

    def cells_frame(self) -> "pd.DataFrame":
        """Return the register of cells; only its columns where the scenario does not keep it."""
        return register(self.world, kept=self.spec.scenario.outputs.cells)

    def fields_frame(self) -> "pd.DataFrame":
        """Return the field at every recorded time by class of sites; no rows where the scenario does not keep it."""
        return self.recorder.fields_frame()

    def assays_frame(self) -> "pd.DataFrame":
        """Return what the assays of the scenario found so far: one row per assay and time; see docs/assays.md."""
        return self.histology.frame()

    def messengers_frame(self) -> "pd.DataFrame":
        """Return the levels of the messengers that the run carries: one row per recorded time and messenger."""
        return self.time_course.frame()

    def patterns_frame(self) -> "pd.DataFrame":
        """Return the answers of granule cells to patterns that assays asked for: one row per time and similarity."""
        return self.histology.patterns_frame()

    def map_frame(self) -> "pd.DataFrame":
        """Return one row per column of the sheet: place, subgranular capillary, BDNF at rest and on average."""
        return self.recorder.map_frame(self.world)


def _chosen_seed(seed: int | None, rng: int | None) -> int | None:
    """Return the seed given by either name; a whole number of numpy is one of Python."""
    if seed is not None and rng is not None:
        what, cure = "Both `seed` and `rng` are given.", "Give one of them; they mean the same."
        raise InputError(what, where="NeurogenesisModel", cure=cure)
    chosen = seed if seed is not None else rng
    return index(chosen) if isinstance(chosen, np.integer) else chosen

"""The model as Mesa knows it: one animal, its muscle agent, and a gyrus of cells kept as arrays."""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from operator import index
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mesa
import numpy as np
from mesa.agent import AgentSet

from neurogen_abm.agents import CellAgent, CellViews, MuscleAgent
from neurogen_abm.arguments import CALLABLE, WHOLE, check, instance
from neurogen_abm.assays.histology import Histology
from neurogen_abm.assays.messengers import TimeCourse
from neurogen_abm.assays.recorder import NAMES, Body, Recorder, register
from neurogen_abm.biology.lineage import state_codes
from neurogen_abm.biology.states import LINEAGE
from neurogen_abm.errors import InputError
from neurogen_abm.lowering import histories, lower, lower_circumstances
from neurogen_abm.spec.scenario.messengers import in_blood
from neurogen_abm.spec.scenario.scenario import ResolvedScenario, Scenario, prepare

if TYPE_CHECKING:
    import pandas as pd


# What may change within a life; the rest says who the animal is, where it lives, or what is written down.
_KEYS = ("activity", "knock_outs", "infusions")
CIRCUMSTANCES = (*_KEYS, "duration_h")
TEXTS = ("name", "title", "description", "look_for")
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
        self.spec = prepare(scenario, _chosen_seed(seed, rng), overrides)
        super().__init__(rng=self.spec.scenario.seed)
        self._lowered = lower(self.spec)
        settings = self.spec.scenario
        self.minutes_per_step = round(settings.step_h * 60)
        self.n_steps = round(settings.duration_h / settings.step_h)
        self._record_every = round((settings.outputs.cadence_h or settings.step_h) / settings.step_h)
        self._begin(on_history)
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
        self._since = (0.0, 0.0)  # sums of intensity and plasma over the steps since the last record
        self._steps_since = 0
        self._rest_weighted = self.world.rest_level @ self.world.classes.weight
        self._record()
        self.histology = Histology(self.world, self._lowered, self.spec, self.muscle)
        self.histology.attend()
        self.views = CellViews(self)
        self.datacollector: mesa.DataCollector = SeriesCollector(self.recorder)

    def _begin(self, on_history: Callable[[int, int], None] | None) -> None:
        """Make the animal at the start of the run, of a past that others have lived where it is kept."""
        past = histories.Past(self._lowered, self.minutes_per_step)
        known = past.recalled()
        self.world = known if known is not None else self._lowered.world()
        if known is None:
            self._live_history(on_history)
            past.keep(self.world)

    def _live_history(self, on_history: Callable[[int, int], None] | None) -> None:
        """Simulate the sedentary life before the run, from which the animal gets its cells.

        Knock-outs are born with the animal, and its blood follows the hour as it will in the run.
        """
        total = round(-self._lowered.start.time_h / self._lowered.parameters.dt_h)
        day = round(24.0 / self._lowered.parameters.dt_h)
        physiology = self._lowered.physiology
        for done, folds in enumerate(physiology.history(total, self.minutes_per_step)):
            self.world.step(*folds, blood=physiology.messengers_present)
            if on_history is not None and (done + 1) % day == 0:
                on_history(done + 1, total)

    def step(self) -> None:
        """Advance by one step: muscle and blood, field, then the cells read and are written.

        Raises
        ------
        InputError
            The scenario is over.
        ModelFault
            The cell tables are not consistent, or a number is not finite: checked once a day and at the end.
        """
        if self.muscle.minute >= self.n_steps * self.minutes_per_step:
            what = f"The scenario is over after {self.n_steps} steps; there is no activity to go on with."
            raise InputError(what, where="NeurogenesisModel.step", cure="Set a longer `duration`.", code="run-over")
        self.muscle.step()
        muscle, physiology = self.muscle, self._lowered.physiology
        blood = muscle.messenger_folds if physiology.messengers else None
        self.world.step(*muscle.niche_folds, physiology.infused_niche(self.world.time_h), blood)
        self.recorder.see(self.world)
        if blood is not None:
            self.time_course.see(blood)
        self.histology.attend()
        self._rise_sum, self._rise_steps = self._rise_sum + self.niche_rise, self._rise_steps + 1
        intensity, plasma = self._since
        self._since = (intensity + self.muscle.intensity, plasma + self.muscle.plasma_pg_ml)
        self._steps_since += 1
        lived = self.muscle.minute // self.minutes_per_step
        if lived % self._record_every == 0 or lived == self.n_steps:
            self._record()
        if self.muscle.minute >= self.n_steps * self.minutes_per_step:
            self.running = False
            self.world.check()
        self.views.let_go()
        self.datacollector.collect(self)

    def fork(self) -> "NeurogenesisModel":
        """Return a second animal that is this very one at this moment and lives on by itself, to the same bits."""
        lowered, geometry = self._lowered, self.world.tissue.geometry
        shared = [self.spec, lowered, *vars(lowered).values(), self.world.effects, self.muscle.physiology]
        shared += [geometry.site_class, geometry.block_of, geometry.block_size, geometry.pull_of]
        return deepcopy(self, {id(part): part for part in shared})

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
        now, later = (s.scenario.model_dump(exclude=set(CIRCUMSTANCES + TEXTS)) for s in (self.spec, spec))
        if differing := [key for key in now if now[key] != later[key]]:
            what = f"`{differing[0]}` cannot change within a life."
            cure = f"Start another run; {', '.join(_KEYS)} and the duration may change."
            raise InputError(what, where="NeurogenesisModel.live_on", cure=cure, code="another-animal")
        if in_blood(spec.scenario, spec.catalogue) != self.muscle.physiology.messengers:
            what = "A life in which no enriched cage was planned cannot go on in one, nor do without the one it had."
            cure = "Start another run with a block of `enrichment`; when it starts and ends may change."
            raise InputError(what, where="NeurogenesisModel.live_on", cure=cure, code="another-animal")
        n_steps = round(spec.scenario.duration_h / spec.scenario.step_h)
        if n_steps * self.minutes_per_step < self.muscle.minute:
            what = "The scenario ends before this moment."
            raise InputError(what, where="duration", cure="Give a longer `duration`.", code="run-over")
        self._lowered = lower_circumstances(self._lowered, spec)
        self.spec, self.n_steps = spec, n_steps
        self.muscle.live_on(self._lowered.schedule, self._lowered.physiology)
        self.world.effects = self._lowered.effects
        self.running = self.muscle.minute < n_steps * self.minutes_per_step

    def _record(self) -> None:
        muscle = self.muscle
        intensity, plasma = 0.0, muscle.plasma_pg_ml
        if self._steps_since:
            intensity, plasma = (sum_ / self._steps_since for sum_ in self._since)
        self._since, self._steps_since = (0.0, 0.0), 0
        self.time_course.record(self.world.time_h, muscle.messenger_folds)
        self.recorder.record(
            self.world,
            Body(
                intensity=float(intensity),
                distance_km=muscle.distance_km,
                distance_km_d=muscle.distance_km_d,
                fitness=muscle.fitness,
                muscle_mass=muscle.muscle_mass,
                strength=muscle.strength,
                distance_asked_km=muscle.distance_asked_km,
                short_min=muscle.short_min,
                drive=muscle.drive,
                bdnf_plasma_pg_ml=float(plasma),
                bdnf_serum_pg_ml=muscle.serum_pg_ml,
                bdnf_hippocampus=muscle.hippocampal_protein,
                bdnf_mrna_hippocampus=muscle.hippocampal_messenger,
                feelings=muscle.feelings,
            ),
        )

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
        return float(self.world.level @ self.world.classes.weight / self._rest_weighted) - 1.0

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
        frame = register(self.world)
        return frame if self.spec.scenario.outputs.cells else frame.iloc[:0]

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
        import pandas as pd

        world, grid = self.world, self.world.grid
        columns = np.arange(grid.n_columns)
        field_class = world.classes.site_class[: grid.n_columns]
        return pd.DataFrame(
            {
                "u_um": ((columns % grid.n_u + 0.5) * grid.pitch_um).astype(np.float32),
                "v_um": ((columns // grid.n_u + 0.5) * grid.pitch_um).astype(np.float32),
                "capillary": grid.capillary[0].ravel(),
                "bdnf_rest_pg_ml": world.rest_level[field_class].astype(np.float32),
                "bdnf_mean_pg_ml": self.recorder.mean_level(world)[field_class].astype(np.float32),
                "field_class": field_class,
                "granule_cells": world.tissue.occupancy.load,
            }
        )


class _PerStep(Sequence[float]):
    """A column of the series as Mesa indexes it: one value per step, the last that was recorded by its end."""

    def __init__(self, rows: list[tuple[float, ...]], column: int, latest: list[int]) -> None:
        self._rows, self._column, self._latest = rows, column, latest

    def __len__(self) -> int:
        return len(self._latest)

    def __getitem__(self, step: Any) -> Any:
        latest = self._latest[step]
        if isinstance(latest, list):
            return [self._rows[row][self._column] for row in latest]
        return self._rows[latest][self._column]


class SeriesCollector(mesa.DataCollector):
    """Mesa's data collector over the series that is recorded anyway: collecting costs one number per step.

    ``model_vars`` has one value per step, as `mesa.batch_run` wants it; the table has one row per recorded time, as
    `NeurogenesisModel.series_frame`. For other reporters put a `mesa.DataCollector` in its place; the model's step
    calls it as well.
    """

    def __init__(self, recorder: Recorder) -> None:
        super().__init__()
        self._recorder = recorder
        self._latest: list[int] = []  # the last recorded row at the end of each step
        self._collection_steps: list[int] = []  # by which Mesa 3.5 finds the values of a step
        self.model_reporters = {name: name for name in NAMES}
        self.model_vars = {name: _PerStep(recorder.rows, place, self._latest) for place, name in enumerate(NAMES)}

    def collect(self, model: "NeurogenesisModel") -> None:
        """Note which recorded row is the latest at the end of a step."""
        self._latest.append(len(self._recorder.rows) - 1)
        self._collection_steps.append(model.steps)

    def get_model_vars_dataframe(self) -> "pd.DataFrame":
        """Return the series: one row per recorded time, the first at the start of the run."""
        return self._recorder.frame()


def _chosen_seed(seed: int | None, rng: int | None) -> int | None:
    """Return the seed given by either name; a whole number of numpy is one of Python."""
    if seed is not None and rng is not None:
        what, cure = "Both `seed` and `rng` are given.", "Give one of them; they mean the same."
        raise InputError(what, where="NeurogenesisModel", cure=cure)
    chosen = seed if seed is not None else rng
    return index(chosen) if isinstance(chosen, np.integer) else chosen

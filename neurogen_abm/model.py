"""The model as Mesa knows it: one animal, its muscle agent, and a gyrus of cells kept as arrays."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mesa
import numpy as np

from neurogen_abm.agents import MuscleAgent
from neurogen_abm.assays.recorder import Body, Recorder, register
from neurogen_abm.engine import commit
from neurogen_abm.errors import InputError
from neurogen_abm.lowering import lower
from neurogen_abm.spec.scenario import ResolvedScenario, Scenario, load_scenario, resolve

if TYPE_CHECKING:
    import pandas as pd


class NeurogenesisModel(mesa.Model):
    """Adult neurogenesis in one dentate gyrus, driven by muscle.

    Parameters
    ----------
    scenario
        Name of a shipped scenario, path of a file, mapping of the same form, scenario or resolved scenario.
    seed, rng : int, optional
        Seed of all chance, in place of the scenario's; give at most one. Animals of one seed are twins.
    on_history
        Called with (steps lived, steps to live) while the animal's life before the run is simulated.
    **overrides
        Dotted path -> value, e.g. ``**{"activity[0].distance": "5 km/d"}``.

    Raises
    ------
    InputError
        The scenario cannot be used.

    Attributes
    ----------
    spec : ResolvedScenario
        Every setting and number of the run.
    muscle : MuscleAgent
    world : World
        The gyrus: cells as columns, field, tallies.
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
        self.spec = _resolved(scenario, seed, rng, overrides)
        super().__init__(rng=self.spec.scenario.seed)
        self._lowered = lower(self.spec)
        settings = self.spec.scenario
        self.minutes_per_step = round(settings.step_h * 60)
        self.n_steps = round(settings.duration_h / settings.step_h)
        self._record_every = round((settings.outputs.cadence_h or settings.step_h) / settings.step_h)
        self.world = self._lowered.world()
        self._live_history(on_history)
        self.muscle = MuscleAgent(self, self._lowered.schedule, self._lowered.physiology, settings.feedback)
        self.recorder = Recorder(self._lowered.markers, settings.age_h, settings.clock.start_min)
        self._since = np.zeros(2)  # sums of intensity and plasma over the steps since the last record
        self._steps_since = 0
        self._record()

    def _live_history(self, on_history: Callable[[int, int], None] | None) -> None:
        """Simulate the sedentary life before the run, from which the animal gets its cells."""
        total = round(-self._lowered.start.time_h / self._lowered.program.dt_h)
        pathway = self._lowered.physiology.pathway
        local, vascular = pathway.folds(1.0, 0.0, 0.0)
        for done in range(total):
            self.world.step(local, vascular)
            if on_history is not None and done % 24 == 23:
                on_history(done + 1, total)

    def step(self) -> None:
        """Advance by one step: muscle and blood, field, then the cells read and are written."""
        self.muscle.step()
        pathway, physiology = self._lowered.physiology.pathway, self._lowered.physiology
        local, vascular = pathway.folds(
            self.muscle.niche_fold, self.muscle.exerkine_rise, self.muscle.hippocampal_activity
        )
        self.world.step(local, vascular, physiology.infused_niche(self.world.time_h))
        self.recorder.see(self.world)
        self._since += (self.muscle.intensity, self.muscle.plasma_pg_ml)
        self._steps_since += 1
        if self._steps_since == self._record_every or self.muscle.minute == self.n_steps * self.minutes_per_step:
            self._record()
        if self.muscle.minute >= self.n_steps * self.minutes_per_step:
            self.running = False

    def _record(self) -> None:
        muscle = self.muscle
        intensity, plasma = self._since / self._steps_since if self._steps_since else (0.0, muscle.plasma_pg_ml)
        self._since[:] = 0.0
        self._steps_since = 0
        self.recorder.record(
            self.world,
            Body(
                intensity=float(intensity),
                distance_km=muscle.distance_km,
                distance_km_d=muscle.distance_km_d,
                fitness=muscle.fitness,
                muscle_mass=muscle.muscle_mass,
                drive=muscle.drive,
                bdnf_plasma_pg_ml=float(plasma),
                bdnf_serum_pg_ml=muscle.serum_pg_ml,
            ),
        )

    def run_model(self) -> None:
        """Step to the end of the scenario."""
        while self.running:
            self.step()

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
        tally = self.world.tally
        return int(self.world.n + tally[commit.MATURED] + tally[commit.ASTROCYTES])

    @property
    def niche_rise(self) -> float:
        """Rise of the niche's BDNF above rest, mean of the subgranular zone over the last step, as a fraction."""
        weight = self.world.classes.weight
        return float(self.world.level @ weight / (self.world.rest_level @ weight)) - 1.0

    @property
    def used_parameters(self) -> frozenset[str]:
        """Paths of the parameters this run has read: those it must cite."""
        return self._lowered.used

    @property
    def area_fraction(self) -> float:
        """Share of the whole sheet that is simulated."""
        return self._lowered.area_fraction

    def series_frame(self) -> "pd.DataFrame":
        """Return the series: one row a recorded time."""
        return self.recorder.frame()

    def cells_frame(self) -> "pd.DataFrame":
        """Return the register of cells; only its columns where the scenario does not keep it."""
        frame = register(self.world)
        return frame if self.spec.scenario.outputs.cells else frame.iloc[:0]

    def map_frame(self) -> "pd.DataFrame":
        """Return one row a column of the sheet: place, capillary in the subgranular zone, BDNF at rest and now."""
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
                "bdnf_mean_pg_ml": world.level[field_class].astype(np.float32),
                "granule_cells": world.tissue.load,
            }
        )


def _resolved(scenario: Any, seed: int | None, rng: int | None, overrides: Mapping[str, Any]) -> ResolvedScenario:
    if seed is not None and rng is not None:
        raise InputError(
            "Both `seed` and `rng` are given.", where="NeurogenesisModel", cure="Give one of them; they mean the same."
        )
    chosen = seed if seed is not None else rng
    changes = dict(overrides) | ({} if chosen is None else {"seed": chosen})
    if isinstance(scenario, ResolvedScenario):
        if not changes:
            return scenario
        scenario = scenario.scenario
    return resolve(load_scenario(scenario, changes))

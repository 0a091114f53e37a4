"""From a resolved scenario to flat numbers: the only place where parameter paths meet the names of the engine."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.activity.run_clock import on_clock
from neurogen_abm.activity.schedule import Schedule
from neurogen_abm.biology.niche import Niche
from neurogen_abm.engine import field
from neurogen_abm.engine.beginning import Start, first_cells
from neurogen_abm.engine.grid import DentateGrid
from neurogen_abm.engine.parameters import Effects, Parameters
from neurogen_abm.engine.population import Cells
from neurogen_abm.engine.world import World
from neurogen_abm.errors import InputError
from neurogen_abm.lowering import lineage, paths, tissue
from neurogen_abm.lowering.histology import Histology, lower_histology
from neurogen_abm.lowering.lineage import Markers
from neurogen_abm.lowering.parameter_reader import ParameterReader
from neurogen_abm.lowering.physiology import Physiology, lower_physiology, lower_schedule
from neurogen_abm.spec.scenario.messengers import averaged
from neurogen_abm.spec.scenario.models import Scenario
from neurogen_abm.spec.scenario.resolve import ResolvedScenario

__all__ = ["SIGNAL", "Lowered", "Markers", "Physiology", "lower", "lower_circumstances"]

# The signal that has a field in the niche.
SIGNAL = "bdnf"


@dataclass(frozen=True)
class Lowered:
    """Everything a run needs that follows from the scenario alone."""

    parameters: Parameters
    effects: Effects
    grid: DentateGrid
    classes: field.FieldClasses
    niche: Niche
    start: Start
    markers: Markers
    histology: Histology
    schedule: Schedule
    physiology: Physiology
    area_fraction: float
    used: frozenset[str]

    def world(self) -> World:
        """Return the animal at the beginning of its history."""
        n_messengers = len(self.physiology.messengers)
        return World(self.parameters, self.effects, self.grid, self.classes, self.niche, self.start, n_messengers)

    def first_cells(self) -> tuple[Cells, NDArray[np.uint8]]:
        """Return the cells of the animal at that time, and the granule cells born in development by column."""
        return first_cells(self.parameters, self.start)


def lower(resolved: ResolvedScenario, *, most_sites: int | None = None) -> Lowered:
    """Turn a resolved scenario into the numbers of the engine.

    Parameters
    ----------
    resolved : ResolvedScenario
    most_sites
        Lay out no more sites than this along an axis. Every number is that of the whole tissue, so that whatever would
        refuse the scenario refuses it, at a fraction of the time; no animal can be made of what is returned.

    Raises
    ------
    InputError
        When a recording cannot be used, or numbers that are each allowed do not fit together.
    """
    read = ParameterReader(resolved.value)
    scenario = resolved.scenario
    schedule = lower_schedule(resolved, read)
    n_u, n_v, area_fraction = tissue.lower_sheet(read, scenario)
    channel, entries = lineage.lower_channels(resolved.effects)
    parameters = lineage.lower_parameters(read, resolved, channel, n_u=n_u, n_v=n_v)
    niche = tissue.niche_sources(read, scenario.pathway)
    laid_out = (n_u, n_v) if most_sites is None else (min(n_u, most_sites), min(n_v, most_sites))
    grid = tissue.lower_grid(read, parameters._replace(n_u=laid_out[0], n_v=laid_out[1]))
    pattern = field.capillary_pattern(grid.capillary, grid.pitch_um, *tissue.diffusion_and_decay(read))
    physiology = lower_physiology(resolved, read, SIGNAL)
    in_mean = averaged(scenario, resolved.catalogue)
    effects = lineage.lower_effects(read, entries, scenario.knock_outs, physiology.messengers, in_mean)
    start = tissue.lower_start(read, scenario, parameters, area_fraction)
    markers = lineage.lower_markers(read, resolved)
    histology = lower_histology(read, resolved.value, resolved, parameters.n_u * read(*paths.PITCH), start.n_granule)
    _refuse_unread(scenario, read.used)
    return Lowered(
        parameters=parameters,
        effects=effects,
        grid=grid,
        classes=field.classify(pattern, grid.n_columns),
        niche=niche,
        start=start,
        markers=markers,
        histology=histology,
        schedule=schedule,
        physiology=physiology,
        area_fraction=area_fraction,
        used=frozenset(read.used),
    )


def lower_circumstances(lowered: Lowered, resolved: ResolvedScenario) -> Lowered:
    """Return ``lowered`` with what may change within a life taken from ``resolved``: activity, knock-outs, infusions.

    Raises
    ------
    InputError
        When a recording cannot be used, or a block asks for what the species cannot do.
    """
    begun = on_clock(resolved.scenario, lowered.schedule.clock_start_min, lowered.schedule.weekday)
    resolved = replace(resolved, scenario=begun)
    read = ParameterReader(resolved.value)
    _, entries = lineage.lower_channels(resolved.effects)
    physiology, scenario = lower_physiology(resolved, read, SIGNAL), resolved.scenario
    in_mean = averaged(scenario, resolved.catalogue)
    return replace(
        lowered,
        schedule=lower_schedule(resolved, read),
        physiology=physiology,
        effects=lineage.lower_effects(read, entries, scenario.knock_outs, physiology.messengers, in_mean),
        used=lowered.used | frozenset(read.used),
    )


def _refuse_unread(scenario: Scenario, used: set[str]) -> None:
    """Refuse overrides of parameters that this run does not use: they would change nothing and look as if they did."""
    for path in scenario.parameters:
        if path not in used:
            raise InputError(
                f"This run does not read {path}, so that another value would change nothing.",
                where=scenario.where(("parameters", path)),
                cure="Remove it, or choose the pathway or the activity that reads it.",
                code="unread-parameter",
            )

"""From a resolved scenario to flat numbers: the only place where parameter paths meet the names of the engine."""

from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.activity.run_clock import on_clock
from neurogen_abm.activity.schedule import Schedule
from neurogen_abm.biology.niche import Niche
from neurogen_abm.engine import field
from neurogen_abm.engine.beginning import Start, first_cells, stem_pool
from neurogen_abm.engine.grid import DentateGrid
from neurogen_abm.engine.parameters import Effects, Parameters
from neurogen_abm.engine.population import Cells
from neurogen_abm.engine.world import World
from neurogen_abm.errors import InputError
from neurogen_abm.jit import plain
from neurogen_abm.lowering import lineage, tissue
from neurogen_abm.lowering.histology import Histology, lower_histology
from neurogen_abm.lowering.lineage import Markers
from neurogen_abm.lowering.parameter_reader import ParameterReader
from neurogen_abm.lowering.physiology import Physiology, lower_physiology, lower_schedule
from neurogen_abm.spec.scenario.messengers import averaged
from neurogen_abm.spec.scenario.models import Scenario
from neurogen_abm.spec.scenario.resolve import ResolvedScenario
from neurogen_abm.state import State

__all__ = ["SIGNAL", "Lowered", "Markers", "Physiology", "Sketch", "lower", "lower_circumstances", "sketch"]

# The signal that has a field in the niche.
SIGNAL = "bdnf"


@dataclass(frozen=True)
class Sketch:
    """Every number of a run that follows from the scenario alone; the tissue is not laid out."""

    parameters: Parameters
    effects: Effects
    spacings_um: tissue.Spacings
    diffusion_and_decay: tuple[float, float]
    niche: Niche
    start: Start
    markers: Markers
    histology: Histology
    schedule: Schedule
    physiology: Physiology
    area_fraction: float
    used: frozenset[str]


@dataclass(frozen=True)
class Lowered(Sketch):
    """Everything a run needs that follows from the scenario alone."""

    grid: DentateGrid
    classes: field.FieldClasses

    def world(self, state: State | None = None) -> World:
        """Return the animal at the beginning of its history, or in a state that `World.as_state` returned."""
        n, tissue = len(self.physiology.messengers), (self.grid, self.classes, self.niche)
        return World(self.parameters, self.effects, *tissue, self.start, n, state)

    def first_cells(self) -> tuple[Cells, NDArray[np.uint8]]:
        """Return the cells of the animal at that time, and the granule cells born in development by column."""
        return first_cells(self.parameters, self.start)


def lower(resolved: ResolvedScenario, read_before: frozenset[str] = frozenset()) -> Lowered:
    """Turn a resolved scenario into the numbers of the engine, and lay out its tissue.

    ``read_before`` are paths of parameters that the animal has read in a life that went on otherwise. An InputError
    says that a recording cannot be used, or that numbers that are each allowed do not fit together.
    """
    found = _numbers(resolved, stem_pool, read_before)
    grid, classes = tissue.lay_out(found.parameters, found.spacings_um, found.diffusion_and_decay)
    numbers = {part.name: getattr(found, part.name) for part in fields(found)}
    return Lowered(**numbers, grid=grid, classes=classes)


def sketch(resolved: ResolvedScenario) -> Sketch:
    """Return the numbers of `lower` without the tissue, and without compiled code.

    Whatever would refuse the scenario refuses it, in a fraction of the time.
    """
    return _numbers(resolved, plain(stem_pool))


def _numbers(resolved: ResolvedScenario, pool: tissue.StemPool, read_before: frozenset[str] = frozenset()) -> Sketch:
    read = ParameterReader(resolved.value)
    scenario = resolved.scenario
    schedule = lower_schedule(resolved, read)
    n_u, n_v, area_fraction = tissue.lower_sheet(read, scenario)
    channel, entries = lineage.lower_channels(resolved.effects)
    parameters = lineage.lower_parameters(read, resolved, channel, n_u=n_u, n_v=n_v)
    niche = tissue.niche_sources(read, scenario.pathway)
    spacings_um, spreading = tissue.lower_spacings(read), tissue.diffusion_and_decay(read)
    field.voxels_per_site(spacings_um.pitch, *spreading)
    physiology = lower_physiology(resolved, read, SIGNAL)
    in_mean = averaged(scenario, resolved.catalogue)
    effects = lineage.lower_effects(read, entries, scenario.knock_outs, physiology.messengers, in_mean)
    start = tissue.lower_start(read, scenario, parameters, area_fraction, pool)
    markers = lineage.lower_markers(read, resolved)
    histology = lower_histology(read, resolved.value, resolved, parameters.n_u * spacings_um.pitch, start.n_granule)
    used = read_before.union(read.used)
    _refuse_idle(resolved, used)
    _refuse_unread(scenario, used)
    return Sketch(
        parameters=parameters,
        effects=effects,
        spacings_um=spacings_um,
        diffusion_and_decay=spreading,
        niche=niche,
        start=start,
        markers=markers,
        histology=histology,
        schedule=schedule,
        physiology=physiology,
        area_fraction=area_fraction,
        used=used,
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


def _refuse_idle(resolved: ResolvedScenario, used: frozenset[str]) -> None:
    """Refuse mechanisms of which a run reads no number: it would say that they were on, and they would do nothing.

    One that is standard in the species is on unasked, and is let be.
    """
    for number, name in enumerate(resolved.scenario.mechanisms):
        numbers = resolved.catalogue.mechanisms[name].numbers
        if name not in resolved.catalogue.standard and numbers and not used.intersection(numbers):
            raise InputError(
                f"This run reads none of the numbers of the mechanism {name}, so that it would change nothing.",
                where=resolved.scenario.where(("mechanisms", number)),
                cure="Leave it out, or choose the pathway, the species or the activity that it is about.",
                code="idle-mechanism",
            )


def _refuse_unread(scenario: Scenario, used: frozenset[str]) -> None:
    """Refuse overrides of parameters that this run does not use: they would change nothing and look as if they did."""
    for path in scenario.parameters:
        if path not in used:
            raise InputError(
                f"This run does not read {path}, so that another value would change nothing.",
                where=scenario.where(("parameters", path)),
                cure="Remove it, or choose the pathway or the activity that reads it.",
                code="unread-parameter",
            )

"""From a resolved scenario to flat numbers: the only place where parameter paths meet the names of the engine."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.biology import fates, hazards
from neurogen_abm.engine import field
from neurogen_abm.engine.grid import DentateGrid, make_grid
from neurogen_abm.engine.program import Effects, Program
from neurogen_abm.engine.world import Niche, Start, World
from neurogen_abm.errors import InputError

SIGNAL = "bdnf"
Value = Callable[[str, str], Any]


class Markers(NamedTuple):
    """What stains show: uint8 (markers, states), and the hours since the last division between which they show it."""

    names: tuple[str, ...]
    shows: NDArray[np.uint8]
    from_age_h: NDArray[np.float64]
    until_age_h: NDArray[np.float64]


class Reader:
    """Reads values of a resolved scenario and remembers which were asked for."""

    def __init__(self, value: Value) -> None:
        self._value = value
        self.used: set[str] = set()

    def __call__(self, path: str, unit: str) -> Any:
        self.used.add(path)
        return self._value(path, unit)


@dataclass(frozen=True)
class Lowered:
    """Everything a run needs that follows from the scenario alone."""

    program: Program
    effects: Effects
    grid: DentateGrid
    classes: field.FieldClasses
    niche: Niche
    start: Start
    markers: Markers
    area_fraction: float
    used: frozenset[str]

    def world(self) -> World:
        """Return the animal at the beginning of its history."""
        return World(self.program, self.effects, self.grid, self.classes, self.niche, self.start)


def niche_sources(value: Value, gain: float) -> Niche:
    """Return the resting sources of the niche in pg/mL.

    Blood gives gain PS P0 / (alpha (k_deg + k_bulk)); the tissue makes what is missing to the resting level.

    Raises
    ------
    InputError
        When blood alone would exceed the resting level.
    """
    decay_min = math.log(2.0) / value("physiology.niche.degradation_half_life", "min") + value("physiology.niche.bulk_clearance", "1/min")
    influx = value("physiology.barrier.permeability", "mL/g/min") * value("physiology.circulation.plasma_rest", "pg/mL")
    measured = influx / (value("physiology.barrier.extracellular_fraction", "1") * decay_min)
    rest = value("physiology.niche.rest_level", "pg/mL")
    if gain * measured > rest:
        raise InputError(
            f"A barrier gain of {gain:g} lets blood alone bring {gain * measured:.3g} pg/mL, above the resting level of {rest:g} pg/mL.",
            where="parameters: pathways.*.barrier_gain",
            cure=f"Use a gain of at most {rest / measured:.1f}.",
        )
    return Niche(local=rest - gain * measured, vascular=gain * measured)


def _channels(effects: list[Any]) -> tuple[NDArray[np.int64], list[tuple[Any, str, int]]]:
    """Give every (target, state) that some effect touches a channel; channel 0 is 'no effect'."""
    channel = np.zeros((len(hazards.TARGETS), len(fates.STATES)), np.int64)
    entries: list[tuple[Any, str, int]] = []
    for effect in effects:
        target = hazards.TARGETS.index(effect.target)
        for state in effect.states:
            code = fates.STATES.index(state)
            if channel[target, code] == 0:
                channel[target, code] = channel.max() + 1
            entries.append((effect, state, int(channel[target, code])))
    return channel, entries


def _effects(read: Reader, entries: list[tuple[Any, str, int]], silent: Callable[[str, str], bool]) -> Effects:
    """Lower effect sentences; half-maxima become folds of the resting level."""
    rest = read("physiology.niche.rest_level", "pg/mL")
    rows = []
    for effect, state, channel in entries:
        path = f"signals.{effect.signal}.effects.{effect.name}"
        depth, time_h = 0.0, 1.0
        if effect.habituation is not None:
            depth, time_h = read(f"{path}.habituation.depth", "1"), read(f"{path}.habituation.time", "h")
        rows.append(
            (
                channel,
                read(f"{path}.towards", "1"),
                read(f"{path}.half_max", "pg/mL") / rest,
                read(f"{path}.hill", "1"),
                depth,
                time_h,
                silent(effect.signal, state),
            )
        )
    columns = list(zip(*rows, strict=True)) or [()] * 7
    floats = [np.array(column, np.float64) for column in columns[1:6]]
    return Effects(np.array(columns[0], np.int64), *floats, np.array(columns[6], np.uint8))


def _death_table(read: Reader, structure: Any) -> dict[str, Any]:
    """Return the bins of age since the last division and the hazards of young and aged animals in them."""
    edges = np.asarray(read("lineage.neuron.death_age", "h"), np.float64)
    aged = np.asarray(read("lineage.neuron.death_hazard_aged", "1/h"), np.float64)
    names = structure["lineage"]["neuron"]["death_window"]
    window = np.array([hazards.NO_TARGET if n == "none" else hazards.TARGETS.index(n) for n in names], np.int64)
    early = read("lineage.neuron.death_scale_young_early", "1")
    late = read("lineage.neuron.death_scale_young_late", "1")
    scale = np.where(window == hazards.EARLY_SURVIVAL, early, late)
    death = np.stack([aged * scale, aged * read("lineage.neuron.death_scale_aged", "1")])
    return {"death_edges_h": edges, "death": death, "death_window": window}


def _pair(read: Reader, path: str, unit: str) -> NDArray[np.float64]:
    return np.stack([np.asarray(read(f"{path}_{age}", unit), np.float64) for age in ("young", "aged")])


def _program(read: Reader, structure: Any, channel: NDArray[np.int64], *, seed: int, dt_h: float, n_u: int, n_v: int) -> Program:
    variation = read("lineage.neuron.stay_variation", "1")
    stays = [read(f"lineage.neuron.{stage}_stay", "h") for stage in ("early", "late", "maturing")]
    layers = int(read("anatomy.granule_layers", "1"))
    pitch = read("anatomy.site_pitch", "um")
    return Program(
        seed=seed,
        dt_h=dt_h,
        n_u=n_u,
        n_v=n_v,
        n_layers=1 + layers,
        reach=int(read("lineage.migration.reach", "1")),
        initial_age_h=read("lineage.stem.initial_age", "h"),
        young_age_h=read("lineage.ageing.young_age", "h"),
        ageing_time_h=read("lineage.ageing.time", "h"),
        dormant_floor=read("lineage.stem.dormant_activation_floor", "1/h"),
        dormant_rise=read("lineage.stem.dormant_activation_rise", "1/h"),
        resting_floor=read("lineage.stem.resting_activation_floor", "1/h"),
        resting_rise=read("lineage.stem.resting_activation_rise", "1/h"),
        activation_decline_h=read("lineage.stem.activation_decline", "h"),
        active_minimum_h=read("lineage.stem.active_minimum", "h"),
        active_pause_h=read("lineage.stem.active_pause", "h"),
        stay_active=_pair(read, "lineage.stem.stay_active", "1"),
        symmetric=_pair(read, "lineage.stem.symmetric", "1"),
        consuming=_pair(read, "lineage.stem.consuming", "1"),
        astrogenic=_pair(read, "lineage.stem.astrogenic", "1"),
        divide=_pair(read, "lineage.progenitor.division_probability", "1"),
        cycle_minimum_h=read("lineage.progenitor.cycle_minimum", "h"),
        cycle_pause_h=_pair(read, "lineage.progenitor.cycle_pause", "h"),
        stay_h=np.array(stays, np.float64),
        stay_shape=max(1.0, 1.0 / variation**2),
        clearance_h=read("lineage.clearance.time", "h"),
        hop_interval_h=read("lineage.migration.hop_interval", "h"),
        hop_until_h=read("lineage.migration.hop_until_age", "h"),
        capillary_attraction=read("lineage.migration.capillary_attraction", "1"),
        radial_depth=min(int(read("lineage.migration.radial_depth", "1")), layers),
        block=max(1, round(read("lineage.integration.block", "um") / pitch)),
        pool=read("lineage.integration.pool", "count"),
        rivalry=read("lineage.integration.rivalry", "1"),
        channel=channel,
        column_capacity=layers,
        **_death_table(read, structure),
    )


def _markers(read: Reader, structure: Any) -> Markers:
    table = structure["lineage"]["markers"]
    shows = np.zeros((len(table), len(fates.STATES)), np.uint8)
    ages = np.array([[0.0, np.inf]] * len(table))
    for m, rule in enumerate(table.values()):
        shows[m, fates.state_codes(list(rule["states"]))] = 1
        for side, key in enumerate(("from_age", "until_age")):
            if key in rule:
                ages[m, side] = read(f"lineage.marker_timing.{rule[key]}", "h")
    return Markers(tuple(table), shows, ages[:, 0].copy(), ages[:, 1].copy())

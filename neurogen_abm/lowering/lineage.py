"""Lowering of the tissue: lineage, effects of the signal, niche, sheet and stains."""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.biology import hazards, lineage
from neurogen_abm.biology.states import STATES
from neurogen_abm.engine.parameters import Effects, Parameters
from neurogen_abm.engine.world import Niche, Start
from neurogen_abm.errors import InputError
from neurogen_abm.lowering.parameter_reader import ParameterReader, Value


class Markers(NamedTuple):
    """What stains show, by state and by age since the last division.

    ``edges_h`` (bins,) are the lower edges of the age bins, the first 0; ``shown`` (markers, states, bins) is 1 where a
    marker shows.
    """

    names: tuple[str, ...]
    edges_h: NDArray[np.float64]
    shown: NDArray[np.int64]


def measured_influx_pg_ml(value: Value) -> float:
    """Return the resting level blood alone keeps up at the published permeability: PS P0 / (alpha (k_deg + k_bulk))."""
    influx = value("physiology.barrier.permeability", "mL/g/min") * value("physiology.circulation.plasma_rest", "pg/mL")
    _, decay_s = diffusion_and_decay(value)
    return float(influx / (value("physiology.barrier.extracellular_fraction", "1") * 60.0 * decay_s))


def niche_sources(value: Value, pathway: str) -> Niche:
    """Return the resting sources of the niche in pg/mL.

    Blood brings the barrier gain times the measured influx; the tissue makes what is missing to the resting level.

    Raises
    ------
    InputError
        When blood alone would exceed the resting level.
    """
    gain = value(f"pathways.{pathway}.barrier_gain", "1")
    measured = measured_influx_pg_ml(value)
    rest = value("physiology.niche.rest_level", "pg/mL")
    if gain * measured > rest:
        raise InputError(
            f"A barrier gain of {gain:g} lets blood alone bring {gain * measured:.3g} pg/mL, "
            f"above the resting level of {rest:g} pg/mL.",
            where=f"parameters.pathways.{pathway}.barrier_gain",
            cure=f"Use a gain of at most {rest / measured:.1f}.",
        )
    return Niche(local=rest - gain * measured, vascular=gain * measured)


def lower_channels(effects: list[Any]) -> tuple[NDArray[np.int64], list[tuple[Any, str, int]]]:
    """Give every (target, state) that some effect touches a channel; channel 0 is 'no effect'."""
    channel = np.zeros((len(hazards.TARGETS), len(STATES)), np.int64)
    entries: list[tuple[Any, str, int]] = []
    for effect in effects:
        target = hazards.TARGETS.index(effect.target)
        for state in effect.states:
            code = STATES.index(state)
            if channel[target, code] == 0:
                channel[target, code] = channel.max() + 1
            entries.append((effect, state, int(channel[target, code])))
    return channel, entries


def _deaf(signal: str, state: str, knock_outs: Any) -> bool:
    """Say whether a state has lost its receptor for a signal."""
    return any(k.receptor == signal and (k.states is None or state in k.states) for k in knock_outs)


def lower_effects(read: ParameterReader, entries: list[tuple[Any, str, int]], knock_outs: Any) -> Effects:
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
                _deaf(effect.signal, state, knock_outs),
            )
        )
    columns = list(zip(*rows, strict=True)) or [()] * 7
    towards, half_max_fold, hill, depths, times_h = (np.array(column, np.float64) for column in columns[1:6])
    silent = np.array(columns[6], np.uint8)
    return Effects(np.array(columns[0], np.int64), towards, half_max_fold, hill, depths, times_h, silent)


def _death_table(read: ParameterReader, structure: Any) -> dict[str, Any]:
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


def _pair(read: ParameterReader, path: str, unit: str) -> NDArray[np.float64]:
    return np.stack([np.asarray(read(f"{path}_{age}", unit), np.float64) for age in ("young", "aged")])


def lower_parameters(
    read: ParameterReader, resolved: Any, channel: NDArray[np.int64], *, n_u: int, n_v: int
) -> Parameters:
    """Lower the lineage's rates and times for a sheet of ``n_u`` x ``n_v`` sites."""
    scenario = resolved.scenario
    stretch = _stretch(read, scenario)
    variation = read("lineage.neuron.stay_variation", "1")
    if variation > 1.0:
        raise InputError(
            f"A coefficient of variation of {variation:g} is wider than the gamma law of a stay allows.",
            where=scenario.where(("parameters", "lineage.neuron.stay_variation")),
            cure="Give at most 1, which is the exponential law.",
        )
    stays = [stretch * read(f"lineage.neuron.{stage}_stay", "h") for stage in ("early", "late", "maturing")]
    layers = int(read("anatomy.granule_layers", "1"))
    pitch = read("anatomy.site_pitch", "um")
    return Parameters(
        seed=scenario.seed,
        dt_h=scenario.step_h,
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
        stay_shape=1.0 / variation**2,
        clearance_h=read("lineage.clearance.time", "h"),
        hop_interval_h=read("lineage.migration.hop_interval", "h"),
        hop_until_h=read("lineage.migration.hop_until_age", "h"),
        capillary_attraction=read("lineage.migration.capillary_attraction", "1"),
        radial_depth=min(int(read("lineage.migration.radial_depth", "1")), layers),
        block=max(1, round(read("lineage.integration.block", "um") / pitch)),
        pool=read("lineage.integration.pool", "1/um**2") * pitch**2,
        rivalry=read("lineage.integration.rivalry", "1"),
        channel=channel,
        column_capacity=layers,
        developmental_death=read("anatomy.developmental_cell_death", "1/h"),
        **_death_table(read, resolved.catalogue.structure),
    )


def _stretch(read: ParameterReader, scenario: Any) -> float:
    """Return how many times slower than in the young neurons mature; 1 but for the human."""
    return _human_switch(read, scenario, scenario.neurogenesis, "maturation_stretch", "1")


def lower_markers(read: ParameterReader, resolved: Any) -> Markers:
    """Lower the table of stains."""
    stretch = _stretch(read, resolved.scenario)
    table = resolved.markers
    ages = np.array([[0.0, np.inf]] * len(table))
    for m, rule in enumerate(table.values()):
        for side, key in enumerate(("from_age", "until_age")):
            if key in rule:
                ages[m, side] = stretch * read(f"lineage.marker_timing.{rule[key]}", "h")
    edges = np.unique(np.append(ages[np.isfinite(ages)], 0.0))
    shown = np.zeros((len(table), len(STATES), len(edges)), np.int64)
    for m, rule in enumerate(table.values()):
        codes = lineage.state_codes(list(rule["states"]))
        shown[m, codes] = (edges >= ages[m, 0]) & (edges < ages[m, 1])
    return Markers(tuple(table), edges, shown)


def lower_sheet(read: ParameterReader, scenario: Any) -> tuple[int, int, float]:
    """Return sites along u and v, and the share of the whole sheet.

    Raises
    ------
    InputError
        When a patch is larger than the gyrus or smaller than a site.
    """
    tissue, pitch = scenario.tissue, read("anatomy.site_pitch", "um")
    whole = [round(read(f"anatomy.sheet_{axis}", "um") / pitch) for axis in ("septotemporal", "transverse")]
    if tissue == "whole":
        return whole[0], whole[1], 1.0
    sides = [round(tissue.septotemporal_um / pitch), round(tissue.transverse_um / pitch)]
    for axis, side, most in zip(("septotemporal", "transverse"), sides, whole, strict=True):
        if not 1 <= side <= most:
            raise InputError(
                f"A patch of {side * pitch:g} um does not fit a gyrus of {most * pitch:g} um along this axis.",
                where=scenario.where(("tissue", axis)),
                cure=f"Give a length from {pitch:g} um to {most * pitch:g} um, or `tissue: whole`.",
            )
    return sides[0], sides[1], sides[0] * sides[1] / (whole[0] * whole[1])


def lower_start(read: ParameterReader, scenario: Any, n_columns: int, area_fraction: float) -> Start:
    """Return the beginning of the animal's history, a whole number of steps before the run."""
    first_age_h = max(read("lineage.stem.initial_age", "h"), scenario.age_h - read("lineage.stem.longest_history", "h"))
    dt_h = scenario.step_h
    steps = math.floor((scenario.age_h - first_age_h) / dt_h + 1e-9)
    # The catalogue's stem cells are those of the highest setting.
    wanted, most = (_human_switch(read, scenario, s, "new_neurons", "1/d") for s in (scenario.neurogenesis, "high"))
    stem = read("lineage.stem.initial_count", "cells") * wanted / most
    n_granule = read("anatomy.granule_cells", "cells")
    _check_room(scenario, "lineage.stem.initial_count", round(stem * area_fraction), n_columns)
    layers = int(read("anatomy.granule_layers", "1"))
    _check_room(scenario, "anatomy.granule_cells", round(n_granule * area_fraction), n_columns * layers)
    return Start(
        time_h=-steps * dt_h,
        age_h=scenario.age_h - steps * dt_h,
        n_stem=round(stem * area_fraction),
        n_granule=round(n_granule * area_fraction),
    )


def _check_room(scenario: Any, path: str, wanted: int, sites: int) -> None:
    """Refuse more cells than the tissue has sites."""
    if wanted > sites:
        raise InputError(
            f"{wanted:,} cells are asked of a tissue with {sites:,} sites for them.",
            where=scenario.where(("parameters", path)),
            cure="Lower the number, or enlarge the sheet or the layers (anatomy).",
        )


def _human_switch(read: ParameterReader, scenario: Any, setting: str, name: str, unit: str) -> float:
    """Return a number of the human switch of neurogenesis, or 1 where the species has none."""
    if scenario.neurogenesis is None:
        return 1.0
    return float(read(f"lineage.neurogenesis.{setting}.{name}", unit))


def diffusion_and_decay(value: Value) -> tuple[float, float]:
    """Return the effective diffusion coefficient (um2/s) and decay rate (1/s) of the signal in the niche.

    Binding slows free diffusion D* to D*/(1 + kappa); decay is degradation and bulk clearance.
    """
    diffusion = value("physiology.niche.diffusion_free", "um**2/s") / (
        1.0 + value("physiology.niche.binding_ratio", "1")
    )
    decay = math.log(2.0) / value("physiology.niche.degradation_half_life", "s") + value(
        "physiology.niche.bulk_clearance", "1/s"
    )
    return diffusion, decay

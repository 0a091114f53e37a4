"""Lowering of the lineage: rates and times of the states, effects of the signals, and what stains show."""

from collections.abc import Container
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.biology import hazards, lineage
from neurogen_abm.biology.states import LINEAGE, STATES
from neurogen_abm.engine.parameters import FIELD, Effects, Parameters
from neurogen_abm.errors import InputError
from neurogen_abm.lowering import paths
from neurogen_abm.lowering.messengers import combiner_exponent
from neurogen_abm.lowering.parameter_reader import ParameterReader
from neurogen_abm.lowering.tissue import human_switch, share_of_high
from neurogen_abm.numerals import plain
from neurogen_abm.spec.catalogue import Effect
from neurogen_abm.spec.scenario.given import KnockOut
from neurogen_abm.spec.scenario.messengers import averaged
from neurogen_abm.spec.scenario.models import Scenario
from neurogen_abm.spec.scenario.resolve import ResolvedScenario


class Markers(NamedTuple):
    """What stains show, by state and by age since the last division.

    ``edges_h`` (bins,) are the lower edges of the age bins, the first 0; ``shown`` (markers, states, bins) is 1 where a
    marker shows.
    """

    names: tuple[str, ...]
    edges_h: NDArray[np.float64]
    shown: NDArray[np.int64]


class StateEffect(NamedTuple):
    """One effect on one state, and the channel through which it acts."""

    effect: Effect
    state: str
    channel: int


def lower_channels(effects: tuple[Effect, ...]) -> tuple[NDArray[np.int64], list[StateEffect]]:
    """Give every (target, state) that some effect touches a channel; channel 0 is 'no effect'."""
    channel = np.zeros((len(hazards.TARGETS), len(STATES)), np.int64)
    entries: list[StateEffect] = []
    for effect in effects:
        target = hazards.TARGETS.index(effect.target)
        for state in effect.states:
            code = STATES.index(state)
            if channel[target, code] == 0:
                channel[target, code] = channel.max() + 1
            entries.append(StateEffect(effect, state, int(channel[target, code])))
    return channel, entries


def receptor_missing(effect: Effect, state: str, knock_outs: tuple[KnockOut, ...]) -> bool:
    """Say whether an effect on a state has lost its receptor; that of other cells is lost only where all lose it."""
    outs = [k for k in knock_outs if k.receptor == effect.signal]
    return any(k.states is None or (state in k.states and not effect.through_others) for k in outs)


def lower_effects(
    read: ParameterReader,
    entries: list[StateEffect],
    knock_outs: tuple[KnockOut, ...],
    messengers: tuple[str, ...],
    in_mean: Container[str] = (),
) -> Effects:
    """Lower effects; half-maxima become folds of the resting level.

    Parameters
    ----------
    messengers
        Those that act through their blood level, in the order of the physiology; any other signal is the field's.
    in_mean
        Those of them whose effects on one rate are averaged (`engine.parameters.Effects.benefit`).
    """
    rest = read(*paths.REST_LEVEL)
    rows = []
    for effect, state, channel in entries:
        path, depth, time_h, loss = effect.path, 0.0, 1.0, 0.0
        if effect.habituation is not None:
            depth, time_h = read(f"{path}.habituation.depth", "1"), read(f"{path}.habituation.time", "h")
            loss = read(f"{path}.habituation.loss", "1") if effect.habituation.loss is not None else 0.0
        in_blood = effect.signal in messengers
        half_max = read(f"{path}.half_max", "1") if in_blood else read(f"{path}.half_max", "pg/mL") / rest
        rows.append(
            (
                channel,
                read(f"{path}.towards", "1"),
                half_max,
                read(f"{path}.hill", "1"),
                depth,
                time_h,
                receptor_missing(effect, state, knock_outs),
                messengers.index(effect.signal) if in_blood else FIELD,
                hazards.benefit_of(hazards.TARGETS.index(effect.target)) if effect.signal in in_mean else 0,
                hazards.LIMBS.index(effect.limb),
                read(f"{path}.integration.time", "h") if effect.integration_time is not None else 0.0,
                loss,
            )
        )
    columns = list(zip(*rows, strict=True)) or [()] * len(Effects._fields)
    types = (np.int64, *(np.float64,) * 5, np.uint8, *(np.int64,) * 3, *(np.float64,) * 2)
    return Effects(*(np.array(column, dtype) for column, dtype in zip(columns, types, strict=True)))


def _death_table(read: ParameterReader, names: list[str]) -> dict[str, Any]:
    """Return the bins of age since the last division and the hazards of young and aged animals in them."""
    window = np.array([hazards.NO_TARGET if n == "none" else hazards.TARGETS.index(n) for n in names], np.int64)
    aged = np.asarray(read(paths.DEATH_AGED, "1/h"), np.float64)
    scales = (read(path, "1") for path in (paths.DEATH_SCALE_EARLY, paths.DEATH_SCALE_LATE, paths.DEATH_SCALE_AGED))
    return {
        "death_edges_h": np.asarray(read(paths.DEATH_AGE, "h"), np.float64),
        "death": hazards.death_by_age(aged, window, *scales),
        "death_window": window,
    }


def _pair(read: ParameterReader, source: paths.Location) -> NDArray[np.float64]:
    return np.stack([np.asarray(read(f"{source.path}_{age}", source.unit), np.float64) for age in ("young", "aged")])


def lower_parameters(
    read: ParameterReader, resolved: ResolvedScenario, channel: NDArray[np.int64], *, n_u: int, n_v: int
) -> Parameters:
    """Lower the lineage's rates and times for a sheet of ``n_u`` x ``n_v`` sites."""
    scenario = resolved.scenario
    stretch = _stretch(read, scenario)
    variation = read(paths.STAY_VARIATION, "1")
    if variation > 1.0:
        raise InputError(
            f"A coefficient of variation of {plain(variation)} is wider than the gamma law of a stay allows.",
            where=scenario.where(("parameters", paths.STAY_VARIATION)),
            cure="Give at most 1, which is the exponential law.",
        )
    layers = int(read(*paths.LAYERS))
    pitch = read(*paths.PITCH)
    numbers: dict[str, Any] = {argument: read(*source) for argument, source in paths.NUMBERS.items()}
    numbers["developmental_death"] *= share_of_high(read, scenario)  # what is renewed dies
    numbers["deepening"] = read(*paths.DEEPENING) if paths.DEEPENING.path in resolved.parameters else 0.0
    by_age: dict[str, Any] = {argument: _pair(read, source) for argument, source in paths.YOUNG_AND_AGED.items()}
    return Parameters(
        seed=scenario.seed,
        dt_h=scenario.step_h,
        n_u=n_u,
        n_v=n_v,
        n_layers=1 + layers,
        reach=int(read(*paths.REACH)),
        stay_h=np.array([stretch * read(state.stay, "h") for state in LINEAGE if state.stay], np.float64),
        stay_shape=1.0 / variation**2,
        radial_depth=min(int(read(*paths.RADIAL_DEPTH)), layers),
        block=max(1, round(read(*paths.BLOCK) / pitch)),
        pool=read(paths.POOL, "1/um**2") * pitch**2,
        channel=channel,
        combiner=combiner_exponent(resolved, read) if averaged(resolved.scenario, resolved.catalogue) else 1.0,
        column_capacity=layers,
        **numbers,
        **by_age,
        **_death_table(read, resolved.catalogue.structure["lineage"]["neuron"]["death_window"]),
    )


def _stretch(read: ParameterReader, scenario: Scenario) -> float:
    """Return how many times slower neurons mature than in the rodent; 1 but for the human."""
    return human_switch(read, scenario, scenario.neurogenesis, "maturation_stretch", "1")


def lower_markers(read: ParameterReader, resolved: ResolvedScenario) -> Markers:
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

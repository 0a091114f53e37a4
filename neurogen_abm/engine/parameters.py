"""The numbers a run needs, flat: what lowering makes of a resolved scenario and what the kernels read."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.biology import hazards, lineage
from neurogen_abm.jit import compiled

Floats = NDArray[np.float64]


class Parameters(NamedTuple):
    """One animal's constants. Hours, sites, and hazards per hour; arrays are float64 unless said."""

    seed: int
    dt_h: float
    n_u: int  # sites along the septotemporal axis
    n_v: int  # sites along the transverse axis
    n_layers: int  # subgranular zone and granule cell layers
    reach: int  # sites
    initial_age_h: float
    young_age_h: float
    ageing_time_h: float
    dormant_floor: float
    dormant_rise: float
    resting_floor: float
    resting_rise: float
    activation_decline_h: float
    active_minimum_h: float
    active_pause_h: float
    stay_active: Floats  # (2,): young, aged; likewise below
    symmetric: Floats
    consuming: Floats
    astrogenic: Floats
    divide: Floats  # (2, generations)
    cycle_minimum_h: float
    cycle_pause_h: Floats  # (2,)
    stay_h: Floats  # (3,): immature_early, immature_late, maturing
    stay_shape: float  # of the gamma law, >= 1
    death_edges_h: Floats  # (bins,)
    death: Floats  # (2, bins)
    death_window: NDArray[np.int64]  # int64 (bins,): a target, or NO_TARGET
    clearance_h: float
    hop_interval_h: float
    hop_until_h: float
    capillary_attraction: float
    radial_depth: int  # layers
    block: int  # sites along the side of a block that shares boutons
    pool: float  # rivals that the boutons of one column feed
    rivalry: float
    channel: NDArray[np.int64]  # int64 (targets, states)
    column_capacity: int  # granule cells a column of the layer can hold
    developmental_death: float  # of granule cells born in development


class Effects(NamedTuple):
    """Effects of field signals, one entry each; arrays of shape (effects,)."""

    channel: NDArray[np.int64]  # int64
    towards: Floats
    half_max_fold: Floats
    hill: Floats
    habituation_depth: Floats
    habituation_time_h: Floats
    silent: NDArray[np.uint8]  # uint8: the receptor is knocked out, the cell sees no signal


class Tissue(NamedTuple):
    """What the cells share: columns of the sheet, sites of all layers, blocks that share boutons."""

    site_class: NDArray[np.uint8]  # uint8 (sites,): class of the field
    factors: Floats  # (channels, classes): what the signals do to rates now
    hazard: Floats  # (states, bins, classes): hazard of a step before crowding, 1/h
    pace: Floats  # (states, classes): pace of the clock in a step
    boutons: Floats  # (classes,): what the signals do to the pool of boutons
    occupied: NDArray[np.uint8]  # uint8 (columns,): somata in the subgranular zone, at most one a site
    load: NDArray[np.uint8]  # uint8 (columns,): granule cells in the layer, born in development or since
    block_of: NDArray[np.int32]  # int32 (columns,)
    block_size: NDArray[np.float64]  # (blocks,): columns of a block, fewer at the border
    rivals: NDArray[np.int32]  # int32 (blocks,): neurons of weeks 2-8
    rivals_change: NDArray[np.int32]  # int32 (blocks,): gathered over a step
    crowded: NDArray[np.uint8]  # uint8 (blocks,): 0 where rivals surely do not lack boutons in this step
    claim: NDArray[np.uint64]  # uint64 (columns,): lowest ticket for a subgranular site, all ones when unclaimed
    claim_layer: NDArray[np.uint64]  # uint64 (columns,): the same for a place in the layer
    pull: Floats  # (pulls,): how much a migrating cell is drawn to a site, 1 far from capillaries
    pull_of: NDArray[np.uint16]  # uint16 (columns,): which pull a column has; so written, all of it stays in the cache
    ring_start: NDArray[np.int64]
    ring_u: NDArray[np.int64]
    ring_v: NDArray[np.int64]
    beside: NDArray[np.int64]  # int64 (8,): steps in the order of columns to the sites beside a site
    age_table: NDArray[np.uint8]  # uint8 (parts of hours,): BIN, BIN_ENDS and MAY_MIGRATE by age, the last for ever
    bin_end_h: Floats  # (bins,): age at which a bin ends


class RatesAtAge(NamedTuple):
    """What age makes of the animal during a step, laid out for look-up; flat, as parallel kernels demand."""

    stay_active: float  # probability that a stem cell stays active after a division
    symmetric: float  # probabilities of a stem cell's division modes
    consuming: float
    astrogenic: float
    cycle_pause_h: float
    divide: Floats  # (generations,): probability of one more division
    hazard: Floats  # (states, bins): base hazard, 1/h
    hazard_channel: NDArray[np.int64]  # int64 (states, bins): which factor multiplies it
    pace: Floats  # (states,): base pace of the clock
    pace_channel: NDArray[np.int64]  # int64 (states,)
    crowd_channel: int  # which factor widens the pool of boutons


# What a row does in a step.
IDLE: Final = 0
DUE: Final = 1
MAY_MIGRATE: Final = 128

# A table by age holds MAY_MIGRATE or not, whether the bin of age ends within, and in the other bits the bin.
BIN_ENDS: Final = 64
BIN: Final = 63
PARTS_OF_HOUR: Final = 4  # of which each has its entry: the more, the fewer are asked in vain whether they migrate


class StepEvents(NamedTuple):
    """What is to happen in a step: one entry a row of cells, then one an event, those that migrate last."""

    due: NDArray[np.uint8]  # uint8 (rows,): IDLE, DUE or MAY_MIGRATE
    rows: NDArray[np.int64]  # int64 (events,): rows with an event
    kind: NDArray[np.uint8]  # uint8 (events,): what happens; not written for those that migrate
    at_h: NDArray[np.float32]  # float32 (events,): hours into the step; likewise
    wanted: NDArray[np.int64]  # int64 (events,): column an event needs
    ticket: NDArray[np.uint64]  # uint64 (events,)
    gone: NDArray[np.int64]  # int64 (events,): rows to close up
    cell: NDArray[np.int64]  # int64 (events,): id of a cell that migrates
    turn: NDArray[np.int64]  # int64 (events,): how many times it has had occasion to
    variate: Floats  # (events,): its variate
    weights: Floats  # (8,): room to weigh the sites beside a site


def empty_events(rows: int, events: int) -> StepEvents:
    """Return room for as many rows and events."""
    return StepEvents(
        due=np.zeros(rows, np.uint8),
        rows=np.zeros(events, np.int64),
        kind=np.zeros(events, np.uint8),
        at_h=np.zeros(events, np.float32),
        wanted=np.zeros(events, np.int64),
        ticket=np.zeros(events, np.uint64),
        gone=np.zeros(events, np.int64),
        cell=np.zeros(events, np.int64),
        turn=np.zeros(events, np.int64),
        variate=np.zeros(events),
        weights=np.zeros(8),
    )


@compiled
def rates_at_age(p: Parameters, age_h: float) -> RatesAtAge:
    """Return the `RatesAtAge` of an animal of a given age."""
    w = hazards.aged_weight(age_h, p.young_age_h, p.ageing_time_h)
    dormant = hazards.activation_hazard(age_h, p.dormant_floor, p.dormant_rise, p.activation_decline_h, p.initial_age_h)
    resting = hazards.activation_hazard(age_h, p.resting_floor, p.resting_rise, p.activation_decline_h, p.initial_age_h)
    n_states, n_bins = p.channel.shape[1], len(p.death_edges_h)
    hazard, hazard_channel = np.zeros((n_states, n_bins)), np.zeros((n_states, n_bins), np.int64)
    pace, pace_channel = np.zeros(n_states), np.zeros(n_states, np.int64)
    for state in range(n_states):
        pace[state] = hazards.base_pace(state)
        pace_channel[state] = p.channel[hazards.MATURATION, state]
        for b in range(n_bins):
            death = hazards.between(p.death[0, b], p.death[1, b], w)
            hazard[state, b] = hazards.base_hazard(state, dormant, resting, death)
            target = hazards.hazard_target(state, p.death_window[b])
            if target != hazards.NO_TARGET:
                hazard_channel[state, b] = p.channel[target, state]
    divide = np.empty(p.divide.shape[1])
    for g in range(len(divide)):
        divide[g] = hazards.between(p.divide[0, g], p.divide[1, g], w)
    return RatesAtAge(
        hazards.between(p.stay_active[0], p.stay_active[1], w),
        hazards.between(p.symmetric[0], p.symmetric[1], w),
        hazards.between(p.consuming[0], p.consuming[1], w),
        hazards.between(p.astrogenic[0], p.astrogenic[1], w),
        hazards.between(p.cycle_pause_h[0], p.cycle_pause_h[1], w),
        divide,
        hazard,
        hazard_channel,
        pace,
        pace_channel,
        p.channel[hazards.INTEGRATION, lineage.IMMATURE_LATE],
    )


@compiled
def age_table_of(p: Parameters) -> NDArray[np.uint8]:
    """Return for each part of an hour of life its bin of age, whether that ends in it, and whether cells may migrate.

    `lineage.hops` is surely false where they may not: rounding is monotonic, so the ends of the part tell.
    """
    edges_h = p.death_edges_h
    found = np.zeros(int(max(edges_h[-1], p.hop_until_h) * PARTS_OF_HOUR) + 2, np.uint8)
    b = 0
    for part in range(len(found)):
        earliest, latest = part / PARTS_OF_HOUR, (part + 1) / PARTS_OF_HOUR
        while b + 1 < len(edges_h) and earliest >= edges_h[b + 1]:
            b += 1
        ends = b + 1 < len(edges_h) and latest > edges_h[b + 1]
        hops = int((latest + p.dt_h) / p.hop_interval_h) > int(earliest / p.hop_interval_h)
        may_migrate = hops and earliest + p.dt_h <= p.hop_until_h
        found[part] = b | (BIN_ENDS if ends else 0) | (MAY_MIGRATE if may_migrate else 0)
    return found


@compiled
def fill_factors(
    effects: Effects, fold: Floats, weight: Floats, habituation: Floats, dt_h: float, factors: Floats
) -> None:
    """Write the factor of every channel at every field level, and let the effects habituate.

    Parameters
    ----------
    effects : Effects
    fold : array, shape (levels,)
        Level of the signal over its resting level, in each class of sites.
    weight : array, shape (levels,)
        Share of the subgranular sites in each class.
    habituation : array, shape (effects,)
        The usual factor of each effect, updated in place towards the tissue's mean.
    factors : array, shape (channels, levels)
        Filled; channel 0 stays 1.
    """
    factors[:, :] = 1.0
    shift, fresh, mean = np.empty(len(fold)), np.empty(len(fold)), 0.0
    for e in range(len(effects.towards)):
        same_receptor = e > 0 and _same_receptor(effects, e - 1, e)
        if not same_receptor:
            for level in range(len(fold)):
                seen = 0.0 if effects.silent[e] else fold[level]
                shift[level] = hazards.receptor_shift(seen, effects.half_max_fold[e], effects.hill[e])
        if not (same_receptor and effects.towards[e - 1] == effects.towards[e]):
            mean = 0.0
            for level in range(len(fold)):
                fresh[level] = hazards.effect_factor(shift[level], effects.towards[e])
                mean += weight[level] * fresh[level]
        worn = habituation[e] ** effects.habituation_depth[e]
        for level in range(len(fold)):
            factors[effects.channel[e], level] *= fresh[level] / worn
        if effects.habituation_depth[e] > 0.0:
            habituation[e] = hazards.habituated(habituation[e], mean, dt_h, effects.habituation_time_h[e])


@compiled
def _same_receptor(effects: Effects, a: int, b: int) -> bool:
    """Say whether a signal moves the receptors of two entries alike, so that it need be worked out once."""
    return bool(
        effects.half_max_fold[a] == effects.half_max_fold[b]
        and effects.hill[a] == effects.hill[b]
        and effects.silent[a] == effects.silent[b]
    )


@compiled
def fill_rates(rates: RatesAtAge, tissue: Tissue) -> None:
    """Write hazard and pace of every state, age and class of sites, and its pool, into the tables of the tissue."""
    factors, hazard, pace = tissue.factors, tissue.hazard, tissue.pace
    tissue.boutons[:] = factors[rates.crowd_channel]
    for state in range(hazard.shape[0]):
        for b in range(hazard.shape[1]):
            base, channel = rates.hazard[state, b], rates.hazard_channel[state, b]
            for c in range(factors.shape[1]):
                hazard[state, b, c] = base * factors[channel, c]
        base, channel = rates.pace[state], rates.pace_channel[state]
        for c in range(factors.shape[1]):
            pace[state, c] = base * factors[channel, c]

"""The rates that cells meet in a step: by the age of the animal, and times what the signals do to them."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.biology import hazards, lineage
from neurogen_abm.engine.field import FieldClasses
from neurogen_abm.engine.parameters import FIELD, Effects, Parameters
from neurogen_abm.engine.tissue import BIN_ENDS, MAY_MIGRATE, PARTS_OF_HOUR, Tissue
from neurogen_abm.jit import compiled

Floats = NDArray[np.float64]


class StemRates(NamedTuple):
    """What age makes of stem cells: hazards of activation (1/h), and probabilities of what an active one does."""

    dormant: float
    resting: float
    stay_active: float  # after a division
    symmetric: float  # of the modes of division; what is left is asymmetric
    consuming: float
    astrogenic: float
    deepening: float  # 1/h: a resting cell falls back into dormancy


class RatesAtAge(NamedTuple):
    """What age makes of the animal during a step, laid out for look-up."""

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
    crowd_channel: int  # which factor multiplies the number of neurons that boutons can feed
    deepening: float  # 1/h, of resting stem cells, besides their activation


@compiled
def stem_rates(p: Parameters, age_h: float) -> StemRates:
    """Return the `StemRates` of an animal of a given age."""
    w = hazards.aged_weight(age_h, p.young_age_h, p.ageing_time_h)
    return StemRates(
        hazards.activation_hazard(age_h, p.dormant_floor, p.dormant_rise, p.activation_decline_h, p.initial_age_h),
        hazards.activation_hazard(age_h, p.resting_floor, p.resting_rise, p.activation_decline_h, p.initial_age_h),
        hazards.between(p.stay_active[0], p.stay_active[1], w),
        hazards.between(p.symmetric[0], p.symmetric[1], w),
        hazards.between(p.consuming[0], p.consuming[1], w),
        hazards.between(p.astrogenic[0], p.astrogenic[1], w),
        p.deepening,
    )


@compiled
def rates_at_age(p: Parameters, age_h: float) -> RatesAtAge:
    """Return the `RatesAtAge` of an animal of a given age."""
    w = hazards.aged_weight(age_h, p.young_age_h, p.ageing_time_h)
    stem = stem_rates(p, age_h)
    n_states, n_bins = p.channel.shape[1], len(p.death_edges_h)
    hazard, hazard_channel = np.zeros((n_states, n_bins)), np.zeros((n_states, n_bins), np.int64)
    pace, pace_channel = np.zeros(n_states), np.zeros(n_states, np.int64)
    for state in range(n_states):
        pace[state] = hazards.base_pace(state)
        pace_channel[state] = p.channel[hazards.MATURATION, state]
        for b in range(n_bins):
            death = hazards.between(p.death[0, b], p.death[1, b], w)
            hazard[state, b] = hazards.base_hazard(state, stem.dormant, stem.resting, death)
            target = hazards.hazard_target(state, p.death_window[b])
            if target != hazards.NO_TARGET:
                hazard_channel[state, b] = p.channel[target, state]
    divide = np.empty(p.divide.shape[1])
    for g in range(len(divide)):
        divide[g] = hazards.between(p.divide[0, g], p.divide[1, g], w)
    return RatesAtAge(
        stem.stay_active,
        stem.symmetric,
        stem.consuming,
        stem.astrogenic,
        hazards.between(p.cycle_pause_h[0], p.cycle_pause_h[1], w),
        divide,
        hazard,
        hazard_channel,
        pace,
        pace_channel,
        p.channel[hazards.INTEGRATION, lineage.IMMATURE_LATE],
        stem.deepening,
    )


@compiled
def age_table_of(p: Parameters) -> NDArray[np.uint8]:
    """Return for each quarter of an hour of life its bin of age, whether it ends in it, and whether cells may migrate.

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
    effects: Effects,
    fold: Floats,
    blood: Floats,
    weight: Floats,
    habituation: Floats,
    followed: Floats,
    dt_h: float,
    combiner: float,
    factors: Floats,
) -> None:
    """Write the factor of every channel at every field level, and let the effects habituate.

    Parameters
    ----------
    effects : Effects
    fold : array, shape (levels,)
        Level of the field signal over its resting level, in each class of sites.
    blood : array, shape (messengers,)
        Levels of the other messengers over their resting levels; a cell meets them alike wherever it is.
    weight : array, shape (levels,)
        Share of the subgranular sites in each class.
    habituation : array, shape (effects,)
        The running mean of the factor of each effect, updated in place towards the mean over the tissue; of one that
        loses gain, the share of the gain that is left (`hazards.lost_gain`).
    followed : array, shape (effects, levels)
        The mean of the past shift of receptors that each effect follows, updated in place; unused by most.
    combiner : float
        Exponent of the power mean over the effects of messengers that are averaged (`hazards.averaged`).
    factors : array, shape (channels, levels)
        Filled; channel 0 stays 1.
    """
    for channel in range(factors.shape[0]):  # a slice would compile what says that shapes differ, for seconds
        for level in range(factors.shape[1]):
            factors[channel, level] = 1.0
    shift, fresh, mean, lasting = np.empty(len(fold)), np.empty(len(fold)), 0.0, False
    benefits = np.empty(0)  # of the effects that are averaged; those of blood, which is alike everywhere
    for e in range(len(effects.towards)):
        same_receptor = e > 0 and _same_receptor(effects, e - 1, e)
        if not same_receptor:
            by_field = effects.messenger[e] == FIELD and not effects.knocked_out[e]
            everywhere = 0.0 if by_field or effects.knocked_out[e] else blood[effects.messenger[e]]
            for level in range(len(fold)):
                met = fold[level] if by_field else everywhere
                shift[level] = hazards.moved(met, effects.half_max_fold[e], effects.hill[e], effects.limb[e])
        loses_gain = effects.gain_loss[e] > 0.0
        lasts = loses_gain or effects.integration_h[e] > 0.0
        if lasts or lasting or not (same_receptor and effects.towards[e - 1] == effects.towards[e]):
            felt = _felt(effects, e, shift, weight, habituation, followed, dt_h) if lasts else shift
            mean = 0.0
            for level in range(len(fold)):
                fresh[level] = hazards.effect_factor(felt[level], effects.towards[e])
                mean += weight[level] * fresh[level]
        lasting = lasts
        usual = 1.0 if loses_gain else habituation[e] ** effects.habituation_depth[e]
        if effects.benefit[e] == 0:
            for level in range(len(fold)):
                factors[effects.channel[e], level] *= fresh[level] / usual
        else:
            if not len(benefits):
                benefits = np.empty(len(effects.towards))
            benefits[e] = hazards.as_benefit(fresh[0] / usual, effects.benefit[e])
        if effects.habituation_depth[e] > 0.0 and not loses_gain:
            habituation[e] = hazards.habituated(habituation[e], mean, dt_h, effects.habituation_time_h[e])
    if len(benefits):
        _average(effects, benefits, combiner, factors)


@compiled
def _felt(
    effects: Effects, e: int, shift: Floats, weight: Floats, habituation: Floats, followed: Floats, dt_h: float
) -> Floats:
    """Return what is felt of a shift by an effect with a past: the mean it follows, times the gain it has left."""
    felt = shift.copy()
    if effects.integration_h[e] > 0.0:
        for level in range(len(shift)):
            felt[level] = followed[e, level]
            followed[e, level] = hazards.leaky_mean(felt[level], shift[level], dt_h, effects.integration_h[e])
    if effects.gain_loss[e] > 0.0:
        lost, exposure = 1.0 - habituation[e], 0.0
        for level in range(len(shift)):
            exposure += weight[level] * max(felt[level], 0.0)
            felt[level] = hazards.with_gain(felt[level], lost, effects.habituation_depth[e])
        time_h, loss = effects.habituation_time_h[e], effects.gain_loss[e]
        habituation[e] = 1.0 - hazards.lost_gain(lost, exposure, dt_h, time_h, loss)
    return felt


@compiled
def _average(effects: Effects, benefits: Floats, combiner: float, factors: Floats) -> None:
    """Multiply the factor of every channel by the power mean of the benefits of the effects averaged there."""
    here, done = np.empty(len(benefits)), np.zeros(len(factors), np.uint8)
    for e in range(len(benefits)):
        channel, benefit = effects.channel[e], effects.benefit[e]
        if benefit == 0 or done[channel]:
            continue  # of the field, or done with the first of its channel
        done[channel], n = True, 0
        for other in range(e, len(benefits)):
            if effects.channel[other] == channel and effects.benefit[other] != 0:
                here[n] = benefits[other]
                n += 1
        factor = hazards.as_benefit(hazards.averaged(here[:n], combiner), benefit)
        for level in range(factors.shape[1]):
            factors[channel, level] *= factor


@compiled
def _same_receptor(effects: Effects, a: int, b: int) -> bool:
    """Say whether a signal moves the receptors of two entries alike, so that it need be worked out once."""
    return bool(
        effects.half_max_fold[a] == effects.half_max_fold[b]
        and effects.hill[a] == effects.hill[b]
        and effects.knocked_out[a] == effects.knocked_out[b]
        and effects.messenger[a] == effects.messenger[b]
        and effects.limb[a] == effects.limb[b]
    )


@compiled
def fill_rates(rates: RatesAtAge, tissue: Tissue) -> None:
    """Write hazard and pace of every state, age and class of sites, and its pool, into the tables of the tissue."""
    factors, hazard, pace = tissue.tables.factors, tissue.tables.hazard, tissue.tables.pace
    for c in range(factors.shape[1]):
        tissue.tables.boutons[c] = factors[rates.crowd_channel, c]
    for state in range(hazard.shape[0]):
        for b in range(hazard.shape[1]):
            base, channel = rates.hazard[state, b], rates.hazard_channel[state, b]
            more = rates.deepening if state == lineage.RESTING else 0.0
            for c in range(factors.shape[1]):
                hazard[state, b, c] = base * factors[channel, c] + more
        base, channel = rates.pace[state], rates.pace_channel[state]
        for c in range(factors.shape[1]):
            pace[state, c] = base * factors[channel, c]


@compiled
def sense(
    local: float,
    vascular: float,
    age_h: float,
    rest: Floats,
    level: Floats,
    habituation: Floats,
    followed: Floats,
    classes: FieldClasses,
    effects: Effects,
    blood: Floats,
    tissue: Tissue,
    p: Parameters,
) -> RatesAtAge:
    """Set the level of the signal in every class of sites, and with it the rates that cells meet.

    Parameters
    ----------
    local, vascular : float
        The signal made in the tissue, and what capillaries bring to the niche on average, pg/mL.
    rest, level : array, shape (classes,)
        The signal at rest, and now (filled), pg/mL.
    blood : array, shape (messengers,)
        As in `fill_factors`.
    """
    fold = np.empty(len(level))
    for c in range(len(level)):
        level[c] = local + vascular * classes.pattern[c]
        fold[c] = level[c] / rest[c]
    fill_factors(effects, fold, blood, classes.weight, habituation, followed, p.dt_h, p.combiner, tissue.tables.factors)
    rates = rates_at_age(p, age_h)
    fill_rates(rates, tissue)
    return rates

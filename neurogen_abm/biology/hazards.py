"""How fast things happen to a cell: hazards and paces, as pure functions of scalars.

A hazard is spent from the cell's reserve, a pace from its timer (Sellke 1983; Anderson 2007). Base rates are those of
sedentary animals; a signal multiplies them by how far it stands from its resting level at the very site of the cell.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.biology.exerkines import combined_rise
from neurogen_abm.biology.lineage import DORMANT, NOTHING, RESTING, clock_event, is_mortal, is_quiescent
from neurogen_abm.jit import compiled

# Targets of a signal's effects, in this order everywhere.
ACTIVATION: Final = 0
AMPLIFICATION: Final = 1
EARLY_SURVIVAL: Final = 2
LATE_SURVIVAL: Final = 3
MATURATION: Final = 4
INTEGRATION: Final = 5
TARGETS: Final = ("activation", "amplification", "early_survival", "late_survival", "maturation", "integration")
NO_TARGET: Final = -1
# On which side of the level at rest an effect answers.
BOTH: Final = 0
ABOVE: Final = 1
BELOW: Final = 2
LIMBS: Final = ("both", "above", "below")


@compiled
def aged_weight(age_h: float, young_age_h: float, time_h: float) -> float:
    """Return the weight of the aged values, 0 up to ``young_age_h``, then rising to 1 with time constant ``time_h``."""
    return float(1.0 - np.exp(-max(age_h - young_age_h, 0.0) / time_h))


@compiled
def between(young: float, aged: float, weight: float) -> float:
    """Return the value at an age, given its weight of the aged value."""
    return young + (aged - young) * weight


@compiled
def activation_hazard(age_h: float, floor: float, rise: float, decline_h: float, initial_age_h: float) -> float:
    """Return the activation hazard of quiescent stem cells: ``floor + rise exp(-(age - initial age)/decline)``."""
    return float(floor + rise * np.exp(-(age_h - initial_age_h) / decline_h))


@compiled
def receptor_shift(fold: float, half_max_fold: float, hill: float) -> float:
    """Return how far a signal moves its receptors from rest, 0 at rest and 1 at saturation.

    ``fold`` is the level over the resting level of the same site: a cell is adapted to what its site has at rest
    (Weber's law, assumed). With occupancy a(f) = f^n / (f^n + k^n) the shift is (a(f) - a(1)) / (1 - a(1)); it is
    negative below rest.
    """
    k = half_max_fold**hill
    f = fold**hill
    at_rest = 1.0 / (1.0 + k)
    return float((f / (f + k) - at_rest) / (1.0 - at_rest))


@compiled
def receptor_lack(fold: float, half_max_fold: float, hill: float) -> float:
    """Return the share of the tone at rest that is missing: 0 from rest on, 1 where there is no signal.

    With the occupancy of `receptor_shift` it is 1 - a(f) / a(1). A half-maximum below 1 means that receptors are near
    saturation at rest, so that only a large part of the signal is missed.
    """
    k = half_max_fold**hill
    f = fold**hill
    return float(max(1.0 - f / (f + k) * (1.0 + k), 0.0))


@compiled
def moved(fold: float, half_max_fold: float, hill: float, limb: int) -> float:
    """Return how far a signal moves an effect that answers on one side of rest (``limb``), or on both."""
    if limb == BELOW:
        return receptor_lack(fold, half_max_fold, hill)
    shift = receptor_shift(fold, half_max_fold, hill)
    return max(shift, 0.0) if limb == ABOVE else shift


@compiled
def leaky_mean(mean: float, value: float, dt_h: float, time_h: float) -> float:
    """Return a mean that forgets with ``time_h`` after ``dt_h`` hours of a held ``value``."""
    return float(value + (mean - value) * np.exp(-dt_h / time_h))


@compiled
def lost_gain(lost: float, shift: float, dt_h: float, time_h: float, loss: float) -> float:
    """Return the share of an effect's gain that is lost after ``dt_h`` hours of a held ``shift`` of its receptors.

    Desensitisation of two states (Katz & Thesleff 1957): gain comes back with ``time_h`` and is lost ``loss`` times as
    fast where receptors are saturated (``shift`` 1), in proportion to the shift below that, not at all below rest. Held
    for ever, loss x shift / (1 + loss x shift) of it is lost.
    """
    exposure = loss * max(shift, 0.0)
    held = exposure / (1.0 + exposure)
    return leaky_mean(lost, held, dt_h * (1.0 + exposure), time_h)


@compiled
def with_gain(shift: float, lost: float, depth: float) -> float:
    """Return a shift above rest times the gain that is left, 1 - ``depth`` x ``lost``; one below rest as it is.

    What is left is a part of the response, so that no habit takes a rate below that at rest.
    """
    return shift * (1.0 - depth * lost) if shift > 0.0 else shift


@compiled
def effect_factor(shift: float, towards: float) -> float:
    """Return the factor on a base rate: 1 at rest, ``towards`` (> 0) at saturation, geometric between."""
    return float(np.exp(shift * np.log(towards)))


def benefit_of(target: int) -> int:
    """Return 1 where a higher rate is the better for neurogenesis, -1 where a lower one is: the death of neurons."""
    return -1 if target in (EARLY_SURVIVAL, LATE_SURVIVAL) else 1


@compiled
def as_benefit(factor: float, benefit: int) -> float:
    """Return a factor as a benefit, or a benefit as a factor: inverted where ``benefit``, of `benefit_of`, is -1."""
    return factor if benefit > 0 else 1.0 / factor


@compiled
def averaged(benefits: NDArray[np.float64], p: float) -> float:
    """Return the power mean of exponent ``p`` over benefits: factors on a rate, or their inverses where less is better.

    p = 1 is additive, p = 0 geometric, p = -inf the weakest link; each benefit has the same weight. On this scale a
    messenger that halves a death hazard does as well as one that doubles a rate, and the weakest link is the one that
    helps least, whichever way its rate goes.
    """
    return 1.0 + combined_rise(benefits - 1.0, np.ones(len(benefits)), p)


@compiled
def habituated(usual: float, factor: float, dt_h: float, time_h: float) -> float:
    """Return the usual factor of an effect after ``dt_h`` hours of a held ``factor``, which it nears with ``time_h``.

    It starts at 1. What is felt is factor / usual^depth: with depth 1 a rhythm that goes on for ever ends with the base
    rate in its mean, however steep the effect (adaptation to fold changes).
    """
    return float(usual + (factor - usual) * (1.0 - np.exp(-dt_h / time_h)))


@compiled
def age_bin(age_h: float, edges_h: NDArray[np.float64]) -> int:
    """Return the index of the last lower edge that is not above ``age_h``; ``edges_h[0]`` is 0."""
    b = 0
    while b + 1 < len(edges_h) and age_h >= edges_h[b + 1]:
        b += 1
    return b


@compiled
def crowding(rivals: float, pool: float, rivalry: float) -> float:
    """Return the factor on the death hazard of neurons when ``rivals`` share boutons enough for ``pool``."""
    return 1.0 + rivalry * (rivals / pool - 1.0) if rivals > pool else 1.0


def death_by_age(
    aged: NDArray[np.float64], window: NDArray[np.int64], early: float, late: float, scale_aged: float
) -> NDArray[np.float64]:
    """Return the death hazards of the young and of the aged animal by bin of age, shape (2, bins), in the unit given.

    Parameters
    ----------
    aged : array, shape (bins,)
        Hazards as they were measured, in aged animals.
    window : array, shape (bins,)
        Which target of the signals a bin answers to, or NO_TARGET.
    early, late, scale_aged : float
        Factors of young animals in the early window and elsewhere, and of aged ones.
    """
    return np.stack([aged * np.where(window == EARLY_SURVIVAL, early, late), aged * scale_aged])


@compiled
def has_reserve(state: int) -> bool:
    """Say whether a cell in ``state`` has a hazard: quiescent stem cells may activate, young neurons die."""
    return bool(is_quiescent(state) | is_mortal(state))


@compiled
def base_hazard(state: int, dormant_activation: float, resting_activation: float, death: float) -> float:
    """Return the total hazard (1/h) of a cell in ``state`` with signals at rest, given those of this age (all 1/h).

    A quiescent stem cell may activate, a neuron that has left the cycle may die; other cells only have
    a timer.
    """
    if state == DORMANT:
        return dormant_activation
    if state == RESTING:
        return resting_activation
    return death if is_mortal(state) else 0.0


@compiled
def base_pace(state: int) -> float:
    """Return how fast the clock of a state runs when signals are at rest: 1 where there is a clock, else 0."""
    return 0.0 if clock_event(state) == NOTHING else 1.0


@compiled
def hazard_target(state: int, window: int) -> int:
    """Return which target of the signals the hazard of a state answers to, or NO_TARGET.

    ``window`` is the protective window of the neuron's age since its last division.
    """
    if is_quiescent(state):
        return ACTIVATION
    if is_mortal(state):
        return window
    return NO_TARGET

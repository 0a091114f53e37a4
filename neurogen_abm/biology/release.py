"""What drives BDNF out of muscle and into blood, and what an assay reads of it: laws without a state.

Evidence synthesis `myokine`, section 2.2. Levels are folds of the resting plasma level P0.
"""

import math

from neurogen_abm.jit import compiled


@compiled
def release_gain_factor(
    muscle_mass: float, mass_exponent: float, fitness: float, gain_per_fitness: float, sex: float, responder: float
) -> float:
    """Return G = Ms^a (1 + b_tr (E - 1)) sex responder, the individual factor on release (`myokine` 2.2)."""
    return math.pow(muscle_mass, mass_exponent) * max(0.0, 1.0 + gain_per_fitness * (fitness - 1.0)) * sex * responder


@compiled
def resting_level(fitness: float, rest_per_fitness: float) -> float:
    """Return Ctr = 1 + r_tr (E - 1), the resting plasma level of a trained animal (fold of P0; `myokine` 2.2)."""
    return max(0.0, 1.0 + rest_per_fitness * (fitness - 1.0))


@compiled
def circadian_factor(amplitude: float, peak_min: float, minute: int) -> float:
    """Return C at the middle of a minute of the run; its mean over any whole day is 1."""
    if amplitude == 0.0:
        return 1.0
    return 1.0 + amplitude * math.cos(2.0 * math.pi * ((minute + 0.5 - peak_min) % 1440.0) / 1440.0)


@compiled
def release_target(gain: float, release_gain: float, exponent: float, intensity: float) -> float:
    """Return G A I^n, the extra release that a held intensity approaches (fraction of resting release)."""
    if intensity <= 0.0:
        return 0.0
    return gain * release_gain * math.pow(intensity, exponent)


@compiled
def less_everyday(target: float, lost: float) -> float:
    """Return the target of release where everyday activity that made `lost` of it is lacking; none is left at -1."""
    return max(target - lost, -1.0)


@compiled
def infusion_fold(rate_pg_min: float, volume_ml: float, plasma_rate_per_min: float, p0_pg_ml: float) -> float:
    """Return the steady rise of plasma, in folds of P0, that a constant intravenous infusion reaches.

    Rise = rate / (k_a Vd P0): the infused protein leaves at the same rate as the body's own.
    """
    return rate_pg_min / (plasma_rate_per_min * volume_ml * p0_pg_ml)


def serum_pg_ml(
    plasma_pg_ml: float, platelet_state: float, platelets_per_ul: float, cargo_pg_per_1000: float, rise: float
) -> float:
    """Return serum BDNF (pg/mL): plasma and what clotting frees from platelets. A read-out; it drives nothing.

    At rest 250e3/uL of 0.13 pg per thousand hold 32.5 ng/mL; exercise adds `rise` of it where the platelet state is 1:
    more platelets, each of a larger cargo (`myokine` 2.2).
    """
    at_rest = platelets_per_ul * cargo_pg_per_1000  # 1000 uL in a mL, and cargo by the thousand
    return plasma_pg_ml + at_rest * (1.0 + rise * platelet_state)

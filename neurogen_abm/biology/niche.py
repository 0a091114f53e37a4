"""How BDNF reaches the niche: resting sources, diffusion and decay, and what exercise does to both routes."""

import math
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.numerals import plain

Level: TypeAlias = float | NDArray[np.float64]


class Niche(NamedTuple):
    """Resting sources of the field signal, pg/mL: made in the tissue, and through capillaries (subgranular mean)."""

    local: float
    vascular: float


class Pathway(NamedTuple):
    """How exercise acts on the niche: weights of the three routes and their gains, and what knock-outs leave."""

    circulating: float
    induced: float  # weight x gain, per unit of the combined exerkine rise
    activity: float  # weight x gain, per unit of hippocampal activity
    plasma_present: float  # 1, or 0 where the signal is missing from blood
    niche_present: float  # 1, or 0 where the tissue makes none

    def folds(self, plasma: Level, exerkine_rise: Level, hippocampal_activity: Level) -> tuple[Any, Any]:
        """Return production in the niche and arrival from blood, both over rest; at one moment, or in each of some.

        Parameters
        ----------
        plasma
            Plasma level over rest, as the niche meets it; where the signal is missing from blood, what is infused.
        exerkine_rise, hippocampal_activity
            Combined rise of the other messengers, and movement-locked activity, 0 at rest.
        """
        local = 1.0 + self.induced * exerkine_rise + self.activity * hippocampal_activity
        vascular = (1.0 - self.circulating) * self.plasma_present + self.circulating * plasma
        return self.niche_present * np.maximum(local, 0.0), np.maximum(vascular, 0.0)


# Free and bound signal are in equilibrium, ``binding_ratio`` bound to one free. What moves in fluid is free: diffusion,
# bulk flow, and what comes through the barrier to be shared out at once. Degradation takes bound and free alike. So
# (1 + ratio) dF/dt = D lap F + PS P / alpha - ((1 + ratio) k_degradation + k_bulk) F
# for the free level F, and all below divides by 1 + ratio.


def decay_rate_per_s(half_life_s: float, bulk_clearance_per_s: float, binding_ratio: float) -> float:
    """Return the decay of the signal in the niche: all of it is degraded, bulk flow carries off what is free."""
    return math.log(2.0) / half_life_s + bulk_clearance_per_s / (1.0 + binding_ratio)


def effective_diffusion(free: float, binding_ratio: float) -> float:
    """Return diffusion slowed by binding, D*/(1 + ratio), in the unit of ``free``."""
    return free / (1.0 + binding_ratio)


def barrier_influx_pg_ml(
    permeability_ml_g_min: float,
    plasma_rest_pg_ml: float,
    extracellular_fraction: float,
    binding_ratio: float,
    decay_per_s: float,
) -> float:
    """Return the free level at rest that blood alone keeps up through the barrier: PS P0 / (alpha (1 + ratio) k).

    ``decay_per_s`` is `decay_rate_per_s`.
    """
    influx = permeability_ml_g_min * plasma_rest_pg_ml / (1.0 + binding_ratio)
    return float(influx / (extracellular_fraction * 60.0 * decay_per_s))


def resting_sources(rest_pg_ml: float, barrier_gain: float, influx_pg_ml: float) -> Niche:
    """Return the resting sources: blood brings the barrier gain times its influx, the tissue makes what is missing.

    Raises
    ------
    ValueError
        Blood alone would exceed the resting level.
    """
    if barrier_gain * influx_pg_ml > rest_pg_ml:
        raise ValueError(
            f"blood alone brings {plain(barrier_gain * influx_pg_ml, 3)} pg/mL of {plain(rest_pg_ml)} pg/mL at rest"
        )
    return Niche(local=rest_pg_ml - barrier_gain * influx_pg_ml, vascular=barrier_gain * influx_pg_ml)

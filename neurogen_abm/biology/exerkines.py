"""Circulating messengers other than BDNF: how far each rises, and one number for all of them.

Evidence synthesis `myokine`, section 2.5: dx/dt = (size response - x) / tau. Knocking out any one messenger abolishes
the effect of running, yet adding any one mimics part of it; the generalised mean S(p) leans one way or the other.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.jit import compiled

Floats = NDArray[np.float64]


class Exerkines(NamedTuple):
    """Messenger parameters, one entry each: flat arrays of equal length, possibly empty; built by `exerkines`."""

    size: Floats  # x at full response (fraction above rest)
    keep: Floats  # exp(-1 min / tau) (1)
    mean_keep: Floats  # weight of the starting deviation in the minute mean (1)
    by_dose: Floats  # 1 where the response follows the daily dose, 0 where it follows intensity
    threshold: Floats  # intensity below which there is no response (0..1)
    exponent: Floats  # of the intensity response (1)
    weight: Floats  # w in the combination S; all zero skips the combination (1)


def minute_factors(tau_min: float) -> tuple[float, float]:
    """Return exp(-1/tau) and its mean over the minute, tau (1 - exp(-1/tau)), for a time constant in minutes."""
    if not tau_min > 0.0:
        raise ValueError(f"A time constant must be positive, not {tau_min} min.")
    return math.exp(-1.0 / tau_min), -tau_min * math.expm1(-1.0 / tau_min)


def exerkines(
    size: Sequence[float] | Floats = (),
    tau_min: Sequence[float] | Floats = (),
    *,
    by_dose: Sequence[float] | Floats | None = None,
    threshold: Sequence[float] | Floats | None = None,
    exponent: Sequence[float] | Floats | None = None,
    weight: Sequence[float] | Floats | None = None,
) -> Exerkines:
    """Build the messenger arrays from sizes (fraction above rest) and time constants (min).

    By default a messenger answers linearly to intensity, from rest on, with weight 1. No arguments: no messengers.
    A knock-out is a size of zero: the messenger is there and does not rise.

    Raises
    ------
    ValueError
        If columns differ in length, a time constant or exponent is not positive, or a threshold is not in [0, 1).
    """
    count = len(size)

    def column(name: str, values: Sequence[float] | Floats | None, default: float) -> Floats:
        array = np.full(count, default) if values is None else np.asarray(values, dtype=np.float64)
        if array.shape != (count,):
            raise ValueError(f"{count} messengers but {array.size} values of {name}.")
        return array

    factors = [minute_factors(float(tau)) for tau in column("tau_min", tau_min, 0.0)]
    result = Exerkines(
        size=column("size", size, 0.0),
        keep=np.array([keep for keep, _ in factors], dtype=np.float64),
        mean_keep=np.array([mean for _, mean in factors], dtype=np.float64),
        by_dose=column("by_dose", by_dose, 0.0),
        threshold=column("threshold", threshold, 0.0),
        exponent=column("exponent", exponent, 1.0),
        weight=column("weight", weight, 1.0),
    )
    if np.any(result.threshold < 0.0) or np.any(result.threshold >= 1.0) or np.any(result.exponent <= 0.0):
        raise ValueError("A response needs a threshold from 0 to below 1 and a positive exponent.")
    return result


@compiled
def exerkine_response(intensity: float, dose_drive: float, by_dose: float, threshold: float, exponent: float) -> float:
    """Return the share of a messenger's full rise: the saturating dose drive, or intensity above its threshold."""
    if by_dose > 0.5:
        return dose_drive
    if intensity <= threshold:
        return 0.0
    excess = (intensity - threshold) / (1.0 - threshold)
    return excess if exponent == 1.0 else math.pow(excess, exponent)


@compiled
def combined_rise(levels: Floats, weight: Floats, p: float) -> float:
    """Return S(p) = (sum w (1+x)^p / sum w)^(1/p) - 1, one number for all messengers (`myokine` 2.5).

    p = 1 adds, p = 0 is the geometric mean, p towards minus infinity is the weakest link. `levels` are rises x as
    fractions above rest, (n,); a level at or below -1 (none left) makes S = -1 for p <= 0. Total weight zero gives 0.
    """
    geometric = abs(p) < 1e-9  # nearer to 0 than this the answer no longer depends on p, but its digits would go
    gentle = abs(p) < 0.5 or p == 1.0  # sums of (1+x)^p - 1 are exact there; far from 0 they lose the small terms
    total, summed = 0.0, 0.0
    for i in range(weight.size):
        if weight[i] <= 0.0:
            continue
        total += weight[i]
        if levels[i] <= -1.0:
            if p <= 0.0 or geometric:
                return -1.0
            summed -= weight[i] if gentle else 0.0  # (1 + x)^p = 0
        elif p == 1.0:
            summed += weight[i] * levels[i]
        elif geometric:
            summed += weight[i] * math.log1p(levels[i])
        elif gentle:
            summed += weight[i] * math.expm1(p * math.log1p(levels[i]))
        else:
            summed += weight[i] * math.exp(p * math.log1p(levels[i]))
    if total <= 0.0:
        return 0.0
    mean = summed / total
    if p == 1.0:
        return mean
    if geometric:
        return math.expm1(mean)
    if gentle:
        return math.expm1(math.log1p(mean) / p) if mean > -1.0 else -1.0
    return math.expm1(math.log(mean) / p) if mean > 0.0 else -1.0

"""Circulating messengers other than BDNF: how far each rises, and one number for all of them.

Evidence synthesis `myokine`, section 2.5: dx/dt = (size response - x) / tau. Knocking out any one messenger abolishes
the effect of running, yet adding any one mimics part of it; the generalised mean S(p) leans one way or the other.
"""

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.jit import compiled

Floats = NDArray[np.float64]


class Exerkines(NamedTuple):
    """Messenger parameters, one entry each: flat arrays of equal length, possibly empty; built by `exerkines`."""

    size: Floats  # x at full response (fraction above rest)
    keep: Floats  # exp(-1 min / tau) (1)
    mean_keep: Floats  # weight of the starting deviation in the minute mean (1)
    keep_off: Floats  # the same while it falls; equal to `keep` where one time holds for both
    mean_keep_off: Floats  # (1)
    by_dose: Floats  # 1 where the response follows the daily dose, 0 where it follows intensity
    threshold: Floats  # intensity below which there is no response (0..1)
    exponent: Floats  # of the intensity response (1)
    weight: Floats  # w in the combination S; all zero skips the combination (1)
    left: Floats  # share of the messenger that is left in blood: 1, or less while it is neutralised
    infused: Floats  # rise at which infusions would settle (fraction); no entries where none is infused
    infused_keep: Floats  # exp(-1 min / tau) of clearance of what is infused; as many entries as `infused`
    infused_mean_keep: Floats  # (1)
    stressed: int  # which messenger answers as the stress axis does (`biology.stress`), or NONE


NONE: Final = -1


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
    tau_off_min: Sequence[float] | Floats | None = None,
    clearance_min: Sequence[float] | Floats | None = None,
    stressed: int = NONE,
) -> Exerkines:
    """Build the messenger arrays from sizes (fraction above rest) and time constants (min).

    By default a messenger answers linearly to intensity, from rest on, with weight 1, and falls as fast as it rises.
    No arguments: no messengers. A knock-out is a size of zero: the messenger is there and does not rise. With
    ``clearance_min``, the time constants at which infused messengers leave blood, they can be infused.

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

    def factors(times: Floats) -> Floats:
        return np.array([minute_factors(float(tau)) for tau in times], dtype=np.float64).reshape(-1, 2).T

    rising = column("tau_min", tau_min, 0.0)
    on, off = factors(rising), factors(rising if tau_off_min is None else column("tau_off_min", tau_off_min, 0.0))
    infused = factors(np.empty(0) if clearance_min is None else column("clearance_min", clearance_min, 0.0))
    result = Exerkines(
        size=column("size", size, 0.0),
        keep=on[0].copy(),
        mean_keep=on[1].copy(),
        keep_off=off[0].copy(),
        mean_keep_off=off[1].copy(),
        by_dose=column("by_dose", by_dose, 0.0),
        threshold=column("threshold", threshold, 0.0),
        exponent=column("exponent", exponent, 1.0),
        weight=column("weight", weight, 1.0),
        left=np.ones(count),
        infused=np.zeros(infused.shape[1]),
        infused_keep=infused[0].copy(),
        infused_mean_keep=infused[1].copy(),
        stressed=stressed,
    )
    if np.any(result.threshold < 0.0) or np.any(result.threshold >= 1.0) or np.any(result.exponent <= 0.0):
        raise ValueError("A response needs a threshold from 0 to below 1 and a positive exponent.")
    return result


def going_on(state: Floats, before: Exerkines, after: Exerkines) -> tuple[Floats, Exerkines]:
    """Return the state of blood laid out for other infusions from now on, and the messengers as they go on with it.

    What is infused no more leaves blood at its own pace; what was never infused begins at none.

    Parameters
    ----------
    state
        Of `plasma.resting_state` with ``before``: what was infused stands behind the messengers, habit at the end.
    before, after
        The same messengers up to now and from now on.
    """
    if before.infused.size:
        keep, mean_keep = before.infused_keep, before.infused_mean_keep
        if not after.infused.size:
            after = after._replace(infused=np.zeros(keep.size), infused_keep=keep, infused_mean_keep=mean_keep)
        longer = keep > after.infused_keep  # a messenger that is not infused is given the shortest of times
        return state, after._replace(
            infused_keep=np.where(longer, keep, after.infused_keep),
            infused_mean_keep=np.where(longer, mean_keep, after.infused_mean_keep),
        )
    end = len(state) - (before.stressed != NONE)
    return np.concatenate([state[:end], np.zeros(after.infused.size), state[end:]]), after


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
def _weakest(levels: Floats, weight: Floats) -> float:
    """Return the least rise among those with a weight; 0 where none has one."""
    least = math.inf
    for i in range(weight.size):
        if weight[i] > 0.0:
            least = min(least, levels[i])
    return least if least < math.inf else 0.0


@compiled
def combined_rise(levels: Floats, weight: Floats, p: float) -> float:
    """Return S(p) = (sum w (1+x)^p / sum w)^(1/p) - 1, one number for all messengers (`myokine` 2.5).

    p = 1 adds, p = 0 is the geometric mean, p towards minus infinity is the weakest link, which p = -inf is exactly.
    `levels` are rises x as fractions above rest, (n,); a level at or below -1 (none left)
    makes S = -1 for p <= 0. Total weight zero gives 0.
    """
    if p == -math.inf:
        return _weakest(levels, weight)
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

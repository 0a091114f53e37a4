"""The response of the stress axis to exercise: how much of its full rise a stress hormone is driven to.

The hormone rises with effort above a threshold, with running that is imposed, with more running a day than is usual,
and while the animal is new to what it does; what effort and force bring fades as the animal gets used to it. The law is
ours (assumed); each part has its source in `catalogue/shared/signals/corticosterone.yaml`.

    dH/dt = (U - H) / tau_H                                how used the animal is to its daily running, 0..1
    response = (((I - threshold) / (1 - threshold))^n + forced F) (1 - depth H) + novelty max(0, U - H)
               + excess (D - D_x) / D  above the daily dose D_x

U = D / (D + D50) is the drive of the daily dose D (`plasma.adaptation_minute`), I intensity, F its imposed part.
"""

import math
from typing import NamedTuple

from neurogen_abm.biology.exerkines import minute_factors
from neurogen_abm.jit import compiled


class Stress(NamedTuple):
    """Parameters of the response: floats, built by `stress`."""

    threshold: float  # intensity below which effort brings none (0..1)
    exponent: float  # of the rise with effort (1)
    forced: float  # share of the full rise that imposed running at intensity 1 brings (1)
    novelty: float  # share of the full rise while all that the animal does is new (1)
    excess: float  # share of the full rise that running without end would bring (1)
    excess_dose: float  # daily dose up to which running is usual (dose unit per day)
    depth: float  # share of the response to effort and force that fades with habit (0..1)
    keep: float  # exp(-1 min / tau_H) (1)


def stress(
    *,
    threshold: float = 0.5,
    exponent: float = 1.0,
    forced: float = 0.0,
    novelty: float = 0.0,
    excess: float = 0.0,
    excess_dose: float = math.inf,
    depth: float = 0.0,
    habit_min: float = 14_400.0,
) -> Stress:
    """Build the parameters; ``habit_min`` is the time constant of getting used, in minutes.

    Raises
    ------
    ValueError
        If the threshold is not in [0, 1), or the exponent or a time is not positive.

    Examples
    --------
    >>> stress_response(stress(threshold=0.5), 1.0, 0.0, 0.0, 0.0, 0.0)
    1.0
    """
    if not (0.0 <= threshold < 1.0 and exponent > 0.0 and excess_dose > 0.0):
        raise ValueError("A response needs a threshold from 0 to below 1, a positive exponent and a positive dose.")
    keep = minute_factors(habit_min)[0]
    numbers = threshold, exponent, forced, novelty, excess, excess_dose, depth, keep
    return Stress(*map(float, numbers))  # an int among them would compile everything again


@compiled
def stress_response(s: Stress, intensity: float, forced: float, dose: float, drive: float, habit: float) -> float:
    """Return the share of the full rise that the hormone is driven to.

    Parameters
    ----------
    intensity, forced : float
        Effort, and the part of it that is imposed.
    dose, drive : float
        Running average of the daily dose, and its drive U (0..1).
    habit : float
        How used the animal is to its daily running, H (0..1).
    """
    effort = 0.0
    if intensity > s.threshold:
        effort = math.pow((intensity - s.threshold) / (1.0 - s.threshold), s.exponent)
    response = (effort + s.forced * forced) * (1.0 - s.depth * habit) + s.novelty * max(0.0, drive - habit)
    if dose > s.excess_dose:
        response += s.excess * (dose - s.excess_dose) / dose
    return response

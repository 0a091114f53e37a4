"""Blood over many steps in one compiled call: `plasma.advance_minutes` step after step."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.biology.activity import Activity
from neurogen_abm.biology.exerkines import Exerkines
from neurogen_abm.biology.plasma import Kinetics, advance_minutes
from neurogen_abm.jit import compiled

Floats = NDArray[np.float64]


class Blood(NamedTuple):
    """Blood over some steps, one entry each: means over the step, but for distance, and the state at its end."""

    plasma: Floats  # fold of P0
    niche: Floats  # plasma as the niche sees it (fold)
    exerkine_rise: Floats  # combined rise of the messengers (fraction)
    hippocampus: Floats  # movement-locked activity
    intensity: Floats
    covered_m: Floats  # distance covered in the step
    rises: Floats  # (steps, messengers): what is in blood of the rise of each (fraction)
    state: Floats  # (steps, states): see the index constants of `plasma`


@compiled
def advance_steps(
    k: Kinetics,
    messengers: Exerkines,
    state: Floats,
    activity: Activity,
    first_minute: int,
    minutes: int,
    n_steps: int,
    gain: float,
    rest: float,
    infusion: float,
) -> Blood:
    """Advance `state` in place through steps of so many ``minutes`` each; all else as in `plasma.advance_minutes`."""
    plasma, niche, exerkine_rise = np.empty(n_steps), np.empty(n_steps), np.empty(n_steps)
    hippocampus, intensity, covered_m = np.empty(n_steps), np.empty(n_steps), np.empty(n_steps)
    rises, states = np.empty((n_steps, messengers.size.size)), np.empty((n_steps, state.size))
    for s in range(n_steps):
        first = first_minute + s * minutes
        plasma[s], niche[s], exerkine_rise[s], hippocampus[s], intensity[s], covered_m[s] = advance_minutes(
            k, messengers, state, activity, first, minutes, gain, rest, infusion, rises[s]
        )
        states[s] = state
    return Blood(plasma, niche, exerkine_rise, hippocampus, intensity, covered_m, rises, states)

"""Blood over many steps in one compiled call, `plasma.advance_minutes` step after step; that of an animal at rest."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.biology.activity import Activity
from neurogen_abm.biology.exerkines import NONE, Exerkines
from neurogen_abm.biology.plasma import MINUTES_PER_DAY, N_STATE, NICHE, PLASMA, Kinetics, advance_minutes
from neurogen_abm.jit import compiled

Floats = NDArray[np.float64]

_MOST_DAYS = 100  # within which a resting animal settles into its day


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
        for i in range(len(state)):  # a slice would compile what says that lengths differ, for seconds
            states[s, i] = state[i]
    return Blood(plasma, niche, exerkine_rise, hippocampus, intensity, covered_m, rises, states)


def resting_state(k: Kinetics, messengers: Exerkines, rest: float = 1.0) -> Floats:
    """Return the state vector of an animal that has not moved for days; `rest` is its plasma level (fold of P0).

    Where plasma follows the hour, minute 0 finds it where a day of rest leaves it.
    """
    n_extra = messengers.infused.size + (messengers.stressed != NONE)
    state = np.zeros(N_STATE + messengers.size.size + n_extra, dtype=np.float64)
    state[PLASMA] = state[NICHE] = rest
    for _ in range(_MOST_DAYS if k.circadian_amplitude else 0):
        before = state[NICHE]
        resting_day(k, messengers, state, rest, round(MINUTES_PER_DAY))
        if abs(state[NICHE] - before) <= 1e-12 * rest:
            break
    return state


def resting_day(k: Kinetics, messengers: Exerkines, state: Floats, rest: float, minutes: int) -> Floats:
    """Advance `state` in place through a day without a movement, from a minute of the run that begins one.

    Returns the mean level that the niche meets in each stretch of so many `minutes`, (1440 / minutes,) (fold of P0).
    """
    idle = Activity.none(round(MINUTES_PER_DAY))
    n_steps = len(idle.intensity) // minutes
    return advance_steps(k, messengers, state, idle, 0, minutes, n_steps, 1.0, rest, 0.0).niche

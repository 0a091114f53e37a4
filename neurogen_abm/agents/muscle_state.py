"""The state of a muscle agent, and a muscle agent put back into a state: what of it outlives a step."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.activity.schedule import PER_MINUTE
from neurogen_abm.agents.shortfall import Shortfall
from neurogen_abm.state import State, array, kept, like, part, put_back

if TYPE_CHECKING:
    from neurogen_abm.agents.muscle import MuscleAgent

_MINUTES_PER_DAY = 1440
_KEPT = ("minute", "health", "volume", "_first_strength", "_fit_today", "intensity", "exerkine_rise")
_KEPT_BLOOD = (
    "hippocampal_activity",
    "messenger_folds",
    "_store",
    "_gain",
    "_rest",
    "state",
    "plasma_fold",
    "niche_fold",
)
# What is done, and the columns of the schedule that ask for it.
_DONE, _PLANNED = ("intensity_of", "distance_of", "forced_of"), ("intensity", "distance_m", "forced")
# What is infused at present, of which no scenario knows once what was infused before has been dropped.
_INFUSED = ("infused", "infused_keep", "infused_mean_keep")
NEVER = -1  # the minute of a change that has not been


def state_of(muscle: "MuscleAgent") -> State:
    """Return what a body is and has done, as arrays and numbers.

    What was done is held up to the end of the day that is planned, and where it may differ from the schedule; the
    past of the schedule, where circumstances have changed since.
    """
    now, step = muscle.minute, muscle.model.minutes_per_step
    planned = (now // _MINUTES_PER_DAY + 1) * _MINUTES_PER_DAY
    apart = muscle.intensity_of is not muscle.schedule.intensity
    return kept(muscle, (*_KEPT, *_KEPT_BLOOD, "changed_at")) | {
        "mind": muscle.mind.as_state(),
        "short": kept(muscle._short, Shortfall._fields),
        "covered_m": muscle._covered_m[: now + 1 : step].copy(),
        "done": {name: getattr(muscle, name)[:planned].copy() for name in _DONE} if apart else {},
        "past": {name: getattr(muscle.schedule, name)[: max(muscle.changed_at, 0)].copy() for name in PER_MINUTE},
        "infused": kept(muscle.physiology.exerkines, _INFUSED),
    }


def restore(muscle: "MuscleAgent", state: State) -> None:
    """Let a body be and have done what `state_of` returned, under the schedule and physiology that it was made with.

    Raises
    ------
    MisfitError
        It is the state of a body under another schedule.
    """
    put_back(muscle, state, (*_KEPT, *_KEPT_BLOOD, "changed_at"), free=("state",))
    muscle.mind.restore(part(state, "mind"))
    short = part(state, "short")
    muscle._short = Shortfall(
        first=like(0, part(short, "first"), "first"),
        metres_before=like(0.0, part(short, "metres_before"), "metres_before"),
        minutes_before=like(0, part(short, "minutes_before"), "minutes_before"),
        metres=array(part(short, "metres"), "metres", np.float64),
        below=array(part(short, "below"), "below", np.bool_),
    )
    if muscle.changed_at > NEVER:
        _change_past(muscle, state)
    done = part(state, "done")
    for name, planned in zip(_DONE, _PLANNED, strict=True):
        column = getattr(muscle.schedule, planned)
        if done:
            began = array(part(done, name), name, column.dtype)
            column = spliced(began, column, len(began))
        setattr(muscle, name, column)
    now, step = muscle.minute, muscle.model.minutes_per_step
    muscle._covered_m[: now + 1 : step] = array(part(state, "covered_m"), "covered_m", float, (now // step + 1,))


def _change_past(muscle: "MuscleAgent", state: State) -> None:
    """Put the past of a life whose circumstances have changed before what its scenario says now."""
    past, infused = part(state, "past"), part(state, "infused")
    columns: dict[str, Any] = {}
    for name in PER_MINUTE:
        after = getattr(muscle.schedule, name)
        columns[name] = spliced(array(part(past, name), name, after.dtype), after, muscle.changed_at)
    muscle.schedule = muscle.schedule._replace(**columns)
    found: dict[str, Any] = {name: array(part(infused, name), name, np.float64) for name in _INFUSED}
    muscle.physiology = replace(muscle.physiology, exerkines=muscle.physiology.exerkines._replace(**found))


def spliced(before: NDArray[Any], after: NDArray[Any], now: int) -> NDArray[Any]:
    """Return ``before`` up to ``now``, and ``after`` from then on."""
    return np.concatenate([before[:now], after[now:]])

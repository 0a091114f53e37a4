"""What a model holds beside the animal: random numbers of Mesa, and what a subclass and its agents add."""

from collections.abc import Collection, Iterable
from copy import deepcopy
from typing import Any

import mesa
import numpy as np

from neurogen_abm.errors import InputError
from neurogen_abm.state import MisfitError, State, array, copied, part


def luck_of(model: mesa.Model) -> State:
    """Return the random numbers that Mesa holds ready for agents of a subclass; those of the cells have no state."""
    version, words, gauss = model.random.getstate()
    return {"version": version, "words": np.array(words, np.uint32), "gauss": gauss} | {
        "rng": copied(model.rng.bit_generator.state)
    }


def set_luck(model: mesa.Model, state: State) -> None:
    """Hold ready the random numbers that `luck_of` returned; a MisfitError says that these are none."""
    words = array(part(state, "words"), "words", np.uint32, (625,))
    try:
        model.random.setstate((part(state, "version"), tuple(words.tolist()), part(state, "gauss")))
        model.rng.bit_generator.state = part(state, "rng")
    except (ValueError, TypeError, KeyError, OverflowError) as fault:
        raise MisfitError("luck") from fault


def require_own(**is_own: bool) -> None:
    """Refuse a state, of which an animal of the scenario would be made, where a part of the animal is another one."""
    if other := [name for name, own in is_own.items() if not own]:
        what = f"What this animal has as {other[0]} is not that of its scenario any more."
        cure = "`copy.deepcopy(model)` copies it as it is."
        raise InputError(what, where="NeurogenesisModel.as_state", cure=cure, code="changed-animal")


def take_along(
    model: mesa.Model,
    twin: mesa.Model,
    own: Iterable[str],
    shared: Iterable[object],
    foreign: Iterable[str],
    agents: Collection[mesa.Agent],
) -> None:
    """Copy to a twin what it does not have: attributes and agents that a subclass, or a person, has added.

    Parameters
    ----------
    model, twin
        The animal, and the one that was made of its state.
    own
        Attributes that both have, each its own: what refers to one of the model refers in the copy to that of the twin.
    shared
        What both refer to.
    foreign
        Attributes that the twin has and that are copied all the same.
    agents
        Those of the model that the twin lacks.
    """
    memo: dict[int, Any] = {id(model): twin, **{id(getattr(model, name)): getattr(twin, name) for name in own}}
    memo |= {id(thing): thing for thing in shared}
    for agent in agents:
        twin.register_agent(deepcopy(agent, memo))
    for name in (*foreign, *(vars(model).keys() - vars(twin).keys())):
        setattr(twin, name, deepcopy(vars(model)[name], memo))

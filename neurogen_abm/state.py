"""The state of an animal as named arrays and plain values, and back: what copies and checkpoints hold.

A state is a dictionary of names: each an array, a plain value (number, text, flag, None, or a list of such), or a
state again. Whoever has more to remember from one step to the next adds it to its ``as_state`` and ``restore``; what
follows from the scenario is no part of it.
"""

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.errors import IntegrityError

State: TypeAlias = dict[str, Any]
Arrays: TypeAlias = dict[str, NDArray[Any]]

_BETWEEN = "/"  # of the names of a state within a state, where they are written in one row


class MisfitError(IntegrityError):
    """A state is not one of the thing that is to have it: a name is missing, or holds what it cannot hold."""

    default_code = "misfit"

    def __init__(self, name: str) -> None:
        what = f"This state does not fit the animal: its {name!r} is missing, or not of the form it must have."
        super().__init__(what, where="state", cure="Start the life again from its scenario.")


def kept(thing: object, names: Iterable[str]) -> State:
    """Return copies of attributes of an object, by name."""
    return {name: copied(getattr(thing, name)) for name in names}


def copied(value: Any) -> Any:
    """Return a value as a state holds it: arrays copied, named tuples as states, numbers of numpy as plain ones."""
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return copied(value._asdict())
    if isinstance(value, Mapping):
        return {str(name): copied(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [copied(part) for part in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"A state does not hold {type(value).__name__}.")


def put_back(thing: object, state: State, names: Iterable[str], *, free: Iterable[str] = ()) -> None:
    """Give an object the attributes that `kept` took; each must have the form of the one that is there.

    Parameters
    ----------
    thing
        The object.
    state
        What `kept` returned.
    names
        Its attributes.
    free
        Those of them whose arrays may have another length than the present ones.

    Raises
    ------
    MisfitError
        One is missing, or of another type or shape.
    """
    free = set(free)
    for name in names:
        setattr(thing, name, like(getattr(thing, name), part(state, name), name, free=name in free))


def part(state: State, name: str) -> Any:
    """Return one entry of a state; a MisfitError says that there is none."""
    if not isinstance(state, Mapping) or name not in state:
        raise MisfitError(name)
    return state[name]


def like(template: Any, value: Any, name: str, *, free: bool = False) -> Any:
    """Return an entry of a state in the form of a template; a MisfitError names it where it has another form."""
    if isinstance(template, np.ndarray):
        return array(value, name, template.dtype, None if free else template.shape).copy()
    if isinstance(template, tuple) and hasattr(template, "_asdict"):
        found = like(template._asdict(), value, name, free=free)
        return type(template)(**found)
    if isinstance(template, Mapping):
        return {key: like(old, part(value, key), f"{name} {key}", free=free) for key, old in template.items()}
    if isinstance(template, tuple):
        if not isinstance(value, list) or len(value) != len(template):
            raise MisfitError(name)
        return tuple(like(old, new, name) for old, new in zip(template, value, strict=True))
    if isinstance(template, bool | int) and type(value) is not type(template):
        raise MisfitError(name)
    if isinstance(template, float):
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise MisfitError(name)
        return float(value)
    return value


def array(value: Any, name: str, dtype: Any, shape: tuple[int, ...] | None = None) -> NDArray[Any]:
    """Return an array of a state of this type, and of this shape or where none is given of one dimension or two."""
    fits = isinstance(value, np.ndarray) and value.dtype == np.dtype(dtype) and shape in (None, value.shape)
    if not fits:
        raise MisfitError(name)
    return np.asarray(value)


def fill(target: NDArray[Any], value: Any, name: str) -> None:
    """Write an array of a state into one of the same form."""
    target[...] = array(value, name, target.dtype, target.shape)


def flat(state: State) -> tuple[Arrays, dict[str, Any]]:
    """Return the arrays of a state, and its plain values, each in one row: names of states within join theirs.

    >>> arrays, plain = flat({"cells": {"n": 2, "id": np.array([7, 9])}, "day": 0.5})
    >>> list(arrays), plain
    (['cells/id'], {'cells/n': 2, 'day': 0.5})
    """
    arrays: Arrays = {}
    plain: dict[str, Any] = {}
    for name, value in state.items():
        if isinstance(value, np.ndarray):
            arrays[name] = value
        elif isinstance(value, dict) and value:
            inner_arrays, inner_plain = flat(value)
            arrays |= {f"{name}{_BETWEEN}{inner}": found for inner, found in inner_arrays.items()}
            plain |= {f"{name}{_BETWEEN}{inner}": found for inner, found in inner_plain.items()}
        else:
            plain[name] = value
    return arrays, plain


def nested(arrays: Mapping[str, NDArray[Any]], plain: Mapping[str, Any]) -> State:
    """Return the state of which `flat` made these.

    >>> nested({"cells/id": np.array([7, 9])}, {"cells/n": 2})
    {'cells': {'id': array([7, 9]), 'n': 2}}
    """
    state: State = {}
    for path, value in (*arrays.items(), *plain.items()):
        *above, name = path.split(_BETWEEN)
        inner = state
        for step in above:
            inner = inner.setdefault(step, {})
            if not isinstance(inner, dict):
                raise MisfitError(path)
        inner[name] = value
    return state

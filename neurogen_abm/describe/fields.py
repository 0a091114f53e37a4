"""What the columns and fields of the code mean, read from the comments that stand beside them."""

import inspect
import re
from typing import Any, NamedTuple

_FIELD = re.compile(r"^    (\w+): ([^=#]+?)(?: = [^#]+)?(?:  # (.+))?$")
_CONSTANT = re.compile(r"^([A-Z_]+) = (\d+)  # (.+)$")


class Noted(NamedTuple):
    """A name, and what its comment says of it."""

    name: str
    says: str


def fields_of(form: type[Any]) -> list[Noted]:
    """Return the fields of a named tuple with their comments; a LookupError where the source lists others.

    >>> from neurogen_abm.biology.muscle import MuscleState
    >>> fields_of(MuscleState)[0]
    Noted(name='fitness_fast', says='part of fitness above 1 that fades within days (1)')
    """
    lines = inspect.getsource(form).splitlines()
    found = [Noted(match[1], match[3] or "") for line in lines if (match := _FIELD.match(line))]
    if tuple(noted.name for noted in found) != form._fields:
        raise LookupError(f"The source of {form.__name__} lists other fields than it has.")
    return found


def places_of(module: Any, n: int) -> list[Noted]:
    """Return the named places of a state vector of ``n`` entries, in their order; a LookupError where one has no name.

    >>> from neurogen_abm.biology import plasma
    >>> places_of(plasma, plasma.N_STATE)[1]
    Noted(name='PLASMA', says='P, plasma level (fold of P0)')
    """
    named = {int(m[2]): Noted(m[1], m[3]) for m in map(_CONSTANT.match, inspect.getsource(module).splitlines()) if m}
    if set(range(n)) - set(named):
        raise LookupError(f"{module.__name__} names not every place of its state.")
    return [named[place] for place in range(n)]

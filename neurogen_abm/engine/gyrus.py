"""All arrays of an animal behind one reference: to hand them over one by one costs each step some 15 us, this one.

numba unpacks an array each time it enters compiled code, and an animal has seventy.
"""

from typing import Any, Final

from numba import types
from numba.experimental import structref

from neurogen_abm.jit import compiled

_PARTS: Final = (
    *("cells", "ended", "tissue", "program", "agenda", "tally"),
    *("rest", "level", "habituation", "classes", "effects"),
)


@structref.register
class _GyrusType(types.StructRef):  # type: ignore[misc]
    """The type of `Gyrus` in compiled code."""


class Gyrus(structref.StructRefProxy):  # type: ignore[misc]
    """What `engine.step.live` reads and writes, the attributes of a `World` of the same names."""


structref.define_constructor(Gyrus, _GyrusType, _PARTS)
structref.define_boxing(_GyrusType, Gyrus)


@compiled
def gyrus_of(
    cells: Any,
    ended: Any,
    tissue: Any,
    program: Any,
    agenda: Any,
    tally: Any,
    rest: Any,
    level: Any,
    habituation: Any,
    classes: Any,
    effects: Any,
) -> Any:
    """Return the `Gyrus` of these arrays; they stay those of their owner, who must bind again what he replaces."""
    return Gyrus(cells, ended, tissue, program, agenda, tally, rest, level, habituation, classes, effects)

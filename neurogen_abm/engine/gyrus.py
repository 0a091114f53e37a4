"""All arrays of an animal behind one reference.

numba unpacks every array each time it enters compiled code. An animal has seventy of them, which took a step 15 us,
more than the cells of a small piece of tissue do; the reference takes less than one.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import types
from numba.experimental import structref
from numpy.typing import NDArray

from neurogen_abm.engine.cells import Cells, Register
from neurogen_abm.engine.field import FieldClasses
from neurogen_abm.engine.program import Agenda, Effects, Program, Tissue
from neurogen_abm.jit import compiled


class Parts(NamedTuple):
    """What `engine.step.live` reads and writes, attributes of `World` of the same names."""

    cells: Cells
    ended: Register
    tissue: Tissue
    program: Program
    agenda: Agenda
    tally: NDArray[np.int64]
    rest_level: NDArray[np.float64]
    level: NDArray[np.float64]
    habituation: NDArray[np.float64]
    classes: FieldClasses
    effects: Effects


@structref.register
class _GyrusType(types.StructRef):
    """The type of `Gyrus` in compiled code."""


class Gyrus(structref.StructRefProxy):
    """The reference: compiled code finds the `Parts` in it under their names, Python finds nothing."""

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)


structref.define_constructor(Gyrus, _GyrusType, Parts._fields)  # type: ignore[no-untyped-call]
structref.define_boxing(_GyrusType, Gyrus)  # type: ignore[no-untyped-call]


@compiled
def gyrus_of(parts: Parts) -> Gyrus:
    """Return the `Gyrus` of some parts; it holds these very arrays, and must be made anew when one is replaced."""
    return Gyrus(*parts)  # type: ignore[no-untyped-call]

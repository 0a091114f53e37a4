"""All arrays of an animal behind one reference.

numba unpacks every array each time it enters compiled code. An animal has seventy of them, which took a step 15 us,
more than the cells of a small piece of tissue do; the reference takes less than one.
"""

from types import SimpleNamespace
from typing import Any, NamedTuple

import numba
import numpy as np
from numba import types
from numba.experimental import structref
from numpy.typing import NDArray

from neurogen_abm.engine.field import FieldClasses
from neurogen_abm.engine.parameters import Effects, Parameters
from neurogen_abm.engine.population import Cells, Register
from neurogen_abm.engine.tissue import StepEvents, Tissue
from neurogen_abm.jit import compiled


class Arrays(NamedTuple):
    """What `engine.step.live` reads and writes, attributes of `World` of the same names."""

    cells: Cells
    ended: Register
    tissue: Tissue
    parameters: Parameters
    events: StepEvents
    tally: NDArray[np.int64]
    rest_level: NDArray[np.float64]
    level: NDArray[np.float64]
    habituation: NDArray[np.float64]
    followed: NDArray[np.float64]
    classes: FieldClasses
    effects: Effects
    blood: NDArray[np.float64]


@structref.register
class _HandleType(types.StructRef):
    """The type of `Handle` in compiled code."""


class Handle(structref.StructRefProxy):
    """The reference: compiled code finds the `Arrays` in it under their names, Python finds nothing."""

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)


structref.define_constructor(Handle, _HandleType, Arrays._fields)  # type: ignore[no-untyped-call]
structref.define_boxing(_HandleType, Handle)  # type: ignore[no-untyped-call]


@compiled
def _referred(parts: Arrays) -> Handle:
    return Handle(*parts)  # type: ignore[no-untyped-call]


def handle_of(parts: Arrays) -> Any:
    """Return the `Handle` of some parts; it holds these very arrays, and must be made anew when one is replaced.

    Where nothing is compiled (NUMBA_DISABLE_JIT=1) it is no reference, which only a compiler can make.
    """
    return SimpleNamespace(**parts._asdict()) if numba.config.DISABLE_JIT else _referred(parts)  # type: ignore[attr-defined]

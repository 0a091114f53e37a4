"""Random variates of the laboratory: which cells a needle, a dose or an observer misses; never those of the cells.

A variate is addressed by the seed, the cell, the minute and what is asked, as in `neurogen_abm.rng`, so that twins lose
the same cells and the order of rows cannot matter.
"""

from typing import Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from neurogen_abm import rng
from neurogen_abm.jit import compiled

# Streams beyond those of the engine (`neurogen_abm.rng`): a number, once given, is never used for something else.
LABEL: Final = 64
SECTION: Final = 65
OBSERVER: Final = 66
# Of a memory: which cells hold it, which terminals are lost first, the luck of an animal on the day of a test.
TRACE: Final = 96
TERMINAL: Final = 97
BEHAVIOUR: Final = 98
# Of the network that answers patterns: contacts of a cell, their strength, patterns shown, columns read.
CONTACT: Final = 80
STRENGTH: Final = 81
PATTERN: Final = 82
COLUMN: Final = 83


@compiled
def _uniforms(seed: int, cells: NDArray[np.int64], entry: int, stream: int, index: int) -> NDArray[np.float64]:
    out = np.empty(len(cells))
    for i in range(len(cells)):
        out[i] = rng.uniform(seed, cells[i], entry, stream, index)
    return out


def variates(seed: int, cells: NDArray[np.int64], time_h: float, stream: int, what: str) -> NDArray[np.float64]:
    """Return a uniform variate on (0, 1) for each cell id, at a time of the run, for what is asked of it."""
    ids, minute = np.ascontiguousarray(cells, np.int64), round(time_h * 60.0)
    return np.asarray(_uniforms(seed, ids, minute, stream, crc32(what.encode()) % 2**16))


def lasting_variates(seed: int, cells: NDArray[np.int64], which: int, stream: int) -> NDArray[np.float64]:
    """Return the variate of number ``which`` on (0, 1) for each cell id, the same at all times of the run."""
    return np.asarray(_uniforms(seed, np.ascontiguousarray(cells, np.int64), which, stream, 0))

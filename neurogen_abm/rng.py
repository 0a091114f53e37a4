"""Counter-based random numbers: a variate depends on the cell, the purpose and an index, never on when it is drawn.

Philox4x32-10 of Salmon et al. (2011, SC '11, "Parallel random numbers: as easy as 1, 2, 3"). The key is the seed of
the run; the counter is (cell id, entry number, stream and index). No state advances, so the order of cells and the
number of threads cannot matter, and two runs with one seed are twins.
"""

from typing import Any, Final, TypeAlias

import numpy as np

from neurogen_abm.jit import compiled

# Streams: the purpose of a variate. A number, once given, is never used for another purpose.
RESERVE: Final = 1
CLOCK: Final = 2
FATE: Final = 3
DIVIDE_AGAIN: Final = 4
PLACE: Final = 5
HOP: Final = 7
DEPTH: Final = 8
FOUNDER_SITE: Final = 9
CAPILLARY: Final = 10
BACKGROUND: Final = 11
BEGINNING: Final = 12

_MULTIPLIER_0 = np.uint64(0xD2511F53)
_MULTIPLIER_1 = np.uint64(0xCD9E8D57)
_WEYL_0 = np.uint64(0x9E3779B9)
_WEYL_1 = np.uint64(0xBB67AE85)
_LOW = np.uint64(0xFFFFFFFF)
_32 = np.uint64(32)
_12 = np.uint64(12)
_16 = np.uint64(16)
# Domain of the family tree, so that ids do not depend on the seed: twins share them, and so do all animals.
_TREE_KEY = np.uint64(0x6E6575726F67656E)
_POSITIVE = np.uint64(0x7FFFFFFFFFFFFFFF)

Id: TypeAlias = int | np.integer[Any]
Words: TypeAlias = tuple[np.uint64, np.uint64, np.uint64, np.uint64]


# Inlined by numba, as is all that `uniform_and_ticket` needs: a loop that only draws then takes eight at a time.


@compiled(inline=True)
def philox(c0: np.uint64, c1: np.uint64, c2: np.uint64, c3: np.uint64, k0: np.uint64, k1: np.uint64) -> Words:
    """Return the four 32-bit words (as uint64) of Philox4x32-10 for one counter and key (all uint64 below 2**32)."""
    for _ in range(10):
        p0 = _MULTIPLIER_0 * c0
        p1 = _MULTIPLIER_1 * c2
        c0 = (p1 >> _32) ^ c1 ^ k0
        c1 = p1 & _LOW
        c2 = (p0 >> _32) ^ c3 ^ k1
        c3 = p0 & _LOW
        k0 = (k0 + _WEYL_0) & _LOW
        k1 = (k1 + _WEYL_1) & _LOW
    return c0, c1, c2, c3


@compiled(inline=True)
def _words(key: Id, cell: Id, entry: int, stream: int, index: int) -> Words:
    key64 = np.uint64(key)
    cell64 = np.uint64(cell)
    why = (np.uint64(stream) << _16) | np.uint64(index)
    return philox(cell64 & _LOW, cell64 >> _32, np.uint64(entry), why, key64 & _LOW, key64 >> _32)


@compiled(inline=True)
def _open_unit(a: np.uint64, b: np.uint64) -> float:
    return (np.float64(((a << _32) | b) >> _12) + 0.5) * 2.0**-52


@compiled
def uniform(seed: int, cell: Id, entry: int, stream: int, index: int) -> float:
    """Return a float64 uniform on the open interval (0, 1): 52 bits and a half, so that neither end is ever reached.

    Parameters
    ----------
    seed, cell : int
        Key of the run and id of the cell, 0 <= value < 2**63.
    entry : int
        Which state entry (or division, or hop) of the cell, 0 <= entry < 2**32.
    stream, index : int
        Why, and which variate of that kind, both below 2**16.
    """
    a, b, _, _ = _words(seed, cell, entry, stream, index)
    return _open_unit(a, b)


@compiled(inline=True)
def uniform_and_ticket(seed: int, cell: Id, entry: int, stream: int, index: int) -> tuple[float, np.uint64]:
    """Return a uniform on (0, 1) and a uint64 ticket from one address.

    The uniform says which site a cell chooses; of the cells that choose one site, the lowest ticket gets it.
    """
    a, b, c, d = _words(seed, cell, entry, stream, index)
    return _open_unit(a, b), (c << _32) | d


@compiled
def exponential(seed: int, cell: Id, entry: int, stream: int) -> float:
    """Return an exponential variate of mean 1: the reserve of Sellke (1983, J Appl Probab 20:390)."""
    return float(-np.log(uniform(seed, cell, entry, stream, 0)))


@compiled
def gamma(shape: float, seed: int, cell: Id, entry: int, stream: int) -> float:
    """Return a gamma variate of mean ``shape`` and scale 1, shape >= 1.

    Rejection of Marsaglia and Tsang (2000, ACM TOMS 26:363), normal variates by Box and Muller; attempt i uses
    indices 3i to 3i+2.
    """
    if shape == 1.0:
        return exponential(seed, cell, entry, stream)
    d = shape - 1.0 / 3.0
    c = 1.0 / np.sqrt(9.0 * d)
    for attempt in range(1000):
        radius = np.sqrt(-2.0 * np.log(uniform(seed, cell, entry, stream, 3 * attempt)))
        x = radius * np.cos(2.0 * np.pi * uniform(seed, cell, entry, stream, 3 * attempt + 1))
        v = (1.0 + c * x) ** 3
        if v > 0.0:
            u = uniform(seed, cell, entry, stream, 3 * attempt + 2)
            if np.log(u) < 0.5 * x * x + d - d * v + d * np.log(v):
                return float(d * v)
    return shape


@compiled
def daughter_id(mother: Id, division: int, sister: int) -> np.int64:
    """Return the id of a daughter: 63 positive bits that depend on mother, her division number and sister alone."""
    a, b, _, _ = _words(_TREE_KEY, mother, division, sister, 0)
    return np.int64(((a << _32) | b) & _POSITIVE)

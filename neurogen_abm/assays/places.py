"""Where in its site a soma lies: a place that belongs to the id of the cell.

The model knows sites, boxes of one pitch that may hold several somata. Pictures and microscopes need more: where in the
box a soma is. It follows from the id alone, so that it is the same in every picture, on every day, in both twins, and
moves with the cell when the cell changes its site. Nothing in the model reads it.

The place is uniform in the box, independent along the three axes. The id is stirred by the finaliser of SplitMix64
(Steele, Lea and Flood 2014, OOPSLA, "Fast splittable pseudorandom number generators"), which maps 64 bits one to one,
and its bits are cut into 22 along the gyrus, 21 across it and 21 in depth: two cells are never at one place.
"""

import math
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurogen_abm.assays.specimen import column_and_place, developmental

_BITS: Final = (22, 21, 21)
_GOLDEN, _FIRST, _SECOND = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


class Places(NamedTuple):
    """Places of somata, um: along the gyrus, across it, and outwards from the border of the hilus."""

    u_um: NDArray[np.float64]
    v_um: NDArray[np.float64]
    out_um: NDArray[np.float64]


def within_site(cell: ArrayLike) -> NDArray[np.float64]:
    """Return where in their sites cells lie: shape (3, cells), each share of the pitch in (0, 1); ids may be negative.

    >>> within_site([1, 2]).round(3).tolist()
    [[0.567, 0.591], [0.481, 0.467], [0.074, 0.729]]
    """
    bits = _stirred(cell)
    shares, low = [], 64
    for width in _BITS:
        low -= width
        own = (bits >> np.uint64(low)) & np.uint64(2**width - 1)
        shares.append((own.astype(np.float64) + 0.5) / 2.0**width)
    return np.stack(shares)


def _stirred(cell: ArrayLike) -> NDArray[np.uint64]:
    """Return 64 bits for each id, different for different ids; sums and products wrap around."""
    x = np.atleast_1d(np.asarray(cell, np.int64)).view(np.uint64) + _GOLDEN
    x = (x ^ (x >> np.uint64(30))) * _FIRST
    x = (x ^ (x >> np.uint64(27))) * _SECOND
    return x ^ (x >> np.uint64(31))


def places(cell: ArrayLike, u_um: ArrayLike, v_um: ArrayLike, layer: ArrayLike, pitch_um: float) -> Places:
    """Return where somata lie.

    Parameters
    ----------
    cell
        Ids, int64.
    u_um, v_um
        Any place within the site of each along and across the gyrus, as tables have it, um.
    layer
        Layer of each site, 0 the subgranular zone.
    pitch_um
        Edge of a site.

    Examples
    --------
    >>> places(1, 105.0, 25.0, 0, 10.0).u_um.round(2).tolist()
    [105.67]
    """
    share = within_site(cell)
    boxes: tuple[NDArray[np.float64], ...] = (
        np.floor(np.atleast_1d(np.asarray(u_um, float)) / pitch_um),
        np.floor(np.atleast_1d(np.asarray(v_um, float)) / pitch_um),
        np.atleast_1d(np.asarray(layer, float)),
    )
    return Places(*((box + part) * pitch_um for box, part in zip(boxes, share, strict=True)))


def places_at(cell: ArrayLike, site: NDArray[Any], grid: Any) -> Places:
    """Return where somata lie whose sites are known, ``layer * columns + column``, on a lattice (`DentateGrid`)."""
    layer, column = np.divmod(np.asarray(site, np.int64), grid.n_columns)
    v, u = np.divmod(column, grid.n_u)
    return places(cell, (u + 0.5) * grid.pitch_um, (v + 0.5) * grid.pitch_um, layer, grid.pitch_um)


def developmental_sites(count: NDArray[Any], n_layers: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return ids and sites of granule cells born in development, of which each column holds a ``count``.

    The model keeps their number only. Those of a column are dealt out evenly over the layers above the subgranular
    zone, in an order that differs from column to column; a cell keeps its site when others are lost.

    Parameters
    ----------
    count
        As `World.developmental`, shape (columns,).
    n_layers
        Layers of the lattice, the subgranular zone among them.

    Examples
    --------
    >>> developmental_sites(np.array([2, 1]), 3)[1].tolist()
    [4, 2, 5]
    """
    cell, column = developmental(count)
    _, number = column_and_place(cell)
    above = n_layers - 1
    if above < 1:
        return cell, column
    first = (within_site(column)[0] * above).astype(np.int64)
    layer = 1 + (first + number * _stride(above)) % above
    return cell, layer * len(count) + column


def _stride(n: int) -> int:
    """Return the step, near the golden section of ``n``, that visits ``n`` places evenly and all of them."""
    return min((k for k in range(1, n + 1) if math.gcd(k, n) == 1), key=lambda k: abs(k / n - 0.618))

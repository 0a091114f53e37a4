"""The dentate gyrus as a lattice: columns of sites under a sheet, capillaries as lines, neighbours in rings.

A site is ``layer * n_columns + column`` and a column ``v * n_u + u``; layer 0 is the subgranular zone. Borders let
nothing pass.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurogen_abm import rng
from neurogen_abm.jit import compiled


class DentateGrid(NamedTuple):
    """Shape of the lattice and its capillaries.

    ``capillary`` is float32 of shape (n_layers, n_v, n_u): capillary length in a site, in site pitches. ``near`` is
    float64 of shape (n_columns,): nearness of a subgranular site to a capillary, 1 on one and falling by e over a
    site.
    """

    n_u: int
    n_v: int
    n_layers: int
    pitch_um: float
    capillary: NDArray[np.float32]
    near: NDArray[np.float64]
    ring_start: NDArray[np.int64]  # (reach + 2,): where each ring of offsets begins
    ring_u: NDArray[np.int64]
    ring_v: NDArray[np.int64]

    @property
    def n_columns(self) -> int:
        """Number of columns of the sheet."""
        return self.n_u * self.n_v

    @property
    def n_sites(self) -> int:
        """Number of sites of all layers."""
        return self.n_columns * self.n_layers


@compiled
def _tangential(
    seed: int, first: int, count: int, n_along: int, n_across: int, spacing: float, lines: NDArray[np.int64]
) -> None:
    """Fill ``lines[count, n_along]`` with where capillaries run: each wanders in a lane of its own."""
    for c in range(count):
        cell = first + c
        here = (c + rng.uniform(seed, cell, 0, rng.CAPILLARY, 0)) * spacing
        for a in range(n_along):
            u = rng.uniform(seed, cell, a + 1, rng.CAPILLARY, 0)
            if u < 0.25:
                here -= 1.0
            elif u > 0.75:
                here += 1.0
            here = min(max(here, c * spacing), (c + 1) * spacing - 1.0)
            lines[c, a] = int(here)


def _lay_plane(plane: NDArray[np.float32], seed: int, first: int, spacing: float) -> None:
    """Add two crossing families of winding capillaries to one layer; together they are ``spacing`` sites apart."""
    n_v, n_u = plane.shape
    for family, (n_along, n_across) in enumerate(((n_u, n_v), (n_v, n_u))):
        # Each family alone is twice as wide.
        lines = np.zeros((max(1, round(n_across / (2.0 * spacing))), n_along), np.int64)
        _tangential(seed, first + 1_000_000 * family, len(lines), n_along, n_across, n_across / len(lines), lines)
        for line in lines:
            plane[(line, np.arange(n_along)) if family == 0 else (np.arange(n_along), line)] += 1.0


def _capillaries(
    seed: int, n_u: int, n_v: int, n_layers: int, subgranular: float, granule: float
) -> NDArray[np.float32]:
    """Return capillary length per site for spacings in sites.

    Winding lines run in the subgranular zone and in one plane of the granule cell layer every ``granule`` sites of
    depth; straight ones cross the layers.
    """
    length = np.zeros((n_layers, n_v, n_u), np.float32)
    _lay_plane(length[0], seed, 1, subgranular)
    for number, layer in enumerate(range(max(1, round(granule)), n_layers, max(1, round(granule)))):
        _lay_plane(length[layer], seed, 10_000_001 * (number + 1), granule)
    rows, columns = max(1, round(n_v / granule)), max(1, round(n_u / granule))
    for r in range(rows):
        for c in range(columns):
            cell = 5_000_001 + r * columns + c
            v = int((r + rng.uniform(seed, cell, 0, rng.CAPILLARY, 0)) * n_v / rows)
            u = int((c + rng.uniform(seed, cell, 0, rng.CAPILLARY, 1)) * n_u / columns)
            length[1:, v, u] += 1.0
    return length


def _rings(reach: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return offsets by ring of Chebyshev distance 0..reach: starts, du, dv."""
    start, du, dv = [0], [], []
    for radius in range(reach + 1):
        for b in range(-radius, radius + 1):
            for a in range(-radius, radius + 1):
                if max(abs(a), abs(b)) == radius:
                    du.append(a)
                    dv.append(b)
        start.append(len(du))
    return np.array(start), np.array(du), np.array(dv)


def make_grid(
    *,
    seed: int,
    n_u: int,
    n_v: int,
    n_layers: int,
    pitch_um: float,
    subgranular_spacing_um: float,
    granule_spacing_um: float,
    reach: int,
) -> DentateGrid:
    """Build the lattice with capillaries laid by the seed; sizes in sites, lengths in um."""
    from scipy.ndimage import distance_transform_edt

    capillary = _capillaries(seed, n_u, n_v, n_layers, subgranular_spacing_um / pitch_um, granule_spacing_um / pitch_um)
    distance = distance_transform_edt(capillary[0] == 0)
    near = np.exp(-np.asarray(distance, np.float64)).ravel()
    return DentateGrid(n_u, n_v, n_layers, pitch_um, capillary, near, *_rings(max(reach, 1)))


@compiled
def free_column(
    column: int,
    n_u: int,
    n_v: int,
    ring_start: NDArray[np.int64],
    ring_u: NDArray[np.int64],
    ring_v: NDArray[np.int64],
    reach: int,
    load: NDArray[np.uint8],
    capacity: int,
    u: float,
) -> int:
    """Return the nearest column whose load is below capacity, -1 if none is within reach.

    Rings are tried outwards from ring 0 (the column itself); within a ring the search starts at a place given by the
    uniform ``u``.
    """
    cu, cv = column % n_u, column // n_u
    for radius in range(reach + 1):
        first, n = ring_start[radius], ring_start[radius + 1] - ring_start[radius]
        begin = int(u * n)
        for k in range(n):
            i = first + (begin + k) % n
            nu, nv = cu + ring_u[i], cv + ring_v[i]
            if 0 <= nu < n_u and 0 <= nv < n_v and load[nv * n_u + nu] < capacity:
                return int(nv * n_u + nu)
    return -1

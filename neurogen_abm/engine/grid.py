"""The dentate gyrus as a lattice: columns of sites under a sheet, capillaries as lines, neighbours in rings.

A site is ``layer * n_columns + column`` and a column ``v * n_u + u``; layer 0 is the subgranular zone. Borders let nothing pass.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurogen_abm import rng
from neurogen_abm.jit import compiled


class DentateGrid(NamedTuple):
    """Shape of the lattice and its capillaries.

    ``capillary`` is float32 of shape (n_layers, n_v, n_u): capillary length in a site, in site pitches. ``near`` is float64 of shape
    (n_columns,): nearness of a subgranular site to a capillary, 1 on one and falling by e over a site.
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
def _tangential(seed, first, count, n_along, n_across, spacing, lines):  # type: ignore[no-untyped-def]
    """Fill ``lines[count, n_along]`` with where capillaries run: a jittered start, then a walk of one site at most a site."""
    for c in range(count):
        cell = first + c
        here = (c + rng.uniform(seed, cell, 0, rng.CAPILLARY, 0)) * spacing
        for a in range(n_along):
            u = rng.uniform(seed, cell, a + 1, rng.CAPILLARY, 0)
            if u < 0.25:
                here -= 1.0
            elif u > 0.75:
                here += 1.0
            here = min(max(here, 0.0), n_across - 1.0)
            lines[c, a] = int(here)


def _capillaries(
    seed: int, n_u: int, n_v: int, n_layers: int, subgranular: float, granule: float
) -> NDArray[np.float32]:
    """Return capillary length per site for spacings in sites: winding lines in layer 0, straight ones across the layers."""
    length = np.zeros((n_layers, n_v, n_u), np.float32)
    # Two crossing families of lines share the wanted spacing: each alone is twice as wide.
    spacing = 2.0 * subgranular
    along_u = np.zeros((max(1, round(n_v / spacing)), n_u), np.int64)
    _tangential(seed, 1, len(along_u), n_u, n_v, n_v / len(along_u), along_u)
    for line in along_u:
        length[0, line, np.arange(n_u)] += 1.0
    along_v = np.zeros((max(1, round(n_u / spacing)), n_v), np.int64)
    _tangential(seed, 1_000_001, len(along_v), n_v, n_u, n_u / len(along_v), along_v)
    for line in along_v:
        length[0, np.arange(n_v), line] += 1.0
    rows, columns = max(1, round(n_v / granule)), max(1, round(n_u / granule))
    for r in range(rows):
        for c in range(columns):
            cell = 2_000_001 + r * columns + c
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

    capillary = _capillaries(
        seed, n_u, n_v, n_layers, subgranular_spacing_um / pitch_um, granule_spacing_um / pitch_um
    )
    distance = distance_transform_edt(capillary[0] == 0)
    near = np.exp(-np.asarray(distance, np.float64)).ravel()
    return DentateGrid(n_u, n_v, n_layers, pitch_um, capillary, near, *_rings(max(reach, 1)))


@compiled
def free_column(column, n_u, n_v, ring_start, ring_u, ring_v, reach, load, capacity, u):  # type: ignore[no-untyped-def]
    """Return the nearest column whose load is below capacity, -1 if none is within reach.

    Rings are tried outwards from ring 0 (the column itself); within a ring the search starts at a place given by the uniform ``u``.
    """
    cu, cv = column % n_u, column // n_u
    for radius in range(reach + 1):
        first, n = ring_start[radius], ring_start[radius + 1] - ring_start[radius]
        begin = int(u * n)
        for k in range(n):
            i = first + (begin + k) % n
            nu, nv = cu + ring_u[i], cv + ring_v[i]
            if 0 <= nu < n_u and 0 <= nv < n_v and load[nv * n_u + nu] < capacity:
                return nv * n_u + nu
    return -1

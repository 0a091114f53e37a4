"""The niche field of a signal: diffusion and decay from capillary line sources, without flux through the borders.

With one diffusion coefficient and one decay rate the discrete cosine transform diagonalises the finite-volume problem
exactly, so the steady field is one transform away, and so is the full time-dependent one. A run uses the steady
pattern times the filtered plasma level: because every gradient relaxes faster than the mean (which decays at
``decay`` exactly), total mass is exact and only transients shorter than 1/decay are smoothed in space. `advance` is
the full solution that tests hold it against.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.errors import InputError
from neurogen_abm.kept import Kept, read_only
from neurogen_abm.numerals import plain

Array = NDArray[np.float64]
VOXELS_PER_DECAY_LENGTH = 2.0
N_LEVELS = 64
_DECAY: Kept[Array] = Kept(most_bytes=16 * 2**20)  # of this process; 4 MB for a patch of 900 x 600 um


class UnresolvedFieldError(InputError):
    """The field would need voxels finer than can be solved."""


def decay_length_um(diffusion_um2_s: float, decay_s: float) -> float:
    """Return sqrt(D/k), the distance over which a steady field falls by e; D in um2/s, k in 1/s."""
    return math.sqrt(diffusion_um2_s / decay_s)


def refinement(pitch_um: float, length_um: float) -> int:
    """Return how many voxels a site needs along each axis so that a decay length spans at least two of them."""
    return max(1, math.ceil(VOXELS_PER_DECAY_LENGTH * pitch_um / length_um))


def voxels_per_site(pitch_um: float, diffusion_um2_s: float, decay_s: float) -> int:
    """Return into how many voxels a site is divided along each axis.

    An UnresolvedFieldError says that it would be more than 8.
    """
    length_um = decay_length_um(diffusion_um2_s, decay_s)
    n = refinement(pitch_um, length_um)
    if n > 8:
        raise UnresolvedFieldError(
            f"A decay length of {plain(length_um, 2)} um needs voxels below {plain(pitch_um / 8, 2)} um, too fine for "
            "the whole tissue.",
            where="physiology.niche",
            cure="Lower niche.binding_ratio, or raise niche.degradation_half_life.",
        )
    return n


def _eigenvalues(shape: tuple[int, ...], h_um: float) -> Array:
    """Return the eigenvalues (>= 0, 1/um2) of minus the no-flux Laplacian on a lattice of voxels of side ``h_um``."""
    total = np.zeros(shape)
    for axis, n in enumerate(shape):
        line = (2.0 - 2.0 * np.cos(np.pi * np.arange(n) / n)) / h_um**2
        total += line.reshape([-1 if a == axis else 1 for a in range(len(shape))])
    return total


def steady(source: Array, h_um: float, diffusion_um2_s: float, decay_s: float) -> Array:
    """Solve ``D lap F - k F + source = 0`` with no-flux borders.

    Parameters
    ----------
    source : array, shape (nz, ny, nx)
        Production per voxel, pg/mL/s.
    h_um : float
        Side of a voxel.

    Returns
    -------
    array of the shape of ``source``, pg/mL. Its sum times ``decay_s`` equals the sum of the source to rounding.
    """
    from scipy.fft import dctn, idctn

    modes = dctn(source, norm="ortho")
    modes /= _decay_of_modes(source.shape, h_um, diffusion_um2_s, decay_s)
    return np.asarray(idctn(modes, norm="ortho", overwrite_x=True))


def _decay_of_modes(shape: tuple[int, ...], h_um: float, diffusion_um2_s: float, decay_s: float) -> Array:
    """Return how fast each cosine mode decays, 1/s; kept for patches, which are many and alike."""
    key = shape, h_um, diffusion_um2_s, decay_s
    known = _DECAY.get(key)
    if known is None:
        known = decay_s + diffusion_um2_s * _eigenvalues(shape, h_um)
        read_only(known)
        _DECAY.keep(key, known, known.nbytes)
    return known


def advance(field: Array, source: Array, dt_s: float, h_um: float, diffusion_um2_s: float, decay_s: float) -> Array:
    """Return the field after ``dt_s`` under a constant source: each cosine mode by its exponential, exact in time."""
    from scipy.fft import dctn, idctn

    rate = _decay_of_modes(field.shape, h_um, diffusion_um2_s, decay_s)
    target = dctn(source, norm="ortho") / rate
    modes = target + (dctn(field, norm="ortho") - target) * np.exp(-rate * dt_s)
    return np.asarray(idctn(modes, norm="ortho"))


def capillary_pattern(
    capillary: NDArray[np.float32], pitch_um: float, diffusion_um2_s: float, decay_s: float
) -> NDArray[np.float32]:
    """Return the steady field of the capillaries over its mean in the niche: shape of ``capillary``, mean 1 in layer 0.

    The lattice is refined until a decay length spans two voxels; a capillary feeds all voxels of its site, and a site
    reads the mean of its voxels.

    Raises
    ------
    UnresolvedFieldError
        When that takes more than 8 voxels a site along an axis.
    """
    n = voxels_per_site(pitch_um, diffusion_um2_s, decay_s)
    layers, rows, columns = capillary.shape
    fine = np.broadcast_to(capillary[:, None, :, None, :, None], (layers, n, rows, n, columns, n))
    source = fine.astype(np.float64).reshape(layers * n, rows * n, columns * n)
    field = steady(source, pitch_um / n, diffusion_um2_s, decay_s)
    sites = field.reshape(layers, n, rows, n, columns, n).mean(axis=(1, 3, 5))
    mean = sites[0].mean()
    if mean <= 0.0:
        return np.ones(capillary.shape, np.float32)
    return np.asarray(np.maximum(sites / mean, 0.0), np.float32)


class FieldClasses(NamedTuple):
    """Sites sorted by their share of the capillary-born signal, so that an effect is evaluated once a class.

    ``site_class`` is uint8 (n_sites,); ``pattern`` float64 (N_LEVELS,), the mean pattern of the sites of a class;
    ``weight`` the share of the subgranular sites in each class.
    """

    site_class: NDArray[np.uint8]
    pattern: Array
    weight: Array


def classify(pattern: NDArray[np.float32], n_columns: int) -> FieldClasses:
    """Sort sites into at most 64 classes of equal width in the pattern; classes span at most 1/64 of its range."""
    flat = pattern.ravel().astype(np.float64)
    low, high = float(flat.min()), float(flat.max())
    width = (high - low) / N_LEVELS or 1.0
    site_class = np.minimum((flat - low) / width, N_LEVELS - 1).astype(np.uint8)
    members = np.bincount(site_class, minlength=N_LEVELS)
    total = np.bincount(site_class, weights=flat, minlength=N_LEVELS)
    centre = low + (np.arange(N_LEVELS) + 0.5) * width
    means = np.where(members > 0, total / np.maximum(members, 1), centre)
    weight = np.bincount(site_class[:n_columns], minlength=N_LEVELS) / n_columns
    return FieldClasses(site_class, means, weight)

"""From bodies that fluoresce to what a camera counts: focus, light from out of focus, photons, noise."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.jit import compiled
from neurogen_abm.microscope.bodies import Bodies
from neurogen_abm.microscope.optics import Camera, Optics, Sizes

Array = NDArray[np.float64]
Image = NDArray[np.float32]

_AT_ONCE: Final = 500  # bodies painted before other threads of a server may go on
_COARSE: Final = 8  # pixels along an edge of the blocks in which light from out of focus is worked out


@compiled
def _profile(r: float, edge: float) -> float:
    """Return the brightness of a body at a distance from its centre, in radii; it falls over 2 ``edge``."""
    t = (1.0 + edge - r) / (2.0 * edge)
    if t <= 0.0:
        return 0.0
    if t >= 1.0:
        return 1.0
    return t * t * (3.0 - 2.0 * t)


@compiled
def _paint(
    centre: Array,
    inverse: Array,
    reach: Array,
    bright: Array,
    inner: Array,
    planes_um: Array,
    pixel_um: float,
    dark: float,
    edge: float,
    out: NDArray[np.float32],
) -> None:
    """Add bodies to planes ``out`` (planes or 1, height, width), the brightest counting where several overlap.

    With one plane in ``out`` and more in ``planes_um`` it is their maximum projection.
    """
    n_out, height, width = out.shape
    for i in range(len(centre)):
        x, y, z = centre[i, 0], centre[i, 1], centre[i, 2]
        left, right = max(0, int((x - reach[i, 0]) / pixel_um)), min(width - 1, int((x + reach[i, 0]) / pixel_um))
        top, bottom = max(0, int((y - reach[i, 1]) / pixel_um)), min(height - 1, int((y + reach[i, 1]) / pixel_um))
        for k in range(len(planes_um)):
            dz = planes_um[k] - z
            if abs(dz) > reach[i, 2]:
                continue
            plane = k if n_out > 1 else 0
            for row in range(top, bottom + 1):
                dy = (row + 0.5) * pixel_um - y
                for column in range(left, right + 1):
                    dx = (column + 0.5) * pixel_um - x
                    q = inverse[i, 0, 0] * dx * dx + inverse[i, 1, 1] * dy * dy + inverse[i, 2, 2] * dz * dz
                    q += 2.0 * (inverse[i, 0, 1] * dx * dy + inverse[i, 0, 2] * dx * dz + inverse[i, 1, 2] * dy * dz)
                    if q >= (1.0 + edge) ** 2 or bright[i] <= out[plane, row, column]:
                        continue
                    r = np.sqrt(q)
                    value = bright[i] * _profile(r, edge)
                    if inner[i] > 0.0:
                        value *= 1.0 - dark * _profile(r / inner[i], edge)
                    if value > out[plane, row, column]:
                        out[plane, row, column] = value


def seen(
    bodies: Bodies, optics: Optics, sizes: Sizes, planes_um: Array, pixel_um: float, shape: tuple[int, int, int]
) -> Image:
    """Return what reaches the camera, 1 from the middle of a usual cell: ``shape`` is (planes, height, width).

    ``sizes.unstained`` is the brightness of the inner part of bodies that have one, over that of the rest.
    The image of a point is an ellipsoid that widens with the tissue above it; light is kept, so that what is small is
    dim. One plane in ``shape`` and several in ``planes_um`` give a maximum projection.
    """
    out = np.zeros(shape, np.float32)
    if len(bodies.centre):
        blurred, bright = _blurred(bodies, optics)
        dark, edge = 1.0 - sizes.unstained, sizes.edge_softness
        inverse = np.asarray(np.linalg.inv(blurred), np.float64)
        reach = np.asarray((1.0 + edge) * np.sqrt(np.diagonal(blurred, axis1=1, axis2=2)), np.float64)
        for first in range(0, len(bright), _AT_ONCE):
            part = slice(first, first + _AT_ONCE)
            some = bodies.centre[part], inverse[part], reach[part], bright[part], bodies.inner[part]
            _paint(*some, planes_um, pixel_um, dark, edge, out)
    for plane in out:
        plane += optics.haze * _spread(plane, optics.haze_reach / pixel_um)
    return out


def _blurred(bodies: Bodies, optics: Optics) -> tuple[Array, Array]:
    """Return the shapes of the images of bodies, and how bright their middles are."""
    depth = np.maximum(bodies.centre[:, 2], 0.0)
    sideways = (optics.lateral_blur + optics.blur_gain * depth) ** 2
    along = optics.axial_blur**2 + sideways
    blurred = bodies.shape.copy()
    # A ball of radius a has a standard deviation of a over the root of five.
    for axis, variance in enumerate((sideways, sideways, along)):
        blurred[:, axis, axis] += 5.0 * variance
    radius = np.linalg.det(bodies.shape) ** (1.0 / 6.0)  # of a ball of the same volume
    kept = _peak(radius, (sideways**2 * along) ** (1.0 / 6.0))
    return blurred, bodies.brightness * kept * np.exp(-depth / optics.scatter_length)


def _peak(radius: Array, blur: Array) -> Array:
    """Return how bright the middle of a ball is after a Gaussian blur of a standard deviation."""
    from scipy.special import erf

    over = radius / blur
    return np.asarray(erf(over / np.sqrt(2.0)) - np.sqrt(2.0 / np.pi) * over * np.exp(-0.5 * over**2))


def _spread(plane: Image, sigma_px: float) -> Image:
    """Return a plane blurred widely; worked out in blocks, which a blur so wide does not show."""
    from scipy.ndimage import gaussian_filter, zoom

    height, width = plane.shape
    rows, columns = -(-height // _COARSE), -(-width // _COARSE)
    padded = np.zeros((rows * _COARSE, columns * _COARSE), np.float32)
    padded[:height, :width] = plane
    blocks = padded.reshape(rows, _COARSE, columns, _COARSE).mean(axis=(1, 3))
    wide = gaussian_filter(blocks, sigma_px / _COARSE)
    return np.asarray(zoom(wide, _COARSE, order=1, grid_mode=True, mode="nearest")[:height, :width], np.float32)


def counted(light: Image, camera: Camera, key: tuple[int, ...]) -> NDArray[np.uint16]:
    """Return the counts of the camera, 16 bits: photons by chance, noise of reading, gain and offset.

    Shot noise is normal with the variance of a Poisson variate, which from ten photons on is hardly told apart from one
    and takes a tenth of the time.

    Parameters
    ----------
    light
        As `seen` returns it.
    camera
        Of the catalogue.
    key
        Numbers that decide the noise; the same give the same.
    """
    chance = np.random.Generator(np.random.Philox(np.random.SeedSequence(key)))
    out = np.empty(light.shape, np.uint16)
    for plane, target in zip(light, out, strict=True):
        photons = plane * np.float32(camera.photons)
        photons += np.float32(camera.background)
        noise = chance.standard_normal(plane.shape, np.float32)
        noise *= np.sqrt(photons + np.float32(camera.read_noise**2))
        photons += noise
        photons *= np.float32(camera.gain)
        photons += np.float32(camera.offset + 0.5)
        target[:] = np.clip(photons, 0.0, 65535.0, out=photons)
    return out

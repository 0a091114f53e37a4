"""Diffusion with decay from a point against Green's function in open space, in time and at rest."""

import math

import numpy as np
import pytest

from neurogen_abm.engine import field

D, K = 0.27, 1.2e-3  # um2/s and 1/s, near those of BDNF: decay length 15 um
SIDES = (6.0, 4.0, 3.0)  # um


def _cube(side_um: float, h_um: float) -> tuple[np.ndarray, np.ndarray]:
    """Return an empty lattice with a voxel in its middle, and the distance of each voxel from that, um."""
    n = 2 * round(side_um / 2.0 / h_um) + 1
    x = (np.arange(n) - n // 2) * h_um
    return np.zeros((n, n, n)), np.sqrt(x[:, None, None] ** 2 + x[None, :, None] ** 2 + x[None, None, :] ** 2)


def _order(errors: list[float]) -> float:
    return float(np.polyfit(np.log(SIDES), np.log(errors), 1)[0])


def test_what_is_released_at_a_point_spreads_as_greens_function_says():
    t_s, errors = 300.0, []  # the mean way is 22 um; the border lies 60 um away, where e^-11 of the peak has come
    for h in SIDES:
        start, r = _cube(120.0, h)
        middle = start.shape[0] // 2
        start[middle, middle, middle] = 1.0 / h**3
        found = field.advance(start, np.zeros_like(start), t_s, h, D, K)
        exact = np.exp(-K * t_s - r**2 / (4.0 * D * t_s)) / (4.0 * math.pi * D * t_s) ** 1.5
        assert found.sum() * h**3 == pytest.approx(math.exp(-K * t_s), rel=1e-9)
        errors.append(math.sqrt(((found - exact) ** 2).sum() / (exact**2).sum()))
    assert errors[-1] < 0.05
    assert _order(errors) == pytest.approx(2.0, abs=0.2)


def test_a_source_that_goes_on_keeps_up_the_profile_of_its_decay_length():
    # exp(-r / L) / (4 pi D r), between one decay length and two; the border lies four away.
    length, errors = field.decay_length_um(D, K), []
    for h in SIDES:
        source, r = _cube(8.0 * length, h)
        middle = source.shape[0] // 2
        source[middle, middle, middle] = 1.0 / h**3
        found = field.steady(source, h, D, K)
        ring = (r >= length) & (r <= 2.0 * length)
        exact = np.exp(-r[ring] / length) / (4.0 * math.pi * D * r[ring])
        errors.append(math.sqrt(((found[ring] - exact) ** 2).sum() / (exact**2).sum()))
    assert errors[-1] < 0.02
    assert _order(errors) == pytest.approx(2.0, abs=0.4)

"""A surface through simulated values, with its own uncertainty: what stands for the model between simulated points.

A Gaussian process (Rasmussen & Williams 2006) whose covariance is that of a plane, of a quadratic and of smooth
deviations from both, so that few points give what a regression would and many say more. How large each part is, and how
much the value of a point varies by chance, follow from the points themselves (their marginal likelihood, with a weak
prior). Leaving each point out in turn says how far predictions are off, without another simulation.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from scipy.linalg import cho_solve, cholesky, solve_triangular
from scipy.optimize import minimize

from neurogen_abm.experiments.statistics import Array

LEAST_POINTS = 8
# The level of a surface is free: its standard deviation, in those of the values.
_LEVEL = 10.0
# Logarithms of: plane, quadratic, deviations, their reach (positions run from -1 to 1), chance. Where they are sought
# from, with the standard deviation of a normal prior that keeps few points from saying too much.
_START = np.log([0.5, 0.3, 0.3, 1.0, 0.3])
_PRIOR = np.array([1.0, 1.0, 1.0, 0.5, 1.0])
_JITTER = 1e-8


class Predicted(NamedTuple):
    """The mean of a surface and the standard error of that mean, of each position."""

    mean: Array
    error: Array


@dataclass(frozen=True)
class Emulator:
    """A surface through the values of simulated points.

    Attributes
    ----------
    points
        Positions that were simulated, (points x parameters), 0 to 1.
    scales
        Logarithms of plane, quadratic, deviations, reach, chance; in standard deviations of the values.
    centre, spread
        Mean and standard deviation of the values.
    factor, weights
        The Cholesky factor of their covariance (lower), and that covariance solved for the values.
    inflation
        By how much predictions are less sure than the surface says, from points that it did not see.
    """

    points: Array
    scales: Array
    centre: float
    spread: float
    factor: Array
    weights: Array
    inflation: float = 1.0

    def at(self, positions: Array) -> Predicted:
        """Return what the surface says at positions, (n x parameters): mean and standard error, (n,) each."""
        if self.spread == 0.0:
            n = len(positions)
            return Predicted(np.full(n, self.centre), np.zeros(n))
        return Predicted(*(part[0] for part in Surfaces([self]).at(positions)))

    @property
    def chance(self) -> float:
        """By how much the value of a point varies around the surface by chance, as a standard deviation."""
        return self.spread * math.exp(float(self.scales[-1]))

    def left_out(self) -> Predicted:
        """Return what the other points predict of the value of each, chance included (R&W eq. 5.12)."""
        if self.spread == 0.0:
            return self.at(self.points)
        variance = 1.0 / np.diag(self.inverse)
        mean = self.values - self.spread * self.weights * variance
        return Predicted(mean, self.spread * np.sqrt(variance))

    @property
    def values(self) -> Array:
        """The values that the surface goes through, as nearly as chance lets it, (points,)."""
        if self.spread == 0.0:
            return np.full(len(self.points), self.centre)
        return np.asarray(self.centre + self.spread * (self.factor @ (self.factor.T @ self.weights)))

    @cached_property
    def inverse(self) -> Array:
        """The inverse of the covariance of the values, (points x points)."""
        return np.asarray(cho_solve((self.factor, True), np.eye(len(self.points))))


class Surfaces:
    """Several surfaces through values of the same points, asked together; none of them flat."""

    def __init__(self, surfaces: Sequence[Emulator]) -> None:
        self._points = surfaces[0].points
        self._scales = np.array([part.scales for part in surfaces]).T[:, :, None, None]
        self._centre = np.array([[part.centre] for part in surfaces])
        self._spread = np.array([[part.spread] for part in surfaces])
        self._wary = self._spread * np.array([[part.inflation] for part in surfaces])
        self._weights = np.array([part.weights for part in surfaces])[:, :, None]
        self._inverse = np.array([part.inverse for part in surfaces])

    def at(self, positions: Array) -> Predicted:
        """Return mean and standard error of each surface at positions, (surfaces x n) each."""
        across = _covariance(positions, self._points, self._scales)
        known = np.sum((across @ self._inverse) * across, axis=2)
        left = np.maximum(_own(positions, self._scales[..., 0]) - known, 0.0)
        mean = self._centre + self._spread * (across @ self._weights)[..., 0]
        return Predicted(mean, self._wary * np.sqrt(left))


def emulate(points: Array, values: Array) -> Emulator:
    """Fit a surface to the values of points, (n x parameters) and (n,), all finite.

    Raises
    ------
    ValueError
        There are fewer than 8 points.
    """
    if len(points) < LEAST_POINTS:
        raise ValueError(f"{len(points)} points are too few for a surface.")
    centre, spread = float(values.mean()), float(values.std())
    if spread <= 1e-12 * max(1.0, abs(centre)):
        empty = np.zeros((0, 0))
        return Emulator(points, _START, float(values[0]), 0.0, empty, np.zeros(0))
    wanted = (values - centre) / spread
    found = minimize(_cost, _START, (points, wanted), method="L-BFGS-B", bounds=[(-6.0, 3.0)] * len(_START))
    factor = _factor(points, found.x)
    return Emulator(points, found.x, centre, spread, factor, cho_solve((factor, True), wanted))


def _cost(scales: Array, points: Array, wanted: Array) -> float:
    """Return minus the logarithm of the marginal likelihood, and of the prior."""
    try:
        factor = _factor(points, scales)
    except np.linalg.LinAlgError:
        return 1e10
    half = solve_triangular(factor, wanted, lower=True)
    unlikely = 0.5 * float(half @ half) + float(np.log(np.diag(factor)).sum())
    return unlikely + 0.5 * float(np.sum(((scales - _START) / _PRIOR) ** 2))


def _factor(points: Array, scales: Array) -> Array:
    chance = math.exp(2 * float(scales[-1])) + _JITTER
    return np.asarray(cholesky(_covariance(points, points, scales) + chance * np.eye(len(points)), lower=True))


def _covariance(one: Array, other: Array, scales: Array) -> Array:
    x, y = 2 * one - 1, 2 * other - 1
    plane, quadratic, deviations, reach = np.exp(scales[:4])
    product = x @ y.T / x.shape[1]
    squared = np.sum(x**2, axis=1)[:, None] + np.sum(y**2, axis=1) - 2 * x @ y.T
    smooth = np.exp(-0.5 * np.maximum(squared, 0.0) / (reach**2 * x.shape[1]))
    return np.asarray(_LEVEL**2 + plane**2 * product + quadratic**2 * product**2 + deviations**2 * smooth)


def _own(positions: Array, scales: Array) -> Array:
    """Return the variance at each position by itself: the diagonal of its covariance."""
    plane, quadratic, deviations, _ = np.exp(scales[:4])
    product = np.mean((2 * positions - 1) ** 2, axis=1)
    return np.asarray(_LEVEL**2 + plane**2 * product + quadratic**2 * product**2 + deviations**2)

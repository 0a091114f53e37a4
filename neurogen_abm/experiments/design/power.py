"""How likely an experiment finds an effect, by its number of animals: Welch's t-test on logarithms, and its relatives.

Counts are multiplied and divided, not added, by what makes animals differ, so that effects are differences of
logarithms, and a variance is that of the logarithm: ``log1p(cv ** 2)`` of a coefficient of variation. The power of
Welch's test is exact for log-normal counts: given both sample variances, which are independent and have chi-square
distributions, it is that of a normal number, and Gauss-Legendre quadrature averages over them. (The noncentral t with
the degrees of freedom of Satterthwaite at the true variances, in use elsewhere, promises up to 11 points too much with
four animals.) How near it comes to resampled animals is tested, and said in docs/design.md.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special, stats
from scipy.optimize import brentq

from neurogen_abm.experiments.statistics import CONFIDENCE

Array = NDArray[np.float64]
ERROR = 1.0 - CONFIDENCE
"""Of the first kind, two-sided."""
FARTHEST = 1000
"""Animals of a group beyond which no smallest number is looked for."""
_MIDDLES = 41  # quantiles of what is not known about an effect, over which power is averaged
_NODES, _HALVED = np.polynomial.legendre.leggauss(24)
_QUANTILES, _WEIGHTS = (_NODES + 1.0) / 2.0, _HALVED / 2.0
_BEYOND = 30.0  # noncentrality at which nothing is missed


class Contrast(NamedTuple):
    """An effect on the logarithm, what is not known of it, and the variances of the logarithm in both groups."""

    effect: float  # of the mean logarithm of the treated over that of the others
    top: float  # variance between animals of the treated
    bottom: float  # of those they are set over
    unsure: float = 0.0  # standard error of the effect: simulated animals are few, parameters are not known


def variance_of(cv: ArrayLike) -> Array:
    """Return the variance of the logarithm of what is log-normal with a coefficient of variation."""
    return np.log1p(np.square(np.asarray(cv, np.float64)))


def spread_of(variance: ArrayLike) -> Array:
    """Return the coefficient of variation of what is log-normal with a variance of the logarithm."""
    return np.sqrt(np.expm1(np.asarray(variance, np.float64)))


def power(contrast: Contrast, n: ArrayLike, over: ArrayLike | None = None) -> Array:
    """Return the power of Welch's t-test on logarithms, two-sided at 5 %.

    Parameters
    ----------
    contrast
        What there is to find.
    n, over
        Animals of the treated, and of those they are set over (as many by default); 2 at least.

    Examples
    --------
    >>> float(power(Contrast(np.log(1.5), 0.04, 0.04), 6).round(2))
    0.87
    """
    error, limits = _limits(contrast, n, over)
    shift = (contrast.effect / error)[..., None, None]
    return _averaged(special.ndtr(shift - limits) + special.ndtr(-shift - limits))


def assurance(contrast: Contrast, n: ArrayLike, over: ArrayLike | None = None) -> Array:
    """Return the power on average over what is not known of the effect, found in the direction that is expected.

    Power takes the effect for known. Where it is not, this says how probable a successful experiment is.
    """
    error, limits = _limits(contrast, n, over)
    middles = stats.norm.ppf((np.arange(_MIDDLES) + 0.5) / _MIDDLES)
    effects = abs(contrast.effect) + contrast.unsure * middles
    shifts = ((effect / error)[..., None, None] for effect in effects)
    return np.mean([_averaged(special.ndtr(shift - limits)) for shift in shifts], axis=0)


def _limits(contrast: Contrast, n: ArrayLike, over: ArrayLike | None) -> tuple[Array, Array]:
    """Return the standard error of the difference, and from how many of them on it is significant.

    The second has two more axes: quantiles of the sample variances of the treated and of the others.
    """
    above = np.asarray(n, np.float64)
    below = np.broadcast_to(above if over is None else np.asarray(over, np.float64), above.shape)
    parts = [
        variance / number[..., None] * stats.chi2.ppf(_QUANTILES, number[..., None] - 1.0) / (number[..., None] - 1.0)
        for variance, number in ((contrast.top, above), (contrast.bottom, below))
    ]
    top, bottom = parts[0][..., :, None], parts[1][..., None, :]
    inner = top**2 / (above - 1.0)[..., None, None] + bottom**2 / (below - 1.0)[..., None, None]
    error = np.sqrt(contrast.top / above + contrast.bottom / below)
    found = np.sqrt(top + bottom) * special.stdtrit((top + bottom) ** 2 / inner, 1 - ERROR / 2)
    return error, found / error[..., None, None]


def _averaged(values: Array) -> Array:
    """Return the mean over the sample variances, the last two axes."""
    return np.einsum("...ij,i,j->...", values, _WEIGHTS, _WEIGHTS)


def reach(contrast: Contrast, n: ArrayLike, over: ArrayLike | None = None) -> Array:
    """Return the factor by which the 95 % interval of the ratio is expected to reach to either side."""
    error, freedom = _error_and_freedom(contrast, n, over)
    return np.exp(special.stdtrit(freedom, 1 - ERROR / 2) * error)


def plain_power(ratio: float, cv: float, n: ArrayLike) -> Array:
    """Return the power as it is usually computed: Student's t-test on counts, one spread (of the mean of both)."""
    n = np.asarray(n, np.float64)
    standardised = (ratio - 1.0) / (cv * (ratio + 1.0) / 2.0)
    return _two_sided(standardised * np.sqrt(n / 2.0), 2.0 * n - 2.0)


def paired_power(effect: float, variance: float, n: ArrayLike) -> Array:
    """Return the power of a paired t-test on logarithms; ``variance`` is that of the differences of pairs."""
    n = np.asarray(n, np.float64)
    if variance <= 0.0:
        return np.where(effect == 0.0, ERROR, np.ones_like(n))
    return _two_sided(effect * np.sqrt(n / variance), n - 1.0)


def smallest(powers: Array, wanted: float, first: int = 2) -> float:
    """Return the smallest number of animals whose power, and that of all more, is as wanted; infinite if none is.

    ``powers`` are those of ``first`` animals and on, one by one.
    """
    short = np.flatnonzero(~(powers >= wanted))
    after = 0 if not short.size else int(short[-1]) + 1
    return float(first + after) if after < len(powers) else np.inf


def numbers() -> Array:
    """Return the numbers of animals of a group among which the smallest is looked for."""
    return np.arange(2.0, FARTHEST + 1)


def needed(contrast: Contrast, wanted: float) -> float:
    """Return the smallest number of animals of a group with the power wanted; infinite beyond ``FARTHEST``."""
    low, high = 2, FARTHEST
    if not power(contrast, high) >= wanted:
        return np.inf
    while low < high:  # power rises with the number of animals
        middle = (low + high) // 2
        low, high = (low, middle) if power(contrast, middle) >= wanted else (middle + 1, high)
    return float(low)


def detectable(contrast: Contrast, n: float, over: float, wanted: float) -> float:
    """Return the ratio, above 1, that is found with the power wanted, whatever effect is expected; NaN beyond e^5."""

    def lacking(effect: float) -> float:
        return float(power(contrast._replace(effect=effect), n, over)) - wanted

    return math.exp(brentq(lacking, 0.0, 5.0, xtol=1e-6)) if lacking(5.0) > 0.0 else math.nan


def _error_and_freedom(contrast: Contrast, n: ArrayLike, over: ArrayLike | None) -> tuple[Array, Array]:
    """Return the standard error of the difference of mean logarithms, and the degrees of freedom of Satterthwaite."""
    above = np.asarray(n, np.float64)
    below = above if over is None else np.asarray(over, np.float64)
    parts = contrast.top / above, contrast.bottom / below
    freedom = (parts[0] + parts[1]) ** 2 / (parts[0] ** 2 / (above - 1) + parts[1] ** 2 / (below - 1))
    return np.sqrt(parts[0] + parts[1]), freedom


def _two_sided(shift: ArrayLike, freedom: ArrayLike) -> Array:
    size = np.abs(np.asarray(shift, np.float64))
    return _one_sided(size, freedom) + _one_sided(-size, freedom)


def _one_sided(shift: ArrayLike, freedom: ArrayLike) -> Array:
    """Return how probable a significant difference above zero is."""
    size, df = np.broadcast_arrays(np.asarray(shift, np.float64), np.asarray(freedom, np.float64))
    limit = special.stdtrit(df, 1 - ERROR / 2)
    found = stats.nct.sf(limit, df, np.clip(size, -_BEYOND, _BEYOND))
    return np.where(size >= _BEYOND, 1.0, np.where(size <= -_BEYOND, 0.0, found))

"""What a fit knows and what it does not: intervals, correlations, loose directions, and which expectations disagree.

All of it is read off the Jacobian at the end of a fit (Raue et al. 2009 say where that linear view fails: far from the
end, and where a parameter sits at an end of its range). Residuals count in tolerances, so that a sum of squares that
rises by 1 is a change that one expectation would notice.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurogen_abm.experiments.calibration.free_parameters import FreeParameter
from neurogen_abm.experiments.calibration.least_squares import Fit
from neurogen_abm.experiments.statistics import Array
from neurogen_abm.numerals import plain

# Half-width of a 95 % interval of the normal distribution.
_Z95 = 1.959964
# A direction is loose when its standard deviation is more than a quarter of the range.
LOOSE = 0.25
# So is a parameter of which about half the variance of a uniform spread over its range is left.
_UNCONSTRAINED = 0.49
# Closer than this to an end of its range a parameter is constrained by the range rather than by the data.
_AT_END = 1e-3


def covariance(fit: Fit) -> Array:
    """Return the covariance of the positions, (parameters x parameters), in squared shares of the ranges.

    The inverse of J'J, widened by the misfit where the sum of squares exceeds its degrees of freedom (Birge 1932). A
    range is knowledge too: a uniform spread over it, of variance 1/12, enters as if measured, so that what the data
    leave open stays within the range instead of growing without bound.
    """
    jacobian = fit.jacobian.to_numpy()
    return np.linalg.inv(jacobian.T @ jacobian / _misfit(fit) + 12.0 * np.eye(jacobian.shape[1]))


def _misfit(fit: Fit) -> float:
    """Return by what variances must be multiplied for the misfit to be an ordinary one; never below 1."""
    freedom = len(fit.residuals) - len(fit.free)
    return max(1.0, fit.sum_of_squares / freedom) if freedom > 0 else max(1.0, fit.sum_of_squares)


def estimates(fit: Fit) -> pd.DataFrame:
    """Return one row per free parameter: start, value, interval, range, and how far the data narrow the range.

    Columns: name, unit, grade, scale, start, value, low95, high95, range_low, range_high, known, constrained_by.
    ``known`` is 1 less the share of the variance of a uniform spread over the range that is left: 0 where the data say
    nothing, towards 1 where they fix the value. ``constrained_by`` is data, range (the value sits at an end) or nothing
    (loose, flat).
    """
    spread = np.sqrt(np.diag(covariance(fit)))
    rows = []
    for parameter, position, sd in zip(fit.free, fit.position, spread, strict=True):
        low, high = (min(max(position + side * _Z95 * sd, 0.0), 1.0) for side in (-1, 1))
        known = 0.0 if parameter.name in fit.flat else 1.0 - 12.0 * sd**2
        rows.append(estimate(parameter, position, low, high, known))
    return pd.DataFrame(rows)


def estimate(parameter: FreeParameter, position: float, low: float, high: float, known: float) -> dict[str, Any]:
    """Return a row of `estimates` from positions."""
    return {
        "name": parameter.name,
        "unit": parameter.unit,
        "grade": parameter.grade,
        "scale": parameter.scale,
        "start": parameter.start,
        "value": parameter.value(position),
        "low95": parameter.value(low),
        "high95": parameter.value(high),
        "range_low": parameter.low,
        "range_high": parameter.high,
        "known": float(known),
        "constrained_by": _constrained_by(float(position), float(known)),
    }


def _constrained_by(position: float, known: float) -> str:
    """Return what constrains a value: the data, an end of its range, or nothing; parameters as in `estimates`."""
    if 1.0 - known > _UNCONSTRAINED:
        return "nothing"
    return "range" if position < _AT_END or position > 1 - _AT_END else "data"


def correlations(fit: Fit) -> pd.DataFrame:
    """Return the correlations between the free parameters, as the data leave them."""
    matrix = covariance(fit)
    spread = np.sqrt(np.diag(matrix))
    names = [parameter.name for parameter in fit.free]
    return pd.DataFrame(matrix / np.outer(spread, spread), index=names, columns=names)


def directions(fit: Fit) -> pd.DataFrame:
    """Return the eigen-directions of what the data know, loosest first.

    Columns: ``spread`` (standard deviation along the direction, a share of the range; above `LOOSE` the data do not fix
    it), ``loose``, and one column per free parameter with its part in the direction (of unit length).
    """
    variance, vectors = np.linalg.eigh(covariance(fit))
    order = np.argsort(variance)[::-1]
    # An eigenvector has no sign of its own; the largest part is shown positive.
    signs = np.sign([vectors[np.argmax(np.abs(vectors[:, i])), i] for i in order])
    parts = pd.DataFrame((vectors[:, order] * signs).T, columns=[u.name for u in fit.free])
    parts.insert(0, "spread", np.sqrt(variance[order]))
    parts.insert(1, "loose", parts["spread"] > LOOSE)
    return parts


def _free(fit: Fit) -> NDArray[np.bool_]:
    """Return which parameters can still move, i.e. do not sit at an end of their range."""
    return (fit.position > _AT_END) & (fit.position < 1 - _AT_END)


def conflicts(fit: Fit) -> pd.DataFrame:
    """Return one row per expectation: how it pulls, against which others, and what leaving it out would change.

    Columns
    -------
    expectation, residual
        Residual in tolerances; beyond 1 the expectation is missed.
    pull
        How far, in shares of the ranges, this expectation alone draws the parameters from where the rest of them and
        itself balance: the length of (J'J + prior)^-1 times its gradient.
    against, cosine
        The expectation that pulls most against it, and the cosine of the angle between the two gradients in the metric
        of the fit; -1 is opposite. Empty where nothing pulls the other way.
    others_gain
        By how much the sum of squares of the others would fall if this one were left out and the rest fitted again, in
        the linear view. Large: they cannot be met together.
    moved, by
        Which parameter would move most then, and by what share of its range.
    """
    free = _free(fit)
    names = list(fit.residuals.index)
    slope, left = fit.jacobian.to_numpy()[:, free], fit.residuals.to_numpy()
    if slope.shape[1] == 0:
        slope = np.zeros((len(left), 1))
    metric = np.linalg.inv(slope.T @ slope + 12.0 * np.eye(slope.shape[1]))
    gradients = slope * left[:, None]
    free_names = [u.name for u, open_ in zip(fit.free, free, strict=True) if open_] or [""]
    rows = []
    for k, name in enumerate(names):
        other, cosine = _opponent(gradients, metric, k)
        gain, move = _left_out(slope, left, k)
        most = int(np.argmax(np.abs(move)))
        rows.append(
            {
                "expectation": name,
                "residual": left[k],
                "pull": float(np.linalg.norm(metric @ gradients[k])),
                "against": names[other] if other is not None else "",
                "cosine": cosine,
                "others_gain": gain,
                "moved": free_names[most],
                "by": float(move[most]),
            }
        )
    return pd.DataFrame(rows).sort_values("others_gain", ascending=False, ignore_index=True)


def _opponent(gradients: Array, metric: Array, k: int) -> tuple[int | None, float]:
    """Return which gradient opposes number ``k`` most, weighed by how strong it is, and the cosine between them."""
    products = gradients @ metric @ gradients[k]
    products[k] = 0.0
    other = int(np.argmin(products))
    if not products[other] < 0.0:
        return None, np.nan
    lengths = np.sqrt(np.einsum("ij,jk,ik->i", gradients, metric, gradients))
    return other, float(products[other] / (lengths[k] * lengths[other]))


def _left_out(slope: Array, left: Array, k: int) -> tuple[float, Array]:
    """Return by how much the others' sum of squares would fall without expectation ``k``, and what would move then.

    Both are over what one more step with all expectations would bring, which a search stopped early has left undone.
    """
    rest = np.arange(len(left)) != k
    others, missed = slope[rest], left[rest]
    without, with_all = _full_step(others, missed), _full_step(slope, left)
    gain = np.sum((missed + others @ with_all) ** 2) - np.sum((missed + others @ without) ** 2)
    return float(gain), without - with_all


def _full_step(slope: Array, left: Array) -> Array:
    """Return the step that lowers the sum of squares most; the ridge keeps what is not fixed where it is."""
    step: Array = -np.linalg.solve(slope.T @ slope + np.eye(slope.shape[1]), slope.T @ left).astype(np.float64)
    return step


def disagreements(table: pd.DataFrame, least: float = 0.5, most: int = 6) -> list[str]:
    """Return, as sentences, which expectations cannot be met together; ``table`` is what `conflicts` returns."""
    return [
        f"{row['expectation']} (residual {row['residual']:+.2f}) pulls against {row['against']} "
        f"(cosine {row['cosine']:.2f}); without it the sum of squares of the others would fall by "
        f"{plain(row['others_gain'], 2)} and {row['moved']} would move by {row['by']:+.0%} of its range."
        for _, row in table.iterrows()
        if row["others_gain"] >= least and row["against"]
    ][:most]


def loose_sentences(table: pd.DataFrame, most: int = 4) -> list[str]:
    """Return, as sentences, the directions that the data do not fix; ``table`` is what `directions` returns."""
    names: Sequence[str] = [str(name) for name in table.columns[2:]]
    sentences = []
    for _, row in table[table["loose"]].iterrows():
        parts = sorted(((abs(row[name]), name) for name in names), reverse=True)[:most]
        words = ", ".join(f"{row[name]:+.2f} {name}" for size, name in parts if size > 0.2)
        sentences.append(f"Not fixed by the data ({row['spread']:.0%} of the range): {words}.")
    return sentences

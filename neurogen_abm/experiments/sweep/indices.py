"""How much of the spread of a read-out each number explains: indices of Sobol and of Morris, and the share of luck.

The estimators are those of SALib (Herman & Usher 2017): first order after Saltelli et al. 2010, total order after
Jansen 1999, elementary effects after Morris 1991 and Campolongo et al. 2007; intervals by bootstrap over base points.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd

from neurogen_abm.errors import EnvironmentFault, InputError
from neurogen_abm.experiments.calibration.free_parameters import Array

Method = Literal["sobol", "morris"]
# Base points, or walks, below which a bootstrap says nothing.
_FEWEST = 4


class Luck(NamedTuple):
    """Shares of the variance of one animal: of the numbers, of luck common to all points, and of luck of its own.

    Twins share their seed between points, so that part of the luck shifts all points alike and cancels out of every
    difference between them; what is left, ``own``, is what blurs the indices. ``blur`` is its share in the variance
    of the means that the indices were computed from.
    """

    numbers: float
    common: float
    own: float
    blur: float


def luck(table: Array) -> Luck:
    """Split the variance of a read-out into numbers, common luck and own luck.

    Parameters
    ----------
    table
        One row a point, one column a seed that all points share; rows with a gap are left out.

    Returns
    -------
    Luck
        The components of a two-way layout without repeats (Searle, Casella & McCulloch 1992, ch. 4), negative
        estimates set to 0; all NaN with a single seed, where luck cannot be told from the numbers.
    """
    whole = table[np.isfinite(table).all(axis=1)]
    n_points, n_seeds = whole.shape
    if n_seeds < 2 or n_points < 2:
        return Luck(*[np.nan] * 4)
    grand, by_point, by_seed = whole.mean(), whole.mean(axis=1), whole.mean(axis=0)
    rest = whole - by_point[:, None] - by_seed[None, :] + grand
    own = float((rest**2).sum() / ((n_points - 1) * (n_seeds - 1)))
    common = max(0.0, float(by_seed.var(ddof=1)) - own / n_points)
    numbers = max(0.0, float(by_point.var(ddof=1)) - own / n_seeds)
    total = numbers + common + own
    if total == 0.0:
        return Luck(*[np.nan] * 4)
    of_means = numbers + own / n_seeds
    blur = own / n_seeds / of_means if of_means > 0 else np.nan
    return Luck(numbers / total, common / total, own / total, blur)


def indices(
    method: Method,
    names: Sequence[str],
    points: Array,
    values: Array,
    *,
    levels: int = 4,
    resamples: int = 500,
    seed: int = 1,
) -> pd.DataFrame:
    """Return the indices of one read-out, one row a number.

    Parameters
    ----------
    method
        The design that the points follow.
    names
        What the columns of ``points`` are.
    points
        The whole design in its order, (points x numbers), each number from 0 to 1 on its scale.
    values
        The read-out at each point, NaN where every run failed. A block of the design (sobol) or a walk (morris) with a
        gap is left out whole.
    levels
        Of a Morris design.
    resamples, seed
        Of the bootstrap.

    Returns
    -------
    DataFrame
        ``name``, ``first``, ``first_error``, ``total``, ``total_error`` for sobol; ``name``, ``size`` (mu*),
        ``size_error``, ``mean`` (mu), ``bend`` (sigma) for morris. Errors are half-widths at 95 %. A read-out that
        never changes has indices of 0.

    Raises
    ------
    InputError
        Too few blocks without a gap are left.
    """
    _require_salib()
    block = _block(method, len(points), len(names))
    whole = np.asarray(np.isfinite(values.reshape(-1, block)).all(axis=1))
    if int(whole.sum()) < _FEWEST:
        what = f"Only {int(whole.sum())} of {len(whole)} base points have every run they need; {_FEWEST} are too few."
        raise InputError(what, code="too-few-points", cure="Take more base points (`n`), or see why runs failed.")
    kept = np.repeat(whole, block)
    problem = {"num_vars": len(names), "names": list(names), "bounds": [[0.0, 1.0]] * len(names)}
    x, y = points[kept], values[kept].astype(float)
    if np.ptp(y) <= 1e-12 * max(1.0, float(np.abs(y).max())):
        return _still(method, names)
    if method == "sobol":
        return _sobol(problem, y, resamples, seed)
    return _morris(problem, x, y, levels, resamples, seed)


def _require_salib() -> None:
    try:
        import SALib  # noqa: F401
    except ImportError as fault:
        cure = "Install it with `pip install neurogen_abm[sensitivity]`."
        raise EnvironmentFault("SALib is not installed.", cure=cure, code="missing-package") from fault


def _block(method: Method, n_points: int, n_names: int) -> int:
    """Return how many points belong together: a base point with its changes, or a walk."""
    block = n_names + 2 if method == "sobol" else n_names + 1
    if n_points % block or n_points == 0:
        what = f"{n_points} points are no whole {method} design of {n_names} numbers."
        raise InputError(what, code="broken-design", cure=f"Give all points of the design, in blocks of {block}.")
    return block


_COLUMNS = {
    "sobol": ("first", "first_error", "total", "total_error"),
    "morris": ("size", "size_error", "mean", "bend"),
}


def _still(method: Method, names: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame({"name": list(names), **dict.fromkeys(_COLUMNS[method], 0.0)})


def _sobol(problem: Mapping[str, Any], y: Array, resamples: int, seed: int) -> pd.DataFrame:
    from SALib.analyze import sobol

    found = sobol.analyze(problem, y, calc_second_order=False, num_resamples=resamples, seed=seed)
    return _framed("sobol", problem, (found["S1"], found["S1_conf"], found["ST"], found["ST_conf"]))


def _morris(problem: Mapping[str, Any], x: Array, y: Array, levels: int, resamples: int, seed: int) -> pd.DataFrame:
    from SALib.analyze import morris

    found = morris.analyze(problem, x, y, num_resamples=resamples, num_levels=levels, seed=seed)
    return _framed("morris", problem, (found["mu_star"], found["mu_star_conf"], found["mu"], found["sigma"]))


def _framed(method: Method, problem: Mapping[str, Any], columns: Sequence[Any]) -> pd.DataFrame:
    named = {name: np.asarray(part, dtype=float) for name, part in zip(_COLUMNS[method], columns, strict=True)}
    return pd.DataFrame({"name": problem["names"], **named})

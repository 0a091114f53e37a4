"""How much of the variance of a read-out each parameter explains: indices of Sobol and Morris, and stochastic shares.

The estimators are those of SALib (Herman & Usher 2017): first order after Saltelli et al. 2010, total order after
Jansen 1999, elementary effects after Morris 1991 and Campolongo et al. 2007; intervals by bootstrap over base points.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from neurogen_abm.errors import InputError
from neurogen_abm.experiments.statistics import Array
from neurogen_abm.experiments.sweep import designs

Method = Literal["sobol", "morris"]
# Base points, or walks, below which a bootstrap says nothing.
FEWEST = 4


_COLUMNS = {
    "sobol": ("first", "first_error", "total", "total_error"),
    "morris": ("size", "size_error", "mean", "bend"),
}


class StochasticShares(NamedTuple):
    """Shares of the variance of one animal: of the parameters, and of stochastic variation common to all points or not.

    Twins share their seed between points, so that part of the stochastic variation shifts all points alike and cancels
    out of every difference between them; the rest, ``own``, makes the indices uncertain. ``blur`` is its share in the
    variance of the means that the indices were computed from.
    """

    parameters: float
    common: float
    own: float
    blur: float


def stochastic_shares(table: Array) -> StochasticShares:
    """Split the variance of a read-out into that of the parameters and that of common and own stochastic variation.

    ``table`` has one row per point and one column per seed that all points share; rows with a gap are left out.

    Returns
    -------
    StochasticShares
        The components of a two-way layout without repeats (Searle, Casella & McCulloch 1992, ch. 4), negative
        estimates set to 0; all NaN with a single seed, where stochastic variation and parameters cannot be separated.
    """
    whole = table[np.isfinite(table).all(axis=1)]
    n_points, n_seeds = whole.shape
    if n_seeds < 2 or n_points < 2:
        return StochasticShares(*[np.nan] * 4)
    grand, by_point, by_seed = whole.mean(), whole.mean(axis=1), whole.mean(axis=0)
    rest = whole - by_point[:, None] - by_seed[None, :] + grand
    own = float((rest**2).sum() / ((n_points - 1) * (n_seeds - 1)))
    common = max(0.0, float(by_seed.var(ddof=1)) - own / n_points)
    parameters = max(0.0, float(by_point.var(ddof=1)) - own / n_seeds)
    total = parameters + common + own
    if total == 0.0:
        return StochasticShares(*[np.nan] * 4)
    of_means = parameters + own / n_seeds
    blur = own / n_seeds / of_means if of_means > 0 else np.nan
    return StochasticShares(parameters / total, common / total, own / total, blur)


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
    """Return the indices of one read-out, one row per parameter.

    ``points`` is the whole design in its order, (points x parameters), each from 0 to 1 on its scale; ``values`` the
    read-out at each point, NaN where every run failed. A block of the design (sobol) or a walk (morris) with a gap is
    left out whole.

    Returns
    -------
    DataFrame
        ``name``, ``first``, ``first_error``, ``total``, ``total_error`` for sobol; ``name``, ``size`` (mu*),
        ``size_error``, ``mean`` (mu), ``bend`` (sigma) for morris. Errors are half-widths at 95 %. A read-out that
        never changes has indices of 0.
    """
    block = _block(method, len(points), len(names))
    whole = np.asarray(np.isfinite(values.reshape(-1, block)).all(axis=1))
    if int(whole.sum()) < FEWEST:
        what = f"Only {int(whole.sum())} of {len(whole)} base points have all their runs; {FEWEST} are needed."
        raise InputError(what, code="too-few-points", cure="Take more (design: points), or see why runs failed.")
    kept = np.repeat(whole, block)
    x, y = points[kept], values[kept].astype(float)
    if np.ptp(y) <= 1e-12 * max(1.0, float(np.abs(y).max())):
        return pd.DataFrame({"name": list(names), **dict.fromkeys(_COLUMNS[method], 0.0)})
    of, plain = designs.problem(names), {"num_resamples": resamples, "seed": seed}
    if method == "sobol":
        found = designs.salib("analyze.sobol").analyze(of, y, calc_second_order=False, **plain)
        columns = found["S1"], found["S1_conf"], found["ST"], found["ST_conf"]
    else:
        found = designs.salib("analyze.morris").analyze(of, x, y, num_levels=levels, **plain)
        columns = found["mu_star"], found["mu_star_conf"], found["mu"], found["sigma"]
    named = {name: np.asarray(part, dtype=float) for name, part in zip(_COLUMNS[method], columns, strict=True)}
    return pd.DataFrame({"name": list(names), **named})


def _block(method: Method, n_points: int, n_names: int) -> int:
    """Return how many points belong together: a base point with its changes, or a walk."""
    block = n_names + 2 if method == "sobol" else n_names + 1
    if n_points % block or n_points == 0:
        what = f"{n_points} points are not a complete {method} design of {n_names} parameters."
        raise InputError(what, code="broken-design", cure=f"Give all points of the design, in blocks of {block}.")
    return block

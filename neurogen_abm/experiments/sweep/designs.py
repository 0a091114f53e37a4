"""Which points of the space that the axes of a sweep span are run.

Random, Latin hypercube (McKay, Beckman & Conover 1979), and the samples that the indices of Sobol (Saltelli 2010) and
Morris (1991) are computed from; the latter two are drawn by SALib.
"""

from collections.abc import Iterator
from itertools import product
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.errors import EnvironmentFault, InputError
from neurogen_abm.spec.sweep import MOST_POINTS, Sweep

Point = dict[str, Any]


def count(sweep: Sweep) -> int:
    """Return how many points a sweep has, without making them.

    Raises
    ------
    InputError
        They are too many for anybody to run.
    """
    design, dimensions = sweep.design, len(sweep.groups)
    n = {
        "grid": prod(sweep.axes[group[0]].size or 1 for group in sweep.groups),
        "sobol": (design.points or 0) * (dimensions + 2),
        "morris": (design.points or 0) * (dimensions + 1),
    }.get(design.kind, design.points or 0)
    if n > MOST_POINTS:
        what, cure = f"The sweep has {n:,} points.", f"At most {MOST_POINTS:,} can be planned; make the axes shorter."
        raise InputError(what, where=sweep.where(("axes",)), code="too-many-points", cure=cure, seen=n)
    return n


def points(sweep: Sweep) -> Iterator[Point]:
    """Yield the points of a sweep: dotted path -> value, as `load_scenario` takes changes.

    Raises
    ------
    InputError
        They are too many.
    EnvironmentFault
        The design is drawn by SALib, which is not installed.
    """
    count(sweep)
    if sweep.design.kind == "grid":
        sizes = [range(sweep.axes[group[0]].size or 1) for group in sweep.groups]
        for indices in product(*sizes):
            yield {
                name: sweep.axes[name].level(index)
                for group, index in zip(sweep.groups, indices, strict=True)
                for name in group
            }
        return
    for shares in unit_points(sweep):
        yield {
            name: sweep.axes[name].at(float(share))
            for group, share in zip(sweep.groups, shares, strict=True)
            for name in group
        }


def unit_points(sweep: Sweep) -> NDArray[np.float64]:
    """Return the points of a sampled design as shares of each dimension: shape (points, dimensions), 0 to 1."""
    design, dimensions = sweep.design, len(sweep.groups)
    n = design.points or 1
    if design.kind == "random":
        return np.random.default_rng(design.seed).random((n, dimensions))
    if design.kind == "latin_hypercube":
        from scipy.stats import qmc

        return np.asarray(qmc.LatinHypercube(dimensions, seed=design.seed).random(n))
    return _by_salib(sweep, n)


def problem(sweep: Sweep) -> dict[str, Any]:
    """Return the dimensions of a sweep as SALib describes a problem, every one from 0 to 1."""
    names = [" and ".join(group) for group in sweep.groups]
    return {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names)}


def _by_salib(sweep: Sweep, n: int) -> NDArray[np.float64]:
    try:
        from SALib.sample import morris, sobol
    except ImportError as fault:
        what = f"The design {sweep.design.kind} is drawn by SALib, which is not installed."
        cure = "Install it: pip install 'neurogen_abm[sensitivity]'."
        raise EnvironmentFault(what, where=sweep.where(("design",)), cure=cure, code="no-salib") from fault
    if sweep.design.kind == "morris":
        return np.asarray(morris.sample(problem(sweep), n, num_levels=sweep.design.levels, seed=sweep.design.seed))
    return np.asarray(sobol.sample(problem(sweep), n, calc_second_order=False, seed=sweep.design.seed))

"""Which points of the space that the axes of a sweep span are run.

Random, Latin hypercube (McKay, Beckman & Conover 1979), and the samples that the indices of Sobol (Saltelli 2010) and
Morris (1991) are computed from; the latter two are drawn by SALib.
"""

from collections.abc import Iterator, Sequence
from itertools import product
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.errors import InputError
from neurogen_abm.optional import optional
from neurogen_abm.spec.sweep import MOST_POINTS, Sweep

Point = dict[str, Any]


def count(sweep: Sweep) -> int:
    """Return how many points a sweep has, without making them."""
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
    """Yield the points of a sweep: dotted path -> value, as `load_scenario` takes changes."""
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
    of = problem(names(sweep))
    if design.kind == "morris":
        return np.asarray(salib("sample.morris").sample(of, n, num_levels=design.levels, seed=design.seed))
    return np.asarray(salib("sample.sobol").sample(of, n, calc_second_order=False, seed=design.seed))


def names(sweep: Sweep) -> list[str]:
    """Return what the dimensions of a sweep are called."""
    return [" and ".join(group) for group in sweep.groups]


def problem(names: Sequence[str]) -> dict[str, Any]:
    """Return dimensions as SALib describes a problem, every one from 0 to 1."""
    return {"num_vars": len(names), "names": list(names), "bounds": [[0.0, 1.0]] * len(names)}


def salib(part: str) -> Any:
    """Return a module of SALib."""
    return optional(f"SALib.{part}", "SALib", "'neurogen_abm[sensitivity]'")

"""A laboratory drawn many times: animals taken from the pool, unpaired, counted, and put through the tests in use.

The check of the formulas of `power`: nothing here is normal but what raw data show beyond the model. Animals are drawn
from the simulated ones with replacement, each by itself in each group; cells are seen or missed one by one.
"""

from typing import NamedTuple

import numpy as np
from numpy.random import Generator
from scipy import special

from neurogen_abm.experiments.design.power import ERROR
from neurogen_abm.experiments.design.spread import Group
from neurogen_abm.experiments.statistics import Array

DRAWS = 2000
TESTS = ("log_welch", "count_welch", "count_student")
"""Welch's test on logarithms of counts; the same on counts; Student's on counts."""


class Herd(NamedTuple):
    """From what the animals of a group are drawn."""

    group: Group
    animals: Array  # logarithms of the simulated ones
    seen: float  # share of the cells that is counted
    gyri: int  # hemispheres


def powers(random: Generator, top: Herd, bottom: Herd, most: int, draws: int = DRAWS) -> dict[str, Array]:
    """Return how often each test finds a difference at 5 %, with 2, 3, ... ``most`` animals in each group.

    The standard error of a power is ``sqrt(p (1 - p) / draws)``, 1.1 points at most with 2000 draws.
    """
    counts = [counted(random, herd, (draws, most)) for herd in (top, bottom)]
    logs = [np.log(np.maximum(count, 0.5 / herd.seen)) for count, herd in zip(counts, (top, bottom), strict=True)]
    return {
        "log_welch": found(*logs, equal=False),
        "count_welch": found(*counts, equal=False),
        "count_student": found(*counts, equal=True),
    }


def counted(random: Generator, herd: Herd, shape: tuple[int, int]) -> Array:
    """Return what is counted in animals drawn from a herd, as estimates of one gyrus."""
    group, own = herd.group, herd.animals - herd.animals.mean()
    size = own.std()
    own = own * (np.sqrt(group.model) / size) if size > 0.0 else own
    log = np.log(group.mean) + own[random.integers(0, len(own), shape)]
    if herd.seen >= 1.0:
        return np.exp(log - group.between / 2 + np.sqrt(group.missing) * random.standard_normal(shape))
    by_itself = np.log1p((1.0 - herd.seen) / (herd.seen * group.mean * herd.gyri))
    apart = group.missing + max(group.counting - by_itself, 0.0)  # cells in groups, beside what raw data show
    cells = np.exp(log - (group.model + apart) / 2 + np.sqrt(apart) * random.standard_normal(shape))
    return random.binomial(np.rint(cells * herd.gyri).astype(np.int64), herd.seen) / (herd.seen * herd.gyri)


def found(top: Array, bottom: Array, *, equal: bool) -> Array:
    """Return the share of experiments that find a difference with the first 2, 3, ... animals of each row.

    Parameters
    ----------
    top, bottom
        Shape (experiments, animals), of as many animals.
    equal
        Whether the test takes the spreads of both groups for equal (Student), or not (Welch).
    """
    n = np.arange(2, top.shape[1] + 1)
    centre = (top.mean() + bottom.mean()) / 2
    (mean_a, a), (mean_b, b) = (_moments(values - centre, n) for values in (top, bottom))
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.abs(mean_a - mean_b) / np.sqrt(a + b)
        freedom = 2.0 * (n - 1) if equal else (a + b) ** 2 / (a**2 + b**2) * (n - 1)
    return np.asarray(np.mean(t > special.stdtrit(freedom, 1 - ERROR / 2), axis=0))


def _moments(values: Array, n: Array) -> tuple[Array, Array]:
    """Return means of the first ``n`` of each row, and the squared standard errors of the means."""
    total, squares = np.cumsum(values, axis=1)[:, 1:], np.cumsum(values**2, axis=1)[:, 1:]
    return total / n, np.maximum(squares - total**2 / n, 0.0) / ((n - 1) * n)

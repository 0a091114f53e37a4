"""Means over time of the columns of a series: the one place that knows what a row stands for."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurogen_abm.tables import SERIES


def between_rows(name: str, values: ArrayLike) -> NDArray[np.float64]:
    """Return what a column of the series was, on average, from each row to the next: one value fewer than rows.

    A level that is written as its mean since the row before is that of the later row; the first row is of no interval.
    Anything else was there at the time of its row, and is taken to go straight from one row to the next.
    """
    rows = np.asarray(values, np.float64)
    known = SERIES.get(name)
    return rows[1:] if known is not None and known.since_before else (rows[1:] + rows[:-1]) / 2


def mean_over_time(name: str, time_h: ArrayLike, values: ArrayLike) -> float:
    """Return the mean of a column of the series from its first row to its last, each interval by its length.

    How often a run records makes no difference to the mean of a level. Missing where no time passes.
    """
    length_h = np.diff(np.asarray(time_h, np.float64))
    if not length_h.sum() > 0:
        return float("nan")
    return float(between_rows(name, values) @ length_h / length_h.sum())

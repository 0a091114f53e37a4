"""Means over time of the columns of a series: the one place that knows what a row stands for."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from neurogen_abm.tables import SERIES

DAY_H = 24.0


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


def daily_means(series: pd.DataFrame) -> pd.DataFrame:
    """Return a series in which every level that follows the time of day is its mean over the 24 h before each row.

    A row stands for the time since the row before, as the recorder means it, and counts by how much of that lies within
    the day; before the first day is over, the mean is that since the start. The first row stays as it is.
    """
    columns = [name for name in series.columns if name in SERIES and SERIES[name].follows_day]
    if not columns or len(series) < 2:
        return series
    time_h = series["time_h"].to_numpy(np.float64)
    # The integral from the first row to every row; between rows it grows evenly.
    area = np.cumsum(series[columns].to_numpy(np.float64)[1:] * np.diff(time_h)[:, None], axis=0)
    area = np.vstack([np.zeros(len(columns)), area])
    begin_h = np.maximum(time_h - DAY_H, time_h[0])
    means = series[columns].to_numpy(np.float64).copy()
    for number in range(len(columns)):
        before = np.interp(begin_h, time_h, area[:, number])
        means[1:, number] = ((area[:, number] - before) / np.maximum(time_h - begin_h, 1e-12))[1:]
    return series.assign(**dict(zip(columns, means.T, strict=True)))

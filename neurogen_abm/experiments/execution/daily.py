"""Levels that follow the time of day, as means over a day: what is read does not depend on the hour of the reading."""

import numpy as np
import pandas as pd

from neurogen_abm.tables import SERIES

DAY_H = 24.0


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

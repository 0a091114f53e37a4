"""Tables derived from the series: rates from running totals, hours of the day, rows few enough to draw."""

from __future__ import annotations

import numpy as np
import pandas as pd

from neurogen_abm.over_time import between_rows


def thin(series: pd.DataFrame, most: int = 800) -> pd.DataFrame:
    """Keep every k-th row and the last, so that at most about `most` remain."""
    if len(series) <= most:
        return series
    keep = np.arange(0, len(series), -(-len(series) // most))
    return series.iloc[np.union1d(keep, [len(series) - 1])]


def interval_days(series: pd.DataFrame) -> float:
    """Length of one bar of a rate: a day; a week when the run is longer than 120 days."""
    span = float(series["time_h"].max()) / 24 if len(series) else 0.0
    return 7.0 if span > 120 else 1.0


def rate_per_day(series: pd.DataFrame, column: str, every_d: float = 1.0) -> pd.DataFrame:
    """Turn a running total since the start of the run into a rate.

    Parameters
    ----------
    series : DataFrame
        ``time_h`` (rising) and `column`, a cumulative count or distance.
    every_d : float
        Length of an interval in days; longer when rows are further apart. A partial last interval is divided by its own
        length.

    Returns
    -------
    DataFrame
        ``day`` (middle of the interval), ``width_d``, ``per_day``.
    """
    rows = series[series["time_h"] > 0]
    if rows.empty:
        return pd.DataFrame({"day": [], "width_d": [], "per_day": []}, dtype=float)
    bin_of_row = np.ceil(rows["time_h"].to_numpy() / (24 * every_d) - 1e-9).astype(int)
    last = np.flatnonzero(np.diff(np.append(bin_of_row, bin_of_row[-1] + 1)))
    edges = np.concatenate([[0.0], rows["time_h"].to_numpy()[last] / 24])
    totals = np.concatenate([[0.0], rows[column].to_numpy(dtype=float)[last]])
    width = np.diff(edges)
    return pd.DataFrame({"day": edges[:-1] + width / 2, "width_d": width, "per_day": np.diff(totals) / width})


def daily_range(series: pd.DataFrame, column: str) -> pd.DataFrame:
    """Mean, least and greatest value of each day: ``day`` (middle), ``mean``, ``low``, ``high``."""
    rows = series[series["time_h"] > 0]
    by_day = rows[column].astype(float).groupby(_middle_d(rows["time_h"])).agg(["min", "max"])
    by_day = by_day.rename(columns={"min": "low", "max": "high"}).rename_axis("day")
    return by_day.assign(mean=_day_by_day(series, column)).reset_index()[["day", "mean", "low", "high"]]


def daily_means(series: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Mean of each day for some columns, at the middle of the day: ``time_h`` and the columns."""
    means = pd.DataFrame({column: _day_by_day(series, column) for column in columns})
    return means.set_axis(24 * means.index).rename_axis("time_h").reset_index()


def _middle_d(time_h: pd.Series) -> np.ndarray:
    """Return the middle of the day in which the interval before each time ends."""
    return np.asarray(np.ceil(time_h.to_numpy(dtype=float) / 24 - 1e-9) - 0.5)


def _day_by_day(series: pd.DataFrame, column: str) -> pd.Series:
    """Return the mean of each day by the middle of the day, each interval by its length, as in `mean_over_time`."""
    length = np.diff(series["time_h"].to_numpy(dtype=float))
    amount = between_rows(column, series[column]) * length
    parts = pd.DataFrame({"amount": amount, "length": length}).groupby(_middle_d(series["time_h"][1:])).sum()
    return parts["amount"] / parts["length"]


def actogram(series: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray, float, bool]:
    """Lay activity out as hours times days.

    Parameters
    ----------
    series : DataFrame
        ``time_h``, ``clock_h``, ``intensity``, ``distance_km``. A row describes the interval that ends at its time.

    Returns
    -------
    (values, days, hours, clock_start_h, is_distance)
        `values` (hours, days), NaN where nothing was recorded: km/h when any distance was covered, else mean intensity;
        `days` middles in days since the start, `hours` middles in hours since the start of that day,
        `clock_start_h` the time of day at which the run starts.

    Notes
    -----
    Days start at the clock time of the run's start, so that they are the same days as those of every other figure.
    """
    time = series["time_h"].to_numpy(dtype=float)
    length = np.diff(time, prepend=0.0)
    keep = length > 0
    if not keep.any():
        return np.full((1, 1), np.nan), np.array([0.5]), np.array([12.0]), 0.0, False
    hour = min(max(1.0, float(np.median(length[keep]))), 24.0)
    n_hours = max(1, round(24 / hour))
    middle = (time - length / 2)[keep]
    clock_start = float((series["clock_h"].to_numpy(dtype=float)[keep][0] - time[keep][0]) % 24)
    distance = series["distance_km"].fillna(0).to_numpy(dtype=float)
    is_distance = bool(distance.max(initial=0) > 0)
    amount = np.diff(distance, prepend=0.0) if is_distance else series["intensity"].to_numpy(dtype=float) * length
    day = np.floor(middle / 24 + 1e-9).astype(int)
    slot = np.clip(((middle - 24 * day) * n_hours / 24).astype(int), 0, n_hours - 1)
    shape = (n_hours, int(day.max()) + 1)
    total, hours = np.zeros(shape), np.zeros(shape)
    np.add.at(total, (slot, day), amount[keep])
    np.add.at(hours, (slot, day), length[keep])
    values = np.divide(total, hours, out=np.full(shape, np.nan), where=hours > 0)
    return values, np.arange(shape[1]) + 0.5, (np.arange(n_hours) + 0.5) * 24 / n_hours, clock_start, is_distance

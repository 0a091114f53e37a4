"""The read-outs a laboratory would put in its first table, from the series of a run."""

from typing import TYPE_CHECKING

from neurogen_abm.tables import SERIES

if TYPE_CHECKING:
    import pandas as pd


# Levels are read at the first and the last recorded time; totals are counted since the run began.
_LEVELS = ("distance_km_d", "bdnf_plasma_pg_ml", "bdnf_niche_pg_ml", "n_ki67", "n_dcx", "new_neurons")
_TOTALS = ("distance_km", "births", "deaths", "integrated")


def summary(series: "pd.DataFrame", area_fraction: float = 1.0) -> "pd.DataFrame":
    """Return one row per read-out: unit, first value, mean over the run, last value.

    Levels that follow the time of day are at the end what they were on average over the last 24 h. For totals the first
    value is 0, the mean is missing, and the last is the sum over the run. A series without rows
    gives missing values. Means are those of `mean_over_time`; the mean distance per day is the distance over the days,
    as a mean of sums over the last 24 h would count the first day in part. For a patch, a last column scales the final
    number of cells to the whole gyrus.
    """
    import pandas as pd

    ends = _ends(series)
    rows = [(SERIES[name].title, SERIES[name].unit, *_row(series, name, ends)) for name in (*_LEVELS, *_TOTALS)]
    table = pd.DataFrame(rows, columns=["read-out", "unit", "start", "mean", "end"]).set_index("read-out")
    if area_fraction < 1.0:
        table["whole gyrus"] = (table["end"] / area_fraction).where(table["unit"] == "cells")
    return table


def _ends(series: "pd.DataFrame") -> dict[str, float]:
    """Return what each level was at the end, or on average over the last 24 h; nothing of a series without rows."""
    # Imported here because numpy takes a while, and the command line starts without it.
    from neurogen_abm.over_time import daily_means

    means = daily_means(series[["time_h", *_LEVELS]])
    return {name: float(means[name].iloc[-1]) for name in _LEVELS} if len(means) else {}


def _row(series: "pd.DataFrame", name: str, ends: dict[str, float]) -> tuple[float, float, float]:
    """Return start, mean and end of a read-out."""
    values = series[name].to_numpy(dtype=float)
    missing = float("nan")
    if len(values) == 0:
        return missing, missing, missing
    if name in _TOTALS:
        return 0.0, missing, values[-1]
    from neurogen_abm.over_time import mean_over_time

    per_day = name == "distance_km_d"
    mean = _per_day(series, "distance_km") if per_day else mean_over_time(name, series["time_h"], values)
    return values[0], mean, ends[name]


def _per_day(series: "pd.DataFrame", total: str) -> float:
    """Return how much a total grows per day; missing where no time passes."""
    first, last = series.iloc[0], series.iloc[-1]
    days = (last["time_h"] - first["time_h"]) / 24
    return float((last[total] - first[total]) / days) if days > 0 else float("nan")

"""The read-outs a laboratory would put in its first table, from the series of a run."""

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import pandas as pd


class _ReadOut(NamedTuple):
    label: str
    column: str
    unit: str
    total: bool = False
    pace: str | None = None  # the total whose growth over the run is the mean of this read-out


# Levels are read at the first and the last recorded time; totals are counted since the run began.
_READ_OUTS = (
    _ReadOut("Distance run a day", "distance_km_d", "km/d", pace="distance_km"),
    _ReadOut("BDNF in plasma", "bdnf_plasma_pg_ml", "pg/mL"),
    _ReadOut("BDNF in the niche", "bdnf_niche_pg_ml", "pg/mL"),
    _ReadOut("Ki67-positive cells", "n_ki67", "cells"),
    _ReadOut("DCX-positive cells", "n_dcx", "cells"),
    _ReadOut("New neurons alive", "new_neurons", "cells"),
    _ReadOut("Distance run", "distance_km", "km", total=True),
    _ReadOut("Cells born", "births", "cells", total=True),
    _ReadOut("Cells that died", "deaths", "cells", total=True),
    _ReadOut("Neurons integrated", "integrated", "cells", total=True),
)


def summary(series: "pd.DataFrame", area_fraction: float = 1.0) -> "pd.DataFrame":
    """Return one row a read-out: unit, first value, mean over the run, last value.

    For totals the first value is 0, the mean is missing, and the last is the sum over the run. A series without rows
    gives missing values. The mean distance a day is the distance over the days: a mean of sums over the last 24 h would
    count the first day in part. For a patch, a last column scales the final number of cells to the whole gyrus by area.
    """
    import pandas as pd

    rows = [_row(series, read_out) for read_out in _READ_OUTS]
    table = pd.DataFrame(rows, columns=["read-out", "unit", "start", "mean", "end"]).set_index("read-out")
    if area_fraction < 1.0:
        table["whole gyrus"] = (table["end"] / area_fraction).where(table["unit"] == "cells")
    return table


def _row(series: "pd.DataFrame", read_out: _ReadOut) -> tuple[str, str, float, float, float]:
    values = series[read_out.column].to_numpy(dtype=float)
    missing = float("nan")
    if len(values) == 0:
        return read_out.label, read_out.unit, missing, missing, missing
    if read_out.total:
        return read_out.label, read_out.unit, 0.0, missing, values[-1]
    mean = values.mean() if read_out.pace is None else _a_day(series, read_out.pace)
    return read_out.label, read_out.unit, values[0], mean, values[-1]


def _a_day(series: "pd.DataFrame", total: str) -> float:
    """Return how much a total grows a day; missing where no time passes."""
    first, last = series.iloc[0], series.iloc[-1]
    days = (last["time_h"] - first["time_h"]) / 24
    return float((last[total] - first[total]) / days) if days > 0 else float("nan")

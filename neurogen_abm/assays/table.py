"""The table of assays: its columns, and the empty one that stands for a run in which nothing was asked."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

# Column -> meaning, in order.
COLUMNS = {
    "name": "name of the assay",
    "time_h": "hours since the start of the run",
    "day": "days since the start of the run",
    "count": "true number of cells in the simulated tissue, or the value of the measure",
    "unit": "cells, clones, share, d or h",
    "n": "clones or cells the value rests on",
    "estimate": "what the sections say, NaN without sampling",
    "coefficient_of_error": "of the estimate, NaN without sampling or without a cell",
    "counted": "cells counted under the microscope, NaN without sampling",
    "sections": "sections looked at, NaN without sampling",
}


def assay_table(rows: Iterable[Mapping[str, Any]] = ()) -> "pd.DataFrame":
    """Return rows as the table of assays, with every column and its type even where there are none."""
    import pandas as pd

    frame = pd.DataFrame(list(rows), columns=list(COLUMNS))
    types = {"name": "str", "unit": "str", "n": "int64"}
    return frame.astype({column: types.get(column, "float64") for column in COLUMNS})

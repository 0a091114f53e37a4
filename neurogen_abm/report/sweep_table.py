"""The result of a sweep as a few lines of text: one read-out at the end of the runs, point by point."""

import math
from typing import Any

import pandas as pd

from neurogen_abm.experiments.statistics import mean_of
from neurogen_abm.numerals import plain
from neurogen_abm.report.figures.responses import Dimension, label_and_unit, of_animals
from neurogen_abm.words import several

# What a terminal shows at once.
_MOST_ROWS, _WIDEST = 16, 100


def ends(last: pd.DataFrame, read_out: str, x: Dimension, by: Dimension | None = None) -> str:
    """Return a table of means over the animals, each with half of its 95 % interval; empty where it would be too large.

    Parameters
    ----------
    last : DataFrame
        One row per run at its end: the columns of the axes, ``seed``, the ``animal`` of a cohort, and the read-out.
    read_out : str
        Column that is told.
    x, by : Dimension
        The axis to the right, and the one downwards; an axis alone goes downwards.
    """
    axes = [x] if by is None else [by, x]
    columns = [axis.column for axis in axes]
    rows = of_animals(last, read_out, columns)
    points = rows.groupby(columns if by is not None else x.column, sort=False)[read_out]
    cells, animals = points.apply(_cell), points.count()
    n = several(animals.min(), "animal") if animals.nunique() == 1 else f"{animals.min()} to {animals.max()} animals"
    label, unit = label_and_unit(read_out)
    table = cells.to_frame("") if by is None else _named(cells.unstack().T, x, rows).T
    table = _named(table, axes[0], rows)
    text = table.fillna("").to_string(header=by is not None)
    if len(table) > _MOST_ROWS or max(map(len, text.splitlines())) > _WIDEST:
        return ""
    way = f"{x.label.lower()} downwards" if by is None else f"{x.label.lower()} to the right"
    what = "one animal each" if animals.max() == 1 else f"mean of {n} ± half of its 95 % interval"
    return f"{label}{f' ({unit})' if unit else ''} at the end, {way}; {what}:\n{text}"


def _named(table: pd.DataFrame, axis: Dimension, rows: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose rows are the values of an axis, in their order and with their unit."""
    values = rows[axis.column].drop_duplicates()
    values = values if axis.unit is None else values.sort_values()
    return table.reindex(list(values)).set_axis([axis.text(value) for value in values], axis=0)


def _cell(values: Any) -> str:
    found = mean_of(values.to_numpy(float))
    mean = plain(float(found.mean), 4, thousands=True)
    half = (float(found.high) - float(found.low)) / 2
    return mean if math.isnan(half) else f"{mean} ± {plain(half, 2, thousands=True)}"

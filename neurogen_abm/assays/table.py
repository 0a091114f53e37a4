"""The tables of assays and of patterns, with every column and its type even where nothing was asked."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from neurogen_abm.tables import SERIES, TABLES

if TYPE_CHECKING:
    import pandas as pd

ASSAY = " (assay)"  # behind the name of an assay that is called as a column of the series is


def assay_table(rows: Iterable[Mapping[str, Any]] = ()) -> "pd.DataFrame":
    """Return rows as the table of assays; its columns are those of `neurogen_abm.tables`."""
    return of_rows(rows, "assays")


def pattern_table(rows: Iterable[Mapping[str, Any]] = ()) -> "pd.DataFrame":
    """Return rows as the table of the answers to patterns; its columns are those of `neurogen_abm.tables`."""
    return of_rows(rows, "patterns")


def of_rows(rows: Iterable[Mapping[str, Any]], table: str) -> "pd.DataFrame":
    """Return rows as a table of `TABLES` by its name; most runs ask for none of them, and that one is made once."""
    listed = list(rows)
    return _typed(listed, table) if listed else _without_rows(table).copy()


@cache
def _without_rows(table: str) -> "pd.DataFrame":
    return _typed([], table)


def _typed(rows: list[Mapping[str, Any]], table: str) -> "pd.DataFrame":
    import pandas as pd

    columns = TABLES[table]
    return pd.DataFrame(rows, columns=list(columns)).astype({name: c.dtype for name, c in columns.items()})


def reported(table: "pd.DataFrame") -> "pd.Series":
    """Return what a laboratory would report, row by row: the estimate where sections were sampled, else the value."""
    value = table["count"].astype(float)
    return table["estimate"].astype(float).fillna(value) if "estimate" in table else value


def as_read_outs(table: "pd.DataFrame") -> "pd.DataFrame":
    """Return a table of assays with ``value``, what was reported, and ``read_out``, a name no column of the series has.

    An assay may be called as a column of the series is, with or without its ``n_``; it is another read-out still.
    """
    name = table["name"].astype(str)
    taken = {*SERIES, *(column.removeprefix("n_") for column in SERIES)}
    return table.assign(read_out=name.mask(name.isin(taken), name + ASSAY), value=reported(table))

"""Two tables that should be one: where they first differ, and whether rounding alone can have made them differ."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from pandas.api import types

from neurogen_abm.numerals import plain, written

if TYPE_CHECKING:
    from numpy.typing import NDArray

IDENTICAL: Final = "identical"
WITHIN: Final = "within tolerance"
DIFFERENT: Final = "different"
# From the best answer to the worst.
VERDICTS: Final = (IDENTICAL, WITHIN, DIFFERENT)
COLUMNS: Final = (
    *("table", "verdict", "rows", "same_bytes", "row", "column", "stored", "again", "columns", "largest", "says"),
)


def compared(
    name: str,
    then: pd.DataFrame,
    now: pd.DataFrame,
    roundings: float,
    called: tuple[str, str] = ("stored", "now"),
    *,
    may_gain: bool = True,
) -> dict[str, Any]:
    """Return one row about a table: its verdict, and the first cell from which on it differs.

    Parameters
    ----------
    name
        Of the table.
    then, now
        The table as it was stored, and as it is now. A column that is only in ``then`` is a difference.
    roundings
        How many units of rounding a floating number may be off, relative to the largest of its column.
    called
        What the two are called in words.
    may_gain
        Whether a column that is only in ``now`` was gained since, and is no difference.

    Returns
    -------
    dict
        ``row`` (from 0) and ``column`` of the first cell that is not the same, with both values; ``columns`` that
        differ anywhere; ``largest``, the largest difference as a share of the largest number of its column.
    """
    found = _row(name, IDENTICAL, len(then))
    lost = [column for column in then.columns if column not in now.columns]
    gained = [column for column in now.columns if column not in then.columns]
    shared = [column for column in then.columns if column in now.columns]
    n = min(len(then), len(now))
    off = {column: _off(then[column].iloc[:n], now[column].iloc[:n], roundings) for column in shared}
    differing = [column for column, (unequal, _, _) in off.items() if unequal.any()]
    found["columns"] = ", ".join([*lost, *([] if may_gain else gained), *differing])
    found["largest"] = max((share for _, _, share in off.values()), default=0.0)
    if gained:
        found["says"] = f"{called[0]} lacks the column {', '.join(gained)}, which came later."
    if lost or (gained and not may_gain):
        who, column = (called[1], lost[0]) if lost else (called[0], gained[0])
        found |= {"verdict": DIFFERENT, "row": 0, "column": column, "says": f"{who} lacks the column {column}."}
    elif any(beyond.any() for _, beyond, _ in off.values()):
        found |= {"verdict": DIFFERENT} | _first(
            then, now, {column: beyond for column, (_, beyond, _) in off.items()}, called
        )
    elif len(then) != len(now):
        says = f"{called[0]} has {len(then):,} rows, {called[1]} {len(now):,}; those that both have are alike."
        found |= {"verdict": DIFFERENT, "row": n, "column": str(then.columns[0]), "says": says}
    elif differing:
        found |= {"verdict": WITHIN} | _first(
            then, now, {column: unequal for column, (unequal, _, _) in off.items()}, called
        )
    return found


def lacking(name: str, who: str) -> dict[str, Any]:
    """Return one row about a table that one of the two has not."""
    return _row(name, DIFFERENT, 0) | {"says": f"{who} lacks the table."}


def _row(name: str, verdict: str, rows: int) -> dict[str, Any]:
    texts = dict.fromkeys(("column", "columns", "says"), "")
    return dict.fromkeys(COLUMNS) | texts | {"table": name, "verdict": verdict, "rows": rows}


def _off(then: pd.Series, now: pd.Series, roundings: float) -> "tuple[NDArray[Any], NDArray[Any], float]":
    """Return which cells of a column differ, which by more than rounding, and the largest share by which they do."""
    if not (_is_float(then) and _is_float(now)):
        # Missing values are alike; categories are compared by what they say.
        said, says = then.astype(object), now.astype(object)
        unequal = ((said != says) & ~(said.isna() & says.isna())).to_numpy(bool)
        return unequal, unequal, float("inf") if unequal.any() else 0.0
    one, other = then.to_numpy(float), now.to_numpy(float)
    missing = np.isnan(one), np.isnan(other)
    unequal = (one != other) & ~(missing[0] & missing[1])
    if not unequal.any():
        return unequal, unequal, 0.0
    size = np.nanmax(np.abs(np.concatenate([one, other, [0.0]])))
    with np.errstate(invalid="ignore"):
        share = np.where(missing[0] | missing[1], np.inf, np.abs(one - other) / size)
    coarser = max(float(np.finfo(str(column.dtype)).eps) for column in (then, now))
    beyond = unequal & ~(share <= roundings * coarser)
    return unequal, beyond, float(np.max(share[unequal]))


def _is_float(column: pd.Series) -> bool:
    return bool(types.is_float_dtype(column.dtype)) and isinstance(column.dtype, np.dtype)


def _first(
    then: pd.DataFrame, now: pd.DataFrame, cells: "Mapping[str, NDArray[Any]]", called: tuple[str, str]
) -> dict[str, Any]:
    """Return the first row with such a cell, and the first column in it, with both values and the row in words."""
    row = min(int(np.argmax(marked)) for marked in cells.values() if marked.any())
    column = next(name for name, marked in cells.items() if marked.any() and marked[row])
    one, other = then[column].iloc[row], now[column].iloc[row]
    says = f"Row {row} ({_named(then, row)}), {column}: {called[0]} {_text(one)}, {called[1]} {_text(other)}."
    return {"row": row, "column": column, "stored": one, "again": other, "says": says}


def _named(table: pd.DataFrame, row: int) -> str:
    """Return what a reader knows a row by: its first two columns."""
    first = {name: table[name].iloc[row] for name in list(table.columns)[:2]}
    known = {name: plain(float(v)) if isinstance(v, float | np.floating) else str(v) for name, v in first.items()}
    return ", ".join(f"{name} {value}" for name, value in known.items())


def _text(value: object) -> str:
    return written(float(value)) if isinstance(value, float | np.floating) else str(value)

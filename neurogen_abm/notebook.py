"""What objects show of themselves in a notebook: one line, and a table short enough to be read."""

from html import escape
from typing import TYPE_CHECKING

from neurogen_abm.numerals import plain

if TYPE_CHECKING:
    import pandas as pd

MOST_ROWS, MOST_COLUMNS = 20, 12
_FIGURES = 4


def as_html(said: str, table: "pd.DataFrame") -> str:
    """Return a line of text and the first rows and columns of a table as HTML; what is left out is said.

    >>> import pandas as pd
    >>> as_html("<Three mice>", pd.DataFrame({"mouse": ["a<b"]})).count("a&lt;b")
    1
    """
    shown = table.iloc[:MOST_ROWS, :MOST_COLUMNS]
    html = shown.to_html(border=0, index=not _counts(shown), float_format=lambda number: plain(number, _FIGURES))
    left = [
        f"{n} more {noun}"
        for n, noun in ((len(table) - len(shown), "rows"), (table.shape[1] - shown.shape[1], "columns"))
        if n
    ]
    more = f"<p>{escape(' and '.join(left))}</p>" if left else ""
    return f"<p>{escape(said)}</p>{html}{more}"


def _counts(table: "pd.DataFrame") -> bool:
    """Return whether the index only counts the rows."""
    return table.index.name is None and list(table.index) == list(range(len(table)))

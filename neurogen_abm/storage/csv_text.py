"""Tables as comma-separated text that a spreadsheet opens as data, and never as a formula."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

# What Excel, LibreOffice and their kin take for the beginning of a formula, the full-width forms included.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def as_csv(frame: "pd.DataFrame") -> str:
    """Return a table as CSV; text that begins like a formula gets an apostrophe in front, numbers stay as they are.

    Examples
    --------
    >>> import pandas as pd
    >>> print(as_csv(pd.DataFrame({"label": ["=1+1", "wheel"], "change": [-2.5, 0.5]})), end="")
    label,change
    '=1+1,-2.5
    wheel,0.5
    """
    text = frame.rename(columns=inert)
    for place, kind in enumerate(frame.dtypes):
        if kind.kind not in "iufb":
            text.isetitem(place, [inert(cell) for cell in frame.iloc[:, place]])
    return str(text.to_csv(index=False))


def inert(cell: Any) -> Any:
    """Return a cell as a spreadsheet takes it for data: an apostrophe before text that begins like a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) and not _is_number(cell) else cell


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True

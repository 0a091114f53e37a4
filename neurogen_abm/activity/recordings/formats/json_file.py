"""JSON of bounded size and depth."""

import json
from typing import Any

from neurogen_abm.activity.recordings.formats.source import Source

LARGEST_JSON = 50_000_000  # bytes; years of minutes in the forms that are read here


def is_json(source: Source) -> bool:
    """Return whether the first sign is that of a list or a mapping."""
    return source.encoding is not None and "".join(source.top[:20]).lstrip()[:1] in ("[", "{")


def load(source: Source) -> Any:
    """Return the content of a JSON file."""
    try:
        return json.loads(source.content(LARGEST_JSON))
    except (ValueError, RecursionError) as fault:
        reason = "it is nested too deeply" if isinstance(fault, RecursionError) else str(fault)
        what, cure = f"The JSON is damaged or cut short: {reason}.", "Export it again."
        raise source.fault(what, cure, code="unreadable-recording") from None


def number(source: Source, value: Any, what: str, row: int) -> float:
    """Return a number that is finite and not negative, from a number or from text."""
    try:
        found = float(value) if not isinstance(value, bool) else -1.0
    except (TypeError, ValueError):
        found = -1.0
    if not 0.0 <= found < float("inf"):
        said, cure = f"Record {row}: {what} is {str(value)[:30]}, not a number.", "Export the recording again."
        raise source.fault(said, cure, row=row, code="broken-row")
    return found

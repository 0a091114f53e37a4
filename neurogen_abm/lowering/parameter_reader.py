"""Reading numbers of a resolved scenario, and remembering which were asked for."""

from collections.abc import Callable
from typing import Any

Value = Callable[[str, str], Any]


class ParameterReader:
    """Reads values of a resolved scenario; ``used`` holds the paths that were read, so that a run cites only those."""

    def __init__(self, value: Value) -> None:
        self._value = value
        self.used: set[str] = set()

    def __call__(self, path: str, unit: str) -> Any:
        """Return the parameter at ``path`` in ``unit``: a float, or an array for a table."""
        self.used.add(path)
        return self._value(path, unit)

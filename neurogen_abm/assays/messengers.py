"""Time courses of the messengers in blood: the mean level of each between two recorded times."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.assays.table import of_rows
from neurogen_abm.state import State, array, kept, part, put_back
from neurogen_abm.tables import MESSENGERS

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]


class TimeCourse:
    """Gathers the levels of the messengers that a run carries, over their levels at rest.

    Examples
    --------
    >>> course = TimeCourse(["lactate"])
    >>> course.record(0.0, np.array([1.0]))
    >>> course.see(np.array([1.2]))
    >>> course.see(np.array([1.4]))
    >>> course.record(2.0, np.array([1.4]))
    >>> course.frame()["level"].round(3).tolist()
    [1.0, 1.3]
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._names = tuple(names)
        self._sum, self._n = np.zeros(len(self._names)), 0
        self._times_h: list[float] = []
        self._levels: list[Floats] = []

    def see(self, levels: Floats) -> None:
        """Take in the mean levels of one step, shape (messengers,)."""
        self._sum, self._n = self._sum + levels, self._n + 1

    def record(self, time_h: float, now: Floats) -> None:
        """Write a row of each messenger: the mean since the record before, or where no step has passed what is now."""
        if self._names:
            self._times_h.append(time_h)
            self._levels.append(self._sum / self._n if self._n else now.copy())
        self._sum, self._n = np.zeros(len(self._names)), 0

    def as_state(self) -> State:
        """Return what was written and seen so far, as arrays and numbers."""
        levels = np.array(self._levels, np.float64).reshape(len(self._levels), len(self._names))
        return kept(self, ("_sum", "_n")) | {"times_h": np.array(self._times_h, np.float64), "levels": levels}

    def restore(self, state: State) -> None:
        """Have written and seen what `as_state` returned."""
        put_back(self, state, ("_sum", "_n"))
        self._times_h = array(part(state, "times_h"), "times_h", np.float64).tolist()
        shape = len(self._times_h), len(self._names)
        self._levels = list(array(part(state, "levels"), "levels", np.float64, shape).copy())

    def frame(self) -> "pd.DataFrame":
        """Return one row per recorded time and messenger, with every column and its type even without any."""
        if not self._names:
            return of_rows((), "messengers")
        import pandas as pd

        times_h = np.repeat(np.array(self._times_h, float), len(self._names))
        columns = {
            "time_h": times_h,
            "day": times_h / 24.0,
            "name": list(self._names) * len(self._times_h),
            "level": np.concatenate([np.empty(0), *self._levels]),
        }
        return pd.DataFrame(columns).astype({name: column.dtype for name, column in MESSENGERS.items()})

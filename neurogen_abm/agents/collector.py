"""The series as Mesa's data collector shows it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import mesa
import numpy as np

from neurogen_abm.assays.recorder import NAMES, Recorder
from neurogen_abm.state import State, array, part

if TYPE_CHECKING:
    import pandas as pd


class _PerStep(Sequence[float]):
    """A column of the series as Mesa indexes it: one value per step, the last that was recorded by its end."""

    def __init__(self, rows: list[tuple[float, ...]], column: int, latest: list[int]) -> None:
        self._rows, self._column, self._latest = rows, column, latest

    def __len__(self) -> int:
        return len(self._latest)

    def __getitem__(self, step: Any) -> Any:
        latest = self._latest[step]
        if isinstance(latest, list):
            return [self._rows[row][self._column] for row in latest]
        return self._rows[latest][self._column]


class SeriesCollector(mesa.DataCollector):
    """Mesa's data collector over the series that is recorded anyway: collecting costs one number per step.

    ``model_vars`` has one value per step, as `mesa.batch_run` wants it; the table has one row per recorded time, as
    `NeurogenesisModel.series_frame`. For other reporters put a `mesa.DataCollector` in its place; the model's step
    calls it as well.
    """

    def __init__(self, recorder: Recorder) -> None:
        super().__init__()
        self._recorder = recorder
        self._latest: list[int] = []  # the last recorded row at the end of each step
        self._collection_steps: list[int] = []  # by which Mesa 3.5 finds the values of a step
        self.model_reporters = {name: name for name in NAMES}
        self.model_vars = {name: _PerStep(recorder.rows, place, self._latest) for place, name in enumerate(NAMES)}

    def collect(self, model: mesa.Model) -> None:
        """Note which recorded row is the latest at the end of a step."""
        self.collect_span(model, [len(self._recorder.rows) - 1])

    def collect_span(self, model: mesa.Model, latest: list[int]) -> None:
        """Note the same for the last steps that the model has taken, given the latest row at the end of each."""
        self._latest += latest
        self._collection_steps += range(model.steps - len(latest) + 1, model.steps + 1)

    def as_state(self) -> State:
        """Return what was collected so far: which row was the latest at the end of each step."""
        latest, steps = (np.array(column, np.int64) for column in (self._latest, self._collection_steps))
        return {"latest": latest, "steps": steps}

    def restore(self, state: State) -> None:
        """Have collected what `as_state` returned."""
        latest = array(part(state, "latest"), "latest", np.int64)
        self._latest[:] = latest.tolist()
        self._collection_steps[:] = array(part(state, "steps"), "steps", np.int64, latest.shape).tolist()

    def get_model_vars_dataframe(self) -> "pd.DataFrame":
        """Return the series: one row per recorded time, the first at the start of the run."""
        return self._recorder.frame()

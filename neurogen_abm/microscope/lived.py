"""A run lived again: its tables keep no place in the cell cycle and no label, so that a section needs the animal."""

from collections.abc import Callable
from pathlib import Path

from neurogen_abm.biology.states import STATES
from neurogen_abm.errors import InputError, IntegrityError
from neurogen_abm.memory import require_memory
from neurogen_abm.model import NeurogenesisModel
from neurogen_abm.numerals import plain
from neurogen_abm.run import SCENARIO, Progress, Result
from neurogen_abm.storage import run_directory

_SAME_TIME_H = 1e-6


def loaded(directory: Path | str) -> Result:
    """Read a run directory, as `Result.load`; an InputError says of other results that they hold no single animal."""
    files = run_directory.read_provenance(directory)["files"]
    if SCENARIO not in files or "series.parquet" not in files:
        what = "These results are not of a single run, so that there are no cells to look at."
        cure = "Give a directory that `neurogen run` wrote."
        raise InputError(what, where=str(directory), cure=cure, code="not-a-run")
    return Result.load(directory)


def lived_again(
    result: Result, until_h: float, progress: Callable[[Progress], None] | None = None
) -> NeurogenesisModel:
    """Return the animal of a run at a time, h since its start, by living the run again to the same bits.

    Raises
    ------
    IntegrityError
        It is not the animal that the tables of the run tell of: they were written by another version.
    EnvironmentFault
        There is too little memory.
    """
    resolved, tell = result.resolved, progress or (lambda _: None)
    require_memory(resolved)
    step_h = resolved.scenario.step_h
    steps = round(until_h / step_h)
    tell(Progress("preparing", 0, 0, 0.0, 0))

    def tell_history(step: int, n_steps: int) -> None:
        tell(Progress("history", step, n_steps, (step - n_steps) * step_h / 24, 0))

    model = NeurogenesisModel(resolved, on_history=tell_history)
    for step in range(steps):
        model.step()
        tell(Progress("running", step + 1, steps, model.day, model.n_cells))
    _same_animal(model, result)
    return model


def _same_animal(model: NeurogenesisModel, result: Result) -> None:
    """Compare the counts of cells with those that the run wrote down, at the last recorded time that both have."""
    series = result.series
    rows = series[(series["time_h"] - model.world.time_h).abs() < _SAME_TIME_H]
    now = dict(zip(STATES, model.world.counts().tolist(), strict=True))
    if rows.empty:  # between two records: the last one that the animal has lived through
        again, then = model.series_frame(), series[series["time_h"] <= model.world.time_h]
        row, lived = then.iloc[-1], again[again["time_h"] <= then["time_h"].iloc[-1] + _SAME_TIME_H].iloc[-1]
        now = {name: int(lived[f"n_{name}"]) for name in STATES}
    else:
        row = rows.iloc[-1]
    for name, count in now.items():
        if int(row[f"n_{name}"]) != count:
            wrote = result.provenance.get("software", {}).get("neurogen_abm", "another version")
            day, written = plain(row["time_h"] / 24), int(row[f"n_{name}"])
            what = (
                f"The run lived again has {count} {name} cells on day {day}, and {written} were written: "
                f"this is not the version that wrote it ({wrote})."
            )
            cure = "Run it again with this version, and take the image of that."
            raise IntegrityError(what, where=str(result.directory or ""), cure=cure, code="other-version")

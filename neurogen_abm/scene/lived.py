"""A run lived again: its tables keep neither labels nor places in the cell cycle, so that pictures need the animal."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from neurogen_abm.errors import InputError, told
from neurogen_abm.memory import require_memory
from neurogen_abm.model import NeurogenesisModel
from neurogen_abm.numerals import plain
from neurogen_abm.run import SCENARIO, Progress, Result, live
from neurogen_abm.spec.scenario.scenario import resolve
from neurogen_abm.storage import run_directory
from neurogen_abm.storage.places import LEDGER, PROVENANCE
from neurogen_abm.version import __version__

_SAME_TIME_H = 1e-6


def loaded(directory: Path | str) -> Result:
    """Read a run directory, as `Result.load`; an InputError says of other results that they hold no single animal."""
    if not (Path(directory) / PROVENANCE).is_file() and (Path(directory) / LEDGER).is_file():
        what = "This directory holds tables of many animals (a comparison, a study or a sweep), and no cells."
        cure = "Run one scenario, or two of one seed, with `neurogen run`, and give what that wrote; "
        cure += f"{told('`replay(run, beside=other)`', '`neurogen replay RUN --beside OTHER`')} plays two side by side."
        raise InputError(what, where=str(directory), cure=cure, code="not-a-run")
    provenance = run_directory.read_provenance(directory)
    files = provenance["files"]
    if "unfinished" not in provenance and (SCENARIO not in files or "series.parquet" not in files):
        what = "These results are not of a single run, so that there are no cells to look at."
        cure = "Give a directory that `neurogen run` wrote."
        raise InputError(what, where=str(directory), cure=cure, code="not-a-run")
    return Result.load(directory)


def live_again(
    result: Result,
    see: Callable[[NeurogenesisModel], object] | None = None,
    progress: Callable[[Progress], None] | None = None,
    until_h: float | None = None,
) -> NeurogenesisModel:
    """Live a run again from its resolved scenario, up to a time (h since its start; its end by default).

    ``see`` is shown the animal at every recorded time.

    Raises
    ------
    InputError
        It is a branch of another run, or what comes of it differs from its series: it was made by another version.
    EnvironmentFault
        There is too little memory.
    """
    require_livable(result)
    tell, look = progress or (lambda _: None), see or (lambda _: None)
    step_h = result.resolved.scenario.step_h
    tell(Progress("preparing", 0, 0, 0.0, 0))
    model = NeurogenesisModel(
        result.resolved, on_history=lambda k, n: tell(Progress("history", k, n, (k - n) * step_h / 24, 0))
    )
    steps = model.n_steps if until_h is None else round(until_h / step_h)
    look(model)
    if see is None:
        live(model, steps, tell)
    else:
        for step in range(steps):
            rows = len(model.recorder.rows)
            model.step()
            tell(Progress("running", step + 1, steps, model.day, model.n_cells))
            if len(model.recorder.rows) > rows:
                look(model)
    _require_same(result, model)
    return model


def require_livable(result: Result) -> None:
    """Refuse a run that cannot be lived again: a branch, or one that needs more memory than there is."""
    _require_whole(result)
    require_memory(result.resolved)


def _require_whole(result: Result) -> None:
    """Refuse a branch: what its scenario says of the time before it began was never lived."""
    branched = result.provenance.get("branched")
    if branched:
        what = f"Until day {plain(branched[-1]['day'])} this is the life of {branched[-1]['run']}: "
        what += "its own scenario does not give it again."
        cure = "Give the directory of that run, or of one that is no branch."
        raise InputError(what, where=str(result.directory or ""), cure=cure, code="a-branch")


def _require_same(result: Result, model: NeurogenesisModel) -> None:
    """Refuse a life that is not, to the last bit, that of the run, as far as it was lived."""
    again = model.series_frame()
    then = result.series[result.series["time_h"] <= model.world.time_h + _SAME_TIME_H]
    columns = [name for name in again.columns if name in then.columns]
    same = len(again) == len(then) and all(
        np.array_equal(again[name].to_numpy(float), then[name].to_numpy(float), equal_nan=True) for name in columns
    )
    if same:
        return
    by = result.provenance.get("software", {}).get("neurogen_abm", "an unknown version")
    catalogue = str(result.provenance.get("catalogue_digest", ""))[:12]
    what = f"Lived again, this run gives other numbers: neurogen_abm {by} with catalogue {catalogue} made it"
    what += f", and this is {__version__} with catalogue {installed_catalogue(result)}."
    cure = "Run its scenario.yaml again with this version, or install the version that made it."
    raise InputError(what, where=str(result.directory or ""), cure=cure, code="other-version")


def installed_catalogue(result: Result) -> str:
    """Return the beginning of the digest of the installed catalogue as a run would read it."""
    return resolve(result.resolved.scenario).catalogue_digest[:12]

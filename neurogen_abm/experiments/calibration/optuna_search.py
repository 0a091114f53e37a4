"""A search that assumes nothing about the residuals: Optuna proposes points from all seen before (Akiba et al. 2019).

It takes many more points than least squares, and is for what those cannot do: several valleys, expectations that jump.
Trials are kept in a journal beside the runs; a search that was stopped goes on with what it has seen.
"""

import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from neurogen_abm.errors import ModelFault
from neurogen_abm.experiments.calibration.free_parameters import FreeParameter, points_at, start_of
from neurogen_abm.experiments.calibration.least_squares import Residuals, Trial
from neurogen_abm.experiments.statistics import Array
from neurogen_abm.optional import optional
from neurogen_abm.spec.calibration import OptunaSearch


class SeenPoints(NamedTuple):
    """The points a search saw, in order, without failed ones: positions (points x parameters), sums of squares."""

    positions: Array
    squares: Array
    failed: int

    @property
    def best(self) -> Array:
        """The position of the least sum of squares."""
        return np.asarray(self.positions[int(np.argmin(self.squares))])


def search(
    free: Sequence[FreeParameter],
    ask: Residuals,
    settings: OptunaSearch,
    journal: Path | str,
    tell: Callable[[Trial], None] = lambda _: None,
) -> SeenPoints:
    """Search, or go on with a search, until as many points were tried as the settings say."""
    optuna = optional("optuna", "Optuna", "'neurogen_abm[calibrate]'")
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    storage = optuna.storages.JournalStorage(optuna.storages.journal.JournalFileBackend(str(journal)))
    study = optuna.create_study(storage=storage, study_name="fit", load_if_exists=True)
    for trial in study.get_trials(states=(optuna.trial.TrialState.RUNNING,)):
        study.tell(trial.number, state=optuna.trial.TrialState.FAIL)  # it was under way when the search was stopped
    names = [parameter.name for parameter in free]
    if not study.trials:
        study.enqueue_trial(dict(zip(names, map(float, start_of(free)), strict=True)))
    while (seen := len(study.trials)) < settings.trials or _waiting(optuna, study):
        # Seeded by what was seen, so that a search that goes on does not propose what it proposed at first.
        study.sampler = _sampler(optuna, settings, seen)
        n = max(1, min(settings.batch, settings.trials - seen))
        trials = [study.ask() for _ in range(n)]
        positions = np.array([[trial.suggest_float(name, 0.0, 1.0) for name in names] for trial in trials])
        table = ask(points_at(free, positions)).to_numpy(dtype=float)
        for trial, position, row in zip(trials, positions, table, strict=True):
            _note(optuna, study, trial, position, row, tell)
    return _found(optuna, study, names)


# What a sampler needs besides Optuna.
_NEEDS = {"cmaes": "cmaes", "gp": "torch"}


def _sampler(optuna: Any, settings: OptunaSearch, seen: int) -> Any:
    seed = settings.seed + seen
    if (needed := _NEEDS.get(settings.sampler)) is not None:
        called = f"The package {needed}, which the sampler {settings.sampler} needs,"
        optional(needed, called, f"{needed}, or choose sampler: tpe")
    if settings.sampler == "cmaes":
        return optuna.samplers.CmaEsSampler(seed=seed)
    if settings.sampler == "gp":
        return optuna.samplers.GPSampler(seed=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        # Points of one batch know nothing of each other's result; constant_liar keeps them apart.
        return optuna.samplers.TPESampler(seed=seed, constant_liar=True, multivariate=True)


def _waiting(optuna: Any, study: Any) -> bool:
    return bool(study.get_trials(deepcopy=False, states=(optuna.trial.TrialState.WAITING,)))


def _note(optuna: Any, study: Any, trial: Any, position: Array, row: Array, tell: Callable[[Trial], None]) -> None:
    if not np.isfinite(row).all():
        study.tell(trial, state=optuna.trial.TrialState.FAIL)
        return
    squares = float(np.sum(row**2))
    complete = study.get_trials(deepcopy=False, states=(optuna.trial.TrialState.COMPLETE,))
    better = not complete or squares < min(other.value for other in complete)
    study.tell(trial, squares)
    tell(Trial(trial.number, "step" if better else "refused", squares, np.nan, np.nan, position))


def _found(optuna: Any, study: Any, names: Sequence[str]) -> SeenPoints:
    complete = study.get_trials(deepcopy=False, states=(optuna.trial.TrialState.COMPLETE,))
    if not complete:
        what = "At no point of the search could the expectations be computed."
        cure = "Run `neurogen study` on the studies: its score card says which runs failed and why."
        raise ModelFault(what, cure=cure, code="nothing-read")
    positions = np.array([[trial.params[name] for name in names] for trial in complete])
    squares = np.array([trial.value for trial in complete], dtype=float)
    return SeenPoints(positions, squares, len(study.trials) - len(complete))

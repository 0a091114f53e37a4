"""Fit uncertain parameters to what was published: all studies together, and how far the data constrain the result."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from neurogen_abm.arguments import CALLABLE, FLAG, PLACE, check
from neurogen_abm.experiments.calibration import identifiability, posterior_tables
from neurogen_abm.experiments.calibration.abc_sampling import sample
from neurogen_abm.experiments.calibration.free_parameters import points_at, start_of, values_at
from neurogen_abm.experiments.calibration.least_squares import Trial, fit
from neurogen_abm.experiments.calibration.objective import Objective, objective, records
from neurogen_abm.experiments.calibration.optuna_search import search
from neurogen_abm.experiments.calibration.posterior import sample_posterior
from neurogen_abm.experiments.execution.runner import Execution, RunsProgress, Workers
from neurogen_abm.experiments.statistics import Array
from neurogen_abm.experiments.studies.study import card
from neurogen_abm.notebook import as_html
from neurogen_abm.numerals import plain
from neurogen_abm.sources import software
from neurogen_abm.spec.calibration import Calibration, load_calibration
from neurogen_abm.spec.posterior import Posterior, as_bytes
from neurogen_abm.spec.yaml.writer import write
from neurogen_abm.storage import atomic, ledger, run_directory
from neurogen_abm.storage.atomic import Writer

CALIBRATION = "calibration.yaml"
ANIMALS, FIT, POSTERIOR = "animals", "fit", "posterior.parquet"
# Points of a sample that are simulated again to see what it predicts.
_PREDICTIVE = 20
_CARD = ("residual", "verdict", "log_score", "simulated", "simulated_low", "simulated_high")


@dataclass(frozen=True)
class Calibrated:
    """What a fit found.

    Attributes
    ----------
    calibration
        The fit as it was asked for.
    tables
        Name -> table. Of every method: ``estimates`` (start, value, interval, range), ``card`` (each expectation at the
        start and at the end) and ``trials`` (every point simulated). Of least squares also ``correlations``,
        ``directions``, ``conflicts``, ``jacobian``; of sampling also ``sample`` and ``predictive``. Of a posterior, in
        place of trials and predictive: ``points``, ``correlations``, ``emulator``, ``scores``, ``left_out``.
    findings
        What the tables say, in sentences.
    provenance
        Method, animals run, points, software.
    posterior
        Of the method posterior: the draws as runs take them.
    """

    calibration: Calibration
    tables: Mapping[str, pd.DataFrame]
    findings: tuple[str, ...]
    provenance: Mapping[str, Any]
    posterior: Posterior | None = None

    def __repr__(self) -> str:
        """Return one line, not the tables."""
        return (
            f"<Calibrated {self.calibration.name}: {len(self.estimates)} parameters; tables {', '.join(self.tables)}>"
        )

    def _repr_html_(self) -> str:
        """Return a table for a notebook."""
        return as_html(repr(self), self.estimates)

    @property
    def estimates(self) -> pd.DataFrame:
        """Start, value, interval and range of the free parameters."""
        return self.tables["estimates"]

    @property
    def card(self) -> pd.DataFrame:
        """Each expectation at the start and at the end."""
        return self.tables["card"]

    def save(self, out: Path | str, *, page: Callable[[Path], object] | None = None, force: bool = False) -> Path:
        """Write the tables, the file of the fit and, where one is given, the page; errors as in `write_directory`."""
        check(out=(out, PLACE), page=(page, CALLABLE.or_none), force=(force, FLAG))
        text = write(self.calibration.model_dump(by_alias=True, exclude_unset=True))
        files: dict[str, Writer] = {CALIBRATION: partial(Path.write_text, data=text, encoding="utf-8")}
        if self.posterior is not None:
            files[POSTERIOR] = partial(Path.write_bytes, data=as_bytes(self.posterior))
        return run_directory.write_tables(out, self.tables, self.provenance, page=page, files=files, force=force)


def calibrate(
    source: str | Path | Mapping[str, Any] | Calibration,
    folder: Path | str | None = None,
    *,
    workers: int | Workers | None = None,
    scheduler: str | None = None,
    progress: Callable[[RunsProgress], None] | None = None,
    tell: Callable[[Trial], None] = lambda _: None,
) -> Calibrated:
    """Fit, or go on with a fit that was stopped.

    Parameters
    ----------
    source
        The name of a shipped fit, a YAML file, a mapping of the same form, or a fit already loaded.
    folder
        Where runs are kept; the same fit asked again finds them there and repeats nothing. A temporary directory by
        default.
    workers, scheduler, progress
        As in `Execution`.
    tell
        Called after each point that a search moves to or refuses.

    Raises
    ------
    InputError
        The fit cannot be used; nothing was run.
    EnvironmentFault, IntegrityError
        As in `perform`.
    ModelFault
        No expectation can be computed at the start.

    Examples
    --------
    >>> fit = {
    ...     "name": "activation",
    ...     "studies": ["clark2010"],
    ...     "parameters": [{"path": "signals.bdnf.effects.activation.towards"}],
    ... }
    >>> import neurogen_abm
    >>> found = neurogen_abm.calibrate(fit, "runs/activation/animals", workers=4)  # doctest: +SKIP
    >>> found.estimates[["name", "start", "value", "low95", "high95", "constrained_by"]]  # doctest: +SKIP
    """
    check(folder=(folder, PLACE.or_none), tell=(tell, CALLABLE))
    calibration = load_calibration(source)
    execution = Execution(folder, workers, scheduler, progress)
    execution.pool()  # impossible workers are refused before anything is looked up
    place = execution.directory()
    found = objective(calibration, replace(execution, folder=place))
    ledger.require_usable(place)
    found.check_start()
    with replace(execution, folder=place).started() as found.execution:
        with atomic.machine_faults(place, ledger.CURE):
            atomic.make_folder(place.parent)
        found.find_insensitive_arms()
        return _METHODS[calibration.method](found, tell)


def _by_least_squares(found: Objective, tell: Callable[[Trial], None]) -> Calibrated:
    result = fit(found.free, found.residuals, found.calibration.least_squares, tell)
    conflicts, directions = identifiability.conflicts(result), identifiability.directions(result)
    estimates = identifiability.estimates(result)
    trials = pd.DataFrame([_trial_row(found, trial) for trial in result.trials])
    jacobian = result.jacobian.rename_axis("expectation").reset_index()
    correlations = identifiability.correlations(result).rename_axis("name").reset_index()
    tables = {"estimates": estimates, "card": compared(found, estimates), "trials": trials}
    tables |= {"correlations": correlations, "directions": directions, "conflicts": conflicts, "jacobian": jacobian}
    findings = [
        result.reason,
        f"Sum of squares {plain(trials['sum_of_squares'].iloc[0], 4)} at the start, {plain(result.sum_of_squares, 4)} "
        f"at the end, over {len(result.residuals)} expectations and {len(found.free)} free parameters.",
        *identifiability.loose_sentences(directions),
        *(f"{name} could not be differentiated: every run beside the end failed." for name in result.flat),
        *(f"No value could be computed for: {name}." for name in result.unread),
        *identifiability.disagreements(conflicts),
        *_faults(found),
    ]
    return Calibrated(found.calibration, tables, tuple(findings), provenance(found, len(result.trials)))


def _trial_row(found: Objective, trial: Trial) -> dict[str, Any]:
    values = {u.name: u.value(p) for u, p in zip(found.free, trial.position, strict=True)}
    plain = {"iteration": trial.iteration, "kind": trial.kind, "sum_of_squares": trial.sum_of_squares}
    return plain | {"promised": trial.promised, "box": trial.box} | values


def compared(found: Objective, estimates: pd.DataFrame) -> pd.DataFrame:
    """Return the score card with each expectation at the start of a fit and at its end."""
    end = [u.position(value) for u, value in zip(found.free, estimates["value"], strict=True)]
    positions = np.vstack([start_of(found.free), end])
    cards = [found.card(point) for point in records(points_at(found.free, positions))]
    both = cards[1].rename(columns={column: f"{column}_end" for column in _CARD})
    for column in _CARD:
        both[f"{column}_start"] = cards[0][column]
    front = ["study", "expectation", "kind", "tier", "published", "accepted_low", "accepted_high"]
    front += [f"{column}_{end}" for end in ("start", "end") for column in _CARD]
    return both[[*front, *(column for column in both.columns if column not in front)]]


def _faults(found: Objective) -> list[str]:
    if not found.impossible:
        return []
    first = found.impossible[0]
    values = ", ".join(f"{name} {plain(value, 4)}" for name, value in first.values.items())
    return [f"{len(found.impossible)} points allow no animal, the first with {values}: {first.what}"]


def provenance(found: Objective, n_points: int) -> dict[str, Any]:
    """Return what a directory of results says about how it was made."""
    return {
        "calibration": found.calibration.name,
        "method": found.calibration.method,
        "studies": list(found.calibration.studies),
        "mechanisms": list(found.mechanisms),
        "free_parameters": {parameter.name: list(parameter.paths) for parameter in found.free},
        "points": n_points,
        "animals_a_point": found.jobs_a_point(),
        "runs": str(found.execution.folder),
        "software": software(),
    }


def _by_optuna(found: Objective, tell: Callable[[Trial], None]) -> Calibrated:
    seen = search(found.free, found.residuals, found.calibration.optuna, _beside(found, "optuna", "log"), tell)
    best = seen.best
    # 95 % of the chi-squared distribution with one degree of freedom: what a change of one parameter may cost.
    near = seen.positions[seen.squares <= seen.squares.min() + 3.84]
    low, high = near.min(axis=0), near.max(axis=0)
    estimates = _estimates(found, best, low, high, known=1.0 - (high - low) ** 2)
    trials = pd.DataFrame(values_at(found.free, seen.positions), columns=[u.name for u in found.free])
    trials.insert(0, "sum_of_squares", seen.squares)
    trials.insert(0, "kind", np.where(seen.squares <= np.minimum.accumulate(seen.squares), "step", "refused"))
    trials.insert(0, "iteration", range(len(trials)))
    tables = {"estimates": estimates, "card": compared(found, estimates), "trials": trials}
    findings = [
        f"Least sum of squares {plain(seen.squares.min(), 4)}, {plain(seen.squares[0], 4)} at the first point, over "
        f"{len(found.names)} expectations; {len(seen.squares)} points could be computed, {seen.failed} could not.",
        f"Intervals span the {len(near)} points seen within 3.84 of the least; values between them were not tried.",
        *_faults(found),
    ]
    return Calibrated(found.calibration, tables, tuple(findings), provenance(found, len(trials)))


def _beside(found: Objective, search: str, ending: str) -> Path:
    """Return where a search keeps what it saw: a file of its own for every objective, so that none meets another's."""
    return found.execution.directory().parent / f"{search}-{found.digest()[:16]}.{ending}"


def _estimates(found: Objective, value: Array, low: Array, high: Array, known: Array) -> pd.DataFrame:
    """Return the table of estimates from positions, in the columns of least squares."""
    positions = zip(found.free, value, low, high, known, strict=True)
    return pd.DataFrame([identifiability.estimate(*row) for row in positions])


def _by_abc(found: Objective, tell: Callable[[Trial], None]) -> Calibrated:
    settings = found.calibration.abc
    taken = sample(found.free, found.residuals, settings, _beside(found, "abc", "db"), tell)
    low, middle, high = taken.quantiles((0.025, 0.5, 0.975))
    weights = taken.weights / taken.weights.sum()
    mean = weights @ taken.positions
    known = 1.0 - 12.0 * (weights @ (taken.positions - mean) ** 2)
    estimates = _estimates(found, middle, low, high, known)
    table = pd.DataFrame(values_at(found.free, taken.positions), columns=[u.name for u in found.free])
    generations = taken.generations.rename(columns={"number": "iteration"}).assign(kind="step")
    trials = generations.assign(sum_of_squares=generations["epsilon"] ** 2)
    tables = {
        "estimates": estimates,
        "card": compared(found, estimates),
        "trials": trials,
        "sample": table.assign(weight=weights, distance=taken.distances),
        "predictive": predictive(found, taken.drawn(_PREDICTIVE, settings.seed)),
    }
    points = int(taken.generations["simulated"].sum())
    findings = [
        f"{len(table)} points of generation {len(generations)}, within {plain(trials['epsilon'].iloc[-1], 3)} "
        f"tolerances of what was published; {points} were simulated.",
        "Values are medians of the sample, intervals its 95 %; its width depends on the distance that was accepted.",
        *_faults(found),
    ]
    return Calibrated(found.calibration, tables, tuple(findings), provenance(found, points))


def predictive(found: Objective, positions: Array) -> pd.DataFrame:
    """Return what a sample predicts of each expectation: median and 95 % of the value, and how often it passes."""
    replays = [entry for entry in found.replays(points_at(found.free, positions)) if entry]
    cards = pd.concat([card(entry).assign(name=found.names) for entry in replays], ignore_index=True)
    rows = []
    for name, part in cards.groupby("name", sort=False):
        low, middle, high = part["simulated"].quantile([0.025, 0.5, 0.975])
        first = part.iloc[0]
        kept = {key: first[key] for key in ("study", "expectation", "kind", "tier", "published")}
        ends = {"accepted_low": first["accepted_low"], "accepted_high": first["accepted_high"]}
        passes = float((part["verdict"] == "pass").mean())
        rows.append({"name": name, **kept, **ends, "low95": low, "median": middle, "high95": high, "passes": passes})
    return pd.DataFrame(rows)


def _by_posterior(found: Objective, _: Callable[[Trial], None]) -> Calibrated:
    sample = sample_posterior(found)
    tables = posterior_tables.tables_of(found, sample)
    tables["card"] = compared(found, tables["estimates"])
    tables["scores"] = _scores(tables["card"])
    findings = [*map(_compared, tables["scores"].to_dict("records"))]
    findings += [*posterior_tables.sentences(sample, tables), *_faults(found)]
    made = posterior_tables.as_posterior(found, sample)
    points = len(sample.points) + len(sample.checks) + 1
    return Calibrated(found.calibration, tables, tuple(findings), provenance(found, points), made)


def _scores(card: pd.DataFrame) -> pd.DataFrame:
    """Return the sum of the log scores of the catalogue's numbers and of the middle of the posterior, by role."""
    groups = card.groupby("role", sort=False)
    return pd.DataFrame(
        {
            "findings": groups.size(),
            "catalogue": groups["log_score_start"].sum(),
            "posterior_median": groups["log_score_end"].sum(),
        }
    ).reset_index()


def _compared(row: Mapping[Any, Any]) -> str:
    return (
        f"Log score of the {row['findings']} findings of role {row['role']}: {plain(row['catalogue'], 4)} with the "
        f"catalogue's numbers, {plain(row['posterior_median'], 4)} with the medians of the posterior."
    )


_METHODS: dict[str, Callable[[Objective, Callable[[Trial], None]], Calibrated]] = {
    "least-squares": _by_least_squares,
    "optuna": _by_optuna,
    "abc": _by_abc,
    "posterior": _by_posterior,
}

"""What a posterior says, as tables and sentences: intervals, what the data leave open, the emulator's errors."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from neurogen_abm.experiments.calibration import identifiability
from neurogen_abm.experiments.calibration.free_parameters import FreeParameter, points_at, values_at
from neurogen_abm.experiments.calibration.leave_out import left_out
from neurogen_abm.experiments.calibration.objective import Objective
from neurogen_abm.experiments.calibration.posterior import Sampled
from neurogen_abm.experiments.calibration.questions import questions
from neurogen_abm.experiments.calibration.targets import Said, Target
from neurogen_abm.experiments.statistics import Array
from neurogen_abm.experiments.studies.left_out import coverage, gains_left_out
from neurogen_abm.numerals import plain
from neurogen_abm.spec.posterior import Posterior

# Correlations of less than this are not told.
_STRONG = 0.5


def tables_of(found: Objective, sample: Sampled) -> dict[str, pd.DataFrame]:
    """Return the tables of a posterior, but for the card."""
    predicted = left_out(found, sample)
    return {
        "estimates": estimates(found.free, sample.positions),
        "correlations": correlations(found.free, sample.positions).rename_axis("name").reset_index(),
        "sample": _values(found.free, sample.positions).assign(weight=1.0 / len(sample.positions)),
        "emulator": _emulator(found, sample),
        "points": _values(found.free, sample.points).assign(log_score=_fitted_scores(found, sample)),
        "left_out": predicted,
        "left_out_gains": gains_left_out(predicted),
        "left_out_coverage": coverage(predicted),
    }


def estimates(free: tuple[FreeParameter, ...], positions: Array) -> pd.DataFrame:
    """Return median, 95 % interval and how far the sample narrows the range, as `identifiability.estimates` has it.

    ``narrowed``: the share of the width of the prior's 95 % interval that is gone.
    """
    low, middle, high = np.quantile(positions, [0.025, 0.5, 0.975], axis=0)
    known = 1.0 - 12.0 * positions.var(axis=0)
    rows = [identifiability.estimate(*row) for row in zip(free, middle, low, high, known, strict=True)]
    return pd.DataFrame(rows).assign(narrowed=1.0 - (high - low) / 0.95)


def correlations(free: tuple[FreeParameter, ...], positions: Array) -> pd.DataFrame:
    """Return the correlation of each two parameters over draws, on their scales."""
    names = [parameter.name for parameter in free]
    return pd.DataFrame(np.atleast_2d(np.corrcoef(positions.T)), names, names)


def as_posterior(found: Objective, sample: Sampled) -> Posterior:
    """Return the draws as a posterior that runs can be made with; all arms have one pathway and the same mechanisms."""
    arm = next(iter(found.studies[0].arms.values())).scenario
    draws = points_at(found.free, sample.positions)
    held = {path: parameter.value for path, parameter in found.held.items()}
    return Posterior(arm.species, arm.pathway, found.calibration.name, draws, held, mechanisms=tuple(arm.mechanisms))


def _values(free: tuple[FreeParameter, ...], positions: Array) -> pd.DataFrame:
    return pd.DataFrame(values_at(free, positions), columns=[parameter.name for parameter in free])


def _fitted_scores(found: Objective, sample: Sampled) -> Array:
    """Return the sum of the logarithms of the likelihoods that decide the sample, of each simulated point."""
    names = {part.question.name for part in sample.fitted}
    columns = [i for i, question in enumerate(questions(found)) if question.name in names]
    return np.asarray(sample.log_scores[:, columns].sum(axis=1))


def _emulator(found: Objective, sample: Sampled) -> pd.DataFrame:
    """Return one row per finding: how far its surface is off, left-out points and simulated draws asked.

    Of an order of several, the worst of its items.
    """
    rows = []
    for question, target, said, seen in zip(questions(found), sample.targets, sample.said, sample.checked, strict=True):
        row = {"name": question.name, "fitted": question.fitted, "points": int(said.usable.sum())}
        rows.append(row | (_errors(target, sample.checks, seen) if target is not None else {}))
    return pd.DataFrame(rows)


def _errors(target: Target, checks: Array, seen: Said) -> dict[str, object]:
    surfaces = target.surfaces
    off = [part.left_out().mean - part.values for part in surfaces]
    sure = [part.left_out().error for part in surfaces]
    inflation = np.array([part.inflation for part in surfaces])
    before = replace(target, surfaces=tuple(replace(part, inflation=1.0) for part in surfaces))
    return {
        "reached": target.reached,
        "spread": max(part.spread for part in surfaces),
        "simulation_error": max(target.errors),
        "left_out_error": max(float(np.sqrt(np.mean(part**2))) for part in off),
        "left_out_z": max(_root(part / np.where(by > 0, by, 1.0)) for part, by in zip(off, sure, strict=True)),
        "check_z": _root(before.misses(checks, seen)),
        "widened": float(inflation.max()),
    }


def _root(z: Array) -> float:
    """Return the root of the mean square of what is known."""
    known = z[np.isfinite(z)]
    return float(np.sqrt(np.mean(known**2))) if known.size else math.nan


def sentences(sample: Sampled, tables: Mapping[str, pd.DataFrame]) -> list[str]:
    """Return what the tables say."""
    return [*_on_parameters(tables), *_on_emulator(sample, tables["emulator"]), *_on_left_out(tables)]


def _on_parameters(tables: Mapping[str, pd.DataFrame]) -> Iterator[str]:
    loose = tables["estimates"].query("constrained_by == 'nothing'")["name"]
    if len(loose):
        yield f"Constrained by nothing but the range: {', '.join(loose)}."
    matrix = tables["correlations"].set_index("name")
    pairs = [(a, b, matrix.loc[a, b]) for i, a in enumerate(matrix.index) for b in matrix.index[:i]]
    for one, other, r in sorted(pairs, key=lambda pair: -abs(pair[2])):
        if abs(r) >= _STRONG:
            yield f"{one} and {other} go together (correlation {plain(float(r), 2)}): one can be traded for the other."


def _on_emulator(sample: Sampled, table: pd.DataFrame) -> Iterator[str]:
    reached = table[table["reached"] == True]  # noqa: E712 - findings of which nothing is said have none
    yield (
        f"{len(sample.positions)} draws, worth {plain(sample.chain.independent, 3)} independent ones of "
        f"{plain(sample.chain.accepted * 100, 2)} % accepted steps, on {len(sample.points)} simulated points."
    )
    yield (
        f"{len(reached)} of {len(table)} findings are reached by a free parameter; leaving a point out, their surfaces "
        f"are off by {plain(float(reached['left_out_error'].median()), 2)} in the median, beside an error of the "
        f"simulation of {plain(float(reached['simulation_error'].median()), 2)}."
    )
    yield (
        f"{len(sample.checks)} draws were simulated: they lie {plain(_root(reached['check_z'].to_numpy(float)), 2)} "
        f"standard errors from the surfaces (1 is expected); {int((reached['widened'] > 1.0).sum())} surfaces were "
        f"taken to be less sure, at most {plain(float(reached['widened'].max()), 2)} times."
    )
    if len(silent := table[table["reached"].isna()]):
        yield f"Of these the model says nothing at most points, so that they take no part: {', '.join(silent['name'])}."


def _on_left_out(tables: Mapping[str, pd.DataFrame]) -> Iterator[str]:
    for row in tables["left_out_gains"].to_dict("records"):
        if row["findings"] == "all":
            said = ", ".join(f"{row[name]} {name}" for name in row if str(name).startswith("over"))
            yield f"Each paper predicted by the others, nats gained per finding of {row['n']} ratios: {said}."
    for row in tables["left_out_coverage"].to_dict("records"):
        if row["findings"] == "all":
            yield (
                f"Bands of 80 % hold {row['inside 80 %']} of {row['numbers']} numbers left out, those of 95 % "
                f"{row['inside 95 %']}; of {row['tests']} tests, {row['among 80 %']} came out as one of the fewest "
                f"outcomes of together 80 %."
            )

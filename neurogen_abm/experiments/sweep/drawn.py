"""A sweep under the draws of a posterior: at every point the same animals under every draw, and what that leaves open.

Animals of a sweep differ by chance alone, or as the rows of a cohort do, each by itself: what is left under one draw is
chance.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from neurogen_abm.errors import InputError
from neurogen_abm.experiments.draws import Draws, of_arm
from neurogen_abm.experiments.effects import readings
from neurogen_abm.experiments.execution.job import Job, Keep
from neurogen_abm.experiments.execution.runner import Outcome
from neurogen_abm.experiments.uncertainty import NAME, VALUE, rows_of
from neurogen_abm.spec.posterior import FEWEST
from neurogen_abm.spec.scenario.scenario import ResolvedScenario
from neurogen_abm.spec.sweep import Sweep
from neurogen_abm.spec.validation import ScenarioError
from neurogen_abm.storage import atomic, ledger, run_directory
from neurogen_abm.storage.csv_text import as_csv

_KEYS = ("point", "draw", "animal", "life")


class Under:
    """The jobs of a sweep under draws, and to which point, draw and animal each belongs."""

    def __init__(self, draws: Draws, plan: Sweep, rows: Sequence[tuple[object, Sequence[int]]]) -> None:
        """Refuse, with a ScenarioError, points with one animal; ``rows`` are (row of the cohort, its seeds)."""
        if any(len(seeds) < 2 for _, seeds in rows):
            what, cure = (
                "With one animal at a point chance cannot be told from what is not known.",
                "Give 2 seeds or more.",
            )
            raise ScenarioError(what, where=plan.where(("seeds",)), code="out-of-range", cure=cure)
        self.draws, self._axes = draws, tuple(plan.axes)
        self._rows: list[tuple[int, int, int, int, str]] = []

    def jobs(self, point: int, resolved: ResolvedScenario, keep: Keep, named: Mapping[str, Any]) -> Iterator[Job]:
        """Yield the animal of a point under each draw; an InputError says that an axis is itself drawn."""
        posterior = self.draws.of(resolved)
        for axis in self._axes:
            if axis.removeprefix("parameters.") in posterior.free:
                what = f"The posterior {posterior.fit} draws it together with what else was fitted, which under "
                what += "another value of it would be other numbers."
                cure = "Sweep something that is not drawn, or sweep it without a posterior."
                raise InputError(what, where=axis, code="drawn", cure=cure)
        for draw in range(self.draws.n):
            job = Job.of(posterior.drawn(resolved, draw), keep, {**named, "draw": draw})
            self._rows.append((point, draw, resolved.scenario.seed, 0, job.key))
            yield job

    def table(self) -> pd.DataFrame:
        """Return one row per job: ``point``, ``draw``, ``animal`` (its seed), ``life``, ``job``."""
        return pd.DataFrame(self._rows, columns=[*_KEYS, "job"])


def bands(outcome: Outcome, link: pd.DataFrame, points: pd.DataFrame, kept: Sequence[str]) -> pd.DataFrame:
    """Return one row per point, read-out and time: its axes, and the columns of `Uncertainty.table`.

    A draw under which an animal of the point failed is left out there, and a point with fewer than two draws or animals
    has no row.
    """
    series = (
        link.merge(outcome.table("series"), on="job") if "series" in kept else pd.DataFrame(columns=[*_KEYS, "day"])
    )
    assays = link.merge(outcome.table("assays"), on="job") if "assays" in kept else pd.DataFrame()
    columns = [name for name in series.columns if name not in (*_KEYS, "job", "time_h", "day")]
    columns = [name for name in columns if pd.api.types.is_numeric_dtype(series[name])]
    found = readings(series, assays, columns, _KEYS)
    done = link["job"].isin(set(outcome.runs.loc[outcome.runs["state"] == "done", "job"]))
    parts = []
    for point, here in link.assign(done=done).groupby("point"):
        whole = here.groupby("draw")["done"].all()
        draws = set(whole.index[whole])
        if len(draws) < FEWEST or here["animal"].nunique() < 2:
            continue
        rows = found[(found["point"] == point) & found["draw"].isin(draws)].assign(arm="")
        names, first, _ = of_arm(rows, "")
        table = rows_of("", VALUE, names, first, None).drop(columns=["arm", "of"])
        axes = {name: [value] * len(table) for name, value in points.iloc[int(str(point))].items()}
        parts.append(pd.concat([pd.DataFrame({"point": point, **axes}, index=table.index), table], axis=1))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["point", *points.columns])


def share_not_known(found: pd.DataFrame) -> float:
    """Return the share of the variance at the end of the run that is not known, the median over points; NaN of none."""
    if "share_parameters" not in found:
        return float("nan")
    last = found[found["day"] == found.groupby("point")["day"].transform("max")]
    return float(np.nanmedian(last["share_parameters"])) if last["share_parameters"].notna().any() else float("nan")


def write(found: pd.DataFrame, folder: Path) -> Path:
    """Write the table as ``bands.parquet`` and ``bands.csv`` into the directory of a sweep; return the first."""
    with atomic.machine_faults(folder, ledger.CURE):
        atomic.write_text(folder / f"{NAME}.csv", as_csv(found))
        return atomic.write_file(folder / f"{NAME}.parquet", partial(run_directory.write_table, found))

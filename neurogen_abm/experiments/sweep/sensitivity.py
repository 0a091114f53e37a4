"""Which parameter matters: a sweep of Sobol's or Morris's design, its indices, and how well each parameter is known."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pandas as pd

from neurogen_abm.arguments import CALLABLE, FLAG, PLACE, WHOLE, check
from neurogen_abm.assays.table import as_read_outs
from neurogen_abm.errors import InputError
from neurogen_abm.experiments.execution.runner import Execution, Outcome, RunsProgress, Workers
from neurogen_abm.experiments.sweep import designs
from neurogen_abm.experiments.sweep.indices import FEWEST, Method, indices, stochastic_shares
from neurogen_abm.experiments.sweep.sweep import SweepResult, base_scenario, run_sweep
from neurogen_abm.numerals import plain
from neurogen_abm.sources import software
from neurogen_abm.spec.parameter import Parameter
from neurogen_abm.spec.sweep import Sweep, load_sweep
from neurogen_abm.spec.validation import ScenarioError
from neurogen_abm.storage import run_directory

METHODS = ("sobol", "morris")
RUNS, INDICES = "runs", "indices"
# With more kept times than this only the last one becomes a read-out.
_MOST_TIMES = 4
_WEAK = ("C", "D")


@dataclass(frozen=True)
class Sensitivity:
    """What explains the spread of each read-out.

    Attributes
    ----------
    plan
        The sweep.
    table
        One row per read-out and parameter: ``read_out``, ``name``, ``label``, ``grade``, ``status``, ``weak``, and the
        columns of `sweep.indices.indices`. ``grade`` and ``status`` are empty for what is not in
        the catalogue, such as the distance run.
    stochastic
        One row per read-out: mean and shares of the variance (see `sweep.indices.StochasticShares`).
    values
        The read-outs, one row per run: ``point``, ``seed``, one column per read-out.
    outcome
        The runs; None where the read-outs came from elsewhere.
    """

    plan: Sweep
    table: pd.DataFrame
    stochastic: pd.DataFrame
    values: pd.DataFrame
    outcome: Outcome | None = None

    def __repr__(self) -> str:
        """Return one line, not the tables."""
        read_outs = "; ".join(self.table["read_out"].unique())
        return f"<Sensitivity of {read_outs} to {self.table['name'].nunique()} parameters ({self.method})>"

    @property
    def method(self) -> Method:
        """Sobol or Morris."""
        return cast(Method, self.plan.design.kind)

    @property
    def size(self) -> str:
        """The column that ranks the parameters: the total index, or mu*."""
        return "total" if self.method == "sobol" else "size"

    @property
    def error(self) -> str:
        """The column with the half-width of the interval of `size`."""
        return f"{self.size}_error"

    def save(self, out: Path | str, *, page: Callable[[Path], object] | None = None, force: bool = False) -> Path:
        """Write the tables and, where one is given, the page; errors as in `write_directory`."""
        check(out=(out, PLACE), page=(page, CALLABLE.or_none), force=(force, FLAG))
        tables = {"indices": self.table, "stochastic": self.stochastic, "read_outs": self.values}
        provenance = {"sweep": self.plan.name, "design": self.plan.design.model_dump(), "seeds": list(self.plan.seeds)}
        return run_directory.write_tables(out, tables, {**provenance, "software": software()}, page=page, force=force)

    def weakest(self, most: int = 3) -> list[str]:
        """Return, one sentence per read-out, which weakly supported parameters matter most, and their rank."""
        check(most=(most, WHOLE))
        sentences = []
        for read_out, rows in self.table.groupby("read_out", sort=False):
            ranked = rows.sort_values(self.size, ascending=False).assign(rank=range(1, len(rows) + 1))
            weak = ranked[ranked["weak"] & (ranked[self.size] > ranked[self.error])].head(most)
            named = [
                f"{row['label']} (grade {row['grade']}, {row['status']}; "
                f"{_plain(row[self.size])} ± {_plain(row[self.error])}, rank {row['rank']} of {len(rows)})"
                for _, row in weak.iterrows()
            ]
            none = "no weakly supported parameter has an effect larger than its uncertainty"
            sentences.append(f"{read_out}: {'; '.join(named) or none}.")
        return sentences


def _plain(value: float) -> str:
    """Write a number without an exponent."""
    return f"{value:,.0f}" if abs(value) >= 100 else plain(value, 3)


def sensitivity(
    source: str | Path | Mapping[str, Any] | Sweep,
    out: Path | str | None = None,
    *,
    workers: int | Workers | None = None,
    scheduler: str | None = None,
    progress: Callable[[RunsProgress], None] | None = None,
    retry_failed: bool = False,
) -> Sensitivity:
    """Run a sweep of Sobol's or Morris's design, or go on with it, and compute its indices.

    Parameters and errors as in `neurogen_abm.experiments.sweep.sweep.sweep`.

    Raises
    ------
    ScenarioError
        The design of the sweep is another.

    Examples
    --------
    >>> import neurogen_abm
    >>> found = neurogen_abm.sensitivity("which_numbers_matter", "runs/which/runs", workers=4)  # doctest: +SKIP
    >>> found.table.sort_values(found.size, ascending=False).head()  # doctest: +SKIP
    >>> found.weakest()  # doctest: +SKIP
    """
    check(out=(out, PLACE.or_none))
    plan = load_sweep(source)
    _require_design(plan)
    result = run_sweep(plan, Execution(out, workers, scheduler, progress, retry_failed))
    return analysed(plan, read_outs(result), result.outcome)


def _require_design(plan: Sweep) -> None:
    if plan.design.kind not in METHODS:
        what = f"Indices need a design of Sobol or Morris, but this sweep has the design {plan.design.kind}."
        cure = "Write design: {kind: morris, points: 20}, or {kind: sobol, points: 256}."
        raise ScenarioError(what, where=plan.where(("design",)), code="wrong-design", cure=cure)
    if (plan.design.points or 0) < FEWEST:
        what = f"Indices need {FEWEST} base points or more, but this design has {plan.design.points}."
        cure = f"Write points: {5 * FEWEST}, for intervals that say something."
        raise ScenarioError(what, where=plan.where(("design", "points")), code="too-few-points", cure=cure)


def read_outs(result: SweepResult) -> pd.DataFrame:
    """Return the read-outs of a sweep, one row per run: ``point``, ``seed``, one column per read-out.

    They are the kept columns of the series, and the assays, at the kept times, or at the last where these are many.
    """
    keys = ["point", "seed"]
    parts = []
    kept = result.plan.keep
    if "series" in kept.tables:
        series = result.table("series")
        columns = [c for c in series.columns if kept.series == "all" or c in kept.series]
        columns = [c for c in columns if c not in ("time_h", "day") and c not in result.plan.axes and c not in keys]
        columns = [c for c in columns if pd.api.types.is_numeric_dtype(series[c])]
        parts.append(_wide(series, keys, columns))
    if "assays" in kept.tables and len(assays := _assays(result)):
        parts.append(assays)
    if not parts:
        what = "The sweep keeps neither series nor assays, so that there is nothing to explain."
        raise ScenarioError(what, where=result.plan.where(("keep",)), code="nothing-kept", cure="Keep one of them.")
    return pd.concat(parts, axis=1).reset_index()


def _wide(table: pd.DataFrame, keys: list[str], columns: list[str]) -> pd.DataFrame:
    """Return one row per run and one column per quantity and time."""
    days = sorted(table["day"].unique())
    days = days if len(days) <= _MOST_TIMES else days[-1:]
    parts = []
    for day in days:
        found = table[table["day"] == day].set_index(keys)[columns]
        parts.append(
            found.rename(columns={column: f"{column.removeprefix('n_')}, day {plain(day)}" for column in columns})
        )
    return pd.concat(parts, axis=1)


def _assays(result: SweepResult) -> pd.DataFrame:
    """Return what the assays of every run report, by name and day; empty where the scenario has none."""
    table = result.table("assays")
    if "count" not in table or table.empty:
        return pd.DataFrame()
    wide = as_read_outs(table).pivot_table(
        index=["point", "seed"], columns=["read_out", "day"], values="value", sort=False
    )
    wide.columns = pd.Index([f"{entry[0]}, day {plain(float(entry[1]))}" for entry in wide.columns.to_list()])
    return wide


def analysed(plan: Sweep, values: pd.DataFrame, outcome: Outcome | None = None) -> Sensitivity:
    """Return the indices of read-outs at the points of a sweep of Sobol's or Morris's design.

    ``values`` has ``point`` (its number in the design), ``seed``, and one column per read-out; points whose runs failed
    may be missing.
    """
    _require_design(plan)
    shares = designs.unit_points(plan)
    names = designs.names(plan)
    method = cast(Method, plan.design.kind)
    known = base_scenario(plan).parameters
    described = pd.DataFrame([_described(plan, group, known) for group in plan.groups])
    tables, shares_of_variance = [], []
    for read_out in [column for column in values.columns if column not in ("point", "seed")]:
        by_seed = values.pivot(index="point", columns="seed", values=read_out).reindex(range(len(shares)))
        means = by_seed.mean(axis=1, skipna=False).to_numpy()
        found = indices(method, names, shares, means, levels=plan.design.levels, seed=plan.design.seed)
        tables.append(described.assign(read_out=read_out).merge(found, on="name", sort=False))
        split = stochastic_shares(by_seed.to_numpy(dtype=float))
        shares_of_variance.append({"read_out": read_out, "mean": means[means == means].mean(), **split._asdict()})
    if not tables:
        cure = "Keep a column of the series, or an assay."
        raise InputError("The sweep keeps no read-out.", code="nothing-kept", cure=cure)
    table = pd.concat(tables, ignore_index=True)
    front = ["read_out", *(column for column in table.columns if column != "read_out")]
    return Sensitivity(plan, table[front], pd.DataFrame(shares_of_variance), values, outcome)


def _described(plan: Sweep, group: tuple[str, ...], known: Mapping[str, Parameter]) -> dict[str, Any]:
    """Return name, label and support of a dimension; of axes that change together the weakest counts."""
    paths = [path.removeprefix("parameters.") for path in group]
    numbers = [known[path] for path in paths if path in known]
    grade = max((number.grade for number in numbers), default="")
    status = "assumed" if any(n.status == "assumed" for n in numbers) else numbers[0].status if numbers else ""
    given = [plan.axes[path].label for path in group if plan.axes[path].label]
    label = " and ".join(given or group)
    weak = grade in _WEAK or status == "assumed"
    return {"name": " and ".join(group), "label": label, "grade": grade, "status": status, "weak": weak}

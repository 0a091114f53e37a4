"""Twins: the same animals under two or more scenarios, seed by seed, so that what differs is the scenario."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from neurogen_abm.errors import InputError
from neurogen_abm.experiments import statistics
from neurogen_abm.experiments.execution.runner import Execution, Job, Keep, Outcome, RunsProgress, Workers, perform
from neurogen_abm.run import prepare
from neurogen_abm.spec.scenario import sentences

if TYPE_CHECKING:
    from neurogen_abm.run import Source
    from neurogen_abm.spec.scenario.scenario import ResolvedScenario

# Read-outs of the series that are compared, besides what the assays count.
READ_OUTS = (
    "new_neurons", "n_ki67", "n_dcx", "n_neun", "births", "deaths", "integrated",
    "distance_km", "bdnf_plasma_pg_ml", "bdnf_niche_pg_ml",
)  # fmt: skip
_TEXTS = ("name", "title", "description", "look_for", "seed", "schema")


@dataclass(frozen=True)
class Comparison:
    """What a comparison of twins found.

    Attributes
    ----------
    arms
        Names of the scenarios; the first is the control.
    series
        One row per arm, seed and time.
    effects
        One row per arm, read-out and day: means of ``control`` and ``treated``, the ``difference`` of twins with its
        interval ``low`` to ``high``, and the same as a share of the control (``relative``, ``relative_low``,
        ``relative_high``); ``pairs`` of animals.
    animals
        One row per arm and read-out at the end: how many ``twins`` or ``independent`` animals an arm needs for a
        standard error of a tenth of the effect, and the ``gain``, their ratio.
    looks
        One row per look at the data, after the pilot and at the end: ``pairs``, widest ``half_width``; empty where no
        width was asked for.
    maps
        One row per arm and tile of the sheet: mean over the twins of treated minus control.
    settings
        One row per entry of the scenario that differs, with its value in every arm.
    sure
        Whether the interval of the deciding read-out is as narrow as was asked; True where nothing was asked.
    read_out
        The read-out that decides how many pairs are needed.
    outcome
        The runs, with those that failed.
    patch
        A sentence that says whose the counts are, where a patch of the gyrus was simulated.
    """

    arms: tuple[str, ...]
    read_out: str
    series: pd.DataFrame
    effects: pd.DataFrame
    animals: pd.DataFrame
    looks: pd.DataFrame
    maps: pd.DataFrame
    settings: pd.DataFrame
    sure: bool
    outcome: Outcome
    patch: str = ""

    def __repr__(self) -> str:
        """Return one line, not the tables."""
        pairs, days = self.effects["pairs"].max(), self.effects["day"].max()
        return f"<Comparison of {' and '.join(self.arms)}: {pairs} pairs of twins, {days:g} days>"

    @property
    def final(self) -> pd.DataFrame:
        """The effects at the end of the run."""
        return self.effects[self.effects["day"] == self.effects["day"].max()].reset_index(drop=True)


def compare(
    *scenarios: "Source",
    pairs: int = 12,
    until_halfwidth: float | None = None,
    read_out: str = "new_neurons",
    most_pairs: int = 400,
    overrides: Mapping[str, Any] | None = None,
    out: Path | str | None = None,
    workers: int | Workers | None = None,
    scheduler: str | None = None,
    progress: Callable[[RunsProgress], None] | None = None,
    retry_failed: bool = False,
) -> Comparison:
    """Compare scenarios with the same animals in each.

    Parameters
    ----------
    *scenarios
        The control, then one or more others, as `run` takes them.
    pairs
        Animals in each arm: seeds 1, 2, ... are the same in all.
    until_halfwidth
        Add animals until the interval of the relative effect reaches no further than this on either side of it,
        e.g. 0.05. The first ``pairs`` are then a pilot, whose spread says how many are needed; the intervals are those
        of Stein's two stages, which hold although the data decided how many there are.
    read_out
        The column of the series, at the end of the run, that decides how many are needed.
    most_pairs
        Upper limit of the number of pairs, however wide the interval.
    overrides
        Changes of every arm, as `run` takes them.
    out
        The directory of the runs; what it holds is not run again. A temporary one by default.
    workers, scheduler, progress, retry_failed
        As in `Execution`.

    Raises
    ------
    InputError
        The scenarios cannot be compared.
    EnvironmentFault, IntegrityError
        As in `perform`.

    Examples
    --------
    >>> import neurogen_abm
    >>> found = neurogen_abm.compare(
    ...     "mouse_sedentary", "mouse_generated_running", pairs=12, overrides={"duration": "14 d"}, workers=2
    ... )  # doctest: +SKIP
    >>> found.final[["read_out", "relative", "relative_low", "relative_high"]]  # doctest: +SKIP
    """
    arms = _arms(scenarios, overrides)
    _check(arms, pairs, until_halfwidth, read_out)
    pilot = None if until_halfwidth is None else pairs
    looks: list[dict[str, float]] = []
    with Execution(out, workers, scheduler, progress, retry_failed).started() as execution:
        while True:
            outcome = perform(_jobs(arms, pairs), execution, title=f"compare {' '.join(arms)}")
            execution = replace(execution, retry_failed=False)
            series = _of_arms(outcome, "series")
            table = _effects(series, _of_arms(outcome, "assays"), tuple(arms), pilot)
            if until_halfwidth is None or pilot is None:
                break
            reached = _half_width(table, read_out)
            looks.append({"pairs": pairs, "half_width": reached})
            asked = statistics.pairs_for(until_halfwidth, looks[0]["half_width"], pilot)
            if pairs >= min(asked, most_pairs) or len(outcome.failed):
                break
            pairs = int(min(asked, most_pairs))
    names = tuple(arms)
    return Comparison(
        names,
        read_out,
        series,
        table,
        _animals(series, names),
        pd.DataFrame(looks, columns=["pairs", "half_width"]),
        _maps(_of_arms(outcome, "tiles"), names),
        _settings(arms),
        until_halfwidth is None or looks[-1]["half_width"] <= until_halfwidth * (1 + 1e-9),
        outcome,
        " ".join(dict.fromkeys(filter(None, map(sentences.patch, arms.values())))),
    )


def _arms(scenarios: "Sequence[Source]", overrides: Mapping[str, Any] | None) -> "dict[str, ResolvedScenario]":
    """Return the scenarios by name, names made different."""
    arms: dict[str, ResolvedScenario] = {}
    for source in scenarios:
        resolved = prepare(source, None, overrides)
        name, n = resolved.scenario.name, 2
        while name in arms:
            name, n = f"{resolved.scenario.name}-{n}", n + 1
        arms[name] = resolved
    return arms


def _check(arms: "Mapping[str, ResolvedScenario]", pairs: int, target: float | None, read_out: str) -> None:
    """Refuse what cannot be compared."""
    if len(arms) < 2:
        what, cure = "A comparison needs two scenarios or more.", "Give the control and at least one other."
        raise InputError(what, code="too-few", cure=cure)
    if pairs < 2:
        what = f"With {pairs} pairs of animals the variation between animals cannot be estimated."
        raise InputError(what, where="--pairs", code="out-of-range", cure="Take 2 or more; 12 is usual.")
    if target is not None and not 0 < target < 10:
        cure = "Write a share of the control, like 5%."
        what = f"{target:g} cannot be the half-width of an interval."
        raise InputError(what, where="--until-halfwidth", code="out-of-range", cure=cure)
    if read_out not in READ_OUTS:
        what = f'"{read_out[:40]}" is not among the read-outs that are compared.'
        cure = f"Choose from {', '.join(READ_OUTS)}."
        raise InputError(what, where="--read-out", code="unknown-column", cure=cure)
    names, first = list(arms), next(iter(arms.values()))
    for number, (name, arm) in enumerate(arms.items()):
        earlier = next((other for other in names[:number] if arms[other].digest == arm.digest), None)
        if earlier is not None:
            what = f"{earlier} and {name} are the same scenario."
            raise InputError(what, code="same", cure="Change one of them; --set changes both.")
        for key, unit in (("duration_h", "duration"), ("step_h", "step")):
            if getattr(arm.scenario, key) != getattr(first.scenario, key):
                what = f"{names[0]} and {name} differ in `{unit}`, so they are not recorded at the same times."
                raise InputError(what, code="other-times", cure=f"Give both one, like --set {unit}=...")


def _jobs(arms: "Mapping[str, ResolvedScenario]", pairs: int) -> list[Job]:
    return [
        Job.of(prepare(arm, seed), _keep(arm), {"arm": name})
        for name, arm in arms.items()
        for seed in range(1, pairs + 1)
    ]


def _keep(arm: "ResolvedScenario") -> Keep:
    """Keep one row per day and the last, where days are recorded."""
    scenario = arm.scenario
    cadence_h = scenario.outputs.cadence_h or scenario.step_h
    daily = (24 / cadence_h).is_integer()
    days = range(math.ceil(scenario.duration_h / 24))
    at_h = (*(24.0 * day for day in days), scenario.duration_h) if daily else ()
    return Keep(("series", "assays", "tiles"), READ_OUTS, at_h)


def _of_arms(outcome: Outcome, name: str) -> pd.DataFrame:
    """Return a table with arm and seed in front, of the seeds that every arm has finished."""
    runs = outcome.runs[outcome.runs["state"] == "done"][["job", "arm", "seed"]]
    whole = runs.groupby("seed")["arm"].nunique()
    runs = runs[runs["seed"].isin(whole.index[whole == outcome.runs["arm"].nunique()])]
    return runs.merge(outcome.table(name), on="job", how="inner").drop(columns="job")


def _effects(series: pd.DataFrame, assays: pd.DataFrame, arms: tuple[str, ...], pilot: int | None) -> pd.DataFrame:
    """Return the table of effects: every read-out of the series, then every assay, at every time."""
    wide = series.melt(["arm", "seed", "day"], list(READ_OUTS), "read_out", "value")
    if len(assays):
        counted = assays.rename(columns={"name": "read_out", "count": "value"})
        wide = pd.concat([wide, counted[["arm", "seed", "day", "read_out", "value"]]], ignore_index=True)
    wide["read_out"] = pd.Categorical(wide["read_out"], list(dict.fromkeys(wide["read_out"])), ordered=True)
    table = wide.pivot_table(index="seed", columns=["arm", "read_out", "day"], values="value", observed=True)
    control = table[arms[0]]
    parts = []
    for arm in arms[1:]:
        one, other = control.to_numpy(float), table[arm][control.columns].to_numpy(float)
        plain, share = statistics.difference(one, other, pilot), statistics.relative(one, other, pilot)
        parts.append(
            control.columns.to_frame(index=False).assign(
                arm=arm, control=one.mean(axis=0), treated=other.mean(axis=0),
                difference=plain.mean, low=plain.low, high=plain.high,
                relative=share.mean, relative_low=share.low, relative_high=share.high,
                pairs=len(table),
            )
        )  # fmt: skip
    found = pd.concat(parts, ignore_index=True)
    found["read_out"] = found["read_out"].astype(str)
    return found[["arm", *(column for column in found if column != "arm")]]


def _half_width(table: pd.DataFrame, read_out: str) -> float:
    """Return the widest half interval of the relative effect at the end, over the arms."""
    rows = table[(table["read_out"] == read_out) & (table["day"] == table["day"].max())]
    width = float(((rows["relative_high"] - rows["relative_low"]) / 2).max(skipna=False))
    return width if math.isfinite(width) else math.inf


def _animals(series: pd.DataFrame, arms: tuple[str, ...]) -> pd.DataFrame:
    last = series[series["day"] == series["day"].max()].set_index(["arm", "seed"]).sort_index()
    parts = []
    for arm in arms[1:]:
        one, other = (last.loc[name, list(READ_OUTS)].to_numpy(float) for name in (arms[0], arm))
        need = statistics.animals_needed(one, other)
        columns = {"twins": need.twins, "independent": need.independent, "gain": need.gain}
        parts.append(pd.DataFrame({"arm": arm, "read_out": READ_OUTS, **columns}))
    return pd.concat(parts, ignore_index=True)


def _maps(tiles: pd.DataFrame, arms: tuple[str, ...]) -> pd.DataFrame:
    """Return mean differences by tile; no rows for an arm whose sheet is divided otherwise."""
    means = tiles.groupby(["arm", "u_um", "v_um"], sort=True)[["new_neurons", "bdnf_mean_pg_ml"]].mean()
    parts = [pd.DataFrame(columns=["arm", "u_um", "v_um", "new_neurons", "bdnf_mean_pg_ml"])]
    for arm in arms[1:]:
        one, other = means.loc[arms[0]], means.loc[arm]
        if one.index.equals(other.index):
            parts.append((other - one).reset_index().assign(arm=arm))
    return pd.concat([part for part in parts if len(part)] or parts, ignore_index=True)


def _settings(arms: "Mapping[str, ResolvedScenario]") -> pd.DataFrame:
    """Return what differs between the scenarios, one row per entry."""
    flat = {name: dict(_flat(arm.scenario.model_dump(by_alias=True))) for name, arm in arms.items()}
    keys = dict.fromkeys(key for entries in flat.values() for key in entries)
    rows = [{"entry": key} | {name: entries.get(key, "") for name, entries in flat.items()} for key in keys]
    differing = [row for row in rows if len({row[name] for name in arms}) > 1]
    return pd.DataFrame(differing, columns=["entry", *arms])


def _flat(data: Any, path: str = "") -> list[tuple[str, str]]:
    """Return the entries of plain data by dotted path, values as text, without texts and seeds."""
    if isinstance(data, dict):
        inner = [(f"{path}.{key}" if path else str(key), part) for key, part in data.items()]
        return [entry for key, part in inner if key not in _TEXTS for entry in _flat(part, key)]
    if isinstance(data, list | tuple) and any(isinstance(part, dict | list | tuple) for part in data):
        return [entry for index, part in enumerate(data) for entry in _flat(part, f"{path}[{index}]")]
    text = ", ".join(map(str, data)) if isinstance(data, list | tuple) else str(data)
    return [] if data is None else [(path, text)]

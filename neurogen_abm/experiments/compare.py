"""Twins: the same animals under two or more scenarios, seed by seed, so that what differs is the scenario."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from neurogen_abm.activity.run_clock import refuse_other_starts
from neurogen_abm.arguments import FLAG, NUMBER, PLACE, TEXT, TEXTS, WHOLE, Kind, check
from neurogen_abm.errors import InputError, ModelFault, argument, told
from neurogen_abm.experiments import differences, draws, statistics
from neurogen_abm.experiments import effects as tables
from neurogen_abm.experiments.execution.runner import (
    Execution,
    Job,
    Outcome,
    Purpose,
    RunsProgress,
    Workers,
    perform,
    require_plannable,
)
from neurogen_abm.experiments.read_outs import READ_OUTS, daily
from neurogen_abm.experiments.studies.variation import individual
from neurogen_abm.experiments.uncertainty import Uncertainty, found_in
from neurogen_abm.notebook import as_html
from neurogen_abm.numerals import plain
from neurogen_abm.run import check_start, prepare
from neurogen_abm.spec.scenario import sentences
from neurogen_abm.spec.scenario.comparable import difference, unlike_rules
from neurogen_abm.spec.scenario.scenario import ResolvedScenario, with_mechanisms
from neurogen_abm.spec.study.study import USUAL_VARIATION, Variation
from neurogen_abm.units import UnitError, percentage
from neurogen_abm.words import several

if TYPE_CHECKING:
    from neurogen_abm.run import Source

_SHARE = Kind('a share, like "5 %" or 0.05', lambda value: TEXT.fits(value) or NUMBER.fits(value))


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
        ``relative_high``); ``pairs`` of animals; intervals of both means (``control_low``, ``treated_high`` and so on).
    animals
        One row per arm and read-out at its last time: how much the animals of the control differ (``control_cv``, a
        coefficient of variation), how many ``twins`` or ``independent`` animals an arm needs for a standard error of a
        tenth of the effect, and the ``gain``, their ratio.
    looks
        One row per look at the data, from the pilot to the end: ``pairs``, and ``half_width``, how far the widest
        interval of a relative effect reaches; empty where no width was asked for.
    maps
        One row per arm and tile of the sheet: mean over the twins of treated minus control.
    settings
        One row per entry of the scenario that differs, with its value in every arm.
    numbers
        One row per parameter that differs, with value, status, source and grade in every arm.
    sure
        Whether the interval of the deciding read-out is as narrow as was asked; True where nothing was asked.
    read_out
        The read-out that decides how many pairs are needed.
    half_width
        How far the interval of the deciding read-out was to reach, a share; None where nothing was asked.
    left_out
        What is not compared because not every arm has it, in sentences.
    variation
        How much animals differ besides chance; a trait is the same in both twins.
    outcome
        The runs, with those that failed.
    patch
        A sentence that says whose the counts are, where a patch of the gyrus was simulated.
    share
        Share of the sheet of a gyrus that each animal has; NaN where arms differ in it.
    uncertainty
        What the draws of a posterior make of the read-outs and the effects; None where none was asked for.
    unlike
        Which arms live by other mechanisms, in sentences.
    """

    arms: tuple[str, ...]
    read_out: str
    series: pd.DataFrame
    effects: pd.DataFrame
    animals: pd.DataFrame
    looks: pd.DataFrame
    maps: pd.DataFrame
    settings: pd.DataFrame
    numbers: pd.DataFrame
    sure: bool
    half_width: float | None
    left_out: tuple[str, ...]
    variation: Variation
    outcome: Outcome
    patch: str = ""
    share: float = 1.0
    uncertainty: Uncertainty | None = None
    unlike: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Return one line, not the tables."""
        pairs, days = self.effects["pairs"].max(), self.effects["day"].max()
        return f"<Comparison of {' and '.join(self.arms)}: {several(pairs, 'pair')} of twins, {plain(days)} days>"

    def _repr_html_(self) -> str:
        """Return the effects at the end as a table for a notebook."""
        shown = ["arm", "read_out", "control", "treated", "difference", "low", "high", "relative"]
        return as_html(repr(self), self.final[shown])

    @property
    def final(self) -> pd.DataFrame:
        """The effects at the end of the run."""
        return self.effects[self.effects["day"] == self.effects["day"].max()].reset_index(drop=True)


def compare(
    *scenarios: "Source",
    pairs: int = 12,
    until_halfwidth: float | str | None = None,
    read_out: str = "new_neurons",
    most_pairs: int = 400,
    alike: bool = False,
    mechanisms: Sequence[str] = (),
    overrides: Mapping[str, Any] | None = None,
    out: Path | str | None = None,
    workers: int | Workers | None = None,
    scheduler: str | None = None,
    progress: Callable[[RunsProgress], None] | None = None,
    retry_failed: bool = False,
    posterior: draws.Asked = None,
) -> Comparison:
    """Compare scenarios with the same animals in each.

    Parameters
    ----------
    *scenarios
        The control, then one or more others, as `run` takes them.
    pairs
        Animals in each arm: seeds 1, 2, ... are the same in all.
    until_halfwidth
        Add animals until the interval of the relative effect reaches no further than this on either side of it:
        "5 %", or 0.05. The first ``pairs`` are then a pilot, whose spread says how many are needed; the intervals are
        those of Stein's two stages, which hold although the data decided how many there are.
    read_out
        The column of the series, at the end of the run, that decides how many are needed.
    most_pairs
        Upper limit of the number of pairs, however wide the interval.
    alike
        Whether animals differ by chance alone. By default they differ as those of the shipped studies do, in stem
        cells, response to exercise and distance, each alike in its twins.
    mechanisms
        Names of mechanisms that are switched on in every arm, besides its own.
    overrides
        Changes of every arm, as `run` takes them.
    out
        The directory of the runs; what it holds is not run again. A temporary one by default.
    workers, scheduler, progress, retry_failed
        As in `Execution`.
    posterior
        Say as well what is not known: the same animals under so many draws of the shipped posterior of the pathway of
        each scenario, or under all of a `Posterior`, or of the file of one.

    Raises
    ------
    InputError
        The scenarios cannot be compared.
    ModelFault
        No animal could be simulated in every arm.
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
    check(
        pairs=(pairs, WHOLE),
        until_halfwidth=(until_halfwidth, _SHARE.or_none),
        read_out=(read_out, TEXT),
        most_pairs=(most_pairs, WHOLE),
        alike=(alike, FLAG),
        mechanisms=(mechanisms, TEXTS),
        out=(out, PLACE.or_none),
    )
    arms = _arms(scenarios, overrides, mechanisms)
    target = _share(until_halfwidth)
    _check(arms, pairs, target, read_out)
    most, called = (pairs, "pairs") if target is None else (most_pairs, "most_pairs")
    require_plannable(len(arms) * most, argument(called))
    for arm in arms.values():
        check_start(arm)
    variation = Variation() if alike else USUAL_VARIATION
    drawn_from = draws.asked(posterior)
    more = _drawn(arms, drawn_from, pairs, variation, target)
    with Execution(out, workers, scheduler, progress, retry_failed).started() as execution:
        wanted = _Wanted(target, read_out, pairs, most_pairs)
        seen, looks = _grown(arms, variation, wanted, execution, [life.job for life in more])
    names = tuple(arms)
    return Comparison(
        names,
        read_out,
        seen.series,
        seen.effects,
        tables.animals(seen.readings, names),
        pd.DataFrame(looks, columns=["pairs", "half_width"]),
        tables.maps(_of_arms(seen.twins, "tiles"), names),
        differences.settings(arms),
        differences.numbers(arms),
        target is None or looks[-1]["half_width"] <= target,
        target,
        seen.left_out,
        variation,
        seen.outcome,
        " ".join(dict.fromkeys(filter(None, map(sentences.patch, arms.values())))),
        _one_of({sentences.share_of_sheet(arm) for arm in arms.values()}),
        _uncertain(arms, drawn_from, more, seen, alike=alike),
        tuple(unlike_rules(arms)),
    )


def _one_of(shares: set[float]) -> float:
    return shares.pop() if len(shares) == 1 else math.nan


class _Wanted(NamedTuple):
    """How narrow an interval is to be, as a share, and of what; how many pairs there are at first and at most."""

    half_width: float | None
    read_out: str
    pairs: int
    most_pairs: int


class _Seen(NamedTuple):
    """What some pairs of animals show."""

    outcome: Outcome  # of all runs
    twins: Outcome  # of the pairs, without those under draws of a posterior
    series: pd.DataFrame
    readings: pd.DataFrame
    effects: pd.DataFrame
    left_out: tuple[str, ...]


def _grown(
    arms: Mapping[str, ResolvedScenario],
    variation: Variation,
    wanted: _Wanted,
    execution: Execution,
    more: Sequence[Job] = (),
) -> tuple[_Seen, list[dict[str, float]]]:
    """Run pairs until the interval is as narrow as is wanted; return what they show, and every look on the way."""
    looks: list[dict[str, float]] = []
    n, target = wanted.pairs, wanted.half_width
    purpose, pilot = (Purpose.ALONE, None) if target is None else (Purpose.STORE, n)
    while True:
        twins = _jobs(arms, n, variation)
        outcome = _performed([*twins, *more], execution, purpose)
        execution = replace(execution, retry_failed=False)
        seen = _seen(arms, outcome, _only(outcome, twins), pilot)
        if target is None:
            return seen, looks
        reached = _at_end(seen.effects, wanted.read_out)
        looks.append({"pairs": n, "half_width": _half_width(reached)})
        if not np.isfinite(reached.mean).all():
            what = f"{wanted.read_out} is zero in the control: its effect is not a share of anything."
            cure = f"Choose another {argument('read_out')}, or leave out {argument('until_halfwidth')}; runs are kept."
            raise InputError(what, where=argument("read_out"), code="no-relative-effect", cure=cure)
        if looks[-1]["half_width"] <= target or n >= wanted.most_pairs or len(outcome.failed):
            break
        # The effect moves with every animal added, so that the number asked for may grow once more.
        n = int(min(max(statistics.pairs_for(target, reached, n), n + 1), wanted.most_pairs))
    # A pilot repeated must not put aside what it had added.
    alone = _performed(_jobs(arms, n, variation), execution, Purpose.ALONE)
    return seen._replace(outcome=alone, twins=alone), looks


def _seen(arms: Mapping[str, ResolvedScenario], outcome: Outcome, twins: Outcome, pilot: int | None) -> _Seen:
    series = _of_arms(twins, "series")
    found = tables.readings(series, _of_arms(twins, "assays"), READ_OUTS)
    gone = tables.left_out(found, arms)
    found = gone.without(found)
    return _Seen(outcome, twins, series, found, tables.effects(found, tuple(arms), pilot), gone.sentences())


def _only(outcome: Outcome, jobs: Sequence[Job]) -> Outcome:
    """Return what there is of some jobs alone."""
    keys = {job.key for job in jobs}
    runs, failed = (table[table["job"].isin(keys)] for table in (outcome.runs, outcome.failed))
    return replace(outcome, runs=runs.reset_index(drop=True), failed=failed.reset_index(drop=True))


def _drawn(
    arms: Mapping[str, ResolvedScenario],
    asked: draws.Draws | None,
    pairs: int,
    variation: Variation,
    target: float | None,
) -> list[draws.Life]:
    """Return the lives of the animals under the draws of a posterior; none where none was asked for."""
    if asked is None:
        return []
    if target is not None:
        both = f"{argument('until_halfwidth')} and {argument('posterior')}"
        what = f"{both} do not go together: the first is about the interval under one set of parameters."
        raise InputError(what, code="bad-pair", cure="Leave one of them out.")
    require_plannable(len(arms) * pairs * asked.n * 2, argument("posterior"))
    animal = partial(_animal, variation=variation)
    return draws.lives(arms, asked, pairs, animal, daily, twice=variation != Variation())


def _uncertain(
    arms: Mapping[str, ResolvedScenario],
    asked: draws.Draws | None,
    lives: Sequence[draws.Life],
    seen: _Seen,
    *,
    alike: bool,
) -> Uncertainty | None:
    """Return what the draws say of the read-outs that are compared."""
    if asked is None:
        return None
    found = draws.lived(seen.outcome, lives)
    compared = seen.effects[["read_out", "day"]].drop_duplicates()
    found = found._replace(readings=found.readings.astype({"read_out": str}).merge(compared, on=["read_out", "day"]))
    return found_in(found, arms, {name: asked.of(arm) for name, arm in arms.items()}, traits=not alike)


def _share(half_width: float | str | None) -> float | None:
    """Return the half-width that is asked for as a share; text wants its sign."""
    if not isinstance(half_width, str):
        return half_width
    try:
        return percentage(half_width)
    except UnitError as fault:
        raise fault.become(InputError, argument("until_halfwidth")) from None


def _arms(
    scenarios: "Sequence[Source]", overrides: Mapping[str, Any] | None, mechanisms: Sequence[str]
) -> dict[str, ResolvedScenario]:
    """Return the scenarios by name, names made different."""
    arms: dict[str, ResolvedScenario] = {}
    for source in scenarios:
        resolved = with_mechanisms(prepare(source, None, overrides), mechanisms)
        name, n = resolved.scenario.name, 2
        while name in arms:
            name, n = f"{resolved.scenario.name}-{n}", n + 1
        arms[name] = resolved
    return arms


def _check(arms: Mapping[str, ResolvedScenario], pairs: int, target: float | None, read_out: str) -> None:
    """Refuse what cannot be compared."""
    if len(arms) < 2:
        what, cure = "A comparison needs two scenarios or more.", "Give the control and at least one other."
        raise InputError(what, code="too-few", cure=cure)
    if pairs < 2:
        what = f"With {several(pairs, 'pair')} of animals the variation between animals cannot be estimated."
        raise InputError(what, where=argument("pairs"), code="out-of-range", cure="Take 2 or more; 12 is usual.")
    if target is not None and not 0 < target < 1:
        cure = "Write a share of the control, above 0 and below 100 %, like 5 %."
        what = f"{plain(100 * target)} % cannot be the half-width of an interval."
        raise InputError(what, where=argument("until_halfwidth"), code="out-of-range", cure=cure)
    if read_out not in READ_OUTS:
        what = f'"{read_out[:40]}" is not among the read-outs that are compared.'
        cure = f"Choose from {', '.join(READ_OUTS)}."
        raise InputError(what, where=argument("read_out"), code="unknown-column", cure=cure)
    _check_comparable(arms)


def _check_comparable(arms: Mapping[str, ResolvedScenario]) -> None:
    """Refuse arms that are one scenario, or of which no two animals are recorded alike."""
    names, first = list(arms), next(iter(arms.values()))
    meant = {name: prepare(arm, 1).identity for name, arm in arms.items()}  # seeds are those of the animals
    for number, (name, arm) in enumerate(arms.items()):
        if (earlier := next((other for other in names[:number] if meant[other] == meant[name]), None)) is not None:
            what = f"{earlier} and {name} are the same scenario."
            raise InputError(what, code="same", cure=f"Change one of them; {argument('overrides')} changes both.")
        for key, entry, hours, unit in (("duration_h", "duration", 24.0, "d"), ("step_h", "step", 1.0, "h")):
            if getattr(arm.scenario, key) != getattr(first.scenario, key):
                like = f"{plain(getattr(first.scenario, key) / hours)} {unit}"
                what = f"{names[0]} and {name} differ in `{entry}`, so they are not recorded at the same times."
                same = told(f"overrides={{'{entry}': '{like}'}}", f'--set {entry}="{like}"')
                raise InputError(what, code="other-times", cure=f"Give both one, like {same}.")
        if (apart := difference(first.scenario, arm.scenario)) is not None:
            what = f"{names[0]} ({apart.one}) and {name} ({apart.other}) differ in `{apart.entry}`: their counts are of"
            raise InputError(f"{what} different things.", code="not-comparable", cure=apart.cure)
    refuse_other_starts(arms)


def _performed(jobs: list[Job], execution: Execution, purpose: Purpose) -> Outcome:
    title = f"compare {' '.join(dict.fromkeys(job.point['arm'] for job in jobs))}"
    return perform(jobs, execution, title=title, purpose=purpose)


def _jobs(arms: Mapping[str, ResolvedScenario], pairs: int, variation: Variation) -> list[Job]:
    return [
        Job.of(_animal(arm, number, variation), daily(arm, "tiles"), {"arm": name})
        for name, arm in arms.items()
        for number in range(pairs)
    ]


def _animal(arm: ResolvedScenario, number: int, variation: Variation) -> ResolvedScenario:
    return individual(arm, 1, number, variation, "an animal of a comparison")


def _of_arms(outcome: Outcome, name: str) -> pd.DataFrame:
    """Return a table with arm and seed in front, of the seeds that every arm has finished."""
    runs = outcome.runs[outcome.runs["state"] == "done"][["job", "arm", "seed"]]
    whole = runs.groupby("seed")["arm"].nunique()
    runs = runs[runs["seed"].isin(whole.index[whole == outcome.runs["arm"].nunique()])]
    if runs.empty:
        first = outcome.failed.iloc[0]
        what = f"No animal could be simulated in every arm. The first failure, in {first['arm']}: {first['what']}"
        raise ModelFault(what, where=str(outcome.folder), code="no-pairs", cure=str(first["cure"]))
    return runs.merge(outcome.table(name), on="job", how="inner").drop(columns="job")


def _at_end(table: pd.DataFrame, read_out: str) -> statistics.MeanInterval:
    """Return the relative effects on a read-out at the end, one per arm."""
    rows = table[(table["read_out"] == read_out) & (table["day"] == table["day"].max())]
    columns = ("relative", "relative_low", "relative_high")
    return statistics.MeanInterval(*(rows[column].to_numpy(float) for column in columns))


def _half_width(reached: statistics.MeanInterval) -> float:
    """Return how far the widest interval reaches from its effect, on its longer side."""
    width = float(np.maximum(reached.high - reached.mean, reached.mean - reached.low).max())
    return width if math.isfinite(width) else math.inf

"""Neurogenic age: at which age a sedentary twin has what an animal has now.

The animal and a twin of the same seed and traits are followed: the one as its scenario says, the other from youth on
without exercise. Stem cells, young neurons and newborn neurons of the twin fall with age; where each passes what the
animal has, it has that age. Three ages, and they need not agree.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.optimize import isotonic_regression

from neurogen_abm.arguments import FLAG, PLACE, TEXT, WHOLE, check
from neurogen_abm.errors import InputError, ModelFault, argument
from neurogen_abm.experiments import statistics
from neurogen_abm.experiments.execution.runner import (
    Execution,
    Job,
    Keep,
    Outcome,
    Purpose,
    RunsProgress,
    Workers,
    perform,
    require_plannable,
)
from neurogen_abm.experiments.studies.variation import individual
from neurogen_abm.lowering import sketch
from neurogen_abm.numerals import plain
from neurogen_abm.run import prepare
from neurogen_abm.spec.scenario import sentences
from neurogen_abm.spec.study.study import USUAL_VARIATION, Variation
from neurogen_abm.units import UnitError, quantity

if TYPE_CHECKING:
    from neurogen_abm.run import Source
    from neurogen_abm.spec.scenario.scenario import ResolvedScenario

_NEWBORN = "newborn_neurons"
_STEM = ("n_dormant", "n_resting", "n_active")
# What an age is read from, and its name in words.
MEASURES = {"stem_cells": "stem cells", "young_neurons": "young neurons (DCX+)", _NEWBORN: "newborn neurons a day"}
_LONGEST_WINDOW_D = 28
_MONTH_D, _YEAR_D = 30.4375, 365.25
_COLUMNS = ("measure", "now", "age_d", "low_d", "high_d", "twins", "younger", "older")


@dataclass(frozen=True)
class Reserve:
    """What `neurogenic_age` found.

    Attributes
    ----------
    ages
        One row per measure: ``now``, the mean number in the simulated tissue over the last days; the neurogenic age
        ``age_d`` with its 95 % interval ``low_d`` to ``high_d`` over the ``twins``, days, within what was followed; in
        how many of them it is ``younger`` or ``older`` than any age of the sedentary life. These count at its end;
        where all are, there is no age.
    curve
        The sedentary lives: one row per age and measure, mean over the twins.
    age_d
        How old the animal is, days.
    youngest_d, oldest_d
        From which age to which the sedentary life was looked at.
    window_d
        Over how many days what an animal has is averaged, in both lives.
    species
        Of the animal, for the unit in which its ages are said.
    outcome
        The runs, with those that failed.
    patch
        A sentence that says whose the counts are, where a patch of the gyrus was simulated.
    """

    ages: pd.DataFrame
    curve: pd.DataFrame
    age_d: float
    youngest_d: float
    oldest_d: float
    window_d: int
    species: str
    outcome: Outcome
    patch: str = ""

    def __repr__(self) -> str:
        """Return one line, not the tables."""
        return f"<Reserve at {self._age(self.age_d)}: {len(self.ages)} neurogenic ages>"

    def sentences(self) -> list[str]:
        """Return what was found in words, one sentence a measure."""
        found = [self._sentence(row) for row in self.ages.to_dict("records")]
        return [f"The animal is {self._age(self.age_d)} old.", *found, *([self.patch] if self.patch else [])]

    def _sentence(self, row: Mapping[Any, Any]) -> str:
        noun = MEASURES[row["measure"]]
        noun, twins = noun[0].upper() + noun[1:], f"{row['twins']} twins" if row["twins"] > 1 else "1 twin"
        for side, end_d in (("younger", self.youngest_d), ("older", self.oldest_d)):
            if row[side] == row["twins"]:
                return f"{noun}: {side} than {self._age(end_d)}, as far as the sedentary life was followed ({twins})."
        told = [f"95 % interval {self._age(row['low_d'])} to {self._age(row['high_d'])}"] if row["twins"] > 1 else []
        told += [
            f"{row[side]} {side} than {self._age(end_d)} and counted at it"
            for side, end_d in (("younger", self.youngest_d), ("older", self.oldest_d))
            if row[side]
        ]
        apart = row["age_d"] - self.age_d
        sign = "older" if apart > 0 else "younger"
        return (
            f"{noun}: as many as the sedentary twin has at {self._age(row['age_d'])}, {self._age(abs(apart))} {sign} "
            f"({'; '.join([twins, *told])})."
        )

    @property
    def unit(self) -> tuple[str, float]:
        """In what ages of the species are said, and how many days that is."""
        return ("years", _YEAR_D) if self.species == "human" else ("months", _MONTH_D)

    def _age(self, days: float) -> str:
        name, length_d = self.unit
        return f"{plain(days / length_d, 3)} {name}"


def neurogenic_age(
    scenario: "Source",
    *,
    twins: int = 6,
    alike: bool = False,
    youngest: str | None = None,
    oldest: str | None = None,
    overrides: Mapping[str, Any] | None = None,
    out: Path | str | None = None,
    workers: int | Workers | None = None,
    scheduler: str | None = None,
    progress: Callable[[RunsProgress], None] | None = None,
    retry_failed: bool = False,
) -> Reserve:
    """Return at which age a sedentary twin has the stem cells, young and newborn neurons that an animal ends with.

    Parameters
    ----------
    scenario
        The life of the animal, as `run` takes it.
    twins
        Animals, each with a sedentary twin of its seed and traits.
    alike
        Whether animals differ by chance alone, and not as those of the shipped studies do.
    youngest, oldest
        Ages between which the sedentary life is followed, such as "2 mo". By default from the age at which the
        history of the animal begins (30 d in rodents, a year before the run in people), and a quarter of the time
        since then beyond the age at the end.
    overrides, out, workers, scheduler, progress, retry_failed
        As in `compare`.

    Raises
    ------
    InputError
        The scenario cannot be used, or the ages leave nothing to compare.
    ModelFault
        No animal could be simulated together with its twin.
    EnvironmentFault, IntegrityError
        As in `perform`.

    Examples
    --------
    >>> found = neurogenic_age("mouse_reserve_runner", twins=6, workers=2)  # doctest: +SKIP
    >>> found.sentences()  # doctest: +SKIP
    """
    check(
        twins=(twins, WHOLE),
        alike=(alike, FLAG),
        youngest=(youngest, TEXT.or_none),
        oldest=(oldest, TEXT.or_none),
        out=(out, PLACE.or_none),
    )
    if twins < 1:
        what = f"{twins} animals say nothing."
        raise InputError(what, where=argument("twins"), code="out-of-range", cure="Take 1 or more; 6 is usual.")
    require_plannable(2 * twins, argument("twins"))
    lives = _lives(prepare(scenario, None, overrides), youngest, oldest)
    variation = Variation() if alike else USUAL_VARIATION
    with Execution(out, workers, scheduler, progress, retry_failed).started() as execution:
        name = lives.animal.scenario.name
        outcome = perform(
            list(_jobs(lives, twins, variation)), execution, title=f"neurogenic age {name}", purpose=Purpose.ALONE
        )
    return _found(lives, outcome)


class _Lives(NamedTuple):
    """The life of the animal and that of its sedentary twin, and over how many days both are averaged."""

    animal: "ResolvedScenario"
    sedentary: "ResolvedScenario"
    window_d: int


def _lives(resolved: "ResolvedScenario", youngest: str | None, oldest: str | None) -> _Lives:
    """Return both lives, as scenarios that count newborn neurons once a day and keep one row a day."""
    scenario = resolved.scenario
    end_h = scenario.age_h + scenario.duration_h
    if scenario.duration_h < 24.0:
        what, cure = "The run is shorter than a day: nothing can be averaged.", "Give a longer `duration`."
        raise InputError(what, where="duration", code="out-of-range", cure=cure)
    window_d = int(min(_LONGEST_WINDOW_D, max(1.0, scenario.duration_h / 24.0 // 3)))
    begun_h = scenario.age_h + sketch(resolved).start.time_h
    first_h = begun_h if youngest is None else _hours(youngest, "youngest")
    ahead_h = max(0.25 * (end_h - first_h), 24.0 * 2 * window_d)
    last_h = end_h + ahead_h if oldest is None else _hours(oldest, "oldest")
    span_h = round((last_h - first_h) / 24.0) * 24.0
    if span_h < 24.0 * 2 * window_d:
        what = f"From {plain(first_h / 24.0)} d to {plain(last_h / 24.0)} d there is too little of a life to look at."
        cure = f"Leave {plain(2 * window_d)} days or more between them."
        raise InputError(what, where=argument("oldest"), code="start-after-end", cure=cure)
    still = {"activity": [], "infusions": [], "age": f"{first_h!r} h", "duration": f"{span_h!r} h"}
    animal = prepare(resolved, None, _counted(scenario.duration_h))
    return _Lives(animal, prepare(resolved, None, {**_counted(span_h), **still}), window_d)


def _hours(age: str, name: str) -> float:
    try:
        return quantity(age, "h", above=0)
    except UnitError as fault:
        raise fault.become(InputError, argument(name)) from None


def _counted(duration_h: float) -> dict[str, Any]:
    """Return the changes of a scenario that let its newborn neurons be counted once a day, and nothing else."""
    last_d = math.floor(duration_h / 24.0)
    counted = {"name": _NEWBORN, "count": "immature_early", "age": ["0 d", "1 d"]}
    counted |= {"from": "1 d", "until": f"{last_d} d", "every": "1 d"}
    return {"assays": [counted], "labels": [], "sampling": None, "outputs": {"cadence": "1 d", "cells": False}}


def _jobs(lives: _Lives, twins: int, variation: Variation) -> Iterator[Job]:
    keep = Keep(("series", "assays"), (*_STEM, "n_dcx"))
    for number in range(twins):
        for life, resolved in (("animal", lives.animal), ("sedentary", lives.sedentary)):
            why = "an animal whose neurogenic age is asked for"
            one = individual(resolved, resolved.scenario.seed, number, variation, why)
            yield Job.of(one, keep, {"life": life})


def _found(lives: _Lives, outcome: Outcome) -> Reserve:
    """Read three ages off every pair of twins."""
    courses = _courses(outcome, lives)
    now, sedentary = courses["animal"], courses["sedentary"]
    seeds = sorted(set(now) & set(sedentary))
    if not seeds:
        first = outcome.failed.iloc[0]
        what = f"No animal could be simulated together with its twin. The first failure: {first['what']}"
        raise ModelFault(what, where=str(outcome.folder), code="no-pairs", cure=str(first["cure"]))
    scenario = lives.animal.scenario
    twin_d = sedentary[seeds[0]].index.to_numpy(np.float64)
    rows = []
    for measure in MEASURES:
        value = np.array([now[seed][measure].iloc[-1] for seed in seeds])
        ages = np.array(
            [age_of(v, twin_d, sedentary[s][measure].to_numpy()) for v, s in zip(value, seeds, strict=True)]
        )
        rows.append((measure, float(value.mean()), *_summary(ages, float(twin_d[0]), float(twin_d[-1]))))
    curve = pd.concat([sedentary[seed] for seed in seeds]).groupby(level=0).mean().rename_axis("age_d").reset_index()
    return Reserve(
        pd.DataFrame(rows, columns=list(_COLUMNS)),
        curve.melt("age_d", var_name="measure", value_name="count"),
        (scenario.age_h + scenario.duration_h) / 24.0,
        float(twin_d[0]),
        float(twin_d[-1]),
        lives.window_d,
        scenario.species,
        outcome,
        sentences.patch(lives.animal),
    )


def _courses(outcome: Outcome, lives: _Lives) -> dict[str, dict[int, pd.DataFrame]]:
    """Return life -> seed -> what there was, averaged over the days of the window before each age (index: days)."""
    runs = outcome.runs[outcome.runs["state"] == "done"].set_index("job")
    series, assays = outcome.table("series"), outcome.table("assays")
    found: dict[str, dict[int, pd.DataFrame]] = {"animal": {}, "sedentary": {}}
    for job, row in runs.iterrows():
        life = str(row["life"])
        table = series[series["job"] == job].set_index("day")
        counted = assays[assays["job"] == job].set_index("day")["count"]
        course = pd.DataFrame({"stem_cells": table[list(_STEM)].sum(axis=1), "young_neurons": table["n_dcx"]})
        course[_NEWBORN] = counted
        averaged = course.iloc[1:].dropna().rolling(lives.window_d).mean().dropna()
        scenario = (lives.animal if life == "animal" else lives.sedentary).scenario
        averaged.index = averaged.index + scenario.age_h / 24.0
        found[life][int(row["seed"])] = averaged
    return found


def age_of(value: float, age_d: np.ndarray[Any, Any], course: np.ndarray[Any, Any]) -> float:
    """Return the age at which a course that falls with age passes a value; infinite where it does so outside.

    The course is first made to fall all the way (isotonic regression), as counts of few cells go up and down.
    Where it stays at the value for a while the age is the middle. Younger than all ages: minus infinity.

    >>> age_of(15.0, np.array([0.0, 10.0, 20.0]), np.array([20.0, 10.0, 5.0]))
    5.0
    """
    falling = isotonic_regression(course, increasing=False).x
    if value > falling[0]:
        return -math.inf
    if value < falling[-1]:
        return math.inf
    first = int(np.argmax(falling <= value))
    last = len(falling) - 1 - int(np.argmax(falling[::-1] >= value))
    return 0.5 * (_crossing(value, age_d, falling, first - 1) + _crossing(value, age_d, falling, last))


def _crossing(value: float, age_d: np.ndarray[Any, Any], falling: np.ndarray[Any, Any], before: int) -> float:
    """Return where a line between two points passes a value; at either end of the course, that end."""
    if before < 0 or before + 1 >= len(falling):
        return float(age_d[max(before, 0)])
    share = (falling[before] - value) / (falling[before] - falling[before + 1])
    return float(age_d[before] + share * (age_d[before + 1] - age_d[before]))


def _summary(
    ages: np.ndarray[Any, Any], youngest_d: float, oldest_d: float
) -> tuple[float, float, float, int, int, int]:
    """Return age and interval in days, of how many twins, and how many are younger and older than was looked at."""
    younger, older = int((ages == -math.inf).sum()), int((ages == math.inf).sum())
    if len(ages) in (younger, older):
        return math.nan, math.nan, math.nan, len(ages), younger, older
    found = statistics.mean(np.clip(ages, youngest_d, oldest_d))
    low, high = max(found.low, youngest_d), min(found.high, oldest_d)  # nothing is known beyond
    return found.value, low, high, len(ages), younger, older

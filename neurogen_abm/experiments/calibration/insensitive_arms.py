"""Arms that a number does not touch: found by trying, so that their animals are run once instead of at every point.

What signals do is measured against rest. A mouse without a wheel therefore lives the same life, to the last bit,
whatever strength an effect of exercise has, and half of the animals of a running study would be simulated again and
again for nothing. Tried are arms without activity and infusions: one animal, each number moved to the farther end of
its range. Where every column of its series stays bit-identical, the number is taken not to reach the arm.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from neurogen_abm.errors import InputError
from neurogen_abm.experiments.calibration.free_parameters import Unknown
from neurogen_abm.experiments.execution.runner import Job, Keep, Status, Workers, perform
from neurogen_abm.experiments.studies.variation import animal
from neurogen_abm.spec.scenario.resolve import ResolvedScenario
from neurogen_abm.spec.study.arms import Arm
from neurogen_abm.spec.study.study import Study

FOLDER = "untouched"
Changed = Callable[[Mapping[str, float]], ResolvedScenario]


class Tried(NamedTuple):
    """An arm that may not be touched by some numbers: its study, its name, itself, and how to change it."""

    study: Study
    name: str
    arm: Arm
    changed: Changed


def quiet(arm: Arm) -> bool:
    """Return whether an arm has nothing that moves a signal from rest."""
    scenario = arm.scenario
    return not scenario.activity and not scenario.infusions


def untouched(
    arms: Iterable[Tried],
    unknowns: Sequence[Unknown],
    folder: Path,
    *,
    crew: Workers | None = None,
    progress: Callable[[Status], None] | None = None,
) -> dict[tuple[str, str], frozenset[str]]:
    """Return, by study and arm, the paths of the numbers that do not touch it.

    Parameters
    ----------
    arms
        Arms worth trying.
    unknowns
        The numbers.
    folder
        Where animals are kept; the trials are kept beside it. Asked again, nothing is run again.
    crew, progress
        As in `perform`.
    """
    trials: list[tuple[tuple[str, str], Unknown, str, str]] = []
    jobs: dict[str, Job] = {}
    for tried in arms:
        before = _job(tried, {})
        if before is None:
            continue
        for unknown in unknowns:
            far = unknown.low if unknown.position(unknown.start) > 0.5 else unknown.high
            after = _job(tried, dict.fromkeys(unknown.paths, far))
            if after is not None:
                jobs |= {before.key: before, after.key: after}
                trials.append(((tried.study.name, tried.name), unknown, before.key, after.key))
    if not jobs:
        return {}
    outcome = perform(jobs.values(), folder.parent / FOLDER, crew=crew, progress=progress, title="untouched arms")
    series = dict(iter(outcome.table("series").groupby("job", sort=False))) if len(outcome.runs) else {}
    found: dict[tuple[str, str], set[str]] = {}
    for place, unknown, before_key, after_key in trials:
        if before_key == after_key or _same(series.get(before_key), series.get(after_key)):
            found.setdefault(place, set()).update(unknown.paths)
    return {place: frozenset(paths) for place, paths in found.items()}


def _job(tried: Tried, values: Mapping[str, float]) -> Job | None:
    """Return the first animal of an arm with its numbers changed; None where it cannot be."""
    try:
        arm = tried.arm._replace(resolved=tried.changed(values))
        return Job.of(animal(tried.study, arm, 0), Keep(("series",)), {"study": tried.study.name, "arm": tried.name})
    except InputError:  # the far end of a range may contradict another number; the arm is then taken to be touched
        return None


def _same(one: pd.DataFrame | None, other: pd.DataFrame | None) -> bool:
    if one is None or other is None:
        return False
    return one.drop(columns="job").reset_index(drop=True).equals(other.drop(columns="job").reset_index(drop=True))

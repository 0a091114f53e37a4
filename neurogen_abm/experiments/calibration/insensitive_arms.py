"""Arms insensitive to a parameter: found by trying, so that their animals are run once instead of at every point.

What signals do is measured against rest. A mouse without a wheel therefore lives the same life, to the last bit,
whatever strength an effect of exercise has, and half of the animals of a running study would be simulated again and
again for nothing. Candidates are arms without activity and infusions: one animal is run with each parameter moved to
the farther end of its range. Where every column of its series stays bit-identical, the arm is insensitive to it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import pandas as pd

from neurogen_abm.errors import InputError
from neurogen_abm.experiments.calibration.free_parameters import FreeParameter
from neurogen_abm.experiments.execution.runner import Execution, Job, Keep, Purpose, perform
from neurogen_abm.experiments.studies.variation import animal
from neurogen_abm.spec.scenario.resolve import ResolvedScenario
from neurogen_abm.spec.study.arms import Arm
from neurogen_abm.spec.study.study import Study

# Folder and title are those of the fits that exist in the folders of users.
FOLDER, TITLE = "untouched", "untouched arms"
Changed = Callable[[Mapping[str, float]], ResolvedScenario]


class Candidate(NamedTuple):
    """An arm that may be insensitive to some parameters: its study, its name, itself, and how to change it."""

    study: Study
    name: str
    arm: Arm
    changed: Changed


def is_at_rest(arm: Arm) -> bool:
    """Return whether an arm has nothing that moves a signal from rest."""
    scenario = arm.scenario
    return not scenario.activity and not scenario.infusions


def insensitive_arms(
    arms: Iterable[Candidate],
    free: Sequence[FreeParameter],
    execution: Execution,
) -> dict[tuple[str, str], frozenset[str]]:
    """Return, by study and arm, the paths of the parameters that it is insensitive to; trials lie beside the fit."""
    trials: list[tuple[tuple[str, str], FreeParameter, str, str]] = []
    jobs: dict[str, Job] = {}
    for candidate in arms:
        before = _job(candidate, {})
        if before is None:
            continue
        for parameter in free:
            far = parameter.low if parameter.position(parameter.start) > 0.5 else parameter.high
            after = _job(candidate, dict.fromkeys(parameter.paths, far))
            if after is not None:
                jobs |= {before.key: before, after.key: after}
                trials.append(((candidate.study.name, candidate.name), parameter, before.key, after.key))
    if not jobs:
        return {}
    beside = replace(execution, folder=execution.directory().parent / FOLDER)
    outcome = perform(jobs.values(), beside, title=TITLE, purpose=Purpose.SEARCH)
    series = dict(iter(outcome.table("series").groupby("job", sort=False))) if len(outcome.runs) else {}
    found: dict[tuple[str, str], set[str]] = {}
    for place, parameter, before_key, after_key in trials:
        if before_key == after_key or _same(series.get(before_key), series.get(after_key)):
            found.setdefault(place, set()).update(parameter.paths)
    return {place: frozenset(paths) for place, paths in found.items()}


def _job(candidate: Candidate, values: Mapping[str, float]) -> Job | None:
    """Return the first animal of an arm with its parameters changed; None where it cannot be."""
    try:
        arm = candidate.arm._replace(resolved=candidate.changed(values))
        return Job.of(
            animal(candidate.study, arm, 0), Keep(("series",)), {"study": candidate.study.name, "arm": candidate.name}
        )
    except InputError:  # the far end of a range may contradict another parameter; the arm is then taken to be sensitive
        return None


def _same(one: pd.DataFrame | None, other: pd.DataFrame | None) -> bool:
    if one is None or other is None:
        return False
    return one.drop(columns="job").reset_index(drop=True).equals(other.drop(columns="job").reset_index(drop=True))

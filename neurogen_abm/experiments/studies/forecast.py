"""What planned studies will take before any of them runs: animals, readings, time and memory."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from neurogen_abm import jit, memory
from neurogen_abm.arguments import WHOLE, Kind, check
from neurogen_abm.experiments.execution.job import Job
from neurogen_abm.experiments.execution.workers import Workers
from neurogen_abm.experiments.studies.planning import StudyPlan

# Processor time of an animal, measured on tissues of 2,400 to 68,000 columns and on the 388 animals of the report card:
# what an animal takes by itself, and each column in each step. Others share the machine, so that it is a rough figure.
_SECONDS_PER_ANIMAL, _SECONDS_PER_STEP, _SECONDS_PER_COLUMN_AND_STEP = 0.05, 1e-5, 5e-9
_SECONDS_TO_START, _SECONDS_TO_COMPILE = 10.0, 60.0  # workers; and the kernels, where none are kept
_PLANS = Kind(
    "a list of plans",
    lambda value: isinstance(value, list | tuple) and all(isinstance(entry, StudyPlan) for entry in value),
)


class Forecast(NamedTuple):
    """What one study under one pathway will take, or all of them together."""

    arms: int
    animals: int
    readings: int  # assays times their days, in all animals
    seconds: float  # of processor time
    peak_bytes: int  # of a process that runs them


def forecast(plans: Sequence[StudyPlan]) -> Forecast:
    """Return what the animals of some plans will take together; nothing runs.

    The time is a rough figure (within a factor of three on machines like that on which it was measured).
    """
    check(plans=(plans, _PLANS))
    jobs = [job for entry in plans for arm in entry.jobs.values() for job in arm]
    first = [arm[0] for entry in plans for arm in entry.jobs.values() if arm]
    process = memory.OfAProcess()
    for job in jobs:
        process.add(job.past, job.resolved)
    return Forecast(
        arms=len(first),
        animals=len(jobs),
        readings=sum(len(assay.times_h) for job in jobs for assay in job.resolved.scenario.assays),
        seconds=sum(map(_seconds, jobs)),
        peak_bytes=process.bytes,
    )


def likely_seconds(of: Forecast, workers: int | None = None) -> float:
    """Return how long runs will last on so many workers (all processors by default), their start included."""
    check(workers=(workers, WHOLE.or_none))
    at_once = max(1, min(Workers(workers).n_workers, of.animals))
    compiling = 0.0 if jit.kernels_are_kept() else _SECONDS_TO_COMPILE
    return of.seconds / at_once + _SECONDS_TO_START + compiling


def require_memory(of: Forecast, workers: int | None = None) -> None:
    """Refuse animals of which as many as run at once do not fit into memory, as running them would."""
    check(workers=(workers, WHOLE.or_none))
    at_once = max(1, min(Workers(workers).n_workers, of.animals))
    memory.require(of.peak_bytes * at_once, cure="Use fewer workers, or simulate a patch (tissue).")


def _seconds(job: Job) -> float:
    resolved, scenario = job.resolved, job.resolved.scenario
    history_h = min(scenario.age_h, resolved.value("lineage.stem.longest_history", "h"))
    steps = (history_h + scenario.duration_h) / scenario.step_h
    columns = math.prod(resolved.sides_um) / resolved.value("anatomy.site_pitch", "um") ** 2
    return float(_SECONDS_PER_ANIMAL + steps * (_SECONDS_PER_STEP + columns * _SECONDS_PER_COLUMN_AND_STEP))

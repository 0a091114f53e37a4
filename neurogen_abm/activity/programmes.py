"""Sessions that a person sets: treadmill, intervals, resistance, walking, stimulation.

A session starts at its clock time on its days of the week and stops where its block ends. Progressive overload raises
the speed, the intensity or the load week by week until it reaches what the species can hold.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from neurogen_abm.activity.intensity import MAX_INTENSITY
from neurogen_abm.activity.run_context import ActivityError, BlockActivity, Floats, RunContext
from neurogen_abm.activity.work import work_of
from neurogen_abm.numerals import plain

if TYPE_CHECKING:
    from neurogen_abm.activity.run_context import Session
    from neurogen_abm.spec.scenario.activity import Interval, Resistance, Stimulation, Treadmill, Walking


def _minutes(length_min: float) -> Floats:
    """Return the share of each minute that a length covers: 1.5 min is [1, 0.5]."""
    whole = np.ones(int(np.ceil(length_min - 1e-9)))
    whole[-1] -= whole.size - length_min
    return whole


def _place(run: RunContext, block: "Session", session: Callable[[int], BlockActivity]) -> BlockActivity:
    """Place sessions in the run; `session(start)` gives the activity of one, from its first minute."""
    activity = BlockActivity.empty(run.n_minutes)
    _, last = run.window(block)
    for start in run.sessions(block):
        for column, values in zip(activity, session(start), strict=True):
            stop = min(start + values.size, last)
            column[start:stop] += values[: stop - start]
    return activity


def _steady(
    run: RunContext, block: "Treadmill | Walking", pace: Callable[[float], tuple[float, float]]
) -> BlockActivity:
    """Return sessions at one pace; `pace(growth)` gives intensity, held to 1 at most, and speed (m/min)."""
    minutes = _minutes(block.session_min)

    def session(start: int) -> BlockActivity:
        intensity, speed = pace(run.growth(block, start))
        return BlockActivity(minutes * intensity, minutes * speed, np.zeros(minutes.size))

    return _place(run, block, session)


def treadmill(block: "Treadmill | Walking", run: RunContext) -> BlockActivity:
    """Return sessions at one speed, which overload raises up to the top speed of the species.

    An ActivityError refuses a speed that is beyond it before any overload.
    """
    work = work_of(block, run.value, run.species)
    asked, top = block.speed_m_min or 0.0, run.scale.speed(1.0) / work
    if asked > top * (1.0 + 1e-9):
        uphill = " uphill" if work > 1.0 else ""
        what = f"A {run.species} cannot hold {plain(asked)} m/min{uphill}; its top speed here is {plain(top, 3)} m/min."
        cure = "Give a slower speed, or an interval block for sprints."
        raise ActivityError(what, where=f"{run.where}.speed", cure=cure, seen=asked)

    def pace(growth: float) -> tuple[float, float]:
        speed = min(asked * growth, top)
        return run.scale.from_speed(speed) * work, speed

    return _steady(run, block, pace)


def stimulation(block: "Stimulation", run: RunContext) -> BlockActivity:
    """Return sessions in which a current works muscle, as against a load; no distance is covered."""
    minutes = _minutes(block.session_min)

    def session(start: int) -> BlockActivity:
        intensity = min(1.0, block.intensity * run.growth(block, start))
        return BlockActivity(minutes * intensity, np.zeros(minutes.size), minutes * intensity)

    return _place(run, block, session)


def walking(block: "Walking", run: RunContext) -> BlockActivity:
    """Return sessions of walking: at a speed as on a treadmill, or at an intensity, which overload raises up to 1."""
    if block.speed_m_min is not None:
        return treadmill(block, run)
    asked = block.intensity or 0.0

    def pace(growth: float) -> tuple[float, float]:
        intensity = min(1.0, asked * growth)
        return intensity, run.scale.speed(intensity)

    return _steady(run, block, pace)


def interval(block: "Interval", run: RunContext) -> BlockActivity:
    """Return sessions of work bouts with rests between; a minute partly worked holds the mean of its parts.

    Overload raises the intensity up to 2, the most that sprints reach.
    """
    edges = np.arange(block.bouts) * (block.work_min + block.rest_min)
    length = int(np.ceil(edges[-1] + block.work_min - 1e-9))
    minute = np.arange(length)
    overlap = np.minimum(edges[:, None] + block.work_min, minute + 1) - np.maximum(edges[:, None], minute)
    worked = np.clip(overlap, 0.0, 1.0).sum(axis=0)

    def session(start: int) -> BlockActivity:
        intensity = min(MAX_INTENSITY, block.intensity * run.growth(block, start))
        speed = run.scale.speed(intensity)
        return BlockActivity(worked * intensity, worked * speed, np.zeros(length))

    return _place(run, block, session)


def resistance(block: "Resistance", run: RunContext) -> BlockActivity:
    """Return sessions against a load, which overload raises up to the maximum, 1; no distance is covered."""
    minutes = _minutes(block.session_min)
    share = float(run.value("physiology.intensity.lifting_intensity", "1"))

    def session(start: int) -> BlockActivity:
        load = min(1.0, block.intensity * run.growth(block, start))
        return BlockActivity(minutes * (share * load), np.zeros(minutes.size), minutes * load)

    return _place(run, block, session)

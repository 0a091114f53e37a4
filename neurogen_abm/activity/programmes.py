"""Sessions that a person sets: treadmill, intervals, resistance, walking.

A session starts at its clock time on its days of the week and stops where its block ends. Progressive overload raises
the speed, the intensity or the load week by week until it reaches what the species can hold.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from neurogen_abm.activity.effort import MAX_INTENSITY
from neurogen_abm.activity.frame import ActivityError, Floats, Frame, Part


def _minutes(length_min: float) -> Floats:
    """Return the share of each minute that a length covers: 1.5 min is [1, 0.5]."""
    whole = np.ones(int(np.ceil(length_min - 1e-9)))
    whole[-1] -= whole.size - length_min
    return whole


def _place(frame: Frame, block: Any, session: Callable[[int], tuple[Floats, Floats, Floats]]) -> Part:
    """Lay sessions over the run; `session(start)` gives intensity, distance and resistance by minute from there."""
    part = Part.empty(frame.n_minutes)
    _, last = frame.window(block)
    for start in frame.sessions(block):
        for column, values in zip(part, session(start), strict=True):
            stop = min(start + values.size, last)
            column[start:stop] += values[: stop - start]
    return part


def _steady(frame: Frame, block: Any, pace: Callable[[float], tuple[float, float]]) -> Part:
    """Return sessions at one pace; `pace(growth)` gives intensity, held to 1 at most, and speed (m/min)."""
    minutes = _minutes(block.session_min)

    def session(start: int) -> tuple[Floats, Floats, Floats]:
        intensity, speed = pace(frame.growth(block, start))
        return minutes * intensity, minutes * speed, np.zeros(minutes.size)

    return _place(frame, block, session)


def _at_speed(frame: Frame, block: Any) -> Part:
    """Return sessions at a set speed; overload raises it to the top speed, which no session can exceed."""
    top = frame.effort.speed(1.0)
    if block.speed_m_min > top * (1.0 + 1e-9):
        raise ActivityError(
            f"A {frame.species} cannot hold {block.speed_m_min:g} m/min; its top speed here is {top:.3g} m/min.",
            where=f"{frame.where}.speed",
            cure="Give a slower speed, or an interval block for sprints.",
            seen=block.speed_m_min,
        )

    def pace(growth: float) -> tuple[float, float]:
        speed = min(block.speed_m_min * growth, top)
        return frame.effort.from_speed(speed), speed

    return _steady(frame, block, pace)


def treadmill(block: Any, frame: Frame) -> Part:
    """Return sessions at one belt speed, which overload raises.

    Raises
    ------
    ActivityError
        If the speed is beyond the top speed of the species before any overload.
    """
    return _at_speed(frame, block)


def walking(block: Any, frame: Frame) -> Part:
    """Return sessions of walking at a speed, or at an intensity, which overload raises.

    Raises
    ------
    ActivityError
        If the speed is beyond the top speed of the species before any overload.
    """
    if block.speed_m_min is not None:
        return _at_speed(frame, block)

    def pace(growth: float) -> tuple[float, float]:
        intensity = min(1.0, block.intensity * growth)
        return intensity, frame.effort.speed(intensity)

    return _steady(frame, block, pace)


def interval(block: Any, frame: Frame) -> Part:
    """Return sessions of work bouts with rests between; a minute partly worked holds the mean of its parts.

    Overload raises the intensity up to 2, the most that sprints reach.
    """
    edges = np.arange(block.bouts) * (block.work_min + block.rest_min)
    length = int(np.ceil(edges[-1] + block.work_min - 1e-9))
    minute = np.arange(length)
    overlap = np.minimum(edges[:, None] + block.work_min, minute + 1) - np.maximum(edges[:, None], minute)
    worked = np.clip(overlap, 0.0, 1.0).sum(axis=0)

    def session(start: int) -> tuple[Floats, Floats, Floats]:
        intensity = min(MAX_INTENSITY, block.intensity * frame.growth(block, start))
        speed = frame.effort.speed(intensity)
        return worked * intensity, worked * speed, np.zeros(length)

    return _place(frame, block, session)


def resistance(block: Any, frame: Frame) -> Part:
    """Return sessions against a load, which overload raises up to the maximum, 1; no distance is covered."""
    minutes = _minutes(block.session_min)
    share = float(frame.value("physiology.intensity.lifting_intensity", "1"))

    def session(start: int) -> tuple[Floats, Floats, Floats]:
        load = min(1.0, block.intensity * frame.growth(block, start))
        return minutes * (share * load), np.zeros(minutes.size), minutes * load

    return _place(frame, block, session)

"""From the samples of a recording to effort and metres in each minute.

A sample of minutes is taken as it is. The distance of a longer one is run from its start at the speed of running
minutes, whatever one count of the wheel is; that of half a day or a day falls into the bouts and hours in which animals
of the kind run.
"""

from typing import TYPE_CHECKING

import numpy as np

from neurogen_abm.activity.generator import running_day, scaled, wheel_statistics
from neurogen_abm.activity.intensity import MAX_INTENSITY
from neurogen_abm.activity.recordings.account import lasting
from neurogen_abm.activity.recordings.recording import UNITS
from neurogen_abm.activity.recordings.series import RecordedSeries
from neurogen_abm.activity.run_context import MINUTES_PER_DAY, ActivityError, Floats, RunContext

if TYPE_CHECKING:
    from neurogen_abm.spec.scenario.activity import RecordingBlock

_WITHIN_AN_HOUR = 60  # min; within longer samples an animal sleeps and wakes
_DISTANCES = ("wheel_counts", "distance_m", "speed_m_min")


def metres_per_value(source: RecordedSeries, block: "RecordingBlock", run: RunContext) -> float:
    """Return the metres of one count of the wheel, 1 where values are metres or m/min already; 0 for what is neither.

    An ActivityError refuses what says nothing of effort, or nothing that the species can have shown.
    """
    if source.quantity == "met":
        return 0.0
    if source.quantity not in _DISTANCES:
        what = f"{source.name} holds {UNITS[source.quantity]}, which are neither distance nor METs."
        cure = "Convert them to METs by a calibration of the device, or give distance or wheel counts."
        raise ActivityError(what, where=f"{run.where}.file", cure=cure, seen=block.file, code="no-effort")
    if source.quantity != "wheel_counts":
        return 1.0
    if run.scale.vmax_m_min <= 0.0:
        what = f"A recording of wheel counts cannot be replayed by a {run.species}."
        cure = "Use a recording of METs, or a species that runs in wheels."
        raise ActivityError(what, where=f"{run.where}.file", cure=cure, seen=block.file)
    per_count = block.metres_per_count
    return float(run.value("physiology.wheel.metres_per_count", "m/count")) if per_count is None else per_count


def effort_and_metres(
    source: RecordedSeries, samples: Floats, start: int, block: "RecordingBlock", run: RunContext
) -> tuple[Floats, Floats]:
    """Return intensity and metres of each minute of some samples, the first of which begins at minute ``start``."""
    interval = source.interval_min
    if source.quantity == "met":
        _refuse_longer(source, _WITHIN_AN_HOUR, run)
        effort = np.array([run.scale.from_met(met) for met in samples])
        # METs say how hard, not how far: no distance is made up from them.
        return np.repeat(effort, interval), np.zeros(samples.size * interval)
    metres = samples * metres_per_value(source, block, run) * (1 if source.is_total else interval)
    if run.scale.vmax_m_min <= 0.0:
        _refuse_longer(source, 1, run)  # whether a person walked all the hour or ran a quarter of it is not known
        return np.array([run.scale.from_speed(speed) for speed in metres]), metres
    if interval > _WITHIN_AN_HOUR:
        metres = _as_usual(metres, interval, start, run)
    elif interval > 1:
        metres = _from_the_start(metres, interval, run)
    return np.minimum(metres / run.scale.vmax_m_min, MAX_INTENSITY), metres


def _refuse_longer(source: RecordedSeries, most_min: int, run: RunContext) -> None:
    if source.interval_min > most_min:
        what = f"A value every {lasting(source.interval_min)} does not say how hard a {run.species} moved, and when."
        cure = f"Give {UNITS[source.quantity]} by the {'minute' if most_min == 1 else 'hour, or finer'}."
        raise ActivityError(what, where=f"{run.where}.file", cure=cure, code="coarse-recording")


def _from_the_start(metres: Floats, interval_min: int, run: RunContext) -> Floats:
    """Return metres by minute: run from the start of each sample at the speed of running minutes.

    That is 25 m/min in a mouse (`myokine` 2.7), or the top speed of the species where that is slower; where it is too
    slow for the sample, the whole of it is run evenly.
    """
    speed = min(float(run.value("physiology.wheel.running_speed", "m/min")), run.scale.vmax_m_min)
    rate = np.maximum(speed, metres[:, None] / interval_min)
    by_minute: Floats = np.clip(metres[:, None] - rate * np.arange(interval_min), 0.0, rate)
    return by_minute.ravel()


def _as_usual(metres: Floats, interval_min: int, start: int, run: RunContext) -> Floats:
    """Return metres by minute: each sample's own distance, in the bouts and at the hours of generated running."""
    statistics = wheel_statistics(run.value)
    end = start + metres.size * interval_min
    usual = np.zeros(end - start)
    evening = run.lights_off_min - run.clock_start_min
    for day in range((start - evening) // MINUTES_PER_DAY, (end - evening) // MINUTES_PER_DAY + 1):
        first = evening + day * MINUTES_PER_DAY
        sample = min(max((first - start) // interval_min, 0), metres.size - 1)
        km_d = max(float(metres[sample]), 1.0) / 1000.0 * MINUTES_PER_DAY / interval_min
        begin, stop = max(first, start), min(first + MINUTES_PER_DAY, end)
        if begin < stop:
            night = running_day(statistics, run.seed, max(day, -1), km_d)
            usual[begin - start : stop - start] = night[begin - first : stop - first]
    fastest = statistics.fastest_rate * statistics.metres_per_count
    spread = _from_the_start(metres, interval_min, run).reshape(-1, interval_min)
    for sample, bouts in enumerate(usual.reshape(-1, interval_min)):
        if bouts.any():
            spread[sample] = scaled(bouts, float(metres[sample]), fastest)
    return spread.ravel()

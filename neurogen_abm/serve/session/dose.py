"""The dose of a schedule, known before it is run: kilometres and active minutes, hour by hour of a week."""

from typing import Any

import numpy as np

from neurogen_abm.lowering.parameter_reader import ParameterReader
from neurogen_abm.lowering.physiology import lower_schedule
from neurogen_abm.spec.scenario.scenario import ResolvedScenario

_WEEK_H = 168
_MOST_DAYS = 400


def dose_of(resolved: ResolvedScenario) -> dict[str, Any]:
    """Return the dose of the schedule of a scenario.

    Returns
    -------
    dict
        ``km_per_day`` and ``active_min_per_day``, means of the run; ``days``, [day, km, active minutes] of each of the
        first days; ``hours``, mean intensity in each hour of the week from Monday 00:00, None where the run has none.

    Raises
    ------
    InputError
        A recording cannot be used, or a block asks for what the species cannot do.
    """
    schedule = lower_schedule(resolved, ParameterReader(resolved.value))
    minutes = len(schedule.intensity)
    active, days = schedule.intensity > 0.0, max(minutes / 1440.0, 1e-9)
    edges = np.arange(0, minutes, 1440)
    km, on = np.add.reduceat(schedule.distance_m, edges) / 1000.0, np.add.reduceat(active, edges, dtype=np.int64)
    hour = (np.arange(minutes) + schedule.clock_start_min + 1440 * schedule.weekday) // 60 % _WEEK_H
    seen = np.bincount(hour, minlength=_WEEK_H)
    total = np.bincount(hour, weights=schedule.intensity, minlength=_WEEK_H)
    return {
        "km_per_day": float(schedule.distance_m.sum()) / 1000.0 / days,
        "active_min_per_day": float(active.sum()) / days,
        "hours": [float(t / n) if n else None for t, n in zip(total, seen, strict=True)],
        "days": [[day, float(km[day]), int(on[day])] for day in range(min(len(edges), _MOST_DAYS))],
    }

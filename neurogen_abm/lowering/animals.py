"""Whether every animal of an experiment can live its schedule, found out before the first of them is run.

Animals of one scenario differ by their seed, and those of a study by traits; a distance or a recording that one of them
cannot have must not be met when the others are done.
"""

import json
from collections.abc import Mapping

from neurogen_abm.activity.recordings.account import warn_of
from neurogen_abm.lowering.parameter_reader import ParameterReader
from neurogen_abm.lowering.physiology import lower_schedule
from neurogen_abm.spec.scenario.resolve import ResolvedScenario

# What schedules that could be made are made of: every pair and every point asks for the same ones again.
_FINE: set[int] = set()
_MOST_KEPT = 100_000


def check_schedule(resolved: ResolvedScenario, recordings: Mapping[str, str]) -> None:
    """Refuse an animal whose schedule cannot be made; errors as in `build_schedule`.

    ``recordings`` are the digests of its recordings. Seeds decide when an animal runs, not whether it can.
    """
    scenario = resolved.scenario
    if not scenario.activity:
        return
    said = scenario.model_dump(mode="json", include={"species", "duration_h", "step_h", "clock", "activity"})
    numbers = {path: p.value for path, p in resolved.parameters.items() if path.startswith("physiology.")}
    folders = [str(resolved.recordings_from(block)) for block in range(len(scenario.activity))]
    key = hash(json.dumps([said, dict(recordings), folders, numbers], sort_keys=True))
    if key not in _FINE:
        warn_of(lower_schedule(resolved, ParameterReader(resolved.value)).replayed)
        if len(_FINE) >= _MOST_KEPT:
            _FINE.clear()
        _FINE.add(key)

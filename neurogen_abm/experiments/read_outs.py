"""What is kept of an animal that is set beside others: read-outs of the series, day by day, and its assays."""

import math
from typing import TYPE_CHECKING

from neurogen_abm.experiments.execution.job import Keep

if TYPE_CHECKING:
    from neurogen_abm.spec.scenario.scenario import ResolvedScenario

# Read-outs of the series that are compared, besides what the assays count.
READ_OUTS = (
    "new_neurons", "n_ki67", "n_dcx", "n_neun", "births", "deaths", "integrated",
    "distance_km", "bdnf_plasma_pg_ml", "bdnf_niche_pg_ml",
)  # fmt: skip


def daily(scenario: "ResolvedScenario", *more: str) -> Keep:
    """Keep one row per day and the last, where days are recorded; levels as means of a day. ``more`` are tables."""
    one = scenario.scenario
    cadence_h = one.outputs.cadence_h or one.step_h
    whole_days = (24 / cadence_h).is_integer()
    days = range(math.ceil(one.duration_h / 24))
    at_h = (*(24.0 * day for day in days), one.duration_h) if whole_days else ()
    return Keep(("series", "assays", *more), READ_OUTS, at_h, daily=True)

"""From what a device measured on a person to METs, by published equations only.

Counts of an ActiGraph at the hip follow Freedson et al. 1998, acceleration above 1 g at the wrist Hildebrand et al.
2014; both were fitted to walking and running and say too much of a person who sits, so that below the thresholds of
sedentary time METs are 1. Heart rates become the share of the heart-rate reserve (`myokine` 2.1), with the rest of the
catalogue and the rule 220 - age unless the scenario says better. Counts of other devices are in units of their maker,
for which there is no such equation; they are refused.
"""

from typing import TYPE_CHECKING

import numpy as np

from neurogen_abm.activity.recordings.recording import UNITS, Floats
from neurogen_abm.activity.recordings.series import RecordedSeries
from neurogen_abm.activity.run_context import ActivityError, RunContext
from neurogen_abm.numerals import plain

if TYPE_CHECKING:
    from collections.abc import Callable

_GROUP = "physiology.intensity"
_MEASURED = ("activity_counts", "acceleration_mg", "heart_rate")


def to_met(recorded: RecordedSeries, run: RunContext) -> RecordedSeries:
    """Return a recording as METs where an equation for its device is known; distances and METs stay as they are.

    An ActivityError says that there is none, that the recording is not of a person, or is too coarse.
    """
    if recorded.quantity not in _MEASURED:
        return recorded
    where = f"{run.where}.file"
    if run.species != "human":
        what = f"{recorded.name} holds {UNITS[recorded.quantity]}, whose equations are those of people."
        cure = f"Give the distance or the wheel counts of the {run.species}."
        raise ActivityError(what, where=where, cure=cure, code="no-conversion")
    law = _law(recorded)
    if law is None:
        holds = f"{UNITS[recorded.quantity]} of {recorded.device or recorded.format}"
        what = f"{recorded.name} holds {holds}, which no published equation turns into METs."
        cure = "Give METs, distance, speed or heart rates of the same person."
        raise ActivityError(what, where=where, cure=cure, code="no-conversion")
    if recorded.interval_min > 1 and recorded.quantity != "heart_rate":
        what = f"{recorded.name} has a value every {recorded.interval_min} min; the equation is for minutes."
        raise ActivityError(what, where=where, cure="Export epochs of a minute or less.", code="coarse-recording")
    values, note = law(recorded.values, run)
    return recorded._replace(quantity="met", values=values, notes=(*recorded.notes, note))


def _law(recorded: RecordedSeries) -> "Callable[[Floats, RunContext], tuple[Floats, str]] | None":
    device = (recorded.device or "").lower()
    if recorded.quantity == "heart_rate":
        return _heart
    if recorded.quantity == "activity_counts" and device.startswith("actigraph") and "wrist" not in device:
        return _counts
    if recorded.quantity == "acceleration_mg" and device.startswith("accelerometer tool"):
        return _acceleration
    return None


def _counts(values: Floats, run: RunContext) -> tuple[Floats, str]:
    """Return METs of counts a minute of axis 1 of an ActiGraph."""
    rest = float(run.value(f"{_GROUP}.actigraph_sedentary", "count/min"))
    base = float(run.value(f"{_GROUP}.actigraph_intercept", "1"))
    slope = float(run.value(f"{_GROUP}.actigraph_slope", "min/count"))
    note = "ActiGraph counts of a device at the hip become METs by Freedson et al. 1998 (grade B)."
    return np.where(values < rest, 1.0, base + slope * values), note


def _acceleration(values: Floats, run: RunContext) -> tuple[Floats, str]:
    """Return METs of acceleration above 1 g (thousandths of g) at the wrist."""
    rest = float(run.value(f"{_GROUP}.acceleration_sedentary", "1"))
    base = float(run.value(f"{_GROUP}.acceleration_intercept", "mL/kg/min"))
    slope = float(run.value(f"{_GROUP}.acceleration_slope", "mL/kg/min"))
    one = float(run.value(f"{_GROUP}.resting_oxygen", "mL/kg/min"))
    note = "Acceleration at the wrist becomes METs by Hildebrand et al. 2014 (grade C)."
    return np.where(values <= rest, 1.0, (base + slope * values) / one), note


def _heart(values: Floats, run: RunContext) -> tuple[Floats, str]:
    """Return METs of heart rates (1/min): the share of the heart-rate reserve is that of the metabolic reserve."""
    rest = float(run.value(f"{_GROUP}.hr_rest", "1/min"))
    decline = float(run.value(f"{_GROUP}.hr_max_decline", "1/min/year"))
    most = float(run.value(f"{_GROUP}.hr_max", "1/min")) - decline * run.age_years
    if most <= rest:
        what = f"The heart would rest at {plain(rest)} beats per minute and reach {plain(most)} at most."
        cure = f"Set {_GROUP}.hr_rest and {_GROUP}.hr_max to those of the person."
        raise ActivityError(what, where=f"{run.where}.file", cure=cure, code="no-conversion")
    share = np.maximum((values - rest) / (most - rest), 0.0)
    note = (
        f"Heart rates become METs by the heart-rate reserve, from {plain(rest)} at rest to {plain(most)} beats per "
        f"minute (grade C); set {_GROUP}.hr_rest and {_GROUP}.hr_max to those of the person."
    )
    return 1.0 + share * (run.scale.met_max - 1.0), note

"""What each animal of a study showed: the values that expectations ask for, one per animal, twins side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from neurogen_abm.assays.measures import MEASURES
from neurogen_abm.assays.table import reported
from neurogen_abm.experiments.execution.job import Keep
from neurogen_abm.experiments.statistics import Array
from neurogen_abm.lowering.parameter_reader import ParameterReader
from neurogen_abm.lowering.tissue import lower_sheet
from neurogen_abm.over_time import mean_over_time
from neurogen_abm.spec.study.arms import Arm
from neurogen_abm.spec.study.study import Study
from neurogen_abm.spec.study.terms import Quantity, terms
from neurogen_abm.tables import READ_OUTS

_SLACK_H = 1e-6


def wanted(study: Study, arms: Mapping[str, Arm]) -> dict[str, list[Quantity]]:
    """Return the quantities that the expectations of a study read, by arm."""
    found: dict[str, list[Quantity]] = {name: [] for name in arms}
    for number, expectation in enumerate(study.expectations):
        for term in terms(expectation, tuple(arms), ("expectations", number)):
            for quantity in term.quantities:
                found[quantity.arm].append(quantity)
    return found


def keep(arm: Arm, quantities: Sequence[Quantity]) -> Keep:
    """Return what is kept of an animal of an arm: its assays, and the series only where it is read."""
    columns: set[str] = set()
    times_h: set[float] = set()
    for quantity in (part for whole in quantities for part in (whole, whole.shared)):
        names = {name for name in quantity.read if name not in arm.assay_times_h}
        if not names:
            continue
        columns |= names
        cadence_h = arm.scenario.outputs.cadence_h or arm.scenario.step_h
        start_h, end_h = min(quantity.times_h), max(quantity.times_h)
        inside = round((end_h - start_h) / cadence_h) if quantity.how == "mean_over" else 0
        times_h |= {*quantity.times_h, *(start_h + step * cadence_h for step in range(1, inside))}
    tables = (("series",) if columns else ()) + (("assays",) if arm.assay_times_h else ())
    return Keep(tables, tuple(name for name in READ_OUTS if name in columns), tuple(sorted(times_h)))


def area_fraction(arm: Arm) -> float:
    """Return the share of the sheet of a whole gyrus that the animals of an arm have."""
    return float(lower_sheet(ParameterReader(arm.resolved.value), arm.scenario)[2])


@dataclass(frozen=True)
class Observations:
    """The tables of all animals of a study, and where each animal stands in them."""

    arms: Mapping[str, Arm]
    jobs: Mapping[str, Sequence[str]]  # arm -> the jobs of its animals in their order
    series: Mapping[str, Mapping[str, tuple[Array, Array]]]  # column -> job -> (times, values)
    assays: Mapping[str, Mapping[str, tuple[Array, Array]]]  # name -> job -> (times, values)
    areas: Mapping[str, float]  # arm -> share of the sheet that is simulated

    def times_h(self, quantity: Quantity) -> Array:
        """Return when a course is read."""
        if quantity.times_h:
            return np.array(sorted(quantity.times_h))
        own = self.arms[quantity.arm].assay_times_h
        shared = [set(own[name]) for name in (*quantity.read, *quantity.per)]
        return np.array(sorted(set.intersection(*shared)))

    def values(self, quantity: Quantity) -> Array:
        """Return what a quantity reads, its names added up, one row per animal; not yet as a share of anything.

        The shape is (animals,), of a course (animals, times). An animal whose run failed has NaN.
        """
        return np.sum([self._one(quantity, name) for name in quantity.read], axis=0)

    def scale(self, quantity: Quantity) -> float:
        """Return what turns a count of the simulated tissue into one of the whole gyrus; 1 for everything else."""
        counted = all(self._is_count(quantity.arm, name) for name in quantity.read)
        return 1.0 / self.areas[quantity.arm] if counted and not quantity.per else 1.0

    def _is_count(self, arm: str, name: str) -> bool:
        if name in READ_OUTS and READ_OUTS[name].is_count:
            return True
        found = next((assay for assay in self.arms[arm].scenario.assays if assay.name == name), None)
        return found is not None and (found.measure is None or MEASURES[found.measure].unit == "clones")

    def _one(self, quantity: Quantity, name: str) -> Array:
        store = self.assays if name in self.arms[quantity.arm].assay_times_h else self.series
        course = quantity.how == "course"
        asked = self.times_h(quantity) if course else np.array(quantity.times_h)
        rows = [
            self._animal(store.get(name, {}).get(job), asked, quantity.how, name) for job in self.jobs[quantity.arm]
        ]
        return np.array(rows)

    @staticmethod
    def _animal(found: tuple[Array, Array] | None, asked: Array, how: str, name: str) -> Array | float:
        if found is None:
            return np.full(asked.size, np.nan) if how == "course" else np.nan
        times_h, values = found
        if how == "mean_over":
            inside = (times_h >= asked[0] - _SLACK_H) & (times_h <= asked[1] + _SLACK_H)
            return mean_over_time(name, times_h[inside], values[inside])
        at = [int(np.abs(times_h - time_h).argmin()) for time_h in asked]
        if how == "gained_over":
            return float(values[at[1]] - values[at[0]])
        return values[at] if how == "course" else float(values[at[0]])


def by_name(table: pd.DataFrame | None, columns: Sequence[str]) -> dict[str, dict[str, tuple[Array, Array]]]:
    """Return the columns of a table of series as name -> job -> (times, values)."""
    if table is None or table.empty:
        return {}
    groups = [(str(job), part) for job, part in table.groupby("job", sort=False)]
    return {
        name: {job: (part["time_h"].to_numpy(np.float64), part[name].to_numpy(np.float64)) for job, part in groups}
        for name in columns
        if name in table
    }


def by_assay(table: pd.DataFrame | None) -> dict[str, dict[str, tuple[Array, Array]]]:
    """Return a table of assays as name -> job -> (times, values): the estimate where sections were sampled."""
    found: dict[str, dict[str, tuple[Array, Array]]] = {}
    if table is None or table.empty:
        return found
    for (name, job), part in table.assign(value=reported(table)).groupby(["name", "job"], sort=False):
        pair = part["time_h"].to_numpy(np.float64), part["value"].to_numpy(np.float64)
        found.setdefault(str(name), {})[str(job)] = pair
    return found

"""The findings that follow from a laboratory's table: n, spread, mean and standard error of each group, and ratios."""

import math
from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean, stdev
from typing import Any, NamedTuple

from neurogen_abm.numerals import plain, written
from neurogen_abm.spec.study.count_table import Count, faulty
from neurogen_abm.spec.study.counts import Counts
from neurogen_abm.spec.study.expectations import Absolute, Expectation, Ratio

# Digits that a finding is written with: more than any count is known to.
_DIGITS = 6
_WIDEST_SPREAD = 3.0  # of `measured`, and of no count


class Group(NamedTuple):
    """The animals of one arm, day and assay, in the unit of the table."""

    arm: str
    assay: str
    day: float
    time_h: float
    n: int
    mean: float
    spread: float  # coefficient of variation between animals, counting included

    @property
    def error(self) -> float:
        """Standard error of the mean over the mean."""
        return self.spread / math.sqrt(self.n)

    @property
    def label(self) -> str:
        """The group in words."""
        return f"{self.arm}, {self.assay}, day {plain(self.day)}"


def groups_of(counts: Counts, rows: Sequence[Count]) -> list[Group]:
    """Return the groups of a table in its order; an InputError names those of which a spread cannot be told."""
    values: dict[tuple[str, str, float, float], list[float]] = {}
    for row in rows:
        values.setdefault((row.arm, row.assay, row.day, row.time_h), []).append(row.value)
    found, faults = [], []
    for (arm, assay, day, time_h), counted in values.items():
        mean, n = fmean(counted), len(counted)
        spread = stdev(counted) / mean if n > 1 and mean > 0.0 else math.nan
        group = Group(arm, assay, day, time_h, n, mean, spread)
        found.append(group)
        if n < 2:
            faults.append(f"{group.label} has one animal, and a spread needs two")
        elif mean == 0.0:
            faults.append(f"{group.label} has no count above 0, and no ratio")
        elif not 0.0 < spread <= _WIDEST_SPREAD:
            faults.append(f"{group.label} has {n} animals whose counts vary by {plain(100 * spread, 3)} %")
    if faults:
        raise faulty(counts.file, faults)
    return found


def findings(counts: Counts, groups: Sequence[Group], arms: Sequence[str]) -> tuple[Expectation, ...]:
    """Return what the groups say as expectations of a study with these arms: ratios, and counts of whole gyri."""
    found = [_expectation(counts, *pair) for pair in pairs(counts, groups, arms)]
    if counts.scale == "gyrus":
        found += [_expectation(counts, group, None) for group in groups]
    if not found:
        what = "no two of its groups make a ratio"
        raise faulty(counts.file, [what])
    return tuple(Absolute.model_validate(data) if "over" not in data else Ratio.model_validate(data) for data in found)


def pairs(counts: Counts, groups: Sequence[Group], arms: Sequence[str]) -> Iterator[tuple[Group, Group]]:
    """Yield each group with the one it is set over."""
    counted = [arm for arm in arms if any(group.arm == arm for group in groups)]
    over = counts.over
    if (over is None and len(counted) > 1) or (over is not None and over.arm is not None):
        base = over.arm if over is not None else counted[0]
        below = {(group.assay, group.day): group for group in groups if group.arm == base}
        for group in groups:
            if group.arm != base and (group.assay, group.day) in below:
                yield group, below[group.assay, group.day]
        return
    first: dict[tuple[str, str], Group] = {}
    for group in groups:
        if over is None or over.at_h is None or abs(group.time_h - over.at_h) < 1e-6:
            key = group.arm, group.assay
            first[key] = min(first.get(key, group), group, key=lambda one: one.time_h)
    for group in groups:
        base_group = first.get((group.arm, group.assay))
        if base_group is not None and base_group is not group:
            yield group, base_group


def _expectation(counts: Counts, top: Group, below: Group | None) -> dict[str, Any]:
    """Return a finding as a study would write it."""
    value, error = top.mean, top.error
    measured: dict[str, Any] = {"animals": top.n, "spread": _rounded(top.spread)}
    data: dict[str, Any] = {"name": top.label, "kind": "absolute", "read": top.assay, "arm": top.arm}
    data["at"] = f"{written(top.time_h / 24, _DIGITS + 4)} d"
    if below is not None:
        value, error = top.mean / below.mean, math.hypot(top.error, below.error)
        same_arm = below.arm == top.arm
        over = f"day {plain(below.day)}" if same_arm else below.arm
        data |= {"name": f"{top.label}, over {over}", "kind": "ratio"}
        data["over"] = {"at": f"{written(below.time_h / 24, _DIGITS + 4)} d"} if same_arm else {"arm": below.arm}
        measured |= {"over_animals": below.n, "over_spread": _rounded(below.spread)}
    data |= {"value": _rounded(value), "standard_error": _rounded(value * error), "measured": measured}
    return data | {"tier": "A", "role": counts.role, "source": _source(counts)}


def _source(counts: Counts) -> dict[str, str]:
    if counts.source is None:
        return {"place": f"counts of single animals, {counts.file}"}
    return counts.source.model_dump(exclude_none=True)


def _rounded(value: float) -> float:
    return float(written(value, _DIGITS))


def as_data(expectation: Expectation) -> Mapping[str, Any]:
    """Return a finding as a mapping that reads back as the same, without what is left to its default."""
    return expectation.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude_none=True)

"""Free parameters: which ones a fit moves, within which range, on which scale, and which share one value.

Search methods see a position between 0 and 1 in each direction, so that a step means the same share of the plausible
range whatever the unit; a person sees values.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Literal

import numpy as np
import pandas as pd

from neurogen_abm.errors import InputError, told
from neurogen_abm.experiments.statistics import Array
from neurogen_abm.numerals import plain
from neurogen_abm.spec.bounds import bounds_of
from neurogen_abm.spec.calibration import Calibration, Sought
from neurogen_abm.spec.parameter import Parameter
from neurogen_abm.spec.suggest import offer
from neurogen_abm.spec.validation import ScenarioError
from neurogen_abm.spec.yaml.reader import KeyPath
from neurogen_abm.units import quantity

Scale = Literal["linear", "log", "logit"]


@dataclass(frozen=True)
class FreeParameter:
    """One number to be fitted, which stands for one parameter or for several that share its value."""

    name: str  # what tables call it; the path itself where it stands for one parameter
    paths: tuple[str, ...]
    low: float  # the range, in ``unit``
    high: float
    start: float  # where the search starts, inside the range
    unit: str = "1"
    scale: Scale = "linear"  # on which it is searched
    grade: str = ""  # of the evidence, the weakest where several are tied

    def __post_init__(self) -> None:
        ends = f"{plain(self.low)} to {plain(self.high)}"
        if not self.low < self.high:
            what = f"The range of {self.name}, {ends}, is empty."
            raise InputError(what, code="empty-range", cure="Give a lower end below the upper one, or leave it out.")
        if not self.low <= self.start <= self.high:
            what = f"The start of {self.name}, {plain(self.start)} {self.unit}, lies outside {ends}."
            raise InputError(what, code="out-of-range", cure="Start inside the range.")
        if (self.scale == "log" and self.low <= 0) or (self.scale == "logit" and not 0 < self.low < self.high < 1):
            what = f"The range of {self.name}, {ends}, does not fit the scale {self.scale}."
            raise InputError(what, code="bad-scale", cure="Use scale: linear.")

    def position(self, value: float) -> float:
        """Return where a value lies between the ends of the range, 0 to 1."""
        low, high = _stretched(self.low, self.scale), _stretched(self.high, self.scale)
        return (_stretched(value, self.scale) - low) / (high - low)

    def value(self, position: float) -> float:
        """Return the value at a position between 0 and 1; never outside the range, whatever rounding does."""
        low, high = _stretched(self.low, self.scale), _stretched(self.high, self.scale)
        at = low + position * (high - low)
        value = math.exp(at) if self.scale == "log" else 1 / (1 + math.exp(-at)) if self.scale == "logit" else at
        return min(max(value, self.low), self.high)


def _stretched(value: float, scale: Scale) -> float:
    if scale == "log":
        return math.log(value)
    return math.log(value / (1 - value)) if scale == "logit" else value


def natural_scale(low: float, high: float, *, share: bool = False) -> Scale:
    """Return the scale on which a range is searched unless the fit says otherwise.

    Positive numbers differ by factors (log), shares away from 0 and 1 by odds (logit); what may be zero or negative is
    searched as it is.
    """
    if low <= 0:
        return "linear"
    return "logit" if share and high < 1 else "log"


def start_of(free: Sequence[FreeParameter]) -> Array:
    """Return the positions from which the search starts, 0 to 1 each."""
    return np.array([parameter.position(parameter.start) for parameter in free])


def values_at(free: Sequence[FreeParameter], positions: Array) -> Array:
    """Return values for an array of positions; the last axis runs over the parameters."""
    flat = np.atleast_2d(positions)
    rows = [[parameter.value(p) for parameter, p in zip(free, row, strict=True)] for row in flat]
    return np.array(rows).reshape(np.shape(positions))


def points_at(free: Sequence[FreeParameter], positions: Array) -> pd.DataFrame:
    """Return one row per point and one column per dotted path: what is simulated at these positions."""
    values = values_at(free, np.atleast_2d(positions))
    columns = {path: values[:, i] for i, parameter in enumerate(free) for path in parameter.paths}
    return pd.DataFrame(columns)


def free_parameters(
    calibration: Calibration, parameters: Mapping[str, Parameter], read: Iterable[str]
) -> tuple[FreeParameter, ...]:
    """Return the free parameters of a fit, in the order of its file; by default every calibrated one with a range.

    ``read`` holds the paths that an arm of the studies reads: no other parameter can be fitted to them. A
    ScenarioError names the entry that cannot be used.
    """
    known = set(read)
    entries: list[tuple[KeyPath, Sought]]
    if calibration.parameters:
        entries = [(("parameters", i), entry) for i, entry in enumerate(calibration.parameters)]
    else:
        fitted = [p for p in sorted(known) if _by_default(parameters[p])]
        entries = [(("parameters",), Sought(path=path)) for path in fitted]
    found: list[FreeParameter] = []
    for place, entry in entries:
        try:
            found += _resolved(entry, calibration, parameters, known)
        except InputError as fault:
            raise fault.become(ScenarioError, calibration.where(place)) from None
    _check_once(found, calibration)
    return tuple(found)


def _by_default(parameter: Parameter) -> bool:
    return parameter.status == "calibrated" and isinstance(parameter.value, float) and parameter.range is not None


def _check_once(found: list[FreeParameter], calibration: Calibration) -> None:
    if not found:
        cure = "Name some under `parameters`."
        raise ScenarioError("There is no free parameter: the studies read no calibrated one.", cure=cure)
    paths = [path for free in found for path in free.paths]
    for path in paths:
        if paths.count(path) > 1:
            where, cure = calibration.where(("parameters",)), "Name it once: by itself, or in one tie."
            raise ScenarioError(f"{path} is named twice.", where=where, code="sought-twice", cure=cure)


def _resolved(
    entry: Sought, calibration: Calibration, parameters: Mapping[str, Parameter], read: set[str]
) -> list[FreeParameter]:
    paths = _matching(entry, calibration, parameters, read)
    if entry.tie is not None:
        return [_free(entry, tuple(paths), parameters)]
    return [_free(entry, (path,), parameters) for path in paths]


def _matching(
    entry: Sought, calibration: Calibration, parameters: Mapping[str, Parameter], read: set[str]
) -> list[str]:
    """Return the paths an entry means; with a pattern, those that may be free and are read."""
    pattern = entry.pattern
    if "*" not in pattern:
        if pattern not in parameters:
            what, cure = f'There is no parameter "{pattern[:80]}".', offer(pattern, parameters)
            raise InputError(what, code="unknown-parameter", cure=cure, seen=pattern)
        _check_allowed(pattern, parameters[pattern], calibration)
        if pattern not in read:
            cure = "Leave it out, or add a study whose arms depend on it."
            raise InputError(f"No arm of the studies reads {pattern}.", code="not-read", cure=cure, seen=pattern)
        return [pattern]
    fits = [path for path in parameters if fnmatchcase(path, pattern)]
    paths = [p for p in fits if p in read and isinstance(parameters[p].value, float)]
    paths = [p for p in paths if parameters[p].status in ("calibrated", *calibration.allow)]
    if not paths:
        what = f'No calibrated parameter that the studies read matches "{pattern[:80]}"'
        cure = f"These match by name: {', '.join(fits[:5])}." if fits else offer(pattern.replace("*", ""), parameters)
        raise InputError(f"{what}.", code="unknown-parameter", cure=cure, seen=pattern)
    return paths


def _check_allowed(path: str, parameter: Parameter, calibration: Calibration) -> None:
    if parameter.status not in ("calibrated", *calibration.allow):
        what = f"{path} is {parameter.status}, not calibrated: a fit must not change what was measured or chosen."
        also = told("", f" (--allow {parameter.status})")
        cure = f"Leave it out, or say so on purpose: allow: [{parameter.status}]{also}."
        raise InputError(what, code="not-calibrated", cure=cure, seen=parameter.status)
    if not isinstance(parameter.value, float):
        what = f"{path} is a table; only single numbers can be free parameters."
        raise InputError(what, code="wrong-shape", cure="Leave it out.")


def _free(entry: Sought, paths: tuple[str, ...], parameters: Mapping[str, Parameter]) -> FreeParameter:
    """Return the free parameter that stands for one path, or for all paths of a tie."""
    first = parameters[paths[0]]
    unit = first.unit
    if odd := [path for path in paths if parameters[path].unit != unit]:
        what = f"{paths[0]} ({unit}) and {odd[0]} ({parameters[odd[0]].unit}) cannot share a value."
        raise InputError(what, code="mixed-units", cure="Tie parameters of one unit only.")
    low, high = _range(entry, paths, parameters, unit)
    share = bounds_of(paths[0], unit).most == 1.0
    scale: Scale = entry.scale or natural_scale(low, high, share=share)
    values = [float(parameters[path].value) for path in paths]
    middle = values[0] if len(set(values)) == 1 else sum(values) / len(values)
    start = _amount(entry.start, unit) if entry.start is not None else min(max(middle, low), high)
    name = entry.name or (paths[0] if len(paths) == 1 else entry.pattern)
    if entry.path is not None and "*" in entry.path:
        name = paths[0]
    grade = max(parameters[path].grade for path in paths)
    return FreeParameter(name, paths, low, high, start, unit, scale, grade)


def _range(
    entry: Sought, paths: tuple[str, ...], parameters: Mapping[str, Parameter], unit: str
) -> tuple[float, float]:
    """Return the range that is plausible for every parameter of a tie, narrowed by the entry."""
    ranges = [parameters[path].range for path in paths]
    known = [ends for ends in ranges if ends is not None]
    if len(known) < len(ranges) and (entry.low is None or entry.high is None):
        bare = next(path for path in paths if parameters[path].range is None)
        raise InputError(f"{bare} has no range.", code="no-range", cure="Give `low` and `high`.")
    low = max((ends[0] for ends in known), default=-math.inf)
    high = min((ends[1] for ends in known), default=math.inf)
    if low >= high:
        raise InputError("The ranges of the tied parameters do not overlap.", code="empty-range", cure="Tie fewer.")
    new_low = _amount(entry.low, unit) if entry.low is not None else low
    new_high = _amount(entry.high, unit) if entry.high is not None else high
    if new_low < low or new_high > high:
        what = f"`low` and `high` lie outside the plausible range, {plain(low)} to {plain(high)} {unit}."
        raise InputError(what, code="out-of-range", cure="Stay inside; the catalogue says what is plausible.")
    return new_low, new_high


def _amount(given: Any, unit: str) -> float:
    return float(quantity(given, unit))

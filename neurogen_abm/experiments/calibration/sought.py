"""From what a fit asks for to numbers to be searched: paths looked up, ties closed, ranges met, statuses checked."""

import math
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

from neurogen_abm.errors import InputError
from neurogen_abm.experiments.calibration.free_parameters import Scale, Unknown, natural_scale
from neurogen_abm.spec.bounds import bounds_of
from neurogen_abm.spec.calibration import Calibration, Sought
from neurogen_abm.spec.parameter import Parameter
from neurogen_abm.spec.suggest import offer
from neurogen_abm.spec.validation import ScenarioError
from neurogen_abm.spec.yaml.reader import KeyPath
from neurogen_abm.units import quantity


def unknowns(calibration: Calibration, parameters: Mapping[str, Parameter], read: Iterable[str]) -> tuple[Unknown, ...]:
    """Return what a fit searches, in the order of its file.

    Parameters
    ----------
    calibration
        What is asked for; without parameters, every calibrated number with a range that the studies read.
    parameters
        The catalogue of the species.
    read
        Paths that at least one arm of the studies reads; a number that none reads cannot be fitted to them.

    Raises
    ------
    ScenarioError
        A path is not known, not read, not calibrated, a table, without a range, or sought twice.
    """
    known = set(read)
    entries: list[tuple[KeyPath, Sought]]
    if calibration.parameters:
        entries = [(("parameters", i), entry) for i, entry in enumerate(calibration.parameters)]
    else:
        fitted = [p for p in sorted(known) if _by_default(parameters[p])]
        entries = [(("parameters",), Sought(path=path)) for path in fitted]
    found: list[Unknown] = []
    for place, entry in entries:
        try:
            found += _resolved(entry, calibration, parameters, known)
        except InputError as fault:
            where = calibration.where(place)
            raise ScenarioError(fault.what, where=where, cure=fault.cure, code=fault.code, seen=fault.seen) from None
    _check_once(found, calibration)
    return tuple(found)


def _by_default(parameter: Parameter) -> bool:
    return parameter.status == "calibrated" and isinstance(parameter.value, float) and parameter.range is not None


def _check_once(found: list[Unknown], calibration: Calibration) -> None:
    if not found:
        cure = "Name some under `parameters`."
        raise ScenarioError("There is nothing to be found: the studies read no calibrated number.", cure=cure)
    paths = [path for unknown in found for path in unknown.paths]
    for path in paths:
        if paths.count(path) > 1:
            where, cure = calibration.where(("parameters",)), "Name it once: by itself, or in one tie."
            raise ScenarioError(f"{path} is sought twice.", where=where, code="sought-twice", cure=cure)


def _resolved(
    entry: Sought, calibration: Calibration, parameters: Mapping[str, Parameter], read: set[str]
) -> list[Unknown]:
    paths = _matching(entry, calibration, parameters, read)
    if entry.tie is not None:
        return [_unknown(entry, tuple(paths), parameters)]
    return [_unknown(entry, (path,), parameters) for path in paths]


def _matching(
    entry: Sought, calibration: Calibration, parameters: Mapping[str, Parameter], read: set[str]
) -> list[str]:
    """Return the paths an entry means; with a pattern, those that may be sought and are read."""
    pattern = entry.pattern
    if "*" not in pattern:
        if pattern not in parameters:
            cure = offer(pattern, parameters)
            raise InputError(f'"{pattern[:80]}" is no parameter.', code="unknown-parameter", cure=cure, seen=pattern)
        _check_allowed(pattern, parameters[pattern], calibration)
        if pattern not in read:
            cure = "Leave it out, or add a study whose arms depend on it."
            raise InputError(f"No arm of the studies reads {pattern}.", code="not-read", cure=cure, seen=pattern)
        return [pattern]
    fits = [path for path in parameters if fnmatchcase(path, pattern)]
    paths = [p for p in fits if p in read and isinstance(parameters[p].value, float)]
    paths = [p for p in paths if parameters[p].status in ("calibrated", *calibration.allow)]
    if not paths:
        what = f'No calibrated number that the studies read fits "{pattern[:80]}"'
        cure = f"Fits by name: {', '.join(fits[:5])}." if fits else offer(pattern.replace("*", ""), parameters)
        raise InputError(f"{what}.", code="unknown-parameter", cure=cure, seen=pattern)
    return paths


def _check_allowed(path: str, parameter: Parameter, calibration: Calibration) -> None:
    if parameter.status not in ("calibrated", *calibration.allow):
        what = f"{path} is {parameter.status}, not calibrated: a fit must not move what somebody found or chose."
        cure = f"Leave it out, or say so on purpose: allow: [{parameter.status}] (--allow {parameter.status})."
        raise InputError(what, code="not-calibrated", cure=cure, seen=parameter.status)
    if not isinstance(parameter.value, float):
        what = f"{path} is a table of numbers; only single numbers are sought."
        raise InputError(what, code="wrong-shape", cure="Leave it out.")


def _unknown(entry: Sought, paths: tuple[str, ...], parameters: Mapping[str, Parameter]) -> Unknown:
    """Return the unknown that stands for one path, or for all paths of a tie."""
    first = parameters[paths[0]]
    unit = first.unit
    if odd := [path for path in paths if parameters[path].unit != unit]:
        what = f"{paths[0]} ({unit}) and {odd[0]} ({parameters[odd[0]].unit}) cannot share a value."
        raise InputError(what, code="mixed-units", cure="Tie numbers of one unit only.")
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
    return Unknown(name, paths, low, high, start, unit, scale, grade)


def _range(
    entry: Sought, paths: tuple[str, ...], parameters: Mapping[str, Parameter], unit: str
) -> tuple[float, float]:
    """Return the range in which every parameter of a tie is believed, narrowed by the entry."""
    ranges = [parameters[path].range for path in paths]
    known = [ends for ends in ranges if ends is not None]
    if len(known) < len(ranges) and (entry.low is None or entry.high is None):
        bare = next(path for path in paths if parameters[path].range is None)
        raise InputError(f"{bare} has no range.", code="no-range", cure="Give `low` and `high`.")
    low = max((ends[0] for ends in known), default=-math.inf)
    high = min((ends[1] for ends in known), default=math.inf)
    if low >= high:
        raise InputError("The ranges of the tied numbers do not overlap.", code="empty-range", cure="Tie fewer.")
    new_low = _amount(entry.low, unit) if entry.low is not None else low
    new_high = _amount(entry.high, unit) if entry.high is not None else high
    if new_low < low or new_high > high:
        what = f"`low` and `high` leave the believable range, {low:g} to {high:g} {unit}."
        raise InputError(what, code="out-of-range", cure="Stay inside; the catalogue says what is believable.")
    return new_low, new_high


def _amount(given: Any, unit: str) -> float:
    return float(quantity(given, unit))

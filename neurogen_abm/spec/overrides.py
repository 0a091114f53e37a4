"""Parameters of the catalogue that a scenario replaces, in the unit and shape of the old, within bounds."""

from typing import Any

from neurogen_abm.errors import InputError
from neurogen_abm.numerals import plain
from neurogen_abm.spec.bounds import check_order, check_shares, check_value
from neurogen_abm.spec.catalogue import Catalogue
from neurogen_abm.spec.parameter import Parameter, leaves, shape
from neurogen_abm.spec.scenario.models import Override, Scenario
from neurogen_abm.spec.validation import ScenarioError
from neurogen_abm.units import convert, quantity, shown


def overridden(scenario: Scenario, catalogue: Catalogue) -> dict[str, Parameter]:
    """Return the parameters that a scenario puts in the place of those of the catalogue, by path."""
    changes: dict[str, Parameter] = {}
    for path, change in scenario.parameters.items():
        old = catalogue.parameters[path]
        try:
            value = _new_value(old, change)
            check_value(path, old.unit, value)
            changes[path] = _changed(old, value, change)
        except InputError as fault:
            raise at(scenario, ("parameters", path), fault) from None
    all_ = {**catalogue.parameters, **changes}
    for path in changes:
        try:
            check_order(path, all_)
            check_shares(path, all_)
        except InputError as fault:
            raise at(scenario, ("parameters", path), fault) from None
    return changes


def at(scenario: Scenario, path: tuple[str | int, ...], fault: InputError) -> ScenarioError:
    """Return the fault with the place of an entry of the scenario."""
    return fault.become(ScenarioError, scenario.where(path))


def _changed(old: Parameter, value: Any, change: Override) -> Parameter:
    """Return the parameter with its new value; its status is assumed, whatever it was."""
    inside = old.range is None or all(old.range[0] <= number <= old.range[1] for number in leaves(value))
    if not inside and change.why is None and old.range is not None:
        believable = f"{plain(old.range[0])} to {plain(old.range[1])} {old.unit if old.unit != '1' else ''}".strip()
        cure = "Stay inside it, or write {value: ..., why: ...} to leave it on purpose."
        what = f"The new value is outside the believable range, {believable}."
        raise ScenarioError(what, code="out-of-range", cure=cure)
    note = f"set by the scenario: {change.why}" if change.why else "set by the scenario"
    update = {"value": value, "source": None, "status": "assumed", "grade": "D", "note": note, "place": "scenario"}
    return old.model_copy(update=update | ({} if inside else {"range": None}))


def _new_value(old: Parameter, change: Override) -> Any:
    """Return the value of an override in the unit of the parameter, in the shape of the parameter."""
    given = change.value
    if isinstance(given, str) or (isinstance(given, int | float) and change.unit is None):
        value: Any = quantity(given, old.unit)
    else:
        convert(1.0, change.unit or "1", old.unit)
        value = _converted(given, change.unit or "1", old.unit)
    if shape(value) != shape(old.value):
        wanted = " x ".join(str(n) for n in shape(old.value)) or "one"
        what = f"The parameter holds {wanted} number{'' if wanted == 'one' else 's'}; the new value has another shape."
        cure = "Write {value: [...], unit: ...} with as many numbers." if shape(old.value) else "Write one quantity."
        raise ScenarioError(what, code="wrong-shape", cure=cure)
    return value


def _converted(given: Any, unit: str, wanted: str) -> Any:
    if isinstance(given, list):
        return [_converted(part, unit, wanted) for part in given]
    if isinstance(given, bool) or not isinstance(given, int | float):
        cure = "Write numbers in `value` and their unit in `unit`."
        raise ScenarioError(f"{shown(given)} is not a number.", code="wrong-type", cure=cure)
    return convert(quantity(given, "1"), unit, wanted)

"""What pydantic found wrong, said in words: the place in the file, the fault, the cure."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from neurogen_abm import units
from neurogen_abm.errors import InputError
from neurogen_abm.spec.fields import ClockTime, In
from neurogen_abm.spec.scenario.activity import BLOCKS
from neurogen_abm.spec.scenario.histology import Assay, Injection, Sampling
from neurogen_abm.spec.scenario.models import (
    ClockTimes,
    Infusion,
    KnockOut,
    Outputs,
    Override,
    Patch,
    Scenario,
    place_of,
)
from neurogen_abm.spec.suggest import offer
from neurogen_abm.spec.yaml.reader import KeyPath, Place

# The form behind each key of a scenario that holds one, or a list of them.
_FORMS: dict[str, type[BaseModel]] = {
    "clock": ClockTimes,
    "outputs": Outputs,
    "tissue": Patch,
    "knock_outs": KnockOut,
    "infusions": Infusion,
    "parameters": Override,
    "labels": Injection,
    "assays": Assay,
    "sampling": Sampling,
}
_WANTED: dict[str, tuple[str, str]] = {
    "int": ("a whole number", "Write digits without a point or quotation marks."),
    "float": ("a number", "Write a number without quotation marks."),
    "string": ("text", "Write text; put quotation marks around digits."),
    "bool": ("true or false", "Write true or false; yes and no are plain text in YAML 1.2."),
    "list": ("a list", "Write a list: one `- ` a line, or [a, b]."),
    "tuple": ("a list", "Write a list: one `- ` a line, or [a, b]."),
    "dict": ("a mapping", "Write `key: value` lines below it, indented."),
    "model": ("a mapping", "Write `key: value` lines below it, indented."),
}
_BOUNDS = {
    "greater_than_equal": ("below", "ge", "at least"),
    "greater_than": ("not above", "gt", "more than"),
    "less_than_equal": ("above", "le", "at most"),
    "less_than": ("not below", "lt", "less than"),
}
# A misspelt key also leaves its right form missing, and a wrong kind makes the rest meaningless: the cause comes first.
_FIRST = {"extra_forbidden": 0, "union_tag_invalid": 0, "union_tag_not_found": 0, "missing": 2}


class ScenarioError(InputError):
    """A scenario, or a file that names one, cannot be used as it is written."""

    default_code = "bad-scenario"


def check_known(scenario: Scenario, path: KeyPath, noun: str, name: str, names: Iterable[str]) -> None:
    """Refuse the name of a `noun` that is not among those of the species; the nearest are offered.

    Raises
    ------
    ScenarioError
        It is not; the code is ``unknown-<noun>``.
    """
    names = list(names)
    if name not in names:
        what, where = f'"{name[:80]}" is no {noun} of the {scenario.species}.', scenario.where(path)
        raise ScenarioError(what, where=where, code=f"unknown-{noun}", cure=offer(name, names), seen=name)


class Grammar(NamedTuple):
    """What a message needs to know of the form of a file: where errors lie, and which keys are known there."""

    path: Callable[[Any, Any], KeyPath]  # the path in the data of one error of pydantic
    form: Callable[[KeyPath, Any], type[BaseModel] | None]  # the form that holds the entry at a path
    homes: Callable[[str], list[str]]  # in which other places a key is at home, in words
    kinds: tuple[str, Iterable[str]] = ("entry", ())  # what a `kind` is one of, and the kinds
    error: type[ScenarioError] = ScenarioError


def from_validation(
    fault: ValidationError,
    data: Any,
    name: str,
    places: dict[KeyPath, Place],
    changed: tuple[KeyPath, ...] = (),
    grammar: "Grammar | None" = None,
) -> ScenarioError:
    """Return the first fault, causes before consequences, then in the order of the file.

    ``grammar`` is that of the file, a scenario by default.
    """
    grammar = grammar or SCENARIO
    found = []
    for number, error in enumerate(fault.errors(include_url=False)):
        if _seems_short(error):
            continue
        path = grammar.path(error, data)
        line = next((places[path[:n]] for n in range(len(path), -1, -1) if path[:n] in places), (0, 0))
        found.append((_FIRST.get(error["type"], 1), line, number, path, error))
    *_, path, error = min(found, key=lambda entry: entry[:3])
    code, what, cure = _words(error, path, data, grammar)
    seen = error.get("input") if error["type"] != "missing" else None
    return grammar.error(what, where=place_of(name, places, changed, path), cure=cure, code=code, seen=seen)


def _seems_short(error: Any) -> bool:
    """Say whether a list is called too short only because faulty entries of it do not count."""
    seen = error.get("input")
    return error["type"] == "too_short" and isinstance(seen, list) and len(seen) >= error["ctx"]["min_length"]


def _path(error: Any, data: Any) -> KeyPath:
    """Return the path of an error in the data: pydantic's own, without the names of the branches it took."""
    loc = list(error["loc"])
    if loc[:1] == ["activity"] and len(loc) > 2:
        del loc[2]
    elif loc[:1] == ["tissue"] and len(loc) > 1:
        del loc[1]
    elif loc[:1] == ["parameters"] and len(loc) > 2:
        del loc[3:]
    inner = getattr(error.get("ctx", {}).get("error"), "path", ())
    if error["type"].startswith("union_tag"):
        inner = ("kind",)
    return (*(part for part in loc if part != "[key]"), *inner)


def _words(error: Any, path: KeyPath, data: Any, grammar: Grammar) -> tuple[str, str, str]:
    """Return code, fault and cure for one error of pydantic."""
    kind, seen, context = error["type"], error.get("input"), error.get("ctx", {})
    inner = context.get("error")
    if isinstance(inner, InputError):
        return inner.code, inner.what, inner.cure
    if kind == "extra_forbidden":
        return _unknown_key(path, data, grammar)
    if kind == "missing":
        return _missing_key(path, data, grammar)
    if kind.startswith("union_tag"):
        noun, kinds = grammar.kinds
        shown = f'"{context["tag"][:40]}" is not a kind of {noun}' if "tag" in context else f"{_a(noun)} has no `kind`"
        return "unknown-kind", f"{shown}.", offer(str(context.get("tag", "")), kinds)
    if kind == "literal_error":
        choices = re.findall(r"'([^']*)'", context["expected"])
        if path[:1] == ("tissue",):
            return (
                "bad-choice",
                f"{shown_value(seen)} is no tissue.",
                "Write whole, or septotemporal and transverse lengths.",
            )
        return "bad-choice", f"{shown_value(seen)} is not one of the choices.", offer(str(seen), choices)
    if kind in _BOUNDS:
        fault, key, wanted = _BOUNDS[kind]
        return "out-of-range", f"{shown_value(seen)} is {fault} {context[key]}.", f"Allowed is {wanted} {context[key]}."
    if kind in ("too_short", "string_too_short"):
        least = context.get("min_length", 1)
        if least > 1:
            return "too-short", f"{shown_value(seen)} has fewer than {least} entries.", f"Give {least} at least."
        return "too-short", f"{shown_value(seen)} is empty.", "Name at least one, or leave the key out."
    if kind in ("too_long", "string_too_long"):
        limit = context["max_length"]
        return "too-long", f"The entry is longer than {limit}.", f"Shorten it to {limit}."
    wanted, cure = _WANTED.get(re.split(r"_(?:type|from|parsing|attributes)", kind)[0], ("what is wanted here", ""))
    if kind == "finite_number":
        wanted, cure = "a finite number", "Write a number without quotation marks."
    return "wrong-type", f"{shown_value(seen)} is not {wanted}.", cure


def shown_value(seen: object) -> str:
    """Return a value as an error names it."""
    return units.shown(seen)


def _form(path: KeyPath, data: Any) -> type[BaseModel] | None:
    """Return the form that holds the entry at ``path``."""
    if len(path) == 1:
        return Scenario
    if path[0] == "activity" and len(path) == 3 and isinstance(path[1], int):
        block = data["activity"][path[1]]
        return BLOCKS.get(str(block.get("kind"))) if isinstance(block, dict) else None
    return _FORMS.get(str(path[0]))


def keys_of(form: type[BaseModel]) -> dict[str, FieldInfo]:
    """Return the fields of a form by the key under which they are written."""
    return {field.alias or name: field for name, field in form.model_fields.items()}


def _homes(key: str) -> list[str]:
    homes = [f"under {home}" for home, other in _FORMS.items() if key in keys_of(other)]
    homes += [f"to activity of kind {kind}" for kind, block in BLOCKS.items() if key in keys_of(block)]
    return homes + (["at the top of the file"] if key in keys_of(Scenario) else [])


SCENARIO = Grammar(_path, _form, _homes, ("activity", BLOCKS))


def grammar_of(top: type[BaseModel], forms: Mapping[str, type[BaseModel]]) -> Grammar:
    """Return the grammar of a file in which some keys hold one form each, or a list or a mapping of it."""
    homes = {f"under {key}": form for key, form in forms.items()} | {"at the top of the file": top}
    return Grammar(
        path=_path_as_far_as_known,
        form=lambda path, data: top if len(path) == 1 else forms.get(str(path[0])),
        homes=lambda key: [home for home, form in homes.items() if key in keys_of(form)],
    )


def _path_as_far_as_known(error: Any, data: Any) -> KeyPath:
    """Return the path of an error in the data: pydantic's own, without what the data do not hold."""
    found: list[str | int] = []
    here = data
    for part in error["loc"]:
        known = (isinstance(here, dict) and part in here) or (isinstance(here, list) and part in range(len(here)))
        if not known and not (isinstance(here, dict) and error["type"] in ("missing", "extra_forbidden")):
            continue
        found.append(part)
        here = here[part] if known else None
    return (*found, *getattr(error.get("ctx", {}).get("error"), "path", ()))


def _a(noun: str) -> str:
    return {"activity": "A block", "expectation": "An expectation"}.get(noun, f"A {noun}")


def _unknown_key(path: KeyPath, data: Any, grammar: Grammar) -> tuple[str, str, str]:
    """Say that a key is not known; offer the nearest, or the form in which that very key is at home."""
    key = str(path[-1])
    form = grammar.form(path, data)
    known = keys_of(form) if form is not None else {}
    cure = offer(key, known)
    if "Did you mean" not in cure and (homes := grammar.homes(key)):
        cure = f"It belongs {homes[0]}."
    return "unknown-key", f'The key "{key[:60]}" is not known here.', cure


def _missing_key(path: KeyPath, data: Any, grammar: Grammar) -> tuple[str, str, str]:
    """Say that a key is missing, with an example of how it is written."""
    key = str(path[-1])
    form = grammar.form(path, data)
    field = keys_of(form).get(key) if form is not None else None
    example = next((_example(mark) for mark in (field.metadata if field else ()) if _example(mark)), "")
    cure = f"Add `{key}: {example}`." if example else f"Add `{key}:` with a value."
    return "missing-key", f"The key `{key}` is missing.", cure


def _example(mark: object) -> str:
    if isinstance(mark, In):
        return units.example(mark.unit).strip('"')
    return '"07:00"' if isinstance(mark, ClockTime) else ""

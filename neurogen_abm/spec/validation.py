"""What pydantic found wrong, said in words: the place in the file, the fault, the cure."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from neurogen_abm import units
from neurogen_abm.errors import InputError
from neurogen_abm.spec.fields import ClockTime, In
from neurogen_abm.spec.suggest import nearest, offer
from neurogen_abm.spec.yaml.reader import KeyPath, Place, place_of

_WANTED: dict[str, tuple[str, str]] = {
    "int": ("a whole number", "Write digits without a point or quotation marks."),
    "float": ("a number", "Write a number without quotation marks."),
    "string": ("text", "Write text; put quotation marks around digits."),
    "bool": ("true or false", "Write true or false; yes and no are plain text in YAML 1.2."),
    "list": ("a list", "Write a list: [a, b], or one line with `- ` for each entry."),
    "tuple": ("a list", "Write a list: [a, b], or one line with `- ` for each entry."),
    "dict": ("a mapping", "Write `key: value` lines below it, indented."),
    "model": ("a mapping", "Write `key: value` lines below it, indented."),
}
_BOUNDS = {
    "greater_than_equal": ("below", "ge", "at least"),
    "greater_than": ("not above", "gt", "more than"),
    "less_than_equal": ("above", "le", "at most"),
    "less_than": ("not below", "lt", "less than"),
}
# A misspelt key also leaves the right one missing, and a wrong kind makes the rest meaningless: the cause comes first.
_FIRST = {"extra_forbidden": 0, "union_tag_invalid": 0, "union_tag_not_found": 0, "missing": 2}


class ScenarioError(InputError):
    """A scenario, or a file that names one, cannot be used as it is written."""

    default_code = "bad-scenario"
    others: "tuple[ScenarioError, ...]" = ()  # more faults of the same file, where its form has several


class FileForm(NamedTuple):
    """The models behind the keys of a file: where errors lie, and which keys are known there."""

    top: type[BaseModel]
    nested: Mapping[str, type[BaseModel]]  # of keys that hold one model, or a list or mapping of it
    kinds_under: str = ""  # the key of a list whose entries are told apart by their `kind`
    kinds: Mapping[str, type[BaseModel]] = {}
    noun: str = ""  # what such an entry is called
    error: type[ScenarioError] = ScenarioError

    def model_at(self, path: KeyPath, data: Any) -> type[BaseModel] | None:
        """Return the model that holds the entry at ``path``."""
        if len(path) == 1:
            return self.top
        inner = next((self.nested[str(part)] for part in reversed(path[:-1]) if part in self.nested), None)
        if inner is None and path[0] == self.kinds_under and len(path) >= 3:
            kind = data[path[0]][path[1]].get("kind")
            return self.kinds.get("null" if kind is None else str(kind))
        return inner

    def homes(self, key: str) -> list[str]:
        """Return the places below the top where a key is known, in words that follow "only"."""
        homes = [self._called(name) for name, model in self.nested.items() if key in keys_of(model)]
        kinds = [kind for kind, model in self.kinds.items() if key in keys_of(model)]
        of_kind = "" if len(kinds) == len(self.kinds) else f" of kind {_listed(kinds, 'or')}"
        return homes + ([f"{self.noun}s{of_kind}"] if kinds else [])

    def _called(self, name: str) -> str:
        """Return what a person calls an entry below the top: it, or one of several."""
        field = keys_of(self.top).get(name)
        several = field is not None and get_origin(field.annotation) in (tuple, dict)
        return f"entries of `{name}`" if several else f"`{name}`"

    def entry_at(self, path: KeyPath, data: Any) -> str:
        """Return what a person calls the entry that holds ``path``, to begin a sentence; empty at the top."""
        if self.model_at(path, data) in self.kinds.values():
            name = f"{self.noun} of kind {data[path[0]][path[1]].get('kind')}"
        elif len(path) >= 3 and isinstance(path[-2], int):
            name = f"entry of `{path[-3]}`"
        else:
            return f"`{path[-2]}`" if len(path) > 1 else ""
        return f"{'An' if name[0] in 'aeiou' else 'A'} {name}"


def keys_of(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """Return the fields of a model by the key under which they are written."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def from_validation(
    fault: ValidationError,
    data: Any,
    name: str,
    places: dict[KeyPath, Place],
    form: FileForm,
    changed: tuple[KeyPath, ...] = (),
) -> ScenarioError:
    """Return the first fault, causes before consequences, then in the order of the file; the rest as its `others`."""
    found = []
    for number, error in enumerate(fault.errors(include_url=False)):
        if _seems_short(error):
            continue
        path = _path(error, data)
        line = next((places[path[:n]] for n in range(len(path), -1, -1) if path[:n] in places), (0, 0))
        found.append((_FIRST.get(error["type"], 1), line, number, path, error))
    found.sort(key=lambda entry: entry[:3])
    misspelt = {path[:-1] for rank, _, _, path, _ in found if rank == 0}
    causes = [entry for entry in found if entry[0] < 2 or entry[3][:-1] not in misspelt]

    def told(path: KeyPath, error: Any) -> ScenarioError:
        code, what, cure = _message(error, path, data, form)
        seen = error.get("input") if error["type"] != "missing" else None
        return form.error(what, where=place_of(name, places, changed, path), cure=cure, code=code, seen=seen)

    first, *others = (told(path, error) for *_, path, error in causes)
    first.others = tuple(others)
    return first


def _seems_short(error: Any) -> bool:
    """Say whether a list is called too short only because faulty entries of it do not count."""
    seen = error.get("input")
    return error["type"] == "too_short" and isinstance(seen, list) and len(seen) >= error["ctx"]["min_length"]


def _path(error: Any, data: Any) -> KeyPath:
    """Return the path of an error in the data: pydantic's own, without the names of the branches it took."""
    found: list[str | int] = []
    here, last = data, len(error["loc"]) - 1
    for number, part in enumerate(error["loc"]):
        if (isinstance(here, dict) and part in here) or (isinstance(here, list) and part in range(len(here))):
            found.append(part)
            here = here[part]
        elif number == last and error["type"] in ("missing", "extra_forbidden"):
            found.append(part)
    if error["type"].startswith("union_tag"):
        found.append(_slip_for_kind(error) or "kind")
    return (*found, *getattr(error.get("ctx", {}).get("error"), "path", ()))


def _slip_for_kind(error: Any) -> str | None:
    """Return the key of an entry without a `kind` that can only mean it."""
    entry = error.get("input")
    if error["type"] != "union_tag_not_found" or not isinstance(entry, Mapping):
        return None
    return next((key for key in entry if isinstance(key, str) and nearest(key, ("kind",))), None)


def _message(error: Any, path: KeyPath, data: Any, form: FileForm) -> tuple[str, str, str]:
    """Return code, fault and cure for one error of pydantic."""
    kind, seen, context = error["type"], error.get("input"), error.get("ctx", {})
    inner = context.get("error")
    if isinstance(inner, InputError):
        return inner.code, inner.what, inner.cure
    if kind == "extra_forbidden":
        return _unknown_key(path, data, form)
    if kind == "missing":
        return _missing_key(path, data, form)
    if kind == "union_tag_not_found" and path[-1] != "kind":
        return "unknown-key", f'The key "{str(path[-1])[:60]}" is not known here.', "Did you mean kind?"
    if kind.startswith("union_tag"):
        what = f"The {form.noun} has no `kind`"
        if "tag" in context:
            what = f'"{context["tag"][:40]}" is not a kind of {form.noun}'
        return "unknown-kind", f"{what}.", offer(str(context.get("tag", "")), form.kinds)
    if kind == "literal_error":
        choices = re.findall(r"'([^']*)'", context["expected"])
        if path[:1] == ("tissue",):
            return (
                "bad-choice",
                f"{units.shown(seen)} is not a tissue.",
                "Write `whole`, or a patch: {septotemporal: 600 um, transverse: 400 um}.",
            )
        return "bad-choice", f"{units.shown(seen)} is not one of the choices.", offer(str(seen), choices)
    if kind in _BOUNDS:
        fault, key, wanted = _BOUNDS[kind]
        return "out-of-range", f"{units.shown(seen)} is {fault} {context[key]}.", f"It must be {wanted} {context[key]}."
    if kind in ("too_short", "string_too_short"):
        least = context.get("min_length", 1)
        if least > 1:
            return "too-short", f"{units.shown(seen)} has fewer than {least} entries.", f"Give at least {least}."
        return "too-short", "The entry is empty.", "Give at least one entry, or leave the key out."
    if kind in ("too_long", "string_too_long"):
        limit = context["max_length"]
        return "too-long", f"The entry is longer than {limit} allows.", f"Shorten it to {limit}."
    wanted, cure = _WANTED.get(re.split(r"_(?:type|from|parsing|attributes)", kind)[0], ("what is wanted here", ""))
    if kind == "finite_number":
        wanted, cure = "a finite number", "Write a number without quotation marks."
    return "wrong-type", f"{units.shown(seen)} is not {wanted}.", cure


def _unknown_key(path: KeyPath, data: Any, form: FileForm) -> tuple[str, str, str]:
    """Say that a key is not known; offer the nearest, or the place where that very key is known."""
    key, model = str(path[-1]), form.model_at(path, data)
    cure = offer(key, keys_of(model) if model is not None else ())
    what = f'The key "{key[:60]}" is not known here.'
    if "Did you mean" in cure:
        return "unknown-key", what, cure
    homes, entry = form.homes(key), form.entry_at(path, data)
    if key in keys_of(form.top):
        homes.append("the top of the file")
    if homes == ["the top of the file"]:
        return "unknown-key", what, "It belongs at the top of the file."
    if not homes or model is None:
        return "unknown-key", what, cure
    if not entry and len(homes) == 1 and homes[0].startswith("`"):
        return "unknown-key", what, f"It belongs under {homes[0].strip('`')}."
    only = f"only {_listed(homes, 'and')} {'has' if len(homes) == 1 and homes[0].startswith('`') else 'have'} it."
    if not entry:
        return "unknown-key", what, f"{only[0].upper()}{only[1:]}"
    return "unknown-key", f"{entry} cannot have `{key}`.", f"It takes {', '.join(keys_of(model))}; {only}"


def _listed(words: list[str], last: str) -> str:
    return " ".join([", ".join(words[:-1]), last, words[-1]] if len(words) > 1 else words)


def _missing_key(path: KeyPath, data: Any, form: FileForm) -> tuple[str, str, str]:
    """Say that a key is missing, with an example of how it is written."""
    key, model = str(path[-1]), form.model_at(path, data)
    field = keys_of(model).get(key) if model is not None else None
    example = next((_example(mark) for mark in (field.metadata if field else ()) if _example(mark)), "")
    cure = f"Add `{key}: {example}`." if example else f"Add `{key}:` with a value."
    return "missing-key", f"The key `{key}` is missing.", cure


def _example(mark: object) -> str:
    if isinstance(mark, In):
        return units.example(mark.unit).strip('"')
    return '"07:00"' if isinstance(mark, ClockTime) else ""

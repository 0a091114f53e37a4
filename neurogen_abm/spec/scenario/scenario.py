"""Scenarios: found by name, read from files, checked, and resolved against the catalogue."""

import json
import re
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from neurogen_abm.spec.catalogue import FILES, FOLDERS
from neurogen_abm.spec.scenario.models import Infusion, KnockOut, Override, Patch, Scenario
from neurogen_abm.spec.scenario.resolve import (
    CatalogueChangedWarning,
    ResolvedScenario,
    before_overrides,
    recorded_files,
    resolve,
)
from neurogen_abm.spec.shipped import Draft, Shelf, json_like
from neurogen_abm.spec.suggest import nearest
from neurogen_abm.spec.validation import SCENARIO, ScenarioError, from_validation
from neurogen_abm.spec.yaml.reader import KeyPath, parse, resolve_scalar

__all__ = [
    "CatalogueChangedWarning",
    "Infusion",
    "KnockOut",
    "Override",
    "Patch",
    "ResolvedScenario",
    "Scenario",
    "ScenarioError",
    "json_schema",
    "load_scenario",
    "prepare",
    "resolve",
    "scenario_names",
    "setting",
]

SCHEMA_ID = "https://json-schema.org/draft/2020-12/schema"
SCENARIOS = Shelf("scenario", "", "scenario_format", "unknown-scenario", SCENARIO)


def scenario_names() -> list[str]:
    """Return the names of the scenarios that come with the package."""
    return SCENARIOS.names()


def load_scenario(
    source: str | Path | Mapping[str, Any] | Scenario, changes: Mapping[str, object] | None = None
) -> Scenario:
    """Read a scenario and check everything that needs no catalogue.

    Parameters
    ----------
    source
        The name of a shipped scenario, the path of a YAML file, the same as plain data, or a scenario.
        The resolved form that a run directory keeps is accepted too.
    changes
        Entries that replace those of the source: ``{"duration": "7 d", "activity[0].distance": "3 km/d"}``; an entry of
        a list may be counted as ``activity.0`` too. A dotted path that starts with no key of a scenario is a parameter
        of the catalogue.

    Raises
    ------
    ScenarioError
        It breaks a rule; file, line, key and cure are named.
    YamlError
        The file is not plain YAML or cannot be read.
    """
    data, places, name, folder = _said_again(source) if isinstance(source, Scenario) else SCENARIOS.read(source)
    record = data.pop("resolved", None)
    changed = tuple(_change(data, path, value) for path, value in (changes or {}).items())
    try:
        scenario = Scenario.model_validate(data)
    except ValidationError as fault:
        raise from_validation(fault, data, name, places, changed) from None
    scenario._name, scenario._places, scenario._changed = name, places, changed
    scenario._base_dir, scenario._record = folder, record if isinstance(record, Mapping) else None
    if "catalogue" not in (changes or {}):
        scenario._own_files = source._own_files if isinstance(source, Scenario) else recorded_files(scenario)
    return scenario


def prepare(
    source: str | Path | Mapping[str, Any] | Scenario | ResolvedScenario,
    seed: int | None = None,
    changes: Mapping[str, object] | None = None,
) -> ResolvedScenario:
    """Load, change and resolve a scenario; one that is resolved is taken as it is where nothing changes.

    Parameters and errors as in `load_scenario` and `resolve`; ``seed`` replaces that of the scenario. Where entries of
    a resolved scenario change, its numbers and the folder of its recordings stay, unless species or catalogue change.
    """
    changed = dict(changes or {}) | ({} if seed is None else {"seed": seed})
    if not isinstance(source, ResolvedScenario):
        return resolve(load_scenario(source, changed))
    if not changed:
        return source
    scenario = load_scenario(source.scenario, changed)
    same = scenario.species == source.scenario.species and "catalogue" not in changed
    catalogue = before_overrides(source) if same else None
    return resolve(scenario, catalogue, source.base_dir)


def _said_again(scenario: Scenario) -> Draft:
    """Return a scenario as the plain data it was made of."""
    data = json_like(scenario.model_dump(by_alias=True, exclude_unset=True))
    return Draft(data, {}, scenario._name, scenario.base_dir)


def setting(text: str) -> tuple[str, object]:
    """Split ``path=value``, as the command line takes it, into the path and the value as YAML reads it.

    Raises
    ------
    ScenarioError
        There is no equals sign, or no path before it.
    """
    path, equals, value = text.partition("=")
    if not equals or not path.strip():
        cure = "Write --set duration=7d or --set lineage.clearance.time=1.3h."
        raise ScenarioError(
            f'"{text[:60]}" is not path=value.', where="--set", code="bad-setting", cure=cure, seen=text
        )
    value = value.strip()
    if value[:1] in ("[", "{", '"', "'"):
        return path.strip(), parse(f"value: {value}\n", f"--set {path.strip()}").data["value"]
    return path.strip(), resolve_scalar(value)


def _change(data: dict[str, Any], path: str, value: object) -> KeyPath:
    """Set one entry of plain data, copying what it lies in; return its path."""
    parts: list[str | int] = [int(p) if p.isdecimal() else p for p in re.findall(r"[^.\[\]]+", path)]
    keys = {field.alias or name for name, field in Scenario.model_fields.items()}
    if not parts:
        raise ScenarioError(f'"{path}" names no entry.', where="--set", code="bad-setting", cure="Give a dotted path.")
    if parts[0] == "parameters" and len(parts) > 1:
        parts = ["parameters", path.removeprefix("parameters").lstrip(".")]
    elif len(parts) > 1 and (nearest(str(parts[0]), (*FILES, *FOLDERS)) or not nearest(str(parts[0]), keys)):
        parts = ["parameters", path]
    here: Any = data
    for part, following in pairwise(parts):
        inner = _entry(here, part, path)
        empty: Any = [] if isinstance(following, int) else {}
        inner = list(inner) if isinstance(inner, list) else dict(inner) if isinstance(inner, dict) else empty
        here[part] = inner
        here = inner
    _entry(here, parts[-1], path)
    here[parts[-1]] = value
    return tuple(parts)


def _entry(here: Any, part: str | int, path: str) -> Any:
    """Return what stands at ``part`` now; a list is never extended by a change."""
    if isinstance(part, int) != isinstance(here, list) or (isinstance(here, list) and int(part) >= len(here)):
        what = f'"{path}" names no entry of this scenario.'
        raise ScenarioError(what, where=f"--set {path}", code="bad-setting", cure="Count list entries from [0].")
    return here[int(part)] if isinstance(here, list) else here.get(part)


def json_schema() -> dict[str, Any]:
    """Return the JSON schema of the human form, for editors that complete and check."""
    schema = Scenario.model_json_schema(by_alias=True)
    schema["$defs"] = {name: _tidied(part) for name, part in schema["$defs"].items()}
    for name, field in Scenario.model_fields.items():
        schema["properties"][field.alias or name]["description"] = field.description
    schema["properties"]["resolved"] = {"description": "Written by a run; ignored when read.", "type": "object"}
    schema["properties"]["parameters"]["additionalProperties"] = {
        "anyOf": [{"type": "string"}, {"type": "number"}, {"$ref": "#/$defs/Override"}]
    }
    top = {"$schema": SCHEMA_ID, "title": "neurogen_abm scenario", "description": str(Scenario.__doc__)}
    # A file without a name is called after itself.
    required = [key for key in schema["required"] if key != "name"]
    return {**top, **{key: part for key, part in schema.items() if key not in top}, "required": required}


def _tidied(part: dict[str, Any]) -> dict[str, Any]:
    """Drop the titles pydantic makes up from names of fields; the descriptions say more."""
    properties = {
        key: {name: value for name, value in field.items() if name != "title"}
        for key, field in part.get("properties", {}).items()
    }
    return {**part, "properties": properties} if properties else part


def schema_text() -> str:
    """Return the JSON schema as the text of its committed copy."""
    return json.dumps(json_schema(), indent=1, ensure_ascii=False, sort_keys=False) + "\n"

"""The door to scenarios: read, changed and resolved in one call, and the JSON schema of their files."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from neurogen_abm.spec.scenario.load import load_scenario, scenario_names, setting
from neurogen_abm.spec.scenario.models import Infusion, KnockOut, Override, Patch, Scenario
from neurogen_abm.spec.scenario.resolve import CatalogueChangedWarning, ResolvedScenario, before_overrides, resolve
from neurogen_abm.spec.validation import ScenarioError

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


def prepare(
    source: str | Path | Mapping[str, Any] | Scenario | ResolvedScenario,
    seed: int | None = None,
    changes: Mapping[str, object] | None = None,
) -> ResolvedScenario:
    """Load, change and resolve a scenario; one that is resolved is taken as it is where nothing changes.

    Parameters and errors as in `load_scenario` and `resolve`; ``seed`` replaces that of the scenario. Where entries of
    a resolved scenario change, its numbers and the folder of its recordings stay, unless the species changes.
    """
    changed = dict(changes or {}) | ({} if seed is None else {"seed": seed})
    if not isinstance(source, ResolvedScenario):
        return resolve(load_scenario(source, changed))
    if not changed:
        return source
    scenario = load_scenario(source.scenario, changed)
    catalogue = before_overrides(source) if scenario.species == source.scenario.species else None
    return resolve(scenario, catalogue, source.base_dir)


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

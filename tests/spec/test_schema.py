"""The JSON schema that editors use is fresh, and agrees with the reader."""

import json
from importlib import resources
from pathlib import Path

import jsonschema
import pytest

from neurogen_abm.spec.scenario.scenario import Scenario, load_scenario, resolve, scenario_names
from neurogen_abm.spec.yaml.reader import YamlError, read_file

CASES = Path(__file__).parents[1] / "cases"
VALIDATOR = jsonschema.Draft202012Validator(Scenario.json_schema())
# Faults of form: an editor shows them while a person types.
FORM = ("unknown-key", "missing-key", "wrong-type", "bad-choice", "unknown-kind", "bad-clock", "unit-missing")


def test_committed_copy_is_fresh() -> None:
    """Refresh: `neurogen schema > neurogen_abm/spec/scenario.schema.json`."""
    committed = resources.files("neurogen_abm.spec") / "scenario.schema.json"
    assert committed.read_text(encoding="utf-8") == Scenario.schema_text()


def test_schema_is_itself_valid() -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads(Scenario.schema_text()))


@pytest.mark.parametrize("file", sorted((CASES / "valid").glob("*.yaml")), ids=lambda file: file.stem)
def test_accepts_valid_cases(file: Path) -> None:
    VALIDATOR.validate(read_file(file).data)


@pytest.mark.parametrize("name", scenario_names())
def test_accepts_shipped_scenarios_in_both_forms(name: str, tmp_path: Path) -> None:
    complete = tmp_path / "scenario.yaml"
    scenario = load_scenario(name)
    complete.write_text(resolve(scenario).to_yaml(), encoding="utf-8")
    VALIDATOR.validate(read_file(complete).data)
    complete.write_text(scenario.to_yaml(), encoding="utf-8")
    VALIDATOR.validate(read_file(complete).data)


def test_refuses_most_faults_of_form() -> None:
    seen, passed = 0, []
    for file in sorted((CASES / "invalid").glob("*.yaml")):
        if file.read_bytes().split(b" | ")[0].removeprefix(b"# expect: ").decode() not in FORM:
            continue
        try:
            data = read_file(file).data
        except YamlError:
            continue
        seen += 1
        if VALIDATOR.is_valid(data):
            passed.append(file.stem)
    assert seen > 50
    # What only the catalogue or the unit table knows.
    known = {"parameter_no_unit", "age_missing_for_rat", "seed_float", "parameter_list_of_text", "sampling_bare_one"}
    assert set(passed) <= known


def test_every_key_is_described() -> None:
    schema = Scenario.json_schema()
    forms = {"scenario": schema, **schema["$defs"]}
    silent = [
        f"{name}.{key}"
        for name, form in forms.items()
        for key, field in form.get("properties", {}).items()
        if "description" not in field and key not in ("kind", "unit", "why")
    ]
    assert silent == []

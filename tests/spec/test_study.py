"""A study is refused with place and cure, or composed into arms whose animals can be simulated and read."""

import json
import re
from pathlib import Path

import jsonschema
import pytest

from neurogen_abm.errors import InputError
from neurogen_abm.spec.study import study as studies
from neurogen_abm.spec.study.arms import compose
from neurogen_abm.spec.study.study import Study, StudyError, load_study, study_names
from neurogen_abm.spec.yaml.reader import parse, read_file

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "tests" / "cases" / "invalid_studies"
CASES = sorted(FOLDER.glob("*.yaml"))
SMALL = {
    "name": "small",
    "reference": {"citation": "Nobody 1999", "doi": None},
    "base": "mouse_sedentary",
    "changes": {"duration": "3 d", "tissue": {"septotemporal": "300 um", "transverse": "200 um"}},
    "arms": {"control": {}, "runner": {"activity": [{"kind": "wheel", "distance": "5 km/d"}]}},
    "expectations": [
        {"name": "more", "kind": "bound", "read": "births", "arm": "runner", "at": "3 d", "over": "control", "gt": 1.0}
        | {"tier": "B", "role": "test", "source": "abstract"}
    ],
}


@pytest.mark.parametrize("file", CASES, ids=lambda file: file.stem)
def test_refused_with_place_and_cure(file: Path) -> None:
    code, line, key, words = (part.strip() for part in file.read_text().split("\n", 1)[0][10:].split(" | "))
    with pytest.raises(InputError) as caught:
        compose(load_study(file))
    error, text = caught.value, str(caught.value)
    place, *found = error.where.removeprefix(str(file)).split(" ", 1)
    assert error.code == code, text
    assert error.exit_code == 2
    assert (re.match(r":(\d+):\d+$", place) or ["", "-"])[1] == line, text
    assert (found[0] if found else "-") == key, text
    assert not [word for word in words.split(";") if word.strip() not in text], text
    assert error.cure
    assert len(text) < 600


def test_there_is_a_file_for_many_faults() -> None:
    assert len(CASES) >= 60


@pytest.mark.parametrize("name", study_names())
def test_shipped_studies_can_be_replayed_and_say_what_they_assume(name: str) -> None:
    study = load_study(name)
    assert study.name == name
    assert study.title
    assert study.assumed or not study.expectations
    assert compose(study)


LEDGER = read_file(ROOT / "tests" / "cases" / "evidence_ledger.yaml").data


def test_every_published_experiment_has_a_study() -> None:
    assert sorted(LEDGER) == sorted(study_names())


@pytest.mark.parametrize("name", LEDGER)
def test_every_published_finding_is_replayed_or_says_why_not(name: str) -> None:
    """And a study says nothing that the collection does not hold."""
    study = load_study(name)
    said = [entry.name for entry in study.expectations] + [entry.finding for entry in study.not_replayed]
    assert sorted(LEDGER[name].values()) == sorted(said)


def test_a_study_of_which_nothing_is_replayed_says_so() -> None:
    left = {"finding": "more with enrichment", "reason": "The model has no environment."}
    study = load_study({**SMALL, "expectations": [], "not_replayed": [left]})
    assert study.not_replayed[0].reason == left["reason"]
    with pytest.raises(InputError, match="not_replayed"):
        load_study({**SMALL, "expectations": []})
    with pytest.raises(InputError) as caught:
        load_study({**SMALL, "not_replayed": [{"finding": "more", "reason": "As above."}]})
    assert caught.value.code == "duplicate-name"
    with pytest.raises(InputError, match="reason"):
        load_study({**SMALL, "not_replayed": [{"finding": "much more"}]})


@pytest.mark.parametrize("name", study_names())
def test_the_schema_accepts_what_the_loader_accepts(name: str) -> None:
    data = read_file(ROOT / "scenarios" / "studies" / f"{name}.yaml").data
    jsonschema.validate(data, json.loads(Study.schema_text()))


def test_the_schema_refuses_a_misspelt_key() -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**SMALL, "expectation": []}, json.loads(Study.schema_text()))


def test_the_committed_schema_is_fresh() -> None:
    assert (ROOT / "neurogen_abm" / "spec" / "study.schema.json").read_text() == Study.schema_text()


def test_a_study_is_written_from_the_documentation_alone() -> None:
    text = (ROOT / "docs" / "studies.md").read_text()
    whole, more, effects = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    study = load_study(parse(whole).data)
    assert [expectation.kind for expectation in study.expectations] == ["ratio", "null"]
    assert set(compose(study)) == {"control", "runner"}
    # The further examples read arms of another study; each is well-formed by itself.
    items = parse(f"expectations:\n{more}{effects}").data["expectations"]
    kinds = [one.kind for one in load_study({**SMALL, "expectations": items}).expectations]
    assert kinds == ["timing", "ordering", "correlation", "timing", "ordering", "null"]


def test_an_arm_wins_over_changes_and_the_study_over_the_base() -> None:
    data = {**SMALL, "species": "mouse", "arms": {"control": {}, "runner": {"duration": "5 d", "age": "9 wk"}}}
    composed = compose(load_study(data))
    assert composed["control"].scenario.duration_h == 72
    assert composed["runner"].scenario.duration_h == 120
    assert composed["runner"].scenario.age_h == 9 * 168
    assert composed["runner"].scenario.outputs.cadence_h == 24
    assert not composed["runner"].scenario.outputs.cells


def test_an_arm_of_another_species_takes_a_strain_of_its_own() -> None:
    rat = {"species": "rat", "age": "10 wk"}
    composed = compose(load_study({**SMALL, "arms": {"control": {}, "runner": rat}}))
    assert composed["control"].scenario.strain == "C57BL/6"
    assert composed["runner"].scenario.strain in composed["runner"].resolved.catalogue.strains


def test_an_arm_of_another_species_than_the_study_says_is_refused() -> None:
    data = {**SMALL, "species": "mouse", "arms": {"control": {}, "runner": {"species": "rat"}}}
    with pytest.raises(StudyError, match="the species is rat, and the study says mouse") as refused:
        compose(load_study(data))
    assert refused.value.where.endswith("arms.runner.species")
    compose(load_study({**data, "arms": {"control": {}, "runner": {"species": "mouse"}}}))


def test_a_pathway_replaces_that_of_arms_that_choose_none() -> None:
    data = {**SMALL, "arms": {"control": {}, "runner": {"pathway": "activity"}}}
    composed = compose(load_study(data), "induced")
    assert [arm.scenario.pathway for arm in composed.values()] == ["induced", "activity"]


def test_a_plain_null_is_the_word() -> None:
    text = "{name: same, kind: null, read: births, arm: runner, at: 3 d, over: control, tier: B, role: test, source: x}"
    data = {**SMALL, "expectations": [parse(text).data]}
    assert load_study(data).expectations[0].kind == "null"


def test_base_and_recordings_are_named_from_the_folder_of_the_study(tmp_path: Path) -> None:
    (tmp_path / "cage.yaml").write_text("duration: 3 d\nage: 10 wk\n")
    lines = json.dumps({**SMALL, "base": "cage.yaml", "changes": {}})
    (tmp_path / "mine.yaml").write_text(lines)
    composed = compose(load_study(tmp_path / "mine.yaml"))
    assert composed["control"].scenario.age_h == 10 * 168


def test_a_faulty_base_is_told_in_its_own_file(tmp_path: Path) -> None:
    (tmp_path / "cage.yaml").write_text("duration: 3 d\nagee: 10 wk\n")
    (tmp_path / "mine.yaml").write_text(json.dumps({**SMALL, "base": "cage.yaml"}))
    with pytest.raises(studies.StudyError) as caught:
        compose(load_study(tmp_path / "mine.yaml"))
    assert caught.value.where.endswith("cage.yaml:2:1 agee")


def test_an_unknown_study_offers_the_nearest() -> None:
    with pytest.raises(studies.StudyError, match="vanpraag1999_nn"):
        load_study("vanpraag1999")
    with pytest.raises(studies.StudyError, match="mapping"):
        load_study(7)  # type: ignore[arg-type]

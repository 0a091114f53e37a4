"""What a person writes reads back the same, resolves to one digest, and never loses a default."""

import copy
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurogen_abm.errors import InputError, IntegrityError
from neurogen_abm.spec.catalogue import load_catalogue
from neurogen_abm.spec.scenario.scenario import (
    CatalogueChangedWarning,
    ResolvedScenario,
    Scenario,
    ScenarioError,
    load_scenario,
    prepare,
    resolve,
    scenario_names,
    setting,
)
from neurogen_abm.spec.yaml.writer import write

CASES = Path(__file__).parents[1] / "cases" / "valid"
VALID = sorted(CASES.glob("*.yaml"))
SHIPPED = {
    "human_daily_life",
    "mouse_aged_runner",
    "mouse_detraining",
    "mouse_generated_running",
    "mouse_immobilised",
    "mouse_interval_training",
    "mouse_lifespan",
    "mouse_pulse_chase",
    "mouse_sedentary",
    "mouse_wheel_running",
}


@pytest.mark.parametrize("file", VALID, ids=lambda file: file.stem)
def test_valid_case_survives_both_forms(file: Path, tmp_path: Path) -> None:
    scenario = load_scenario(file)
    resolved = resolve(scenario)
    human, complete = tmp_path / "human.yaml", tmp_path / "scenario.yaml"
    human.write_text(scenario.to_yaml(), encoding="utf-8")
    complete.write_text(resolved.to_yaml(), encoding="utf-8")
    assert load_scenario(human) == scenario
    assert resolve(load_scenario(human)).digest == resolved.digest
    assert resolve(load_scenario(complete)).digest == resolved.digest
    back = ResolvedScenario.from_yaml(complete.read_text(encoding="utf-8"))
    assert back.digest == resolved.digest
    assert dict(back.parameters) == dict(resolved.parameters)
    assert back.effects == resolved.effects
    assert back.scenario == resolved.scenario


def test_every_promised_scenario_is_shipped() -> None:
    assert set(scenario_names()) >= SHIPPED


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_shipped_scenario_teaches_and_resolves(name: str) -> None:
    scenario = load_scenario(name)
    assert scenario.name == name
    assert scenario.title
    assert scenario.look_for.endswith("?")
    assert resolve(scenario).scenario.strain is not None
    first, second = (Path(__file__).parents[2] / "scenarios" / f"{name}.yaml").read_text().splitlines()[:2]
    assert first == "# yaml-language-server: $schema=../neurogen_abm/spec/scenario.schema.json"
    assert second.startswith("# ")


def test_main_scenario_replays_a_recorded_mouse() -> None:
    scenario = load_scenario("mouse_wheel_running")
    (block,) = scenario.activity
    assert block.file == "mouse_wheel_hourly.csv"
    assert block.animal == "F20404F"
    assert block.metres_per_count == 0.35
    assert scenario.duration_h == 35 * 24
    assert scenario.age_h == 8 * 7 * 24


def test_quantities_become_floats_with_the_unit_in_the_name() -> None:
    scenario = load_scenario(
        {
            "name": "units",
            "duration": "4 wk",
            "age": "2 mo",
            "tissue": {"septotemporal": "0.6 mm", "transverse": "400 um"},
            "activity": [{"kind": "wheel", "distance": "7000 m/d", "end": "336 h"}],
        }
    )
    assert scenario.duration_h == 672.0
    assert scenario.age_h == 1461.0  # 2 x 30.4375 d
    assert scenario.tissue != "whole"
    assert scenario.tissue.septotemporal_um == 600.0
    assert scenario.activity[0].distance_km_d == 7.0
    assert scenario.activity[0].end_h == 336.0


def test_defaults_are_filled_in_once() -> None:
    resolved = resolve(load_scenario({"name": "defaults", "duration": "28 d", "activity": [{"kind": "rest"}]}))
    scenario = resolved.scenario
    assert scenario.strain == "C57BL/6"
    assert scenario.sex == "female"
    assert scenario.clock.lights_off_min == 19 * 60
    assert scenario.outputs.cadence_h == 1.0
    assert scenario.activity[0].end_h == 672.0
    assert scenario.neurogenesis is None


@pytest.mark.parametrize(("step", "cadence_h"), [("15 min", 1.0), ("1 h", 1.0), ("40 min", 4 / 3), ("6 h", 6.0)])
def test_rows_are_an_hour_apart_or_as_near_as_the_step_allows(step: str, cadence_h: float) -> None:
    resolved = resolve(load_scenario({"name": "cadence", "duration": "2 d", "step": step}))
    assert resolved.scenario.outputs.cadence_h == pytest.approx(cadence_h, rel=1e-12)


def test_override_is_marked_as_assumed_and_reaches_the_effects() -> None:
    path = "signals.bdnf.effects.activation.half_max"
    changed = {path: {"value": "60 pg/mL", "why": "to see"}}
    resolved = resolve(load_scenario({"name": "o", "duration": "1 d", "parameters": changed}))
    parameter = resolved.parameters[path]
    assert parameter.value == 60.0
    assert (parameter.status, parameter.source, parameter.note) == ("assumed", None, "set by the scenario: to see")
    (effect,) = (effect for effect in resolved.effects if effect.name == "activation")
    assert effect.half_max.value == 60.0
    assert "half-max 60 pg/mL" in effect.sentence()
    plain = resolve(load_scenario({"name": "o", "duration": "1 d"}))
    assert plain.parameters[path].value != 60.0, "an override must not leak into the shared catalogue"


def test_override_beyond_the_range_needs_a_reason() -> None:
    base = {"name": "o", "duration": "1 d"}
    with pytest.raises(ScenarioError, match="why"):
        resolve(load_scenario(base | {"parameters": {"lineage.clearance.time": "9 h"}}))
    on_purpose = {"lineage.clearance.time": {"value": "9 h", "why": "slow microglia"}}
    resolved = resolve(load_scenario(base | {"parameters": on_purpose}))
    assert resolved.value("lineage.clearance.time", "h") == 9.0


def test_digest_follows_meaning_not_wording() -> None:
    base: dict[str, Any] = {"name": "d", "duration": "28 d"}
    digest = resolve(load_scenario(base)).digest
    assert resolve(load_scenario(base | {"duration": "4 wk", "sex": "female", "title": "A title"})).digest == digest
    changes = ({"seed": 2}, {"sex": "male"}, {"step": "30 min"}, {"parameters": {"lineage.clearance.time": "1.3 h"}})
    others = {resolve(load_scenario(base | change)).digest for change in changes}
    assert len(others | {digest}) == len(changes) + 1


def test_changes_replace_entries_and_say_so_in_errors() -> None:
    changed = load_scenario(
        "mouse_generated_running",
        {
            "duration": "7 d",
            "activity[0].distance": "3 km/d",
            "lineage.clearance.time": "1.3 h",
            "clock.start": "12:00",
        },
    )
    assert changed.duration_h == 168.0
    assert changed.activity[0].distance_km_d == 3.0
    assert changed.parameters["lineage.clearance.time"].value == "1.3 h"
    assert changed.clock.start_min == 720
    assert load_scenario("mouse_generated_running").duration_h == 672.0
    with pytest.raises(ScenarioError, match=r"^overrides duratoin: .* Did you mean duration\?$"):
        load_scenario("mouse_sedentary", {"duratoin": "7 d"})
    with pytest.raises(ScenarioError, match="Count list entries"):
        load_scenario("mouse_sedentary", {"activity[4].distance": "7 km/d"})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("seed=7", ("seed", 7)),
        ("duration=7 d", ("duration", "7 d")),
        ("outputs.cells=false", ("outputs.cells", False)),
        ("lineage.clearance.time={value: 9 h, why: slow}", ("lineage.clearance.time", {"value": "9 h", "why": "slow"})),
        ("title=a=b", ("title", "a=b")),
    ],
)
def test_setting_reads_values_as_yaml_does(text: str, expected: tuple[str, object]) -> None:
    assert setting(text) == expected


@pytest.mark.parametrize("text", ["seed", "=7", "a={b: *c}"])
def test_setting_without_a_path_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        setting(text)


def test_the_cure_of_a_setting_without_a_path_can_be_followed() -> None:
    with pytest.raises(ScenarioError) as caught:
        setting("seed")
    examples = re.findall(r"--set (\S+?)(?= |\.$)", caught.value.cure)
    assert len(examples) == 2
    for example in examples:
        resolve(load_scenario("mouse_sedentary", dict([setting(example)])))


def test_unknown_scenario_offers_the_nearest() -> None:
    with pytest.raises(ScenarioError, match="Did you mean mouse_sedentary") as caught:
        load_scenario("mouse_sedentry")
    assert caught.value.code == "unknown-scenario"
    with pytest.raises(InputError, match="shipped scenario mouse_sedentary"):
        load_scenario("mouse_sedentary.yaml")
    with pytest.raises(InputError, match="no such file"):
        load_scenario(Path("nowhere/at_all.yaml"))


def test_edited_record_is_noticed() -> None:
    text = resolve(load_scenario("mouse_sedentary")).to_yaml()
    with pytest.raises(IntegrityError, match="edited"):
        ResolvedScenario.from_yaml(text.replace("duration: 28 d", "duration: 27 d"))
    with pytest.raises(IntegrityError, match="damaged"):
        ResolvedScenario.from_yaml(text.replace("status: assumed", "status: certain", 1))


def test_edited_number_of_the_record_is_noticed() -> None:
    resolved = resolve(load_scenario("mouse_sedentary"))
    data = _plain(resolved.to_yaml())
    for key, value in (("value", 1.45), ("range", [1.0, 2.0]), ("note", "better"), ("grade", "A")):
        edited = copy.deepcopy(data)
        edited["resolved"]["parameters"]["lineage.clearance.time"][key] = value
        with pytest.raises(IntegrityError, match="numbers of the record were edited"):
            ResolvedScenario.from_yaml(write(edited))
    del data["resolved"]["parameters"]["lineage.clearance.time"]
    with pytest.raises(IntegrityError):
        ResolvedScenario.from_yaml(write(data))


def test_another_seed_keeps_the_numbers_and_the_folder(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    why = {"value": "9 h", "why": "slow microglia"}
    file.write_text(write({"duration": "1 d", "parameters": {"lineage.clearance.time": why}}), encoding="utf-8")
    shipped = load_catalogue("mouse", mechanisms=["standard"])
    path = "lineage.neuron.early_stay"
    catalogue = shipped.with_parameters({path: shipped.parameters[path].model_copy(update={"value": 6.0})})
    resolved = resolve(load_scenario(file), catalogue)
    again = prepare(resolved, seed=2)
    assert again.scenario.seed == 2
    assert again.base_dir == resolved.base_dir == tmp_path
    assert dict(again.parameters) == dict(resolved.parameters)
    assert again.effects == resolved.effects
    assert again.digest != resolved.digest
    assert prepare(resolved) is resolved


def test_an_override_of_a_resolved_scenario_can_change_and_keeps_its_range() -> None:
    path = "lineage.clearance.time"
    first = prepare("mouse_sedentary", changes={path: {"value": "9 h", "why": "slow microglia"}})
    assert prepare(first, changes={path: "1.3 h"}).value(path, "h") == 1.3
    with pytest.raises(ScenarioError, match=r"believable range, 1\.2 to 1\.5 h"):
        prepare(first, changes={path: "9.5 h"})
    plain = prepare(first, changes={"parameters": {}})
    assert plain.parameters[path] == prepare("mouse_sedentary").parameters[path]


def test_another_species_brings_its_own_catalogue() -> None:
    rat = prepare(prepare("mouse_sedentary"), changes={"species": "rat", "strain": None})
    assert rat.catalogue.species == "rat"


def test_record_of_another_catalogue_warns() -> None:
    resolved = resolve(load_scenario("mouse_sedentary"))
    text = resolved.to_yaml().replace(resolved.catalogue_digest, "0" * 64)
    with pytest.warns(CatalogueChangedWarning):
        assert resolve(load_scenario(_plain(text))).digest == resolved.digest
    with pytest.warns(CatalogueChangedWarning), pytest.raises(IntegrityError):
        ResolvedScenario.from_yaml(text)  # its digest was made with the catalogue of the time


def _plain(text: str) -> dict[str, Any]:
    from neurogen_abm.spec.yaml.reader import parse

    data = parse(text).data
    assert isinstance(data, dict)
    return data


def test_scenario_is_frozen_and_closed() -> None:
    scenario = load_scenario("mouse_sedentary")
    with pytest.raises(ValueError, match="frozen"):
        scenario.seed = 3  # type: ignore[misc]
    with pytest.raises(ValueError, match="Extra inputs"):
        Scenario.model_validate({"name": "x", "duration": "1 d", "sede": 3})


def test_scenario_survives_pickling() -> None:
    import pickle

    resolved = resolve(load_scenario("mouse_wheel_running"))
    again = pickle.loads(pickle.dumps(resolved))
    assert again.digest == resolved.digest
    assert again.value("lineage.clearance.time", "h") == resolved.value("lineage.clearance.time", "h")


blocks = st.one_of(
    st.builds(
        lambda km, pct: {"kind": "wheel", "distance": f"{km} km/d", "overload": f"{pct} %/wk"},
        st.floats(0, 100),
        st.floats(0, 100),
    ),
    st.builds(
        lambda m, s, h, days: {
            "kind": "treadmill",
            "speed": f"{m} m/min",
            "session": f"{s} min",
            "clock": h,
            "days": days,
        },
        st.floats(0, 700),
        st.floats(0.1, 1440),
        st.times().map(lambda t: f"{t:%H:%M}"),
        st.lists(st.sampled_from(["mon", "tue", "wed", "thu", "fri", "sat", "sun"]), min_size=1, unique=True),
    ),
    st.builds(
        lambda s, n: {"kind": "rest", "start": f"{s} d", "end": f"{s + n} d"}, st.integers(0, 5), st.integers(1, 2)
    ),
)
scenarios = st.fixed_dictionaries(
    {
        "name": st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,20}x", fullmatch=True),
        "duration": st.integers(8, 60).map(lambda n: f"{n} d"),
    },
    optional={
        "title": st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"]), max_size=40).filter(
            str.isprintable
        ),
        "age": st.floats(31, 900).map(lambda n: f"{n} d"),
        "step": st.sampled_from(["10 min", "1 h", "6 h"]),
        "seed": st.integers(0, 2**63 - 1),
        "feedback": st.booleans(),
        "activity": st.lists(blocks, max_size=4),
        "tissue": st.builds(
            lambda u, v: {"septotemporal": f"{u} um", "transverse": f"{v} mm"}, st.floats(50, 5000), st.floats(0.05, 2)
        ),
    },
)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(scenarios)
def test_any_scenario_reads_back_the_same_from_both_forms(data: dict[str, Any]) -> None:
    scenario = load_scenario(data)
    assert load_scenario(_plain(scenario.to_yaml())) == scenario
    resolved = resolve(scenario)
    assert resolve(load_scenario(_plain(resolved.to_yaml()))).digest == resolved.digest


def test_one_scenario_is_known_by_what_it_means() -> None:
    """Quantities, percentages, replaced numbers and the order of knock-outs, however they are written."""
    outs = [{"signal": "bdnf", "source": "plasma"}, {"receptor": "bdnf", "states": ["resting"]}]
    base = {"name": "one", "duration": "2 d", "activity": [{"kind": "wheel", "distance": "6 km/d"}], "knock_outs": outs}
    number = "lineage.clearance.time"
    alike = [
        {},
        {"name": "another", "duration": "48 h", "activity": [{"kind": "wheel", "distance": "6000 m/d"}]},
        {"knock_outs": [*outs[::-1], outs[0]]},
        {"parameters": {number: "84 min"}},
        {"parameters": {number: {"value": 1.4, "unit": "h", "why": "as it is"}}},
    ]
    assert len({resolve(load_scenario(base | changes)).identity for changes in alike}) == 1
    other = [{}, {"seed": 2**62}, {"seed": 2**62 + 1}, {"parameters": {number: "1.3 h"}}, {"knock_outs": outs[:1]}]
    assert len({resolve(load_scenario(base | changes)).identity for changes in other}) == len(other)


def test_an_entry_is_set_once() -> None:
    twice = {"activity[0].distance": "3 km/d", "activity.0.distance": "3000 m/d"}
    assert load_scenario("mouse_generated_running", twice).activity[0].distance_km_d == 3.0
    for path, other in (("activity.0.distance", "4 km/d"), ("parameters.lineage.clearance.time", "1.3 h")):
        changes = {"activity[0].distance": "3 km/d", "lineage.clearance.time": "1.4 h", path: other}
        with pytest.raises(ScenarioError, match="is set twice"):
            load_scenario("mouse_generated_running", changes)

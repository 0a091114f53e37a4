"""A slip of the finger in any key or name is answered with the right one."""

import random
import string
from collections.abc import Iterator
from typing import Any

import pytest

from neurogen_abm.biology.states import STATES
from neurogen_abm.spec.calibration import CALIBRATIONS, load_calibration
from neurogen_abm.spec.catalogue import load_catalogue
from neurogen_abm.spec.scenario.activity import BLOCKS
from neurogen_abm.spec.scenario.models import FORM, Scenario
from neurogen_abm.spec.scenario.scenario import ScenarioError, load_scenario, resolve, scenario_names
from neurogen_abm.spec.study.study import STUDIES, load_study
from neurogen_abm.spec.suggest import nearest, offer
from neurogen_abm.spec.sweep import SWEEPS, load_sweep
from neurogen_abm.spec.validation import keys_of


def slips(word: str, count: int, chance: random.Random) -> Iterator[str]:
    """Yield words one edit away: a letter dropped, doubled, exchanged, added, or swapped with its neighbour."""
    for _ in range(count):
        i, letter = chance.randrange(len(word)), chance.choice(string.ascii_lowercase + "_")
        swapped = word[:i] + word[i + 1 : i + 2] + word[i] + word[i + 2 :]
        yield chance.choice(
            [word[:i] + word[i + 1 :], word[:i] + word[i] + word[i:], word[:i] + letter + word[i + 1 :],
             word[:i] + letter + word[i:], swapped]
        )  # fmt: skip


MINIMAL: dict[str, Any] = {"name": "typo", "duration": "28 d"}


def places() -> Iterator[tuple[str, list[str], Any]]:
    """Yield (key, its siblings, a function that puts a misspelt key in its place)."""
    forms = {
        "": Scenario,
        "clock": FORM.nested["clock"],
        "outputs": FORM.nested["outputs"],
        "tissue": FORM.nested["tissue"],
    }
    for home, form in forms.items():
        for key in keys_of(form):
            yield key, list(keys_of(form)), lambda typo, home=home: {home: {typo: 1}} if home else {typo: 1}
    for home in ("knock_outs", "infusions"):
        for key in keys_of(FORM.nested[home]):
            yield key, list(keys_of(FORM.nested[home])), lambda typo, home=home: {home: [{typo: 1}]}
    for kind, form in BLOCKS.items():
        for key in set(keys_of(form)) - {"kind"}:
            yield key, list(keys_of(form)), lambda typo, kind=kind: {"activity": [{"kind": kind, typo: 1}]}


def test_every_key_with_one_slip_is_offered_back() -> None:
    chance = random.Random(7)
    right = wrong = 0
    for key, siblings, put in sorted(places(), key=lambda place: place[0]):
        for typo in slips(key, 20, chance):
            if typo in siblings or not typo:
                continue
            with pytest.raises(ScenarioError) as caught:
                load_scenario(MINIMAL | put(typo))
            assert caught.value.code == "unknown-key"
            offered = caught.value.cure.removeprefix("Did you mean ").rstrip("?").split(" or ")
            right, wrong = right + (key in offered), wrong + (key not in offered)
    assert right + wrong > 1000
    assert right / (right + wrong) >= 0.95


FIT = {"name": "f", "studies": ["clark2010"]}
SWEEP = {"name": "s", "scenario": "mouse_sedentary", "axes": {"age": ["8 wk"]}}
FOUND = {"name": "e", "kind": "ratio", "tier": "A", "role": "test", "source": "x", "read": "births", "value": 1}
STUDY = {"name": "s", "reference": {"citation": "made up", "doi": None}, "base": "mouse_sedentary", "arms": {"a": {}}}
STUDY |= {"expectations": [FOUND]}


def other_places() -> Iterator[tuple[Any, Any, Any]]:
    """Yield (reader, model, a function that puts a misspelt key of it in its place) of every file but scenarios."""
    fits, sweeps, studies = CALIBRATIONS.form, SWEEPS.form, STUDIES.form
    for load, form, whole in ((load_calibration, fits, FIT), (load_sweep, sweeps, SWEEP), (load_study, studies, STUDY)):
        yield load, form.top, lambda typo, whole=whole: whole | {typo: 1}
    for home in ("least_squares", "optuna", "abc", "tissue"):
        yield load_calibration, fits.nested[home], lambda typo, home=home: FIT | {home: {typo: 1}}
    yield load_calibration, fits.nested["parameters"], lambda typo: FIT | {"parameters": [{typo: 1}]}
    yield load_sweep, sweeps.nested["axes"], lambda typo: SWEEP | {"axes": {"age": {typo: 1}}}
    for home in ("design", "keep"):
        yield load_sweep, sweeps.nested[home], lambda typo, home=home: SWEEP | {home: {typo: 1}}
    for home in ("variation", "reference"):
        yield load_study, studies.nested[home], lambda typo, home=home: STUDY | {home: {typo: 1}}
    for home in ("over", "source"):
        yield (
            load_study,
            studies.nested[home],
            lambda typo, home=home: STUDY | {"expectations": [FOUND | {home: {typo: 1}}]},
        )
    item = {"kind": "ordering"}
    yield load_study, studies.nested["items"], lambda typo: STUDY | {"expectations": [item | {"items": [{typo: 1}]}]}
    for kind, model in studies.kinds.items():
        yield load_study, model, lambda typo, kind=kind: STUDY | {"expectations": [{"kind": kind, typo: 1}]}


def test_every_key_of_sweeps_studies_and_fits_with_one_slip_is_offered_back() -> None:
    right, wrong = 0, []
    for load, model, put in other_places():
        for key in sorted(set(keys_of(model)) - {"kind"}):
            swapped = [key[:i] + key[i + 1] + key[i] + key[i + 2 :] for i in range(len(key) - 1)]
            for typo in {key[:-1], key[1:], f"{key}s", f"q{key}", f"{key[:1]}q{key[2:]}", *swapped[::2]}:
                if not typo or typo in keys_of(model):
                    continue
                with pytest.raises(ScenarioError) as caught:
                    load(put(typo))
                offered = caught.value.cure.removeprefix("Did you mean ").rstrip("?").split(" or ")
                right, wrong = right + (key in offered), wrong + ([] if key in offered else [(key, typo, offered)])
    assert right > 1500
    assert len(wrong) / right < 0.002, wrong


@pytest.mark.parametrize("typo", ["knd", "kid", "Kind", "kidn", "kindd"])
@pytest.mark.parametrize(
    ("load", "whole"),
    [
        (
            load_study,
            lambda typo: STUDY | {"expectations": [{k: v for k, v in FOUND.items() if k != "kind"} | {typo: "ratio"}]},
        ),
        (load_scenario, lambda typo: MINIMAL | {"activity": [{typo: "wheel", "distance": "3 km/d"}]}),
    ],
)
def test_a_misspelt_kind_is_offered_back(typo: str, load: Any, whole: Any) -> None:
    with pytest.raises(ScenarioError, match=rf"{typo}: The key .* Did you mean kind\?$"):
        load(whole(typo))
    with pytest.raises(ScenarioError, match="has no `kind`"):
        load(whole("zzz"))


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        (
            {"knock_outs": [{"signal": "bdnf", "rate": "1 ng/h"}]},
            "An entry of `knock_outs` cannot have `rate`. It takes",
        ),
        ({"knock_outs": [{"signal": "bdnf", "dose": "50 mg/kg"}]}, "only entries of `labels` have it."),
        ({"assays": [{"count": "BrdU+", "at": "1 d", "share": 0.2}]}, "An entry of `assays` cannot have `share`"),
        ({"labels": [{"agent": "BrdU", "at": "1 d", "start": "1 d"}]}, "An entry of `labels` cannot have `start`"),
        ({"activity": [{"kind": "wheel", "speed": "1 m/min"}]}, "An activity block of kind wheel cannot have `speed`"),
        (
            {"activity": [{"kind": "wheel", "clock": "10:00"}]},
            "blocks of kind treadmill, interval, resistance, walking or stimulation",
        ),
        ({"sampling": {"start": "1 d"}}, "`sampling` cannot have `start`"),
        ({"outputs": {"seed": 3}}, "It belongs at the top of the file."),
        (
            {"start": "1 d"},
            "Only `clock`, entries of `knock_outs`, entries of `infusions` and activity blocks have it.",
        ),
        ({"lights_on": "07:00"}, "It belongs under clock."),
    ],
)
def test_a_key_of_another_place_is_no_promise_that_it_belongs_there(entry: dict[str, Any], says: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        load_scenario(MINIMAL | entry)
    assert says in str(caught.value)


def test_every_name_with_one_slip_is_offered_back() -> None:
    chance = random.Random(11)
    catalogue = load_catalogue("mouse")
    groups = [
        list(catalogue.parameters),
        list(catalogue.pathways),
        list(STATES),
        list(BLOCKS),
        scenario_names(),
    ]
    asked = [(names, name) for names in groups for name in chance.sample(names, min(len(names), 160))]
    trials = [(names, name, typo) for names, name in asked for typo in slips(name, 3, chance)]
    trials = [trial for trial in trials if trial[2] not in trial[0]]
    right = sum(name in nearest(typo, names) for names, name, typo in trials)
    assert len(trials) > 600
    assert right / len(trials) >= 0.95


def test_misspelt_parameter_names_the_line(tmp_path: Any) -> None:
    file = tmp_path / "case.yaml"
    file.write_text("duration: 7 d\nparameters:\n  lineage.clearence.time: 1.3 h\n")
    with pytest.raises(ScenarioError, match=r"case.yaml:3:3 .* Did you mean lineage.clearance.time\?$"):
        resolve(load_scenario(file))


def test_offer_is_silent_about_far_names() -> None:
    assert offer("zebra", ["mouse", "rat"]) == "Choose from mouse, rat."
    assert offer("x", []) == "There are none to choose from."
    assert len(offer("zzzz", [f"name_{n}" for n in range(100)])) < 250

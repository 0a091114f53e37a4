"""A slip of the finger in any key or name is answered with the right one."""

import random
import string
from collections.abc import Iterator
from typing import Any

import pytest

from neurogen_abm.biology.states import STATES
from neurogen_abm.spec.catalogue import load_catalogue
from neurogen_abm.spec.scenario.activity import BLOCKS
from neurogen_abm.spec.scenario.models import FORM, Scenario
from neurogen_abm.spec.scenario.scenario import ScenarioError, load_scenario, resolve, scenario_names
from neurogen_abm.spec.suggest import nearest, offer
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
    trials = [(names, name, typo) for names in groups for name in names for typo in slips(name, 3, chance)]
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

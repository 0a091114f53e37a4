"""A knocked-out receptor is left out of the rules, and every intervention is named."""

from neurogen_abm.spec.scenario.scenario import load_scenario, resolve
from neurogen_abm.spec.scenario.sentences import interventions, rules

BASE = {"schema": 1, "name": "words", "duration": "7 d"}


def _resolved(**changes):
    return resolve(load_scenario(BASE | changes))


def test_a_deaf_state_leaves_its_rules():
    whole, knocked_out = _resolved(), _resolved(knock_outs=[{"receptor": "bdnf", "states": ["immature_late"]}])
    assert any("late immature" in rule for rule in rules(whole))
    assert not any("late immature" in rule for rule in rules(knocked_out))
    assert rules(_resolved(knock_outs=[{"receptor": "bdnf"}])) == []


def test_every_intervention_is_a_sentence():
    said = interventions(
        _resolved(
            knock_outs=[{"source": "plasma", "signal": "bdnf"}, {"receptor": "bdnf", "states": ["resting"]}],
            infusions=[{"signal": "bdnf", "route": "niche", "level": "20 pg/mL", "start": "1 d", "end": "2 d"}],
        )
    )
    assert said == [
        "Knocked out: bdnf from blood.",
        "Knocked out: the receptor for bdnf on resting stem cells.",
        "Infused into the niche: bdnf, 20 pg/mL, from day 1 to day 2.",
    ]

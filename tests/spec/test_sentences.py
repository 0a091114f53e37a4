"""A knocked-out receptor is left out of the rules, and every intervention is named."""

import pytest

from neurogen_abm.explanation import validation
from neurogen_abm.run import prepare
from neurogen_abm.spec.scenario import sentences
from neurogen_abm.spec.scenario.scenario import load_scenario, resolve
from neurogen_abm.spec.scenario.sentences import interventions, read_outs, rules
from neurogen_abm.units import quantity

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
        "Knock-outs act all of the simulated life of the animal, the time before day 0 included.",
        "Infused into the niche: bdnf, 20 pg/mL, from day 1 to day 2.",
    ]


def test_what_stops_exercise_is_said_with_what_it_stops():
    said = interventions(
        _resolved(
            activity=[
                {"kind": "wheel", "distance": "6 km/d"},
                {"kind": "treadmill", "speed": "12 m/min", "session": "1 h", "clock": "10:00", "end": "2 d"},
                {"kind": "immobilisation", "start": "1 d", "end": "3 d"},
                {"kind": "rest", "start": "2 d", "end": "84 h"},
            ]
        )
    )
    assert said == [
        "Immobilised from day 1 to day 3: wheel and treadmill have no effect meanwhile.",
        "Rest from day 2 to day 3.5: wheel has no effect meanwhile.",
        "Everyday activity from day 1 to day 3: 0 % of the usual, so that signals fall below those of rest.",
    ]
    alone = interventions(_resolved(activity=[{"kind": "immobilisation"}]))
    assert alone[0] == "Immobilised from day 0 to day 7: there is no exercise for it to stop."
    suspended = interventions(_resolved(activity=[{"kind": "unloading", "everyday": "40 %"}]))
    assert suspended[0].startswith("Hind limbs unloaded from day 0 to day 7")
    assert suspended[1].startswith("Everyday activity from day 0 to day 7: 40 % of the usual")


def test_on_what_the_drive_to_move_acts_is_said():
    walk = {"kind": "walking", "session": "1 h", "intensity": 0.3, "clock": "10:00"}
    wheel = {"kind": "wheel", "distance": "6 km/d"}
    assert "acts on nothing here" in interventions(_resolved(feedback=True, activity=[walk]))[0]
    assert "changes wheel running" in interventions(_resolved(feedback=True, activity=[walk, wheel]))[0]
    assert interventions(_resolved(activity=[walk])) == []


def test_what_is_read_off_the_hippocampus_is_said():
    tissue = {"name": "tissue", "measure": "bdnf_hippocampus", "at": "1 d"}
    by_blood, made = (_resolved(assays=[tissue], pathway=p) for p in ("circulating", "combined"))
    assert "blood alone" in read_outs(by_blood)[0]
    assert "up to 70 % with slow adaptation (10 d)." in read_outs(made)[0]
    memory = {"physiology.adaptation.primed_time": "2.5 d"}
    primed = read_outs(_resolved(assays=[tissue], pathway="activity", parameters=memory))
    assert "105 %" in primed[0]
    assert "within 2.5 d where it was lost less than 10 d ago" in primed[0]
    assert read_outs(_resolved()) == []


def test_how_the_hippocampus_shrinks_is_said():
    said = read_outs(resolve(load_scenario("human_older_adult")))
    assert "falls by 1.12 % a year at this age" in said[1]
    assert "up to 0.9 % a year" in said[1]


@pytest.mark.parametrize(
    ("given", "said"),
    [("8 wk", "8 weeks"), ("59 d", "59 days"), ("1 yr", "12 months"), ("35 yr", "35 years"), ("70.5 yr", "70.5 years")],
)
def test_an_age_is_said_in_the_unit_in_which_people_give_it(given, said):
    assert sentences.age(quantity(given, "h")) == said


def test_nobody_is_said_to_be_so_many_hours_old():
    assert "Animal:   human, unspecified, female, 35 years old;" in validation(prepare("human_half_marathon"))

"""What `explain` says of the messengers of a run."""

from neurogen_abm.spec.scenario.messenger_sentences import messengers
from neurogen_abm.spec.scenario.scenario import prepare
from neurogen_abm.spec.scenario.sentences import interventions

PLAIN = {"schema": 1, "name": "said", "duration": "28 d"}


def test_release_way_and_effect_of_each_are_said():
    said = messengers(prepare(PLAIN | {"pathway": "messengers"}))
    lactate, il6, brake, kynurenine = (
        next(s for s in said if s.startswith(name))
        for name in ("Lactate", "Interleukin-6", "Corticosterone", "Kynurenine")
    )
    assert "rises to 10 times rest at full response, with a time of 20 min [assumed; grade D]" in lactate
    assert "follows the intensity of activity above 0.5 of the reserve" in lactate
    assert "Crosses by monocarboxylate transporters" in lactate
    assert "changes no rate in the model" in il6
    assert "running that is imposed or new, and running beyond 15 km/d" in brake
    assert "It lowers BDNF made in the niche towards 0.3 times base" in brake
    assert "falls to 0.7 times rest" in kynurenine
    assert "power mean of exponent 0.001, all but geometric." in said[-2]


def test_nothing_is_said_of_messengers_that_a_run_does_not_carry():
    assert messengers(prepare(PLAIN)) == []
    assert len(messengers(prepare(PLAIN | {"stress": True}))) == 1
    chosen = messengers(prepare(PLAIN | {"pathway": "induced", "combiner": "weakest_link"}))
    assert chosen[-1].endswith("power mean of exponent minus infinity (weakest link).")


def test_what_is_neutralised_is_told_from_what_is_missing_for_life():
    outs = [{"signal": "igf1", "share": "90 %", "start": "7 d", "end": "14 d"}, {"signal": "vegf", "share": "50 %"}]
    told = interventions(prepare(PLAIN | {"pathway": "messengers", "knock_outs": outs}))
    assert told[0] == "Neutralised: 90 % of igf1, everywhere, from day 7 to day 14."
    assert told[1] == "Knocked out: 50 % of vegf, everywhere."
    assert told[2].startswith("Knock-outs act all of the simulated life")
    alone = interventions(prepare(PLAIN | {"pathway": "messengers", "knock_outs": outs[:1]}))
    assert len(alone) == 1

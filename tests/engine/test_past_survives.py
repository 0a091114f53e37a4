"""What effects remember of the signal is state of the animal: it is copied, and it lives on."""

import numpy as np
import pytest

from neurogen_abm.biology import hazards
from neurogen_abm.engine.rates import fill_factors
from neurogen_abm.lowering import sketch
from neurogen_abm.model import NeurogenesisModel
from neurogen_abm.spec.scenario.scenario import prepare

PATCH = {"tissue": {"septotemporal": "300 um", "transverse": "300 um"}, "outputs": {"cadence": "1 d", "cells": False}}
BOTH = ["loss_of_gain", "maturation_over_weeks"]
RUNS = [{"kind": "wheel", "distance": "10 km/d", "end": "8 d"}]


def factors_of(animal: NeurogenesisModel) -> np.ndarray:
    return animal.world.tissue.tables.factors


def lived(animal: NeurogenesisModel, days: int) -> NeurogenesisModel:
    for _ in range(24 * days):
        animal.step()
    return animal


@pytest.fixture(scope="module")
def runner() -> NeurogenesisModel:
    """Return an animal that has run for six days, its effects with a past of their own."""
    changes = {**PATCH, "duration": "12 d", "activity": RUNS, "mechanisms": BOTH}
    return lived(NeurogenesisModel(prepare("mouse_sedentary", changes=changes)), 6)


def test_a_second_animal_remembers_as_the_first_does_and_forgets_by_itself(runner):
    other = runner.fork()
    assert other.world.followed is not runner.world.followed
    assert (other.world.followed > 0.0).any()
    lived(other, 2)
    before = runner.world.followed.copy()
    again = lived(runner.fork(), 2)
    np.testing.assert_array_equal(runner.world.followed, before)
    np.testing.assert_array_equal(again.world.followed, other.world.followed)
    np.testing.assert_array_equal(again.world.habituation, other.world.habituation)
    np.testing.assert_array_equal(again.world.counts(), other.world.counts())


def test_living_on_otherwise_keeps_the_past(runner):
    other, kept = runner.fork(), runner.world.followed.copy()
    other.live_on(prepare(other.spec, changes={"activity": [], "duration": "9 d"}))
    np.testing.assert_array_equal(other.world.followed, kept)
    lived(other, 1)
    assert (other.world.followed <= kept + 1e-12).all()
    assert (other.world.followed[kept > 0.0] > 0.0).all()


def test_gain_that_was_lost_lets_nothing_fall_below_rest_when_running_stops(runner):
    """The mean that is divided by does: the undershoot that no paper reports."""
    changes = {**PATCH, "duration": "12 d", "activity": RUNS}
    plain = lived(NeurogenesisModel(prepare("mouse_sedentary", changes=changes | {"mechanisms": []})), 11)
    kept = lived(runner.fork(), 5)
    acts = kept._lowered.effects
    gaining = np.unique(acts.channel[acts.gain_loss > 0.0])
    assert len(gaining) == 5
    assert factors_of(plain)[gaining].min() < 0.8
    assert factors_of(kept)[gaining].min() > 1.0 - 1e-6
    assert (kept.world.habituation[acts.gain_loss > 0.0] < 0.95).all()


@pytest.mark.parametrize(
    ("outs", "more"),
    [
        ([{"receptor": "bdnf"}], True),
        ([{"receptor": "bdnf", "states": ["dormant", "resting", "type_2a", "type_2b", "type_3"]}], False),
        ([{"signal": "bdnf", "source": "niche", "share": "50 %"}], True),
        ([{"signal": "bdnf", "source": "niche", "share": "10 %"}], None),
    ],
)
def test_a_tone_lost_lets_cells_divide_and_a_receptor_lost_in_them_slows_them(outs, more):
    """Less BDNF for all: more division (sairanen2005, chan2008); TrkB missing in progenitors alone: less (li2008)."""
    changes = {**PATCH, "duration": "1 d", "mechanisms": ["gaba_tone"], "knock_outs": outs}
    made = sketch(prepare("mouse_sedentary", changes=changes))
    share = 0.5 if outs[0].get("share") == "50 %" else 0.9 if "share" in outs[0] else 1.0
    n, factors = len(made.effects.towards), np.ones((int(made.parameters.channel.max()) + 1, 1))
    none = np.zeros(len(made.physiology.messengers))
    fill_factors(made.effects, np.array([share]), none, np.ones(1), np.ones(n), np.zeros((n, 1)), 1.0, 1.0, factors)
    dividing = made.effects.channel[made.effects.limb == hazards.BELOW]
    assert len(set(dividing.tolist())) == 5
    found = factors[np.unique(dividing), 0]
    if more is None:
        assert np.all((found > 0.85) & (found < 1.1))
    else:
        assert np.all(found > 1.04) if more else np.all(found < 0.6)

"""What effects remember of the signal is state of the animal: it is copied, and it lives on."""

import numpy as np
import pytest

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
    plain = lived(NeurogenesisModel(prepare("mouse_sedentary", changes=changes)), 11)
    kept = lived(runner.fork(), 5)

    assert factors_of(plain)[1:].min() < 0.8
    acts = kept._lowered.effects
    gaining = np.unique(acts.channel[acts.gain_loss > 0.0])
    assert len(gaining) == 5
    assert factors_of(kept)[gaining].min() > 1.0 - 1e-6
    assert (kept.world.habituation[acts.gain_loss > 0.0] < 0.95).all()

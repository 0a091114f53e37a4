"""Circumstances that change within a life: blood goes on as if they had been planned, and nothing is left behind."""

from typing import Any

import numpy as np
import pytest

from neurogen_abm.lowering import SIGNAL
from neurogen_abm.lowering.parameter_reader import ParameterReader
from neurogen_abm.lowering.physiology import lower_physiology, lower_schedule
from neurogen_abm.spec.scenario.scenario import load_scenario, resolve
from tests.test_body import Body

DAY_2 = {"signal": "igf1", "route": "systemic", "rate": "2 ug/h", "start": "1 d"}
RUN = [{"kind": "wheel", "distance": "6 km/d"}]
BASE = {"name": "body", "species": "mouse", "duration": "3 d", "pathway": "combined", "clock": {"start": "07:00"}}


class Thoughtful(Body):
    """A body whose young neurons stay as they are."""

    young_neurons = 100


def body(**changes: Any) -> Body:
    return Body(BASE, activity=RUN, **changes)


def lives_on(animal: Body, **changes: Any) -> None:
    """Let an animal follow another scenario from now on."""
    resolved = resolve(load_scenario(BASE, {"activity": RUN} | changes))
    read = ParameterReader(resolved.value)
    animal.muscle.live_on(lower_schedule(resolved, read), lower_physiology(resolved, read, SIGNAL))


@pytest.mark.parametrize("stress", [False, True])
def test_an_infusion_that_is_thought_of_later_is_the_one_that_was_planned(stress):
    """The stress axis keeps its habit behind what is infused, so that both must find their places."""
    planned, later = body(stress=stress, infusions=[DAY_2]), body(stress=stress)
    for animal in (planned, later):
        animal.live(1)
    lives_on(later, stress=stress, infusions=[DAY_2])
    for animal in (planned, later):
        animal.live(1)
    assert planned.muscle.rise_of("igf1") > 0.5
    np.testing.assert_array_equal(later.muscle.messenger_folds, planned.muscle.messenger_folds)
    np.testing.assert_array_equal(later.muscle.state, planned.muscle.state)


@pytest.mark.parametrize("others", [[], [DAY_2 | {"signal": "lactate"}]])
def test_what_is_infused_no_more_leaves_blood_at_its_own_pace(others):
    ended, dropped = body(infusions=[DAY_2 | {"end": "2 d"}]), body(infusions=[DAY_2])
    for animal in (ended, dropped):
        animal.live(2)
    lives_on(dropped, infusions=others)
    for animal in (ended, dropped):
        animal.live(1 / 24)
    assert ended.muscle.rise_of("igf1") > 0.05
    assert dropped.muscle.rise_of("igf1") == ended.muscle.rise_of("igf1")


def test_shares_and_infusions_are_floats_whatever_is_given():
    """An array of ints would compile the blood a second time."""
    physiology = body(infusions=[DAY_2]).physiology
    for hour in (0.0, 30.0):
        messengers = physiology.exerkines_at(hour)
        assert messengers.left.dtype == messengers.infused.dtype == physiology.messengers_present.dtype == np.float64
        assert isinstance(physiology.infused_plasma(hour), float)


def test_lack_of_everyday_activity_lowers_adaptation_under_every_hypothesis():
    """Below that of a caged animal: where activity lets the tissue make more, as where blood does."""
    still = [{"kind": "immobilisation"}]
    levels = [Body(BASE | {"pathway": pathway}, activity=still).live(2).state for pathway in ("activity", "induced")]
    assert levels[0][5] == levels[1][5] < 0.0


@pytest.mark.parametrize(
    ("pathway", "signal"), [("activity", "bdnf"), ("activity", "hippocampal_activity"), ("induced", "bdnf")]
)
def test_half_of_a_signal_for_life_is_half_of_it_in_the_tissue(pathway, signal):
    """A mouse with one copy of the gene: between the mouse with two and that with none."""

    def read(share: str | None) -> tuple[float, float]:
        outs = [] if share is None else [{"signal": signal, "share": share}]
        animal = Body(BASE | {"pathway": pathway}, activity=RUN, knock_outs=outs)
        animal.niche_rise = 0.0
        muscle = animal.live(2)
        return muscle.hippocampal_protein, muscle.hippocampal_messenger

    for whole, half, none in zip(read(None), read("50 %"), read("100 %"), strict=True):
        assert half == pytest.approx((whole + none) / 2)
        assert none < whole


def test_writing_down_what_a_person_feels_changes_nothing_after_bed_rest():
    """Mood carries messengers along, which answer to the daily dose; all that answers to it must know what bed took."""
    person = {"name": "body", "species": "human", "age": "60 yr", "duration": "30 d"}
    walk = {"kind": "walking", "session": "40 min", "intensity": 0.6, "clock": "10:00"}
    weeks = [{"kind": "bed_rest", "end": "14 d"}, walk]
    quiet, felt = (Thoughtful(person, activity=weeks, outputs={"mood": mood}).live(28) for mood in (False, True))
    assert felt.volume == quiet.volume < 1.0

"""The way back from brain to movement: each arm by itself, all off by default, and what mood shows while it is read."""

import numpy as np
import pytest

from neurogen_abm import run
from neurogen_abm.agents import MuscleAgent
from neurogen_abm.explanation import explanation, validation
from neurogen_abm.run import lowered, prepare
from neurogen_abm.spec.scenario.feedback import ARMS, arm_label

SMALL = {
    "name": "circle",
    "duration": "10 d",
    "step": "6 h",
    "tissue": {"septotemporal": "200 um", "transverse": "150 um"},
    "activity": [{"kind": "wheel", "distance": "6 km/d"}],
    "outputs": {"cadence": "1 d"},
}
SHOWN = ["mood", "anxiety", "fatigue", "depression", "stress"]


def series(**changes):
    return run({**SMALL, **changes}).series


def seen(**changes):
    """Return the series with mood in it."""
    return series(**{"outputs": {"cadence": "1 d", "mood": True}, **changes})


@pytest.fixture(scope="module")
def still():
    return series()


class TestOff:
    def test_true_is_dopamine_and_age_to_the_last_bit(self):
        both = series(age="18 mo", feedback=True)
        assert both.equals(series(age="18 mo", feedback=["age", "dopamine"]))
        assert both.equals(series(age="18 mo", feedback={"dopamine": True, "age": True, "mood": False}))
        assert both["dopamine"].iloc[-1] > 0.0

    def test_no_arm_is_no_feedback(self, still):
        assert still.equals(series(feedback=[]))
        assert still.equals(series(feedback={"mood": False}))
        assert (still["drive"] == 1.0).all()

    def test_reading_mood_changes_nothing_else(self, still):
        read = seen()
        others = [name for name in still.columns if name not in (*SHOWN, "dopamine")]
        assert read[others].equals(still[others])
        assert read[[*SHOWN, "dopamine"]].notna().all(axis=None)
        assert still[[*SHOWN, "dopamine"]].isna().all(axis=None)

    def test_a_run_that_does_not_ask_reads_no_number_of_mood(self):
        def cited(**changes):
            return {path for path in lowered(prepare({**SMALL, **changes})).used if ".mo" in path}

        assert cited() == set()
        assert not any(".mood" in path or "mood_gain" in path for path in cited(feedback=True))
        assert ARMS["fatigue"].gain in cited(feedback=["fatigue"])
        assert ARMS["mood"].gain not in cited(feedback=["fatigue"])


class TestArms:
    def test_fatigue_holds_the_first_nights_back(self, still):
        tired = series(feedback=["fatigue"])
        assert tired["fatigue"].iloc[2] > 0.1
        assert tired["distance_km"].iloc[-1] < 0.97 * still["distance_km"].iloc[-1]

    def test_mood_adds_running(self, still):
        assert series(feedback=["mood"])["distance_km"].iloc[-1] > 1.02 * still["distance_km"].iloc[-1]

    def test_who_is_held_still_runs_less_afterwards_by_depression(self):
        held = [*SMALL["activity"], {"kind": "immobilisation", "start": "3 d", "end": "8 d"}]
        free, sad = (seen(activity=held, feedback=arms) for arms in ([], ["depression"]))
        assert free["depression"].iloc[8] > 0.05
        assert sad["drive"].iloc[9] < 1.0 - 0.2 * sad["depression"].iloc[8]
        assert sad["distance_km"].iloc[-1] < free["distance_km"].iloc[-1]

    def test_stress_lowers_running_and_ends_with_its_hormone(self, monkeypatch, still):
        monkeypatch.setattr(MuscleAgent, "_rise_of", lambda _, name, levels: float(name == "corticosterone"))
        stressed = series(feedback=["stress"])
        assert stressed["stress"].iloc[-1] == pytest.approx(1.0, abs=0.05)
        assert stressed["anxiety"].iloc[-1] == pytest.approx(0.5, abs=0.05)
        assert stressed["distance_km"].iloc[-1] < 0.9 * still["distance_km"].iloc[-1]

    def test_without_bdnf_training_works_slowly_where_the_arm_acts(self):
        """Ieraci 2016: no PGC-1a in muscle of Met/Met mice; a treadmill asks the same of both."""
        mill = [{"kind": "treadmill", "speed": "15 m/min", "session": "5 h", "clock": "20:00"}]
        out = [{"signal": "bdnf"}]
        fitness = {
            (arm, gone): series(
                activity=mill, feedback=["bdnf_to_muscle"] if arm else [], knock_outs=out if gone else []
            )["fitness"].iloc[-1]
            - 1.0
            for arm in (False, True)
            for gone in (False, True)
        }
        assert fitness[False, True] == fitness[False, False] > 0.0
        assert fitness[True, True] == pytest.approx(0.5 * fitness[False, True], rel=0.1)  # who is fitter gains less
        assert fitness[False, False] < fitness[True, False] < 1.5 * fitness[False, False]

    def test_young_neurons_move_nothing_unless_somebody_gives_them_a_gain(self, still):
        idle = series(feedback=["neurogenesis"])
        assert idle["distance_km"].equals(still["distance_km"])
        asked = {ARMS["neurogenesis"].gain: "0.5"}
        assert not series(feedback=["neurogenesis"], parameters=asked)["distance_km"].equals(still["distance_km"])

    def test_the_fit_run_farther(self, still):
        assert series(feedback=["fitness"])["distance_km"].iloc[-1] > still["distance_km"].iloc[-1]

    @pytest.mark.parametrize("step", ["1 h", "3 h"])
    def test_the_day_does_not_depend_on_the_step(self, step):
        # Without the part of the young neurons, of which longer steps leave other numbers.
        alone = {"physiology.mood.young_buffer": "0"}
        settings = {"feedback": ["mood", "fatigue"], "duration": "4 d", "parameters": alone}
        coarse, fine = (seen(**settings, step=s) for s in ("6 h", step))
        assert fine[SHOWN].to_numpy() == pytest.approx(coarse[SHOWN].to_numpy(), rel=1e-6)


class TestWords:
    def test_every_arm_says_how_strong_it_is_and_how_it_stands(self):
        said = explanation(prepare({**SMALL, "feedback": list(ARMS)}))
        for name, arm in ARMS.items():
            line = next(line for line in said.splitlines() if line.startswith(f"  Feedback by {arm_label(name)}:"))
            assert arm.gain in line
            assert "grade " in line

    def test_an_arm_that_can_act_on_nothing_says_so(self):
        idle = "It acts on nothing"
        assert idle in validation(prepare({**SMALL, "feedback": ["neurogenesis"]}))
        assert idle not in validation(prepare({**SMALL, "feedback": ["mood"]}))
        walk = {"kind": "walking", "session": "1 h", "intensity": 0.3, "clock": "10:00"}
        assert "acts on nothing here" in validation(prepare({**SMALL, "activity": [walk], "feedback": ["mood"]}))

    def test_nothing_is_said_where_nothing_acts(self):
        assert "eedback" not in validation(prepare(SMALL))


@pytest.mark.parametrize("circle", ["vicious", "virtuous"])
def test_a_circle_and_its_twin_are_one_animal_but_for_the_arms(circle):
    closed, cut = (prepare(f"mouse_{circle}_circle{end}").scenario for end in ("", "_open"))
    texts = {"name", "title", "description", "look_for"}
    assert closed.model_dump(exclude=texts | {"feedback"}) == cut.model_dump(exclude=texts | {"feedback"})
    assert cut.arms == ()
    assert len(closed.arms) >= 6


def test_what_an_animal_feels_goes_on_in_a_fork():
    from neurogen_abm import NeurogenesisModel

    model = NeurogenesisModel({**SMALL, "feedback": ["mood", "fatigue", "depression"]})
    for _ in range(20):
        model.step()
    twin = model.fork()
    for animal in (model, twin):
        while animal.running:
            animal.step()
    assert twin.series_frame().equals(model.series_frame())
    assert np.isfinite(model.series_frame()["mood"]).all()

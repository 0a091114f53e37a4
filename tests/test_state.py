"""The state of an animal: all that outlives a step is in it, and an animal made of it lives on to the same bits."""

import pickle
from copy import deepcopy
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurogen_abm import InputError, NeurogenesisModel
from neurogen_abm.run import TABLES
from neurogen_abm.spec.scenario.scenario import ResolvedScenario, prepare
from neurogen_abm.state import MisfitError, State, copied, flat, like, nested
from neurogen_abm.storage import checkpoint
from tests.conftest import patch_scenario

# All that has a memory: forced and chosen running that a body may not manage, feedback with mood, what is infused and
# knocked out, every kind of label, what is learned, sections, fields.
BUSY: dict[str, Any] = {
    "pathway": "combined",
    "duration": "3 d",
    "activity": [
        {"kind": "wheel", "distance": "6 km/d"},
        {"kind": "treadmill", "speed": "20 m/min", "session": "60 min", "clock": "10:00", "start": "1 d"},
    ],
    "stress": True,
    "feedback": ["neurogenesis", "mood", "dopamine"],
    "outputs": {"mood": True, "fields": True, "cadence": "2 h"},
    "infusions": [{"signal": "igf1", "route": "systemic", "rate": "2 ug/h", "start": "1 d"}],
    "knock_outs": [{"signal": "lactate", "share": "50 %"}],
    "labels": [
        {"agent": "BrdU", "dose": "150 mg/kg", "at": "6 h"},
        {"agent": "tamoxifen", "share": "40 %", "at": "12 h"},
        {"agent": "retrovirus", "share": "30 %", "at": "1 d"},
    ],
    "assays": [
        {"name": "labelled", "count": "BrdU+", "at": ["1 d", "2 d", "3 d"]},
        {"name": "recall", "measure": "retrieval", "learned": "1 d", "at": ["2 d", "3 d"]},
    ],
}
CUT_AT = (0, 1, 23, 24, 25, 40, 48, 71, 72)


@pytest.fixture(scope="module")
def spec() -> ResolvedScenario:
    return prepare(patch_scenario((300.0, 300.0), **BUSY))


def tables(model: NeurogenesisModel) -> dict[str, pd.DataFrame]:
    return {name: getattr(model, f"{name}_frame")() for name in TABLES}


def lived(model: NeurogenesisModel) -> dict[str, pd.DataFrame]:
    while model.running:
        model.step()
    return tables(model)


@pytest.fixture(scope="module")
def course(spec: ResolvedScenario) -> tuple[list[State], dict[str, pd.DataFrame]]:
    """The state of one animal after every step, and its tables at the end."""
    model = NeurogenesisModel(spec)
    states = [model.as_state()]
    while model.running:
        model.step()
        states.append(model.as_state())
    return states, tables(model)


def same(found: dict[str, pd.DataFrame], expected: dict[str, pd.DataFrame]) -> None:
    for name, table in expected.items():
        pd.testing.assert_frame_equal(found[name], table, check_exact=True, obj=name)


@settings(max_examples=8)
@given(data=st.data())
def test_wherever_a_life_is_cut_it_goes_on_to_the_same_tables(data, spec, course):
    states, expected = course
    cut = data.draw(st.integers(0, len(states) - 1))
    arrays, plain = flat(states[cut])
    content = checkpoint.unpacked(checkpoint.packed(checkpoint.Content({}, arrays, plain)), "here")
    animal = NeurogenesisModel.restored(spec, nested(content.arrays, content.plain))
    same(lived(animal), expected)


# What is made anew for every step, follows from the scenario, or is kept to be found again faster.
_NO_MEMORY = {
    "spec", "_lowered", "model", "_model", "_world", "_body", "views", "_handle", "events", "scratch", "random", "rng",
    "step", "_user_step", "_agents", "_agents_by_type", "_all_agents", "model_vars", "_microscope", "_plan", "_lessons",
    "_effects", "_loses_gain", "_acts", "_log_towards", "schedule", "physiology", "_resolved", "_numbers", "_markers",
    "_recorder", "model_reporters", "rng_", "_rng",
}  # fmt: skip


def differing(one: Any, other: Any, where: str, seen: set[int]) -> list[str]:
    """Return where two things that should be alike are not."""
    if isinstance(one, np.ndarray):
        alike = one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes()
        return [] if alike else [where]
    if isinstance(one, int | float | str | bool | bytes | np.generic | type(None)):
        return [] if one == other or (one != one and other != other) else [where]
    if id(one) in seen or callable(one):
        return []
    if isinstance(one, set | frozenset) or not (hasattr(one, "__dict__") or isinstance(one, dict | list | tuple)):
        return [] if one == other else [where]
    seen.add(id(one))
    if hasattr(one, "_asdict"):
        one, other = one._asdict(), other._asdict()
    if type(one).__name__ == "Population":
        one, other = ({"c": p.changing, "e": p.registered, "q": p.n_quiescent} for p in (one, other))
    if isinstance(one, list | tuple):
        if len(one) != len(other):
            return [where]
        pairs = [(f"{where}[{n}]", a, b) for n, (a, b) in enumerate(zip(one, other, strict=True))]
    else:
        mine, theirs = (thing if isinstance(thing, dict) else vars(thing) for thing in (one, other))
        if (mine.keys() ^ theirs.keys()) - _NO_MEMORY:
            return [where]
        pairs = [(f"{where}.{name}", mine[name], theirs[name]) for name in mine if name not in _NO_MEMORY]
    return [found for name, a, b in pairs for found in differing(a, b, name, seen)]


@pytest.mark.parametrize("cut", CUT_AT)
def test_nothing_an_animal_remembers_is_missing(spec, cut):
    model = NeurogenesisModel(spec)
    for _ in range(cut):
        model.step()
    assert differing(model, NeurogenesisModel.restored(spec, model.as_state()), "model", set()) == []


def test_a_life_whose_circumstances_have_changed_goes_on_after_its_state(spec):
    """What lies behind, such as the training of last week, is that of the first scenario."""
    model = NeurogenesisModel(spec)
    for _ in range(30):
        model.step()
    later = prepare(spec, changes={"activity": [], "infusions": [], "duration": "4 d"})
    model.live_on(later)
    model.step()
    same(lived(NeurogenesisModel.restored(later, model.as_state())), lived(model))


def test_a_copy_takes_along_what_a_subclass_adds(spec):
    class Noted(NeurogenesisModel):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments)
            self.notes: list[Any] = [self, self.world]

    model = Noted(spec)
    model.random.random()
    twin = model.fork()
    assert type(twin) is Noted
    assert twin.notes[0] is twin
    assert twin.notes[1] is twin.world is not model.world
    assert twin.random.random() == model.random.random()
    assert twin.rng.random() == model.rng.random()


def test_an_animal_whose_numbers_were_replaced_is_not_copied_without_them(spec):
    model = NeurogenesisModel(spec)
    model.world.effects = model.world.effects._replace(towards=model.world.effects.towards * 2.0)
    with pytest.raises(InputError, match="as effects is not that of its scenario"):
        model.fork()
    twin = deepcopy(model)
    assert twin.advance(5) == model.advance(5)


def test_a_state_shares_nothing_with_its_animal(spec):
    model = NeurogenesisModel(spec)
    model.step()
    before = flat(model.as_state())[0]
    kept = {name: array.copy() for name, array in before.items()}
    model.step()
    assert all(
        np.array_equal(before[name], array, equal_nan=True) for name, array in kept.items() if array.dtype != "b"
    )


def damaged(state: State, path: str, change: Any) -> State:
    arrays, plain = flat(pickle.loads(pickle.dumps(state)))
    for part in (arrays, plain):
        if path in part:
            if change is None:
                del part[path]
            else:
                part[path] = change(part[path])
    return nested(arrays, plain)


@pytest.mark.parametrize(
    ("path", "change"),
    [
        ("world/population/cells/site", lambda sites: sites + 10**6),
        ("world/population/cells/state", lambda states: states + 200),
        ("world/population/ended/block", None),
        ("world/population/n", lambda n: n - 1),
        ("world/population/cells/id", lambda ids: ids[:-1]),
        ("world/occupancy/occupied", lambda occupied: 1 - occupied),
        ("world/steps", lambda steps: steps + 1),
        ("world/level", lambda level: level.astype(np.float32)),
        ("muscle/minute", lambda minute: minute + 60),
        ("muscle/health/growth", lambda _: "strong"),
        ("recorder/whole", lambda whole: whole[:-1]),
        ("histology/labels/ids", lambda ids: np.append(ids, 7)),
        ("luck/words", lambda words: words[:100]),
    ],
)
def test_a_state_that_fits_no_animal_is_refused(spec, course, path, change):
    state = course[0][30]
    found = flat(state)
    if change is None:
        path = path.replace("block", "cause")
    assert path in found[0] or path in found[1]
    with pytest.raises(MisfitError):
        NeurogenesisModel.restored(spec, damaged(state, path, change))


def test_what_a_state_cannot_hold_is_an_error():
    with pytest.raises(TypeError):
        copied({"of": object()})
    with pytest.raises(MisfitError):
        like(1.0, True, "volume")
    with pytest.raises(MisfitError):
        nested({}, {"a": 1, "a/b": 2})

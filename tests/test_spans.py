"""A life in spans: however it is cut, and whoever looks, it is the same life to the last bit."""

from copy import deepcopy
from typing import Any

import mesa
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurogen_abm.engine.population import taken
from neurogen_abm.errors import ModelFault
from neurogen_abm.lowering import lower
from neurogen_abm.model import NeurogenesisModel
from neurogen_abm.spec.scenario.scenario import load_scenario, resolve

SMALL = (200.0, 200.0)
DAYS = 3
# Everything that Python must see within three days: a drive, what is given and taken away and when, labels, counts,
# rows every second hour; and steps of half an hour, of which a day has 48.
LIFE: dict[str, Any] = {
    "duration": f"{DAYS} d",
    "step": "30 min",
    "age": "9 mo",
    "pathway": "combined",
    "feedback": True,
    "activity": [{"kind": "wheel", "distance": "7 km/d"}],
    "outputs": {"cadence": "2 h", "fields": True},
    "knock_outs": [{"signal": "bdnf", "source": "plasma", "share": "60 %", "start": "20 h", "end": "31 h"}],
    "infusions": [{"signal": "bdnf", "route": "niche", "level": "20 pg/mL", "start": "5 h", "end": "50 h"}],
    "labels": [{"agent": "BrdU", "dose": "100 mg/kg", "at": "26 h"}],
    "assays": [{"name": "label", "count": "BrdU+", "at": ["27 h", "3 d"]}],
    "parameters": {"anatomy.developmental_cell_death": "0.001 1/d"},
}
TABLES = ("series", "cells", "map", "fields", "assays", "messengers")


def tables(model: NeurogenesisModel) -> dict[str, Any]:
    return {name: getattr(model, f"{name}_frame")() for name in TABLES}


def same(one: NeurogenesisModel, other: dict[str, Any]) -> None:
    for name, frame in tables(one).items():
        assert frame.equals(other[name]), name


@pytest.fixture(scope="module")
def newborn(patch) -> NeurogenesisModel:
    return NeurogenesisModel(patch(SMALL, **LIFE))


@pytest.fixture(scope="module")
def step_by_step(newborn) -> dict[str, Any]:
    model = deepcopy(newborn)
    for _ in range(model.n_steps):
        model.step()
    assert model.histology.frame()["count"].max() > 0
    return tables(model)


@settings(max_examples=8, deadline=None)
@given(cuts=st.lists(st.integers(1, DAYS * 48 - 1), max_size=6, unique=True).map(sorted))
def test_a_life_is_the_same_however_it_is_cut(newborn, step_by_step, cuts):
    model, n_cells = deepcopy(newborn), []
    for begin, end in zip([0, *cuts], [*cuts, model.n_steps], strict=True):
        n_cells += model.advance(end - begin)
    same(model, step_by_step)
    assert (len(n_cells), model.steps, model.running) == (model.n_steps, model.n_steps, False)
    recorded = step_by_step["series"].filter(regex="^n_(?!ki67|dcx|neun|cal|dev|new)").sum(axis=1)
    assert n_cells[3::4] == recorded[1:].tolist()
    assert list(model.datacollector.model_vars["time_h"]) == [2.0 * (k // 4) for k in range(1, model.n_steps + 1)]


class Watched(NeurogenesisModel):
    """A model with a step of its own, which looks at the animal after each."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.seen: list[float] = []

    def step(self) -> None:
        super().step()
        self.seen.append(self.day)


def test_whoever_looks_after_every_step_is_shown_every_step(patch, newborn, step_by_step):
    steps = [(k + 1) / 48 for k in range(DAYS * 48)]
    own = Watched(patch(SMALL, **LIFE))
    own.run_model()
    assert own.seen == steps
    same(own, step_by_step)

    collected = deepcopy(newborn)
    collected.datacollector = mesa.DataCollector({"day": "day"})
    collected.advance(collected.n_steps)
    assert collected.datacollector.model_vars["day"] == steps
    same(collected, step_by_step)

    kept = deepcopy(newborn)
    mesa.Agent(kept)
    assert kept._is_watched
    assert not newborn._is_watched


def test_a_span_goes_on_where_it_found_no_room(patch):
    start = lower(resolve(load_scenario(patch(SMALL, age="9 mo", seed=4)))).world()
    start.advance(start.course(np.ones(240), np.ones(240), 0.0, start.blood))
    roomy, tight = deepcopy(start), deepcopy(start)
    c = tight.population
    c.cells, c.ended = taken(c.cells, slice(c.n + 2)), taken(c.ended, slice(c.n_ended + 1))
    tight.events = tight.events._replace(due=tight.events.due[: c.n + 2])
    one = roomy.advance(roomy.course(np.full(48, 1.5), np.ones(48), 0.0, roomy.blood))
    other = tight.advance(tight.course(np.full(48, 1.5), np.ones(48), 0.0, tight.blood))
    assert len(c.cells.id) > c.n + 2
    for a, b in zip(one, other, strict=True):
        np.testing.assert_array_equal(a, b)
    for name, column in roomy.population.changing._asdict().items():
        if name != "block":  # of a cell outside the layer any
            np.testing.assert_array_equal(column, getattr(c.changing, name))


def test_what_is_infused_into_the_niche_begins_and_ends_at_its_step(patch):
    """Hours of steps of ten minutes are rounded: by a sum of them a step would begin a last bit before its minute."""
    infusion = {"signal": "bdnf", "route": "niche", "level": "20 pg/mL", "start": "610 min", "end": "1150 min"}
    model = NeurogenesisModel(
        patch(SMALL, duration="1 d", step="10 min", outputs={"cadence": "10 min"}, infusions=[infusion])
    )
    model.run_model()
    level = model.series_frame()["bdnf_niche_pg_ml"].to_numpy()
    assert [step for step, by in enumerate(np.diff(level), 1) if abs(by) > 5.0] == [62, 116]  # rows are of step ends


def test_what_is_no_level_is_refused_at_its_step(patch):
    world = lower(resolve(load_scenario(patch(SMALL)))).world()
    folds = np.ones(30)
    folds[26] = np.nan
    with pytest.raises(ModelFault, match="step 26"):
        world.advance(world.course(folds, np.ones(30), 0.0, world.blood))
    assert world.steps == 26

"""Changes of an animal that must change nothing, or only what is downstream of them: exact, so without false alarms."""

from typing import Any

import numpy as np
import pytest
from cohorts import FLOOD, N, by_id, cohort, flat_parameters, live, with_effect

from neurogen_abm.biology import hazards, lineage
from neurogen_abm.engine import commit
from neurogen_abm.engine.world import World
from neurogen_abm.lowering import Lowered, lower
from neurogen_abm.model import NeurogenesisModel
from neurogen_abm.spec.scenario.scenario import load_scenario, resolve
from tests.test_invariants import fingerprint


@pytest.fixture(scope="module")
def lowered(patch) -> Lowered:
    """Return an animal with sites for a large cohort, and so wide that few cells wait for one."""
    return lower(resolve(load_scenario(patch((1600.0, 600.0), parameters={"lineage.migration.reach": "4"}))))


def test_one_more_cell_leaves_the_life_of_every_other_as_it_was(lowered):
    chance = np.random.default_rng(41)
    reserve, clock = chance.exponential(size=N).astype(np.float32), chance.gamma(4.0, 12.0, N).astype(np.float32)
    p = flat_parameters(lowered, 1.0, 0.01, stay_h=np.array([1.0, 1.0, 1e6]))
    all_, fewer = (
        by_id(live(cohort(lowered, p, lineage.IMMATURE_LATE, reserve[:n], clock[:n], np.arange(n)), 200.0))
        for n in (N, N - 1)
    )
    for whole, part in zip(all_, fewer, strict=True):
        assert whole[:-1].tobytes() == part.tobytes()
    assert set(fewer[0].tolist()) == {lineage.MATURING, lineage.APOPTOTIC}


def _lived(lowered: Lowered, days: int, start: dict[str, Any], **changes: Any) -> World:
    """Return a tissue of a few stem cells after some days; positions matter to nobody's time in it."""
    begin = lowered.start._replace(**({"n_stem": 200, "n_granule": 0} | start))
    p = lowered.parameters._replace(rivalry=0.0, seed=3, **changes)
    world = World(p, lowered.effects, lowered.grid, lowered.classes, lowered.niche, begin)
    while world.steps * p.dt_h < days * 24.0:
        world.step()
    assert world.tally[commit.WAITED] == 0  # so that where others stand delays nobody
    return world


def _dividing(world: World) -> dict[int, list[float]]:
    """Return what is known of all cells that divide or have divided, by id."""
    c, e = world.population.changing, world.population.registered
    now, gone = c.state <= lineage.TYPE_3, np.isin(e.cause, (lineage.DIVISION, lineage.CONSUMPTION))
    columns = [
        np.concatenate([here[now], there[gone]]).tolist()
        for here, there in ((c.id, e.id), (c.birth_h, e.birth_h), (c.since_h, e.end_h))
    ]
    return {cell: times for cell, *times in zip(*columns, strict=True)}


def test_what_happens_to_neurons_leaves_all_that_is_upstream_as_it_was(lowered):
    usual = _lived(lowered, 12, {"time_h": 0.0})
    deadly = _lived(lowered, 12, {"time_h": 0.0}, death=3.0 * lowered.parameters.death)
    assert deadly.tally[commit.DEATHS] > 1.2 * usual.tally[commit.DEATHS] > 100
    assert _dividing(deadly) == _dividing(usual)
    assert len(_dividing(usual)) > 300


def test_a_life_that_begins_at_another_time_is_the_same_life(lowered):
    now, later = (_lived(lowered, 12, {"time_h": time_h}) for time_h in (0.0, 1024.0))
    whole = np.ones(len(now.tally), bool)
    whole[commit.NEW_NEURONS] = False  # those born since time 0
    np.testing.assert_array_equal(now.tally[whole], later.tally[whole])
    one, other = by_id(now), by_id(later)
    np.testing.assert_array_equal(one[0], other[0])
    np.testing.assert_allclose(one[1], other[1] - 1024.0, atol=1e-6)


@pytest.mark.parametrize(
    ("target", "state"),
    [(hazards.LATE_SURVIVAL, lineage.IMMATURE_LATE), (hazards.MATURATION, lineage.IMMATURE_LATE)],
    ids=["survival", "maturation"],
)
def test_an_effect_that_changes_nothing_is_none_at_any_level(lowered, target, state):
    reserve = np.random.default_rng(42).exponential(size=N).astype(np.float32)
    found = []
    for level in (1.0, FLOOD):
        animal, p = with_effect(lowered, target, state, 1.0, death=np.full_like(lowered.parameters.death, 0.02))
        world = cohort(animal, p, state, reserve, 60.0)
        for _ in range(100):
            world.step(level, level)
        found.append([column.tobytes() for column in by_id(world)])
    assert found[0] == found[1]


def test_a_wheel_that_stands_still_is_no_wheel(patch):
    lives = ([], [{"kind": "wheel", "distance": "0 km/d"}])
    tables = []
    for activity in lives:
        model = NeurogenesisModel(patch((200.0, 200.0), duration="2 d", activity=activity))
        model.run_model()
        tables.append(fingerprint(model))
    assert tables[0] == tables[1]

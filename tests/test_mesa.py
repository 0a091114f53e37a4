"""What Mesa's own tools find: agent sets, data collection, batch runs, copies, both ways of seeding, two versions."""

import copy
import gc
import importlib.util
import pickle
import re
import weakref
from pathlib import Path

import mesa
import numpy as np
import pandas as pd
import pytest
from mesa.agent import AgentSet
from mesa.batchrunner import batch_run

from neurogen_abm.agents import CellAgent, MuscleAgent
from neurogen_abm.agents.collector import SeriesCollector
from neurogen_abm.errors import InputError
from neurogen_abm.model import NeurogenesisModel
from neurogen_abm.spec.scenario.scenario import load_scenario, resolve

PAGE = Path(__file__).parent.parent / "docs" / "mesa.md"
SMALL = (300.0, 300.0)
WHEEL = [{"kind": "wheel", "distance": "7 km/d"}]
IS_3_5 = tuple(map(int, mesa.__version__.split(".")[:2])) >= (3, 5)


@pytest.fixture
def animal(patch) -> NeurogenesisModel:
    return NeurogenesisModel(patch(SMALL, activity=WHEEL, duration="10 d"))


def same_run(one: NeurogenesisModel, other: NeurogenesisModel) -> None:
    """Demand equal series and registers, to the last bit."""
    pd.testing.assert_frame_equal(one.series_frame(), other.series_frame(), check_exact=True)
    pd.testing.assert_frame_equal(one.cells_frame(), other.cells_frame(), check_exact=True)


class TestAgents:
    def test_a_run_that_nobody_looks_at_makes_no_views(self, animal):
        for _ in range(24):
            animal.step()
        assert len(animal.views) == 0
        assert list(mesa.Model.agents.fget(animal)) == [animal.muscle]

    def test_the_muscle_and_every_cell_are_agents(self, animal):
        agents = animal.agents
        assert isinstance(agents, AgentSet)
        assert len(agents) == 1 + animal.n_cells
        assert next(iter(agents)) is animal.muscle
        ids = [agent.unique_id for agent in agents]
        assert ids == sorted(set(ids))
        assert animal.muscle.unique_id == 0
        assert animal.agent_types == [MuscleAgent, CellAgent]
        assert len(animal.agents_by_type[CellAgent]) == len(animal.cells) == animal.n_cells

    def test_sets_select_group_get_and_aggregate(self, animal):
        cells = animal.cells
        counts = cells.groupby("state").count()
        census = animal.series_frame().iloc[-1]
        for state, count in counts.items():
            assert census[f"n_{state}"] == count
        dormant = cells.select(lambda c: c.state == "dormant")
        assert len(dormant) == counts["dormant"]
        assert dormant.agg("age_h", np.mean) == pytest.approx(animal.world.time_h - animal.world.start.time_h)
        assert cells.get("unique_id") == [c.unique_id for c in cells]
        assert len(cells.select(at_most=5)) == 5
        assert sorted(cells.shuffle().get("unique_id")) == cells.get("unique_id")
        oldest = next(iter(cells.sort("birth_h", ascending=True)))
        assert oldest.birth_h == min(cells.get("birth_h"))
        assert cells.map("hazards") == [c.hazards() for c in cells]
        assert animal.agents.select(agent_type=MuscleAgent).get("fitness") == [1.0]

    def test_sets_lose_the_cells_that_are_gone(self, animal):
        dividing = animal.cells.select(lambda c: c.state.startswith("type_"))
        before = len(dividing)
        for _ in range(8):
            animal.step()
        assert 0 < len(dividing) < before
        assert not any(c.gone for c in dividing)

    def test_looking_changes_nothing(self, animal):
        unseen = copy.deepcopy(animal)
        for _ in range(30):
            animal.step()
            animal.cells.shuffle().select(lambda c: c.unique_id % 2 == 0).map("explain")
            animal.cells.map("hazards")
            animal.agents.get("unique_id")
            unseen.step()
        assert len(unseen.views) == 0
        same_run(animal, unseen)

    def test_agents_of_a_subclass_stand_among_them(self, patch):
        class Watched(NeurogenesisModel):
            def __init__(self, *args, **kwargs):
                super().__init__(*args, **kwargs)
                self.keeper = mesa.Agent(self)

        model = Watched(patch(SMALL))
        assert model.keeper in model.agents
        assert len(model.agents) == 2 + model.n_cells


class TestCopies:
    @pytest.mark.parametrize("way", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
    def test_a_copy_goes_on_to_the_same_bits(self, animal, way):
        for _ in range(30):
            animal.step()
        tracked = animal.cells.select(lambda c: c.state == "active")
        twin = way(animal)
        n = animal.world.population.n
        for _ in range(30):
            twin.step()
        assert animal.world.population.n == n
        assert animal.steps == 30
        for _ in range(30):
            animal.step()
        same_run(animal, twin)
        assert twin.muscle.model is twin
        assert twin.cell(next(iter(tracked)).unique_id).model is twin
        assert twin.datacollector.get_model_vars_dataframe().equals(twin.series_frame())
        assert list(twin.datacollector.model_vars["births"]) == list(animal.datacollector.model_vars["births"])

    def test_a_view_travels_with_its_animal(self, animal):
        view = list(animal.cells)[3]
        view.neighbours = animal.cells  # a user's own note, a set that holds the view itself
        twin = pickle.loads(pickle.dumps(view))
        assert twin.model is not animal
        assert (twin.unique_id, twin.state, twin.reserve) == (view.unique_id, view.state, view.reserve)
        assert twin.model.cell(twin.unique_id) is twin

    def test_a_model_let_go_of_is_freed(self, patch):
        model = NeurogenesisModel(patch(SMALL))
        model.step()
        assert len(model.agents) > 1
        world = weakref.ref(model.world)
        del model
        gc.collect()
        assert world() is None


class TestTime:
    def test_a_scenario_ends(self, patch):
        model = NeurogenesisModel(patch(SMALL, duration="1 d"))
        model.run_model()
        assert model.steps == 24
        assert not model.running
        with pytest.raises(InputError, match="over after 24 steps"):
            model.step()
        assert len(model.series_frame()) == 25

    @pytest.mark.skipif(not IS_3_5, reason="Mesa 3.5 brings run_for")
    def test_run_for_counts_steps(self, animal):
        by_step = copy.deepcopy(animal)
        animal.run_for(10)
        for _ in range(10):
            by_step.step()
        assert animal.time == animal.steps == animal.world.time_h == 10
        same_run(animal, by_step)


class TestDataCollector:
    def test_it_is_the_series(self, animal):
        for _ in range(5):
            animal.step()
        collector = animal.datacollector
        assert isinstance(collector, mesa.DataCollector)
        pd.testing.assert_frame_equal(collector.get_model_vars_dataframe(), animal.series_frame())
        assert list(collector.model_vars["time_h"]) == [1.0, 2.0, 3.0, 4.0, 5.0]
        assert collector.model_vars["time_h"][1:3] == [2.0, 3.0]
        assert set(collector.model_vars) == set(animal.series_frame())

    def test_between_records_a_step_shows_the_last(self, patch):
        model = NeurogenesisModel(patch(SMALL, duration="1 d", outputs={"cadence": "6 h"}))
        model.run_model()
        assert list(model.datacollector.model_vars["time_h"]) == [0.0] * 5 + [6.0] * 6 + [12.0] * 6 + [18.0] * 6 + [
            24.0
        ]
        assert len(model.datacollector.get_model_vars_dataframe()) == 5

    def test_another_collector_may_take_its_place(self, patch):
        model = NeurogenesisModel(patch(SMALL, duration="3 h"))
        assert type(model.datacollector) is SeriesCollector
        model.datacollector = mesa.DataCollector(
            model_reporters={"cells": "n_cells"},
            agenttype_reporters={CellAgent: {"state": "state"}},
        )
        model.run_model()
        assert len(model.datacollector.get_model_vars_dataframe()) == 3
        states = model.datacollector.get_agenttype_vars_dataframe(CellAgent)
        last = states.xs(states.index.get_level_values(0).max())
        assert dict(last["state"].value_counts()) == model.cells.groupby("state").count()


class TestBatchRun:
    def rows(self, patch, parameters, **options):
        return batch_run(
            NeurogenesisModel,
            {"scenario": [patch(SMALL, activity=WHEEL)], "duration": "1 d"} | parameters,
            display_progress=False,
            **options,
        )

    @pytest.mark.parametrize("path", ["activity[0].distance", "activity.0.distance"])
    def test_a_sweep_over_overrides_and_seeds(self, patch, path):
        rows = self.rows(patch, {path: ["2 km/d", "9 km/d"], "rng": [1, 2]})
        assert [(row[path], row["rng"]) for row in rows] == [
            ("2 km/d", 1),
            ("2 km/d", 2),
            ("9 km/d", 1),
            ("9 km/d", 2),
        ]
        for row in rows:
            model = NeurogenesisModel(patch(SMALL, activity=WHEEL), rng=row["rng"], duration="1 d", **{path: row[path]})
            model.run_model()
            end = model.series_frame().iloc[-1]
            assert all(np.array_equal(row[name], end[name], equal_nan=True) for name in end.index)

    def test_a_parameter_of_the_catalogue_and_a_series_in_time(self, patch):
        rows = self.rows(patch, {"lineage.clearance.time": ["1.2 h", "1.5 h"]}, data_collection_period=1)
        assert len(rows) == 48
        assert [row["time_h"] for row in rows] == [float(h) for h in range(1, 25)] * 2

    def test_cadence_does_not_matter_to_the_end(self, patch):
        fine, coarse = self.rows(patch, {"outputs.cadence": ["1 h", "24 h"]})
        assert fine["births"] == coarse["births"]
        assert fine["day"] == coarse["day"] == 1.0

    @pytest.mark.skipif(not IS_3_5, reason="Mesa 3.5 takes seeds as rng=")
    def test_seeds_as_mesa_3_5_hands_them_over(self, patch):
        rows = self.rows(patch, {}, rng=[1, 2])
        assert [row["seed"] for row in rows] == [1, 2]
        assert rows[0]["distance_km"] != rows[1]["distance_km"]

    def test_in_two_processes(self, patch):
        one, two = (self.rows(patch, {"rng": [1, 2]}, number_processes=n) for n in (1, 2))
        # As text, which holds every digit, since what is missing equals nothing.
        one, two = (repr(sorted(rows, key=lambda row: row["rng"])) for rows in (one, two))
        assert one == two


class TestBadInput:
    def test_both_seeds(self, patch):
        with pytest.raises(InputError, match="Give one of them"):
            NeurogenesisModel(patch(SMALL), seed=1, rng=1)

    @pytest.mark.parametrize("scenario", [3, None, object()])
    def test_what_is_no_scenario(self, scenario):
        with pytest.raises(InputError, match="cannot be used as a scenario"):
            NeurogenesisModel(scenario)

    def test_numbers_of_numpy_are_seeds(self, patch):
        models = [NeurogenesisModel(patch(SMALL), **{key: np.int64(4)}) for key in ("seed", "rng")]
        assert [m.spec.scenario.seed for m in models] == [4, 4]

    @pytest.mark.parametrize("seed", [-1, 2**63, 1.5, "7", True, np.random.default_rng(1)])
    def test_what_is_no_seed(self, patch, seed):
        with pytest.raises(InputError) as by_name:
            NeurogenesisModel(patch(SMALL), rng=seed)
        with pytest.raises(InputError) as by_file:
            resolve(load_scenario(patch(SMALL, seed=seed)))
        assert (by_name.value.code, by_name.value.what) == (by_file.value.code, by_file.value.what)

    @pytest.mark.parametrize(
        ("changes", "code", "words"),
        [
            ({"durations": "7 d"}, "unknown-key", "duration"),
            ({"activity[0].distanse": "7 km/d"}, "unknown-key", "distance"),
            ({"activity.0.distanse": "7 km/d"}, "unknown-key", "distance"),
            ({"activity.1.distance": "7 km/d"}, "bad-setting", "entry"),
            ({"": "7 km/d"}, "bad-setting", "dotted path"),
            ({"lineage.clearence.time": "7 h"}, "unknown-parameter", "lineage.clearance.time"),
            ({"activity.0.distance": "7 h"}, "wrong-unit", "km/d"),
            ({"activity.0.distance": 7}, "unit-missing", "km/d"),
            ({"lineage.clearance.time": "7 km"}, "wrong-unit", "h"),
        ],
    )
    def test_overrides_are_refused_as_the_file_would_be(self, patch, changes, code, words):
        with pytest.raises(InputError, match=words) as fault:
            NeurogenesisModel(patch(SMALL, activity=WHEEL), **changes)
        assert fault.value.code == code
        assert fault.value.cure

    def test_scenarios_already_made_take_overrides_too(self, patch):
        scenario = load_scenario(patch(SMALL, activity=WHEEL))
        for source in (scenario, resolve(scenario)):
            model = NeurogenesisModel(source, **{"activity.0.distance": "2 km/d"})
            assert model.spec.scenario.activity[0].distance_km_d == 2.0

    def test_a_fault_in_a_batch_reaches_the_user(self, patch):
        with pytest.raises(InputError, match="km/d"):
            batch_run(
                NeurogenesisModel,
                {"scenario": [patch(SMALL, activity=WHEEL)], "activity.0.distance": "7 h"},
                display_progress=False,
            )


class TestPage:
    """The examples of docs/mesa.md run as they stand."""

    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)

    def test_its_examples_run(self, capsys):
        names: dict[str, object] = {"__name__": "__main__"}
        for block in self.blocks[:-1]:
            exec(compile(block, PAGE.name, "exec"), names)
        assert "Hazard of death" in capsys.readouterr().out
        assert len(names["rows"]) == 6
        assert names["cell"].gone is False

    @pytest.mark.skipif(importlib.util.find_spec("solara") is None, reason="the extra `viz` is not installed")
    def test_its_viewer_can_be_made(self):
        names: dict[str, object] = {}
        exec(compile(self.blocks[-1], PAGE.name, "exec"), names)
        runner = names["Runner"](km_per_day=2.0)
        assert runner.spec.scenario.activity[0].distance_km_d == 2.0
        assert "page" in names

"""Cells as Mesa agents: views by id that read the columns now, explain themselves, and never show another cell."""

import copy
import math
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import numpy as np
import pytest

from neurogen_abm.agents import CellAgent, cell_explain
from neurogen_abm.agents.cell_lookup import CellGoneError
from neurogen_abm.biology.states import STATES
from neurogen_abm.engine.population import MEANINGS
from neurogen_abm.engine.rates import fill_rates
from neurogen_abm.engine.timers import rates_of
from neurogen_abm.errors import InputError
from neurogen_abm.model import NeurogenesisModel

WHEEL = [{"kind": "wheel", "distance": "7 km/d"}]
# Views call the columns of kin by what they hold: ids.
NAMES = {"id": "unique_id", "mother": "mother_id", "founder": "founder_id"}


@pytest.fixture(scope="module")
def origin(patch) -> NeurogenesisModel:
    """An animal on the third day of a long run."""
    model = NeurogenesisModel(patch((500.0, 400.0), activity=WHEEL, duration="40 d"))
    for _ in range(60):
        model.step()
    return model


@pytest.fixture
def animal(origin) -> NeurogenesisModel:
    """A copy to step freely."""
    return copy.deepcopy(origin)


COLUMNS = ("id", *MEANINGS)


def shown(model: NeurogenesisModel, view: CellAgent) -> tuple[Any, ...]:
    """Return what a view shows of its columns, states as codes."""
    values = [getattr(view, NAMES.get(name, name)) for name in COLUMNS]
    return tuple(STATES.index(v) if isinstance(v, str) else v for v in values)


def stands(model: NeurogenesisModel) -> dict[int, tuple[Any, ...]]:
    """Return the columns of all changing cells by id, read without any view."""
    world = model.world
    rows = zip(*(getattr(world.population.cells, name)[: world.population.n].tolist() for name in COLUMNS), strict=True)
    return {row[0]: row for row in rows}


def step_until(model: NeurogenesisModel, done: Callable[[], bool], most: int = 600) -> None:
    for _ in range(most):
        if done():
            return
        model.step()
    raise AssertionError("it never happened")


def test_every_column_of_every_cell_is_what_the_arrays_hold(animal):
    truth = stands(animal)
    views = [view for view in animal.cells if view.unique_id in truth]
    assert len(views) == animal.world.population.n > 500
    for view in views:
        assert shown(animal, view) == truth[view.unique_id]


def test_a_view_follows_its_cell_wherever_the_rows_go(animal):
    views = list(animal.cells)
    rng = np.random.default_rng(5)
    for _ in range(30):
        animal.step()
        animal.world.permute(rng.permutation(animal.world.population.n))
        truth = stands(animal)
        for view in rng.choice(views, 40, replace=False):
            if view.unique_id in truth:
                assert shown(animal, view) == truth[view.unique_id]
            elif not view.gone:
                assert view.state in ("mature", "astrocyte")
            else:
                with pytest.raises(LookupError, match=f"Cell {view.unique_id} is gone"):
                    _ = view.state


def test_a_single_view_follows_too(animal):
    cell = int(animal.world.population.cells.id[7])
    view = animal.cell(cell)
    for seed in range(5):
        animal.world.permute(np.random.default_rng(seed).permutation(animal.world.population.n))
        assert shown(animal, view) == stands(animal)[cell]
    assert animal.cell(cell) is view


def test_a_progenitor_that_divides_is_gone_and_names_her_daughters(animal):
    mother = next(iter(animal.cells.select(lambda c: c.state == "type_2a")))
    step_until(animal, lambda: mother.gone)
    with pytest.raises(CellGoneError, match="divided on day") as fault:
        _ = mother.state
    assert isinstance(fault.value, LookupError)
    assert isinstance(fault.value, InputError)
    daughters = mother.daughters
    assert len(daughters) == 2
    for daughter in daughters:
        assert str(daughter.unique_id) in str(fault.value)
        assert daughter.mother is mother
    assert mother.fate in repr(mother)
    for ask in (mother.hazards, mother.explain, lambda: mother.place, lambda: mother.age_h, lambda: mother.bdnf_pg_ml):
        with pytest.raises(LookupError, match="is gone"):
            ask()
    with pytest.raises(LookupError, match="is gone"):
        animal.cell(mother.unique_id)


def test_a_dead_cell_is_a_body_until_it_is_cleared(animal):
    young = list(animal.cells.select(lambda c: c.state == "immature_early"))
    step_until(animal, lambda: any(not c.gone and c.state == "apoptotic" for c in young))
    body = next(c for c in young if not c.gone and c.state == "apoptotic")
    assert body.from_state == "immature_early"
    assert "apoptotic body" in body.explain()
    assert body.hazards() == {}
    step_until(animal, lambda: body.gone)
    assert "died in the state immature early" in body.fate
    with pytest.raises(LookupError, match="was cleared on day"):
        _ = body.reserve


def test_a_stem_cell_may_use_itself_up(animal):
    stem = list(animal.cells.select(lambda c: c.state == "active"))
    step_until(animal, lambda: any(c.gone for c in stem))
    consumed = next(c for c in stem if c.gone)
    assert "used itself up" in consumed.fate
    last = [c.unique_id for c in consumed.daughters[-2:]]
    assert all(str(cell) in consumed.fate for cell in last)


def test_settled_cells_are_still_there(lived):
    model = lived((300.0, 300.0), age="20 wk", duration="2 d")
    settled = model.cells.select(lambda c: c.state in ("mature", "astrocyte"))
    assert len(settled) == model.n_cells - model.world.population.n > 0
    for cell in settled:
        assert not cell.gone
        assert math.isnan(cell.reserve)
        assert math.isnan(cell.clock_h)
        assert cell.from_state == ("maturing" if cell.state == "mature" else "active")
        assert cell.hazards() == {}
        assert "nothing more happens" in cell.explain()
        assert cell.bdnf_pg_ml > 0.0
        assert cell in cell.clone
    neuron = next(c for c in settled if c.state == "mature")
    assert neuron.place.layer > 0
    assert "granule cell layer" in neuron.place.zone


def test_a_view_keeps_up_when_its_cell_settles(patch):
    model = NeurogenesisModel(patch((300.0, 300.0), age="20 wk", duration="20 d"))
    maturing = model.cells.select(lambda c: c.state == "maturing")
    held = list(maturing)
    step_until(model, lambda: any(not c.gone and c.state == "mature" for c in held))
    neuron = next(c for c in held if not c.gone and c.state == "mature")
    assert neuron in model.agents
    assert model.cell(neuron.unique_id) is neuron


def test_there_never_was_such_a_cell(animal):
    with pytest.raises(LookupError, match="never had a cell 0"):
        animal.cell(0)
    with pytest.raises(InputError, match="not a whole number"):
        animal.cell("1")


def test_kin(animal):
    world = animal.world
    for view in list(animal.cells)[::25]:
        kin = view.clone
        assert view in kin
        assert {c.founder_id for c in kin} == {view.founder_id}
        living = int((world.population.cells.founder[: world.population.n] == view.founder_id).sum())
        assert len(kin) >= living
        if view.mother is None:
            assert view.unique_id == view.founder_id
        else:
            assert view in view.mother.daughters
        ancestor = view
        while ancestor.mother is not None:
            ancestor = ancestor.mother
        assert ancestor.unique_id == view.founder_id


def test_place_and_field(animal):
    grid, world = animal.world.grid, animal.world
    for view in list(animal.cells)[::10]:
        place = view.place
        u, v = round(place.u_um / grid.pitch_um - 0.5), round(place.v_um / grid.pitch_um - 0.5)
        assert place.layer * grid.n_columns + v * grid.n_u + u == view.site
        assert view.pos == (place.u_um, place.v_um)
        assert (place.zone == "subgranular zone") == (place.layer == 0)
        assert view.bdnf_pg_ml == world.level[world.tissue.geometry.site_class[view.site]]


def test_hazards_are_those_the_engine_spends(animal):
    world, moment = animal.world, cell_explain.rates_of(animal.world)
    fill_rates(moment, world.tissue)
    seen = set()
    for row in range(0, world.population.n, 3):
        hazard, pace = rates_of(row, world.time_h, world.population.cells, world.tissue, world.parameters)
        view = animal.cell(int(world.population.cells.id[row]))
        assert sum(view.hazards().values()) == pytest.approx(hazard, rel=1e-14)
        clock = cell_explain.clock_of(world, row, moment)
        assert (clock.pace if clock else 0.0) == pytest.approx(pace, rel=1e-14)
        seen |= set(view.hazards())
    assert seen == {"activation", "death"}


def test_a_runner_hears_more_than_at_rest(animal):
    step_until(animal, lambda: animal.niche_rise > 0.2)
    dormant = next(iter(animal.cells.select(lambda c: c.state == "dormant")))
    row = animal.views.row_of(dormant)
    hazard = cell_explain.hazard_of(animal.world, row, cell_explain.rates_of(animal.world))
    assert hazard.signal > 1.0
    assert hazard.per_h == hazard.base_per_h * hazard.signal * hazard.crowding
    assert dormant.hazards() == {"activation": hazard.per_h}


def test_explanations_name_rules_numbers_grades_and_sources(animal):
    told = {view.state: view.explain() for view in animal.cells}
    assert {"dormant", "resting", "active", "type_2a", "immature_early", "immature_late"} <= set(told)
    assert "Hazard of activation" in told["resting"]
    assert "lineage.stem.resting_activation_floor = 0.035 1/d [derived; grade B]; Wu" in told["resting"]
    assert "BDNF raises the activation hazard" in told["dormant"]
    assert "For its daughters: BDNF raises the odds of one more division" in told["active"]
    assert "Entry into the granule cell layer" in told["immature_early"]
    assert "lineage.integration.pool" in told["immature_late"]
    for text in told.values():
        assert "times its level at rest" in text or "settled" in text


def test_a_knocked_out_receptor_is_named(patch):
    model = NeurogenesisModel(patch((300.0, 300.0), duration="1 d", knock_outs=[{"receptor": "bdnf"}]))
    dormant = next(iter(model.cells.select(lambda c: c.state == "dormant")))
    assert "Here the receptor is knocked out." in dormant.explain()


def test_every_number_an_explanation_names_was_read_by_the_run(animal):
    world = animal.world
    paths = {path for row in range(world.population.n) for path in cell_explain.numbers_of(world, row)}
    assert paths <= animal.used_parameters
    assert {"lineage.neuron.early_stay", "lineage.stem.active_pause", "lineage.progenitor.cycle_minimum"} <= paths


def test_a_view_neither_writes_nor_removes(animal):
    view = next(iter(animal.cells))
    with pytest.raises(AttributeError):
        view.reserve = 0.0
    with pytest.raises(InputError, match="cannot remove its cell"):
        view.remove()
    before = deepcopy(animal.world)
    animal.cells.do("step")
    np.testing.assert_equal(animal.world.population.everyone()._asdict(), before.population.everyone()._asdict())
    np.testing.assert_equal(animal.world.tally, before.tally)


def test_going_back_in_time_brings_a_cell_back(animal):
    mother = next(iter(animal.cells.select(lambda c: c.state == "type_2a")))
    before, at = deepcopy(animal.world), shown(animal, mother)
    step_until(animal, lambda: mother.gone)
    animal.world = before
    assert not mother.gone
    assert shown(animal, mother) == at

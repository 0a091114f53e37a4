"""Hazard clocks: a reserve spent on chance, a clock spent on time, and nothing that depends on the length of a step.

Sellke (1983, J Appl Probab 20:390); Anderson (2007, J Chem Phys 127:214107).
"""

from typing import Any

import numpy as np
import pytest
from scipy import stats

from neurogen_abm.biology import lineage
from neurogen_abm.engine import commit, timers
from neurogen_abm.engine.parameters import Parameters
from neurogen_abm.engine.population import empty_cells
from neurogen_abm.engine.rates import age_table_of, fill_factors, fill_rates, rates_at_age
from neurogen_abm.engine.tissue import empty_events
from neurogen_abm.engine.world import World
from neurogen_abm.lowering import Lowered, lower
from neurogen_abm.spec.scenario.scenario import load_scenario, resolve

N = 8_000


@pytest.fixture(scope="module")
def lowered(patch) -> Lowered:
    """Return an animal with sites for a large cohort."""
    return lower(resolve(load_scenario(patch((1600.0, 600.0)))))


def _parameters(lowered: Lowered, dt_h: float, hazard_per_h: float, **changes: Any) -> Parameters:
    """Return parameters with which every neuron meets the same hazard and nothing crowds or moves it."""
    p = lowered.parameters
    return p._replace(
        dt_h=dt_h, death=np.full_like(p.death, hazard_per_h), rivalry=0.0, hop_until_h=-1.0, clearance_h=1e6, **changes
    )


def _cohort(lowered: Lowered, parameters: Parameters, state: int, reserve: Any, clock_h: Any) -> World:
    """Return a tissue that holds N cells of one state and nothing else, one a column."""
    start = lowered.start._replace(time_h=0.0, n_stem=0, n_granule=0)
    world = World(parameters, lowered.effects, lowered.grid, lowered.classes, lowered.niche, start)
    world.population.cells, world.population.n = empty_cells(2 * N), N
    world.tally[commit.BIRTHS] = world.tally[commit.IN_STATE + state] = N
    world.events = empty_events(2 * N, N)
    c, rows, columns = world.population.cells, slice(0, N), np.arange(N)
    c.id[rows] = c.founder[rows] = columns + 1
    c.state[rows] = c.from_state[rows] = c.birth_state[rows] = state
    c.reserve[rows], c.clock_h[rows] = reserve, clock_h
    in_layer = state >= lineage.IMMATURE_LATE
    c.site[rows] = columns + (lowered.grid.n_columns if in_layer else 0)
    geometry, occupancy = world.tissue.geometry, world.tissue.occupancy
    c.field_class[rows], c.block[rows] = geometry.site_class[c.site[rows]], geometry.block_of[columns]
    if in_layer:
        occupancy.rivals[:] = np.bincount(c.block[rows], minlength=len(occupancy.rivals))
    (occupancy.load if in_layer else occupancy.occupied)[columns] = 1
    return world


def _by_id(world: World) -> tuple[Any, Any]:
    """Return states and times of entry in the order of ids."""
    cells = world.population.changing
    order = np.argsort(cells.id)
    return cells.state[order], cells.since_h[order]


def _live(world: World, hours: float) -> World:
    for _ in range(round(hours / world.parameters.dt_h)):
        world.step()
    return world


@pytest.fixture(scope="module")
def reserve():
    """Return exponential reserves of mean 1."""
    return np.random.default_rng(11).exponential(size=N).astype(np.float32)


@pytest.mark.parametrize("dt_h", [0.5, 1.0, 6.0])
def test_survival_under_a_constant_hazard_is_exponential_at_any_step(lowered, reserve, dt_h):
    hazard = 0.05
    world = _live(_cohort(lowered, _parameters(lowered, dt_h, hazard), lineage.IMMATURE_LATE, reserve, 1e6), 240.0)
    state, since = _by_id(world)
    dead = state == lineage.APOPTOTIC
    # A cell dies when its reserve is spent, to the rounding of single precision, not at the end of a step.
    due = reserve / hazard
    clear = np.abs(due - 240.0) > 0.1
    np.testing.assert_array_equal(dead[clear], (due < 240.0)[clear])
    np.testing.assert_allclose(since[dead], due[dead], atol=0.02)
    law = stats.truncexpon(b=240.0 * hazard, scale=1.0 / hazard)
    assert stats.kstest(since[dead], law.cdf).pvalue > 1e-5
    assert world.tally[commit.DEATHS] == dead.sum()


def test_a_reserve_and_a_clock_race_and_the_first_one_wins(lowered, reserve):
    hazard, shape, mean = 0.01, 4.0, 60.0
    clock = np.random.default_rng(12).gamma(shape, mean / shape, N).astype(np.float32)
    parameters = _parameters(lowered, 1.0, hazard, stay_h=np.array([1.0, 1.0, 1e6]))
    world = _live(_cohort(lowered, parameters, lineage.IMMATURE_LATE, reserve, clock), 400.0)
    integrated = int(world.tally[commit.INTEGRATED])
    died = int(world.tally[commit.DEATHS_BY_STATE + lineage.IMMATURE_LATE])
    assert integrated + died == N
    # Cell by cell, but for ties within rounding.
    assert integrated == pytest.approx(np.sum(clock < reserve / hazard), abs=3)
    # And in law: a gamma clock outruns an exponential with chance (1 + h m / s)^-s.
    chance = (1.0 + hazard * mean / shape) ** -shape
    assert stats.binomtest(integrated, N, chance).pvalue > 1e-5


def _time_to_integrate(lowered: Lowered, dt_h: float) -> Any:
    """Return when every cell of a cohort of young neurons was integrated, in order of ids."""
    p = _parameters(lowered, dt_h, 0.0, stay_h=np.array([30.0, 50.0, 1e6]), stay_shape=9.0)
    clock = np.random.default_rng(13).gamma(9.0, 30.0 / 9.0, N).astype(np.float32)
    state, since = _by_id(_live(_cohort(lowered, p, lineage.IMMATURE_EARLY, 1.0, clock), 300.0))
    assert (state == lineage.MATURING).all()
    return since


def test_the_time_left_in_a_step_is_carried_into_the_next_state(lowered):
    fine, coarse = _time_to_integrate(lowered, 0.5), _time_to_integrate(lowered, 6.0)
    # Two states in a row; a step that swallowed its rest would add 3 h on average.
    np.testing.assert_allclose(coarse, fine, atol=0.01)
    error = np.sqrt((30.0**2 + 50.0**2) / 9.0 / N)
    assert abs(coarse.mean() - 80.0) < stats.norm.isf(0.5e-5) * error


@pytest.mark.parametrize("later_h", [0.0, 0.1], ids=["windows begin on the hour", "windows begin within a quarter"])
def test_the_kernel_spends_what_the_scalar_rules_say(patch, later_h):
    from neurogen_abm.model import NeurogenesisModel

    model = NeurogenesisModel(patch(activity=[{"kind": "wheel", "distance": "9 km/d"}], duration="2 d"))
    for _ in range(16):  # into the first night, so that effects are not at rest
        model.step()
    w, cells = model.world, model.world.population.changing
    n, n_quiescent = w.population.n, w.population.n_quiescent
    edges_h = w.parameters.death_edges_h.copy()
    edges_h[1:] += later_h
    w.parameters = w.parameters._replace(death_edges_h=edges_h)
    tables = w.tissue.tables._replace(age_table=age_table_of(w.parameters), bin_end_h=np.append(edges_h[1:], np.inf))
    w.tissue = w.tissue._replace(tables=tables)
    neurons = np.flatnonzero(cells.state == lineage.IMMATURE_LATE)
    ages_h = np.concatenate([edges_h[1:] - 0.01, edges_h[1:], edges_h[1:] + 0.01])
    cells.birth_h[neurons[: len(ages_h)]] = w.time_h - ages_h
    before = (cells.reserve.copy(), cells.clock_h.copy())
    moment = rates_at_age(w.parameters, w.age_h)
    fill_rates(moment, w.tissue)
    assert np.ptp(w.tissue.tables.factors) > 0.1
    timers.spend(n, n_quiescent, w.time_h, cells, w.tissue, w.parameters, w.events)
    n_due, _ = timers.count_due(n, w.events.due)
    assert n_due > 0
    timers.list_due(n, n_due, w.events.due, w.events.rows, w.events.wanted)
    timers.decide(n_due, w.time_h, cells, w.tissue, w.parameters, w.events)
    spent = (
        before[0] - cells.reserve,
        before[1] - cells.clock_h,
    )
    rates = np.array([timers.rates_of(i, w.time_h, cells, w.tissue, w.parameters) for i in range(n)])
    for k in range(2):
        scale = np.abs(before[k]) + rates[:, k]
        np.testing.assert_allclose(spent[k], rates[:, k] * w.parameters.dt_h, rtol=0, atol=(3e-7 * scale).max())
    states = set(cells.state.tolist())
    assert {lineage.DORMANT, lineage.IMMATURE_LATE} <= states
    assert states & {lineage.TYPE_2A, lineage.TYPE_2B, lineage.TYPE_3}


def test_hazards_and_paces_are_finite_and_never_negative_at_any_age_and_level(lowered):
    w = lowered.world()
    for age_d in (30, 60, 365, 730):
        moment = rates_at_age(w.parameters, age_d * 24.0)
        for table in (moment.hazard, moment.pace, moment.divide):
            assert np.isfinite(table).all()
            assert (table >= 0.0).all()
        assert 0.0 <= moment.symmetric + moment.consuming + moment.astrogenic <= 1.0
    for fold in (0.0, 0.5, 1.0, 3.0, 1e6):
        habituation = np.ones_like(w.habituation)
        level = np.full_like(w.level, fold)
        fill_factors(w.effects, level, w.blood, w.classes.weight, habituation, 1.0, w.tissue.tables.factors)
        assert np.isfinite(w.tissue.tables.factors).all()
        assert (w.tissue.tables.factors > 0.0).all()
        if fold == 1.0:
            assert (w.tissue.tables.factors == 1.0).all()

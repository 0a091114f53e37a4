"""Hazard clocks: a reserve spent on chance, a clock spent on time, and nothing that depends on the length of a step.

Sellke (1983, J Appl Probab 20:390); Anderson (2007, J Chem Phys 127:214107).
"""

from typing import Any

import numpy as np
import pytest
from cohorts import N, by_id, cohort, flat_parameters, live
from scipy import stats

from neurogen_abm.biology import lineage
from neurogen_abm.engine import commit, timers
from neurogen_abm.engine.rates import age_table_of, fill_factors, fill_rates, rates_at_age
from neurogen_abm.lowering import Lowered, lower
from neurogen_abm.spec.scenario.scenario import load_scenario, resolve


@pytest.fixture(scope="module")
def lowered(patch) -> Lowered:
    """Return an animal with sites for a large cohort."""
    return lower(resolve(load_scenario(patch((1600.0, 600.0)))))


@pytest.fixture(scope="module")
def reserve():
    """Return exponential reserves of mean 1."""
    return np.random.default_rng(11).exponential(size=N).astype(np.float32)


@pytest.mark.parametrize("dt_h", [0.5, 1.0, 6.0])
def test_survival_under_a_constant_hazard_is_exponential_at_any_step(lowered, reserve, dt_h):
    hazard = 0.05
    world = live(cohort(lowered, flat_parameters(lowered, dt_h, hazard), lineage.IMMATURE_LATE, reserve, 1e6), 240.0)
    state, since = by_id(world)
    dead = state == lineage.APOPTOTIC
    # A cell dies when its reserve is spent, to the rounding of single precision, not at the end of a step.
    due = reserve / hazard
    clear = np.abs(due - 240.0) > 0.1
    np.testing.assert_array_equal(dead[clear], (due < 240.0)[clear])
    np.testing.assert_allclose(since[dead], due[dead], atol=0.02)
    law = stats.truncexpon(b=240.0 * hazard, scale=1.0 / hazard)
    assert stats.kstest(since[dead], law.cdf).pvalue > 1e-5
    assert world.tally[commit.DEATHS] == dead.sum()


@pytest.mark.parametrize("dt_h", [0.25, 1.0, 2.0, 6.0])
def test_a_body_stays_as_long_as_it_is_cleared_in_at_any_step(lowered, reserve, dt_h):
    hazard, stay_h, ends_h = 0.05, 1.4, np.arange(6.0, 241.0, 6.0)
    p = flat_parameters(lowered, dt_h, hazard, clearance_h=stay_h)
    world = cohort(lowered, p, lineage.IMMATURE_LATE, reserve, 1e6)
    died_h = (reserve / hazard).astype(float)
    seen, expected = [], []
    for end_h in ends_h:
        live(world, 6.0)
        seen.append(int(world.tally[commit.IN_STATE + lineage.APOPTOTIC]))
        expected.append(int(((died_h <= end_h) & (died_h > end_h - stay_h)).sum()))
    # Cell by cell, but for ties within rounding; a body that waited for the end of the step would make it 4.3 times.
    np.testing.assert_allclose(seen, expected, atol=2)
    assert sum(seen) == pytest.approx(sum(expected), abs=5)
    ended = world.population.registered
    np.testing.assert_allclose(ended.cleared_h - ended.end_h, stay_h, atol=1e-4)
    assert world.tally[commit.CLEARED] == len(ended.id) == (died_h <= 240.0 - stay_h).sum()
    world.check()


@pytest.mark.parametrize("dt_h", [1.0, 6.0])
def test_a_neuron_has_one_reserve_for_life_and_pays_for_no_hour_twice(lowered, reserve, dt_h):
    # It changes its state twice on the way: a new draw, or an hour paid in both states, would move its death.
    hazard = 0.02
    clock = np.random.default_rng(14).uniform(3.0, 40.0, N).astype(np.float32)
    p = flat_parameters(lowered, dt_h, hazard, stay_h=np.array([1e6, 25.0, 1e6]), stay_shape=9.0)
    state, since = by_id(live(cohort(lowered, p, lineage.IMMATURE_EARLY, reserve, clock), 240.0))
    due = reserve / hazard
    dead = state == lineage.APOPTOTIC
    clear = np.abs(due - 240.0) > 0.1
    np.testing.assert_array_equal(dead[clear], (due < 240.0)[clear])
    np.testing.assert_allclose(since[dead], due[dead], atol=0.02)
    assert (dead & (due > 100.0)).sum() > 500  # as maturing neurons


def test_a_reserve_and_a_clock_race_and_the_first_one_wins(lowered, reserve):
    hazard, shape, mean = 0.01, 4.0, 60.0
    clock = np.random.default_rng(12).gamma(shape, mean / shape, N).astype(np.float32)
    parameters = flat_parameters(lowered, 1.0, hazard, stay_h=np.array([1.0, 1.0, 1e6]))
    world = live(cohort(lowered, parameters, lineage.IMMATURE_LATE, reserve, clock), 400.0)
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
    p = flat_parameters(lowered, dt_h, 0.0, stay_h=np.array([30.0, 50.0, 1e6]), stay_shape=9.0)
    clock = np.random.default_rng(13).gamma(9.0, 30.0 / 9.0, N).astype(np.float32)
    state, since = by_id(live(cohort(lowered, p, lineage.IMMATURE_EARLY, 1.0, clock), 300.0))
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
        past = np.ones_like(w.habituation), np.zeros_like(w.followed)
        level = np.full_like(w.level, fold)
        fill_factors(w.effects, level, w.blood, w.classes.weight, *past, 1.0, 1.0, w.tissue.tables.factors)
        assert np.isfinite(w.tissue.tables.factors).all()
        assert (w.tissue.tables.factors > 0.0).all()
        if fold == 1.0:
            assert (w.tissue.tables.factors == 1.0).all()

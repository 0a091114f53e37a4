"""What signals, rivals and capillaries do to cells, each against an answer worked out beside the engine."""

import numpy as np
import pytest
from cohorts import FLOOD, apart, cohort, flat_parameters, with_effect
from scipy import stats

from neurogen_abm.biology import hazards, lineage
from neurogen_abm.engine import commit
from neurogen_abm.lowering import Lowered, lower
from neurogen_abm.spec.scenario.scenario import load_scenario, resolve


@pytest.fixture(scope="module")
def lowered(patch) -> Lowered:
    """Return an animal with sites for a large cohort."""
    return lower(resolve(load_scenario(patch((1600.0, 600.0)))))


@pytest.mark.parametrize("flooded", [False, True])
def test_amplification_multiplies_the_odds_of_one_more_division(lowered, flooded):
    animal, p = with_effect(lowered, hazards.AMPLIFICATION, lineage.TYPE_2B, 15.0)
    p = p._replace(divide=np.full_like(p.divide, 0.2))
    world = cohort(animal, p, lineage.TYPE_2A, 0.0, 0.5, apart(lowered, 3))
    world.population.cells.generation[: world.population.n] = 1
    n = world.population.n
    world.step(*((FLOOD, FLOOD) if flooded else ()))
    assert world.tally[commit.PROGENITOR_DIVISIONS] == n
    again = int(world.tally[commit.IN_STATE + lineage.TYPE_2B])
    # Odds of 0.2/0.8, or fifteen times that: 3.75/4.75. False alarms: 1e-5.
    assert stats.binomtest(again, 2 * n, 0.2 if not flooded else 3.75 / 4.75).pvalue > 1e-5


def test_a_cell_may_be_born_die_and_be_gone_within_a_step(lowered):
    # Born after half an hour of six, and dying at 0.4 an hour: bodies of the last 1.4 h are left.
    hazard, alive = 0.4, lineage.IMMATURE_EARLY
    p = flat_parameters(lowered, 6.0, hazard, clearance_h=1.4)._replace(divide=np.zeros_like(lowered.parameters.divide))
    world = cohort(lowered, p, lineage.TYPE_2A, 0.0, 0.5, apart(lowered, 3))
    world.population.cells.generation[: world.population.n] = 1
    born = 2 * world.population.n
    world.step()
    world.check()
    left = {state: int(world.tally[commit.IN_STATE + state]) for state in (alive, lineage.APOPTOTIC)}
    expected = {alive: np.exp(-5.5 * hazard), lineage.APOPTOTIC: np.exp(-4.1 * hazard) - np.exp(-5.5 * hazard)}
    for state, chance in expected.items():  # false alarms: 2e-5
        assert stats.binomtest(left[state], born, chance).pvalue > 1e-5
    assert world.population.n == sum(left.values())
    assert world.tally[commit.CLEARED] == born - world.population.n
    somata = world.population.changing.site
    assert len(np.unique(somata)) == len(somata) == world.tissue.occupancy.occupied.sum()


@pytest.mark.parametrize(("towards", "hours"), [(2.0, 15.25), (0.5, 61.0)])
def test_maturation_twice_as_fast_takes_half_the_time(lowered, towards, hours):
    animal, p = with_effect(lowered, hazards.MATURATION, lineage.IMMATURE_EARLY, towards)
    world = cohort(animal, p, lineage.IMMATURE_EARLY, 1.0, 30.5, apart(lowered, 6))
    while world.time_h < 62.0:
        world.step(FLOOD, FLOOD)
    cells = world.population.changing
    entered = cells.since_h[cells.from_state == lineage.IMMATURE_EARLY]
    assert len(entered) == world.population.n
    np.testing.assert_allclose(entered, hours, atol=1e-3)


@pytest.mark.parametrize(("pool", "factor"), [(0.5, 1.0 + 1.5 * (1.0 / 0.5 - 1.0)), (1.0, 1.0)])
def test_all_competitors_crowd_and_only_those_who_seek_their_place_are_crowded(lowered, pool, factor):
    # Boutons for half of the neurons of a block, or for all: maturing neurons count, and have their place.
    hazard, rivalry = 0.05, 1.5
    reserve = np.random.default_rng(15).exponential(size=8000).astype(np.float32)
    p = flat_parameters(lowered, 1.0, hazard, rivalry=rivalry, pool=pool)
    world = cohort(lowered, p, lineage.IMMATURE_LATE, reserve, 1e6)
    c, n = world.population.cells, world.population.n
    c.state[:n:2] = c.from_state[:n:2] = lineage.MATURING
    world.tally[commit.IN_STATE + lineage.MATURING] = world.tally[commit.IN_STATE + lineage.IMMATURE_LATE] = n // 2
    full = (world.tissue.occupancy.rivals == world.tissue.geometry.block_size)[c.block[:n]].copy()
    maturing = c.state[:n] == lineage.MATURING
    world.step()
    order = np.argsort(world.population.changing.id)
    dead = world.population.changing.state[order] == lineage.APOPTOTIC
    assert full.mean() > 0.8
    np.testing.assert_array_equal(dead[full & maturing], (reserve <= np.float32(hazard))[full & maturing])
    np.testing.assert_array_equal(dead[full & ~maturing], (reserve <= np.float32(hazard * factor))[full & ~maturing])


def test_migrating_cells_are_drawn_to_capillaries_in_proportion(lowered):
    attraction = 10.0
    p = flat_parameters(lowered, 1.0, 0.0, hop_until_h=1e6, hop_interval_h=6.0, capillary_attraction=attraction)
    columns = apart(lowered, 3)
    world = cohort(lowered, p, lineage.IMMATURE_EARLY, 1.0, 1e6, columns)
    for _ in range(6):  # one hop, in the sixth hour
        world.step()
    beside = columns[:, None] + np.array([dv * p.n_u + du for dv in (-1, 0, 1) for du in (-1, 0, 1) if du or dv])
    near = lowered.grid.near[beside]
    weight = 1.0 + attraction * near
    weight /= weight.sum(axis=1, keepdims=True)
    mean = (weight * near).sum(axis=1)
    error = np.sqrt(((weight * near**2).sum(axis=1) - mean**2).sum())
    cells = world.population.changing
    assert (cells.site[np.argsort(cells.id)] != columns).all()
    found = lowered.grid.near[cells.site].sum()
    assert abs(found - mean.sum()) < 4.9 * error  # a false alarm in a million
    assert abs(near.mean(axis=1).sum() - mean.sum()) > 12.0 * error  # without a pull

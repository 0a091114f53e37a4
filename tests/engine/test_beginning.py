"""The first cells of an animal: as many of each kind and age as stem cells that divide as they do now keep up."""

import numpy as np
import pytest

from neurogen_abm.biology import lineage
from neurogen_abm.biology.states import STATES
from neurogen_abm.engine.beginning import Start, first_cells, stem_pool
from neurogen_abm.engine.parameters import Parameters
from neurogen_abm.engine.world import World
from neurogen_abm.lowering import Lowered, lower
from neurogen_abm.spec.scenario.scenario import load_scenario, resolve

YEAR_H = 8766.0
N_STEM = 1_200
SEEDS = range(1, 9)


@pytest.fixture(scope="module")
def lowered(patch) -> Lowered:
    """Return a wide tissue without rivalry, in which a cell nearly always finds a free site."""
    changes = {"lineage.integration.rivalry": "0", "lineage.migration.reach": "4"}
    return lower(resolve(load_scenario(patch((1500.0, 1500.0), parameters=changes))))


@pytest.fixture(scope="module")
def steady(lowered) -> Parameters:
    """Return a lineage that keeps itself: rates do not age, and as many stem cells are doubled as are used up."""
    p = lowered.parameters
    return p._replace(
        ageing_time_h=1e12, dormant_floor=0.0, dormant_rise=0.0, resting_rise=0.0, symmetric=p.consuming + p.astrogenic
    )


def _start(p: Parameters, age_h: float = 720.0) -> Start:
    """Return a start whose stem cells have all divided before."""
    _, resting, active = stem_pool(p, 1.0, age_h, age_h)
    return Start(0.0, age_h, N_STEM, 130_000, resting, active)


def test_a_lineage_that_keeps_itself_begins_as_it_goes_on(lowered, steady):
    # 8 animals; counts of 11 states and of 5 ages, against their own of 40 days later; false alarms below 1e-4.
    before, after = (np.zeros((len(SEEDS), len(STATES) + 5)) for _ in range(2))
    for k, seed in enumerate(SEEDS):
        p = steady._replace(seed=seed)
        world = World(p, lowered.effects, lowered.grid, lowered.classes, lowered.niche, _start(p))
        for counts in (before, after):
            cells = world.population.changing
            young = np.isin(cells.state, (lineage.IMMATURE_EARLY, lineage.IMMATURE_LATE, lineage.MATURING))
            age_d = (world.time_h - cells.birth_h[young]) / 24.0
            counts[k] = [*world.counts(), *np.histogram(age_d, bins=[0, 2, 7, 21, 42, 120])[0]]
            while counts is before and world.time_h < 40 * 24.0:
                world.step()
    kept = [code for code in range(before.shape[1]) if code not in (lineage.DORMANT, lineage.MATURE, lineage.ASTROCYTE)]
    first, last = before[:, kept], after[:, kept]
    assert (first.mean(axis=0) > 5).all()
    error = np.sqrt((first.var(axis=0, ddof=1) + last.var(axis=0, ddof=1)) / len(SEEDS))
    assert np.abs((last - first).mean(axis=0) / error).max() < 6.0
    np.testing.assert_allclose(last.mean(axis=0), first.mean(axis=0), rtol=0.12, atol=5.0)


def test_every_age_since_the_last_division_is_there_in_the_share_that_survives(lowered, steady):
    cells, _ = first_cells(steady, _start(steady)._replace(n_stem=9_000))
    age_d = -cells.birth_h[np.isin(cells.state, (6, 7, 8))] / 24.0
    hazard_d, edges_d = steady.death[0] * 24.0, steady.death_edges_h / 24.0
    # Before the eighth week no neuron is mature, so that a day's births are thinned by death alone.
    by_day = np.histogram(age_d, bins=np.arange(36.0))[0]
    middle = np.arange(35.0) + 0.5
    spent = np.clip(middle[:, None] - edges_d, 0.0, np.append(np.diff(edges_d), np.inf)) @ hazard_d
    expected = np.exp(-spent)
    np.testing.assert_allclose(by_day / by_day.sum(), expected / expected.sum(), rtol=0.12)


def test_what_is_left_of_a_timer_and_of_a_reserve_is_what_a_life_leaves(lowered, steady):
    cells, _ = first_cells(steady, _start(steady))
    active = cells.state == lineage.ACTIVE
    stay, minimum = steady.active_minimum_h + steady.active_pause_h, steady.active_minimum_h
    # The time left of a stay with a fixed minimum and an exponential pause, met at random.
    expected = (minimum * (minimum / 2 + steady.active_pause_h) + steady.active_pause_h**2) / stay
    assert cells.clock_h[active].mean() == pytest.approx(expected, rel=0.25)
    neuron = np.isin(cells.state, (6, 7, 8))
    # A reserve that has outlasted its hazard so far is exponential again, of mean 1.
    assert cells.reserve[neuron].mean() == pytest.approx(1.0, rel=0.1)
    assert (cells.clock_h > 0.0)[neuron].all()


def test_a_tissue_of_dormant_stem_cells_has_no_young(lowered):
    cells, developmental = first_cells(lowered.parameters, Start(0.0, 720.0, 100, 5_000))
    assert (cells.state == lineage.DORMANT).all()
    assert len(cells.id) == 100
    assert developmental.sum() == 5_000


def test_the_pool_follows_its_hazards_and_forgets_on_which_way_it_came(lowered):
    p = lowered.parameters._replace(
        consuming=np.array([0.05, 0.1]), dormant_rise=0.0, resting_rise=0.0, dormant_floor=1e-6
    )
    left, resting, active = stem_pool(p, 0.7, 30 * YEAR_H, 50 * YEAR_H)
    half, resting_half, active_half = stem_pool(p, 0.7, 30 * YEAR_H, 40 * YEAR_H)
    rest, *shares = stem_pool(p, resting_half / (1.0 - active_half), 40 * YEAR_H, 50 * YEAR_H)
    assert half * rest == pytest.approx(left, rel=1e-4)
    assert shares == pytest.approx([resting, active], rel=1e-4)


def test_dormant_stem_cells_alone_fall_exponentially(lowered):
    p = lowered.parameters._replace(dormant_rise=0.0, resting_rise=0.0, dormant_floor=1e-5)
    left, resting, active = stem_pool(p, 0.0, YEAR_H, 11 * YEAR_H)
    at_first = sum(stem_pool(p, 0.0, YEAR_H, YEAR_H)[1:])
    assert left * (1.0 - resting - active) == pytest.approx(np.exp(-1e-5 * 10 * YEAR_H) * (1.0 - at_first), rel=1e-4)

"""Stem cells that rest fall back into dormancy unless they divide again: shares and courses that theory gives."""

import numpy as np
import pytest

from neurogen_abm.biology import lineage
from neurogen_abm.engine.beginning import Start, stem_pool
from neurogen_abm.engine.parameters import Parameters
from neurogen_abm.engine.world import World
from neurogen_abm.lowering import Lowered, lower
from neurogen_abm.spec.scenario.scenario import load_scenario, resolve

N_STEM = 4_000
DAYS = 30


@pytest.fixture(scope="module")
def lowered(patch) -> Lowered:
    return lower(resolve(load_scenario(patch((1500.0, 1500.0), step="2 h"))))


def _one_way(p: Parameters, called: float, deepening: float) -> Parameters:
    """Return a lineage in which rest ends at two constant rates, per day, and nobody comes back to it."""
    never, always = np.zeros(2), np.ones(2)
    rates = {"resting_floor": called / 24.0, "deepening": deepening / 24.0}
    still = {"dormant_floor": 0.0, "dormant_rise": 0.0, "resting_rise": 0.0}
    return p._replace(**rates, **still, symmetric=never, astrogenic=never, stay_active=never, consuming=always)


@pytest.mark.parametrize("called", [0.045, 0.09])
def test_rest_ends_either_way_in_the_shares_of_the_two_rates(lowered, called):
    # Twice the call leaves fewer to sink, which is how a signal holds cells in shallow rest. Counts within 4.5 standard
    # errors: four comparisons, false alarms below 1e-4 together.
    deepening = 0.035
    p = _one_way(lowered.parameters, called, deepening)
    start = Start(0.0, 720.0, N_STEM, 0, resting=1.0, active=0.0)
    world = World(p, lowered.effects, lowered.grid, lowered.classes, lowered.niche, start)
    while world.time_h < DAYS * 24.0:
        world.step()
    left = np.exp(-(called + deepening) * DAYS)
    for state, share in ((lineage.RESTING, left), (lineage.DORMANT, (1.0 - left) * deepening / (called + deepening))):
        found = int((world.population.changing.state == state).sum())
        assert abs(found - share * N_STEM) < 4.5 * np.sqrt(N_STEM * share * (1.0 - share))


def test_the_pool_before_the_run_sinks_as_its_cells_do(lowered):
    called, deepening = 0.045, 0.035
    p = _one_way(lowered.parameters, called, deepening)
    at_h = 720.0 + DAYS * 24.0
    total, resting, _ = stem_pool(p, 1.0, 720.0, at_h)
    at_first = 1.0 + (p.active_minimum_h + p.active_pause_h) * called / 24.0
    left = np.exp(-(called + deepening) * DAYS)
    assert total * resting * at_first == pytest.approx(left, rel=0.02)  # steps of two days
    sunk = (1.0 - left) * deepening / (called + deepening)
    busy = (p.active_minimum_h + p.active_pause_h) * called / 24.0 * left
    assert total * at_first == pytest.approx(left + sunk + busy, rel=0.01)


def test_without_a_rate_nobody_sinks(lowered):
    p = _one_way(lowered.parameters, 0.5, 0.0)
    start = Start(0.0, 720.0, 500, 0, resting=1.0, active=0.0)
    world = World(p, lowered.effects, lowered.grid, lowered.classes, lowered.niche, start)
    while world.time_h < 10 * 24.0:
        world.step()
    assert not (world.population.changing.state == lineage.DORMANT).any()

"""A stem cell born of a symmetric division is as free as any: no later choice repeats the one made at her birth."""

from dataclasses import replace

import numpy as np

from neurogen_abm.biology import lineage
from neurogen_abm.lowering import lower
from neurogen_abm.spec.scenario.scenario import load_scenario, resolve


def test_a_stem_cell_born_active_may_rest_after_her_first_division(patch):
    def always(probability: float) -> np.ndarray:
        return np.full(2, probability)

    lowered = lower(resolve(load_scenario(patch((800.0, 600.0)))))
    parameters = lowered.parameters._replace(
        symmetric=always(1.0), consuming=always(0.0), astrogenic=always(0.0), stay_active=always(0.5)
    )
    world = replace(lowered, parameters=parameters).world()
    for _ in range(20 * 24):
        world.step()
    c, n = world.population.cells, world.population.n
    divided_once = (c.mother[:n] > 0) & (c.divisions[:n] == 1)
    assert (c.generation[:n][divided_once] == 0).all()
    for state_at_birth in (lineage.ACTIVE, lineage.RESTING):
        state = c.state[:n][divided_once & (c.birth_state[:n] == state_at_birth)]
        assert len(state) > 100
        # Half stay active; the others rest, and few of those have been called again since.
        assert 0.25 < (state == lineage.ACTIVE).mean() < 0.75

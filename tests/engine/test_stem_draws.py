"""Choices of a stem cell are drawn apart: how she divides, whether she stays active, how her daughter begins."""

from dataclasses import replace

import numpy as np

from neurogen_abm.biology import lineage
from neurogen_abm.engine.population import Cells
from neurogen_abm.lowering import lower
from neurogen_abm.spec.scenario.scenario import load_scenario, resolve


def lived(patch, symmetric: float) -> Cells:
    """Return the cells of an animal whose stem cells double or renew themselves, and stay active every other time."""

    def always(probability: float) -> np.ndarray:
        return np.full(2, probability)

    lowered = lower(resolve(load_scenario(patch((800.0, 600.0)))))
    parameters = lowered.parameters._replace(
        symmetric=always(symmetric), consuming=always(0.0), astrogenic=always(0.0), stay_active=always(0.5)
    )
    world = replace(lowered, parameters=parameters).world()
    for _ in range(20 * 24):
        world.step()
    return world.population.changing


def test_how_she_divides_says_nothing_of_whether_she_stays_active(patch):
    c = lived(patch, 0.5)
    doubled = np.isin(c.id, c.mother[(c.generation == 0) & (c.mother > 0)])
    for state in (lineage.ACTIVE, lineage.RESTING):
        after_the_first = (c.divisions == 1) & (c.state == state)
        assert after_the_first.sum() > 40  # few are still active: they divide again within a day or two
        # A half; with one draw for both it would be none or all. False alarms: 1e-6.
        assert 0.1 < doubled[after_the_first].mean() < 0.9


def test_a_stem_cell_born_active_may_rest_after_her_first_division(patch):
    c = lived(patch, 1.0)
    divided_once = (c.mother > 0) & (c.divisions == 1)
    assert (c.generation[divided_once] == 0).all()
    for state_at_birth in (lineage.ACTIVE, lineage.RESTING):
        state = c.state[divided_once & (c.birth_state == state_at_birth)]
        assert len(state) > 100
        # Half stay active; the others rest, and few of those have been called again since.
        assert 0.25 < (state == lineage.ACTIVE).mean() < 0.75

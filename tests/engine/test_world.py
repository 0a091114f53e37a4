"""The cell tables of an animal are checked, and a check that fails says what is wrong."""

from copy import deepcopy
from dataclasses import replace
from types import GenericAlias
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from neurogen_abm.biology import lineage
from neurogen_abm.engine import commit, row_order
from neurogen_abm.engine.beginning import spread_evenly
from neurogen_abm.engine.population import type_held
from neurogen_abm.engine.world import World
from neurogen_abm.errors import ModelFault
from neurogen_abm.lowering import lower
from neurogen_abm.spec.scenario.scenario import load_scenario, resolve


@pytest.fixture
def world(patch) -> World:
    """Return an animal ten days into its history."""
    world = lower(resolve(load_scenario(patch((300.0, 300.0), seed=4)))).world()
    for _ in range(240):
        world.step()
    world.check()
    return world


def test_a_lost_cell_is_noticed(world):
    world.population.n -= 1
    with pytest.raises(ModelFault, match="cells were born"):
        world.check()


def test_two_somata_on_one_site_are_noticed(world):
    in_zone = np.flatnonzero(world.population.cells.site[: world.population.n] < world.grid.n_columns)
    world.population.cells.site[in_zone[0]] = world.population.cells.site[in_zone[1]]
    with pytest.raises(ModelFault, match="holds two somata"):
        world.check()


def test_a_cell_too_many_in_the_layer_is_noticed(world):
    world.tissue.occupancy.load[7] += 1
    with pytest.raises(ModelFault, match="granule cell layer"):
        world.check()


def test_a_cell_that_reads_elsewhere_is_noticed(world):
    world.population.cells.field_class[5] ^= 1
    with pytest.raises(ModelFault, match="field of another site"):
        world.check()


def test_a_rival_that_is_not_there_is_noticed(world):
    world.tissue.occupancy.rivals[0] += 1
    with pytest.raises(ModelFault, match="another block"):
        world.check()


def test_a_site_beyond_the_sheet_is_noticed(world):
    world.population.cells.site[2] = world.grid.n_sites
    with pytest.raises(ModelFault, match="one that is not there"):
        world.check()


def test_a_number_that_is_none_is_noticed(world):
    world.population.cells.reserve[3] = np.nan
    with pytest.raises(ModelFault, match="not finite"):
        world.check()


def test_a_cell_counted_in_another_state_is_noticed(world):
    world.tally[commit.IN_STATE + lineage.RESTING] -= 1
    world.tally[commit.IN_STATE + lineage.ACTIVE] += 1
    with pytest.raises(ModelFault, match="count other cells in a state"):
        world.check()


def test_another_cell_among_the_quiescent_is_noticed(world):
    awake = np.flatnonzero(world.population.changing.state > lineage.RESTING)
    world.population.n_quiescent = int(awake[0]) + 1
    with pytest.raises(ModelFault, match="among those of quiescent stem cells"):
        world.check()


def test_the_first_rows_stay_quiescent_while_stem_cells_wake(world):
    woken = world.population.n_quiescent
    world.population.cells.reserve[:woken] *= 0.1  # so that some tens of them do
    for _ in range(23):  # until just before rows are put in order
        world.step()
        assert world.population.cells.state[: world.population.n_quiescent].max() <= lineage.RESTING
    assert 0 < world.population.n_quiescent < woken


def test_a_copy_stays_as_it_was(world):
    copy = deepcopy(world)
    before = copy.population.cells.reserve.copy()
    world.step()
    np.testing.assert_array_equal(copy.population.cells.reserve, before)
    assert copy.steps == world.steps - 1


def test_rows_are_in_order_of_state_and_block_and_otherwise_stay(world):
    for _ in range(12):
        world.step()
    n, c, block_of = world.population.n, world.population.changing, world.tissue.geometry.block_of
    order = row_order.by_state_and_block(0, n, c, block_of, len(world.tissue.occupancy.rivals))
    expected = np.lexsort((block_of[c.site % len(block_of)], c.state))  # stable, as is ours
    np.testing.assert_array_equal(order, expected)
    assert (np.diff(order.astype(int)) < 0).any()
    ids = c.id.copy()
    world.permute(order)
    np.testing.assert_array_equal(world.population.changing.id, ids[order])


def test_rows_after_the_quiescent_first_are_put_in_order_and_those_that_rest_join_them(world):
    for _ in range(22):
        world.step()
    c, first, block_of = world.population.changing, world.population.n_quiescent, world.tissue.geometry.block_of
    ids = c.id.copy()
    state, block = c.state[first:], block_of[c.site[first:] % len(block_of)]
    assert (state <= lineage.RESTING).any()
    order = first + np.lexsort((block, state))
    world._tidy()
    np.testing.assert_array_equal(c.id, np.concatenate([ids[:first], ids[order]]))
    n_quiescent = world.population.n_quiescent
    assert c.state[:n_quiescent].max() <= lineage.RESTING < c.state[n_quiescent:].min()


def test_a_replaced_array_is_what_the_next_step_reads(world):
    twin = deepcopy(world)
    world.step()
    twin.effects = twin.effects._replace(towards=twin.effects.towards.copy())
    twin.tissue = twin.tissue._replace(occupancy=twin.tissue.occupancy._replace(load=twin.tissue.occupancy.load.copy()))
    twin.step()
    np.testing.assert_array_equal(twin.population.changing.reserve, world.population.changing.reserve)
    twin.level = np.zeros_like(twin.level)
    twin.step()
    assert twin.level.all()  # filled: not the array of before


def test_columns_grow_with_the_cells(world):
    capacity = len(world.population.cells.id)
    world._make_room(capacity, 7)
    assert len(world.population.cells.id) >= world.population.n + capacity
    assert len(world.events.due) == len(world.population.cells.id)
    assert len(world.events.rows) >= capacity + 7
    world.step()
    world.check()


def test_a_full_zone_makes_cells_wait_and_breaks_nothing(patch):
    # Contact inhibition: nearly every site is taken, so that most divisions find no room.
    crowded = patch(
        (300.0, 300.0), parameters={"lineage.stem.initial_count": {"value": "67500 cells", "why": "no room"}}
    )
    world = lower(resolve(load_scenario(crowded))).world()
    assert world.population.n > 0.99 * world.grid.n_columns
    for _ in range(240):
        world.step()
    world.check()
    assert world.tally[commit.WAITED] > world.tally[commit.BIRTHS]
    assert world.tissue.occupancy.occupied.max() == 1


@pytest.mark.parametrize("dt_h", [0.5, 1.0, 6.0])
def test_granule_cells_of_development_die_at_their_rate_at_any_step(patch, dt_h):
    lowered = lower(resolve(load_scenario(patch((300.0, 300.0)))))
    p = lowered.parameters._replace(dt_h=dt_h, developmental_death=0.002)
    world = replace(lowered, parameters=p).world()
    before = world.n_developmental
    assert 0 < before < world.start.n_granule  # those still young are cells of the run
    for _ in range(round(48.0 / dt_h)):
        world.step()
    assert world.n_developmental == pytest.approx(before * np.exp(-0.002 * 48.0), abs=1.0)
    assert world.developmental.sum() == world.n_developmental


@pytest.mark.parametrize(("total", "columns"), [(0, 5), (3, 5), (5, 5), (5 * 7 + 2, 5)])
def test_granule_cells_are_spread_evenly(total, columns):
    load = spread_evenly(1, total, columns)
    assert load.sum() == total
    assert np.ptp(load) <= 1


@pytest.mark.parametrize(
    "column",
    [np.ndarray[tuple[Any, ...], np.dtype[np.float32]], GenericAlias(list, (np.float32,)), NDArray[np.float32]],
    ids=["numpy before 2.5", "numpy from 2.5 on", "this numpy"],
)
def test_the_type_of_a_column_is_read_as_any_numpy_writes_it(column):
    """From 2.5 on, which Python 3.12 and later get, ``NDArray[X]`` is a name of its own that holds X alone."""
    assert type_held(column) is np.float32


def test_two_settled_cells_on_one_site_of_the_zone_are_noticed(world):
    """As astrocytes settle there, which are in the register alone."""
    ended, n = world.population.ended, world.population.n_ended
    settled = np.flatnonzero((ended.cause[:n] == lineage.ALIVE) & (ended.site[:n] >= world.grid.n_columns))
    ended.site[settled[[0, -1]]] = 3
    with pytest.raises(ModelFault, match="holds two somata"):
        world.check()

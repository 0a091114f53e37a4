"""The lattice: where free sites are looked for, how far capillaries stand apart, where the first cells stand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from neurogen_abm.biology import lineage
from neurogen_abm.engine.grid import DentateGrid, free_column, make_grid
from neurogen_abm.lowering import lower
from neurogen_abm.spec.scenario.scenario import load_scenario, resolve

N_U, N_V, REACH, CAPACITY = 9, 6, 2, 3


def _grid(n_u=N_U, n_v=N_V, *, n_layers=2, spacing_um=40.0, depth_um=60.0, seed=1) -> DentateGrid:
    return make_grid(
        seed=seed,
        n_u=n_u,
        n_v=n_v,
        n_layers=n_layers,
        pitch_um=10.0,
        subgranular_spacing_um=spacing_um,
        granule_spacing_um=depth_um,
        reach=REACH,
    )


GRID = _grid()
LOADS = hnp.arrays(np.uint8, N_U * N_V, elements=st.integers(CAPACITY - 1, CAPACITY))


@given(column=st.integers(0, N_U * N_V - 1), load=LOADS, u=st.floats(0.0, 1.0, exclude_max=True))
@settings(max_examples=300)
def test_the_nearest_free_column_is_found(column, load, u):
    found = free_column(column, N_U, N_V, GRID.ring_start, GRID.ring_u, GRID.ring_v, REACH, load, CAPACITY, u)
    # Chebyshev distance of every free column, the slow and plain way.
    columns = np.arange(N_U * N_V)
    distance = np.maximum(abs(columns % N_U - column % N_U), abs(columns // N_U - column // N_U))
    within = columns[(load < CAPACITY) & (distance <= REACH)]
    if len(within) == 0:
        assert found == -1
    else:
        assert 0 <= found < N_U * N_V
        assert load[found] < CAPACITY
        assert distance[found] == distance[within].min()


def test_every_free_neighbour_can_be_found_and_none_is_left_out():
    load = np.zeros(N_U * N_V, np.uint8)
    centre = 3 * N_U + 4
    load[centre] = CAPACITY
    found = {
        free_column(centre, N_U, N_V, GRID.ring_start, GRID.ring_u, GRID.ring_v, REACH, load, CAPACITY, u)
        for u in np.linspace(0.0, 0.999, 80)
    }
    assert found == {centre + dv * N_U + du for dv in (-1, 0, 1) for du in (-1, 0, 1)} - {centre}


@pytest.mark.parametrize("spacing_um", [40.0, 50.0, 60.0])
def test_capillaries_are_as_far_apart_as_asked(spacing_um):
    # Lines a spacing s apart have a length of 1/s per area; the crossing families share it. Their number is whole.
    grid = _grid(200, 120, spacing_um=spacing_um)
    per_area = grid.capillary[0].sum() / (grid.n_columns * grid.pitch_um)
    assert 1.0 / per_area == pytest.approx(spacing_um, rel=0.05)


def test_capillaries_reach_every_part_of_the_zone():
    grid = _grid(200, 120, spacing_um=40.0)
    coarse = grid.capillary[0].reshape(6, 20, 10, 20).sum(axis=(1, 3))
    assert coarse.min() > 0


def test_deep_layers_have_fewer_capillaries_than_the_subgranular_zone():
    grid = _grid(200, 120, n_layers=9)
    assert (grid.capillary[1:].mean(axis=(1, 2)) > 0.0).all()
    assert grid.capillary[1:].mean() < grid.capillary[0].mean()


@pytest.mark.parametrize(("n_u", "n_v"), [(1, 1), (1, 7), (3, 2)])
def test_the_smallest_patches_have_a_capillary(n_u, n_v):
    grid = _grid(n_u, n_v)
    assert grid.capillary[0].sum() >= 1.0
    assert np.isfinite(grid.near).all()


def test_nearness_is_one_on_a_capillary_and_falls_away():
    grid = _grid(60, 60, spacing_um=120.0)
    on = grid.capillary[0].ravel() > 0
    assert (grid.near[on] == 1.0).all()
    assert (grid.near[~on] <= np.exp(-1.0) + 1e-12).all()
    assert (grid.near > 0.0).all()


def test_another_seed_lays_other_capillaries():
    assert not np.array_equal(_grid(60, 60, seed=1).capillary, _grid(60, 60, seed=2).capillary)
    assert np.array_equal(_grid(60, 60, seed=1).capillary, _grid(60, 60, seed=1).capillary)


def test_founders_stand_on_sites_of_their_own_and_bear_their_names(patch):
    world = lower(resolve(load_scenario(patch()))).world()
    cells = world.population.changing
    stem = np.flatnonzero(cells.state <= lineage.ACTIVE)
    assert len(stem) == world.start.n_stem > 0
    zone = cells.site[cells.site < world.grid.n_columns]
    assert len(np.unique(zone)) == len(zone) > len(stem)
    np.testing.assert_array_equal(cells.id[stem], cells.site[stem] + 1)
    np.testing.assert_array_equal(cells.founder, cells.id)
    assert (cells.mother == 0).all()
    assert world.tissue.occupancy.load.sum() == world.start.n_granule
    assert np.ptp(world.developmental) <= 1

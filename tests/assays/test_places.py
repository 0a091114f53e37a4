"""Places of cells in their sites: they belong to the id, are uniform, and never coincide."""

import doctest

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from neurogen_abm.assays import places as module
from neurogen_abm.assays.places import developmental_sites, places, within_site

IDS = st.integers(-(2**63), 2**63 - 1)


def test_the_examples_are_true():
    assert doctest.testmod(module).failed == 0


def test_the_stirring_is_that_of_splitmix64():
    """The first numbers of the published generator from the seed 0 and 1234567, as its test vectors have them."""
    first = module._stirred([0, 1234567])
    assert [hex(int(x)) for x in first] == ["0xe220a8397b1dcdaf", hex(6457827717110365317)]


@given(st.lists(IDS, min_size=2, max_size=50, unique=True))
def test_two_cells_are_never_at_one_place(ids):
    share = within_site(ids)
    assert len(set(map(tuple, share.T.tolist()))) == len(ids)
    assert ((share > 0) & (share < 1)).all()


@given(IDS, st.integers(0, 400), st.integers(0, 200), st.integers(0, 12), st.sampled_from([5.0, 10.0, 25.0]))
def test_a_soma_lies_in_its_site_and_moves_with_it(cell, u, v, layer, pitch):
    here = places(cell, (u + 0.5) * pitch, (v + 0.5) * pitch, layer, pitch)
    for place, box in zip(here, (u, v, layer), strict=True):
        assert box * pitch <= place[0] <= (box + 1) * pitch
    there = places(cell, (u + 3.5) * pitch, (v + 0.5) * pitch, layer, pitch)
    assert np.allclose(there.u_um - here.u_um, 3 * pitch)
    assert there.v_um == here.v_um


def test_places_are_uniform_and_independent_along_the_axes():
    """Founders have small ids, daughters large ones; a false alarm in six tests of 1e-6 each."""
    for ids in (np.arange(1, 60_001), np.arange(-60_000, 0), np.random.default_rng(1).integers(1, 2**63, 60_000)):
        share = within_site(ids)
        assert min(stats.kstest(axis, "uniform").pvalue for axis in share) > 1e-6
        boxes = np.histogramdd(share.T, bins=6, range=[(0, 1)] * 3)[0].ravel()
        assert stats.chisquare(boxes).pvalue > 1e-6


def test_granule_cells_of_development_fill_the_layers_and_keep_their_sites_when_others_are_lost():
    count, n_layers = np.array([7, 0, 12], np.uint8), 7
    cell, site = developmental_sites(count, n_layers)
    assert len(cell) == len(set(cell.tolist())) == 19
    layer, column = np.divmod(site, 3)
    assert np.bincount(column).tolist() == [7, 0, 12]
    assert layer.min() == 1
    assert np.bincount(layer[column == 2]).tolist() == [0] + [2] * 6
    fewer, kept = developmental_sites(np.array([5, 0, 11], np.uint8), n_layers)
    before = dict(zip(cell.tolist(), site.tolist(), strict=True))
    assert all(before[c] == s for c, s in zip(fewer.tolist(), kept.tolist(), strict=True))

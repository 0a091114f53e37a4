"""The generator is Philox4x32-10, its variates have their laws, and a draw depends on its address alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from neurogen_abm import rng
from neurogen_abm.jit import compiled

ID = st.integers(min_value=0, max_value=2**63 - 1)


@pytest.mark.parametrize(
    ("counter", "key", "expected"),
    [
        ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xA4093822, 0x299F31D0),
            (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
        ),
    ],
    ids=["zeros", "ones", "pi"],
)
def test_known_answers_of_random123(counter, key, expected):
    words = rng.philox(*(np.uint64(x) for x in counter), *(np.uint64(x) for x in key))
    assert tuple(int(w) for w in words) == expected


@compiled
def _uniforms(seed, n):
    out = np.empty(n)
    for i in range(n):
        out[i] = rng.uniform(seed, i + 1, 0, rng.FATE, 0)
    return out


@compiled
def _gammas(seed, n, shape):
    out = np.empty(n)
    for i in range(n):
        out[i] = rng.gamma(shape, seed, i + 1, 0, rng.CLOCK)
    return out


def test_uniform_over_neighbouring_cells_is_uniform():
    # Kolmogorov-Smirnov at a false-alarm rate of 1e-5, fixed seed.
    assert stats.kstest(_uniforms(7, 200_000), "uniform").pvalue > 1e-5


@pytest.mark.parametrize("shape", [1.0, 2.0, 44.4])
def test_gamma_has_its_law(shape):
    assert stats.kstest(_gammas(11, 100_000, shape), "gamma", args=(shape,)).pvalue > 1e-5


@given(seed=ID, cell=ID, entry=st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=50)
def test_a_draw_is_open_and_repeatable(seed, cell, entry):
    u = rng.uniform(seed, cell, entry, rng.FATE, 0)
    assert 0.0 < u < 1.0
    assert u == rng.uniform(seed, cell, entry, rng.FATE, 0)
    assert u != rng.uniform(seed, cell, entry, rng.RESERVE, 0)


def test_daughters_have_ids_of_their_own():
    ids = {int(rng.daughter_id(m, d, s)) for m in range(1, 2001) for d in range(5) for s in range(2)}
    assert len(ids) == 20_000
    assert min(ids) > 0

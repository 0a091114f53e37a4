"""A variate is known by its address, and no two addresses know of each other."""

import numpy as np
import pytest
from scipy import stats

from neurogen_abm import rng
from neurogen_abm.assays import lab_random
from neurogen_abm.biology import lineage
from neurogen_abm.jit import compiled

HIGH = 2**32  # an address of 64 bits is used in two halves
PLACES = {"seed": 0, "cell": 1, "entry": 2, "stream": 3, "index": 4}
N = 40_000


def test_every_purpose_has_a_number_of_its_own():
    streams = [
        number
        for module in (rng, lab_random)
        for name, number in vars(module).items()
        if name.isupper() and not name.startswith("_") and isinstance(number, int)
    ]
    assert len(streams) == len(set(streams)) > 20
    draws = [number for name, number in vars(lineage).items() if name.endswith("_DRAW")]
    assert len(draws) == len(set(draws)) == 4


@compiled
def _drawn(addresses, out, tickets):
    for i in range(len(addresses)):
        a = addresses[i]
        out[i], tickets[i] = rng.uniform_and_ticket(a[0], a[1], a[2], a[3], a[4])


def drawn(addresses: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return uniform and ticket of addresses, rows of `PLACES`."""
    out, tickets = np.empty(len(addresses)), np.empty(len(addresses), np.uint64)
    _drawn(np.ascontiguousarray(addresses, np.int64), out, tickets)
    return out, tickets


def grid(*columns: list[int]) -> np.ndarray:
    return np.stack(np.meshgrid(*columns, indexing="ij"), axis=-1).reshape(-1, len(columns))


def test_no_two_of_a_million_addresses_have_one_variate():
    # 64 bits: chance would make two of these alike once in 30 million times.
    cells = [*range(1, 40), *(HIGH * k + 1 for k in range(1, 12))]
    seeds, entries = [3, 4, HIGH + 3, 2**62], [*range(25), 2**16, 2**31]
    addresses = grid(seeds, cells, entries, list(range(1, 13)), list(range(15)))
    uniforms, tickets = drawn(addresses)
    assert len(addresses) > 900_000
    assert len(np.unique(tickets)) == len(addresses)
    # 52 bits of the uniform, and of the ticket the lowest byte, which breaks ties: false alarms 2e-6.
    assert stats.kstest(uniforms[:: len(uniforms) // N], "uniform").pvalue > 1e-6
    assert stats.chisquare(np.bincount((tickets & np.uint64(255)).astype(int), minlength=256)).pvalue > 1e-6


@pytest.mark.parametrize(
    ("place", "by"),
    [*((place, 1) for place in PLACES), ("seed", HIGH), ("cell", HIGH)],
    ids=lambda value: "next in the upper half" if value == HIGH else str(value),
)
def test_neighbours_in_any_part_of_an_address_are_independent(place, by):
    chance = np.random.default_rng(31)
    addresses = np.stack(
        [np.full(N, 9), np.arange(1, N + 1), chance.integers(0, 50, N), chance.integers(1, 12, N), np.zeros(N, int)], 1
    )
    beside = addresses.copy()
    beside[:, PLACES[place]] += by
    one, other = drawn(addresses)[0], drawn(beside)[0]
    # Linear, and in an 8 x 8 table; 7 cases together 1e-5.
    assert abs(np.corrcoef(one, other)[0, 1]) * np.sqrt(N) < 5.2
    table = np.histogram2d(one, other, bins=8, range=[[0, 1], [0, 1]])[0]
    assert stats.chisquare(table.ravel()).pvalue > 1e-6

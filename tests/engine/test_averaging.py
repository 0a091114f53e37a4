"""Effects of messengers on one rate are averaged on the scale of benefit; those of the field and the brake multiply."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurogen_abm.biology import hazards
from neurogen_abm.engine.parameters import FIELD, Effects
from neurogen_abm.engine.rates import fill_factors

SATURATED = 1e6


def factors(rows, combiner, blood, fold=1.0, knocked_out=0):
    """Return the factor of two channels; a row is (channel, towards, messenger, benefit)."""
    channel, towards, messenger, benefit = (list(column) for column in zip(*rows, strict=True))
    n = len(rows)
    effects = Effects(
        np.array(channel, np.int64),
        np.array(towards, float),
        np.full(n, 2.0),
        np.full(n, 2.0),
        np.zeros(n),
        np.ones(n),
        np.full(n, knocked_out, np.uint8),
        np.array(messenger, np.int64),
        np.array(benefit, np.int64),
        np.full(n, hazards.BOTH),
        np.zeros(n),
        np.zeros(n),
    )
    filled, past = np.ones((3, 1)), (np.ones(n), np.zeros((n, 1)))
    fill_factors(effects, np.array([fold]), np.array(blood, float), np.ones(1), *past, 1.0, combiner, filled)
    return filled[1:, 0]


@pytest.mark.parametrize(
    ("combiner", "rate", "death"),
    [(1.0, 2.5, 1 / 2.5), (0.0, 2.0, 1 / 2.0), (-1.0, 1.6, 1 / 1.6), (-math.inf, 1.0, 1.0)],
)
def test_a_rate_and_a_hazard_of_death_answer_alike(combiner, rate, death):
    """One messenger at fourfold benefit and one at rest: 4 and 1, or hazards of a quarter and one."""
    up = [(1, 4.0, 0, 1), (1, 4.0, 1, 1)]
    down = [(2, 0.25, 0, -1), (2, 0.25, 1, -1)]
    found = factors(up + down, combiner, [SATURATED, 1.0])
    assert found == pytest.approx([rate, death], rel=1e-9)


def test_the_weakest_link_of_survival_is_the_one_that_saves_least():
    found = factors([(1, 0.5, 0, -1), (1, 0.9, 1, -1)], -math.inf, [SATURATED, SATURATED])
    assert found[0] == pytest.approx(0.9, rel=1e-6)


def test_field_and_brake_multiply_what_is_averaged():
    rows = [(1, 3.0, FIELD, 0), (1, 4.0, 0, 1), (1, 1.0, 1, 1), (1, 0.5, 2, 0)]
    found = factors(rows, 1.0, [SATURATED] * 3, fold=SATURATED)
    assert found[0] == pytest.approx(3.0 * 2.5 * 0.5, rel=1e-6)


def test_without_any_that_is_averaged_the_combiner_changes_no_bit():
    rows = [(1, 3.0, FIELD, 0), (1, 0.7, 0, 0), (2, 0.2, 1, 0)]
    bits = {factors(rows, p, [1.3, 2.1], fold=1.2).tobytes() for p in (1.0, -math.inf, 0.001)}
    assert len(bits) == 1


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.floats(0.2, 5.0), min_size=1, max_size=5),
    st.sampled_from([-math.inf, -4.0, 0.0, 0.001, 1.0]),
    st.randoms(),
)
def test_the_order_of_messengers_hardly_matters_and_equals_agree(towards, combiner, chance):
    """Sums may round otherwise, no more; when all do the same, so does their mean."""
    rows = [(1, value, n, 1) for n, value in enumerate(towards)]
    shuffled = chance.sample(rows, len(rows))
    blood = [SATURATED] * len(rows)
    assert factors(rows, combiner, blood)[0] == pytest.approx(factors(shuffled, combiner, blood)[0], rel=1e-12)
    same = [(1, towards[0], n, 1) for n in range(len(rows))]
    assert factors(same, combiner, blood)[0] == pytest.approx(towards[0], rel=1e-5)


@pytest.mark.parametrize("messenger", [0, FIELD], ids=["in blood", "in the field"])
def test_a_cell_without_the_receptor_meets_no_signal_at_any_level(messenger):
    # Occupancy 0 where a fifth is bound at rest (half-maximum 2, Hill 2): a shift of -1/4, so 4 to the power of it.
    rows = [(1, 4.0, messenger, 0)]
    for level in (0.0, 1.0, SATURATED):
        assert factors(rows, 1.0, [level], fold=level, knocked_out=1)[0] == pytest.approx(4.0**-0.25)
    assert factors(rows, 1.0, [SATURATED], fold=SATURATED)[0] == pytest.approx(4.0)


def test_what_counts_as_benefit():
    falls = {hazards.EARLY_SURVIVAL, hazards.LATE_SURVIVAL}
    assert [hazards.benefit_of(target) for target in range(len(hazards.TARGETS))] == [
        -1 if target in falls else 1 for target in range(len(hazards.TARGETS))
    ]

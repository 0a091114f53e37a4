"""Laws of effects with a past or with one side: gain that is lost, means of weeks, a lack below rest."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurogen_abm.biology import hazards
from neurogen_abm.engine.parameters import FIELD, Effects
from neurogen_abm.engine.rates import fill_factors

SHARES = st.floats(0.0, 1.0)
SHIFTS = st.floats(-0.3, 1.0)
TIMES = st.floats(1.0, 1000.0)


class TestGain:
    def test_held_for_ever_it_is_lost_as_far_as_loss_and_recovery_balance(self):
        for shift, left in ((1.0, 1 / 5), (0.25, 1 / 2), (0.0, 1.0), (-0.3, 1.0)):
            assert 1.0 - hazards.lost_gain(0.0, shift, 1e6, 24.0, 4.0) == pytest.approx(left)

    def test_six_days_of_a_saturating_signal_take_what_was_measured(self):
        """TrkB was down by 80 % after six days of infused BDNF (frank1996); recovery takes the two weeks of the fit."""
        assert hazards.lost_gain(0.0, 1.0, 6 * 24.0, 14.2 * 24.0, 4.0) == pytest.approx(
            0.8 * (1 - math.exp(-30 / 14.2))
        )

    def test_without_a_signal_it_comes_back_with_its_time(self):
        assert hazards.lost_gain(0.5, 0.0, 24.0, 24.0, 4.0) == pytest.approx(0.5 / math.e)

    @given(lost=SHARES, shift=SHIFTS, hours=TIMES, time_h=TIMES, loss=st.floats(0.01, 50.0))
    def test_it_is_a_share_and_two_half_steps_are_one(self, lost, shift, hours, time_h, loss):
        whole = hazards.lost_gain(lost, shift, hours, time_h, loss)
        half = hazards.lost_gain(lost, shift, hours / 2, time_h, loss)
        assert 0.0 <= whole <= 1.0
        assert hazards.lost_gain(half, shift, hours / 2, time_h, loss) == pytest.approx(whole, abs=1e-12)

    @given(shift=SHIFTS, lost=SHARES, depth=SHARES, towards=st.floats(0.01, 100.0))
    def test_what_is_left_is_a_part_of_the_response(self, shift, lost, depth, towards):
        felt = hazards.with_gain(shift, lost, depth)
        assert felt == shift if shift <= 0.0 else 0.0 <= felt <= shift
        fresh, factor = hazards.effect_factor(shift, towards), hazards.effect_factor(felt, towards)
        assert min(1.0, fresh) - 1e-12 <= factor <= max(1.0, fresh) + 1e-12


class TestMean:
    def test_one_week_does_little_and_four_do_much(self):
        after = [hazards.leaky_mean(0.0, 1.0, days * 24.0, 14 * 24.0) for days in (7, 28)]
        assert after == pytest.approx([1 - math.exp(-0.5), 1 - math.exp(-2)])

    @given(mean=SHIFTS, value=SHIFTS, hours=TIMES, time_h=TIMES)
    def test_it_lies_between_past_and_present(self, mean, value, hours, time_h):
        found = hazards.leaky_mean(mean, value, hours, time_h)
        assert min(mean, value) - 1e-12 <= found <= max(mean, value) + 1e-12


class TestLimbs:
    @given(fold=st.floats(0.0, 1.0), k=st.floats(0.05, 3.0), hill=st.floats(0.5, 8.0))
    def test_a_lack_is_none_from_rest_on_and_all_without_a_signal(self, fold, k, hill):
        lack = hazards.receptor_lack(fold, k, hill)
        assert 0.0 <= lack <= 1.0
        assert lack >= hazards.receptor_lack(min(fold + 0.01, 1.0), k, hill) - 1e-12
        assert hazards.receptor_lack(1.0 + fold, k, hill) == pytest.approx(0.0, abs=1e-12)
        assert hazards.receptor_lack(0.0, k, hill) == 1.0

    def test_near_saturation_half_of_a_signal_is_hardly_missed(self):
        """A third of rest occupies half of the receptors, rest nine tenths: of half the signal a quarter is missed."""
        assert hazards.receptor_lack(0.5, 1 / 3, 2.0) == pytest.approx(1 - (0.25 / (0.25 + 1 / 9)) * (1 + 1 / 9))

    @given(fold=st.floats(0.0, 5.0), k=st.floats(0.05, 3.0), hill=st.floats(0.5, 8.0))
    def test_above_and_both_are_one_above_rest_and_above_is_nothing_below(self, fold, k, hill):
        both, above, below = (
            hazards.moved(fold, k, hill, limb) for limb in (hazards.BOTH, hazards.ABOVE, hazards.BELOW)
        )
        assert both == hazards.receptor_shift(fold, k, hill)
        assert above == max(both, 0.0)
        assert below == 0.0 or both < 1e-12


# A second account of the factors, in plain floats and one effect at a time: what the engine must say.

N_LEVELS, WEIGHT = 2, (0.25, 0.75)


def second_account(effects, fold, past, dt_h):
    """Return the factor of one effect at every level, and let its past (gain left or usual factor, means) go on."""
    k, n = effects["half_max"], effects["hill"]

    def occupied(f):
        return f**n / (f**n + k**n)

    moves = []
    for f in fold:
        rise = (occupied(f) - occupied(1.0)) / (1 - occupied(1.0))
        lack = max(1 - occupied(f) / occupied(1.0), 0.0)
        moves.append({"both": rise, "above": max(rise, 0.0), "below": lack}[effects["limb"]])
    if effects["mean_h"]:
        before, share = past["means"], 1 - math.exp(-dt_h / effects["mean_h"])
        past["means"] = [mean + (move - mean) * share for mean, move in zip(before, moves, strict=True)]
        moves = before
    if effects["loss"]:
        exposure = effects["loss"] * sum(w * max(m, 0.0) for w, m in zip(WEIGHT, moves, strict=True))
        gain = past["usual"]
        end = 1 / (1 + exposure)
        past["usual"] = end + (gain - end) * math.exp(-dt_h * (1 + exposure) / effects["time_h"])
        return [effects["towards"] ** (m * (1 - effects["depth"] * (1 - gain)) if m > 0 else m) for m in moves]
    fresh, usual = [effects["towards"] ** m for m in moves], past["usual"]
    if effects["depth"]:
        mean = sum(w * f for w, f in zip(WEIGHT, fresh, strict=True))
        past["usual"] = mean + (usual - mean) * math.exp(-dt_h / effects["time_h"])
    return [f / usual ** effects["depth"] for f in fresh]


one_effect = st.fixed_dictionaries(
    {
        "towards": st.sampled_from([0.04, 2.0, 9.8]),
        "half_max": st.sampled_from([0.4, 1.25]),
        "hill": st.sampled_from([2.0, 5.5]),
        "depth": st.sampled_from([0.0, 0.95]),
        "time_h": st.sampled_from([108.0, 340.8]),
        "limb": st.sampled_from(hazards.LIMBS),
        "mean_h": st.sampled_from([0.0, 336.0]),
        "loss": st.sampled_from([0.0, 4.0]),
    }
)


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(one_effect, min_size=1, max_size=4),
    folds=st.lists(st.tuples(*[st.sampled_from([0.0, 0.5, 1.0, 1.4, 3.0])] * N_LEVELS), min_size=1, max_size=6),
)
def test_the_engine_gives_every_effect_what_a_second_account_gives_it(rows, folds):
    n = len(rows)

    def column(name):
        return np.array([row[name] for row in rows], float)

    effects = Effects(
        np.arange(1, n + 1),
        column("towards"),
        column("half_max"),
        column("hill"),
        column("depth"),
        column("time_h"),
        np.zeros(n, np.uint8),
        np.full(n, FIELD),
        np.zeros(n, np.int64),
        np.array([hazards.LIMBS.index(row["limb"]) for row in rows]),
        column("mean_h"),
        column("loss"),
    )
    habituation, followed, factors = np.ones(n), np.zeros((n, N_LEVELS)), np.ones((n + 1, N_LEVELS))
    pasts = [{"usual": 1.0, "means": [0.0] * N_LEVELS} for _ in rows]
    for fold in folds:
        fill_factors(effects, np.array(fold), np.zeros(0), np.array(WEIGHT), habituation, followed, 6.0, 1.0, factors)
        wanted = [second_account(row, fold, past, 6.0) for row, past in zip(rows, pasts, strict=True)]
        np.testing.assert_allclose(factors[1:], wanted, rtol=1e-9)
    np.testing.assert_allclose(habituation, [past["usual"] for past in pasts], rtol=1e-9)

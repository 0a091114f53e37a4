"""What is left of the effect of running without one messenger, without animals and so without chance."""

import math

import pytest

from benchmarks.blockades import BLOCKED, COMBINERS, RUN, added, gain, lost, matched, mean_factors, yields
from benchmarks.blockades import lowered as lowered_of
from neurogen_abm.biology import hazards
from neurogen_abm.biology.states import STATES


@pytest.fixture(scope="module")
def strengths():
    """Return for each combiner the strength at which running doubles surviving neurons."""
    return {combiner: matched(combiner) for combiner in COMBINERS}


@pytest.mark.parametrize("signal", BLOCKED)
def test_the_weakest_link_loses_it_and_the_sum_does_not(signal, strengths):
    weakest, additive = (lost(signal, combiner, strengths[combiner]) for combiner in ("weakest_link", "additive"))
    assert min(weakest) >= 0.8
    assert 0.0 < additive.neurons < 0.8
    assert 0.0 < additive.proliferation < 0.8
    assert additive.neurons < lost(signal, "geometric", strengths["geometric"]).neurons < weakest.neurons


@pytest.mark.parametrize("signal", BLOCKED)
def test_one_alone_mimics_a_part_where_they_add_and_nothing_where_the_weakest_counts(signal):
    assert added(signal, "additive").neurons > 0.0
    assert abs(added(signal, "weakest_link").neurons) < 1e-12


def test_running_doubles_survivors_as_the_catalogue_says():
    """The strength of the pathway was fitted to animals (docs/calibration.md); without them it comes near."""
    assert gain(activity=[RUN]).neurons == pytest.approx(1.0, abs=0.2)


def test_at_rest_every_rate_is_its_base_rate():
    assert (abs(mean_factors(lowered_of()) - 1.0) < 1e-12).all()


def test_half_a_blockade_takes_less_than_a_whole_one():
    half, whole = (lost("igf1", "geometric", share=share).neurons for share in ("50 %", "100 %"))
    assert 0.0 < half < whole


def test_kynurenine_falls_with_training_and_that_saves_neurons():
    """Alone in its pathway: with the others silent, early death goes down as it does."""
    silent = {
        f"signals.{name}.effects.early_survival.towards": {"value": 1, "unit": "1", "why": "alone"}
        for name in ("igf1", "platelet_factors", "gpld1")
    } | {"signals.bdnf.effects.early_survival.towards": {"value": 1, "unit": "1", "why": "alone"}}
    factor = mean_factors(lowered_of(activity=[RUN], combiner="additive", parameters=silent))
    assert factor[hazards.EARLY_SURVIVAL, STATES.index("immature_early")] < 1.0


@pytest.mark.parametrize(("species", "moderate", "intense"), [("rat", 15, 25), ("mouse", 25, 40)])
def test_moderate_running_is_above_rest_and_intense_not_above_moderate(species, moderate, intense):
    def ran(speed):
        block = {"kind": "treadmill", "speed": f"{speed} m/min", "session": "60 min", "clock": "10:00"}
        return yields(lowered_of(species=species, age="8 wk", activity=[block]))

    rest = yields(lowered_of(species=species, age="8 wk"))
    mild, hard = ran(moderate), ran(intense)
    for read_out in ("neurons", "proliferation", "bdnf"):
        base, low, high = (getattr(found, read_out) for found in (rest, mild, hard))
        assert low > base
        assert high <= low, read_out
    assert math.isfinite(hard.neurons)

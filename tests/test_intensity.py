"""Moderate and intense running, and disuse: signs of what becomes of new neurons and of BDNF, without chance."""

import pytest

from benchmarks.intensity import DISUSE, PATHWAYS, SPEEDS, bout, daily, disuse, treadmill

READ_OUTS = ("neurons", "proliferation", "bdnf", "protein")


@pytest.mark.parametrize("species", SPEEDS)
def test_moderate_running_is_above_rest_and_intense_below_moderate(species):
    """After four weeks of an hour a day, neurogenesis and BDNF of niche and hippocampus."""
    moderate, intense = (daily(species, [treadmill(speed, 60)]) for speed in SPEEDS[species])
    for read_out in READ_OUTS:
        assert getattr(moderate, read_out) > 1.0
        assert getattr(intense, read_out) < getattr(moderate, read_out), read_out


@pytest.mark.parametrize("species", SPEEDS)
def test_messenger_rna_rises_less_after_an_intense_bout(species):
    """Soya 2007: Bdnf mRNA up after 15 m/min, not after 25 m/min, which raises the hormone."""
    moderate, intense = (bout(species, speed) for speed in SPEEDS[species])
    assert moderate.message > intense.message
    assert intense.hormone > 1.5 * moderate.hormone


def test_without_the_hormone_intense_running_raises_more():
    """The order hangs on corticosterone: without it the faster animal, which runs farther, has more of everything."""
    out = [{"signal": "corticosterone"}]
    moderate, intense = (daily("rat", [treadmill(speed, 60)], knock_outs=out) for speed in SPEEDS["rat"])
    for read_out in READ_OUTS:
        assert getattr(intense, read_out) > getattr(moderate, read_out), read_out


@pytest.mark.parametrize("pathway", PATHWAYS)
@pytest.mark.parametrize("kind", DISUSE)
def test_disuse_is_below_control(kind, pathway):
    """Even where blood brings next to nothing the sign holds."""
    found = disuse(kind, pathway)
    assert found.neurons < 1.0
    assert found.protein < 1.0

"""What age takes of muscle and of the niche."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurogen_abm.activity.capacity import read_ageing
from neurogen_abm.biology.ageing import LEAST, Waning, fitness_of_age, mass_of_age, strength_of_age
from neurogen_abm.spec.catalogue import load_catalogue


def ageing(species, sex="male"):
    return read_ageing(load_catalogue(species).value, sex)


@given(
    share=st.floats(0.0, 1.0),
    from_h=st.floats(0.0, 1e4),
    time_h=st.floats(1.0, 1e4),
    ages=st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)).map(sorted),
)
def test_what_wanes_only_falls_and_ends_at_its_share(share, from_h, time_h, ages):
    waning = Waning(share, from_h, time_h)
    younger, older = (waning.left(age_h) for age_h in ages)
    assert 1.0 >= younger >= older >= share - 1e-12
    assert waning.left(from_h) == waning.left(-math.inf) == 1.0
    assert waning.left(from_h + 50.0 * time_h) == pytest.approx(share)


def test_where_nothing_wanes_not_a_bit_is_changed():
    assert {Waning().left(age_h) for age_h in (-math.inf, 0.0, 1e3, 1e6)} == {1.0}


def test_age_takes_muscle_slowly_then_faster():
    man = ageing("human")
    assert mass_of_age(man, 20.0) == 1.0
    assert mass_of_age(man, 75.0) == pytest.approx(1.0 - 50 * 0.0047)
    assert mass_of_age(man, 85.0) == pytest.approx(1.0 - 50 * 0.0047 - 10 * 0.009)
    assert mass_of_age(man, 1000.0) == LEAST


def test_strength_falls_by_a_part_of_what_is_left():
    man = ageing("human")
    assert strength_of_age(man, 70.0) == pytest.approx(math.exp(-45 * 0.0075))
    assert strength_of_age(man, 71.0) / strength_of_age(man, 70.0) == pytest.approx(math.exp(-0.034))


@pytest.mark.parametrize("species", ["mouse", "rat", "human"])
@pytest.mark.parametrize("law", [mass_of_age, strength_of_age, fitness_of_age])
@given(ages=st.tuples(st.floats(0.01, 120.0), st.floats(0.01, 120.0)))
def test_nobody_grows_younger(species, law, ages):
    p = ageing(species, "female")
    young, old = sorted(ages)
    assert 1.0 >= law(p, young) >= law(p, old) >= LEAST
    assert law(p, p.mature_yr) == 1.0

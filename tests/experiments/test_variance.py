"""The split of a variance against models of which the parts are known."""

import numpy as np
import pytest

from neurogen_abm.experiments.variance import LIVED_TWICE, bands, effect_of_each, split

PARTS = (4.0, 2.25, 1.0)  # variances of parameters, animals, chance


def lives(seed, draws, animals, parts=PARTS, repeats=1, interaction=0.0):
    """Return first and second lives with known parts, shape (draws, animals, repeats).

    Animals are the same under all draws but for an interaction, which is part of what animals differ in.
    """
    rng = np.random.Generator(np.random.Philox(seed))
    by_draw = np.sqrt(parts[0]) * rng.standard_normal((draws, 1, repeats))
    shared = np.sqrt(parts[1] - interaction) * rng.standard_normal((1, animals, repeats))
    own = np.sqrt(interaction) * rng.standard_normal((draws, animals, repeats))
    luck = np.sqrt(parts[2]) * rng.standard_normal((2, draws, animals, repeats))
    first, again = 50.0 + by_draw + shared + own + luck
    again[1::LIVED_TWICE] = np.nan
    return first, again


@pytest.mark.parametrize(("interaction", "parts"), [(0.0, PARTS), (1.5, PARTS), (0.0, (0.0, 2.25, 1.0))])
def test_the_parts_are_unbiased_and_their_errors_are_what_they_scatter_by(interaction, parts):
    first, again = lives(3, 12, 5, parts, repeats=4000, interaction=interaction)
    found = split(first, again)
    for name, truth in zip(("parameters", "animals", "chance"), parts, strict=True):
        estimates, error = getattr(found, name), getattr(found, f"{name}_error")
        scatter = estimates.std(ddof=1)
        # Five standard errors of the mean: one in 1.7 million by chance.
        assert abs(estimates.mean() - truth) < 5 * scatter / np.sqrt(4000), name
        assert 0.8 < np.sqrt((error**2).mean()) / scatter < 1.45, name


def test_the_parts_add_up_to_the_variance_of_an_animal_of_any_draw():
    first, again = lives(5, 40, 30)
    found = split(first, again)
    whole = float((found.parameters + found.animals + found.chance)[0])
    assert whole == pytest.approx(sum(PARTS), rel=0.5)
    assert found.shares()[:, 0].sum() == pytest.approx(1.0)


def test_lives_of_one_animal_differ_by_chance_alone():
    first, _ = lives(7, 12, 5, (4.0, 0.0, 1.0), repeats=4000)
    found = split(first)
    assert np.isnan(found.animals).all()
    assert abs(found.chance.mean() - 1.0) < 5 * found.chance.std() / np.sqrt(4000)
    assert abs(found.parameters.mean() - 4.0) < 5 * found.parameters.std() / np.sqrt(4000)
    shares = found.shares()
    assert np.isnan(shares[1]).all()
    assert np.nansum(shares[:, 0]) == pytest.approx(1.0)


def test_a_band_holds_four_in_five_of_what_it_is_of():
    """The nested bands against fresh means of draws, expectations of animals, and animals of a normal model."""
    held = np.zeros(3)
    for seed in range(40):
        first, again = lives(100 + seed, 60, 12)
        found = bands(first, split(first, again))
        for place, width in enumerate(np.sqrt(np.cumsum(PARTS))):
            low, _, high = found[place][:, 0] - 50.0
            rng = np.random.Generator(np.random.Philox(9 + seed))
            fresh = width * rng.standard_normal(2000)
            held[place] += ((fresh > low) & (fresh < high)).mean() / 40
    # Animals are shared by all draws of a run, so that the two outer bands of single runs scatter; their mean does not.
    assert held == pytest.approx([0.8, 0.8, 0.8], abs=0.035)


def test_bands_lie_within_each_other_and_collapse_where_nothing_is_unknown():
    first, again = lives(11, 9, 6, (0.0, 0.0, 1.0), repeats=50)
    first, again = first - first.mean(axis=1, keepdims=True), again - first.mean(axis=1, keepdims=True)
    found = bands(first, split(first, again))
    known = split(first, again).parameters <= 0
    assert known.any()
    inner = found.parameters[2] - found.parameters[0]
    assert inner[known] == pytest.approx(0.0)
    assert (found.all[2] - found.all[0] >= inner).all()


def test_a_wrong_formula_is_noticed():
    """Means of draws taken as they are would call the luck of few animals something that is not known."""
    first, _ = lives(13, 12, 3, (0.5, 3.0, 6.0), repeats=4000, interaction=3.0)
    naive = first.mean(axis=1).var(axis=0, ddof=1)
    found = split(first).parameters
    assert abs(naive.mean() - 0.5) > 50 * naive.std() / np.sqrt(4000)
    assert abs(found.mean() - 0.5) < 5 * found.std() / np.sqrt(4000)


def test_the_mean_of_the_effects_of_animals_is_the_effect_of_the_draw():
    rng = np.random.Generator(np.random.Philox(17))
    control = rng.uniform(50, 150, (4, 6, 2))
    treated = control * rng.uniform(1.2, 1.8, (4, 6, 2))
    found = effect_of_each(control, treated)
    assert found.mean(axis=1) == pytest.approx(treated.mean(axis=1) / control.mean(axis=1) - 1)
    same = effect_of_each(control, 1.5 * control)
    assert same == pytest.approx(np.full_like(same, 0.5))
    control[:, :, 1] = 0.0
    assert np.isnan(effect_of_each(control, treated)[:, :, 1]).all()

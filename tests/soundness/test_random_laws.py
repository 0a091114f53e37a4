"""The chances of the engine against laws that are known in closed form: waking and leaving, survival, sizes of clones.

Seeds are fixed. A test that draws would fail by chance, were the engine exact, for one seed in 10,000 at most, and says
how seldom.
"""

from typing import Any

import numpy as np
import pytest
from cohorts import FLOOD, N, apart, by_id, cohort, flat_parameters, live, with_effect
from scipy import stats

from neurogen_abm.biology import hazards, lineage
from neurogen_abm.engine import commit
from neurogen_abm.engine.world import World
from neurogen_abm.lowering import Lowered, lower
from neurogen_abm.report.figures.survival import kaplan_meier
from neurogen_abm.spec.scenario.scenario import load_scenario, resolve

ALWAYS, NEVER = np.ones(2), np.zeros(2)


@pytest.fixture(scope="module")
def lowered(patch) -> Lowered:
    """Return an animal with sites for a large cohort."""
    return lower(resolve(load_scenario(patch((1600.0, 600.0)))))


def stem_parameters(lowered: Lowered, dt_h: float = 1.0, **changes: Any) -> Any:
    """Return parameters of stem cells that no signal, no age and no minimum changes."""
    still = {"resting_floor": 0.0, "resting_rise": 0.0, "deepening": 0.0, "active_minimum_h": 0.0}
    modes = dict.fromkeys(("symmetric", "consuming", "astrogenic"), NEVER)
    channel = np.zeros_like(lowered.parameters.channel)
    return flat_parameters(lowered, dt_h, 0.0, channel=channel, **(still | modes | changes))


def ids_in(world: World, state: int) -> Any:
    cells = world.population.changing
    return cells.id[cells.state == state]


def test_who_comes_at_random_and_leaves_at_random_is_there_by_poissons_law(lowered):
    # Resting stem cells wake at 0.003 an hour and, with a pause of 10 h, become astrocytes: immigration and death.
    wakes, pause_h = 3e-3, 10.0
    p = stem_parameters(lowered, resting_floor=wakes, active_pause_h=pause_h, astrogenic=ALWAYS)
    reserve = np.random.default_rng(21).exponential(size=N).astype(np.float32)
    world = cohort(lowered, p, lineage.RESTING, reserve, 0.0)
    found, expected, before, stayed = [], [], 0, 0
    for _ in range(15):  # moments four mean stays apart, so that those who are there are others
        live(world, 30.0)
        there = ids_in(world, lineage.ACTIVE)
        found.append(len(there))
        leaves, t_h = 1.0 / pause_h, world.time_h
        expected.append(wakes / (leaves - wakes) * (np.exp(-wakes * t_h) - np.exp(-leaves * t_h)))
        live(world, 10.0)
        before, stayed = before + len(there), stayed + int(np.isin(there, ids_in(world, lineage.ACTIVE)).sum())
    chance, n = np.array(expected), np.array(found)
    error = np.sqrt(N * chance * (1.0 - chance))
    assert before > 1_500
    # Mean: correlation between moments is e^-4, which widens the sum by 2 %. False alarms: 1e-6.
    assert abs((n - N * chance).sum()) < 5.0 * np.sqrt((error**2).sum())
    # Variance over the mean, either way: 2e-5.
    assert 1e-5 < stats.chi2.sf((((n - N * chance) / error) ** 2).sum(), len(n)) < 1.0 - 1e-5
    # Whoever is there is there a mean stay later with chance 1/e, however long it has been: 1e-5.
    assert stats.binomtest(stayed, before, np.exp(-1.0)).pvalue > 1e-5


def test_survival_is_the_integral_of_a_hazard_that_comes_and_goes(lowered):
    # The hazard of the age, and a fifth of it while a signal floods the niche, which it does every other six hours.
    by_age = np.resize([0.02, 0.05, 0.01], len(lowered.parameters.death_edges_h))
    animal, p = with_effect(
        lowered,
        hazards.LATE_SURVIVAL,
        lineage.IMMATURE_LATE,
        0.2,
        death=np.stack([by_age, by_age]),
        death_window=np.full_like(lowered.parameters.death_window, hazards.LATE_SURVIVAL),
    )
    reserve = np.random.default_rng(22).exponential(size=N).astype(np.float32)
    world = cohort(animal, p, lineage.IMMATURE_LATE, reserve, 1e6)
    hours = np.arange(240)
    flooded = hours // 6 % 2 == 1
    for hour in hours:
        world.step(*((FLOOD, FLOOD) if flooded[hour] else ()))
    hazard = by_age[np.searchsorted(p.death_edges_h, hours, side="right") - 1] * np.where(flooded, 0.2, 1.0)
    assert len(np.unique(hazard)) == 6
    spent, edges_h = np.append(0.0, np.cumsum(hazard)), np.append(hours, 240.0)
    state, since_h = by_id(world)
    dead = state == lineage.APOPTOTIC
    due_h = np.interp(reserve, spent, edges_h, right=np.inf)
    clear = np.abs(reserve - spent[-1]) > 1e-3
    np.testing.assert_array_equal(dead[clear], (due_h < 240.0)[clear])
    np.testing.assert_allclose(since_h[dead], due_h[dead], atol=0.02)
    # In law, and as Kaplan and Meier see it of cells half of which are lost sight of at a random age. False alarms of
    # ten ages: 1e-5.
    lost_h = np.random.default_rng(23).uniform(0.0, 480.0, N)
    left_h = np.minimum(np.where(dead, since_h, 240.0), lost_h)
    curve = kaplan_meier(left_h / 24.0, dead & (since_h <= lost_h))
    for age_h in range(24, 241, 24):
        row = curve[curve["age_d"] <= age_h / 24.0 + 1e-9].iloc[-1]
        true = np.exp(-np.interp(age_h, edges_h, spent))
        passed = curve[(curve["age_d"] <= age_h / 24.0) & (curve["deaths"] > 0)]
        greenwood = (passed["deaths"] / (passed["at_risk"] * (passed["at_risk"] - passed["deaths"]))).sum()
        assert abs(row["survival"] - true) < 4.9 * row["survival"] * np.sqrt(greenwood), age_h


def test_clones_of_stem_cells_that_double_or_vanish_have_the_sizes_of_a_critical_birth_death_process(lowered):
    # Every 20 h on average a stem cell becomes two stem cells, or none but two neurons, which die at once.
    pause_h, hours = 20.0, 80
    p = stem_parameters(
        lowered,
        active_pause_h=pause_h,
        symmetric=np.full(2, 0.5),
        consuming=np.full(2, 0.5),
        stay_active=ALWAYS,
        divide=np.zeros_like(lowered.parameters.divide),
        death=np.full_like(lowered.parameters.death, 5.0),
        clearance_h=0.1,
        reach=lowered.grid.ring_start.size - 2,
    )
    columns = apart(lowered, 3)
    clock = np.random.default_rng(24).exponential(pause_h, len(columns)).astype(np.float32)
    world = live(cohort(lowered, p, lineage.ACTIVE, 0.0, clock, columns), hours)
    assert world.tally[commit.WAITED] < 0.01 * world.tally[commit.STEM_DIVISIONS]
    cells = world.population.changing
    stem = cells.state == lineage.ACTIVE
    sizes = np.bincount(cells.founder[stem], minlength=len(columns) + 1)[1:]
    assert len(sizes) == len(columns) > 900
    # With births and deaths at b an hour: extinct bt / (1 + bt), the others geometric. False alarms: 1e-5.
    lost = (bt := 0.5 / pause_h * hours) / (1.0 + bt)
    law = np.append(lost, (1.0 - lost) ** 2 * lost ** np.arange(7))
    expected = len(columns) * np.append(law, 1.0 - law.sum())
    observed = np.bincount(np.minimum(sizes, len(law)), minlength=len(law) + 1)
    assert stats.chisquare(observed, expected).pvalue > 1e-5
    # Neither grows nor shrinks: the mean is 1 with variance 2bt. False alarms: 1e-6.
    assert abs(sizes.mean() - 1.0) < 4.9 * np.sqrt(2.0 * bt / len(columns))


def test_a_rate_that_falls_is_followed_with_an_error_that_halves_with_the_step(lowered):
    # Rates are those of the beginning of a step. With the same reserves there is no chance in the difference.
    rise, decline_h = 0.05, 60.0
    reserve = np.random.default_rng(25).uniform(0.05, 0.9, N).astype(np.float32) * rise * decline_h * 0.9
    due_h = -decline_h * np.log(1.0 - reserve.astype(float) / (rise * decline_h))
    steps_h, errors = np.array([0.5, 1.0, 2.0, 4.0]), []
    for dt_h in steps_h:
        p = stem_parameters(
            lowered, dt_h, resting_rise=rise, activation_decline_h=decline_h, active_pause_h=1e9,
            initial_age_h=lowered.start.age_h,
        )  # fmt: skip
        state, woken_h = by_id(live(cohort(lowered, p, lineage.RESTING, reserve, 0.0), 160.0))
        assert (state == lineage.ACTIVE).all()
        errors.append(np.abs(woken_h - due_h).mean())
    assert np.polyfit(np.log(steps_h), np.log(errors), 1)[0] == pytest.approx(1.0, abs=0.1)
    assert errors[1] < 0.01 * due_h.mean() + 0.5


def crowding_by_chance(block: int, columns: int, cells: int, pool: float, rivalry: float) -> float:
    """Return the mean factor that crowds a cell, one of so many on columns drawn at random, in blocks of so many."""
    others = np.arange(block)
    chance = stats.hypergeom.pmf(others, columns - 1, cells - 1, block - 1)
    return float(chance @ [hazards.crowding.py_func(1.0 + n, pool * block, rivalry) for n in others])


def test_how_much_more_a_block_crowds_by_chance_falls_with_its_size(lowered):
    """A mean field knows nothing of it: with the inverse of the size where boutons are short, with its root where there
    are just enough. Of six means of twelve tissues one is as far off in 100,000 seeds, by Student's t.
    """
    p = lowered.parameters
    columns, rivalry, hazard, top = p.n_u * p.n_v, 1.5, 0.01, 8.0
    n = columns // 4
    luck = np.random.default_rng(16)
    for pool, power in ((0.125, -1.0), (n / columns, -0.5)):
        without_chance = 1.0 + rivalry * max(0.0, n / columns / pool - 1.0)
        more = []
        for side in (5, 10, 20):
            q = flat_parameters(lowered, 1.0, hazard, rivalry=rivalry, pool=pool, block=side)
            expected = crowding_by_chance(side * side, columns, n, pool, rivalry)
            more.append(expected - without_chance)
            found = []
            for _ in range(12):
                reserve = top * hazard * luck.permutation((np.arange(n) + 0.5) / n)  # a share of factor / top dies
                places = luck.choice(columns, n, replace=False)
                world = live(cohort(lowered, q, lineage.IMMATURE_LATE, reserve, 1e6, places), 1.0)
                found.append(top * (world.population.changing.state == lineage.APOPTOTIC).mean())
            assert stats.ttest_1samp(found, expected).pvalue > 1.6e-6
        falls = np.diff(np.log(more)) / np.log(4.0)
        np.testing.assert_allclose(falls, power, atol=0.15)

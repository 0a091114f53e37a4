"""The mean of many animals is what the expected-value equations of the lineage say, space and signals being at rest.

The equations are written from the rules of the lineage, not from the code: rates per hour out of each state, delays for
the shortest cycle, and the survival of neurons along their age. Time runs in hours from a tissue of dormant stem cells.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from scipy.integrate import solve_ivp

from neurogen_abm.biology import lineage
from neurogen_abm.engine import commit
from neurogen_abm.engine.parameters import Parameters
from neurogen_abm.engine.world import World
from neurogen_abm.lowering import Lowered, lower
from neurogen_abm.spec.scenario.scenario import load_scenario, resolve

Floats = NDArray[np.float64]

N_FOUNDERS = 4_000
FALSE_ALARMS = 1e-4  # of all comparisons of a test together, were the equations exact
DAYS = (15, 30, 45)
# Each quantity, and what it follows from; a founder is awakened when she leaves dormancy.
UPSTREAM = {
    "awakened": None,
    "stem_cells": None,
    "stem_divisions": "awakened",
    "progenitor_divisions": "stem_divisions",
    "births": "stem_divisions",
    "deaths": "births",
    "immature_neurons": "births",
}
QUANTITIES = tuple(UPSTREAM)
STEM, IMMATURE = [lineage.DORMANT, lineage.RESTING, lineage.ACTIVE], [lineage.IMMATURE_EARLY, lineage.IMMATURE_LATE]


# The expected-value equations


@dataclass
class MeanField:
    """Expected numbers for one stem cell that is dormant at an age of ``start_age_h``."""

    p: Parameters
    start_age_h: float

    def __post_init__(self) -> None:
        self.generations = self.p.divide.shape[1]
        self.history: list[tuple[float, Any]] = []  # (end of window, its dense solution)

    def weight(self, t: Any) -> Any:
        """Weight of the aged values. An animal's rates are those of the beginning of a step: half a step late."""
        age_h = self.start_age_h + t - 0.5 * self.p.dt_h
        return 1.0 - np.exp(-np.maximum(age_h - self.p.young_age_h, 0.0) / self.p.ageing_time_h)

    def at_age(self, pair: Floats, t: float) -> Any:
        return pair[0] + (pair[1] - pair[0]) * self.weight(t)

    def activation(self, floor: float, rise: float, t: float) -> float:
        age_h = self.start_age_h + t - 0.5 * self.p.dt_h
        return float(floor + rise * np.exp(-(age_h - self.p.initial_age_h) / self.p.activation_decline_h))

    # y: dormant, resting, active past the minimum, entries into activity so far, stem divisions, progenitor divisions,
    # births, then progenitors of each generation past their minimum.

    def flows(self, t: float, y: Floats) -> tuple[float, float, float, Floats]:
        """Return flows (1/h) at a time: into activity, stem divisions, back to rest, and births by generation."""
        p = self.p
        sym, con, ast, stay = (self.at_age(x, t) for x in (p.symmetric, p.consuming, p.astrogenic, p.stay_active))
        leaving = y[2] / p.active_pause_h
        stem_after = leaving * (1.0 - con - ast + sym)  # a symmetric division leaves two, a renewing one leaves one
        called = self.activation(p.dormant_floor, p.dormant_rise, t) * y[0]
        called += self.activation(p.resting_floor, p.resting_rise, t) * y[1]
        born = np.empty(self.generations + 1)
        born[0] = leaving * (1.0 - sym - ast + con)  # a consuming division makes two progenitors, a renewing one one
        born[1:] = 2.0 * y[7:] * self.cycle_rate(t)
        return called + stay * stem_after, leaving * (1.0 - ast), (1.0 - stay) * stem_after, born

    def cycle_rate(self, t: float) -> float:
        """Rate of division past the minimum: of the pause drawn at birth, on average one minimum and one pause ago."""
        pause = self.at_age(self.p.cycle_pause_h, t - self.p.cycle_minimum_h)
        return float(1.0 / self.at_age(self.p.cycle_pause_h, t - self.p.cycle_minimum_h - pause))

    def rate(self, t: float, y: Floats) -> Floats:
        p = self.p
        active, stem, rest, born = self.flows(t, y)
        out = np.zeros_like(y)
        dormant, resting = ((p.dormant_floor, p.dormant_rise), (p.resting_floor, p.resting_rise))
        out[0] = -self.activation(*dormant, t) * y[0]
        out[1] = rest - self.activation(*resting, t) * y[1]
        out[2] = self.lagged(t, p.active_minimum_h)[0] - y[2] / p.active_pause_h
        symmetric = self.at_age(p.symmetric, t) * y[2] / p.active_pause_h
        out[3:7] = active, stem, 0.5 * born[1:].sum(), born.sum() + symmetric
        again = self.at_age(p.divide, t - p.cycle_minimum_h)
        out[7:] = again * self.lagged(t, p.cycle_minimum_h)[3][:-1] - y[7:] * self.cycle_rate(t)
        return out

    def lagged(self, t: float, lag: float) -> tuple[float, float, float, Floats]:
        """Return the flows of a time ago; there are none before the beginning."""
        if t - lag <= 0.0:
            return 0.0, 0.0, 0.0, np.zeros(self.generations + 1)
        return self.flows(t - lag, self.state(t - lag))

    def state(self, t: float) -> Floats:
        solution = next(dense for end, dense in self.history if t <= end + 1e-9)
        return np.asarray(solution(t))

    def solve(self, until_h: float) -> None:
        """Integrate window by window, none longer than a delay, so that what is lagged is known (method of steps)."""
        t, y = 0.0, np.zeros(7 + self.generations)
        y[0] = 1.0
        window = min(self.p.active_minimum_h, self.p.cycle_minimum_h)
        while t < until_h:
            end = min(t + window, until_h)
            found = solve_ivp(self.rate, (t, end), y, rtol=1e-6, atol=1e-10, dense_output=True)
            assert found.success
            self.history.append((end, found.sol))
            t, y = end, found.y[:, -1]

    def neurons(self, until_h: float) -> tuple[float, float]:
        """Return the immature neurons alive at a time, and how many neurons have died by then."""
        cell, dx = 4.0, 0.5  # h: of birth times, of age
        births = np.arange(0.5 * cell, until_h, cell)
        age = np.arange(0.5 * dx, until_h, dx)
        immature, unsettled = (self.still_below(stages, age) for stages in (2, 3))
        # A bin of age begins with the first step after its edge, half a step late on average.
        edges = np.append(self.p.death_edges_h[:1], self.p.death_edges_h[1:] + 0.5 * self.p.dt_h)
        young, aged = self.p.death[:, np.searchsorted(edges, age, side="right") - 1]
        alive_immature = died = 0.0
        for birth in births:
            born = self.flows(birth, self.state(birth))[3]
            again = np.append(self.at_age(self.p.divide, birth), 0.0)
            n = cell * float(born @ (1.0 - again))
            lived = age < until_h - birth
            hazard = (young + (aged - young) * self.weight(birth + age))[lived]
            survival = np.exp(-np.cumsum(hazard) * dx)
            alive_immature += n * survival[-1] * immature[lived][-1]
            halfway = survival * np.exp(0.5 * hazard * dx)
            died += n * float((hazard * halfway * unsettled[lived]).sum()) * dx
        return alive_immature, died

    def still_below(self, stages: int, age: Floats) -> Floats:
        """Return the chance that the first ``stages`` gamma stays together last longer than an age."""
        dx = age[1] - age[0]
        mass = np.ones(1)
        for stay in self.p.stay_h[:stages]:
            law = stats.gamma(self.p.stay_shape, scale=stay / self.p.stay_shape)
            mass = np.convolve(mass, np.diff(law.cdf(np.append(0.0, age + 0.5 * dx))))[: len(age)]
        # The mass of cell i stands at (i + stages / 2) dx, the sum of the middles of its parts.
        gone = np.append(0.0, np.cumsum(mass))
        return 1.0 - np.interp(age, (np.arange(len(gone)) + 0.5 * (stages - 1)) * dx, gone)


def expected(p: Parameters, start_age_h: float) -> Floats:
    """Return the expected `QUANTITIES` on the `DAYS` of one founder, shape (days, quantities)."""
    model = MeanField(p, start_age_h)
    model.solve(DAYS[-1] * 24.0)
    table = []
    for day in DAYS:
        t = day * 24.0
        y, (immature, died) = model.state(t), model.neurons(t)
        active = y[2] + y[3] - model.state(t - p.active_minimum_h)[3]
        table.append([1.0 - y[0], y[0] + y[1] + active, y[4], y[5], y[6], died, immature])
    return np.array(table)


# The animals


@pytest.fixture(scope="module")
def lowered(patch) -> Lowered:
    """Return a sparse tissue without rivalry, wide enough that a cell nearly always finds a free site."""
    changes = {"lineage.integration.rivalry": "0", "lineage.migration.reach": "4"}
    found = lower(resolve(load_scenario(patch((4000.0, 1700.0), parameters=changes))))
    return Lowered(
        **(vars(found) | {"start": found.start._replace(time_h=0.0, n_stem=N_FOUNDERS, resting=0.0, active=0.0)})
    )


def observed(lowered: Lowered, age_h: float, n_animals: int) -> Floats:
    """Return `QUANTITIES` on the `DAYS` a founder, one animal a seed, shape (animals, days, quantities)."""
    start = lowered.start._replace(age_h=age_h)
    table = np.empty((n_animals, len(DAYS), len(QUANTITIES)))
    for animal in range(n_animals):
        parameters = lowered.parameters._replace(seed=1000 + animal)
        world = World(parameters, lowered.effects, lowered.grid, lowered.classes, lowered.niche, start)
        for number, day in enumerate(DAYS):
            while world.time_h < day * 24.0:
                world.step()
            counts, tally = world.counts(), world.tally
            events = (commit.STEM_DIVISIONS, commit.PROGENITOR_DIVISIONS, commit.BIRTHS, commit.DEATHS)
            awakened = start.n_stem - counts[lineage.DORMANT]
            table[animal, number] = awakened, counts[STEM].sum(), *tally[list(events)], counts[IMMATURE].sum()
        # Waiting for a free site is rare: a hundredth of events an hour late is nothing beside stochastic variation.
        assert world.tally[commit.WAITED] < 0.01 * world.tally[commit.BIRTHS]
    return table / start.n_stem


def contrasts(found: Floats, mean: Floats) -> Floats:
    """Return, along the last axis, quantities less their expectation, then the same less what they owe to upstream.

    Both are 0 on average if ``mean`` is right; the second have less noise, for animals differ more in how many stem
    cells awake and divide than in what comes of it.
    """
    plain = found - mean
    pairs = [(QUANTITIES.index(a), QUANTITIES.index(b)) for a, b in UPSTREAM.items() if b is not None]
    own = [plain[..., a] - mean[..., a] / mean[..., b] * plain[..., b] for a, b in pairs]
    return np.concatenate([plain, np.stack(own, axis=-1)], axis=-1)


def errors(found: Floats, mean: Floats) -> tuple[Floats, float]:
    """Return deviations in standard errors, and the largest to be expected in all but `FALSE_ALARMS` of tests."""
    deviation, n = contrasts(found, mean), len(found)
    t = deviation.mean(axis=0) / (deviation.std(axis=0, ddof=1) / np.sqrt(n))
    return t, float(stats.t.isf(0.5 * FALSE_ALARMS / t.size, n - 1))


AGES_H = {"young": 30.0 * 24.0, "aged": 240.0 * 24.0}


# The comparison is worth something because it sees a rule that is a little wrong.
WRONG: dict[str, Callable[[Parameters], dict[str, Any]]] = {
    "progenitors divide 5 % less often": lambda p: {"divide": 0.95 * p.divide},
    "half as many more stem cells are consumed": lambda p: {"consuming": 1.5 * p.consuming},
    "pauses between divisions are three times as long": lambda p: {"cycle_pause_h": 3.0 * p.cycle_pause_h},
    "neurons die a quarter faster": lambda p: {"death": 1.25 * p.death},
    "neurons stay immature half as long again": lambda p: {"stay_h": 1.5 * p.stay_h},
    "no stem cell stays active": lambda p: {"stay_active": 0.0 * p.stay_active},
    "stem cells take thrice as long to divide": lambda p: {"active_minimum_h": 3.0 * p.active_minimum_h},
}


@pytest.mark.parametrize("age_h", AGES_H.values(), ids=AGES_H)
def test_animals_are_as_expected_on_average(lowered, age_h):
    found = observed(lowered, age_h, 20)
    t, limit = errors(found, expected(lowered.parameters, age_h))
    assert np.abs(t).max() < limit, t.round(1)
    programs = {name: lowered.parameters._replace(**change(lowered.parameters)) for name, change in WRONG.items()}
    noticed = {name: np.abs(errors(found, expected(p, age_h))[0]).max() for name, p in programs.items()}
    assert {name: t for name, t in noticed.items() if t < limit} == {}


def test_no_cell_is_lost_in_the_equations(lowered):
    # Where stem cells only renew themselves or become astrocytes, books can be kept by hand.
    p = lowered.parameters
    model = MeanField(p._replace(consuming=0.0 * p.consuming, symmetric=0.0 * p.symmetric), AGES_H["young"])
    model.solve(1080.0)
    y = model.state(1080.0)
    stem = y[0] + y[1] + y[2] + y[3] - model.state(1080.0 - p.active_minimum_h)[3]
    astrocytes = 1.0 - stem
    assert 0.0 < astrocytes < 0.1
    assert y[6] == pytest.approx(y[4] + 2.0 * y[5], rel=1e-5)  # one birth a renewing division, two a progenitor's


@pytest.mark.slow
@pytest.mark.parametrize("age_h", AGES_H.values(), ids=AGES_H)
def test_many_animals_are_as_expected_on_average(lowered, age_h):
    t, limit = errors(observed(lowered, age_h, 120), expected(lowered.parameters, age_h))
    assert np.abs(t).max() < limit, t.round(1)

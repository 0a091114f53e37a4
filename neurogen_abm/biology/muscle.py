"""Muscle health over days: fitness, muscle mass, strength; training, detraining, disuse.

Evidence synthesis `myokine`, section 2.6. Every equation is solved exactly over a step in which its inputs are
constant, so steps of any length compose. What age does is in `ageing`.
"""

import math
from typing import NamedTuple


class Muscle(NamedTuple):
    """Parameters of muscle health: flat, all floats."""

    fitness_rate_per_d: float = 3.0 / 35.0  # kE (1/d)
    fitness_max: float = 1.5  # Emax, the ceiling of training (1 = sedentary)
    fast_loss: float = 0.055  # most that each of the two phases of detraining takes (fraction of trained fitness)
    slow_loss: float = 0.11
    fast_time_d: float = 7.0
    slow_time_d: float = 35.0
    growth_rate_per_d: float = 0.0012  # muscle mass gained at full resistance load (1/d)
    growth_max: float = 0.2  # most that resistance adds (fraction of mass)
    growth_loss_time_d: float = 35.0  # decay of gained mass without load; assumed equal to slow detraining (d)
    disuse_loss: float = 0.225  # most that immobilisation takes (fraction of mass)
    disuse_time_d: float = 30.0  # of loss, and of recovery, which is assumed as fast (d)
    strength_rate_per_d: float = 0.006  # strength gained at full resistance load (1/d)
    strength_max: float = 0.5  # most that resistance adds to strength (fraction)
    disuse_strength_loss: float = 0.5  # most that immobilisation takes (fraction of strength)
    disuse_strength_time_d: float = 23.0  # of loss and recovery (d)
    deconditioning_loss: float = 0.5  # most of its aerobic capacity that a body without everyday activity loses (1)
    deconditioning_time_d: float = 100.0  # of that loss (d)

    @property
    def loss(self) -> float:
        """Most that detraining takes, as a fraction of trained fitness."""
        return self.fast_loss + self.slow_loss

    @property
    def fast_share(self) -> float:
        """Share of what detraining takes that is lost in the fast phase."""
        return self.fast_loss / self.loss


class MuscleState(NamedTuple):
    """Muscle health of one animal."""

    fitness_fast: float = 0.0  # part of fitness above 1 that fades within days (1)
    fitness_slow: float = 0.0  # part that fades within weeks (1)
    fitness_lasting: float = 0.0  # part that stays: only the highly trained have any (1)
    growth: float = 0.0  # mass gained by resistance (fraction)
    disuse: float = 0.0  # mass lost by immobilisation (fraction)
    strength_gain: float = 0.0  # strength gained by resistance (fraction)
    strength_disuse: float = 0.0  # strength lost by immobilisation (fraction)
    deconditioning: float = 0.0  # aerobic capacity lost with everyday activity (fraction)

    @property
    def fitness(self) -> float:
        """Trained state E: aerobic capacity over that of a sedentary body of the same age."""
        return 1.0 + self.fitness_fast + self.fitness_slow + self.fitness_lasting

    @property
    def capacity(self) -> float:
        """Aerobic capacity over that of a sedentary body of the same age which has its everyday activity."""
        return self.fitness * (1.0 - self.deconditioning)

    def strength(self, aged: float = 1.0) -> float:
        """Return strength, 1 = young and healthy; `aged` is `ageing.strength_of_age`."""
        return aged * (1.0 + self.strength_gain) * (1.0 - self.strength_disuse)

    def mass(self, aged: float = 1.0) -> float:
        """Return muscle mass Ms, 1 = young and healthy; `aged` is `ageing.mass_of_age`."""
        return aged * (1.0 + self.growth) * (1.0 - self.disuse)


def approach(value: float, target: float, dt: float, tau: float) -> float:
    """Return a first-order state after `dt`, exactly (same unit for `dt` and `tau`)."""
    return target + (value - target) * math.exp(-dt / tau)


def training_load(daily_dose: float, reference_dose: float, fitness_max: float) -> float:
    """Return the load that training asks of the body, on the scale of fitness: 1 asks nothing.

    The reference dose asks for the ceiling. Load rises without bound, so that progressive overload goes on working:
    a fixed load trains until fitness meets it. `daily_dose` is the mean of a week of what is intense enough to train,
    in the unit of the reference (km/d in mice, intensity minutes per day in people). Assumed; `myokine` 2.6 gives the
    form only.
    """
    return 1.0 + (fitness_max - 1.0) * max(0.0, daily_dose) / reference_dose


def resistance_stimulus(load_min_per_d: float, full_load_min_per_d: float) -> float:
    """Return the share (0..1) of full resistance training; beyond the full dose nothing is added."""
    return min(1.0, max(0.0, load_min_per_d) / full_load_min_per_d)


def trained(fitness: float, load: float, rate_per_d: float, ceiling: float, dt_d: float) -> float:
    """Return fitness after `dt_d` of a load above it: dE/dt = k (load - E) (max - E) / max.

    Solved in closed form: max - E' = (max - E) / (1 + (load - E) phi), phi = (1 - e^-q) / (max - load),
    q = k (max - load) dt / max, which runs through load = max without a break.
    """
    if load <= fitness or fitness >= ceiling:
        return fitness
    room = ceiling - fitness
    pace = rate_per_d * dt_d / ceiling
    q = pace * (ceiling - load)
    if q < -700.0:  # a load so far above the ceiling that fitness is there
        return ceiling
    phi = pace if q == 0.0 else -math.expm1(-q) / (ceiling - load)
    return ceiling - room / (1.0 + (load - fitness) * phi)


def advance_fitness(p: Muscle, state: MuscleState, load: float, dt_d: float) -> MuscleState:
    """Return the state after `dt_d` of one training load (1 = none).

    Above fitness, load trains. Below it, fitness falls back towards what the load keeps, in two phases: who stops loses
    5.5 (1 - e^-t/7) + 11 (1 - e^-t/35) percent of trained fitness (after Coyle et al. 1984), and nobody falls below the
    sedentary. So all of a moderate gain is lost, while the highly trained keep what lies beyond 16.5 percent.
    """
    fitness, share = state.fitness, p.fast_share
    if load > fitness:
        return _gained(p, state, trained(fitness, load, p.fitness_rate_per_d, p.fitness_max, dt_d))
    kept = max(0.0, load - 1.0 - state.fitness_lasting)
    fast, slow = min(state.fitness_fast, share * kept), min(state.fitness_slow, (1.0 - share) * kept)
    return state._replace(
        fitness_fast=approach(state.fitness_fast, fast, dt_d, p.fast_time_d),
        fitness_slow=approach(state.fitness_slow, slow, dt_d, p.slow_time_d),
    )


def _gained(p: Muscle, state: MuscleState, fitness: float) -> MuscleState:
    """Return the state trained up to ``fitness``: what is gained can be lost, up to the most that detraining takes."""
    gain = fitness - state.fitness
    can_fade = state.fitness_fast + state.fitness_slow
    fading = max(0.0, min(gain, p.loss * fitness - can_fade))
    return state._replace(
        fitness_fast=state.fitness_fast + p.fast_share * fading,
        fitness_slow=state.fitness_slow + (1.0 - p.fast_share) * fading,
        fitness_lasting=state.fitness_lasting + gain - fading,
    )


def advance_mass(p: Muscle, state: MuscleState, stimulus: float, unloaded: float, dt_d: float) -> MuscleState:
    """Return the state after `dt_d` of resistance `stimulus` and of being `unloaded` (shares, 0..1).

    dG/dt = rate stimulus (1 - G/Gmax) - (1 - stimulus) G / tau for mass and strength alike; disuse approaches its
    share of the most that a cast takes, of mass 22.5 % with 30 d in people (quadriceps area, Wall et al. 2014).
    """
    used = stimulus * (1.0 - unloaded)
    mass, strength = p.disuse_loss * unloaded, p.disuse_strength_loss * unloaded
    return state._replace(
        growth=_grown(p, state.growth, p.growth_rate_per_d * used, p.growth_max, stimulus, dt_d),
        disuse=approach(state.disuse, mass, dt_d, p.disuse_time_d),
        strength_gain=_grown(p, state.strength_gain, p.strength_rate_per_d * used, p.strength_max, stimulus, dt_d),
        strength_disuse=approach(state.strength_disuse, strength, dt_d, p.disuse_strength_time_d),
    )


def _grown(p: Muscle, grown: float, gain: float, most: float, stimulus: float, dt_d: float) -> float:
    """Return what resistance has added after `dt_d` of a `gain` per day, of which `most` is the ceiling."""
    decay = gain / most + (1.0 - stimulus) / p.growth_loss_time_d
    return approach(grown, gain / decay, dt_d, 1.0 / decay) if decay > 0.0 else grown


def advance_deconditioning(p: Muscle, state: MuscleState, lacking: float, dt_d: float) -> MuscleState:
    """Return the state after `dt_d` in which a share `lacking` (0..1) of everyday activity did not take place.

    Capacity falls below that of the sedentary, as in bed (0.3 to 0.4 % a day; Ried-Larsen et al. 2017). It comes back
    as slowly as trained fitness goes, which is assumed.
    """
    goal = p.deconditioning_loss * lacking
    time_d = p.deconditioning_time_d if goal > state.deconditioning else p.slow_time_d
    return state._replace(deconditioning=approach(state.deconditioning, goal, dt_d, time_d))

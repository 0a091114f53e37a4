"""A sample of positions as probable as the findings make them: affine-invariant walkers (Goodman & Weare 2010), emcee.

The prior is uniform over the range of every parameter on its scale.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from neurogen_abm.experiments.statistics import Array
from neurogen_abm.optional import optional

# Walkers for each parameter; steps that are thrown away, as a share of those kept; share of walkers moved along the
# difference of two others, which mixes faster than stretching where parameters go together.
_WALKERS, _WARM_UP, _DIFFERENCES = 4, 0.5, 0.7
# Positions of the prior that are tried for each walker's start.
_CANDIDATES = 100


class Chain(NamedTuple):
    """What walkers found: draws, and how far they can be trusted.

    ``positions`` (draws x parameters); ``independent``: how many independent draws the chain is worth, of the parameter
    that mixes worst; ``accepted``: the share of steps taken.
    """

    positions: Array
    independent: float
    accepted: float


def walk(log_probability: Callable[[Array], Array], parameters: int, draws: int, steps: int, seed: int) -> Chain:
    """Sample positions between 0 and 1 by a log probability that takes (n, parameters) and returns (n,)."""
    emcee = optional("emcee", "emcee", "'neurogen_abm[calibrate]'")

    def whole(positions: Array) -> Array:
        found = np.full(len(positions), -np.inf)
        inside = ((positions >= 0.0) & (positions <= 1.0)).all(axis=1)
        if inside.any():
            found[inside] = log_probability(positions[inside])
        return found

    walkers = max(_WALKERS * parameters, 8)
    moves = [(emcee.moves.DEMove(), _DIFFERENCES), (emcee.moves.StretchMove(), 1.0 - _DIFFERENCES)]
    sampler = emcee.EnsembleSampler(walkers, parameters, whole, moves=moves, vectorize=True)
    random = np.random.RandomState(seed)
    begin = emcee.State(_start(whole, walkers, parameters, random), random_state=random.get_state())
    warm = sampler.run_mcmc(begin, max(1, int(_WARM_UP * steps)), skip_initial_state_check=True)
    sampler.reset()
    sampler.run_mcmc(warm, steps)
    flat = sampler.get_chain(flat=True)
    chosen = np.random.default_rng(seed).permutation(len(flat))[:draws]  # in no order: neighbours are of one walker
    reach = np.nanmax(sampler.get_autocorr_time(tol=0, quiet=True))
    return Chain(flat[chosen], len(flat) / float(reach), float(np.mean(sampler.acceptance_fraction)))


def _start(log_probability: Callable[[Array], Array], walkers: int, parameters: int, random: Any) -> Array:
    """Return where walkers begin: by probability, without replacement, among many positions of the prior.

    Far from what is probable every finding is as improbable as a finding can be, so that a walker would find no way.
    """
    candidates = random.uniform(size=(_CANDIDATES * walkers, parameters))
    # The largest sums of log probability and a Gumbel variate are such a draw (Vieira 2014).
    order = np.argsort(-(log_probability(candidates) + random.gumbel(size=len(candidates))))
    return np.asarray(candidates[order[:walkers]])

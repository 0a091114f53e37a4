"""Emulator, likelihood and sampler of a posterior on models whose answer is known, and whether its width is honest."""

import numpy as np
import pytest
from scipy import stats
from scipy.stats import qmc

from neurogen_abm.experiments.calibration.emulator import emulate
from neurogen_abm.experiments.calibration.markov_chain import walk
from neurogen_abm.experiments.calibration.targets import Question, Said, log_likelihood, target
from neurogen_abm.experiments.studies import likelihood
from neurogen_abm.experiments.studies.likelihood import Precision, Simulated

POINTS = qmc.LatinHypercube(2, rng=5).random(40)
# Errors of the papers of four findings, and of their simulation.
PAPER, SIMULATED = 0.2, 0.05


def truth(positions):
    """Return what four findings would be: curved, and mixed, in two parameters."""
    x, y = positions.T
    return np.column_stack([x + y**2, 1.5 * x - 0.5 * y, 2 * x * y, np.exp(0.8 * y)])


def judge_of(value):
    return lambda said: likelihood.of_number(value, Precision(PAPER, np.inf), said[0])


def targets_of(values, simulated, fitted=True):
    errors = np.full((len(POINTS), 1), SIMULATED)
    questions = [Question(f"finding {i}", f"paper {i}", fitted, judge_of(value)) for i, value in enumerate(values)]
    return [target(q, POINTS, Said(simulated[:, [i]], errors)) for i, q in enumerate(questions)]


def ranks(repeats, steps, rng):
    """Return ranks of the truth in its own posterior (Talts et al. 2018), 0 to 1, (repeats, parameters).

    Truths from the prior; every simulation errs by what all its points share, as the same animals do; papers err too.
    """
    found = []
    for number in range(repeats):
        true = rng.uniform(size=(1, 2))
        shared = rng.normal(0, SIMULATED, 4)
        seen = truth(true)[0] + rng.normal(0, PAPER, 4)
        targets = targets_of(seen, truth(POINTS) + shared)
        chain = walk(lambda positions, t=targets: log_likelihood(t, positions), 2, 200, steps, number)
        found.append((np.sum(chain.positions < true, axis=0) + rng.uniform(size=2)) / (len(chain.positions) + 1))
    return np.array(found)

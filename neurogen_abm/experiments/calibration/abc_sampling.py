"""A sample of the parameters whose animals lie near what was published: ABC-SMC (Toni et al. 2009) through pyABC.

The prior is uniform over the range of each parameter on its scale; the distance is the root of the sum of squared
residuals; each generation accepts points within the median distance of the one before. The animals of a point are jobs
like any other. They are the same animals at every point, so that the sample is that given these animals: its width is
what the published tolerances leave open, without the random variation of few animals.
"""

import contextlib
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from neurogen_abm.errors import ModelFault
from neurogen_abm.experiments.calibration.free_parameters import FreeParameter, points_at
from neurogen_abm.experiments.calibration.least_squares import Residuals, Trial
from neurogen_abm.experiments.statistics import Array
from neurogen_abm.optional import optional
from neurogen_abm.spec.calibration import AbcSearch

# A point whose runs failed is this many tolerances from everything.
_FAILED = 1e3


class PosteriorSample(NamedTuple):
    """A weighted sample of positions (points x parameters), and how each generation came to it.

    ``generations``: number, epsilon (the largest accepted distance), points simulated, accepted share.
    """

    positions: Array
    weights: Array
    distances: Array
    generations: pd.DataFrame

    def quantiles(self, shares: Sequence[float]) -> Array:
        """Return weighted quantiles of each parameter, (shares x parameters)."""
        columns = []
        for column in self.positions.T:
            order = np.argsort(column)
            cumulated = np.cumsum(self.weights[order]) - 0.5 * self.weights[order]
            columns.append(np.interp(shares, cumulated / self.weights.sum(), column[order]))
        return np.array(columns).T

    def drawn(self, n: int, seed: int) -> Array:
        """Draw positions by weight, with replacement."""
        chosen = np.random.default_rng(seed).choice(len(self.weights), n, p=self.weights / self.weights.sum())
        return np.asarray(self.positions[chosen])


def sample(
    free: Sequence[FreeParameter],
    ask: Residuals,
    settings: AbcSearch,
    database: Path | str,
    tell: Callable[[Trial], None] = lambda _: None,
) -> PosteriorSample:
    """Sample, or go on with a sample, until the generations asked for are there or the distance is small enough."""
    pyabc = optional("pyabc", "pyABC", "'neurogen_abm[abc]'")
    names = [f"p{i}" for i in range(len(free))]

    def model(parameters: Mapping[str, float]) -> dict[str, float]:
        position = np.array([[parameters[name] for name in names]])
        row = ask(points_at(free, position)).to_numpy(dtype=float)[0]
        return {"distance": float(np.sqrt(np.sum(row**2))) if np.isfinite(row).all() else _FAILED}

    with _seeded(settings.seed, Path(database)):
        prior = pyabc.Distribution(**{name: pyabc.RV("uniform", 0.0, 1.0) for name in names})
        run = pyabc.ABCSMC(
            model,
            prior,
            distance_function=lambda x, x_0: abs(x["distance"] - x_0["distance"]),
            population_size=settings.population,
            sampler=pyabc.sampler.SingleCoreSampler(),
        )
        address = f"sqlite:///{Path(database).absolute()}"
        if Path(database).exists():
            run.load(address)
        else:
            run.new(address, {"distance": 0.0})
        left = settings.generations - run.history.n_populations
        if left > 0:
            run.run(minimum_epsilon=settings.least_distance, max_nr_populations=left)
        found = _found(run.history, names)
    middle = found.positions.mean(axis=0)
    for number, epsilon in found.generations[["number", "epsilon"]].to_numpy(dtype=float):
        tell(Trial(int(number), "step", epsilon**2, np.nan, np.nan, middle))
    return found


@contextlib.contextmanager
def _seeded(seed: int, database: Path) -> Iterator[None]:
    """Let pyABC, which draws from numpy's global stream, draw from a seed; the stream is put back afterwards."""
    import logging

    before, level = np.random.get_state(), logging.getLogger("ABC").level  # noqa: NPY002
    # A sample that goes on must not propose again what it proposed at first.
    np.random.seed((seed + (database.stat().st_size if database.exists() else 0)) % 2**32)  # noqa: NPY002
    logging.getLogger("ABC").setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        np.random.set_state(before)  # noqa: NPY002
        logging.getLogger("ABC").setLevel(level)


def _found(history: Any, names: Sequence[str]) -> PosteriorSample:
    if history.n_populations < 1:
        cure = "Widen the ranges, or see with `neurogen study` why runs fail."
        raise ModelFault("pyABC did not finish a single generation.", cure=cure, code="nothing-read")
    last = history.max_t
    table, weights = history.get_distribution(m=0, t=last)
    distances = history.get_weighted_distances(t=last)
    populations = history.get_all_populations()
    populations = populations[populations["t"] >= 0]
    accepted = history.get_nr_particles_per_population()
    generations = pd.DataFrame(
        {
            "number": populations["t"].to_numpy() + 1,
            "epsilon": populations["epsilon"].to_numpy(dtype=float),
            "simulated": populations["samples"].to_numpy(),
        }
    )
    generations["accepted_share"] = [accepted[t] for t in populations["t"]] / generations["simulated"]
    return PosteriorSample(
        table[list(names)].to_numpy(dtype=float),
        np.asarray(weights, float),
        distances["distance"].to_numpy(),
        generations,
    )

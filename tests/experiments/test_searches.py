"""Optuna and ABC-SMC on functions with known answers, stopped and gone on with, and whether their width is honest."""

from importlib.util import find_spec

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from neurogen_abm.errors import EnvironmentFault, ModelFault
from neurogen_abm.experiments.calibration.abc_sampling import PosteriorSample, sample
from neurogen_abm.experiments.calibration.free_parameters import FreeParameter
from neurogen_abm.experiments.calibration.identifiability import covariance
from neurogen_abm.experiments.calibration.least_squares import fit
from neurogen_abm.experiments.calibration.optuna_search import search
from neurogen_abm.spec.calibration import AbcSearch, LeastSquares, OptunaSearch

pyabc = pytest.mark.skipif(find_spec("pyabc") is None, reason="pyABC is an extra: pip install 'neurogen_abm[abc]'")
ONE = (FreeParameter("x", ("x",), 0.0, 1.0, 0.9),)
TWO = (*ONE, FreeParameter("y", ("y",), 0.1, 10.0, 5.0, scale="log"))


def bowl(points):
    return pd.DataFrame({"x": (points["x"] - 0.3) / 0.1, "y": np.log(points["y"] / 2.0) / 0.2})


def test_optuna_finds_the_bottom_and_goes_on_where_it_stopped(tmp_path):
    asked = []

    def ask(points):
        asked.append(len(points))
        return bowl(points)

    first = search(TWO, ask, OptunaSearch(trials=12), tmp_path / "log")
    assert first.positions[0] == pytest.approx([0.9, TWO[1].position(5.0)])
    assert sum(asked) == 12
    assert set(asked[1:]) == {4}
    told = []
    found = search(TWO, ask, OptunaSearch(trials=60), tmp_path / "log", told.append)
    assert sum(asked) == 60
    assert np.array_equal(found.positions[:12], first.positions)
    assert found.squares.min() < 3
    assert len(told) == 48
    assert len({tuple(row) for row in found.positions}) == 60


def test_optuna_leaves_out_what_fails(tmp_path):
    def ask(points):
        return bowl(points).where(points["x"] < 0.5)

    found = search(TWO, ask, OptunaSearch(trials=16), tmp_path / "log")
    assert found.failed > 0
    assert len(found.squares) + found.failed == 16
    assert (found.positions[:, 0] < 0.5).all()
    with pytest.raises(ModelFault, match="At no point"):
        search(TWO, lambda points: bowl(points) * np.nan, OptunaSearch(trials=2), tmp_path / "other")


def test_a_sampler_that_is_not_there_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(EnvironmentFault, match="package cmaes, which the sampler cmaes needs"):
        search(TWO, bowl, OptunaSearch(trials=2, sampler="cmaes"), tmp_path / "log")


def test_a_sample_has_quantiles_by_weight():
    made = PosteriorSample(np.array([[0.1], [0.2], [0.9]]), np.array([1.0, 8.0, 1.0]), np.zeros(3), pd.DataFrame())
    assert made.quantiles([0.5])[0, 0] == pytest.approx(0.2)
    assert made.quantiles([0.05])[0, 0] == pytest.approx(0.1)
    assert (made.drawn(1000, 1) == 0.2).mean() == pytest.approx(0.8, abs=0.05)


def test_least_squares_say_how_wide_they_are():
    """Simulation-based calibration (Cook, Gelman & Rubin 2006): the rank of the truth in the interval is uniform.

    200 truths drawn from the ranges, data with the noise that tolerances say; the largest distance of the ranks from
    uniform (Kolmogorov-Smirnov) is exceeded with a chance below 1e-4 when the widths are right.
    """
    times, draws = np.array([1.0, 2.0, 4.0, 8.0]), np.random.default_rng(12)
    # Ranges far wider than what the data leave, so that they take no part.
    unknowns = (FreeParameter("rise", ("rise",), -50.0, 50.0, 0.0), FreeParameter("base", ("base",), -50.0, 50.0, 0.0))
    ranks = []
    for _ in range(200):
        truth = draws.uniform(-20, 20, 2)
        seen = truth[0] * times + truth[1] + draws.normal(0, 1, 4)

        def ask(points, seen=seen):
            return pd.DataFrame(points["rise"].to_numpy()[:, None] * times + points["base"].to_numpy()[:, None] - seen)

        found = fit(unknowns, ask, LeastSquares(iterations=12, enough=1e-4))
        free = len(seen) - len(unknowns)
        # The interval is widened by the misfit where that is above its mean; here the noise is known to be 1.
        widened = max(1.0, found.sum_of_squares / free)
        sd = np.sqrt(np.diag(covariance(found)) / widened) * 100
        ranks.append(stats.norm.cdf((truth - list(found.values.values())) / sd))
    # Two numbers of one fit are not independent; each is tested by itself, at half the rate.
    for column in np.array(ranks).T:
        assert stats.kstest(column, "uniform").pvalue > 5e-5


@pyabc
@pytest.mark.slow
def test_the_sample_says_how_wide_it_is(tmp_path):
    """As above, for ABC-SMC: truths from the prior, data from the model with its noise, 60 times; rate below 1e-4.

    The model is noisy at every point, as it must be for this test; the last distance is a fifth of the noise.
    """
    draws = np.random.default_rng(3)
    ranks = []
    for number in range(60):
        truth = draws.uniform()
        seen = truth + draws.normal(0, 0.1)

        def ask(points, seen=seen):
            return pd.DataFrame({"x": (points["x"].to_numpy() + draws.normal(0, 0.1, len(points)) - seen) / 0.1})

        settings = AbcSearch(population=60, generations=8, least_distance=0.2, seed=number)
        found = sample(ONE, ask, settings, tmp_path / f"{number}.db")
        below = found.weights[found.positions[:, 0] < truth].sum()
        ranks.append(below / found.weights.sum())
    assert stats.kstest(ranks, "uniform").pvalue > 1e-4


@pyabc
def test_a_sample_narrows_and_goes_on_where_it_stopped(tmp_path):
    before = np.random.get_state()[1][:3].tolist()  # noqa: NPY002 - that it is left alone is what is asserted

    def ask(points):
        return pd.DataFrame({"x": (points["x"] - 0.3) / 0.1})

    first = sample(ONE, ask, AbcSearch(population=20, generations=2), tmp_path / "db")
    told = []
    found = sample(ONE, ask, AbcSearch(population=20, generations=4), tmp_path / "db", told.append)
    assert list(found.generations["number"]) == [1, 2, 3, 4]
    assert len(told) == 4
    assert found.generations["epsilon"].is_monotonic_decreasing
    assert np.abs(found.positions - 0.3).max() < np.abs(first.positions - 0.3).max()
    assert found.quantiles([0.5])[0, 0] == pytest.approx(0.3, abs=0.1)
    assert np.random.get_state()[1][:3].tolist() == before  # noqa: NPY002

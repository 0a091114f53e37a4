"""Sections: the estimate is unbiased, and its coefficient of error tells how far it is off."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurogen_abm.assays.sampling import gundersen_jensen_variance, sampled
from neurogen_abm.spec.scenario.histology import Sampling

SEEDS = 600


def of(**changes: object) -> Sampling:
    return Sampling.model_validate({"section": "40 um", "every": 6} | changes)


def tissue(n: int = 3000) -> tuple[np.ndarray, np.ndarray]:
    """Return cells that are twice as dense in the septal half of a gyrus of 100 sections."""
    rng = np.random.default_rng(5)
    place = np.where(rng.random(n) < 2 / 3, rng.random(n) / 2, 0.5 + rng.random(n) / 2)
    return np.sort(rng.integers(1, 2**62, n)), place


def estimates(sampling: Sampling, n: int = 3000) -> tuple[np.ndarray, np.ndarray]:
    cells, place = tissue(n)
    found = [sampled(cells, place, sampling, 100, seed=seed, time_h=24.0, name="a") for seed in range(SEEDS)]
    return np.array([e.estimate for e in found]), np.array([e.coefficient_of_error for e in found])


@pytest.mark.parametrize(
    ("sampling", "truth"),
    [
        (of(), 3000.0),
        (of(every=1, frame_area="25 %", frame_height="80 %"), 3000.0),
        (of(every=12, frame_area=0.5), 3000.0),
        (of(hemispheres=2), 6000.0),
        (of(observer_miss="10 %"), 2700.0),
    ],
    ids=["sections", "frames", "both", "two hemispheres", "an observer who misses a tenth"],
)
def test_the_estimate_is_unbiased(sampling: Sampling, truth: float) -> None:
    """The mean of 600 estimates lies within 4.5 of its standard errors: a false alarm in 150,000."""
    found, _ = estimates(sampling)
    assert abs(found.mean() - truth) < 4.5 * found.std(ddof=1) / math.sqrt(SEEDS)


@pytest.mark.parametrize("sampling", [of(), of(every=10, frame_area="50 %")], ids=["sections", "and frames"])
def test_the_coefficient_of_error_is_about_the_error(sampling: Sampling) -> None:
    """Within a fifth: noise is counted in full, of which the sampled share is no error."""
    found, errors = estimates(sampling)
    assert found.std(ddof=1) / found.mean() == pytest.approx(float(np.sqrt((errors**2).mean())), rel=0.2)


def test_the_hemispheres_are_cut_apart() -> None:
    """Two series of sections, each begun at random: twice the variance of one, four times were they one series.

    The variance of a variance over 600 seeds is 0.06 of it: between 1.5 and 2.7 alarms falsely less than once in 1e-6.
    """
    one, both = (estimates(of(hemispheres=n))[0] for n in (1, 2))
    assert 1.5 < both.var(ddof=1) / one.var(ddof=1) < 2.7


def test_everything_seen_is_the_truth() -> None:
    cells, place = tissue()
    found = sampled(cells, place, of(every=1), 100, seed=1, time_h=0.0, name="a")
    assert (found.estimate, found.counted, found.sections) == (3000.0, 3000, 100)


def test_no_order_of_cells_matters_and_another_time_is_another_sample() -> None:
    cells, place = tissue()
    sampling = of(frame_area="50 %", observer_miss="5 %")
    order = np.random.default_rng(2).permutation(len(cells))
    one = sampled(cells, place, sampling, 100, seed=1, time_h=24.0, name="a")
    assert one == sampled(cells[order], place[order], sampling, 100, seed=1, time_h=24.0, name="a")
    for changed in ("seed", "time_h", "name"):
        address = {"seed": 1, "time_h": 24.0, "name": "a"}
        others = [address | {changed: value} for value in ("bcde" if changed == "name" else (2, 3, 4, 5))]
        assert any(sampled(cells, place, sampling, 100, **other).counted != one.counted for other in others)


def test_a_sample_without_a_cell_has_no_coefficient_of_error() -> None:
    none = np.empty(0, np.int64)
    found = sampled(none, np.empty(0), of(), 100, seed=1, time_h=0.0, name="a")
    assert (found.estimate, found.counted) == (0.0, 0)
    assert math.isnan(found.coefficient_of_error)


def test_the_variance_worked_by_hand() -> None:
    """Counts 2, 8, 9, 5: A = 174, B = 16 + 72 + 45 = 133, C = 18 + 40 = 58, N = 24."""
    assert gundersen_jensen_variance(np.array([2, 8, 9, 5])) == pytest.approx(
        24 + max(0.0, (3 * (174 - 24) - 4 * 133 + 58) / 240)
    )
    assert gundersen_jensen_variance(np.array([0, 40, 0, 40])) == pytest.approx(80 + (3 * (3200 - 80) + 1600) / 240)


@given(st.lists(st.integers(0, 500), max_size=40))
def test_the_variance_is_never_below_the_noise(counts: list[int]) -> None:
    assert gundersen_jensen_variance(np.array(counts, np.int64)) >= sum(counts)

"""The climb by which rivals are fitted: it finds known numbers from anywhere, says where it ends, keeps to ranges."""

import numpy as np
import pytest

from benchmarks.fit_rivals import Scores, climb

T = np.array([0.0, 0.5, 1.0, 2.0, 4.0, 8.0])
TRUE = np.array([np.log(3.0), np.log(0.4)])
LOW, HIGH = np.array([-3.0, -4.0]), np.array([4.0, 3.0])


def decay(point: np.ndarray) -> np.ndarray:
    return np.exp(point[0]) * np.exp(-np.exp(point[1]) * T)


def close_to(value: float):
    """Return a score that is best at a value, and no worse than -10, as those of findings are."""
    return lambda said: max(-0.5 * float((said[0] - value) / 0.5) ** 2, -10.0)


SCORES = Scores([close_to(value) for value in decay(TRUE)], range(len(T)))


@pytest.mark.parametrize("start", [(0.0, 0.0), (1.3, -2.0), (1.5, 1.0)])
def test_a_climb_finds_the_numbers_from_anywhere(start: tuple[float, float]) -> None:
    end = climb(decay, SCORES, np.array(start), LOW, HIGH)
    assert end.converged
    assert end.total == pytest.approx(0.0, abs=0.02)
    assert end.point == pytest.approx(TRUE, abs=0.1)
    assert end.said == pytest.approx(decay(end.point))


def test_a_climb_ends_at_a_range_that_holds_it_back() -> None:
    high = np.array([0.5, 3.0])
    end = climb(decay, SCORES, np.zeros(2), LOW, high)
    assert end.converged
    assert end.point[0] == 0.5
    assert end.total < -0.5


def test_what_is_left_out_decides_nothing() -> None:
    """Without all findings but the first, only the height is known, and the other number stays where it was."""
    weights = np.array([1.0, *np.zeros(len(T) - 1)])
    end = climb(decay, SCORES, np.zeros(2), LOW, HIGH, weights=weights)
    assert end.point == pytest.approx([TRUE[0], 0.0], abs=0.1)


def test_a_finding_of_several_numbers_is_one_score() -> None:
    scores = Scores([lambda said: -float((said[0] - said[1]) ** 2), lambda said: -float(said[0] ** 2)], [0, 0, 1])
    said = np.array([1.0, 3.0, 0.5])
    assert scores(said).tolist() == [-4.0, -0.25]
    assert scores.slopes(said) == pytest.approx([4.0, -4.0, -1.0], abs=0.01)

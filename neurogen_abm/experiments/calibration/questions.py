"""From replayed studies to what points say of each finding, and back from a finding to its likelihood."""

import math
from collections.abc import Sequence

import numpy as np

from neurogen_abm.experiments.calibration.free_parameters import points_at
from neurogen_abm.experiments.calibration.objective import FittedStudy, Objective
from neurogen_abm.experiments.calibration.targets import Judge, Question, Said
from neurogen_abm.experiments.statistics import Array
from neurogen_abm.experiments.studies import evidence
from neurogen_abm.experiments.studies.likelihood import Likelihood, Simulated
from neurogen_abm.experiments.studies.scoring import Score
from neurogen_abm.experiments.studies.study import Replay
from neurogen_abm.spec.study.expectations import Correlation, Expectation, Ordering, Shape, Timing

# Points that are replayed at a time: what their animals showed is in memory together.
_AT_ONCE = 8


def judged(found: Objective) -> list[tuple[FittedStudy, Expectation]]:
    """Return the findings that have a likelihood, in order: all but shapes of courses."""
    return [(part, entry) for part in found.studies for entry in part.study.expectations if not _is_shape(entry)]


def questions(found: Objective) -> list[Question]:
    """Return a question for each of `judged`."""
    return [
        Question(f"{part.study.name}: {entry.name}", part.study.paper, entry.role == "calibration", _judge(part, entry))
        for part, entry in judged(found)
    ]


def _judge(part: FittedStudy, expectation: Expectation) -> Judge:
    """Return the likelihood of a finding; an order of two is one number, by how much the second is above the first."""
    of_two = isinstance(expectation, Ordering) and len(expectation.items) == 2

    def judge(said: Sequence[Simulated]) -> Likelihood:
        items = [Simulated(0.0), *said] if of_two else said
        found = evidence.likelihood_of(part.study, expectation, part.arms, items)
        assert found is not None
        return found

    return judge


def told(found: Objective, positions: Array) -> tuple[list[Said], Array]:
    """Simulate points; return what they say of each finding, and the logarithm of each likelihood, (points x findings).

    NaN where the model says nothing, or no animal is possible.
    """
    wanted = judged(found)
    points: list[list[Score] | None] = []
    for start in range(0, len(positions), _AT_ONCE):
        part = positions[start : start + _AT_ONCE]
        points += [_scores(replays) for replays in found.replays(points_at(found.free, part))]
    said = [_said(entry, [None if one is None else one[i] for one in points]) for i, (_, entry) in enumerate(wanted)]
    nothing = [math.nan] * len(wanted)
    scores = [nothing if one is None else [_log_score(score) for score in one] for one in points]
    return said, np.array(scores)


def _scores(replays: Sequence[Replay]) -> list[Score] | None:
    scores = [score for entry in replays for expectation, score in entry.scores if not _is_shape(expectation)]
    return scores or None


def _log_score(score: Score) -> float:
    return math.nan if score.likelihood is None else score.likelihood.log_score


def _said(expectation: Expectation, scores: Sequence[Score | None]) -> Said:
    items = len(expectation.items) if isinstance(expectation, Ordering) else 1
    pairs = np.full((len(scores), items, 2), np.nan)
    for i, score in enumerate(scores):
        if score is not None and not _is_unsure(expectation, score):
            pairs[i] = score.said
    if items == 2:
        step = pairs[:, 1, 0] - pairs[:, 0, 0]
        return Said(step[:, None], np.hypot(pairs[:, 0, 1], pairs[:, 1, 1])[:, None])
    return Said(pairs[:, :, 0], pairs[:, :, 1])


def _is_unsure(expectation: Expectation, score: Score) -> bool:
    """Return whether nobody knows how far a number is off: a correlation over fewer than four animals."""
    return isinstance(expectation, Correlation) and not math.isfinite(score.simulated.error)


def _is_shape(expectation: Expectation) -> bool:
    return isinstance(expectation, Shape)


def is_day(expectation: Expectation) -> bool:
    """Return whether a finding is a day, which is not on the logarithm."""
    return isinstance(expectation, Timing)

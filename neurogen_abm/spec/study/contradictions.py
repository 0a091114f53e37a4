"""Findings of one study that cannot both be true of one paper: a slip in the file, refused before anything runs."""

import math
from collections.abc import Iterator, Sequence
from itertools import combinations

from neurogen_abm.numerals import plain
from neurogen_abm.spec.study.expectations import Absolute, Bound, Expectation, Null, Ratio
from neurogen_abm.spec.study.study import Study, StudyError
from neurogen_abm.spec.study.terms import Whole, terms


def contradictions(study: Study, arms: Sequence[str]) -> Iterator[StudyError]:
    """Yield two findings on one reading of which one excludes the other; of two papers they may disagree."""
    for (first, one), (second, other) in combinations(_numbers(study, arms), 2):
        if one[0] != other[0] or one[1].source.reference != other[1].source.reference:
            continue
        if (how := _excludes(one[1], other[1])) is not None:
            what = f'"{one[1].name}" and "{other[1].name}" are about the same reading and exclude each other: {how}.'
            cure = "Mend one of them, or name the paper of each under `source`, where two papers disagree."
            yield StudyError(what, where=study.where(("expectations", second)), code="contradiction", cure=cure)
        assert first < second


def _numbers(study: Study, arms: Sequence[str]) -> Iterator[tuple[int, tuple[Whole, Expectation]]]:
    for number, expectation in enumerate(study.expectations):
        if isinstance(expectation, Ratio | Bound | Null | Absolute):
            for term in terms(expectation, tuple(arms)):
                bottom = None if term.bottom is None else term.bottom._replace(path=())
                yield number, (Whole(term.top._replace(path=()), bottom), expectation)


def _excludes(one: Expectation, other: Expectation) -> str | None:
    """Say why two findings cannot both hold, or None."""
    kinds = {type(one), type(other)}
    if kinds == {Null, Bound}:
        bound = one if isinstance(one, Bound) else other
        if isinstance(bound, Bound) and ((bound.gt or 0.0) >= 1.0 or (bound.lt is not None and bound.lt <= 1.0)):
            return "no difference, and a difference"
        return None
    (low, high), (other_low, other_high) = _ends(one), _ends(other)
    lowest, highest = max(low, other_low), min(high, other_high)
    meets = lowest == highest and any(
        isinstance(entry, Bound) and lowest in (entry.gt, entry.lt) for entry in (one, other)
    )
    return f"above {plain(lowest)}, and below {plain(highest)}" if lowest > highest or meets else None


def _ends(entry: Expectation) -> tuple[float, float]:
    """Return between which numbers a finding lies."""
    if isinstance(entry, Bound):
        ends = entry.gt, entry.lt
    elif isinstance(entry, Ratio | Absolute) and (entry.low is not None or entry.high is not None):
        ends = entry.low, entry.high
    else:
        ends = None, None
    return -math.inf if ends[0] is None else ends[0], math.inf if ends[1] is None else ends[1]

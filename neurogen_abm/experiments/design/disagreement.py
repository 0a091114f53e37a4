"""Where two pathways disagree most: the experiment that would tell them apart.

Both predict a ratio for every reading and day. What an experiment of n animals finds is normal around either, on the
logarithm, as wide as its standard error and what the simulation does not know. With both as wide, the logarithm of the
Bayes factor for the one that is true has mean ``z ** 2 / 2`` and standard deviation ``z``, where ``z`` is their
distance in units of that width. An experiment tells them apart where the factor is 10 at least (Kass and Raftery 1995,
J Am Stat Assoc 90:773: strong evidence).
The spread of the animals is taken for known, which flatters experiments of four or five.
"""

import math
from collections.abc import Sequence
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from neurogen_abm.experiments.design.power import FARTHEST
from neurogen_abm.experiments.design.questions import Question
from neurogen_abm.experiments.design.tables import WANTED, Range
from neurogen_abm.experiments.statistics import Array, ratio

STRONG = 10.0
"""Bayes factor from which evidence is called strong."""
_KEYS = ("pathway_a", "pathway_b", "arm", "over", "reading", "day")
_LEAST_TWINS = 2
_COLUMNS = (*_KEYS, "n", "ratio_a", "ratio_b", "apart", "told_apart", "log_bayes_factor", "n_80")


class Rivals(NamedTuple):
    """The same question under two pathways."""

    one: Question
    other: Question

    @property
    def distance(self) -> float:
        """Difference of their logarithms of the ratio."""
        return self.one.contrast.effect - self.other.contrast.effect

    def apart(self, n: Array) -> Array:
        """Return the distance in units of what an experiment with so many animals in each group finds it by."""
        pair = [question.contrast for question in self]
        animals = np.mean([contrast.top + contrast.bottom for contrast in pair]) / n
        return abs(self.distance) / np.sqrt(animals + self.unsure**2)

    @property
    def unsure(self) -> float:
        """Standard error of the distance: few simulated animals, twins under both pathways, and draws of parameters."""
        (top, bottom), (other_top, other_bottom) = self._twins()
        if len(top) >= _LEAST_TWINS:
            apart = ratio([top, other_bottom], [bottom, other_top])
            simulated = apart.error / apart.value
        else:  # too few live under both
            simulated = math.hypot(self.one.simulated_error, self.other.simulated_error)
        return math.hypot(simulated, math.sqrt(self.one.unknown + self.other.unknown))

    def _twins(self) -> tuple[tuple[Array, ...], tuple[Array, ...]]:
        """Return the values of the animals that both pathways have, whichever failed under one of them."""
        mine, its = (np.array(range(len(q.values[0])) if q.animals is None else q.animals) for q in self)
        _, *places = np.intersect1d(mine, its, return_indices=True)
        one, other = (tuple(part[place] for part in q.values) for q, place in zip(self, places, strict=True))
        return one, other


def told_apart(apart: Array) -> Array:
    """Return how probable a Bayes factor of ``STRONG`` or more for the true pathway is."""
    with np.errstate(divide="ignore"):
        return np.asarray(stats.norm.cdf(apart / 2 - math.log(STRONG) / apart))


def rivals(questions: Sequence[Question]) -> list[Rivals]:
    """Return every question that two pathways answer, with both answers."""
    by: dict[tuple[str, str, str, float], dict[str, Question]] = {}
    for one in questions:
        if not one.why_not:
            by.setdefault((one.arm, one.over, one.reading, one.time_h), {})[one.pathway] = one
    return [Rivals(a, b) for own in by.values() for a, b in combinations(own.values(), 2)]


def disagreements(questions: Sequence[Question], span: Range) -> pd.DataFrame:
    """Return one row per pair of pathways, question and number of animals, the most telling question first.

    ``apart`` is the distance of the two predictions in standard errors; ``told_apart`` the probability of a Bayes
    factor of 10 for the pathway that is true; ``log_bayes_factor`` its expected natural logarithm; ``n_80`` the animals
    of a group with which the probability is 80 %, infinite where a thousand are not enough.
    """
    found = sorted(rivals(questions), key=lambda pair: -float(pair.apart(np.array(float(span.most)))))
    rows = [row for pair in found for row in _rows(pair, span)]
    return pd.DataFrame(rows, columns=list(_COLUMNS))


def _rows(pair: Rivals, span: Range) -> list[dict[str, Any]]:
    one, other = pair
    many = np.arange(2.0, FARTHEST + 1)
    enough = np.flatnonzero(told_apart(pair.apart(many)) >= WANTED[0])
    shared = {
        "pathway_a": one.pathway,
        "pathway_b": other.pathway,
        "arm": one.arm,
        "over": one.over,
        "reading": one.reading,
        "day": one.day,
        "ratio_a": one.ratio.value,
        "ratio_b": other.ratio.value,
        "n_80": float(many[enough[0]]) if enough.size else math.inf,
    }
    apart = pair.apart(span.all.astype(float))
    told = told_apart(apart)
    return [
        shared | {"n": int(n), "apart": z, "told_apart": p, "log_bayes_factor": z * z / 2}
        for n, z, p in zip(span.all, apart, told, strict=True)
    ]

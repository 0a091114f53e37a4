"""What an experiment can ask: two arms, one reading, one day; what there is to find, and how much it is hidden."""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np

from neurogen_abm.experiments.design.pool import Pool, Seen, moments, seen_how
from neurogen_abm.experiments.design.power import Contrast
from neurogen_abm.experiments.design.spread import Group, Spread, excess_of, groups, spread_in_data
from neurogen_abm.experiments.statistics import Array, Statistic, ratio
from neurogen_abm.experiments.variance import effect_of_each, split
from neurogen_abm.spec.posterior import FEWEST
from neurogen_abm.spec.study.arms import Arm
from neurogen_abm.spec.study.study import Study
from neurogen_abm.words import several

_LEAST = 3  # simulated animals of a group, below which nothing is said of its spread
_SURE = 1.96  # standard errors by which an effect differs from none


class Question(NamedTuple):
    """Two arms compared by one reading on one day, under one pathway.

    ``why_not`` says why nothing can be planned on it; what depends on values is then NaN.
    """

    pathway: str
    arm: str
    over: str
    reading: str
    time_h: float
    spread: Spread
    seen: tuple[Seen, Seen]  # of ``arm`` and ``over``
    values: tuple[Array, Array]  # of the simulated animals that both arms have, twins by place
    groups: tuple[Group, Group]
    ratio: Statistic  # of means, with its interval over twins
    unknown: float = 0.0  # variance of the logarithm of the ratio between draws of a posterior
    why_not: str = ""
    animals: tuple[int, ...] | None = None  # which animals the values are of, from 0; None: all, one after the other

    @property
    def day(self) -> float:
        """Day of the run."""
        return self.time_h / 24.0

    @property
    def contrast(self) -> Contrast:
        """What a test on logarithms has to find, and what hides it; the mean logarithm lies below that of the mean."""
        top, bottom = self.groups
        shift = math.log(self.ratio.value) - (top.total - bottom.total) / 2
        return Contrast(shift, top.total, bottom.total, self.unsure)

    @property
    def simulated_error(self) -> float:
        """Standard error of the logarithm of the ratio, for the simulated animals are few."""
        return self.ratio.error / self.ratio.value

    @property
    def unsure(self) -> float:
        """Standard error of the logarithm of the ratio: few simulated animals, and parameters that are not known."""
        return math.hypot(self.simulated_error, math.sqrt(self.unknown))

    @property
    def twin_variance(self) -> float:
        """Variance of the difference of the logarithms of twins, in the simulated tissue; NaN where one has none."""
        top, bottom = self.values
        if not (top.min() > 0.0 and bottom.min() > 0.0):
            return math.nan
        return float(np.var(np.log(top) - np.log(bottom), ddof=1))

    @property
    def effect(self) -> str:
        """``raised``, ``lowered``, or ``none`` where the simulated animals show no difference."""
        if self.why_not or not abs(math.log(self.ratio.value)) > _SURE * self.simulated_error:
            return "none"
        return "raised" if self.ratio.value > 1.0 else "lowered"


def questions(
    study: Study, arms: Mapping[str, Mapping[str, Arm]], pool: Pool, readings: Sequence[str] = ()
) -> list[Question]:
    """Return every question of a study: each pair of arms, reading and day that both have, under each pathway."""
    return [
        _question(study, own, pool, pathway, (arm, over), name, time_h)
        for pathway, own in arms.items()
        for over, arm in pairs(own)
        for name, time_h in moments({over: own[over], arm: own[arm]})
        if not readings or name in readings
    ]


def pairs(arms: Mapping[str, Arm]) -> Iterator[tuple[str, str]]:
    """Yield every pair of arms in their order: the first of a pair is what the other is set over."""
    yield from combinations(arms, 2)


def _question(
    study: Study, arms: Mapping[str, Arm], pool: Pool, pathway: str, names: tuple[str, str], reading: str, time_h: float
) -> Question:
    top_seen, bottom_seen = (seen_how(arms[name], reading) for name in names)
    excess = excess_of(pool, pathway, reading, bottom_seen)
    seen = top_seen._replace(excess=excess), bottom_seen._replace(excess=excess)
    spread = spread_in_data(study, arms[names[1]], reading, seen[1].kind)
    both = np.array([pool.values(pathway, name, reading, time_h) for name in names])
    known = np.isfinite(both).all(axis=0)
    top, bottom = both[:, known]
    lived = tuple(map(int, np.flatnonzero(known)))
    why_not = _why_not(top, bottom)
    if why_not:
        nothing = Group(*[math.nan] * 4), Group(*[math.nan] * 4)
        values, unread = (top, bottom), Statistic(math.nan)
        return Question(
            pathway, *names, reading, time_h, spread, seen, values, nothing, unread, why_not=why_not, animals=lived
        )
    scale = seen[1].area / seen[0].area if seen[0].is_count else 1.0
    found = ratio([top * scale], [bottom])
    both_groups = groups(top, bottom, seen, spread)
    unknown = unknown_of(pool, pathway, names, reading, time_h)
    return Question(
        pathway, *names, reading, time_h, spread, seen, (top, bottom), both_groups, found, unknown, animals=lived
    )


def unknown_of(pool: Pool, pathway: str, names: tuple[str, str], reading: str, time_h: float) -> float:
    """Return the variance of the logarithm of the ratio that the draws of a posterior make, chance taken away."""
    lived = [np.array(list(pool.under_draws(pathway, name, reading, time_h))) for name in names]
    if not lived[0].size:
        return 0.0
    whole = np.isfinite(lived).all(axis=(0, 2))
    treated, control = (values[whole][..., None] for values in lived)
    if len(treated) < FEWEST:
        return math.nan
    of_each = effect_of_each(control, treated)
    ratio_ = 1.0 + float(of_each.mean())
    return max(float(split(of_each).parameters[0]), 0.0) / ratio_**2


def _why_not(top: Array, bottom: Array) -> str:
    """Return why nothing can be planned on these values; nothing where it can."""
    if top.size < _LEAST:
        return f"It was read in only {several(top.size, 'pair')} of simulated animals."
    if not (top.mean() > 0.0 and bottom.mean() > 0.0):
        return "No simulated animal of a group has any, so that there is no ratio."
    if top.min() < 0.0 or bottom.min() < 0.0:
        return "It falls below zero, so that there is no ratio."
    return ""

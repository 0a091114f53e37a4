"""The tables of a design: each reading with the animals it needs, power by animals, sections, litters."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.random import Generator, Philox, SeedSequence

from neurogen_abm.experiments.design import laboratory
from neurogen_abm.experiments.design.laboratory import Herd
from neurogen_abm.experiments.design.power import (
    Contrast,
    assurance,
    detectable,
    needed,
    numbers,
    paired_power,
    plain_power,
    power,
    reach,
    smallest,
    spread_of,
)
from neurogen_abm.experiments.design.questions import Question
from neurogen_abm.experiments.design.spread import variance_of_counting

WANTED = (0.8, 0.9)
"""Powers for which animals are counted."""
EVERY = (1, 2, 3, 4, 6, 8, 10, 12)
"""Sections of which one is counted, beside that of the study."""
PER_LITTER = (1, 2, 3, 4, 6)
"""Animals of a litter in one group."""


class Range(NamedTuple):
    """From how many animals of a group to how many an answer is given for each."""

    fewest: int
    most: int

    @property
    def all(self) -> np.ndarray[Any, Any]:
        """Every number of animals."""
        return np.arange(self.fewest, self.most + 1)


def key(question: Question) -> dict[str, Any]:
    """Return what tells a question from the others, as the first columns of every table."""
    return {
        "pathway": question.pathway,
        "arm": question.arm,
        "over": question.over,
        "reading": question.reading,
        "day": question.day,
    }


def readings_table(questions: Sequence[Question], planned: Mapping[str, int]) -> pd.DataFrame:
    """Return one row per question: what there is to find, how animals differ, and how many are needed.

    ``planned`` are the animals of each arm of the study.
    """
    return pd.DataFrame([key(one) | _needs(one, planned) for one in questions])


def _needs(one: Question, planned: Mapping[str, int]) -> dict[str, Any]:
    top, bottom = one.groups
    found: dict[str, Any] = {"finding": one.effect, "ratio": one.ratio.value}
    found |= {"ratio_low": one.ratio.low, "ratio_high": one.ratio.high}
    found |= {"spread_over": float(spread_of(bottom.total)), "spread_arm": float(spread_of(top.total))}
    found |= {"spread_model": float(spread_of(bottom.model)), "spread_counting": float(spread_of(bottom.counting))}
    found |= {
        "unknown": math.sqrt(one.unknown),
        "counted_over": bottom.mean * one.seen[1].seen * one.seen[1].hemispheres,
    }
    if one.why_not:
        empty = [f"n_{round(100 * wanted)}{test}" for wanted in WANTED for test in ("", "_plain", "_twins")]
        names = ("planned_arm", "planned_over", "planned_power", "planned_assurance", "detectable", "animal_days_80")
        return found | dict.fromkeys((*names, *empty), math.nan) | {"why_not": one.why_not}
    for wanted in WANTED:
        name = f"n_{round(100 * wanted)}"
        found[name] = needed(one.contrast, wanted)
        found[f"{name}_plain"] = smallest(plain_power(one.ratio.value, one.spread.cv, numbers()), wanted)
        found[f"{name}_twins"] = smallest(paired_power(math.log(one.ratio.value), one.twin_variance, numbers()), wanted)
    n = planned[one.arm], planned[one.over]
    found |= {"planned_arm": n[0], "planned_over": n[1]}
    found |= {"planned_power": float(power(one.contrast, *n)), "planned_assurance": float(assurance(one.contrast, *n))}
    found["detectable"] = detectable(one.contrast, *n, WANTED[0])
    return found | {"animal_days_80": 2 * found["n_80"] * one.day, "why_not": ""}


def power_table(questions: Sequence[Question], span: Range, seed: int) -> pd.DataFrame:
    """Return one row per question and number of animals: powers of each test, and the interval to expect.

    ``power`` is that of Welch's test on logarithms; ``assurance`` averages it over what is not known of the effect;
    ``plain`` is Student's on counts as usually computed; ``simulated_*`` are of a laboratory drawn many times.
    ``low`` to ``high`` is the 95 % interval of the ratio to expect.
    """
    parts = [_powers(one, span, seed, number) for number, one in enumerate(questions) if not one.why_not]
    columns = [*_KEYS, "n", "power", "assurance", "plain", "low", "high", *(f"simulated_{t}" for t in laboratory.TESTS)]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


_KEYS = ("pathway", "arm", "over", "reading", "day")


def _powers(one: Question, span: Range, seed: int, number: int) -> pd.DataFrame:
    n, contrast = span.all, one.contrast
    random = Generator(Philox(SeedSequence([seed, number])))
    drawn = laboratory.powers(random, *herds(one), span.most)
    wide = reach(contrast, n)
    columns = {
        "n": n,
        "power": power(contrast, n),
        "assurance": assurance(contrast, n),
        "plain": plain_power(one.ratio.value, one.spread.cv, n),
        "low": one.ratio.value / wide,
        "high": one.ratio.value * wide,
    }
    columns |= {f"simulated_{test}": drawn[test][span.fewest - 2 :] for test in laboratory.TESTS}
    return pd.DataFrame(key(one) | columns)


def herds(one: Question) -> tuple[Herd, Herd]:
    """Return from what the animals of both groups of a question are drawn."""
    made = [
        Herd(group, np.log(np.maximum(values, 0.5)), how.seen if how.is_count else 1.0, how.hemispheres)
        for group, values, how in zip(one.groups, one.values, one.seen, strict=True)
    ]
    return made[0], made[1]


def sections_table(questions: Sequence[Question], sheet_um: float) -> pd.DataFrame:
    """Return one row per question and share of sections: what more sections save in animals.

    Only of counts whose study says its `sampling`, where something is to be found. ``sheet_um`` is the length of a
    gyrus. What raw data show is taken to hold at the study's sections; counting noise then changes with their number.
    """
    rows = [row for one in questions if one.effect != "none" for row in _sections(one, sheet_um)]
    return pd.DataFrame(rows, columns=[*_KEYS, *_CUT])


_CUT = ("every", "is_planned", "sections", "counted_over", "share_counting", "excess", "n_80", "sections_in_all")


def _sections(one: Question, sheet_um: float) -> Iterator[dict[str, Any]]:
    planned = one.seen[1].sampling
    if planned is None or not one.seen[1].is_count:
        return
    for every in sorted({*EVERY, planned.every}):
        sampling = planned.model_copy(update={"every": every})
        own = [
            group._replace(counting=variance_of_counting(group.mean, how, sampling))
            for group, how in zip(one.groups, one.seen, strict=True)
        ]
        shift = math.log(one.ratio.value) - (own[0].total - own[1].total) / 2
        n = needed(Contrast(shift, own[0].total, own[1].total), WANTED[0])
        taken = round(sheet_um / planned.section_um) / every * planned.hemispheres
        seen = one.seen[1]._replace(sampling=sampling)
        yield key(one) | {
            "every": every,
            "is_planned": every == planned.every,
            "sections": taken,
            "counted_over": own[1].mean * seen.seen * seen.hemispheres,
            "share_counting": own[1].counting / own[1].total if own[1].total > 0.0 else 0.0,
            "excess": one.seen[1].excess,
            "n_80": n,
            "sections_in_all": 2 * n * taken,
        }


def litters_table(questions: Sequence[Question], share: float, planned: Mapping[str, int]) -> pd.DataFrame:
    """Return one row per question and number of littermates in one group.

    Parameters
    ----------
    questions
        Those where something is to be found.
    share
        Of the variance between animals that litters explain (intraclass correlation).
    planned
        Animals of each arm.

    Notes
    -----
    Littermates in one group inflate the variance of its mean by ``1 + (m - 1) share`` (Kish 1965). Where each litter
    gives one animal to either group, the differences within litters have ``1 - share`` of the variance.
    """
    rows = [row for one in questions if one.effect != "none" for row in _litters(one, share, planned)]
    return pd.DataFrame(rows, columns=[*_KEYS, *_OF_LITTERS])


_OF_LITTERS = ("per_litter", "worth", "planned_power", "n_80", "n_80_split")


def _litters(one: Question, share: float, planned: Mapping[str, int]) -> Iterator[dict[str, Any]]:
    contrast = one.contrast
    split = paired_power(contrast.effect, (contrast.top + contrast.bottom) * (1.0 - share), numbers())
    n = planned[one.arm], planned[one.over]
    alone = needed(contrast, WANTED[0])
    for littermates in PER_LITTER:
        inflation = 1.0 + (littermates - 1) * share
        worth = [count / inflation for count in n]
        yield key(one) | {
            "per_litter": littermates,
            "worth": worth[1],
            "planned_power": float(power(contrast, *worth)) if min(worth) >= 2.0 else math.nan,
            "n_80": math.ceil(alone * inflation - 1e-9) if math.isfinite(alone) else math.inf,
            "n_80_split": smallest(split, WANTED[0]),
        }

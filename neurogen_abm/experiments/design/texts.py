"""Texts that a design writes: paragraphs for an animal licence, as ARRIVE asks for them, and one for the methods.

What only the laboratory knows stands in square brackets.
"""

import math

import pandas as pd

from neurogen_abm.experiments.design.advice import best_of, primary, question_of
from neurogen_abm.experiments.design.design import LITTER, Design
from neurogen_abm.experiments.design.laboratory import DRAWS
from neurogen_abm.experiments.design.power import assurance, detectable
from neurogen_abm.experiments.design.questions import Question
from neurogen_abm.experiments.design.spread import described
from neurogen_abm.experiments.design.tables import WANTED
from neurogen_abm.numerals import plain
from neurogen_abm.version import __version__

_ARRIVE = "ARRIVE 2.0, Percie du Sert et al. 2020 PLoS Biol 18:e3000410"
_NOTHING = (
    "Under the model there is no effect to find in this design, so that no number of animals can be justified. Change "
    "the design before asking for animals.\n"
)


def licence(design: Design) -> str:
    """Return the paragraphs for an animal licence: number, effect, variability, unit, allocation, and the three Rs."""
    row = primary(design)
    if row is None:
        return _NOTHING
    one = question_of(design, row)
    said = [
        _number(row, one),
        _effect(design, row, one),
        _variability(design, one),
        _ALLOCATION,
        _three_rs(design, row),
    ]
    return "\n\n".join([*said, f"Items as in {_ARRIVE}."]) + "\n"


def _number(row: "pd.Series", one: Question) -> str:
    n, groups = float(row["n_80"]), f"{row['over']} and {row['arm']}"
    chance = _percent(float(assurance(one.contrast, n)))
    return (
        f"**Number of animals.** We ask for {plain(2 * n)} animals: {plain(n)} in each of two groups, {groups} [and "
        f"what is lost to illness or failed staining]. The primary outcome is {row['reading']} on day "
        f"{plain(row['day'], 4)} of the experiment. Welch's t-test on logarithms of counts, two-sided at 5 %, finds "
        f"the expected effect with a power of 80 %; {plain(row['n_90'])} in each group would give 90 %. On average "
        f"over what the simulation does not know of the effect, the chance of finding it is {chance}."
    )


def _effect(design: Design, row: "pd.Series", one: Question) -> str:
    n, several = float(row["n_80"]), design.readings["pathway"].nunique()
    careful = f" (of {several} pathways the one that needs most animals)" if several > 1 else ""
    least = plain(detectable(one.contrast, n, n, WANTED[0]), 3)
    return (
        f"**Effect.** A ratio of {plain(row['ratio'], 3)} ({row['arm']} over {row['over']}), as simulated with "
        f"neurogen_abm {__version__} under the pathway {row['pathway']}{careful} in {len(one.values[0])} animals of "
        "each group. It is a prediction, not a measurement [say which effect would be the smallest of scientific "
        f"interest]. With {plain(n)} animals of a group a ratio of {least} is found in 80 of 100 experiments; a "
        "smaller one may be missed."
    )


def _variability(design: Design, one: Question) -> str:
    litter = design.plan.any_arm.resolved.parameters[LITTER]
    return (
        f"**Variability and unit of analysis.** {_first_upper(described(one.spread))}. The unit is the animal: "
        "sections and cells of one animal are summed to one number before any test. Littermates are alike (share of "
        f"the variance that litters explain: {litter.text()}), so that litter is a block: each gives one animal, or "
        "one of each sex, to every group."
    )


_ALLOCATION = (
    "**Randomisation and blinding.** Within each litter and sex animals are allocated to groups by random numbers "
    "[who draws them, and when]. Whoever perfuses, stains and counts does not know the group [how samples are coded]. "
    "No animal is left out after counting [state exclusions in advance]."
)


def _three_rs(design: Design, row: "pd.Series") -> str:
    rows = best_of(design)
    same = (rows[["pathway", "arm", "over", "reading"]] == row[["pathway", "arm", "over", "reading"]]).all(axis=1)
    others = rows[same & (rows["day"] != row["day"])].sort_values("day")
    days = ", ".join(f"day {plain(o['day'], 4)} {plain(o['n_80'])}" for o in others.to_dict("records"))
    why = (
        f"; to find it on other days would take more animals of a group, or as many for longer ({days})" if days else ""
    )
    return (
        "**Replacement, reduction, refinement.** Simulated animals took the place of a pilot experiment. Reading, day "
        f"and sections were chosen so that fewest animals are needed{why}. Litters as blocks reduce the number "
        "further. [Housing, handling, humane end points.]"
    )


def methods(design: Design) -> str:
    """Return the paragraph for the methods, with its references."""
    row = primary(design)
    if row is None:
        return _NOTHING
    one = question_of(design, row)
    sampling = one.seen[1].sampling
    said = [
        f"The number of animals was planned with neurogen_abm {__version__}.",
        f"{len(one.values[0])} animals of each group were simulated cell by cell under the pathway {row['pathway']} "
        f"(study {design.plan.study.name}), with common random numbers in the groups, so that the effect is known "
        "from few;",
        "powers are those of different animals in each group.",
        f"Their variance is that of raw data, {described(one.spread)}, or of the simulated animals where that is "
        "larger;",
        "treated animals vary by as much more as the simulated ones do.",
        *([] if sampling is None else [_counted(sampling.every, sampling.section_um)]),
        "The power of Welch's t-test (Welch 1947 Biometrika 34:28-35) on logarithms of counts was integrated over the",
        f"sample variances, and compared with {plain(DRAWS)} experiments drawn from the simulated animals.",
        f"Reporting follows {_ARRIVE}.",
    ]
    return " ".join(said) + "\n"


def _counted(every: int, section_um: float) -> str:
    which = "Every section" if every == 1 else f"One section in {every}"
    return f"{which} of {plain(section_um)} um is counted, which adds what the sections of the simulated animals show."


def _first_upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _percent(share: float) -> str:
    return f"{plain(100 * share, 2)} %" if math.isfinite(share) else "not known"

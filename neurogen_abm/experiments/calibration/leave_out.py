"""Each paper predicted by the others: the posterior sampled anew without it, and what that says of its findings.

What is predicted is what the paper would report: the numbers of the parameters are unknown, animals and litters
differ, the simulation and its emulator err, and the paper counts few animals.
"""

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.special import logsumexp

from neurogen_abm.experiments.calibration.objective import FittedStudy, Objective
from neurogen_abm.experiments.calibration.posterior import Sampled, draw
from neurogen_abm.experiments.calibration.questions import is_day, judged
from neurogen_abm.experiments.calibration.targets import Target
from neurogen_abm.experiments.statistics import Array
from neurogen_abm.experiments.studies import evidence, likelihood, nulls
from neurogen_abm.experiments.studies.left_out import recorded
from neurogen_abm.experiments.studies.likelihood import Outcome, Precision, Simulated
from neurogen_abm.experiments.studies.study import null_column, published
from neurogen_abm.spec.calibration import PosteriorSearch
from neurogen_abm.spec.study.expectations import Absolute, Expectation, Ratio

_OUTCOMES: tuple[Outcome, ...] = ("raised", "lowered", "no difference")
# Draws from which bands are taken, and papers imagined for each.
_BAND_DRAWS, _PAPERS = 200, 50
_BANDS = ("low80", "high80", "low95", "high95", "middle")
# The sample without a paper is only predicted from: so many steps, of those of the whole sample.
_SHORTER = 0.5


def left_out(found: Objective, sample: Sampled) -> pd.DataFrame:
    """Return one row per finding that free parameters reach: predicted without its paper.

    Columns: study, pathway, mechanisms, expectation, paper, kind, tier, role, assay, published, log_score; the ends of
    the bands that hold 80 and 95 % of such papers, on the scale of the finding; ``outcome`` of a test, its probability,
    and whether the fewest outcomes of together 80 % hold it; log scores of models without biology, that were fitted
    without the paper where a column says so; ``catalogue``, the numbers that were not free (see
    `studies.left_out.recorded`).
    """
    settings = found.calibration.posterior
    shorter = settings.model_copy(update={"steps": max(100, round(_SHORTER * settings.steps))})
    random = np.random.default_rng([settings.seed, 7])
    entries = list(zip(judged(found), sample.targets, strict=True))
    positions = {
        paper: _without(paper, sample, shorter, number)
        for number, paper in enumerate(dict.fromkeys(part.question.paper for part in sample.known if part.reached))
    }
    rows = [
        {**_named(part, entry), **_predicted(part, entry, target, positions[part.study.paper], random)}
        for (part, entry), target in entries
        if target is not None and target.reached
    ]
    table = pd.DataFrame(rows).merge(_nulls(found), "left", ["study", "expectation"])
    free = {path for parameter in found.free for path in parameter.paths}
    held = {path: parameter for path, parameter in found.held.items() if path not in free}
    values = {path: parameter.value for path, parameter in held.items()}
    return recorded(table, values, {path: parameter.unit for path, parameter in held.items()})


def _without(paper: str, sample: Sampled, settings: PosteriorSearch, number: int) -> Array:
    """Return draws that know nothing of a paper: those of the whole sample where it was not fitted to."""
    if not any(part.question.paper == paper for part in sample.fitted):
        return sample.positions
    others = [part for part in sample.fitted if part.question.paper != paper]
    if not others:  # nothing else is known: what the ranges allow
        return np.random.default_rng([settings.seed, number]).uniform(size=sample.positions.shape)
    return draw(others, sample.positions.shape[1], settings, len(sample.positions), 10 + number).positions


def _named(part: FittedStudy, entry: Expectation) -> dict[str, object]:
    number = evidence.finding(part.study, entry, part.arms)
    scenario = next(iter(part.arms.values())).scenario
    return {
        "study": part.study.name,
        "pathway": scenario.pathway,
        "mechanisms": ", ".join(sorted(scenario.mechanisms)),
        "expectation": entry.name,
        "paper": part.study.paper,
        "kind": entry.kind,
        "tier": entry.tier,
        "role": entry.role,
        "assay": "" if number is None else number.assay,
        "published": published(entry, "value"),
    }


def _predicted(
    part: FittedStudy, entry: Expectation, target: Target, positions: Array, random: np.random.Generator
) -> dict[str, object]:
    """Return the log score of a finding under draws, its bands, and the outcome of its test."""
    row: dict[str, object] = {"log_score": _mixed(target.log_scores(positions))}
    precision = evidence.precision_of(part.study, entry, part.arms)
    said = target.says(positions[:_BAND_DRAWS])
    centre, error = said.centres[:, 0], said.errors[:, 0]
    bands = dict.fromkeys(_BANDS, math.nan)
    if precision is not None:
        bands = _bands(centre, error, precision, random, days=is_day(entry))
    value = entry.value if isinstance(entry, Ratio | Absolute) else None
    inside = {
        f"inside{share}": None if value is None else bands[f"low{share}"] <= value <= bands[f"high{share}"]
        for share in (80, 95)
    }
    row |= bands | inside | {"outcome": "", "probability": math.nan, "among80": None}
    number = evidence.finding(part.study, entry, part.arms)
    if number is not None and (outcome := number.tests_a_difference) is not None:
        chances = _outcomes(centre, error, number.precision)
        row |= {"outcome": outcome, "probability": chances[outcome], "among80": outcome in _fewest(chances, 0.8)}
    return row


def _mixed(log_scores: Array) -> float:
    """Return the logarithm of the mean probability over draws."""
    return float(logsumexp(log_scores) - math.log(len(log_scores)))


def _bands(
    centre: Array, error: Array, precision: Precision, random: np.random.Generator, *, days: bool
) -> dict[str, float]:
    """Return between which numbers 80 and 95 % of such papers would report theirs."""
    shape = (len(centre), _PAPERS)
    freedom = precision.freedom
    chance = random.standard_normal(shape) if math.isinf(freedom) else random.standard_t(freedom, shape)
    reported = centre[:, None] + np.hypot(error, precision.error)[:, None] * chance
    ends = np.quantile(reported, [0.1, 0.9, 0.025, 0.975, 0.5])
    values = ends if days else np.exp(ends)
    return dict(zip(_BANDS, map(float, values), strict=True))


def _outcomes(centre: Array, error: Array, precision: Precision) -> dict[Outcome, float]:
    """Return how probable each outcome of a paper's test is, over draws."""
    said = [Simulated(float(c), float(e)) for c, e in zip(centre, error, strict=True)]
    return {
        outcome: float(np.mean([math.exp(likelihood.of_outcome(outcome, precision, one).log_score) for one in said]))
        for outcome in _OUTCOMES
    }


def _fewest(chances: Mapping[Outcome, float], share: float) -> set[Outcome]:
    """Return the fewest outcomes that together have at least a share of the probability."""
    kept: set[Outcome] = set()
    total = 0.0
    for outcome in sorted(chances, key=lambda name: -chances[name]):
        if total >= share:
            break
        kept.add(outcome)
        total += chances[outcome]
    return kept


def _nulls(found: Objective) -> pd.DataFrame:
    """Return what models without biology score on findings that are ratios: fitted to all, and without the paper."""
    known = {
        (part.study.name, name): case
        for part in found.studies
        for name, case in nulls.cases(part.study, part.arms).items()
    }
    keys = pd.DataFrame(list(known), columns=["study", "expectation"])
    cases = list(known.values())
    tables = [nulls.score_nulls(cases, left_out=out) for out in (False, True)]
    all_ = tables[0].rename(columns=null_column)
    without = tables[1][list(nulls.FITTED)].rename(columns=lambda name: null_column(name, left_out=True))
    return pd.concat([keys, all_, without], axis=1)

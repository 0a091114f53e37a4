"""Studies replayed under the draws of a posterior: what is predicted when what is not known is counted in.

The score of a finding is then its probability over the draws, the mean of those under each: of a model that is sure of
itself and wrong it is low, of one that leaves room for the finding it is not. Numbers are predicted as wide as draws,
animals and the paper's own error make them together.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from neurogen_abm.experiments.draws import Draws
from neurogen_abm.experiments.execution.runner import Execution, require_plannable
from neurogen_abm.experiments.studies import evidence, likelihood
from neurogen_abm.experiments.studies.likelihood import Likelihood, Simulated
from neurogen_abm.experiments.studies.pathways import behind_best
from neurogen_abm.experiments.studies.scoring import Score
from neurogen_abm.experiments.studies.study import Replay, StudyPlan, card, planned, replayed
from neurogen_abm.experiments.variance import QUANTILES
from neurogen_abm.spec.posterior import Posterior
from neurogen_abm.spec.study.arms import Arm
from neurogen_abm.spec.study.expectations import Expectation
from neurogen_abm.spec.study.study import told_at

DRAWN = tuple(f"drawn_{round(100 * q)}" for q in QUANTILES)


class Drawn(NamedTuple):
    """Studies as they were replayed: with the numbers of the catalogue, and, in each, under every draw."""

    replays: Sequence[Replay]
    said: tuple[str, ...]  # which numbers are not drawn, in sentences

    @property
    def all(self) -> list[Replay]:
        """Every replay."""
        return [*self.replays, *(under for replay in self.replays for under in replay.under)]

    def sentences(self) -> tuple[str, ...]:
        """Return how many draws there are, what the card says over them, and which numbers are not drawn."""
        how = "Verdicts, scores and predicted intervals are those over the draws; `..._of_point` are of the catalogue."
        return (f"{len(self.replays[0].under)} draws of the posterior. {how}", *self.said)


def planned_under(plans: Sequence[StudyPlan], draws: Draws, pairs: int | None) -> list[list[StudyPlan]]:
    """Return each plan that can be replayed once for each draw; an InputError names arm and draw that are refused."""
    ready = [plan for plan in plans if not plan.why_not]
    animals = sum(len(jobs) for plan in ready for jobs in plan.jobs.values())
    require_plannable(animals * (draws.n + 1))
    return [[_under(plan, draws, draw, pairs) for draw in range(draws.n)] for plan in ready]


def _under(plan: StudyPlan, draws: Draws, draw: int, pairs: int | None) -> StudyPlan:
    arms = {}
    for name, arm in plan.arms.items():
        with told_at(plan.study, name):
            arms[name] = _drawn(arm, draws.of(arm.resolved), draw)
    return planned(plan.study, arms, pairs, plan.pathway)._replace(files=plan.files)


def _drawn(arm: Arm, posterior: Posterior, draw: int) -> Arm:
    animals = tuple(posterior.drawn(animal, draw) for animal in arm.animals)
    return arm._replace(resolved=animals[0] if animals else posterior.drawn(arm.resolved, draw), animals=animals)


def replay_under(
    plans: Sequence[StudyPlan], under: Sequence[Sequence[StudyPlan]], draws: Draws, execution: Execution
) -> Drawn:
    """Run and score studies as they are and under every draw, as `replay` does; ``under`` is of `planned_under`."""
    ready = [plan for plan in plans if not plan.why_not]
    done = iter(replayed([*ready, *(plan for group in under for plan in group)], execution))
    replays = [next(done) for _ in ready]
    replays = [replace(one, under=tuple(next(done) for _ in group)) for one, group in zip(replays, under, strict=True)]
    said = dict.fromkeys(
        f"{plan.study.name}, {name}: {sentence}"
        for plan in ready
        for name, arm in plan.arms.items()
        for sentence in draws.of(arm.resolved).sentences(arm.resolved)
    )
    return Drawn(replays, tuple(said))


def predictive_card(drawn: Drawn) -> pd.DataFrame:
    """Return the score card over the draws.

    ``verdict``, ``log_score``, ``predicted_low`` and ``predicted_high`` are those over the draws; what they are under
    the numbers of the catalogue is in ``verdict_of_point`` and ``log_score_of_point``. ``drawn_10``, ``drawn_50`` and
    ``drawn_90`` are quantiles of the simulated number over the ``draws``.
    """
    table = card(drawn.replays)
    rows = pd.DataFrame([row for replay in drawn.replays for row in _rows(replay)])
    old = {f"{name}_of_point": table[name] for name in ("verdict", "log_score")}
    found = table.assign(**{str(name): rows[name] for name in rows}, **old)
    return found.assign(behind_best=behind_best(found))


def _rows(replay: Replay) -> Iterator[dict[str, Any]]:
    for number, (expectation, point) in enumerate(replay.scores):
        scores = [entry.scores[number][1] for entry in replay.under]
        values = np.array([score.simulated.value for score in scores])
        known = values[np.isfinite(values)]
        ends = np.quantile(known, QUANTILES) if known.size else np.full(len(QUANTILES), np.nan)
        found = over_draws(replay, expectation, scores)
        silent = {
            "verdict": point.verdict,
            "log_score": math.nan,
            "predicted_low": math.nan,
            "predicted_high": math.nan,
        }
        said = silent if found is None else _said(replay, expectation, found)
        yield {**said, **dict(zip(DRAWN, ends, strict=True)), "draws": len(scores)}


def _said(replay: Replay, expectation: Expectation, found: Likelihood) -> dict[str, Any]:
    number = evidence.finding(replay.plan.study, expectation, replay.plan.arms)
    low, high = (math.nan, math.nan) if number is None else (math.exp(found.low), math.exp(found.high))
    return {"verdict": found.reading, "log_score": found.log_score, "predicted_low": low, "predicted_high": high}


def over_draws(replay: Replay, expectation: Expectation, scores: Sequence[Score]) -> Likelihood | None:
    """Return the likelihood of a finding over the draws; None of the shape of a course.

    The score is the mean probability. How it reads, and what is predicted, is by what draws, animals and paper leave
    possible together.
    """
    parts = [score.likelihood for score in scores if score.likelihood is not None]
    if not parts:
        return None
    said = [_as_one(one) for one in zip(*(score.said for score in scores), strict=True)]
    found = evidence.likelihood_of(replay.plan.study, expectation, replay.plan.arms, said)
    assert found is not None
    return found._replace(log_score=likelihood.mean_probability([part.log_score for part in parts]))


def _as_one(parts: Sequence[Simulated]) -> Simulated:
    """Return what draws say as one number, as wide as they differ and as their own errors are."""
    known = [part for part in parts if math.isfinite(part.centre)]
    if not known:
        return Simulated(math.nan)
    centres = np.array([part.centre for part in known])
    spread = float(centres.var(ddof=1)) if len(known) > 1 else 0.0
    return Simulated(float(centres.mean()), math.sqrt(spread + float(np.mean([part.error**2 for part in known]))))

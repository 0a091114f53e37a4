"""Published experiments replayed and scored: arms of twins, run wherever a worker is free, judged by one set of rules.

``plan`` checks everything before anything runs; ``replay`` runs what is not there yet; the scores follow from the
tables alone, so that the same directory scored again gives the same card.
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from neurogen_abm.arguments import Kind, check
from neurogen_abm.experiments.cohorts import found_in
from neurogen_abm.experiments.execution.runner import Execution, Outcome, Purpose, RunsProgress, Workers, perform
from neurogen_abm.experiments.studies import nulls
from neurogen_abm.experiments.studies.evidence import Finding, finding
from neurogen_abm.experiments.studies.observations import Observations, area_fraction, by_assay, by_name
from neurogen_abm.experiments.studies.pathways import behind_best
from neurogen_abm.experiments.studies.planning import StudyPlan, plan, plan_under, planned, plans_of
from neurogen_abm.experiments.studies.scoring import Score, score
from neurogen_abm.rivals.models import AGENTS
from neurogen_abm.spec.study.expectations import Correlation, Expectation, Null, Ordering, Shape, Timing

__all__ = [
    "ANIMALS",
    "Replay",
    "StudyPlan",
    "card",
    "plan",
    "plan_under",
    "planned",
    "plans_of",
    "published",
    "replay",
    "replayed",
]

ANIMALS = "animals"


_PLANS = Kind(
    "a list of plans",
    lambda value: isinstance(value, list | tuple) and all(isinstance(entry, StudyPlan) for entry in value),
)


@dataclass(frozen=True)
class Replay:
    """What came of one study under one pathway: what its animals showed, and a score for each expectation.

    ``under`` holds the same under each draw of a posterior, where one was asked for.
    """

    plan: StudyPlan
    observations: Observations
    scores: Sequence[tuple[Expectation, Score]]
    failed: pd.DataFrame
    under: "tuple[Replay, ...]" = ()

    def __repr__(self) -> str:
        """Return one line, not the tables."""
        verdicts = ", ".join(found.verdict for _, found in self.scores[:20])
        return f"<Replay of {self.plan.study.name} under {self.plan.pathway}: {verdicts}>"


def replay(
    plans: Sequence[StudyPlan],
    folder: Path | str,
    *,
    workers: int | Workers | None = None,
    scheduler: str | None = None,
    progress: Callable[[RunsProgress], None] | None = None,
    retry_failed: bool = False,
) -> list[Replay]:
    """Run the animals that are not there yet, all studies together, and score every study.

    Parameters
    ----------
    plans
        From `plan`; those that cannot be replayed are left out.
    folder
        Where runs are kept; a study added later, or one stopped, goes on where it was.
    workers, scheduler, progress, retry_failed
        As in `Execution`.

    Raises
    ------
    EnvironmentFault, IntegrityError
        As in `perform`. A failed animal raises no error: it leaves its pair out, and the card says so.

    Examples
    --------
    >>> from neurogen_abm.spec.study.study import load_study
    >>> plans = [plan(load_study("clark2010"), pairs=4)]  # doctest: +SKIP
    >>> card(replay(plans, "runs/studies/animals", workers=2))[["expectation", "verdict"]]  # doctest: +SKIP
    """
    check(plans=(plans, _PLANS))
    return replayed(plans, Execution(folder, workers, scheduler, progress, retry_failed))


def replayed(
    plans: Sequence[StudyPlan], execution: Execution, title: str = "studies", purpose: Purpose = Purpose.STORE
) -> list[Replay]:
    """Run and score the studies, as in `replay`; ``title`` and ``purpose`` as in `perform`."""
    ready = [entry for entry in plans if not entry.why_not]
    execution = replace(execution, folder=execution.directory())
    files = {name: file for entry in ready for name, file in entry.files.items()}
    jobs = [
        replace(job, resolved=found_in(job.resolved, files, Path(str(execution.folder)))) if files else job
        for entry in ready
        for arm in entry.jobs.values()
        for job in arm
    ]
    outcome = perform(jobs, execution, title=title, purpose=purpose, beside=files)
    tables = {name: _table(outcome, name) for name in ("series", "assays")}
    return [_scored(entry, tables, outcome.failed) for entry in ready]


def _table(outcome: Outcome, name: str) -> pd.DataFrame | None:
    held = any(file.name.split("/")[-2] == name for file in outcome.files)
    return outcome.table(name) if held else None


def _scored(entry: StudyPlan, tables: Mapping[str, Any], failed: pd.DataFrame) -> Replay:
    keys = {name: [job.key for job in jobs] for name, jobs in entry.jobs.items()}
    own = {key for jobs in keys.values() for key in jobs}
    mine = {name: None if table is None else table[table["job"].isin(own)] for name, table in tables.items()}
    columns = [] if mine["series"] is None else [c for c in mine["series"].columns if c not in ("job", "time_h", "day")]
    found = Observations(
        entry.arms,
        keys,
        by_name(mine["series"], columns),
        by_assay(mine["assays"]),
        {name: area_fraction(arm) for name, arm in entry.arms.items()},
    )
    scores = [(expectation, score(entry.study, expectation, found)) for expectation in entry.study.expectations]
    return Replay(entry, found, scores, failed[failed["job"].isin(own)])


def card(replays: Sequence[Replay]) -> pd.DataFrame:
    """Return the score card: one row per expectation and pathway, or rival; the columns of docs/studies.md."""
    rows = pd.DataFrame([row for entry in replays for row in _rows(entry)])
    if rows.empty:
        return rows
    behind = behind_best(rows[rows["model"] == AGENTS]).reindex(rows.index)
    rows.insert(list(rows.columns).index("log_score") + 1, "behind_best", behind)
    return rows.merge(_of_nulls(replays), "left", ["study", "expectation"])


def _of_nulls(replays: Sequence[Replay]) -> pd.DataFrame:
    """Return what models without biology score on the findings: fitted to all papers, and to all but the finding's."""
    once = {entry.plan.study.name: entry.plan for entry in replays}
    known = {
        (plan.study.name, name): case
        for plan in once.values()
        for name, case in nulls.cases(plan.study, plan.arms).items()
    }
    keys = pd.DataFrame(list(known), columns=["study", "expectation"])
    cases = list(known.values())
    fitted, left_out = (nulls.score_nulls(cases, left_out=out) for out in (False, True))
    return pd.concat(
        [
            keys,
            fitted.rename(columns=null_column),
            left_out[list(nulls.FITTED)].rename(columns=lambda name: null_column(name, left_out=True)),
        ],
        axis=1,
    )


def null_column(model: str, *, left_out: bool = False) -> str:
    """Return the column of a score card with the log scores of a model without biology."""
    return f"{'left_out' if left_out else 'null'}_{re.sub(r'[ .]', '_', model)}"


def _rows(entry: Replay) -> Iterator[dict[str, Any]]:
    arms = entry.plan.arms
    for expectation, found in entry.scores:
        number = finding(entry.plan.study, expectation, arms)
        value, low, high = (published(expectation, key) for key in ("value", "low", "high"))
        yield {
            "study": entry.plan.study.name,
            "paper": entry.plan.study.paper,
            "model": entry.plan.model,
            "pathway": entry.plan.pathway,
            "mechanisms": entry.plan.rules,
            "expectation": expectation.name,
            "kind": expectation.kind,
            "says": _says(expectation),
            "tier": expectation.tier,
            "role": expectation.role,
            "assay": "" if number is None else number.assay,
            "verdict": found.verdict,
            "log_score": math.nan if found.likelihood is None else found.likelihood.log_score,
            "verdict_by_span": found.by_span,
            "simulated": found.simulated.value,
            "simulated_low": found.simulated.low,
            "simulated_high": found.simulated.high,
            "standard_error": found.simulated.error,
            "animals": found.simulated.n,
            "published": value,
            "published_low": low,
            "published_high": high,
            "published_error": _number(getattr(expectation, "standard_error", None)),
            "accepted_low": found.accepted.low,
            "accepted_high": found.accepted.high,
            "z": found.z,
            **_predicted(number, found),
            "source": expectation.source.place,
            "note": expectation.note or "",
            "not_spoken": found.unspoken,
        }


def _predicted(number: Finding | None, found: Score) -> dict[str, float]:
    """Return how well the paper knew its number, and between which 95 % of such papers would report theirs."""
    if number is None or found.likelihood is None:
        return dict.fromkeys(("paper_error", "predicted_low", "predicted_high"), math.nan)
    low, high = math.exp(found.likelihood.low), math.exp(found.likelihood.high)
    return {"paper_error": number.precision.error, "predicted_low": low, "predicted_high": high}


def _says(expectation: Expectation) -> str:
    """Return what an expectation says besides numbers."""
    if isinstance(expectation, Timing):
        return expectation.event.replace("_", " ")
    if isinstance(expectation, Correlation):
        return f"{expectation.sign} correlation"
    if isinstance(expectation, Ordering):
        return f"{expectation.order} order"
    if isinstance(expectation, Shape):
        return f"{expectation.form} course" if expectation.form in ("rising", "falling") else f"{expectation.form} fits"
    return "no difference" if isinstance(expectation, Null) else ""


def published(expectation: Expectation, key: str) -> float:
    """Return what an expectation publishes as its value, low or high end; NaN where it is open; days for a timing."""
    if expectation.kind == "timing":
        time_h = getattr(expectation, f"{key}_h")
        return math.nan if time_h is None else time_h / 24
    if expectation.kind == "bound":
        return _number({"low": expectation.gt, "high": expectation.lt}.get(key))
    if expectation.kind == "null":
        return 1.0 if key == "value" else math.nan
    return _number(getattr(expectation, key, None))


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)

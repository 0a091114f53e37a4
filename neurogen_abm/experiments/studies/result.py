"""The door to studies: planned, run and scored in one call, with the card as a table."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from neurogen_abm.arguments import TEXTS, check
from neurogen_abm.experiments.draws import Asked, asked
from neurogen_abm.experiments.execution.runner import Execution, RunsProgress, Workers
from neurogen_abm.experiments.studies.pathways import disagreements, ranking
from neurogen_abm.experiments.studies.predictive import Drawn, planned_under, predictive_card, replay_under
from neurogen_abm.experiments.studies.rivals import replay_rivals, require_no_posterior, require_spoken, rival_plans
from neurogen_abm.experiments.studies.study import Replay, StudyPlan, card, plans_of, replayed
from neurogen_abm.notebook import as_html
from neurogen_abm.rivals.models import AGENTS, chosen
from neurogen_abm.spec.study.study import Study


def whole_card(replays: Sequence[Replay], drawn: Drawn | None, rivals: Sequence[Replay]) -> pd.DataFrame:
    """Return the card of our model, over the draws of a posterior where there are some, and of the rivals beside it."""
    if drawn is None:
        return card([*replays, *rivals])
    ours = predictive_card(drawn)
    return pd.concat([ours, card(rivals)], ignore_index=True) if rivals else ours


_SHOWN = ["study", "expectation", "verdict", "simulated", "simulated_low", "simulated_high", "published", "log_score"]


@dataclass(frozen=True)
class StudyResult:
    """What studies found.

    Attributes
    ----------
    plans
        Each study under each pathway, as it was planned.
    replays
        What its animals showed, and the scores; none of a plan that cannot be replayed.
    drawn
        The same under the draws of a posterior, where one was asked for: the card is then that over the draws.
    rivals
        What rival models showed in place of animals.
    """

    plans: Sequence[StudyPlan]
    replays: Sequence[Replay]
    drawn: Drawn | None = None
    rivals: Sequence[Replay] = ()

    def __repr__(self) -> str:
        """Return one line, not the tables."""
        verdicts = ", ".join(f"{n} {verdict}" for verdict, n in self.card["verdict"].value_counts().items())
        names = ", ".join(dict.fromkeys(plan.study.name for plan in self.plans))
        return f"<StudyResult {names[:200]}: {verdicts}>"

    def _repr_html_(self) -> str:
        """Return a table for a notebook."""
        return as_html(repr(self), self.card[_SHOWN])

    @cached_property
    def card(self) -> pd.DataFrame:
        """The score card: one row per expectation and pathway; docs/studies.md lists its columns."""
        return whole_card(self.replays, self.drawn, self.rivals)

    @property
    def ranking(self) -> pd.DataFrame:
        """The order of the pathways and how sure it is (`pathways.ranking`); empty under one pathway."""
        return ranking(self.card)

    @property
    def disagreements(self) -> pd.DataFrame:
        """The findings on which pathways disagree (`pathways.disagreements`); empty under one pathway."""
        return disagreements(self.card)

    @property
    def failed(self) -> pd.DataFrame:
        """One row per failed run, with the error."""
        ran = self.replays if self.drawn is None else self.drawn.all
        return pd.concat([entry.failed for entry in ran], ignore_index=True)


def study(
    *sources: str | Path | Mapping[str, Any] | Study,
    pathway: str | None = None,
    pairs: int | None = None,
    mechanisms: Sequence[str] = (),
    models: Sequence[str] = (),
    tissue: str | None = None,
    whole_series: bool = False,
    out: Path | str | None = None,
    workers: int | Workers | None = None,
    scheduler: str | None = None,
    progress: Callable[[RunsProgress], None] | None = None,
    retry_failed: bool = False,
    posterior: Asked = None,
) -> StudyResult:
    """Repeat published experiments, or your own, in the model and score its results against theirs.

    Parameters
    ----------
    *sources
        Studies: names of shipped ones, YAML files, mappings of the same form; "all" stands for every shipped study.
    pathway
        The pathway of every arm that chooses none itself; "all" takes each in turn.
    pairs
        Animals in each arm, in place of the number in the file.
    mechanisms
        Names of mechanisms that are switched on in every arm that names none itself, besides those of the base.
    models
        Who replays: ``agents``, our own and the default, or rivals (``neurogen_abm.rivals``) behind the same assays;
        "all" stands for every one.
    tissue
        That of every arm, in place of the study's own: ``whole``, or a patch like ``1000 um x 850 um``.
    whole_series
        Whether the whole series of every animal is kept, and not only what the findings read.
    out
        The directory of the runs; what it holds is not run again. A temporary one by default.
    workers, scheduler, progress, retry_failed
        As in `Execution`.
    posterior
        Predict over so many draws of the shipped posterior of the pathway of each arm, or over all of a `Posterior`, or
        of the file of one, and score that.

    Raises
    ------
    InputError
        A study cannot be used as it is written; nothing ran.
    EnvironmentFault, IntegrityError
        As in `perform`. A failed animal raises no error: it leaves its pair out, and ``failed`` lists it.

    Examples
    --------
    >>> import neurogen_abm
    >>> found = neurogen_abm.study("clark2010", pairs=4, out="runs/clark", workers=2)  # doctest: +SKIP
    >>> found.card[["expectation", "verdict", "simulated", "published"]]  # doctest: +SKIP
    """
    execution = Execution(out, workers, scheduler, progress, retry_failed)
    check(models=(models, TEXTS))
    who = chosen(models)
    if AGENTS in who:
        execution.launch()
    plans = plans_of(sources, pathway, pairs, mechanisms, tissue=tissue, whole_series=whole_series)
    others = rival_plans(plans, [name for name in who if name != AGENTS])
    if AGENTS not in who:
        require_no_posterior(posterior)
        require_spoken(others)
        return StudyResult(others, [], rivals=replay_rivals(others))
    if (draws := asked(posterior)) is None:
        return StudyResult([*plans, *others], replayed(plans, execution), rivals=replay_rivals(others))
    drawn = replay_under(plans, planned_under(plans, draws, pairs), draws, execution)
    return StudyResult([*plans, *others], drawn.replays, drawn, replay_rivals(others))

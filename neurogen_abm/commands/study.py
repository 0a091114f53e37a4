"""``neurogen study``: published experiments repeated in the model and scored."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neurogen_abm.commands.exit_codes import Partial, ScienceFailed
from neurogen_abm.commands.options import (
    ForceOption,
    MechanismOption,
    PairsOption,
    PosteriorFileOption,
    PosteriorOption,
    RetryOption,
    SchedulerOption,
    TissueOption,
    WorkersOption,
)
from neurogen_abm.commands.options import posterior as posterior_of
from neurogen_abm.commands.progress import duration, progress_of_animals, runs_kept
from neurogen_abm.errors import InputError
from neurogen_abm.memory import readable

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from neurogen_abm.experiments.studies.planning import StudyPlan
    from neurogen_abm.experiments.studies.study import Replay


def study_command(
    studies: Annotated[
        list[str], typer.Argument(metavar="STUDY...", help="Study files, names of shipped studies, or all.")
    ],
    pathway: Annotated[
        str | None, typer.Option("--pathway", metavar="NAME|all", help="Use this pathway, or each in turn.")
    ] = None,
    mechanism: MechanismOption = None,
    model: Annotated[
        list[str] | None,
        typer.Option(
            "--model",
            metavar="NAME|all",
            help="Who replays: agents (the default), or a rival model: see docs/rivals.md. Repeatable.",
        ),
    ] = None,
    pairs: PairsOption = None,
    tissue: TissueOption = None,
    all_columns: Annotated[
        bool, typer.Option("--all-columns", help="Keep the whole series of every animal, not what the findings read.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Check everything and say what would run; run and write nothing.")
    ] = False,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder of the report card and the runs.")] = Path(
        "runs/studies"
    ),
    workers: WorkersOption = None,
    scheduler: SchedulerOption = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with code 7 when an expectation fails.")] = False,
    retry_failed: RetryOption = False,
    findings: Annotated[
        Path | None,
        typer.Option(
            "--findings", metavar="FILE", help="Write what follows from the `counts` of one study; run nothing."
        ),
    ] = None,
    force: ForceOption = False,
    posterior: PosteriorOption = None,
    posterior_file: PosteriorFileOption = None,
) -> None:
    """Repeat published experiments in the model, and score its results against theirs."""
    if findings is not None:
        _write_findings(studies, findings, force=force)
        return
    from neurogen_abm.experiments.draws import asked
    from neurogen_abm.experiments.execution.execution import Execution
    from neurogen_abm.experiments.studies import rivals
    from neurogen_abm.experiments.studies.predictive import planned_under, replay_under
    from neurogen_abm.experiments.studies.result import whole_card
    from neurogen_abm.experiments.studies.study import ANIMALS, plans_of, replayed
    from neurogen_abm.report.pages.score_card import as_text, write_cards
    from neurogen_abm.rivals.models import AGENTS, chosen
    from neurogen_abm.storage.atomic import make_folder

    who = chosen(model or ())
    plans = plans_of(studies, pathway, pairs, mechanism or (), tissue=tissue, whole_series=all_columns)
    draws = asked(posterior_of(posterior, posterior_file))
    others = rivals.rival_plans(plans, [name for name in who if name != AGENTS])
    if AGENTS not in who:
        rivals.require_no_posterior(draws)
        rivals.require_spoken(others)
        plans = []
    under = None if draws is None else planned_under(plans, draws, pairs)
    if check:
        typer.echo(_what_would_run(plans, others, workers))
        return
    with progress_of_animals(out / ANIMALS) as show:
        how = Execution(out / ANIMALS, workers, scheduler, show, retry_failed)
        drawn = replay_under(plans, under, draws, how) if draws is not None and under is not None and plans else None
        replays = list(drawn.replays) if drawn is not None else replayed(plans, how) if plans else []
    beside = rivals.replay_rivals(others)
    table, plans = whole_card(replays, drawn, beside), [*plans, *others]
    typer.echo(as_text(table, plans))
    for sentence in () if drawn is None else drawn.sentences():
        typer.echo(sentence)
    with runs_kept(out):
        make_folder(out)
        for label, path in write_cards(out, table, replays, plans).items():
            typer.echo(f"{label:9}{path}")
    _require_passes(replays if drawn is None else drawn.all, table, out, strict=strict)


def _require_passes(ran: "Sequence[Replay]", table: "pd.DataFrame", out: Path, *, strict: bool) -> None:
    """Leave with the exit code that says that animals failed, or with ``strict`` that expectations did."""
    failed = sum(len(entry.failed) for entry in ran)
    if failed:
        first = next(entry.failed.iloc[0] for entry in ran if len(entry.failed))
        what = f"{failed} animals failed, the first with: {first['what']}"
        raise Partial(what, cure="--retry-failed runs them again.", where=str(first["where"] or ""))
    if strict and (misses := int((table["verdict"] == "fail").sum())):
        raise ScienceFailed(f"{misses} of {len(table)} expectations failed.", cure=f"See {out / 'score_card.md'}.")


def _write_findings(studies: list[str], target: Path, *, force: bool) -> None:
    from neurogen_abm.experiments.studies.from_counts import write_findings

    if len(studies) > 1:
        what, cure = f"{len(studies)} studies were named.", "Name the one whose counts are meant."
        raise InputError(what, where="--findings", code="bad-pair", cure=cure)
    typer.echo(write_findings(studies[0], target, force=force))


def _what_would_run(plans: "list[StudyPlan]", others: "list[StudyPlan]", workers: int | None) -> str:
    """Say of every study, and of all together, what would run; a MemoryShortage says that it would not fit.

    ``others`` are those of rivals, which run no animal.
    """
    from neurogen_abm.experiments.studies.forecast import forecast, likely_seconds, require_memory

    lines = []
    for entry in plans:
        found = forecast([entry])
        said = f"{entry.study.name} [{entry.pathway}]"
        if entry.why_not:
            lines.append(f"{said}: nothing would run. {entry.why_not}")
            continue
        roles = Counter(expectation.role for expectation in entry.study.expectations)
        findings = ", ".join(f"{number} {role}" for role, number in sorted(roles.items()))
        arms = ", ".join(f"{name} {len(jobs)}" for name, jobs in entry.jobs.items())
        lines.append(f"{said}: animals by arm: {arms}; {found.readings} readings; findings: {findings}.")
        lines += [f"  {note}" for note in entry.notes]
        if entry.study.counted_how:
            lines.append(f"  {entry.study.counted_how}")
    lines += [_what_a_rival_says(entry) for entry in others]
    if not plans:
        return "\n".join([*lines, "Nothing is wrong. Rivals run no animal, and take seconds. Nothing has run."])
    whole = forecast(plans)
    require_memory(whole, workers)
    lines.append(
        f"Nothing is wrong. {whole.arms} arms, {whole.animals} animals, {whole.readings} readings would take about "
        f"{duration(likely_seconds(whole, workers))} (a rough figure) and {readable(whole.peak_bytes)} of memory for "
        "each process that runs them. Nothing has run."
    )
    return "\n".join(lines)


def _what_a_rival_says(entry: "StudyPlan") -> str:
    """Say on which findings of a study a rival speaks."""
    from neurogen_abm.experiments.studies.rivals import unspoken

    if entry.why_not:
        return f"{entry.study.name} [{entry.model}]: says nothing. {entry.why_not}"
    reasons = [unspoken(expectation, entry.arms) for expectation in entry.study.expectations]
    spoken = sum(not reason for reason in reasons)
    return f"{entry.study.name} [{entry.model}]: speaks on {spoken} of {len(reasons)} findings."

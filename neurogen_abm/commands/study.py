"""``neurogen study``: published experiments repeated in the model and scored."""

from pathlib import Path
from typing import Annotated

import typer

from neurogen_abm.commands.exit_codes import Partial, ScienceFailed
from neurogen_abm.commands.options import (
    ForceOption,
    PairsOption,
    PosteriorFileOption,
    PosteriorOption,
    RetryOption,
    SchedulerOption,
    WorkersOption,
)
from neurogen_abm.commands.options import posterior as posterior_of
from neurogen_abm.commands.progress import progress_of_animals, runs_kept
from neurogen_abm.errors import InputError


def study_command(
    studies: Annotated[
        list[str], typer.Argument(metavar="STUDY...", help="Study files, names of shipped studies, or all.")
    ],
    pathway: Annotated[
        str | None, typer.Option("--pathway", metavar="NAME|all", help="Use this pathway, or each in turn.")
    ] = None,
    pairs: PairsOption = None,
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
        from neurogen_abm.experiments.studies.from_counts import write_findings

        if len(studies) > 1:
            what, cure = f"{len(studies)} studies were named.", "Name the one whose counts are meant."
            raise InputError(what, where="--findings", code="bad-pair", cure=cure)
        typer.echo(write_findings(studies[0], findings, force=force))
        return
    from neurogen_abm.experiments.draws import asked
    from neurogen_abm.experiments.execution.execution import Execution
    from neurogen_abm.experiments.studies.predictive import planned_under, predictive_card, replay_under
    from neurogen_abm.experiments.studies.study import ANIMALS, card, plans_of, replay
    from neurogen_abm.report.pages.score_card import as_text, write_cards

    plans = plans_of(studies, pathway, pairs)
    draws = asked(posterior_of(posterior, posterior_file))
    under = None if draws is None else planned_under(plans, draws, pairs)
    with progress_of_animals(out / ANIMALS) as show:
        replays = replay(
            plans, out / ANIMALS, workers=workers, scheduler=scheduler, progress=show, retry_failed=retry_failed
        )
        run_how = Execution(out / ANIMALS, workers, scheduler, show)
        drawn = None if draws is None or under is None else replay_under(plans, under, draws, run_how)
    table = card(replays) if drawn is None else predictive_card(drawn)
    replays = replays if drawn is None else list(drawn.replays)
    typer.echo(as_text(table, plans))
    for sentence in () if drawn is None else drawn.sentences():
        typer.echo(sentence)
    with runs_kept(out / ANIMALS):
        for label, path in write_cards(out, table, replays, plans).items():
            typer.echo(f"{label:9}{path}")
    ran = replays if drawn is None else drawn.all
    failed = sum(len(entry.failed) for entry in ran)
    if failed:
        first = next(entry.failed.iloc[0] for entry in ran if len(entry.failed))
        what = f"{failed} animals failed, the first with: {first['what']}"
        raise Partial(what, cure="--retry-failed runs them again.", where=str(first["where"] or ""))
    if strict and (misses := int((table["verdict"] == "fail").sum())):
        raise ScienceFailed(f"{misses} of {len(table)} expectations failed.", cure=f"See {out / 'score_card.md'}.")

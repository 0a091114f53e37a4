"""``neurogen study``: published experiments replayed and scored."""

from pathlib import Path
from typing import Annotated

import typer

from neurogen_abm.commands.many import Partial, RetryOption, SchedulerOption, WorkersOption, watched
from neurogen_abm.errors import NeurogenError


class ScienceFailed(NeurogenError):
    """An expectation failed, and ``--strict`` was asked for."""

    exit_code = 7
    default_code = "expectations-failed"


def study_command(
    studies: Annotated[
        list[str], typer.Argument(metavar="STUDY...", help="Study files, names of shipped ones, or all.")
    ],
    pathway: Annotated[
        str | None, typer.Option("--pathway", metavar="NAME|all", help="Replay under this hypothesis, or under each.")
    ] = None,
    pairs: Annotated[
        int | None,
        typer.Option("--pairs", metavar="N", help="Animals in each arm, in place of the study's own number."),
    ] = None,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where cards and runs go.")] = Path("runs/studies"),
    workers: WorkersOption = None,
    scheduler: SchedulerOption = None,
    strict: Annotated[bool, typer.Option("--strict", help="Leave with code 7 when an expectation fails.")] = False,
    retry_failed: RetryOption = False,
) -> None:
    """Replay published experiments, and score what the model makes of them."""
    from neurogen_abm.experiments.studies.study import ANIMALS, card, plans_of, replay
    from neurogen_abm.report.pages.score_card import as_text, write_cards

    plans = plans_of(studies, pathway, pairs)
    with watched(out / ANIMALS) as show:
        replays = replay(
            plans,
            out / ANIMALS,
            workers=workers,
            scheduler=scheduler,
            progress=show,
            retry_failed=retry_failed,
        )
    table = card(replays)
    typer.echo(as_text(table, plans))
    for label, path in write_cards(out, table, replays, plans).items():
        typer.echo(f"{label:9}{path}")
    failed = sum(len(entry.failed) for entry in replays)
    if failed:
        first = next(entry.failed.iloc[0] for entry in replays if len(entry.failed))
        what = f"{failed} animals failed to run, the first with: {first['what']}"
        raise Partial(what, cure="--retry-failed runs them again.", where=str(first["where"] or ""))
    if strict and (misses := int((table["verdict"] == "fail").sum())):
        raise ScienceFailed(f"{misses} of {len(table)} expectations failed.", cure=f"See {out / 'score_card.md'}.")

"""``neurogen compare``: twins under two or more scenarios."""

from pathlib import Path
from typing import Annotated

import typer

from neurogen_abm.commands.exit_codes import require_complete
from neurogen_abm.commands.options import (
    MechanismOption,
    PosteriorFileOption,
    PosteriorOption,
    RetryOption,
    SchedulerOption,
    SetOption,
    WorkersOption,
    overrides,
)
from neurogen_abm.commands.options import posterior as posterior_of
from neurogen_abm.commands.progress import progress_of_animals, runs_kept


def compare_command(
    scenarios: Annotated[
        list[str],
        typer.Argument(
            metavar="A B [C...]",
            help="Scenario files, or names of shipped scenarios; A is the control, --set changes all.",
        ),
    ],
    pairs: Annotated[int, typer.Option("--pairs", metavar="N", help="Twins: animals per arm.")] = 12,
    until_halfwidth: Annotated[
        str | None,
        typer.Option(
            "--until-halfwidth",
            metavar="'5 %'",
            help="Add pairs until the interval reaches no further than this share of the control on either side.",
        ),
    ] = None,
    read_out: Annotated[
        str, typer.Option("--read-out", metavar="COLUMN", help="The read-out that decides when to stop.")
    ] = "new_neurons",
    most: Annotated[int, typer.Option("--most", metavar="N", help="Add no more pairs than this.")] = 400,
    alike: Annotated[
        bool, typer.Option("--alike", help="Animals differ by chance alone, not as those of the studies do.")
    ] = False,
    mechanism: MechanismOption = None,
    changes: SetOption = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Default: runs/A-B.")] = None,
    workers: WorkersOption = None,
    scheduler: SchedulerOption = None,
    retry_failed: RetryOption = False,
    posterior: PosteriorOption = None,
    posterior_file: PosteriorFileOption = None,
) -> None:
    """Compare scenarios in twins: effects with intervals, over time, and on the sheet."""
    from neurogen_abm.experiments.compare import compare
    from neurogen_abm.experiments.uncertainty import FILES
    from neurogen_abm.report.pages.compare import sentences, write_compare_page
    from neurogen_abm.spec.fields import as_id
    from neurogen_abm.storage import atomic

    named = "-".join(as_id(Path(name).stem) or "scenario" for name in scenarios)
    folder = out or Path("runs") / named[:100]
    with progress_of_animals(folder) as show:
        found = compare(
            *scenarios,
            pairs=pairs,
            until_halfwidth=until_halfwidth,
            read_out=read_out,
            most_pairs=most,
            alike=alike,
            mechanisms=mechanism or (),
            overrides=overrides(changes),
            out=folder,
            workers=workers,
            scheduler=scheduler,
            retry_failed=retry_failed,
            progress=show,
            posterior=posterior_of(posterior, posterior_file),
        )
    for sentence in sentences(found):
        typer.echo(sentence)
    with runs_kept(folder):
        atomic.forget(folder / name for name in FILES)
        if found.uncertainty is not None:
            typer.echo(f"Bands   {found.uncertainty.write(folder)[0]}")
        typer.echo(f"Report  {write_compare_page(found, folder / 'report.html')}")
    require_complete(found.outcome)

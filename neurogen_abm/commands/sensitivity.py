"""``neurogen sensitivity``: which number matters."""

from pathlib import Path
from typing import Annotated

import typer

from neurogen_abm.commands.many import RetryOption, SchedulerOption, WorkersOption, watched


def sensitivity_command(
    sweep: Annotated[
        str, typer.Argument(metavar="SWEEP", help="A sweep of design sobol or morris: a file, or a shipped one.")
    ],
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Default: runs/NAME.")] = None,
    workers: WorkersOption = None,
    scheduler: SchedulerOption = None,
    retry_failed: RetryOption = False,
) -> None:
    """Compute which number matters for which read-out, and how well it is known."""
    from neurogen_abm.experiments.sweep.sensitivity import INDICES, RUNS, sensitivity
    from neurogen_abm.report.pages.sensitivity import write_sensitivity_page
    from neurogen_abm.spec.sweep import load_sweep

    plan = load_sweep(sweep)
    place = out or Path("runs") / plan.name
    with watched(place / RUNS) as show:
        found = sensitivity(
            plan, place / RUNS, workers=workers, scheduler=scheduler, progress=show, retry_failed=retry_failed
        )
    saved = found.save(
        place / INDICES, page=lambda path: write_sensitivity_page(found, path), force=(place / INDICES).exists()
    )
    for sentence in found.weakest():
        typer.echo(sentence)
    if found.outcome is not None and len(found.outcome.failed):
        typer.echo(f"{len(found.outcome.failed)} animals failed; --retry-failed runs them again.", err=True)
    typer.echo(f"Tables  {saved}\nReport  {saved / 'report.html'}")

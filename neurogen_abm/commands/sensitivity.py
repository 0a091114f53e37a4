"""``neurogen sensitivity``: which parameters matter."""

from pathlib import Path
from typing import Annotated

import typer

from neurogen_abm.commands.options import OutOption, RetryOption, SchedulerOption, WorkersOption
from neurogen_abm.commands.progress import progress_of_animals, runs_kept


def sensitivity_command(
    sweep: Annotated[
        str,
        typer.Argument(
            metavar="SWEEP", help="A sweep of design sobol or morris: a file, or the name of a shipped one."
        ),
    ],
    out: OutOption = None,
    workers: WorkersOption = None,
    scheduler: SchedulerOption = None,
    retry_failed: RetryOption = False,
) -> None:
    """Compute which parameters each read-out depends on, and how well they are known."""
    from neurogen_abm.experiments.sweep.sensitivity import INDICES, RUNS, sensitivity
    from neurogen_abm.report.pages.sensitivity import write_sensitivity_page
    from neurogen_abm.spec.sweep import load_sweep

    plan = load_sweep(sweep)
    place = out or Path("runs") / plan.name
    with progress_of_animals(place / RUNS) as show:
        found = sensitivity(
            plan, place / RUNS, workers=workers, scheduler=scheduler, progress=show, retry_failed=retry_failed
        )
    with runs_kept(place / RUNS):
        saved = found.save(
            place / INDICES, page=lambda path: write_sensitivity_page(found, path), force=(place / INDICES).exists()
        )
    for sentence in found.weakest():
        typer.echo(sentence)
    if found.outcome is not None and len(found.outcome.failed):
        typer.echo(f"{len(found.outcome.failed)} animals failed. --retry-failed runs them again.", err=True)
    typer.echo(f"Tables  {saved}\nReport  {saved / 'report.html'}")

"""``neurogen sweep``: many animals along the axes of a YAML file."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neurogen_abm.commands.exit_codes import require_complete
from neurogen_abm.commands.options import (
    PosteriorFileOption,
    PosteriorOption,
    ReportOption,
    RetryOption,
    SchedulerOption,
    WorkersOption,
)
from neurogen_abm.commands.options import posterior as posterior_of
from neurogen_abm.commands.progress import progress_of_animals, runs_kept
from neurogen_abm.numerals import plain
from neurogen_abm.words import spoken

if TYPE_CHECKING:
    from neurogen_abm.experiments.sweep.sweep import SweepResult


def sweep_command(
    source: Annotated[str, typer.Argument(metavar="SWEEP", help="A sweep file, or the name of a shipped one.")],
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Default: runs/NAME-sweep.")] = None,
    workers: WorkersOption = None,
    scheduler: SchedulerOption = None,
    retry_failed: RetryOption = False,
    with_report: ReportOption = True,
    posterior: PosteriorOption = None,
    posterior_file: PosteriorFileOption = None,
) -> None:
    """Run a scenario over ranges of parameters, on all cores or a Dask cluster; resumable."""
    from neurogen_abm.experiments.sweep.sweep import sweep
    from neurogen_abm.spec.sweep import load_sweep

    plan = load_sweep(source)
    folder = out or Path("runs") / f"{plan.name}-sweep"
    with progress_of_animals(folder) as show:
        result = sweep(
            plan,
            folder,
            workers=workers,
            scheduler=scheduler,
            retry_failed=retry_failed,
            progress=show,
            posterior=posterior_of(posterior, posterior_file),
        )
    with runs_kept(folder):
        _tell(result, folder, with_report)
    require_complete(result.outcome)


def _tell(result: "SweepResult", folder: Path, with_report: bool) -> None:
    """Write the table of runs and the page, and say where they are."""
    from neurogen_abm.experiments.sweep.drawn import share_not_known, write
    from neurogen_abm.experiments.uncertainty import FILES
    from neurogen_abm.storage import atomic

    plan, runs = result.plan, result.outcome.runs
    each = f"{len(plan.seeds)} seeds" if plan.cohort is None else f"{result.points['animal'].nunique()} animals"
    typer.echo(f"{plan.title or spoken(plan.name)}: {len(result.points)} points, {each}, {len(runs)} runs.")
    typer.echo(f"Runs    {result.write_runs()}")
    atomic.forget(folder / name for name in FILES)
    if result.bands is not None:
        if (share := share_not_known(result.bands)) == share:
            typer.echo(
                f"At the end {plain(100 * share, 2)} % of the variance is what is not known (median over points)."
            )
        typer.echo(f"Bands   {write(result.bands, folder)}")
    if with_report and (runs["state"] == "done").any():
        from neurogen_abm.report.pages.sweep import result_in_short, write_sweep_page

        if told := result_in_short(result):
            typer.echo(told)
        typer.echo(f"Report  {write_sweep_page(result, folder / 'report.html')}")

"""``neurogen sweep``: many animals along the axes of a YAML file."""

from pathlib import Path
from typing import Annotated

import typer

from neurogen_abm.commands.many import RetryOption, SchedulerOption, WorkersOption, require_complete, watched


def sweep_command(
    source: Annotated[str, typer.Argument(metavar="SWEEP", help="A sweep file, or the name of a shipped one.")],
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Default: runs/NAME-sweep.")] = None,
    workers: WorkersOption = None,
    scheduler: SchedulerOption = None,
    retry_failed: RetryOption = False,
    with_report: Annotated[bool, typer.Option("--report/--no-report", help="Make the HTML page.")] = True,
) -> None:
    """Run a scenario along axes: resumable, on all cores or a Dask cluster."""
    from neurogen_abm.experiments.sweep.sweep import sweep
    from neurogen_abm.spec.sweep import load_sweep

    plan = load_sweep(source)
    folder = out or Path("runs") / f"{plan.name}-sweep"
    with watched(folder) as show:
        result = sweep(plan, folder, workers=workers, scheduler=scheduler, retry_failed=retry_failed, progress=show)
    runs = result.outcome.runs
    typer.echo(f"{plan.title or plan.name}: {len(result.points)} points, {len(plan.seeds)} seeds, {len(runs)} runs.")
    typer.echo(f"Runs    {result.write_runs()}")
    if with_report and (runs["state"] == "done").any():
        from neurogen_abm.report.pages.sweep import write_sweep_page

        typer.echo(f"Report  {write_sweep_page(result, folder / 'report.html')}")
    require_complete(result.outcome)

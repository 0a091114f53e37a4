"""``neurogen reserve``: the neurogenic age of an animal, read off its sedentary twin."""

from pathlib import Path
from typing import Annotated

import typer

from neurogen_abm.commands.exit_codes import require_complete
from neurogen_abm.commands.options import (
    ReportOption,
    RetryOption,
    SchedulerOption,
    SetOption,
    WorkersOption,
    overrides,
)
from neurogen_abm.commands.progress import progress_of_animals, runs_kept


def reserve_command(
    scenario: Annotated[str, typer.Argument(metavar="SCENARIO", help="A scenario file, or the name of a shipped one.")],
    twins: Annotated[int, typer.Option("--twins", metavar="N", help="Animals, each with a sedentary twin.")] = 6,
    alike: Annotated[
        bool, typer.Option("--alike", help="Animals differ by chance alone, not as those of the studies do.")
    ] = False,
    youngest: Annotated[
        str | None, typer.Option("--youngest", metavar="AGE", help="Where the sedentary life begins, like '2 mo'.")
    ] = None,
    oldest: Annotated[
        str | None, typer.Option("--oldest", metavar="AGE", help="Where the sedentary life ends, like '30 mo'.")
    ] = None,
    changes: SetOption = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Default: runs/SCENARIO-reserve.")] = None,
    workers: WorkersOption = None,
    scheduler: SchedulerOption = None,
    retry_failed: RetryOption = False,
    with_report: ReportOption = True,
) -> None:
    """Say at which age a sedentary twin has as many stem cells, young and newborn neurons as the animal ends with."""
    from neurogen_abm.experiments.reserve import neurogenic_age
    from neurogen_abm.spec.fields import as_id

    folder = out or Path("runs") / f"{(as_id(Path(scenario).stem) or 'scenario')[:90]}-reserve"
    with progress_of_animals(folder) as show:
        found = neurogenic_age(
            scenario,
            twins=twins,
            alike=alike,
            youngest=youngest,
            oldest=oldest,
            overrides=overrides(changes),
            out=folder,
            workers=workers,
            scheduler=scheduler,
            retry_failed=retry_failed,
            progress=show,
        )
    for sentence in found.sentences():
        typer.echo(sentence)
    if with_report:
        from neurogen_abm.report.pages.reserve import write_reserve_page

        with runs_kept(folder):
            typer.echo(f"Report  {write_reserve_page(found, Path(scenario).stem, folder / 'reserve.html')}")
    require_complete(found.outcome)

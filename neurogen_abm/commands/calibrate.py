"""``neurogen calibrate``: parameters fitted to published experiments."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neurogen_abm.commands.options import OutOption, PairsOption, SchedulerOption, TissueOption, WorkersOption
from neurogen_abm.commands.progress import progress_of_animals, runs_kept
from neurogen_abm.numerals import plain

if TYPE_CHECKING:
    import pandas as pd

    from neurogen_abm.experiments.calibration.least_squares import Trial


def calibrate_command(
    fit: Annotated[
        list[str],
        typer.Argument(metavar="FIT | STUDY...", help="A fit, by file or name; or the studies to fit to."),
    ],
    parameters: Annotated[
        list[str] | None,
        typer.Option("--parameters", metavar="PATH", help="A free parameter; * stands for any name. Repeatable."),
    ] = None,
    tie: Annotated[
        list[str] | None,
        typer.Option(
            "--tie",
            metavar="PATH",
            help="Parameters that share one value: 'signals.bdnf.effects.*.hill'. Repeatable.",
        ),
    ] = None,
    allow: Annotated[
        list[str] | None,
        typer.Option(
            "--allow", metavar="STATUS", help="Parameters of this status may be free too: assumed. Repeatable."
        ),
    ] = None,
    method: Annotated[
        str | None,
        typer.Option("--method", metavar="least-squares|optuna|abc|posterior", help="How the parameters are fitted."),
    ] = None,
    pathway: Annotated[str | None, typer.Option("--pathway", metavar="NAME", help="The pathway in every arm.")] = None,
    mechanism: Annotated[
        list[str] | None,
        typer.Option(
            "--mechanism",
            metavar="NAME",
            help="A mechanism that is on in every arm, in place of the file's; standard: those of the species. "
            "Repeatable.",
        ),
    ] = None,
    tissue: TissueOption = None,
    pairs: PairsOption = None,
    out: OutOption = None,
    workers: WorkersOption = None,
    scheduler: SchedulerOption = None,
) -> None:
    """Fit parameters to published experiments, or continue a fit that was stopped."""
    from neurogen_abm.experiments.calibration.calibrate import ANIMALS, FIT, POSTERIOR, calibrate
    from neurogen_abm.report.pages.fit import write_fit_page
    from neurogen_abm.spec.calibration import asked

    wanted = asked(
        fit,
        parameters=parameters or (),
        ties=tie or (),
        allow=allow or (),
        method=method,
        pathway=pathway,
        mechanisms=mechanism or (),
        tissue=tissue,
        pairs=pairs,
    )
    place = out or Path("runs") / wanted.name
    with progress_of_animals(place / ANIMALS) as show:
        result = calibrate(wanted, place / ANIMALS, workers=workers, scheduler=scheduler, progress=show, tell=_tell)
    with runs_kept(place / ANIMALS):
        saved = result.save(place / FIT, page=lambda path: write_fit_page(result, path), force=(place / FIT).exists())
    _print_estimates(result.estimates)
    for sentence in result.findings:
        typer.echo(sentence)
    typer.echo(f"Tables  {saved}\nReport  {saved / 'report.html'}")
    if result.posterior is not None:
        typer.echo(f"Draws   {saved / POSTERIOR}")


def _tell(trial: "Trial") -> None:
    typer.echo(f"{trial.kind:8} iteration {trial.iteration}: sum of squares {plain(trial.sum_of_squares, 4)}", err=True)


def _print_estimates(table: "pd.DataFrame") -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    shown = Table("parameter", "before", "fitted", "95 % interval", "range", "unit", "constrained by", box=box.SIMPLE)
    shown.columns[0].overflow = "fold"  # a path must stay whole: it is copied from here
    for _, row in table.iterrows():
        interval = f"{plain(row['low95'], 4)} to {plain(row['high95'], 4)}"
        ends = f"{plain(row['range_low'], 4)} to {plain(row['range_high'], 4)}"
        figures = plain(row["start"], 4), plain(row["value"], 4), interval, ends
        shown.add_row(row["name"], *figures, row["unit"], row["constrained_by"])
    Console().print(shown)

"""``neurogen report``: the HTML report of a finished run."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neurogen_abm.commands.options import ForceOption

if TYPE_CHECKING:
    from neurogen_abm.run import Result


def report_command(
    run_directory: Annotated[Path, typer.Argument(metavar="RUN", help="A directory that `neurogen run` wrote.")],
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Default: report.html of the run.")] = None,
    force: ForceOption = False,
) -> None:
    """Write the HTML report of a run again."""
    from neurogen_abm.report.pages.run import write_report
    from neurogen_abm.run import Result
    from neurogen_abm.storage.run_directory import new_file

    result = Result.load(run_directory)
    if out is None:
        typer.echo(add_report(result, run_directory))
    else:
        with new_file(out, force=force) as place:
            typer.echo(write_report(result, place))


def add_report(result: "Result", directory: Path) -> Path:
    """Write the report into the directory of its run, and return its path."""
    from neurogen_abm.report.pages.run import write_report
    from neurogen_abm.storage.run_directory import add_file

    return add_file(directory, "report.html", lambda path: write_report(result, path))

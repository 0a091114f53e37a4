"""``neurogen export``: a run in the formats that other tools open."""

from pathlib import Path
from typing import Annotated

import typer

from neurogen_abm.commands.options import ForceOption


def export_command(
    run_directory: Annotated[Path, typer.Argument(metavar="RUN", help="A directory that `neurogen run` wrote.")],
    to: Annotated[
        str,
        typer.Option("--to", metavar="FORMAT", help="h5ad, h5td, newick, nwb, ro-crate, simularium, csv or parquet."),
    ],
    table: Annotated[
        str | None, typer.Option("--table", metavar="NAME", help="The table, for csv and parquet: series, cells, ...")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Default: beside RUN, with its name.")
    ] = None,
    force: ForceOption = False,
) -> None:
    """Write a run in a format that other tools open."""
    from neurogen_abm.exports.export import export

    typer.echo(export(run_directory, to, out, table=table, force=force))

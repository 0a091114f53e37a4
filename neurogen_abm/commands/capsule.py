"""``neurogen capsule``: a run as one file that others can check."""

from pathlib import Path
from typing import Annotated

import typer

from neurogen_abm.commands.options import ForceOption


def capsule_command(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The directory of a finished run.")],
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Default: RUN.crate.zip.")] = None,
    licence: Annotated[
        str | None,
        typer.Option(
            "--licence", metavar="NAME", help="What others may do with the results: CC-BY-4.0, an address, a sentence."
        ),
    ] = None,
    force: ForceOption = False,
) -> None:
    """Write a run as one file that holds all it takes to check it on another machine."""
    from neurogen_abm.trust.capsule import capsule

    typer.echo(capsule(run, out, licence=licence, force=force))
    if licence is None:
        typer.echo("It says that no licence was stated; --licence CC-BY-4.0 states one.", err=True)

"""``neurogen verify``: a run lived again, table by table."""

from pathlib import Path
from typing import Annotated

import typer

from neurogen_abm.commands.exit_codes import DIFFERENT, WITHIN_TOLERANCE
from neurogen_abm.commands.options import ForceOption
from neurogen_abm.commands.progress import progress_of_run


def verify_command(
    run: Annotated[Path, typer.Argument(metavar="RUN|CAPSULE", help="The directory of a run, or a capsule.")],
    to: Annotated[
        Path | None, typer.Option("--to", metavar="DIR", help="Write what was lived again to DIR. Default: nowhere.")
    ] = None,
    of: Annotated[
        list[Path] | None, typer.Option("--of", metavar="RUN|CAPSULE", help="Of a branch: the run that it came from.")
    ] = None,
    force: ForceOption = False,
) -> None:
    """Live a finished run again and compare its tables.

    Exit code 0: identical; 8: within the tolerance of rounding; 9: different.
    """
    from neurogen_abm.trust import tables
    from neurogen_abm.trust.verify import verify

    with progress_of_run() as show:
        found = verify(run, to, show, of=of or (), force=force)
    for sentence in found.sentences():
        typer.echo(sentence)
    typer.echo(f"\n{run}: {found.verdict}.")
    if found.again.directory is not None:
        typer.echo(f"Lived again  {found.again.directory}")
    codes = {tables.IDENTICAL: 0, tables.WITHIN: WITHIN_TOLERANCE, tables.DIFFERENT: DIFFERENT}
    raise typer.Exit(codes[found.verdict])

"""``neurogen replay``: a run as a film on one page."""

from pathlib import Path
from typing import Annotated

import typer

from neurogen_abm.commands.options import ForceOption
from neurogen_abm.commands.progress import progress_of_run


def replay_command(
    run_directory: Annotated[Path, typer.Argument(metavar="RUN", help="A directory that `neurogen run` wrote.")],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Default: NAME-replay.html beside RUN.")
    ] = None,
    every: Annotated[
        str | None,
        typer.Option("--every", metavar="TIME", help="From moment to moment: '6 h'. Default: the shortest that fits."),
    ] = None,
    force: ForceOption = False,
) -> None:
    """Write a run as a film on one HTML page, which plays without a server."""
    from neurogen_abm.film.replay import replay
    from neurogen_abm.scene.lived import loaded

    result = loaded(run_directory)
    with progress_of_run(result.resolved) as show:
        page = replay(result, out, every=every, force=force, progress=show)
    typer.echo(f"Film    {page} ({page.stat().st_size / 1e6:.1f} MB)")

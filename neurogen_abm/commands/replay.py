"""``neurogen replay``: a run, or two side by side, as a film on one page."""

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
    beside: Annotated[
        Path | None,
        typer.Option(
            "--beside", metavar="RUN", help="A second run, its twin, in the same film: one cursor, one scale."
        ),
    ] = None,
    every: Annotated[
        str | None,
        typer.Option("--every", metavar="TIME", help="From moment to moment: '6 h'. Default: the shortest that fits."),
    ] = None,
    force: ForceOption = False,
) -> None:
    """Write a run, or two side by side, as a film on one HTML page, which plays without a server."""
    from neurogen_abm.film.replay import replay
    from neurogen_abm.scene.lived import loaded

    result, other = loaded(run_directory), None if beside is None else loaded(beside)
    with progress_of_run(result.resolved) as show:
        page = replay(result, out, beside=other, every=every, force=force, progress=show)
    typer.echo(f"Film    {page} ({page.stat().st_size / 1e6:.1f} MB)")

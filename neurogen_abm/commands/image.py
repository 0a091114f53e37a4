"""``neurogen image``: sections of a run as a fluorescence microscope would show them."""

from pathlib import Path
from typing import Annotated

import typer

from neurogen_abm.commands.options import ForceOption
from neurogen_abm.commands.progress import progress_of_run


def image_command(
    run_directory: Annotated[Path, typer.Argument(metavar="RUN", help="A directory that `neurogen run` wrote.")],
    section: Annotated[
        list[int], typer.Option("--section", metavar="N", help="Which section, from 1 at the septal end. Repeatable.")
    ],
    channels: Annotated[
        str, typer.Option("--channels", metavar="NAMES", help="DAPI, stains and labels: DAPI,NeuN,BrdU.")
    ] = "DAPI,NeuN,DCX",
    day: Annotated[float | None, typer.Option("--day", metavar="N", help="Day of the run. Default: its end.")] = None,
    pixel: Annotated[
        str | None, typer.Option("--pixel", metavar="SIZE", help="Edge of a pixel. Default: 0.5 um.")
    ] = None,
    planes: Annotated[
        str, typer.Option("--planes", metavar="WHICH", help="max: their projection; all; or one depth, '20 um'.")
    ] = "max",
    seed: Annotated[
        int | None, typer.Option("--seed", metavar="N", help="Of the noise. Default: that of the run.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Default: beside RUN, with -image after its name.")
    ] = None,
    force: ForceOption = False,
) -> None:
    """Show sections as a microscope would: 16-bit OME-TIFF, PNG, and where every cell truly is."""
    from neurogen_abm.microscope.files import write_images
    from neurogen_abm.microscope.plan import Wanted, images, planned
    from neurogen_abm.scene.lived import loaded

    result = loaded(run_directory)
    wanted = Wanted(tuple(section), tuple(channels.split(",")), day, pixel, planes, seed)
    folder = run_directory if run_directory.name else run_directory.absolute()
    target = out or folder.with_name(f"{folder.name}-image")
    plan = planned(result, wanted, target, force=force)
    with progress_of_run(result.resolved) as show:
        shown = images(result, plan, show)
    typer.echo(write_images(shown, target, force=force))
    for one in shown:
        positive = ", ".join(f"{name} {one.positions[name].sum():,}" for name in one.channels)
        typer.echo(f"section {one.about['section']} of {one.about['sections']}, positive cells: {positive}")

"""``neurogen compare``: twins under two or more scenarios."""

from pathlib import Path
from typing import Annotated

import typer

from neurogen_abm.commands.exit_codes import require_complete
from neurogen_abm.commands.options import RetryOption, SchedulerOption, SetOption, WorkersOption, overrides
from neurogen_abm.commands.progress import progress_of_animals
from neurogen_abm.errors import InputError
from neurogen_abm.numerals import plain


def compare_command(
    scenarios: Annotated[
        list[str],
        typer.Argument(
            metavar="A B [C...]",
            help="Scenario files, or names of shipped scenarios; A is the control, --set changes all.",
        ),
    ],
    pairs: Annotated[int, typer.Option("--pairs", metavar="N", help="Twins: animals per arm.")] = 12,
    until_halfwidth: Annotated[
        str | None,
        typer.Option(
            "--until-halfwidth",
            metavar="5%",
            help="Add pairs until half the width of the interval is at most this share of the control.",
        ),
    ] = None,
    read_out: Annotated[
        str, typer.Option("--read-out", metavar="COLUMN", help="The read-out that decides when to stop.")
    ] = "new_neurons",
    most: Annotated[int, typer.Option("--most", metavar="N", help="Add no more pairs than this.")] = 400,
    changes: SetOption = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Default: runs/A-B.")] = None,
    workers: WorkersOption = None,
    scheduler: SchedulerOption = None,
    retry_failed: RetryOption = False,
) -> None:
    """Compare scenarios in twins: effects with intervals, over time, and on the sheet."""
    from neurogen_abm.experiments.compare import compare
    from neurogen_abm.report.pages.compare import sentences, write_compare_page

    folder = out or Path("runs") / "-".join(Path(name).stem for name in scenarios)
    with progress_of_animals(folder) as show:
        found = compare(
            *scenarios,
            pairs=pairs,
            until_halfwidth=None if until_halfwidth is None else _share(until_halfwidth),
            read_out=read_out,
            most_pairs=most,
            overrides=overrides(changes),
            out=folder,
            workers=workers,
            scheduler=scheduler,
            retry_failed=retry_failed,
            progress=show,
        )
    for sentence in sentences(found):
        typer.echo(sentence)
    if len(found.looks):
        look = found.looks.iloc[-1]
        said = "Narrow enough" if found.sure else f"Not as narrow as {until_halfwidth}"
        typer.echo(f"{said} with {look['pairs']:.0f} pairs: +-{plain(100 * look['half_width'], 3)} % of the control.")
    typer.echo(f"Report  {write_compare_page(found, folder / 'report.html')}")
    require_complete(found.outcome)


def _share(text: str) -> float:
    """Return a share written as ``5%`` or ``0.05``."""
    number, percent = text.strip().removesuffix("%"), text.strip().endswith("%")
    try:
        return float(number) / (100 if percent else 1)
    except ValueError:
        what, cure = f'"{text[:20]}" is not a percentage.', "Write it as 5%."
        raise InputError(what, where="--until-halfwidth", code="wrong-type", cure=cure, seen=text) from None

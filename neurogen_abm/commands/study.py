"""``neurogen study``: published experiments replayed and scored."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neurogen_abm.errors import NeurogenError

if TYPE_CHECKING:
    from neurogen_abm.experiments.jobs import Status

SOME_FAILED, SCIENCE_FAILED = 6, 7


class PartialStudy(NeurogenError):
    """Some animals failed to run; the others are scored."""

    exit_code = SOME_FAILED
    default_code = "partial"


class ScienceFailed(NeurogenError):
    """An expectation failed, and ``--strict`` was asked for."""

    exit_code = SCIENCE_FAILED
    default_code = "expectations-failed"


def study_command(
    studies: Annotated[
        list[str], typer.Argument(metavar="STUDY...", help="Study files, names of shipped ones, or all.")
    ],
    pathway: Annotated[
        str | None, typer.Option("--pathway", metavar="NAME|all", help="Replay under this hypothesis, or under each.")
    ] = None,
    pairs: Annotated[
        int | None,
        typer.Option("--pairs", metavar="N", help="Animals in each arm, in place of the study's own number."),
    ] = None,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where cards and runs go.")] = Path("runs/studies"),
    workers: Annotated[
        int | None, typer.Option("--workers", metavar="N", help="Processes; 0 runs in this one. Default: all cores.")
    ] = None,
    scheduler: Annotated[
        str | None, typer.Option("--scheduler", metavar="ADDRESS", help="A running Dask scheduler, tcp://host:port.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Leave with code 7 when an expectation fails.")] = False,
    retry_failed: Annotated[bool, typer.Option("--retry-failed", help="Run animals again that failed.")] = False,
) -> None:
    """Replay published experiments, and score what the model makes of them."""
    from neurogen_abm.experiments.study import ANIMALS, card, plans_of, replay
    from neurogen_abm.report.score_card import as_text, write_cards

    plans = plans_of(studies, pathway, pairs)
    with _progress() as show:
        replays = replay(
            plans,
            out / ANIMALS,
            workers=workers,
            scheduler=scheduler,
            progress=show,
            retry_failed=retry_failed,
        )
    table = card(replays)
    typer.echo(as_text(table, plans))
    for label, path in write_cards(out, table, replays, plans).items():
        typer.echo(f"{label:9}{path}")
    failed = sum(len(entry.failed) for entry in replays)
    if failed:
        first = next(entry.failed.iloc[0] for entry in replays if len(entry.failed))
        what = f"{failed} animals failed to run, the first with: {first['what']}"
        raise PartialStudy(what, cure="--retry-failed runs them again.", where=str(first["where"] or ""))
    if strict and (misses := int((table["verdict"] == "fail").sum())):
        raise ScienceFailed(f"{misses} of {len(table)} expectations failed.", cure=f"See {out / 'score_card.md'}.")


@contextmanager
def _progress() -> Iterator[Callable[["Status"], None] | None]:
    """Show a bar on stderr; nothing when it is not a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("animals", total=None)

        def show(at: "Status") -> None:
            words = f"animals, {at.failed} failed" if at.failed else "animals"
            bar.update(task, description=words, completed=at.done + at.failed, total=at.total)

        yield show

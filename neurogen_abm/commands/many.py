"""What the commands over many animals share: their options, the bar, and how they leave."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neurogen_abm.errors import NeurogenError

if TYPE_CHECKING:
    from neurogen_abm.experiments.execution.runner import Outcome, RunsProgress

INTERRUPTED = 130

WorkersOption = Annotated[
    int | None, typer.Option("--workers", metavar="N", help="Processes; 0 runs in this one. Default: all cores.")
]
SchedulerOption = Annotated[
    str | None, typer.Option("--scheduler", metavar="ADDRESS", help="A running Dask scheduler, tcp://host:port.")
]
RetryOption = Annotated[bool, typer.Option("--retry-failed", help="Run animals again that failed.")]


class Partial(NeurogenError):
    """Some runs failed; the others are kept."""

    exit_code = 6
    default_code = "partial"


class Stopped(NeurogenError):
    """Somebody stopped the command; what was finished is kept."""

    exit_code = INTERRUPTED
    default_code = "interrupted"


def require_complete(outcome: "Outcome") -> None:
    """Leave with code 6 where runs failed.

    Raises
    ------
    Partial
        Some did; the first is told.
    """
    if len(outcome.failed):
        first, n = outcome.failed.iloc[0], len(outcome.runs)
        what = f"{len(outcome.failed)} of {n} runs failed, the first with: {first['what']}"
        raise Partial(what, where=str(outcome.folder), cure=f"{first['cure']} --retry-failed runs them again.")


@contextmanager
def watched(folder: Path) -> Iterator[Callable[["RunsProgress"], None]]:
    """Show progress on stderr, a bar on a terminal, and nothing where the output is piped.

    Raises
    ------
    Stopped
        Ctrl-C: what was finished is in ``folder``.
    """
    try:
        if not sys.stderr.isatty():
            yield lambda _: None
            return
        with _bar() as show:
            yield show
    except KeyboardInterrupt as fault:
        cure = "The same command goes on where it stopped."
        raise Stopped("Interrupted; what was finished is kept.", where=str(folder), cure=cure) from fault


@contextmanager
def _bar() -> Iterator[Callable[["RunsProgress"], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

    console = Console(stderr=True)
    columns = (SpinnerColumn(), BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
    told = False
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("starting workers, preparing kernels", total=None)

        def show(at: "RunsProgress") -> None:
            nonlocal told
            if at.dashboard and not told:
                console.print(f"Dask dashboard  {at.dashboard}")
                told = True
            words = [] if at.per_s is None else [f"{_rate(at.per_s)}, {_left(at.left_s or 0.0)} left"]
            words += [f"{at.failed} failed"] if at.failed else []
            words += [f"{at.found} found done"] if at.found else []
            bar.update(task, description=", ".join(words), completed=at.done + at.failed, total=at.total)

        yield show


def _rate(per_s: float) -> str:
    return f"{per_s:.1f} a second" if per_s >= 1 else f"{60 * per_s:.1f} a minute" if per_s >= 1 / 60 else "slow"


def _left(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"

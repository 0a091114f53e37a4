"""Progress on stderr, and what Ctrl-C then does: a bar on a terminal; of many runs, where piped, a line a minute."""

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from neurogen_abm.commands import signals
from neurogen_abm.commands.exit_codes import INTERRUPTED, Stopped
from neurogen_abm.errors import EnvironmentFault
from neurogen_abm.numerals import plain

if TYPE_CHECKING:
    from neurogen_abm.experiments.execution.runner import RunsProgress
    from neurogen_abm.run import Progress
    from neurogen_abm.spec.scenario.scenario import ResolvedScenario


SECONDS_A_LINE = 60.0  # between two lines on progress where stderr is no terminal
# One wish to stop may arrive as several signals: of a shell that closes with its terminal, of `timeout`, of a program
# that passes on a Ctrl-C which the terminal has sent to all. A person who means it twice takes longer.
ONE_WISH_S = 0.5


class Stop:
    """Whether somebody asked a run to stop: told by a signal, and asked by the run after every day.

    Attributes
    ----------
    living
        Whether the run is on its way, so that it can stop after a day; before that there is nothing to keep.
    asked
        Whether it is to stop.
    since
        When that was first asked, seconds.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.living = self.asked = False
        self.since = 0.0

    def __call__(self) -> bool:
        """Return whether the run is to stop."""
        return self.asked

    def kept(self) -> str:
        """Return what is left if the process ends now."""
        from neurogen_abm.checkpoints import candidates, how_to_go_on

        if not any(candidates(self._folder)):
            return "nothing was written."
        return f"the last checkpoint is kept: {how_to_go_on(self._folder)}"


@contextmanager
def progress_of_run(
    resolved: "ResolvedScenario | None" = None, stop: Stop | None = None
) -> Iterator[Callable[["Progress"], None] | None]:
    """Show the progress of one run.

    Ctrl-C asks a run with a ``stop`` to end after its day, and the second time, or without one, ends the process at
    once: nothing is written but checkpoints that are whole.
    """
    with _leaving(stop), _shown(resolved) as show:
        if stop is None:
            yield show
            return

        def note(at: "Progress") -> None:
            stop.living |= at.phase == "running"
            if show is not None:
                show(at)

        yield note
        stop.living = False


@contextmanager
def _shown(resolved: "ResolvedScenario | None") -> Iterator[Callable[["Progress"], None] | None]:
    """Show the progress of a run where stderr is a terminal."""
    if sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bar

        from neurogen_abm.jit import compiling, kernels_are_kept

        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
        with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task("preparing the tissue" if kernels_are_kept() else compiling(), total=None)

            def show(at: "Progress") -> None:
                if at.phase == "history":
                    words = f"growing up: {max(0, round(-at.day))} days before the run"
                elif at.phase == "running":
                    days = at.day * at.n_steps / at.step if resolved is None else resolved.scenario.duration_h / 24
                    words = f"day {at.day:6.1f} of {plain(days)}   {at.n_cells:,} cells"
                else:
                    return
                bar.update(task, description=words, completed=at.step, total=at.n_steps)

            yield show
    else:
        yield None


@contextmanager
def _leaving(stop: Stop | None) -> Iterator[None]:
    """Let Ctrl-C, or the end of a session, stop a run after its day, or at once where it cannot be asked.

    At once means on the spot: unwound through the compiler it can crash.
    """

    def leave(*_: object) -> None:
        shown = "\r\x1b[2K\x1b[?25h" if sys.stderr.isatty() else ""
        if stop is not None and stop.living and not stop.asked:
            stop.asked, stop.since = True, time.monotonic()
            signals.say(f"{shown}neurogen: Stopping; the animal is being kept. Once more leaves at once.\n")
            return
        if stop is not None and stop.asked and time.monotonic() - stop.since < ONE_WISH_S:
            return
        left = "nothing was written." if stop is None else stop.kept()
        signals.say(f"{shown}neurogen: Interrupted; {left}\n")
        os._exit(INTERRUPTED)

    with signals.answered(leave):
        yield


@contextmanager
def progress_of_animals(folder: Path) -> Iterator[Callable[["RunsProgress"], None]]:
    """Show the progress of many runs, which keep what they finish in ``folder``. Ctrl-C raises Stopped."""
    try:
        if not sys.stderr.isatty():
            with _a_line_a_minute() as note:
                yield note
            return
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, Task, TextColumn
        from rich.text import Text

        console, dashboards, silence = Console(stderr=True), set(), _Silence()

        class Silent(TextColumn):
            def render(self, task: Task) -> Text:
                return Text(silence.words())

        columns = (SpinnerColumn(), BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"), Silent(""))
        with Progress(*columns, console=console, transient=True) as bar:
            task = bar.add_task("starting workers, compiling the model", total=None)

            def show(at: "RunsProgress") -> None:
                if at.dashboard and at.dashboard not in dashboards:
                    console.print(f"Dask dashboard  {at.dashboard}")
                    dashboards.add(at.dashboard)
                silence.note(at)
                bar.update(task, description=_in_words(at), completed=at.done + at.failed, total=at.total)

            yield show
    except KeyboardInterrupt as fault:
        cure = "The same command continues where it stopped."
        raise Stopped("Interrupted; finished runs are kept.", where=str(folder), cure=cure) from fault


class _Silence:
    """How long no animal has finished: a run that hangs is not ended, but seen."""

    def __init__(self) -> None:
        self.at: RunsProgress | None = None
        self._since = time.monotonic()

    def note(self, at: "RunsProgress") -> None:
        """Take how far the runs are."""
        if self.at is None or at.done + at.failed > self.at.done + self.at.failed:
            self._since = time.monotonic()
        self.at = at

    def words(self) -> str:
        """Return it in words where it is ten times what is usual, and more than a minute; nothing else."""
        if self.at is None or self.at.per_s is None:
            return ""
        waited, usual = time.monotonic() - self._since, 1.0 / self.at.per_s
        if waited < max(60.0, 10.0 * usual):
            return ""
        return f"none has finished for {duration(waited)}, usually {_rate(self.at.per_s)}"


@contextmanager
def _a_line_a_minute() -> Iterator[Callable[["RunsProgress"], None]]:
    """Say on stderr, once a minute, how far the runs are; what is over within one says nothing."""
    silence, over = _Silence(), threading.Event()

    def tell() -> None:
        while not over.wait(SECONDS_A_LINE):
            words = [_line(silence.at), silence.words()]
            typer.echo(f"neurogen: {', '.join(filter(None, words))}", err=True)

    teller = threading.Thread(target=tell, daemon=True, name="progress")
    teller.start()
    try:
        yield silence.note
    finally:
        over.set()
        teller.join()


def _line(at: "RunsProgress | None") -> str:
    if at is None:
        return "starting workers, compiling the model"
    words = _in_words(at)
    return f"{at.done + at.failed} of {at.total} animals{', ' if words else ''}{words}"


def _in_words(at: "RunsProgress") -> str:
    """Return rate, time left, and how many failed or were done before."""
    words = [] if at.per_s is None else [f"{_rate(at.per_s)}, {duration(at.left_s or 0.0)} left"]
    words += [f"{at.failed} failed"] if at.failed else []
    words += [f"{at.found} already done"] if at.found else []
    return ", ".join(words)


@contextmanager
def runs_kept(folder: Path) -> Iterator[None]:
    """Say, of whatever stops a command after its runs, that they are kept and what to do."""
    from neurogen_abm.storage import atomic, ledger

    cure = f"The runs are kept in {folder}; the same command writes the rest."
    try:
        with atomic.machine_faults(folder, ledger.CURE):
            yield
    except KeyboardInterrupt as fault:
        raise Stopped("Interrupted after the runs.", cure=cure) from fault
    except MemoryError as fault:
        raise EnvironmentFault("Memory ran out after the runs.", cure=cure, code="memory") from fault


def _rate(per_s: float) -> str:
    if per_s < 1 / 60:
        return f"{3600 * per_s:.1f} per hour"
    return f"{per_s:.1f} per second" if per_s >= 1 else f"{60 * per_s:.1f} per minute"


def duration(seconds: float) -> str:
    """Write a time in the unit a person would take.

    >>> duration(80.0), duration(400.0), duration(6000.0)
    ('80 s', '7 min', '1.7 h')
    """
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"

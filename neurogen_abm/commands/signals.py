"""What asks a command to end, and what it says then to whoever may no longer be there."""

import os
import signal
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

# Ctrl-C; the end of a session, or a queue; a terminal that is closed, or a connection that is lost.
ENDING: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def answered(answer: Callable[[int, FrameType | None], object]) -> Iterator[None]:
    """Let a function answer what asks the command to end; what was there before comes back.

    Whoever starts a command with ``nohup`` does not want it to end with its terminal, so that this stays ignored.
    """

    def told(number: int, frame: FrameType | None) -> None:
        if number == signal.SIGHUP:
            _let_go_of_terminal()
        answer(number, frame)

    wanted = [number for number in ENDING if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN]
    before = {number: signal.signal(number, told) for number in wanted}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def say(words: str) -> None:
    """Write words on stderr at once, from within an answer to a signal; what is said later goes the same way.

    The terminal may have gone, or Ctrl-C may have ended the program that reads: then nobody is there to be told, and
    what the command does, and its exit code, must not depend on it.
    """
    try:
        os.write(2, words.encode())
    except OSError:
        nobody_reads()


def require_streams() -> None:
    """Give a command that was started without stdout or stderr (``>&-``, some schedulers) one that goes nowhere."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - for as long as the process lives


def nobody_reads(descriptor: int = 2) -> None:
    """Let whatever is still said on stderr go nowhere; writing to a terminal that has gone would be an error."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)


def _let_go_of_terminal() -> None:
    """Write no more to a terminal that has gone: progress that is drawn once more would be an error of its own."""
    for descriptor in (1, 2):
        try:
            gone = stat.S_ISCHR(os.fstat(descriptor).st_mode) and not os.isatty(descriptor)
        except OSError:  # started without
            gone = True
        if gone:
            nobody_reads(descriptor)

"""What asks a command to end, and what it says then to whoever may no longer be there."""

import os
import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

# Ctrl-C; the end of a session, or a queue; a terminal that is closed, or a connection that is lost.
ENDING: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def answered(
    answer: Callable[[int, FrameType | None], object], signals: Iterable[signal.Signals] = ENDING
) -> Iterator[None]:
    """Let a function answer what asks the command to end, or some of it; what was there before comes back.

    Whoever starts a command with ``nohup`` does not want it to end with its terminal, so that this stays ignored.
    """
    wanted = [number for number in signals if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN]
    before = {number: signal.signal(number, answer) for number in wanted}
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


def nobody_reads() -> None:
    """Let whatever is still said on stderr go nowhere; writing to a terminal that has gone would be an error."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)

"""What asks a command to end, and what it says then to whoever may no longer be there."""

import os
import signal
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

# Ctrl-C; the end of a session, or of the time in a queue. SIGHUP, when a terminal closes, is answered by `_on_hangup`.
ENDING: Final = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def answered(answer: Callable[[int, FrameType | None], object]) -> Iterator[None]:
    """Let a function answer what asks the command to end; what was there before comes back.

    Whoever starts a command with ``nohup`` does not want it to end with its terminal, so that this stays ignored.
    """
    before = {number: signal.signal(number, answer) for number in ENDING}
    try:
        with _on_hangup(answer):
            yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _on_hangup(answer: Callable[[int, FrameType | None], object]) -> Iterator[None]:
    """Let a function answer SIGHUP, once nothing is written to a terminal that has gone any more."""
    if signal.getsignal(signal.SIGHUP) == signal.SIG_IGN:
        yield
        return

    def told(number: int, frame: FrameType | None) -> None:
        _let_go_of_terminal()
        answer(number, frame)

    before = signal.signal(signal.SIGHUP, told)
    try:
        yield
    finally:
        signal.signal(signal.SIGHUP, before)


@contextmanager
def ending_as_asked() -> Iterator[None]:
    """Let a terminal that closes end what answers SIGTERM by itself, such as the server of a page, as that does."""
    with _on_hangup(lambda *_: signal.raise_signal(signal.SIGTERM)):
        yield


def say(words: str) -> None:
    """Write words on stderr at once, from within an answer to a signal; what is said later goes the same way.

    The terminal may have gone, or Ctrl-C may have ended the program that reads: then nobody is there to be told, and
    what the command does, and its exit code, must not depend on it.
    """
    try:
        os.write(2, words.encode())
    except OSError:
        nobody_reads()


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

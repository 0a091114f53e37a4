"""What a command meets before it begins: its output streams, and names that are no text."""

import io
import os
import sys
from collections.abc import Sequence
from typing import Any

from neurogen_abm.errors import EnvironmentFault, InputError

_STANDARD_ERROR = 2


class _Leaving(io.FileIO):
    """A stream whose reader may leave (`| head`): what is printed then is dropped, and what is written to disk is not.

    Another fault, such as a full disk behind `> file`, is raised once, as an EnvironmentFault; of standard error it is
    not, because nobody would read it.
    """

    is_left = False

    def __init__(self, number: int) -> None:
        super().__init__(number, "w", closefd=False)

    def write(self, data: Any, /) -> int:
        if not self.is_left:
            try:
                return super().write(data)
            except OSError as fault:
                self.is_left = True
                if isinstance(fault, BrokenPipeError) or self.fileno() == _STANDARD_ERROR:
                    return memoryview(data).nbytes
                what = f"What is printed cannot be written where it goes: {fault.strerror}."
                raise EnvironmentFault(what, cure="Free some space, or send it to another place.") from fault
        return memoryview(data).nbytes


def prepare_streams() -> None:
    """Let standard output and standard error survive that nobody reads them, or that they are closed (`>&-`)."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - for as long as the process
        elif isinstance(stream, io.TextIOWrapper):
            stream.flush()
            kept = io.TextIOWrapper(
                io.BufferedWriter(_Leaving(stream.fileno())),
                encoding=stream.encoding,
                errors=stream.errors,
                line_buffering=stream.line_buffering,
                write_through=stream.write_through,
            )
            setattr(sys, name, kept)


def require_names_that_are_text(words: Sequence[str]) -> None:
    """Refuse names of other encodings: they can neither be printed nor be kept in a table.

    An InputError names the first; it may also be the folder in which the command was given.
    """
    try:
        here = os.getcwd()
    except OSError:  # removed meanwhile; who writes there says so
        here = ""
    for word in (*words, here):
        try:
            word.encode()
        except UnicodeEncodeError:
            read_as = sys.getfilesystemencoding()
            seen = os.fsencode(word).decode("ascii", "backslashreplace")
            what = f"This name is not written in {read_as}, in which names are read here."
            raise InputError(
                what, where=seen, cure="Rename the file or folder, or set LC_ALL=C.UTF-8.", code="not-text"
            ) from None

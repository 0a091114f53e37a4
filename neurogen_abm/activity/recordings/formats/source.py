"""A file as readers see it: its first bytes, its lines one after the other, and errors that name their place.

Whatever a file claims, what is read of it is bounded: its size, what a gzip unpacks to, the length of a line.
"""

import gzip
import io
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import IO, cast

from neurogen_abm.activity.recordings.series import RecordingError

LARGEST_FILE = 200_000_000  # bytes, packed or not; a year of minutes is about 15 million
HEAD = 65_536  # bytes by which a format is recognised
LONGEST_LINE = 100_000  # characters
_GZIP = b"\x1f\x8b"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


class Source:
    """A recording on disk; ``name`` is that of the file."""

    def __init__(self, path: Path) -> None:
        self.path, self.name = path, path.name
        try:
            self.size = path.stat().st_size
        except OSError as error:
            raise self._unreadable(error) from None
        if self.size > LARGEST_FILE:
            what = f"The file has {self.size / 1e6:.0f} MB; recordings up to {LARGEST_FILE / 1e6:.0f} MB are read."
            raise self.fault(what, "Resample it to minutes.", code="large-recording")

    def fault(
        self, what: str, cure: str, *, row: int | None = None, seen: object = None, code: str | None = None
    ) -> RecordingError:
        """Return an error at a row of this file."""
        where = self.name if row is None else f"{self.name}:{row}"
        return RecordingError(what, where=where, cure=cure, seen=seen, code=code)

    @contextmanager
    def opened(self) -> Iterator[IO[bytes]]:
        """Open the bytes of the file, unpacked where it is a gzip; a damaged gzip is refused."""
        try:
            with self.path.open("rb") as raw:
                packed = raw.peek(2)[:2] == _GZIP
                if packed:
                    with gzip.open(raw, "rb") as stream:
                        yield cast(IO[bytes], stream)
                else:
                    yield raw
        except (gzip.BadGzipFile, EOFError, zlib.error):
            what, cure = "The gzip is damaged or cut short.", "Copy the file again from where it was made."
            raise self.fault(what, cure, code="unreadable-recording") from None
        except OSError as error:
            raise self._unreadable(error) from None

    def _unreadable(self, error: OSError) -> RecordingError:
        what, cure = f"The recording cannot be read: {error.strerror or error}.", "Check its name and permissions."
        return RecordingError(what, where=str(self.path), cure=cure, code="unreadable-recording")

    @cached_property
    def head(self) -> bytes:
        """The first bytes, unpacked."""
        with self.opened() as stream:
            return stream.read(HEAD)

    @cached_property
    def encoding(self) -> str | None:
        """How text is written here; None where the first bytes are no text.

        Devices of other languages write Windows' Western code page where they do not write Unicode.
        """
        if self.head.startswith(_UTF16):
            return "utf-16"
        if b"\0" in self.head:
            return None
        try:
            self.head.decode("utf-8")
        except UnicodeDecodeError as error:
            cut = len(self.head) == HEAD and error.start >= HEAD - 4
            return "utf-8-sig" if cut else "cp1252"
        return "utf-8-sig"

    @cached_property
    def top(self) -> list[str]:
        """The first lines as text, the last of them whole; none where the file is no text."""
        if self.encoding is None:
            return []
        text = self.head.decode(self.encoding, errors="replace").lstrip("\ufeff")
        lines = re.split(r"\r*\n|\r", text)
        return lines[:-1] if len(self.head) == HEAD and len(lines) > 1 else lines

    def content(self, most: int = LARGEST_FILE) -> bytes:
        """Return all bytes; a file, or what a gzip unpacks to, above `most` is refused."""
        with self.opened() as stream:
            found = stream.read(most + 1)
        if len(found) > most:
            raise self.too_large(most)
        return found

    def too_large(self, most: int) -> RecordingError:
        """Return the error of a file that holds more than is read."""
        what = f"It holds more than {most / 1e6:.0f} MB, the most that is read."
        return self.fault(what, "Export fewer days, or longer samples.", code="large-recording")

    def lines(self) -> Iterator[tuple[int, str]]:
        """Yield numbers and text of the lines that are not blank; the file is never in memory as a whole.

        Actiware ends lines with two carriage returns; they, and one, count as one line.
        """
        if self.encoding is None:
            what, cure = "The file is not text.", "Export the recording as text or CSV."
            raise self.fault(what, cure, code="unreadable-recording")
        number, read = 0, 0
        try:
            with self.opened() as stream:
                text = io.TextIOWrapper(stream, encoding=self.encoding, newline="\n")
                while line := text.readline(LONGEST_LINE + 1):
                    number, read = number + 1, read + len(line)
                    if len(line) > LONGEST_LINE:
                        cure = "Write one sample in each row."
                        raise self.fault("The row has no end.", cure, row=number, code="broken-row")
                    if read > LARGEST_FILE:
                        raise self.too_large(LARGEST_FILE)
                    if line := line.rstrip("\r\n"):
                        yield number, line
        except UnicodeDecodeError:
            what, cure = f"What follows row {number} is not text.", "Export the recording again, in UTF-8."
            raise self.fault(what, cure, row=number, code="unreadable-recording") from None

"""XML read safely, piece by piece: no entity, nothing from elsewhere, bounded depth and text."""

import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO
from xml.parsers import expat

from neurogen_abm.activity.recordings.formats.source import LARGEST_FILE, Source

LARGEST_MEMBER = 4_000_000_000  # bytes of the one file that is read of a zip; years of a phone's records
LARGEST_RATIO = 200  # to which XML packs at best is about 30
_DEEPEST = 64
_PIECE = 1 << 20
_LONGEST_TEXT = 50_000_000  # characters of one element


class Reader:
    """Calls ``start(name, attributes)`` and ``end(name, text)`` for elements, by names without a namespace."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._depth, self._text, self._length = 0, [""], 0
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.EntityDeclHandler = self._entity
        self._parser.ExternalEntityRefHandler = self._entity
        self._parser.StartElementHandler = self._open
        self._parser.EndElementHandler = self._close
        self._parser.CharacterDataHandler = self._add

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """Take the start of an element."""

    def end(self, name: str, text: str) -> None:
        """Take the end of an element and the text since the tag before."""

    @property
    def row(self) -> int:
        """The line of the file that is read."""
        return self._parser.CurrentLineNumber

    def parse(self, stream: IO[bytes], most: int = LARGEST_FILE) -> None:
        """Read a stream to its end."""
        read = 0
        try:
            while piece := stream.read(_PIECE):
                read += len(piece)
                if read > most:
                    raise self._source.too_large(most)
                self._parser.Parse(piece)
            self._parser.Parse(b"", True)
        except expat.ExpatError as fault:
            what, cure = f"The XML is damaged or cut short: {expat.errors.messages[fault.code]}.", "Export it again."
            raise self._source.fault(what, cure, row=fault.lineno, code="unreadable-recording") from None

    def _entity(self, *_: object) -> int:
        what = "The XML declares entities, which no device writes and which are not followed."
        raise self._source.fault(what, "Export the recording again.", row=self.row, code="unsafe-recording")

    def _open(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            what = f"The XML has elements more than {_DEEPEST} deep."
            raise self._source.fault(what, "Export the recording again.", row=self.row, code="unsafe-recording")
        self._text, self._length = [], 0
        self.start(name.rpartition(":")[2], attributes)

    def _close(self, name: str) -> None:
        self._depth -= 1
        self.end(name.rpartition(":")[2], "".join(self._text))
        self._text, self._length = [], 0

    def _add(self, text: str) -> None:
        self._length += len(text)
        if self._length > _LONGEST_TEXT:
            raise self._source.fault("An element of the XML has no end.", "Export it again.", code="unsafe-recording")
        self._text.append(text)


def is_xml(source: Source, root: str) -> bool:
    """Return whether the first element of a file is the root that is looked for."""
    for line in "\n".join(source.top).split("<")[1:40]:
        name = line.split(">")[0].split()[0] if line.split(">")[0].split() else ""
        if not name.startswith(("?", "!", "ELEMENT", "ATTLIST")):
            return name.rpartition(":")[2].rstrip("/") == root
    return False


@contextmanager
def member(source: Source, name: str) -> Iterator[IO[bytes]]:
    """Open the file of a zip whose name ends so; one that is packed beyond belief is refused."""
    try:
        with zipfile.ZipFile(source.path) as packed:
            found = [info for info in packed.infolist() if info.filename.endswith(name)]
            if len(found) != 1:
                what = f"The zip holds {len(found)} files called {name}, not one."
                raise source.fault(what, "Unpack it, and give the file itself.", code="unknown-format")
            info = found[0]
            if info.file_size > LARGEST_MEMBER or info.file_size > LARGEST_RATIO * max(info.compress_size, 1):
                what = f"{name} in the zip would unpack from {info.compress_size:,} to {info.file_size:,} bytes."
                cure = "Unpack it yourself if you trust it, and give the file itself."
                raise source.fault(what, cure, code="unsafe-recording")
            if info.flag_bits & 1:
                raise source.fault("The zip has a password.", "Unpack it, and give the file itself.")
            with packed.open(info) as stream:
                yield stream
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError) as fault:
        what, cure = f"The zip is damaged: {fault}.", "Copy the file again from where it was made."
        raise source.fault(what, cure, code="unreadable-recording") from None

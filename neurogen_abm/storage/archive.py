"""One file that holds many: a zip that any unpacker opens, noticed to be damaged by any one bit, unpacked with care.

The comment of the archive ends in the SHA-256 of everything before it. What has that seal may still have been made to
do harm, so that names, sizes and kinds of entries are looked at before anything is written.
"""

import hashlib
import re
import shutil
import stat
import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Final

from neurogen_abm.errors import InputError, IntegrityError
from neurogen_abm.storage import atomic
from neurogen_abm.storage.run_directory import require_space

FORMAT: Final = 1
_SEAL: Final = re.compile(rb"neurogen capsule, format ([0-9]{1,9}), sha256 ([0-9a-f]{64})\Z")
_DIGEST: Final = 64  # hexadecimal digits of a SHA-256
_LONGEST_SEAL: Final = 128
# What is packed already.
_PACKED: Final = (".parquet", ".gz", ".zip")
# The earliest time an archive can hold; its files say no other, so that the same files give the same bytes.
_NO_TIME: Final = (1980, 1, 1, 0, 0, 0)
# A scenario, the largest text of a run, packs to an eighth; a hundredth is something else.
_MOST_PACKED, _ALWAYS_ALLOWED = 100, 2**20
_MOST_ENTRIES: Final = 10_000
_ENCRYPTED: Final = 0x1
_AGAIN: Final = "Copy it again from where it came, or make it again from its run."


class DamagedArchiveError(IntegrityError):
    """An archive is not what was written."""

    default_code = "damaged-capsule"

    def __init__(self, where: Path, why: str) -> None:
        super().__init__(f"This capsule is damaged: {why}.", where=str(where), cure=_AGAIN)


def write(place: Path, entries: Mapping[str, Path | str]) -> None:
    """Write an archive of files and texts, by name, with its seal; the same entries give the same bytes."""
    start = f"neurogen capsule, format {FORMAT}, sha256 ".encode()
    with zipfile.ZipFile(place, "w") as archive:
        archive.comment = start + b"0" * _DIGEST
        for name, content in entries.items():
            archive.writestr(_entry(name), content if isinstance(content, str) else content.read_bytes())
    digest = _digest(place)
    with place.open("r+b") as file:
        file.seek(-_DIGEST, 2)
        file.write(digest.encode())


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _NO_TIME)
    entry.compress_type = zipfile.ZIP_STORED if name.endswith(_PACKED) else zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    return entry


def _digest(file: Path) -> str:
    """Return the SHA-256 of all of a file but the digest at its end."""
    found, left = hashlib.sha256(), file.stat().st_size - _DIGEST
    with file.open("rb") as stream:
        while left > 0 and (part := stream.read(min(left, 2**20))):
            found.update(part)
            left -= len(part)
    return found.hexdigest()


def unpack(file: Path, folder: Path) -> list[str]:
    """Unpack an archive into a folder that is there and empty; return the names of its entries.

    Raises
    ------
    InputError
        It is no capsule, it is one of a later format, or its entries would harm: they reach out of the folder, or
        unpack to far more than they are.
    IntegrityError
        A bit is not as it was written, or something is missing or too much.
    EnvironmentFault
        It cannot be read, or there is too little space.
    """
    with atomic.machine_faults(file, "and give a capsule that can be read."):
        _require_sealed(file)
        try:
            with zipfile.ZipFile(file) as archive:
                entries = archive.infolist()
                _require_harmless(file, entries)
                size = sum(entry.file_size for entry in entries)
                require_space(folder, size, what="Unpacked, the capsule takes", cure="for temporary files (TMPDIR).")
                for entry in entries:
                    place = folder / entry.filename
                    place.parent.mkdir(parents=True, exist_ok=True)
                    with archive.open(entry) as packed, place.open("xb") as unpacked:
                        shutil.copyfileobj(packed, unpacked)
        except (zipfile.BadZipFile, EOFError, NotImplementedError, ValueError) as fault:
            raise DamagedArchiveError(file, "it cannot be unpacked") from fault
    return [entry.filename for entry in entries]


def is_sealed(file: Path) -> bool:
    """Return whether a file ends as an archive that was written here does, damaged or not; an OSError goes on."""
    return _ends(file)[1] is not None


def _ends(file: Path) -> tuple[bytes, re.Match[bytes] | None]:
    """Return the first bytes of a file, and the seal that it ends in."""
    with file.open("rb") as stream:
        start = stream.read(4)
        stream.seek(max(0, file.stat().st_size - _LONGEST_SEAL))
        return start, _SEAL.search(stream.read())


def _require_sealed(file: Path) -> None:
    start, seal = _ends(file)
    if start != b"PK\3\4":
        what, cure = "This is not a capsule.", "Give a file that `neurogen capsule` wrote, or the directory of a run."
        raise InputError(what, where=str(file), cure=cure, code="not-a-capsule")
    if seal is None:
        raise DamagedArchiveError(file, "its end, with its seal, is missing or changed; or another program wrote it")
    if int(seal[1]) != FORMAT:
        what = f"This capsule has format {int(seal[1])}; this version of neurogen_abm reads format {FORMAT}."
        cure = "Install the version that wrote it; provenance.json in it names it."
        raise InputError(what, where=str(file), cure=cure, code="format-version")
    if _digest(file) != seal[2].decode():
        raise DamagedArchiveError(file, "it is not what was written")


def _require_harmless(file: Path, entries: list[zipfile.ZipInfo]) -> None:
    """Refuse entries that would write elsewhere, stand for other files, or unpack to far more than the file is."""
    names = [entry.filename for entry in entries]
    if len(names) > _MOST_ENTRIES or len({name.casefold() for name in names}) != len(names):
        raise _harmful(file, "it holds two entries of one name, or too many")
    for entry in entries:
        path = PurePosixPath(entry.filename)
        outside = path.is_absolute() or ".." in path.parts or "\\" in entry.filename or ":" in entry.filename
        if outside or not path.parts or str(path) != entry.filename:
            raise _harmful(file, f'the entry "{entry.filename[:40]}" would lie outside of its folder')
        kind = stat.S_IFMT(entry.external_attr >> 16)
        if kind not in (0, stat.S_IFREG) or entry.flag_bits & _ENCRYPTED:
            raise _harmful(file, f'the entry "{entry.filename[:40]}" is no plain file')
    size = sum(entry.file_size for entry in entries)
    if size > _ALWAYS_ALLOWED + _MOST_PACKED * file.stat().st_size:
        raise _harmful(file, f"it would unpack to {size:,} bytes")


def _harmful(file: Path, why: str) -> InputError:
    cure = "Do not use it; ask whoever made it for one that `neurogen capsule` wrote."
    return InputError(f"This capsule is not unpacked: {why}.", where=str(file), cure=cure, code="harmful-capsule")

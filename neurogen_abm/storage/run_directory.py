"""Run directories: written aside, hashed, made durable, and put in place in one move.

A directory appears under its name only when every file in it is complete and on disk. Every file's SHA-256 stands in
``provenance.json``, which carries a digest of itself, so that a single flipped bit anywhere is noticed on reading.
Parquet pages carry checksums too, because a damaged page otherwise decodes to wrong numbers without a word.
"""

import ctypes
import errno
import hashlib
import json
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from neurogen_abm.errors import EnvironmentFault, InputError, IntegrityError

if TYPE_CHECKING:
    import pandas as pd

FORMAT = 1
PROVENANCE = "provenance.json"
Writer = Callable[[Path], object]

_OWN_NAME = re.compile(r"(provenance\.json|scenario\.yaml|report\.html|[^/]*\.parquet)(/.*)?", re.IGNORECASE)
_FULL_DISK = (errno.ENOSPC, errno.EDQUOT)


def check_target(target: Path | str, *, force: bool = False) -> Path:
    """Return the directory to write, or say why it cannot be; nothing is created.

    Raises
    ------
    InputError
        The directory exists and ``force`` is not given, or it exists and is not a run directory.
    EnvironmentFault
        No directory can be made there.
    """
    place = Path(os.path.realpath(target))
    if os.path.lexists(place):
        if not force:
            raise InputError(
                "This output directory exists and is not overwritten.",
                where=str(target),
                cure="Choose another with --out, or replace it with --force (in Python: force=True).",
                code="output-exists",
            )
        if not (place / PROVENANCE).is_file():
            raise InputError(
                "This exists and is not a run directory, so it is not replaced.",
                where=str(target),
                cure="Choose another place with --out.",
                code="output-not-a-run",
            )
    ancestor = next(folder for folder in place.parents if folder.exists())
    if not ancestor.is_dir() or not os.access(ancestor, os.W_OK | os.X_OK):
        reason = "cannot be written" if ancestor.is_dir() else "is not a directory"
        raise EnvironmentFault(
            f"No output directory can be made here: {ancestor} {reason}.",
            where=str(target),
            cure="Choose another place with --out.",
            code="unwritable",
        )
    return place


def check_name(name: str, where: str = "") -> None:
    """Refuse a file of somebody's own that would take the name of a file of the run directory.

    Raises
    ------
    InputError
        It would.
    """
    if _OWN_NAME.fullmatch(name):
        raise InputError(
            f'"{name}" is kept with the run, and a run directory has a file of this name of its own.',
            where=where,
            cure="Rename it.",
            code="bad-name",
            seen=name,
        )


@contextmanager
def new_file(target: Path | str, *, force: bool = False) -> Iterator[Path]:
    """Check that a single file may be written outside of run directories, and tell faults of the machine meanwhile.

    Raises
    ------
    InputError
        The file exists and ``force`` is not given, or it is part of a run directory.
    EnvironmentFault
        The folder does not exist or cannot be written, or the disk is full.
    """
    place = Path(target)
    if place.exists() and (place.parent / PROVENANCE).is_file():
        what, cure = "This is part of a run directory and is not overwritten.", "Choose another place with --out."
        raise InputError(what, where=str(target), cure=cure, code="output-exists")
    if place.exists() and not force:
        what = "This file exists and is not overwritten."
        cure = "Choose another with --out, or replace it with --force."
        raise InputError(what, where=str(target), cure=cure, code="output-exists")
    with _faults_of_the_machine(place):
        yield place


def require_space(target: Path, needed_bytes: int) -> None:
    """Refuse, before anything is written, a run that will not fit on the disk."""
    ancestor = next(folder for folder in (target, *target.parents) if folder.exists())
    free = shutil.disk_usage(ancestor).free
    if free < needed_bytes:
        raise EnvironmentFault(
            f"The run needs up to {needed_bytes:,} bytes of disk and {free:,} are free.",
            where=str(target),
            cure="Free some space, choose another disk with --out, or record less (outputs: cadence, cells).",
            code="disk-full",
            seen=free,
        )


def write_directory(
    target: Path | str,
    writers: Mapping[str, Writer],
    provenance: Mapping[str, Any],
    *,
    force: bool = False,
    needed_bytes: int = 0,
) -> Path:
    """Write a run directory whole or not at all.

    Each file is written into a hidden sibling of ``target``, synchronised and hashed; then ``provenance.json``; then
    the sibling takes the name ``target``. With ``force`` the old directory keeps its name until that last move.

    Parameters
    ----------
    target
        The directory to make; missing parents are made too.
    writers
        File name -> function that writes this file at the path it is given; ``folder/name`` makes the folder too.
    provenance
        Plain data to store beside the hashes.
    force
        Replace a run directory that exists.
    needed_bytes
        An upper bound of what will be written.

    Raises
    ------
    InputError
        See :func:`check_target`; also when the directory came into being meanwhile.
    EnvironmentFault
        The disk is full or cannot be written; what was there before is untouched.
    """
    place = check_target(target, force=force)
    require_space(place, needed_bytes)
    with _faults_of_the_machine(place):
        place.parent.mkdir(parents=True, exist_ok=True)
        aside = place.parent / f".{place.name[:40]}.{os.getpid()}-{secrets.token_hex(4)}.partial"
        aside.mkdir()
        try:
            files = {}
            for name, write in writers.items():
                (aside / name).parent.mkdir(parents=True, exist_ok=True)
                write(aside / name)
                files[name] = _made_durable(aside / name)
            for folder in filter(Path.is_dir, aside.rglob("*")):
                _synchronise(folder)
            (aside / PROVENANCE).write_text(_sealed({**provenance, "format": FORMAT, "files": files}), encoding="utf-8")
            _synchronise(aside / PROVENANCE)
            _synchronise(aside)
            _put_in_place(aside, place, force=force)
            _synchronise(place.parent)
        finally:
            # After the move this holds the directory that was replaced, or nothing.
            shutil.rmtree(aside, ignore_errors=True)
    return place


def add_file(folder: Path | str, name: str, write: Writer) -> Path:
    """Add or renew one file of a run directory; whatever else people keep there stays.

    The file and the new ``provenance.json`` are both complete before either takes its name. A crash between the two
    moves leaves a file whose hash is not yet recorded, and :func:`checked` says so of this file alone.
    """
    place = Path(os.path.realpath(folder))
    content = read_provenance(place)
    mark = f"{os.getpid()}-{secrets.token_hex(4)}.partial"
    aside, note = place / f".{name}.{mark}", place / f".{PROVENANCE}.{mark}"
    with _faults_of_the_machine(place):
        try:
            write(aside)
            files = {**content["files"], name: _made_durable(aside)}
            note.write_text(_sealed({**content, "files": files}), encoding="utf-8")
            _synchronise(note)
            aside.replace(place / name)
            note.replace(place / PROVENANCE)
            _synchronise(place)
        finally:
            aside.unlink(missing_ok=True)
            note.unlink(missing_ok=True)
    return place / name


def read_provenance(folder: Path | str) -> dict[str, Any]:
    """Return ``provenance.json``, whose own digest has been checked.

    Raises
    ------
    InputError
        Not a run directory, or one of a later version.
    IntegrityError
        The file is damaged.
    """
    file = Path(folder) / PROVENANCE
    if not file.is_file():
        raise InputError(
            "This is not a run directory: it holds no provenance.json.",
            where=str(folder),
            cure="Give a directory that `neurogen run` wrote.",
            code="not-a-run",
        )
    try:
        provenance = json.loads(file.read_text(encoding="utf-8"))
        seal, version = provenance.pop("seal"), provenance["format"]
        intact = seal == _seal(provenance) and all(map(_stays_within, provenance["files"]))
    except (ValueError, KeyError, TypeError, AttributeError) as fault:
        raise _damaged(file) from fault
    if not intact:
        raise _damaged(file)
    if version != FORMAT:
        raise InputError(
            f"This run directory has format {version}; this version of neurogen_abm reads format {FORMAT}.",
            where=str(folder),
            cure="Install the version that wrote it; provenance.json names it.",
            code="format-version",
        )
    return dict(provenance)


def checked(folder: Path | str, name: str, provenance: Mapping[str, Any]) -> Path:
    """Return the path of a file whose bytes still are what was written.

    Raises
    ------
    IntegrityError
        The file is missing or its SHA-256 differs.
    """
    file = Path(folder) / name
    if name not in provenance["files"]:
        raise _damaged(file)
    try:
        intact = _fingerprint(file) == provenance["files"][name]
    except OSError as fault:
        raise _damaged(file) from fault
    if not intact:
        raise _damaged(file)
    return file


def write_table(frame: "pd.DataFrame", path: Path) -> None:
    """Write a table as Parquet with a checksum on every page."""
    import pyarrow as pa
    from pyarrow import parquet

    table = pa.Table.from_pandas(frame, preserve_index=False)
    parquet.write_table(table, path, compression="zstd", write_page_checksum=True)


def read_table(path: Path) -> "pd.DataFrame":
    """Read a table and verify its page checksums.

    Raises
    ------
    IntegrityError
        The file cannot be read or a page is damaged.
    """
    import pyarrow as pa
    from pyarrow import parquet

    try:
        frame: pd.DataFrame = parquet.read_table(path, page_checksum_verification=True).to_pandas()
    except (pa.ArrowException, OSError, ValueError) as fault:
        raise _damaged(path) from fault
    return frame


def _stays_within(name: str) -> bool:
    """Return whether a file of this name lies in the run directory, whoever wrote the name."""
    path = PurePosixPath(name)
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts and "\\" not in name


def _put_in_place(aside: Path, place: Path, *, force: bool) -> None:
    if force and place.exists():
        if _exchanged(aside, place):
            return
        # Without an atomic exchange both directories stay complete; a crash in between leaves the name unused.
        old = aside.with_suffix(".replaced")
        place.rename(old)
        try:
            aside.rename(place)
        except OSError:
            old.rename(place)
            raise
        shutil.rmtree(old, ignore_errors=True)
        return
    try:
        aside.rename(place)
    except OSError:
        check_target(place)  # another run may have taken the name meanwhile
        raise


def _exchanged(one: Path, other: Path) -> bool:
    """Swap two directories in one step (renameat2, RENAME_EXCHANGE); False where the system cannot."""
    try:
        swap = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return False
    at_working_directory, exchange = -100, 2
    here, there = os.fsencode(one), os.fsencode(other)
    return bool(swap(at_working_directory, here, at_working_directory, there, exchange) == 0)


def _made_durable(file: Path) -> dict[str, Any]:
    _synchronise(file)
    return _fingerprint(file)


def _fingerprint(file: Path) -> dict[str, Any]:
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
        return {"bytes": stream.tell(), "sha256": digest}


def _synchronise(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sealed(content: Mapping[str, Any]) -> str:
    return json.dumps({**content, "seal": _seal(content)}, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _seal(content: Mapping[str, Any]) -> str:
    plain = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(plain.encode()).hexdigest()


def _damaged(file: Path) -> IntegrityError:
    return IntegrityError(
        "This file is missing, damaged, or not the one that was written.",
        where=str(file),
        cure="Run the scenario again: scenario.yaml and the seed give the same tables.",
    )


@contextmanager
def _faults_of_the_machine(place: Path) -> Iterator[None]:
    """Turn what the operating system refuses into an error a person can act on."""
    try:
        yield
    except OSError as fault:
        full = fault.errno in _FULL_DISK
        advice = "Free some space" if full else "Check the place"
        raise EnvironmentFault(
            "The disk is full." if full else f"The output cannot be written: {fault.strerror or fault}.",
            where=str(place),
            cure=f"{advice} or choose another with --out; nothing was written.",
            code="disk-full" if full else "unwritable",
        ) from fault

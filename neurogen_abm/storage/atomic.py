"""Durable writing: a file or folder is complete and on disk before it takes its name, or it never takes it.

Everything is written under a hidden name beside its target, synchronised (fsync), renamed in one step, and the folder
is synchronised in turn. A crash at any moment leaves the old content or the new one, and at worst a hidden file or
folder whose name ends in ``.partial``.
"""

import ctypes
import errno
import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from neurogen_abm import scratch
from neurogen_abm.errors import EnvironmentFault, InputError, NeurogenError, told
from neurogen_abm.storage.locks import require_system

Writer = Callable[[Path], object]


def elsewhere() -> str:
    """Return how to write to another place, in the words of whoever is told."""
    return told("choose another place", "choose another place with --out")


class Fingerprint(NamedTuple):
    """Size and SHA-256 of a file, as they are recorded beside it."""

    bytes: int
    sha256: str


def fingerprint(file: Path) -> Fingerprint:
    """Return size and SHA-256 of a file."""
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
        return Fingerprint(stream.tell(), digest)


def is_intact(file: Path, recorded: Fingerprint) -> bool:
    """Return whether a file is there and still has the fingerprint recorded of it."""
    try:
        return fingerprint(file) == recorded
    except OSError:
        return False


def synchronise(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on disk."""
    require_system()
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> None:
    """Make a folder and every missing one above it; when this returns, all their names are on disk.

    A new folder that is not yet in the list of its parent takes whatever was synchronised in it along in a power cut.
    """
    if folder.is_dir():
        return
    require_system()
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    synchronise(folder.parent)


@contextmanager
def partial(target: Path) -> Iterator[Path]:
    """Yield a hidden name beside ``target`` to write under; whatever still has that name afterwards is removed.

    So is what a killed process has left of the same target.
    """
    hidden = f".{target.name[:40]}."
    scratch.clear_abandoned(target.parent, hidden)
    aside = target.with_name(f"{hidden}{scratch.mark()}.partial")
    try:
        yield aside
    finally:
        scratch.remove(aside)


def written(file: Path, write: Writer) -> Fingerprint:
    """Write a file, wait until it is on disk, and return its fingerprint."""
    write(file)
    synchronise(file)
    return fingerprint(file)


def write_file(target: Path | str, write: Writer) -> Path:
    """Write one file whole or not at all; an existing one is replaced.

    After an OSError (see :func:`machine_faults`) an existing one is untouched.
    """
    place = Path(target)
    with partial(place) as aside:
        written(aside, write)
        aside.replace(place)
        synchronise(place.parent)
    return place


def write_text(target: Path | str, text: str) -> Path:
    """Write a text whole or not at all, as in :func:`write_file`."""
    return write_file(target, lambda aside: aside.write_text(text, encoding="utf-8"))


def forget(files: Iterable[Path]) -> None:
    """Remove what an earlier command has written and this one does not, so that nothing old stands beside the new."""
    for file in files:
        file.unlink(missing_ok=True)


def link(file: Path, place: Path) -> None:
    """Give a file a second name, or a copy where the disk knows no second names; what has that name goes."""
    place.unlink(missing_ok=True)
    try:
        os.link(file, place, follow_symlinks=False)
    except OSError:
        shutil.copy2(file, place, follow_symlinks=False)
        if not place.is_symlink():
            synchronise(place)


def rename_folder(aside: Path, place: Path, *, replace: bool = False) -> None:
    """Give a complete folder its name; with ``replace``, an older folder of that name then lies under ``aside``."""
    if not (replace and place.exists()):
        aside.rename(place)
    elif not _exchanged(aside, place):
        # Without an atomic exchange both folders stay complete; a crash in between leaves the name unused.
        old = aside.with_suffix(".replaced")
        place.rename(old)
        try:
            aside.rename(place)
        except OSError:
            old.rename(place)
            raise
        old.rename(aside)


def _exchanged(one: Path, other: Path) -> bool:
    """Swap two folders in one step (renameat2, RENAME_EXCHANGE); False where the system cannot."""
    try:
        swap = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return False
    at_working_directory, exchange = -100, 2
    here, there = os.fsencode(one), os.fsencode(other)
    return bool(swap(at_working_directory, here, at_working_directory, there, exchange) == 0)


def machine_fault(fault: OSError, place: Path, cure: str) -> NeurogenError:
    """Return what the operating system refused as an error a person can act on.

    ``cure`` goes on from "Free some space" or "Check the folder and its permissions". A name that the disk cannot hold
    was given by a person, so that it is an InputError; anything else is an EnvironmentFault.
    """
    if fault.errno == errno.ENAMETOOLONG:
        what = "A name in this path, or the path, is longer than the disk can hold."
        return InputError(what, where=f"{str(place)[:60]}...", cure="Choose a shorter one.", code="long-name")
    if fault.errno in (errno.ENOSPC, errno.EDQUOT):
        return EnvironmentFault("The disk is full.", where=str(place), cure=f"Free some space {cure}", code="disk-full")
    what, cure = f"This cannot be written: {fault.strerror or fault}.", f"Check the folder and its permissions {cure}"
    return EnvironmentFault(what, where=str(place), cure=cure, code="unwritable")


@contextmanager
def machine_faults(place: Path, cure: str) -> Iterator[None]:
    """Raise what the operating system refuses meanwhile as :func:`machine_fault`."""
    try:
        yield
    except OSError as fault:
        raise machine_fault(fault, place, cure) from fault

"""A ledger written anew from what is whole of the old one and from the tables themselves; nothing is ever deleted.

The name of every file of results ends in the SHA-256 of its content, so that a file is known to be whole without the
ledger; in it stand the jobs whose tables it holds, and which tables were written with it. What a run was asked for is
told by the plan, by the key of its job, when the command is started again.
"""

import re
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple

from neurogen_abm import scratch
from neurogen_abm.errors import InputError, IntegrityError
from neurogen_abm.storage import atomic, dataset, ledger, locks
from neurogen_abm.storage.ledger import DONE, FAILED, FILE, LOCK, File, Row, Salvaged

_JOURNAL: Final = f"{FILE}-journal"
_NAME: Final = re.compile(r"([0-9]{6,9})-([0-9a-f]{16})\.parquet")
_CURE: Final = "and start again: nothing was changed."


class Rebuilt(NamedTuple):
    """What a rebuilt ledger holds: runs by their old rows, runs found by their tables, files left out; the old one."""

    kept: int
    found: int
    left_out: tuple[str, ...]
    old: Path


def is_worked_on(folder: Path) -> bool:
    """Return whether a driver works in a directory at this moment."""
    try:
        with (folder / LOCK).open("rb") as note:
            locks.hold(note, shared=True)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def read(folder: Path) -> Salvaged:
    """Return what of the ledger of a directory is as it was written; the directory is not touched."""
    aside = scratch.own_folder()
    try:
        with atomic.machine_faults(folder, _CURE):
            for name in (FILE, _JOURNAL):
                if (folder / name).is_file():
                    shutil.copyfile(folder / name, aside / name)
        return ledger.salvage(aside / FILE)
    finally:
        scratch.remove(aside)


def rebuild(folder: Path) -> Rebuilt:
    """Write the ledger of a directory anew, and keep the old one beside it.

    Raises
    ------
    InputError
        The directory holds no ledger and no results.
    Busy
        A driver works in it.
    EnvironmentFault
        It cannot be written.
    """
    if not (folder / FILE).is_file() and not ledger.holds_tables(folder):
        what = "There is neither a ledger here nor results."
        cure = "Give the directory of a sweep, study or comparison."
        raise InputError(what, where=str(folder), cure=cure, code="no-ledger")
    with ledger.locked(folder), atomic.machine_faults(folder, _CURE):
        before = read(folder)
        if (version := before.about.get("format", str(ledger.FORMAT))) != str(ledger.FORMAT):
            what = f"This ledger has format {version}; this version of neurogen_abm writes format {ledger.FORMAT}."
            cure = "Install the version that wrote it."
            raise InputError(what, where=str(folder / FILE), cure=cure, code="format-version")
        batches, left_out = _whole_batches(folder, before)
        rows = {key: row for key, row in before.rows.items() if row.state == FAILED}
        files: list[File] = []
        for number, (content, jobs) in sorted(batches.items(), reverse=True):
            if jobs & {key for key, row in rows.items() if row.state == DONE}:  # run again since
                left_out += [file.name for file in content]
                continue
            files += content
            rows |= {job: _row(job, number, before) for job in jobs}
        old = _put_in_place(folder, before, rows.values(), files)
    done = [row for row in rows.values() if row.state == DONE]
    kept = sum(row.digest != "" for row in done)
    return Rebuilt(kept, len(done) - kept, tuple(sorted(left_out)), old)


def _row(job: str, number: int, before: Salvaged) -> Row:
    """Return the row of a run whose tables are whole: the old one, or one that is named when the plan is known."""
    old = before.rows.get(job)
    shard = f"{number:06d}"
    if old is not None and old.state == DONE and old.shard == shard:
        return old
    return Row(job, {}, 0, "", DONE, shard=shard)


def _whole_batches(folder: Path, before: Salvaged) -> tuple[dict[int, tuple[list[File], set[str]]], list[str]]:
    """Return the files and the jobs of every batch of which no file is missing, and the names of all other files."""
    found: dict[int, list[File]] = {}
    left_out = []
    for path in sorted(path for area in (dataset.FOLDER, dataset.EARLIER) for path in (folder / area).glob("*/*")):
        name, known = path.relative_to(folder).as_posix(), _NAME.fullmatch(path.name)
        if known is None or not path.is_file() or path.is_symlink():
            continue
        size, digest = atomic.fingerprint(path)
        if digest.startswith(known[2]):
            found.setdefault(int(known[1]), []).append(File(name, size, digest))
        else:
            left_out.append(name)
    batches = {}
    for number, files in found.items():
        try:
            jobs = {job for file in files for job in dataset.jobs_of(folder, file)}
        except IntegrityError:
            jobs = set()
        if jobs and _is_complete(folder, number, files, before):
            batches[number] = (files, jobs)
        else:
            left_out += [file.name for file in files]
    return batches, left_out


def _is_complete(folder: Path, number: int, files: list[File], before: Salvaged) -> bool:
    """Return whether all tables that were written together are there: the files say which, or else a whole ledger."""
    here = [(Path(file.name).parts[0], Path(file.name).parent.name) for file in files]
    if len({area for area, _ in here}) != 1 or len(set(here)) != len(here):
        return False
    said = {dataset.tables_of(folder / file.name) for file in files}
    if said == {frozenset(name for _, name in here)}:
        return True
    recorded = {file for file in before.files.values() if int(Path(file.name).name.split("-")[0]) == number}
    return said == {None} and before.whole and recorded == set(files)


def _put_in_place(folder: Path, before: Salvaged, rows: Iterable[Row], files: Iterable[File]) -> Path:
    """Write the new ledger aside, move the old one to a name of its own, and give the new one its name."""
    about = {name: value for name, value in before.about.items() if name != "format"}
    kept = next(place for n in range(1, 10**6) if not (place := folder / f"{FILE}.old{n}").exists())
    with atomic.partial(folder / FILE) as aside:
        atomic.written(aside, lambda path: ledger.create(path, about, rows, files))
        if (folder / FILE).is_file():
            atomic.link(folder / FILE, kept)
        if (folder / _JOURNAL).is_file():
            (folder / _JOURNAL).replace(kept.with_name(f"{kept.name}-journal"))
        aside.replace(folder / FILE)
        atomic.synchronise(folder)
    return kept

"""The ledger of many runs: one row per run in SQLite, written by one driver, every row sealed.

A row says of a run that it waits, is done, or failed; it says *done* only after the file that holds its tables is
complete and on disk. SQLite keeps a row whole through a crash, but does not notice a flipped bit in it; the seal does.
"""

import errno
import hashlib
import json
import os
import socket
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, NamedTuple

from neurogen_abm.errors import EnvironmentFault, InputError, IntegrityError, told, typed
from neurogen_abm.storage import atomic, locks
from neurogen_abm.storage.places import LEDGER, require_outside

FILE = LEDGER
LOCK = "driver.lock"
RESULTS = "results"
EARLIER = "earlier"
FORMAT = 1
CURE = "and start again: what is finished is kept."
WAITING, DONE, FAILED = "waiting", "done", "failed"

_TABLES = """
CREATE TABLE IF NOT EXISTS about (name TEXT PRIMARY KEY, value TEXT NOT NULL, seal TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS runs (job TEXT PRIMARY KEY, point TEXT NOT NULL, seed INTEGER NOT NULL, digest TEXT NOT NULL,
  state TEXT NOT NULL, attempts INTEGER NOT NULL, seconds REAL, worker TEXT, error TEXT, shard TEXT, seal TEXT NOT NULL)
  WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS files (name TEXT PRIMARY KEY, bytes INTEGER NOT NULL, sha256 TEXT NOT NULL,
  seal TEXT NOT NULL) WITHOUT ROWID;
"""


class Busy(EnvironmentFault):
    """Another driver works in the directory."""

    default_code = "busy"


class Row(NamedTuple):
    """One run in the ledger: the columns of the table as they are in the folders of users.

    ``point`` and ``error`` are plain data, ``shard`` the number of the batch of files that holds the tables.
    """

    job: str
    point: Mapping[str, Any]
    seed: int
    digest: str
    state: str = WAITING
    attempts: int = 0
    seconds: float | None = None
    worker: str | None = None
    error: Mapping[str, Any] | None = None
    shard: str | None = None


class File(NamedTuple):
    """One file of results: name relative to the directory, size, SHA-256."""

    name: str
    bytes: int
    sha256: str


@contextmanager
def locked(folder: Path, cure: str = "") -> Iterator[None]:
    """Hold the directory for this driver; the kernel lets it go when the process ends, however it ends.

    Busy names the machine, process and start of another driver that holds it, and says to wait or another ``cure``.
    """
    with atomic.machine_faults(folder, CURE), (folder / LOCK).open("a+", encoding="utf-8") as note:
        try:
            locks.hold(note)
        except OSError as fault:
            if fault.errno not in (errno.EWOULDBLOCK, errno.EACCES):
                raise
            note.seek(0)
            what = f"Another driver works in this directory: {note.read(200).strip() or 'it has just started'}."
            wait = f"Wait until it has ended, or {atomic.elsewhere()}."
            raise Busy(what, where=str(folder), cure=cure or wait) from None
        _sign(note)
        yield


def _sign(note: IO[str]) -> None:
    note.seek(0)
    note.truncate()
    began = datetime.now(UTC).isoformat(timespec="seconds")
    note.write(f"process {os.getpid()} on {socket.gethostname()} since {began}")
    note.flush()


def damaged(folder: Path, what: str = "The ledger is damaged.") -> IntegrityError:
    """Return the error of a ledger that is not what was written."""
    rebuild = told(f'`doctor("{folder}", rebuild_ledger=True)`', f"`neurogen doctor {typed(folder)} --rebuild-ledger`")
    cure = f"{rebuild} writes it anew from the tables; the old one is kept. Or restore it from a copy."
    return IntegrityError(what, where=str(folder / FILE), cure=cure)


class Ledger:
    """The open ledger of a directory; the caller holds its lock.

    Parameters
    ----------
    folder
        The directory; it exists.
    title
        What the runs are for, e.g. ``sweep distance_by_age``; a directory of another title is refused.

    Raises
    ------
    InputError
        The directory belongs to something else, or was written by a later version.
    IntegrityError
        The ledger is damaged.
    """

    def __init__(self, folder: Path, title: str) -> None:
        self.folder, self.path = folder, folder / FILE
        fresh = not self.path.exists()
        require_usable(folder)
        with self._faults():
            self._base = sqlite3.connect(self.path, isolation_level=None)
            # FULL does not wait until the rollback journal is gone from the folder; one that came back after a power
            # cut would undo a transaction of which the caller was told that it is on disk.
            self._base.execute("PRAGMA synchronous = EXTRA")
            # An empty file is a ledger to SQLite; beside results it is one that lost everything.
            emptied = not fresh and self.path.stat().st_size == 0 and (folder / RESULTS).is_dir()
            if emptied or (not fresh and self._base.execute("PRAGMA integrity_check").fetchone() != ("ok",)):
                raise self._damaged()
            with self._transaction():
                for statement in filter(str.strip, _TABLES.split(";")):
                    self._base.execute(statement)
            self._claim(title)

    def close(self) -> None:
        """Let go of the file."""
        self._base.close()

    def software(self) -> str:
        """Return the version that worked here last; empty where none signed."""
        with self._faults():
            found = self._base.execute("SELECT value FROM about WHERE name = 'software'").fetchone()
        return str(found[0]) if found else ""

    def sign(self, software: str) -> None:
        """Write down which version works here now."""
        entry = ("software", software)
        with self._faults(), self._transaction():
            self._base.execute("INSERT OR REPLACE INTO about VALUES (?, ?, ?)", (*entry, _seal(entry)))

    def rows(self) -> dict[str, Row]:
        """Return every run by job key."""
        with self._faults():
            found = self._base.execute(f"SELECT {', '.join(Row._fields)}, seal FROM runs ORDER BY job").fetchall()
        return {row[0]: self._row(row[:-1], row[-1]) for row in found}

    def files(self) -> dict[str, File]:
        """Return every file of results by name."""
        with self._faults():
            found = self._base.execute("SELECT name, bytes, sha256, seal FROM files ORDER BY name").fetchall()
        for *content, seal in found:
            if seal != _seal(content):
                raise self._damaged()
        return {name: File(name, size, digest) for name, size, digest, _ in found}

    def expect(self, rows: Iterable[Row]) -> None:
        """Write down what waits; what waited before and is no longer wanted is forgotten."""
        with self._faults(), self._transaction():
            self._base.execute("DELETE FROM runs WHERE state = ?", (WAITING,))
            self._base.executemany(_INSERT.replace("REPLACE", "IGNORE"), map(_written, rows))

    def forget(self, jobs: Iterable[str], files: Iterable[str] = ()) -> None:
        """Strike out runs that are to be run again, and files that are gone."""
        with self._faults(), self._transaction():
            self._base.executemany("DELETE FROM runs WHERE job = ?", ((job,) for job in jobs))
            self._base.executemany("DELETE FROM files WHERE name = ?", ((name,) for name in files))

    def commit(self, rows: Iterable[Row], files: Iterable[File]) -> None:
        """Write down, in one transaction, runs that ended and the files that hold them, which are on disk by now."""
        with self._faults(), self._transaction():
            self._write_down(rows, files)

    def divide(self, rows: Iterable[Row], files: Iterable[File], instead_of: Iterable[str]) -> None:
        """Write down that runs now lie in new files, which are on disk, and forget the files they lay in."""
        with self._faults(), self._transaction():
            self._base.executemany("DELETE FROM files WHERE name = ?", ((name,) for name in instead_of))
            self._write_down(rows, files)

    def _write_down(self, rows: Iterable[Row], files: Iterable[File]) -> None:
        self._base.executemany(
            "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?)", ((*file, _seal(file)) for file in files)
        )
        self._base.executemany(_INSERT, map(_written, rows))

    def _claim(self, title: str) -> None:
        """Sign a new ledger; refuse one of another title or of a later version."""
        wanted = {"format": str(FORMAT), "title": title}
        with self._transaction():
            for entry in wanted.items():
                self._base.execute("INSERT OR IGNORE INTO about VALUES (?, ?, ?)", (*entry, _seal(entry)))
        about = self._base.execute("SELECT name, value, seal FROM about").fetchall()
        if any(seal != _seal((name, value)) for name, value, seal in about):
            raise self._damaged()
        found = {name: value for name, value, _ in about}
        if found["format"] != wanted["format"]:
            what = f"This ledger has format {found['format']}; this version of neurogen_abm reads format {FORMAT}."
            cure = f"Install the version that wrote it, or {atomic.elsewhere()}."
            raise InputError(what, where=str(self.path), cure=cure, code="format-version")
        if found["title"] != title:
            what = f'This directory holds the runs of "{found["title"]}", not of "{title}".'
            cure = f"{atomic.elsewhere().capitalize()}."
            raise InputError(what, where=str(self.folder), cure=cure, code="other-sweep", seen=found["title"])

    def _row(self, content: tuple[Any, ...], seal: str) -> Row:
        if seal != _seal(content):
            raise self._damaged()
        row = Row(*content)
        try:
            point, error = (None if text is None else json.loads(str(text)) for text in (row.point, row.error))
        except (ValueError, RecursionError) as fault:
            raise self._damaged() from fault
        if not isinstance(point, dict) or not isinstance(error, dict | None):
            raise self._damaged()
        return row._replace(point=point, error=error)

    def _damaged(self) -> IntegrityError:
        return damaged(self.folder)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._base.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            if self._base.in_transaction:
                self._base.execute("ROLLBACK")
            raise
        self._base.execute("COMMIT")

    @contextmanager
    def _faults(self) -> Iterator[None]:
        """Tell a full disk and a damaged file from one another; both come as errors of SQLite."""
        try:
            with atomic.machine_faults(self.folder, CURE):
                yield
        except sqlite3.DatabaseError as fault:
            # Text that cannot be decoded, and a schema that makes no sense, come without a name, or with a general one.
            name = getattr(fault, "sqlite_errorname", "")
            code = next((code for start, code in _CODES.items() if name.startswith(start)), None)
            if code is None:
                raise self._damaged() from fault
            raise atomic.machine_fault(OSError(code, str(fault)), self.path, CURE) from fault


class Salvaged(NamedTuple):
    """What of a ledger is as it was written; ``whole`` where that is all of it."""

    whole: bool
    about: dict[str, str]
    rows: dict[str, Row]
    files: dict[str, File]


def salvage(path: Path) -> Salvaged:
    """Return every entry of a ledger whose seal fits, whatever happened to the file; it is opened, and may be mended.

    SQLite undoes what a killed process left half written, which writes: give a copy, with its journal.
    """
    whole, found = True, {}
    for table, fields in (("about", ("name", "value")), ("runs", Row._fields), ("files", File._fields)):
        entries, complete = _entries(path, table, fields)
        whole &= complete
        found[table] = entries
    rows = {}
    for content in found["runs"]:
        row = Row(*content)
        rows[row.job] = row._replace(
            point=json.loads(str(row.point)), error=None if row.error is None else json.loads(str(row.error))
        )
    files = {str(content[0]): File(*content) for content in found["files"]}
    about = dict(found["about"])
    # A ledger that was rebuilt from tables alone has no title until its plan is started again.
    return Salvaged(whole and "format" in about, about, rows, files)


def _entries(path: Path, table: str, fields: tuple[str, ...]) -> tuple[list[tuple[Any, ...]], bool]:
    """Return the entries of a table whose seals fit, and whether those are all."""
    entries, complete = [], True
    base = sqlite3.connect(path)
    try:
        complete = base.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        for *content, seal in base.execute(f"SELECT {', '.join(fields)}, seal FROM {table}"):
            if seal == _seal(content):
                entries.append(tuple(content))
            else:
                complete = False
    except sqlite3.DatabaseError:
        complete = False
    finally:
        base.close()
    return entries, complete


def create(path: Path, about: Mapping[str, str], rows: Iterable[Row], files: Iterable[File]) -> None:
    """Write a ledger with these entries to a path that is free."""
    base = sqlite3.connect(path)
    try:
        base.executescript(_TABLES)
        entries = {"format": str(FORMAT)} | dict(about)
        base.executemany("INSERT INTO about VALUES (?, ?, ?)", ((*entry, _seal(entry)) for entry in entries.items()))
        base.executemany("INSERT INTO files VALUES (?, ?, ?, ?)", ((*file, _seal(file)) for file in files))
        base.executemany(_INSERT, map(_written, rows))
        base.commit()
    finally:
        base.close()


_INSERT = f"INSERT OR REPLACE INTO runs VALUES ({', '.join('?' * (len(Row._fields) + 1))})"
# What the machine is to blame for, by the beginning of the name; anything else is damage.
_CODES = {
    "SQLITE_FULL": errno.ENOSPC,
    "SQLITE_READONLY": errno.EROFS,
    "SQLITE_CANTOPEN": errno.EACCES,
    "SQLITE_IOERR": errno.EIO,
    "SQLITE_BUSY": errno.EBUSY,
    "SQLITE_LOCKED": errno.EBUSY,
    "SQLITE_NOMEM": errno.ENOMEM,
    "SQLITE_PERM": errno.EACCES,
}


def holds_tables(folder: Path) -> bool:
    """Return whether tables of many animals lie in a directory, with or without a ledger."""
    return any(any((folder / area).glob("*/*-*.parquet")) for area in (RESULTS, EARLIER))


def require_usable(folder: Path) -> None:
    """Refuse a directory that cannot become one of runs: a file, other things in it, other results around it.

    An InputError says so; an IntegrityError, that it was one whose ledger is gone.
    """
    with atomic.machine_faults(folder, CURE):
        if folder.exists() and not folder.is_dir():
            raise InputError(
                "This is a file, not a directory.", where=str(folder), cure=f"{atomic.elsewhere().capitalize()}."
            )
        require_outside(folder)
        # Looked at once: another driver may be making its ledger at this very moment.
        found = sorted(entry.name for entry in folder.iterdir() if entry.name != LOCK) if folder.exists() else []
    if found and FILE not in found:
        if holds_tables(folder):
            raise damaged(folder, "The ledger of these results is missing.")
        what = f'This directory has no ledger and holds other things ("{found[0][:40]}").'
        raise InputError(what, where=str(folder), cure=f"{atomic.elsewhere().capitalize()}.", code="output-not-a-sweep")


def _written(row: Row) -> tuple[Any, ...]:
    texts = {
        "point": json.dumps(dict(row.point), sort_keys=True),
        "error": None if row.error is None else json.dumps(dict(row.error), sort_keys=True),
    }
    plain = tuple((row._asdict() | texts).values())
    return (*plain, _seal(plain))


def _seal(content: Iterable[Any]) -> str:
    return hashlib.sha256(json.dumps(list(content), separators=(",", ":")).encode()).hexdigest()

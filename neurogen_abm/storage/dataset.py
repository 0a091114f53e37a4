"""Tables of finished runs as a Parquet data set: each file holds one table of one batch of runs, written once.

A file is written aside, synchronised, renamed, and its folder synchronised, before the ledger speaks of it. The name
ends in the SHA-256 of the content; a file the ledger does not know was cut off from its row by a crash, and its runs
are run again. The data set holds the runs of one plan, where its directory is that of one plan: runs that an earlier
form of the plan left lie in the same form in a folder of their own.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
from pyarrow import compute, parquet

from neurogen_abm.errors import IntegrityError
from neurogen_abm.storage import atomic, ledger, parquet_file
from neurogen_abm.storage.ledger import CURE, File

FOLDER, EARLIER = ledger.RESULTS, ledger.EARLIER
PAGES = ("runs.csv", "report.html", "reserve.html", "bands.parquet", "bands.csv")  # what commands write about the runs
ORPHANS = "orphans"
JOB = "job"
# In each file, which tables were written together: a batch that lacks one of them was cut off by a crash.
_TOGETHER = b"neurogen_abm.tables"
# What reading a Parquet file may raise that somebody has changed.
_UNREADABLE = (pa.ArrowException, OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError)

Tables = Mapping[str, bytes]


def packed(frame: pd.DataFrame) -> bytes:
    """Return a table as bytes to be sent from worker to driver; categories become text, so that files can be joined.

    The same table gives the same bytes.
    """
    table = pa.Table.from_pandas(frame, preserve_index=False, nthreads=1).replace_schema_metadata(None)
    plain = [field.with_type(_plain(field.type)) for field in table.schema]
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, pa.schema(plain)) as stream:
        stream.write_table(table.cast(pa.schema(plain)))
    return bytes(sink.getvalue().to_pybytes())


def _plain(kind: Any) -> Any:
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    return pa.string() if pa.types.is_large_string(kind) else kind


def write_batch(folder: Path, number: int, batch: Sequence[tuple[str, Tables]]) -> list[File]:
    """Write the tables of a batch of runs, one file per table, and return the files when they are on disk.

    ``batch`` holds (job key, table name -> packed table) of each run; file names sort by its number.
    """
    names = sorted({name for _, tables in batch for name in tables})
    together = {_TOGETHER: ",".join(names)}
    with atomic.machine_faults(folder, CURE):
        return [
            _write(folder, f"{FOLDER}/{name}", number, _joined(name, batch).replace_schema_metadata(together))
            for name in names
        ]


def tables_of(file: Path) -> frozenset[str] | None:
    """Return the names of all tables of the batch of a file, and of it alone; None where the file does not say."""
    try:
        said = (parquet.read_schema(file).metadata or {}).get(_TOGETHER)
        return None if said is None else frozenset(said.decode().split(","))
    except (*_UNREADABLE, UnicodeDecodeError):
        return None


def jobs_of(folder: Path, file: File) -> set[str]:
    """Return the jobs whose rows are in a file; an IntegrityError says that it is damaged."""
    check(folder, file)
    try:
        column = parquet_file.read(folder / file.name, [JOB])[JOB]
    except _UNREADABLE as fault:
        raise damaged(folder / file.name) from fault
    return set(column.unique().to_pylist())


def _write(folder: Path, name: str, number: int, table: Any) -> File:
    place = folder / name
    atomic.make_folder(place)
    with atomic.partial(place / f"{number:06d}") as aside:
        size, digest = atomic.written(
            aside, lambda path: parquet.write_table(table, path, compression="zstd", write_page_checksum=True)
        )
        target = place / f"{number:06d}-{digest[:16]}.parquet"
        aside.replace(target)
        atomic.synchronise(place)
    return File(target.relative_to(folder).as_posix(), size, digest)


def _joined(name: str, batch: Sequence[tuple[str, Tables]]) -> Any:
    parts = []
    for job, tables in batch:
        if name in tables:
            table = pa.ipc.open_stream(tables[name]).read_all()
            parts.append(table.add_column(0, JOB, pa.array([job] * len(table), pa.string())))
    return pa.concat_tables(parts, promote_options="permissive")


def divide(folder: Path, files: Iterable[File], wanted: set[str], others: set[str], number: int) -> list[File]:
    """Write the files of one batch again: runs that are wanted as batch ``number``, the others as the next one, aside.

    Return the new files when they are on disk; the old ones are still there.
    """
    found = []
    with atomic.machine_faults(folder, CURE):
        for file in files:
            table, name = _table(folder, file), Path(file.name).parent.name
            for part, area, batch in ((wanted, FOLDER, number), (others, EARLIER, number + 1)):
                if part:
                    mine = table.filter(compute.is_in(table[JOB], value_set=pa.array(sorted(part), pa.string())))
                    found.append(_write(folder, f"{area}/{name}", batch, mine))
    return found


def moved(folder: Path, files: Iterable[File], area: str) -> list[File]:
    """Give the files of a batch a name in another area as well, and return them under it when it is on disk."""
    found = []
    with atomic.machine_faults(folder, CURE):
        for file in files:
            place = folder / area / Path(file.name).parent.name / Path(file.name).name
            atomic.make_folder(place.parent)
            atomic.link(folder / file.name, place)
            atomic.synchronise(place.parent)
            found.append(file._replace(name=place.relative_to(folder).as_posix()))
    return found


def remove(folder: Path, names: Iterable[str]) -> None:
    """Remove files of which the ledger no longer speaks."""
    with atomic.machine_faults(folder, CURE):
        for name in names:
            (folder / name).unlink(missing_ok=True)
            atomic.synchronise((folder / name).parent)


def put_pages_aside(folder: Path) -> None:
    """Put what was written about earlier runs beside them, in place of what an earlier form of the plan left there."""
    with atomic.machine_faults(folder, CURE):
        for page in (folder / name for name in PAGES):
            if page.is_file():
                atomic.make_folder(folder / EARLIER)
                page.replace(folder / EARLIER / page.name)
                atomic.synchronise(folder / EARLIER)
        atomic.synchronise(folder)


def read(folder: Path, files: Iterable[File], jobs: Sequence[str]) -> pd.DataFrame:
    """Return the rows of some jobs, in the order of the jobs; within a job in the order they were recorded."""
    order = {job: number for number, job in enumerate(jobs)}
    wanted, parts = pa.array(jobs, pa.string()), []
    for file in files:
        table = _table(folder, file)
        parts.append(table.filter(compute.is_in(table[JOB], value_set=wanted)))
    if not parts:
        return pd.DataFrame({JOB: pd.Series([], dtype=str)})
    frame = parquet_file.frame(pa.concat_tables(parts, promote_options="permissive"))
    rank = frame[JOB].map(order).to_numpy(dtype=int)
    return frame.iloc[rank.argsort(kind="stable")].reset_index(drop=True)


def _table(folder: Path, file: File) -> Any:
    check(folder, file)
    try:
        table = parquet_file.read(folder / file.name)
        parquet_file.frame(table.slice(0, 0))  # reads what the file says of its columns
    except _UNREADABLE as fault:
        raise damaged(folder / file.name) from fault
    return table


def check(folder: Path, file: File) -> None:
    """Raise an IntegrityError unless the bytes of a file still are what was written."""
    if not atomic.is_intact(folder / file.name, atomic.Fingerprint(file.bytes, file.sha256)):
        raise damaged(folder / file.name)


def put_aside(folder: Path, known: Iterable[str]) -> list[str]:
    """Move files the ledger does not know out of the data set; halves of files are removed. Return the names moved."""
    known, moved = set(known), []
    with atomic.machine_faults(folder, CURE):
        areas = [folder / area for area in (FOLDER, EARLIER) if (folder / area).is_dir()]
        for path in sorted(path for area in areas for path in area.glob("*/*")):
            if path.name.endswith(".partial"):
                path.unlink()
            elif path.is_file() and path.relative_to(folder).as_posix() not in known:
                (folder / ORPHANS).mkdir(exist_ok=True)
                path.replace(folder / ORPHANS / f"{path.parent.name}-{path.name}")
                moved.append(path.name)
    return moved


def damaged(file: Path) -> IntegrityError:
    """Return the error of a file of results that is not what was written."""
    cure = "Move the file away and start again: the runs it holds are then run again, and no others."
    return IntegrityError("These results are damaged, or not what was written.", where=str(file), cure=cure)

"""Tables of finished runs as a Parquet data set: each file holds one table of one batch of runs, written once.

A file is written aside, synchronised, renamed, and its folder synchronised, before the ledger speaks of it. The name
ends in the SHA-256 of the content; a file the ledger does not know was cut off from its row by a crash, and its runs
are run again.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
from pyarrow import compute, parquet

from neurogen_abm.errors import IntegrityError
from neurogen_abm.storage import atomic
from neurogen_abm.storage.ledger import CURE, File

FOLDER = "results"
ORPHANS = "orphans"
JOB = "job"

Tables = Mapping[str, bytes]


def packed(frame: pd.DataFrame) -> bytes:
    """Return a table as bytes to be sent from worker to driver; categories become text, so that files can be joined.

    The same table gives the same bytes.
    """
    table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
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
    with atomic.machine_faults(folder, CURE):
        return [_write(folder, name, number, batch) for name in names]


def _write(folder: Path, name: str, number: int, batch: Sequence[tuple[str, Tables]]) -> File:
    place = folder / FOLDER / name
    if not place.is_dir():
        place.mkdir(parents=True, exist_ok=True)
        for parent in (place.parent, folder):
            atomic.synchronise(parent)
    table = _joined(name, batch)
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


def read(folder: Path, files: Iterable[File], jobs: Sequence[str]) -> pd.DataFrame:
    """Return the rows of some jobs, in the order of the jobs; within a job in the order they were recorded."""
    order = {job: number for number, job in enumerate(jobs)}
    wanted, parts = pa.array(jobs, pa.string()), []
    for file in files:
        check(folder, file)
        try:
            table = parquet.read_table(folder / file.name, page_checksum_verification=True, partitioning=None)
            table.slice(0, 0).to_pandas()  # reads what the file says of its columns
        except (
            pa.ArrowException,
            OSError,
            ValueError,
            LookupError,
            TypeError,
            AttributeError,
            RecursionError,
        ) as fault:
            raise damaged(folder / file.name) from fault
        parts.append(table.filter(compute.is_in(table[JOB], value_set=wanted)))
    if not parts:
        return pd.DataFrame({JOB: pd.Series([], dtype=str)})
    frame: pd.DataFrame = pa.concat_tables(parts, promote_options="permissive").to_pandas()
    rank = frame[JOB].map(order).to_numpy(dtype=int)
    return frame.iloc[rank.argsort(kind="stable")].reset_index(drop=True)


def check(folder: Path, file: File) -> None:
    """Raise an IntegrityError unless the bytes of a file still are what was written."""
    if not atomic.is_intact(folder / file.name, atomic.Fingerprint(file.bytes, file.sha256)):
        raise damaged(folder / file.name)


def put_aside(folder: Path, known: Iterable[str]) -> list[str]:
    """Move files the ledger does not know out of the data set; halves of files are removed. Return the names moved."""
    known, moved = set(known), []
    for path in sorted((folder / FOLDER).glob("*/*")) if (folder / FOLDER).is_dir() else []:
        if path.name.endswith(".partial"):
            path.unlink()
        elif path.relative_to(folder).as_posix() not in known:
            (folder / ORPHANS).mkdir(exist_ok=True)
            path.replace(folder / ORPHANS / f"{path.parent.name}-{path.name}")
            moved.append(path.name)
    return moved


def damaged(file: Path) -> IntegrityError:
    """Return the error of a file of results that is not what was written."""
    cure = "Move the file away and start again: the runs it holds are then run again, and no others."
    return IntegrityError("These results are damaged, or not what was written.", where=str(file), cure=cure)

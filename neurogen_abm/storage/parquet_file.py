"""Parquet files read as all tables of the package are: with the checksum of every page, and in this thread alone."""

from collections.abc import Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa


def read(source: Path | IO[bytes], columns: Sequence[str] | None = None) -> "pa.Table":
    """Read a table, or some of its columns.

    Where memory is short, a thread of Arrow's own may not start, and Arrow would wait for it for good; and a file that
    memory does not suffice to read would pass for a damaged one, as Arrow counts both among its errors.

    Raises
    ------
    pyarrow.ArrowException, OSError, ValueError
        It is damaged.
    MemoryError
        Memory does not suffice.
    """
    import pyarrow as pa  # takes a moment to load, and every command starts here
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(source, page_checksum_verification=True) as file:
            return file.read(columns=None if columns is None else list(columns), use_threads=False)
    except pa.ArrowMemoryError as fault:
        raise MemoryError(str(fault)) from fault
    except pa.ArrowException as fault:
        if "launch worker thread" in str(fault):  # no kind of its own: Arrow's pool for files found no room for one
            raise MemoryError(str(fault)) from fault
        raise


def frame(table: "pa.Table") -> "pd.DataFrame":
    """Return a table of Arrow as one of pandas, made in this thread; a MemoryError as of `read`."""
    import pyarrow as pa  # as above

    try:
        made: pd.DataFrame = table.to_pandas(use_threads=False)
    except pa.ArrowMemoryError as fault:
        raise MemoryError(str(fault)) from fault
    return made

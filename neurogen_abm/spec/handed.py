"""What only a caller in Python can hand over in place of the name of a file: a path, or a table of pandas.

A table becomes a comma-separated file that lives as long as the process and is named by its content, so that whatever
holds for a recording in a file (digest, provenance, the copy beside a saved run) holds for it.
"""

import hashlib
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard

from neurogen_abm import scratch
from neurogen_abm.errors import InputError
from neurogen_abm.spec.yaml.reader import KeyPath, dotted

if TYPE_CHECKING:
    import pandas as pd

TIME = "start"  # the column of the times in a recording that is a plain table


def is_table(value: object) -> "TypeGuard[pd.DataFrame]":
    """Return whether an object is a table of pandas; who never imported pandas has none."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(value, pandas.DataFrame)


def as_file(table: "pd.DataFrame") -> Path:
    """Return a comma-separated file with the content of a table.

    An index of times becomes the column ``start``, an index with a name a column of that name; one that only counts the
    rows is left out, and any other is an InputError.

    >>> import pandas as pd
    >>> hours = pd.date_range("2024-03-01", periods=2, freq="h")
    >>> as_file(pd.DataFrame({"wheel_counts": [3, 0]}, index=hours)).read_text().splitlines()
    ['start,wheel_counts', '2024-03-01 00:00:00,3', '2024-03-01 01:00:00,0']
    """
    content = _with_index(table).to_csv(index=False, lineterminator="\n").encode()
    file = _folder() / f"DataFrame-{hashlib.sha256(content).hexdigest()[:16]}.csv"
    if not file.exists():
        file.parent.mkdir(mode=0o700, exist_ok=True)
        file.write_bytes(content)
    return file


@cache
def _folder() -> Path:
    return scratch.own_folder()


def _with_index(table: "pd.DataFrame") -> "pd.DataFrame":
    import pandas as pd  # whoever has a table has it already

    index = table.index
    name = TIME if isinstance(index, pd.DatetimeIndex) else index.name
    if name is None:
        if isinstance(index, pd.MultiIndex) or not pd.api.types.is_integer_dtype(index.dtype):
            what = "The index of the table has no name and does not count its rows."
            cure = "Make it a column, like table.rename_axis('animal').reset_index()."
            raise InputError(what, code="bad-table", cure=cure)
        return table
    if name in table.columns:
        what = f'The table has a column "{name}" and an index that would become one of the same name.'
        raise InputError(what, code="bad-table", cure="Drop one, like table.reset_index(drop=True).")
    return table.rename_axis(index=str(name)).reset_index()


def recordings_handed(data: dict[str, Any], own_words: Iterable[KeyPath]) -> dict[KeyPath, Path]:
    """Let recordings that are paths be named by their last part, in place; return the folder of each.

    Parameters
    ----------
    data
        A scenario as plain data.
    own_words
        Paths of entries that the caller wrote: there text may be an absolute path. Text in a file may not, since who
        sends a file does not say what of the reader's disk it takes.

    Raises
    ------
    InputError
        There is no such file.
    """
    blocks, found, own = data.get("activity"), dict[KeyPath, Path](), tuple(own_words)
    if not isinstance(blocks, list):
        return found
    data["activity"] = blocks = list(blocks)
    for number, block in enumerate(blocks):
        file = block.get("file") if isinstance(block, dict) else None
        entry: KeyPath = ("activity", number, "file")
        by_caller = any(entry[: len(path)] == path for path in own)
        if isinstance(file, Path) or (by_caller and isinstance(file, str) and Path(file).is_absolute()):
            place = Path(file).absolute()
            if not place.is_file():
                what, cure = f"There is no file {str(place)[:200]}.", "Check its name and folder."
                raise InputError(what, where=dotted(entry), code="missing-recording", cure=cure)
            blocks[number] = block | {"file": place.name}
            found[entry] = place.parent
    return found

"""One function for every format: it reads and verifies a run, and writes one file, whole or not at all."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from neurogen_abm.arguments import FLAG, PLACE, TEXT, Kind, check
from neurogen_abm.errors import InputError, argument
from neurogen_abm.exports import activity, cells, crate, newick, simularium
from neurogen_abm.run import TABLES, Result
from neurogen_abm.spec.suggest import offer
from neurogen_abm.storage import atomic, run_directory
from neurogen_abm.storage.csv_text import as_csv

if TYPE_CHECKING:
    import pandas as pd

_RUN = Kind("a directory of a run, or a Result", lambda value: isinstance(value, Result) or PLACE.fits(value))


class Format(NamedTuple):
    """A format that a run is written in."""

    suffix: str  # of the file, after the name of the run
    holds: str  # in words, for help
    write: Callable[[Result, Path], object]
    needs: Callable[[], object] = lambda: None  # looks for the library; it says how to install what is missing


FORMATS = {
    "h5ad": Format("h5ad", "cells as AnnData", cells.write_h5ad, cells.anndata),
    "h5td": Format("h5td", "cells and their trees as TreeData", cells.write_h5td, cells.treedata),
    "newick": Format("nwk", "lineages, one tree a line", newick.write_newick),
    "nwb": Format("nwb", "activity in NWB", activity.write_nwb, activity.pynwb),
    "ro-crate": Format("crate.zip", "the whole run, described, as RO-Crate", crate.write_crate),
    "simularium": Format("simularium", "cells over time for the Simularium viewer", simularium.write_simularium),
}
TABLE_FORMATS = ("csv", "parquet")
NAMES = (*FORMATS, *TABLE_FORMATS)


def export(
    run: Result | Path | str,
    to: str,
    out: Path | str | None = None,
    *,
    table: str | None = None,
    force: bool = False,
) -> Path:
    """Write a run, or a table of it, in a format that other tools open; return the file.

    Parameters
    ----------
    run
        The directory of a run, whose files are verified first, or a result.
    to
        ``h5ad``, ``h5td``, ``newick``, ``nwb``, ``ro-crate``, ``simularium``, or ``csv`` and ``parquet`` of one table.
    out
        The file; by default beside the directory, with the name of the run and the suffix of the format.
    table
        Which table, for ``csv`` and ``parquet``.
    force
        Replace a file that exists.

    Raises
    ------
    InputError
        The format or table is unknown, it is no run, or the file exists; nothing was written.
    IntegrityError
        A file of the run is damaged.
    EnvironmentFault
        The library of the format is not installed, or the disk cannot be written.

    Examples
    --------
    >>> export("runs/mouse_wheel_running-seed1", "h5ad")  # doctest: +SKIP
    PosixPath('runs/mouse_wheel_running-seed1.h5ad')
    """
    check(run=(run, _RUN), to=(to, TEXT), out=(out, PLACE.or_none), table=(table, TEXT.or_none), force=(force, FLAG))
    _known(to, table)
    if to in FORMATS:
        FORMATS[to].needs()
    result = run if isinstance(run, Result) else Result.load(run)
    target = _target(result, to, table) if out is None else Path(out)
    if to in FORMATS:
        write: Callable[[Path], object] = partial(FORMATS[to].write, result)
    else:
        write = partial(_write_csv if to == "csv" else run_directory.write_table, getattr(result, str(table)))
    with run_directory.new_file(target, force=force) as place:
        return atomic.write_file(place, write)


def _known(to: str, table: str | None) -> None:
    """Refuse formats and tables that there are not, and a table where the format holds what it holds."""
    if to not in NAMES:
        what = f'"{to[:40]}" is not a format that a run is written in.'
        raise InputError(what, where=argument("to"), code="unknown-format", cure=offer(to, NAMES))
    if to in FORMATS:
        if table is not None:
            what, cure = f"{to} holds {FORMATS[to].holds}; it is not of one table.", "Leave the table out."
            raise InputError(what, where=argument("table"), code="bad-pair", cure=cure)
    elif table not in TABLES:
        what = f'"{table[:40]}" is not a table of a run.' if table else f"{to} holds one table, and none is named."
        raise InputError(what, where=argument("table"), code="unknown-table", cure=offer(table or "", TABLES))


def _target(result: Result, to: str, table: str | None) -> Path:
    """Return the file beside the directory of a run."""
    if result.directory is None:
        what, cure = "This result was not saved, so that its export has no name.", "Give `out`."
        raise InputError(what, where=argument("out"), code="missing-key", cure=cure)
    ending = f".{FORMATS[to].suffix}" if to in FORMATS else f"-{table}.{to}"
    folder = result.directory if result.directory.name else result.directory.absolute()
    return folder.with_name(f"{folder.name}{ending}")


def _write_csv(table: "pd.DataFrame", place: Path) -> None:
    place.write_text(as_csv(table), encoding="utf-8")

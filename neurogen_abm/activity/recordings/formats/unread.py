"""Files that are recognised and not read: what they are, and how their owner gets from them to one that is."""

import zipfile
from typing import NamedTuple

from neurogen_abm.activity.recordings.formats.source import Source


class _Kind(NamedTuple):
    name: str
    cure: str


_TOOL = (
    "Turn it into epochs first, with GGIR or the accelerometer tool (`accProcess FILE` makes FILE-timeSeries.csv.gz)."
)
_EXCEL = _Kind("an Excel workbook", "Save the sheet as CSV (UTF-8).")
_STARTS = (
    (b"MD\x00", _Kind("raw accelerations of an Axivity (CWA)", _TOOL)),
    (b"MD\xfc\x03", _Kind("raw accelerations of an Axivity (CWA)", _TOOL)),
    (b"Device Identity", _Kind("raw accelerations of a GENEActiv (BIN)", _TOOL)),
    (b"MATLAB 5.0", _Kind("a MATLAB file", "Export the counts as CSV, e.g. from ClockLab with Export Data.")),
    (b"\x89HDF", _Kind("an HDF5 file", "Export the activity as CSV.")),
    (b"PAR1", _Kind("a Parquet table", "Save it as CSV, with `columns:` for its names.")),
    (b"%PDF", _Kind("a PDF", "Give the table behind the report, as CSV.")),
    (b"\xd0\xcf\x11\xe0", _EXCEL),
    (b"0       ", _Kind("an EDF recording", "Export the activity as CSV.")),
)
_MEMBERS = (
    (
        b"log.bin",
        _Kind("raw accelerations of an ActiGraph (GT3X)", "Export epochs of a minute from ActiLife, as AGD or CSV."),
    ),
    (
        b"info.txt",
        _Kind("raw accelerations of an ActiGraph (GT3X)", "Export epochs of a minute from ActiLife, as AGD or CSV."),
    ),
    (b"xl/", _EXCEL),
    (b"[Content_Types].xml", _EXCEL),
)


def refuse(file: Source) -> None:
    """Refuse a file whose first bytes say what it is; return where they do not."""
    kind = next((kind for start, kind in _STARTS if file.head.startswith(start)), None)
    if kind is None and zipfile.is_zipfile(file.path):
        unknown = _Kind("a zip that is no export of Apple Health", "Unpack it, and give the file itself.")
        kind = next((kind for member, kind in _MEMBERS if member in file.head), unknown)
    if kind is not None:
        raise file.fault(f"The file is {kind.name}, which is not read.", kind.cure, code="unknown-format")

"""ActiGraph CSV: ten lines of header, then the counts of each sample, with or without times.

Layout of ActiLife 6 exports. The first line says how dates are written, the third to fifth when the recording starts
and how long a sample lasts. The first column of counts is axis 1, the vertical of a device at the hip. Times in exports
of ActiGraph Link end in Z, but are clock times, as those of the header are.
"""

import re

import numpy as np

from neurogen_abm.activity.recordings.formats.clock import Moments, Order, Stamps, even
from neurogen_abm.activity.recordings.formats.gathered import track, without_samples
from neurogen_abm.activity.recordings.formats.source import Source
from neurogen_abm.activity.recordings.formats.table import DELIMITERS, Table, cells_of, plain_name
from neurogen_abm.activity.recordings.recording import Recording

NAME = "ActiGraph CSV"
AXIS = "Counts are those of axis 1."
HEADER = 10
_FIRST = re.compile(
    r'"?-+ Data (?:Table )?File Created By ActiGraph\b.*date format ([dMy]+)[-/.]([dMy]+)[-/.]([dMy]+)', re.I
)
_DEVICE = re.compile(r"Created By (Acti[Gg]raph \S+)")


def recognises(file: Source) -> bool:
    """Return whether the first line is that of ActiLife."""
    return bool(file.top) and _FIRST.match(file.top[0]) is not None and len(file.top) > HEADER


def read(file: Source) -> Recording:
    """Return the counts of axis 1."""
    said = dict(_heading(line) for line in file.top[1:HEADER])
    seconds = _seconds(file, said.get("epoch period (hh:mm:ss)", ""))
    delimiter = next((sign for sign in DELIMITERS if sign in file.top[HEADER]), ",")
    first = cells_of(file.top[HEADER], delimiter)
    named = "axis1" in [plain_name(cell) for cell in first] or "timestamp" in [plain_name(cell) for cell in first]
    table = Table(file, HEADER + named, delimiter, first if named else ["axis1"])
    axis, when = table.needed("axis1"), table.index("timestamp", "date")
    rows, values = [], []
    stamps = Stamps(file)
    for row, cells in table.rows(axis, when):
        rows.append(row)
        values.append(table.number(cells[axis], "axis1", row))
        if when is not None:
            stamps.add(row, cells[when].strip().strip('"').removesuffix("Z"))
    if not rows:
        raise without_samples(file)
    starts = stamps.read().starts if when is not None else even(_start(file, said), len(rows), seconds)
    device = _DEVICE.search(file.top[0])
    worn = " at the wrist" if "limb: wrist" in file.top[0].lower() else ""
    return Recording(
        file=file.name,
        format=NAME,
        quantity="activity_counts",
        tracks={None: track(rows, Moments(starts), values)},
        device=f"{device[1] if device else 'ActiGraph'}{worn}",
        epoch_s=seconds,
        notes=(AXIS,),
    )


def _heading(line: str) -> tuple[str, str]:
    """Return "Start Time 09:00:00,,," as its words and its value."""
    words = line.strip().strip('"').rstrip(",;\t ").split(" ")
    return " ".join(words[:-1]).lower(), words[-1]


def _seconds(file: Source, text: str) -> float:
    found = re.fullmatch(r"(\d\d):(\d\d):(\d\d)", text)
    if found is None or not sum(map(int, found.groups())):
        what, cure = "Its header does not say how long a sample lasts.", "Export the file again from ActiLife."
        raise file.fault(what, cure, row=5, code="unknown-format")
    hours, minutes, seconds = map(int, found.groups())
    return float(hours * 3600 + minutes * 60 + seconds)


def _start(file: Source, said: dict[str, str]) -> np.datetime64:
    """Return the start of the header, with its date in the order that the first line gives."""
    form = _FIRST.match(file.top[0])
    letters = "".join(part[0].lower() for part in form.groups()) if form else ""
    order: Order | None = {"dmy": "dmy", "mdy": "mdy"}.get(letters)  # type: ignore[assignment]
    stamps = Stamps(file, surely=order)
    stamps.add_parts(4, said.get("start date", ""), said.get("start time", ""))
    first: np.datetime64 = stamps.read().starts[0]
    return first

"""ActTrust (Condor Instruments): a report of headings, then a table between semicolons.

Layout of reports of 2020; dates have the day first. Of the three counts the proportional integral (PIM) is taken.
"""

import re

from neurogen_abm.activity.recordings.formats.gathered import Gathered
from neurogen_abm.activity.recordings.formats.source import Source
from neurogen_abm.activity.recordings.formats.table import Table, find_table
from neurogen_abm.activity.recordings.recording import Recording

NAME = "ActTrust"
_COUNTS = ("pim", "activity", "zcm", "tat")


def _table(file: Source) -> Table | None:
    return find_table(file, lambda names: "date/time" in names and not set(_COUNTS).isdisjoint(names))


def recognises(file: Source) -> bool:
    """Return whether the first line is that of a report of Condor Instruments."""
    return bool(file.top) and "Condor Instruments Report" in file.top[0]


def read(file: Source) -> Recording:
    """Return the counts of the wearer."""
    table = _table(file)
    if table is None:
        what = "Its report has no table with DATE/TIME and PIM."
        raise file.fault(what, "Export it again from ActStudio.", code="unknown-format")
    said = dict(re.findall(r"^(\w+) : (.*)$", "\n".join(line.strip() for line in file.top[: table.row]), re.MULTILINE))
    when, value, light = table.needed("date/time"), table.needed(*_COUNTS), table.index("light")
    samples = Gathered(file, usual="dmy")
    for row, cells in table.rows(when, value, light):
        samples.stamps.add(row, cells[when])
        lit = table.number(cells[light], "LIGHT", row) if light is not None else float("nan")
        samples.add(table.number(cells[value], table.header[value], row), lit, said.get("SUBJECT_NAME") or None)
    tracks, moments = samples.read()
    return Recording(
        file=file.name,
        format=NAME,
        quantity="activity_counts",
        tracks=tracks,
        device=said.get("DEVICE_MODEL") or "ActTrust",
        epoch_s=float(said["INTERVAL"]) if said.get("INTERVAL", "").isdigit() else None,
        named_by="SUBJECT_NAME",
        notes=(f"Counts are those of the column {table.header[value]}.", *moments.notes),
    )

"""ClockLab "Graph Data": the numbers behind an actogram, a line for each minute of the day and a column for each day.

Layout of an export of 2021: eight lines of headings; a line is named by the minute at which its sample ends. The first
and the last day are given with their dates, which settles the order of day and month.
"""

import numpy as np

from neurogen_abm.activity.recordings.formats.awd import TURNS
from neurogen_abm.activity.recordings.formats.clock import DAY_US, Moments, Order, Stamps
from neurogen_abm.activity.recordings.formats.gathered import track, without_samples
from neurogen_abm.activity.recordings.formats.source import Source
from neurogen_abm.activity.recordings.formats.table import Table, cells_of, find_table, plain_name
from neurogen_abm.activity.recordings.recording import Recording
from neurogen_abm.activity.recordings.series import RecordingError

NAME = "ClockLab graph data"
_HEADINGS = ("start day", "end day", "start hr", "bin (mn)")


def _table(file: Source) -> Table | None:
    return find_table(file, lambda names: "min / day" in names, file.top[:20])


def _headings(file: Source) -> dict[str, str]:
    parted = [cells_of(line, ",") for line in file.top[:20]]
    return {plain_name(cells[0]): cells[1].strip() for cells in parted if len(cells) > 1}


def recognises(file: Source) -> bool:
    """Return whether the headings of an actogram stand above its grid."""
    return _table(file) is not None and set(_HEADINGS) <= set(_headings(file))


def read(file: Source) -> Recording:
    """Return the counts, day after day."""
    table, said = _table(file), _headings(file)
    assert table is not None  # `recognises` has found it
    first, notes = _first_day(file, said)
    width = table.number(said["bin (mn)"], "Bin", 6)
    begin = table.number(said["start hr"], "Start Hr", 4) * 60.0
    days = [table.number(cell, "Day", table.row) for cell in table.columns[1:] if cell]
    minutes, rows, grid = [], [], []
    for row, cells in table.rows(1):
        minutes.append(table.number(cells[0], "Min", row) - width)
        rows.append(row)
        grid.append([table.number(cell, "counts", row, signed=True) for cell in _padded(cells[1:], len(days))])
    if not grid:
        raise without_samples(file)
    values = np.array(grid).T
    # Columns behind the last day are there and hold nothing.
    last = sum(day <= float(said["end day"].split()[0]) for day in days)
    times = (np.array(days) - days[0])[:last, None] * DAY_US + (np.array(minutes) + begin) * 60e6
    micros = first + np.rint(times).astype(np.int64).ravel()
    counts = values[:last].ravel()
    return Recording(
        file=file.name,
        format=NAME,
        quantity="wheel_counts",
        tracks={
            said.get("filename") or None: track(
                np.tile(rows, last),
                Moments(micros.view("datetime64[us]")),
                np.where(counts < 0, np.nan, counts),
            )
        },
        device="ClockLab",
        epoch_s=width * 60.0,
        named_by="the heading Filename",
        notes=(TURNS, *notes),
    )


def _padded(cells: list[str], count: int) -> list[str]:
    return (cells + [""] * count)[:count]


def _first_day(file: Source, said: dict[str, str]) -> tuple[int, tuple[str, ...]]:
    """Return the date of the first day (us); "4  18-06-21" gives the number of a day and its date."""
    ends = [said[key].split() for key in ("start day", "end day")]
    if any(len(end) != 2 or not end[0].isdigit() for end in ends):
        what = f'"{said["start day"]}" and "{said["end day"]}" are no days with dates.'
        raise file.fault(what, "Export the graph data again.", row=2, code="bad-time")
    apart = (int(ends[1][0]) - int(ends[0][0])) * DAY_US
    orders: tuple[Order, ...] = ("dmy", "mdy")
    for order in orders:
        stamps = Stamps(file, surely=order)
        for row, end in enumerate(ends, 2):
            stamps.add_parts(row, end[1], "0:00")
        try:
            micros = stamps.read().starts.astype(np.int64)
        except RecordingError:  # no dates in this order
            continue
        if micros[1] - micros[0] == apart:
            return int(micros[0]), ()
    what = f'"{said["start day"]}" and "{said["end day"]}" are not as many days apart as their numbers.'
    raise file.fault(what, "Export the graph data again.", row=2, code="bad-time")

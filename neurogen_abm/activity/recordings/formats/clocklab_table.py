"""ClockLab CSV: columns Day, Hr, Min and Cnts/min or Counts, with a name and the date of the first day above them.

Layout as the R package circadian-dynamics reads it: the date stands day first. Counts a minute become counts of the
sample, which may be longer than a minute.
"""

import re

import numpy as np

from neurogen_abm.activity.recordings.formats.awd import TURNS
from neurogen_abm.activity.recordings.formats.clock import DAY_US, MINUTE_US, Moments, Stamps
from neurogen_abm.activity.recordings.formats.gathered import track, without_samples
from neurogen_abm.activity.recordings.formats.source import Source
from neurogen_abm.activity.recordings.formats.table import Table, find_table
from neurogen_abm.activity.recordings.recording import Floats, Recording

NAME = "ClockLab CSV"
_RATES = ("cnts/min", "counts/min")
_COUNTS = (*_RATES, "counts", "cnts")
_DATE = re.compile(r"\b\d{1,4}([-/. ])(?:\d{1,2}|[^\W\d]{3,})\1\d{2,4}\b")


def _table(file: Source) -> Table | None:
    return find_table(file, lambda names: {"day", "hr", "min"} <= set(names) and not set(_COUNTS).isdisjoint(names))


def recognises(file: Source) -> bool:
    """Return whether there is a table of day, hour, minute and counts."""
    return _table(file) is not None


def read(file: Source) -> Recording:
    """Return the counts of the channel."""
    table = _table(file)
    assert table is not None  # `recognises` has found it
    above = [line.strip(' ,;\t"') for line in file.top[: table.row - 1]]
    first, notes = _first_day(file, above)
    rows, times, values, light = _columns(table)
    if not len(rows):
        raise without_samples(file)
    micros = first + (times - times[0] // DAY_US * DAY_US)
    column = table.columns[table.needed(*_COUNTS)]
    if column in _RATES:
        values = values * _minutes_apart(times)
    name = next((line for line in above if line and not _DATE.search(line)), None)
    return Recording(
        file=file.name,
        format=NAME,
        quantity="wheel_counts",
        tracks={name: track(rows, Moments(micros.view("datetime64[us]")), values, light)},
        device="ClockLab",
        named_by="the lines above the table",
        notes=(TURNS, *notes),
    )


def _first_day(file: Source, above: list[str]) -> tuple[int, tuple[str, ...]]:
    """Return the date above the table in microseconds, and what to say of how it was read."""
    for row, line in enumerate(above, 1):
        if found := _DATE.search(line):
            stamps = Stamps(file, usual="dmy")
            stamps.add_parts(row, found[0], "0:00")
            read = stamps.read()
            return int(read.starts.astype(np.int64)[0]), read.notes
    what = "It counts days, but no date stands above its table, so that nobody can say which days they are."
    raise file.fault(what, "Write the date of its first day above the table, like 18-Jun-2021.", row=1, code="bad-time")


def _columns(table: Table) -> tuple[list[int], np.ndarray[tuple[int], np.dtype[np.int64]], Floats, Floats]:
    """Return rows, microseconds from the start of day 0, counts, and light."""
    places = [table.needed(name) for name in ("day", "hr", "min")]
    count, lights = table.needed(*_COUNTS), table.index("lights", "light")
    rows, times, values, light = [], [], [], []
    for row, cells in table.rows(*places, count):
        day, hour, minute = (table.number(cells[place], table.header[place], row) for place in places)
        if not (day + hour + minute) < 1e6 or hour >= 24 or minute >= 60:
            what = f"Row {row}: day {cells[places[0]]}, {cells[places[1]]}:{cells[places[2]]} is no time."
            raise table.source.fault(what, "Export the recording again.", row=row, code="bad-time")
        rows.append(row)
        times.append(round(((day * 24 + hour) * 60 + minute) * MINUTE_US))
        value = table.number(cells[count], table.header[count], row, signed=True)
        values.append(value if value >= 0 else np.nan)  # negative: nothing measured
        lit = lights is not None and lights < len(cells)
        light.append(table.number(cells[lights], "Lights", row, signed=True) if lit and lights is not None else np.nan)
    return rows, np.array(times, dtype=np.int64), np.array(values), np.array(light)


def _minutes_apart(times: np.ndarray[tuple[int], np.dtype[np.int64]]) -> float:
    """Return how long most samples last (min)."""
    steps, counts = np.unique(np.diff(times), return_counts=True)
    return float(steps[np.argmax(counts)]) / MINUTE_US if steps.size else 1.0

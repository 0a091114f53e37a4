"""activPAL: events of sitting, standing and stepping, each with its length and its score in MET hours.

Columns as PAL Technologies' knowledge base describes them and the example files of the R package activPAL have them.
The time of an event is a number of days since 30 December 1899; its METs are its score over its length.
"""

import numpy as np

from neurogen_abm.activity.recordings.formats.clock import DAY_US, Moments
from neurogen_abm.activity.recordings.formats.gathered import track, without_samples
from neurogen_abm.activity.recordings.formats.source import Source
from neurogen_abm.activity.recordings.formats.table import Table, find_table
from neurogen_abm.activity.recordings.recording import Recording

NAME = "activPAL events"
_SCORE = "activity score (met.h)"
_LENGTHS = ("interval (s)", "duration (s)")
_CODES = ("event type",)
_OFF = 4.0  # an event of this code: the device was not worn
_FIRST_DAY = -25_569  # 30 December 1899, in days from 1970
_SPAN = (20_000.0, 80_000.0)  # days that stand for 1954 to 2119


def _table(file: Source) -> Table | None:
    return find_table(
        file, lambda names: {"time", _SCORE} <= set(names) and not set(_LENGTHS).isdisjoint(names), file.top[:5]
    )


def recognises(file: Source) -> bool:
    """Return whether the header has time, length and score of events."""
    return _table(file) is not None


def read(file: Source) -> Recording:
    """Return the METs of each event."""
    table = _table(file)
    assert table is not None  # `recognises` has found it
    when, length, score = table.needed("time"), table.needed(*_LENGTHS), table.needed(_SCORE)
    code = next((n for n, name in enumerate(table.columns) if name in _CODES or name.startswith("activitycode")), None)
    rows, days, seconds, values, off = [], [], [], [], 0
    for row, cells in table.rows(when, length, score, code):
        day, lasts = table.number(cells[when], "Time", row), table.number(cells[length], table.header[length], row)
        if not _SPAN[0] < day < _SPAN[1]:
            what = f'Row {row}: "{cells[when][:30]}" is not a time as activPAL writes it.'
            raise file.fault(what, "Export the events again without opening them in Excel.", row=row, code="bad-time")
        if not lasts > 0.0:
            continue  # events that last no time
        worn = code is None or table.number(cells[code], "code", row) != _OFF
        off += not worn
        rows.append(row)
        days.append(day)
        seconds.append(lasts)
        values.append(table.number(cells[score], table.header[score], row) / (lasts / 3600.0) if worn else np.nan)
    if not rows:
        raise without_samples(file)
    # Ten decimals of a day are 8.6 us; events start on tenths of a second.
    tenths = np.rint((np.array(days) + _FIRST_DAY) * (DAY_US / 1e5)).astype(np.int64)
    moments = Moments((tenths * 100_000).view("datetime64[us]"))
    notes = (f"{off} events in which the device was not worn count as not measured.",) if off else ()
    return Recording(
        file=file.name,
        format=NAME,
        quantity="met",
        tracks={None: track(rows, moments, values, (), np.array(seconds))},
        device="activPAL",
        notes=("METs of an event are its score over its length.", *notes),
    )

"""Fitbit by way of Fitabase: METs of each minute, narrow or wide.

"All MET values exported from Fitabase are multiplied by 10. Please divide by 10 to get accurate MET values." (Fitabase
data dictionary, which also says that dates are mm/dd/yyyy.) Narrow: Id, ActivityMinute, METs; wide: Id, ActivityHour,
MET00 to MET59.
"""

from neurogen_abm.activity.recordings.formats.gathered import Gathered
from neurogen_abm.activity.recordings.formats.source import Source
from neurogen_abm.activity.recordings.formats.table import Table, find_table
from neurogen_abm.activity.recordings.recording import Recording

NAME = "Fitabase METs"
_TENFOLD = 10.0
_SAID = "METs are a tenth of what stands in the file, as Fitabase multiplies them by 10."
_MINUTES = [f"met{minute:02d}" for minute in range(60)]


def _table(file: Source) -> Table | None:
    def wanted(names: set[str]) -> bool:
        return {"activityminute", "mets"} <= names or {"activityhour", "met00", "met59"} <= names

    return find_table(file, lambda names: wanted(set(names)), file.top[:1])


def recognises(file: Source) -> bool:
    """Return whether the header is one of Fitabase's two."""
    return _table(file) is not None


def read(file: Source) -> Recording:
    """Return the METs of each person."""
    table = _table(file)
    assert table is not None  # `recognises` has found it
    person, wide = table.index("id"), table.index("met00") is not None
    when = table.needed("activityhour" if wide else "activityminute")
    places = [table.needed(name) for name in (_MINUTES if wide else ["mets"])]
    samples = Gathered(file, usual="mdy")
    for row, cells in table.rows(when, person, *places):
        name = None if person is None else cells[person].strip()
        for minute, place in enumerate(places):
            if minute:
                samples.stamps.add_minute()
            else:
                samples.stamps.add(row, cells[when])
            samples.add(table.number(cells[place], table.header[place], row) / _TENFOLD, name=name)
    tracks, moments = samples.read()
    named = None if person is None else table.header[person]
    return Recording(
        file.name, NAME, "met", tracks, device="Fitbit", epoch_s=60.0, named_by=named, notes=(_SAID, *moments.notes)
    )

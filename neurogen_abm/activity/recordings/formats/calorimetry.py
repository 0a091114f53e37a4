"""Calorimetry cages: wheels of Sable Promethion, and of files in the form of CalR.

Promethion's macros write a row for each time with columns such as ``WheelMeters_3`` or ``WheelMeters_M_3`` for cage 3,
or a row for each time and animal with ``Animal`` and ``WheelMeters_M``. Files for CalR have ``subject.id`` and
``Date.Time``; their column ``wheel`` holds metres or turns, as the cage gave them, which the file does not say.
"""

import re

from neurogen_abm.activity.recordings.formats.clock import Stamps
from neurogen_abm.activity.recordings.formats.gathered import Gathered
from neurogen_abm.activity.recordings.formats.source import Source
from neurogen_abm.activity.recordings.formats.table import Table, find_table
from neurogen_abm.activity.recordings.formats.wide import read_wide
from neurogen_abm.activity.recordings.recording import Quantity, Recording

NAME = "Promethion or CalR"
_TIMES = ("datetime", "date_time_1", "date_time", "date.time", "datetime_1", "date time")
_ANIMALS = ("animal", "subject.id", "subject", "cage")
_METRES = ("wheelmeters_m", "wheelmeters", "wheel.meters", "wheel_meters")
_TURNS = ("wheelcount_m", "wheelcount", "wheelcounts", "wheel.counts", "wheel_counts_m")
_CAGE = re.compile(r"(wheelmeters|wheelcount)s?(?:_m)?_(\d{1,3})")


def _table(file: Source) -> Table | None:
    def wanted(names: set[str]) -> bool:
        timed = not names.isdisjoint(_TIMES)
        long = not names.isdisjoint(_ANIMALS) and not names.isdisjoint((*_METRES, *_TURNS, "wheel"))
        return timed and (long or any(_CAGE.fullmatch(name) for name in names))

    return find_table(file, lambda names: wanted(set(names)), file.top[:20])


def recognises(file: Source) -> bool:
    """Return whether a wheel stands beside a time and an animal or a cage."""
    return _table(file) is not None


def read(file: Source) -> Recording:
    """Return what each animal ran."""
    table = _table(file)
    assert table is not None  # `recognises` has found it
    cages = {place: _CAGE.fullmatch(name) for place, name in enumerate(table.columns)}
    found = [match for match in cages.values() if match]
    if not found:
        return _long(file, table)
    measure = "wheelmeters" if any(match[1] == "wheelmeters" for match in found) else "wheelcount"
    animals = {match[2]: place for place, match in cages.items() if match and match[1] == measure}
    tracks, notes = read_wide(table, Stamps(file, usual="mdy"), (table.needed(*_TIMES),), animals)
    quantity: Quantity = "distance_m" if measure == "wheelmeters" else "wheel_counts"
    return Recording(file.name, NAME, quantity, tracks, device="Promethion", named_by="the cage", notes=notes)


def _long(file: Source, table: Table) -> Recording:
    value = table.index(*_METRES, *_TURNS)
    if value is None:
        what = 'Its column "wheel" holds metres or turns; the file does not say which.'
        cure = "Write `columns: {time: Date.Time, animal: subject.id, distance: wheel}`, or `wheel: wheel` for turns."
        raise file.fault(what, cure, row=table.row, code="which-unit")
    when, animal = table.needed(*_TIMES), table.needed(*_ANIMALS)
    samples = Gathered(file, usual="mdy")
    for row, cells in table.rows(value, when, animal):
        samples.stamps.add(row, cells[when])
        samples.add(table.number(cells[value], table.header[value], row), name=cells[animal].strip().strip('"'))
    tracks, moments = samples.read()
    quantity: Quantity = "distance_m" if table.columns[value] in _METRES else "wheel_counts"
    return Recording(file.name, NAME, quantity, tracks, named_by=table.header[animal], notes=moments.notes)

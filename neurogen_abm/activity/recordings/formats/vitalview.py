"""VitalView (Starr Life Sciences, Mini Mitter): a column for each wheel.

The data viewer of version 1.3 writes three lines of headings, with names, groups and sensors of the channels, and then
times with counts. VitalView itself writes an .asc file: "Experiment Logfile:", then either columns of date, time and
"<name> Turns Data" for each animal, or one animal with its description above. Layouts as the script
puapinyoying/parse-running-wheel and its test file have them; dates have the month first.
"""

import re

from neurogen_abm.activity.recordings.formats.clock import Stamps
from neurogen_abm.activity.recordings.formats.gathered import Gathered
from neurogen_abm.activity.recordings.formats.source import Source
from neurogen_abm.activity.recordings.formats.table import DELIMITERS, Table, cells_of, find_table, plain_name
from neurogen_abm.activity.recordings.formats.wide import read_wide
from neurogen_abm.activity.recordings.recording import Quantity, Recording

NAME = "VitalView"
_LOGFILE = "experiment logfile:"
_TURNS = re.compile(r"(.+?) turns data", re.IGNORECASE)
_SAID = "Channels are taken as turns of wheels; where they count beams, write `columns: {activity: counts}`."


def recognises(file: Source) -> bool:
    """Return whether the file starts with the channels of the viewer, or with the logfile of an experiment."""
    first = file.top[0] if file.top else ""
    return plain_name(first).startswith(_LOGFILE) or _channels(file) is not None


def _channels(file: Source) -> Table | None:
    table = find_table(file, lambda names: "channel name" in names, file.top[:1])
    if table is None or len(file.top) < 3:
        return None
    following = [plain_name(cells_of(line, table.delimiter)[0]) for line in file.top[1:3]]
    return table if following == ["channel group", "sensor type"] else None


def read(file: Source) -> Recording:
    """Return the counts of each channel."""
    table = _channels(file)
    if table is not None:
        table.row = 3  # the lines below are data
        names = {name: place for place, name in enumerate(table.header) if place and name}
        return _wide(file, table, (0,), names, (_SAID,))
    table = find_table(file, lambda names: any(_TURNS.fullmatch(name) for name in names))
    if table is None:
        return _one_animal(file)
    found = {place: _TURNS.fullmatch(cell) for place, cell in enumerate(table.header)}
    names = {match[1]: place for place, match in found.items() if match}
    first = min(names.values())
    return _wide(file, table, (first - 2, first - 1), names, ())


def _wide(
    file: Source, table: Table, when: tuple[int, ...], names: dict[str, int], notes: tuple[str, ...]
) -> Recording:
    tracks, said = read_wide(table, Stamps(file, usual="mdy"), when, names)
    return Recording(
        file.name, NAME, "wheel_counts", tracks, device="VitalView", named_by="the headings", notes=(*notes, *said)
    )


def _one_animal(file: Source) -> Recording:
    """Read a logfile of one animal: its description line by line, then date, time and value."""
    said = {}
    for line in file.top[:40]:
        key, colon, value = line.partition(":")
        if colon and re.fullmatch(r"[A-Za-z /]+", key.strip()):
            said[key.strip().lower()] = value.strip().strip(",")
    units = said.get("units measured", "")
    quantity: Quantity = "wheel_counts" if re.search(r"turn|wheel|rev", units, re.IGNORECASE) else "activity_counts"
    samples = Gathered(file, usual="mdy")
    table = Table(file, 0, next((d for d in DELIMITERS if any(d in line for line in file.top)), ","), ("date", "time"))
    for row, line in file.lines():
        cells = cells_of(line, table.delimiter)
        if len(cells) < 3 or not re.fullmatch(r"\s*\d{1,2}/\d{1,2}/\d{2,4}\s*", cells[0]):
            continue
        samples.stamps.add_parts(row, cells[0].strip(), cells[1].strip())
        # A decimal comma parts a number in two cells where commas part the columns.
        value = ".".join(cell.strip() for cell in cells[2:4] if cell.strip())
        samples.add(table.number(value, "value", row), name=said.get("animal id") or None)
    tracks, moments = samples.read()
    notes = (f'It measures "{units}".',) if units else ()
    return Recording(
        file.name, NAME, quantity, tracks, device="VitalView", named_by="Animal ID", notes=(*notes, *moments.notes)
    )

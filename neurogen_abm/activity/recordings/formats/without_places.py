"""What a run keeps of a file that also says where a person was: its samples, and nothing else of it.

The file is one line that names the form, one of JSON with what the reader understood, and a table. Read again, it gives
the same recording to the last bit, so that a run can be repeated from its folder.
"""

import csv
import io
import json
import math

import numpy as np

from neurogen_abm.activity.recordings.formats import json_file
from neurogen_abm.activity.recordings.formats.source import Source
from neurogen_abm.activity.recordings.recording import UNITS, Floats, Recording, Track

NAME = "activity without places"
_FIRST = f"# neurogen_abm: {NAME}"
_COLUMNS = ("track", "row", "start", "value", "seconds", "light", "offset_min")
_KEPT = ("file", "format", "quantity", "device", "zone", "epoch_s", "named_by", "session")


def written(recording: Recording) -> bytes:
    """Return the bytes that are kept of a recording."""
    out = io.StringIO()
    said = {key: getattr(recording, key) for key in _KEPT} | {
        "notes": recording.notes,
        "tracks": list(recording.tracks),
    }
    out.write(f"{_FIRST}\n# {json.dumps(said)}\n")
    table = csv.writer(out, lineterminator="\n")
    table.writerow(_COLUMNS)
    for number, track in enumerate(recording.tracks.values()):
        more = (_texts(column, track.values.size) for column in (track.seconds, track.light, track.offsets_min))
        starts = np.datetime_as_string(track.starts, unit="us")
        columns = (track.rows.tolist(), starts, _texts(track.values, track.values.size), *more)
        table.writerows((number, *cells) for cells in zip(*columns, strict=True))
    return out.getvalue().encode()


def _texts(column: Floats | None, count: int) -> list[str]:
    return [""] * count if column is None else [repr(value) for value in column.tolist()]


def recognises(file: Source) -> bool:
    """Return whether the first line names this form."""
    return bool(file.top) and file.top[0] == _FIRST


def read(file: Source) -> Recording:
    """Return the recording that was kept."""
    rows = csv.reader(line for number, line in file.lines() if number > 3)
    try:
        said = json.loads(file.top[1].removeprefix("# "))
        cells = [row for row in rows if row]
        names, notes = said.pop("tracks"), tuple(said.pop("notes"))
        tracks = {name: _track(file, [row for row in cells if int(row[0]) == n]) for n, name in enumerate(names)}
        found = Recording(**said, tracks=tracks, notes=notes)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, csv.Error) as fault:
        what, cure = f"What was kept of a recording is damaged: {fault}.", "Give the recording itself again."
        raise file.fault(what, cure, code="unreadable-recording") from None
    if found.quantity not in UNITS or not cells:
        raise file.fault("What was kept of a recording is damaged.", "Give the recording itself again.")
    return found


def _track(file: Source, rows: list[list[str]]) -> Track:
    columns = list(zip(*rows, strict=True))
    values = np.array([math.nan if text == "nan" else json_file.number(file, text, "value", 0) for text in columns[3]])
    seconds, light, offsets = (np.array(column, dtype=np.float64) if column[0] else None for column in columns[4:7])
    return Track(
        rows=np.array(columns[1], dtype=np.int64),
        starts=np.array(columns[2], dtype="datetime64[us]"),
        values=values,
        seconds=seconds,
        light=light,
        offsets_min=offsets,
    )

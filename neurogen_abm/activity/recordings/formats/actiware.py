"""Actiware CSV of Philips Respironics (RPX), in the language of the program.

Layout as pyActigraphy and GGIRread read it, with their French, English, German and Dutch words. The table of samples
stands below the last heading of dashes, after its own description; numbers may have a decimal comma, and dates the
order of the country, which the dates themselves settle.
"""

import math
import re

from neurogen_abm.activity.recordings.formats.gathered import Gathered
from neurogen_abm.activity.recordings.formats.source import Source
from neurogen_abm.activity.recordings.formats.table import DELIMITERS, Table, cells_of, plain_name
from neurogen_abm.activity.recordings.recording import Recording

NAME = "Actiware CSV (Respironics RPX)"
_DATE = ("date", "datum", "fecha", "data")
_TIME = ("time", "heure", "zeit", "tijd", "hora", "ora")
_ACTIVITY = ("activity", "activité", "aktivität", "activiteit", "actividad", "attività", "atividade")
_LIGHT = ("white light", "lumière blanche", "weißes licht", "wit licht")
_WORN = ("off-wrist status", "status „nicht am handgelenk“", "niet-om-pols-status")
_NAMES = ("identity", "identité", "identität", "identiteit", "identidad", "identità")
_DEVICES = ("actiwatch type", "type d'actiwatch", "actiwatch-typ", "type actiwatch")
_LINES = ("line", "ligne", "zeile", "lijn", "línea", "linea", "linha")


def recognises(file: Source) -> bool:
    """Return whether the first line says that Actiware exported the file."""
    return bool(file.top) and re.search(r"actiware", file.top[0], re.IGNORECASE) is not None


def read(file: Source) -> Recording:
    """Return the activity of the wearer."""
    said: dict[str, str] = {}
    table = _table(file, said)
    date, time, value = table.needed(*_DATE), table.needed(*_TIME), table.needed(*_ACTIVITY)
    light, worn = table.index(*_LIGHT), table.index(*_WORN)
    samples = Gathered(file)
    name = _first(said, _NAMES)
    off = 0
    for row, cells in table.rows(date, time, value, light, worn):
        if not cells[date].strip():
            continue
        samples.stamps.add_parts(row, cells[date].strip(), cells[time].strip())
        activity = table.number(cells[value], table.header[value], row)
        if worn is not None and cells[worn].strip() == "1":
            activity, off = math.nan, off + 1
        samples.add(activity, math.nan if light is None else table.number(cells[light], "light", row), name)
    tracks, moments = samples.read()
    notes = (f"{off} samples during which the watch was not worn count as not measured.",) if off else ()
    return Recording(
        file=file.name,
        format=NAME,
        quantity="activity_counts",
        tracks=tracks,
        device=_first(said, _DEVICES) or "Actiwatch",
        named_by="the heading of the identity",
        notes=(*notes, *moments.notes),
    )


def _first(said: dict[str, str], names: tuple[str, ...]) -> str | None:
    return next((said[name] for name in names if said.get(name)), None)


def _table(file: Source, said: dict[str, str]) -> Table:
    """Return the table of samples; what is said above it is put into `said`.

    Its header has the columns of date, time and activity; the list of marks above it has no activity.
    """
    for row, line in file.lines():
        delimiter = next((sign for sign in DELIMITERS if sign in line), None)
        if delimiter is None:
            continue
        cells = cells_of(line, delimiter)
        names = [plain_name(cell) for cell in cells]
        if any({*group}.isdisjoint(names) for group in (_LINES, _DATE, _TIME, _ACTIVITY)):
            if len(cells) > 1:
                said.setdefault(names[0], cells[1].strip().strip('"').strip())
            continue
        return Table(file, row, delimiter, cells)
    what = "Its table of samples is not there, or in a language that is not known (English, French, German, Dutch are)."
    cure = "Export it again with the epoch-by-epoch data, or write `columns: {time: ..., activity: ...}`."
    raise file.fault(what, cure, code="unknown-format")

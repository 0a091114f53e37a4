"""Oura ring: METs of each minute, in the two forms of its interface for programs.

The first has days with ``day_start`` and ``met_1min``, the second days with ``met`` of ``interval`` (s), ``items`` and
``timestamp``. While the ring is off its METs are 0.1, less than anybody rests with (recalled, not read); such minutes
count as not measured.
"""

import math
from typing import Any

from neurogen_abm.activity.recordings.formats import json_file
from neurogen_abm.activity.recordings.formats.gathered import Gathered
from neurogen_abm.activity.recordings.formats.source import Source
from neurogen_abm.activity.recordings.recording import Recording

NAME = "Oura"
_OFF = 0.1


def recognises(file: Source) -> bool:
    """Return whether the file speaks of METs of an Oura ring."""
    start = file.head.decode("utf-8", errors="replace")
    return json_file.is_json(file) and ('"met_1min"' in start or ('"met"' in start and '"items"' in start))


def read(file: Source) -> Recording:
    """Return the METs of the wearer, day after day."""
    content = json_file.load(file)
    samples, lengths, off = Gathered(file), set(), 0
    try:
        days = next((content[key] for key in ("data", "activity") if key in content), None) or [content]
        for row, day in enumerate(days, 1):
            start, seconds, items = _day(day)
            lengths.add(seconds)
            samples.stamps.add(row, start)
            for number, item in enumerate(items):
                if number:
                    samples.stamps.add_minute()
                value = math.nan if item is None else json_file.number(file, item, "met", row)
                off += value <= _OFF
                samples.add(math.nan if value <= _OFF else value)
    except (KeyError, TypeError, AttributeError):
        what, cure = "A day lacks its METs or when they start.", "Export the daily activity with METs again."
        raise file.fault(what, cure, code="broken-row") from None
    if lengths != {60.0}:
        what = f"Its METs are {max(lengths, default=0.0):.0f} s apart; minutes are read."
        raise file.fault(what, "Export METs of each minute.", code="uneven-recording")
    tracks, moments = samples.read()
    notes = (f"{off} minutes with METs of 0.1, when the ring was off, count as not measured.",) if off else ()
    return Recording(
        file.name, NAME, "met", tracks, device="Oura", zone=moments.zone, epoch_s=60.0, notes=(*notes, *moments.notes)
    )


def _day(day: Any) -> tuple[str, float, list[Any]]:
    """Return when a day starts, how long a sample lasts (s), and its METs."""
    if "met_1min" in day:
        return str(day["day_start"]), 60.0, day["met_1min"]
    return str(day["met"]["timestamp"]), float(day["met"]["interval"]), day["met"]["items"]

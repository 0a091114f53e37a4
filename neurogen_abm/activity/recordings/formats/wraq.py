"""WRAQ (Wheel Running Activity acQuisition, Hiroshima): turns and a photocell, every few seconds or minutes.

Layouts as its firmware and its sample data have them (github.com/neurobio-hiroshima/WRAQ): the card of WRAQ holds
``2021-04-28 15:00:44,3,3719`` without a header, or below "DD:MM:YYYY hh:mm:ss, nRevolution, cds"; what WRAQ-WiFi sends
comes back from its server below "created", in UTC. Counts start
again at each sample: a row holds the turns since the row before, or since one interval where rows between were lost.
"""

import re
from dataclasses import replace

import numpy as np

from neurogen_abm.activity.recordings.formats.gathered import Gathered
from neurogen_abm.activity.recordings.formats.source import Source
from neurogen_abm.activity.recordings.formats.table import Table
from neurogen_abm.activity.recordings.recording import Recording, Track

NAME = "WRAQ"
_CARD = re.compile(r"\d{4}-\d\d-\d\d \d{1,2}:\d\d:\d\d,\d{1,2},\d{1,4}\s*")
_SENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z,\d+,\d+(,.*)?")


def _header(line: str) -> bool:
    names = [cell.strip().lower() for cell in line.split(",")]
    return names[1:3] == ["nrevolution", "cds"] or (names[0] == "created" and not any(names[1:]))


def recognises(file: Source) -> bool:
    """Return whether lines hold a time, turns and a photocell, with or without the header of the device."""
    lines = [line for line in file.top if line.strip()]
    data = lines[1:4] if lines and _header(lines[0]) else lines[:3]
    form = _SENT if lines and lines[0].lower().startswith("created") else _CARD
    return bool(data) and all(form.fullmatch(line) for line in data)


def read(file: Source) -> Recording:
    """Return the turns of the wheel."""
    samples = Gathered(file)
    table = Table(file, 0, ",", ("time", "turns", "light"))
    for row, cells in table.rows(0):
        if row == 1 and _header(",".join(cells)):
            continue
        if len(cells) < 3:
            what, cure = f"Row {row} has {len(cells)} cells, not 3.", "Complete the row or delete it."
            raise file.fault(what, cure, row=row, code="broken-row")
        samples.stamps.add(row, cells[0])
        samples.add(table.number(cells[1], "turns", row), table.number(cells[2], "light", row))
    tracks, moments = samples.read()
    tracks = {name: _since_before(track) for name, track in tracks.items()}
    said = ("Light is the value of the photocell, which is not calibrated.",)
    return Recording(
        file.name, NAME, "wheel_counts", tracks, device="WRAQ", zone=moments.zone, notes=(*said, *moments.notes)
    )


def _since_before(track: Track) -> Track:
    """Return samples that start where the one before was read, as the clock of the device ticks unevenly."""
    apart = np.diff(track.starts) / np.timedelta64(1, "s")
    usual = float(np.median(apart)) if apart.size else 0.0
    seconds = np.concatenate([[usual], np.where((apart > 0) & (apart <= 1.5 * usual), apart, usual)])
    starts = track.starts - np.rint(seconds * 1e6).astype("timedelta64[us]")
    return replace(track, starts=starts, seconds=seconds)

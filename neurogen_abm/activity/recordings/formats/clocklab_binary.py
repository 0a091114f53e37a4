"""ClockLab binary: records of an hour, with the counts and the light of sixty minutes, big-endian.

Layout as the R package actogrammr 0.2.3 reads it. The file starts with the length of what is filled; what follows was
set aside and never written. A count is one byte; 255 says that nothing was measured, and so, by actogrammr, do values
above 127.
"""

import re
import struct

import numpy as np

from neurogen_abm.activity.recordings.formats.awd import TURNS
from neurogen_abm.activity.recordings.formats.clock import DAY_US, Moments, Stamps
from neurogen_abm.activity.recordings.formats.gathered import track
from neurogen_abm.activity.recordings.formats.source import Source
from neurogen_abm.activity.recordings.recording import Recording

NAME = "ClockLab binary"
_RECORD = 172  # bytes of an hour
_FIRST = 4  # bytes before the first hour
_MOST_COUNTS = 127
_HOUR_US = DAY_US // 24


def recognises(file: Source) -> bool:
    """Return whether the file starts with its length and an hour with a date in it."""
    head = file.head
    if len(head) < _FIRST + _RECORD:
        return False
    filled = struct.unpack_from(">I", head)[0]
    hour = head[_FIRST : _FIRST + _RECORD]
    lengths = [struct.unpack_from(">I", hour, at)[0] for at in (0, 24, 44, 108)]
    return (filled - _FIRST) % _RECORD == 0 and lengths == [20, 10, 60, 60] and _date(hour) is not None


def _date(hour: bytes) -> str | None:
    text = hour[28:38].decode("ascii", errors="replace")
    return text if re.fullmatch(r"\d\d/\d\d/\d{4}", text) else None


def read(file: Source) -> Recording:
    """Return the counts of the channel, minute by minute."""
    content = file.content()
    filled = struct.unpack_from(">I", content)[0]
    if filled > len(content):
        what = f"It says that it holds {filled:,} bytes, but there are {len(content):,}."
        raise file.fault(what, "Copy the file again from where it was recorded.", code="unreadable-recording")
    hours = np.frombuffer(content[_FIRST:filled], dtype=np.uint8).reshape(-1, _RECORD)
    stamps = Stamps(file, usual="mdy")
    for number, hour in enumerate(hours, 1):
        text = _date(hour.tobytes())
        if text is None:
            what = f"The record of hour {number} has no date."
            raise file.fault(what, "Copy the file again from where it was recorded.", row=number, code="broken-row")
        stamps.add_parts(number, text, f"{hour[42]:02d}:00")
    read = stamps.read()
    minutes = np.arange(60) * (_HOUR_US // 60)
    micros = (read.starts.astype(np.int64)[:, None] + minutes).ravel()
    counts = hours[:, 48:108].astype(np.float64).ravel()
    odd = int(np.count_nonzero((counts > _MOST_COUNTS) & (counts < 255)))
    counts[counts > _MOST_COUNTS] = np.nan
    moments = Moments(micros.view("datetime64[us]"))
    rows = np.repeat(np.arange(1, len(hours) + 1), 60)
    name = hours[0, 4:24].tobytes().decode("ascii", errors="replace").strip() or None
    said = (f"{odd} counts between 128 and 254 are read as not measured.",) if odd else ()
    return Recording(
        file=file.name,
        format=NAME,
        quantity="wheel_counts",
        tracks={name: track(rows, moments, counts, hours[:, 112:172].astype(np.float64).ravel())},
        device="ClockLab",
        epoch_s=60.0,
        named_by="the name in each record",
        notes=(TURNS, *read.notes, *said),
    )

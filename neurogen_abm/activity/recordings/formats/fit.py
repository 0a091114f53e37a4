"""Garmin FIT: records of a workout, read with the library fitdecode. Positions are not read.

Times are in UTC; the message `activity` also says what the clock of the watch showed, which becomes the clock of the
recording.
"""

import math
from datetime import datetime
from typing import Any

from neurogen_abm.activity.recordings.formats.source import Source
from neurogen_abm.activity.recordings.formats.workout import Point, workout
from neurogen_abm.activity.recordings.recording import Recording
from neurogen_abm.optional import optional

NAME = "Garmin FIT"
PLACES = True  # the file says where the person was; a run keeps its samples only
INSTALL = '"neurogen_abm[recordings]"'
_LARGEST = 20_000_000  # bytes; a day at one record a second is about 3 million
_MINUTE = 60.0


def recognises(file: Source) -> bool:
    """Return whether the header is that of a FIT file."""
    return len(file.head) > 14 and file.head[0] in (12, 14) and file.head[8:12] == b".FIT"


class _Session:
    """What is kept of the messages of a file."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.points: list[Point] = []
        self.sport: str | None = None
        self.device: str | None = None
        self.kind: str | None = None
        self.offset_min = 0.0

    def take(self, message: Any) -> None:
        """Keep what a message says of the workout."""
        name = message.name
        if name == "record":
            self._record(message)
        elif name in ("session", "sport"):
            self.sport = _word(message, "sport") or self.sport
        elif name == "file_id":
            self.kind, self.device = _word(message, "type"), _word(message, "manufacturer")
        elif name == "activity":
            utc, local = (message.get_value(key, fallback=None) for key in ("timestamp", "local_timestamp"))
            if isinstance(utc, datetime) and isinstance(local, datetime):
                ahead = (local.replace(tzinfo=None) - utc.replace(tzinfo=None)).total_seconds() / _MINUTE
                # Zones differ from UTC by quarters of an hour; watches write the two times a second apart.
                self.offset_min = 15.0 * round(ahead / 15.0)

    def _record(self, message: Any) -> None:
        moment = message.get_value("timestamp", fallback=None)
        if not isinstance(moment, datetime):
            return
        micros = round(moment.timestamp() * 1e6)
        metres = _value(message, "distance")
        if math.isnan(metres) and self.points:
            speed = _value(message, "enhanced_speed", "speed")
            before = self.points[-1]
            metres = before.metres + speed * (micros - before.micros) / 1e6
        elif math.isnan(metres) and not math.isnan(_value(message, "enhanced_speed", "speed")):
            metres = 0.0
        self.points.append(Point(len(self.points) + 1, micros, metres, _value(message, "heart_rate")))


def _word(message: Any, key: str) -> str | None:
    value = message.get_value(key, fallback=None)
    return None if value is None else str(value)


def _value(message: Any, *keys: str) -> float:
    for key in keys:
        value = message.get_value(key, fallback=None)
        if isinstance(value, int | float) and math.isfinite(value):
            return float(value)
    return math.nan


def read(file: Source) -> Recording:
    """Return the distances, or the heart rates, of the workout."""
    library = optional("fitdecode", "The library fitdecode, which reads FIT files,", INSTALL)
    if file.size > _LARGEST:
        raise file.too_large(_LARGEST)
    session = _Session(file)
    try:
        options = {"check_crc": library.CrcCheck.RAISE, "error_handling": library.ErrorHandling.RAISE}
        with library.FitReader(str(file.path), **options) as frames:
            for frame in frames:
                if frame.frame_type == library.FIT_FRAME_DATA:
                    session.take(frame)
    except (library.FitError, ValueError, TypeError, KeyError, OverflowError, EOFError) as fault:
        what, cure = f"The FIT file is damaged or cut short: {fault}.", "Copy it again from the watch."
        raise file.fault(what, cure, code="unreadable-recording") from None
    if session.kind not in (None, "activity") and not session.points:
        what = f"It is a FIT file of {session.kind}, not of an activity."
        raise file.fault(what, "Export the workout itself.", code="unknown-format")
    shift = round(session.offset_min * _MINUTE * 1e6)
    points = [point._replace(micros=point.micros + shift) for point in session.points]
    return workout(file, NAME, points, session.sport, session.device, session.offset_min)

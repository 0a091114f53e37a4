"""Garmin TCX: laps of trackpoints, with time, distance and heart rate. Positions are not read."""

import math
from collections.abc import Mapping

from neurogen_abm.activity.recordings.formats import markup
from neurogen_abm.activity.recordings.formats.clock import Stamps
from neurogen_abm.activity.recordings.formats.source import Source
from neurogen_abm.activity.recordings.formats.workout import Point, workout
from neurogen_abm.activity.recordings.recording import Recording

NAME = "Garmin TCX"
PLACES = True  # the file says where the person was; a run keeps its samples only


class _Laps(markup.Reader):
    """Collects the points of all laps."""

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self.points: list[tuple[float, float]] = []
        self.stamps = Stamps(source)
        self.sports: list[str] = []
        self.device: str | None = None
        self._parts: dict[str, str] | None = None
        self._inside: list[str] = []

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        self._inside.append(name)
        if name == "Activity":
            self.sports.append(attributes.get("Sport", "Other"))
        elif name == "Trackpoint":
            self._parts = {}

    def end(self, name: str, text: str) -> None:
        self._inside.pop()
        inside = self._inside[-1] if self._inside else ""
        if name == "Trackpoint" and self._parts is not None:
            if time := self._parts.get("Time"):
                self.stamps.add(self.row, time)
                self.points.append((self._number("DistanceMeters"), self._number("HeartRateBpm")))
            self._parts = None
        elif self._parts is not None and name in ("Time", "DistanceMeters") and inside == "Trackpoint":
            self._parts[name] = text.strip()
        elif self._parts is not None and name == "Value" and inside == "HeartRateBpm":
            self._parts["HeartRateBpm"] = text.strip()
        elif name == "Name" and inside == "Creator":
            self.device = text.strip()

    def _number(self, name: str) -> float:
        text = (self._parts or {}).get(name, "")
        try:
            value = float(text) if text else math.nan
        except ValueError:
            value = -1.0
        if value < 0 or math.isinf(value):
            what = f"{name} before line {self.row} is {text[:30]}, not a number."
            raise self._source.fault(what, "Export it again.", row=self.row, code="broken-row")
        return value


def recognises(file: Source) -> bool:
    """Return whether the root of the XML is that of a training centre."""
    return markup.is_xml(file, "TrainingCenterDatabase")


def read(file: Source) -> Recording:
    """Return the distances, or the heart rates, of the workout."""
    laps = _Laps(file)
    with file.opened() as stream:
        laps.parse(stream)
    if len(laps.sports) > 1:
        what = f"The file holds {len(laps.sports)} workouts."
        raise file.fault(what, "Export each workout to a file of its own.", code="several-workouts")
    return timed_workout(file, NAME, laps.stamps, laps.points, next(iter(laps.sports), None), laps.device)


def timed_workout(
    file: Source,
    name: str,
    stamps: Stamps,
    points: list[tuple[float, float]],
    sport: str | None,
    device: str | None,
) -> Recording:
    """Return a workout of points (metres, beats) at the times of the stamps."""
    if not points:
        return workout(file, name, (), sport, device, None)
    moments = stamps.read()
    micros = moments.starts.astype("int64")
    made = [Point(int(r), int(t), *point) for r, t, point in zip(stamps.rows, micros, points, strict=True)]
    offset = None if moments.offsets_min is None else float(moments.offsets_min[0])
    return workout(file, name, made, sport, device, offset)

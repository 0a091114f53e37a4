"""GPX: tracks of places with times, and heart rates among the extensions.

Distances are computed from place to place while the file is read; the places themselves are forgotten. (The library
gpxpy keeps all of them in memory, and takes longer than a reader may for a long track.) The way between
two segments does not count.
"""

import math
from collections.abc import Mapping

from neurogen_abm.activity.recordings.formats import markup
from neurogen_abm.activity.recordings.formats.clock import Stamps
from neurogen_abm.activity.recordings.formats.source import Source
from neurogen_abm.activity.recordings.formats.tcx import timed_workout
from neurogen_abm.activity.recordings.formats.workout import great_circle_m
from neurogen_abm.activity.recordings.recording import Recording

NAME = "GPX"
PLACES = True  # the file says where the person was; a run keeps its samples only


class _Tracks(markup.Reader):
    """Sums the way from point to point; a place is kept until the next is there."""

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self.points: list[tuple[float, float]] = []
        self.stamps = Stamps(source)
        self.sport: str | None = None
        self.device: str | None = None
        self._before: tuple[float, float] | None = None
        self._metres = 0.0
        self._here: tuple[float, float] | None = None
        self._time, self._beats = "", math.nan

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "gpx":
            self.device = attributes.get("creator")
        elif name == "trkseg":
            self._before = None
        elif name == "trkpt":
            self._here, self._time, self._beats = self._place(attributes), "", math.nan

    def end(self, name: str, text: str) -> None:
        if name == "type" and self._here is None:
            self.sport = text.strip() or None
        elif self._here is None:
            return
        elif name == "time":
            self._time = text.strip()
        elif name == "hr":
            self._beats = self._number(text)
        elif name == "trkpt":
            if self._time:
                self._metres += great_circle_m(self._before, self._here) if self._before else 0.0
                self.stamps.add(self.row, self._time)
                self.points.append((self._metres, self._beats))
                self._before = self._here
            self._here = None

    def _place(self, attributes: Mapping[str, str]) -> tuple[float, float]:
        place = self._number(attributes.get("lat", "")), self._number(attributes.get("lon", ""))
        if not (abs(place[0]) <= 90 and abs(place[1]) <= 360):
            raise self._source.fault(f"Line {self.row} has no place on Earth.", "Export it again.", row=self.row)
        return place

    def _number(self, text: str) -> float:
        try:
            return float(text)
        except ValueError:
            what = f"Line {self.row}: a place or a heart rate is not a number."
            raise self._source.fault(what, "Export it again.", row=self.row, code="broken-row") from None


def recognises(file: Source) -> bool:
    """Return whether the root of the XML is that of GPX."""
    return markup.is_xml(file, "gpx")


def read(file: Source) -> Recording:
    """Return the distances, or the heart rates, of the workout."""
    tracks = _Tracks(file)
    with file.opened() as stream:
        tracks.parse(stream)
    return timed_workout(file, NAME, tracks.stamps, tracks.points, tracks.sport, tracks.device)

"""What watches know of a workout: distance, speed and heart rate at moments; where it was is left behind.

Points become samples that last from one to the next, and hold the distance between them. Distance says how hard a
person works on foot only: of any other sport, and where there is no distance, heart rates are taken.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.activity.recordings.formats.clock import Moments
from neurogen_abm.activity.recordings.formats.gathered import track
from neurogen_abm.activity.recordings.formats.source import Source
from neurogen_abm.activity.recordings.recording import Floats, Quantity, Recording

ON_FOOT = ("run", "walk", "hik", "jog", "trail", "treadmill", "foot")


class Point(NamedTuple):
    """A moment of a workout."""

    row: int
    micros: int  # since 1970, on the clock of the file
    metres: float  # since the start, NaN where unknown
    beats: float  # per minute, NaN where unknown


def workout(
    source: Source, name: str, points: Sequence[Point], sport: str | None, device: str | None, offset_min: float | None
) -> Recording:
    """Return a workout as a recording; `offset_min` is how far its clock is ahead of UTC, None where it has no zone."""
    if len(points) < 2:
        what = f"The workout has {len(points)} point{'s' * (len(points) != 1)} with a time; at least two are needed."
        raise source.fault(what, "Give a longer recording.", code="empty-recording")
    micros = np.array([point.micros for point in points], dtype=np.int64)
    metres = np.array([point.metres for point in points])
    beats = np.array([point.beats for point in points])
    seconds = np.diff(micros) / 1e6
    if (seconds < 0).any():
        row = points[int(np.argmax(seconds < 0)) + 1].row
        raise source.fault(
            "Its points are not in the order of time.", "Export it again.", row=row, code="unsorted-times"
        )
    kept = seconds > 0  # of points at one moment the last counts
    quantity, values, said = _values(source, metres, beats, kept, seconds, sport)
    last = np.flatnonzero(kept)
    offsets = None if offset_min is None else np.full(last.size, offset_min)
    moments = Moments(micros[:-1][kept].view("datetime64[us]"), offsets, None, ())
    rows = np.array([point.row for point in points])[:-1][kept]
    zone = None if offset_min is None else "UTC" if offset_min == 0 else f"{offset_min / 60:+05.1f} h"
    return Recording(
        file=source.name,
        format=name,
        quantity=quantity,
        tracks={None: track(rows, moments, values, (), seconds[kept])},
        device=device,
        zone=zone,
        notes=said,
        session=True,
    )


def _values(
    source: Source,
    metres: Floats,
    beats: Floats,
    kept: NDArray[np.bool_],
    seconds: Floats,
    sport: str | None,
) -> tuple[Quantity, Floats, tuple[str, ...]]:
    """Return what is taken of a workout: distances on foot, or else heart rates."""
    on_foot = sport is None or any(word in sport.lower() for word in ON_FOOT)
    named = f"The sport is {sport}." if sport else "The file names no sport; it is read as on foot."
    if on_foot and np.isfinite(metres).sum() >= 2:
        known = np.isfinite(metres)
        run = np.interp(np.arange(metres.size), np.flatnonzero(known), metres[known])
        covered = np.diff(run)
        if (covered < 0).any():
            raise source.fault("Its distance falls.", "Export it again.", code="broken-row")
        # What was covered between points of one moment belongs to the sample before them.
        whole = np.add.reduceat(covered, np.flatnonzero(kept)) if kept.any() else covered
        return "distance_m", whole, (named,)
    if np.isfinite(beats).any():
        return "heart_rate", beats[:-1][kept], (named,)
    what = f"The workout ({sport or 'no sport named'}) has neither a distance on foot nor heart rates."
    cure = "Give a file with heart rates, or write the workout as a block, such as `interval`."
    raise source.fault(what, cure, code="no-conversion")


def great_circle_m(first: tuple[float, float], second: tuple[float, float]) -> float:
    """Return how far two places (degrees of latitude and longitude) are apart in metres, on the Earth's mean radius."""
    lat1, lon1, lat2, lon2 = (math.radians(angle) for angle in (*first, *second))
    half = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2.0 * 6_371_008.8 * math.asin(math.sqrt(min(half, 1.0)))

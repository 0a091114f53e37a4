"""Which reader reads a file: the one that recognises its content.

A reader is a module with ``NAME``, ``recognises(file) -> bool`` and ``read(file) -> Recording``; add it to `READERS`.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from types import ModuleType
from zoneinfo import ZoneInfo

import numpy as np

from neurogen_abm.activity.recordings.formats import (
    accelerometer_tool,
    actigraph_agd,
    actigraph_csv,
    activpal,
    actiware,
    acttrust,
    apple_health,
    awd,
    calorimetry,
    clocklab_actogram,
    clocklab_binary,
    clocklab_table,
    fit,
    fitabase,
    fitbit,
    geneactiv,
    gpx,
    mapped,
    motionwatch,
    omgui,
    oura,
    tcx,
    unread,
    vitalview,
    without_places,
    wraq,
)
from neurogen_abm.activity.recordings.formats.clock import MINUTE_US, offset_min
from neurogen_abm.activity.recordings.formats.source import Source
from neurogen_abm.activity.recordings.recording import Recording, Track

UTC = "Times are in UTC; say the zone of the clock on the wall with `zone`, like `zone: Europe/Berlin`."
READERS: tuple[ModuleType, ...] = (
    clocklab_binary,
    clocklab_table,
    clocklab_actogram,
    awd,
    actiware,
    motionwatch,
    acttrust,
    actigraph_csv,
    actigraph_agd,
    geneactiv,
    omgui,
    accelerometer_tool,
    activpal,
    vitalview,
    wraq,
    calorimetry,
    fitabase,
    fitbit,
    oura,
    apple_health,
    fit,
    tcx,
    gpx,
    without_places,
)


def reader_of(file: Source) -> ModuleType | None:
    """Return the reader of a file; None where it is of no format that a device or a program writes."""
    return next((reader for reader in READERS if reader.recognises(file)), None)


def read(file: Source, columns: Mapping[str, str] | None = None) -> Recording | None:
    """Return a recording as its reader, or the person who named the columns of a table, understands it.

    None says that no reader recognises the file; one that is known and not read is refused.
    """
    if columns is not None and "time" in columns:
        return mapped.read(file, columns)
    reader = reader_of(file)
    if reader is None:
        unread.refuse(file)
        return None
    found: Recording = reader.read(file)
    return found


def without_places_of(file: Source) -> bytes | None:
    """Return what a run may keep of a file that says where a person was; None where it says no such thing."""
    reader = reader_of(file)
    return without_places.written(reader.read(file)) if getattr(reader, "PLACES", False) and reader else None


def as_said(
    file: Source, recording: Recording, columns: Mapping[str, str] | None = None, zone: str | None = None
) -> Recording:
    """Return a recording as a person explains it.

    ``columns`` without ``time`` says what the counts of a device are, as in ``{"wheel": "counts"}``. ``zone`` is that
    of the clock on the wall where the times of the file are in UTC; without it a note says that they are.
    """
    if columns is not None and "time" not in columns:
        recording = _counted(file, recording, columns)
    if zone is not None:
        return _on_the_wall(file, recording, zone)
    if recording.tracks and all(_is_utc(track) for track in recording.tracks.values()):
        return replace(recording, notes=(*recording.notes, UTC))
    return recording


def _is_utc(track: Track) -> bool:
    return track.offsets_min is not None and not track.offsets_min.any()


def _counted(file: Source, recording: Recording, columns: Mapping[str, str]) -> Recording:
    """Return a recording whose counts are what a person says they are."""
    measure = next(iter(columns))
    if recording.quantity not in ("wheel_counts", "activity_counts"):
        what = f"`columns` says what is counted, but the file ({recording.format}) holds no counts."
        raise file.fault(what, "Leave out `columns`.", code="bad-columns")
    notes = tuple(note for note in recording.notes if "`columns:" not in note)
    return replace(recording, quantity=mapped.QUANTITIES[measure], notes=notes)


def _on_the_wall(file: Source, recording: Recording, zone: str) -> Recording:
    """Return a recording in UTC with its times moved to a zone; one whose clock is the wall's already is refused."""
    tracks: dict[str | None, Track] = {}
    for name, track in recording.tracks.items():
        if not _is_utc(track):
            clock = f"in {recording.zone}" if recording.zone else "those of the clock on the wall"
            what = f"`zone` is {zone}, but the times of the file are {clock} already."
            raise file.fault(what, "Leave out `zone`.", seen=zone, code="bad-zone")
        ahead = _ahead(track, zone)
        starts = track.starts + np.rint(ahead * MINUTE_US).astype("timedelta64[us]")
        tracks[name] = replace(track, starts=starts, offsets_min=ahead)
    return replace(recording, tracks=tracks, zone=zone)


def _ahead(track: Track, zone: str) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    """Return the minutes that a zone is ahead of UTC at each sample; its summer time is found hour by hour."""
    if re.fullmatch(r"[+-]\d\d:?\d\d", zone):
        return np.full(track.starts.size, offset_min(zone))
    hours, which = np.unique(track.starts.astype("datetime64[h]"), return_inverse=True)
    place = ZoneInfo(zone)
    table = np.empty(hours.size)
    for number, hour in enumerate(hours):
        moment = hour.astype("datetime64[s]").item().replace(tzinfo=ZoneInfo("UTC"))
        table[number] = moment.astimezone(place).utcoffset().total_seconds() / 60.0
    return table[which]

"""Recordings of real activity: which there are, the formats that are read, and one animal's series in even steps."""

from neurogen_abm.activity.recordings.register import (
    find_recording,
    read_recording,
    recording_digest,
    shipped_recordings,
)
from neurogen_abm.activity.recordings.series import RecordedSeries, RecordingError

__all__ = [
    "RecordedSeries",
    "RecordingError",
    "find_recording",
    "read_recording",
    "recording_digest",
    "shipped_recordings",
]

"""A recording as the readers understand it, for tests in which one must."""

from collections.abc import Mapping

from neurogen_abm.activity.recordings.formats import registry
from neurogen_abm.activity.recordings.formats.source import Source
from neurogen_abm.activity.recordings.recording import Recording, Track


def read(file: Source, columns: Mapping[str, str] | None = None, zone: str | None = None) -> Recording:
    """Return what a reader makes of a file; that there is none is a failure."""
    recording = registry.read(file, columns)
    assert recording is not None
    return registry.as_said(file, recording, columns, zone)


def first(recording: Recording) -> Track:
    """Return the first track."""
    return next(iter(recording.tracks.values()))

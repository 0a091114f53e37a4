"""Metabolic equivalents by the minute, as the `accelerometer` tool writes them: columns ``start`` and ``met``."""

from neurogen_abm.activity.recordings.recording import Recording
from neurogen_abm.activity.recordings.recording_file import RecordingFile

NAME = "METs, CSV"
COLUMNS = ("start", "met")
ANIMAL_COLUMNS = ("person", "animal")


def read(file: RecordingFile) -> Recording:
    """Return the samples of each person: METs, held over the sample."""
    return file.recording(NAME, "met", *COLUMNS, ANIMAL_COLUMNS)

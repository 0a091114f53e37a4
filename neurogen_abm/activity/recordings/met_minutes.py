"""Metabolic equivalents by the minute, as the `accelerometer` tool writes them: columns ``start`` and ``met``."""

from neurogen_abm.activity.recordings.recording_file import RecordedSamples, RecordingFile

KIND = "met"
COLUMNS = ("start", "met")
ANIMAL_COLUMNS = ("person", "animal")


def read(file: RecordingFile) -> RecordedSamples:
    """Return the samples of each person: METs, held over the sample."""
    return file.samples(*COLUMNS, ANIMAL_COLUMNS)

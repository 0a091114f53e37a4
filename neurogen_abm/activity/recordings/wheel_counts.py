"""Running-wheel counts by the minute or the hour: columns ``start``, ``wheel_counts`` and, where several, ``mouse``."""

from neurogen_abm.activity.recordings.recording_file import RecordedSamples, RecordingFile

KIND = "wheel"
COLUMNS = ("start", "wheel_counts")
ANIMAL_COLUMNS = ("mouse", "rat", "animal")


def read(file: RecordingFile) -> RecordedSamples:
    """Return the samples of each animal: counts of the wheel in the sample."""
    return file.samples(*COLUMNS, ANIMAL_COLUMNS)

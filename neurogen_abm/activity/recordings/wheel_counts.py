"""Running-wheel counts by the minute, the hour or the day: ``start``, ``wheel_counts`` and, for several, ``mouse``."""

from neurogen_abm.activity.recordings.recording import Recording
from neurogen_abm.activity.recordings.recording_file import RecordingFile

NAME = "wheel counts, CSV"
COLUMNS = ("start", "wheel_counts")
ANIMAL_COLUMNS = ("mouse", "rat", "animal")


def read(file: RecordingFile) -> Recording:
    """Return the samples of each animal: counts of the wheel in the sample."""
    return file.recording(NAME, "wheel_counts", *COLUMNS, ANIMAL_COLUMNS)

"""Running-wheel counts by the minute or the hour: columns ``start``, ``wheel_counts`` and, where several, ``mouse``."""

from neurogen_abm.activity.recordings.series import Sample
from neurogen_abm.activity.recordings.table import Table

KIND = "wheel"
NEEDS = ("start", "wheel_counts")
ANIMAL_COLUMNS = ("mouse", "rat", "animal")


def read(table: Table) -> dict[str | None, list[Sample]]:
    """Return the samples of each animal: counts of the wheel in the sample."""
    animal = next((column for column in ANIMAL_COLUMNS if column in table.columns), None)
    return table.samples("start", "wheel_counts", animal)

"""Metabolic equivalents by the minute, as the `accelerometer` tool writes them: columns ``start`` and ``met``."""

from neurogen_abm.activity.recordings.series import Sample
from neurogen_abm.activity.recordings.table import Table

KIND = "met"
NEEDS = ("start", "met")
ANIMAL_COLUMNS = ("person", "animal")


def read(table: Table) -> dict[str | None, list[Sample]]:
    """Return the samples of each person: METs, held over the sample."""
    person = next((column for column in ANIMAL_COLUMNS if column in table.columns), None)
    return table.samples("start", "met", person)

"""Axivity: what OMGUI and omconvert write of epochs, "Time,Mean SVM (g)", and more columns in the extended form."""

from neurogen_abm.activity.recordings.formats.gathered import Gathered
from neurogen_abm.activity.recordings.formats.source import Source
from neurogen_abm.activity.recordings.formats.table import Table, find_table
from neurogen_abm.activity.recordings.recording import Recording

NAME = "Axivity epochs (OMGUI)"


def _table(file: Source) -> Table | None:
    return find_table(file, lambda names: {"time", "mean svm (g)"} <= set(names), file.top[:1])


def recognises(file: Source) -> bool:
    """Return whether the header names the mean vector."""
    return _table(file) is not None


def read(file: Source) -> Recording:
    """Return the mean acceleration of each epoch, in thousandths of g."""
    table = _table(file)
    assert table is not None  # `recognises` has found it
    when, value = table.needed("time"), table.needed("mean svm (g)")
    samples = Gathered(file)
    for row, cells in table.rows(when, value):
        samples.stamps.add(row, cells[when])
        samples.add(1000.0 * table.number(cells[value], "Mean SVM", row))
    tracks, moments = samples.read()
    said = "Values are means of the filtered acceleration, in thousandths of g."
    return Recording(file.name, NAME, "acceleration_mg", tracks, device="Axivity", notes=(said, *moments.notes))

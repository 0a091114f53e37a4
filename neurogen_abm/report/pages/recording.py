"""A page about a recording: what was understood of it, its animals, and the actogram of each."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from neurogen_abm.activity.recordings.description import RecordingDescription
from neurogen_abm.report.figures.actogram import recording_actogram
from neurogen_abm.report.figures.style import Figure
from neurogen_abm.report.pages.findings import Section, Table, write_findings

CAPTION = (
    "Each row holds two days, so that every night is seen whole. Grey: lights off; cream: lights on; rose: not "
    "measured. The darker the blue, the more activity."
)
_MOST_ANIMALS = 12  # whose actograms a page holds


def write_recording(found: RecordingDescription, path: Path | str) -> Path:
    """Write the page of a recording, and return its path; an existing page is replaced in one move.

    Examples
    --------
    >>> import neurogen_abm
    >>> write_recording(neurogen_abm.recording("mouse_wheel_minutes"), "wheel.html")  # doctest: +SKIP
    PosixPath('wheel.html')
    """
    others = [animal for animal in found.animals if animal is not found.chosen]
    drawn = [found.chosen, *others][:_MOST_ANIMALS]
    figures = [Figure(f"actogram-{k}", recording_actogram(animal), CAPTION) for k, animal in enumerate(drawn)]
    table = Table("Animals", pd.DataFrame([animal.row() for animal in found.animals]).fillna(""))
    sections = [
        Section("What was understood", [*found.facts(), *(f"Would be refused: {fault}" for fault in found.faults)]),
        Section("Animals", tables=[table]),
        Section("Activity", figures=figures),
    ]
    return write_findings(path, found.source.file, sections, facts=[found.source.format, found.species])

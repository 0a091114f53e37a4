"""GENEActiv (Activinsights): CSV of epochs, below a hundred lines of header.

Layout of the GENEActiv manual, "Understanding .csv files": column A is the time at which the epoch ends, column E the
mean light, column H the sum of |length of the acceleration - 1 g|. The raw CSV has the same header and seven columns.
"""

import re

import numpy as np

from neurogen_abm.activity.recordings.formats.gathered import Gathered
from neurogen_abm.activity.recordings.formats.source import Source
from neurogen_abm.activity.recordings.formats.table import DELIMITERS, Table
from neurogen_abm.activity.recordings.recording import Recording, Track

NAME = "GENEActiv epochs"
_HEADER, _COLUMNS, _LIGHT, _SUM = 100, 12, 4, 7


def recognises(file: Source) -> bool:
    """Return whether the header is that of a GENEActiv and data come as text."""
    return re.match(r"Device Type[,;\t]GENEActiv", file.top[0]) is not None if file.top else False


def read(file: Source) -> Recording:
    """Return the sum of accelerations of each epoch, at the time at which the epoch starts."""
    first = file.top[_HEADER] if len(file.top) > _HEADER else ""
    delimiter = next((sign for sign in DELIMITERS if first.count(sign) >= 6), ",")
    width = len(first.split(delimiter))
    if width < _COLUMNS:
        raw = "raw accelerations, many in a second" if width >= 7 else "no epochs from line 101 on"
        cure = "Compress it to epochs of a minute in the GENEActiv software, and give that file."
        raise file.fault(f"It holds {raw}.", cure, row=_HEADER + 1, code="raw-recording")
    table = Table(file, _HEADER, delimiter, [])
    samples = Gathered(file)
    for row, cells in table.rows(_COLUMNS - 1):
        samples.stamps.add(row, cells[0])
        samples.add(table.number(cells[_SUM], "sum of vectors", row), table.number(cells[_LIGHT], "lux", row))
    (name, ended), *_ = samples.read()[0].items()
    steps, counts = np.unique(np.diff(ended.starts), return_counts=True)
    if not steps.size:
        raise file.fault("It has one epoch; two are needed.", "Give a longer recording.", code="empty-recording")
    length = steps[np.argmax(counts)]
    begun = Track(ended.rows, ended.starts - length, ended.values, light=ended.light)
    return Recording(
        file=file.name,
        format=NAME,
        quantity="activity_counts",
        tracks={name: begun},
        device="GENEActiv",
        epoch_s=float(length / np.timedelta64(1, "s")),
        notes=("Times of the file are those at which epochs end; here they are those at which they start.",),
    )

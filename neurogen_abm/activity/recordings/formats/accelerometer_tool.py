"""Time series of the `accelerometer` tool (biobank accelerometer analysis): METs by a classifier, or acceleration.

Columns ``time``, ``acc`` (mg, the part of the vector above 1 g) and, where activities were classified, ``MET``; often
as .csv.gz. Times carry the zone: "2014-05-07 13:29:50.439000+0100 [Europe/London]".
"""

import math

from neurogen_abm.activity.recordings.formats.gathered import Gathered
from neurogen_abm.activity.recordings.formats.source import Source
from neurogen_abm.activity.recordings.formats.table import Table, find_table
from neurogen_abm.activity.recordings.recording import Quantity, Recording

NAME = "time series of the accelerometer tool"
TOOL = "accelerometer tool"


def _table(file: Source) -> Table | None:
    return find_table(file, lambda names: "time" in names and "acc" in names, file.top[:1])


def recognises(file: Source) -> bool:
    """Return whether the header has time and acceleration as this tool writes them."""
    return _table(file) is not None


def read(file: Source) -> Recording:
    """Return METs where there are some, else the acceleration."""
    table = _table(file)
    assert table is not None  # `recognises` has found it
    met = table.index("met")
    value, imputed, light = (
        met if met is not None else table.needed("acc"),
        table.index("imputed"),
        table.index("light"),
    )
    quantity: Quantity = "acceleration_mg" if met is None else "met"
    samples, filled, when = Gathered(file), 0, table.needed("time")
    for row, cells in table.rows(when, value, imputed, light):
        samples.stamps.add(row, cells[when])
        filled += imputed is not None and cells[imputed].strip() in ("1", "1.0", "True")
        lit = table.number(cells[light], "light", row) if light is not None else math.nan
        samples.add(table.number(cells[value], table.header[value], row), lit)
    tracks, moments = samples.read()
    notes = (f"The tool itself filled {filled} samples.",) if filled else ()
    return Recording(
        file=file.name,
        format=NAME,
        quantity=quantity,
        tracks=tracks,
        device=TOOL,
        zone=moments.zone,
        notes=(*notes, *moments.notes),
    )

"""Any table of text, with the columns a person names: ``columns: {time: when, wheel: turns, animal: cage}``."""

import math
from collections.abc import Mapping

from neurogen_abm.activity.recordings.formats.gathered import Gathered
from neurogen_abm.activity.recordings.formats.source import Source
from neurogen_abm.activity.recordings.formats.table import Table, find_table, plain_name
from neurogen_abm.activity.recordings.recording import Quantity, Recording
from neurogen_abm.spec.suggest import nearest

NAME = "table with named columns"
QUANTITIES: dict[str, Quantity] = {
    "wheel": "wheel_counts",
    "distance": "distance_m",
    "speed": "speed_m_min",
    "met": "met",
    "activity": "activity_counts",
    "acceleration": "acceleration_mg",
    "heart_rate": "heart_rate",
    "active_minutes": "active_minutes",
}


def read(file: Source, columns: Mapping[str, str]) -> Recording:
    """Return what the named columns hold; every one must be there."""
    table = _table(file, columns)
    measure = next(key for key in columns if key in QUANTITIES)
    value, when = table.columns.index(plain_name(columns[measure])), table.columns.index(plain_name(columns["time"]))
    clock, animal, light = (
        table.columns.index(plain_name(columns[key])) if key in columns else None
        for key in ("clock", "animal", "light")
    )
    samples = Gathered(file)
    for row, cells in table.rows(value, when, clock, animal, light):
        if clock is None:
            samples.stamps.add(row, cells[when].strip().strip('"'))
        else:
            samples.stamps.add_parts(row, cells[when].strip().strip('"'), cells[clock].strip().strip('"'))
        lit = math.nan if light is None else table.number(cells[light], columns["light"], row, signed=True)
        name = None if animal is None else cells[animal].strip().strip('"')
        samples.add(table.number(cells[value], columns[measure], row), lit, name)
    tracks, moments = samples.read()
    return Recording(
        file=file.name,
        format=NAME,
        quantity=QUANTITIES[measure],
        tracks=tracks,
        zone=moments.zone,
        named_by=columns.get("animal"),
        notes=moments.notes,
    )


def _table(file: Source, columns: Mapping[str, str]) -> Table:
    """Return the table that has the named columns; where none has, the nearest names are said."""
    wanted = {plain_name(name) for name in columns.values()}
    table = find_table(file, lambda names: wanted <= set(names))
    if table is not None:
        doubled = [name for name in wanted if table.columns.count(name) > 1]
        if doubled:
            what = f'The column "{doubled[0]}" stands in the file {table.columns.count(doubled[0])} times.'
            raise file.fault(what, "Rename one of them.", row=table.row, code="same-column")
        return table
    best = find_table(file, lambda names: len(wanted & set(names)) > 0) or find_table(
        file, lambda names: len(names) > 1
    )
    if best is None:
        what = "The file has no columns between commas, semicolons or tabs."
        raise file.fault(what, "Save it as CSV.", code="unknown-format")
    lacking = next(name for name in columns.values() if plain_name(name) not in best.columns)
    near = nearest(plain_name(lacking), best.columns)
    cure = f"Did you mean {' or '.join(near)}?" if near else f"It has: {', '.join(best.header[:12])}."
    raise file.fault(f'There is no column "{lacking}".', cure, row=best.row, seen=lacking, code="unknown-column")

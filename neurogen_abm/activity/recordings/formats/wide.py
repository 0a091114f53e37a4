"""Tables with a column for each animal: one time a row, and the counts of all."""

import math
from array import array
from collections.abc import Sequence

import numpy as np

from neurogen_abm.activity.recordings.formats.clock import Stamps
from neurogen_abm.activity.recordings.formats.gathered import track, without_samples
from neurogen_abm.activity.recordings.formats.table import Table
from neurogen_abm.activity.recordings.recording import Track


def read_wide(
    table: Table, stamps: Stamps, when: Sequence[int], animals: dict[str, int], light: int | None = None
) -> tuple[dict[str | None, Track], tuple[str, ...]]:
    """Return the track of each animal, by name, and what is to be said of the times.

    ``when`` is the column of the time, or those of date and time; ``animals`` gives the column of each animal.
    """
    columns = {name: array("d") for name in animals}
    rows, shone = array("q"), array("d")
    for row, cells in table.rows(*when, light):
        if len(when) == 1:
            stamps.add(row, cells[when[0]])
        else:
            stamps.add_parts(row, cells[when[0]].strip(), cells[when[1]].strip())
        rows.append(row)
        for name, place in animals.items():
            text = cells[place] if place < len(cells) else ""
            columns[name].append(table.number(text, name, row))
        shone.append(table.number(cells[light], "light", row, signed=True) if light is not None else math.nan)
    if not rows:
        raise without_samples(table.source)
    moments = stamps.read()  # with its rows, it is shared by all animals
    lit = np.frombuffer(shone)
    tracks: dict[str | None, Track] = {
        name: track(stamps.rows, moments, np.frombuffer(column), lit) for name, column in columns.items()
    }
    return tracks, moments.notes

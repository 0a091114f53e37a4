"""What a reader makes of a file: whose activity, of what, on which clock, and what else it understood.

A reader is a module with

* ``NAME``, the format as people call it, e.g. ``"ClockLab CSV export"``;
* ``recognises(file) -> bool``, which decides by the content of a file, not by its name;
* ``read(file) -> Recording``.

A reader takes the file at its word: it neither fills nor drops, sorts nor resamples, and believes any magnitude that is
a number. What is even, missing, repeated, on summer time or impossible in a mouse is found afterwards, in one place for
all formats (`series`, `clocks`, `plausibility`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Times = NDArray[np.datetime64]

# What a value says about its sample. Of a TOTAL a longer sample holds more; any other is a mean over the sample.
Quantity = Literal[
    "wheel_counts",  # turns, or parts of turns, of a wheel in the sample
    "distance_m",  # metres in the sample
    "speed_m_min",  # mean speed (m/min)
    "met",  # mean metabolic equivalents, 1 at rest
    "activity_counts",  # counts of an actigraph or of beams in the sample, in the unit of the device
    "acceleration_mg",  # mean acceleration beyond that of the Earth, in thousandths of g, as the device makes it
    "heart_rate",  # mean beats per minute
    "active_minutes",  # minutes of the sample spent active
]
TOTALS: frozenset[Quantity] = frozenset({"wheel_counts", "distance_m", "activity_counts", "active_minutes"})
UNITS: dict[Quantity, str] = {
    "wheel_counts": "counts",
    "distance_m": "metres",
    "speed_m_min": "m/min",
    "met": "METs",
    "activity_counts": "activity counts",
    "acceleration_mg": "accelerations in thousandths of g",
    "heart_rate": "beats per minute",
    "active_minutes": "active minutes",
}


@dataclass(frozen=True, eq=False)
class Track:
    """The samples of one animal or person, in the order of the file.

    Attributes
    ----------
    rows
        (n,) lines of the file, the first being 1; of a file without lines the number of the record.
    starts
        (n,) ``datetime64[us]``: clock time of the place at which each sample starts, as a clock on the wall showed it.
    values
        (n,) values in the unit of the quantity; NaN where nothing was measured.
    seconds
        (n,) length of each sample, for events of unlike length; None where all last as long as they are apart.
    light
        (n,) light in the sample, in any unit, 0 in the dark; NaN where it is unknown; None without such a column.
    offsets_min
        (n,) minutes that the clock of each time is ahead of UTC; None where times carry no zone.
    """

    rows: Integers
    starts: Times
    values: Floats
    seconds: Floats | None = None
    light: Floats | None = None
    offsets_min: Floats | None = None


@dataclass(frozen=True, eq=False)
class Recording:
    """A file as its reader understood it.

    Attributes
    ----------
    file
        Name of the file.
    format
        The format as people call it.
    quantity
        What its values are.
    tracks
        By animal, person or channel; the one key None where the file names nobody.
    device
        Kind of device as the file names it, without its serial number; None where it does not.
    zone
        Time zone as the file writes it, e.g. "+0100 [Europe/London]"; None where clock times carry none.
    epoch_s
        Length of a sample as the file states it; None where only the times say it.
    named_by
        Column or part of the file that tells the tracks apart, e.g. "mouse"; None where nothing does.
    notes
        What was understood and a person should know, each a sentence: "Counts of column A2, in turns.".
    session
        Whether the samples are one workout, outside which nothing was recorded and nobody expects it.
    """

    file: str
    format: str
    quantity: Quantity
    tracks: Mapping[str | None, Track]
    device: str | None = None
    zone: str | None = None
    epoch_s: float | None = None
    named_by: str | None = None
    notes: tuple[str, ...] = ()
    session: bool = False

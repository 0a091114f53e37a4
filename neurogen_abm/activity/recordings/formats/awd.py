"""AWD: seven lines about the wearer, then one count a line, and light or sound beside it where it was measured.

Actiwatches write it, and ClockLab reads and writes it for any animal. The fourth line is the length of a sample in
quarters of a minute; Actiwatches also know 81 (2 s), C1 (5 s) and C2 (10 s). Negative counts are gaps (Actimetrics,
"Text-based ClockLab data format"). The serial number of an Actiwatch starts with a letter that names its kind.
"""

import math
import re

import numpy as np

from neurogen_abm.activity.recordings.formats.clock import Moments, Stamps, even
from neurogen_abm.activity.recordings.formats.gathered import track, without_samples
from neurogen_abm.activity.recordings.formats.source import Source
from neurogen_abm.activity.recordings.recording import Recording

NAME = "AWD (Actiwatch, or ClockLab as text)"
HEADER = 7
TURNS = (
    "Counts are taken as turns of a wheel, for which ClockLab is used most; where beams were counted, write "
    "`columns: {activity: counts}`."
)
_KINDS = {"D": "7", "I": "Insomnia", "L": "L", "M": "Mini", "P": "L-Plus", "S": "S", "T": "T", "V": "4"}
_LIT = "DLP"
_SERIAL = re.compile(r"([DILMPSTV])[0-9A-F]{5,11}")
_SECONDS = {"81": 2.0, "C1": 5.0, "C2": 10.0}
_DATE = re.compile(r"\d{1,2}-[^\W\d]{3,4}\.?-\d{2,4}")
_SAMPLE = re.compile(r"\s*(-?\d+(?:\.\d+)?)\s*(?:,\s*(-?\d+(?:[.,]\d+)?))?\s*,?\s*(M)?\s*")


def recognises(file: Source) -> bool:
    """Return whether the first lines are a name, a date, a time and a length, and then counts follow."""
    top = file.top
    return (
        len(top) > HEADER
        and _DATE.fullmatch(top[1].strip()) is not None
        and re.fullmatch(r"\d{1,2}:\d\d(:\d\d)?(\s*[AP]M)?", top[2].strip()) is not None
        and re.fullmatch(r"\d{1,4}|C[12]", top[3].strip()) is not None
        and _SAMPLE.fullmatch(top[HEADER]) is not None
    )


def read(file: Source) -> Recording:
    """Return the counts of the wearer."""
    top = [line.strip() for line in file.top[:HEADER]]
    serial = _SERIAL.fullmatch(top[5])
    stamps = Stamps(file)
    stamps.add_parts(2, top[1], top[2])
    seconds = _SECONDS.get(top[3]) if serial else None
    seconds = seconds or int(top[3]) * 15.0
    rows: list[int] = []
    values: list[float] = []
    light: list[float] = []
    marked = 0
    for number, line in file.lines():
        if number <= HEADER:
            continue
        found = _SAMPLE.fullmatch(line)
        if found is None or number != HEADER + 1 + len(rows):
            what = f'Row {HEADER + 1 + len(rows)}: "{line.strip()[:30] if found is None else ""}" is not a count.'
            raise file.fault(what, "Export the recording again as AWD.", row=number, code="broken-row")
        value = float(found[1])
        rows.append(number)
        values.append(value if value >= 0.0 else math.nan)
        light.append(float(found[2].replace(",", ".")) if found[2] else math.nan)
        marked += found[3] is not None
    if not rows:
        raise without_samples(file)
    first = stamps.read()
    moments = Moments(even(first.starts[0], len(rows), seconds))
    lit = light if not serial or serial[1] in _LIT else np.full(len(rows), np.nan)
    notes = () if serial else (TURNS,)
    return Recording(
        file=file.name,
        format=NAME,
        quantity="activity_counts" if serial else "wheel_counts",
        tracks={top[0] or None: track(rows, moments, values, lit)},
        device=f"Actiwatch {_KINDS[serial[1]]}" if serial else None,
        epoch_s=seconds,
        named_by="the first line",
        notes=(*notes, *((f"{marked} samples carry a mark of the wearer.",) if marked else ())),
    )

"""What the second reader read: the form of the tables in this folder, and the two comparisons made with them.

The tables were typed from the evidence without sight of the values in the catalogue, so that a slip of the pen there
and the same slip here are independent events. `evidence` names the record or the section that was read; `how` says in a
few words what stands there, or gives the arithmetic.

Rows that differed at the first comparison were read again. Where the evidence itself bears both readings the row says
so, in `how` or as a `Departure`; where it does not the row stands and its test fails until the evidence has been asked
again. Neither side is ever copied into the other.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from neurogen_abm.spec.catalogue import load_catalogue

# A figure copied as it was printed may differ only by how a computer holds it. A derived figure may have been rounded.
COPIED = 1e-3
THREE_DIGITS = 6e-3  # half a unit in the third digit of 0.1xx at worst, and a little
TWO_DIGITS = 2e-2  # 1/60, an average case of half a unit in the second digit


class Reading(NamedTuple):
    """One figure of the evidence, in the unit it is compared in."""

    path: str
    value: float | Sequence[float]
    unit: str
    evidence: str
    how: str
    tolerance: float = COPIED


class Span(NamedTuple):
    """Two ends the evidence gives for a figure."""

    path: str
    low: float
    high: float
    unit: str
    evidence: str
    how: str
    tolerance: float = COPIED


class Departure(NamedTuple):
    """A figure of the cited place from which the catalogue departs on purpose, and why."""

    path: str
    read: float
    unit: str
    evidence: str
    why: str


def agrees(species: str, reading: Reading) -> bool:
    """Say whether the catalogue holds what was read; a zero has to be exactly zero."""
    held = load_catalogue(species).value(reading.path, reading.unit)
    read = np.asarray(reading.value, dtype=np.float64)
    return np.shape(held) == read.shape and bool(np.allclose(held, read, rtol=reading.tolerance, atol=0.0))


def difference(species: str, reading: Reading) -> str:
    """Return what a person needs in order to settle a disagreement."""
    parameter = load_catalogue(species).parameter(reading.path)
    return (
        f"{species} {reading.path}: the catalogue has {parameter.value} {parameter.unit} ({parameter.status}; "
        f"{parameter.place}), the second reader {reading.value} {reading.unit} ({reading.evidence}: {reading.how})"
    )


def departs_openly(species: str, departure: Departure) -> bool:
    """Say whether the catalogue calls its own number assumed, and keeps what was read inside the range it states."""
    parameter = load_catalogue(species).parameter(departure.path)
    stated = stated_range(species, departure.path, departure.unit)
    inside = stated is None or stated[0] <= departure.read <= stated[1] * (1 + THREE_DIGITS)
    return parameter.status == "assumed" and inside


def holds(species: str, span: Span) -> bool:
    """Say whether every number of the value lies between the two ends."""
    held = np.asarray(load_catalogue(species).value(span.path, span.unit))
    slack = span.tolerance * max(abs(span.low), abs(span.high))
    return bool(np.all((held >= span.low - slack) & (held <= span.high + slack)))


def stated_range(species: str, path: str, unit: str) -> tuple[float, float] | None:
    """Return the range the catalogue states, in ``unit``; None where it states none."""
    parameter = load_catalogue(species).parameter(path)
    if parameter.range is None:
        return None
    low, high = (float(parameter.model_copy(update={"value": end}).to(unit)) for end in parameter.range)
    return low, high


def states(species: str, span: Span) -> bool:
    """Say whether the catalogue states the range that was read."""
    stated = stated_range(species, span.path, span.unit)
    if stated is None:
        return False
    return bool(np.allclose(stated, (span.low, span.high), rtol=span.tolerance, atol=0.0))

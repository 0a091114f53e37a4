"""Apple Health: the export of a phone, ``export.xml`` or the zip around it.

Records have a type, a source, a start, an end, a value and a unit, in the clock of the wall with its offset from UTC.
One quantity is taken, the first of these of which there are records: physical effort (kcal/hr·kg, which is METs by the
definition of 1 kcal/kg/h), distance on foot, heart rate. Where a phone and a watch both measured, the source with the
most records is taken, as adding them would count the same steps twice. Routes are files of their own, and are not read.
"""

import math
from array import array
from collections.abc import Mapping
from typing import IO, NamedTuple

import numpy as np

from neurogen_abm.activity.recordings.formats import markup
from neurogen_abm.activity.recordings.formats.clock import Moments, Stamps
from neurogen_abm.activity.recordings.formats.gathered import MOMENTS, track, until_next, without_samples
from neurogen_abm.activity.recordings.formats.source import Source
from neurogen_abm.activity.recordings.recording import Floats, Quantity, Recording

NAME = "Apple Health export"
PLACES = True  # the zip holds routes, and much else of a life; a run keeps the samples only
_MEMBER = "export.xml"
_ZIP = b"PK\x03\x04"


class _Kind(NamedTuple):
    quantity: Quantity
    factors: dict[str, float]  # by unit


_TYPES = {
    "HKQuantityTypeIdentifierPhysicalEffort": _Kind("met", {"kcal/hr·kg": 1.0, "kcal/(kg·hr)": 1.0}),
    "HKQuantityTypeIdentifierDistanceWalkingRunning": _Kind("distance_m", {"km": 1000.0, "m": 1.0, "mi": 1609.344}),
    "HKQuantityTypeIdentifierHeartRate": _Kind("heart_rate", {"count/min": 1.0}),
}


class _Records:
    """The records of one type and one source."""

    def __init__(self, source: Source) -> None:
        self.starts, self.ends = Stamps(source), Stamps(source)
        self.rows, self.values = array("q"), array("d")


class _Health(markup.Reader):
    """Collects the records that say how a person moved."""

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self.found: dict[str, dict[str, _Records]] = {}

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        kind = _TYPES.get(attributes.get("type", "")) if name == "Record" else None
        if kind is None:
            return
        factor, text = kind.factors.get(attributes.get("unit", "")), attributes.get("value", "")
        try:
            value = float(text) * (factor if factor is not None else math.nan)
        except ValueError:
            value = math.nan
        if not 0.0 <= value < math.inf:
            said = f"{text[:20]} {attributes.get('unit', '')[:20]}"
            what = f"Row {self.row}: {said} is no value of {attributes['type'][24:]}."
            raise self._source.fault(what, "Export the data again.", row=self.row, code="broken-row")
        sources = self.found.setdefault(attributes["type"], {})
        records = sources.setdefault(attributes.get("sourceName", ""), _Records(self._source))
        records.starts.add(self.row, attributes.get("startDate", ""))
        records.ends.add(self.row, attributes.get("endDate", ""))
        records.rows.append(self.row)
        records.values.append(value)


def recognises(file: Source) -> bool:
    """Return whether the root of the XML is that of Apple's export, or a zip holds such a file."""
    if file.head.startswith(_ZIP):
        return b"apple_health_export" in file.head or _MEMBER.encode() in file.head
    return markup.is_xml(file, "HealthData")


def read(file: Source) -> Recording:
    """Return METs, distances or heart rates."""
    health = _Health(file)
    if file.head.startswith(_ZIP):
        with markup.member(file, _MEMBER) as stream:
            _parse(health, stream)
    else:
        with file.opened() as stream:
            _parse(health, stream)
    kind = next((name for name in _TYPES if name in health.found), None)
    if kind is None:
        raise without_samples(file)
    sources = health.found[kind]
    device = max(sources, key=lambda name: len(sources[name].rows))
    others = len(sources) > 1
    left = ("Records of other sources are left out, so that nothing counts twice.",) if others else ()
    return _recording(file, kind, device, sources[device], left)


def _parse(health: _Health, stream: IO[bytes]) -> None:
    health.parse(stream, markup.LARGEST_MEMBER)


def _recording(file: Source, kind: str, device: str, records: _Records, left: tuple[str, ...]) -> Recording:
    begun, ended = records.starts.read(), records.ends.read()
    order = np.argsort(begun.starts, kind="stable")  # an export is a set, in no order
    offsets = begun.offsets_min
    seconds: Floats = (ended.starts - begun.starts) / np.timedelta64(1, "s")
    if offsets is not None and ended.offsets_min is not None:
        seconds = seconds - (ended.offsets_min - offsets) * 60.0
    moments = Moments(begun.starts[order], None if offsets is None else offsets[order], None, ())
    instant = bool((seconds <= 0).all())  # heart rates are measured in a moment
    said = f"Of the export {kind.removeprefix('HKQuantityTypeIdentifier')} is taken."
    lengths = until_next(moments.starts) if instant else np.maximum(seconds[order], 0.0)
    said = f"{said} {MOMENTS}" if instant else said
    return Recording(
        file=file.name,
        format=NAME,
        quantity=_TYPES[kind].quantity,
        tracks={None: track(np.array(records.rows)[order], moments, np.array(records.values)[order], (), lengths)},
        device="Apple Watch" if "watch" in device.lower() else "phone or app",
        zone=begun.zone,
        notes=(said, *left),
    )

"""MotionWatch MTN (CamNtech): XML with the properties of the watch and its channels as lists of numbers.

Layout of files of MotionWare 1.2: ``+UserID``, ``=Device``, ``=StartTime``; a channel has its name, units, epoch in
seconds, and numbers between commas.
"""

import math
from collections.abc import Mapping

import numpy as np

from neurogen_abm.activity.recordings.formats import markup
from neurogen_abm.activity.recordings.formats.clock import Moments, Stamps, even
from neurogen_abm.activity.recordings.formats.gathered import track, without_samples
from neurogen_abm.activity.recordings.formats.source import Source
from neurogen_abm.activity.recordings.recording import Floats, Recording

NAME = "MotionWatch MTN"


class _Log(markup.Reader):
    """Keeps the last value of each property, and of each channel its parts."""

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self.properties: dict[str, str] = {}
        self.channels: dict[str, dict[str, str]] = {}
        self._channel: dict[str, str] | None = None
        self._name = ""

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "channel":
            self._channel = {}

    def end(self, name: str, text: str) -> None:
        if name == "channel" and self._channel is not None:
            self.channels[self._channel.get("name", "").lower()] = self._channel
            self._channel = None
        elif self._channel is not None:
            self._channel[name] = text
        elif name == "name":
            self._name = text.strip()
        elif name == "content":
            self.properties[self._name] = text.strip()


def recognises(file: Source) -> bool:
    """Return whether the root of the XML is that of a motion file."""
    return markup.is_xml(file, "motionfile")


def read(file: Source) -> Recording:
    """Return the counts of the watch."""
    log = _Log(file)
    with file.opened() as stream:
        log.parse(stream)
    motion = log.channels.get("motion")
    if motion is None or "=StartTime" not in log.properties:
        what = "It lacks the channel `motion`, or when it starts."
        raise file.fault(what, "Export the file again from MotionWare.", code="unknown-format")
    counts = _numbers(file, motion)
    if not counts.size:
        raise without_samples(file)
    seconds = _epoch(file, motion)
    stamps = Stamps(file)
    stamps.add(1, log.properties["=StartTime"])
    starts = even(stamps.read().starts[0], counts.size, seconds)
    lit = log.channels.get("light")
    light = _numbers(file, lit) if lit and _epoch(file, lit) == seconds else np.array([])
    light = np.concatenate([light, np.full(counts.size, np.nan)])[: counts.size]
    device = log.properties.get("=Device")
    return Recording(
        file=file.name,
        format=NAME,
        quantity="activity_counts",
        tracks={
            log.properties.get("+UserID") or None: track(range(1, counts.size + 1), Moments(starts), counts, light)
        },
        device=f"MotionWatch {device}" if device else "MotionWatch",
        epoch_s=seconds,
        named_by="+UserID",
        notes=(f"The watch measured {motion.get('units', 'counts')}.",),
    )


def _numbers(file: Source, channel: Mapping[str, str]) -> Floats:
    try:
        found = [float(part) for part in channel.get("data", "").split(",") if part.strip()]
    except ValueError:
        found = [math.inf]
    values = np.array(found)
    if not np.isfinite(values).all() or (values < 0).any():
        what = f"The channel {channel.get('name')} holds what is no number."
        raise file.fault(what, "Export the file again from MotionWare.", code="broken-row")
    return values


def _epoch(file: Source, channel: Mapping[str, str]) -> float:
    text = channel.get("epoch", "").strip()
    if not text.isdigit() or int(text) < 1:
        what = f"The channel {channel.get('name')} does not say how long a sample lasts."
        raise file.fault(what, "Export the file again from MotionWare.", code="unknown-format")
    return float(text)

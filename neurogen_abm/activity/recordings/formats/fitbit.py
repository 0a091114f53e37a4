"""Fitbit's own JSON: heart rates of an account archive, and METs of the interface for programs.

An archive holds lists of ``{"dateTime": "06/24/95 16:00:10", "value": {"bpm": 70, ...}}`` (month first); steps and
calories come in the same form, and are refused, as neither says how hard a person works. The interface answers
``{"activities-calories": [{"dateTime": ...}], "activities-calories-intraday": {"dataset": [{"mets": 10, ...}]}}``
where METs are multiplied by 10 as in Fitabase's tables.
"""

from dataclasses import replace
from typing import Any

from neurogen_abm.activity.recordings.formats import json_file
from neurogen_abm.activity.recordings.formats.gathered import MOMENTS, Gathered, until_next
from neurogen_abm.activity.recordings.formats.source import Source
from neurogen_abm.activity.recordings.recording import Quantity, Recording

NAME = "Fitbit JSON"
_TENFOLD = 10.0
_DAY, _INTRADAY = "activities-calories", "activities-calories-intraday"


def recognises(file: Source) -> bool:
    """Return whether the first records have the keys of Fitbit."""
    start = "".join(file.top[:12])
    return json_file.is_json(file) and (('"dateTime"' in start and '"value"' in start) or f'"{_DAY}' in start)


def read(file: Source) -> Recording:
    """Return heart rates or METs."""
    content = json_file.load(file)
    samples = Gathered(file, usual="mdy")
    try:
        if isinstance(content, list):
            quantity: Quantity = "heart_rate"
            _beats(file, content, samples)
        else:
            quantity = "met"
            _mets(file, content, samples)
    except (KeyError, TypeError, IndexError, AttributeError):
        what = f"Record {len(samples.stamps) + 1} lacks what such files hold."
        raise file.fault(what, "Export the recording again.", code="broken-row") from None
    tracks, moments = samples.read()
    if quantity == "heart_rate":
        tracks = {name: replace(track, seconds=until_next(track.starts)) for name, track in tracks.items()}
        return Recording(file.name, NAME, quantity, tracks, device="Fitbit", notes=(MOMENTS, *moments.notes))
    said = "METs are a tenth of what stands in the file, as Fitbit multiplies them by 10."
    return Recording(file.name, NAME, quantity, tracks, device="Fitbit", epoch_s=60.0, notes=(said, *moments.notes))


def _beats(file: Source, content: list[Any], samples: Gathered) -> None:
    for row, record in enumerate(content, 1):
        value = record["value"]
        if not isinstance(value, dict):
            what = "It holds steps or calories, which do not say how hard a person works."
            cure = "Give heart rates (heart_rate-*.json), or METs by way of Fitabase."
            raise file.fault(what, cure, code="no-conversion")
        samples.stamps.add(row, str(record["dateTime"]))
        samples.add(json_file.number(file, value["bpm"], "bpm", row))


def _mets(file: Source, content: dict[str, Any], samples: Gathered) -> None:
    day = str(content[_DAY][0]["dateTime"])
    for row, record in enumerate(content[_INTRADAY]["dataset"], 1):
        samples.stamps.add_parts(row, day, str(record["time"]))
        samples.add(json_file.number(file, record["mets"], "mets", row) / _TENFOLD)

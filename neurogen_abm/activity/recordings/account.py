"""What became of a recording in a run: what was used, filled, repeated and left out, and when its animal was active.

`neurogen validate`, the report of a run and its provenance say it alike, in the sentences of this module.
"""

import warnings
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from neurogen_abm.activity.recordings.recording import Quantity
from neurogen_abm.numerals import plain

NAMES_OF_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_HOUR, _DAY = 60, 1440
FILLED_BY = {"hold": "the last value before them", "zero": "no activity", "refuse": ""}


class RecordingWarning(UserWarning):
    """A recording is replayed as asked, and something about it deserves a second look."""


@dataclass(frozen=True)
class Replayed:
    """One block of a recording, as it was replayed. Times are minutes, unless their name says otherwise."""

    where: str  # the block of the scenario
    file: str
    format: str
    device: str | None
    animal: str | None
    quantity: Quantity
    interval_min: int
    begins: datetime  # clock time of the recording at the first minute replayed
    recorded_min: int  # length of the recording
    used_min: int  # how much of it is replayed
    before_min: int  # recorded before that
    run_min: int  # length of the block in the run
    gaps: int  # stretches without measurement in what is used
    missing_min: int  # their length
    longest_gap_min: int
    filled_min: int  # minutes of the run that stand for them, repetitions included
    gap: str  # what they were filled with: refuse, hold, zero
    km_per_day: float | None
    median_met: float | None
    dark_share: float | None  # of distance, or of effort above rest, by the lights of the run; None where there is none
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def after_min(self) -> int:
        """Recorded after what is replayed."""
        return max(0, self.recorded_min - self.before_min - self.used_min)

    def sentences(self) -> list[str]:
        """Return everything a reader of the run should know of it, warnings last."""
        who = f", {self.animal}" if self.animal else ""
        device = f", {self.device}" if self.device else ""
        day = f"{NAMES_OF_DAYS[self.begins.weekday()]} {self.begins:%Y-%m-%d %H:%M}"
        return [
            f"{self.file} ({self.format}{device}){who}: a value every {lasting(self.interval_min)}, from {day}.",
            self._used(),
            *self._filled(),
            self._activity(),
            *self.notes,
            *(f"Warning: {warning}" for warning in self.warnings),
        ]

    def _used(self) -> str:
        times = self.run_min / max(self.used_min, 1)
        repeated = f", repeated {plain(times, 3)} times" if self.run_min > self.used_min else ""
        left = [
            f"{lasting(minutes)} {where} that"
            for minutes, where in ((self.before_min, "before"), (self.after_min, "after"))
            if minutes
        ]
        dropped = f"; left out: {' and '.join(left)}" if left else ""
        return f"Replayed: {lasting(self.used_min)} of {lasting(self.recorded_min)} recorded{repeated}{dropped}."

    def _filled(self) -> list[str]:
        if not self.gaps:
            return []
        gaps = f"{self.gaps} gap{'s' * (self.gaps != 1)}"
        share = plain(100.0 * self.filled_min / max(self.run_min, 1), 2)
        return [
            f"Not measured: {lasting(self.missing_min)} in {gaps}, the longest of {lasting(self.longest_gap_min)}; "
            f"filled with {FILLED_BY[self.gap]} (`gap: {self.gap}`), {self.filled_min} min or {share} % of "
            "what is replayed."
        ]

    def _activity(self) -> str:
        much = []
        if self.km_per_day is not None:
            much.append(f"{plain(self.km_per_day, 3)} km a day")
        if self.median_met is not None:
            much.append(f"a median of {plain(self.median_met, 3)} METs")
        dark = "" if self.dark_share is None else f"; {plain(100.0 * self.dark_share, 3)} % of it in the dark"
        return f"Activity: {', '.join(much)}{dark}."

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain data, for the provenance of a run."""
        more = {"begins": self.begins.isoformat(), "after_min": self.after_min, "said": self.sentences()}
        found = asdict(self) | more
        return {name: list(part) if isinstance(part, tuple) else part for name, part in found.items()}


def warn_of(replayed: Iterable[Replayed]) -> None:
    """Issue a `RecordingWarning` for everything about recordings that deserves a second look."""
    for account in replayed:
        for warning in account.warnings:
            warnings.warn(f"{account.where}: {warning}", RecordingWarning, stacklevel=3)


def lasting(minutes: float) -> str:
    """Return a length of time in its largest fitting unit.

    >>> lasting(90), lasting(60), lasting(4320)
    ('90 min', '1 h', '3 d')
    """
    if minutes >= 2 * _DAY or minutes == _DAY:
        return f"{plain(minutes / _DAY, 3)} d"
    if minutes > 2 * _HOUR or minutes == _HOUR or minutes == 2 * _HOUR:
        return f"{plain(minutes / _HOUR, 3)} h"
    return f"{plain(minutes, 3)} min"


def span(start: datetime, minutes: int) -> str:
    """Return the first and last clock time of a recording."""
    return f"{start:%Y-%m-%d %H:%M} to {start + timedelta(minutes=minutes):%Y-%m-%d %H:%M}"

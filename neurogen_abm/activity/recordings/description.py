"""What a file of recorded activity holds, as the package understands it, for `neurogen recording` and for Python."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.activity.conversions import to_met
from neurogen_abm.activity.intensity import Value, intensity_scale
from neurogen_abm.activity.recordings.account import NAMES_OF_DAYS, lasting
from neurogen_abm.activity.recordings.actogram import picture
from neurogen_abm.activity.recordings.lights import DAY_MIN, Lights, lit, recorded_lights
from neurogen_abm.activity.recordings.plausibility import doubts_of, limits_of
from neurogen_abm.activity.recordings.recording import UNITS, Recording
from neurogen_abm.activity.recordings.register import (
    chosen_track,
    find_recording,
    is_shipped,
    read_file,
    read_recording,
)
from neurogen_abm.activity.recordings.series import RecordedSeries
from neurogen_abm.activity.run_context import ActivityError, RunContext
from neurogen_abm.arguments import MAPPING, NUMBER, PLACE, TEXT, Kind, check
from neurogen_abm.numerals import plain
from neurogen_abm.spec.catalogue import load_catalogue
from neurogen_abm.spec.fields import ClockTime
from neurogen_abm.spec.handed import as_file, is_table
from neurogen_abm.spec.scenario.activity import DAYS
from neurogen_abm.spec.yaml.writer import write
from neurogen_abm.units import tidy

if TYPE_CHECKING:
    import pandas as pd

_DISTANCES = ("wheel_counts", "distance_m", "speed_m_min")
_FILE = Kind("a path or a table of pandas", lambda value: is_table(value) or PLACE.fits(value))


@dataclass(frozen=True, repr=False)
class RecordedAnimal:
    """One animal or person of a recording.

    Attributes
    ----------
    name
        As the file names it; None where it names nobody.
    series
        The samples at even times, with their gaps.
    km_per_day, median_met
        How much it moved: one of them is None.
    dark_share
        Share of its activity while the lights were off (0..1); None where it did not move.
    faults
        Why a scenario that names it would be refused, each a sentence with its cure; none where it would not.
    """

    name: str | None
    series: RecordedSeries
    km_per_day: float | None
    median_met: float | None
    dark_share: float | None
    dark: NDArray[np.bool_]
    faults: tuple[str, ...]

    @property
    def missing_min(self) -> int:
        """Minutes without measurement."""
        return sum(gap.samples for gap in self.series.gaps) * self.series.interval_min

    @property
    def longest_gap_min(self) -> int:
        """Length of the longest gap, in minutes."""
        return max((gap.samples for gap in self.series.gaps), default=0) * self.series.interval_min

    def row(self) -> dict[str, str]:
        """Return what a table says of it."""
        series, gaps = self.series, len(self.series.gaps)
        end = series.time(series.values.size)
        moved = "" if self.km_per_day is None else plain(self.km_per_day, 3)
        met = "" if self.median_met is None else plain(self.median_met, 3)
        return {
            "animal": "-" if self.name is None else self.name,
            "from": f"{NAMES_OF_DAYS[series.start.weekday()][:3]} {series.start:%Y-%m-%d %H:%M}",
            "to": f"{end:%Y-%m-%d %H:%M}",
            "every": lasting(series.interval_min),
            "gaps": f"{gaps}, {lasting(self.missing_min)}" if gaps else "none",
            **({"km a day": moved} if self.km_per_day is not None else {}),
            **({"median MET": met} if self.median_met is not None else {}),
            "in the dark": "" if self.dark_share is None else f"{plain(100 * self.dark_share, 3)} %",
        }


@dataclass(frozen=True, repr=False)
class RecordingDescription:
    """A recording as the package understands it; `text` says it, `block` is what a scenario says to replay it."""

    path: Path
    source: Recording
    species: str
    lights: Lights
    metres_per_count: float | None
    assumed_metres: bool
    animals: tuple[RecordedAnimal, ...]
    chosen: RecordedAnimal
    said: Mapping[str, object] = field(default_factory=dict)  # what the caller said of the file, as a block says it

    def __repr__(self) -> str:
        """Return one line."""
        n = len(self.animals)
        span = lasting(self.chosen.series.minutes)
        return f"<Recording {self.source.file}: {self.source.format}, {n} animal{'s' * (n != 1)}, {span}>"

    def _repr_html_(self) -> str:
        """Return a table for a notebook."""
        rows = [animal.row() for animal in self.animals]
        head = "".join(f"<th>{escape(key)}</th>" for key in rows[0])
        body = "".join(f"<tr>{''.join(f'<td>{escape(v)}</td>' for v in row.values())}</tr>" for row in rows)
        said = "".join(f"<p>{escape(line)}</p>" for line in (*self.facts(), *self.faults))
        return f"{said}<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"

    @property
    def faults(self) -> tuple[str, ...]:
        """Why a scenario that names the chosen animal would be refused."""
        return self.chosen.faults

    def facts(self) -> list[str]:
        """Return what was understood of the file as a whole."""
        source, n = self.source, len(self.animals)
        told_by = f", told apart by `{source.named_by}`" if source.named_by else ""
        device = f", {source.device}" if source.device else ""
        per = ""
        if self.metres_per_count is not None:
            per = f", {plain(self.metres_per_count)} m each{' (assumed)' if self.assumed_metres else ''}"
        said = [
            f"{source.file}: {source.format}{device}.",
            f"{UNITS[source.quantity]}{per}; {n} animal{'s' * (n != 1)}{told_by}, taken for a {self.species}.",
            f"Lights on at {_time(self.lights.on_min)}, off at {_time(self.lights.off_min)} ({self.lights.said_by}).",
        ]
        return [*said, *dict.fromkeys(self.chosen.series.notes)]

    def table(self) -> str:
        """Return a line for every animal, under a header."""
        rows = [animal.row() for animal in self.animals]
        widths = {key: max(len(key), *(len(row.get(key, "")) for row in rows)) for key in rows[0]}
        lines = [dict(zip(widths, widths, strict=True)), *rows]
        return "\n".join("  ".join(line.get(key, "").ljust(widths[key]) for key in widths).rstrip() for line in lines)

    def picture(self, *, plain_text: bool = False) -> str:
        """Return the actogram of the chosen animal in characters."""
        return picture(self.chosen.series, self.chosen.dark, plain=plain_text)

    def text(self, *, plain_text: bool = False) -> str:
        """Return everything that was understood, and the actogram of the chosen animal."""
        whose = f"Actogram of {self.chosen.name}" if self.chosen.name else "Actogram"
        drawn = f"{whose}: each row two days; dots are hours in the dark, ? is not measured."
        return "\n".join([*self.facts(), "", self.table(), "", drawn, self.picture(plain_text=plain_text)])

    def scenario(self, age: str, *, sedentary: bool = False) -> str:
        """Return a scenario of the chosen animal, as YAML; with ``sedentary`` that of its twin, which stays at rest.

        ``age`` is that at the start of the recording, such as "8 wk". It lasts as long as the recording.
        """
        duration = tidy(self.chosen.series.minutes / 60, "h")
        head = write({"schema": 1, "species": self.species, "age": age, "duration": duration})
        return head + (write({"clock": self._clock()}) if sedentary else self.block())

    def _clock(self) -> dict[str, str]:
        series = self.chosen.series
        clock = {"start": f"{series.start:%H:%M}", "day": DAYS[series.start.weekday()]}
        if self.species != "human" or self.lights.said_by != _USUAL:
            clock |= {"lights_on": _time(self.lights.on_min), "lights_off": _time(self.lights.off_min)}
        return clock

    def block(self) -> str:
        """Return the entries of a scenario that replay the chosen animal, as YAML to be pasted at its top level."""
        series, chosen = self.chosen.series, self.chosen
        block: dict[str, object] = {"kind": "recording", "file": self.source.file}
        if chosen.name is not None and len(self.animals) > 1:
            block["animal"] = chosen.name
        if self.source.quantity == "wheel_counts" and self.metres_per_count is not None:
            block["metres_per_count"] = f"{plain(self.metres_per_count)} m"
        block |= self.said
        if series.gaps:
            held = chosen.longest_gap_min <= _longest_hold(self.species) and series.gaps[0].first > 0
            block["gap"] = "hold" if held else "zero"
        notes = [
            f"# {lasting(series.minutes)} of a {self.species}; a longer run needs `repeat: true`, or an `end`.",
            *(["# Keep the file beside the scenario."] if not is_shipped(self.path) else []),
        ]
        if self.assumed_metres:
            notes.append("# metres_per_count is assumed: measure the wheel.")
        if self.species != "human" and self.lights.said_by == _USUAL:
            notes.append("# lights_on and lights_off are assumed: write when yours were.")
        return "\n".join([*notes, write({"clock": self._clock(), "activity": [block]}).rstrip()]) + "\n"


_USUAL, _SAID = "assumed", "as you say"


def recording(
    file: "str | Path | pd.DataFrame",
    animal: str | None = None,
    *,
    species: str | None = None,
    metres_per_count: float | None = None,
    lights_on: str | None = None,
    lights_off: str | None = None,
    age_years: float | None = None,
    columns: Mapping[str, str] | None = None,
    zone: str | None = None,
) -> RecordingDescription:
    """Read a recording and say what it holds: format, span, animals, gaps, how much they moved, and when.

    Parameters
    ----------
    file
        A file, the name of a shipped recording, or a table with the columns of one: ``start``, or times as its index,
        and ``wheel_counts`` or ``met``.
    animal
        Whose actogram and block; the first of the file by default.
    species
        mouse, rat or human; by default what the file says or looks like.
    metres_per_count
        Metres of one count of the wheel; by default what is usual for the species.
    lights_on, lights_off
        Times of day like "07:00"; by default those of the file's column of light, else 07:00 and 19:00.
    age_years
        Age of a person whose heart rate was recorded: METs are made of it.
    columns, zone
        What the columns of a table hold, and the zone of the clock on the wall, as a scenario says them.

    Raises
    ------
    RecordingError
        The file cannot be read, or holds no such animal. What could be read and would not be replayed is no error
        here: `RecordingDescription.faults` says why.

    Examples
    --------
    >>> recording("mouse_wheel_minutes")
    <Recording mouse_wheel_minutes.csv: wheel counts, CSV, 1 animal, 14 d>
    """
    check(
        file=(file, _FILE),
        animal=(animal, TEXT.or_none),
        species=(species, TEXT.or_none),
        metres_per_count=(metres_per_count, NUMBER.or_none),
        lights_on=(lights_on, TEXT.or_none),
        lights_off=(lights_off, TEXT.or_none),
        age_years=(age_years, NUMBER.or_none),
        columns=(columns, MAPPING.or_none),
        zone=(zone, TEXT.or_none),
    )
    named = as_file(file) if is_table(file) else Path(str(file))
    path = named if named.exists() else find_recording(str(file))
    source = read_file(path, columns, zone)
    chosen = next(iter(source.tracks)) if animal is None else chosen_track(source, animal)
    kind = species or _species(source)
    value = load_catalogue(kind).value
    per_count = metres_per_count
    if per_count is None and source.quantity == "wheel_counts" and kind != "human":
        per_count = float(value("physiology.wheel.metres_per_count", "m/count"))
    series = {name: read_recording(path, name, columns, zone) for name in source.tracks}
    lights = _lights(series[chosen], kind, lights_on, lights_off)
    read = _Reading(kind, species, per_count, lights, age_years)
    animals = {name: _animal(one, read) for name, one in series.items()}
    said = {"columns": dict(columns) if columns else None, "zone": zone, "species": species}
    return RecordingDescription(
        path,
        source,
        kind,
        lights,
        per_count,
        metres_per_count is None and per_count is not None,
        tuple(animals.values()),
        animals[chosen],
        {key: value for key, value in said.items() if value is not None},
    )


def _species(source: Recording) -> str:
    """Return the species that a file says it recorded, or else that is recorded so."""
    named = {"mouse": "mouse", "rat": "rat", "person": "human"}.get(str(source.named_by))
    return named or ("mouse" if source.quantity == "wheel_counts" else "human")


class _Reading(NamedTuple):
    """How samples are read: for which species, by whose word, and with what is usual."""

    species: str
    said: str | None  # the species that the caller names
    metres_per_count: float | None
    lights: Lights
    age_years: float | None


def _animal(series: RecordedSeries, read: _Reading) -> RecordedAnimal:
    value = load_catalogue(read.species).value
    series, faults = _with_effort(series, read, value)
    factor = {"wheel_counts": read.metres_per_count or 0.0, "distance_m": 1.0, "speed_m_min": 1.0}
    per_value = factor.get(series.quantity, 0.0)
    doubts = doubts_of(series, limits_of(value, read.species), per_value, read.said)
    faults += [f"{doubt.what} {doubt.cure}" for doubt in doubts]
    known = series.values[~np.isnan(series.values)]
    km = None
    if series.quantity in factor and known.size:
        metres = float(known.mean()) * per_value / (series.interval_min if series.is_total else 1)
        km = metres * DAY_MIN / 1000.0
    met = float(np.median(known)) if series.quantity == "met" and known.size else None
    on = lit(series, read.species)
    by_clock = on is None or read.lights.said_by == _SAID
    dark = read.lights.dark(series) if by_clock else np.repeat(~np.asarray(on), series.interval_min)
    return RecordedAnimal(series.animal, series, km, met, _dark_share(series, dark), dark, tuple(faults))


def _with_effort(series: RecordedSeries, read: _Reading, value: Value) -> tuple[RecordedSeries, list[str]]:
    """Return a series as distance or METs where it can be had as such, else with the reason why it cannot."""
    if series.quantity == "wheel_counts" and read.species == "human":
        return series, ["People do not run in wheels. Name the species."]
    if series.quantity == "heart_rate" and read.age_years is None:
        note = "Heart rates become METs in a scenario, which says how old the person is."
        return series._replace(notes=(*series.notes, note)), []
    run = RunContext(
        n_minutes=0,
        clock_start_min=0,
        weekday=0,
        lights_on_min=read.lights.on_min,
        lights_off_min=read.lights.off_min,
        seed=0,
        scale=intensity_scale(value, read.species),
        value=value,
        species=read.species,
        base_dir=None,
        age_years=read.age_years or 0.0,
    )
    try:
        converted = to_met(series, run)
    except ActivityError as fault:
        return series, [f"{fault.what} {fault.cure}"]
    if converted.quantity not in (*_DISTANCES, "met"):
        return series, [f"{UNITS[series.quantity]} are neither distance nor METs. Give one of these."]
    return converted, []


def _dark_share(series: RecordedSeries, dark: NDArray[np.bool_]) -> float | None:
    if series.interval_min > 60:
        return None
    effort = np.nan_to_num(np.maximum(series.values - (1.0 if series.quantity == "met" else 0.0), 0.0))
    share = dark.reshape(-1, series.interval_min).mean(axis=1)
    total = float(effort.sum())
    return float((effort * share).sum()) / total if total > 0.0 else None


def _lights(series: RecordedSeries, species: str, on: str | None, off: str | None) -> Lights:
    """Return when the lights were on: as said, as the file's column of light says, or as is usual."""
    read = ClockTime().read
    usual = recorded_lights(series, species) or Lights(7 * 60, 19 * 60, _USUAL)
    if on is None and off is None:
        return usual
    return Lights(usual.on_min if on is None else read(on), usual.off_min if off is None else read(off), _SAID)


def _longest_hold(species: str) -> float:
    return float(load_catalogue(species).value("physiology.recording.longest_hold", "min"))


def _time(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"

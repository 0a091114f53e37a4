"""Whether values can be what they are said to be, in an animal of this kind; where not, what they look like.

No file says in what its numbers are counted. A running total, METs times ten, counts of an actigraph taken for METs, or
the METs of a person given to a mouse all have the right form, and a run of any of them would be wrong without a word.
"""

from typing import NamedTuple

import numpy as np

from neurogen_abm.activity.intensity import Value
from neurogen_abm.activity.recordings.recording import UNITS, Floats
from neurogen_abm.activity.recordings.series import RecordedSeries, RecordingError
from neurogen_abm.numerals import plain

_DAY_MIN = 1440
# A counter rises again and again, and falls only to where it begins anew. Activity falls as often as it rises.
_FEWEST, _RISES_ALONE, _RISES_TO_A_FALL = 24, 12, 8
_ANEW = 0.1  # of what it had reached
_FEWEST_DAYS, _OF_EVEN_RISE = 5, 0.75
_NAMES = {"mouse": "mouse", "rat": "rat", "person": "human"}  # column that names the animals -> species


class Doubt(NamedTuple):
    """Why values are not believed, and what to do."""

    what: str
    cure: str
    code: str


class Limits(NamedTuple):
    """What an animal of the species cannot exceed (catalogue, `physiology.recording`)."""

    species: str
    highest_distance_km_d: float
    highest_speed_m_min: float
    highest_met: float
    highest_resting_met: float
    least_km_d: float  # of an animal with a wheel that turns


def limits_of(value: Value, species: str) -> Limits:
    """Read the limits of a species."""
    group = "physiology.recording"
    return Limits(
        species,
        float(value(f"{group}.highest_distance", "km/d")),
        float(value(f"{group}.highest_speed", "m/min")),
        float(value(f"{group}.highest_met", "1")),
        float(value(f"{group}.highest_resting_met", "1")),
        float(value(f"{group}.least_distance", "km/d")),
    )


def refuse_implausible(
    source: RecordedSeries, limits: Limits, metres_per_value: float, said: str | None, where: str
) -> None:
    """Refuse a recording that cannot be what it is taken for; every reason at once.

    ``metres_per_value`` makes metres of a sample's value (m/min of a speed, per minute); ``said`` is the species that
    the scenario says was recorded, None where it says nothing; ``where`` is its block.
    """
    doubts = doubts_of(source, limits, metres_per_value, said)
    if doubts:
        what = " ".join(doubt.what for doubt in doubts)
        cures = dict.fromkeys(doubt.cure for doubt in doubts)
        raise RecordingError(what, where=f"{source.name} {where}.file", cure=" ".join(cures), code=doubts[0].code)


def doubts_of(source: RecordedSeries, limits: Limits, metres_per_value: float, said: str | None) -> list[Doubt]:
    """Return the reasons, if any, for which a recording is not believed; parameters as in `refuse_implausible`."""
    doubts = [_whose(source, limits.species, said)]
    known = source.values[~np.isnan(source.values)]
    if not known.size:
        doubts.append(Doubt("Nothing in it was measured: every sample is empty.", "Give another file.", "no-values"))
    else:
        adds_up = _adds_up(source, known) if source.is_total else None
        values = _mets(source, known, limits) if source.quantity == "met" else _far(source, limits, metres_per_value)
        doubts.append(adds_up or values)  # a running total is too far as well
    return [doubt for doubt in doubts if doubt is not None]


def _whose(source: RecordedSeries, species: str, said: str | None) -> Doubt | None:
    """Return a doubt about whose activity it is: another species by the words of the file, or METs, a person's."""
    named = _NAMES.get(str(source.named_by))
    if said is not None:
        if said == species:
            return None
        what = f"The block says that a {said} was recorded, and `species` of the scenario is {species}."
        return Doubt(what, f"Give a recording of a {species}.", "other-species")
    if named is not None and named != species:
        what = f"The file calls those it recorded {source.named_by}, and `species` is {species}."
        return Doubt(
            what,
            f"Give a recording of a {species}; if it is one, write `species: {species}` into the block.",
            "other-species",
        )
    if source.quantity == "met" and species != "human" and named is None:
        what = (
            f"METs are how people are recorded, and `species` is {species}: the file looks like the METs of a person, "
            f"whose day is the night of a {species}."
        )
        cure = f"If they are oxygen used by a {species} over that at rest, write `species: {species}` into the block."
        return Doubt(what, cure, "other-species")
    return None


def _adds_up(source: RecordedSeries, known: Floats) -> Doubt | None:
    """Return a doubt where values are the reading of a counter, not what was counted in each sample."""
    steps = np.diff(known)
    rises, fell = int((steps > 0).sum()), np.flatnonzero(steps < 0)
    falls = fell.size
    if source.interval_min < _DAY_MIN:
        anew = bool(np.all(known[1:][fell] <= _ANEW * known[:-1][fell]))
        counter = known.size >= _FEWEST and rises >= _RISES_ALONE and rises >= _RISES_TO_A_FALL * falls and anew
    else:  # days may rise by themselves; those of a counter rise each by about as much as the first holds
        even = known[-1] >= _OF_EVEN_RISE * known.size * max(known[0], 1e-9)
        counter = known.size >= _FEWEST_DAYS and rises > 0 and not falls and bool(even)
    if not counter:
        return None
    never = "never fall" if not falls else f"rise {rises} times and fall {falls} times"
    what = (
        f"Its {UNITS[source.quantity]} {never}, from {plain(float(known[0]), 6)} to {plain(float(known[-1]), 6)}: they "
        "look like a running total."
    )
    return Doubt(what, "Write what was counted in each sample, the difference to the one before.", "running-total")


def _mets(source: RecordedSeries, known: Floats, limits: Limits) -> Doubt | None:
    """Return a doubt where values cannot be METs: too high, too high at rest, or far below rest."""
    top, middle = float(known.max()), float(np.median(known))
    rests = source.minutes >= _DAY_MIN
    if top > limits.highest_met:
        what = f"Its METs reach {plain(top, 4)}; nobody exceeds {plain(limits.highest_met)}"
    elif rests and middle > limits.highest_resting_met:
        what = f"Half of its METs are above {plain(middle, 4)}; at rest they are 1"
    elif middle < 0.5:
        what = f"Half of its METs are {plain(middle, 4)} or less; at rest they are 1"
    else:
        return None
    tenfold = middle > 0.0 and float(known[known > 0].min()) >= 5.0 and middle / 10.0 <= limits.highest_resting_met
    looks, cure = "counts of activity", "Convert them to METs by a calibration of the device."
    if tenfold:
        looks, cure = "METs times ten, as some exports write them", "Divide them by ten."
    return Doubt(f"{what}: they look like {looks}.", cure, "not-mets")


def _far(source: RecordedSeries, limits: Limits, metres_per_value: float) -> Doubt | None:
    """Return a doubt where an animal would have run farther, or faster, than any of its kind."""
    metres = np.nan_to_num(source.values) * metres_per_value
    if not source.is_total:
        metres = metres * source.interval_min
    window = min(metres.size, max(1, _DAY_MIN // source.interval_min))
    so_far = np.concatenate([[0.0], np.cumsum(metres)])
    by_day = so_far[window:] - so_far[:-window]
    day = int(np.argmax(by_day))
    speeds = metres / source.interval_min
    fastest = int(np.argmax(speeds))
    per = "" if source.quantity != "wheel_counts" else f" at {plain(metres_per_value)} m per count"
    reasons = []
    if by_day[day] > 1000.0 * limits.highest_distance_km_d:
        reasons.append(
            f"{plain(by_day[day] / 1000.0, 3)} km within a day from {source.time(day):%Y-%m-%d %H:%M}{per}, where no "
            f"{limits.species} goes beyond {plain(limits.highest_distance_km_d)} km"
        )
    if speeds[fastest] > limits.highest_speed_m_min:
        reasons.append(
            f"{plain(speeds[fastest], 4)} m/min at {source.time(fastest):%Y-%m-%d %H:%M}{per}, where no "
            f"{limits.species} exceeds {plain(limits.highest_speed_m_min)} m/min"
        )
    if not reasons:
        return None
    looks = "parts of a turn, a running total, or another unit" if per else "another unit"
    what = f"It would have gone {'; and '.join(reasons)}: the values look like {looks}."
    cure = "Give the metres of one count (`metres_per_count`)." if per else "Give metres, or m/min."
    return Doubt(what, cure, "too-far")

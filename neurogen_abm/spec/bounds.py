"""Hard bounds: values outside which the equations mean nothing, so that no reason (``why``) lifts them.

The believable range of a parameter is biology and may be left on purpose; bounds are arithmetic. They follow from the
unit and the name of a parameter by the rules below, the first that fits.
"""

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any, NamedTuple

from neurogen_abm.numerals import plain
from neurogen_abm.spec.parameter import Parameter, leaves
from neurogen_abm.spec.validation import ScenarioError


class Bounds(NamedTuple):
    """The numbers a parameter can hold: from ``least`` to ``most``, in its own unit, with or without the ends."""

    least: float = 0.0
    most: float = float("inf")
    with_least: bool = True
    with_most: bool = True
    whole: bool = False


_FREE = Bounds(least=float("-inf"))
_NOT_NEGATIVE = Bounds()
_POSITIVE = Bounds(with_least=False)
_SHARE = Bounds(most=1.0)
_POSITIVE_SHARE = Bounds(most=1.0, with_least=False)

_BY_NAME: tuple[tuple[str, Bounds], ...] = (
    (r"\.(granule_layers|reach|radial_depth|terminals\.number)$", Bounds(least=1.0, whole=True)),
    # Probabilities, and parts of a whole.
    (r"\.(stay_active|symmetric|consuming|astrogenic|division_probability)_", _SHARE),
    (r"\.(habituation\.depth|circadian_amplitude_\w+|crest_fraction|disuse_\w+_loss)$", _SHARE),
    (r"\.(first_light_hour_share|lifting_intensity|training_threshold)$", _SHARE),
    (r"\.(freezing_baseline|freezing_ceiling)$", _SHARE),
    # Parts of a whole by which something is divided.
    (r"\.(stay_variation|dark_share|extracellular_fraction|detraining_\w+_loss)$", _POSITIVE_SHARE),
    # Something is divided by the rest.
    (r"\.(threshold|active_time_exponent|freezing_spread)$", Bounds(most=1.0, with_most=False)),
    (r"\.size$", Bounds(least=-1.0)),  # a messenger cannot fall by more than all of it
    (r"\.combiner_exponent$", _FREE),
    (r"^anatomy\.surface\.(along|around|inner_layer)$", _FREE),  # angles; a depth counted from the layer
    # The network: numbers of cells, and shares that are quantiles.
    (r"^network\.(entorhinal\.cells|mature\.afferents|test\.(patterns|most_cells))$", Bounds(least=1.0, whole=True)),
    (r"^network\.(entorhinal|mature)\.active_share$", Bounds(most=1.0, with_least=False, with_most=False)),
    (r"^network\.(mature\.feedback_share|young\.afferents|learning\.rate_\w+)$", _SHARE),
    (r"^network\.test\.similarities$", Bounds(most=1.0, with_most=False)),
    (r"^network\.mature\.weight_variation$", _NOT_NEGATIVE),
    # Ages, clock times and exponents that may be zero.
    (r"\.(death_age|\w+_clock|\w+_onset|\w+_until_age|muscle_mass_exponent)$", _NOT_NEGATIVE),
    (r"\.completion_(half|steepness)$", _POSITIVE),
    # Plain numbers and rates that divide, are raised to a power, or whose logarithm is taken.
    (
        r"\.(towards|half_max|hill|pool|\w*exponent|maturation_stretch|hypertrophy_max|fitness_max|bout_shape)$",
        _POSITIVE,
    ),
    (r"\.(bouts_per_day|bout_rate_shape|minute_rate_(alpha|beta)|light_bout_scale|hr_rest|hr_max)$", _POSITIVE),
)
# Numbers, hazards, cargoes and permeabilities may be zero; times, lengths, volumes, levels, speeds and doses may not.
_ZERO_ALLOWED = re.compile(r"1|1/.*|cells|pg|mL/g/min")
# The first stays below the second, because something is divided by their difference or spans it.
_ORDERED = (
    ("physiology.muscle.mature_age", "physiology.motivation.aged_drive_age"),
    ("physiology.intensity.resting_oxygen", "physiology.intensity.vo2max"),
    ("physiology.intensity.hr_rest", "physiology.intensity.hr_max"),
    ("memory.terminals.first", "memory.terminals.all"),
    ("memory.recall.freezing_baseline", "memory.recall.freezing_ceiling"),
)

# Three shares of one whole, each with an age at the end of its path.
_SHARES = ("lineage.stem.symmetric_", "lineage.stem.consuming_", "lineage.stem.astrogenic_")


def bounds_of(path: str, unit: str) -> Bounds:
    """Return the numbers that the parameter at ``path`` can hold, in ``unit``, its own."""
    for pattern, found in _BY_NAME:
        if re.search(pattern, path):
            return found
    return _NOT_NEGATIVE if _ZERO_ALLOWED.fullmatch(unit) else _POSITIVE


def check_value(path: str, unit: str, value: Any) -> None:
    """Refuse a value (a number or nested lists, in ``unit``) outside the hard bounds of the parameter at ``path``."""
    allowed = bounds_of(path, unit)
    for number in leaves(value):
        _check_number(number, allowed)
    if path.endswith(".death_age"):
        edges = list(leaves(value))
        if edges[0] != 0.0 or any(later <= earlier for earlier, later in pairwise(edges)):
            raise _outside("is not a rising list of ages.", "Start at 0 and let every age be above the one before it.")
    if path.endswith(".hourly_share") and sum(leaves(value)) <= 0.0:
        raise _outside("is zero in every hour.", "Give a value above zero for at least one hour.")


def _check_number(number: float, allowed: Bounds) -> None:
    if allowed.whole and number != round(number):
        raise _outside(f"is not a whole number: {plain(number)}.", f"Write {max(1, round(number))}.", code="not-whole")
    if number < allowed.least or (number == allowed.least and not allowed.with_least):
        if allowed.least == 0.0:
            fault = "negative" if number < 0.0 else "zero"
            cure = f"Give a value {'of zero or more' if allowed.with_least else 'above zero'}."
            raise _outside(f"cannot be {fault}.", cure)
        raise _outside(f"cannot be below {plain(allowed.least)}.", f"Give {plain(allowed.least)} or more.")
    if number > allowed.most or (number == allowed.most and not allowed.with_most):
        if allowed.with_most:
            cure = f"Give a number {'from' if allowed.with_least else 'above'} 0 to 1, or a percentage."
            raise _outside("is a probability or a share and cannot be above 1.", cure)
        raise _outside(
            f"must stay below {plain(allowed.most)}.", f"Give a number from 0 to below {plain(allowed.most)}."
        )


def check_order(path: str, all_: Mapping[str, Parameter]) -> None:
    """Refuse a changed value that is not on its side of another: rest below maximum, maturity below old age."""
    for lower, upper in _ORDERED:
        if path not in (lower, upper) or lower not in all_ or upper not in all_:
            continue
        unit = all_[path].unit
        if float(all_[lower].to(unit)) >= float(all_[upper].to(unit)):
            side, other = ("below", upper) if path == lower else ("above", lower)
            limit = f"{plain(all_[other].value)} {all_[other].unit}".removesuffix(" 1")
            what = f"is not {side} {other} ({limit})."
            raise _outside(what, f"Give a value {side} it, or change both.")


def check_shares(path: str, all_: Mapping[str, Parameter]) -> None:
    """Refuse changed shares of one whole that add up to more than it; the place is left to the caller."""
    if not path.startswith(_SHARES):
        return
    age = path.rsplit("_", 1)[1]
    total = sum(float(all_[f"{share}{age}"].value) for share in _SHARES)
    if total > 1:
        names = ", ".join(f"{share}{age}" for share in _SHARES)
        what = f"makes shares of one whole add up to {plain(total)} ({names})."
        raise _outside(what, "Lower one of the three.")


def _outside(what: str, cure: str, code: str = "out-of-range") -> ScenarioError:
    return ScenarioError(f"The new value {what}", cure=cure, code=code)

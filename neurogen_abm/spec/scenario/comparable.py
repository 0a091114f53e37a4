"""Whether animals of two scenarios can be set side by side: the same species, as much tissue, as many hemispheres.

What differs otherwise, such as age, activity or a number of the catalogue, is what one compares.
"""

from typing import NamedTuple

from neurogen_abm.errors import told
from neurogen_abm.spec.scenario.models import Patch, Scenario
from neurogen_abm.units import tidy


class Difference(NamedTuple):
    """Why two scenarios cannot be compared: the entry that differs, its two values in words, and what to do."""

    entry: str
    one: str
    other: str
    cure: str


def difference(one: Scenario, other: Scenario) -> Difference | None:
    """Return what makes counts of two scenarios numbers of different things; None where nothing does."""
    if one.species != other.species:
        return Difference("species", one.species, other.species, "Compare animals of one species.")
    if one.tissue != other.tissue:
        tissues = _tissue(one), _tissue(other)
        size = "{septotemporal: 600 um, transverse: 400 um}"
        whole = told('overrides={"tissue": "whole"}', "--set tissue=whole")
        cure = f"Give both one: `{whole}`, or a patch, like `tissue: {size}`."
        return Difference("tissue", *tissues, cure)
    sides = [scenario.sampling.hemispheres if scenario.sampling else 1 for scenario in (one, other)]
    if sides[0] != sides[1]:
        cure = "Count as many in both (`sampling`)."
        return Difference("sampling.hemispheres", str(sides[0]), str(sides[1]), cure)
    return None


def seen_how(scenario: Scenario, counted: bool) -> tuple[int, bool, float]:
    """Return hemispheres, whether it is an estimate, and the share overlooked, of a count or of anything else.

    Estimates of other sections and frames have one mean; what the observer misses is in none of them.
    """
    sampling = scenario.sampling if counted else None
    return (sampling.hemispheres, True, sampling.observer_miss) if sampling else (1, False, 0.0)


def _tissue(scenario: Scenario) -> str:
    patch = scenario.tissue
    if not isinstance(patch, Patch):
        return "the whole gyrus"
    return f"{tidy(patch.septotemporal_um, 'um')} x {tidy(patch.transverse_um, 'um')}"

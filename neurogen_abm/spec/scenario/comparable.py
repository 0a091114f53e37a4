"""Whether animals of two scenarios can be set side by side: the same species, as much tissue, as many hemispheres.

What differs otherwise, such as age, activity or a number of the catalogue, is what one compares.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from neurogen_abm.errors import told
from neurogen_abm.spec.mechanisms import STANDARD
from neurogen_abm.spec.scenario.models import Patch, Scenario
from neurogen_abm.spec.scenario.resolve import ResolvedScenario
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


def by_rules(arms: Mapping[str, ResolvedScenario]) -> list[dict[tuple[str, ...], list[str]]]:
    """Return, for each species, the sets of mechanisms that are on in its arms, each with the names of these arms."""
    found: dict[str, dict[tuple[str, ...], list[str]]] = {}
    for name, arm in arms.items():
        found.setdefault(arm.scenario.species, {}).setdefault(arm.catalogue.on, []).append(name)
    return list(found.values())


def unlike_rules(arms: Mapping[str, ResolvedScenario]) -> list[str]:
    """Return a sentence for each arm that lives by other mechanisms than most of its species; none where all are alike.

    Those that have all standard ones go before others, as one that names a mechanism has no other.
    """
    said = []
    for sets in by_rules(arms):
        usual_in = {name: set(arms[name].catalogue.standard) for names in sets.values() for name in names}
        usual, ours = max(sets.items(), key=lambda one: (set(one[0]) >= usual_in[one[1][0]], len(one[1])))
        others = ours[0] if len(ours) == 1 else "the others" if len(sets) == 2 else "other arms"
        have = f"{others} {'has' if len(ours) == 1 else 'have'}"
        odd = [name for on, names in sets.items() if on != usual for name in names]
        said += [_unlike(name, arms[name].catalogue.on, usual, have, usual_in[name]) for name in odd]
    return said


def _unlike(name: str, on: tuple[str, ...], usual: tuple[str, ...], have: str, standard: set[str]) -> str:
    """Return how the mechanisms of an arm differ from those that are usual, and how to have both."""
    missing, more = (sorted(set(one) - set(other)) for one, other in ((usual, on), (on, usual)))
    if not missing:
        return f"Arm {name} lives by {_listed(more)} as well, which {have} not."
    if not on:
        return f"Arm {name} lives by no mechanism, without {_listed(missing)}, which {have}."
    both = {*usual, *on}
    written = [STANDARD, *sorted(both - standard)] if standard and both >= standard else sorted(both)
    cure = f"write mechanisms: [{', '.join(written)}] to {'add to' if more else 'have'} them"
    return f"Arm {name} lives by {_listed(on)} alone, without {_listed(missing)}, which {have}; {cure}."


def _listed(names: Iterable[str]) -> str:
    """Return names as one says them."""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def _tissue(scenario: Scenario) -> str:
    patch = scenario.tissue
    if not isinstance(patch, Patch):
        return "the whole gyrus"
    return f"{tidy(patch.septotemporal_um, 'um')} x {tidy(patch.transverse_um, 'um')}"

"""The animals of a study or a comparison: how each differs from the average one, alike in every arm.

A trait of an animal is drawn from a random stream addressed by the seed of the first animal, the number of the animal
and the trait, so that twins share it across arms, and that more animals, or another arm, change none of the others.
"""

import math
from typing import NamedTuple

import numpy as np

from neurogen_abm.activity.generator import greatest_distance_km_d
from neurogen_abm.numerals import plain
from neurogen_abm.spec.scenario.activity import RecordingBlock, Wheel
from neurogen_abm.spec.scenario.resolve import ResolvedScenario
from neurogen_abm.spec.scenario.scenario import prepare
from neurogen_abm.spec.study.arms import Arm
from neurogen_abm.spec.study.study import Study, Variation

TRAITS = ("stem_cells", "responder", "distance")
_STEM_CELLS = "lineage.stem.initial_count"
_PER_COUNT = "physiology.wheel.metres_per_count"
_RELEASE = "physiology.circulation.release_gain"
# The routes of a pathway that respond to exercise inside the niche, by the parameter that says how strongly.
_ROUTES = {"induced": "induced_gain", "activity": "activity_gain"}


class Traits(NamedTuple):
    """How an animal differs from the average one: factors, 1 for the average."""

    stem_cells: float = 1.0
    responder: float = 1.0
    distance: float = 1.0


def traits(seed: int, animal: int, variation: Variation) -> Traits:
    """Draw the traits of an animal: log-normal factors of mean 1 with the coefficients of variation asked for."""
    return Traits(*(_factor(seed, animal, number, getattr(variation, t)) for number, t in enumerate(TRAITS)))


def _factor(seed: int, animal: int, trait: int, cv: float) -> float:
    if cv == 0.0:
        return 1.0
    sigma = math.sqrt(math.log1p(cv * cv))
    draw = np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, animal, trait]))).standard_normal()
    return math.exp(sigma * float(draw) - 0.5 * sigma * sigma)


def animal(study: Study, arm: Arm, number: int) -> ResolvedScenario:
    """Return the scenario of one animal of an arm: its seed, and what makes it differ."""
    why = f"animal {number + 1} of the study {study.name}"
    return individual(_average(arm, number), study.seed, number, study.variation, why)


def _average(arm: Arm, number: int) -> ResolvedScenario:
    """Return the scenario of an animal before its traits: the arm's, or its own where the arm has a cohort."""
    return arm.animals[number] if arm.animals else arm.resolved


def individual(resolved: ResolvedScenario, seed: int, number: int, variation: Variation, why: str) -> ResolvedScenario:
    """Return the scenario of one of the animals that begin with a seed; ``why`` says of what it is one."""
    own, changes = traits(seed, number, variation), dict[str, object]()
    for index, block in enumerate(resolved.scenario.activity):
        if own.distance == 1.0:
            break
        if block.kind == "wheel":
            distance = min(block.distance_km_d * own.distance, _most_km_d(resolved, block))
            changes[f"activity[{index}].distance"] = f"{distance!r} km/d"
        elif block.kind == "recording" and _PER_COUNT in resolved.parameters:
            changes[f"activity[{index}].metres_per_count"] = f"{_per_count(resolved, block) * own.distance!r} m"
    for path, factor in _gains(resolved, own):
        parameter = resolved.parameters[path]
        changes[path] = {"value": parameter.value * factor, "unit": parameter.unit, "why": why}
    return prepare(resolved, seed + number, changes)


def _most_km_d(resolved: ResolvedScenario, block: Wheel) -> float:
    """Return how far an animal can run: a drawn distance beyond it ends there, so that the best runners stay the best.

    A distance that is beyond it in the average animal is left to be refused.
    """
    return max(greatest_distance_km_d(resolved.value), block.distance_km_d)


def _per_count(resolved: ResolvedScenario, block: RecordingBlock) -> float:
    """Return the metres of a count of a recorded wheel in the average animal; METs have none and do not vary."""
    return block.metres_per_count or float(resolved.value(_PER_COUNT, "m/count"))


def held_back(study: Study, arm: Arm, animals: int) -> str:
    """Return a sentence where animals of an arm were drawn to run farther than their kind can; else nothing."""
    if study.variation.distance == 0.0:
        return ""
    ends = []
    for number in range(animals):
        factor, own = traits(study.seed, number, study.variation).distance, _average(arm, number)
        wheels = (block for block in own.scenario.activity if block.kind == "wheel")
        beyond = [most for block in wheels if block.distance_km_d * factor > (most := _most_km_d(own, block))]
        ends += beyond[:1]
    if not ends:
        return ""
    return (
        f"{len(ends)} of {animals} animals were drawn to run farther than a {arm.scenario.species} can; "
        f"they run {plain(max(ends), 3)} km/d, the most it can."
    )


def _gains(resolved: ResolvedScenario, own: Traits) -> list[tuple[str, float]]:
    """Return which parameters of the catalogue a trait multiplies, and by how much."""
    changed = [(_STEM_CELLS, own.stem_cells)] if own.stem_cells != 1.0 else []
    if own.responder != 1.0:
        name = resolved.scenario.pathway
        weights = resolved.catalogue.pathways[name]["weights"]
        routes = [f"pathways.{name}.{gain}" for route, gain in _ROUTES.items() if weights[route]]
        changed += [(path, own.responder) for path in (_RELEASE, *routes)]
    return changed

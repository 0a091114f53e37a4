"""Which messengers the effect of running hangs on, by how messengers are combined: the tables of docs/messengers.md.

Everything is worked out without animals, from one runner's blood: four weeks of a mouse that runs 7 km a day, hour by
hour, and what its messengers make of the rates of cells. The expected number of surviving neurons is the product of the
activation of stem cells, the yield of progenitors and the survival of young neurons, each rate at its mean over the
weeks; proliferation is that of activation and divisions. So it is exact and free of chance, and leaves out what hangs
on time and place.

    python benchmarks/blockades.py              # prints both tables as Markdown
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.biology import hazards, lineage
from neurogen_abm.biology.activity import Activity
from neurogen_abm.biology.plasma import advance_minutes, resting_state
from neurogen_abm.biology.states import STATES
from neurogen_abm.engine.rates import fill_factors
from neurogen_abm.lowering import Lowered, lower
from neurogen_abm.run import prepare

BLOCKED = ("igf1", "vegf", "cathepsin_b", "selenoprotein_p", "platelet_factors")
COMBINERS = ("additive", "geometric", "weakest_link")
SPAN = "28 d"
RUN = {"kind": "wheel", "distance": "7 km/d"}
_YOUNG = 0  # row of the tables by age


class Yield(NamedTuple):
    """What becomes of stem cells, in relative numbers."""

    neurons: float  # new neurons that survive their first weeks
    proliferation: float  # divisions of progenitors
    bdnf: float = 1.0  # in the niche over rest, mean over the span


def lowered(**changes: Any) -> Lowered:
    """Return a mouse with messengers that act on their own, as a scenario changes it."""
    base = {"schema": 1, "name": "blockade", "duration": SPAN, "pathway": "messengers"}
    return _lowered(json.dumps(base | changes, sort_keys=True))


@cache
def _lowered(scenario: str) -> Lowered:
    return lower(prepare(json.loads(scenario)), most_sites=24)


def mean_factors(animal: Lowered) -> NDArray[np.float64]:
    """Return the factor on every rate and state, mean over the span, shape (targets, states)."""
    return _means(animal)[0]


def _means(animal: Lowered) -> tuple[NDArray[np.float64], float]:
    """Return `mean_factors`, and BDNF in the niche over rest, mean over the span."""
    p, physiology, effects = animal.parameters, animal.physiology, animal.effects
    kinetics, schedule = physiology.kinetics, animal.schedule
    state = resting_state(kinetics, physiology.exerkines, physiology.pathway.plasma_present)
    minutes = Activity(*(getattr(schedule, name) for name in Activity._fields))
    rises, habituation = np.zeros(len(physiology.messengers)), np.ones(len(effects.towards))
    factors, summed, bdnf = np.ones((int(p.channel.max()) + 1, 1)), 0.0, 0.0
    rest = animal.niche.local + animal.niche.vascular
    n_hours = len(schedule.intensity) // 60
    for hour in range(n_hours):
        messengers = physiology.exerkines_at(float(hour))
        levels = advance_minutes(
            kinetics, messengers, state, minutes, 60 * hour, 60, 1.0, physiology.pathway.plasma_present, 0.0, rises
        )
        blood = physiology.given.left(float(hour)) + rises
        local, vascular = physiology.folds(float(hour), levels[1], levels[2], levels[3], blood)
        fold = np.array([(animal.niche.local * local + animal.niche.vascular * vascular) / rest])
        fill_factors(effects, fold, blood, np.ones(1), habituation, 1.0, p.combiner, factors)
        summed, bdnf = summed + factors[:, 0], bdnf + float(fold[0])
    return (summed / n_hours)[p.channel], bdnf / n_hours


def yields(animal: Lowered) -> Yield:
    """Return the relative number of surviving neurons and of divisions that the mean factors make."""
    p, (factor, bdnf) = animal.parameters, _means(animal)
    activation = factor[hazards.ACTIVATION, STATES.index("resting")]
    made, divisions, dividing = 0.0, 0.0, 1.0
    for generation, chance in enumerate(p.divide[_YOUNG]):
        odds = factor[hazards.AMPLIFICATION, lineage.progenitor_state(generation + 1)]
        again = lineage.odds_scaled(float(chance), float(odds))
        divisions += dividing
        made += 2.0 * dividing * (1.0 - again)
        dividing *= 2.0 * again
    edges = np.append(p.death_edges_h, p.death_edges_h[-1])
    spent = 0.0
    for b, window in enumerate(p.death_window):
        protected = factor[window, STATES.index("immature_early")] if window != hazards.NO_TARGET else 1.0
        spent += float(p.death[_YOUNG, b]) * protected * float(edges[b + 1] - edges[b])
    return Yield(activation * (made + dividing) * np.exp(-spent), activation * divisions, bdnf)


@cache
def _sedentary() -> Yield:
    return yields(lowered())


def gain(**changes: Any) -> Yield:
    """Return what an animal has over its sedentary twin without any change, as fractions."""
    return Yield(*(now / rest - 1.0 for now, rest in zip(yields(lowered(**changes)), _sedentary(), strict=True)))


def added(signal: str, combiner: str | float) -> Yield:
    """Return what a sedentary animal gains when one messenger stands as high as at the whole rise of exercise.

    What is held up is the level; how it gets there, by pump or by gene, does not matter.
    """
    animal = lowered(combiner=combiner)
    n = animal.physiology.messengers.index(signal)
    goal = np.zeros(len(animal.physiology.messengers))
    goal[n] = animal.physiology.exerkines.size[n]
    held = animal.physiology.exerkines._replace(
        infused=goal, infused_keep=np.zeros(len(goal)), infused_mean_keep=np.zeros(len(goal))
    )
    raised = replace(animal, physiology=replace(animal.physiology, exerkines=held))
    return Yield(*(now / rest - 1.0 for now, rest in zip(yields(raised), yields(animal), strict=True)))


def lost(signal: str, combiner: str | float, strength: Mapping[str, Any] | None = None, share: str = "100 %") -> Yield:
    """Return the share of the running effect that goes when a messenger is kept from rising and from acting.

    The effect without it is taken over the sedentary twin that lacks it as well, as experiments do.
    """
    common: dict[str, Any] = {"combiner": combiner, "parameters": dict(strength or {})}
    whole = gain(activity=[RUN], **common)
    out = [{"signal": signal, "share": share}]
    rest, run = (yields(lowered(activity=blocks, knock_outs=out, **common)) for blocks in ([], [RUN]))
    return Yield(*(1.0 - (now / before - 1.0) / all_ for now, before, all_ in zip(run, rest, whole, strict=True)))


def matched(combiner: str) -> dict[str, Any]:
    """Return the strength of the induced route at which running doubles surviving neurons, by bisection."""
    animal, rest = lowered(combiner=combiner, activity=[RUN]), _sedentary().neurons
    low, high = 0.0, 200.0
    for _ in range(24):
        middle = (low + high) / 2.0
        pathway = animal.physiology.pathway._replace(induced=middle)  # its weight is 1
        doubled = yields(replace(animal, physiology=replace(animal.physiology, pathway=pathway))).neurons >= 2.0 * rest
        low, high = (low, middle) if doubled else (middle, high)
    why = "so that running doubles surviving neurons"
    return {"pathways.messengers.induced_gain": {"value": high, "unit": "1", "why": why}}


def main() -> None:
    """Print the tables: what blocking each takes from running at equal strength, and what each does alone."""
    head = " | ".join(BLOCKED)
    print(f"| combiner | strength | {head} |\n|---|---|{'---|' * len(BLOCKED)}")
    for combiner in COMBINERS:
        strength = matched(combiner)
        cells = " | ".join(_percent(lost(signal, combiner, strength)) for signal in BLOCKED)
        print(f"| {combiner} | {strength['pathways.messengers.induced_gain']['value']:.2f} | {cells} |")
    print(f"\n| combiner | {head} |\n|---|{'---|' * len(BLOCKED)}")
    for combiner in COMBINERS:
        print(f"| {combiner} | {' | '.join(_percent(added(signal, combiner)) for signal in BLOCKED)} |")


def _percent(found: Yield) -> str:
    return f"{100 * found.neurons:.0f} / {100 * found.proliferation:.0f} %"


if __name__ == "__main__":
    main()

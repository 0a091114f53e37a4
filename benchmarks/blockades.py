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

import mesa
import numpy as np
from numpy.typing import NDArray

from neurogen_abm.agents import MuscleAgent
from neurogen_abm.biology import hazards, lineage
from neurogen_abm.biology.states import STATES
from neurogen_abm.engine.rates import fill_factors
from neurogen_abm.lowering import Sketch, sketch
from neurogen_abm.run import prepare

BLOCKED = ("igf1", "vegf", "cathepsin_b", "selenoprotein_p", "platelet_factors")
COMBINERS = ("additive", "geometric", "weakest_link")
SPAN = "28 d"
RUN = {"kind": "wheel", "distance": "7 km/d"}
_YOUNG = 0  # row of the tables by age
_DAY_H = 24


class Yield(NamedTuple):
    """What becomes of stem cells, in relative numbers."""

    neurons: float  # new neurons that survive their first weeks
    proliferation: float  # divisions of progenitors
    bdnf: float = 1.0  # in the niche over rest, mean over the span
    protein: float = 1.0  # BDNF of the whole hippocampus over rest, at the end of the span
    messenger: float = 1.0  # its messenger RNA over rest, highest on the first day


class Body(mesa.Model):  # type: ignore[misc]
    """An animal with muscle and blood and no gyrus, which does as much of its schedule as it can."""

    minutes_per_step = 60
    niche_rise = 0.0

    def __init__(self, animal: Sketch) -> None:
        super().__init__(rng=1)
        self.animal, self.age_h = animal, animal.parameters.initial_age_h
        self.muscle = MuscleAgent(self, animal.schedule, animal.physiology, ())

    def take_niche_rise(self) -> float:
        """Return what nobody here asks for."""
        return 0.0

    def live_an_hour(self) -> None:
        """Let muscle and blood work through an hour; the niche follows them at once."""
        self.muscle.step()
        self.age_h += 1.0
        rest, (local, vascular) = self.animal.niche, self.muscle.niche_folds
        self.niche_rise = float((rest.local * local + rest.vascular * vascular) / (rest.local + rest.vascular)) - 1.0


def lowered(**changes: Any) -> Sketch:
    """Return a mouse with messengers that act on their own, as a scenario changes it."""
    base = {"schema": 1, "name": "blockade", "duration": SPAN, "pathway": "messengers"}
    return _lowered(json.dumps(base | changes, sort_keys=True))


@cache
def _lowered(scenario: str) -> Sketch:
    return sketch(prepare(json.loads(scenario)))


class Course(NamedTuple):
    """What an animal's blood does, hour by hour, which the strength of a pathway leaves as it is."""

    levels: list[tuple[float, float, float]]  # BDNF as the niche meets it, combined rise, hippocampal activity
    blood: list[NDArray[np.float64]]  # messengers over rest
    protein: float  # of the whole hippocampus over rest, at the end of the span
    messenger: float  # its messenger RNA over rest, highest on the first day


def course(animal: Sketch) -> Course:
    """Let an animal without a gyrus live through the span."""
    body, levels, blood, messages = Body(animal), [], [], []
    muscle = body.muscle
    for _ in range(len(animal.schedule.intensity) // 60):
        body.live_an_hour()
        levels.append((muscle.niche_fold, muscle.exerkine_rise, muscle.hippocampal_activity))
        blood.append(muscle.messenger_folds)
        messages.append(muscle.hippocampal_messenger)
    return Course(levels, blood, muscle.hippocampal_protein, max(messages[:_DAY_H]))


def mean_factors(animal: Sketch) -> NDArray[np.float64]:
    """Return the factor on every rate and state, mean over the span, shape (targets, states)."""
    return _means(animal, course(animal))[0]


def _means(animal: Sketch, lived: Course) -> tuple[NDArray[np.float64], float]:
    """Return `mean_factors`, and BDNF in the niche over rest, mean over the span."""
    p, effects, niche = animal.parameters, animal.effects, animal.niche
    habituation, factors = np.ones(len(effects.towards)), np.ones((int(p.channel.max()) + 1, 1))
    followed = np.zeros((len(effects.towards), 1))
    summed, bdnf, rest = 0.0, 0.0, niche.local + niche.vascular
    for hour, (levels, blood) in enumerate(zip(lived.levels, lived.blood, strict=True)):
        local, vascular = animal.physiology.folds(float(hour), *levels, blood)
        fold = np.array([(niche.local * local + niche.vascular * vascular) / rest])
        fill_factors(effects, fold, blood, np.ones(1), habituation, followed, 1.0, p.combiner, factors)
        summed, bdnf = summed + factors[:, 0], bdnf + float(fold[0])
    n_hours = len(lived.levels)
    return (summed / n_hours)[p.channel], bdnf / n_hours


def yields(animal: Sketch, lived: Course | None = None) -> Yield:
    """Return the relative number of surviving neurons and of divisions that the mean factors make, and BDNF."""
    lived = course(animal) if lived is None else lived
    p, (factor, bdnf) = animal.parameters, _means(animal, lived)
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
    return Yield(
        activation * (made + dividing) * np.exp(-spent), activation * divisions, bdnf, lived.protein, lived.messenger
    )


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
    lived, low, high = course(animal), 0.0, 200.0
    for _ in range(24):
        middle = (low + high) / 2.0
        pathway = animal.physiology.pathway._replace(induced=middle)  # its weight is 1
        stronger = replace(animal, physiology=replace(animal.physiology, pathway=pathway))
        doubled = yields(stronger, lived).neurons >= 2.0 * rest
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

"""From the numbers of a rival to its lineage: what each published model says of stem cells and their progeny."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from neurogen_abm.rivals.compartments import NEURON, Chain, Compartment, chain_of

Value = Callable[[str, str], float]
Of = Callable[[float], float]


@dataclass(frozen=True)
class Loss:
    """Death of neurons that have left the cycle: a hazard (1/h) until an age (h)."""

    rate: float
    until_h: float


@dataclass(frozen=True, eq=False)
class Lineage:
    """A model of the lineage. Ages are hours of the animal's life, rates 1/h.

    Attributes
    ----------
    chain
        What cycles, active stem cells first.
    stem_cells
        How many a whole gyrus has at ``first_age_h``.
    leaving
        Rate at which quiescent stem cells leave quiescence, by age.
    activated
        Share of those that leave which become active, by age; the others are lost as ``lost_as`` says.
    renewal
        Daughters of a division of a stem cell that are stem cells, 0 to 2, by age. They fall back to quiescence; the
        others enter the second compartment.
    """

    chain: Chain
    stem_cells: float
    first_age_h: float
    leaving: Of
    activated: Of
    renewal: Of
    loss: Loss
    lost_as: str = "astrocyte"
    exercise: "Exercise" = field(default_factory=lambda: Exercise())


@dataclass(frozen=True)
class Exercise:
    """What running does: ``activation`` times the rate at which stem cells leave quiescence at the largest dose.

    ``death`` times the hazard of young neurons; half of both at ``half_km_d``. The effect on activation wears off with
    ``fades_h`` down to the share ``lasting``.
    """

    activation: float = 1.0
    death: float = 1.0
    half_km_d: float = 1.0
    lasting: float = 1.0
    fades_h: float = 1.0

    def dose(self, km_d: float) -> float:
        """Return the share of the largest effect that a distance run in a day has."""
        return km_d / (km_d + self.half_km_d) if km_d > 0.0 else 0.0


def _exercise(value: Value) -> Exercise:
    return Exercise(
        value("exercise.activation", "1"),
        value("exercise.death", "1"),
        value("exercise.half_distance", "km/d"),
        value("exercise.lasting", "1"),
        value("exercise.fading", "h"),
    )


def _loss(value: Value) -> Loss:
    return Loss(value("neuron.loss", "1/h"), value("neuron.loss_until", "h"))


def _falling(first: float, last: float, time_h: float, since_h: float) -> Of:
    """Return a rate that falls exponentially from an age on."""
    return lambda age_h: last + (first - last) * math.exp(-max(age_h - since_h, 0.0) / time_h)


def ziebell2018(value: Value) -> Lineage:
    """Quiescent stem cells leave quiescence to divide once, asymmetrically, or are depleted; all stays exponential.

    With age they stay longer in quiescence, and more of those that leave it divide.
    """
    first_h, time_h = value("stem.first_age", "h"), value("stem.ageing_time", "h")
    renewal = value("progenitor.renewal", "1")
    chain = chain_of(
        (
            Compartment("active", "active", value("stem.cycle", "h")),
            Compartment(
                "progenitor", "type_2a", value("progenitor.cycle", "h"), 1,
                (("progenitor", 2 * renewal), ("neuroblast", 2 * (1 - renewal))),
            ),
            Compartment(
                "neuroblast", "type_3", value("neuroblast.cycle", "h"), 1,
                ((NEURON, 2.0),), value("neuroblast.death", "1"),
            ),
        )
    )  # fmt: skip
    return Lineage(
        chain,
        value("stem.count", "cells"),
        first_h,
        _falling(value("stem.leaving_young", "1/h"), value("stem.leaving_old", "1/h"), time_h, first_h),
        _falling(value("stem.activated_young", "1"), value("stem.activated_old", "1"), time_h, first_h),
        lambda _: 1.0,
        _loss(value),
        "astrocyte",
        _exercise(value),
    )


def bellman_harris(value: Value) -> Lineage:
    """Age-dependent branching: Erlang cycles, death most likely where neuroblasts would divide, little renewal.

    The pool of stem cells, which the published model holds, falls here at one rate: some are lost where they would be
    activated.
    """
    stages = round(value("cycle.stages", "1"))
    renewal = value("progenitor.renewal", "1")
    chain = chain_of(
        (
            Compartment("active", "active", value("stem.cycle", "h"), stages),
            Compartment(
                "progenitor", "type_2a", value("progenitor.cycle", "h"), stages,
                (("progenitor", 2 * renewal), ("neuroblast", 2 * (1 - renewal))), value("progenitor.death", "1"),
            ),
            Compartment(
                "neuroblast", "type_3", value("neuroblast.cycle", "h"), stages,
                ((NEURON, 2.0),), value("neuroblast.death", "1"),
            ),
        )
    )  # fmt: skip
    leaving, falling = value("stem.leaving", "1/h"), value("stem.pool_falls", "1/h")
    return Lineage(
        chain,
        value("stem.count", "cells"),
        value("stem.first_age", "h"),
        lambda _: leaving + falling,
        lambda _: leaving / (leaving + falling),
        lambda _: 1.0,
        _loss(value),
        "astrocyte",
        _exercise(value),
    )


def stem_cell_ode(value: Value) -> Lineage:
    """Activation falls exponentially from birth and self-renewal rises towards a half; progenitors renew themselves."""
    first, deepens = value("stem.activation", "1/h"), value("stem.deepening", "1/h")
    renews, settles = value("stem.renewal", "1"), value("stem.renewal_settling", "1/h")
    both, one = value("progenitor.two_progenitors", "1"), value("progenitor.one_progenitor", "1")
    chain = chain_of(
        (
            Compartment("active", "active", value("stem.cycle", "h")),
            Compartment(
                "progenitor", "type_2a", value("progenitor.cycle", "h"), 1,
                (("progenitor", 2 * both + one), ("neuroblast", one + 2 * (1 - both - one))),
            ),
            Compartment(
                "neuroblast", "type_3", value("neuroblast.cycle", "h"), 1,
                ((NEURON, 2.0),), value("neuroblast.death", "1"),
            ),
        )
    )  # fmt: skip

    def renewal(age_h: float) -> float:
        """Return stem cells among the two daughters, twice the published share (1 + exp(-b t)(2 a - 1)) / 2."""
        return 1.0 + math.exp(-settles * age_h) * (2.0 * renews - 1.0)

    return Lineage(
        chain,
        value("stem.count", "cells"),
        value("stem.first_age", "h"),
        lambda age_h: first * math.exp(-deepens * age_h),
        lambda _: 1.0,
        renewal,
        _loss(value),
        "astrocyte",
        _exercise(value),
    )

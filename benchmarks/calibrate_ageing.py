"""Fit how the lineage of a species ages, in its mean field: what docs/calibration.md calls fitted to ageing.

Run ``python benchmarks/calibrate_ageing.py mouse``, ``... rat`` or ``... human``; it takes a minute or two and prints
the fit beside the catalogue. With ``... mouse deepening_quiescence`` that mechanism is on. The mean field leaves out
space, competition and the time that cells take between division and death, so a fit is a start that whole-gyrus runs
must confirm. Everything that is not fitted is read from the catalogue.
"""

import math
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import differential_evolution

from neurogen_abm.spec.catalogue import Catalogue, load_catalogue

Array = NDArray[np.float64]
Values = dict[str, float]

MECHANISMS: list[str] = []  # that are on, by name; of the mouse
MONTH_D = 30.4375
FIRST_DAY = 30  # age at which the mean field starts, with the pool of stem cells of `stem.initial_resting`


@dataclass(frozen=True)
class Fit:
    """What is fitted to what, for one species.

    ``bounds``: fitted parameter -> bounds, which are the ranges of the evidence where it has any. ``targets``: read-out
    -> (wanted, tolerance as a fraction), joint, each published or required of the model; other read-outs are printed.
    """

    species: str
    bounds: dict[str, tuple[float, float]]
    targets: dict[str, tuple[float, float]]
    read_outs: Callable[[Values], Values]
    at_least: dict[str, tuple[float, float]] = field(default_factory=dict)


@dataclass(frozen=True)
class MeanField:
    """Daily means from 30 d of age on."""

    stem: Array
    active: Array
    neurons: Array  # surviving neurons born per day
    births: Array  # progenitor-line cells born per day
    divisions: Array  # divisions per day that leave one cell more, of stem cells and progenitors
    made: Array  # neurons that leave the cycle per day, before any death
    cycling: Array  # dividing cells

    def at(self, name: str, age_d: float) -> float:
        """Return a series on the day that begins at an age."""
        return float(getattr(self, name)[int(age_d) - FIRST_DAY])

    def over(self, name: str, age_d: int, days: int) -> float:
        """Return the sum of a series over the days from an age on."""
        return float(getattr(self, name)[age_d - FIRST_DAY :][:days].sum())


class Numbers:
    """The lineage of a species with some numbers replaced by those of a fit."""

    def __init__(self, species: str, values: Values) -> None:
        self.catalogue: Catalogue = load_catalogue(species, mechanisms=MECHANISMS if species == "mouse" else ())
        self.values = values

    def __call__(self, name: str, unit: str) -> Any:
        """Return a number of the lineage, fitted or as catalogued."""
        return self.values[name] if name in self.values else self.catalogue.value(f"lineage.{name}", unit)

    def mixed(self, name: str, unit: str, weight: Any) -> Any:
        """Return a number between its young and its aged value, or a row for each weight."""
        young, aged = (np.asarray(self(f"{name}_{age}", unit)) for age in ("young", "aged"))
        return np.multiply.outer(1.0 - weight, young) + np.multiply.outer(weight, aged)

    def aged_weight(self, age_d: Any) -> Any:
        """Return the weight of the aged values at an age."""
        since = np.asarray(age_d) - self("ageing.young_age", "d")
        return np.clip(1.0 - np.exp(-since / self("ageing.time", "d")), 0.0, 1.0)

    def hazard(self, weight: float) -> tuple[Array, Array]:
        """Return the lower edges of the bins of age since the last division (d) and the death hazard in them (1/d)."""
        edges = np.asarray(self.catalogue.value("lineage.neuron.death_age", "d"))
        aged = np.array(self.catalogue.value("lineage.neuron.death_hazard_aged", "1/d"))
        if "early_death" in self.values:  # a fit of the hazards themselves: days 1-4, and 4-28
            aged[(edges >= 1) & (edges < 4)] = self.values["early_death"]
            aged[(edges >= 4) & (edges < 28)] = self.values["late_death"]
        windows = self.catalogue.structure["lineage"]["neuron"]["death_window"]
        early, late = (self(f"neuron.death_scale_young_{part}", "1") for part in ("early", "late"))
        scale = np.where(np.array(windows) == "early_survival", early, late)
        return edges, aged * ((1.0 - weight) * scale + weight * self("neuron.death_scale_aged", "1"))

    def alive(self, since_d: Array, weight: float) -> Array:
        """Return the probability that a neuron lives so long after its last division."""
        edges, hazard = self.hazard(weight)
        ends = np.append(edges[1:], np.inf)
        spent = np.clip(since_d[..., None], edges, ends) - edges
        return np.asarray(np.exp(-(spent * hazard).sum(axis=-1)))

    def survival(self, age_d: Any) -> Array:
        """Return the probability that a neuron born at an age of the animal lives on for good; the animal ages on."""
        edges, young = self.hazard(0.0)
        _, aged = self.hazard(1.0)
        width = np.diff(edges)  # no neuron dies in the last bin
        weight = self.aged_weight(np.asarray(age_d)[..., None] + edges[:-1] + 0.5 * width)
        return np.asarray(np.exp(-(width * ((1.0 - weight) * young[:-1] + weight * aged[:-1])).sum(axis=-1)))


def mean_field(n: Numbers, days: int = 735) -> MeanField:
    """Integrate the expected lineage in steps of a day, from the first animals of the model on."""
    ages = np.arange(float(FIRST_DAY), days)
    weights = n.aged_weight(ages)
    fading = np.exp(-(ages - FIRST_DAY) / n("stem.activation_decline", "d"))
    floors = [n(f"stem.{state}_activation_floor", "1/d") for state in ("dormant", "resting")]
    rises = [n(f"stem.{state}_activation_rise", "1/d") for state in ("dormant", "resting")]
    residence = n("stem.active_minimum", "d") + n("stem.active_pause", "d")
    symmetric, consuming, astrogenic, stay = (
        n.mixed(f"stem.{mode}", "1", weights) for mode in ("symmetric", "consuming", "astrogenic", "stay_active")
    )
    renewing = 1.0 - symmetric - astrogenic - consuming
    stem_daughters, progenitors = renewing + 2.0 * symmetric, renewing + 2.0 * consuming  # of a division
    made, born = of_a_progenitor(n.mixed("progenitor.division_probability", "1", weights))
    cycle = n("progenitor.cycle_minimum", "d") + n.mixed("progenitor.cycle_pause", "d", weights)
    path = "lineage.stem.deepening"
    deepening = n("stem.deepening", "1/d") if path in n.catalogue.parameters else 0.0
    # Those that are active at first are as many as the hazards keep so (`neurogen_abm.engine.beginning`).
    rested = n("stem.initial_resting", "1")
    called = (floors[0] + rises[0]) * (1.0 - rested) + (floors[1] + rises[1]) * rested
    busy = residence * called / (1.0 - stem_daughters[0] * stay[0])
    dormant, resting, active = n("stem.initial_count", "cells") / (1.0 + busy) * np.array([1.0 - rested, rested, busy])
    stem, active_stem = np.zeros(len(ages)), np.zeros(len(ages))
    for i, fade in enumerate(fading):
        stem[i], active_stem[i] = dormant + resting + active, active
        divisions = active / residence
        woken, roused = (floors[0] + rises[0] * fade) * dormant, (floors[1] + rises[1] * fade) * resting
        sunk = deepening * resting
        dormant += sunk - woken
        resting += divisions * stem_daughters[i] * (1.0 - stay[i]) - roused - sunk
        active += woken + roused + divisions * (stem_daughters[i] * stay[i] - 1.0)
    divisions = active_stem / residence
    again = 0.5 * divisions * progenitors * (born - 1.0)
    return MeanField(
        stem=stem,
        active=active_stem,
        neurons=divisions * progenitors * made * n.survival(ages),
        births=divisions * progenitors * born,
        divisions=divisions * (1.0 - astrogenic) + again,
        made=divisions * progenitors * made,
        cycling=active_stem + again * cycle,
    )


def of_a_progenitor(again: Array) -> tuple[Array, Array]:
    """Return the neurons and all the cells, herself included, that come of a first-generation progenitor.

    ``again``: the probability of one more division, shape (ages, generations).
    """
    alive, made, born = np.ones(len(again)), np.zeros(len(again)), np.ones(len(again))
    for q in again.T:
        made, alive = made + alive * (1.0 - q), 2.0 * alive * q
        born += alive
    return made + alive, born


STEP_D = 0.125  # of the labelled cohort
MITOSIS_D = 1.0 / 3.0  # from S phase to division, lineage.yaml: pHisH3 peaks 8 h after BrdU


def labelled(n: Numbers, age_d: float, days: Array) -> Array:
    """Follow the cells that a pulse of BrdU finds in S phase at an age of the animal.

    Returns
    -------
    ndarray
        Labelled progeny alive on these days after the pulse, over all the neurons that the labelled cells make.
    """
    w = float(n.aged_weight(age_d))
    again = np.append(n.mixed("progenitor.division_probability", "1", w), 0.0)
    symmetric, consuming, astrogenic = (
        float(n.mixed(f"stem.{mode}", "1", w)) for mode in ("symmetric", "consuming", "astrogenic")
    )
    first = 1.0 - symmetric - astrogenic + consuming  # progenitors that a division of a stem cell makes
    t = np.arange(0.0, days.max() + STEP_D, STEP_D)
    past = np.clip(t - n("progenitor.cycle_minimum", "d"), 0.0, None)
    in_cycle = np.exp(-past / float(n.mixed("progenitor.cycle_pause", "d", w)))  # share not yet divided
    cycle = -np.diff(in_cycle, append=in_cycle[-1])
    born, made, alive = np.zeros(len(t)), 0.0, np.zeros(len(t))
    daughters = first  # of the cells caught in S phase, generation after generation, a division of a stem cell
    for q in again:
        born[round(MITOSIS_D / STEP_D)] += daughters
        alive += np.convolve(q * born, in_cycle)[: len(t)]
        alive += np.convolve((1.0 - q) * born, n.alive(t, w))[: len(t)]
        made += (1.0 - q) * float(born.sum())
        daughters *= 2.0 * q
        born = np.convolve(2.0 * q * born, cycle)[: len(t)]
    return np.asarray(np.interp(days, t, alive) / made)


def mouse_read_outs(values: Values) -> Values:
    """Return the read-outs of the mouse."""
    run = mean_field(Numbers("mouse", values))
    return {
        "new cells, 1 over 2 months": run.at("births", 30) / run.at("births", 61),
        "new cells, 1.5 over 3 months": run.at("births", 46) / run.at("births", 91),
        "age at the steepest fall of new cells, months": (30 + int(np.argmin(np.diff(run.births)))) / MONTH_D,
        "neuron production, 8 over 2 months": run.over("neurons", 243, 30) / run.over("neurons", 61, 30),
        "new cells, 9 months over 6 weeks": run.at("births", 273) / run.at("births", 42),
        "new cells, 24 months over 6 weeks": run.at("births", 730) / run.at("births", 42),
        "28 d of survivors over granule cells, 3 months": float(run.neurons[33:61].sum()) / 370_000.0,
        "neurons per day, 2 months": run.at("neurons", 60),
        "active share of stem cells, 2 months": run.at("active", 60) / run.at("stem", 60),
        "stem cells, 2 months": run.at("stem", 60),
    }


MOUSE = Fit(
    species="mouse",
    bounds={
        "stem.initial_count": (9_000.0, 20_000.0),
        "stem.initial_resting": (0.0, 1.0),
        "stem.dormant_activation_floor": (0.001, 0.006),
        "stem.dormant_activation_rise": (0.008, 0.028),
        "stem.activation_decline": (25.0, 80.0),
        "stem.resting_activation_rise": (0.02, 0.065),
        "stem.consuming_young": (0.10, 0.35),
        "stem.consuming_aged": (0.26, 0.40),
        "stem.symmetric_aged": (0.01, 0.11),
        "ageing.time": (60.0, 200.0),
    },
    targets={
        "neuron production, 8 over 2 months": (0.20, 0.15),
        "new cells, 9 months over 6 weeks": (0.50, 0.25),
        "new cells, 24 months over 6 weeks": (0.17, 0.15),
        "28 d of survivors over granule cells, 3 months": (0.027, 0.08),
        "neurons per day, 2 months": (420.0, 0.25),
        "active share of stem cells, 2 months": (0.033, 0.25),
        "stem cells, 2 months": (11_000.0, 0.35),
    },
    read_outs=mouse_read_outs,
    at_least={"new cells, 1 over 2 months": (1.1, 0.02)},
)

YOUNG_RAT_D = 70  # "young adult" in the papers on rats; the age itself is not given
RAT_GRANULE_CELLS = 1_200_000.0  # of the young adult (lineage.yaml:anat_gc_rat)
STAINED = 0.731  # of the labelled cells that stain as immature neurons a week after the pulse (lineage.yaml:rat_marker)


def rat_read_outs(values: Values) -> Values:
    """Return the read-outs of the rat, of one gyrus."""
    n = Numbers("rat", values)
    run = mean_field(n, 780)
    mouse = Numbers("mouse", {})
    days = np.array([6.0, 7.0, 8.5, 28.0])
    alive, alive_in_mouse = (labelled(species, YOUNG_RAT_D, days) for species in (n, mouse))
    added = np.cumsum(run.neurons)
    at_start = RAT_GRANULE_CELLS - added[YOUNG_RAT_D - FIRST_DAY]
    young_a_month = run.at("made", YOUNG_RAT_D) * alive[2] * MONTH_D  # counted 5-12 d after the pulse
    growth = added[335] / at_start
    return {
        "new cells, 1 over 2 months": run.at("births", 30) / run.at("births", 61),
        "new cells per day": run.at("divisions", YOUNG_RAT_D),
        "stained new neurons per month over granule cells": STAINED * young_a_month / RAT_GRANULE_CELLS,
        "labelled cells lost, week 1 to 4": 1.0 - alive[3] / alive[1],
        "labelled cells lost, day 6 to 28": 1.0 - alive[3] / alive[0],
        "survival over the mouse's": float(n.survival(YOUNG_RAT_D) / mouse.survival(YOUNG_RAT_D)),
        "growth of granule cells, 1 to 12 months": growth,
        "new cells, 13 over 7 months": run.at("divisions", 13 * MONTH_D) / run.at("divisions", 7 * MONTH_D),
        "new cells, 25 over 7 months": run.at("divisions", 25 * MONTH_D) / run.at("divisions", 7 * MONTH_D),
        "dividing cells, 12 over 3 months": run.at("cycling", 365) / run.at("cycling", 91),
        "granule cells at 1 month": at_start,
        "half of the growth by, d": float(np.searchsorted(added, 0.5 * added[335])) + FIRST_DAY,
        "the mouse's loss, week 1 to 4": 1.0 - alive_in_mouse[3] / alive_in_mouse[1],
        "28 d of survivors over granule cells, 3 months": float(run.neurons[33:61].sum()) / RAT_GRANULE_CELLS,
    }


RAT = Fit(
    species="rat",
    bounds={
        "stem.initial_count": (15_000.0, 90_000.0),
        "stem.initial_resting": (0.0, 1.0),
        "stem.dormant_activation_floor": (0.001, 0.01),
        "stem.activation_decline": (25.0, 80.0),
        "early_death": (0.0, 0.119),
        "late_death": (0.02, 0.035),
    },
    targets={
        "new cells per day": (4_500.0, 0.10),
        "stained new neurons per month over granule cells": (0.06, 0.10),
        "labelled cells lost, week 1 to 4": (0.40, 0.10),
        "labelled cells lost, day 6 to 28": (0.50, 0.10),
        "survival over the mouse's": (2.0, 0.10),
        "growth of granule cells, 1 to 12 months": (0.39, 0.10),
        "new cells, 13 over 7 months": (0.60, 0.05),
        "new cells, 25 over 7 months": (0.18, 0.10),
        "dividing cells, 12 over 3 months": (1.0 / 3.5, 0.15),
    },
    read_outs=rat_read_outs,
    at_least={"new cells, 1 over 2 months": (1.1, 0.02)},
)


YEAR_D = 365.25
ADULT_D = np.arange(20.0, 81.0, 0.125) * YEAR_D  # from the first adult age on, in steps that the pool does not feel


def human_read_outs(values: Values) -> Values:
    """Return the read-outs of the human, of one gyrus of the high setting.

    ``loss`` is the share of stem cells that a division loses on average, young or aged: consuming and astrogenic less
    symmetric divisions.
    """
    modes = Numbers("human", {})
    for age in ("young", "aged") if "loss" in values else ():
        spared = modes(f"stem.symmetric_{age}", "1") - modes(f"stem.astrogenic_{age}", "1")
        values = values | {f"stem.consuming_{age}": spared + values["loss"]}
    n = Numbers("human", values)
    weights = n.aged_weight(ADULT_D)
    symmetric, consuming, astrogenic, stay = (
        n.mixed(f"stem.{mode}", "1", weights) for mode in ("symmetric", "consuming", "astrogenic", "stay_active")
    )
    left = 1.0 + symmetric - consuming - astrogenic  # stem cells that a division leaves
    # All have divided before; how often each does now, in rest or active, per day.
    roused = n("stem.resting_activation_floor", "1/d")
    divisions = roused / (1.0 - left * stay)
    busy = divisions * (n("stem.active_minimum", "d") + n("stem.active_pause", "d"))
    each = divisions / (1.0 + busy)
    lost = np.cumsum(each * (1.0 - left)) * (ADULT_D[1] - ADULT_D[0])
    made, _ = of_a_progenitor(n.mixed("progenitor.division_probability", "1", weights))
    stem = n("stem.initial_count", "cells") * np.exp(-lost)
    neurons = stem * each * (1.0 - symmetric - astrogenic + consuming) * made * n.survival(ADULT_D)
    at = {years: int(np.searchsorted(ADULT_D, years * YEAR_D)) for years in (20, 40, 80)}
    return {
        "neurons per day, 40 years": float(neurons[at[40]]),
        "neurons per day, 80 over 20 years": float(neurons[at[80]] / neurons[at[20]]),
        "stem cells, 80 over 20 years": float(stem[at[80]] / stem[at[20]]),
    }


HUMAN = Fit(
    species="human",
    bounds={"stem.initial_count": (10_000.0, 300_000.0), "loss": (0.0, 0.01)},
    targets={"neurons per day, 40 years": (700.0, 0.02), "neurons per day, 80 over 20 years": (0.25, 0.02)},
    read_outs=human_read_outs,
)


def misfit(x: Array, fit: Fit) -> float:
    """Return the sum of squared log deviations over tolerances."""
    found = fit.read_outs(dict(zip(fit.bounds, x, strict=True)))
    missed = [math.log(found[name] / wanted) / tolerance for name, (wanted, tolerance) in fit.targets.items()]
    missed += [min(math.log(found[name] / least) / tolerance, 0.0) for name, (least, tolerance) in fit.at_least.items()]
    return float(np.square(missed).sum())


def main(species: str, *mechanisms: str) -> None:
    """Fit, and print the fit beside what the catalogue holds, with mechanisms of the mouse on."""
    MECHANISMS[:] = mechanisms
    fit = {"mouse": MOUSE, "rat": RAT, "human": HUMAN}[species]
    best = differential_evolution(
        misfit, list(fit.bounds.values()), args=(fit,), maxiter=60, popsize=8, seed=2, polish=False
    )
    values = dict(zip(fit.bounds, best.x, strict=True))
    catalogue = load_catalogue(species, mechanisms=mechanisms)
    print(f"misfit {best.fun:.2f} over {len(fit.targets)} targets, {len(fit.bounds)} parameters\n")
    print(f"{'parameter':36} {'fit':>10} {'catalogue':>10}")
    for name, value in values.items():
        held = catalogue.parameters.get(f"lineage.{name}")
        print(f"{name:36} {value:10.4g} {held.value if held else float('nan'):10.4g}")
    held_now = fit.read_outs({})
    print(f"\n{'read-out':48} {'fit':>9} {'wanted':>9} {'catalogue':>10}")
    for name, value in fit.read_outs(values).items():
        wanted = f"{fit.targets[name][0]:9.4g}" if name in fit.targets else " " * 9
        print(f"{name:48} {value:9.4g} {wanted} {held_now[name]:10.4g}")


if __name__ == "__main__":
    main(*(sys.argv[1:] or ["mouse"]))

"""Fit how the lineage ages, in its mean field: the numbers that docs/calibration.md calls fitted to ageing.

Run ``python benchmarks/calibrate_ageing.py``; it takes about a minute and prints the fit beside the catalogue. The mean
field leaves out space, competition and the time that cells take between division and death, so a fit is a start that
whole-gyrus runs must confirm.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import differential_evolution

from neurogen_abm.spec.catalogue import load_catalogue

Array = NDArray[np.float64]

# Fitted parameter -> bounds, which are the ranges of the evidence (docs/calibration.md).
FITTED = {
    "stem.initial_count": (9_000.0, 18_000.0),
    "stem.dormant_activation_floor": (0.001, 0.006),
    "stem.dormant_activation_rise": (0.008, 0.02),
    "stem.activation_decline": (25.0, 80.0),
    "stem.resting_activation_rise": (0.02, 0.06),
    "stem.consuming_young": (0.12, 0.22),
    "stem.consuming_aged": (0.26, 0.30),
    "stem.symmetric_aged": (0.055, 0.10),
    "survival_young": (0.26, 0.34),
    "ageing.time": (60.0, 200.0),
}
# Read-out -> (wanted, tolerance as a fraction): joint targets, each published or required of the model.
TARGETS = {
    "new cells, 8 over 2 months": (0.30, 0.08),
    "new cells, 24 months over 6 weeks": (0.10, 0.08),
    "28 d of survivors over granule cells, 3 months": (0.027, 0.08),
    "neurons a day, 2 months": (430.0, 0.20),
    "active share of stem cells, 2 months": (0.033, 0.25),
    "stem cells, 2 months": (10_000.0, 0.35),
}
# Share of the cells that leave the cycle which live on, in the imaged aged clones (lineage.yaml:death_km).
SURVIVAL_AGED = 0.14


@dataclass(frozen=True)
class MeanField:
    """Daily means from 30 d of age on."""

    stem: Array
    active: Array
    neurons: Array  # surviving neurons born a day
    births: Array  # progenitor-line cells born a day


def mean_field(values: dict[str, float], days: int = 735) -> MeanField:
    """Integrate the expected lineage in steps of a day, all stem cells dormant at 30 d."""
    catalogue = load_catalogue("mouse")
    divide = [
        np.asarray(catalogue.value(f"lineage.progenitor.division_probability_{a}", "1")) for a in ("young", "aged")
    ]
    resting_floor = catalogue.value("lineage.stem.resting_activation_floor", "1/d")
    age = np.arange(30.0, days)
    weight = np.clip(1.0 - np.exp(-(age - 60.0) / values["ageing.time"]), 0.0, 1.0)
    fading = np.exp(-(age - 30.0) / values["stem.activation_decline"])
    dormant, resting, active = values["stem.initial_count"], 0.0, 0.0
    rows = np.zeros((len(age), 4))
    for i, w in enumerate(weight):
        consuming = (1 - w) * values["stem.consuming_young"] + w * values["stem.consuming_aged"]
        survival = (1 - w) * values["survival_young"] + w * SURVIVAL_AGED
        symmetric = (1 - w) * 0.08 + w * values["stem.symmetric_aged"]
        astrogenic, stay = (1 - w) * 0.04 + w * 0.02, (1 - w) * 0.25 + w * 0.33
        renewing = 1.0 - symmetric - astrogenic - consuming
        divisions = active / 1.25
        stem_daughters = divisions * (renewing + 2.0 * symmetric)
        progenitors = divisions * (renewing + 2.0 * consuming)
        terminal, alive, born = 0.0, 1.0, 1.0
        for q in (1 - w) * divide[0] + w * divide[1]:
            terminal, alive = terminal + alive * (1.0 - q), 2.0 * alive * q
            born += alive
        rows[i] = (
            dormant + resting + active,
            active,
            progenitors * (terminal + alive) * survival,
            progenitors * born,
        )
        woken = (values["stem.dormant_activation_floor"] + values["stem.dormant_activation_rise"] * fading[i]) * dormant
        roused = (resting_floor + values["stem.resting_activation_rise"] * fading[i]) * resting
        dormant -= woken
        resting += stem_daughters * (1.0 - stay) - roused
        active += woken + roused + stem_daughters * stay - divisions
    return MeanField(*rows.T)


def read_outs(values: dict[str, float]) -> dict[str, float]:
    """Return the read-outs of `TARGETS`."""
    run = mean_field(values)

    def at(series: Array, age_d: int) -> float:
        return float(series[age_d - 30])

    return {
        "new cells, 8 over 2 months": at(run.births, 244) / at(run.births, 60),
        "new cells, 24 months over 6 weeks": at(run.births, 730) / at(run.births, 42),
        "28 d of survivors over granule cells, 3 months": float(run.neurons[33:61].sum()) / 370_000.0,
        "neurons a day, 2 months": at(run.neurons, 60),
        "active share of stem cells, 2 months": at(run.active, 60) / at(run.stem, 60),
        "stem cells, 2 months": at(run.stem, 60),
    }


def misfit(x: Array) -> float:
    """Return the sum of squared log deviations over tolerances."""
    found = read_outs(dict(zip(FITTED, x, strict=True)))
    return float(
        sum((math.log(found[name] / wanted) / tolerance) ** 2 for name, (wanted, tolerance) in TARGETS.items())
    )


def main() -> None:
    """Fit, and print the fit beside what the catalogue holds."""
    fit = differential_evolution(misfit, list(FITTED.values()), maxiter=60, popsize=8, seed=2, polish=False)
    values = dict(zip(FITTED, fit.x, strict=True))
    catalogue = load_catalogue("mouse")
    print(f"misfit {fit.fun:.2f} over {len(TARGETS)} targets, {len(FITTED)} parameters\n")
    print(f"{'parameter':36} {'fit':>10} {'catalogue':>10}")
    for name, value in values.items():
        held = catalogue.parameters.get(f"lineage.{name}")
        print(f"{name:36} {value:10.4g} {held.value if held else float('nan'):10.4g}")
    print(f"\n{'read-out':48} {'fit':>9} {'wanted':>9}")
    for name, value in read_outs(values).items():
        print(f"{name:48} {value:9.4g} {TARGETS[name][0]:9.4g}")


if __name__ == "__main__":
    main()

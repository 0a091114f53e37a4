"""Measure what young neurons do to pattern separation: twins that run or sit, with the young at work or silenced.

Run ``python benchmarks/pattern_separation.py``; it takes a quarter of an hour on one core. A number behind it is that
of the twin pairs, and ``off`` behind that leaves all but the catalogue without learning out. The tables are those of
docs/network.md. Every setting reads the same animals: the network changes no cell.
"""

import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

from neurogen_abm.assays.network import Curve, granule_layer, separation_curve
from neurogen_abm.experiments.statistics import difference
from neurogen_abm.lowering.network import lower_network
from neurogen_abm.model import NeurogenesisModel
from neurogen_abm.numerals import plain

PAIRS = 12
DAYS = 42
PATCH = {"septotemporal": "1200 um", "transverse": "800 um"}
RUNNING = {"kind": "wheel", "distance": "7 km/d"}
RULES = (None, "hebbian", "bcm")
# Numbers of the catalogue that are changed; the first is the catalogue as it is.
SETTINGS: dict[str, Mapping[str, float]] = {
    "catalogue": {},
    "young cells recruit no inhibition": {"network.young.recruitment": 0.0},
    "young cells recruit a third, as in slices": {"network.young.recruitment": 0.3},
    "young cells as richly innervated as mature ones": {"network.young.afferents": 1.0},
}
READ = {
    "separation": lambda curve: curve.separation,
    "discrimination": lambda curve: curve.discrimination,
    "mature active": lambda curve: curve.mature_active,
    "young active": lambda curve: curve.young_active,
}


def animal(seed: int, *, runs: bool) -> NeurogenesisModel:
    """Live one animal to the end."""
    scenario = {"name": "patch", "duration": f"{DAYS} d", "tissue": PATCH, "seed": seed, "outputs": {"cadence": "7 d"}}
    model = NeurogenesisModel(scenario | ({"activity": [RUNNING]} if runs else {}))
    model.run_model()
    return model


def curves(model: NeurogenesisModel, changes: Mapping[str, float], rule: str | None) -> tuple[Curve, Curve]:
    """Return what an animal's layer answers, as it is and with the young silenced."""

    def value(path: str, unit: str) -> Any:
        return changes.get(path, model.spec.value(path, unit))

    n_granule = round(model.spec.value("anatomy.granule_cells", "cells") * model.area_fraction)
    network = lower_network(value, value, n_granule)
    layer, seed = granule_layer(model.world, network), model.world.parameters.seed
    whole = separation_curve(layer, network, seed, learning=rule)
    return whole, separation_curve(layer, network, seed, learning=rule, silence="young")


def interval(control: list[float], treated: list[float]) -> str:
    """Return the mean difference with its 95 % interval, in thousandths."""
    found = difference(np.array(control)[:, None], np.array(treated)[:, None])
    mean, low, high = (plain(1000.0 * float(np.ravel(part)[0]), 2) for part in (found.mean, found.low, found.high))
    return f"{mean} ({low} to {high})"


def main() -> None:
    """Print the tables."""
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else PAIRS
    asked = [("catalogue", rule) for rule in RULES] + [(name, None) for name in SETTINGS if name != "catalogue"]
    if "off" in sys.argv[2:]:
        asked = asked[:1]
    found: dict[tuple[str, str | None], list[tuple[tuple[Curve, Curve], tuple[Curve, Curve]]]] = {}
    for seed in range(1, pairs + 1):
        sits, runs = animal(seed, runs=False), animal(seed, runs=True)
        for setting, rule in asked:
            both = curves(sits, SETTINGS[setting], rule), curves(runs, SETTINGS[setting], rule)
            found.setdefault((setting, rule), []).append(both)
    for (setting, rule), rows in found.items():
        print(f"\n{setting}, learning {rule or 'off'}; {pairs} pairs; differences in thousandths")
        young = [np.mean([pair[arm][0].n_young for pair in rows]) for arm in (0, 1)]
        print(f"young cells: sedentary {young[0]:.0f}, runners {young[1]:.0f}")
        print("| | sedentary | runners | silenced | runners - sedentary | both silenced | runners - silenced |")
        print("|---|---|---|---|---|---|---|")
        for name, read in READ.items():
            values = [[read(pair[arm][silent]) for pair in rows] for arm, silent in ((0, 0), (1, 0), (1, 1), (0, 1))]
            sits, runs, silenced, sits_silenced = values
            means = " | ".join(plain(float(np.mean(part)), 4) for part in (sits, runs, silenced))
            effects = (interval(sits, runs), interval(sits_silenced, silenced), interval(silenced, runs))
            print(f"| {name} | {means} | {' | '.join(effects)} |")
        whole = [np.mean([pair[arm][0].correlation for pair in rows], axis=0) for arm in (0, 1)]
        print("input ", " ".join(f"{value:.2f}" for value in rows[0][0][0].similarity))
        for arm, line in zip(("sits", "runs"), whole, strict=True):
            print(arm, "  ", " ".join(f"{value:.3f}" for value in line))


if __name__ == "__main__":
    main()

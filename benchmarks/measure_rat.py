"""Measure the rat in the full model on a patch, beside what was published, and fit how far effects habituate in it.

Run ``python benchmarks/measure_rat.py``; it takes three or four minutes on one core. The sedentary lineage is fitted
before, in its mean field (``python benchmarks/calibrate_ageing.py rat``); this command confirms that fit with cells and
space, and then looks for the depth of habituation, the one number of the running response that is the rat's own.
"""

import math
from typing import Any

import numpy as np
import pandas as pd

from neurogen_abm.model import NeurogenesisModel
from neurogen_abm.spec.catalogue import load_catalogue

MONTH_D = 30.4375
PATCH_UM = (2000.0, 1000.0)
SEEDS = (1, 2, 3)
DEPTHS = (1.0, 0.8, 0.7, 0.6, 0.55, 0.5, 0.4)
HABITUATING = ("activation", "amplification")
# Read-out of runner over sedentary twin -> (wanted, tolerance as a fraction). Kodali: 1.5 to 2.1 by measure, whose
# geometric middle is 1.77; Eadie: almost twice, taken as 1.9.
WANTED = {
    ("n_ki67", 14): (1.9, 0.10),
    ("n_ki67", 28): (1.77, 0.17),
    ("n_dcx", 28): (1.77, 0.17),
    ("new_neurons", 28): (1.77, 0.17),
}


def rat(**changes: Any) -> NeurogenesisModel:
    """Live a rat on the patch to the end of its run."""
    scenario = {
        "schema": 1,
        "name": "rat_on_a_patch",
        "species": "rat",
        "sex": "male",
        "tissue": {"septotemporal": f"{PATCH_UM[0]:g} um", "transverse": f"{PATCH_UM[1]:g} um"},
    }
    model = NeurogenesisModel(scenario | changes)
    model.run_model()
    return model


def share_of_gyrus() -> float:
    """Return the share of the sheet that the patch is."""
    value = load_catalogue("rat").value
    return (
        PATCH_UM[0]
        * PATCH_UM[1]
        / (value("anatomy.sheet_septotemporal", "um") * value("anatomy.sheet_transverse", "um"))
    )


class Life:
    """Sedentary rats from 31 d to 25 months, one a seed."""

    def __init__(self) -> None:
        self.series = [
            rat(age="31 d", duration="735 d", seed=s, outputs={"cadence": "24 h"}).series_frame() for s in SEEDS
        ]

    def at(self, columns: list[str], age_d: float) -> float:
        """Return the mean over rats of the sum of some columns at an age."""
        rows = [s.iloc[(s["age_d"] - age_d).abs().argmin()] for s in self.series]
        return float(np.mean([row[columns].sum() for row in rows]))

    def divisions(self, age_d: float, days: float = 28.0) -> float:
        """Return divisions per day on the patch in the days around an age; each leaves one cell more."""
        of = ["stem_divisions", "progenitor_divisions"]
        return (self.at(of, age_d + days / 2) - self.at(of, age_d - days / 2)) / days

    def granule(self, age_d: float) -> float:
        """Return the granule cells of the patch, born in development or since."""
        return self.at(["granule_background", "n_immature_late", "n_maturing", "n_mature"], age_d)


def sedentary() -> None:
    """Print production, growth and ageing of sedentary rats."""
    life, whole = Life(), share_of_gyrus()
    seven = life.divisions(7 * MONTH_D)
    rows = {
        "new cells per day in two gyri at 10 weeks": (2.0 * life.divisions(70) / whole, "9,000"),
        "granule cells of one gyrus at 10 weeks": (life.granule(70) / whole, "1,200,000"),
        "granule cells at 12 months over 1 month": (life.granule(365) / life.granule(31), "1.35-1.43"),
        "share of that growth by 200 d": (
            (life.granule(200) - life.granule(31)) / (life.granule(365) - life.granule(31)),
            "0.51, linear",
        ),
        "new cells at 13 over 7 months": (life.divisions(13 * MONTH_D) / seven, "0.6"),
        "new cells at 24.5 over 7 months": (life.divisions(24.5 * MONTH_D) / seven, "below 0.2 (25 months)"),
        "dividing cells at 12 over 3 months": (life.divisions(365) / life.divisions(91), "1/4-1/3"),
        "doublecortin cells over granule cells, 3 months": (life.at(["n_dcx"], 91) / life.granule(91), "0.03"),
        "neurons of weeks 2-10 a mm2 at 15 weeks": (
            life.at(["n_immature_late", "n_maturing"], 105) / (PATCH_UM[0] * PATCH_UM[1] * 1e-6),
            "the pool of boutons",
        ),
    }
    print(f"{'sedentary rats':50} {'found':>10}  wanted")
    for name, (found, wanted) in rows.items():
        print(f"{name:50} {found:10.4g}  {wanted}")


def labelled() -> None:
    """Print what becomes of the cells that a saturating pulse of BrdU finds at 10 weeks, in rats and in mice."""
    print(f"\n{'share of BrdU+ cells lost':28} {'day 7-28':>9} {'day 6-28':>9}")
    for species, dose in (("rat", "300 mg/kg"), ("mouse", "150 mg/kg")):
        found = {}
        for seed in SEEDS:
            frame = rat(
                species=species,
                age="10 wk",
                duration="28 d",
                seed=seed,
                labels=[{"agent": "BrdU", "dose": dose, "at": "0 d"}],
                assays=[{"name": "labelled", "count": "BrdU+", "at": ["6 d", "7 d", "28 d"]}],
            ).assays_frame()
            for day, count in zip(frame["day"], frame["count"], strict=True):
                found[round(day)] = found.get(round(day), 0.0) + float(count)
        print(f"{species:28} {1 - found[28] / found[7]:9.2f} {1 - found[28] / found[6]:9.2f}")
    print(f"{'wanted of the rat':28} {'0.40':>9} {'0.50':>9}")


def running(depth: float | None, distance: str = "2.8 km/d") -> list[pd.DataFrame]:
    """Return the series of runners, or of their sedentary twins where no depth is given, from 8 weeks for 56 d."""
    number = {"value": depth, "unit": "1", "why": "a scan of depths"}
    numbers = {f"signals.bdnf.effects.{name}.habituation.depth": number for name in HABITUATING}
    changes: dict[str, Any] = {} if depth is None else {"parameters": numbers}
    activity = [] if depth is None else [{"kind": "wheel", "distance": distance}]
    return [rat(age="8 wk", duration="56 d", seed=s, activity=activity, **changes).series_frame() for s in SEEDS]


def on_day(series: pd.DataFrame, column: str, day: int) -> float:
    """Return the mean of a column over the day that ends at this one."""
    return float(series[(series["day"] > day - 1) & (series["day"] <= day)][column].mean())


def habituation() -> None:
    """Print runner over sedentary twin by depth of habituation, and the misfit of each."""
    rest = running(None)
    shown = [*WANTED, ("n_dcx", 7), ("n_dcx", 14), ("n_ki67", 56)]
    print(f"\n{'depth':>6} {'misfit':>7}  " + "  ".join(f"{column} d{day}" for column, day in shown))
    for depth in DEPTHS:
        runners = running(depth)
        ratio = {
            (column, day): float(
                np.mean([on_day(a, column, day) / on_day(b, column, day) for a, b in zip(runners, rest, strict=True)])
            )
            for column, day in shown
        }
        misfit = sum((math.log(ratio[key] / wanted) / tolerance) ** 2 for key, (wanted, tolerance) in WANTED.items())
        print(f"{depth:6.2f} {misfit:7.2f}  " + "  ".join(f"{ratio[k]:{len(f'{k[0]} d{k[1]}')}.2f}" for k in shown))


if __name__ == "__main__":
    sedentary()
    labelled()
    habituation()

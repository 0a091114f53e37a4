"""Second reading of mouse/histology.yaml: uptake, dose and phases of the cycle."""

import math
from pathlib import Path

import pandas as pd
import pytest
from second_reading import TWO_DIGITS, Reading, Span

from neurogen_abm.spec.catalogue import load_catalogue

ANIMALS = Path(__file__).parents[2] / "scenarios" / "studies" / "data" / "akers2014"

READINGS = [
    Reading("histology.cycle.s_phase", 7.5, "h", "s_phase", "S phase of 7.5 h in the subgranular zone, recalled"),
    Reading("histology.cycle.mitosis_after_label", 8, "h", "brdu_g2", "BrdU and pHisH3 coincide most 8 h after BrdU"),
    Reading("histology.label.availability", 0.25, "h", "brdu_avail", "less than 15 min"),
    Reading("histology.label.saturating_dose", 150, "mg/kg", "brdu_dose_mouse", "150 mg/kg labels all S-phase cells"),
    Reading("histology.label.detectable_divisions", 4, "1", "lineage.md 3", "3-4 further divisions, a choice"),
    Reading("histology.counting.litter_share", 0.38, "1", "lazic2013, Table 1", "the middle of 61, 50, 38, 35, 23 %"),
]
RANGES = [
    Span("histology.cycle.s_phase", 6, 12, "h", "s_phase", "6-12"),
    Span("histology.stain_timing.ki67_tail", 6, 24, "h", "lineage.md 3", "detectable tail 6-24 h"),
    Span("histology.label.detectable_divisions", 3, 4, "1", "lineage.md 3", "3-4 further divisions"),
]
WITHOUT_FIGURE = {
    "histology.stain_timing.ki67_tail": "ki67_half gives a half-life of the protein, not how long it is seen",
    "histology.label.dose_exponent": "brdu_dose_rat says that lower doses label a fraction, without a figure",
    "histology.stain_timing.pcna_tail": "brdu_cycle: PCNA outlasts the cycle, how long is not given",
}


def test_a_third_of_the_saturating_dose_labels_half() -> None:
    """Our own choice, as the comment beside the number says it."""
    exponent = load_catalogue("mouse").value("histology.label.dose_exponent", "1")
    assert exponent == pytest.approx(math.log(1 / 2) / math.log(1 / 3), rel=TWO_DIGITS)


@pytest.mark.parametrize(("name", "column"), [("ki67", "ki67_per_1000um2"), ("dcx", "dcx_per_1000um2")])
def test_counts_spread_as_those_of_single_animals_do(name: str, column: str) -> None:
    """Root mean square of the coefficients of variation of four groups of sedentary mice (Akers et al. 2014)."""
    table = pd.read_csv(ANIMALS / "course_of_running.csv")
    groups = table[table["group"] == "sedentary"].groupby("day_of_running")[column]
    spread = float(((groups.std() / groups.mean()) ** 2).mean() ** 0.5)
    assert load_catalogue("mouse").value(f"histology.counting.spread_{name}", "1") == pytest.approx(spread, abs=0.005)

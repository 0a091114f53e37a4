"""Second reading of shared/memory.yaml: what abstracts say, and what the tables of single animals give."""

from pathlib import Path

import pandas as pd
import pytest
from second_reading import TWO_DIGITS, Reading, Span

from neurogen_abm.spec.catalogue import load_catalogue

READINGS = [
    Reading(
        "memory.terminals.number", (11 + 15) / 2, "1", "PMC6792657", "11-15 CA3 pyramidal cells of one granule cell"
    ),
    Reading("memory.terminals.first", 14, "d", "PMID 18780780", "initial synaptic contacts within 2 weeks of birth"),
]
RANGES = [Span("memory.terminals.number", 11, 15, "1", "PMC6792657", "11-15 CA3 pyramidal cells")]
WITHIN = [Span("memory.terminals.all", 14, 56, "d", "PMID 18780780", "contacts from 2 weeks, mature within 8 weeks")]
WITHOUT_FIGURE: dict[str, str] = {}

ANIMALS = Path(__file__).parents[2] / "scenarios" / "studies" / "data" / "akers2014"


def test_freezing_spreads_as_animals_that_ran_before_training_do() -> None:
    """The variance within both groups, over that of a coin of the same mean."""
    table = pd.read_csv(ANIMALS / "running_and_fear_memory.csv")
    shares = table[table["running_was"] == "before training"].groupby("group")["freezing_percent"]
    mean, variance, free = shares.mean() / 100, shares.var() / 1e4, shares.count() - 1
    spread = (variance / (mean * (1 - mean)) * free).sum() / free.sum()
    assert load_catalogue("mouse").value("memory.recall.freezing_spread", "1") == pytest.approx(spread, rel=TWO_DIGITS)

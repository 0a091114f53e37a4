"""Second reading of mouse/anatomy.yaml."""

import math

import pytest
from second_reading import (
    Departure,
    Reading,
    Span,
    agrees,
    departs_openly,
    difference,
    holds,
    rows,
    stated_range,
    states,
)

SPECIES = "mouse"

READINGS = [
    Reading("anatomy.granule_cells", 350_000, "cells", "lineage.md 2.1", "default for one dentate gyrus at 2-3 months"),
    Reading("anatomy.granule_cells_published", 239_000, "cells", "anat_gc_c57", "C57BL/6, Kempermann 1997"),
    Reading("anatomy.capillary_spacing_subgranular", 40, "um", "myokine.md 2.4", "lower end of 40-60 um: denser here"),
    Reading("anatomy.capillary_spacing_granule", 60, "um", "myokine.md 2.4", "upper end of 40-60 um: sparser here"),
]

RANGES = [
    Span("anatomy.granule_cells", 240_000, 500_000, "cells", "lineage.md 2.1", "range of the same row"),
    Span("anatomy.capillary_spacing_subgranular", 40, 60, "um", "myokine.md 2.4", "40-60 um between capillaries"),
    Span("anatomy.capillary_spacing_granule", 40, 60, "um", "myokine.md 2.4", "40-60 um between capillaries"),
]

DEPARTURES = [
    Departure(
        "anatomy.developmental_cell_death",
        -math.log(1 - 0.15) / (4 * 30.4375),
        "1/d",
        "death_dev2",
        "a rat figure for cells born on P6; those born before and after lose none",
    ),
]

# Cited, but no figure can be read there.
WITHOUT_FIGURE: dict[str, str] = {}


@pytest.mark.parametrize("reading", rows(READINGS))
def test_value_is_what_was_read(reading: Reading) -> None:
    assert agrees(SPECIES, reading), difference(SPECIES, reading)


@pytest.mark.parametrize("span", rows(RANGES))
def test_range_is_what_was_read(span: Span) -> None:
    assert holds(SPECIES, span)
    assert states(SPECIES, span), f"{stated_range(SPECIES, span.path, span.unit)} against {span}"


@pytest.mark.parametrize("departure", rows(DEPARTURES))
def test_departure_from_the_evidence_is_called_assumed(departure: Departure) -> None:
    assert departs_openly(SPECIES, departure)

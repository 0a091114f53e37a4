"""Second reading of mouse/anatomy.yaml."""

import math

from second_reading import (
    Departure,
    Reading,
    Span,
)

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

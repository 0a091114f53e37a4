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
    # The surface: geometry.py (DG_volume) and config/Geometry.yaml of soltesz-lab/dentate, factors multiplied out.
    Reading("anatomy.surface.axis_x", (500 * 5.3, 500 * 1), "um", "geometry.py", "-500 cos u (5.3 - sin u + ...)"),
    Reading("anatomy.surface.axis_y", (750 * 5.5, 750 * 2), "um", "geometry.py", "750 sin u (5.5 - 2 sin u + ...)"),
    Reading("anatomy.surface.axis_z", 2500, "um", "geometry.py", "2500 sin u"),
    Reading("anatomy.surface.tube", (500 * 1.0, 750 * 0.9, 663), "um", "geometry.py", "1, 0.9 and 663 at l = 0"),
    Reading("anatomy.surface.tube_per_layer", (500 * 0.138, 750 * 0.114, 114), "um", "geometry.py", "factors of l"),
    Reading("anatomy.surface.twist", 0.13, "1", "geometry.py", "sin(v - 0.13 (pi - u))"),
    Reading("anatomy.surface.along", (0.03142, 3.0787), "1", "Geometry.yaml", "GCL, u: pi/100 to 98 pi/100"),
    Reading("anatomy.surface.around", (-0.7225, 4.4767), "1", "Geometry.yaml", "GCL, v: -0.23 pi to 1.425 pi"),
    Reading("anatomy.surface.inner_layer", -1.95, "1", "Geometry.yaml", "GCL, l: -1.95 to 0"),
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

"""Where the new neurons of a run are, counted in tiles of the sheet, so that maps of many animals can be averaged."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from neurogen_abm.run import Result

_NEURONS = ("immature_early", "immature_late", "maturing", "mature")
# Tiles along the longer side of the sheet, and the smallest that still hold some cells.
_MOST_TILES, _LEAST_UM = 48, 50.0


def density_map(result: "Result") -> pd.DataFrame:
    """Return one row per tile: its centre, neurons born in the run and alive, mean BDNF in the niche over the run.

    Without a register of cells (outputs.cells: false) the neurons are missing.
    """
    place = result.map[["u_um", "v_um"]].to_numpy(float)
    pitch_um = result.resolved.value("anatomy.site_pitch", "um")
    extent_um = place.max(axis=0) + pitch_um / 2
    side_um = max(_LEAST_UM, float(extent_um.max()) / _MOST_TILES)
    shape = np.maximum(np.round(extent_um / side_um).astype(int), 1)

    def tile_of(points: np.ndarray) -> np.ndarray:
        index = np.minimum((points / extent_um * shape).astype(int), shape - 1)
        return np.asarray(index[:, 1] * shape[0] + index[:, 0])

    n, where = int(shape.prod()), tile_of(place)
    columns = np.bincount(where, minlength=n)
    bdnf = np.bincount(where, weights=result.map["bdnf_mean_pg_ml"].to_numpy(float), minlength=n) / columns
    cells = result.cells
    alive = (cells["cause"].astype(str) == "alive") & (cells["birth_h"] >= 0) & (cells["mother"] != 0)
    neurons = cells[alive & cells["state"].astype(str).isin(_NEURONS)]
    count = np.bincount(tile_of(neurons[["u_um", "v_um"]].to_numpy(float)), minlength=n).astype(float)
    kept = result.resolved.scenario.outputs.cells
    centre_u, centre_v = ((np.arange(k) + 0.5) * (extent / k) for k, extent in zip(shape, extent_um, strict=True))
    return pd.DataFrame(
        {
            "u_um": np.tile(centre_u, shape[1]),
            "v_um": np.repeat(centre_v, shape[0]),
            "new_neurons": count if kept else np.full(n, np.nan),
            "bdnf_mean_pg_ml": bdnf,
        }
    )

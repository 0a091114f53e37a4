"""The cells of a picture: who is there, where, and in which order they are drawn."""

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.assays.places import Places, developmental_sites, places_at, within_site
from neurogen_abm.biology.states import STATES
from neurogen_abm.engine.population import Present
from neurogen_abm.scene.palette import PAINT_ORDER

RANK: Final = np.array([PAINT_ORDER.index(name) for name in STATES])
"""Rank of every state code: where cells overlap, the highest is seen."""
_PARTS: Final = 256  # a place in a site is told in this many parts along each axis


class Drawn(NamedTuple):
    """Cells to be drawn, those that come first lying below: their row among `alive`, and their places."""

    alive: Present
    rows: NDArray[np.int64]
    places: Places

    @property
    def state(self) -> NDArray[np.int64]:
        """State codes, in the order of drawing."""
        return self.alive.state[self.rows].astype(np.int64)

    @property
    def ids(self) -> NDArray[np.int64]:
        """Ids, in the order of drawing."""
        return self.alive.id[self.rows]


def drawn_cells(world: Any) -> Drawn:
    """Return every cell there is (those of development apart), in the order of drawing.

    Examples
    --------
    >>> from neurogen_abm import NeurogenesisModel
    >>> model = NeurogenesisModel("mouse_sedentary", tissue={"septotemporal": "0.2 mm", "transverse": "0.2 mm"})
    >>> len(drawn_cells(model.world).rows) == model.n_cells
    True
    """
    alive = world.population.living()
    rows = np.lexsort((alive.id, RANK[alive.state]))
    return Drawn(alive, rows, places_at(alive.id[rows], alive.site[rows], world.grid))


def still_cells(world: Any) -> tuple[NDArray[np.int64], NDArray[np.int64], Places]:
    """Return ids, sites and places of the granule cells born in development that are there."""
    cell, site = developmental_sites(world.developmental, world.parameters.n_layers)
    return cell, site, places_at(cell, site, world.grid)


def keys(
    cell: NDArray[np.int64], site: NDArray[Any], state: NDArray[Any], n_columns: int, value: NDArray[Any] | int = 0
) -> NDArray[np.uint64]:
    """Return all that a painter needs of each cell as one number, so that a sort puts them in order of their columns.

    From the highest bits down: column; 4 bits of layer, 4 of state; 8 of ``value``; 3 x 8 of the place within the site.
    """
    layer, column = np.divmod(np.asarray(site, np.int64), n_columns)
    packed = column.astype(np.uint64) << np.uint64(40)
    packed |= (layer * 16 + np.asarray(state, np.int64)).astype(np.uint64) << np.uint64(32)
    packed |= np.asarray(value, np.uint64) << np.uint64(24)
    for shift, share in zip((16, 8, 0), within_site(cell), strict=True):
        packed |= (share * _PARTS).astype(np.uint64) << np.uint64(shift)
    return packed


def unpacked(packed: NDArray[np.uint64]) -> dict[str, NDArray[Any]]:
    """Return what is sent of cells, from their `keys`: gap of columns, kind, value, place of shape (cells, 3)."""
    column = packed >> np.uint64(40)
    place = packed.astype("<u8").view(np.uint8).reshape(-1, 8)[:, 2::-1]
    return {
        "gap": _narrow(np.diff(column, prepend=np.uint64(0))),
        "kind": ((packed >> np.uint64(32)) & np.uint64(255)).astype(np.uint8),
        "value": ((packed >> np.uint64(24)) & np.uint64(255)).astype(np.uint8),
        "place": place,
    }


def _narrow(gap: NDArray[np.uint64]) -> NDArray[Any]:
    """Return differences in as few bytes each as hold the largest."""
    largest = int(gap.max(initial=0))
    return gap.astype(np.uint8 if largest < 2**8 else np.uint16 if largest < 2**16 else np.uint32)

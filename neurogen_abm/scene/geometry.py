"""The shape that a picture gives to the sheet: the C that a histologist sees in a transverse section.

Each position across the sheet is placed on a C whose arms are the suprapyramidal and the infrapyramidal blade; layers
are stacked from the hilus outwards; distances along the C and across the layers are true. Its outline is that of the
published surface (`scene.organ`) at the level of the section.
"""

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurogen_abm.scene.organ import OUTLINE, angle_of, organ_of, published

THICKNESS_UM: Final = 40.0  # of a section, a usual one
HILUS_UM: Final = -40.0  # how far the drawing goes on beside what is modelled, inwards; not measured
MOLECULAR_UM: Final = 150.0  # and outwards: the molecular layer, not modelled


class Curve(NamedTuple):
    """The border of the hilus at equal steps along it: place, um with y upwards, and heading, rad."""

    length_um: float
    x_um: NDArray[np.float64]
    y_um: NDArray[np.float64]
    heading: NDArray[np.float64]

    def at(self, along_um: ArrayLike, outwards_um: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return x and y of places along the sheet and outwards of the border of the hilus, um."""
        along, outwards = np.broadcast_arrays(np.asarray(along_um, float), np.asarray(outwards_um, float))
        s = np.linspace(0, self.length_um, len(self.x_um))
        at = np.clip(along, 0, self.length_um)
        direction = np.interp(at, s, self.heading)
        x = np.interp(at, s, self.x_um) + outwards * np.sin(direction)
        y = np.interp(at, s, self.y_um) - outwards * np.cos(direction)
        return x, y

    def table(self) -> NDArray[np.float32]:
        """Return what a painter interpolates in, shape (points, 3): x, y, heading."""
        return np.stack([self.x_um, self.y_um, self.heading], axis=1).astype(np.float32)


def c_curve(length_um: float, crest_fraction: float = 0.5, level: float = 0.5) -> Curve:
    """Return the C.

    Parameters
    ----------
    length_um
        Transverse length of the sheet, from the suprapyramidal to the infrapyramidal tip.
    crest_fraction
        Where the crest lies, as a share of the length.
    level
        Where the section lies on the septotemporal axis: 0 the septal, 1 the temporal end.

    Notes
    -----
    The section of the published surface, turned so that the suprapyramidal blade is above, the crest to the left and
    the hilus opens to the right. The inner border has the length of the sheet, whatever the level.
    """
    x, y, heading = published().arc(float(angle_of(level)), crest_fraction)
    scale = length_um / float(np.hypot(np.diff(x), np.diff(y)).sum())
    # At the crest the border runs straight down.
    turn = 1.5 * np.pi - float(np.interp(crest_fraction * (OUTLINE - 1), np.arange(OUTLINE), heading))
    cos, sin = scale * np.cos(turn), scale * np.sin(turn)
    x, y = cos * x - sin * y, sin * x + cos * y
    margin = 0.08 * length_um
    return Curve(length_um, x - x.min() + margin, y - y.min() + margin, heading + turn)


def curve_of(model: Any, u_um: float | None = None) -> Curve:
    """Return the C of the gyrus of a model at a place along its tissue, by default in the middle."""
    grid = model.world.grid
    crest = float(model.spec.value("anatomy.crest_fraction", "1"))
    return c_curve(grid.n_v * grid.pitch_um, crest, 0.5 if u_um is None else organ_of(model).level(u_um))


def in_section(u_um: ArrayLike, middle_um: float, thickness_um: float = THICKNESS_UM) -> NDArray[np.bool_]:
    """Say which places along the gyrus a section holds: from half its thickness below its middle, up to half above."""
    u = np.asarray(u_um, float)
    return np.asarray((u >= middle_um - thickness_um / 2) & (u < middle_um + thickness_um / 2))


def middle_of(u_um: float, n_u: int, pitch_um: float) -> float:
    """Return where a section lies that is asked for at a place: in the middle of the nearest column there is."""
    return (min(max(int(u_um // pitch_um), 0), n_u - 1) + 0.5) * pitch_um

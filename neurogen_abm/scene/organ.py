"""The organ: the unrolled sheet laid on a published parametric surface of the dentate gyrus, scaled to the species.

A level of the sheet (a place along the septotemporal axis) becomes a plane that cuts the gyrus across, so that a
section is one level and one plane. Within the plane, places across the sheet lie at equal steps along the border of the
hilus, and depth goes outwards from it in true um. docs/organ.md says what is true and what is distorted.
"""

from functools import lru_cache
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurogen_abm.spec.catalogue import load_catalogue

Array = NDArray[np.float64]
LEVELS: Final = 97  # planes of the table from which places are interpolated
STEPS: Final = 129  # places across in each
OUTLINE: Final = 1201  # points of an outline
_GRID: Final = 121  # points of an integral along the axis


class Surface(NamedTuple):
    """The numbers of the border between hilus and granule cell layer, um and rad; `catalogue/shared/anatomy.yaml`."""

    axis_x: Array
    axis_y: Array
    axis_z: float
    tube: Array
    twist: float
    along: Array
    around: Array

    def axis(self, a: ArrayLike) -> Array:
        """Return where planes have their middle, shape (planes, 3)."""
        sin, cos = np.sin(a), np.cos(a)
        x, y = self.axis_x[0] - self.axis_x[1] * sin, self.axis_y[0] - self.axis_y[1] * sin
        return np.stack([-cos * x, sin * y, self.axis_z * sin], axis=-1)

    def wide(self, a: ArrayLike) -> Array:
        """Return the half axis of sections that lies flat, as vectors, shape (planes, 3); the other stands upright."""
        return np.stack([-np.cos(a) * self.tube[0], np.sin(a) * self.tube[1], np.zeros(np.shape(a))], axis=-1)

    def arc(self, a: float, crest_fraction: float) -> tuple[Array, Array, Array]:
        """Return one section at equal steps along it: two places in its plane and the heading, um and rad.

        It runs from the suprapyramidal to the infrapyramidal tip. Where the crest is not in the middle of the length,
        what opens turns with it.
        """
        low, high = self.around
        crest, span = (low + high) / 2, high - low
        b = np.linspace(crest - crest_fraction * span, crest + (1 - crest_fraction) * span, 4 * OUTLINE)
        width, turned = float(np.linalg.norm(self.wide(a))), b - self.twist * (np.pi - a)
        p, q = width * np.cos(b), self.tube[2] * np.sin(turned)
        way = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(p), np.diff(q)))])
        at = np.interp(np.linspace(0, way[-1], OUTLINE), way, b)
        dp, dq = -width * np.sin(at), self.tube[2] * np.cos(at - self.twist * (np.pi - a))
        p, q = width * np.cos(at), self.tube[2] * np.sin(at - self.twist * (np.pi - a))
        return p, q, np.unwrap(np.arctan2(dq, dp))


@lru_cache(maxsize=1)
def published() -> Surface:
    """Return the published surface, of the rat; all species share it."""
    shared = load_catalogue("rat")

    def value(name: str, unit: str = "um") -> Any:
        return shared.value(f"anatomy.surface.{name}", unit)

    tube = np.asarray(value("tube")) + value("inner_layer", "1") * np.asarray(value("tube_per_layer"))
    return Surface(
        np.asarray(value("axis_x")),
        np.asarray(value("axis_y")),
        float(value("axis_z")),
        tube,
        float(value("twist", "1")),
        np.asarray(value("along", "1")),
        np.asarray(value("around", "1")),
    )


def angle_of(level: ArrayLike) -> Array:
    """Return the place on the axis, rad, of a share of the septotemporal length.

    As much of the published area lies on the septal side of a level as of the sheet.
    """
    a, share = _shares()
    return np.asarray(np.interp(np.clip(level, 0.0, 1.0), share, a))


@lru_cache(maxsize=1)
def _shares() -> tuple[Array, Array]:
    surface = published()
    a = np.linspace(float(surface.along[0]), float(surface.along[1]), _GRID)
    points = np.stack([_section(surface, at, 0.5, 1.0, 1.0, STEPS)[0] for at in a.tolist()])
    share = np.concatenate([[0.0], np.cumsum(_areas(points).sum(axis=1))])
    return a, share / share[-1]


def _section(
    surface: Surface, a: float, crest_fraction: float, axis: float, across: float, steps: int
) -> tuple[Array, Array]:
    """Return places of the border of the hilus at equal steps and the directions outwards of it, (steps, 3) each."""
    p, q, heading = surface.arc(a, crest_fraction)
    pick = np.linspace(0, OUTLINE - 1, steps)
    p, q, heading = (np.interp(pick, np.arange(OUTLINE), part) for part in (p, q, heading))
    wide = surface.wide(a)
    flat, upright = wide / np.linalg.norm(wide), np.array([0.0, 0.0, 1.0])
    middle = axis * surface.axis(a)
    place = middle + across * (p[:, None] * flat + q[:, None] * upright)
    return place, np.sin(heading)[:, None] * flat - np.cos(heading)[:, None] * upright


def _areas(points: Array) -> Array:
    """Return the areas of the meshes of a net of places, (levels - 1, steps - 1), from their diagonals."""
    first, second = points[1:, 1:] - points[:-1, :-1], points[1:, :-1] - points[:-1, 1:]
    return np.asarray(np.linalg.norm(np.cross(first, second), axis=-1) / 2)


class Organ(NamedTuple):
    """A whole gyrus: the size of its sheet, um, and the table of its surface.

    ``table`` has, at equal steps along and across the sheet, the place of the border of the hilus and the direction
    outwards, shape (levels, steps, 6), um; the middle of the organ is the origin. ``first_um`` is where the simulated
    tissue begins on the sheet, along and across; a patch lies in the middle.
    """

    length_um: float
    width_um: float
    table: Array
    first_um: tuple[float, float] = (0.0, 0.0)

    def at(self, u_um: ArrayLike, v_um: ArrayLike, out_um: ArrayLike) -> Array:
        """Return where places of the tissue lie in space: shape (places, 3), um.

        Parameters
        ----------
        u_um, v_um
            Along and across the simulated sheet.
        out_um
            Outwards from the border of the hilus.

        Examples
        --------
        >>> mouse = organ(4000.0, 1700.0)
        >>> mouse.at([2000.0], [850.0], [0.0]).shape
        (1, 3)
        """
        along = np.atleast_1d(np.asarray(u_um, float) + self.first_um[0]) / self.length_um
        across = np.atleast_1d(np.asarray(v_um, float) + self.first_um[1]) / self.width_um
        levels, steps, _ = self.table.shape
        i, s = _between(along, levels)
        j, t = _between(across, steps)
        s, t = s[:, None], t[:, None]
        row = self.table[i, j] * (1 - t) + self.table[i, j + 1] * t
        near = self.table[i + 1, j] * (1 - t) + self.table[i + 1, j + 1] * t
        found = row * (1 - s) + near * s
        out = np.atleast_1d(np.asarray(out_um, float))[:, None]
        return np.asarray(found[:, :3] + out * found[:, 3:])

    def level(self, u_um: float) -> float:
        """Return where a place along the simulated sheet lies on the whole axis: 0 septal, 1 temporal."""
        return min(max((u_um + self.first_um[0]) / self.length_um, 0.0), 1.0)

    @property
    def area_ratios(self) -> Array:
        """Area on the surface over area of the sheet, mesh by mesh, shape (levels - 1, steps - 1)."""
        levels, steps, _ = self.table.shape
        mesh = self.length_um / (levels - 1) * self.width_um / (steps - 1)
        return np.asarray(_areas(self.table[..., :3]) / mesh)

    @property
    def distortion(self) -> dict[str, float]:
        """What the surface makes of areas: smallest, median and largest local ratio, and that of the whole."""
        ratio = self.area_ratios
        found = {"min": ratio.min(), "median": np.median(ratio), "max": ratio.max(), "whole": ratio.mean()}
        return {name: float(value) for name, value in found.items()}

    @property
    def lengths_um(self) -> Array:
        """Septotemporal length at each place across, shape (steps,)."""
        return np.asarray(np.linalg.norm(np.diff(self.table[..., :3], axis=0), axis=-1).sum(axis=0))

    @property
    def widths_um(self) -> Array:
        """Transverse length at each level, shape (levels,)."""
        return np.asarray(np.linalg.norm(np.diff(self.table[..., :3], axis=1), axis=-1).sum(axis=1))

    def outline_um(self, crest_fraction: float, every: int = 1) -> Array:
        """Return the outline of the surface when it is unrolled, shape (places, 2): um along and across the sheet.

        A place of the edge lies at its true distance along its line from the middle level, and at its true distance
        along its level from the crest; the middle of the crest is that of the sheet.
        """
        points = self.table[..., :3]
        steps = [np.linalg.norm(np.diff(points, axis=axis), axis=-1).cumsum(axis=axis) for axis in (0, 1)]
        along = np.concatenate([np.zeros((1, STEPS)), steps[0]])
        across = np.concatenate([np.zeros((LEVELS, 1)), steps[1]], axis=1)
        crest = round(crest_fraction * (STEPS - 1))
        u = self.length_um / 2 + along - along[(LEVELS - 1) // 2]
        v = crest_fraction * self.width_um + across - across[:, crest : crest + 1]
        net = np.stack([u, v], axis=-1)
        edge = np.concatenate([net[:, 0], net[-1, 1:], net[-2::-1, -1], net[0, -2:0:-1]])
        return np.asarray(edge[::every])


def _between(share: Array, n: int) -> tuple[NDArray[np.int64], Array]:
    at = np.clip(share, 0.0, 1.0) * (n - 1)
    i = np.minimum(at.astype(np.int64), n - 2)
    return i, at - i


@lru_cache(maxsize=8)
def organ(length_um: float, width_um: float, crest_fraction: float = 0.5) -> Organ:
    """Return the gyrus whose sheet has a size.

    Parameters
    ----------
    length_um, width_um
        Septotemporal and transverse length of the whole sheet.
    crest_fraction
        Where the crest lies across, as a share of the transverse length.

    Notes
    -----
    Two scales fit the surface to the species, of its axis and of its sections, so that mean septotemporal to mean
    transverse length is as on the sheet, and the whole area is that of the sheet.
    """
    surface, angles = published(), angle_of(np.linspace(0, 1, LEVELS)).tolist()
    bare = _table(surface, angles, crest_fraction, 1.0, 1.0)
    across = width_um / float(Organ(1.0, 1.0, bare).widths_um.mean())
    tube = across * (bare[..., :3] - surface.axis(angles)[:, None])
    spine = surface.axis(angles)[:, None]
    axis = 1.0
    for _ in range(60):  # the longer the axis, the longer every line along it: it settles after a few rounds
        steps = np.diff(axis * spine + tube, axis=0)
        axis *= length_um / float(np.linalg.norm(steps, axis=-1).sum(axis=0).mean())
    table = _table(surface, angles, crest_fraction, axis, across)
    # Planes cut the axis aslant, so that the area is less than length times width.
    table[..., :3] /= np.sqrt(Organ(length_um, width_um, table).distortion["whole"])
    reach = table[..., :3].reshape(-1, 3)
    table[..., :3] -= (reach.min(axis=0) + reach.max(axis=0)) / 2
    return Organ(length_um, width_um, table)


def _table(surface: Surface, angles: list[float], crest_fraction: float, axis: float, across: float) -> Array:
    rows = [_section(surface, a, crest_fraction, axis, across, STEPS) for a in angles]
    return np.stack([np.concatenate(row, axis=1) for row in rows])


def organ_of(model: Any) -> Organ:
    """Return the gyrus of a model; a patch of tissue lies in the middle of that of its species."""
    grid = model.world.grid
    return organ_around(model.spec, (grid.n_u * grid.pitch_um, grid.n_v * grid.pitch_um))


def organ_around(resolved: Any, size: tuple[float, float]) -> Organ:
    """Return the gyrus in the middle of which a scenario has a tissue of a size (septotemporal, transverse; um)."""
    whole = [size[0], size[1]]
    if not isinstance(resolved.scenario.tissue, str):
        names = ("sheet_septotemporal", "sheet_transverse")
        known = [float(resolved.value(f"anatomy.{name}", "um")) for name in names]
        whole = [max(a, b) for a, b in zip(known, size, strict=True)]
    found = organ(whole[0], whole[1], float(resolved.value("anatomy.crest_fraction", "1")))
    return found._replace(first_um=((whole[0] - size[0]) / 2, (whole[1] - size[1]) / 2))


def outline_around(resolved: Any, size: tuple[float, float], every: int = 1) -> Array:
    """Return the outline that the surface has when it is unrolled (`Organ.outline_um`); of a patch of tissue none.

    Its shape is (places, 2), um along and across the sheet; ``every``: one place in so many.
    """
    if not isinstance(resolved.scenario.tissue, str):
        return np.empty((0, 2))
    crest = float(resolved.value("anatomy.crest_fraction", "1"))
    return organ_around(resolved, size).outline_um(crest, every)

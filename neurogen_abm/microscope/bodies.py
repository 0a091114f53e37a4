"""What fluoresces in a channel: ellipsoids, from the shape of each cell and the part of it in which the stain lies.

Nuclei and somata are ellipsoids turned as their family lies in the tissue; a process is a chain of thin ones. Every
choice of a cell follows from its id, so that a cell looks the same in all channels and at all times.
"""

from itertools import pairwise
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.assays.places import within_site
from neurogen_abm.biology.states import FAMILIES, LINEAGE, STATES
from neurogen_abm.microscope.channels import CYTOPLASM, DAPI, FOCI, SOMA
from neurogen_abm.microscope.optics import Sizes
from neurogen_abm.microscope.slide import Frame, Slide
from neurogen_abm.scene.shapes import process_of

Array = NDArray[np.float64]

_FAMILY: Final = np.array([list(FAMILIES).index(state.family) for state in LINEAGE])
_UPRIGHT: Final = [list(FAMILIES).index(family) for family in ("stem", "neuron")]
_LYING: Final = list(FAMILIES).index("progenitor")
_GLIA: Final = list(FAMILIES).index("glia")
_OVERLAP: Final = 1.16  # of a piece of a process over the distance it bridges, so that pieces leave no gap
_STIRS: Final = 0x5851F42D4C957F2D  # multiplier of Knuth's MMIX generator: tells the variates of a cell apart
# Which variates: numbers, once given, are not used for something else.
_SIZE, _TURN, _TILT, _BRIGHT, _DOTS, _BRANCH = 1, 2, 3, 4, 16, 64


class Bodies(NamedTuple):
    """Ellipsoids: centres in um, shape (n, 3), as x, y and depth; their second moments times 5, shape (n, 3, 3).

    A point lies within when ``(p - centre) @ inverse(shape) @ (p - centre) < 1``. ``inner`` is how much of it, from the
    centre, is dark: 0 of a solid body.
    """

    centre: Array
    shape: Array
    brightness: Array
    inner: Array


class Cells(NamedTuple):
    """Where cells lie and how.

    ``centre`` (n, 3); ``axes`` (n, 3, 3), the long one first; ``out`` (n, 3), the direction outwards; ``half`` (n, 3),
    half lengths of nuclei; ``layer_um`` (n,), how thick the granule cell layer is.
    """

    id: NDArray[np.int64]
    family: NDArray[np.int64]
    centre: Array
    axes: Array
    out: Array
    half: Array
    layer_um: Array

    def some(self, rows: NDArray[Any]) -> "Cells":
        """Return the cells at some rows, or those for which an array of bool says so."""
        columns: Any = (column[rows] for column in self)
        return Cells(*columns)


def variates(cell: NDArray[np.int64], which: int) -> Array:
    """Return three variates on (0, 1) for each cell id, shape (cells, 3), different for every ``which`` from 1 on."""
    stirred = cell.view(np.uint64) ^ np.uint64(which * _STIRS % 2**64)
    return within_site(stirred.view(np.int64)).T


def cells_of(slide: Slide, frame: Frame, sizes: Sizes) -> Cells:
    """Return how the cells of a section lie."""
    x, y = frame.at(slide.v_um, slide.out_um)
    cell, family = np.ascontiguousarray(slide.id), _FAMILY[slide.state]
    out = np.column_stack([frame.outwards(slide.v_um), np.zeros(len(cell))])
    axes = _axes(cell, family, out, sizes)
    both = np.array([sizes.nucleus[name] for name in FAMILIES])[family]
    spread = 1.0 + sizes.size_spread * np.sqrt(12.0) * (variates(cell, _SIZE) - 0.5)
    half = 0.5 * np.stack([both[:, 0], both[:, 1], both[:, 1]], axis=1) * spread
    layer = np.full(len(cell), frame.layer_um)
    return Cells(cell, family, np.stack([x, y, slide.depth_um], axis=1), axes, out, half, layer)


def _axes(cell: NDArray[np.int64], family: NDArray[np.int64], out: Array, sizes: Sizes) -> Array:
    """Return three unit vectors for each cell, the long axis first: upright, along the border, or anyhow."""
    turn = 2.0 * np.pi * variates(cell, _TURN)[:, 0]
    along = np.stack([-out[:, 1], out[:, 0], np.zeros(len(cell))], axis=1)
    deep = np.broadcast_to([0.0, 0.0, 1.0], out.shape)
    lying = np.cos(turn)[:, None] * along + np.sin(turn)[:, None] * deep
    upright, flat = np.isin(family, _UPRIGHT), family == _LYING
    long = np.where(upright[:, None], out, lying)
    lean = variates(cell, _TILT) - 0.5
    reach = np.where(upright | flat, 2.0 * np.tan(min(sizes.tilt, 1.5)), 4.0)[:, None] * 0.5
    long = long + reach * (lean[:, :1] * along + lean[:, 1:2] * deep + lean[:, 2:] * out)
    first = long / np.linalg.norm(long, axis=1)[:, None]
    second = np.cross(first, np.where(np.abs(first[:, 2:]) < 0.9, deep, along))
    second /= np.linalg.norm(second, axis=1)[:, None]
    return np.stack([first, second, np.cross(first, second)], axis=1)


def bodies_of(channel: str, lies_in: str, slide: Slide, cells: Cells, sizes: Sizes, foci_until_h: float) -> Bodies:
    """Return what fluoresces in a channel.

    Parameters
    ----------
    channel
        Its name.
    lies_in
        Part of the cell in which the stain lies.
    slide, cells
        The cells of the section, and how they lie.
    sizes
        Of the catalogue.
    foci_until_h
        Cells with less biological time left to their mitosis show foci as whole nuclei.
    """
    shows = np.flatnonzero(slide.positive[channel])
    here = cells.some(shows)
    bright = _brightness(channel, slide, here, shows, sizes)
    if lies_in == FOCI:
        clock_h = slide.clock_h[shows]
        dotted = ~((clock_h > 0.0) & (clock_h <= foci_until_h))
        whole = here.some(~dotted)
        specked = here.some(dotted)
        dots = _dots(specked, bright[dotted], sizes.foci, sizes.focus_width, sizes.dot_reach)
        faint = _somata(specked, sizes.between_foci * bright[dotted], 0.0, 0.0)
        return _together([_somata(whole, bright[~dotted], 0.0, 0.0), faint, dots])
    if lies_in == SOMA:
        return _somata(here, bright, sizes.cytoplasm, 0.0)
    if lies_in == CYTOPLASM:
        own = _somata(here, bright, sizes.cytoplasm, sizes.nucleus_cover)
        return _together([own, _processes(here, slide.state[shows], bright, sizes)])
    nuclei = _somata(here, bright, 0.0, 0.0)
    if channel != DAPI:
        return nuclei
    excess = bright * (1.0 + sizes.chromocentre_excess)
    dots = _dots(here, excess, sizes.chromocentres, sizes.chromocentre_width, sizes.dot_reach)
    return _together([nuclei, dots])


def _brightness(channel: str, slide: Slide, cells: Cells, shows: NDArray[np.int64], sizes: Sizes) -> Array:
    """Return how bright each cell is: it differs from cell to cell, and a label fades with each halving."""
    salt = sum(map(ord, channel)) * 1000
    bright = 1.0 + sizes.brightness_spread * np.sqrt(12.0) * (variates(cells.id, _BRIGHT + salt)[:, 0] - 0.5)
    if channel in slide.strength:
        halvings = -np.log2(np.clip(slide.strength[channel][shows], 2.0**-30, 1.0))
        least = halvings.max(initial=1.0)
        bright *= 1.0 - (1.0 - sizes.faintest_label) * halvings / max(least, 1.0)
    return np.asarray(np.maximum(bright, 0.05))


def _somata(cells: Cells, bright: Array, cytoplasm: float, dark: float) -> Bodies:
    """Return nuclei, or with ``cytoplasm`` around them somata; ``dark`` is the share of the nucleus that is not lit."""
    half = cells.half + cytoplasm
    shape = np.einsum("nki,nk,nkj->nij", cells.axes, half**2, cells.axes)
    inner = dark * (cells.half / half).mean(axis=1)
    return Bodies(cells.centre, shape, bright, inner)


def _dots(cells: Cells, bright: Array, count: int, width: float, reach: float) -> Bodies:
    """Return ``count`` dots within each nucleus, as far out as ``reach`` of its radius."""
    found = []
    for number in range(count):
        ball = variates(cells.id, _DOTS + number)
        ball = 2.0 * ball - 1.0
        ball *= reach / np.maximum(np.linalg.norm(ball, axis=1)[:, None], 1.0)
        centre = cells.centre + np.einsum("nk,nk,nki->ni", ball, cells.half, cells.axes)
        shape = np.broadcast_to((0.5 * width) ** 2 * np.eye(3), (len(centre), 3, 3))
        found.append(Bodies(centre, shape, bright, np.zeros(len(centre))))
    return _together(found)


def _processes(cells: Cells, state: NDArray[np.uint8], bright: Array, sizes: Sizes) -> Bodies:
    """Return the processes of cells: those of the scene, and short ones of progenitors and astrocytes."""
    found = []
    for code in np.unique(state):
        rows = np.flatnonzero(state == code)
        some = cells.some(rows)
        light = sizes.process_brightness * bright[rows]
        for branch, (start, end) in enumerate(_branches(some, STATES[code], sizes)):
            found.append(_chain(some.id, start, end, light, branch, sizes))
    return _together(found)


def _branches(cells: Cells, state: str, sizes: Sizes) -> list[tuple[Array, Array]]:
    """Return where the branches of the processes of cells of one state begin and end."""
    form, along = process_of(state), np.stack([-cells.out[:, 1], cells.out[:, 0], 0.0 * cells.out[:, 0]], axis=1)
    deep = np.array([0.0, 0.0, 1.0])
    if form is None:
        arms = sizes.astrocyte_arms if (cells.family == _GLIA).any() else sizes.progenitor_arms
        ends = []
        for arm in range(arms):
            angle = 2.0 * np.pi * (arm + 0.5 * variates(cells.id, _BRANCH + arm)[:, :1]) / arms
            aim = np.cos(angle) * along + np.sin(angle) * (cells.out if arms > 2 else 0.2 * cells.out)
            aim = aim + 0.5 * (variates(cells.id, _BRANCH + arm)[:, 1:2] - 0.5) * deep
            ends.append((cells.centre, cells.centre + sizes.process_short * aim))
        return ends
    reach = form["reach"] * cells.layer_um[:, None]
    fork = cells.centre + form["fork"] * reach * cells.out
    found = [(cells.centre, fork)]
    for branch in range(form["branches"]):
        by_chance = variates(cells.id, _BRANCH + branch)[:, :1] - 0.5
        side = 2.0 * (branch + 0.5) / form["branches"] - 1.0 + sizes.process_scatter * by_chance
        sink = 2.0 * variates(cells.id, _BRANCH + branch)[:, 1:2] - 1.0
        spread = form["spread_um"] * (side * along + 0.5 * sink * deep)
        found.append((fork, cells.centre + reach * cells.out + spread))
    return found


def _chain(cell: NDArray[np.int64], start: Array, end: Array, bright: Array, branch: int, sizes: Sizes) -> Bodies:
    """Return a branch as thin ellipsoids one after another, winding a little."""
    knots = np.linspace(0.0, 1.0, sizes.process_pieces + 1)
    length = np.linalg.norm(end - start, axis=1)[:, None]
    path = []
    for k, share in enumerate(knots):
        off = variates(cell, _BRANCH * (2 + branch) + k) - 0.5
        path.append(start + share * (end - start) + sizes.process_wobble * length * off * np.sin(np.pi * share))
    found = []
    for here, there in pairwise(path):
        step = there - here
        half = 0.5 * _OVERLAP * np.linalg.norm(step, axis=1)[:, None]
        aim = step / np.maximum(2.0 * half / _OVERLAP, 1e-9)
        thin = (0.5 * sizes.process_width) ** 2
        shape = thin * np.eye(3) + (half**2 - thin)[:, :, None] * aim[:, :, None] * aim[:, None, :]
        found.append(Bodies(0.5 * (here + there), shape, bright, np.zeros(len(bright))))
    return _together(found)


def _together(parts: list[Bodies]) -> Bodies:
    """Return all bodies of several lists as one."""
    if not parts:
        return Bodies(np.zeros((0, 3)), np.zeros((0, 3, 3)), np.zeros(0), np.zeros(0))
    return Bodies(*(np.concatenate(column) for column in zip(*parts, strict=True)))

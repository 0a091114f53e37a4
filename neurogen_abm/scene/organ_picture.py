"""A picture of the whole organ to keep: every cell of an animal in its place in space, painted by numpy and Pillow."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from neurogen_abm.arguments import check, instance
from neurogen_abm.biology.states import STATES
from neurogen_abm.scene.camera import START, Camera
from neurogen_abm.scene.cells import drawn_cells, still_cells
from neurogen_abm.scene.colourings import check_colouring, colour_of, values
from neurogen_abm.scene.geometry import MOLECULAR_UM
from neurogen_abm.scene.organ import Organ, organ_of
from neurogen_abm.scene.palette import GROUNDS, IS_HAZE, channels
from neurogen_abm.scene.shapes import radius_of

_FINER: Final = 2  # painted so many times larger, then made smaller, so that rims are soft
_LEAST_PX: Final = 3.4  # radius of a cell that acts; one that lasts is smaller
_STANDS_OUT: Final = 5  # power of the share of its radius: what acts is seen among what is many
_FADES: Final = 0.72  # how much of a colour is lost from the front of the organ to its back
Pixels = NDArray[np.float64]


def organ_picture(
    model: Any,
    by: str = "group",
    ground: str = "dark",
    width: int = 1600,
    limits: tuple[float, float] = (0.0, 90.0),
    section_um: float | None = None,
    turned: tuple[float, float] = (START["yaw"], START["pitch"]),
) -> Image.Image:
    """Paint the organ of an animal.

    Parameters
    ----------
    model
        The animal; it is not changed.
    by
        What colours the cells, as `colourings.check_colouring` admits.
    ground
        ``dark`` or ``paper``.
    width
        Of the picture, pixels; it is 0.56 times as high.
    limits
        Levels of BDNF at the ends of its scale, pg/mL.
    section_um
        Where along the tissue a plane is drawn, um; none by default.
    turned
        Degrees about the upright axis, and towards the eye.
    """
    check(ground=(ground, instance(str)), width=(width, instance(int)))
    check_colouring(by, model)
    found = organ_of(model)
    border = found.table[..., :3].reshape(-1, 3)
    radius = float(np.linalg.norm(border, axis=1).max()) + MOLECULAR_UM
    camera = Camera(radius, width * _FINER, round(0.56 * width) * _FINER, *turned)
    image = np.empty((int(camera.height), int(camera.width), 3))
    image[:] = channels(GROUNDS[ground]["page"])
    _, _, still = still_cells(model.world)
    grey = np.array(channels(GROUNDS[ground]["edge"]), float)
    _haze(image, camera, found.at(still.u_um, still.v_um, still.out_um), grey[None], 0.75)
    cells = drawn_cells(model.world)
    state, place = cells.state, found.at(*cells.places)
    colour = colour_of(by, ground, state, values(model, cells.alive, by, limits)[cells.rows]).astype(float)
    size = np.array([radius_of(name) for name in STATES])[state] / max(map(radius_of, STATES))
    lasts = IS_HAZE[state]
    _haze(image, camera, place[lasts], colour[lasts], 0.5)
    _somata(image, camera, place[~lasts], colour[~lasts], size[~lasts], ground)
    picture = Image.fromarray(np.rint(image).astype(np.uint8)).resize(
        (width, round(0.56 * width)), Image.Resampling.BOX
    )
    _marks(picture, camera._replace(width=width, height=round(0.56 * width)), found, ground, section_um)
    return picture


def _depth_share(camera: Camera, depth: Pixels) -> Pixels:
    """Return how far back places lie: 0 at the front of the organ, 1 at its back."""
    return np.asarray(np.clip(0.5 + depth / (2 * camera.radius_um), 0, 1))


def _haze(image: Pixels, camera: Camera, place: Pixels, colour: Pixels, most: float) -> None:
    """Lay cells over the ground as a haze: the more lie behind a pixel, the denser it is, up to a cover of ``most``."""
    if not len(place):
        return
    pixel, depth = camera.seen(place)
    x, y = np.floor(pixel).astype(np.int64).T
    height, width, _ = image.shape
    inside = (x >= 0) & (y >= 0) & (x < width) & (y < height)
    at, weight = (y * width + x)[inside], (1.25 - _depth_share(camera, depth))[inside]
    colour = np.broadcast_to(colour, (len(place), 3))[inside]
    parts = [np.bincount(at, weight * part, height * width) for part in (np.ones(len(at)), *colour.T)]
    sums = np.stack(parts, axis=-1).reshape(height, width, 4)
    for axis in (0, 1):  # a soma is larger than a pixel of the enlarged picture
        sums = np.sum([np.roll(sums, step, axis) for step in range(-2, 3)], axis=0) / 5
    haze = sums[..., :1]
    usual = max(float(haze[haze > 0].mean()), 1e-9) if (haze > 0).any() else 1.0
    cover = most * (1 - np.exp(-0.7 * haze / usual))
    image += cover * (sums[..., 1:] / np.maximum(haze, 1e-9) - image)


def _somata(image: Pixels, camera: Camera, place: Pixels, colour: Pixels, size: Pixels, ground: str) -> None:
    """Paint somata as small lit spheres; of two at a pixel the nearer is seen."""
    pixel, depth = camera.seen(place)
    order = np.argsort(-depth, kind="stable")
    pixel, depth, size = pixel[order], depth[order], size[order]
    back = np.array(channels(GROUNDS[ground]["page"]), float)
    share = _depth_share(camera, depth)[:, None]
    tone = colour[order] + _FADES * share * (back - colour[order])
    height, width, _ = image.shape
    radius = _FINER * _LEAST_PX * (width / _FINER / 1600) * size**_STANDS_OUT * (1.25 - 0.5 * share[:, 0])
    nearest = np.full(height * width, np.inf)
    flat = image.reshape(-1, 3)
    reach = int(np.ceil(radius.max(initial=1.0)))
    for dy in range(-reach, reach + 1):
        for dx in range(-reach, reach + 1):
            x, y = np.floor(pixel[:, 0]).astype(np.int64) + dx, np.floor(pixel[:, 1]).astype(np.int64) + dy
            far = np.hypot(x + 0.5 - pixel[:, 0], y + 0.5 - pixel[:, 1]) / radius
            at = y * width + x
            inside = (far < 1) & (x >= 0) & (y >= 0) & (x < width) & (y < height)
            shown = np.flatnonzero(inside)
            shown = shown[depth[shown] < nearest[at[shown]]]
            lit = 0.62 + 0.5 * np.sqrt(1 - far[shown] ** 2) - 0.14 * (dx + dy) / reach
            nearest[at[shown]] = depth[shown]
            flat[at[shown]] = np.clip(tone[shown] * lit[:, None], 0, 255)


def _marks(picture: Image.Image, camera: Camera, found: Organ, ground: str, section_um: float | None) -> None:
    draw, look = ImageDraw.Draw(picture), GROUNDS[ground]
    font = ImageFont.load_default(max(12, picture.width // 75))
    for text, (x, y) in marks(camera, found).items():
        draw.text((x, y), text, look["ink"], font, "mm", stroke_width=2, stroke_fill=look["page"])
    if section_um is not None:
        for place in plane_of(found, section_um).values():
            draw.line([tuple(point) for point in camera.seen(place)[0].tolist()], fill=look["ink"], width=2)
    length = next(um for um in (5000.0, 2000.0, 1000.0, 500.0, 200.0, 100.0) if um * camera.scale < 0.2 * picture.width)
    x, y = 0.03 * picture.width, 0.94 * picture.height
    draw.line((x, y, x + length * camera.scale, y), fill=look["ink"], width=3)
    words = f"{length / 1000:.0f} mm" if length >= 1000 else f"{length:.0f} um"
    draw.text((x, y - 6), words, fill=look["ink"], font=font, anchor="lb")


def marks(camera: Camera, found: Organ) -> dict[str, tuple[float, float]]:
    """Return what is written where, pixels: the ends of the axis and the two blades."""
    middle = found.table[:, :, :3].mean(axis=1)
    ends = {"septal": 1.8 * middle[0] - 0.8 * middle[8], "temporal": 1.8 * middle[-1] - 0.8 * middle[-9]}
    half = found.table[len(found.table) // 5]
    blades = {"suprapyramidal blade": half[20], "infrapyramidal blade": half[-21]}
    places = ends | {text: row[:3] + 2 * MOLECULAR_UM * row[3:] for text, row in blades.items()}
    pixel, _ = camera.seen(np.stack(list(places.values())))
    return {text: (float(x), float(y)) for text, (x, y) in zip(places, pixel, strict=True)}


def plane_of(found: Organ, u_um: float) -> dict[str, Pixels]:
    """Return lines of the section at a place along the tissue, in space, um: border of the hilus, molecular layer."""
    v = np.linspace(0, found.width_um, 129) - found.first_um[1]
    u = np.full(v.size, u_um)
    hilus, outer = (found.at(u, v, out) for out in (np.zeros(v.size), np.full(v.size, MOLECULAR_UM)))
    return {
        "hilus": np.concatenate([hilus, hilus[:1]]),
        "molecular layer": np.concatenate([outer, hilus[::-1], outer[:1]]),
    }

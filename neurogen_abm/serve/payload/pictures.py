"""Pictures of a life, painted from its scene and its field: the unrolled sheet, and a section.

Places, colours, order and limits are those of the page (`neurogen_abm.scene`); nothing is read from a screen.
"""

import io
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from neurogen_abm.biology.states import STATES
from neurogen_abm.numerals import plain
from neurogen_abm.scene.cells import drawn_cells, still_cells
from neurogen_abm.scene.colourings import GROUP, colour_of, values
from neurogen_abm.scene.geometry import HILUS_UM, MOLECULAR_UM, curve_of, in_section, middle_of
from neurogen_abm.scene.palette import BDNF_SCALE, GROUNDS, GROUPS, INK, QUIESCENT, SOFT_INK, channels, group_of
from neurogen_abm.scene.shapes import STILL_RADIUS, radius_of
from neurogen_abm.serve.payload.frames import bdnf_limits
from neurogen_abm.serve.session.life import Life

_WIDEST = 1200
_MARGIN, _HEAD, _FOOT = 16, 34, 64
_PAPER = GROUNDS["paper"]
_PALE = 0.55  # how far the field is mixed towards white, so that cells stand out on it
_FONT, _SMALL = ImageFont.load_default(18), ImageFont.load_default(13)


def sheet_picture(lives: list[Life], title: str, widest: int = _WIDEST) -> Image.Image:
    """Paint the unrolled gyrus of every life at this moment, cells over BDNF in the subgranular zone."""
    limits = bdnf_limits(lives)
    return _stacked([_sheet(life, limits, widest) for life in lives], lives, title, limits)


def section_picture(lives: list[Life], title: str, u_um: float | None = None) -> Image.Image:
    """Paint a transverse section of 40 um of every life at this moment, by default through the middle."""
    limits = bdnf_limits(lives)
    return _stacked([_section(life, limits, u_um) for life in lives], lives, title, limits)


def png(picture: Image.Image) -> bytes:
    """Return a picture as a PNG file."""
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def _field_colours(life: Life, limits: tuple[float, float]) -> NDArray[np.uint8]:
    """Return the colour of every class of sites, shape (classes, 3)."""
    at = np.clip((life.model.world.level - limits[0]) / (limits[1] - limits[0]), 0.0, 1.0)
    return np.rint(_PALE * 255 + (1 - _PALE) * _scale(at)).astype(np.uint8)


def _scale(at: NDArray[np.float64]) -> NDArray[np.float64]:
    stops = np.array([stop for stop, _ in BDNF_SCALE], np.float64)
    colours = np.array([channels(str(colour)) for _, colour in BDNF_SCALE], np.float64)
    return np.stack([np.interp(at, stops, colours[:, channel]) for channel in range(3)], axis=-1)


def _sheet(life: Life, limits: tuple[float, float], widest: int) -> Image.Image:
    world = life.model.world
    grid = world.grid
    pixels = max(1, min(widest // grid.n_u, 12))
    field = _field_colours(life, limits)[world.classes.site_class[: grid.n_columns]]
    image = field.reshape(grid.n_v, grid.n_u, 3).repeat(pixels, axis=0).repeat(pixels, axis=1)
    cells = drawn_cells(world)
    state = cells.state
    colour = colour_of(GROUP, "paper", state, values(life.model, cells.alive, GROUP, limits)[cells.rows])
    # A quiescent cell is a point, every other one a square, so that what moves is seen.
    full = np.isin(state, [STATES.index(name) for name in QUIESCENT], invert=True)
    side = max(1, pixels - 1)
    at = [(um * (pixels / grid.pitch_um)).astype(int) for um in (cells.places.v_um, cells.places.u_um)]
    y, x = (np.clip(px, 0, size - side) for px, size in zip(at, image.shape, strict=False))
    for dv in range(side):
        for du in range(side):
            shown = slice(None) if (dv, du) == (0, 0) else full
            image[y[shown] + dv, x[shown] + du] = colour[shown]
    picture = Image.fromarray(image)
    _scale_bar(picture, pixels / grid.pitch_um, 500.0 if grid.n_u * grid.pitch_um > 2000 else 100.0)
    return picture


def _section(life: Life, limits: tuple[float, float], u_um: float | None) -> Image.Image:
    world = life.model.world
    grid = world.grid
    middle = middle_of(grid.n_u * grid.pitch_um / 2 if u_um is None else u_um, grid.n_u, grid.pitch_um)
    x, y = _section_lines(life, middle)
    scale = min(_WIDEST / float(x.max() - x.min() + 80), 3.0)
    left, top = float(x.min()) - 40, float(y.max()) + 40
    size = (round((x.max() - x.min() + 80) * scale), round((y.max() - y.min() + 80) * scale))
    picture = Image.new("RGB", size, _PAPER["page"])
    draw = ImageDraw.Draw(picture)

    def at(row: Any, v: Any) -> tuple[NDArray[Any], NDArray[Any]]:
        return (x[row, v] - left) * scale, (top - y[row, v]) * scale

    for row, colour in ((len(x) - 2, _PAPER["molecular"]), (0, _PAPER["hilus"])):
        _band(draw, at, row, grid.n_v, colour)
    _section_field(draw, at, life, limits, int(middle // grid.pitch_um))
    for px, py, radius, fill, rim in _somata(life, limits, middle):
        cx, cy, r = (px - left) * scale, (top - py) * scale, max(1.2, radius * scale)
        draw.ellipse((cx - r, cy - r, cx + r, cy + r), fill=fill, outline=rim)
    _scale_bar(picture, scale, 100.0)
    return picture


def _section_field(draw: ImageDraw.ImageDraw, at: Any, life: Life, limits: tuple[float, float], u: int) -> None:
    world = life.model.world
    grid = world.grid
    field = _field_colours(life, limits)
    classes = world.classes.site_class.reshape(-1, grid.n_v, grid.n_u)[:, :, u]
    for layer in range(world.parameters.n_layers):
        for v in range(grid.n_v - 1):
            corners = [at(layer + 1, v), at(layer + 1, v + 1), at(layer + 2, v + 1), at(layer + 2, v)]
            points = [(float(px), float(py)) for px, py in corners]
            draw.polygon(points, fill=tuple(field[classes[layer, v]].tolist()))


def _somata(
    life: Life, limits: tuple[float, float], middle_um: float
) -> Iterator[tuple[float, float, float, Any, str | None]]:
    """Yield place, radius in um, colour and rim of every soma in a section, those of development first."""
    world, curve = life.model.world, curve_of(life.model, middle_um)
    pitch_um = world.grid.pitch_um
    _, _, still = still_cells(world)
    near = in_section(still.u_um, middle_um)
    x, y = curve.at(still.v_um[near], still.out_um[near])
    yield from ((px, py, STILL_RADIUS * pitch_um, _PAPER["granule"], None) for px, py in zip(x, y, strict=True))
    cells = drawn_cells(world)
    near = in_section(cells.places.u_um, middle_um)
    x, y = curve.at(cells.places.v_um[near], cells.places.out_um[near])
    state = cells.state[near]
    colour = colour_of(GROUP, "paper", state, values(life.model, cells.alive, GROUP, limits)[cells.rows][near])
    radius = pitch_um * np.array([radius_of(name) for name in STATES])[state]
    for px, py, r, fill in zip(x, y, radius, colour.tolist(), strict=True):
        yield px, py, r, tuple(fill), _PAPER["page"]


def _section_lines(life: Life, middle_um: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return lines of a section, um, y upwards, shape (lines, columns): hilus, borders of layers, molecular layer."""
    grid, n_layers = life.model.world.grid, life.model.world.parameters.n_layers
    layers = grid.pitch_um * np.arange(n_layers + 1)
    outwards = np.array([HILUS_UM, *layers, layers[-1] + MOLECULAR_UM])
    return curve_of(life.model, middle_um).at((np.arange(grid.n_v) + 0.5) * grid.pitch_um, outwards[:, None])


def _band(draw: ImageDraw.ImageDraw, at: Any, row: int, n_v: int, colour: str) -> None:
    """Fill the strip between two neighbouring lines of the section."""
    along = np.arange(n_v)
    inner, outer = at(row, along), at(row + 1, along)
    points = [*zip(*inner, strict=True), *reversed(list(zip(*outer, strict=True)))]
    draw.polygon([(float(px), float(py)) for px, py in points], fill=colour)


def _scale_bar(picture: Image.Image, pixels_per_um: float, length_um: float) -> None:
    draw = ImageDraw.Draw(picture)
    width, height = picture.size
    length = length_um * pixels_per_um
    if length > width - 40:
        return
    box = (width - length - 26, height - 36, width - 8, height - 6)
    draw.rectangle(box, fill="#ffffff", outline="#aab4bf")
    draw.line((width - length - 18, height - 13, width - 18, height - 13), fill=INK, width=3)
    draw.text((width - length - 18, height - 34), f"{plain(length_um)} um", fill=INK, font=_SMALL)


def _stacked(pictures: list[Image.Image], lives: list[Life], title: str, limits: tuple[float, float]) -> Image.Image:
    """Put the pictures of the lives below each other, with title, counts and the scale of the field."""
    width = max(640, *(picture.width for picture in pictures)) + 2 * _MARGIN
    width += width % 2
    height = _HEAD + sum(picture.height + _HEAD + _FOOT for picture in pictures)
    height += height % 2
    page = Image.new("RGB", (width, height), "#ffffff")
    draw = ImageDraw.Draw(page)
    draw.text((_MARGIN, 8), f"{title}, day {lives[0].model.day:.1f}", fill=INK, font=_FONT)
    _colour_scale(page, draw, width - _MARGIN - 330, limits)
    y = _HEAD
    for number, (picture, life) in enumerate(zip(pictures, lives, strict=True)):
        if len(lives) > 1:
            draw.text((_MARGIN, y + 8), f"animal {number + 1}", fill=INK, font=_SMALL)
        page.paste(picture, (_MARGIN, y + _HEAD))
        _legend(draw, life, y + _HEAD + picture.height + 6, width)
        y += picture.height + _HEAD + _FOOT
    return page


def _colour_scale(page: Image.Image, draw: ImageDraw.ImageDraw, x: int, limits: tuple[float, float]) -> None:
    colours = np.rint(_PALE * 255 + (1 - _PALE) * _scale(np.linspace(0, 1, 120))).astype(np.uint8)
    page.paste(Image.fromarray(np.repeat(colours[None], 14, axis=0)), (x + 130, 10))
    draw.text((x, 8), f"BDNF (pg/mL)   {plain(limits[0])}", fill=INK, font=_SMALL)
    draw.text((x + 256, 8), plain(limits[1]), fill=INK, font=_SMALL)


def _legend(draw: ImageDraw.ImageDraw, life: Life, y: int, width: int) -> None:
    counts = dict(zip(STATES, life.model.world.counts().tolist(), strict=True))
    x, row = _MARGIN, y
    for group in GROUPS:
        n = sum(count for name, count in counts.items() if group_of(name) == group)
        text = f"{group.label} {n:,}"
        long = draw.textlength(text, font=_SMALL) + 34
        if x + long > width - _MARGIN:
            x, row = _MARGIN, row + 20
        draw.rectangle((x, row + 2, x + 11, row + 13), fill=group.paper, outline=SOFT_INK)
        draw.text((x + 16, row), text, fill=INK, font=_SMALL)
        x += int(long)

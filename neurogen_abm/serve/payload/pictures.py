"""Pictures of a life, painted from its cells and its field: the unrolled sheet, and a section.

Colours and limits are those of the page; nothing is read from a screen.
"""

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from neurogen_abm.biology.states import STATES
from neurogen_abm.numerals import plain
from neurogen_abm.report.figures.palette import (
    BDNF_SCALE,
    INK,
    PAINT_ORDER,
    QUIESCENT,
    SOFT_INK,
    channels,
    state_colour,
    state_label,
)
from neurogen_abm.report.figures.section import Slab, c_shape
from neurogen_abm.serve.payload.frames import keys_of_life
from neurogen_abm.serve.payload.payloads import bdnf_limits
from neurogen_abm.serve.session.life import Life, places_of

_WIDEST = 1200
_MARGIN, _HEAD, _FOOT = 16, 34, 64
# Outlines of the drawing beside the layers that are modelled, um from the border of the hilus; not measured.
_HILUS_UM, _MOLECULAR_UM = -40.0, 60.0
_PALE = 0.55  # how far the field is mixed towards white, so that cells stand out on it
_FONT, _SMALL = ImageFont.load_default(18), ImageFont.load_default(13)


def sheet_picture(lives: list[Life], title: str, widest: int = _WIDEST) -> Image.Image:
    """Paint the unrolled gyrus of every life at this moment, cells over BDNF in the subgranular zone."""
    limits = bdnf_limits(lives)
    return _stacked([_sheet(life, limits, widest) for life in lives], lives, title, limits)


def section_picture(lives: list[Life], title: str, u_um: float | None = None) -> Image.Image:
    """Paint a transverse section of 40 um of every life at this moment, by default through the middle."""
    limits = bdnf_limits(lives)
    n = Slab(0.0, lives[0].model.world.grid.pitch_um).columns
    note = f"Cells of {n} columns behind each other are drawn side by side, smaller than they are."
    return _stacked([_section(life, limits, u_um) for life in lives], lives, title, limits, note if n > 1 else "")


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


def _drawn(life: Life) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return column, layer and state code of every cell, in the order in which they are painted."""
    column, layer, state = places_of(keys_of_life(life))
    rank = np.array([PAINT_ORDER.index(name) for name in STATES])
    order = np.argsort(rank[state], kind="stable")
    return column[order], layer[order], state[order]


def _sheet(life: Life, limits: tuple[float, float], widest: int) -> Image.Image:
    world = life.model.world
    grid = world.grid
    pixels = max(1, min(widest // grid.n_u, 12))
    field = _field_colours(life, limits)[world.classes.site_class[: grid.n_columns]]
    image = field.reshape(grid.n_v, grid.n_u, 3).repeat(pixels, axis=0).repeat(pixels, axis=1)
    column, _, state = _drawn(life)
    palette = np.array([channels(state_colour(name)) for name in STATES], np.uint8)
    # A quiescent cell is a point, every other one a square, so that what moves is seen.
    full = np.isin(state, [STATES.index(name) for name in QUIESCENT], invert=True)
    v, u = np.divmod(column, grid.n_u)
    side = max(1, pixels - 1)
    for dv in range(side):
        for du in range(side):
            shown = slice(None) if (dv, du) == (0, 0) else full
            image[v[shown] * pixels + dv, u[shown] * pixels + du] = palette[state[shown]]
    picture = Image.fromarray(image)
    _scale_bar(picture, pixels / grid.pitch_um, 500.0 if grid.n_u * grid.pitch_um > 2000 else 100.0)
    return picture


def _section(life: Life, limits: tuple[float, float], u_um: float | None) -> Image.Image:
    world = life.model.world
    grid, n_layers = world.grid, world.parameters.n_layers
    middle = grid.n_u * grid.pitch_um / 2 if u_um is None else u_um
    x, y = _section_lines(life)
    scale = min(_WIDEST / float(x.max() - x.min() + 80), 3.0)
    left, top = float(x.min()) - 40, float(y.max()) + 40
    size = (round((x.max() - x.min() + 80) * scale), round((y.max() - y.min() + 80) * scale))
    picture = Image.new("RGB", size, "#ffffff")
    draw = ImageDraw.Draw(picture)

    def at(row: Any, v: Any) -> tuple[NDArray[Any], NDArray[Any]]:
        return (x[row, v] - left) * scale, (top - y[row, v]) * scale

    for row, colour in ((len(x) - 2, "#f6f4f8"), (0, "#fbfaf7")):
        _band(draw, at, row, grid.n_v, colour)
    field = _field_colours(life, limits)
    u = min(max(int(middle // grid.pitch_um), 0), grid.n_u - 1)
    classes = world.classes.site_class.reshape(-1, grid.n_v, grid.n_u)[:, :, u]
    for layer in range(n_layers):
        for v in range(grid.n_v - 1):
            corners = [at(layer + 1, v), at(layer + 1, v + 1), at(layer + 2, v + 1), at(layer + 2, v)]
            points = [(float(px), float(py)) for px, py in corners]
            draw.polygon(points, fill=tuple(field[classes[layer, v]].tolist()))
    column, layer_of, state = _drawn(life)
    v_of, u_of = np.divmod(column, grid.n_u)
    slab, u_um_of = Slab(middle, grid.pitch_um), (u_of + 0.5) * grid.pitch_um
    near = slab.holds(u_um_of)
    radius = max(1.2, 0.45 * grid.pitch_um * scale / slab.abreast[0])
    along, outwards = slab.beside(u_um_of[near])
    places = ((v_of[near], along), (layer_of[near], outwards))
    x_um, y_um = _on_the_c(life, *((site + 0.5) * grid.pitch_um + beside for site, beside in places))
    for cx, cy, code in zip((x_um - left) * scale, (top - y_um) * scale, state[near], strict=True):
        box = (cx - radius, cy - radius, cx + radius, cy + radius)
        draw.ellipse(box, fill=state_colour(STATES[code]), outline="#ffffff")
    _scale_bar(picture, scale, 100.0)
    return picture


def _section_lines(life: Life) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return lines of a section, um, y upwards, shape (lines, columns): hilus, borders of layers, molecular layer."""
    grid, n_layers = life.model.world.grid, life.model.world.parameters.n_layers
    layers = grid.pitch_um * np.arange(n_layers + 1)
    outwards = np.array([_HILUS_UM, *layers, layers[-1] + _MOLECULAR_UM])
    along = np.tile((np.arange(grid.n_v) + 0.5) * grid.pitch_um, (len(outwards), 1))
    return _on_the_c(life, along, np.repeat(outwards[:, None], grid.n_v, axis=1))


def _on_the_c(
    life: Life, along_um: NDArray[Any], outwards_um: NDArray[Any]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    grid = life.model.world.grid
    crest_fraction = float(life.model.spec.value("anatomy.crest_fraction", "1"))
    return c_shape(grid.n_v * grid.pitch_um, along_um, outwards_um, crest_fraction)


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


def _stacked(
    pictures: list[Image.Image], lives: list[Life], title: str, limits: tuple[float, float], note: str = ""
) -> Image.Image:
    """Put the pictures of the lives below each other, with title, counts, the scale of the field, and a note."""
    width = max(640, *(picture.width for picture in pictures)) + 2 * _MARGIN
    width += width % 2
    height = _HEAD + sum(picture.height + _HEAD + _FOOT for picture in pictures) + (_HEAD if note else 0)
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
    draw.text((_MARGIN, y), note, fill=INK, font=_SMALL)
    return page


def _colour_scale(page: Image.Image, draw: ImageDraw.ImageDraw, x: int, limits: tuple[float, float]) -> None:
    colours = np.rint(_PALE * 255 + (1 - _PALE) * _scale(np.linspace(0, 1, 120))).astype(np.uint8)
    page.paste(Image.fromarray(np.repeat(colours[None], 14, axis=0)), (x + 130, 10))
    draw.text((x, 8), f"BDNF (pg/mL)   {plain(limits[0])}", fill=INK, font=_SMALL)
    draw.text((x + 256, 8), plain(limits[1]), fill=INK, font=_SMALL)


def _legend(draw: ImageDraw.ImageDraw, life: Life, y: int, width: int) -> None:
    counts = dict(zip(STATES, life.model.world.counts().tolist(), strict=True))
    x, row = _MARGIN, y
    for name in STATES:
        text = f"{state_label(name)} {counts[name]:,}"
        long = draw.textlength(text, font=_SMALL) + 34
        if x + long > width - _MARGIN:
            x, row = _MARGIN, row + 20
        draw.rectangle((x, row + 2, x + 11, row + 13), fill=state_colour(name), outline=SOFT_INK)
        draw.text((x + 16, row), text, fill=INK, font=_SMALL)
        x += int(long)

"""Maps of the unrolled gyrus on the last day: cells of the subgranular zone, new neurons, BDNF.

The sheet is the model's own space: septotemporal position to the right, from the suprapyramidal tip (above) over the
crest to the infrapyramidal tip. A broken line is the outline that the published surface has when it is unrolled
(`scene.organ`); a patch of tissue has none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from neurogen_abm.report.figures.palette import (
    BDNF_SCALE,
    GREEN,
    GROUPS,
    INK,
    PAINT_ORDER,
    STATE_FAMILIES,
    group_of,
)
from neurogen_abm.report.figures.style import TEXT, apply_style, colour_bar, empty_figure

MOST_PIXELS = 80_000
_FIELD_PIXELS = 40_000  # of a map whose values are not whole numbers, each of which takes four times the room
_TILE_UM = 50.0  # edge of the squares in which neurons are counted
NEURON_SCALE = [[0, "#ffffff"], [0.5, "#66c5ab"], [0.8, GREEN], [1, "#00362a"]]
SEPTOTEMPORAL = "septotemporal position (mm)"
TRANSVERSE = "transverse position (mm)"


class Sheet(NamedTuple):
    """Size of the unrolled gyrus and of one pixel of its map, in micrometres."""

    u_um: float
    v_um: float
    pixel_um: float


def sheet_of(cells: pd.DataFrame, field: pd.DataFrame) -> Sheet | None:
    """Return the extent of the sheet, from the map of columns or else from the cells; None when there is neither."""
    source = field if len(field) else cells
    if not len(source):
        return None
    # Neighbouring columns lie one pitch apart.
    pitch = float(np.diff(np.unique(field["v_um"].to_numpy(dtype=float))).min(initial=np.inf))
    pitch = pitch if np.isfinite(pitch) else 10.0
    u, v = float(source["u_um"].max()) + pitch / 2, float(source["v_um"].max()) + pitch / 2
    return Sheet(u, v, max(pitch, float(np.sqrt(u * v / MOST_PIXELS))))


def living(cells: pd.DataFrame) -> pd.DataFrame:
    """Cells alive at the end of the run, in the order in which the map draws them."""
    alive = cells[cells["cause"].astype(str) == "alive"]
    rank = {state: i for i, state in enumerate(PAINT_ORDER)}
    return alive.assign(state=alive["state"].astype(str)).sort_values(
        "state", key=lambda s: s.map(lambda name: rank.get(name, len(rank))), kind="stable"
    )


def _over_the_sheet(
    z: np.ndarray, sheet: Sheet, crest_fraction: float, hover: str, outline: np.ndarray | None, **painted: Any
) -> go.Figure:
    """Return values over the sheet: names along the right edge, the crest as a dotted line, the outline as a broken."""
    x_mm, y_mm = _centres(sheet.u_um, z.shape[1]), _centres(sheet.v_um, z.shape[0])
    hover = f"%{{x:.2f}} mm, %{{y:.2f}} mm<br>{hover}<extra></extra>"
    fig = go.Figure(go.Heatmap(z=z, x=x_mm, y=y_mm, hovertemplate=hover, **painted))
    frame = {"constrain": "domain", "showgrid": False, "mirror": True}
    left, top, right, bottom = _room(sheet, outline)
    fig.update_xaxes(title_text=SEPTOTEMPORAL, range=[left, right], **frame)
    fig.update_yaxes(title_text=TRANSVERSE, range=[bottom, top], scaleanchor="x", **frame)
    if outline is not None and len(outline):
        rim = np.append(outline, outline[:1], axis=0).astype(np.float32) / np.float32(1000)
        look = {"line": {"color": "#46525c", "width": 1.5, "dash": "dash"}, "hoverinfo": "skip", "legendrank": 2000}
        fig.add_scatter(x=rim[:, 0], y=rim[:, 1], mode="lines", name="outline of the published surface", **look)
    crest = crest_fraction * sheet.v_um / 1000
    fig.add_hline(y=crest, line={"color": INK, "width": 1, "dash": "dot"})
    places = (((top + crest) / 2, "suprapyramidal"), (crest, "crest"), ((crest + bottom) / 2, "infrapyramidal"))
    edge = {"xref": "x domain", "x": 1, "xanchor": "left", "xshift": 4, "showarrow": False}
    for y, text in places:
        angle = 0 if text == "crest" else 90
        fig.add_annotation(y=y, text=text, textangle=angle, font={"size": TEXT, "color": "#46525c"}, **edge)
    return fig


def _room(sheet: Sheet, outline: np.ndarray | None) -> tuple[float, float, float, float]:
    """Return where the sheet, and the outline around it, begin and end, mm: left, top, right, bottom."""
    corners = np.array([[0.0, 0.0], [sheet.u_um, sheet.v_um]])
    if outline is not None and len(outline):
        margin = 0.01 * sheet.u_um
        corners = np.concatenate([corners, outline - margin, outline + margin])
    (left, top), (right, bottom) = (ends / 1000 for ends in (corners.min(axis=0), corners.max(axis=0)))
    return float(left), float(top), float(right), float(bottom)


def _sheet_height(sheet: Sheet, outline: np.ndarray | None) -> int:
    left, top, right, bottom = _room(sheet, outline)
    return int(min(max(1010 * (bottom - top) / (right - left), 160), 620)) + 120


def _raster(u: np.ndarray, v: np.ndarray, sheet: Sheet) -> tuple[tuple[int, int], np.ndarray, np.ndarray]:
    shape = (max(1, round(sheet.v_um / sheet.pixel_um)), max(1, round(sheet.u_um / sheet.pixel_um)))
    column = np.clip((u / sheet.u_um * shape[1]).astype(int), 0, shape[1] - 1)
    row = np.clip((v / sheet.v_um * shape[0]).astype(int), 0, shape[0] - 1)
    return shape, row, column


def _centres(extent_um: float, n: int) -> np.ndarray:
    return ((np.arange(n) + 0.5) * extent_um / n / 1000).astype(np.float32)


def sheet_of_cells(
    cells: pd.DataFrame, field: pd.DataFrame, *, crest_fraction: float = 0.5, outline: np.ndarray | None = None
) -> go.Figure:
    """Map the subgranular zone on the last day: every cell of the lineage in it, coloured by group of states.

    Neurons that have moved into the granule cell layer are left out; `density_of_neurons` and `section` show them.

    Parameters
    ----------
    cells : DataFrame
        The register.
    field : DataFrame
        Map of columns (``u_um``, ``v_um``); sets the extent. May be empty.
    crest_fraction : float
        Where along the transverse axis the crest lies, 0 to 1.
    outline : array, shape (places, 2), or None
        The outline of the unrolled surface, um along and across the sheet.
    """
    sheet = sheet_of(cells, field)
    alive = living(cells[cells["layer"] == 0]) if len(cells) else cells
    if sheet is None or not len(alive):
        missing = "No cell of the lineage is in the subgranular zone, or the run kept no register."
        return empty_figure(missing, x_title=SEPTOTEMPORAL, y_title=TRANSVERSE)
    groups = [group_of(state).key for state in alive["state"]]
    shown = [group for group in GROUPS if group.key in groups]
    code = {group.key: i for i, group in enumerate(shown, start=1)}
    shape, row, column = _raster(alive["u_um"].to_numpy(), alive["v_um"].to_numpy(), sheet)
    image = np.zeros(shape, dtype=np.uint8)
    image[row, column] = [code[group] for group in groups]
    colours = ["#f4f5f7", *(group.paper for group in shown)]
    look = {"zmin": -0.5, "zmax": len(shown) + 0.5, "colorscale": _steps(colours), "showscale": False}
    fig = _over_the_sheet(image, sheet, crest_fraction, "cells %{z} (see legend)", outline, **look)
    for i, group in enumerate(shown, start=1):
        mark = {"symbol": "square", "size": 10, "color": group.paper, "line": {"width": 0.5, "color": INK}}
        name = f"{i} {group.label} ({groups.count(group.key):,})"
        fig.add_scatter(x=[None], y=[None], mode="markers", name=name, marker=mark)
    apply_style(fig, height=_sheet_height(sheet, outline), narrow={"height": 350, "margin.t": 60, "hide_labels": True})
    return fig.update_layout(margin={"t": 66, "r": 130}, legend={"itemclick": False, "itemdoubleclick": False})


def _steps(colours: Sequence[str]) -> list[list[object]]:
    """Return a colour scale of equal steps, one for each colour."""
    n = len(colours)
    return [[(i + side) / n, colour] for i, colour in enumerate(colours) for side in (0, 1)]


def density_of_neurons(
    cells: pd.DataFrame, field: pd.DataFrame, *, crest_fraction: float = 0.5, outline: np.ndarray | None = None
) -> go.Figure:
    """Neurons born during the run and alive on its last day, per mm² of the sheet, parameters as `sheet_of_cells`."""
    sheet = sheet_of(cells, field)
    neurons = cells[
        (cells["cause"].astype(str) == "alive")
        & (cells["birth_h"] >= 0)
        & (cells["mother"] != 0)
        & cells["state"].astype(str).isin(STATE_FAMILIES["neuron"])
    ]
    if sheet is None or neurons.empty:
        missing = "No neuron was born in this run and is alive, or the run kept no register."
        return empty_figure(missing, x_title=SEPTOTEMPORAL, y_title=TRANSVERSE)
    tiles = sheet._replace(pixel_um=max(_TILE_UM, sheet.pixel_um))
    shape, row, column = _raster(neurons["u_um"].to_numpy(), neurons["v_um"].to_numpy(), tiles)
    count = np.zeros(shape)
    np.add.at(count, (row, column), 1)
    density = count * count.size / (sheet.u_um * sheet.v_um / 1e6)
    top = float(np.percentile(density, 99.5)) or 1.0
    fig = _over_the_sheet(density.astype(np.float32), sheet, crest_fraction, "%{z:,.0f} neurons/mm²", outline)
    return _coloured(fig, _sheet_height(sheet, outline), NEURON_SCALE, (0, top), "new neurons<br>(per mm²)")


def sheet_of_bdnf(field: pd.DataFrame, *, crest_fraction: float = 0.5, outline: np.ndarray | None = None) -> go.Figure:
    """BDNF in the subgranular zone over the unrolled sheet, parameters as `sheet_of_cells`; capillaries pattern it."""
    sheet = sheet_of(field, field)
    if sheet is None or not field["bdnf_mean_pg_ml"].notna().any():
        return empty_figure("The run kept no map of BDNF.", x_title=SEPTOTEMPORAL, y_title=TRANSVERSE)
    sheet = sheet._replace(pixel_um=max(sheet.pixel_um, float(np.sqrt(sheet.u_um * sheet.v_um / _FIELD_PIXELS))))
    shape, row, column = _raster(field["u_um"].to_numpy(), field["v_um"].to_numpy(), sheet)
    image = _mean_image(shape, row, column, field["bdnf_mean_pg_ml"].to_numpy(dtype=float))
    low, high = np.nanpercentile(image, [1, 99])
    if high - low < 0.02 * high:  # a level field is drawn level, not as magnified rounding
        low, high = 0.9 * low, 1.1 * high
    fig = _over_the_sheet(image, sheet, crest_fraction, "%{z:.1f} pg/mL", outline)
    return _coloured(fig, _sheet_height(sheet, outline), BDNF_SCALE, (low, high), "BDNF<br>(pg/mL)")


def _coloured(fig: go.Figure, height: int, scale: Any, limits: tuple[float, float], bar: str) -> go.Figure:
    """Give a map its colours and their bar."""
    low, high = map(float, limits)
    colours = {"colorscale": scale, "zmin": low, "zmax": high, "colorbar": colour_bar(bar, x=1.06)}
    fig.update_traces(colours, selector={"type": "heatmap"})
    fig.update_traces(showlegend=False, selector={"type": "scatter"})
    apply_style(fig, height=height - 30, narrow={"height": 250, "hide_labels": True})
    return fig.update_layout(margin_r=130)


def _mean_image(shape: tuple[int, int], row: np.ndarray, column: np.ndarray, values: np.ndarray) -> np.ndarray:
    total, count = np.zeros(shape), np.zeros(shape)
    finite = np.isfinite(values)
    np.add.at(total, (row[finite], column[finite]), values[finite])
    np.add.at(count, (row[finite], column[finite]), 1)
    mean: np.ndarray = np.divide(total, count, out=np.full(shape, np.nan), where=count > 0)
    return mean.astype(np.float32)

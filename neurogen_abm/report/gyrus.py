"""Maps of the gyrus on the last day: the unrolled sheet and a C-shaped section.

The sheet is the model's own space. The section is a drawing: each position across the sheet is placed on a C whose arms are the
suprapyramidal and the infrapyramidal blade, and layers are stacked from the hilus outwards; distances along the C are true.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from neurogen_abm.report.palette import BLUE, INK, ORANGE, VERMILLION, ordered, state_colour, state_label
from neurogen_abm.report.style import dress, empty_figure

MOST_PIXELS = 120_000
DRAWN_FIRST = ("dormant", "resting", "mature", "maturing", "astrocyte", "immature_late", "immature_early", "type_3", "type_2b",
               "type_2a", "active", "apoptotic")
"""Where several cells share a pixel, the last in this list is seen: rare and brief states over common and lasting ones."""

BDNF_SCALE = [[0, "#f7fbff"], [0.3, "#fde3a7"], [0.6, ORANGE], [0.85, VERMILLION], [1, "#6b2a00"]]
SEPTOTEMPORAL = "septotemporal position (mm)"
TRANSVERSE = "transverse position (mm)"


class Sheet(NamedTuple):
    """Size of the unrolled gyrus and of one pixel of its map, in micrometres."""

    u_um: float
    v_um: float
    pixel_um: float


def _pitch(field: pd.DataFrame) -> float:
    steps = np.diff(np.unique(field["v_um"].to_numpy(dtype=float)))
    return float(steps.min()) if steps.size else 10.0


def sheet_of(cells: pd.DataFrame, field: pd.DataFrame) -> Sheet | None:
    """Extent of the sheet from the map of columns, or from the cells when a run kept no map; None when there is neither."""
    source = field if len(field) else cells
    if not len(source):
        return None
    pitch = _pitch(field) if len(field) else 10.0
    u, v = float(source["u_um"].max()) + pitch / 2, float(source["v_um"].max()) + pitch / 2
    return Sheet(u, v, max(pitch, float(np.sqrt(u * v / MOST_PIXELS))))


def living(cells: pd.DataFrame) -> pd.DataFrame:
    """Cells alive at the end of the run, in the order in which the map draws them."""
    alive = cells[cells["cause"].astype(str) == "alive"]
    rank = {state: i for i, state in enumerate(DRAWN_FIRST)}
    return alive.assign(state=alive["state"].astype(str)).sort_values(
        "state", key=lambda s: s.map(lambda name: rank.get(name, len(rank))), kind="stable"
    )


def _axes(fig: go.Figure, sheet: Sheet) -> None:
    fig.update_xaxes(title_text=SEPTOTEMPORAL, range=[0, sheet.u_um / 1000], constrain="domain", showgrid=False, mirror=True)
    fig.update_yaxes(title_text=TRANSVERSE, range=[sheet.v_um / 1000, 0], scaleanchor="x", constrain="domain", showgrid=False,
                     mirror=True)


def _name_blades(fig: go.Figure, sheet: Sheet, crest_fraction: float) -> None:
    """Anatomical names along the right edge, and the crest as a dotted line."""
    crest = crest_fraction * sheet.v_um / 1000
    fig.add_hline(y=crest, line={"color": INK, "width": 1, "dash": "dot"})
    places = ((crest / 2, "suprapyramidal"), (crest, "crest"), ((crest + sheet.v_um / 1000) / 2, "infrapyramidal"))
    for y, text in places:
        fig.add_annotation(xref="x domain", x=1, xanchor="left", xshift=4, y=y, text=text, showarrow=False,
                           textangle=0 if text == "crest" else 90, font={"size": 12, "color": "#46525c"})


def _sheet_height(sheet: Sheet, width: int = 1010) -> int:
    return int(min(max(width * sheet.v_um / sheet.u_um, 160), 620)) + 120


def _raster(u: np.ndarray, v: np.ndarray, sheet: Sheet) -> tuple[tuple[int, int], np.ndarray, np.ndarray]:
    shape = (max(1, round(sheet.v_um / sheet.pixel_um)), max(1, round(sheet.u_um / sheet.pixel_um)))
    column = np.clip((u / sheet.u_um * shape[1]).astype(int), 0, shape[1] - 1)
    row = np.clip((v / sheet.v_um * shape[0]).astype(int), 0, shape[0] - 1)
    return shape, row, column


def _centres(extent_um: float, n: int) -> np.ndarray:
    return ((np.arange(n) + 0.5) * extent_um / n / 1000).astype(np.float32)


def sheet_of_cells(cells: pd.DataFrame, field: pd.DataFrame, *, crest_fraction: float = 0.5,
                   labels: Mapping[str, str] | None = None) -> go.Figure:
    """Every adult-born cell and stem cell alive on the last day, seen from the molecular layer, coloured by state.

    Parameters
    ----------
    cells : DataFrame
        The register.
    field : DataFrame
        Map of columns (``u_um``, ``v_um``); sets the extent. May be empty.
    crest_fraction : float
        Where along the transverse axis the crest lies, 0 to 1.
    labels : mapping, optional
        Full names of the states for hovering.
    """
    sheet = sheet_of(cells, field)
    alive = living(cells) if len(cells) else cells
    if sheet is None or not len(alive):
        return empty_figure("No cell of the lineage is alive, or the run kept no register.", x_title=SEPTOTEMPORAL, y_title=TRANSVERSE)
    states = ordered(alive["state"])
    code = {state: i + 1 for i, state in enumerate(states)}
    shape, row, column = _raster(alive["u_um"].to_numpy(), alive["v_um"].to_numpy(), sheet)
    image = np.zeros(shape, dtype=np.uint8)
    image[row, column] = alive["state"].map(code).to_numpy()
    colours = ["#f4f5f7", *(state_colour(s) for s in states)]
    names = np.array(["no cell of the lineage", *((labels or {}).get(s, state_label(s)) for s in states)])
    fig = go.Figure()
    fig.add_trace(go.Heatmap(z=image, x=_centres(sheet.u_um, shape[1]), y=_centres(sheet.v_um, shape[0]), zmin=-0.5,
                             zmax=len(states) + 0.5, colorscale=_steps(colours), showscale=False,
                             hovertemplate="%{x:.2f} mm, %{y:.2f} mm<br>state %{z} (see legend)<extra></extra>"))
    _legend(fig, states, alive["state"].value_counts(), names[1:])
    _axes(fig, sheet)
    _name_blades(fig, sheet, crest_fraction)
    dress(fig, height=_sheet_height(sheet), narrow={"height": 400, "margin.t": 190, "margin.r": 30})
    return fig.update_layout(margin={"t": 66, "r": 40}, legend={"itemclick": False, "itemdoubleclick": False})


def _steps(colours: Sequence[str]) -> list[list[object]]:
    """A colour scale of equal steps, one for each colour."""
    n = len(colours)
    return [[(i + side) / n, colour] for i, colour in enumerate(colours) for side in (0, 1)]


def _legend(fig: go.Figure, states: Sequence[str], counts: pd.Series, names: Sequence[str]) -> None:
    for i, (state, name) in enumerate(zip(states, names, strict=True), start=1):
        fig.add_trace(go.Scatter(x=[None], y=[None], mode="markers", name=f"{i} {state_label(state)} ({counts[state]:,})", hovertext=name,
                                 marker={"symbol": "square", "size": 10, "color": state_colour(state),
                                         "line": {"width": 0.5, "color": INK}}))


def sheet_of_bdnf(field: pd.DataFrame, *, crest_fraction: float = 0.5) -> go.Figure:
    """BDNF in the subgranular zone on the last day, over the unrolled sheet; capillaries are where it is highest or lowest.

    Parameters
    ----------
    field : DataFrame
        ``u_um``, ``v_um``, ``capillary``, ``bdnf_mean_pg_ml``.
    crest_fraction : float
        Where along the transverse axis the crest lies, 0 to 1.
    """
    sheet = sheet_of(field, field)
    if sheet is None or not field["bdnf_mean_pg_ml"].notna().any():
        return empty_figure("The run kept no map of BDNF.", x_title=SEPTOTEMPORAL, y_title=TRANSVERSE)
    shape, row, column = _raster(field["u_um"].to_numpy(), field["v_um"].to_numpy(), sheet)
    image = _mean_image(shape, row, column, field["bdnf_mean_pg_ml"].to_numpy(dtype=float))
    low, high = np.nanpercentile(image, [1, 99])
    if high - low < 0.02 * high:  # a level field is drawn level, not as magnified rounding
        low, high = 0.9 * low, 1.1 * high
    fig = go.Figure(go.Heatmap(z=image, x=_centres(sheet.u_um, shape[1]), y=_centres(sheet.v_um, shape[0]), colorscale=BDNF_SCALE,
                               zmin=float(low), zmax=float(high), hovertemplate="%{x:.2f} mm, %{y:.2f} mm<br>%{z:.1f} pg/mL<extra></extra>",
                               colorbar={"title": {"text": "BDNF<br>(pg/mL)"}, "thickness": 12, "x": 1.04}))
    _axes(fig, sheet)
    _name_blades(fig, sheet, crest_fraction)
    return dress(fig, height=_sheet_height(sheet) - 30, narrow={"height": 260})


def _mean_image(shape: tuple[int, int], row: np.ndarray, column: np.ndarray, values: np.ndarray) -> np.ndarray:
    total, count = np.zeros(shape), np.zeros(shape)
    finite = np.isfinite(values)
    np.add.at(total, (row[finite], column[finite]), values[finite])
    np.add.at(count, (row[finite], column[finite]), 1)
    return np.divide(total, count, out=np.full(shape, np.nan), where=count > 0).astype(np.float32)


def c_shape(length_um: float, along_um: np.ndarray, outwards_um: np.ndarray, crest_fraction: float = 0.5) -> tuple[np.ndarray, np.ndarray]:
    """Place positions of the sheet on a C.

    Parameters
    ----------
    length_um : float
        Transverse length of the sheet, from the suprapyramidal to the infrapyramidal tip.
    along_um : ndarray
        Transverse positions, 0 to `length_um`.
    outwards_um : ndarray, same shape
        Distance from the border of the hilus, positive into the granule cell layer.
    crest_fraction : float
        Where the crest lies, as a fraction of the length.

    Returns
    -------
    (x_um, y_um)
        The suprapyramidal blade is above, the crest to the left, the hilus opens to the right.

    Notes
    -----
    The inner border keeps its length: it runs straight but for a turn of 150 degrees over the crest (0.3 of the length) and of 8
    degrees over each blade. A drawing, not a measured outline.
    """
    s = np.linspace(0, length_um, 1201)
    crest, reach = crest_fraction * length_um, 0.15 * length_um
    turn = np.full(s.size, np.radians(16) / (0.7 * length_um))
    turn[np.abs(s - crest) <= reach] = np.radians(150) / (2 * reach)
    step = s[1] - s[0]
    heading = np.radians(187) + np.concatenate([[0], np.cumsum(turn[:-1] * step)])
    x = np.concatenate([[0], np.cumsum(np.cos(heading[:-1]) * step)])
    y = np.concatenate([[0], np.cumsum(np.sin(heading[:-1]) * step)])
    at = np.clip(along_um, 0, length_um)
    direction = np.interp(at, s, heading)
    x_um = np.interp(at, s, x) + outwards_um * np.sin(direction)
    y_um = np.interp(at, s, y) - outwards_um * np.cos(direction)
    return x_um - x.min(), y_um - y.min()


def section(cells: pd.DataFrame, field: pd.DataFrame, *, thickness_um: float = 40.0, layers: int = 7, pitch_um: float = 10.0,
            crest_fraction: float = 0.5) -> go.Figure:
    """A transverse section through the middle of the gyrus on the last day, drawn as the C that a histologist sees.

    Parameters
    ----------
    cells : DataFrame
        The register; ``layer`` 0 is the subgranular zone.
    field : DataFrame
        Map of columns; its BDNF is the ribbon along the border of the hilus, its capillaries the open circles. May be empty.
    thickness_um : float
        Thickness of the section; 40 um is a usual one.
    layers : int
        Layers of granule cells above the subgranular zone.
    pitch_um : float
        Depth of one layer.
    crest_fraction : float
        Where the crest lies along the transverse axis.
    """
    x_title, y_title = "width of the section (µm)", "height of the section (µm)"
    sheet = sheet_of(cells, field)
    if sheet is None:
        return empty_figure("The run kept neither cells nor a map.", x_title=x_title, y_title=y_title)
    low, high = sheet.u_um / 2 - thickness_um / 2, sheet.u_um / 2 + thickness_um / 2
    fig = go.Figure()
    _tissue(fig, sheet, layers, pitch_um, crest_fraction)
    if len(field):
        _niche(fig, field[field["u_um"].between(low, high)], sheet, crest_fraction)
    alive = living(cells) if len(cells) else cells
    inside = alive[alive["u_um"].between(low, high)] if len(alive) else alive
    for state in ordered(inside["state"]) if len(inside) else []:
        group = inside[inside["state"] == state]
        x, y = c_shape(sheet.v_um, group["v_um"].to_numpy(dtype=float), (group["layer"].to_numpy(dtype=float) + 0.5) * pitch_um, crest_fraction)
        fig.add_trace(go.Scatter(x=x.astype(np.float32), y=y.astype(np.float32), mode="markers",
                                 name=f"{state_label(state)} ({len(group):,})",
                                 marker={"size": 8, "color": state_colour(state), "line": {"width": 0.7, "color": "#ffffff" if state == "mature" else INK}},
                                 hovertemplate=state_label(state) + "<extra></extra>"))
    _name_layers(fig, sheet, layers, pitch_um, crest_fraction)
    fig.update_xaxes(title_text=x_title, showgrid=False, constrain="domain")
    fig.update_yaxes(title_text=y_title, showgrid=False, scaleanchor="x", constrain="domain")
    dress(fig, height=720, narrow={"height": 520, "margin.t": 200, "marker_size": 4})
    return fig.update_layout(margin_t=66, legend={"itemclick": False, "itemdoubleclick": False})


def _outline(sheet: Sheet, inner_um: float, outer_um: float, crest_fraction: float) -> tuple[np.ndarray, np.ndarray]:
    along = np.linspace(0, sheet.v_um, 160)
    inner = c_shape(sheet.v_um, along, np.full(along.size, inner_um), crest_fraction)
    outer = c_shape(sheet.v_um, along, np.full(along.size, outer_um), crest_fraction)
    return np.concatenate([inner[0], outer[0][::-1]]), np.concatenate([inner[1], outer[1][::-1]])


def _tissue(fig: go.Figure, sheet: Sheet, layers: int, pitch_um: float, crest_fraction: float) -> None:
    bands = ((0.0, pitch_um, "#dfe7f1"), (pitch_um, (layers + 1) * pitch_um, "#f0eef4"))
    for inner, outer, colour in bands:
        x, y = _outline(sheet, inner, outer, crest_fraction)
        fig.add_trace(go.Scatter(x=x.astype(np.float32), y=y.astype(np.float32), fill="toself", fillcolor=colour, mode="lines",
                                 line={"width": 0.6, "color": "#aab4bf"}, hoverinfo="skip", showlegend=False))


def _niche(fig: go.Figure, window: pd.DataFrame, sheet: Sheet, crest_fraction: float) -> None:
    by_v = window.groupby("v_um")[["bdnf_mean_pg_ml", "capillary"]].mean()
    if by_v.empty:
        return
    v = by_v.index.to_numpy(dtype=float)
    if by_v["bdnf_mean_pg_ml"].notna().any():
        x, y = c_shape(sheet.v_um, v, np.full(v.size, -14.0), crest_fraction)
        fig.add_trace(go.Scatter(x=x.astype(np.float32), y=y.astype(np.float32), mode="markers", showlegend=False,
                                 marker={"size": 9, "symbol": "circle", "color": by_v["bdnf_mean_pg_ml"].to_numpy(dtype=np.float32),
                                         "colorscale": BDNF_SCALE, "showscale": True,
                                         "colorbar": {"title": {"text": "BDNF<br>(pg/mL)"}, "thickness": 12, "len": 0.6}},
                                 hovertemplate="BDNF %{marker.color:.1f} pg/mL<extra></extra>"))
    rich = by_v["capillary"] > by_v["capillary"].mean() + 0.5 * by_v["capillary"].std()
    if rich.any():
        starts = rich & ~rich.shift(1, fill_value=False)
        middle = [float(group.index.to_numpy(dtype=float).mean()) for _, group in by_v[rich].groupby(starts.cumsum()[rich])]
        x, y = c_shape(sheet.v_um, np.array(middle), np.full(len(middle), -27.0), crest_fraction)
        fig.add_trace(go.Scatter(x=x.astype(np.float32), y=y.astype(np.float32), mode="markers", name=f"capillary ({len(middle)})",
                                 marker={"size": 8, "symbol": "circle-open", "color": BLUE, "line": {"width": 1.6}},
                                 hovertemplate="capillary<extra></extra>"))


def _name_layers(fig: go.Figure, sheet: Sheet, layers: int, pitch_um: float, crest_fraction: float) -> None:
    top = (layers + 1) * pitch_um
    crest = crest_fraction * sheet.v_um
    places = (
        (0.45 * crest, top + 26, "suprapyramidal blade"),
        (sheet.v_um - 0.45 * (sheet.v_um - crest), top + 26, "infrapyramidal blade"),
        (crest, top + 30, "crest"),
        (crest, -0.21 * sheet.v_um, "hilus"),
    )
    for along, outwards, text in places:
        x, y = c_shape(sheet.v_um, np.array([along]), np.array([outwards]), crest_fraction)
        fig.add_annotation(x=float(x[0]), y=float(y[0]), text=text, showarrow=False, textangle=-90 if text == "crest" else 0,
                           font={"size": 14, "color": "#46525c"})
    for outwards, text, shift in ((0.5 * pitch_um, "subgranular zone", 34), (0.6 * top, "granule cell layer", 6)):
        x, y = c_shape(sheet.v_um, np.array([0.0]), np.array([outwards]), crest_fraction)
        fig.add_annotation(x=float(x[0]), y=float(y[0]), text=text, showarrow=True, ax=30, ay=shift, xanchor="left", arrowwidth=0.8,
                           arrowcolor="#46525c", font={"size": 12, "color": "#46525c"})

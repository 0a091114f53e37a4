"""A transverse section of the gyrus on the last day, drawn as the C that a histologist sees.

Each position across the sheet is placed on a C whose arms are the suprapyramidal and the infrapyramidal blade; layers
are stacked from the hilus outwards; distances along the C and across the layers are true.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from neurogen_abm.report.figures.palette import BDNF_SCALE, BLACK, BLUE, INK, ordered, state_colour, state_label
from neurogen_abm.report.figures.sheet import Sheet, living, sheet_of
from neurogen_abm.report.figures.style import apply_style, colour_bar, empty_figure


def c_shape(
    length_um: float, along_um: np.ndarray, outwards_um: np.ndarray, crest_fraction: float = 0.5
) -> tuple[np.ndarray, np.ndarray]:
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
    The inner border keeps its length: it runs straight but for a turn of 150 degrees over the crest (0.3 of the length)
    and of 8 degrees over each blade. A drawing, not a measured outline.
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
    margin = 0.08 * length_um
    return x_um - x.min() + margin, y_um - y.min() + margin


def section(
    cells: pd.DataFrame,
    field: pd.DataFrame,
    *,
    thickness_um: float = 40.0,
    layers: int = 7,
    pitch_um: float = 10.0,
    crest_fraction: float = 0.5,
) -> go.Figure:
    """Draw a transverse section through the middle of the gyrus on the last day.

    Parameters
    ----------
    cells : DataFrame
        The register; ``layer`` 0 is the subgranular zone.
    field : DataFrame
        Map of columns; its BDNF is the ribbon along the border of the hilus, its capillaries the open circles. May be
        empty.
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
    if len(cells):
        _cells(fig, living(cells[cells["u_um"].between(low, high)]), sheet, pitch_um, crest_fraction)
    _name_layers(fig, sheet, layers, pitch_um, crest_fraction)
    x, y = _outline(sheet, -30.0, (layers + 1) * pitch_um, crest_fraction)
    fig.update_xaxes(
        title_text=x_title, showgrid=False, constrain="domain", range=[0, float(x.max()) + 0.12 * sheet.v_um]
    )
    fig.update_yaxes(
        title_text=y_title, showgrid=False, scaleanchor="x", constrain="domain", range=[0, float(y.max()) + 60]
    )
    apply_style(fig, height=720, narrow={"height": 380, "marker_size": 4, "showlegend": False, "hide_pointers": True})
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
        fig.add_trace(
            go.Scatter(
                x=x.astype(np.float32),
                y=y.astype(np.float32),
                fill="toself",
                fillcolor=colour,
                mode="lines",
                line={"width": 0.6, "color": "#aab4bf"},
                hoverinfo="skip",
                showlegend=False,
            )
        )
    n = int(sheet.v_um / pitch_um)
    along = np.repeat((np.arange(n) + 0.5) * sheet.v_um / n, layers)
    depth = np.tile(np.arange(1, layers + 1) + 0.5, n) * pitch_um
    x, y = c_shape(
        sheet.v_um,
        along + 0.3 * pitch_um * np.sin(7.3 * np.arange(along.size)),
        depth + 0.25 * pitch_um * np.sin(4.1 * np.arange(depth.size)),
        crest_fraction,
    )
    fig.add_trace(_points(x, y, {"size": 5.5, "color": "#d9d3e3"}, hoverinfo="skip"))


def _niche(fig: go.Figure, window: pd.DataFrame, sheet: Sheet, crest_fraction: float) -> None:
    by_v = window.groupby("v_um")[["bdnf_mean_pg_ml", "capillary"]].mean()
    if by_v.empty:
        return
    v = by_v.index.to_numpy(dtype=float)
    if by_v["bdnf_mean_pg_ml"].notna().any():
        x, y = c_shape(sheet.v_um, v, np.full(v.size, -14.0), crest_fraction)
        marker = {
            "size": 10,
            "symbol": "square",
            "color": by_v["bdnf_mean_pg_ml"].to_numpy(dtype=np.float32),
            "colorscale": BDNF_SCALE,
            "showscale": True,
            "colorbar": colour_bar("BDNF<br>(pg/mL)", len=0.6),
        }
        fig.add_trace(_points(x, y, marker, hovertemplate="BDNF %{marker.color:.1f} pg/mL<extra></extra>"))
    _capillaries(fig, by_v["capillary"], sheet, crest_fraction)


def _capillaries(fig: go.Figure, density: pd.Series, sheet: Sheet, crest_fraction: float) -> None:
    """Draw one circle in the middle of each run of positions that are richer in capillary than most."""
    rich = density > density.mean() + 0.5 * density.std()
    if not rich.any():
        return
    run = (rich & ~rich.shift(1, fill_value=False)).cumsum()[rich]
    v = np.array([float(group.index.to_numpy(dtype=float).mean()) for _, group in density[rich].groupby(run)])
    x, y = c_shape(sheet.v_um, v, np.full(v.size, -27.0), crest_fraction)
    marker = {"size": 8, "symbol": "circle-open", "color": BLUE, "line": {"width": 1.6}}
    fig.add_trace(_points(x, y, marker, f"capillary ({v.size})", hovertemplate="capillary<extra></extra>"))


def _cells(fig: go.Figure, inside: pd.DataFrame, sheet: Sheet, pitch_um: float, crest_fraction: float) -> None:
    for state in ordered(inside["state"]):
        group = inside[inside["state"] == state]
        depth = (group["layer"].to_numpy(dtype=float) + 0.5) * pitch_um
        x, y = c_shape(sheet.v_um, group["v_um"].to_numpy(dtype=float), depth, crest_fraction)
        edge = "#ffffff" if state_colour(state) == BLACK else INK
        marker = {"size": 8, "color": state_colour(state), "line": {"width": 0.7, "color": edge}}
        label = state_label(state)
        fig.add_trace(_points(x, y, marker, f"{label} ({len(group):,})", hovertemplate=f"{label}<extra></extra>"))


def _points(x: np.ndarray, y: np.ndarray, marker: dict[str, Any], name: str = "", **more: str) -> go.Scatter:
    """Return points of the section; those with a name stand in the legend."""
    xs, ys = x.astype(np.float32), y.astype(np.float32)
    return go.Scatter(x=xs, y=ys, mode="markers", marker=marker, name=name or None, showlegend=bool(name), **more)


def _name_layers(fig: go.Figure, sheet: Sheet, layers: int, pitch_um: float, crest_fraction: float) -> None:
    top = (layers + 1) * pitch_um
    crest = crest_fraction * sheet.v_um
    places = (
        (0.5 * crest, top + 50, "suprapyramidal blade"),
        (sheet.v_um - 0.5 * (sheet.v_um - crest), top + 50, "infrapyramidal blade"),
        (crest, top + 30, "crest"),
        (crest, -0.21 * sheet.v_um, "hilus"),
    )
    for along, outwards, text in places:
        x, y = c_shape(sheet.v_um, np.array([along]), np.array([outwards]), crest_fraction)
        fig.add_annotation(
            x=float(x[0]),
            y=float(y[0]),
            text=text,
            showarrow=False,
            textangle=-90 if text == "crest" else 0,
            font={"size": 14, "color": "#46525c"},
        )
    for outwards, text, shift in ((0.5 * pitch_um, "subgranular zone", 34), (0.6 * top, "granule cell layer", 6)):
        x, y = c_shape(sheet.v_um, np.array([0.0]), np.array([outwards]), crest_fraction)
        fig.add_annotation(
            x=float(x[0]),
            y=float(y[0]),
            text=text,
            showarrow=True,
            ax=30,
            ay=shift,
            xanchor="left",
            arrowwidth=0.8,
            arrowcolor="#46525c",
            font={"size": 12, "color": "#46525c"},
        )

"""A transverse section of the gyrus on the last day, drawn on the C of `scene.geometry`, each soma in its place."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from neurogen_abm.assays.places import places
from neurogen_abm.report.figures.palette import BDNF_SCALE, BLUE, GROUPS, INK, group_of
from neurogen_abm.report.figures.sheet import living, sheet_of
from neurogen_abm.report.figures.style import TEXT, apply_style, colour_bar, empty_figure, line
from neurogen_abm.scene.geometry import Curve, c_curve, in_section, middle_of

_SLATE = "#46525c"


def section(
    cells: pd.DataFrame, field: pd.DataFrame, *, layers: int = 7, pitch_um: float = 10.0, crest_fraction: float = 0.5
) -> go.Figure:
    """Draw a transverse section through the middle of the gyrus on the last day.

    Parameters
    ----------
    cells : DataFrame
        The register; ``layer`` 0 is the subgranular zone.
    field : DataFrame
        Map of columns; its BDNF is the ribbon along the border of the hilus, its capillaries the open circles. May be
        empty.
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
    middle = middle_of(sheet.u_um / 2, round(sheet.u_um / pitch_um), pitch_um)
    fig, fold = go.Figure(), _Fold(c_curve(sheet.v_um, crest_fraction), crest_fraction, layers, pitch_um)
    _tissue(fig, fold)
    if len(field):
        _niche(fig, field[in_section(field["u_um"], middle)], fold)
    if len(cells):
        _cells(fig, living(cells), fold, middle)
    _name_layers(fig, fold)
    x, y = fold.outline(-30.0, fold.top_um)
    frame = {"showgrid": False, "constrain": "domain"}
    fig.update_xaxes(title_text=x_title, range=[0, float(x.max()) + 0.12 * sheet.v_um], **frame)
    fig.update_yaxes(title_text=y_title, scaleanchor="x", range=[0, float(y.max()) + 60], **frame)
    apply_style(fig, height=720, narrow={"height": 380, "marker_size": 2.5, "showlegend": False, "hide_pointers": True})
    return fig.update_layout(margin_t=66, legend={"itemclick": False, "itemdoubleclick": False})


class _Fold(NamedTuple):
    """The sheet folded into the C: its curve, its layers and their depth."""

    curve: Curve
    crest_fraction: float
    layers: int
    pitch_um: float

    @property
    def v_um(self) -> float:
        """Transverse length of the sheet."""
        return self.curve.length_um

    @property
    def top_um(self) -> float:
        """Distance of the outer border of the granule cell layer from the hilus."""
        return (self.layers + 1) * self.pitch_um

    def at(self, along_um: Any, outwards_um: Any) -> tuple[np.ndarray, np.ndarray]:
        """Place positions on the C, each a number or an array."""
        return self.curve.at(np.atleast_1d(along_um), outwards_um)

    def outline(self, inner_um: float, outer_um: float) -> tuple[np.ndarray, np.ndarray]:
        """Return the outline of a layer between two depths."""
        along = np.linspace(0, self.v_um, 160)
        return self.at(np.append(along, along[::-1]), np.repeat([inner_um, outer_um], along.size))


def _tissue(fig: go.Figure, fold: _Fold) -> None:
    pitch_um, layers = fold.pitch_um, fold.layers
    for inner, outer, colour in ((0.0, pitch_um, "#dfe7f1"), (pitch_um, fold.top_um, "#f0eef4")):
        filled = {"fill": "toself", "fillcolor": colour, "hoverinfo": "skip", "showlegend": False}
        fig.add_trace(line(*fold.outline(inner, outer), "#aab4bf", None, width=0.6, **filled))
    n = int(fold.v_um / pitch_um)
    along = np.repeat((np.arange(n) + 0.5) * fold.v_um / n, layers)
    depth = np.tile(np.arange(1, layers + 1) + 0.5, n) * pitch_um
    along += 0.3 * pitch_um * np.sin(7.3 * np.arange(along.size))
    depth += 0.25 * pitch_um * np.sin(4.1 * np.arange(depth.size))
    fig.add_trace(_points(*fold.at(along, depth), {"size": 5.5, "color": "#d9d3e3"}, hoverinfo="skip"))


def _niche(fig: go.Figure, window: pd.DataFrame, fold: _Fold) -> None:
    by_v = window.groupby("v_um")[["bdnf_mean_pg_ml", "capillary"]].mean()
    if by_v.empty:
        return
    v = by_v.index.to_numpy(dtype=float)
    if by_v["bdnf_mean_pg_ml"].notna().any():
        marker = {"size": 10, "symbol": "square", "color": by_v["bdnf_mean_pg_ml"].to_numpy(dtype=np.float32)}
        marker |= {"colorscale": BDNF_SCALE, "showscale": True, "colorbar": colour_bar("BDNF<br>(pg/mL)", len=0.6)}
        hover = "BDNF %{marker.color:.1f} pg/mL<extra></extra>"
        fig.add_trace(_points(*fold.at(v, -14.0), marker, hovertemplate=hover))
    _capillaries(fig, by_v["capillary"], fold)


def _capillaries(fig: go.Figure, density: pd.Series, fold: _Fold) -> None:
    """Draw one circle in the middle of each run of positions that are richer in capillary than most."""
    rich = density > density.mean() + 0.5 * density.std()
    if not rich.any():
        return
    run = (rich & ~rich.shift(1, fill_value=False)).cumsum()[rich]
    v = np.array([float(group.index.to_numpy(dtype=float).mean()) for _, group in density[rich].groupby(run)])
    marker = {"size": 8, "symbol": "circle-open", "color": BLUE, "line": {"width": 1.6}}
    hover = "capillary<extra></extra>"
    fig.add_trace(_points(*fold.at(v, -27.0), marker, f"capillary ({v.size})", hovertemplate=hover))


def _cells(fig: go.Figure, alive: pd.DataFrame, fold: _Fold, middle_um: float) -> None:
    """Draw every soma whose middle lies within the section, the last group over the others."""
    somata = places(alive["id"], alive["u_um"], alive["v_um"], alive["layer"], fold.pitch_um)
    near = in_section(somata.u_um, middle_um)
    x, y = fold.at(somata.v_um[near], somata.out_um[near])
    group_of_cell = alive["state"].map(lambda state: group_of(state).key).to_numpy()[near]
    for group in GROUPS:
        own = group_of_cell == group.key
        if own.any():
            marker = {"size": 5, "color": group.paper, "line": {"width": 0.4, "color": INK}}
            name = f"{group.label} ({int(own.sum()):,})"
            fig.add_trace(_points(x[own], y[own], marker, name, hovertemplate=f"{group.label}<extra></extra>"))


def _points(x: np.ndarray, y: np.ndarray, marker: dict[str, Any], name: str = "", **more: str) -> go.Scatter:
    """Return points of the section; those with a name stand in the legend."""
    xs, ys = x.astype(np.float32), y.astype(np.float32)
    return go.Scatter(x=xs, y=ys, mode="markers", marker=marker, name=name or None, showlegend=bool(name), **more)


def _name_layers(fig: go.Figure, fold: _Fold) -> None:
    top, crest = fold.top_um, fold.crest_fraction * fold.v_um
    places = (
        (0.5 * crest, top + 50, "suprapyramidal blade"),
        (fold.v_um - 0.5 * (fold.v_um - crest), top + 50, "infrapyramidal blade"),
        (crest, top + 30, "crest"),
        (crest, -0.21 * fold.v_um, "hilus"),
    )
    for along, outwards, text in places:
        look = {"showarrow": False, "textangle": -90 if text == "crest" else 0, "font": {"size": TEXT, "color": _SLATE}}
        _note(fig, fold, along, outwards, text, look)
    for outwards, text, shift in ((0.5 * fold.pitch_um, "subgranular zone", 34), (0.6 * top, "granule cell layer", 6)):
        arrow = {"showarrow": True, "ax": 30, "ay": shift, "arrowwidth": 0.8, "arrowcolor": _SLATE, "xanchor": "left"}
        _note(fig, fold, 0.0, outwards, text, {**arrow, "font": {"size": TEXT, "color": _SLATE}})


def _note(fig: go.Figure, fold: _Fold, along: float, outwards: float, text: str, look: dict[str, Any]) -> None:
    (x,), (y,) = fold.at(along, outwards)
    fig.add_annotation(x=float(x), y=float(y), text=text, **look)

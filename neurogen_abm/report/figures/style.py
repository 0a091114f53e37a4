"""The look that all figures share: white ground, thin axes, direct labels, room for a talk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import numpy as np
import plotly.graph_objects as go

from neurogen_abm.report.figures.palette import INK, SOFT_INK, faded, readable

FONT = "Inter, 'Helvetica Neue', Helvetica, Arial, 'Liberation Sans', sans-serif"
GRID = "#e6eaee"
NARROW_MARGIN = {"margin.l": 56, "margin.r": 12, "margin.t": 34}

CONFIG = {
    "displaylogo": False,
    "showSendToCloud": False,
    "showEditInChartStudio": False,
    "plotlyServerURL": "",
    "topojsonURL": "",
    "responsive": True,
    "displayModeBar": "hover",
    "modeBarButtons": [["toImage", "resetScale2d"]],
    "toImageButtonOptions": {"format": "svg"},
}
"""What plotly.js may do in the page: nothing that talks to another machine."""


def _template() -> go.layout.Template:
    axis = {
        "showline": True,
        "linecolor": SOFT_INK,
        "linewidth": 1,
        "ticks": "outside",
        "ticklen": 4,
        "tickcolor": SOFT_INK,
        "zeroline": False,
        "automargin": True,
        "title": {"standoff": 8, "font": {"size": 14}},
    }
    return go.layout.Template(
        layout={
            "font": {"family": FONT, "size": 13, "color": INK},
            "paper_bgcolor": "#ffffff",
            "plot_bgcolor": "#ffffff",
            "xaxis": {**axis, "showgrid": False},
            "yaxis": {**axis, "showgrid": True, "gridcolor": GRID},
            "margin": {"l": 68, "r": 20, "t": 36, "b": 52},
            "hoverlabel": {"bgcolor": "#ffffff", "font": {"size": 12, "color": INK}},
            "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "font": {"size": 12}},
        }
    )


TEMPLATE = _template()


def apply_style(fig: go.Figure, *, height: int, title: str = "", narrow: Mapping[str, Any] | None = None) -> go.Figure:
    """Give a figure the shared look.

    Parameters
    ----------
    fig : go.Figure
        Changed in place and returned.
    height : int
        Pixels.
    title : str
        Short statement above the plot; left-aligned.
    narrow : mapping, optional
        Layout keys that a page narrower than 600 px sets instead, for example ``{"height": 300}``.
        They travel in ``layout.meta``; plotly itself ignores them.
    """
    fig.update_layout(template=TEMPLATE, height=height, meta={"narrow": {**NARROW_MARGIN, **(narrow or {})}})
    if title:
        fig.update_layout(
            title={
                "text": escape(title),
                "x": 0,
                "xref": "paper",
                "xanchor": "left",
                "y": 1,
                "yref": "container",
                "yanchor": "top",
                "pad": {"t": 8},
                "font": {"size": 15},
            },
        )
    return fig


def colour_bar(title: str, **place: Any) -> dict[str, Any]:
    """Return a slim colour bar with its unit above it; `place` are further keys of plotly's colorbar."""
    return {
        "title": {"text": title, "font": {"size": 12}},
        "tickfont": {"size": 11},
        "thickness": 12,
        "outlinewidth": 0.5,
        **place,
    }


def empty_figure(message: str, *, x_title: str, y_title: str, height: int = 260, title: str = "") -> go.Figure:
    """Axes with a sentence in the middle, for a run that has nothing to show here."""
    fig = go.Figure()
    fig.add_annotation(
        text=escape(message),
        x=0.5,
        y=0.5,
        xref="paper",
        yref="paper",
        showarrow=False,
        font={"size": 14, "color": SOFT_INK},
    )
    fig.update_xaxes(title_text=x_title, range=[0, 1], showticklabels=False)
    fig.update_yaxes(title_text=y_title, range=[0, 1], showticklabels=False)
    return apply_style(fig, height=height, title=title)


def spread(positions: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Move labels apart along one axis so that neighbours keep a distance.

    Parameters
    ----------
    positions : sequence of float
        Where the labels want to be.
    gap : float
        Smallest distance between two labels, same unit.
    low, high : float
        The labels stay within, as long as there is room.

    Returns
    -------
    list of float
        New positions, in the order given; the order along the axis is kept.
    """
    order = sorted(range(len(positions)), key=lambda i: positions[i])
    placed: list[float] = []
    for i in order:
        wanted = max(positions[i], low)
        placed.append(wanted if not placed else max(wanted, placed[-1] + gap))
    ceiling = high
    for k in range(len(placed) - 1, -1, -1):
        placed[k] = min(placed[k], ceiling)
        ceiling = placed[k] - gap
    result = [0.0] * len(positions)
    for rank, i in enumerate(order):
        result[i] = placed[rank]
    return result


def label_ends(
    fig: go.Figure,
    ends: Sequence[tuple[str, float, str]],
    *,
    y_range: tuple[float, float],
    plot_height: int,
    row: int = 1,
) -> None:
    """Write each line's name at its right end instead of in a legend.

    Parameters
    ----------
    fig : go.Figure
        The labels become annotations in the right margin.
    ends : sequence of (label, y, colour)
        Last value of each line.
    y_range : (float, float)
        Range of the y axis, which the caller has fixed.
    plot_height : int
        Height of the plotting area in pixels; sets how far apart two labels must be.
    row : int
        Which y axis, 1 for the first.
    """
    low, high = y_range
    per_pixel = (high - low) / max(plot_height, 1)
    heights = spread([y for _, y, _ in ends], 15 * per_pixel, low, high)
    axis = "y" if row == 1 else f"y{row}"
    for (label, _, colour), y in zip(ends, heights, strict=True):
        fig.add_annotation(
            x=1,
            xref="paper",
            xanchor="left",
            xshift=6,
            y=y,
            yref=axis,
            yanchor="middle",
            text="<br>".join(map(escape, label.split("<br>"))),
            showarrow=False,
            align="left",
            font={"size": 13, "color": readable(colour)},
        )


def shortened(text: str, most: int) -> str:
    """Return a text that fits beside a figure: its end is left out."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def band(x: Sequence[Any] | np.ndarray, low: np.ndarray, high: np.ndarray, colour: str, opacity: float) -> go.Scatter:
    """Return the area between two lines."""
    return go.Scatter(
        x=[*x, *x[::-1]],
        y=[*high, *low[::-1]],
        mode="lines",
        fill="toself",
        fillcolor=faded(colour, opacity),
        line={"width": 0},
        hoverinfo="skip",
        showlegend=False,
    )


def nice_top(value: float) -> float:
    """Upper end of an axis that starts at zero: a little above the largest value, 1 when all is zero."""
    return 1.0 if not value > 0 else 1.06 * value

"""The look that all figures share: white ground, thin axes, direct labels, room for a talk."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from neurogen_abm.report.figures.palette import INK, SOFT_INK, faded, readable

FONT = "Inter, 'Helvetica Neue', Helvetica, Arial, 'Liberation Sans', sans-serif"
GRID = "#e6eaee"
TEXT = 16
"""Size of all text in a figure, pixels; page.js makes it smaller on a narrow page."""
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


_TITLE = {"x": 0, "xref": "paper", "xanchor": "left", "y": 1, "yref": "container", "yanchor": "top"}
_TITLE |= {"pad": {"t": 8}, "font": {"size": 18}}


class Figure(NamedTuple):
    """A figure, what is said below it, and whether it takes the whole width; ``key`` names it on the page."""

    key: str
    figure: go.Figure
    caption: str = ""
    wide: bool = True


def _template() -> go.layout.Template:
    axis = {
        "exponentformat": "none",
        "showline": True,
        "linecolor": SOFT_INK,
        "linewidth": 1,
        "ticks": "outside",
        "ticklen": 4,
        "tickcolor": SOFT_INK,
        "zeroline": False,
        "automargin": True,
        "title": {"standoff": 8, "font": {"size": TEXT}},
    }
    return go.layout.Template(
        layout={
            "font": {"family": FONT, "size": TEXT, "color": INK},
            "paper_bgcolor": "#ffffff",
            "plot_bgcolor": "#ffffff",
            "xaxis": {**axis, "showgrid": False},
            "yaxis": {**axis, "showgrid": True, "gridcolor": GRID},
            "margin": {"l": 80, "r": 20, "t": 42, "b": 60},
            "hoverlabel": {"bgcolor": "#ffffff", "font": {"size": TEXT, "color": INK}},
            "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "font": {"size": TEXT}},
            "title": _TITLE,
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
        fig.update_layout(title_text=escape(title))
    return fig


def colour_bar(title: str, **place: Any) -> dict[str, Any]:
    """Return a slim colour bar with its unit above it; `place` are further keys of plotly's colorbar."""
    head = {"text": title, "font": {"size": TEXT}}
    return {"title": head, "tickfont": {"size": TEXT}, "thickness": 14, "outlinewidth": 0.5, **place}


def empty_figure(message: str, *, x_title: str, y_title: str, height: int = 260, title: str = "") -> go.Figure:
    """Axes with a sentence in the middle, for a run that has nothing to show here."""
    fig = go.Figure()
    middle = {"x": 0.5, "y": 0.5, "xref": "paper", "yref": "paper", "showarrow": False}
    fig.add_annotation(text=escape(message), font={"size": TEXT, "color": SOFT_INK}, **middle)
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
    axis: str = "y",
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
    axis : str
        Which y axis, as plotly names it.
    """
    low, high = y_range
    per_pixel = (high - low) / max(plot_height, 1)
    heights = spread([y for _, y, _ in ends], 1.2 * TEXT * per_pixel, low, high)
    place = {"x": 1, "xref": "paper", "xanchor": "left", "xshift": 6, "yref": axis, "yanchor": "middle"}
    for (label, _, colour), y in zip(ends, heights, strict=True):
        text, font = "<br>".join(map(escape, label.split("<br>"))), {"size": TEXT, "color": readable(colour)}
        fig.add_annotation(y=y, text=text, font=font, showarrow=False, align="left", **place)


def in_patch(fig: go.Figure, whose: str) -> go.Figure:
    """Say at every axis that counts cells whose they are, such as those of "3.5 % of the sheet"; "" says nothing."""
    if whose:
        for axis in (*fig.select_xaxes(), *fig.select_yaxes()):
            before = axis.title.text or ""
            said = re.sub(r"\(([^()]*\b(?:cells|count)\b[^()]*)\)$", rf"(\1; {whose})", before)
            if said != before:
                axis.title.text = said if "<br>" in said else said.replace(" (", "<br>(")
    return fig


def band(x: Sequence[Any] | np.ndarray, low: np.ndarray, high: np.ndarray, colour: str, opacity: float) -> go.Scatter:
    """Return the area between two lines."""
    look = {"mode": "lines", "fill": "toself", "fillcolor": faded(colour, opacity), "line_width": 0}
    return go.Scatter(x=[*x, *x[::-1]], y=[*high, *low[::-1]], hoverinfo="skip", showlegend=False, **look)


def line(x: Any, y: Any, colour: str, hover: str | None, *, width: float = 2.2, **more: Any) -> go.Scatter:
    """Return a line in single precision; `more` are further keys of plotly's scatter."""
    xs, ys = (np.asarray(values, dtype=np.float32) for values in (x, y))
    look = {"mode": "lines", "line": {"color": colour, "width": width}, "hovertemplate": hover}
    return go.Scatter({"x": xs, "y": ys, **look}, **more)


def whiskers(middle: pd.Series, low: pd.Series, high: pd.Series, colour: str, **look: Any) -> dict[str, Any]:
    """Return the error bar of an interval whose ends lie differently far; none where an end is missing."""
    ends = {"array": (high - middle).fillna(0.0), "arrayminus": (middle - low).fillna(0.0)}
    return {"type": "data", "symmetric": False, **ends, "color": colour, **look}


def matrix(values: np.ndarray, columns: Sequence[str], rows: Sequence[str], text: object, **look: Any) -> go.Figure:
    """Draw a table as a heat map with its values written in, the first row on top.

    Parameters
    ----------
    values : ndarray, shape (rows, columns)
    columns, rows : sequence of str
        Labels.
    text : nested list of str
        What is written into each square.
    **look
        Further keys of plotly's heat map, such as its colours.
    """
    places = list(range(len(rows)))
    fig = go.Figure(go.Heatmap(z=values, x=columns, y=places, text=text, texttemplate="%{text}", **look))
    fig.update_xaxes(tickangle=-35)
    fig.update_yaxes(tickvals=places, ticktext=rows, autorange="reversed", showgrid=False)
    return apply_style(fig, height=210 + 26 * len(rows), narrow={"margin.l": 140})


def nice_top(value: float) -> float:
    """Upper end of an axis that starts at zero: a little above the largest value, 1 when all is zero."""
    return 1.0 if not value > 0 else 1.06 * value

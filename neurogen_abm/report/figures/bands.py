"""Bands of what a posterior leaves open: shading, each with a thin line at its ends, and where the variance is from."""

from __future__ import annotations

from html import escape

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from neurogen_abm.experiments.uncertainty import PARTS, WORDS, Uncertainty
from neurogen_abm.report.figures.palette import BLUE, PALE_GREY, VERMILLION, faded
from neurogen_abm.report.figures.responses import Dimension, label_and_unit, shades
from neurogen_abm.report.figures.style import apply_style, band, empty_figure
from neurogen_abm.words import spoken

LEGEND = {"parameters": "what is not known", "animals": "and what animals differ in", "all": "and chance"}
COLOURS = {"parameters": VERMILLION, "animals": BLUE, "chance": PALE_GREY}
CAPTION = (
    "Shaded: where four of five values lie. Inner: the mean animal, under what is not known (the parameters). Middle: "
    "the expectation of an animal, with what animals differ in. Outer: an animal, with chance. Line: mean."
)
_SHADES = {"all": 0.12, "animals": 0.2, "parameters": 0.34}
DAY = "time since start (d)"


def add_bands(fig: go.Figure, rows: pd.DataFrame, colour: str, *, times: float = 1.0, legend: bool = True) -> None:
    """Shade the bands of one read-out by day, the widest below, with thin lines at their ends."""
    x = rows["day"].to_numpy()
    for name, opacity in _SHADES.items():
        low, high = (times * rows[f"{name}_{end}"].to_numpy(float) for end in (10, 90))
        if name == "animals" and rows["share_animals"].isna().all():
            continue  # one animal, whose lives differ by chance alone
        shade = band(x, low, high, colour, opacity)
        fig.add_trace(shade.update(name=LEGEND[name], showlegend=legend, legendgroup=name))
        for end in (low, high):
            thin = {"mode": "lines", "line": {"color": faded(colour, 0.55), "width": 0.7}}
            fig.add_scatter(x=x, y=end, showlegend=False, hoverinfo="skip", legendgroup=name, **thin)
    hover = "day %{x:,.3~r}<br>%{y:,.4~r}<extra>mean</extra>"
    look = {"mode": "lines", "line": {"color": colour, "width": 2.2}, "showlegend": False}
    fig.add_scatter(x=x, y=times * rows["mean"].to_numpy(float), hovertemplate=hover, **look)


def band_of(found: Uncertainty, read_out: str, arm: str | None = None, of: str = "value") -> go.Figure:
    """Draw one read-out against time with its bands; an effect in percent of the control."""
    rows = found.of(read_out, arm, of)
    label, unit = label_and_unit(read_out)
    relative = of == "relative"
    y_title = "Effect (% of the control)" if relative else f"{label} ({unit})" if unit else label
    if rows.empty:
        return empty_figure("There is no value of it.", x_title=DAY, y_title=y_title, title=label)
    fig = go.Figure()
    add_bands(fig, rows, BLUE, times=100.0 if relative else 1.0)
    if len(rows) == 1:
        fig.update_traces(mode="lines+markers")
    fig.update_xaxes(title_text=DAY)
    fig.update_yaxes(title_text=escape(y_title), rangemode="normal" if relative else "tozero")
    title = f"{label}, {spoken(arm)}" if arm else label
    apply_style(fig, height=430, title=title, narrow={"height": 400, "margin.t": 100})
    return fig.update_layout(margin_t=118, legend_traceorder="reversed")


def parts_of(final: pd.DataFrame, of: str) -> go.Figure:
    """Draw where the variance of every read-out comes from: one bar each, by share."""
    rows = final[final["of"] == of]
    rows = rows[np.nansum(rows[[f"share_{part}" for part in PARTS]].to_numpy(float), axis=1) > 0]
    if rows.empty:
        return empty_figure("Nothing varies.", x_title="share of the variance (%)", y_title="")
    several = rows["arm"].nunique() > 1
    names = [
        label_and_unit(name)[0] + (f", {spoken(arm)}" if several else "")
        for name, arm in rows[["read_out", "arm"]].to_numpy()
    ]
    fig = go.Figure()
    for part in PARTS:
        hover = f"%{{y}}<br>%{{x:.0f}} %<extra>{WORDS[part]}</extra>"
        bars = {"x": 100 * rows[f"share_{part}"].fillna(0.0), "y": names, "orientation": "h"}
        fig.add_bar(name=WORDS[part], marker_color=COLOURS[part], hovertemplate=hover, **bars)
    fig.update_layout(barmode="stack")
    fig.update_xaxes(title_text="Share of the variance (%)", range=[0, 100])
    fig.update_yaxes(autorange="reversed", showgrid=False)
    return apply_style(fig, height=130 + 26 * len(rows), narrow={"margin.l": 120}).update_layout(margin_t=50)


def along(rows: pd.DataFrame, read_out: str, x: Dimension, by: Dimension | None) -> go.Figure:
    """Draw a read-out along an axis of a sweep with its bands, one line and its shading for each value of another."""
    label, unit = label_and_unit(read_out)
    mine = rows[rows["read_out"] == read_out]
    title = label if by is None else f"{label} by {by.label.lower()}"
    if mine.empty:
        return empty_figure("There is no value of it.", x_title=x.title, y_title=label, title=title)
    groups = [("", mine)] if by is None else [(by.text(value), part) for value, part in mine.groupby(by.column)]
    fig, columns = go.Figure(), [f"{name}_{end}" for name in LEGEND for end in (10, 90)]
    for number, (colour, (name, part)) in enumerate(zip(shades(len(groups)), groups, strict=True)):
        points = part.groupby(x.column, sort=x.unit is not None)[["mean", "share_animals", *columns]].mean()
        add_bands(fig, points.reset_index(names="day"), colour, legend=number == 0)
        fig.data[-1].update(name=escape(name), showlegend=by is not None)
    fig.update_xaxes(title_text=escape(x.title), type="log" if x.log else "-")
    fig.update_yaxes(title_text=escape(f"{label} ({unit})" if unit else label), rangemode="tozero")
    return apply_style(fig, height=450, title=title, narrow={"margin.t": 130}).update_layout(
        margin_t=90, legend_traceorder="reversed"
    )

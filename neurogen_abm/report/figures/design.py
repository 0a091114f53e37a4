"""Figures of a design: power by animals, animals by day and by sections, and where pathways come apart.

Lines come in the order of their names, so that a reading has one colour in all figures.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from neurogen_abm.numerals import plain
from neurogen_abm.report.figures.palette import BLUE, GREEN, GREY, ORANGE, PURPLE, SKY, SOFT_INK, VERMILLION
from neurogen_abm.report.figures.style import apply_style, line

_COLOURS = (BLUE, VERMILLION, GREEN, ORANGE, PURPLE, SKY, GREY)
_DASHES = ("solid", "dash", "dot", "dashdot", "longdash")
_LINES = 10
KEYS = ["pathway", "arm", "over", "reading", "day"]


def label(row: Mapping[Any, Any] | pd.Series) -> str:
    """Return what a question is called in a legend."""
    return f"{row['reading']}, day {plain(row['day'], 4)}, {row['arm']} over {row['over']}"


def power_by_animals(power: pd.DataFrame, questions: pd.DataFrame) -> go.Figure:
    """Draw power against animals of a group, a line for each question; dotted, the plain calculation.

    Parameters
    ----------
    power, questions : DataFrame
        `Design.power`, and the rows of `Design.readings` that are drawn, the first few of them.
    """
    fig = go.Figure()
    for number, row in enumerate(questions.head(_LINES).sort_values(KEYS).to_dict("records")):
        part = power[(power[KEYS] == pd.Series(row)[KEYS]).all(axis=1)]
        colour, name = _COLOURS[number % len(_COLOURS)], label(row)
        hover = "%{x} animals a group: %{y:.0%}<extra></extra>"
        fig.add_trace(line(part["n"], part["power"], colour, hover, name=name, legendgroup=name))
        usual = line(part["n"], part["plain"], colour, None, width=1.2, name=name, legendgroup=name)
        fig.add_trace(usual.update(line_dash="dot", showlegend=False, hoverinfo="skip", hovertemplate=None))
    for wanted in (0.8, 0.9):
        fig.add_hline(y=wanted, line={"color": SOFT_INK, "width": 1, "dash": "dot"})
    fig.update_xaxes(title_text="animals of a group")
    fig.update_yaxes(title_text="power", range=[0, 1.02], tickformat=".0%")
    return _with_legend(fig, min(len(questions), _LINES))


def animals_by_day(readings: pd.DataFrame) -> go.Figure:
    """Draw the animals of a group that find the effect in 80 of 100 experiments, by the day one looks."""
    fig, courses = go.Figure(), readings[readings["n_80"].map(math.isfinite)]
    groups = list(courses.groupby(KEYS[:4]))[:_LINES]
    for number, ((_, arm, over, reading), part) in enumerate(groups):
        part = part.sort_values("day")
        words = "day %{x}: %{y} animals a group<extra></extra>"
        look = {"mode": "lines+markers", "line": {"color": _COLOURS[number % len(_COLOURS)]}, "hovertemplate": words}
        fig.add_scatter(x=part["day"], y=part["n_80"], name=f"{reading}, {arm} over {over}", **look)
    fig.update_xaxes(title_text="day of the run")
    fig.update_yaxes(title_text="animals of a group", type="log", tickvals=[2, 5, 10, 20, 50, 100, 200, 500, 1000])
    return _with_legend(fig, len(groups))


def animals_by_sections(sections: pd.DataFrame) -> go.Figure:
    """Draw the animals of a group that are needed against the sections counted in each; a ring: as planned."""
    fig, groups = go.Figure(), list(sections.groupby(KEYS))[:_LINES]
    for number, (_, part) in enumerate(groups):
        colour = _COLOURS[number % len(_COLOURS)]
        sizes = part["is_planned"].map({True: 13, False: 6})
        marks = part["is_planned"].map({True: "circle-open", False: "circle"})
        words = "%{x:.0f} sections an animal: %{y} animals a group<extra></extra>"
        look = {"mode": "lines+markers", "line": {"color": colour}, "marker": {"size": sizes, "symbol": marks}}
        fig.add_scatter(x=part["sections"], y=part["n_80"], name=label(part.iloc[0]), hovertemplate=words, **look)
    fig.update_xaxes(title_text="sections counted in an animal", type="log", tickvals=[5, 10, 20, 50, 100, 200])
    fig.update_yaxes(title_text="animals of a group", rangemode="tozero")
    return _with_legend(fig, len(groups))


def told_apart_by_animals(pathways: pd.DataFrame) -> go.Figure:
    """Draw how probably an experiment tells two pathways apart, by animals, for the most telling questions."""
    keys = ["pathway_a", "pathway_b", "arm", "over", "reading", "day"]
    fig, groups = go.Figure(), list(pathways.groupby(keys, sort=False))[:_LINES]
    for number, ((a, b, *_), part) in enumerate(groups):
        colour, dash = _COLOURS[number % len(_COLOURS)], _DASHES[number % len(_DASHES)]
        name = f"{label(part.iloc[0])}: {a} or {b}"
        hover = "%{x} animals a group: %{y:.0%}<extra></extra>"
        fig.add_trace(line(part["n"], part["told_apart"], colour, hover, name=name).update(line_dash=dash))
    fig.add_hline(y=0.8, line={"color": SOFT_INK, "width": 1, "dash": "dot"})
    fig.update_xaxes(title_text="animals of a group")
    fig.update_yaxes(title_text="told apart", range=[0, 1.02], tickformat=".0%")
    return _with_legend(fig, len(groups))


def _with_legend(fig: go.Figure, entries: int) -> go.Figure:
    """Place the legend below the plot, a line for each entry, where long names fit."""
    apply_style(fig, height=340 + 22 * entries)
    place = {"orientation": "v", "x": 0, "y": -0.22, "yanchor": "top"}
    return fig.update_layout(legend=place, showlegend=True)

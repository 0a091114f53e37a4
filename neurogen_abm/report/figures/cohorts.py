"""Figures of survival: each day's newborn neurons, and all of them, since their last division."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from neurogen_abm.report.figures.palette import GREEN, INK, SOFT_INK, faded
from neurogen_abm.report.figures.style import TEXT, apply_style, colour_bar, empty_figure, line
from neurogen_abm.report.figures.survival import cohort_survival, newborn_neurons, survival_at, survival_of

# Cividis (Nunez, Anderton and Renslow 2018) without its palest end, which is lost on white
CIVIDIS = ["#00224e", "#123570", "#3b496c", "#575d6d", "#707173", "#8a8678", "#a59c74", "#c3b369"]
ALIVE = "alive (% of neurons born)"
RARE_PER_D = 0.01
"""Hazard below which death is called rare: from there on the curve is a plateau."""
WINDOWS = {"early_survival": "early<br>death", "late_survival": "activity-dependent<br>window"}
"""What the ages are called at which signals change survival."""


class Deaths(NamedTuple):
    """When newborn cells die: the windows in which signals change it (from, to, name) and the age of the plateau, d."""

    windows: tuple[tuple[float, float, str], ...]
    plateau_d: float


def deaths_of(resolved: Any) -> Deaths:
    """Return when newborn cells die, from the table of hazards by age of a resolved scenario."""
    edges, hazard = (
        resolved.value(f"lineage.neuron.{name}", unit)
        for name, unit in (("death_age", "d"), ("death_hazard_aged", "1/d"))
    )
    names = resolved.catalogue.structure["lineage"]["neuron"]["death_window"]
    windows = []
    for target, words in WINDOWS.items():
        bins = [i for i, name in enumerate(names) if name == target]
        windows.append((float(edges[bins[0]]), float(edges[bins[-1] + 1]), words))
    last = max(np.flatnonzero(hazard >= RARE_PER_D).tolist(), default=-1)
    return Deaths(tuple(windows), float(edges[last + 1]) if last + 1 < len(edges) else float("inf"))


def cohort_curves(cells: pd.DataFrame, end_h: float) -> go.Figure:
    """Survival of each day's newborn neurons in the register of a run, by age; colour is the day of birth."""
    frame: dict[str, Any] = {"title": "Neurons born on one day", "x_title": "age (d)", "y_title": ALIVE, "height": 380}
    curves = cohort_survival(newborn_neurons(cells, end_h))
    if curves.empty:
        return empty_figure("Too few neurons were born for daily cohorts.", **frame)
    fig = go.Figure()
    days = np.sort(curves["birth_day"].unique())
    span = max(float(days[-1] - days[0]), 1.0)
    for day, curve in curves.groupby("birth_day"):
        shade = CIVIDIS[min(int((day - days[0]) / span * len(CIVIDIS)), len(CIVIDIS) - 1)]
        name, alive = f"born on day {day}", 100 * curve["survival"].to_numpy(dtype=np.float32)
        hover = f"{name} ({curve['cells'].iloc[0]:,.0f} neurons)<br>age %{{x:.1f}} d: %{{y:.0f}} % alive<extra></extra>"
        fig.add_trace(line(curve["age_d"], alive, shade, hover, width=1.5, line_shape="hv", name=name))
    ends = [int(days[0]), int(days[0] + span)]
    scale = {"color": ends, "colorscale": CIVIDIS, "cmin": ends[0], "cmax": ends[1], "showscale": True}
    scale["colorbar"] = colour_bar("born on<br>day", len=0.9)
    fig.add_scatter(x=[None], y=[None], mode="markers", hoverinfo="skip", marker=scale)  # only for its colour bar
    fig.update_xaxes(title_text="age (d)", rangemode="tozero")
    return _survival_axis(fig, frame)


def _survival_axis(fig: go.Figure, frame: dict[str, Any]) -> go.Figure:
    fig.update_yaxes(title_text=ALIVE, range=[0, 102])
    fig.update_layout(showlegend=False)
    return apply_style(fig, height=frame["height"], title=frame["title"], narrow={"height": 330})


def last_division_curve(cells: pd.DataFrame, end_h: float, deaths: Deaths) -> go.Figure:
    """Kaplan-Meier survival of newborn neurons from their last division; windows and plateau of deaths are marked."""
    frame: dict[str, Any] = {"title": "All neurons born in this run", "x_title": "time since last division (d)"}
    frame |= {"y_title": ALIVE, "height": 380}
    newborn = newborn_neurons(cells, end_h)
    if newborn.empty:
        return empty_figure("No neuron was born in this run.", **frame)
    curve = _coarsen(survival_of(newborn))
    age = curve["age_d"].to_numpy(dtype=np.float32)
    fig = go.Figure()
    for low, high, text in deaths.windows:
        fig.add_vrect(x0=low, x1=high, fillcolor="#eef1f4", line_width=0, layer="below")
        if age[-1] > low:
            place = {"x": (low + min(high, age[-1])) / 2, "y": 1, "yanchor": "bottom", "showarrow": False}
            fig.add_annotation(text=text, font={"size": TEXT, "color": SOFT_INK}, **place)
    edge = {"mode": "lines", "line": {"width": 0, "shape": "hv"}, "hoverinfo": "skip"}
    fig.add_scatter(x=age, y=100 * curve["lower"], **edge)
    fig.add_scatter(x=age, y=100 * curve["upper"], fill="tonexty", fillcolor=faded(GREEN, 0.22), **edge)
    look = {"mode": "lines", "line": {"color": GREEN, "width": 2.6, "shape": "hv"}, "customdata": curve["at_risk"]}
    hover = "%{x:.1f} d: %{y:.1f} % alive<br>%{customdata:,} at risk<extra></extra>"
    fig.add_scatter(x=age, y=100 * curve["survival"], hovertemplate=hover, **look)
    _mark_plateau(fig, curve, deaths.plateau_d)
    fig.update_xaxes(title_text=frame["x_title"], range=[0, max(float(age[-1]), 7.0)])
    return _survival_axis(fig, frame)


def _mark_plateau(fig: go.Figure, curve: pd.DataFrame, plateau_d: float) -> None:
    age = min(plateau_d, float(curve["age_d"].iloc[-1]))
    level = 100 * survival_at(curve, age)
    reached = age >= plateau_d
    text = f"{level:.0f} % alive at {age:.0f} d" + ("" if reached else "<br>(too short for the plateau)")
    if reached:
        fig.add_hline(y=level, line={"color": INK, "width": 1, "dash": "dot"})
    arrow = {"showarrow": True, "arrowwidth": 1, "arrowcolor": INK, "ax": -10, "ay": -44, "xanchor": "right"}
    look = {"font": {"size": TEXT, "color": INK}, "bgcolor": faded("#ffffff", 0.85)}
    fig.add_annotation(x=age, y=level, text=text, **arrow, **look)


def _coarsen(curve: pd.DataFrame, most: int = 600) -> pd.DataFrame:
    """Keep the first and the last row and those at evenly spaced ages; the line drawn is the same to the pixel."""
    if len(curve) <= most:
        return curve
    ages = curve["age_d"].to_numpy()
    rows = np.searchsorted(ages, np.linspace(0, ages[-1], most), side="right") - 1
    return curve.iloc[np.unique(np.append(rows, [0, len(curve) - 1]))]

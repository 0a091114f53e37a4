"""Figures of survival: each day's newborn cells, and all cells since their last division."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from neurogen_abm.report.figures.palette import GREEN, INK, SOFT_INK, faded
from neurogen_abm.report.figures.style import apply_style, colour_bar, empty_figure
from neurogen_abm.report.figures.survival import cohort_survival, newborn_cells, post_mitotic_survival, survival_at

# Cividis (Nunez, Anderton and Renslow 2018) without its palest end, which is lost on white
CIVIDIS = ["#00224e", "#123570", "#3b496c", "#575d6d", "#707173", "#8a8678", "#a59c74", "#c3b369"]
ALIVE = "alive (% of cells born)"
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
    """Survival of each day's newborn cells against their age; colour is the day of birth.

    Parameters
    ----------
    cells : DataFrame
        The register.
    end_h : float
        End of the run, hours.
    """
    title = "Cells born on one day"
    x_title = "age (d)"
    curves = cohort_survival(newborn_cells(cells, end_h))
    if curves.empty:
        return empty_figure(
            "Too few cells were born for daily cohorts.", x_title=x_title, y_title=ALIVE, title=title, height=380
        )
    fig = go.Figure()
    days = np.sort(curves["birth_day"].unique())
    span = max(float(days[-1] - days[0]), 1.0)
    for day, curve in curves.groupby("birth_day"):
        fig.add_trace(
            go.Scatter(
                x=curve["age_d"].to_numpy(dtype=np.float32),
                y=100 * curve["survival"].to_numpy(dtype=np.float32),
                mode="lines",
                line={"color": _shade((day - days[0]) / span), "width": 1.5, "shape": "hv"},
                name=f"born on day {day}",
                hovertemplate=f"born on day {day} ({curve['cells'].iloc[0]:,.0f} cells)"
                "<br>age %{x:.1f} d: %{y:.0f} % alive<extra></extra>",
            )
        )
    fig.add_trace(_day_scale(int(days[0]), int(days[0] + span)))
    fig.update_xaxes(title_text=x_title, rangemode="tozero")
    fig.update_yaxes(title_text=ALIVE, range=[0, 102])
    fig.update_layout(showlegend=False)
    return apply_style(fig, height=380, title=title, narrow={"height": 330})


def _day_scale(first: int, last: int) -> go.Scatter:
    """Return a trace without points that carries the colour bar of the days of birth."""
    bar = colour_bar("born on<br>day", len=0.9)
    scale = {
        "color": [first, last],
        "colorscale": CIVIDIS,
        "cmin": first,
        "cmax": last,
        "showscale": True,
        "colorbar": bar,
    }
    return go.Scatter(x=[None], y=[None], mode="markers", hoverinfo="skip", marker=scale)


def _shade(position: float) -> str:
    return CIVIDIS[min(int(position * len(CIVIDIS)), len(CIVIDIS) - 1)]


def last_division_curve(cells: pd.DataFrame, end_h: float, deaths: Deaths) -> go.Figure:
    """Kaplan-Meier survival of newborn cells from their last division, with its plateau.

    Parameters
    ----------
    cells : DataFrame
        The register.
    end_h : float
        End of the run, hours.
    deaths : Deaths
        Windows and plateau that are marked.
    """
    title = "All cells, from their last division"
    x_title = "time since last division (d)"
    newborn = newborn_cells(cells, end_h)
    if newborn.empty or (newborn["divided"] | newborn["cycling"]).all():
        return empty_figure("No cell was born in this run.", x_title=x_title, y_title=ALIVE, title=title, height=380)
    curve = _coarsen(post_mitotic_survival(newborn))
    age = curve["age_d"].to_numpy(dtype=np.float32)
    fig = go.Figure()
    for low, high, text in deaths.windows:
        fig.add_vrect(x0=low, x1=high, fillcolor="#eef1f4", line_width=0, layer="below")
        if age[-1] > low:
            fig.add_annotation(
                x=(low + min(high, age[-1])) / 2,
                y=1,
                yanchor="bottom",
                text=text,
                showarrow=False,
                font={"size": 11, "color": SOFT_INK},
            )
    edge = {"mode": "lines", "line": {"width": 0, "shape": "hv"}, "hoverinfo": "skip"}
    fig.add_trace(go.Scatter(x=age, y=100 * curve["lower"], **edge))
    fig.add_trace(go.Scatter(x=age, y=100 * curve["upper"], fill="tonexty", fillcolor=faded(GREEN, 0.22), **edge))
    fig.add_trace(
        go.Scatter(
            x=age,
            y=100 * curve["survival"],
            mode="lines",
            line={"color": GREEN, "width": 2.6, "shape": "hv"},
            customdata=curve["at_risk"],
            hovertemplate="%{x:.1f} d: %{y:.1f} % alive<br>%{customdata:,} at risk<extra></extra>",
        )
    )
    _mark_plateau(fig, curve, deaths.plateau_d)
    fig.update_xaxes(title_text=x_title, range=[0, max(float(age[-1]), 7.0)])
    fig.update_yaxes(title_text=ALIVE, range=[0, 102])
    fig.update_layout(showlegend=False)
    return apply_style(fig, height=380, title=title, narrow={"height": 330})


def _mark_plateau(fig: go.Figure, curve: pd.DataFrame, plateau_d: float) -> None:
    age = min(plateau_d, float(curve["age_d"].iloc[-1]))
    level = 100 * survival_at(curve, age)
    reached = age >= plateau_d
    text = f"{level:.0f} % alive at {age:.0f} d" + ("" if reached else "<br>(too short for the plateau)")
    if reached:
        fig.add_hline(y=level, line={"color": INK, "width": 1, "dash": "dot"})
    fig.add_annotation(
        x=age,
        y=level,
        text=text,
        showarrow=True,
        arrowwidth=1,
        arrowcolor=INK,
        ax=-10,
        ay=-44,
        xanchor="right",
        font={"size": 13, "color": INK},
        bgcolor="rgba(255,255,255,0.85)",
    )


def _coarsen(curve: pd.DataFrame, most: int = 600) -> pd.DataFrame:
    """Keep the first and the last row and those at evenly spaced ages; the line drawn is the same to the pixel."""
    if len(curve) <= most:
        return curve
    ages = curve["age_d"].to_numpy()
    rows = np.searchsorted(ages, np.linspace(0, ages[-1], most), side="right") - 1
    return curve.iloc[np.unique(np.append(rows, [0, len(curve) - 1]))]

"""The sedentary life of the twins, and where what an animal has meets it."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from neurogen_abm.report.figures.palette import BLUE, SOFT_INK, VERMILLION, faded
from neurogen_abm.report.figures.style import apply_style, line, nice_top

_ROW_PX = 230


def neurogenic_ages(
    curve: pd.DataFrame, ages: pd.DataFrame, labels: dict[str, str], age_d: float, unit: tuple[str, float]
) -> go.Figure:
    """Draw a row for each measure: the sedentary course, what the animal has, and the age at which they meet.

    Parameters
    ----------
    curve, ages : DataFrame
        As in `neurogen_abm.experiments.reserve.Reserve`.
    labels : dict
        Measure -> what its axis is called.
    age_d : float
        How old the animal is, days.
    unit : (str, float)
        In what ages are shown, and how many days that is.
    """
    name, days = unit
    fig = make_subplots(rows=len(labels), cols=1, shared_xaxes=True, vertical_spacing=0.05)
    for row, (measure, label) in enumerate(labels.items(), start=1):
        course = curve[curve["measure"] == measure]
        found = ages[ages["measure"] == measure].iloc[0]
        hover = f"sedentary, %{{x:.1f}} {name}: %{{y:,.4~r}}<extra></extra>"
        twins = line(course["age_d"] / days, course["count"], BLUE, hover, name="sedentary twins, mean")
        fig.add_trace(twins.update(showlegend=row == 1), row=row, col=1)
        hover = f"the animal at {age_d / days:.1f} {name}: %{{y:,.4~r}}<extra></extra>"
        now = {"mode": "markers", "marker": {"color": VERMILLION, "size": 10}, "hovertemplate": hover}
        fig.add_scatter(
            x=[age_d / days], y=[found["now"]], **now, name="the animal at its end", showlegend=row == 1, row=row, col=1
        )
        _meeting(fig, found, age_d, unit, row)
        top = nice_top(max(float(course["count"].max()), float(found["now"])))
        fig.update_yaxes(row=row, col=1, title_text=label, range=[0, top])
    fig.update_xaxes(row=len(labels), col=1, title_text=f"age ({name})")
    apply_style(fig, height=110 + _ROW_PX * len(labels))
    return fig.update_layout(margin_t=60)


def _meeting(fig: go.Figure, found: pd.Series, age_d: float, unit: tuple[str, float], row: int) -> None:
    """Draw a line from what the animal has to the age at which the twin had it, with the interval of that age."""
    name, days = unit
    if pd.isna(found["age_d"]):
        return  # younger or older than any age that was looked at
    place = {"row": row, "col": 1}
    if not pd.isna(found["low_d"]):
        ends = found["low_d"] / days, found["high_d"] / days
        fig.add_vrect(x0=ends[0], x1=ends[1], fillcolor=faded(VERMILLION, 0.12), line_width=0, layer="below", **place)
    across = {"mode": "lines", "line": {"color": VERMILLION, "dash": "dot", "width": 1.2}, "hoverinfo": "skip"}
    ages = [age_d / days, found["age_d"] / days]
    fig.add_scatter(x=ages, y=[found["now"]] * 2, **across, showlegend=False, **place)
    hover = f"neurogenic age %{{x:.1f}} {name}<extra></extra>"
    mark = {"symbol": "diamond-open", "size": 12, "color": VERMILLION, "line": {"width": 2}}
    look = {"mode": "markers", "marker": mark, "hovertemplate": hover, "name": "neurogenic age"}
    first = row == 1
    fig.add_scatter(x=[ages[1]], y=[found["now"]], **look, showlegend=first, legendgroup="age", **place)
    fig.add_vline(x=age_d / days, line={"color": SOFT_INK, "width": 1, "dash": "dot"}, **place)

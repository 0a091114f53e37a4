"""Levels of messengers in blood against time, each beside what was published of it."""

from __future__ import annotations

from typing import Any

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from neurogen_abm.report.figures.palette import BLUE, SOFT_INK, VERMILLION, faded
from neurogen_abm.report.figures.rates import daily_range, thin
from neurogen_abm.report.figures.style import apply_style

DAY = "time since start (d)"
_ROW_PX, _GAP_PX = 110, 34  # of a row, and of what its title needs above it


def time_courses(table: pd.DataFrame, resolved: Any) -> list[go.Figure]:
    """Return one figure with a row for each messenger; none where the run carries none.

    Parameters
    ----------
    table : DataFrame
        The table ``messengers`` of a run.
    resolved : ResolvedScenario
        Its labels and published rises (``published`` of a signal) are shown.
    """
    if table.empty:
        return []
    names = list(dict.fromkeys(table["name"]))
    labels = [str(resolved.catalogue.signals[name]["label"]) for name in names]
    gap = min(_GAP_PX / (_ROW_PX * len(names)), 0.5 / len(names))
    fig = make_subplots(rows=len(names), cols=1, shared_xaxes=True, vertical_spacing=gap, subplot_titles=labels)
    for row, name in enumerate(names, start=1):
        one = table[table["name"] == name]
        for trace in _curves(one):
            fig.add_trace(trace, row=row, col=1)
        published = resolved.catalogue.signals[name].get("published", ())
        for number, point in enumerate(published):
            _mark(fig, row, point, above=number % 2 == 0)
        highest = max([float(one["level"].max()), *(1.0 + point["rise"] for point in published)])
        lowest = min(float(one["level"].min()), 1.0)
        room = 0.12 * max(highest - lowest, 0.05)
        fig.update_yaxes(row=row, col=1, range=[lowest - room, highest + room], title_text="× rest")
    fig.update_xaxes(row=len(names), col=1, title_text=DAY)
    return [apply_style(fig, height=90 + _ROW_PX * len(names))]


def _curves(one: pd.DataFrame) -> list[go.Scatter]:
    """Return every recorded interval, thin, and the mean of each day, bold."""
    rows, hover = thin(one), "day %{x:.1f}: %{y:,.3~r} × rest<extra></extra>"
    thin_line = {"color": faded(BLUE, 0.45), "width": 0.8}
    curves = [go.Scatter(x=rows["day"], y=rows["level"], mode="lines", line=thin_line, hovertemplate=hover)]
    if one["time_h"].max() > 48:
        daily = daily_range(one, "level")
        bold = {"color": BLUE, "width": 2}
        curves.append(go.Scatter(x=daily["day"], y=daily["mean"], mode="lines", line=bold, hovertemplate=hover))
    return [curve.update(showlegend=False) for curve in curves]


def _mark(fig: go.Figure, row: int, point: dict[str, Any], *, above: bool) -> None:
    """Draw a published rise as a dotted line over its standard deviation, and say whose it is."""
    level, sd = 1.0 + float(point["rise"]), point.get("sd")
    if sd is not None:
        low, high = level - float(sd), level + float(sd)
        fig.add_hrect(y0=low, y1=high, row=row, col=1, line_width=0, fillcolor=faded(VERMILLION, 0.12), layer="below")
    fig.add_hline(y=level, row=row, col=1, line={"color": VERMILLION, "dash": "dot", "width": 1})
    text = f"{point['species']}, {point['after']} ({point['source']})"
    axis = "" if row == 1 else str(row)
    place = {"x": 1, "xref": f"x{axis} domain", "xanchor": "right", "y": level, "yref": f"y{axis}"}
    font = {"size": 10, "color": SOFT_INK}
    fig.add_annotation(text=text, showarrow=False, yanchor="bottom" if above else "top", font=font, **place)

"""The actogram of a recording: a row for each day, drawn twice, over the light and dark in which it was recorded."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from neurogen_abm.activity.recordings.actogram import laid_out
from neurogen_abm.activity.recordings.description import RecordedAnimal
from neurogen_abm.activity.recordings.recording import UNITS
from neurogen_abm.report.figures.palette import BLUE, SKY
from neurogen_abm.report.figures.style import apply_style, colour_bar

_GROUND = [[0, "#fffbe6"], [0.5, "#d5d9de"], [1, "#f3c6c0"]]  # light, dark, not measured
_ACTIVITY = [[0, SKY], [0.5, BLUE], [1, "#00263d"]]
_MOST_SLOTS = 144  # a day, ten minutes each


def recording_actogram(animal: RecordedAnimal) -> go.Figure:
    """Return the double-plotted actogram of an animal; where it did not move, the light or the dark behind shows."""
    series = animal.series
    slots = min(_MOST_SLOTS, max(24, 1440 // series.interval_min))
    laid = laid_out(series, animal.dark, slots if 1440 % slots == 0 else 24).twice
    values = laid.values - (1.0 if series.quantity == "met" else 0.0)
    values = np.where(values > 0.0, laid.values, np.nan)
    recorded = laid.missing | ~np.isnan(laid.values)
    ground = np.where(laid.missing, 1.0, np.where(laid.dark, 0.5, 0.0))
    hours = (np.arange(values.shape[1]) + 0.5) * 48.0 / values.shape[1]
    top = float(np.nanpercentile(values, 99)) if np.isfinite(values).any() else 1.0
    unit = UNITS[series.quantity] + (" per min" if series.is_total else "")
    place = {"x": hours, "y": laid.days, "hoverongaps": False}
    fig = go.Figure(
        [
            go.Heatmap(
                z=np.where(recorded, ground, np.nan).astype(np.float32),
                zmin=0,
                zmax=1,
                colorscale=_GROUND,
                showscale=False,
                hoverinfo="skip",
                **place,
            ),
            go.Heatmap(
                z=values.astype(np.float32),
                zmin=0,
                zmax=top,
                colorscale=_ACTIVITY,
                hovertemplate=f"row of %{{y}}, hour %{{x:.1f}}<br>%{{z:.3}} {unit}<extra></extra>",
                colorbar=colour_bar(unit),
                **place,
            ),
        ]
    )
    every = max(1, len(laid.days) // 20)
    fig.update_yaxes(type="category", tickvals=laid.days[::every], autorange="reversed", showgrid=False)
    ticks = list(range(0, 49, 6))
    fig.update_xaxes(title_text="time of day (h)", tickvals=ticks, ticktext=[str(h % 24) for h in ticks], range=[0, 48])
    title = f"Actogram{f' of {animal.name}' if animal.name else ''}"
    return apply_style(fig, height=140 + max(160, 12 * len(laid.days)), title=title)

"""What muscle and mind do over a run: drawn where they do something, or where a scenario follows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from neurogen_abm.report.figures.palette import BLACK, BLUE, GREEN, ORANGE, PURPLE, SKY, SOFT_INK, VERMILLION
from neurogen_abm.report.figures.rates import daily_means, interval_days, rate_per_day, thin
from neurogen_abm.report.figures.style import apply_style, label_ends, line, nice_top
from neurogen_abm.report.figures.timelines import DAY

_ROW_PX = 190
# Less than this no eye sees.
_SEEN = 0.01


class Line(NamedTuple):
    """A column of the series, what the figure calls it, and its colour."""

    column: str
    label: str
    colour: str


_MUSCLE = (
    Line("muscle_mass", "mass", VERMILLION),
    Line("strength", "strength", PURPLE),
    Line("fitness", "fitness", GREEN),
)
_DRIVE = (Line("drive", "drive to run", ORANGE),)
_DOPAMINE = (Line("dopamine", "dopamine", BLUE),)
_MOOD = (Line("mood", "mood", GREEN),)
_BURDEN = (
    Line("anxiety", "anxiety", VERMILLION),
    Line("fatigue", "fatigue", ORANGE),
    Line("depression", "depression", BLACK),
    Line("stress", "lasting stress", PURPLE),
)
_TISSUE = (
    Line("bdnf_plasma_pg_ml", "plasma", VERMILLION),
    Line("bdnf_niche_pg_ml", "niche", BLUE),
    Line("bdnf_hippocampus", "tissue, protein", GREEN),
    Line("bdnf_mrna_hippocampus", "tissue, mRNA", SKY),
)


def muscle_changes(series: pd.DataFrame) -> bool:
    """Return whether mass or strength changes by so much that it can be seen, or the body falls short of a task."""
    if any(_moves(series, column) for column in ("muscle_mass", "strength")):
        return True
    return "short_min" in series and bool(series["short_min"].max() > 0)


def tissue_changes(series: pd.DataFrame) -> bool:
    """Return whether BDNF of the whole hippocampus leaves rest by so much that it can be seen."""
    return any(_moves(series, column) for column in ("bdnf_hippocampus", "bdnf_mrna_hippocampus"))


def _moves(series: pd.DataFrame, column: str) -> bool:
    return column in series and len(series) > 1 and float(np.ptp(series[column])) >= _SEEN


def muscle(series: pd.DataFrame, quiet_d: Sequence[tuple[float, float]] = ()) -> go.Figure:
    """Muscle mass, strength and aerobic capacity; below it what was asked and what was done, where they differ.

    Parameters
    ----------
    series : DataFrame
        The series of a run.
    quiet_d : sequence of (float, float)
        Days between which exercise or everyday activity was taken away; they are shaded.
    """
    short = "short_min" in series and bool(series["short_min"].max() > 0)
    fig = _rows(3 if short else 1)
    _draw(
        fig,
        1,
        series,
        [entry for entry in _MUSCLE if _known(series, entry.column)],
        "over a sedentary<br>young adult (1)",
    )
    if short:
        _asked_and_done(fig, series)
    return _finished(fig, 3 if short else 1, series, quiet_d)


def _asked_and_done(fig: go.Figure, series: pd.DataFrame) -> None:
    """Draw distance a day as it was asked for and done into row 2, and for how long less was done into row 3."""
    every_d = interval_days(series)
    asked, done = (rate_per_day(series, column, every_d) for column in ("distance_asked_km", "distance_km"))
    for table, dash, label in ((asked, "dot", "asked"), (done, "solid", "done")):
        hover = f"day %{{x:.1f}}: %{{y:,.3~r}} km/d<extra>{label}</extra>"
        course = line(table["day"], table["per_day"], BLUE, hover, line_dash=dash, showlegend=False)
        fig.add_trace(course, row=2, col=1)
    top = nice_top(float(asked["per_day"].max()))
    fig.update_yaxes(row=2, col=1, title_text="distance (km/d)", range=[0, top])
    ends = [(label, float(table["per_day"].iloc[-1]), BLUE) for table, label in ((asked, "asked"), (done, "done"))]
    label_ends(fig, ends, y_range=(0, top), plot_height=_ROW_PX - 40, axis="y2")
    minutes = rate_per_day(series, "short_min", every_d)
    bars = {"x": minutes["day"], "y": minutes["per_day"], "width": 0.86 * minutes["width_d"], "showlegend": False}
    hover = "day %{x:.1f}: %{y:,.3~r} min<extra></extra>"
    fig.add_bar(**bars, marker_color=ORANGE, hovertemplate=hover, row=3, col=1)
    title, top = "below what was<br>asked (min/d)", nice_top(float(minutes["per_day"].max()))
    fig.update_yaxes(row=3, col=1, title_text=title, range=[0, top])


def mind(series: pd.DataFrame, quiet_d: Sequence[tuple[float, float]] = ()) -> go.Figure:
    """Drive and dopamine; where it was followed, mood, and what weighs on it: anxiety, fatigue, depression, stress."""
    groups = (
        (_DRIVE, "drive to run<br>(1 = usual)"),
        (_DOPAMINE, "dopamine<br>over rest (share)"),
        (_MOOD, "mood (-1 to 1)"),
        (_BURDEN, "index (0 to 1);<br>depression in SD"),
    )
    shown = [(lines, title) for lines, title in groups if any(_known(series, entry.column) for entry in lines)]
    fig = _rows(len(shown))
    for row, (lines, title) in enumerate(shown, start=1):
        _draw(fig, row, series, [entry for entry in lines if _known(series, entry.column)], title)
    return _finished(fig, len(shown), series, quiet_d)


def tissue_bdnf(series: pd.DataFrame, rest: Mapping[str, float]) -> go.Figure:
    """BDNF in plasma, niche and whole hippocampus day by day, each over rest.

    Parameters
    ----------
    series : DataFrame
        The series of a run.
    rest : mapping
        Column -> its usual level at rest; columns that are missing here are over rest already.
    """
    lines = [entry for entry in _TISSUE if _known(series, entry.column)]
    columns = [entry.column for entry in lines]
    daily = daily_means(series, columns) if series["time_h"].max() > 48 else series[["time_h", *columns]]
    fig = _rows(1)
    _draw(fig, 1, daily.assign(**{name: daily[name] / rest.get(name, 1.0) for name in columns}), lines, "× rest")
    return _finished(fig, 1, series, ())


def _known(series: pd.DataFrame, column: str) -> bool:
    return column in series and bool(series[column].notna().any())


def _rows(n: int) -> go.Figure:
    return make_subplots(rows=n, cols=1, shared_xaxes=True, vertical_spacing=0.05)


def _draw(fig: go.Figure, row: int, series: pd.DataFrame, lines: Sequence[Line], title: str) -> None:
    """Draw some columns of a series into a row and write their names where they end."""
    rows, ends = thin(series), []
    for column, label, colour in lines:
        hover = f"day %{{x:.1f}}: %{{y:.3f}}<extra>{label.replace('<br>', ' ')}</extra>"
        fig.add_trace(line(rows["time_h"] / 24, rows[column], colour, hover, showlegend=False), row=row, col=1)
        ends.append((label, float(rows[column].iloc[-1]), colour))
    values = rows[[entry.column for entry in lines]].to_numpy(float)
    low, high = min(0.0, float(np.nanmin(values))), float(np.nanmax(values))
    y_range = (1.06 * low, nice_top(high) if high > 0 else 0.2)
    fig.update_yaxes(row=row, col=1, title_text=title, range=list(y_range))
    label_ends(fig, ends, y_range=y_range, plot_height=_ROW_PX - 40, axis="y" if row == 1 else f"y{row}")


def _finished(fig: go.Figure, n: int, series: pd.DataFrame, quiet_d: Sequence[tuple[float, float]]) -> go.Figure:
    """Shade quiet days, give all n rows one axis of time, and the shared look."""
    for first, last in quiet_d:
        fig.add_vrect(x0=first, x1=last, fillcolor=SOFT_INK, opacity=0.1, line_width=0, layer="below", row="all", col=1)
    fig.update_xaxes(range=[0, float(series["time_h"].max()) / 24])
    fig.update_xaxes(row=n, col=1, title_text=DAY)
    height = 90 + _ROW_PX * n
    apply_style(fig, height=height, narrow={"margin.r": 84})
    return fig.update_layout(margin_r=110)


def quiet_days(blocks: Sequence[Any], kinds: Sequence[str], end_h: float) -> list[tuple[float, float]]:
    """Return from which day to which blocks of some kinds last."""
    found = [block for block in blocks if block.kind in kinds]
    return [(b.start_h / 24, min(end_h, end_h if b.end_h is None else b.end_h) / 24) for b in found]

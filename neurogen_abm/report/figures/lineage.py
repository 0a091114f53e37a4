"""Cells against time: counts by state and by stain, births and deaths, neurons added."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from neurogen_abm.numerals import plain
from neurogen_abm.report.figures import style
from neurogen_abm.report.figures.palette import (
    FAMILY_TITLES,
    GREEN,
    INK,
    MARKERS,
    ROLES,
    SKY,
    SOFT_INK,
    STATE_FAMILIES,
    YELLOW,
    family_of,
    ordered,
    state_colour,
    state_label,
)
from neurogen_abm.report.figures.rates import daily_means, interval_days, rate_per_day, thin
from neurogen_abm.report.figures.style import apply_style, empty_figure, label_ends, nice_top
from neurogen_abm.report.figures.timelines import DAY


class Line(NamedTuple):
    """A column of the series as a line: label at its end, colour, and name on hovering."""

    column: str
    label: str
    colour: str
    name: str


def state_columns(series: pd.DataFrame) -> list[str]:
    """Names of the states that the series counts, in the order of the lineage."""
    not_states = {*MARKERS, "waiting"}
    return ordered(c[2:] for c in series.columns if c.startswith("n_") and c[2:] not in not_states)


def cell_counts(series: pd.DataFrame, family: str, labels: Mapping[str, str] | None = None) -> go.Figure:
    """Cells alive in each state of one family against time.

    Parameters
    ----------
    series : DataFrame
        ``time_h`` and ``n_<state>``.
    family : str
        ``stem``, ``progenitor``, ``neuron`` or ``other`` (glia, dead cells, states that this version does not know).
    labels : mapping, optional
        Full names of the states, shown on hovering.
    """
    if family not in STATE_FAMILIES:
        raise ValueError(f"{family!r} is not a family of states: choose one of {', '.join(STATE_FAMILIES)}")
    states = [s for s in state_columns(series) if family_of(s) == family]
    columns = [f"n_{s}" for s in states]
    # Dead cells are cleared within an hour or two, so that single rows of them are noise
    rows = daily_means(series, columns) if family == "other" else thin(series)
    y_title = "cells (daily mean count)" if family == "other" else "cells alive (count)"
    full = labels or {}
    lines = [Line(f"n_{s}", state_label(s), state_colour(s), full.get(s, state_label(s))) for s in states]
    return _counted_lines(rows, lines, FAMILY_TITLES[family], y_title, "No such cells were counted.")


def marker_counts(series: pd.DataFrame) -> go.Figure:
    """Cells that a stain would show (Ki67, DCX, NeuN, calretinin, calbindin) against time."""
    lines = [Line(f"n_{m}", label, colour, label) for m, (label, colour) in MARKERS.items()]
    title = "Marker-positive cells born in the adult"
    return _counted_lines(thin(series), lines, title, "positive cells (count)", "No stain was counted.")


def _counted_lines(rows: pd.DataFrame, lines: Sequence[Line], title: str, y_title: str, missing: str) -> go.Figure:
    """Draw the lines whose columns there are, named at their ends; say what is missing where there is none."""
    lines = [line for line in lines if line.column in rows]
    if rows.empty or not lines:
        return empty_figure(missing, x_title=DAY, y_title=y_title, title=title)
    fig = go.Figure()
    x = rows["time_h"].to_numpy(dtype=np.float32) / 24
    ends = []
    for column, label, colour, name in lines:
        y = rows[column].to_numpy(dtype=np.float32)
        if colour == YELLOW:  # yellow alone is lost on white
            fig.add_scatter(x=x, y=y, mode="lines", line={"color": INK, "width": 4}, hoverinfo="skip")
        fig.add_trace(style.line(x, y, colour, "day %{x:.1f}: %{y:,.0f}", name=name))
        ends.append((label, float(y[-1]), colour))
    top = max(nice_top(max(float(rows[line.column].max()) for line in lines)), 5.0)  # below 5, ticks would repeat
    fig.update_yaxes(title_text=y_title, range=[0, top], tickformat=",~d")
    fig.update_xaxes(title_text=DAY, range=[0, float(np.ceil(x[-1])) or 1.0])
    fig.update_layout(showlegend=False)
    apply_style(fig, height=330, title=title, narrow={"height": 300, "margin.r": 132})
    label_ends(fig, ends, y_range=(0, top), plot_height=235)
    return fig.update_layout(margin_r=158)


def births_and_deaths(series: pd.DataFrame) -> go.Figure:
    """Cells born (up) and dead (down, by the state they died in) per day, with the net change as a line."""
    every = interval_days(series)
    born = rate_per_day(series, "births", every)
    if born.empty:
        return empty_figure("No time has passed in this run.", x_title=DAY, y_title="cells (per day)")
    deaths = rate_per_day(series, "deaths", every)["per_day"]
    fig = go.Figure()
    bar = {"x": born["day"], "width": 0.86 * born["width_d"]}
    hover = "day %{x:.1f}: %{y:,.0f} born"
    fig.add_bar(**bar, y=born["per_day"], name="born", marker_color=SKY, hovertemplate=hover)
    for name, colour, values in _deaths_by_state(series, every) or [("died", ROLES["brown"].paper, deaths)]:
        hover = "day %{x:.1f}: %{customdata:,.0f} died"
        fig.add_bar(**bar, y=-values, name=name, marker_color=colour, customdata=values, hovertemplate=hover)
    line = {"mode": "lines", "line": {"color": INK, "width": 2}, "hovertemplate": "day %{x:.1f}: %{y:,.0f}"}
    fig.add_scatter(x=born["day"], y=born["per_day"] - deaths, name="births minus deaths", **line)
    fig.add_hline(y=0, line={"color": SOFT_INK, "width": 1})
    low, high = nice_top(float(deaths.max())), nice_top(float(born["per_day"].max()))
    ticks = _round_ticks(-low, high)
    text = [plain(abs(tick), 4, thousands=True) for tick in ticks]
    y_title = "died (below), born (above)<br>(cells/d)"
    fig.update_yaxes(title_text=y_title, range=[-low, high], tickvals=ticks, ticktext=text)
    fig.update_xaxes(title_text=DAY, range=[0, float(series["time_h"].max()) / 24])
    fig.update_layout(barmode="relative")
    apply_style(fig, height=400, narrow={"height": 380, "margin.t": 60})
    return fig.update_layout(margin_t=50)


def _deaths_by_state(series: pd.DataFrame, every_d: float) -> list[tuple[str, str, pd.Series]]:
    """Return name, colour and deaths per day for each state in which any cell died."""
    states = ordered(c.removeprefix("deaths_") for c in series.columns if c.startswith("deaths_"))
    rates = {s: rate_per_day(series, f"deaths_{s}", every_d)["per_day"] for s in states}
    return [(f"died, {state_label(s)}", state_colour(s), rate) for s, rate in rates.items() if rate.any()]


def _round_ticks(low: float, high: float, about: int = 6) -> np.ndarray:
    """Multiples of 1, 2 or 5 times a power of ten between two limits."""
    rough = (high - low) / about
    power = 10.0 ** np.floor(np.log10(rough))
    step = power * next(m for m in (1, 2, 5, 10) if m * power >= rough)
    ticks: np.ndarray = np.arange(np.ceil(low / step), np.floor(high / step) + 1) * step
    return ticks


def new_neurons(series: pd.DataFrame) -> go.Figure:
    """Neurons born since the start and alive, and those that have integrated, against time."""
    neurons, settled = "new neurons alive", "integrated"
    lines = [Line("new_neurons", neurons, GREEN, neurons), Line("integrated", settled, INK, settled)]
    title = "Neurons added since the start"
    return _counted_lines(thin(series), lines, title, "neurons (count)", "No neurons were counted.")

"""Figures of replayed studies: what the animals say beside what was published, and how counts went over time."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from html import escape

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from neurogen_abm.experiments.statistics import mean
from neurogen_abm.experiments.studies.observations import Observations
from neurogen_abm.experiments.studies.study import Replay
from neurogen_abm.experiments.variance import QUANTILES
from neurogen_abm.report.figures.palette import BLUE, GREEN, GREY, INK, ORANGE, PALE_GREY, PURPLE, SKY, VERMILLION
from neurogen_abm.report.figures.style import apply_style, band, matrix, nice_top, whiskers
from neurogen_abm.spec.study.expectations import Absolute, Ratio
from neurogen_abm.spec.study.terms import Quantity, Whole, terms
from neurogen_abm.words import shortened, spoken

# Never by colour alone: each verdict has a mark of its own.
COLOURS = {"pass": GREEN, "near": ORANGE, "fail": VERMILLION}
SYMBOLS = {"pass": "circle", "near": "diamond", "fail": "x"}
_LINES = (GREY, BLUE, VERMILLION, GREEN, PURPLE, SKY)
_ROW = 24
_WIDEST = (0.05, 20.0)
_LEGEND_ROW = 24  # pixels of a name in the legend above a course, beyond the first three
RATIOS = ("ratio", "null", "bound")


def ratios(card: pd.DataFrame) -> go.Figure | None:
    """Return the ratios and bounds of a card: simulated with interval, published value, accepted span; None if none."""
    rows = card[card["kind"].isin(RATIOS)].iloc[::-1]
    if rows.empty:
        return None
    fig, heights = go.Figure(), np.arange(len(rows))
    for height, row in zip(heights, rows.to_dict("records"), strict=True):
        ends = {f"x{i}": _clipped(row[f"predicted_{end}"]) for i, end in enumerate(("low", "high"))}
        span = {**ends, "y0": height - 0.38, "y1": height + 0.38}
        fig.add_shape(type="rect", fillcolor=PALE_GREY, opacity=0.45, line={"width": 0}, layer="below", **span)
    for verdict in COLOURS:
        here = rows["verdict"].to_numpy() == verdict
        fig.add_trace(_simulated(rows[here], heights[here], verdict))
    mark = {"color": INK, "size": 14, "symbol": "line-ns", "line": {"width": 2, "color": INK}}
    words = "published %{x:,.3~r}<extra></extra>"
    fig.add_scatter(x=rows["published"], y=heights, mode="markers", name="published", marker=mark, hovertemplate=words)
    labels = [f"{spoken(row['study'])}: {shortened(row['expectation'], 46)}" for row in rows.to_dict("records")]
    fig.update_yaxes(tickvals=heights, ticktext=labels, range=[-0.7, len(rows) - 0.3], showgrid=False)
    axis = [math.log10(end) for end in _WIDEST]
    fig.update_xaxes(type="log", title_text="ratio", range=axis, tickvals=[0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20])
    fig.add_vline(x=1.0, line={"color": GREY, "width": 1, "dash": "dot"})
    narrow = {"xaxis.tickvals": [0.1, 1, 10], "margin.l": 10, "margin.t": 110, "height": 190 + 36 * len(rows)}
    return apply_style(fig, height=_ROW * len(rows) + 140, narrow=narrow)


def _simulated(part: pd.DataFrame, heights: Sequence[int], verdict: str) -> go.Scatter:
    """Return the simulated values of one verdict with their intervals."""
    middle, low, high = (part[f"simulated{end}"] for end in ("", "_low", "_high"))
    return go.Scatter(
        x=middle,
        y=heights,
        error_x=whiskers(middle, low, high, COLOURS[verdict], thickness=1.4, width=0),
        mode="markers",
        name=f"simulated: {verdict}",
        marker={"color": COLOURS[verdict], "size": 9, "symbol": SYMBOLS[verdict]},
        hovertemplate="%{x:,.3~r}<extra></extra>",
    )


def _clipped(value: float) -> float:
    return min(max(value, _WIDEST[0] / 10), _WIDEST[1] * 10) if not math.isnan(value) else 1.0


def verdicts(card: pd.DataFrame) -> go.Figure:
    """Return the verdicts of every expectation, one column per pathway."""
    order = card.drop_duplicates(["study", "expectation"])
    keys = list(zip(order["study"], order["expectation"], strict=True))
    pathways = list(dict.fromkeys(card["pathway"]))
    worth = {"fail": 0, "near": 1, "pass": 2}
    found = {(r["study"], r["expectation"], r["pathway"]): r["verdict"] for r in card.to_dict("records")}
    words = [[found.get((*key, pathway), "") for pathway in pathways] for key in keys]
    steps = [(edge / 3, COLOURS[verdict]) for verdict, i in worth.items() for edge in (i, i + 1)]
    values = np.array([[worth.get(word, math.nan) for word in row] for row in words])
    labels = [f"{spoken(study)}: {shortened(name, 46)}" for study, name in keys]
    look = {"colorscale": steps, "zmin": -0.5, "zmax": 2.5, "showscale": False, "xgap": 2, "ygap": 2}
    fig = matrix(
        values,
        [spoken(pathway) for pathway in pathways],
        labels,
        words,
        hovertemplate="%{x}: %{text}<extra></extra>",
        **look,
    )
    return fig.update_xaxes(side="top", tickangle=None)


def courses(replay: Replay) -> Iterator[tuple[str, go.Figure]]:
    """Yield, for every assay made more than once, its course in each arm with what was published drawn in."""
    observations = replay.observations
    names = dict.fromkeys(
        name for arm in observations.arms.values() for name, at in arm.assay_times_h.items() if len(at) > 1
    )
    for name in names:
        fig = go.Figure()
        arms = [arm for arm, entry in observations.arms.items() if len(entry.assay_times_h.get(name, ())) > 1]
        top = 0.0
        for number, arm in enumerate(arms):
            colour = _LINES[number % len(_LINES)]
            top = max(top, _over_draws(fig, replay, arm, name, colour), _line(fig, observations, arm, name, colour))
        if published := list(_published(replay, name)):
            days, values, labels = zip(*published, strict=True)
            top = max(top, *values)
            look = {"mode": "markers", "marker": {"symbol": "star", "size": 13, "color": INK}, "showlegend": True}
            hover = "published: %{text}: %{y:,.4~r}<extra></extra>"
            fig.add_scatter(x=days, y=values, text=labels, name="published", hovertemplate=hover, **look)
        fig.update_xaxes(title_text="time since start (d)", rangemode="tozero")
        fig.update_yaxes(title_text=spoken(name), range=[0, nice_top(top)])
        named = sum(bool(trace.name) for trace in fig.data)
        yield name, apply_style(fig, height=330 + _LEGEND_ROW * max(0, named - 3))


def _over_draws(fig: go.Figure, replay: Replay, arm: str, name: str, colour: str) -> float:
    """Shade where the mean of an arm lies under four in five draws of a posterior; return the highest point."""
    if not replay.under:
        return 0.0
    quantity = Quantity(arm, (name,), (), "course", (), ())
    days = replay.observations.times_h(quantity) / 24
    means = [
        [mean(column).value * one.observations.scale(quantity) for column in one.observations.values(quantity).T]
        for one in replay.under
    ]
    low, _, high = np.quantile(np.array(means), QUANTILES, axis=0)
    shade = band(days, low, high, colour, 0.2)
    fig.add_trace(shade.update(name=f"{spoken(arm)}: what is not known", showlegend=True))
    return float(np.nanmax(high, initial=0.0))


def _line(fig: go.Figure, observations: Observations, arm: str, name: str, colour: str) -> float:
    """Draw the mean of an arm with its interval; return the highest point."""
    quantity = Quantity(arm, (name,), (), "course", (), ())
    days = observations.times_h(quantity) / 24
    found = [mean(column) for column in observations.values(quantity).T]
    scale = observations.scale(quantity)
    values = np.array([entry.value * scale for entry in found])
    spread = np.nan_to_num([(entry.high - entry.value) * scale for entry in found], posinf=math.inf)
    error = {"type": "data", "array": spread, "thickness": 1.2, "width": 2, "color": colour}
    look = {"mode": "lines+markers", "line": {"color": colour, "width": 2}, "name": spoken(arm)}
    fig.add_scatter(x=days, y=values, error_y=error, hovertemplate="day %{x:,.3~r}: %{y:,.4~r}<extra></extra>", **look)
    return float(np.nanmax(values + spread, initial=0.0))


def _published(replay: Replay, name: str) -> Iterator[tuple[float, float, str]]:
    """Yield day, height and words of the published values of an assay: ratios on the simulated denominator."""
    observations = replay.observations
    for number, (expectation, _) in enumerate(replay.scores):
        if not isinstance(expectation, Ratio | Absolute) or expectation.value is None:
            continue
        term = next(terms(expectation, tuple(observations.arms), ("expectations", number)))
        if term.top.read != (name,) or term.top.per or term.top.how != "at":
            continue
        below = _denominator(observations, term)
        if math.isfinite(below):
            yield term.top.times_h[0] / 24, expectation.value * below, escape(expectation.name)


def _denominator(observations: Observations, term: Whole) -> float:
    if term.bottom is None:
        return 1.0
    if term.bottom.per:
        return math.nan
    return mean(observations.values(term.bottom)).value * observations.scale(term.bottom)


def pathway_totals(totals: pd.DataFrame) -> go.Figure:
    """Return the share of expectations that pass, are near and fail, one bar per pathway and tier."""
    labels = [f"{spoken(row['pathway'])}, tier {row['tier']}" for row in totals.to_dict("records")][::-1]
    fig = go.Figure()
    for verdict, colour in COLOURS.items():
        counts = totals[verdict].to_numpy()[::-1]
        shares = counts / totals["all"].to_numpy()[::-1]
        look = {"orientation": "h", "marker_color": colour, "textposition": "inside", "name": verdict}
        fig.add_bar(y=labels, x=100 * shares, text=counts, hovertemplate=f"{verdict}: %{{text}}<extra></extra>", **look)
    fig.add_vline(x=80, line={"color": BLUE, "width": 1, "dash": "dot"})
    fig.update_layout(barmode="stack")
    fig.update_xaxes(title_text="expectations (%)", range=[0, 100])
    return apply_style(fig, height=38 * len(labels) + 130)

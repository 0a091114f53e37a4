"""Figures of a laboratory's counts: each animal as a point, over the band in which simulated animals lie."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from html import escape

import numpy as np
import plotly.graph_objects as go
from scipy import stats

from neurogen_abm.experiments.statistics import CONFIDENCE, Array
from neurogen_abm.experiments.studies.observations import Observations
from neurogen_abm.experiments.studies.study import Replay
from neurogen_abm.numerals import plain
from neurogen_abm.report.figures.palette import BLUE, GREEN, GREY, PURPLE, SKY, VERMILLION
from neurogen_abm.report.figures.style import apply_style, band, line, nice_top
from neurogen_abm.spec.study.counted import Group, groups_of, pairs
from neurogen_abm.spec.study.terms import Quantity
from neurogen_abm.words import spoken

_COLOURS = (GREY, BLUE, VERMILLION, GREEN, PURPLE, SKY)
_SYMBOLS = ("circle", "diamond", "square", "triangle-up", "triangle-down", "x")
# Points of one group stand side by side over this share of the time drawn.
_SIDE_BY_SIDE = 0.012


def counted(replay: Replay) -> Iterator[tuple[str, go.Figure, str]]:
    """Yield a figure for each assay that a laboratory's table counts: its name, the figure, and how it is scaled."""
    study, observations = replay.plan.study, replay.observations
    if study.counts is None:
        return
    groups = groups_of(study.counts, study.counted)
    bases = [below for _, below in pairs(study.counts, groups, tuple(study.arms))]
    for assay in dict.fromkeys(group.assay for group in groups):
        factor, words = 1.0, "Counts of a whole gyrus, as they are."
        if study.counts.scale == "relative":
            below = [group for group in dict.fromkeys(bases) if group.assay == assay]
            if not math.isfinite(factor := _factor(observations, below)):
                continue
            named = ", ".join(
                dict.fromkeys(group.arm if len(observations.arms) > 1 else group.label for group in below)
            )
            words = f"Counts are scaled so that the groups others are set over ({named}) agree in the mean."
        yield assay, _figure(replay, assay, [group for group in groups if group.assay == assay], factor), words


def _factor(observations: Observations, groups: Sequence[Group]) -> float:
    """Return what turns counts of a laboratory into simulated ones; NaN where it cannot be told."""
    simulated = sum(
        float(np.nanmean(_simulated(observations, group.arm, group.assay, group.time_h))) for group in groups
    )
    counted_mean = sum(group.mean for group in groups)
    return simulated / counted_mean if counted_mean > 0.0 else math.nan


def _simulated(observations: Observations, arm: str, assay: str, time_h: float) -> Array:
    quantity = Quantity(arm, (assay,), (), "at", (time_h,), ())
    return observations.values(quantity) * observations.scale(quantity)


def _figure(replay: Replay, assay: str, groups: Sequence[Group], factor: float) -> go.Figure:
    """Draw one assay: a band and a line for each arm, and the laboratory's animals as points."""
    study, observations = replay.plan.study, replay.observations
    fig, top = go.Figure(), 0.0
    arms = [arm for arm in observations.arms if any(group.arm == arm for group in groups)]
    times = [group.time_h / 24 for group in groups]
    gap = _SIDE_BY_SIDE * max(max(times) - min(times), 1.0)
    for number, arm in enumerate(arms):
        colour, symbol = _COLOURS[number % len(_COLOURS)], _SYMBOLS[number % len(_SYMBOLS)]
        top = max(top, _band(fig, observations, arm, assay, colour))
        rows = [row for row in study.counted if (row.arm, row.assay) == (arm, assay)]
        places: dict[float, int] = {}
        days = []
        for row in rows:
            places[row.time_h] = places.get(row.time_h, -1) + 1
            side = (number - (len(arms) - 1) / 2) * 1.5 * gap
            days.append(row.time_h / 24 + side + gap * (places[row.time_h] % 4 - 1.5) / 4)
        values = [row.value * factor for row in rows]
        top = max(top, *values)
        look = {"color": colour, "size": 7, "symbol": f"{symbol}-open", "line": {"width": 1.4}}
        hover = [f"counted {plain(row.value)}<br>{escape(row.animal) or f'row {row.row}'}" for row in rows]
        said = {"text": hover, "hovertemplate": "%{text}<extra></extra>", "name": f"{spoken(arm)}, counted"}
        fig.add_scatter(x=days, y=values, mode="markers", marker=look, **said)
    fig.update_xaxes(title_text="time since start (d)")
    fig.update_yaxes(title_text=spoken(assay), range=[0, nice_top(top)])
    return apply_style(fig, height=360)


def _band(fig: go.Figure, observations: Observations, arm: str, assay: str, colour: str) -> float:
    """Draw the mean of the simulated animals of an arm, and where 95 % of single ones lie; return the highest point."""
    quantity = Quantity(arm, (assay,), (), "course", (), ())
    days = observations.times_h(quantity) / 24
    values = observations.values(quantity) * observations.scale(quantity)
    ran = values[np.isfinite(values).all(axis=1)]
    if not len(ran):
        return 0.0
    if len(days) == 1:  # a band needs a width
        days, ran = np.array([days[0] - 0.5, days[0] + 0.5]), np.repeat(ran, 2, axis=1)
    middle, reach = ran.mean(axis=0), np.zeros(len(days))
    if (n := len(ran)) > 1:
        reach = stats.t.ppf(1 - (1 - CONFIDENCE) / 2, n - 1) * ran.std(axis=0, ddof=1) * math.sqrt(1 + 1 / n)
        fig.add_trace(band(days, np.maximum(middle - reach, 0.0), middle + reach, colour, 0.16))
    hover = "day %{x:,.3~r}: %{y:,.4~r}<extra></extra>"
    fig.add_trace(line(days, middle, colour, hover, name=f"{spoken(arm)}, simulated"))
    return float(np.max(middle + reach))

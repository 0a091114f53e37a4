"""What twins differ in: effects with their intervals, over time, animal by animal, and on the sheet."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from neurogen_abm.numerals import plain
from neurogen_abm.report.figures.palette import BLUE, DIVERGING, GREEN, GREY, INK, ORANGE, PURPLE, VERMILLION, faded
from neurogen_abm.report.figures.responses import label_and_unit
from neurogen_abm.report.figures.sheet import SEPTOTEMPORAL, TRANSVERSE
from neurogen_abm.report.figures.style import (
    GRID,
    apply_style,
    band,
    colour_bar,
    empty_figure,
    nice_top,
    whiskers,
)
from neurogen_abm.words import spoken

DAY = "Time (d)"
_FARTHEST, _LEAST_PERCENT = 4.0, 25.0  # an axis ends at so many times the largest mean effect, and of this at least
_ARMS = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE)


def effects_at_end(final: pd.DataFrame) -> go.Figure:
    """Relative effect on every read-out at the end, with its interval.

    Parameters
    ----------
    final : DataFrame
        One row per arm and read-out: ``arm``, ``read_out``, ``relative``, ``relative_low``, ``relative_high``.
    """
    rows = final.dropna(subset=["relative_low"])
    if rows.empty:
        return empty_figure("No effect has an interval.", x_title="effect (%)", y_title="")
    fig = go.Figure()
    for arm, colour, part, legend in _by_arm(rows):
        middle, low, high = (100 * part[f"relative{end}"] for end in ("", "_low", "_high"))
        fig.add_scatter(
            x=middle,
            y=[label_and_unit(name)[0] for name in part["read_out"]],
            error_x=whiskers(middle, low, high, colour, thickness=2, width=5),
            mode="markers",
            marker={"color": colour, "size": 9},
            hovertemplate=f"%{{y}}<br>%{{x:+.1f}} %<extra>{escape(spoken(arm))}</extra>",
            **legend,
        )
    fig.add_vline(x=0, line={"color": INK, "width": 1})
    fig.update_xaxes(title_text="Effect (% of the control)", showgrid=True, gridcolor=GRID)
    fig.update_yaxes(autorange="reversed", showgrid=False)
    if rows["arm"].nunique() > 1:
        fig.update_layout(scattermode="group")
    return apply_style(fig, height=110 + 34 * rows["read_out"].nunique())


def _by_arm(rows: pd.DataFrame) -> Iterator[tuple[str, str, pd.DataFrame, dict[str, Any]]]:
    """Yield each arm with its colour, its rows, and its name, which stands in the legend where there are several."""
    arms = list(dict.fromkeys(rows["arm"]))
    for number, arm in enumerate(arms):
        legend = {"name": escape(spoken(arm)), "showlegend": len(arms) > 1}
        yield arm, _ARMS[number % len(_ARMS)], rows[rows["arm"] == arm], legend


def levels_and_effect(effects: pd.DataFrame, read_out: str, arms: Sequence[str], *, height: int = 560) -> go.Figure:
    """Draw one read-out against time: the means of all arms above, the effect below, each with its 95 % interval.

    Parameters
    ----------
    effects : DataFrame
        `Comparison.effects`.
    read_out : str
        Which one.
    arms : sequence of str
        Names of the arms, the control first.
    height : int
        Pixels.
    """
    rows = effects[effects["read_out"] == read_out].sort_values("day")
    label, unit = label_and_unit(read_out)
    y_title = f"Mean ({unit})" if unit else "Mean"
    if rows.empty:
        return empty_figure("There is no value of it.", x_title=DAY, y_title=y_title, title=label)
    fig = make_subplots(rows=2, cols=1, shared_xaxes=True, row_heights=[0.58, 0.42], vertical_spacing=0.07)
    first = rows[rows["arm"] == rows["arm"].iloc[0]]
    top = _level(fig, first, "control", GREY, arms[0], unit)
    for arm, colour, part, _ in _by_arm(rows):
        top = max(top, _level(fig, part, "treated", colour, arm, unit))
        known = part.dropna(subset=["relative_low"])
        middle, low, high = (100 * known[f"relative{end}"].to_numpy() for end in ("", "_low", "_high"))
        fig.add_trace(band(known["day"].to_numpy(), low, high, colour, 0.18), row=2, col=1)
        look = {"mode": "lines+markers" if len(known) < 2 else "lines", "line": {"color": colour, "width": 2.5}}
        hover = f"day %{{x:,.3~r}}<br>%{{y:+.1f}} %<extra>{escape(spoken(arm))}</extra>"
        fig.add_scatter(x=known["day"], y=middle, hovertemplate=hover, showlegend=False, **look, row=2, col=1)
    fig.add_hline(y=0, line={"color": INK, "width": 1}, row=2, col=1)
    fig.update_yaxes(title_text=y_title, range=[0, nice_top(top)], row=1, col=1)
    fig.update_yaxes(title_text="Effect<br>(% of the control)", row=2, col=1)
    _hold_means(fig, 100 * rows[["relative", "relative_low", "relative_high"]].dropna())
    fig.update_xaxes(title_text=DAY, row=2, col=1)
    return apply_style(fig, height=height, title=label, narrow={"height": 500}).update_layout(margin_t=92)


def _hold_means(fig: go.Figure, effects: pd.DataFrame) -> None:
    """End the axis of effects where an interval would flatten the means, and say how far the interval reaches.

    Of few animals, or of next to nothing in the control, an interval may reach a hundred times as far as the mean.
    """
    means, low, high = (effects[name].to_numpy(float) for name in effects)
    lowest, highest = np.min(low, initial=0.0), np.max(high, initial=0.0)
    end = _FARTHEST * max(np.max(np.abs(means), initial=0.0), _LEAST_PERCENT)
    ends = [f"{sign}{plain(abs(far), 3)} %" for sign, far in (("−", lowest), ("+", highest)) if abs(far) > end]
    if not ends:
        return
    bottom, top = (math.copysign(end, far) if abs(far) > end else 1.08 * far for far in (lowest, highest))
    fig.update_yaxes(range=[bottom, top], row=2, col=1)
    said = f"the interval reaches {ends[0] if len(ends) == 1 else f'from {ends[0]} to {ends[1]}'}"
    place = {"xref": "x2 domain", "yref": "y2 domain", "x": 1, "y": 1, "xanchor": "right", "yanchor": "top"}
    fig.add_annotation(text=said, showarrow=False, font={"size": 12, "color": INK}, **place)


def _level(fig: go.Figure, rows: pd.DataFrame, whose: str, colour: str, arm: str, unit: str) -> float:
    """Draw the mean of one arm with its interval, how many animals in the legend; return the highest point."""
    day, middle, low, high = (rows[name].to_numpy(float) for name in ("day", whose, f"{whose}_low", f"{whose}_high"))
    low, high = np.where(np.isnan(low), middle, low), np.where(np.isnan(high), middle, high)  # one animal has none
    fig.add_trace(band(day, low, high, colour, 0.18), row=1, col=1)
    look = {"mode": "lines+markers" if len(rows) < 2 else "lines", "line": {"color": colour, "width": 2.5}}
    name = f"{escape(spoken(arm))} (n = {int(rows['pairs'].max())})"
    hover = f"day %{{x:,.3~r}}<br>%{{y:,.4~r}} {unit}<extra>{name}</extra>"
    fig.add_scatter(x=day, y=middle, name=name, hovertemplate=hover, **look, row=1, col=1)
    return float(np.nanmax(high, initial=0.0))


def twin_lines(series: pd.DataFrame, arms: tuple[str, ...], read_out: str) -> go.Figure:
    """One line per pair of twins: its read-out at the end in every arm.

    Parameters
    ----------
    series : DataFrame
        ``arm``, ``seed``, ``day`` and the read-out.
    arms : tuple of str
        In the order in which they stand; the first is the control.
    read_out : str
        Column that is drawn.
    """
    last = series[series["day"] == series["day"].max()].pivot_table(index="seed", columns="arm", values=read_out)
    label, unit = label_and_unit(read_out)
    fig = go.Figure()
    look = {"line": {"color": faded(BLUE, 0.45), "width": 1.2}, "marker": {"size": 6, "color": BLUE}}
    for seed, values in last[list(arms)].iterrows():
        hover = f"seed {seed}<br>%{{x}}: %{{y:,.4~r}} {unit}<extra></extra>"
        fig.add_scatter(
            x=[escape(spoken(arm)) for arm in arms],
            y=values,
            mode="lines+markers",
            showlegend=False,
            hovertemplate=hover,
            **look,
        )
    fig.update_xaxes(type="category", title_text="")
    fig.update_yaxes(title_text=f"{label} ({unit})" if unit else label, rangemode="tozero")
    return apply_style(fig, height=400, title="Twin by twin, at the end")


def difference_map(maps: pd.DataFrame, arm: str, column: str) -> go.Figure:
    """Where on the sheet a treated arm differs from the control: mean over the twins, by tile of `Comparison.maps`.

    ``column`` is ``new_neurons``, drawn per square millimetre, or ``bdnf_mean_pg_ml``.
    """
    titles = {"new_neurons": ("New neurons", "per mm²"), "bdnf_mean_pg_ml": ("BDNF in the niche", "pg/mL")}
    label, unit = titles[column]
    rows = maps[maps["arm"] == arm]
    table = rows.pivot_table(index="v_um", columns="u_um", values=column, dropna=False).astype(float)
    if table.empty or table.isna().all(axis=None):
        message = "The sheets of the arms differ in size, or no register of cells was kept."
        return empty_figure(message, x_title=SEPTOTEMPORAL, y_title=TRANSVERSE, title=label)
    z = table.to_numpy()
    if column == "new_neurons":
        z = z * len(table.columns) * len(table.index) / (_extent(table.columns) * _extent(table.index))
    reach = float(np.nanpercentile(np.abs(z), 99.5)) or 1.0
    x_mm, y_mm = (axis.to_numpy(float) / 1000 for axis in (table.columns, table.index))
    colours = {"colorscale": DIVERGING, "zmin": -reach, "zmax": reach, "colorbar": colour_bar(unit)}
    hover = f"%{{x:.2f}} mm, %{{y:.2f}} mm<br>%{{z:+,.3~r}} {unit}<extra></extra>"
    fig = go.Figure(go.Heatmap(z=z, x=x_mm, y=y_mm, hovertemplate=hover, **colours))
    fig.update_xaxes(title_text=SEPTOTEMPORAL, showgrid=False, constrain="domain")
    # From the suprapyramidal tip downwards, as every sheet is drawn.
    down = {"range": [_extent(table.index), 0], "scaleanchor": "x", "constrain": "domain"}
    fig.update_yaxes(title_text=TRANSVERSE, showgrid=False, **down)
    return apply_style(fig, height=330, title=f"{label}: difference to the control")


def _extent(centres: pd.Index) -> float:
    """Return the length in mm that tiles with these centres cover."""
    places = centres.to_numpy(float)
    step = places[1] - places[0] if len(places) > 1 else 2 * places[0]
    return float(step * len(places) / 1000)

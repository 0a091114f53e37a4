"""How a read-out responds to the axes of a sweep: curves with bands, dose and response, heat maps, phase portraits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.colors import sample_colorscale

from neurogen_abm.experiments.statistics import mean_of, relative
from neurogen_abm.report.figures.palette import BLUE, DIVERGING, GREEN, INK, ORANGE, VERMILLION, readable
from neurogen_abm.report.figures.style import apply_style, band, colour_bar, empty_figure, label_ends, nice_top
from neurogen_abm.tables import SERIES

# Dark to bright without the pale end, which is lost on white.
_RAMP = ["#1b2a49", BLUE, GREEN, ORANGE, VERMILLION]


class Dimension(NamedTuple):
    """An axis of a sweep as a figure shows it: column of the table, label, unit (None for words), scale."""

    column: str
    label: str
    unit: str | None
    log: bool = False

    @property
    def title(self) -> str:
        """Label with unit."""
        return f"{self.label} ({self.unit})" if self.unit not in (None, "1") else self.label

    def text(self, value: Any) -> str:
        """Return a value with its unit, short."""
        if self.unit is None:
            return str(value)
        return f"{value:.4g}" + ("" if self.unit == "1" else f" {self.unit}")


def label_and_unit(read_out: str) -> tuple[str, str]:
    """Return label and unit of a column of the series; an assay goes by its name."""
    column = SERIES.get(read_out)
    return (column.title, column.unit) if column else (read_out.replace("_", " "), "")


def shades(n: int) -> list[str]:
    """Return n colours in order, dark to warm."""
    found = sample_colorscale(_RAMP, [i / max(n - 1, 1) for i in range(n)])
    return ["#" + "".join(f"{int(part):02x}" for part in c[4:-1].split(",")) for c in found]


def response_curves(
    rows: pd.DataFrame, read_out: str, x: Dimension, by: Dimension | None = None, *, height: int = 430
) -> go.Figure:
    """Mean of a read-out along one axis, one line per value of another, with the 95 % interval of the mean as a band.

    Parameters
    ----------
    rows : DataFrame
        One row per animal: the columns of the axes, ``seed``, and the read-out.
    read_out : str
        Column that is drawn.
    x, by : Dimension
        The axis drawn to the right, and the one drawn as lines.
    """
    label, unit = label_and_unit(read_out)
    groups = [("", rows)] if by is None else [(by.text(value), part) for value, part in rows.groupby(by.column)]
    fig, top = go.Figure(), 0.0
    ends: list[tuple[str, float, str]] = []
    for colour, (name, part) in zip(shades(len(groups)), groups, strict=True):
        points = part.groupby(x.column, sort=x.unit is not None)[read_out]
        places = list(points.groups)
        found = [mean_of(values.to_numpy(float)) for _, values in points]
        mean, low, high = (np.array([float(getattr(one, end)) for one in found]) for end in ("mean", "low", "high"))
        low, high = np.where(np.isnan(low), mean, low), np.where(np.isnan(high), mean, high)
        fig.add_trace(band(places, low, high, colour, 0.16))
        fig.add_trace(_line(places, mean, colour, name, x, label, unit))
        ends.append((name, float(mean[-1]), colour))
        top = max(top, float(high.max()))
    if not ends:
        return empty_figure("No run has finished.", x_title=x.title, y_title=label)
    _frame(fig, x, f"{label} ({unit})" if unit else label, nice_top(top))
    title = label if by is None else f"{label} by {by.label.lower()}"
    apply_style(fig, height=height, title=title, narrow={"margin.r": 64})
    if by is not None:
        fig.update_layout(margin={"r": 96}, showlegend=False)
        label_ends(fig, ends, y_range=(0.0, nice_top(top)), plot_height=height - 90)
    return fig


def _line(places: Sequence[Any], mean: Any, colour: str, name: str, x: Dimension, label: str, unit: str) -> go.Scatter:
    return go.Scatter(
        x=places,
        y=mean,
        mode="lines+markers",
        name=escape(name),
        line={"color": colour, "width": 2.5},
        marker={"size": 7},
        showlegend=False,
        hovertemplate=f"{escape(name)}<br>{escape(x.label)} %{{x}}<br>{escape(label)} %{{y:.4g}} {unit}<extra></extra>",
    )


def _frame(fig: go.Figure, x: Dimension, y_title: str, top: float) -> None:
    fig.update_xaxes(title_text=escape(x.title), type="log" if x.log else "-")
    fig.update_yaxes(title_text=escape(y_title), range=[0, top])


def effect_map(rows: pd.DataFrame, read_out: str, x: Dimension, y: Dimension, *, height: int = 420) -> go.Figure:
    """Effect at every point of two axes, as a share of the twins at the first value of ``x``.

    The effect stands in every square, in brackets where its 95 % interval includes zero.
    """
    label, _ = label_and_unit(read_out)
    table = rows.pivot_table(index="seed", columns=[y.column, x.column], values=read_out, sort=False)
    rows_of, columns_of = (
        list(dict.fromkeys(rows[d.column].sort_values() if d.unit else rows[d.column])) for d in (y, x)
    )
    z, text = np.full((len(rows_of), len(columns_of)), np.nan), np.full((len(rows_of), len(columns_of)), "", object)
    for i, row in enumerate(rows_of):
        for j, column in enumerate(columns_of[1:], 1):
            pair = table[[(row, columns_of[0]), (row, column)]].dropna().to_numpy(float)
            if len(pair) == 0:
                continue
            found = relative(pair[:, 0], pair[:, 1])
            z[i, j] = 100 * float(found.mean)
            sure = bool(float(found.low) > 0 or float(found.high) < 0)
            text[i, j] = f"{z[i, j]:+.0f} %" if sure else f"({z[i, j]:+.0f} %)"
    reach = float(np.nanmax(np.abs(z))) if np.isfinite(z).any() else 1.0
    fig = go.Figure(
        go.Heatmap(
            z=z[:, 1:],
            x=[x.text(value) for value in columns_of[1:]],
            y=[y.text(value) for value in rows_of],
            text=text[:, 1:],
            texttemplate="%{text}",
            colorscale=DIVERGING,
            zmin=-reach,
            zmax=reach,
            xgap=2,
            ygap=2,
            colorbar=colour_bar("%"),
            hovertemplate=f"{escape(x.label)} %{{x}}<br>{escape(y.label)} %{{y}}<br>%{{z:+.1f}} %<extra></extra>",
        )
    )
    fig.update_xaxes(title_text=escape(x.label), type="category", showgrid=False)
    fig.update_yaxes(title_text=escape(y.label), type="category", showgrid=False)
    return apply_style(fig, height=height, title=f"{label}: effect against {x.text(columns_of[0])}")


def dose_response(rows: pd.DataFrame, by: Dimension | None = None, *, height: int = 430) -> go.Figure:
    """Draw new neurons against the kilometres per day that an animal really ran, one dot per animal.

    Parameters
    ----------
    rows : DataFrame
        One row per animal at its end: ``distance_km``, ``day``, ``new_neurons``, ``seed``.
    by : Dimension, optional
        What colours the dots; a line joins the means of the points of each colour.
    """
    rows = rows.assign(km_d=rows["distance_km"] / rows["day"].where(rows["day"] > 0))
    groups = [("", rows)] if by is None else [(by.text(value), part) for value, part in rows.groupby(by.column)]
    fig = go.Figure()
    for colour, (name, part) in zip(shades(len(groups)), groups, strict=True):
        fig.add_trace(
            go.Scatter(
                x=part["km_d"],
                y=part["new_neurons"],
                mode="markers",
                marker={"color": colour, "size": 6, "opacity": 0.45},
                name=escape(name),
                legendgroup=name,
                showlegend=False,
                hovertemplate=f"{escape(name)}<br>%{{x:.2f}} km/d<br>%{{y:.0f}} new neurons<extra></extra>",
            )
        )
        means = part.groupby("point")[["km_d", "new_neurons"]].mean().sort_values("km_d")
        fig.add_trace(
            go.Scatter(
                x=means["km_d"],
                y=means["new_neurons"],
                mode="lines",
                line={"color": colour, "width": 2},
                name=escape(name),
                legendgroup=name,
                showlegend=by is not None,
                hoverinfo="skip",
            )
        )
    fig.update_xaxes(title_text="Distance run (km per day)", rangemode="tozero")
    fig.update_yaxes(title_text="New neurons alive at the end (count)", rangemode="tozero")
    return apply_style(fig, height=height, title="Dose and response, animal by animal", narrow={"legend.font.size": 10})


def phase_portrait(series: pd.DataFrame, x: Dimension, by: Dimension, *, height: int = 470) -> go.Figure:
    """Where animals go in the plane of dividing cells and new neurons, from the start (dot) to the end (arrow).

    Parameters
    ----------
    series : DataFrame
        Rows of a time course: the columns of the axes, ``day``, ``n_ki67``, ``new_neurons``.
    x, by : Dimension
        Width of a line is the value of ``x``, its colour that of ``by``.
    """
    fig = go.Figure()
    levels, groups = sorted(series[x.column].unique()), list(series.groupby(by.column))
    for colour, (value, part) in zip(shades(len(groups)), groups, strict=True):
        for rank, (level, track) in enumerate(part.groupby(x.column)):
            path = track.groupby("day")[["n_ki67", "new_neurons"]].mean()
            path = path.rolling(3, center=True, min_periods=1).mean()
            width = 1.2 + 3.0 * rank / max(len(levels) - 1, 1)
            name = f"{by.text(value)}, {x.text(level)}"
            fig.add_trace(
                go.Scatter(
                    x=path["n_ki67"],
                    y=path["new_neurons"],
                    mode="lines+markers",
                    line={"color": colour, "width": width},
                    marker={
                        "size": [5.0] + [0.0] * (len(path) - 2) + [9.0],
                        "symbol": ["circle"] * (len(path) - 1) + ["arrow"],
                        "angleref": "previous",
                        "color": colour,
                    },
                    showlegend=False,
                    name=escape(name),
                    hovertemplate=f"{escape(name)}<br>%{{x:.0f}} dividing, %{{y:.0f}} new neurons<extra></extra>",
                )
            )
        last = part[part["day"] == part["day"].max()]
        fig.add_annotation(
            x=float(np.log10(max(last["n_ki67"].max(), 1e-9))),
            y=float(np.log10(max(last["new_neurons"].max(), 1e-9))),
            text=escape(by.text(value)),
            showarrow=False,
            xanchor="left",
            xshift=12,
            font={"color": readable(colour), "size": 13},
        )
    fig.update_xaxes(title_text="Ki67-positive cells (count)", type="log", showgrid=True)
    fig.update_yaxes(title_text="New neurons alive (count)", type="log")
    return apply_style(fig, height=height, title=f"Phase portrait of {by.label.lower()} and {x.label.lower()}")


def time_courses(series: pd.DataFrame, read_out: str, by: Dimension, *, height: int = 360) -> go.Figure:
    """Mean of a read-out against time, one line per value of an axis, with the 95 % interval of the mean as a band."""
    time = Dimension("day", "Time", "d")
    fig = response_curves(series, read_out, time, by, height=height)
    fig.update_traces(mode="lines", selector={"mode": "lines+markers"})
    return fig


def scatter_along(rows: pd.DataFrame, read_out: str, x: Dimension, *, height: int = 360) -> go.Figure:
    """One dot per point of a sampled design, the mean of its animals, against one axis."""
    label, unit = label_and_unit(read_out)
    means = rows.groupby("point").agg({x.column: "first", read_out: "mean"})
    fig = go.Figure(
        go.Scatter(
            x=means[x.column],
            y=means[read_out],
            mode="markers",
            marker={"color": BLUE, "size": 7, "opacity": 0.6, "line": {"color": INK, "width": 0.5}},
            hovertemplate=f"{escape(x.label)} %{{x}}<br>{escape(label)} %{{y:.4g}} {unit}<extra></extra>",
        )
    )
    _frame(fig, x, f"{label} ({unit})" if unit else label, nice_top(float(means[read_out].max())))
    return apply_style(fig, height=height, title=f"{label} along {x.label.lower()}")


def dimensions(scales: Mapping[str, Any]) -> list[Dimension]:
    """Return the axes of a sweep as figures show them."""
    return [Dimension(path, scale.label, scale.unit, scale.log) for path, scale in scales.items()]

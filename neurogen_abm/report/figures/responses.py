"""How a read-out responds to the axes of a sweep: curves with bands, dose and response, heat maps, phase portraits."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from html import escape
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.colors import sample_colorscale

from neurogen_abm.experiments.statistics import mean_of, relative
from neurogen_abm.numerals import plain
from neurogen_abm.report.figures.palette import BLUE, DIVERGING, GREEN, INK, ORANGE, VERMILLION, readable
from neurogen_abm.report.figures.style import TEXT, apply_style, band, colour_bar, empty_figure, label_ends, nice_top
from neurogen_abm.tables import SERIES
from neurogen_abm.words import spoken

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
        return plain(value, 4) + ("" if self.unit == "1" else f" {self.unit}")


def label_and_unit(read_out: str) -> tuple[str, str]:
    """Return label and unit of a column of the series; an assay goes by its name."""
    column = SERIES.get(read_out)
    return (column.title, column.unit) if column else (spoken(read_out), "")


def shades(n: int) -> list[str]:
    """Return n colours in order, dark to warm."""
    found = sample_colorscale(_RAMP, [i / max(n - 1, 1) for i in range(n)])
    return ["#" + "".join(f"{int(part):02x}" for part in c[4:-1].split(",")) for c in found]


def of_animals(rows: pd.DataFrame, read_out: str, axes: Sequence[str]) -> pd.DataFrame:
    """Return one row for each animal at each place on some axes: the mean of its runs there.

    An animal of a cohort is one whatever number of simulated ones stands for it, and one seed is one at all values of
    axes that are averaged over: as many independent values would make an interval too narrow. Where a place is one
    animal of a cohort, its seeds are what differs.
    """
    whose = ["seed"]
    if "animal" in rows and "animal" not in axes and rows["animal"].nunique() > 1:
        whose = ["animal"]
    keys = list(dict.fromkeys([*axes, *whose]))
    return rows.groupby(keys, sort=False, dropna=False, observed=True)[[read_out]].mean().reset_index()


def response_curves(
    rows: pd.DataFrame, read_out: str, x: Dimension, by: Dimension | None = None, *, height: int = 430
) -> go.Figure:
    """Mean of a read-out along one axis, one line per value of another, with the 95 % interval of the mean as a band.

    Parameters
    ----------
    rows : DataFrame
        One row per run: the columns of the axes, ``seed``, the ``animal`` of a cohort, and the read-out.
    read_out : str
        Column that is drawn.
    x, by : Dimension
        The axis drawn to the right, and the one drawn as lines.
    """
    label, unit = label_and_unit(read_out)
    rows = of_animals(rows, read_out, [axis.column for axis in (x, by) if axis is not None])
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
        hover = f"{escape(name)}<br>{escape(x.label)} %{{x}}<br>{escape(label)} %{{y:,.4~r}} {unit}<extra></extra>"
        look = {"mode": "lines+markers", "line": {"color": colour, "width": 2.5}, "marker": {"size": 7}}
        fig.add_scatter(x=places, y=mean, name=escape(name), showlegend=False, hovertemplate=hover, **look)
        ends.append((name, float(mean[-1]), colour))
        top = max(top, float(high.max()))
    if not ends:
        return empty_figure("No run has finished.", x_title=x.title, y_title=label)
    _frame(fig, x, f"{label} ({unit})" if unit else label, nice_top(top))
    title = label if by is None else f"{label} by {by.label.lower()}"
    apply_style(fig, height=height, title=title, narrow={"margin.r": 64})
    if by is not None:
        fig.update_layout(margin={"r": 120}, showlegend=False)
        label_ends(fig, ends, y_range=(0.0, nice_top(top)), plot_height=height - 90)
    return fig


def _frame(fig: go.Figure, x: Dimension, y_title: str, top: float) -> None:
    fig.update_xaxes(title_text=escape(x.title), type="log" if x.log else "-")
    fig.update_yaxes(title_text=escape(y_title), range=[0, top])


def effect_map(rows: pd.DataFrame, read_out: str, x: Dimension, y: Dimension) -> go.Figure:
    """Effect at every point of two axes, as a share of the twins at the first value of ``x``.

    The effect stands in every square, in brackets where its 95 % interval includes zero.
    """
    label, _ = label_and_unit(read_out)
    means = of_animals(rows, read_out, [x.column, y.column])
    table = means.pivot_table(index=means.columns[2], columns=[y.column, x.column], values=read_out, sort=False)
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
    columns, names = [x.text(value) for value in columns_of[1:]], [y.text(value) for value in rows_of]
    look = {"colorscale": DIVERGING, "zmin": -reach, "zmax": reach, "xgap": 2, "ygap": 2, "colorbar": colour_bar("%")}
    look |= {"text": text[:, 1:], "texttemplate": "%{text}"}
    hover = f"{escape(x.label)} %{{x}}<br>{escape(y.label)} %{{y}}<br>%{{z:+.1f}} %<extra></extra>"
    fig = go.Figure(go.Heatmap(z=z[:, 1:], x=columns, y=names, hovertemplate=hover, **look))
    fig.update_xaxes(title_text=escape(x.label), type="category", showgrid=False)
    fig.update_yaxes(title_text=escape(y.label), type="category", showgrid=False)
    return apply_style(fig, height=420, title=f"{label}: effect against {x.text(columns_of[0])}")


def dose_response(rows: pd.DataFrame, by: Dimension | None = None) -> go.Figure:
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
        group = {"name": escape(name), "legendgroup": name}
        look = {"mode": "markers", "marker": {"color": colour, "size": 6, "opacity": 0.45}, "showlegend": False}
        hover = f"{escape(name)}<br>%{{x:.2f}} km/d<br>%{{y:.0f}} new neurons<extra></extra>"
        fig.add_scatter(x=part["km_d"], y=part["new_neurons"], hovertemplate=hover, **look, **group)
        means = part.groupby("point")[["km_d", "new_neurons"]].mean().sort_values("km_d")
        look = {"mode": "lines", "line": {"color": colour, "width": 2}, "showlegend": by is not None}
        fig.add_scatter(x=means["km_d"], y=means["new_neurons"], hoverinfo="skip", **look, **group)
    fig.update_xaxes(title_text="Distance run (km per day)", rangemode="tozero")
    fig.update_yaxes(title_text="New neurons alive at the end (count)", rangemode="tozero")
    return apply_style(fig, height=430, title="Dose and response, animal by animal")


def phase_portrait(series: pd.DataFrame, x: Dimension, by: Dimension) -> go.Figure:
    """Where animals go in the plane of dividing cells and new neurons, from the start (dot) to the end (arrow).

    Parameters
    ----------
    series : DataFrame
        Rows of a time course: the columns of the axes, ``day``, ``n_ki67``, ``new_neurons``.
    x, by : Dimension
        Width of a line is the value of ``x``, its colour that of ``by``.
    """
    fig = go.Figure()
    n_levels, groups = series[x.column].nunique(), list(series.groupby(by.column))
    for colour, (value, part) in zip(shades(len(groups)), groups, strict=True):
        for rank, (level, track) in enumerate(part.groupby(x.column)):
            path = track.groupby("day")[["n_ki67", "new_neurons"]].mean()
            path = path.rolling(3, center=True, min_periods=1).mean()
            width = 1.2 + 3.0 * rank / max(n_levels - 1, 1)
            name = escape(f"{by.text(value)}, {x.text(level)}")
            sizes, symbols = [5.0] + [0.0] * (len(path) - 2) + [9.0], ["circle"] * (len(path) - 1) + ["arrow"]
            mark = {"size": sizes, "symbol": symbols, "angleref": "previous", "color": colour}
            look = {"mode": "lines+markers", "line": {"color": colour, "width": width}, "marker": mark, "name": name}
            hover = f"{name}<br>%{{x:.0f}} dividing, %{{y:.0f}} new neurons<extra></extra>"
            fig.add_scatter(x=path["n_ki67"], y=path["new_neurons"], showlegend=False, hovertemplate=hover, **look)
        last = part[part["day"] == part["day"].max()]
        right, up = (float(np.log10(max(last[column].max(), 1e-9))) for column in ("n_ki67", "new_neurons"))
        place = {"x": right, "y": up, "xanchor": "left", "xshift": 12, "showarrow": False}
        fig.add_annotation(text=escape(by.text(value)), font={"color": readable(colour), "size": TEXT}, **place)
    fig.update_xaxes(title_text="Ki67-positive cells (count)", type="log", showgrid=True)
    fig.update_yaxes(title_text="New neurons alive (count)", type="log")
    return apply_style(fig, height=470, title=f"Phase portrait of {by.label.lower()} and {x.label.lower()}")


def time_courses(series: pd.DataFrame, read_out: str, by: Dimension) -> go.Figure:
    """Mean of a read-out against time, one line per value of an axis, with the 95 % interval of the mean as a band."""
    fig = response_curves(series, read_out, Dimension("day", "Time", "d"), by, height=360)
    return fig.update_traces(mode="lines", selector={"mode": "lines+markers"})


def scatter_along(rows: pd.DataFrame, read_out: str, x: Dimension) -> go.Figure:
    """One dot per point of a sampled design, the mean of its animals, against one axis."""
    label, unit = label_and_unit(read_out)
    means = rows.groupby("point").agg({x.column: "first", read_out: "mean"})
    mark = {"color": BLUE, "size": 7, "opacity": 0.6, "line": {"color": INK, "width": 0.5}}
    hover = f"{escape(x.label)} %{{x}}<br>{escape(label)} %{{y:,.4~r}} {unit}<extra></extra>"
    fig = go.Figure(go.Scatter(x=means[x.column], y=means[read_out], mode="markers", marker=mark, hovertemplate=hover))
    _frame(fig, x, f"{label} ({unit})" if unit else label, nice_top(float(means[read_out].max())))
    return apply_style(fig, height=360, title=f"{label} along {x.label.lower()}")


def dimensions(scales: Mapping[str, Any]) -> list[Dimension]:
    """Return the axes of a sweep as figures show them."""
    return [
        Dimension(path, _in_words(path, scale.label, scales), scale.unit, scale.log) for path, scale in scales.items()
    ]


def _in_words(path: str, label: str, others: Collection[str]) -> str:
    """Return the label of an axis; where it has none but its path, the last part of that which no other axis has."""
    if label != path:
        return label
    ends = [other.rpartition(".")[2] for other in others]
    last = path.rpartition(".")[2]
    return spoken(last if ends.count(last) == 1 else path)

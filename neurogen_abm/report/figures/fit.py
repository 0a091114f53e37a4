"""Figures of a fit: what was found in which range, how far each expectation is met, what the data leave open."""

from __future__ import annotations

from html import escape

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from neurogen_abm.numerals import plain
from neurogen_abm.report.figures.palette import BLUE, DIVERGING, GREEN, GREY, INK, ORANGE, PALE_GREY, VERMILLION
from neurogen_abm.report.figures.studies import COLOURS
from neurogen_abm.report.figures.style import TEXT, apply_style, colour_bar, matrix
from neurogen_abm.words import shortened, spoken

_HOVER = "%{y}, %{x}: %{z:,.3~r}<extra></extra>"


def short(path: str, most: int = 46) -> str:
    """Return a dotted path that fits beside a figure: the beginning goes first."""
    text = spoken(path.removeprefix("signals.").replace(".effects.", ": "))
    return text if len(text) <= most else f"…{text[-most + 1 :]}"


def estimates(table: pd.DataFrame) -> go.Figure:
    """Draw each parameter within its range: start, value, interval; ``table`` as `identifiability.estimates` has it."""
    fig, labels = go.Figure(), [short(name) for name in table["name"]]
    columns = ("range_low", "range_high", "low95", "high95", "start", "value")
    place = {column: [_share(row, row[column]) for _, row in table.iterrows()] for column in columns}
    for i, label in enumerate(labels):
        fig.add_scatter(x=[0, 1], y=[label] * 2, mode="lines", line={"color": PALE_GREY, "width": 6}, showlegend=False)
        ends = [place["low95"][i], place["high95"][i]]
        fig.add_scatter(x=ends, y=[label] * 2, mode="lines", line={"color": BLUE, "width": 3}, showlegend=False)
    words = [f"{plain(row['value'], 4)} {'' if row['unit'] == '1' else row['unit']}" for _, row in table.iterrows()]
    hollow = {"size": 11, "color": "#ffffff", "line": {"color": INK, "width": 1.5}}
    fig.add_scatter(x=place["start"], y=labels, mode="markers", name="start", marker=hollow)
    look = {"mode": "markers+text", "marker": {"size": 11, "color": BLUE}, "name": "found, with 95 % interval"}
    fig.add_scatter(x=place["value"], y=labels, text=words, textposition="top center", textfont_size=TEXT, **look)
    x_title = "position in the plausible range (0 to 1, on the scale of the search)"
    fig.update_xaxes(title_text=x_title, range=[-0.03, 1.03])
    fig.update_yaxes(showgrid=False, range=[-0.7, len(labels) - 0.2])
    return apply_style(fig, height=110 + 40 * len(labels), narrow={"margin.l": 130})


def _share(row: pd.Series, value: float) -> float:
    low, high = float(row["range_low"]), float(row["range_high"])
    if row.get("scale", "log" if low > 0 else "linear") == "linear":
        return (value - low) / (high - low)
    stretch = (lambda v: np.log(v / (1 - v))) if row.get("scale") == "logit" else np.log
    return float((stretch(value) - stretch(low)) / (stretch(high) - stretch(low)))


def residuals(card: pd.DataFrame) -> go.Figure:
    """Draw the residual of every expectation at the start and at the end; between -1 and 1 it passes.

    Parameters
    ----------
    card
        ``study``, ``expectation``, ``residual_start``, ``residual_end``, ``verdict_end``.
    """
    card = card[np.isfinite(card["residual_end"])]
    labels = _labels(card)
    rows = list(range(len(card)))
    fig = go.Figure()
    fig.add_vrect(x0=-1, x1=1, fillcolor=GREEN, opacity=0.08, line_width=0)
    both = card[["residual_start", "residual_end"]].to_numpy(dtype=float)
    limit = 1.1 * float(np.clip(np.nanmax(np.abs(both)), 2.0, 8.0))
    for i, (_, row) in enumerate(card.iterrows()):
        ends = np.clip([row["residual_start"], row["residual_end"]], -limit, limit)
        fig.add_scatter(x=ends, y=[i, i], mode="lines", line={"color": GREY, "width": 1}, showlegend=False)
    hollow = {"size": 8, "color": "#ffffff", "line": {"color": INK, "width": 1.2}}
    start, end = (np.clip(card[f"residual_{when}"], -limit, limit) for when in ("start", "end"))
    fig.add_scatter(x=start, y=rows, mode="markers", name="start", marker=hollow, text=labels)
    for verdict, colour in COLOURS.items():
        at = [i for i, found in enumerate(card["verdict_end"]) if found == verdict]
        x, text = [float(end.iloc[i]) for i in at], [labels[i] for i in at]
        fig.add_scatter(x=x, y=at, mode="markers", name=verdict, marker={"size": 10, "color": colour}, text=text)
    fig.update_xaxes(title_text="residual (in tolerances; negative: simulated too low)", range=[-limit, limit])
    fig.update_yaxes(tickvals=rows, ticktext=labels, range=[len(rows) - 0.4, -0.6])
    return apply_style(fig, height=130 + 22 * len(rows), narrow={"margin.l": 150})


def _labels(card: pd.DataFrame) -> list[str]:
    named = zip(card["study"], card["expectation"], strict=True)
    return [shortened(f"{escape(spoken(study))}: {escape(expectation)}", 60) for study, expectation in named]


def signed_matrix(values: pd.DataFrame, title: str, limit: float | None = None) -> go.Figure:
    """Draw a table of signed values; `title` is that of the colour bar, `limit` where colours end (largest value)."""
    rows = [shortened(escape(spoken(str(name))), 60) for name in values.index]
    columns = [short(str(column), 32) for column in values.columns]
    text = [[plain(value, 2) if np.isfinite(value) else "" for value in row] for row in values.to_numpy()]
    top = limit or max(1e-9, float(np.nanmax(np.abs(values.to_numpy()))))
    colours = {"colorscale": DIVERGING, "zmin": -top, "zmax": top, "colorbar": colour_bar(title)}
    return matrix(values.to_numpy(), columns, rows, text, textfont_size=TEXT, hovertemplate=_HOVER, **colours)


def search(trials: pd.DataFrame) -> go.Figure:
    """Draw the sum of squares over the points that the search tried."""
    fig = go.Figure()
    taken = trials[trials["kind"] != "refused"]
    look = {"mode": "lines+markers", "name": "accepted", "line_color": BLUE}
    fig.add_scatter(x=taken["iteration"], y=taken["sum_of_squares"], **look)
    refused = trials[trials["kind"] == "refused"]
    cross = {"symbol": "x", "size": 9, "color": VERMILLION}
    fig.add_scatter(x=refused["iteration"], y=refused["sum_of_squares"], mode="markers", name="no better", marker=cross)
    fig.update_xaxes(title_text="iteration", dtick=1 if trials["iteration"].max() < 20 else None)
    fig.update_yaxes(title_text="sum of squared residuals", rangemode="tozero")
    return apply_style(fig, height=300)


def marginals(sample: pd.DataFrame, found: pd.DataFrame) -> go.Figure:
    """Draw the weighted distribution of each parameter over its range.

    ``sample`` has a row per point: a column per parameter, and ``weight``; ``found`` are the estimates.
    """
    n = len(found)
    columns = min(n, 4)
    rows = -(-n // columns)
    titles = [short(str(name), 30) for name in found["name"]]
    fig = make_subplots(rows=rows, cols=columns, subplot_titles=titles, vertical_spacing=0.28 / rows)
    for i, (_, row) in enumerate(found.iterrows()):
        place = {"row": i // columns + 1, "col": i % columns + 1}
        shares = [_share(row, value) for value in sample[row["name"]]]
        look = {"xbins": {"start": 0, "end": 1, "size": 0.05}, "marker_color": BLUE, "showlegend": False}
        fig.add_histogram(x=shares, y=sample["weight"], histfunc="sum", **look, **place)
        fig.add_vline(x=_share(row, row["start"]), line={"dash": "dash", "color": INK, "width": 1}, **place)
        ends = [_share(row, row[end]) for end in ("low95", "high95")]
        fig.add_scatter(x=ends, y=[0, 0], mode="lines", line={"color": ORANGE, "width": 6}, showlegend=False, **place)
        ticks = [plain(row["range_low"], 3), plain(row["range_high"], 3)]
        fig.update_xaxes(range=[-0.02, 1.02], tickvals=[0, 1], ticktext=ticks, **place)
        fig.update_yaxes(showticklabels=False, showgrid=False, **place)
    return apply_style(fig, height=80 + 190 * rows)


def pairs(sample: pd.DataFrame, found: pd.DataFrame, most: int = 6) -> go.Figure:
    """Draw the best-known parameters of a sample against each other, each from 0 to 1 over its range on its scale."""
    chosen = found.sort_values("known", ascending=False).head(most)
    shares = [[_share(row, value) for value in sample[row["name"]]] for _, row in chosen.iterrows()]
    names = [short(str(name), 22) for name in chosen["name"]]
    weight = sample["weight"] / sample["weight"].max()
    marker = {"size": 4, "color": weight, "colorscale": [[0, PALE_GREY], [1, BLUE]], "cmin": 0, "cmax": 1}
    n = max(len(names) - 1, 1)
    fig = make_subplots(rows=n, cols=n, shared_xaxes=True, shared_yaxes=True, horizontal_spacing=0.02)
    for below in range(1, len(names)):
        for left in range(below):
            place = {"row": below, "col": left + 1}
            fig.add_scatter(x=shares[left], y=shares[below], mode="markers", marker=marker, showlegend=False, **place)
            fig.update_xaxes(range=[0, 1], title_text=names[left] if below == n else "", **place)
            fig.update_yaxes(range=[0, 1], title_text=names[below] if left == 0 else "", showgrid=False, **place)
    return apply_style(fig, height=120 + 150 * n)


def predictive(table: pd.DataFrame) -> go.Figure:
    """Draw how often the draws of a sample pass each expectation."""
    labels = _labels(table)
    rows = list(range(len(table)))
    fig = go.Figure(go.Bar(x=table["passes"], y=rows, orientation="h", marker_color=GREEN))
    fig.update_xaxes(title_text="share of the draws that pass", range=[0, 1])
    fig.update_yaxes(tickvals=rows, ticktext=labels, range=[len(rows) - 0.4, -0.6])
    return apply_style(fig, height=110 + 22 * len(rows), narrow={"margin.l": 150})


def left_out(table: pd.DataFrame) -> go.Figure:
    """Draw bands of what papers left out would report, and the numbers they do report.

    ``table`` as `calibration.leave_out` makes it. Days and numbers that are no ratio stand on the same axis.
    """
    table = table[table["low80"].notna()]
    labels, rows = _labels(table), list(range(len(table)))
    fig = go.Figure()
    for share, colour, width in ((95, PALE_GREY, 6), (80, BLUE, 3)):
        for i, (low, high) in enumerate(zip(table[f"low{share}"], table[f"high{share}"], strict=True)):
            line = {"color": colour, "width": width}
            fig.add_scatter(x=[low, high], y=[i, i], mode="lines", line=line, showlegend=False)
    known = table["published"].to_numpy(dtype=float)
    numbers = (table["kind"] != "bound").to_numpy() & np.isfinite(known)
    at = [i for i in rows if numbers[i]]
    mark = {"size": 9, "color": VERMILLION, "symbol": "diamond"}
    words = [labels[i] for i in at]
    fig.add_scatter(x=known[at], y=at, mode="markers", name="published", marker=mark, text=words)
    fig.update_xaxes(title_text="what the paper would report", type="log")
    fig.update_yaxes(tickvals=rows, ticktext=labels, range=[len(rows) - 0.4, -0.6])
    return apply_style(fig, height=130 + 22 * len(rows), narrow={"margin.l": 150})

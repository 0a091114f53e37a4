"""What drives the niche, against time: activity, body, BDNF."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from neurogen_abm.report.figures.palette import BLUE, GREEN, ORANGE, PURPLE, SKY, SOFT_INK, VERMILLION, faded
from neurogen_abm.report.figures.rates import actogram, daily_range, interval_days, rate_per_day, thin
from neurogen_abm.report.figures.style import TEXT, apply_style, colour_bar, empty_figure, label_ends, line, nice_top

DAY = "time since start (d)"
NIGHT = "#2b2f36"
_HOVER = "day %{x:.1f}: %{y:,.4~r}"
RUNNING_SCALE = [[0, "#ffffff"], [0.02, "#e3eef6"], [0.35, SKY], [0.7, BLUE], [1, "#00263d"]]


def _clock(hour: float) -> str:
    minutes = round(hour * 60) % 1440
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def activity_strip(series: pd.DataFrame, lights_h: tuple[float, float] | None = None) -> go.Figure:
    """Double-plotted actogram (days down, each row holds two) beside the distance covered each day.

    Parameters
    ----------
    series : DataFrame
        ``time_h``, ``clock_h``, ``intensity``, ``distance_km``.
    lights_h : (float, float), optional
        Clock hours of lights on and off; a bar above the actogram is white while they are on and black while off.
    """
    if not len(series) or series["time_h"].max() <= 0:
        return empty_figure("No time has passed in this run.", x_title="clock time (h)", y_title=DAY)
    values, days, hours, start, is_distance = actogram(series)
    fig = make_subplots(rows=1, cols=2, shared_yaxes=True, column_widths=[0.76, 0.24], horizontal_spacing=0.05)
    fig.add_trace(_days_by_hours(values, days, hours, is_distance), row=1, col=1)
    daily = rate_per_day(series, "distance_km", interval_days(series)) if is_distance else _mean_intensity(series)
    bars = {"y": daily["day"], "x": daily["per_day"], "width": 0.86 * daily["width_d"], "marker_color": BLUE}
    hover = "day %{y:.1f}: %{x:,.3~r}<extra></extra>"
    fig.add_bar(**bars, orientation="h", showlegend=False, hovertemplate=hover, row=1, col=2)
    ticks = np.arange(0, 49, 6)
    clock = {"tickvals": ticks, "ticktext": [_clock(start + t) for t in ticks], "range": [0, 48], "showgrid": False}
    fig.update_xaxes(row=1, col=1, title_text="clock time (h)", **clock)
    total = "distance (km/d)" if is_distance else "mean intensity<br>(fraction of reserve)"
    fig.update_xaxes(row=1, col=2, title_text=total, range=[0, nice_top(float(daily["per_day"].max()))], nticks=5)
    end_d = max(float(series["time_h"].max()) / 24, float(len(days)))
    fig.update_yaxes(row=1, col=1, title_text=DAY, range=[end_d, 0], showgrid=False)
    fig.update_yaxes(row=1, col=2, showgrid=False)
    if lights_h is not None:
        _light_bar(fig, start, *lights_h)
    if not np.nanmax(values, initial=0) > 0:
        middle = {"x": 0.38, "y": 0.5, "xref": "paper", "yref": "paper", "showarrow": False}
        fig.add_annotation(text="no activity in this run", font={"size": TEXT, "color": SOFT_INK}, **middle)
    height = 190 + int(np.clip(11 * len(days), 180, 560))
    narrow = {"height": 420, "margin.t": 64, "xaxis.tickvals": [0, 24], "xaxis.ticktext": [_clock(start)] * 2}
    narrow |= {"xaxis2.nticks": 2, "xaxis2.title.text": "km/d" if is_distance else "mean"}
    return apply_style(fig, height=height, narrow=narrow).update_layout(margin={"t": 64, "r": 120})


def _days_by_hours(values: np.ndarray, days: np.ndarray, hours: np.ndarray, is_distance: bool) -> go.Heatmap:
    """Return activity with a row for each day, followed in its row by the next day."""
    unit = "km/h" if is_distance else "intensity (fraction of reserve)"
    bar = colour_bar("km/h" if is_distance else "fraction<br>of reserve", x=1.02)
    top = float(np.nanmax(values, initial=0)) or 1
    look = {"colorscale": RUNNING_SCALE, "zmin": 0, "zmax": top, "hoverongaps": False, "colorbar": bar}
    after = np.hstack([values[:, 1:], np.full((len(hours), 1), np.nan)])
    twice = np.vstack([values, after]).T
    hover = f"row of day %{{y:.0f}}, %{{x:.1f}} h into it<br>%{{z:.2f}} {unit}<extra></extra>"
    return go.Heatmap(z=twice.astype(np.float32), x=np.append(hours, hours + 24), y=days, hovertemplate=hover, **look)


def _mean_intensity(series: pd.DataFrame) -> pd.DataFrame:
    length = np.diff(series["time_h"].to_numpy(dtype=float), prepend=0.0)
    total = series[["time_h"]].assign(dose=np.cumsum(series["intensity"].to_numpy(dtype=float) * length / 24))
    return rate_per_day(total, "dose", interval_days(series))


def _light_bar(fig: go.Figure, start: float, lights_on: float, lights_off: float) -> None:
    """Draw a bar above the actogram: white while the lights are on, black while they are off."""
    place = {"type": "rect", "xref": "x", "yref": "y domain", "y0": 1.015, "y1": 1.05}
    edge = {"width": 1, "color": NIGHT}
    fig.add_shape(**place, x0=0, x1=48, line=edge, fillcolor="#ffffff")
    dark_from, dark_h = (lights_off - start) % 24, (lights_on - lights_off) % 24
    for shift in (-24, 0, 24):
        low, high = max(dark_from + shift, 0), min(dark_from + shift + dark_h, 48)
        if high > low:
            fig.add_shape(**place, x0=low, x1=high, line=edge, fillcolor=NIGHT)
    said = {"xref": "x domain", "yref": "y domain", "x": 0, "y": 1.06, "xanchor": "left", "yanchor": "bottom"}
    text = f"lights on {_clock(lights_on)} to {_clock(lights_off)}"
    fig.add_annotation(text=text, font={"size": TEXT, "color": SOFT_INK}, showarrow=False, **said)


def bdnf_levels(series: pd.DataFrame) -> go.Figure:
    """BDNF in plasma, its mean in the niche, and its spread over the sites of the niche.

    Runs longer than 60 days show daily means and daily extremes instead of every row.
    """
    rows = series[series["time_h"] > 0]
    if rows.empty:
        return empty_figure("No time has passed in this run.", x_title=DAY, y_title="BDNF (pg/mL)")
    panels = (("plasma", "bdnf_plasma_pg_ml", VERMILLION), ("niche, mean", "bdnf_niche_pg_ml", BLUE))
    fig = make_subplots(rows=3, cols=1, shared_xaxes=True, vertical_spacing=0.06)
    for row, (name, column, colour) in enumerate(panels, start=1):
        daily = daily_range(series, column)
        if rows["time_h"].max() > 60 * 24:
            _ribbon(fig, daily["day"], daily["low"], daily["high"], colour, row)
        else:
            thin_line = line(
                rows["time_h"] / 24, rows[column], colour, f"{_HOVER}<extra></extra>", width=1, opacity=0.5
            )
            fig.add_trace(thin_line, row=row, col=1)
        fig.add_trace(_daily_mean(daily, colour, name), row=row, col=1)
        title = f"BDNF in {name.split(',')[0]}<br>(pg/mL)"
        _level_axis(fig, row, title, f"{name},<br>day by day", daily["mean"], rows[column], colour)
    low, high = (daily_range(series, f"bdnf_niche_{end}_pg_ml") for end in ("low", "high"))
    _ribbon(fig, low["day"], low["mean"], high["mean"], BLUE, 3)
    fig.add_trace(_daily_mean(daily, BLUE, "niche"), row=3, col=1)
    _level_axis(fig, 3, "BDNF at sites<br>(pg/mL)", "5 to 95 %<br>of sites", high["mean"] / 2, high["mean"], BLUE)
    fig.update_xaxes(range=[0, float(rows["time_h"].max()) / 24])
    fig.update_xaxes(row=3, col=1, title_text=DAY)
    fig.update_layout(showlegend=False)
    apply_style(fig, height=560, narrow={"height": 480, "margin.r": 14, "hide_labels": True})
    return fig.update_layout(margin_r=130)


def _level_axis(fig: go.Figure, row: int, title: str, label: str, at: pd.Series, shown: pd.Series, colour: str) -> None:
    """Start the axis of a panel at zero and write what its bold line or band is at the height where it ends."""
    top = nice_top(float(shown.max()))
    fig.update_yaxes(row=row, col=1, title_text=title, range=[0, top])
    label_ends(fig, [(label, float(at.iloc[-1]), colour)], y_range=(0, top), plot_height=150, axis=f"y{row}")


def _daily_mean(daily: pd.DataFrame, colour: str, name: str) -> go.Scatter:
    name = f"{name}, daily mean"
    return line(daily["day"], daily["mean"], colour, f"{_HOVER}<extra>{name}</extra>", name=name)


def _ribbon(fig: go.Figure, x: object, low: object, high: object, colour: str, row: int) -> None:
    xs = np.asarray(x, dtype=np.float32)
    lower, upper = (np.asarray(end, dtype=np.float32) for end in (low, high))
    edge = {"mode": "lines", "line_width": 0, "hoverinfo": "skip", "showlegend": False, "row": row, "col": 1}
    fig.add_scatter(x=xs, y=lower, **edge)
    fig.add_scatter(x=xs, y=upper, fill="tonexty", fillcolor=faded(colour, 0.18), **edge)


def body_state(series: pd.DataFrame) -> go.Figure:
    """Fitness, muscle mass, motivation and habituation of the niche, each relative to its own scale."""
    lines = {
        "fitness": ("fitness (1 = sedentary)", GREEN),
        "muscle_mass": ("muscle mass (1 = young adult)", VERMILLION),
        "drive": ("drive to run (1 = usual)", ORANGE),
        "habituation": ("habituation (0 to 1)", PURPLE),
    }
    rows = thin(series)
    shown = {c: text for c, text in lines.items() if c in rows and rows[c].notna().any()}
    if not shown or len(rows) < 2:
        return empty_figure("The run recorded no state of the body.", x_title=DAY, y_title="relative level (1)")
    fig = go.Figure()
    x = rows["time_h"].to_numpy(dtype=np.float32) / 24
    for column, (label, colour) in shown.items():
        dash = "dash" if column == "drive" else "solid"
        fig.add_trace(line(x, rows[column], colour, "day %{x:.1f}: %{y:.3f}", name=label, line_dash=dash))
    top = nice_top(max(float(rows[c].max()) for c in shown))
    fig.update_yaxes(title_text="relative level (1)", range=[0, top])
    fig.update_xaxes(title_text=DAY)
    apply_style(fig, height=330, narrow={"height": 300})
    return fig.update_layout(margin_t=50)

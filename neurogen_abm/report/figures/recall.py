"""What granule cells do with patterns, and what is left of a memory: drawn where an assay asked."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from neurogen_abm.numerals import plain
from neurogen_abm.report.figures.palette import BLUE, GREEN, ORANGE, PURPLE, SOFT_INK, VERMILLION, faded
from neurogen_abm.report.figures.style import apply_style, label_ends
from neurogen_abm.report.figures.timelines import DAY

_COLOURS = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE)
_TITLES = {"retrieval": "share of the<br>memory left", "freezing": "time frozen<br>in the test (share)"}
_ROW_PX = 210


def memory_courses(table: pd.DataFrame, tests: Mapping[str, tuple[str, float]], end_d: float) -> go.Figure:
    """Draw retrieval and freezing against time, a line for each memory, from the day on which it was learned.

    Parameters
    ----------
    table : DataFrame
        The table of assays; those that test no memory are left out.
    tests : mapping
        Name of an assay -> its measure, and the hour of the run in which was learned what it tests.
    end_d : float
        Where the axis of time ends.
    """
    measures = [name for name in _TITLES if name in {measure for measure, _ in tests.values()}]
    learned = sorted({hour for _, hour in tests.values()})
    fig = make_subplots(rows=len(measures), cols=1, shared_xaxes=True, vertical_spacing=0.07)
    for row, measure in enumerate(measures, start=1):
        ends = []
        for number, hour in enumerate(learned):
            names = [name for name, test in tests.items() if test == (measure, hour)]
            found = table[table["name"].isin(names)].sort_values("time_h")
            if found.empty:
                continue
            colour = _COLOURS[number % len(_COLOURS)]
            hover = f"day %{{x:,.3~r}}: %{{y:.3f}}<extra>learned on day {plain(hour / 24, 4)}</extra>"
            look = {"mode": "lines+markers", "line": {"color": colour, "width": 2.2}, "showlegend": False}
            fig.add_scatter(x=found["day"], y=found["count"], hovertemplate=hover, **look, row=row, col=1)
            fig.add_vline(x=hour / 24, line={"color": colour, "width": 1, "dash": "dot"}, row=row, col=1)
            if found["count"].notna().any():
                ends.append((f"memory of day {plain(hour / 24, 4)}", float(found["count"].dropna().iloc[-1]), colour))
        fig.update_yaxes(row=row, col=1, title_text=_TITLES[measure], range=[0, 1.04])
        label_ends(fig, ends, y_range=(0, 1.04), plot_height=_ROW_PX - 40, axis="y" if row == 1 else f"y{row}")
    fig.update_xaxes(range=[-0.02 * end_d, 1.02 * end_d])
    fig.update_xaxes(row=len(measures), col=1, title_text=DAY)
    apply_style(fig, height=90 + _ROW_PX * len(measures), narrow={"margin.r": 112})
    return fig.update_layout(margin_r=130)


def answers_to_patterns(table: pd.DataFrame) -> go.Figure:
    """Draw how alike answers are against how alike patterns were; earlier times are paler.

    Parameters
    ----------
    table : DataFrame
        The table ``patterns`` of a run, not empty.
    """
    fig = go.Figure()
    even = {"mode": "lines", "line": {"color": SOFT_INK, "width": 1, "dash": "dot"}, "hoverinfo": "skip"}
    fig.add_scatter(x=[0, 1], y=[0, 1], name="no separation", **even)
    times = sorted(table["time_h"].unique())
    for number, ((silence, learning), asked) in enumerate(table.groupby(["silence", "learning"], sort=False)):
        colour, label = _COLOURS[number % len(_COLOURS)], _way(str(silence), str(learning))
        last_h = asked["time_h"].max()
        for time_h in sorted(asked["time_h"].unique()):
            curve = asked[asked["time_h"] == time_h]
            age = (1 + times.index(time_h)) / len(times)
            look = {"color": colour if time_h == last_h else faded(colour, 0.25 + 0.5 * age), "width": 2}
            hover = f"in %{{x:.2f}}, out %{{y:.3f}}<extra>{label}, day {plain(time_h / 24, 4)}</extra>"
            named = {"name": label, "legendgroup": label, "showlegend": bool(time_h == last_h)}
            places = {"x": curve["similarity"], "y": curve["correlation"]}
            fig.add_scatter(**places, mode="lines+markers", line=look, marker_size=5, hovertemplate=hover, **named)
    fig.update_xaxes(title_text="correlation of two patterns (1)", range=[0, 1])
    fig.update_yaxes(
        title_text="correlation of the answers (1)", range=[min(0.0, float(table["correlation"].min())), 1]
    )
    apply_style(fig, height=430, narrow={"height": 380})
    return fig.update_layout(margin_t=60)


def _way(silence: str, learning: str) -> str:
    """Say how the layer was asked."""
    parts = [f"{silence} silenced"] if silence != "none" else []
    parts += [f"learned first ({learning})"] if learning != "none" else []
    return ", ".join(parts) or "as it is"

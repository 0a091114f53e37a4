"""What the assays of a run found, each in a panel of its own: true counts, and estimates from sections."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from neurogen_abm.report.figures.palette import BLUE, ORANGE, VERMILLION
from neurogen_abm.report.figures.style import apply_style, nice_top
from neurogen_abm.report.figures.timelines import DAY
from neurogen_abm.words import spoken

MOST_PANELS = 24
_PANEL_HEIGHT = 150


def assay_panels(table: pd.DataFrame, injected_d: list[float], end_d: float) -> go.Figure:
    """Draw the first `MOST_PANELS` assays against time.

    Parameters
    ----------
    table : DataFrame
        The table of assays, not empty.
    injected_d : list of float
        Days on which something was injected; a line marks each of the first fifty.
    end_d : float
        Where the axis of time ends.
    """
    names = list(dict.fromkeys(table["name"]))[:MOST_PANELS]
    fig = make_subplots(rows=len(names), cols=1, shared_xaxes=True, vertical_spacing=min(0.06, 0.2 / len(names)))
    for row, name in enumerate(names, start=1):
        _panel(fig, table[table["name"] == name], {"row": row, "col": 1})
        for day in sorted(set(injected_d))[:50]:
            fig.add_vline(x=day, line={"color": VERMILLION, "width": 1, "dash": "dot"}, row=row, col=1)
    margin = 0.02 * end_d
    fig.update_xaxes(range=[-margin, end_d + margin])
    fig.update_xaxes(row=len(names), col=1, title_text=DAY)
    apply_style(fig, height=100 + _PANEL_HEIGHT * len(names), narrow={"height": 80 + 120 * len(names)})
    return fig.update_layout(showlegend=False)


def _panel(fig: go.Figure, found: pd.DataFrame, place: dict[str, int]) -> None:
    """Draw one assay, its axis from zero."""
    look = {"mode": "lines+markers", "line": {"color": BLUE, "width": 2.2}, "marker": {"size": 5}}
    hover = "day %{x:,.3~r}: %{y:,.4~r}<extra>true</extra>"
    fig.add_scatter(x=found["day"], y=found["count"], hovertemplate=hover, **look, **place)
    top = found["count"].max()
    if found["estimate"].notna().any():
        error = (found["estimate"] * found["coefficient_of_error"]).fillna(0.0)
        top = max(top, (found["estimate"] + error).max())
        look = {"mode": "markers", "marker": {"color": ORANGE, "size": 7, "symbol": "square-open"}}
        look["error_y"] = {"type": "data", "array": error, "thickness": 1, "width": 3}
        hover = "day %{x:,.3~r}: %{y:,.4~r}<extra>sections</extra>"
        fig.add_scatter(x=found["day"], y=found["estimate"], hovertemplate=hover, **look, **place)
    title = f"{spoken(found['name'].iloc[0])}<br>({found['unit'].iloc[0]})"
    fig.update_yaxes(title_text=title, range=[0, nice_top(float(top))], **place)

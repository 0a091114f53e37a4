"""What the run rests on: parameters by grade of evidence, assumptions, pathway, sources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from neurogen_abm.lowering.tissue import measured_influx_pg_ml
from neurogen_abm.numerals import plain, written
from neurogen_abm.report.figures.palette import BLUE, ORANGE, PALE_GREY, SKY
from neurogen_abm.report.figures.rates import daily_means
from neurogen_abm.report.figures.style import apply_style, empty_figure
from neurogen_abm.spec.scenario.sentences import mechanisms_at_a_glance

GRADES = {
    "A": "replicated, causal, several laboratories",
    "B": "causal, one laboratory or species",
    "C": "mixed, indirect or calibrated",
    "D": "no direct data",
}
STATUS_COLOURS = {"measured": BLUE, "derived": SKY, "calibrated": ORANGE, "assumed": PALE_GREY}
COLUMNS = ["path", "value", "unit", "range", "status", "grade", "source", "place", "note"]


def _number(value: Any) -> str:
    if isinstance(value, np.ndarray | list | tuple):
        return "[" + ", ".join(map(_number, np.asarray(value, object).tolist())) + "]"
    return written(value, 6) if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


def parameter_table(parameters: Mapping[str, Any]) -> pd.DataFrame:
    """Lay the parameters of a resolved scenario out as a table, sorted by path.

    Parameters
    ----------
    parameters : mapping
        Dotted path -> parameter with the fields of `neurogen_abm.spec.parameter.Parameter`.

    Returns
    -------
    DataFrame
        Text columns ``path``, ``value``, ``unit``, ``range``, ``status``, ``grade``, ``source``, ``place``, ``note``;
        empty text where nothing is stated.
    """
    rows = []
    for path, p in sorted(parameters.items()):
        limits = "" if p.range is None else f"{_number(p.range[0])} to {_number(p.range[1])}"
        unit = "" if p.unit in (None, "1") else str(p.unit)
        said = [p.source or "", p.place or "", p.note or ""]
        rows.append([path, _number(p.value), unit, limits, str(p.status), str(p.grade), *said])
    return pd.DataFrame(rows, columns=COLUMNS)


def evidence_grades(table: pd.DataFrame) -> go.Figure:
    """Parameters of the run, as `parameter_table` has them, by grade of evidence and by how the value came about."""
    x_title, y_title = "parameters (count)", "grade of evidence (A best)"
    if table.empty:
        return empty_figure("The run names no parameters.", x_title=x_title, y_title=y_title)
    grades = [*GRADES, *sorted(set(table["grade"]).difference(GRADES))]
    counts = pd.crosstab(table["grade"], table["status"]).reindex(grades, fill_value=0)
    statuses = [*(s for s in STATUS_COLOURS if s in counts), *(s for s in counts if s not in STATUS_COLOURS)]
    ticks = [f"<b>{g}</b>  {GRADES.get(g, '')}" for g in grades]
    fig = go.Figure()
    for status in map(str, statuses):
        values = counts[status]
        text = [str(v) if v else "" for v in values]
        inside = {"text": text, "textposition": "inside", "insidetextanchor": "middle", "textangle": 0}
        look = {"marker_color": STATUS_COLOURS.get(status, "#5C4B3A"), "orientation": "h", "name": status}
        fig.add_bar(y=ticks, x=values, hovertemplate=f"%{{x}} {status}<extra></extra>", **inside, **look)
    fig.update_yaxes(title_text=y_title, autorange="reversed", showgrid=False, ticklen=0)
    fig.update_xaxes(title_text=x_title, showgrid=True)
    fig.update_layout(barmode="stack", legend_traceorder="normal", uniformtext={"mode": "hide", "minsize": 11})
    letters = {"yaxis.ticktext": [f"<b>{g}</b>" for g in grades], "yaxis.tickvals": ticks, "yaxis.tickmode": "array"}
    apply_style(fig, height=300, narrow={"height": 300, **letters})
    return fig.update_layout(margin_t=44)


def fold_at_peak(series: pd.DataFrame, column: str) -> float:
    """Return the highest daily mean of a level over its first value; NaN when there is none or it is zero."""
    if column not in series or len(series) < 2 or not series[column].iloc[0] > 0:
        return float("nan")
    return float(daily_means(series, [column])[column].max() / series[column].iloc[0])


STATEMENTS = {
    "circulating": (
        "Plasma BDNF drives the niche through an effective barrier gain {origin}. The measured permeability of the "
        "barrier is {factor} too small for what this run assumes, if BDNF that is bound in the niche is degraded like "
        "what is free; read the result as what would follow if blood-borne BDNF did reach the niche."
    ),
    "measured_barrier": (
        "A control with nothing fitted. At the published permeability blood supplies {share} of the niche's "
        "resting BDNF, so that even twice the plasma level would raise the niche by no more than that. No effect "
        "of running is expected; small differences from a sedentary run are noise."
    ),
    "circulating, open": (
        "Plasma BDNF drives the niche at no more than the published permeability; nothing is fitted. Whether BDNF "
        "crosses the barrier at all is disputed."
    ),
    "measured_barrier, open": (
        "A control with nothing fitted. At the published permeability blood supplies {share} of the niche's resting "
        "BDNF, so that here, unlike in mice, plasma can move the niche, if BDNF crosses the barrier at all."
    ),
    "induced": "Exerkines in the blood raise BDNF made within the niche; plasma BDNF itself does not act.",
    "activity": "Movement-locked activity of the hippocampus raises BDNF made in the niche; blood plays no part.",
    "combined": (
        "Several routes act together, with the weights below. Its part from blood assumes a permeability {factor} "
        "the measured one, if BDNF that is bound in the niche is degraded like what is free."
    ),
}
"""What a pathway means for the reader: ``factor`` is the barrier gain, ``origin`` where it is from, ``share`` what
blood supplies at rest."""


def pathway_statement(resolved: Any, series: pd.DataFrame) -> str:
    """Say in plain words how far the pathway of this run can be believed.

    Parameters
    ----------
    resolved : ResolvedScenario
        Its pathway and ``pathways.<name>.barrier_gain``.
    series : DataFrame
        ``bdnf_plasma_pg_ml`` and ``bdnf_niche_pg_ml``, so that the sentence quotes what happened in the run.
    """
    name = resolved.scenario.pathway
    gain = float(resolved.value(f"pathways.{name}.barrier_gain", "1"))
    fitted = resolved.parameters[f"pathways.{name}.barrier_gain"].status == "calibrated"
    # Of the niche's resting BDNF, what crosses from blood by the gain on the published permeability.
    share = float(gain * measured_influx_pg_ml(resolved.value) / resolved.value("physiology.niche.rest_level", "pg/mL"))
    words = {
        "factor": f"{plain(gain, 3, thousands=True)} times",
        "share": f"{plain(100 * share, 2)} %",
        "origin": "fitted to the response to running" if fitted else "that is assumed",
    }
    # The published permeability alone can carry an effect where plasma holds much BDNF.
    carries = gain <= 1 if name == "circulating" else share > 0.1
    key = f"{name}, open" if f"{name}, open" in STATEMENTS and carries else name
    return f"{STATEMENTS.get(key, '').format(**words)} {_rise(series)}".strip()


def _rise(series: pd.DataFrame) -> str:
    plasma, niche = (fold_at_peak(series, f"bdnf_{where}_pg_ml") for where in ("plasma", "niche"))
    if not (np.isfinite(plasma) and np.isfinite(niche)):
        return ""
    if max(plasma, niche) < 1.005:
        return "In this run neither plasma nor niche BDNF rose above its first value on any day."
    return (
        f"In this run the daily mean of plasma BDNF rose at most to {plasma:.2f} times its first value, "
        f"that of the niche to {niche:.2f} times."
    )


def pathway_card(resolved: Any, series: pd.DataFrame) -> dict[str, str]:
    """Return name, label, status, statement and weights of the pathway, as text."""
    name = str(resolved.scenario.pathway)
    entry = resolved.catalogue.pathways[name]
    return {
        "name": name,
        "label": str(entry["label"]),
        "status": " ".join(str(entry["status"]).split()),
        "statement": pathway_statement(resolved, series),
        "mechanisms": mechanisms_at_a_glance(resolved),
        "weights": ", ".join(
            f"{route} {plain(float(weight), 2)}" for route, weight in entry["weights"].items() if weight
        ),
    }


def rounded(value: Any) -> str:
    """Write a number with four digits and thousands marked, anything else as text; nothing for what is missing."""
    if value is None or value is pd.NA:
        return ""
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | float | np.integer | np.floating):
        return str(value)
    value = float(value)
    if np.isnan(value):
        return ""
    if value.is_integer() and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:,.0f}" if abs(value) >= 1000 else plain(value, 4)

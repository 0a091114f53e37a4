"""What the run rests on: parameters by grade of evidence, assumptions, pathway, sources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from neurogen_abm.report.palette import BLUE, ORANGE, PALE_GREY, SKY
from neurogen_abm.report.style import dress, empty_figure

GRADES = {
    "A": "replicated, causal, several laboratories",
    "B": "causal, one laboratory or species",
    "C": "mixed, indirect or calibrated",
    "D": "no direct data",
}
STATUS_COLOURS = {"measured": BLUE, "derived": SKY, "calibrated": ORANGE, "assumed": PALE_GREY}
COLUMNS = ["path", "value", "unit", "range", "status", "grade", "source", "place", "note"]


def _number(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        if isinstance(value, np.ndarray):
            value = value.tolist()
        if isinstance(value, list | tuple):
            return "[" + ", ".join(_number(v) for v in value) + "]"
        return str(value)
    return f"{value:.6g}"


def parameter_table(parameters: Mapping[str, Any]) -> pd.DataFrame:
    """Lay the parameters of a resolved scenario out as a table, sorted by path.

    Parameters
    ----------
    parameters : mapping
        Dotted path -> parameter with ``value``, ``unit``, ``range``, ``status``, ``grade``, ``source``, ``place``, ``note``.

    Returns
    -------
    DataFrame
        Text columns ``path``, ``value``, ``unit``, ``range``, ``status``, ``grade``, ``source``, ``place``, ``note``; empty text where
        nothing is stated.
    """
    rows = []
    for path in sorted(parameters):
        p = parameters[path]
        limits = "" if p.range is None else f"{_number(p.range[0])} to {_number(p.range[1])}"
        unit = "" if p.unit in (None, "1") else str(p.unit)
        rows.append([path, _number(p.value), unit, limits, str(p.status), str(p.grade), p.source or "", p.place or "", p.note or ""])
    return pd.DataFrame(rows, columns=COLUMNS)


def evidence_grades(table: pd.DataFrame) -> go.Figure:
    """Parameters of the run by grade of evidence, split by how the number came about.

    Parameters
    ----------
    table : DataFrame
        From `parameter_table`.
    """
    x_title, y_title = "parameters (count)", "grade of evidence (A best)"
    if table.empty:
        return empty_figure("The run names no parameters.", x_title=x_title, y_title=y_title)
    grades = [*GRADES, *sorted(set(table["grade"]).difference(GRADES))]
    counts = pd.crosstab(table["grade"], table["status"]).reindex(grades, fill_value=0)
    statuses = [*(s for s in STATUS_COLOURS if s in counts), *(s for s in counts if s not in STATUS_COLOURS)]
    ticks = [f"<b>{g}</b>  {GRADES.get(g, '')}" for g in grades]
    fig = go.Figure()
    for status in statuses:
        values = counts[status]
        fig.add_trace(go.Bar(y=ticks, x=values, orientation="h", name=status, marker_color=STATUS_COLOURS.get(status, "#5C4B3A"),
                             text=[str(v) if v else "" for v in values], textposition="inside", insidetextanchor="middle",
                             textangle=0, hovertemplate="%{x} " + status + "<extra></extra>"))
    fig.update_yaxes(title_text=y_title, autorange="reversed", showgrid=False, ticklen=0)
    fig.update_xaxes(title_text=x_title, showgrid=True)
    fig.update_layout(barmode="stack", legend_traceorder="normal")
    dress(fig, height=300, narrow={"height": 300, "yaxis.ticktext": [f"<b>{g}</b>" for g in grades], "yaxis.tickvals": ticks,
                                   "yaxis.tickmode": "array"})
    return fig.update_layout(margin_t=44)


def pathway_name(resolved: Any) -> str:
    """Name of the pathway that drives the field."""
    return str(resolved.scenario.pathway)


def fold_at_peak(series: pd.DataFrame, column: str) -> float:
    """Highest daily mean of a level divided by its first recorded value; NaN when there is none or it is zero."""
    values = series[column].to_numpy(dtype=float) if column in series else np.array([])
    if values.size < 2 or not values[0] > 0:
        return float("nan")
    day = np.ceil(series["time_h"].to_numpy(dtype=float)[1:] / 24 - 1e-9)
    return float(pd.Series(values[1:]).groupby(day).mean().max() / values[0])


def blood_share(resolved: Any, gain: float) -> float:
    """Share of the niche's resting BDNF that crosses from blood, for a gain on the published permeability.

    Returns
    -------
    float
        gain x PS x P0 / (alpha (k_deg + k_bulk)) / F0, the steady state of the niche balance (model card, pathways); NaN when the
        species lacks one of the numbers.
    """
    wanted = {"barrier.permeability": "mL/g/min", "circulation.plasma_rest": "pg/mL", "barrier.extracellular_fraction": "1",
              "niche.degradation_half_life": "min", "niche.bulk_clearance": "1/min", "niche.rest_level": "pg/mL"}
    if any(f"physiology.{path}" not in resolved.parameters for path in wanted):
        return float("nan")
    ps, plasma, alpha, half_life, bulk, rest = (float(resolved.value(f"physiology.{path}", unit)) for path, unit in wanted.items())
    return gain * ps * plasma / (alpha * (np.log(2) / half_life + bulk)) / rest


def pathway_statement(resolved: Any, series: pd.DataFrame) -> str:
    """Say in plain words how far the pathway of this run can be believed.

    Parameters
    ----------
    resolved : ResolvedScenario
        Its pathway and ``pathways.<name>.barrier_gain``.
    series : DataFrame
        ``bdnf_plasma_pg_ml`` and ``bdnf_niche_pg_ml`` of the run, so that the sentence quotes what happened in it.
    """
    name = pathway_name(resolved)
    path = f"pathways.{name}.barrier_gain"
    gain = float(resolved.value(path, "1")) if path in resolved.parameters else float("nan")
    plasma, niche = (fold_at_peak(series, f"bdnf_{where}_pg_ml") for where in ("plasma", "niche"))
    seen = ""
    if np.isfinite(plasma) and np.isfinite(niche):
        seen = (f" In this run the daily mean of plasma BDNF rose at most to {plasma:.2f} times its first value, "
                f"that of the niche to {niche:.2f} times.")
    if name == "circulating":
        factor = f"{gain:.3g} times" if np.isfinite(gain) else "far"
        return (f"Plasma BDNF drives the niche through an effective barrier gain fitted to the response to running. The measured "
                f"permeability of the barrier is {factor} too small for what this run assumes; read the result as what would follow if "
                f"blood-borne BDNF did reach the niche.{seen}")
    if name == "measured_barrier":
        share = blood_share(resolved, gain)
        part = f"{share:.1%}" if np.isfinite(share) else "a few per cent"
        return (f"A control with nothing fitted. At the published permeability blood supplies {part} of the niche's resting BDNF, so that "
                f"even twice the plasma level would raise the niche by no more than that. No effect of running is expected; small differences "
                f"from a sedentary run are noise.{seen}")
    if name == "induced":
        return f"Exerkines in the blood raise BDNF made within the niche; plasma BDNF itself does not act. The best supported pathway.{seen}"
    if name == "activity":
        return f"Movement-locked activity of the hippocampus raises BDNF made in the niche; blood plays no part. A control.{seen}"
    return f"Several routes act together, with the weights stated above.{seen}"


def sources_used(table: pd.DataFrame, references: Mapping[str, Any]) -> list[dict[str, str]]:
    """References that the parameters name, each once: ``key``, ``citation``, ``doi``, ``doi_status``, ``parameters`` (how many)."""
    counts = table.loc[table["source"] != "", "source"].value_counts()
    found = []
    for key in sorted(counts.index):
        entry = references.get(key)
        if entry is None:  # "calibration" is this project's own fit
            continue
        found.append({"key": key, "citation": str(entry.get("citation", key)), "doi": str(entry.get("doi") or ""),
                      "doi_status": str(entry.get("doi_status", "none")), "parameters": str(counts[key])})
    return found


def rounded(value: Any) -> str:
    """A number with four digits and thousands marked, anything else as text; nothing for what is missing."""
    if value is None or (isinstance(value, float | np.floating) and np.isnan(value)):
        return ""
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | float | np.integer | np.floating):
        return str(value)
    if float(value).is_integer() and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:.4g}"

"""The page of a sensitivity analysis: which parameter matters for which read-out, and how well it is known."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from neurogen_abm.experiments.sweep.sweep import whose_counts
from neurogen_abm.report.figures.palette import BLUE, GREY, INK, ORANGE, PALE_GREY, SKY, VERMILLION
from neurogen_abm.report.figures.style import apply_style, colour_bar, matrix
from neurogen_abm.report.pages.findings import Figure, Section, Table, write_findings

if TYPE_CHECKING:
    from neurogen_abm.experiments.sweep.sensitivity import Sensitivity

GRADES = {"A": BLUE, "B": SKY, "C": ORANGE, "D": VERMILLION, "": GREY}
_WORDS = {"": "no parameter of the catalogue"} | {grade: f"grade {grade}" for grade in "ABCD"}
_SIZES = {"sobol": "total index", "morris": "mean size of an effect (mu*)"}
_EXPLAINED = {
    "sobol": "The first index is the share of a read-out's variance that a parameter explains by itself, the total "
    "index the share it has a part in; the difference is what it does together with others. Whiskers: 95 %, by "
    "bootstrap.",
    "morris": "An elementary effect is the change of a read-out when one parameter moves by a step of the design, as "
    "if over its whole range; mu* is the mean of their sizes. Whiskers: 95 %, by bootstrap.",
}
_STOCHASTIC = (
    "Animals differ at random. The same animals (seeds) are used at every point, so that the variation they share at "
    "all points (common) cancels when points are compared; what is left (own) blurs the indices, and blur is its share "
    "in the variance of the means they were computed from. With one animal per point the two cannot be told apart, and "
    "stochastic variation counts as an effect of the parameters."
)


def write_sensitivity_page(found: Sensitivity, path: Path) -> Path:
    """Write the page of a sensitivity analysis."""
    plan = found.plan
    animals = len(plan.seeds)
    facts = [f"design {plan.design.kind}", f"{plan.design.points} base points", f"{len(plan.groups)} parameters"]
    facts += [f"{animals} {'animal' if animals == 1 else 'animals'} per point"]
    tornados = [
        Figure(f"tornado-{number}", tornado(found, str(read_out)), wide=False)
        for number, read_out in enumerate(dict.fromkeys(found.table["read_out"]))
    ]
    variation = [Table("Shares of the variance", found.stochastic)]
    sections = [
        Section(
            "Which poorly known parameter matters most",
            [*found.weakest(), "Poorly known: grade C or D, or assumed. Colours are grades."],
            [Figure("heat-map", heat_map(found), _EXPLAINED[found.method])],
        ),
        Section("Read-out by read-out", [], tornados),
        Section("How much is stochastic variation", [_STOCHASTIC], _of_variation(found), variation),
        Section("All indices", [], [], [Table("Indices", found.table, shown=False)]),
    ]
    title = plan.title or f"Sensitivity: {plan.name}"
    text = " ".join(part for part in (plan.description, whose_counts(plan)) if part)
    return write_findings(path, title, sections, facts=facts, description=text)


def heat_map(found: Sensitivity) -> go.Figure:
    """Draw every parameter against every read-out, those known worst on top (Morris: shares of the largest)."""
    table = found.table.copy()
    if found.method == "morris":
        largest = table.groupby("read_out")["size"].transform("max")
        table["size"] = table["size"] / largest.where(largest > 0, 1.0)
    wide = table.pivot(index="name", columns="read_out", values=found.size)
    wide = wide[list(dict.fromkeys(table["read_out"]))]
    known = table.drop_duplicates("name").set_index("name")
    order = known.assign(mean=wide.mean(axis=1)).sort_values(["grade", "mean"], ascending=[False, False]).index
    labels = [_tagged(known.loc[name]) for name in order]
    values = wide.loc[order].to_numpy()
    columns, text = (
        [escape(str(column)) for column in wide.columns],
        [[f"{value:.2f}" for value in row] for row in values],
    )
    colours = {"colorscale": [[0, "#ffffff"], [1, BLUE]], "zmin": 0, "zmax": max(1e-9, float(np.nanmax(values)))}
    colours["colorbar"] = colour_bar("total index" if found.method == "sobol" else "of largest")
    return matrix(values, columns, labels, text, hovertemplate="%{y}, %{x}: %{z:.3f}<extra></extra>", **colours)


def _tagged(row: pd.Series) -> str:
    grade = str(row["grade"])
    return f"{escape(str(row['label']))} <span style='color:{GRADES[grade]}'>■ {grade or 'set'}</span>"


def tornado(found: Sensitivity, read_out: str) -> go.Figure:
    """Draw the parameters of one read-out by size, the largest on top, in the colour of their grade."""
    rows = found.table[found.table["read_out"] == read_out].sort_values(found.size)
    fig = go.Figure()
    rows = rows.assign(label=rows["label"].astype(str).map(escape))
    for grade in [grade for grade in GRADES if (rows["grade"] == grade).any()]:
        part = rows[rows["grade"] == grade]
        error = {"type": "data", "array": part[found.error], "color": "#3e4c59", "thickness": 1}
        look = {"orientation": "h", "marker_color": GRADES[grade], "name": _WORDS[grade], "error_x": error}
        fig.add_bar(x=part[found.size], y=part["label"], **look)
    if found.method == "sobol":
        mark = {"symbol": "line-ns-open", "size": 14, "color": INK}
        fig.add_scatter(x=rows["first"], y=rows["label"], mode="markers", marker=mark, name="first index")
    fig.update_yaxes(categoryorder="array", categoryarray=list(rows["label"]), showgrid=False)
    fig.update_xaxes(title_text=_SIZES[found.method], rangemode="tozero")
    fig.update_layout(barmode="overlay")
    # The entries of the legend stand below each other in half a page, between title and plot.
    apply_style(fig, height=200 + 28 * len(rows), title=read_out, narrow={"margin.l": 120, "margin.t": 120})
    return fig.update_layout(margin_t=110)


def _of_variation(found: Sensitivity) -> list[Figure]:
    """Draw how the variance of one animal splits; nothing where every point has one animal."""
    shares = found.stochastic.dropna(subset=["own"])
    if shares.empty:
        return []
    fig = go.Figure()
    labels = [escape(str(read_out)) for read_out in shares["read_out"]]
    for column, colour, name in (
        ("parameters", BLUE, "the parameters"),
        ("common", PALE_GREY, "variation that all points share"),
        ("own", ORANGE, "variation of its own"),
    ):
        fig.add_bar(x=shares[column], y=labels, orientation="h", marker_color=colour, name=name)
    fig.update_xaxes(title_text="share of the variance of one animal (0 to 1)", range=[0, 1])
    fig.update_yaxes(showgrid=False, autorange="reversed")
    fig.update_layout(barmode="stack")
    return [Figure("variation", apply_style(fig, height=140 + 30 * len(shares), narrow={"margin.l": 120}))]

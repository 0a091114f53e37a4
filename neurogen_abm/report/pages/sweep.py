"""The page of a sweep: which read-out responds to which axis, animal by animal where it matters, and what failed."""

from __future__ import annotations

import math
from pathlib import Path

import pandas as pd

from neurogen_abm.experiments.sweep.sweep import SweepResult, base_scenario, whose_counts
from neurogen_abm.numerals import plain
from neurogen_abm.report.figures import bands, responses
from neurogen_abm.report.figures.responses import Dimension, label_and_unit
from neurogen_abm.report.pages import uncertainty
from neurogen_abm.report.pages.findings import Figure, Section, Table, of_patch, write_findings
from neurogen_abm.report.sweep_table import ends
from neurogen_abm.spec.scenario.sentences import share_of_sheet
from neurogen_abm.spec.sweep import Sweep
from neurogen_abm.words import spoken

_BAND = "Line: mean of the animals; band: its 95 % interval (Student's t)."
_OF_COHORT = "An animal of the cohort counts once, by the mean of the simulated animals that stand for it."
_MOST_LINES = 12
# Read-outs that are drawn where they were kept; how far an animal ran is on the axis to the right.
_DRAWN = (
    *("new_neurons", "n_ki67", "n_dcx", "n_neun", "bdnf_plasma_pg_ml", "bdnf_niche_pg_ml"),
    *("births", "deaths", "integrated"),
)


def write_sweep_page(result: SweepResult, path: Path | str) -> Path:
    """Write the page of a sweep.

    Parameters
    ----------
    result
        The sweep; runs that failed are listed, the others drawn.
    path
        Where the page goes; an existing one is replaced in one move.

    Raises
    ------
    OSError
        The page cannot be written.
    IntegrityError
        Stored results are damaged.
    """
    plan, runs = result.plan, result.outcome.runs
    axes = responses.dimensions(result.scales)
    done = int((runs["state"] == "done").sum())
    sections = [*(of_patch(section, _share(plan)) for section in _answers(result, axes)), _runs(result)]
    each = f"{len(plan.seeds)} seeds" if plan.cohort is None else f"{result.points['animal'].nunique()} animals"
    facts = [f"{len(result.points)} points", each, f"{done} of {len(runs)} runs done"]
    facts += [str(plan.scenario) if isinstance(plan.scenario, str) else "a scenario of its own", plan.design.kind]
    look_for = plan.look_for and f"Look for: {plan.look_for}"
    text = " ".join(part for part in (plan.description, look_for, whose_counts(plan)) if part)
    return write_findings(path, plan.title or spoken(plan.name), sections, facts=facts, description=text)


def _share(plan: Sweep) -> float:
    """Return the share of the sheet of every animal; NaN where the tissue is one of the axes."""
    if any(path.split(".")[0] == "tissue" for path in plan.axes):
        return math.nan
    return share_of_sheet(base_scenario(plan))


def _answers(result: SweepResult, axes: list[Dimension]) -> list[Section]:
    """Return the sections with figures, as far as the kept tables allow."""
    if "series" not in result.plan.keep.tables:
        return []
    series, last = result.series, _ends(result)
    read_outs = _read_outs(series)
    if result.plan.design.kind != "grid":
        return [_sampled(last, read_outs, axes)]
    x, by, rest = _layout(axes, last)
    first = read_outs[0]
    note = [f"Means over {', '.join(axis.label.lower() for axis in rest)}."] if rest else []
    note += [_OF_COHORT] if "animal" in last and "animal" not in (x.column, by.column if by else "") else []
    figures = [Figure("curves", responses.response_curves(last, first, x, by), f"At the end of the run. {_BAND}")]
    if by is not None and last[x.column].nunique() > 1:
        caption = (
            "Twins of one seed are compared, so that stochastic variation cancels. In brackets: the 95 % interval of "
            "the effect includes zero."
        )
        figures.append(Figure("effect-map", responses.effect_map(last, first, x, by), caption))
    return [
        Section("The answer", note, figures),
        *_open(result, x, by, rest, first),
        *_animals(series, last, x, by),
        *_others(series, last, x, by, read_outs),
    ]


def result_in_short(result: SweepResult) -> str:
    """Return the first read-out of the page at the end of the runs, as lines for a terminal; empty where too many."""
    if "series" not in result.plan.keep.tables or result.plan.design.kind != "grid":
        return ""
    last = _ends(result)
    x, by, rest = _layout(responses.dimensions(result.scales), last)
    return "" if rest else ends(last, _read_outs(last)[0], x, by)


def _ends(result: SweepResult) -> pd.DataFrame:
    """Return the last row of every run."""
    series = result.series
    return series[series["day"] == series.groupby("job")["day"].transform("max")]


def _read_outs(series: pd.DataFrame) -> list[str]:
    return [c for c in series.columns if c in _DRAWN] or [series.columns[-1]]


def _open(
    result: SweepResult, x: Dimension, by: Dimension | None, rest: list[Dimension], read_out: str
) -> list[Section]:
    """Return what a posterior leaves open at the end of the run, where one was asked for."""
    found = result.bands
    if found is None or found.empty:
        return []
    last = found[found["day"] == found["day"].max()]
    figure = Figure("bands", bands.along(last, read_out, x, by), bands.CAPTION)
    note = [uncertainty.CONDITION]
    if rest:
        over = ", ".join(axis.label.lower() for axis in rest)
        note.append(f"A band is that of one point, its ends averaged over {over}, not that of the mean over them.")
    return [Section(uncertainty.TITLE, note, [figure])]


def _layout(axes: list[Dimension], rows: pd.DataFrame) -> tuple[Dimension, Dimension | None, list[Dimension]]:
    """Return the axis to the right, the one drawn as lines, and those averaged over."""
    x = next((axis for axis in axes if axis.unit is not None), axes[0])
    others = [axis for axis in axes if axis is not x]
    by = next((axis for axis in others if rows[axis.column].nunique() <= _MOST_LINES), None)
    return x, by, [axis for axis in others if axis is not by]


def _animals(series: pd.DataFrame, last: pd.DataFrame, x: Dimension, by: Dimension | None) -> list[Section]:
    """Return dose and response, and the phase portrait, where their columns were kept."""
    figures = []
    if {"distance_km", "new_neurons"} <= set(last) and last["distance_km"].max() > 0:
        caption = "One dot per animal, at the distance it really ran; lines join the means of the points."
        figures.append(Figure("dose-response", responses.dose_response(last, by), caption, wide=False))
    if by is not None and {"n_ki67", "new_neurons"} <= set(series) and series["day"].nunique() > 2:
        caption = (
            f"Mean over the animals of a point, smoothed over three recorded times, from the start (dot) to the end "
            f"(arrow). Thicker: more {x.label.lower()}."
        )
        figures.append(Figure("phase", responses.phase_portrait(series, x, by), caption, wide=False))
    return [Section("Animals", [], figures)] if figures else []


def _others(
    series: pd.DataFrame, last: pd.DataFrame, x: Dimension, by: Dimension | None, read_outs: list[str]
) -> list[Section]:
    curves = [
        Figure(f"curves-{name}", responses.response_curves(last, name, x, by, height=340), "", wide=False)
        for name in read_outs[1:]
    ]
    sections = [Section("Other read-outs at the end", [_BAND], curves)] if curves else []
    if series["day"].nunique() > 2:
        slices = [(value, part) for value, part in series.groupby(by.column)] if by is not None else [(None, series)]
        figures = []
        for number, (value, part) in enumerate(slices):
            figure = responses.time_courses(part, read_outs[0], x)
            label, _ = label_and_unit(read_outs[0])
            figure.update_layout(title_text=label if by is None else f"{label}, {by.text(value)}")
            figures.append(Figure(f"course-{number}", figure, "", wide=False))
        sections.append(Section("Over time", [_BAND], figures))
    return sections


def _sampled(last: pd.DataFrame, read_outs: list[str], axes: list[Dimension]) -> Section:
    figures = [
        Figure(f"along-{number}-{name}", responses.scatter_along(last, name, axis), "", wide=False)
        for name in read_outs[:2]
        for number, axis in enumerate(axes)
    ]
    return Section("The answer", ["One dot per point: the mean of its animals at the end of the run."], figures)


def _runs(result: SweepResult) -> Section:
    runs = result.outcome.runs
    spent = runs["seconds"].sum() / 60
    text = [f"{len(runs)} runs, {plain(spent, 3)} minutes of simulation. Every run is one seed at one point."]
    tables = []
    if len(result.failed):
        tables.append(Table("Failed runs", result.failed.drop(columns=["job"])))
    tables.append(Table("Runs", runs.drop(columns=["job", "digest"]), shown=False))
    return Section("Runs", text, (), tables)

"""One HTML page that holds a whole run: figures, evidence, sources; it needs no network and runs nothing foreign."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from neurogen_abm.numerals import plain
from neurogen_abm.provenance import whose_before
from neurogen_abm.report.figures import evidence
from neurogen_abm.report.figures.plots import plots, used_parameters
from neurogen_abm.report.figures.style import in_patch
from neurogen_abm.report.pages.findings import Figure, of_patch, shown_section, whose
from neurogen_abm.report.pages.html import figure_context, fill_template, table_context
from neurogen_abm.report.pages.run_sections import of_the_body, of_the_draws, of_the_laboratory, performed
from neurogen_abm.run import Result
from neurogen_abm.spec.scenario import sentences
from neurogen_abm.spec.scenario.models import Patch
from neurogen_abm.spec.scenario.sentences import share_of_sheet
from neurogen_abm.spec.yaml.writer import write
from neurogen_abm.storage.atomic import write_text
from neurogen_abm.words import spoken


def write_report(result: Result, path: Path | str) -> Path:
    """Write the report of a run.

    Parameters
    ----------
    result : Result
        The run.
    path : path
        Where the page goes. An existing page is replaced, in one move.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    OSError
        The page cannot be written; an existing one is then untouched.

    Examples
    --------
    >>> import neurogen_abm
    >>> write_report(neurogen_abm.run("mouse_sedentary"), "mouse.html")  # doctest: +SKIP
    PosixPath('mouse.html')
    """
    return write_text(path, render(result))


def render(result: Result) -> str:
    """Return the page as text; everything taken from the run is escaped (:mod:`neurogen_abm.report.pages.html`)."""
    share, summary = float(result.provenance.get("area_fraction", 1.0)), result.summary()
    sections = {name: [_of_patch(plot, share) for plot in group] for name, group in plots(result).items()}
    table = evidence.parameter_table(used_parameters(result))
    context = {
        "sections": {name: [figure_context(plot) for plot in group] for name, group in sections.items()},
        "body": [shown_section(of_patch(section, share)) for section in (*of_the_draws(result), *of_the_body(result))],
        "laboratory": [shown_section(of_patch(section, share)) for section in of_the_laboratory(result)],
        **_story(result),
        "recorded": [
            sentence for block in result.provenance.get("replayed", {}).values() for sentence in block["said"]
        ],
        "summary": table_context(summary if isinstance(summary.index, pd.RangeIndex) else summary.reset_index()),
        "area_fraction": share,
        "parameters": table.to_dict("records"),
        "assumed": table[table["status"] == "assumed"].to_dict("records"),
        "grades": evidence.GRADES,
        "sources": result.citations(),
        "effects": sentences.rules(result.resolved),
        "interventions": [*sentences.treatments(result.resolved), *performed(result)],
        "provenance": _flat({k: v for k, v in result.provenance.items() if k not in ("used_parameters", "replayed")}),
    }
    return fill_template("page.html", context)


def _of_patch(plot: Figure, share: float) -> Figure:
    return plot._replace(figure=in_patch(plot.figure, whose(share)))


def _story(result: Result) -> dict[str, Any]:
    """Return title, purpose and the facts of the heading."""
    scenario = result.resolved.scenario
    days = float(result.series["time_h"].max()) / 24 if len(result.series) else 0.0
    where, tissue = "whole gyrus", scenario.tissue
    if isinstance(tissue, Patch):
        size = f"{plain(tissue.septotemporal_um)} x {plain(tissue.transverse_um)} µm"
        where = f"patch of {size}, {plain(100 * share_of_sheet(result.resolved), 2)} % of the sheet"
    facts = [
        scenario.species,
        scenario.strain,
        scenario.sex,
        f"{sentences.age(scenario.age_h)} old at the start",
        where,
    ]
    facts += [f"{plain(days, 4)} days simulated", f"seed {scenario.seed}"]
    facts += whose_before(result.provenance)
    return {
        "title": scenario.title or spoken(scenario.name),
        "description": scenario.description,
        "look_for": scenario.look_for,
        "facts": [fact for fact in facts if fact],
        "changed": list(scenario.parameters),
        "scenario": write(scenario.model_dump(by_alias=True, exclude_none=True)),
        "pathway": evidence.pathway_card(result.resolved, result.series),
    }


def _flat(content: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """Nested provenance as dotted keys with text values; long digests stay whole, they are there to be compared."""
    rows: list[tuple[str, str]] = []
    for key, value in content.items():
        path = f"{prefix}{key}"
        if isinstance(value, Mapping) and value:
            rows += _flat(value, f"{path}.")
        else:
            rows.append((spoken(path), ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)))
    return rows

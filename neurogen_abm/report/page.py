"""One HTML page that holds a whole run: figures, evidence, sources; it needs no network and runs nothing foreign."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import jinja2
import pandas as pd
import plotly.graph_objects as go
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from neurogen_abm.report import cohorts, evidence, gyrus, timelines
from neurogen_abm.report.palette import STATE_FAMILIES
from neurogen_abm.report.style import CONFIG
from neurogen_abm.spec.catalogue import load_catalogue

CELL_COLUMNS = ["id", "mother", "founder", "generation", "state", "birth_h", "birth_state", "end_h", "cause", "entered_h",
                "u_um", "v_um", "layer", "divisions"]
MAP_COLUMNS = ["u_um", "v_um", "capillary", "bdnf_mean_pg_ml"]


class RunResult(Protocol):
    """What the page needs of a run; `neurogen_abm.run.Result` has it."""

    series: pd.DataFrame
    cells: pd.DataFrame | None
    map: pd.DataFrame | None
    resolved: Any
    provenance: Mapping[str, Any]

    def summary(self) -> pd.DataFrame:
        """Headline numbers of the run."""
        ...


class Plot(NamedTuple):
    """A figure with its place on the page."""

    key: str
    figure: go.Figure
    caption: str
    wide: bool = True


def write_report(result: RunResult, path: Path | str) -> Path:
    """Write the report of a run.

    Parameters
    ----------
    result : RunResult
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
    """
    target = Path(path)
    text = render(result).encode("utf-8")
    handle, aside = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text)
        os.chmod(aside, 0o644)
        os.replace(aside, target)
    except BaseException:
        os.unlink(aside)
        raise
    return target


def render(result: RunResult) -> str:
    """Return the page as text.

    Notes
    -----
    Scripts are allowed by their SHA-256 only, connections not at all. Everything taken from the run is escaped by the template;
    figures travel as JSON in which ``<``, ``>`` and ``&`` are written as escapes, so that no text can end its element.
    """
    sections = plots(result)
    library, starter = get_plotlyjs(), _asset("page.js")
    table = evidence.parameter_table(result.resolved.parameters)
    context = {
        "css": Markup(_asset("page.css")),
        "library": Markup(_inert(library)),
        "starter": Markup(_inert(starter)),
        "policy": _policy(_inert(library), _inert(starter)),
        "config": Markup(_json_text(json.dumps(CONFIG))),
        "sections": {name: [_placed(plot) for plot in group] for name, group in sections.items()},
        **_story(result),
        "summary": _summary_rows(result.summary()),
        "parameters": table.to_dict("records"),
        "assumed": table[table["status"] == "assumed"].to_dict("records"),
        "grades": evidence.GRADES,
        "sources": evidence.sources_used(table, result.resolved.references),
        "effects": [effect.sentence() for effect in result.resolved.effects],
        "provenance": _flat(result.provenance),
    }
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("neurogen_abm.report", "templates"), autoescape=True, undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )
    return environment.get_template("page.html").render(context)


def plots(result: RunResult) -> dict[str, list[Plot]]:
    """Draw every figure of the page, by section."""
    series = result.series
    cells = result.cells if result.cells is not None else pd.DataFrame(columns=CELL_COLUMNS)
    field = result.map if result.map is not None else pd.DataFrame(columns=MAP_COLUMNS, dtype=float)
    end_h = float(series["time_h"].max()) if len(series) else 0.0
    labels = {name: str(state["label"]) for name, state in result.resolved.states.items()}
    on, off = (_clock_hours(getattr(result.resolved.scenario.clock, name, None)) for name in ("lights_on", "lights_off"))
    crest = _anatomy(result.resolved, "crest_fraction", 0.5)
    families = [Plot(f"cells-{f}", timelines.cell_counts(series, f, labels), "", wide=False) for f in STATE_FAMILIES]
    return {
        "activity": [
            Plot("activity", timelines.activity_strip(series, lights_on_h=on, lights_off_h=off),
                 "Activity through each day, and its total. Each column is one day from the clock time at which the run starts; the dark "
                 "bar at the left marks lights off."),
            Plot("body", timelines.body_state(series), "State of the muscle and the animal, and how far the niche has got used to BDNF."),
        ],
        "bdnf": [Plot("bdnf", timelines.bdnf_levels(series), "Bold: daily mean. Thin: every recorded interval. Band: 5th to 95th "
                      "percentile of the sites of the subgranular zone and granule cell layer.")],
        "cells": [
            *families,
            Plot("markers", timelines.marker_counts(series), "", wide=False),
            Plot("neurons", timelines.new_neurons(series), "", wide=False),
            Plot("turnover", timelines.births_and_deaths(series), "Cells born by division (up) and cells that died, by the state they "
                 "died in (down). The line is births minus deaths."),
        ],
        "map": [
            Plot("sheet", gyrus.sheet_of_cells(cells, field, crest_fraction=crest, labels=labels),
                 "Last day. The gyrus unrolled into a sheet, each pixel one column of tissue; where a column holds several cells the rarer "
                 "state is shown. The granule cells born in development are not drawn. Numbers in the legend are those shown on hovering."),
            Plot("field", gyrus.sheet_of_bdnf(field, crest_fraction=crest),
                 "Last day. BDNF in the subgranular zone, mean of the last interval; its pattern is that of the capillaries."),
            Plot("section", gyrus.section(cells, field, layers=int(_anatomy(result.resolved, "granule_layers", 7)),
                                          pitch_um=_anatomy(result.resolved, "site_pitch", 10.0, "um"), crest_fraction=crest),
                 "Last day. A 40 µm section through the middle of the sheet, folded into the C of the gyrus: a drawing, in which distances "
                 "along the C and across its layers are true. The ribbon is BDNF at the border of the hilus."),
        ],
        "survival": [
            Plot("cohorts", cohorts.cohort_curves(cells, end_h), "", wide=False),
            Plot("kaplan-meier", cohorts.last_division_curve(cells, end_h), "", wide=False),
        ],
        "evidence": [Plot("grades", evidence.evidence_grades(evidence.parameter_table(result.resolved.parameters)), "")],
    }


def _anatomy(resolved: Any, name: str, default: float, unit: str = "1") -> float:
    path = f"anatomy.{name}"
    return float(resolved.value(path, unit)) if path in resolved.parameters else default


def _clock_hours(clock: Any) -> float | None:
    """Hours of a clock time written as ``HH:MM`` or kept as minutes after midnight."""
    if clock is None:
        return None
    if isinstance(clock, int | float):
        return float(clock) / 60
    hours, minutes = str(clock).split(":")[:2]
    return int(hours) + int(minutes) / 60


def _story(result: RunResult) -> dict[str, Any]:
    """Title, purpose, pathway and the facts of the heading."""
    scenario, name = result.resolved.scenario, evidence.pathway_name(result.resolved)
    pathway = load_catalogue(str(scenario.species)).pathways.get(name, {})
    days = float(result.series["time_h"].max()) / 24 if len(result.series) else 0.0
    facts = [str(scenario.species), str(scenario.strain or ""), str(scenario.sex or ""), f"{days:.4g} days simulated", f"seed {scenario.seed}"]
    weights = {str(route): float(weight) for route, weight in dict(pathway.get("weights") or {}).items()}
    return {
        "title": scenario.title or scenario.name,
        "name": scenario.name,
        "description": scenario.description or "",
        "look_for": scenario.look_for or "",
        "facts": [fact for fact in facts if fact],
        "pathway": {
            "name": name,
            "label": str(pathway.get("label", name)),
            "status": " ".join(str(pathway.get("status", "")).split()),
            "statement": evidence.pathway_statement(result.resolved, result.series),
            "weights": ", ".join(f"{route} {weight:.2g}" for route, weight in weights.items() if weight),
        },
    }


def _summary_rows(summary: pd.DataFrame) -> dict[str, list[Any]]:
    """Header and rows of the summary, numbers to four digits."""
    frame = summary if isinstance(summary.index, pd.RangeIndex) else summary.reset_index()
    rows = [[evidence.rounded(value) for value in row] for row in frame.itertuples(index=False, name=None)]
    return {"header": [str(c).replace("_", " ") for c in frame.columns], "rows": rows}


def _flat(content: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """Nested provenance as dotted keys with text values; long digests stay whole, they are there to be compared."""
    rows: list[tuple[str, str]] = []
    for key, value in content.items():
        path = f"{prefix}{key}"
        if isinstance(value, Mapping) and value:
            rows += _flat(value, f"{path}.")
        else:
            rows.append((path, ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)))
    return rows


def _placed(plot: Plot) -> dict[str, Any]:
    return {"key": plot.key, "json": Markup(_json_text(plot.figure.to_json())), "caption": plot.caption, "wide": plot.wide,
            "height": int(plot.figure.layout.height)}


def _json_text(text: str) -> str:
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _inert(script: str) -> str:
    """A script that cannot end its own element; in JavaScript ``<\\/script`` within a string means the same."""
    return script.replace("</script", "<\\/script").replace("<!--", "<\\!--")


def _policy(*scripts: str) -> str:
    """Content security policy: these scripts and no other, no connection, no frame, no form.

    plotly.js writes style attributes, so that inline styles stay allowed; its image export uses ``data:`` and ``blob:`` addresses.
    """
    digests = " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(s.encode()).digest()).decode()}'" for s in scripts)
    return (f"default-src 'none'; script-src {digests}; style-src 'unsafe-inline'; img-src data: blob:; font-src data:; "
            "connect-src 'none'; base-uri 'none'; form-action 'none'")


def _asset(name: str) -> str:
    return (resources.files("neurogen_abm.report") / "templates" / name).read_text(encoding="utf-8")

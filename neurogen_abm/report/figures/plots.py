"""Which figures stand on the page, in which section, and what is said below each."""

from __future__ import annotations

from typing import Any

import pandas as pd
import plotly.graph_objects as go

from neurogen_abm.biology.states import BY_NAME
from neurogen_abm.report.figures import assays, body, cohorts, evidence, lineage, section, sheet, timelines
from neurogen_abm.report.figures.palette import STATE_FAMILIES
from neurogen_abm.report.figures.style import Figure
from neurogen_abm.run import Result
from neurogen_abm.scene.organ import outline_around
from neurogen_abm.spec.scenario.histology import NETWORK_MEASURES, OF_MEMORY
from neurogen_abm.tables import CELLS, MAP

# Assays that a section of their own shows, and those for which BDNF of the whole hippocampus is drawn.
ELSEWHERE = (*OF_MEMORY, *NETWORK_MEASURES)
TISSUE = ("bdnf_hippocampus", "bdnf_mrna_hippocampus")
CAPTIONS = {
    "activity": (
        "Actogram: each row is a day from the clock time at which the run starts, followed by the next day, so that "
        "every night is seen whole. The bar above is black while the lights are off by the clock of the scenario. At "
        "the right, what each day adds up to."
    ),
    "body": "State of the muscle and the animal, and how far the niche has habituated to BDNF.",
    "bdnf": (
        "Bold: daily mean. Thin: every recorded interval; daily extremes in runs of more than 60 days. The lowest "
        "panel is the spread over the sites of the niche, which are near to or far from a capillary."
    ),
    "tissue-bdnf": (
        "Daily means over the usual level at rest. Tissue: what an assay of homogenised tissue would read; nearly all "
        "of it is the store inside neurons, and no cell of the model responds to it. Plasma and niche are what acts."
    ),
    "assays": (
        "Blue: true counts in the simulated tissue. Orange squares: estimates from sections, with their coefficient of "
        "error. Dotted lines: injections."
    ),
    "turnover": (
        "Cells born by division (up) and cells that died, by the state they died in (down). Births minus deaths is not "
        "the gain of neurons: births count every daughter of a stem cell or a progenitor, and a progenitor that "
        "divides makes two and is itself gone, which is no death. The figure above shows the neurons gained."
    ),
    "sheet": (
        "The subgranular zone on the last day, unrolled into a sheet; above the dotted line the suprapyramidal "
        "blade, below it the infrapyramidal. Each pixel is one column of tissue, or a few where the gyrus is "
        "large. Neurons that have moved into the granule cell layer are in the next figure. Hovering shows a state"
        " by its number in the legend. A broken line, around a whole gyrus, is the outline that the published surface "
        "has when it is unrolled."
    ),
    "density": "Neurons born during the run and alive on its last day, counted in squares of 50 µm.",
    "field": "BDNF in the subgranular zone, averaged over the run; its pattern is that of the capillaries.",
    "cohorts": (
        "Neurons are followed from their last division on. Cells that still divide are not among them: progenitors do "
        "not die in the model."
    ),
    "section": (
        "A 40 µm section through the middle of the sheet, folded into the C of the gyrus: a drawing, in which "
        "distances along the C and across its layers are true. Its columns of cells lie behind each other; they are "
        "drawn side by side within their place, smaller than they are. Colours are those of the sheet above. "
        "The ribbon is BDNF at the border of the hilus; granule cells of development fill the layer and are sketched, "
        "not simulated one by one."
    ),
}


RECORDED = (
    "The activity was recorded: the room may have been lit otherwise than the scenario says, and its animals then keep "
    "a time of their own."
)


def _placed(key: str, figure: go.Figure, *, wide: bool = True) -> Figure:
    """Return a figure with its caption; two halves stand side by side where there is room."""
    return Figure(key, figure, CAPTIONS.get(key, ""), wide)


def plots(result: Result) -> dict[str, list[Figure]]:
    """Draw every figure of the page, by section."""
    series, end_h = result.series, float(result.series["time_h"].max()) if len(result.series) else 0.0
    # Empty tables stand for those a run did not keep.
    cells = result.cells if "id" in result.cells else pd.DataFrame(columns=list(CELLS))
    field = result.map if "u_um" in result.map else pd.DataFrame(columns=list(MAP), dtype=float)
    clock = result.resolved.scenario.clock
    lights_h = clock.lights_on_min / 60, clock.lights_off_min / 60
    survival = cohorts.last_division_curve(cells, end_h, cohorts.deaths_of(result.resolved))
    activity = _placed("activity", timelines.activity_strip(series, lights_h))
    if any(block.kind == "recording" for block in result.resolved.scenario.activity):
        activity = activity._replace(caption=f"{activity.caption} {RECORDED}")
    return {
        "activity": [
            activity,
            _placed("body", timelines.body_state(series)),
        ],
        "bdnf": _of_bdnf(series, result.resolved),
        "cells": _of_cells(series, result.resolved),
        "assays": _of_assays(counted(result), result.resolved.scenario, end_h),
        "map": _of_gyrus(cells, field, result.resolved),
        "survival": [
            _placed("cohorts", cohorts.cohort_curves(cells, end_h), wide=False),
            _placed("kaplan-meier", survival, wide=False),
        ],
        "evidence": [_placed("grades", evidence.evidence_grades(evidence.parameter_table(used_parameters(result))))],
    }


def used_parameters(result: Result) -> dict[str, Any]:
    """Return the parameters that the run read, or all of the scenario when its provenance does not say."""
    parameters = result.resolved.parameters
    return {path: parameters[path] for path in result.provenance.get("used_parameters", parameters)}


def counted(result: Result) -> pd.DataFrame:
    """Return the assays that have no section of their own: neither memory nor the answers to patterns."""
    apart = {assay.name for assay in result.resolved.scenario.assays if assay.measure in ELSEWHERE}
    return result.assays[~result.assays["name"].isin(apart)]


def _of_bdnf(series: pd.DataFrame, resolved: Any) -> list[Figure]:
    """Return BDNF in plasma and niche, and in the whole hippocampus where that changes or was measured."""
    figures = [_placed("bdnf", timelines.bdnf_levels(series))]
    measured = any(assay.measure in TISSUE for assay in resolved.scenario.assays) and "bdnf_hippocampus" in series
    if body.tissue_changes(series) or (measured and len(series) > 1):
        rest = {
            "bdnf_plasma_pg_ml": float(resolved.value("physiology.circulation.plasma_rest", "pg/mL")),
            "bdnf_niche_pg_ml": float(resolved.value("physiology.niche.rest_level", "pg/mL")),
        }
        figures.append(_placed("tissue-bdnf", body.tissue_bdnf(series, rest)))
    return figures


def _of_cells(series: pd.DataFrame, resolved: Any) -> list[Figure]:
    labels = {name: state.label for name, state in BY_NAME.items()}
    return [
        *(_placed(f"cells-{f}", lineage.cell_counts(series, f, labels), wide=False) for f in STATE_FAMILIES),
        _placed("markers", lineage.marker_counts(series), wide=False),
        _placed("neurons", lineage.new_neurons(series), wide=False),
        _placed("turnover", lineage.births_and_deaths(series)),
    ]


def _of_assays(table: pd.DataFrame, scenario: Any, end_h: float) -> list[Figure]:
    """Return the figure of the assays; none where nothing was asked."""
    if table.empty:
        return []
    order = {assay.name: i for i, assay in enumerate(scenario.assays)}
    table = table.sort_values("name", key=lambda names: names.map(order), kind="stable")
    injected_d = [time_h / 24 for injection in scenario.labels for time_h in injection.times_h]
    return [_placed("assays", assays.assay_panels(table, injected_d, end_h / 24))]


def _of_gyrus(cells: pd.DataFrame, field: pd.DataFrame, resolved: Any) -> list[Figure]:
    crest = float(resolved.value("anatomy.crest_fraction", "1"))
    layers = int(resolved.value("anatomy.granule_layers", "1"))
    pitch_um = float(resolved.value("anatomy.site_pitch", "um"))
    over: dict[str, Any] = {"crest_fraction": crest, "outline": outline_around(resolved, resolved.sides_um, 3)}
    return [
        _placed("sheet", sheet.sheet_of_cells(cells, field, **over)),
        _placed("density", sheet.density_of_neurons(cells, field, **over)),
        _placed("field", sheet.sheet_of_bdnf(field, **over)),
        _placed("section", section.section(cells, field, layers=layers, pitch_um=pitch_um, crest_fraction=crest)),
    ]

"""The page of a fit: what was found, how well it meets what was published, and what stays undetermined."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from neurogen_abm.report.figures import fit
from neurogen_abm.report.pages.findings import Figure, Section, Table, write_findings

if TYPE_CHECKING:
    from neurogen_abm.experiments.calibration.calibrate import Calibrated

_HOW = {
    "least-squares": "Gauss-Newton within a trusted box; twins are compared, so that stochastic variation cancels.",
    "optuna": "Optuna: points proposed from all seen before, no model of the residuals.",
    "abc": "ABC-SMC: a sample of parameter sets whose simulations lie near what was published.",
}


def write_fit_page(result: Calibrated, path: Path) -> Path:
    """Write the page of a fit."""
    fit, tables = result.calibration, result.tables
    passed = {when: int((tables["card"][f"verdict_{when}"] == "pass").sum()) for when in ("start", "end")}
    facts = [
        f"{len(tables['estimates'])} free parameters",
        f"{len(tables['card'])} expectations",
        f"method {fit.method}",
    ]
    facts += [f"{result.provenance['animals_a_point']} animals per point", f"{result.provenance['points']} points"]
    found = [
        f"{passed['end']} of {len(tables['card'])} expectations pass; at the start it was {passed['start']}.",
        *result.findings,
    ]
    sections = [
        Section("What was found", found, [_estimates(tables)], [Table("Found", tables["estimates"])]),
        Section(
            "Which expectations are met",
            _MET,
            [_residuals(tables)],
            [Table("Score card", _card(tables["card"]), shown=False)],
        ),
        *_knowledge(tables),
        *_sample(tables),
        _way(tables),
    ]
    title = fit.title or f"Fit {fit.name}"
    text = " ".join(part for part in (fit.description, _HOW[fit.method]) if part)
    return write_findings(path, title, sections, facts=facts, description=text, provenance=result.provenance)


_MET = [
    "A residual of 0 meets the published value, one between -1 and 1 lies within what passes. Hollow: before the fit; "
    "fill_template: after it, in the colour of the verdict."
]


def _estimates(tables: Mapping[str, pd.DataFrame]) -> Figure:
    caption = "Grey: the plausible range. Blue: the interval that the expectations allow. Hollow: start of the search."
    return Figure("estimates", fit.estimates(tables["estimates"]), caption)


def _residuals(tables: Mapping[str, pd.DataFrame]) -> Figure:
    return Figure("residuals", fit.residuals(tables["card"]), "Every expectation of the fit.")


def _card(card: pd.DataFrame) -> pd.DataFrame:
    return card[[c for c in card.columns if not c.startswith("null_") and c not in ("name", "pathway", "role")]]


def _knowledge(tables: Mapping[str, pd.DataFrame]) -> list[Section]:
    """Return what only least squares know: correlations, loose directions, conflicts."""
    if "correlations" not in tables:
        return []
    correlations = tables["correlations"].set_index("name")
    directions, jacobian = tables["directions"], tables["jacobian"].set_index("expectation")
    labels = [f"{spread:.0%} of the range{', loose' if loose else ''}" for spread, loose in _spreads(directions)]
    parts = directions.drop(columns=["spread", "loose"])
    open_ = Section(
        "What the data leave undetermined",
        [
            "Parameters that correlate can be traded for each other; along a loose direction such a trade leaves the "
            "fit unchanged."
        ],
        [
            Figure(
                "correlations",
                fit.matrix(
                    correlations,
                    title="correlation",
                    limit=1.0,
                    rows=[fit.short(n) for n in correlations.index],
                ),
            ),
            Figure(
                "directions",
                fit.matrix(parts, title="part", limit=1.0, rows=labels),
                "Combinations of parameters that the data constrain, loosest first, with their spread.",
            ),
        ],
    )
    pulls = Section(
        "Which expectation pulls which parameter",
        [
            "How much each residual changes from the lower to the upper end of a range, in the linear view. "
            "Expectations of opposite sign in a column, both missed, cannot be met together."
        ],
        [Figure("jacobian", fit.matrix(jacobian, title="change"))],
        [Table("Conflicts", tables["conflicts"])],
    )
    return [open_, pulls]


def _spreads(directions: pd.DataFrame) -> list[tuple[float, bool]]:
    return [
        (float(spread), bool(loose)) for spread, loose in zip(directions["spread"], directions["loose"], strict=True)
    ]


def _sample(tables: Mapping[str, pd.DataFrame]) -> list[Section]:
    """Return what only a sample has: its shape, and what it predicts."""
    if "sample" not in tables:
        return []
    predictive, found = tables["predictive"], tables["estimates"]
    sample, said = tables["sample"], "Two parameters at a time, over their ranges; the best known where there are many."
    figures = [Figure("marginals", fit.marginals(sample, found), "Dashed: start. Bar: 95 %.")]
    if len(found) > 1:
        figures.append(Figure("pairs", fit.pairs(sample, found), said))
    text = ["Each point is one set of parameters whose animals lie near what was published; darker counts more."]
    shape = Section("The sample", text, figures)
    says = Section(
        "What the sample predicts",
        ["The score card over draws from the sample: what is published against median and 95 % of what is simulated."],
        [Figure("predictive", fit.predictive(predictive), "Share of the draws that pass each expectation.")],
        [Table("Predictions", predictive.drop(columns="name"))],
    )
    return [shape, says]


def _way(tables: Mapping[str, pd.DataFrame]) -> Section:
    figure = Figure("search", fit.search(tables["trials"]), "Every point that the search evaluated.")
    return Section("Course of the search", [], [figure], [Table("Points", tables["trials"], shown=False)])

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
    "posterior": "A sample by the likelihood of the score card, on surfaces through simulated points.",
}


def write_fit_page(result: Calibrated, path: Path) -> Path:
    """Write the page of a fit."""
    plan, tables = result.calibration, result.tables
    card = tables["card"]
    passed = {when: int((card[f"verdict_{when}"] == "pass").sum()) for when in ("start", "end")}
    read = card[[c for c in card.columns if not c.startswith("null_") and c not in ("name", "pathway", "role")]]
    facts = [f"{len(tables['estimates'])} free parameters", f"{len(card)} expectations", f"method {plan.method}"]
    facts += [f"{result.provenance['animals_a_point']} animals per point", f"{result.provenance['points']} points"]
    passes = f"{passed['end']} of {len(card)} expectations pass; at the start it was {passed['start']}."
    found = Figure("estimates", fit.estimates(tables["estimates"]), _FOUND)
    met = Figure("residuals", fit.residuals(card), "Every expectation of the fit.")
    sections = [
        Section("What was found", [passes, *result.findings], [found], [Table("Found", tables["estimates"])]),
        Section("Which expectations are met", _MET, [met], [Table("Score card", read, shown=False)]),
        *_knowledge(tables),
        *_sample(tables),
        *_posterior(tables),
        *_course(tables),
    ]
    title = plan.title or f"Fit {plan.name}"
    text = " ".join(part for part in (plan.description, _HOW[plan.method]) if part)
    return write_findings(path, title, sections, facts=facts, description=text, provenance=result.provenance)


_FOUND = "Grey: the plausible range. Blue: the interval that the expectations allow. Hollow: start of the search."
_DIRECTIONS = "Combinations of parameters that the data constrain, loosest first, with their spread."
_MET = [
    "A residual of 0 meets the published value, one between -1 and 1 lies within what passes. Hollow: before the fit; "
    "filled: after it, in the colour of the verdict."
]


def _course(tables: Mapping[str, pd.DataFrame]) -> list[Section]:
    """Return what a search tried, one point after the other."""
    if "trials" not in tables:
        return []
    search = Figure("search", fit.search(tables["trials"]), "Every point that the search evaluated.")
    return [Section("Course of the search", [], [search], [Table("Points", tables["trials"], shown=False)])]


def _posterior(tables: Mapping[str, pd.DataFrame]) -> list[Section]:
    """Return what only a posterior has: each paper predicted by the others, and how good the emulator is."""
    if "left_out" not in tables:
        return []
    correlations = tables["correlations"].set_index("name").rename(index=fit.short)
    open_ = Section(
        "What the data leave undetermined",
        ["Parameters that correlate can be traded for each other."],
        [Figure("correlations", fit.signed_matrix(correlations, "correlation", limit=1.0))],
        [Table("Log scores, catalogue and middle of the posterior", tables["scores"])],
    )
    others = Section(
        "Each paper predicted by the others",
        [
            "The sample was drawn anew without a paper, and says what the paper would report: parameters, animals, "
            "simulation and the few animals of the paper all leave their mark on a band. Models without biology were "
            "fitted without the paper too."
        ],
        [Figure("left-out", fit.left_out(tables["left_out"]), "Bars: 80 % and 95 %. Marks: what the paper reports.")],
        [
            Table("Nats gained per finding", tables["left_out_gains"]),
            Table("How often bands hold", tables["left_out_coverage"]),
            Table("Predictions", tables["left_out"], shown=False),
        ],
    )
    emulator = Section(
        "How good the emulator is",
        [
            "Surfaces stand between simulated points. `left_out_error`: how far the other points miss a point; "
            "`check_z`: how many standard errors simulated draws lie away; `widened`: how much less sure a surface was "
            "taken to be because of that."
        ],
        [],
        [Table("Emulator", tables["emulator"]), Table("Simulated points", tables["points"], shown=False)],
    )
    return [open_, others, emulator]


def _knowledge(tables: Mapping[str, pd.DataFrame]) -> list[Section]:
    """Return what only least squares know: correlations, loose directions, conflicts."""
    if "directions" not in tables:
        return []
    correlations = tables["correlations"].set_index("name")
    directions, jacobian = tables["directions"], tables["jacobian"].set_index("expectation")
    loose = directions["loose"].map({True: ", loose", False: ""})
    parts = directions.drop(columns=["spread", "loose"])
    parts.index = pd.Index(directions["spread"].map("{:.0%} of the range".format) + loose)
    open_ = Section(
        "What the data leave undetermined",
        [
            "Parameters that correlate can be traded for each other; along a loose direction such a trade leaves the "
            "fit unchanged."
        ],
        [
            Figure("correlations", fit.signed_matrix(correlations.rename(index=fit.short), "correlation", limit=1.0)),
            Figure("directions", fit.signed_matrix(parts, "part", limit=1.0), _DIRECTIONS),
        ],
    )
    pulls = Section(
        "Which expectation pulls which parameter",
        [
            "How much each residual changes from the lower to the upper end of a range, in the linear view. "
            "Expectations of opposite sign in a column, both missed, cannot be met together."
        ],
        [Figure("jacobian", fit.signed_matrix(jacobian, "change"))],
        [Table("Conflicts", tables["conflicts"])],
    )
    return [open_, pulls]


def _sample(tables: Mapping[str, pd.DataFrame]) -> list[Section]:
    """Return what only a sample has: its shape, and what it predicts."""
    if "sample" not in tables:
        return []
    found = tables["estimates"]
    sample, said = tables["sample"], "Two parameters at a time, over their ranges; the best known where there are many."
    figures = [Figure("marginals", fit.marginals(sample, found), "Dashed: start. Bar: 95 %.")]
    if len(found) > 1:
        figures.append(Figure("pairs", fit.pairs(sample, found), said))
    text = ["Each point is one set of parameters whose animals lie near what was published; darker counts more."]
    shape = Section("The sample", text, figures)
    if "predictive" not in tables:
        return [shape]
    predictive = tables["predictive"]
    says = Section(
        "What the sample predicts",
        ["The score card over draws from the sample: what is published against median and 95 % of what is simulated."],
        [Figure("predictive", fit.predictive(predictive), "Share of the draws that pass each expectation.")],
        [Table("Predictions", predictive.drop(columns="name"))],
    )
    return [shape, says]

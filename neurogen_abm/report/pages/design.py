"""The folder of a design: a page with its advice and curves, tables, and texts for the licence and the methods."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import pandas as pd

from neurogen_abm.experiments.design.advice import basis, best_of, sentences
from neurogen_abm.experiments.design.design import TABLES, Design
from neurogen_abm.experiments.design.texts import licence, methods
from neurogen_abm.report.figures.design import (
    animals_by_day,
    animals_by_sections,
    power_by_animals,
    told_apart_by_animals,
)
from neurogen_abm.report.pages.findings import Figure, Section, Table, write_findings
from neurogen_abm.storage.atomic import forget, write_file
from neurogen_abm.storage.run_directory import write_table

_WHAT = (
    "The animals of the study were simulated, and the experiment was drawn from them as a laboratory would do it: "
    "different animals in every group, counted in sections, compared by a test at 5 %."
)
_POWER = (
    "Line: power of Welch's t-test on logarithms of counts. Dotted: the plain calculation, Student's t-test on counts "
    "with one coefficient of variation. Horizontal: 80 and 90 %."
)
_DAYS = "Animals of a group that find the effect in 80 of 100 experiments. Every day that is looked at needs its own."
_SECTIONS = "Few sections add noise of counting to what animals differ by. Ring: as the study plans."
_APART = "Probability of a Bayes factor of 10 or more for the pathway that is true. Horizontal: 80 %."


def write_design(folder: Path, found: Design) -> Mapping[str, Path]:
    """Write page, tables and texts of a design into a folder; return what was written, by what it is.

    Raises
    ------
    OSError
        The disk is full or cannot be written.
    """
    writers: dict[str, tuple[str, Callable[[Path], object]]] = {
        f"Table {name}": (f"{name}.parquet", partial(write_table, table)) for name, table in found.tables.items()
    }
    writers |= {
        "Licence": ("licence.md", lambda path: path.write_text(licence(found), encoding="utf-8")),
        "Methods": ("methods.md", lambda path: path.write_text(methods(found), encoding="utf-8")),
        "Page": ("design.html", lambda path: write_design_page(found, path)),
    }
    forget(folder / f"{name}.parquet" for name in TABLES if name not in found.tables)
    return {label: write_file(folder / name, write) for label, (name, write) in writers.items()}


def write_design_page(found: Design, path: Path | str) -> Path:
    """Write the page of a design; an existing one is replaced in one move."""
    plan = found.plan
    facts = [f"{len(plan.arms)} pathway{'s' if len(plan.arms) > 1 else ''}: {', '.join(plan.arms)}"]
    facts.append(f"{len(found.pool.outcome.runs)} animals simulated, {len(found.failed)} failed")
    sections = [Section("The advice", sentences(found)), *_curves(found)]
    sections += [
        Section("What the numbers rest on", basis(found)),
        Section("For the animal licence", _plain(licence(found))),
        Section("For the methods", _plain(methods(found))),
        Section("Tables", [], [], [Table(name.title(), table, shown=False) for name, table in found.tables.items()]),
    ]
    title = f"The next experiment: {plan.study.title or plan.study.name}"
    return write_findings(path, title, sections, facts=facts, description=_WHAT)


def _plain(text: str) -> list[str]:
    """Return the paragraphs of a text without the signs of Markdown."""
    return [line.replace("**", "") for line in text.splitlines() if line]


def _curves(found: Design) -> list[Section]:
    best = best_of(found)
    one_each = best.drop_duplicates(["pathway", "arm", "over", "reading"])
    sections = []
    if len(one_each):
        figure = Figure("power", power_by_animals(found.power, one_each), _POWER)
        sections.append(Section("How many animals", ["The best day of each reading."], [figure]))
    if best["day"].nunique() > 1:
        sections.append(Section("On which day", [], [Figure("days", animals_by_day(best), _DAYS)]))
    if len(found.sections):
        figure = Figure("sections", animals_by_sections(_of_best(found)), _SECTIONS)
        sections.append(Section("More sections, or more animals", [], [figure]))
    if len(found.pathways):
        figure = Figure("pathways", told_apart_by_animals(found.pathways), _APART)
        sections.append(Section("Which pathway", [], [figure]))
    return sections


def _of_best(found: Design) -> pd.DataFrame:
    """Return the table of sections for the best day of each reading."""
    best = best_of(found).drop_duplicates(["pathway", "arm", "over", "reading"])
    keys = ["pathway", "arm", "over", "reading", "day"]
    return found.sections.merge(best[keys], "inner", keys)

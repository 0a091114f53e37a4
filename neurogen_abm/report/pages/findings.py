"""A page of findings: statements, figures and tables in sections, for experiments of many animals."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from neurogen_abm.numerals import plain
from neurogen_abm.report.figures.style import Figure, in_patch
from neurogen_abm.report.pages.html import figure_context, fill_template, table_context
from neurogen_abm.storage.atomic import write_text
from neurogen_abm.words import spoken

__all__ = ["Figure", "Section", "Table", "of_patch", "write_findings"]


class Table(NamedTuple):
    """A table, shown at once or behind its title."""

    title: str
    frame: pd.DataFrame
    shown: bool = True


class Section(NamedTuple):
    """A heading, sentences, figures, tables."""

    title: str
    text: Sequence[str] = ()
    figures: Sequence[Figure] = ()
    tables: Sequence[Table] = ()


def of_patch(section: Section, share: float) -> Section:
    """Return a section whose axes say of which share of the sheet their counts are; NaN where animals differ in it."""
    figures = [placed._replace(figure=in_patch(placed.figure, whose(share))) for placed in section.figures]
    return section._replace(figures=figures)


def whose(share: float) -> str:
    """Return whose counts are in words; nothing for a whole gyrus.

    Examples
    --------
    >>> whose(0.0353), whose(1.0), whose(float("nan"))
    ('3.5 % of the sheet', '', 'of the tissue simulated')
    """
    if share != share:
        return "of the tissue simulated"
    return f"{plain(100 * share, 2)} % of the sheet" if share < 1.0 else ""


def write_findings(
    path: Path | str,
    title: str,
    sections: Sequence[Section],
    *,
    facts: Sequence[str] = (),
    description: str = "",
    provenance: Mapping[str, Any] | None = None,
) -> Path:
    """Write a page of findings.

    Parameters
    ----------
    path
        Where the page goes; an existing one is replaced in one move.
    title, description
        The heading and what stands below it.
    sections
        In the order of the page.
    facts
        A line of short facts above the title.
    provenance
        Key -> value, shown last.

    Raises
    ------
    OSError
        The page cannot be written; an existing one is then untouched.
    """
    context = {
        "title": title,
        "description": description,
        "facts": list(facts),
        "sections": [shown_section(section) for section in sections],
        "provenance": [(spoken(key), str(value)) for key, value in (provenance or {}).items()],
    }
    return write_text(path, fill_template("findings.html", context))


def shown_section(section: Section) -> dict[str, Any]:
    """Return what a template needs to write a section."""
    return {
        "anchor": re.sub(r"[^a-z0-9]+", "-", section.title.lower()).strip("-"),
        "title": section.title,
        "text": list(section.text),
        "figures": [figure_context(figure) for figure in section.figures],
        "tables": [{"title": t.title, "shown": t.shown, **table_context(t.frame)} for t in section.tables],
    }

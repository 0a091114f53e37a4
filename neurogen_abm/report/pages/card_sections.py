"""The tables of a score card as sections of its page, each of which an address leads to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from neurogen_abm.report.pages.findings import Figure, Section, Table
from neurogen_abm.words import spoken

# How titles of tables begin, and the section they go to; what begins otherwise stays with the totals.
_SECTIONS = {
    "Nats gained": "Gain over models without biology",
    "Published numbers inside": "Gain over models without biology",
    "Order of the pathways": "Which pathway",
    "Findings on which pathways": "Which pathway",
    "Leave one paper out": "Leave one paper out",
    "Single animals": "Single animals",
    "Not replayed": "Not replayed",
}
_FOLDED_FROM = 40  # rows
_NAMES = ("pathway", "study", "for", "speaks for", "against", "best", "worst")


def grouped_sections(
    said: Mapping[str, Sequence[str]], figures: Sequence[Figure], tables: Sequence[Table]
) -> list[Section]:
    """Return the sections before those of the studies: totals with the figures, then what each group of tables says.

    ``said``: sentences by the title of the section that they stand in. A long table is folded behind its title.
    """
    titles = dict.fromkeys(["Totals", *map(_section_of, tables)])
    found = []
    for title in titles:
        own = [_readable(table) for table in tables if _section_of(table) == title]
        found.append(Section(title, said.get(title, ()), figures if title == "Totals" else (), own))
    return found


def _section_of(table: Table) -> str:
    return next((title for start, title in _SECTIONS.items() if table.title.startswith(start)), "Totals")


def _readable(table: Table) -> Table:
    shown = table.shown and len(table.frame) <= _FOLDED_FROM and table.title != "By spans alone"
    return table._replace(frame=spoken_names(table.frame), shown=shown)


def spoken_names(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table with the names of pathways and studies as words."""
    return frame.assign(**{name: frame[name].astype(str).map(spoken) for name in _NAMES if name in frame})

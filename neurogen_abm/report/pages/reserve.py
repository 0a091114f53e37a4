"""The page of a neurogenic age: the sedentary life of the twins, where the animal meets it, and the runs."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from neurogen_abm.experiments.reserve import MEASURES, Reserve
from neurogen_abm.numerals import plain
from neurogen_abm.report.figures.reserve import neurogenic_ages
from neurogen_abm.report.pages.findings import Figure, Section, Table, write_findings

_CAPTION = (
    "Line: what the sedentary twins have at each age, mean over the twins. Dot: what the animals have at the end. "
    "Diamond: the age at which a sedentary twin had as much, the mean of the ages of the pairs, each read off a course "
    "that is first made to fall all the way; band: its 95 % interval. Where animals differ, the diamond may lie beside "
    "the line. No diamond: more, or less, than at any age that was looked at."
)


def write_reserve_page(found: Reserve, title: str, path: Path | str) -> Path:
    """Write the page of a neurogenic age.

    Parameters
    ----------
    found
        What `neurogenic_age` returned.
    title
        Whose age it is.
    path
        Where the page goes; an existing one is replaced in one move.

    Raises
    ------
    OSError
        The page cannot be written.
    """
    unit = found.unit
    labels = {measure: noun.replace(" a day", "<br>a day") for measure, noun in MEASURES.items()}
    figure = neurogenic_ages(found.curve, found.ages, labels, found.age_d, unit)
    runs = found.outcome.runs
    sections = [
        Section("The answer", found.sentences(), [Figure("reserve", figure, _CAPTION)], [Table("Ages", _ages(found))]),
        Section("Runs", [], [], _runs(found)),
    ]
    done = int((runs["state"] == "done").sum())
    facts = [f"{plain(found.age_d / unit[1], 3)} {unit[0]} old at the end", f"{done} of {len(runs)} runs done"]
    facts.append(f"means of {found.window_d} days")
    return write_findings(path, f"Neurogenic age: {title}", sections, facts=facts, description=_WHAT)


_WHAT = (
    "An animal lives as its scenario says; its twin of the same seed lives without exercise. Where what the twin has "
    "passes what the animal has at its end, it has that neurogenic age. There are three, and they need not agree."
)


def _ages(found: Reserve) -> pd.DataFrame:
    name, days = found.unit
    frame = found.ages.assign(measure=found.ages["measure"].map(MEASURES))
    for column in ("age_d", "low_d", "high_d"):
        frame[column] = frame[column] / days
    names = {"now": "the animal has", "age_d": f"neurogenic age ({name})", "low_d": "95 % from", "high_d": "to"}
    names |= {"younger": "younger than looked at", "older": "older than looked at"}
    return frame.rename(columns=names)


def _runs(found: Reserve) -> list[Table]:
    runs, failed = found.outcome.runs, found.outcome.failed
    tables = [Table("Failed runs", failed.drop(columns=["job"]))] if len(failed) else []
    return [*tables, Table("Runs", runs.drop(columns=["job", "digest"]), shown=False)]

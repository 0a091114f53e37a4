"""The page of a comparison: how much the arms differ, how sure that is, and how many animals it took."""

from __future__ import annotations

import math
from pathlib import Path

import pandas as pd

from neurogen_abm.errors import argument, told
from neurogen_abm.experiments.compare import Comparison
from neurogen_abm.numerals import plain
from neurogen_abm.report.figures import differences
from neurogen_abm.report.figures.responses import label_and_unit
from neurogen_abm.report.pages import uncertainty
from neurogen_abm.report.pages.findings import Figure, Section, Table, of_patch, write_findings
from neurogen_abm.words import several, spoken

_LEVELS = (
    "Above: mean of the animals of each arm; below: effect, the mean difference of twins as a share of the mean "
    "control. Bands: 95 % intervals; those of the arms hold what animals differ in, which cancels between twins. "
    "n: animals."
)


def write_compare_page(found: Comparison, path: Path | str) -> Path:
    """Write the page of a comparison; an existing one is replaced in one move.

    Raises
    ------
    OSError
        The page cannot be written.
    """
    control, *others = found.arms
    pairs = int(found.effects["pairs"].max())
    what = [Table("Entries of the scenarios that differ", found.settings)]
    if len(found.numbers):
        what.append(Table("Numbers that differ, with status, source and grade", found.numbers))
    differing = Section("What differs", [], (), what)
    sections = [_answer(found), _time(found), _maps(found), _animals(found), differing]
    if found.uncertainty is not None:
        names = dict.fromkeys((found.read_out, "new_neurons", "n_ki67", "n_dcx"))
        shown = [name for name in names if name in set(found.uncertainty.table["read_out"])]
        sections.insert(1, uncertainty.section(found.uncertainty, shown))
    facts = [
        f"{several(pairs, 'pair')} of twins",
        f"control: {spoken(control)}",
        f"{plain(found.effects['day'].max())} days",
    ]
    title = f"{' and '.join(map(spoken, others))} against {spoken(control)}"
    sections = [of_patch(section, found.share) for section in sections]
    return write_findings(path, title, sections, facts=facts, description=found.patch)


def sentences(found: Comparison) -> list[str]:
    """Return the answer in words: the effect on the read-out that decides, how sure it is, and what was assumed."""
    open_ = [] if found.uncertainty is None else uncertainty.sentences(found.uncertainty, found.read_out)
    said = [*effect_in_words(found, found.read_out), *_width(found), *open_]
    return [*said, *found.unlike, *found.left_out, _assumed(found)]


def effect_in_words(found: Comparison, read_out: str) -> list[str]:
    """Return the effect on a read-out at the end, or when it was last read, one sentence per arm."""
    label, unit = label_and_unit(read_out)
    rows = found.effects[found.effects["read_out"] == read_out]
    last = rows["day"].max()
    rows = rows[rows["day"] == last]
    when = "at the end of" if last == found.effects["day"].max() else f"on day {plain(last, 4)} of"
    said = []
    for row in rows.to_dict("records"):
        interval = f"interval {_percent(row['relative_low'])} to {_percent(row['relative_high'])}, "
        relative = f"{_percent(row['relative'])} ({interval}" if math.isfinite(row["relative"]) else "not a ratio ("
        said.append(
            f"{label} {when} {spoken(row['arm'])}: {plain(row['treated'], 4)} {unit} against "
            f"{plain(row['control'], 4)} in {spoken(found.arms[0])}, {relative}"
            f"{several(row['pairs'], 'pair')} of twins)."
        )
    return said


def _width(found: Comparison) -> list[str]:
    """Return whether the interval is as narrow as was asked, and by how much it is not; nothing where none was."""
    if found.half_width is None:
        return []
    look = found.looks.iloc[-1]
    reached, asked = f"{plain(100 * look['half_width'], 3)} %", f"{plain(100 * found.half_width, 3)} %"
    said = f"The interval reaches {reached} of the control to its longer side with {look['pairs']:.0f} pairs"
    if found.sure:
        return [f"{said}; {asked} was asked for."]
    short = f"{plain(100 * (look['half_width'] - found.half_width), 3)} points more than the {asked} that was asked for"
    why = "animals failed" if len(found.outcome.failed) else f"no more pairs were allowed ({argument('most_pairs')})"
    return [f"{said}, {short}: {why}."]


def _assumed(found: Comparison) -> str:
    """Return how animals differ, and by how much they do."""
    rows = found.animals[found.animals["read_out"] == found.read_out]
    cv = rows["control_cv"].iloc[0] if len(rows) else float("nan")
    varies = f" {label_and_unit(found.read_out)[0]} varies by {plain(100 * cv, 3)} % between control animals."
    seen = "" if cv != cv else varies
    traits = {"stem_cells": "stem cells", "responder": "response to exercise", "distance": "distance"}
    own = [f"{plain(100 * getattr(found.variation, key), 3)} % in {name}" for key, name in traits.items()]
    if not any(getattr(found.variation, key) for key in traits):
        return f"Animals differ by chance alone, which real ones do not.{seen}"
    return (
        f"Animals differ by {', '.join(own[:-1])} and {own[-1]} (coefficients of variation; a choice, as in the "
        f"shipped studies), alike in twins; {told('alike=True', '--alike')} leaves chance alone.{seen}"
    )


def final_table(found: Comparison) -> pd.DataFrame:
    """Return the effects at the end as a person reads them."""
    rows = found.final
    named = [label_and_unit(name) for name in rows["read_out"]]
    words = pd.DataFrame(named, columns=["read-out", "unit"], index=rows.index)
    shares = {"effect": "relative", "from": "relative_low", "to": "relative_high"}
    table = pd.concat(
        [rows["arm"].map(spoken), words, rows[["control", "treated", "difference", "low", "high"]]], axis=1
    )
    return table.assign(**{name: rows[column].map(_percent) for name, column in shares.items()})


def _percent(share: float) -> str:
    return "" if share != share else f"{'+' if share >= 0 else ''}{plain(100 * share, 3)} %"


def _answer(found: Comparison) -> Section:
    caption = (
        "Dot: mean difference of twins as a share of the mean control; bar: its 95 % interval "
        "(logarithm of the ratio, Student's t). Levels such as BDNF are means over the day before. Each read-out has "
        "an interval of its own; none is corrected for the others."
    )
    twins = differences.twin_lines(found.series, found.arms, found.read_out)
    figures = [
        Figure("over-time", differences.levels_and_effect(found.effects, found.read_out, found.arms), _LEVELS),
        Figure("effects", differences.effects_at_end(found.final), caption),
        Figure("twins", twins, "One line per seed.", wide=False),
    ]
    return Section("The answer", sentences(found), figures, [Table("At the end of the run", final_table(found))])


def _time(found: Comparison) -> Section:
    timed = found.effects.dropna(subset=["relative_low"]).groupby("read_out", sort=False)["day"].nunique()
    others = [str(name) for name, n in timed.items() if n > 2 and name != found.read_out]
    figures = [
        Figure(f"time-{number}", differences.levels_and_effect(found.effects, name, found.arms), wide=False)
        for number, name in enumerate(others)
    ]
    return Section("Over time", [f"Every other read-out. {_LEVELS}"], figures)


def _maps(found: Comparison) -> Section:
    figures = [
        Figure(f"map-{number}-{column}", differences.difference_map(found.maps, arm, column), spoken(arm), wide=False)
        for number, arm in enumerate(found.arms[1:])
        for column in ("new_neurons", "bdnf_mean_pg_ml")
    ]
    text = (
        "Mean over the twins of the difference to the control; the suprapyramidal tip is above. Twins have the same "
        "capillaries."
    )
    return Section("On the sheet", [text], figures)


def _animals(found: Comparison) -> Section:
    text = [
        "Twins share their random numbers, so that a difference between them is mostly due to the scenario. The table "
        "says how much the animals of the control differ (coefficient of variation), and how many animals each arm "
        "would need for a standard error of a tenth of the effect, with twins and with independent animals.",
        "Sedentary adult mice counted one by one (Akers et al. 2014, doi:10.1126/science.1248903) differ by 19 % in "
        "DCX-positive cells (interval 14 to 30 %), by 25 % in Ki67-positive ones (20 to 32 %), counting included.",
    ]
    table = found.animals.dropna().assign(
        control_cv=lambda rows: rows["control_cv"].map(lambda cv: f"{plain(100 * cv, 3)} %")
    )
    for kind in ("twins", "independent"):
        table[kind] = [max(2, math.ceil(number)) if math.isfinite(number) else number for number in table[kind]]
    table = table.assign(arm=table["arm"].map(spoken), read_out=[label_and_unit(name)[0] for name in table["read_out"]])
    tables = [Table("Animals needed in each arm", table)]
    if len(found.looks):
        said = "is" if found.sure else "is not"
        text.append(
            f"The first {plain(found.looks['pairs'].iloc[0])} pairs were a pilot, whose spread determined how many are "
            f"needed; the interval {said} as narrow as asked for. Intervals are those of Stein's two stages (1945): "
            "the spread of the pilot with its degrees of freedom, which hold although the data decided how many "
            "animals there are."
        )
        tables.append(Table("Looks at the data", found.looks))
    return Section("How many animals", text, (), tables)

"""What a posterior leaves open, as a section of a page and as sentences of the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from neurogen_abm.experiments.uncertainty import PARTS, RELATIVE, VALUE, WORDS, Uncertainty, in_words
from neurogen_abm.numerals import plain
from neurogen_abm.report.figures import bands
from neurogen_abm.report.figures.responses import label_and_unit
from neurogen_abm.report.pages.findings import Figure, Section, Table
from neurogen_abm.words import spoken

TITLE = "What is not known"
_MEANING = (
    "Not known: the same mean animal under the draws of the posterior. Animals: their traits, under one draw. Chance: "
    "the same animal living the same days again, and counted again. Shares are of the variance."
)
CONDITION = (
    "A posterior says what the published findings leave open if the rules of the model hold; that a rule may be wrong "
    "is in no band."
)


def sentences(found: Uncertainty, read_out: str) -> list[str]:
    """Return what is known of a read-out at the end, and where its variance comes from, one sentence per arm."""
    final = found.final
    effects = (final["of"] == RELATIVE).any()
    rows = final[(final["read_out"] == read_out) & (final["of"] == (RELATIVE if effects else VALUE))]
    return [*(f"{_known(row)} {in_words(row)}" for row in rows.to_dict("records")), _how(found), *found.said]


def _known(row: Mapping[Any, Any]) -> str:
    label, unit = label_and_unit(row["read_out"])
    mean = _number(row, "mean", unit)
    inner, outer = (
        f"{_number(row, f'{part}_10')} to {_number(row, f'{part}_90', unit)}" for part in ("parameters", "all")
    )
    what = f"{label} of {spoken(row['arm'])} over the posterior: {mean}"
    known = f"of four in five draws {inner}"
    if not row["share_parameters"] > 0:
        known = "draws differ by no more than chance makes them"
    return f"{what}; {known}, of four in five animals {outer}."


def _number(row: Mapping[Any, Any], column: str, unit: str = "") -> str:
    value = row[column]
    if row["of"] == RELATIVE:
        return f"{'+' if value >= 0 else ''}{plain(100 * value, 3)} %"
    return f"{plain(value, 4)} {unit}".strip()


def _how(found: Uncertainty) -> str:
    fits = " and ".join(dict.fromkeys(spoken(fit.removeprefix("posterior_")) for fit in found.fits.values()))
    lives = "lives" if found.final["share_animals"].isna().all() else "animals"
    return f"{found.draws} draws of the posterior {fits}, {found.animals} {lives} under each."


def section(found: Uncertainty, read_outs: list[str]) -> Section:
    """Return the section of a page: the bands of some read-outs, and where the variance of all comes from."""
    of = RELATIVE if (found.table["of"] == RELATIVE).any() else VALUE
    arms = list(dict.fromkeys(found.table.loc[found.table["of"] == of, "arm"]))
    figures = []
    for number, name in enumerate(read_outs):
        for place, arm in enumerate(arms):
            figure = bands.band_of(found, name, arm if len(found.fits) > 1 else None, of)
            caption = bands.CAPTION if number == place == 0 else ""
            figures.append(Figure(f"bands-{number}-{place}", figure, caption, wide=False))
    figures.append(Figure("variance", bands.parts_of(found.final, of), "Parts of the variance at the end of the run."))
    text = [*sentences(found, read_outs[0]), _MEANING, CONDITION]
    return Section(
        TITLE, text, figures, [Table("Bands and parts of the variance at the end", table(found), shown=False)]
    )


def table(found: Uncertainty) -> pd.DataFrame:
    """Return the end of the run as a person reads it."""
    rows = found.final
    words = {"read-out": [label_and_unit(name)[0] for name in rows["read_out"]]}
    columns = ["arm", "of", "mean", "parameters_10", "parameters_90", "all_10", "all_90"]
    told = rows[columns].assign(arm=rows["arm"].map(spoken), **words)
    for part in PARTS:
        told[WORDS[part]] = [_share(row, part) for row in rows.to_dict("records")]
    return told[["arm", "read-out", *[name for name in told if name not in ("arm", "read-out")]]]


def _share(row: Mapping[Any, Any], part: str) -> str:
    share, error = row[f"share_{part}"], row[f"variance_{part}_error"]
    if share != share:
        return ""
    known = [row[f"variance_{name}"] for name in PARTS]
    whole = sum(max(one, 0.0) for one in known if one == one)
    return f"{plain(100 * share, 2)} ± {plain(100 * error / whole, 2)} %" if whole > 0 else f"{plain(100 * share, 2)} %"

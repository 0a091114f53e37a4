"""The score card of replayed studies: in the terminal, as Markdown, as a table, and as one page with figures."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import pandas as pd

from neurogen_abm.experiments.studies import left_out
from neurogen_abm.experiments.studies.against_rivals import ours
from neurogen_abm.experiments.studies.gains import gains, inside
from neurogen_abm.experiments.studies.pathways import disagreements, ranking
from neurogen_abm.experiments.studies.single_animals import inside_animals
from neurogen_abm.experiments.studies.study import Replay, StudyPlan
from neurogen_abm.numerals import plain
from neurogen_abm.report.figures import counts, studies
from neurogen_abm.report.pages.card_sections import grouped_sections, spoken_names
from neurogen_abm.report.pages.findings import Figure, Section, Table, write_findings
from neurogen_abm.report.pages.html import fill_text
from neurogen_abm.report.pages.rivals import rival_lines, rival_tables
from neurogen_abm.rivals.models import AGENTS
from neurogen_abm.spec.scenario.models import Scenario
from neurogen_abm.storage import run_directory
from neurogen_abm.storage.atomic import write_file
from neurogen_abm.version import __version__
from neurogen_abm.words import several, shortened, spoken

MARKS = {"pass": "pass", "near": "near", "fail": "FAIL"}
VERDICTS = ("pass", "near", "fail")
DEFAULT_PATHWAY = Scenario.model_fields["pathway"].default
Row: TypeAlias = Mapping[Any, Any]
Writer: TypeAlias = tuple[str, Callable[[Path], object]]


def number(value: float) -> str:
    """Write a number with the digits a reader needs; nothing for NaN."""
    if math.isnan(value):
        return ""
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    return f"{value:,.0f}" if abs(value) >= 1000 else plain(value, 3)


def span(low: float, high: float, infix: str = "-") -> str:
    """Write an interval; one open end as a bound, nothing where both are."""
    known = [math.isfinite(end) for end in (low, high)]
    if all(known):
        return f"{number(low)}{infix}{number(high)}"
    return f"> {number(low)}" if known[0] else f"< {number(high)}" if known[1] else ""


def simulated(row: Row) -> str:
    """Write what the animals say, with its interval."""
    between = span(row["simulated_low"], row["simulated_high"])
    if math.isnan(row["simulated"]):
        return "none"
    return f"{number(row['simulated'])} ({between})" if between else number(row["simulated"])


def published(row: Row) -> str:
    """Write what the paper says."""
    if row["kind"] == "null":
        return "no difference"
    value, between = number(row["published"]), span(row["published_low"], row["published_high"])
    if row["kind"] == "timing":
        value, between = (f"day {text}" if text else "" for text in (value, between))
    if value and not math.isnan(row["published_error"]):
        return f"{value} ± {number(row['published_error'])}"
    return f"{value} ({between})" if value and between else value or between or str(row["says"])


def predicted(row: Row) -> str:
    """Write between which 95 % of papers like this one would report their number."""
    return span(row["predicted_low"], row["predicted_high"])


def tally(card: pd.DataFrame, *by: str) -> pd.DataFrame:
    """Return how many expectations pass, are near and fail, and the share that passes, in groups."""
    groups = card.groupby(list(by), sort=False)["verdict"]
    counts = groups.value_counts().unstack(fill_value=0).reindex(columns=list(VERDICTS), fill_value=0)
    counts["all"] = counts.sum(axis=1)
    counts["passes"] = [f"{100 * row['pass'] / row['all']:.0f} %" for _, row in counts.iterrows()]
    return counts.reset_index()


def by_span(card: pd.DataFrame) -> pd.DataFrame:
    """Return the totals that the spans alone would give, without the error of any paper."""
    return tally(card.assign(verdict=card["verdict_by_span"]), "pathway", "tier", "role")


def order_of_pathways(card: pd.DataFrame) -> pd.DataFrame | None:
    """Return how sure the order of the pathways is, as text; None of one pathway."""
    found = ranking(card)
    if found.empty:
        return None
    rows = found.to_dict("records")
    return found[["findings", "pathway", "n", "papers"]].assign(
        nats=[number(row["total"]) for row in rows],
        behind_the_best=[_behind(row) for row in rows],
        chance_best=["" if math.isnan(row["chance_best"]) else f"{100 * row['chance_best']:.0f} %" for row in rows],
    )


def _behind(row: Row) -> str:
    """Write how many nats a pathway is behind the best, with its interval over papers."""
    if row["behind"] == 0.0:
        return "0"
    between = "" if math.isnan(row["behind_low"]) else f" ({number(row['behind_low'])} to {number(row['behind_high'])})"
    return number(row["behind"]) + between


def told_apart(card: pd.DataFrame) -> pd.DataFrame | None:
    """Return the findings on which pathways disagree, as text; None where there is none."""
    found = disagreements(card)
    if found.empty:
        return None
    said = card.drop_duplicates(["study", "expectation"]).set_index(["study", "expectation"])
    rows = found.to_dict("records")
    papers = [published(said.loc[(row["study"], row["expectation"])].to_dict()) for row in rows]
    words = {
        "speaks for": [row["for"] for row in rows],
        "against": [row["against"] for row in rows],
        "best": [_says(row, "best") for row in rows],
        "worst": [_says(row, "worst") for row in rows],
        "nats apart": [number(row["nats"]) for row in rows],
    }
    return found[["study", "expectation", "role"]].assign(published=papers, **words)


def _says(row: Row, which: str) -> str:
    """Write what one pathway says of a finding, and its log score."""
    return f"{row[which]}: {number(row[f'{which}_simulated']) or 'none'}, {number(row[f'{which}_score'])}"


def not_replayed(plans: Sequence[StudyPlan]) -> pd.DataFrame:
    """Return the findings that the studies name and do not replay: study, finding, reason."""
    studies = {entry.study.name: entry.study for entry in plans}
    rows = [(name, left.finding, left.reason) for name, study in studies.items() for left in study.not_replayed]
    return pd.DataFrame(rows, columns=["study", "finding", "reason"])


def _replayed_and_not(card: pd.DataFrame, plans: Sequence[StudyPlan]) -> str:
    """Say of how many findings there is a verdict, and of how many there is none."""
    judged, left = len(card.drop_duplicates(["study", "expectation"])), len(not_replayed(plans))
    return f"{several(judged, 'finding')} replayed, {left} not replayed."


def as_text(whole: pd.DataFrame, plans: Sequence[StudyPlan]) -> str:
    """Return the card for a terminal."""
    lines: list[str] = []
    card = ours(whole)
    for (study, pathway), part in card.groupby(["study", "pathway"], sort=False):
        on = part["mechanisms"].iloc[0]
        lines += ["", f"{study}  [{pathway}{f', with {on}' * bool(on)}]"]
        for row in part.to_dict("records"):
            name = shortened(row["expectation"], 58)
            lines.append(f"  {MARKS[row['verdict']]:5}{name:60}{simulated(row):27} {published(row)}")
    lines += ["", *(f"  not replayed: {p.study.name} [{p.pathway}]: {p.why_not}" for p in plans if _lacks(p))]
    lines += [f"  not replayed: {row.study}, {row.finding}: {row.reason}" for row in not_replayed(plans).itertuples()]
    lines += [f"  {p.study.name} [{p.pathway}]: {note}" for p in plans for note in p.notes]
    lines.append(_replayed_and_not(card, plans))
    for row in tally(card, "pathway", "tier", "role").to_dict("records"):
        counts = ", ".join(f"{row[verdict]} {verdict}" for verdict in VERDICTS)
        lines.append(f"{row['pathway']}, tier {row['tier']}, {row['role']}: {counts} ({row['passes']})")
    for row in gains(card).to_dict("records"):
        if row["findings"] == "all":
            said = ", ".join(f"{row[name]} {name}" for name in row if str(name).startswith("over"))
            lines.append(f"{row['pathway']}, nats gained per finding of {several(row['n'], 'ratio')}: {said}")
    if (order := order_of_pathways(card)) is not None:
        for row in order[order["findings"] == "all"].to_dict("records"):
            lines.append(f"{row['pathway']}: {row['nats']} nats, {row['behind_the_best']} from the best")
            lines[-1] += f", best in {row['chance_best']} of draws of papers" if row["chance_best"] else ""
        lines.append(f"Pathways disagree on {len(disagreements(card))} findings.")
    lines += rival_lines(whole, plans)
    return "\n".join(lines).lstrip("\n")


def _lacks(entry: StudyPlan) -> bool:
    """Say whether it is the pathway that cannot replay a study, not the model."""
    return bool(entry.why_not and entry.study.expectations and entry.model == AGENTS)


def as_markdown(whole: pd.DataFrame, plans: Sequence[StudyPlan]) -> str:
    """Return the card as a document: totals, misses first, then every study with what was assumed."""
    card = ours(whole)
    studies = {entry.study.name: entry.study for entry in plans}
    own = {name: card[card["study"] == name] for name in studies}
    context = {
        "heading": _heading(card, plans),
        "totals": tally(card, "pathway", "tier", "role"),
        "by_span": by_span(card),
        "gains": gains(card),
        "inside": inside(card),
        "order": order_of_pathways(card),
        "apart": told_apart(card),
        **rival_tables(whole, plans, published),
        **_left_out(card, plans),
        "animals": _animals(card, plans),
        "misses": _misses(card),
        "left": not_replayed(plans),
        "said": _replayed_and_not(card, plans),
        "studies": list(studies.values()),
        "tables": {name: _side_by_side(mine) if len(mine) else None for name, mine in own.items()},
        "lacking": [entry for entry in plans if _lacks(entry)],
        "plans": plans,
    }
    return fill_text("score_card.md.jinja", context)


def _left_out(card: pd.DataFrame, plans: Sequence[StudyPlan]) -> Mapping[str, Any]:
    """Return what shipped posteriors said of papers that they were not fitted to, of the findings of this card."""
    shipped = left_out.shipped(arm.scenario.species for entry in plans for arm in entry.arms.values())
    mine = left_out.of_card(card, shipped)
    if not len(mine):
        return {"without": None}
    missing = left_out.otherwise(card, shipped)
    changed = f" {missing} of the fit are left out here: they say something else today." if missing else ""
    papers = mine["paper"].nunique()
    said = f"{len(mine)} findings that the free numbers of a posterior reach, of {papers} papers.{changed}"
    for pathway, numbers in left_out.changed(mine, plans).items():
        more = f"; and {len(numbers) - 4} more" if len(numbers) > 4 else ""
        said += f" Under {pathway} this is what was said before, not what would be said today: "
        said += f"{'; '.join(numbers[:4])}{more}."
    return {"without": said, "without_gains": left_out.gains_left_out(mine), "coverage": left_out.coverage(mine)}


def _animals(card: pd.DataFrame, plans: Sequence[StudyPlan]) -> Mapping[str, Any] | None:
    """Return what is said of studies with single animals: sentence and table; None where there are none."""
    found = inside_animals(card, plans)
    if found.empty:
        return None
    said = [
        f"{part['inside'].sum()} of {len(part)} under {name}" for name, part in found.groupby("pathway", sort=False)
    ]
    table = found.assign(
        published=found["published"].map(number),
        interval=[span(low, high) for low, high in zip(found["low"], found["high"], strict=True)],
        model=found["simulated"].map(number),
        inside=found["inside"].map({True: "yes", False: "no"}),
    )
    columns = ["study", "expectation", "role", "pathway", "published", "interval", "model", "inside"]
    return {"said": f"Inside the 95 % interval of the animals: {'; '.join(said)}.", "table": table[columns]}


def _heading(card: pd.DataFrame, plans: Sequence[StudyPlan]) -> str:
    arms = [arm.resolved for entry in plans for arm in entry.arms.values()]
    used = sorted({f"{arm.scenario.species} {arm.catalogue_digest[:8]}" for arm in arms})
    on = sorted({name for entry in plans for name in entry.mechanisms})
    some = " in some arms" * any(entry.mixed for entry in plans)
    said = f"; mechanisms on{some}: {', '.join(on)}" if on else ""
    findings = len(card.drop_duplicates(["study", "expectation"]))
    return (
        f"{findings} published findings of {_counted(card, 'study', 'studies')}, replayed under "
        f"{_counted(card, 'pathway', 'pathways')} with up to {int(card['animals'].max())} animals per arm ("
        f"neurogen_abm {__version__}, catalogue {', '.join(used)}{said})."
    )


def _counted(card: pd.DataFrame, one: str, many: str) -> str:
    count = card[one].nunique()
    return f"{count} {one if count == 1 else many}"


def _misses(card: pd.DataFrame) -> pd.DataFrame | None:
    """Return the findings that are near or fail under one pathway at least; None where there are none."""
    missed = (card["verdict"] != "pass").groupby([card["study"], card["expectation"]]).transform("any")
    return _side_by_side(card[missed], "study", note=True) if missed.any() else None


def _side_by_side(card: pd.DataFrame, *more: str, note: bool = False) -> pd.DataFrame:
    """Return one row per expectation and one column per pathway with verdict and simulated value."""
    rows = []
    for _, part in card.groupby(["study", "expectation"], sort=False):
        first = part.iloc[0].to_dict()
        said = {
            row["pathway"]: f"{MARKS[row['verdict']]} {simulated(row)}, {number(row['log_score'])}"
            for row in part.to_dict("records")
        }
        row = {key: first[key] for key in more}
        row |= {"expectation": first["expectation"], "tier": first["tier"], "role": first["role"]}
        row |= {
            "published": published(first),
        }
        rows.append(row | said | ({"note": first["note"]} if note else {}))
    return pd.DataFrame(rows).fillna("")


def _readable(card: pd.DataFrame) -> pd.DataFrame:
    written = {
        "simulated": simulated,
        "published": published,
        "predicted": predicted,
        "log_score": lambda row: number(row["log_score"]),
    }
    rows = card.to_dict("records")
    if "draws" in card:
        written["simulated over draws"] = lambda row: (
            f"{number(row['drawn_50'])} ({span(row['drawn_10'], row['drawn_90'])})"
        )
    columns = {name: [write(row) for row in rows] for name, write in written.items()}
    return card[["pathway", "expectation", "tier", "verdict"]].assign(**columns)


def write_page(path: Path, whole: pd.DataFrame, replays: Sequence[Replay], plans: Sequence[StudyPlan]) -> Path:
    """Write the card as one page with figures; the published values are drawn in.

    ``plans`` are of all studies, also of those that were not replayed.

    Raises
    ------
    OSError
        The page cannot be written.
    """
    card = ours(whole)
    totals = tally(card, "pathway", "tier", "role")
    head = [Figure("totals", studies.pathway_totals(totals), "Dotted: 80 %.")]
    if card["pathway"].nunique() > 1:
        head.append(Figure("verdicts", studies.verdicts(card), "One column per pathway."))
    tables = [Table("Totals", totals), Table("Nats gained per finding over models without biology", gains(card))]
    tables += [
        Table("Published numbers inside what is predicted", inside(card)),
        Table("By spans alone", by_span(card)),
    ]
    if (order := order_of_pathways(card)) is not None:
        tables.append(Table("Order of the pathways", order))
    if (apart := told_apart(card)) is not None:
        tables.append(Table("Findings on which pathways disagree", apart))
    if (without := _left_out(card, plans))["without"]:
        tables.append(Table("Leave one paper out: nats gained per finding", without["without_gains"]))
        tables.append(Table("Leave one paper out: how often bands hold", without["coverage"]))
    if len(left := not_replayed(plans)):
        tables.append(Table("Not replayed", left))
    animals = _animals(card, plans)
    if animals is not None:
        tables.append(Table("Single animals", animals["table"]))
    said = {"Totals": [_replayed_and_not(card, plans)], "Leave one paper out": [without["without"] or ""]}
    said["Single animals"] = [] if animals is None else [animals["said"]]
    sections = grouped_sections(said, head, tables)
    if (beside := rival_tables(whole, plans, published))["rival_totals"] is not None:
        sections.append(_rival_section(beside))
    sections += _ratio_sections(card)
    by_study: dict[str, list[Replay]] = {}
    for entry in replays:
        by_study.setdefault(entry.plan.study.name, []).append(entry)
    sections += [_study_section(group, card) for group in by_study.values()]
    facts = [_counted(card, "study", "studies"), _counted(card, "pathway", "pathways"), f"{len(card)} verdicts"]
    facts += [f"neurogen_abm {__version__}"]
    return write_findings(path, "Evidence report card", sections, facts=facts, description=_DESCRIPTION)


def _ratio_sections(card: pd.DataFrame) -> Iterator[Section]:
    """Yield the figure of the ratios under each pathway that has any."""
    for pathway, part in card.groupby("pathway", sort=False):
        if (figure := studies.ratios(part)) is not None:
            words = "Marks: simulated, with the 95 % interval of the twins. Bar: published value. "
            words += "Grey: where 95 % of such papers would report theirs"
            words += ", what is not known counted in." if "draws" in part else "."
            yield Section(f"Ratios, {spoken(str(pathway))}", (), [Figure(f"ratios-{pathway}", figure, words)])


def _rival_section(beside: Mapping[str, Any]) -> Section:
    """Return what is said of rival models."""
    tables = [Table("Models", beside["rival_totals"])]
    if beside["rival_gains"] is not None:
        tables.append(
            Table("Nats gained per finding over rivals, on findings that both speak on", beside["rival_gains"])
        )
    tables.append(Table("Findings on which rivals speak", beside["rival_findings"]))
    return Section("Rival models", beside["rival_sentences"], [], tables)


_DESCRIPTION = "Published experiments, replayed. A miss is a result: it says what the model does not explain."


def _study_section(group: Sequence[Replay], card: pd.DataFrame) -> Section:
    """Return what is said of one study under all its pathways; courses are drawn of one of them."""
    study = group[0].plan.study
    drawn = next((entry for entry in group if entry.plan.pathway == DEFAULT_PATHWAY), group[0])
    words = f"mean and 95 % interval, {drawn.plan.pathway}."
    words += " Shaded: the mean under four in five draws of the posterior." if drawn.under else ""
    figures = [
        Figure(f"{study.name}-{name}", figure, f"{spoken(name)}: {words}", wide=False)
        for name, figure in studies.courses(drawn)
    ]
    band = f"Points: animals counted. Bands: where 95 % of simulated animals lie, {drawn.plan.pathway}."
    figures += [
        Figure(f"{study.name}-counted-{name}", figure, f"{spoken(name)}. {band} {scaled}")
        for name, figure, scaled in counts.counted(drawn)
    ]
    mine = card[card["study"] == study.name].sort_values("expectation", kind="stable", key=_first_seen)
    findings = _readable(mine).assign(source=list(mine["source"]))
    text = [f"{study.title or study.name}. {study.paper}.", *(f"Assumed: {sentence}" for sentence in study.assumed)]
    text += [f"Counts: {study.counted_how}"] if study.counted_how else []
    text += [f"{entry.plan.pathway}: {note}" for entry in group for note in entry.plan.notes]
    return Section(spoken(study.name), text, figures, [Table("Findings", spoken_names(findings))])


def _first_seen(names: pd.Series) -> pd.Series:
    """Return the place of each name in the order in which they first come."""
    return pd.Series(pd.factorize(names)[0], index=names.index)


def write_cards(
    folder: Path, card: pd.DataFrame, replays: Sequence[Replay], plans: Sequence[StudyPlan]
) -> Mapping[str, Path]:
    """Write the card as Markdown and Parquet into a directory; return what was written, by what it is.

    Raises
    ------
    OSError
        The disk is full or cannot be written.
    """
    writers: dict[str, Writer] = {
        "Card": ("score_card.md", lambda path: path.write_text(as_markdown(card, plans), encoding="utf-8")),
        "Table": ("score_card.parquet", partial(run_directory.write_table, card)),
        **_comparisons(ours(card)),
        "Page": ("score_card.html", lambda path: write_page(path, card, replays, plans)),
    }
    written = {}
    for label, (name, write) in writers.items():
        written[label] = write_file(folder / name, write)
    return written


def _comparisons(card: pd.DataFrame) -> Mapping[str, Writer]:
    """Return the tables in which pathways are compared; none of one pathway."""
    if (order := ranking(card)).empty:
        return {}
    return {
        "Order": ("pathway_ranking.parquet", partial(run_directory.write_table, order)),
        "Apart": ("disagreements.parquet", partial(run_directory.write_table, disagreements(card))),
    }

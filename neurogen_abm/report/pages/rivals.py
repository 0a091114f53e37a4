"""The part of a score card that sets rival models beside ours."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from neurogen_abm.experiments.studies.against_rivals import NOT_SPOKEN, pairwise, rivals_of, totals
from neurogen_abm.experiments.studies.planning import StudyPlan
from neurogen_abm.numerals import plain
from neurogen_abm.rivals.models import AGENTS, rival

Write = Callable[[Mapping[Any, Any]], str]


def rival_tables(card: pd.DataFrame, plans: Sequence[StudyPlan], published: Write) -> Mapping[str, Any]:
    """Return what a card says of rivals, as text: ``rival_totals``, ``rival_gains``, ``rival_findings``, sentences.

    Every entry is None where no rival was asked; ``rival_gains`` also where our model was not. ``published`` writes
    what the paper of a row says.
    """
    names = rivals_of(card)
    none = dict.fromkeys(("rival_totals", "rival_gains", "rival_findings", "rival_sentences"))
    if not names:
        return none
    gains = pairwise(card)
    return {
        "rival_totals": _totals(totals(card, plans)),
        "rival_gains": _gains(gains) if len(gains) else None,
        "rival_findings": _findings(card, published),
        "rival_sentences": [f"{name}: {rival(name).says} {' '.join(rival(name).lacks)}" for name in names],
    }


def rival_lines(card: pd.DataFrame, plans: Sequence[StudyPlan]) -> list[str]:
    """Return what the terminal says of rivals: a line for each model, and one for each comparison."""
    if not rivals_of(card):
        return []
    lines = []
    for row in totals(card, plans).to_dict("records"):
        said = ", ".join(f"{row[verdict]} {verdict}" for verdict in ("pass", "near", "fail"))
        lines.append(
            f"{row['model']}: speaks on {row['spoken']} of {row['findings']} findings: {said}; "
            f"{row['free_numbers']} free numbers, for each of which {row['pass_per_free']:.1f} pass, "
            f"{row['gained_per_free']:+.1f} nats over no effect"
        )
    gains = pairwise(card)
    for row in gains[gains["findings"] == "all"].to_dict("records") if len(gains) else ():
        lines.append(
            f"{row['pathway']} over {row['rival']}: {_nats(row)} nats per finding of the {row['n']} that both speak on "
            f"({row['passes']} and {row['rival_passes']} pass)"
        )
    return lines


def _nats(row: Mapping[Any, Any]) -> str:
    mean = f"{round(row['gain'], 2):+.2f}"
    return mean if math.isnan(row["error"]) else f"{mean} ± {plain(row['error'], 2)}"


def _totals(found: pd.DataFrame) -> pd.DataFrame:
    named = ["model", "spoken", "pass", "near", "fail", "free_numbers"]
    rows = [
        {key.replace("_", " "): row[key] for key in named}
        | {
            "speaks on": f"{100 * row['spoken'] / row['findings']:.0f} %",
            "log score": f"{row['total']:.1f}",
            "nats over no effect": f"{row['gained']:+.1f}",
            "passes per free number": f"{row['pass_per_free']:.2f}",
            "nats over no effect per free number": f"{row['gained_per_free']:+.2f}",
        }
        for row in found.to_dict("records")
    ]
    return pd.DataFrame(rows)


def _gains(found: pd.DataFrame) -> pd.DataFrame:
    rows = [
        {key: row[key] for key in ("pathway", "rival", "findings", "n", "papers")}
        | {
            "gain": _nats(row),
            "in all": f"{row['total']:+.1f}",
            "passes": row["passes"],
            "passes of the rival": row["rival_passes"],
        }
        for row in found.to_dict("records")
    ]
    return pd.DataFrame(rows)


def _findings(card: pd.DataFrame, published: Write) -> pd.DataFrame:
    """Return one row for each finding on which a rival speaks, and what each model says of it."""
    rows = []
    for _, part in card.groupby(["study", "expectation"], sort=False):
        spoken = part[(part["model"] != AGENTS) & (part["verdict"] != NOT_SPOKEN)]
        if not len(spoken):
            continue
        first = part.iloc[0].to_dict()
        said = {_called(row): _says(row) for row in part.to_dict("records")}
        named = {key: first[key] for key in ("study", "expectation", "role")}
        rows.append(named | {"published": published(first)} | said)
    return pd.DataFrame(rows).fillna("")


def _called(row: Mapping[Any, Any]) -> str:
    return str(row["pathway"])


def _says(row: Mapping[Any, Any]) -> str:
    if row["verdict"] == NOT_SPOKEN:
        return NOT_SPOKEN
    value = "none" if math.isnan(row["simulated"]) else plain(row["simulated"], 3)
    score = "" if math.isnan(row["log_score"]) else f", {plain(row['log_score'], 3)}"
    return f"{row['verdict']} {value}{score}"

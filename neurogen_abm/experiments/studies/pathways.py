"""Which pathway the findings speak for: where pathways disagree, and how sure their order is.

Pathways are compared on the findings that all of them could replay, by the sum of their log scores (natural logarithm
of the likelihood). Findings of one paper share its animals and its laboratory, so that what is uncertain is which
papers there are: papers are drawn again with replacement, and the order is looked at in every draw.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from neurogen_abm.experiments.statistics import CONFIDENCE, Array

# Two pathways disagree on a finding that one makes at least e times as likely as the other, where the first passes.
DISAGREE = 1.0
_DRAWS = 10_000
_FINDING = ["study", "expectation"]


class Lead(NamedTuple):
    """How far each pathway is behind the best, in nats (0 for the best), and how often it is the best."""

    behind: Array
    low: Array  # 95 % interval over draws of papers
    high: Array
    chance_best: Array


def behind_best(card: pd.DataFrame) -> pd.Series:
    """Return the log score of every row less the best that a pathway has on its finding.

    NaN where the finding has no score, or under one pathway alone.
    """
    by_finding = card.groupby(_FINDING, sort=False)["log_score"]
    found: pd.Series = card["log_score"] - by_finding.transform("max")
    return found.where(by_finding.transform("count") > 1)


def ranking(card: pd.DataFrame, *, seed: int = 1) -> pd.DataFrame:
    """Return the order of the pathways, by the total log score of the findings that all of them replay.

    Columns: findings (all, or those of one role), pathway, n of findings and of papers, ``total`` (nats), ``behind``
    (less than the best by so many, negative), ``behind_low`` and ``behind_high`` (95 % over draws of papers), and
    ``chance_best``, the share of draws in which the pathway is the best. Empty where there is one pathway.
    """
    pathways = list(dict.fromkeys(card["pathway"]))
    if len(pathways) < 2:
        return pd.DataFrame()
    by_finding = card.set_index(["role", "paper", *_FINDING, "pathway"])["log_score"]
    scores = by_finding.unstack("pathway").reindex(columns=pathways).dropna()
    roles = scores.index.get_level_values("role")
    groups = {"all": scores} | {f"role {role}": scores[roles == role] for role in dict.fromkeys(card["role"])}
    return pd.concat(
        [_ranked(which, group, seed) for which, group in groups.items() if len(group)] or [pd.DataFrame()],
        ignore_index=True,
    )


def _ranked(which: str, scores: pd.DataFrame, seed: int) -> pd.DataFrame:
    by_paper = scores.groupby(level="paper", sort=False).sum()
    lead = lead_over_papers(by_paper.to_numpy(), np.random.default_rng(seed))
    table = pd.DataFrame(
        {
            "findings": which,
            "pathway": by_paper.columns,
            "n": len(scores),
            "papers": len(by_paper),
            "total": by_paper.sum().to_numpy(),
            "behind": lead.behind,
            "behind_low": lead.low,
            "behind_high": lead.high,
            "chance_best": lead.chance_best,
        }
    )
    return table.sort_values("total", ascending=False, kind="stable")


def lead_over_papers(scores: Array, rng: np.random.Generator, draws: int = _DRAWS) -> Lead:
    """Return how sure the order of the columns of ``scores`` is, (papers, pathways), in nats.

    Pathways that tie in a draw share it. Of one paper nothing is known of others: interval and chance are NaN.
    """
    total = scores.sum(axis=0)
    best = int(np.argmax(total))
    behind = total - total[best]
    if len(scores) < 2:
        unknown = np.full(len(total), np.nan)
        return Lead(behind, unknown, unknown, unknown)
    times = rng.multinomial(len(scores), np.full(len(scores), 1 / len(scores)), draws)
    drawn = times @ scores
    ends = np.quantile(drawn - drawn[:, [best]], [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2], axis=0)
    first = np.isclose(drawn, drawn.max(axis=1, keepdims=True), rtol=0.0, atol=1e-9)
    return Lead(behind, ends[0], ends[1], (first / first.sum(axis=1, keepdims=True)).mean(axis=0))


def disagreements(card: pd.DataFrame, least: float = DISAGREE) -> pd.DataFrame:
    """Return the findings on which pathways disagree: one passes, and another is worse by ``least`` nats or more.

    One row a finding, those that tell most apart first. ``for`` names the pathways that pass and are nearer than
    ``least`` to the best of them, ``against`` those that are farther behind; the best and the worst stand with what
    they say (``simulated``, ``log_score``), and ``nats`` is the distance between them.
    """
    rows = []
    for (study, expectation), part in card[card["log_score"].notna()].groupby(_FINDING, sort=False):
        ordered = part.sort_values("log_score", ascending=False, kind="stable")
        passing = part[part["verdict"] == "pass"]
        if passing.empty:
            continue
        best, worst = ordered[ordered["verdict"] == "pass"].iloc[0], ordered.iloc[-1]
        near = passing["log_score"] > best["log_score"] - least
        far = part["log_score"] <= best["log_score"] - least
        if not far.any():
            continue
        rows.append(
            {
                "study": study,
                "expectation": expectation,
                "role": best["role"],
                "for": ", ".join(passing.loc[near, "pathway"]),
                "against": ", ".join(part.loc[far, "pathway"]),
                "best": best["pathway"],
                "best_simulated": best["simulated"],
                "best_score": best["log_score"],
                "worst": worst["pathway"],
                "worst_simulated": worst["simulated"],
                "worst_score": worst["log_score"],
                "nats": best["log_score"] - worst["log_score"],
            }
        )
    columns = ["study", "expectation", "role", "for", "against"]
    columns += [f"{which}{what}" for which in ("best", "worst") for what in ("", "_simulated", "_score")] + ["nats"]
    found = pd.DataFrame(rows, columns=columns)
    return found.sort_values("nats", ascending=False, kind="stable", ignore_index=True)

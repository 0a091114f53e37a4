"""What space, signals and feedback add: our model beside rivals on the findings that both speak on."""

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

import numpy as np
import pandas as pd

from neurogen_abm.experiments.studies.nulls import NO_EFFECT
from neurogen_abm.experiments.studies.planning import StudyPlan
from neurogen_abm.experiments.studies.study import null_column
from neurogen_abm.lowering import sketch
from neurogen_abm.rivals.models import AGENTS, RIVALS, rival
from neurogen_abm.spec.parameter import leaves

_FINDING = ["study", "expectation"]
NOT_SPOKEN = "not spoken"


def ours(card: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a card that are of our model; all of them where it was not asked."""
    own = card[card["model"] == AGENTS]
    return own if len(own) else card[card["verdict"] != NOT_SPOKEN]


def rivals_of(card: pd.DataFrame) -> list[str]:
    """Return the rivals on a card."""
    return [name for name in RIVALS if (card["model"] == name).any()]


def free_numbers(plans: Sequence[StudyPlan], model: str, pathway: str = "") -> int:
    """Return how many numbers of a model were fitted to findings (status ``calibrated``), of those that its runs read.

    Of ours under one pathway, by species: a number that was fitted for mice and again for rats counts twice, and a
    table as many numbers as it has.
    """
    if model != AGENTS:
        return len(rival(model).free)
    found: dict[tuple[str, str], int] = {}
    for entry in plans:
        if entry.model == AGENTS and entry.pathway == pathway:
            for arm in entry.arms.values():
                for path in _read(arm.resolved.digest, arm.resolved):
                    parameter = arm.resolved.parameters[path]
                    if parameter.status == "calibrated":
                        found[arm.scenario.species, path] = len(list(leaves(parameter.value)))
    return sum(found.values())


def _read(digest: str, resolved: object) -> frozenset[str]:
    return _kept(digest, _Held(resolved))


class _Held:
    """A scenario that is told apart by the digest beside it alone."""

    def __init__(self, resolved: object) -> None:
        self.resolved = resolved

    def __hash__(self) -> int:
        return 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held)


@cache
def _kept(digest: str, held: _Held) -> frozenset[str]:
    return sketch(held.resolved).used  # type: ignore[arg-type]


def totals(card: pd.DataFrame, plans: Sequence[StudyPlan]) -> pd.DataFrame:
    """Return one row for each model (ours by pathway): what it speaks on, how it does, and that by free number.

    Columns: model, findings (of the card), spoken, pass, near, fail, free_numbers, total (log score, nats), gained
    (nats over "no effect", on the ratios it speaks on), ``pass_per_free`` and ``gained_per_free``.
    """
    findings = len(card.drop_duplicates(_FINDING))
    rows = []
    for (model, pathway), part in card.groupby(["model", "pathway"], sort=False):
        spoken = part[part["verdict"] != NOT_SPOKEN]
        verdicts = spoken["verdict"].value_counts()
        gained = float((spoken["log_score"] - spoken[null_column(NO_EFFECT)]).sum())
        free = free_numbers(plans, str(model), str(pathway))
        rows.append(
            {
                "model": str(model) if model != AGENTS else f"{model}, {pathway}",
                "findings": findings,
                "spoken": len(spoken),
                **{verdict: int(verdicts.get(verdict, 0)) for verdict in ("pass", "near", "fail")},
                "free_numbers": free,
                "total": float(spoken["log_score"].sum()),
                "gained": gained,
                "pass_per_free": int(verdicts.get("pass", 0)) / free if free else math.nan,
                "gained_per_free": gained / free if free else math.nan,
            }
        )
    return pd.DataFrame(rows)


def pairwise(card: pd.DataFrame) -> pd.DataFrame:
    """Return how many nats a finding our model gains over each rival, on the findings that both speak on.

    One row for each pathway, rival and group of findings (all, a role, an assay). Columns: pathway, rival, findings, n,
    papers, gain, error (of papers: findings of one share its animals), total, ``passes`` of ours and ``rival_passes``.
    """
    rows = [
        row
        for pathway, own in card[card["model"] == AGENTS].groupby("pathway", sort=False)
        for name in rivals_of(card)
        for row in _beside(str(pathway), name, _both(own, card[card["model"] == name]))
    ]
    return pd.DataFrame(rows)


def _both(own: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """Return the findings that have a log score under both, those of the rival with ``_rival`` behind their names."""
    merged = own.merge(other[[*_FINDING, "log_score", "verdict"]], on=_FINDING, suffixes=("", "_rival"))
    return merged[merged["log_score"].notna() & merged["log_score_rival"].notna()]


def _beside(pathway: str, name: str, both: pd.DataFrame) -> Iterator[Mapping[str, object]]:
    groups = {"all": both} | {f"role {role!s}": part for role, part in both.groupby("role", sort=False)}
    groups |= {f"assay {assay!s}": part for assay, part in both.groupby("assay", sort=False) if assay}
    for which, part in groups.items():
        if not len(part):
            continue
        each = part["log_score"] - part["log_score_rival"]
        papers = (each - each.mean()).groupby(part["study"]).sum()
        n = len(papers)
        error = math.sqrt(float((papers**2).sum()) * n / (n - 1)) / len(each) if n > 1 else math.nan
        yield {
            "pathway": pathway,
            "rival": name,
            "findings": which,
            "n": len(part),
            "papers": n,
            "gain": float(each.mean()),
            "error": error,
            "total": float(np.sum(each)),
            "passes": int((part["verdict"] == "pass").sum()),
            "rival_passes": int((part["verdict_rival"] == "pass").sum()),
        }

"""What a score card gains over models without biology, in nats a finding, in all and by role and assay."""

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd

from neurogen_abm.experiments.studies.nulls import FITTED, NULL_MODELS
from neurogen_abm.experiments.studies.study import null_column
from neurogen_abm.numerals import plain

_RIVALS = {name: null_column(name) for name in NULL_MODELS}
_RIVALS |= {f"{name}, paper left out": null_column(name, left_out=True) for name in FITTED}


def gains(card: pd.DataFrame) -> pd.DataFrame:
    """Return the mean gain in log score per finding over each rival, with its standard error over papers.

    Only findings that are ratios count: of everything else the rivals say nothing. Positive: the model explains more.
    Columns: pathway, findings (which), n, and one for each rival, as text.
    """
    return pd.DataFrame(
        [row for pathway, part in _ratios(card).groupby("pathway", sort=False) for row in _rows(pathway, part)]
    )


def _ratios(card: pd.DataFrame) -> pd.DataFrame:
    return card[card[null_column(NULL_MODELS[0])].notna() & card["log_score"].notna()]


def _rows(pathway: object, part: pd.DataFrame) -> Iterator[dict[str, object]]:
    groups = {"all": part} | {f"role {name}": group for name, group in part.groupby("role", sort=False)}
    groups |= {f"assay {name}": group for name, group in part.groupby("assay", sort=False)}
    for which, group in groups.items():
        over = {f"over {name}": _gain(group, column) for name, column in _RIVALS.items()}
        yield {"pathway": pathway, "findings": which, "n": len(group), **over}


def _gain(group: pd.DataFrame, column: str) -> str:
    """Write the mean gain; findings of one paper share its animals, so that the error is that of papers."""
    each = group["log_score"] - group[column]
    papers = (each - each.mean()).groupby(group["paper"]).sum()
    n = len(papers)
    error = math.sqrt(float((papers**2).sum()) * n / (n - 1)) / len(each) if n > 1 else math.nan
    mean = f"{float(np.round(each.mean(), 2)):+.2f}"
    return mean if math.isnan(error) else f"{mean} ± {plain(error, 2)}"


def inside(card: pd.DataFrame) -> pd.DataFrame:
    """Return how many published numbers lie inside their 95 % predictive interval, by pathway and role."""
    numbers = card[card["published"].notna() & card["predicted_low"].notna() & card["kind"].isin(["ratio", "absolute"])]
    held = numbers["published"].between(numbers["predicted_low"], numbers["predicted_high"])
    found = held.groupby([numbers["pathway"], numbers["role"]], sort=False).agg(["sum", "count"]).reset_index()
    share = [f"{100 * row['sum'] / row['count']:.0f} %" for _, row in found.iterrows()]
    return found.rename(columns={"sum": "inside", "count": "numbers"}).assign(share=share)

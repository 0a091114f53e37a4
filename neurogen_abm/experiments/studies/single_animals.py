"""Studies of which single animals are known: whether the model lies inside the 95 % interval of the animals themselves.

A harder question than whether the paper could tell the two apart: the width of the simulation does not count here.
"""

import math
from collections.abc import Iterator, Sequence

import pandas as pd

from neurogen_abm.experiments.studies.evidence import finding
from neurogen_abm.experiments.studies.planning import StudyPlan
from neurogen_abm.rivals.models import AGENTS
from neurogen_abm.spec.study.expectations import Ratio

_COLUMNS = ["study", "expectation", "role", "pathway", "published", "low", "high", "simulated", "inside"]


def inside_animals(card: pd.DataFrame, plans: Sequence[StudyPlan]) -> pd.DataFrame:
    """Return one row per ratio of a study with `counts`, and pathway.

    ``low`` to ``high``: the 95 % interval of the published ratio, from the animals of both groups, on the logarithm by
    Student's distribution with Welch's degrees of freedom; ``inside``: whether the simulated ratio lies in it.
    """
    ends = {
        (plan.study.name, name): span
        for plan in plans
        if plan.model == AGENTS and not plan.why_not and plan.study.counts is not None
        for name, *span in _intervals(plan)
    }
    rows = []
    for row in card[card["model"] == AGENTS].to_dict("records"):
        if (span := ends.get((row["study"], row["expectation"]))) is not None:
            low, high = span
            said = {key: row[key] for key in ("study", "expectation", "role", "pathway", "published")}
            inside = low <= row["simulated"] <= high
            rows.append(said | {"low": low, "high": high, "simulated": row["simulated"], "inside": inside})
    return pd.DataFrame(rows, columns=_COLUMNS)


def _intervals(plan: StudyPlan) -> Iterator[tuple[str, float, float]]:
    """Yield the name of each ratio of a study, and the ends of its interval."""
    for expectation in plan.study.expectations:
        number = finding(plan.study, expectation, plan.arms)
        if isinstance(expectation, Ratio) and expectation.value is not None and number is not None:
            reach = math.exp(number.precision.reach * number.precision.error)
            yield expectation.name, expectation.value / reach, expectation.value * reach

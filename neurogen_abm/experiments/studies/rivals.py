"""Rival models in place of the animals of a study: the same arms, assays and findings, scored by the same rules.

A rival is a mean field, so that each arm has one animal, without an error. What it has no word for is said and left
out: every finding that it does not speak on has the verdict ``not spoken``, with the reason.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from neurogen_abm.errors import InputError, argument
from neurogen_abm.experiments.execution.job import Keep
from neurogen_abm.experiments.statistics import Array, Statistic
from neurogen_abm.experiments.studies.observations import Observations, area_fraction, keep
from neurogen_abm.experiments.studies.planning import StudyPlan
from neurogen_abm.experiments.studies.scoring import Score, score
from neurogen_abm.experiments.studies.study import Replay
from neurogen_abm.experiments.studies.verdicts import open_span
from neurogen_abm.rivals.arm import Lived, unlike, unread
from neurogen_abm.rivals.lineages import Lineage
from neurogen_abm.rivals.models import rival
from neurogen_abm.spec.study.arms import Arm
from neurogen_abm.spec.study.expectations import Correlation, Expectation
from neurogen_abm.spec.study.terms import Quantity, terms

_NO_FAILURES = pd.DataFrame(columns=["job", "seed", "code", "what", "where", "cure"])


def rival_plans(plans: Sequence[StudyPlan], models: Sequence[str]) -> list[StudyPlan]:
    """Return the studies of some plans once for each rival; `StudyPlan.why_not` says where it speaks on no finding.

    A rival has no pathway: its plan has the name of the model there.
    """
    once: dict[str, StudyPlan] = {}
    for entry in sorted(plans, key=lambda entry: bool(entry.why_not)):
        once.setdefault(entry.study.name, entry)
    return [_planned(entry, name) for name in models for entry in once.values()]


def _planned(entry: StudyPlan, model: str) -> StudyPlan:
    why_not = entry.why_not
    if not why_not:
        reasons = [unspoken(expectation, entry.arms) for expectation in entry.study.expectations]
        if all(reasons):
            why_not = f"It speaks on no finding of the study. {reasons[0]}"
    return StudyPlan(entry.study, model, entry.arms, {}, why_not, model=model)


def require_spoken(plans: Sequence[StudyPlan]) -> None:
    """Refuse to replay nothing: an InputError says why no rival speaks on any finding."""
    if plans and all(entry.why_not for entry in plans):
        what = f"There is nothing that a rival model could replay. {plans[0].why_not}"
        raise InputError(what, code="no-jobs", cure="Choose another study, or take `agents` too.")


def require_no_posterior(posterior: object) -> None:
    """Refuse a posterior where rivals alone are asked: it holds none of their numbers."""
    if posterior is not None:
        what = "A posterior holds numbers of `agents` alone, which was not asked for."
        cure = "Leave it out, or take `agents` too."
        raise InputError(what, where=argument("posterior"), code="no-effect", cure=cure)


def unspoken(expectation: Expectation, arms: Mapping[str, Arm]) -> str:
    """Return why rivals do not speak on a finding, a sentence; nothing where they do."""
    if isinstance(expectation, Correlation):
        return "Its animals do not differ."
    quantities = [part for term in terms(expectation, tuple(arms)) for part in term.quantities]
    for quantity in quantities:
        arm = arms[quantity.arm]
        own = {assay.name: assay for assay in arm.scenario.assays}
        reasons = [unlike(arm.resolved), *(unread(own, name) for name in (*quantity.read, *quantity.per))]
        if why := next((reason for reason in reasons if reason), ""):
            return why
    kinds = {(arms[part.arm].scenario.species, arms[part.arm].scenario.strain) for part in quantities}
    return "It knows no species and strains apart." if len(kinds) > 1 else ""


def replay_rivals(plans: Sequence[StudyPlan]) -> list[Replay]:
    """Let the rivals live the arms of the plans that can be replayed, and score every finding; nothing is kept."""
    models = {entry.model: rival(entry.model).lineage() for entry in plans}
    return [replayed_by(entry, models[entry.model]) for entry in plans if not entry.why_not]


def replayed_by(entry: StudyPlan, lineage: Lineage) -> Replay:
    """Return what came of one study under one lineage."""
    study, arms = entry.study, entry.arms
    reasons = {expectation.name: unspoken(expectation, arms) for expectation in study.expectations}
    spoken = [expectation for expectation in study.expectations if not reasons[expectation.name]]
    found = observed(arms, spoken, lineage)
    scores = [
        (expectation, _left_out(why) if (why := reasons[expectation.name]) else score(study, expectation, found))
        for expectation in study.expectations
    ]
    return Replay(entry, found, scores, _NO_FAILURES)


def _left_out(why: str) -> Score:
    return Score(Statistic(math.nan), open_span(None, None), "not spoken", math.nan, None, unspoken=why)


def observed(arms: Mapping[str, Arm], spoken: Sequence[Expectation], lineage: Lineage) -> Observations:
    """Return what a rival shows of the arms that some findings read; it has one animal in each."""
    read: dict[str, list[Quantity]] = {}
    for expectation in spoken:
        for term in terms(expectation, tuple(arms)):
            for quantity in term.quantities:
                read.setdefault(quantity.arm, []).append(quantity)
    series: dict[str, dict[str, tuple[Array, Array]]] = {}
    assays: dict[str, dict[str, tuple[Array, Array]]] = {}
    for name, quantities in read.items():
        kept: Keep = keep(arms[name], quantities)
        lived = Lived(lineage, arms[name].resolved, dict.fromkeys(kept.columns, kept.at_h))
        for store, shown in ((series, lived.series), (assays, lived.assays)):
            for what, rows in shown.items():
                if rows:
                    times_h, values = np.array(rows, dtype=np.float64).T
                    store.setdefault(what, {})[name] = (times_h, values)
    keys = {name: (name,) for name in arms}
    return Observations(arms, keys, series, assays, {name: area_fraction(arm) for name, arm in arms.items()})

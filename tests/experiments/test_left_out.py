"""Papers predicted by all others: gains, how often bands hold, and what a score card takes from a shipped table."""

import json
import re

import numpy as np
import pandas as pd
import pytest

from neurogen_abm.experiments.calibration.leave_out import _bands, _fewest, _outcomes
from neurogen_abm.experiments.studies import left_out
from neurogen_abm.experiments.studies.likelihood import Precision
from neurogen_abm.experiments.studies.study import plans_of
from neurogen_abm.spec.posterior import shipped
from neurogen_abm.spec.scenario.scenario import prepare

TABLE = pd.DataFrame(
    {
        "study": ["a_course", "a_age", "b", "c"],
        "paper": ["a", "a", "b", "c"],
        "pathway": "circulating",
        "expectation": ["one", "two", "three", "four"],
        "kind": ["ratio", "ratio", "bound", "timing"],
        "role": ["calibration", "test", "calibration", "calibration"],
        "assay": ["ki67", "ki67", "dcx", ""],
        "published": [2.0, 1.5, np.nan, 3.0],
        "log_score": [0.5, 0.1, -0.3, -1.0],
        "inside80": [True, False, None, None],
        "inside95": [True, True, None, None],
        "among80": [None, None, True, None],
        "probability": [np.nan, np.nan, 0.75, np.nan],
        "null_no_effect": [-1.0, -1.0, -1.0, np.nan],
        "null_always_2_0": [0.0, 0.0, 0.0, np.nan],
        "null_best_constant": [0.4, 0.4, 0.4, np.nan],
        "null_regression": [0.4, 0.4, 0.4, np.nan],
        "left_out_best_constant": [0.2, 0.2, 0.2, np.nan],
        "left_out_regression": [-0.5, -0.5, -0.5, np.nan],
    }
)


def test_gains_are_over_rivals_that_did_not_see_the_paper_either():
    found = left_out.gains_left_out(TABLE).set_index("findings")
    assert found.loc["all", "n"] == 3  # no day
    assert "over best constant" not in found
    # Gains 0.3, -0.1, -0.5; the first two are of one paper.
    assert found.loc["all", "over best constant, paper left out"] == "-0.10 ± 0.27"
    assert found.loc["role test", "over regression, paper left out"] == "+0.60"


def test_bands_and_tests_are_counted_apart():
    found = left_out.coverage(TABLE).set_index("findings")
    assert list(found.loc["all"])[1:] == [2, "1 (50 %)", "2 (100 %)", 1, "1 (100 %)", "0.75"]
    assert list(found.loc["role test"])[1:] == [1, "0 (0 %)", "1 (100 %)", 0, "", ""]


def test_a_card_takes_only_findings_that_say_what_they_said():
    card = TABLE[["study", "pathway", "expectation", "kind", "role", "published"]].assign(mechanisms="")
    assert list(left_out.of_card(card, TABLE)["expectation"]) == ["one", "two", "three", "four"]
    card.loc[0, "published"] = 2.1
    card.loc[1, "role"] = "calibration"
    card.loc[2, "expectation"] = "another"
    assert list(left_out.of_card(card, TABLE)["expectation"]) == ["four"]
    assert not len(left_out.of_card(card, pd.DataFrame()))
    # A table that names no mechanism was made with none; others hold for cards with the same.
    switched = card.assign(mechanisms="loss_of_gain")
    assert not len(left_out.of_card(switched, TABLE))
    both = pd.concat([TABLE.assign(mechanisms=""), TABLE.assign(mechanisms="loss_of_gain", log_score=7.0)])
    assert list(left_out.of_card(switched, both)["log_score"]) == [7.0]
    assert list(left_out.of_card(card, both)["log_score"]) == [-1.0]


def test_findings_that_say_something_else_are_counted_by_study_pathway_and_rules_together():
    card = TABLE[["study", "pathway", "expectation", "kind", "role", "published"]].assign(mechanisms="loss_of_gain")
    # Of another species on the card no mechanism is on, and one study has another pathway.
    card.loc[3, ["pathway", "mechanisms"]] = ["induced", ""]
    tables = [
        TABLE.assign(mechanisms=rules, pathway=way)
        for rules in ("", "loss_of_gain")
        for way in ("induced", "circulating")
    ]
    assert left_out.otherwise(card, pd.concat(tables)) == 0
    card.loc[0, "published"] = 2.1
    assert left_out.otherwise(card, pd.concat(tables)) == 1


def test_bands_hold_as_many_papers_as_they_say():
    """Of 4000 papers drawn from what is predicted, 80 % within five standard errors; false alarm below 1e-6."""
    rng = np.random.default_rng(1)
    centre, error = rng.normal(0.5, 0.3, 200), np.full(200, 0.1)
    precision = Precision(0.2, 10)
    found = _bands(centre, error, precision, np.random.default_rng(2), days=False)
    # What is not known differs between draws, not between papers of one draw; each paper here has its own.
    papers = np.exp(rng.choice(centre, 4000) + np.hypot(0.1, 0.2) * rng.standard_t(10, 4000))
    for share, tolerance in ((80, 0.04), (95, 0.02)):
        held = np.mean((papers >= found[f"low{share}"]) & (papers <= found[f"high{share}"]))
        assert held == pytest.approx(share / 100, abs=tolerance)
    assert _bands(centre, error, precision, rng, days=True)["middle"] == pytest.approx(0.5, abs=0.1)


def test_outcomes_of_a_test_share_all_probability():
    chances = _outcomes(np.array([0.0, 0.4]), np.array([0.05, 0.05]), Precision(0.15, 14))
    assert sum(chances.values()) == pytest.approx(1.0, abs=1e-3)
    assert chances["raised"] > chances["lowered"]
    assert _fewest({"raised": 0.7, "lowered": 0.05, "no difference": 0.25}, 0.8) == {"raised", "no difference"}
    assert _fewest({"raised": 0.9, "lowered": 0.05, "no difference": 0.05}, 0.8) == {"raised"}


def test_shipped_tables_belong_to_studies_that_are_shipped():
    found = left_out.shipped(["mouse", "rat", "mouse"])
    assert not found.duplicated(["study", "pathway", "mechanisms", "expectation"]).any()
    assert found["log_score"].between(-10.0, 10.0).all()
    assert (found["low95"] <= found["low80"]).sum() == found["low80"].notna().sum()


STEM, CROWDING = "lineage.stem.initial_count", "anatomy.granule_cells"


def made_under(now, stem=1.0):
    """Return the table of a shipped study, as made under today's numbers but for the number of stem cells."""
    held = {STEM: stem * now[STEM].value, CROWDING: now[CROWDING].value}
    return left_out.recorded(TABLE.assign(study="clark2010"), held, {path: now[path].unit for path in held})


def test_a_table_says_which_numbers_are_others_today():
    (plan,) = plans_of(["clark2010"])
    now = next(iter(plan.arms.values())).resolved.parameters
    table = made_under(now)
    assert not left_out.changed(table, [plan])
    old = made_under(now, stem=2.0)
    (said,) = left_out.changed(old, [plan]).values()
    assert len(said) == 1
    assert re.fullmatch(f"{STEM} is [0-9.]+, was [0-9.]+", said[0])
    # Of a pathway that is not on the card, and of studies that are not, nothing is said.
    assert not left_out.changed(old.assign(pathway="induced"), [plan])
    assert not left_out.changed(old.assign(study="elsewhere"), [plan])
    # A parameter that is gone, and a table that knows nothing of its numbers.
    gone = left_out.recorded(table, {"lineage.gone": 1.0}, {"lineage.gone": "1/h"})
    assert left_out.changed(gone, [plan]) == {"circulating": ["lineage.gone is no parameter any more"]}
    assert "does not say" in left_out.changed(TABLE.assign(study="clark2010"), [plan])["circulating"][0]


def test_a_scenario_that_sets_a_number_itself_makes_no_other_catalogue():
    (plan,) = plans_of(["clark2010"])
    arms = {
        name: arm._replace(resolved=prepare(arm.resolved, changes={f"parameters.{STEM}": "8000 cells"}))
        for name, arm in plan.arms.items()
    }
    table = made_under(next(iter(plan.arms.values())).resolved.parameters)
    assert not left_out.changed(table, [plan._replace(arms=arms)])


def test_shipped_tables_say_under_which_numbers_they_were_made():
    """And hold none that was drawn: a median of it may move without what was predicted."""
    found = left_out.shipped(["mouse", "rat", "human"])
    assert found["catalogue"].notna().all()
    for (pathway, mechanisms), part in found.groupby(["pathway", "mechanisms"]):
        (text,) = part["catalogue"].unique()
        drawn = shipped("mouse", pathway, mechanisms.split(", ") if mechanisms else ())
        assert set(json.loads(text)) == set(drawn.catalogue) - set(drawn.free)

"""Which pathway the findings speak for: known answers, invariants, and how often the order is wrong by chance."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurogen_abm.experiments.studies.pathways import behind_best, disagreements, lead_over_papers, ranking
from neurogen_abm.report.pages import score_card
from neurogen_abm.report.pages.html import fill_text


def row(paper, expectation, pathway, log_score, verdict="pass", role="test", **more):
    blank = dict.fromkeys(("simulated_low", "simulated_high", "published_low", "published_high", "published_error"))
    told = {"study": f"{paper}_a", "paper": paper, "expectation": expectation, "pathway": pathway, "role": role}
    told |= {"tier": "A", "kind": "ratio", "says": "", "published": 2.0, "simulated": 1.5, "verdict": verdict}
    return told | dict.fromkeys(blank, math.nan) | {"log_score": log_score} | more


def card(*rows):
    return pd.DataFrame(
        [row(*entry[:-1], **entry[-1]) if isinstance(entry[-1], dict) else row(*entry) for entry in rows]
    )


TWO_PAPERS = card(
    ("first", "up", "blood", -1.0),
    ("first", "up", "brain", -2.5, "near"),
    ("second", "flat", "blood", -4.0, "fail"),
    ("second", "flat", "brain", -0.5),
)


def test_the_order_is_that_of_the_totals():
    found = ranking(TWO_PAPERS).set_index(["findings", "pathway"])
    assert list(found.loc["all"].index) == ["brain", "blood"]
    assert found.loc[("all", "brain"), ["total", "behind", "n", "papers"]].tolist() == [-3.0, 0.0, 2, 2]
    assert found.loc[("all", "blood"), ["total", "behind"]].tolist() == [-5.0, -2.0]


def test_the_chance_to_be_best_is_that_of_the_draws():
    """Two papers drawn from two: one, the other, or both, with 1/4, 1/4, 1/2; blood is best in the first alone."""
    found = ranking(TWO_PAPERS).set_index(["findings", "pathway"])["chance_best"]
    assert found["all", "blood"] == pytest.approx(0.25, abs=5 * math.sqrt(0.25 * 0.75 / 10_000))
    assert found["all"].sum() == pytest.approx(1.0)


def test_findings_that_a_pathway_cannot_replay_do_not_count():
    more = pd.concat([TWO_PAPERS, card(("third", "only blood", "blood", 9.0))], ignore_index=True)
    pd.testing.assert_frame_equal(ranking(more), ranking(TWO_PAPERS))


def test_roles_stand_apart():
    fitted = card(
        ("third", "old", "blood", 5.0, {"role": "calibration"}), ("third", "old", "brain", 0.0, {"role": "calibration"})
    )
    found = ranking(pd.concat([TWO_PAPERS, fitted], ignore_index=True)).set_index(["findings", "pathway"])
    assert found.loc[("role test", "brain"), "behind"] == 0.0
    assert found.loc[("role calibration", "blood"), "behind"] == 0.0
    assert math.isnan(found.loc[("role calibration", "brain"), "chance_best"])  # one paper says nothing of others
    assert found.loc[("all", "blood"), "total"] == 0.0


def test_two_studies_of_one_paper_are_one_draw():
    split = TWO_PAPERS.assign(study=[f"study{i}" for i in range(len(TWO_PAPERS))], paper="one paper")
    split["study"] = ["a", "a", "b", "b"]
    assert ranking(split)["papers"].eq(1).all()
    assert ranking(split)["chance_best"].isna().all()


def test_one_pathway_has_no_order():
    alone = TWO_PAPERS[TWO_PAPERS["pathway"] == "blood"]
    assert ranking(alone).empty
    assert disagreements(alone).empty
    assert score_card.order_of_pathways(alone) is None
    assert score_card.told_apart(alone) is None
    assert behind_best(alone).isna().all()


scores = st.lists(st.lists(st.floats(-10, 5), min_size=3, max_size=3), min_size=2, max_size=8).map(np.array)


@settings(max_examples=40, deadline=None)
@given(scores=scores, shift=st.floats(-3, 3))
def test_the_lead_does_not_change_with_what_all_papers_share(scores, shift):
    """A constant added to all pathways of a paper, as by a unit of its density, moves nothing."""
    moved = scores + shift * np.arange(len(scores))[:, None]
    one, other = (lead_over_papers(found, np.random.default_rng(1), 200) for found in (scores, moved))
    assert one.behind == pytest.approx(other.behind, abs=1e-9)
    assert one.low == pytest.approx(other.low, abs=1e-9)
    assert one.high == pytest.approx(other.high, abs=1e-9)
    assert one.chance_best.sum() == pytest.approx(1.0)
    assert (one.behind <= 0).all()


def test_pathways_that_say_the_same_share_the_chance():
    found = lead_over_papers(np.array([[1.0, 1.0, -2.0], [0.5, 0.5, -1.0]]), np.random.default_rng(1))
    assert found.chance_best.tolist() == [0.5, 0.5, 0.0]
    assert found.low.tolist() == [0.0, 0.0, -6.0]  # the first paper drawn twice
    assert found.high.tolist() == [0.0, 0.0, -3.0]


def test_the_interval_holds_the_difference_that_papers_have_in_the_mean():
    """Of 200 sets of 30 papers, fewer than 170 intervals would hold it with a chance below 1e-4 if they held 92 %."""
    rng = np.random.default_rng(7)
    inside = 0
    for _ in range(200):
        scores = rng.normal([0.0, -0.5], 1.0, (30, 2))
        found = lead_over_papers(scores, rng, 400)
        worse = int(np.argmin(found.behind))
        inside += found.low[worse] <= (-15.0 if worse == 1 else 15.0) <= found.high[worse]
    assert inside >= 170


def test_a_disagreement_needs_one_that_passes_and_one_a_nat_behind():
    found = disagreements(TWO_PAPERS).set_index("expectation")
    assert list(found.index) == ["flat", "up"]  # what tells most apart comes first
    assert found.loc["flat", ["for", "against", "best", "worst", "nats"]].tolist() == [
        "brain",
        "blood",
        "brain",
        "blood",
        3.5,
    ]
    assert found.loc["up", "for"] == "blood"
    close = card(("first", "up", "blood", -1.0), ("first", "up", "brain", -1.9))
    assert disagreements(close).empty
    missed = card(("first", "up", "blood", -1.0, "near"), ("first", "up", "brain", -9.0, "fail"))
    assert disagreements(missed).empty  # both miss: nothing speaks for either


def test_who_is_neither_near_nor_far_is_named_on_no_side():
    three = card(("p", "up", "a", -0.5), ("p", "up", "b", -1.2, "near"), ("p", "up", "c", -3.0, "fail"))
    found = disagreements(three).iloc[0]
    assert (found["for"], found["against"]) == ("a", "c")


def test_scores_behind_the_best_are_zero_for_the_best():
    assert behind_best(TWO_PAPERS).tolist() == [0.0, -1.5, -3.5, 0.0]


def test_the_card_says_who_is_behind_and_what_each_said():
    order = score_card.order_of_pathways(TWO_PAPERS)
    assert order.iloc[0].tolist()[:6] == ["all", "brain", 2, 2, "-3", "0"]
    assert order.iloc[1]["behind_the_best"].startswith("-2 (")
    apart = score_card.told_apart(TWO_PAPERS)
    assert apart.iloc[0][["speaks for", "against", "best", "nats apart"]].tolist() == [
        "brain",
        "blood",
        "brain: 1.5, -0.5",
        "3.5",
    ]


def test_the_document_has_both_tables_and_none_of_one_pathway():
    frame = pd.DataFrame({"a": [1]})
    parts = dict.fromkeys(("totals", "gains", "inside", "by_span", "misses", "left"), frame)
    parts |= {"heading": "", "said": "", "studies": [], "tables": {}, "lacking": [], "plans": []}
    for card, shown in ((TWO_PAPERS, True), (TWO_PAPERS[TWO_PAPERS["pathway"] == "blood"], False)):
        order, apart = score_card.order_of_pathways(card), score_card.told_apart(card)
        text = fill_text("score_card.md.jinja", parts | {"order": order, "apart": apart})
        assert ("## Which pathway" in text) == ("### Findings on which pathways disagree" in text) == shown
        assert ("brain: 1.5, -0.5" in text) == shown
        assert text.index("## Misses") > text.find("## Which pathway")


def test_both_tables_are_written(tmp_path):
    for name, write in score_card._comparisons(TWO_PAPERS).values():
        write(tmp_path / name)
    order = pd.read_parquet(tmp_path / "pathway_ranking.parquet")
    assert list(order["findings"]) == ["all", "all", "role test", "role test"]
    assert list(order["pathway"]) == ["brain", "blood"] * 2
    assert list(pd.read_parquet(tmp_path / "disagreements.parquet")["expectation"]) == ["flat", "up"]
    assert score_card._comparisons(TWO_PAPERS[TWO_PAPERS["pathway"] == "blood"]) == {}

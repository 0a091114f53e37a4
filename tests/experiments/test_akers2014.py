"""Runners forget what they learned before they ran: the study of single animals as its file says it, whole."""

import pytest

from neurogen_abm.experiments.studies.study import plan, replay
from neurogen_abm.spec.study.study import load_study


@pytest.mark.slow
def test_both_orders_and_the_correlation(tmp_path) -> None:
    """Twenty pairs: both ratios within what the animals allow, and new cells go with less freezing."""
    (found,) = replay([plan(load_study("akers2014_memory"), pairs=20)], tmp_path, workers=0)
    scores = {expectation.name: score for expectation, score in found.scores}
    assert len(scores) == 6
    for name in ("runners forget what they learned before", "runners remember what they learned after"):
        assert scores[name].by_span == "pass", scores[name]
    assert scores["more new cells less freezing"].simulated.value < 0.0
    assert not [name for name, score in scores.items() if score.by_span == "fail"]

"""Models without biology: what they say, and that a model is judged by what it adds to them."""

import math

import numpy as np
import pytest

from neurogen_abm.experiments.studies import nulls
from neurogen_abm.experiments.studies.evidence import finding
from neurogen_abm.experiments.studies.likelihood import Simulated
from neurogen_abm.spec.study.arms import compose
from neurogen_abm.spec.study.study import Reference, StudyError, load_study
from tests.experiments.test_study import HEAD

COMMON = "arm: runner, tier: A, source: made up"


def study_of(tmp_path, *entries, name="made", role="calibration"):
    text = HEAD + "".join(f"  - {{{entry}, role: {role}, {COMMON}}}\n" for entry in entries)
    (tmp_path / f"{name}.yaml").write_text(text)
    return load_study(tmp_path / f"{name}.yaml")


def of_another_paper(study):
    return study.model_copy(update={"reference": Reference(citation=f"Else {study.name}", doi=None)})


def ratio(name, value, **more):
    extra = "".join(f", {key}: {text}" for key, text in more.items())
    return f"name: {name}, kind: ratio, read: labelled, at: 6 d, over: control, value: {value}{extra}"


def test_what_a_paper_can_support_follows_from_its_animals(tmp_path):
    study = study_of(
        tmp_path,
        ratio("usual", 2.0),
        ratio("twenty four", 2.0, measured="{animals: 24}"),
        ratio("spread", 2.0, measured="{animals: 24, spread: 10 %}"),
        ratio("stated", 2.0, standard_error=0.3),
    )
    arms = compose(study)
    known = [finding(study, entry, arms) for entry in study.expectations]
    errors = [found.precision.error for found in known]
    assert errors == pytest.approx([0.37 * math.sqrt(2 / 6), 0.37 * math.sqrt(2 / 24), 0.1 * math.sqrt(2 / 24), 0.15])
    assert [found.precision.freedom for found in known] == [10, 46, 46, 10]
    assert {found.assay for found in known} == {"label"}


def test_the_best_constant_is_the_mean_of_equal_findings(tmp_path):
    study = study_of(tmp_path, ratio("a", 1.5), ratio("b", 3.0))
    known = list(nulls.cases(study, compose(study)).values())
    scores = nulls.score_nulls(known)
    middle = math.log(math.sqrt(4.5))
    best = sum(case.finding.of(Simulated(middle)).log_score for case in known)
    assert scores["best constant"].sum() == pytest.approx(best, abs=0.02)  # a wide prior pulls a little towards 1
    assert (scores["best constant"].sum() > scores[["no effect", "always 2.0"]].sum()).all()


def test_what_is_left_out_does_not_fit_itself(tmp_path):
    papers = [study_of(tmp_path, ratio("a", value), name=name) for name, value in (("first", 1.2), ("second", 3.0))]
    papers[1] = of_another_paper(papers[1])
    known = [case for paper in papers for case in nulls.cases(paper, compose(paper)).values()]
    fitted, left_out = (nulls.score_nulls(known, left_out=out) for out in (False, True))
    assert (left_out["best constant"] < fitted["best constant"]).all()
    alone = nulls.score_nulls([known[1]])["best constant"]  # fitted to the other paper alone
    other = nulls.score_nulls(known[1:], left_out=False)
    assert np.allclose(alone, other["best constant"])


def test_studies_of_one_paper_are_left_out_together(tmp_path):
    """Two studies report the same animals: what one says must not predict the other."""
    values = {"course": 3.0, "age": 2.8, "elsewhere": 1.2}
    papers = [study_of(tmp_path, ratio("a", value), name=name) for name, value in values.items()]
    papers[2] = of_another_paper(papers[2])
    course, age, elsewhere = (case for paper in papers for case in nulls.cases(paper, compose(paper)).values())
    scores = nulls.score_nulls([course, age, elsewhere], left_out=True)["best constant"]
    assert scores[0] == nulls.score_nulls([course, elsewhere], left_out=True)["best constant"][0]
    assert scores[1] == nulls.score_nulls([age, elsewhere], left_out=True)["best constant"][0]


@pytest.mark.parametrize(
    ("entries", "how"),
    [
        (["kind: null", "kind: bound, gt: 1.0"], "no difference, and a difference"),
        (["kind: bound, gt: 2.0", "kind: bound, lt: 1.5"], "above 2, and below 1.5"),
        (["kind: bound, gt: 1.0", "kind: bound, lt: 1.0"], "above 1, and below 1"),
        (["kind: ratio, low: 0.5, high: 1.0", "kind: bound, gt: 1.0"], "above 1, and below 1"),
        (["kind: ratio, low: 0.1, high: 0.4", "kind: bound, gt: 1.0"], "above 1, and below 0.4"),
    ],
)
def test_findings_that_exclude_each_other_are_refused(tmp_path, entries, how):
    read = "read: labelled, at: 6 d, over: control"
    study = study_of(tmp_path, *(f"name: n{number}, {entry}, {read}" for number, entry in enumerate(entries)))
    with pytest.raises(StudyError, match=how) as refused:
        compose(study)
    assert "expectations[1]" in refused.value.where


def test_spans_that_meet_at_an_end_do_not_exclude_each_other(tmp_path):
    read = "read: labelled, at: 6 d, over: control"
    spans = ("kind: ratio, low: 0.5, high: 1.0", "kind: ratio, low: 1.0, high: 2.0")
    compose(study_of(tmp_path, *(f"name: n{number}, {span}, {read}" for number, span in enumerate(spans))))


@pytest.mark.parametrize(
    ("measured", "words"), [("{animals: 1}", "animals"), ("{spread: 0}", "spread"), ("{}", "empty")]
)
def test_groups_of_one_and_counts_without_spread_are_refused(tmp_path, measured, words):
    with pytest.raises(StudyError, match=words):
        study_of(tmp_path, ratio("a", 2.0, measured=measured))


@pytest.mark.parametrize(
    ("name", "reading", "counted"),
    [
        ("soya2007_bout", "protein as at rest after 25 m/min", "bdnf"),  # a measure
        ("gremmelspacher2017", "BDNF above control on day 2", "bdnf"),  # a column of the series
        ("gremmelspacher2017", "proliferation above control on day 7", "ki67"),
    ],
)
def test_levels_of_bdnf_are_a_class_of_their_own_with_the_usual_spread(name, reading, counted):
    study = load_study(name)
    (entry,) = (entry for entry in study.expectations if entry.name == reading)
    found = finding(study, entry, compose(study))
    assert found.assay == counted
    if counted == "bdnf":
        assert found.precision.error == pytest.approx(0.25 * math.sqrt(2 / 6))

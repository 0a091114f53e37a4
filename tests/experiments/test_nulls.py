"""Models without biology: what they say, and that a model is judged by what it adds to them."""

import math

import numpy as np
import pytest

from neurogen_abm.experiments.studies import nulls
from neurogen_abm.experiments.studies.evidence import finding
from neurogen_abm.experiments.studies.likelihood import Precision
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
        ratio("interval of 95 %", 2.0, low=1.5, high=2.6),
    )
    arms = compose(study)
    known = [finding(study, entry, arms) for entry in study.expectations]
    errors = [found.precision.error for found in known]
    by_animals = [0.37 * math.sqrt(2 / 6), 0.37 * math.sqrt(2 / 24), 0.1 * math.sqrt(2 / 24)]
    assert errors == pytest.approx([*by_animals, 0.15, math.log(2.6 / 1.5) / (2 * 1.96)])
    assert [found.precision.freedom for found in known] == [10, 46, 46, 10, 10]
    assert {found.assay for found in known} == {"label"}


def gaussian(tmp_path, values, error, features=((1.0,) * 9,)):
    """Return findings of papers of their own whose errors are normal, so that what is fitted has a closed form."""
    study = study_of(tmp_path, *(ratio(f"n{i}", value) for i, value in enumerate(values)))
    known = nulls.cases(study, compose(study)).values()
    return [
        case._replace(
            paper=f"paper {i}",
            finding=case.finding._replace(precision=Precision(error, math.inf)),
            features=tuple(features[i % len(features)]),
        )
        for i, case in enumerate(known)
    ]


def normal(y, middle, variance):
    return -0.5 * ((y - middle) ** 2 / variance + np.log(2 * math.pi * variance))


def test_a_constant_is_scored_over_what_it_may_be(tmp_path):
    """Normal errors and a normal prior of one: the posterior predictive is normal (Gelman et al. 2013, 2.5)."""
    values, error = np.array([1.2, 1.7, 2.2]), 0.3
    y, known = np.log(values), gaussian(tmp_path, values, error)
    variance = 1 / (1 + 3 / error**2)
    found = nulls.score_nulls(known)["best constant"].to_numpy()
    assert found == pytest.approx(normal(y, variance * y.sum() / error**2, error**2 + variance), abs=2e-3)
    without = nulls.score_nulls(known, left_out=True)["best constant"].to_numpy()
    variance = 1 / (1 + 2 / error**2)
    middle = variance * (y.sum() - y) / error**2
    assert without == pytest.approx(normal(y, middle, error**2 + variance), abs=2e-3)


def test_a_regression_is_scored_over_what_its_coefficients_may_be(tmp_path):
    """The same of nine coefficients, by 2000 weighted draws: within 0.05 nats of the closed form; the seed is fixed."""
    rng = np.random.default_rng(1)
    features = np.column_stack([np.ones(12), rng.standard_normal((12, 8))])
    y, error = rng.normal(0.4, 0.4, 12), 0.2
    known = gaussian(tmp_path, np.exp(y), error, features)
    standard = features.copy()
    standard[:, 1:] = (features[:, 1:] - features[:, 1:].mean(axis=0)) / features[:, 1:].std(axis=0)
    covariance = np.linalg.inv(standard.T @ standard / error**2 + np.eye(9))
    middle = standard @ covariance @ standard.T @ y / error**2
    spread = error**2 + np.einsum("ij,jk,ik->i", standard, covariance, standard)
    found = nulls.score_nulls(known)["regression"].to_numpy()
    assert found == pytest.approx(normal(y, middle, spread), abs=0.05)


def test_the_best_constant_beats_those_that_were_not_fitted(tmp_path):
    study = study_of(tmp_path, ratio("a", 1.5), ratio("b", 3.0))
    scores = nulls.score_nulls(list(nulls.cases(study, compose(study)).values()))
    assert (scores["best constant"].sum() > scores[["no effect", "always 2.0"]].sum()).all()


def test_fitted_to_nothing_they_say_that_there_is_no_effect(tmp_path):
    study = study_of(tmp_path, ratio("a", 1.5), role="test")
    scores = nulls.score_nulls(list(nulls.cases(study, compose(study)).values()))
    assert scores["best constant"][0] == pytest.approx(scores["no effect"][0], abs=1e-9)
    assert scores["regression"][0] == pytest.approx(scores["no effect"][0], abs=1e-9)
    assert nulls.score_nulls([]).empty


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
        ("gremmelspacher2017", "BDNF above control on day 2", "bdnf"),  # messenger RNA
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

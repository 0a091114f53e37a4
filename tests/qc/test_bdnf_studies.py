"""Second reading of the studies of hippocampal and serum BDNF: each figure typed again from the page that was read.

Typed from the abstracts without sight of the study files. `where` is the page; `recalled` papers could not be read, and
their files must say so.
"""

import math
from typing import NamedTuple

import pytest

from neurogen_abm.spec.study.expectations import Bound, Expectation, Null, Ordering, Ratio
from neurogen_abm.spec.study.study import load_study

RAISED, LOWERED, SAME, ORDER = "raised", "lowered", "no difference", "order"


class Paper(NamedTuple):
    """What a page says: who is named under which number, in whom, and each finding as an outcome or a number."""

    study: str
    where: str
    number: str | None  # DOI, or PMC where the page shows no DOI; None where neither was seen
    species: str
    findings: dict[str, str | float | tuple[float, float]]  # a number alone, or with its standard error
    doses: tuple[str, ...] = ()  # as the page prints them
    animals: int | None = None  # in a group


def sem(mean_percent: float, sd_percent: float, n: int) -> tuple[float, float]:
    """Return a rise in percent with its standard deviation as a ratio with its standard error."""
    return 1 + mean_percent / 100, sd_percent / 100 / math.sqrt(n)


PAPERS = [
    Paper(
        "soya2007_bout",
        "peeref.com/works/67176475: abstract",
        "10.1016/j.bbrc.2007.04.173",
        "rat",
        {
            "messenger RNA above rest after 15 m/min": RAISED,
            "protein above rest after 15 m/min": RAISED,
            "messenger RNA below rest after 25 m/min": LOWERED,  # "was even depressed"
            "protein as at rest after 25 m/min": SAME,  # "but not its protein"
            "less messenger RNA after 25 m/min than after 15 m/min": ORDER,
        },
        ("15 m/min", "25 m/min"),
    ),
    Paper(
        "hcr_lcr2011_distance",
        "PMC3312391: abstract",
        "PMC3312391",
        "rat",
        {
            "messenger RNA above sedentary in unselected runners": RAISED,
            "who runs seven times as far has no more": SAME,
        },
        ("0.672 km/d", "2.293 km/d", "4.726 km/d"),
    ),
    Paper(
        "adlard2004_course",
        "litmetric.com/detail/15157993: abstract",
        "10.1016/j.neulet.2004.03.058",
        "rat",
        {
            "messenger RNA above control after a day": RAISED,
            "messenger RNA above control after 28 days": RAISED,
            "protein as control after a week": SAME,
            "protein as control after two weeks": SAME,
            "protein above control after four weeks": RAISED,
        },
    ),
    Paper(
        "neeper1996_nights",
        "evidence myokine.yaml: hip_time_neeper96",
        None,
        "rat",
        {
            "above control after two nights": RAISED,
            "above control after four nights": RAISED,
            "above control after seven nights": RAISED,
        },
    ),
    Paper(
        "oliff1998_hours",
        "recalled",
        None,
        "rat",
        {"above control after six hours": RAISED, "above control after twelve hours": RAISED},
    ),
    Paper(
        "griesbach2004_week",
        "pubmed 15051152: abstract",
        "10.1016/j.neuroscience.2004.01.030",
        "rat",
        {"protein above control after a week": RAISED},
    ),
    Paper(
        "griesbach2014_forced",
        "PMC3961793: abstract",
        "10.1089/neu.2013.3151",
        "rat",
        {
            "protein above control where rats run by choice": RAISED,
            "protein as control where rats run under force": SAME,
            "more protein by choice than under force": ORDER,
        },
    ),
    Paper(
        "berchtold2010_decay",
        "evidence myokine.yaml: hip_bdnf_3wk",
        "10.1016/j.neuroscience.2010.02.050",
        "mouse",
        {
            "1.86 times control after three weeks": 1.86,
            "above control a week later": RAISED,
            "above control two weeks later": RAISED,
            "as control three weeks later": SAME,
            "as control four weeks later": SAME,
        },
    ),
    Paper(
        "berchtold2005_again",
        "recalled",
        "10.1016/j.neuroscience.2005.03.026",
        "rat",
        {
            "above control after two weeks": RAISED,
            "two days suffice after two weeks of rest": RAISED,
            "two days do not suffice for who never ran": SAME,
        },
    ),
    Paper(
        "inoue2023_bout",
        "ouci.dntb.gov.ua/works/73wK0g07: title, authors and DOI; what was found is recalled",
        "10.1016/j.neulet.2023.137120",
        "mouse",
        {},  # light of the living brain, which no assay of the model is; nothing is replayed
    ),
    Paper(
        "venezia2016_sexes",
        "PMC4753141: abstract",
        "10.1016/j.physbeh.2015.12.026",
        "mouse",
        {
            "messenger RNA above sedentary in males": RAISED,
            "protein above sedentary in males": RAISED,
            "messenger RNA as sedentary in females": SAME,
            "protein as sedentary in females": SAME,
        },
        animals=10,
    ),
    Paper(
        "marlatt2012_midlife",
        "onlinelibrary.wiley.com, dneu.22009: abstract",
        "10.1002/dneu.22009",
        "mouse",
        {"protein above control after six months": RAISED},
    ),
    Paper(
        "berchtold2001_females",
        "findanexpert.unimelb.edu.au/scholarlywork/1219942: beginning of the abstract",
        None,
        "rat",
        {"messenger RNA above control": RAISED, "protein above control": RAISED},
    ),
    Paper(
        "venezia2019_bout",
        "PMC9335219: abstract",
        "10.1111/gbb.12617",
        "mouse",
        {"messenger RNA above control after 16 m/min": RAISED, "messenger RNA as control after 12 m/min": SAME},
        ("12 m/min", "16 m/min"),
    ),
    Paper(
        "rasmussen2009_bout",
        "onlinelibrary.wiley.com, expphysiol.2009.048512: abstract",
        "10.1113/expphysiol.2009.048512",
        "mouse",
        {
            "three to five times rest at its height": "3-5",
        },  # 90 min of running + 2 h
    ),
    Paper(
        "seifert2010_training",
        "evidence myokine.yaml: seifert_mouse_mrna",
        "10.1152/ajpregu.00525.2009",
        "mouse",
        {"3.2 times control after five weeks": 4.5 / 1.4},
        animals=8,
    ),
    Paper(
        "lee2017_load",
        "PMC5772069: abstract",
        "PMC5772069",
        "rat",
        {"messenger RNA above control with a load": RAISED, "more work more messenger RNA at the same distance": ORDER},
    ),
    Paper(
        "jacobsen2006_hormone",
        "pubmed 16876769: abstract",
        None,
        "rat",
        {"protein 0.83 of control": 1 - 0.166, "messenger RNA 0.81 of control": 1 - 0.19},
    ),
    Paper(
        "so2017_intense",
        "frontiersin.org, fncel.2017.00013: abstract",
        "10.3389/fncel.2017.00013",
        "mouse",
        {"less BDNF after intense than after moderate running": ORDER},
    ),
    Paper(
        "schmolesky2013_serum",
        "litmetric.com/detail/24149158: abstract",
        None,
        "human",
        {
            "20 min at 0.8 of the reserve": sem(26.38, 34.89, 8),
            "40 min at 0.8 of the reserve": sem(28.48, 19.11, 8),
            "20 min at 0.6 of the reserve": sem(41.23, 59.65, 8),
            "40 min at 0.6 of the reserve": sem(30.16, 72.11, 8),
        },
        animals=8,  # 45 in six groups
    ),
    Paper(
        "nofuji2012_serum",
        "PMC3737858: abstract",
        "PMC3737858",
        "human",
        {
            "above rest at the end of the maximal test": RAISED,
            "above rest after 30 min at 0.6": RAISED,
            "as rest after 30 min at 0.4": SAME,
            "back at rest an hour after the maximal test": SAME,
        },
        animals=8,
    ),
    Paper(
        "moderate_bout_japan2013",
        "springerplus.springeropen.com, 2193-1801-2-678: abstract",
        "10.1186/2193-1801-2-678",
        "human",
        {"no rise of serum": SAME},
        animals=33,
    ),
    Paper(
        "gibbons2023_plasma",
        "evidence myokine.yaml: acute_light90_gibbons",
        "10.1113/jp283582",
        "human",
        {
            # p = 0.0128 of twelve is t = 2.97 with 11 degrees of freedom: 0.16 / 2.97.
            "plasma 16 % above rest": (390 / 336, 0.054),
            "serum 6 % above rest": sem(6, 8, 12),
        },
    ),
    Paper(
        "dinoff2016_training",
        "journals.plos.org, pone.0163037: abstract",
        "10.1371/journal.pone.0163037",
        "human",
        {
            # SMD of 25.5 %; half the 95 % interval over 1.96.
            "serum at rest after endurance training": (1 + 0.66 * 0.255, (0.99 - 0.33) * 0.255 / 3.92),
            "plasma at rest after strength training": (1 + 0.07 * 0.255, (0.30 + 0.15) * 0.255 / 3.92),
        },
    ),
]
ROWS = [
    pytest.param(paper, name, read, id=f"{paper.study}: {name}")
    for paper in PAPERS
    for name, read in paper.findings.items()
]


def said(expectation: Expectation) -> str | float:
    """Return what a study file says, in the words and numbers of the table."""
    if isinstance(expectation, Bound):
        return RAISED if expectation.gt == 1.0 else LOWERED if expectation.lt == 1.0 else "another bound"
    if isinstance(expectation, Null):
        return SAME
    if isinstance(expectation, Ordering):
        return ORDER
    assert isinstance(expectation, Ratio)
    return f"{expectation.low:.0f}-{expectation.high:.0f}" if expectation.value is None else expectation.value


@pytest.mark.parametrize(("paper", "name", "read"), ROWS)
def test_a_finding_is_the_one_that_was_read(paper: Paper, name: str, read: str | float | tuple[float, float]) -> None:
    (expectation,) = (entry for entry in load_study(paper.study).expectations if entry.name == name)
    if isinstance(read, str):
        assert said(expectation) == read
        return
    value, error = read if isinstance(read, tuple) else (read, None)
    assert said(expectation) == pytest.approx(value, rel=6e-3)
    if error is not None:
        assert getattr(expectation, "standard_error", None) == pytest.approx(error, rel=2e-2)


@pytest.mark.parametrize("paper", [pytest.param(paper, id=paper.study) for paper in PAPERS])
def test_a_paper_is_the_one_that_was_read(paper: Paper) -> None:
    study = load_study(paper.study)
    assert {entry.name for entry in study.expectations} == set(paper.findings)
    assert not isinstance(study.reference, str)
    assert paper.number in (study.reference.doi, study.reference.pmc) or paper.number is None
    assert (study.species or "mouse") == paper.species
    written = str(study.arms)
    assert all(dose in written for dose in paper.doses)
    if paper.animals is not None:
        assert study.measured is not None
        assert study.measured.animals == paper.animals
    if paper.where == "recalled":
        assert any("recall_unverified" in sentence for sentence in study.assumed)
        assert all(entry.source.place.startswith("recalled") for entry in study.expectations)


def test_a_number_that_was_fitted_is_no_test() -> None:
    """Slow adaptation was fitted to Berchtold 2010, messenger RNA to Rasmussen 2009, blood to Gibbons 2023."""
    for study in ("berchtold2010_decay", "rasmussen2009_bout", "gibbons2023_plasma"):
        assert {entry.role for entry in load_study(study).expectations} == {"calibration"}
    roles = {entry.name: entry.role for entry in load_study("schmolesky2013_serum").expectations}
    assert set(roles.values()) == {"calibration"}  # the fit took rises of 26 to 41 %, which are all of them
    roles = {entry.name: entry.role for entry in load_study("nofuji2012_serum").expectations}
    assert roles.pop("back at rest an hour after the maximal test") == "calibration"  # release_off
    assert set(roles.values()) == {"test"}


def test_what_a_rule_was_made_to_meet_is_no_test_of_it() -> None:
    """Far running raises corticosterone as in Naylor 2005; a cage lets cells survive as in Fabel 2009."""
    naylor = {entry.name: entry.role for entry in load_study("naylor2005_shr").expectations}
    assert naylor == {
        "proliferation fivefold after 9 days": "test",
        "proliferation half of control after 24 days": "calibration",
        "restricted distance prevents the fall": "calibration",
    }
    fabel = {entry.name: entry.role for entry in load_study("fabel2009").expectations}
    assert fabel["30 % more than running alone"] == fabel["the cage alone raises new neurons"] == "calibration"
    assert fabel["30 % more than the cage alone"] == "test"

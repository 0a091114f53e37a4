"""Litters of a paper: mates are alike, so that many animals of few litters tell less, and shared litters tell more."""

import math

import numpy as np
import pytest

from neurogen_abm.errors import InputError
from neurogen_abm.experiments.studies.evidence import finding
from neurogen_abm.spec.study.arms import compose
from neurogen_abm.spec.study.study import load_study

ANIMALS = 8
SPREAD = 0.25


def precision(over: str = "control", **measured: object):
    """Return how well a paper knew a ratio; ``over`` an arm or an earlier day."""
    entry = {"name": "more", "kind": "null", "read": "cycling", "arm": "runner", "at": "6 d"}
    entry |= {"tier": "B", "role": "test", "source": "made up", "over": over if over == "control" else {"at": over}}
    data = {
        "name": "litters",
        "reference": {"citation": "Nobody 1999", "doi": None},
        "base": "mouse_sedentary",
        "changes": {"duration": "6 d"},
        "arms": {"control": {}, "runner": {"activity": [{"kind": "wheel", "distance": "6 km/d"}]}},
        "assays": [{"name": "cycling", "count": "Ki67+", "at": ["2 d", "6 d"]}],
        "measured": {"animals": ANIMALS, "spread": SPREAD} | measured,
        "expectations": [entry],
    }
    study = load_study(data)
    found = finding(study, study.expectations[0], compose(study))
    assert found is not None
    return found.precision


def drawn(litters: int, between: float, shared: bool) -> float:
    """Return the spread of the logarithm of a ratio of two groups, from 40,000 made-up papers (error of 0.4 %)."""
    draws, papers = np.random.default_rng(7), 40_000
    within = math.sqrt(SPREAD**2 - between**2)
    common = draws.standard_normal((papers, litters))
    means = []
    for _ in range(2):
        own = common if shared else draws.standard_normal((papers, litters))
        animals = np.repeat(between * own, ANIMALS // litters, axis=1)
        means.append((animals + within * draws.standard_normal((papers, ANIMALS))).mean(axis=1))
    return float((means[0] - means[1]).std())


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize(("litters", "between"), [(2, 0.15), (4, 0.2), (8, 0.1)])
def test_the_error_is_that_of_papers_with_such_litters(litters: int, between: float, shared: bool) -> None:
    said = precision(litters=litters, litter_spread=between, litters_shared=shared)
    assert said.error == pytest.approx(drawn(litters, between, shared), rel=0.02)
    assert said.freedom == 2 * (litters - 1)


def test_a_litter_for_each_animal_is_no_litter_at_all() -> None:
    assert precision(litters=ANIMALS, litter_spread=0.15) == pytest.approx(precision())


def test_within_one_group_shared_litters_take_nothing_away() -> None:
    """Two days of one arm are other animals of the same litters only where the arm is one; nothing is known of that."""
    alone, shared = (precision("2 d", litters=4, litter_spread=0.15, litters_shared=s) for s in (False, True))
    assert alone == shared


@pytest.mark.parametrize(
    ("measured", "said"),
    [
        ({"litters": 4}, "number and spread"),
        ({"litters": 9, "litter_spread": 0.1}, "cannot come from 9"),
        ({"litters": 4, "litter_spread": 0.25}, "not below it"),
        ({"litters_shared": True}, "number and spread"),
    ],
)
def test_litters_that_cannot_be_are_refused(measured: dict[str, object], said: str) -> None:
    with pytest.raises(InputError, match=said) as fault:
        precision(**measured)
    assert fault.value.cure


def test_groups_that_differ_unlike_are_those_of_welch_wherever_the_study_says_it() -> None:
    """Degrees of freedom of Welch and Satterthwaite, of 8 animals with 25 % over 8 with 80 %."""
    one, other = SPREAD**2 / ANIMALS, 0.8**2 / ANIMALS
    said = precision(over_spread=0.8)
    assert said.error == pytest.approx(math.sqrt(one + other))
    assert said.freedom == pytest.approx((one + other) ** 2 / ((one**2 + other**2) / (ANIMALS - 1)))
    assert precision().freedom == 2 * (ANIMALS - 1)

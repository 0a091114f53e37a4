"""An enriched cage acts on the survival of young neurons and on nothing else; half a gene leaves what was read."""

import math
from typing import Any

import pytest

from benchmarks.blockades import lowered, mean_factors
from neurogen_abm.biology import hazards
from neurogen_abm.biology.states import STATES
from neurogen_abm.errors import InputError
from neurogen_abm.lowering import sketch
from neurogen_abm.lowering.messengers import together
from neurogen_abm.model import NeurogenesisModel
from neurogen_abm.run import prepare
from neurogen_abm.spec.scenario.sentences import treatments

CAGE: dict[str, Any] = {"kind": "enrichment"}
PATCH = {"septotemporal": "300 um", "transverse": "300 um"}


def spells(*blocks: dict[str, Any], duration: str = "14 d") -> list[tuple[float, float]]:
    """Return from when to when a mouse lives in an enriched cage, found by asking hour by hour."""
    resolved = prepare({"name": "x", "duration": duration, "activity": list(blocks)})
    physiology = sketch(resolved).physiology
    place = physiology.messengers.index("enrichment")
    there = [
        physiology.exerkines_at(float(hour)).infused[place] > 0 for hour in range(round(resolved.scenario.duration_h))
    ]
    return together((float(hour), hour + 1.0) for hour, inside in enumerate(there) if inside)


@pytest.mark.parametrize("pathway", ["circulating", "combined", "messengers"])
def test_it_acts_on_survival_and_on_nothing_else(pathway: str) -> None:
    factors = mean_factors(lowered(activity=[CAGE], pathway=pathway))
    early, late = STATES.index("immature_early"), STATES.index("immature_late")
    for place in ((hazards.EARLY_SURVIVAL, early), (hazards.LATE_SURVIVAL, early), (hazards.LATE_SURVIVAL, late)):
        assert 0.6 < factors[place] < 0.75
        factors[place] = 1.0
    assert (abs(factors - 1.0) < 1e-12).all()


def test_without_one_nothing_of_it_is_carried_or_read() -> None:
    resolved = prepare("mouse_wheel_running")
    assert "enrichment" not in sketch(resolved).physiology.messengers
    assert not any("enrichment" in path for path in sketch(resolved).used)


def test_days_of_the_week_are_those_of_the_calendar_and_a_run_starts_at_seven_on_monday() -> None:
    assert spells(CAGE) == [(0.0, 336.0)]
    assert spells({**CAGE, "start": "3 d", "end": "5 d"}) == [(72.0, 120.0)]
    assert spells({**CAGE, "days": ["tue"]}) == [(17.0, 41.0), (185.0, 209.0)]
    assert spells({**CAGE, "days": ["mon", "tue"]}, duration="7 d") == [(0.0, 41.0), (161.0, 168.0)]


def test_two_cages_at_once_are_one() -> None:
    assert spells({**CAGE, "end": "6 d"}, {**CAGE, "start": "4 d", "end": "9 d"}) == [(0.0, 216.0)]
    twice, once = (mean_factors(lowered(activity=[CAGE] * n)) for n in (2, 1))
    assert (twice == once).all()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"species": "human", "age": "30 yr"}, "rodents"),
        ({"activity": [CAGE, {"kind": "unloading", "start": "1 d"}]}, "cannot explore"),
        ({"knock_outs": [{"signal": "enrichment"}]}, "no gene"),
    ],
)
def test_what_cannot_be_is_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said) as fault:
        sketch(prepare({"name": "x", "duration": "2 d", "activity": [CAGE], **changes}))
    assert fault.value.cure


def test_an_enriched_cage_may_end_within_a_life_but_not_come_unplanned() -> None:
    def asked(*blocks: dict[str, Any]) -> Any:
        return prepare({"name": "x", "duration": "2 d", "tissue": PATCH, "activity": list(blocks)})

    animal = NeurogenesisModel(asked())
    with pytest.raises(InputError, match="no enriched cage was planned"):
        animal.live_on(asked(CAGE))
    animal = NeurogenesisModel(asked(CAGE))
    animal.live_on(asked({**CAGE, "end": "1 d"}))
    with pytest.raises(InputError, match="no enriched cage was planned"):
        animal.live_on(asked())


def test_half_a_gene_leaves_half_and_is_said_so() -> None:
    resolved = prepare({"name": "x", "duration": "2 d", "knock_outs": [{"signal": "bdnf", "gene": "half"}]})
    before, during = (sketch(resolved).physiology.given.field_left(hour) for hour in (-math.inf, 12.0))
    assert before == during
    assert (before.niche, before.plasma, before.activity) == (0.5, 0.5, 1.0)
    (said,) = [sentence for sentence in treatments(resolved) if "genes" in sentence]
    assert said == "Half of the genes of bdnf missing: 50 % of it is left [assumed; grade C]."
    by_hand = prepare({"name": "x", "duration": "2 d", "knock_outs": [{"signal": "bdnf", "share": "50 %"}]})
    assert sketch(by_hand).physiology.given.field_left(0.0) == before


@pytest.mark.parametrize(
    ("out", "said"),
    [
        ({"signal": "bdnf", "gene": "half", "share": "40 %"}, "takes no `share`"),
        ({"signal": "bdnf", "gene": "half", "start": "1 d"}, "takes no `start`"),
        ({"receptor": "bdnf", "gene": "half"}, "takes no `receptor`"),
        ({"signal": "igf1", "gene": "half"}, "not in the catalogue, only of bdnf"),
    ],
)
def test_half_a_gene_of_which_nothing_is_known_is_refused(out: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said) as fault:
        prepare({"name": "x", "duration": "2 d", "pathway": "messengers", "knock_outs": [out]})
    assert fault.value.cure

"""An intervention that nothing reads is refused; the pathways that the refusal names accept it."""

import re
from typing import Any

import pytest

from neurogen_abm.spec.catalogue import load_catalogue
from neurogen_abm.spec.scenario.scenario import ScenarioError, load_scenario, resolve

PATHWAYS = sorted(load_catalogue("mouse").pathways)
INTERVENTIONS: list[dict[str, Any]] = [
    {"knock_outs": [{"signal": "igf1"}]},
    {"knock_outs": [{"signal": "lactate", "source": "plasma"}]},
    {"knock_outs": [{"signal": "hippocampal_activity"}]},
    {"infusions": [{"signal": "bdnf", "route": "systemic", "rate": "10 ng/h"}]},
]
ALWAYS: list[dict[str, Any]] = [
    {"knock_outs": [{"signal": "bdnf"}]},
    {"knock_outs": [{"signal": "bdnf", "source": "niche"}]},
    {"knock_outs": [{"receptor": "bdnf"}]},
    {"infusions": [{"signal": "bdnf", "route": "niche", "level": "60 pg/mL"}]},
]


def refusal(intervention: dict[str, Any], pathway: str) -> ScenarioError | None:
    try:
        resolve(load_scenario({"name": "x", "duration": "2 d", "pathway": pathway, **intervention}))
    except ScenarioError as error:
        return error
    return None


@pytest.mark.parametrize("intervention", INTERVENTIONS, ids=str)
def test_the_pathways_named_are_those_that_accept(intervention: dict[str, Any]) -> None:
    found = {pathway: refusal(intervention, pathway) for pathway in PATHWAYS}
    accepted = [pathway for pathway, error in found.items() if error is None]
    assert 0 < len(accepted) < len(PATHWAYS)
    for pathway, error in found.items():
        if error is not None:
            assert (error.code, error.exit_code) == ("no-effect", 2)
            assert pathway in error.what
            named = re.search(r"a pathway that uses it: (.*)\.$", error.cure)
            assert named is not None
            assert sorted(named[1].split(", ")) == accepted


@pytest.mark.parametrize("pathway", PATHWAYS)
@pytest.mark.parametrize("intervention", ALWAYS, ids=str)
def test_bdnf_in_the_niche_is_read_in_every_pathway(intervention: dict[str, Any], pathway: str) -> None:
    assert refusal(intervention, pathway) is None


def test_infusions_may_start_at_any_step_and_at_no_other_time() -> None:
    def infused(start: str, step: str) -> dict[str, Any]:
        entry = {"signal": "bdnf", "route": "niche", "level": "60 pg/mL", "start": start}
        return {"name": "x", "duration": "2 d", "step": step, "infusions": [entry]}

    assert load_scenario(infused("90 min", "30 min")).infusions[0].start_h == 1.5
    with pytest.raises(ScenarioError, match="whole number of steps"):
        load_scenario(infused("90 min", "1 h"))

"""Hard domains: what the catalogue ships lies inside them, and no reason lifts them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurogen_abm.spec.bounds import bounds_of, check_order, check_value
from neurogen_abm.spec.catalogue import load_catalogue, species_names
from neurogen_abm.spec.scenario.scenario import ScenarioError, load_scenario, resolve

SPECIES = species_names()


@pytest.mark.parametrize("species", SPECIES)
def test_shipped_values_lie_inside(species: str) -> None:
    parameters = load_catalogue(species).parameters
    for path, parameter in parameters.items():
        check_value(path, parameter.unit, parameter.value)
        check_order(path, parameters)


@pytest.mark.parametrize("species", SPECIES)
def test_believable_ranges_do_not_promise_what_is_impossible(species: str) -> None:
    for path, parameter in load_catalogue(species).parameters.items():
        if parameter.range is not None:
            allowed = bounds_of(path, parameter.unit)
            assert parameter.range[0] >= allowed.least, path
            assert parameter.range[1] <= allowed.most, path


@pytest.mark.parametrize(
    "path",
    [
        "lineage.clearance.time", "lineage.neuron.late_stay", "lineage.stem.active_pause", "anatomy.site_pitch",
        "physiology.circulation.plasma_clearance_half_life", "physiology.circulation.plasma_rest",
        "physiology.circulation.distribution_volume", "physiology.muscle.training_dose", "physiology.wheel.max_speed",
        "physiology.wheel.active_rate", "physiology.wheel.bouts_per_day", "signals.irisin.tau",
        "signals.bdnf.effects.activation.half_max", "signals.bdnf.effects.activation.hill",
        "signals.bdnf.effects.activation.habituation.time",
    ],
)  # fmt: skip
def test_what_divides_is_above_zero(path: str) -> None:
    unit = load_catalogue("mouse").parameters[path].unit
    with pytest.raises(ScenarioError, match="cannot be zero"):
        check_value(path, unit, 0.0)


@pytest.mark.parametrize(
    "path",
    [
        "lineage.stem.dormant_activation_floor", "anatomy.developmental_cell_death", "physiology.niche.bulk_clearance",
        "physiology.barrier.permeability", "physiology.circulation.release_gain", "lineage.migration.hop_until_age",
        "pathways.circulating.barrier_gain", "signals.vegf.weight", "lineage.integration.rivalry",
    ],
)  # fmt: skip
def test_what_can_be_switched_off_may_be_zero(path: str) -> None:
    check_value(path, load_catalogue("mouse").parameters[path].unit, 0.0)


@given(st.sampled_from(sorted(load_catalogue("mouse").parameters)), st.floats(-1e6, 1e6))
def test_an_override_with_a_reason_is_in_its_domain_or_refused(path: str, number: float) -> None:
    old = load_catalogue("mouse").parameters[path]
    if isinstance(old.value, list):
        return
    change = {path: {"value": number, "unit": old.unit, "why": "a test"}}
    refusal, new = None, None
    try:
        new = resolve(load_scenario({"name": "x", "duration": "1 d", "parameters": change})).parameters[path].value
    except ScenarioError as fault:
        refusal = fault
    allowed = bounds_of(path, old.unit)
    if new is not None:
        assert allowed.least <= new <= allowed.most
    else:
        assert refusal is not None
        assert refusal.cure
        assert refusal.where == f"parameters.{path}"

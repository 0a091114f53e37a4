"""Messengers other than BDNF act on rates through their level in blood, by data alone: a file beside the scenario."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neurogen_abm import InputError, NeurogenesisModel, resolve
from neurogen_abm.biology import hazards
from neurogen_abm.engine.parameters import FIELD
from neurogen_abm.lowering import lower
from neurogen_abm.spec.scenario.scenario import load_scenario
from neurogen_abm.spec.yaml.writer import write

TOWARDS, HALF_MAX, HILL = 0.2, 1.5, 2.0


def number(value: float, unit: str = "1") -> dict[str, Any]:
    plain = {"source": None, "place": "test", "status": "assumed", "grade": "D", "range": None}
    return {"value": value, "unit": unit, **plain}


def messenger(**effect: Any) -> dict[str, Any]:
    protection = {"target": "late_survival", "states": ["immature_early", "immature_late"]}
    numbers = {"towards": number(TOWARDS), "half_max": number(HALF_MAX), "hill": number(HILL)}
    return {
        "label": "salt",
        "grade": "D",
        "size": number(2.0),
        "tau": number(30, "min"),
        "effects": {"protection": protection | numbers | effect},
    }


@pytest.fixture
def scenario(tmp_path: Path):
    """Return a scenario with a messenger of its own, with changes of its keys."""
    folder = tmp_path / "mine" / "signals"
    folder.mkdir(parents=True)
    (folder / "salt.yaml").write_text(write(messenger()))

    def made(**changes: Any) -> Path:
        plain = {
            "schema": 1,
            "name": "salty",
            "duration": "2 d",
            "tissue": {"septotemporal": "300 um", "transverse": "300 um"},
            "activity": [{"kind": "wheel", "distance": "8 km/d"}],
            "catalogue": "mine/",
        }
        (tmp_path / "salty.yaml").write_text(write(plain | changes))
        return tmp_path / "salty.yaml"

    return made


def factor(model: NeurogenesisModel, state: str = "immature_late") -> float:
    """Return what the signals do to late survival in a state, on average over the sites."""
    from neurogen_abm.biology.states import STATES

    channel = model.world.parameters.channel[hazards.LATE_SURVIVAL, STATES.index(state)]
    return float(model.world.tissue.tables.factors[channel] @ model.world.classes.weight)


def test_a_messenger_lowers_death_by_its_level_in_blood_and_by_nothing_else(scenario) -> None:
    model, control = (NeurogenesisModel(scenario(), **changes) for changes in ({}, {"catalogue": None}))
    seen = 0.0
    for _ in range(24):
        model.step()
        control.step()
        fold = float(model.muscle.messenger_folds[0])
        seen = max(seen, fold)
        expected = hazards.effect_factor(hazards.receptor_shift(fold, HALF_MAX, HILL), TOWARDS)
        assert factor(model) == pytest.approx(factor(control) * expected, rel=1e-12)
        assert factor(model, "maturing") == factor(control, "maturing")
    assert seen > 1.5


def test_at_rest_it_changes_nothing(scenario) -> None:
    model, control = (NeurogenesisModel(scenario(activity=[]), **changes) for changes in ({}, {"catalogue": None}))
    for animal in (model, control):
        animal.run_model()
    assert model.series_frame().equals(control.series_frame())


def test_without_its_receptor_or_without_the_messenger_its_level_is_zero(scenario) -> None:
    missing = hazards.effect_factor(hazards.receptor_shift(0.0, HALF_MAX, HILL), TOWARDS)
    for out in ({"signal": "salt"}, {"receptor": "salt"}):
        model = NeurogenesisModel(scenario(knock_outs=[out]))
        control = NeurogenesisModel(scenario(), catalogue=None)
        for animal in (model, control):
            animal.step()
        assert factor(model) == pytest.approx(factor(control) * missing, rel=1e-12)


def test_it_is_read_cited_and_explained_only_where_it_acts(scenario) -> None:
    model = NeurogenesisModel(scenario())
    assert {f"signals.salt.{name}" for name in ("size", "tau", "threshold", "exponent")} <= model.used_parameters
    assert "signals.salt.weight" not in model.used_parameters
    assert not any(path.startswith("signals.irisin") for path in model.used_parameters)
    third_week = model.cells.select(lambda cell: cell.state == "immature_late" and 14 < cell.age_h / 24 < 20)
    neuron = next(iter(third_week))
    assert "salt in blood is 1 times its level at rest." in neuron.explain()
    assert "salt lowers the death hazard on days 7-21" in neuron.explain()


def test_it_joins_the_combined_exerkines_only_where_it_counts_among_them(scenario) -> None:
    alone, joined = (
        lower(resolve(load_scenario(scenario(), {"pathway": pathway}))).physiology
        for pathway in ("circulating", "induced")
    )
    assert alone.messengers == ("salt",)
    assert len(joined.messengers) > 5
    assert joined.exerkines.weight[joined.messengers.index("salt")] == 0.0
    assert alone.exerkines.weight.tolist() == [0.0]


def test_effects_of_the_field_stay_those_of_the_field(scenario) -> None:
    effects = lower(resolve(load_scenario(scenario()))).effects
    assert set(effects.messenger.tolist()) == {FIELD, 0}
    assert np.sum(effects.messenger == 0) == 2


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            {"infusions": [{"signal": "salt", "route": "niche", "level": "5 pg/mL"}]},
            "Infusions of salt are not",
        ),
        ({"knock_outs": [{"signal": "salt", "source": "niche"}]}, "No part of salt comes from the niche"),
    ],
)
def test_what_the_model_would_pass_over_is_refused(scenario, changes, told) -> None:
    with pytest.raises(InputError, match=told) as caught:
        resolve(load_scenario(scenario(**changes)))
    assert caught.value.cure

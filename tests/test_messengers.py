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


# Messengers of the package, which act where a pathway carries them.

PATCH = {"septotemporal": "300 um", "transverse": "300 um"}
RUN = {"kind": "wheel", "distance": "8 km/d"}
BOUT = {"kind": "treadmill", "speed": "40 m/min", "session": "60 min", "clock": "10:00"}


def animal(**changes: Any) -> NeurogenesisModel:
    plain = {"schema": 1, "name": "carried", "duration": "3 d", "tissue": PATCH, "pathway": "messengers"}
    return NeurogenesisModel(plain | changes)


def lived(**changes: Any) -> NeurogenesisModel:
    model = animal(**changes)
    model.run_model()
    return model


def course(model: NeurogenesisModel, name: str) -> Any:
    table = model.messengers_frame()
    return table[table["name"] == name].set_index("time_h")["level"]


def test_effects_act_only_where_a_pathway_carries_them() -> None:
    acting = {pathway: animal(pathway=pathway).spec.effects for pathway in ("circulating", "induced", "messengers")}
    assert {effect.signal for effect in acting["circulating"]} == {"bdnf"} == {e.signal for e in acting["induced"]}
    assert {"igf1", "corticosterone", "kynurenine"} < {effect.signal for effect in acting["messengers"]}
    assert animal(pathway="circulating").muscle.rise_of("corticosterone") == 0.0


def test_the_table_of_time_courses_holds_every_messenger_at_every_record() -> None:
    model = lived(activity=[RUN], outputs={"cadence": "6 h"})
    table = model.messengers_frame()
    names = model.spec.catalogue.pathways["messengers"]["carries"]
    assert table.groupby("name").size().to_dict() == dict.fromkeys(names, 13)
    assert (table[table["time_h"] == 0]["level"] == 1.0).all()
    assert course(model, "lactate").max() > 1.5
    assert course(model, "kynurenine").iloc[-1] < 1.0
    assert course(lived(activity=[RUN], duration="1 d"), "lactate").iloc[1:].mean() > 1.0
    assert lived(pathway="circulating", duration="1 d").messengers_frame().empty


def test_the_brake_rises_with_hard_running_and_the_scenario_may_add_it() -> None:
    hard, gentle = (lived(activity=[BOUT | {"speed": f"{v} m/min"}], duration="1 d") for v in (40, 15))
    assert course(hard, "corticosterone").max() > 2.0 > 1.3 > course(gentle, "corticosterone").max() > 1.0
    added = lived(activity=[BOUT], pathway="circulating", stress=True, duration="1 d")
    assert set(added.messengers_frame()["name"]) == {"corticosterone"}
    plain = lived(activity=[BOUT], pathway="circulating", duration="1 d")
    assert added.series_frame()["bdnf_niche_pg_ml"].max() < plain.series_frame()["bdnf_niche_pg_ml"].max()


def test_forced_running_stresses_and_the_same_by_choice_does_not() -> None:
    gentle = BOUT | {"speed": "15 m/min"}
    forced, chosen = (lived(activity=[gentle | {"forced": f}], duration="1 d") for f in (True, False))
    assert course(forced, "corticosterone").loc[4.0] > course(chosen, "corticosterone").loc[4.0]


def test_neutralising_takes_a_share_from_a_start_to_an_end_and_leaves_the_days_before_alone() -> None:
    out = {"signal": "igf1", "share": "90 %", "start": "1 d", "end": "2 d"}
    model, control = lived(activity=[RUN], knock_outs=[out]), lived(activity=[RUN])
    with_out, without = course(model, "igf1"), course(control, "igf1")
    during = (with_out.index > 24) & (with_out.index <= 48)
    assert with_out[~during].tolist() == without[~during].tolist()
    assert with_out[during].to_numpy() == pytest.approx(0.1 * without[during].to_numpy(), rel=1e-12)
    before = model.series_frame()["time_h"] <= 24
    assert model.series_frame()[before].equals(control.series_frame()[before])
    assert not model.series_frame().equals(control.series_frame())


def test_bdnf_can_be_neutralised_in_blood_and_where_it_is_made() -> None:
    base = {"pathway": "circulating", "duration": "2 d", "activity": [RUN]}
    plain = lived(**base).series_frame()
    for source, column in (("plasma", "bdnf_plasma_pg_ml"), ("niche", "bdnf_niche_pg_ml")):
        out = [{"signal": "bdnf", "source": source, "share": "50 %", "start": "1 d"}]
        seen = lived(**base, knock_outs=out).series_frame()
        assert seen[column].iloc[:25].equals(plain[column].iloc[:25])
        assert (seen[column].iloc[26:] < plain[column].iloc[26:]).all()
    assert seen["bdnf_plasma_pg_ml"].equals(plain["bdnf_plasma_pg_ml"])


def test_an_infused_messenger_rises_by_rate_over_volume_clearance_and_rest() -> None:
    given = {"signal": "lactate", "route": "systemic", "rate": "20 mg/h", "start": "1 d"}
    model = lived(infusions=[given])
    steady = 20e6 / 60 / (12 * np.log(2) / 15 * 90e3)  # ng/min, mL, 1/min, ng/mL
    level = course(model, "lactate")
    assert (level.loc[:24] == 1.0).all()
    assert level.iloc[-1] == pytest.approx(1.0 + steady, rel=1e-6)
    assert 1.0 < level.loc[25.0] < 1.0 + steady
    assert "signals.lactate.kinetics.volume" in model.used_parameters
    assert "signals.lactate.kinetics.volume" not in animal(activity=[RUN]).used_parameters


def test_a_scenario_chooses_how_messengers_are_combined() -> None:
    exponents = {
        name: animal(combiner=name).muscle.physiology.kinetics.combiner_p
        for name in ("additive", "geometric", "weakest_link", -4)
    }
    assert exponents == {"additive": 1.0, "geometric": 0.0, "weakest_link": -np.inf, -4: -4.0}
    assert animal().muscle.physiology.kinetics.combiner_p == 0.001
    assert animal(combiner=-4).world.parameters.combiner == -4.0
    assert "physiology.exerkines.combiner_exponent" not in animal(combiner=-4).used_parameters


def test_an_effect_that_would_not_act_is_refused_with_its_file_and_its_cure(tmp_path: Path) -> None:
    (tmp_path / "signals").mkdir()
    effect = messenger()["effects"]
    (tmp_path / "signals" / "il6.yaml").write_text(write({"effects": effect}))
    plain = {"schema": 1, "name": "dead", "duration": "2 d", "tissue": PATCH, "catalogue": str(tmp_path)}
    with pytest.raises(InputError, match="does not carry il6") as caught:
        resolve(load_scenario(plain))
    assert "signals/il6.yaml effects.protection" in str(caught.value.where)
    assert "pathway: messengers" in str(caught.value.cure)
    assert "il6" in {effect.signal for effect in resolve(load_scenario(plain | {"pathway": "messengers"})).effects}
    (tmp_path / "signals" / "il6.yaml").rename(tmp_path / "signals" / "shear.yaml")
    with pytest.raises(InputError, match="No pathway carries shear") as caught:
        resolve(load_scenario(plain))
    (tmp_path / "pathways").mkdir()
    carries = {"label": "with shear", "status": "Illustration.", "carries": ["shear"]}
    weights = {"weights": {"circulating": 1, "induced": 0, "activity": 0}}
    (tmp_path / "pathways" / "sheared.yaml").write_text(write(carries | weights))
    assert "shear" in {e.signal for e in resolve(load_scenario(plain | {"pathway": "sheared"})).effects}

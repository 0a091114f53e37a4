"""Strains: files of numbers laid over those of the species where a scenario or an arm names them."""

import pickle
from pathlib import Path

import pytest

from neurogen_abm.errors import InputError
from neurogen_abm.experiments.execution.job import Job
from neurogen_abm.explanation import validation
from neurogen_abm.run import scenario_citations
from neurogen_abm.spec.catalogue import load_catalogue, species_names
from neurogen_abm.spec.scenario.resolve import ResolvedScenario
from neurogen_abm.spec.scenario.scenario import prepare
from neurogen_abm.spec.strains import names_of
from neurogen_abm.spec.study.arms import compose
from neurogen_abm.spec.study.study import load_study

STEM = "lineage.stem.initial_count"
LAG = "signals.bdnf.effects.activation.integration.time"


def of(strain: str | None, **changes: object) -> ResolvedScenario:
    return prepare("mouse_generated_running", changes={"strain": strain, **changes})


@pytest.mark.parametrize("species", species_names())
def test_each_has_numbers_within_their_ranges_and_known_sources_and_a_name_of_its_own(species: str) -> None:
    plain = load_catalogue(species)
    names = [name for strain in plain.own_strains.values() for name in strain.names]
    listed = plain.structure["anatomy"]["strains"]
    assert len({*names, *listed}) == len(names) + len(listed)
    assert plain.strains == names_of(listed, plain.own_strains)
    assert plain.strains[0] == listed[0]
    for name in names:
        own = load_catalogue(species, strain=name)
        assert own.strain is not None
        assert set(own.own_strains[own.strain].evidence) <= own.references.keys()
        assert own.digest != plain.digest
        assert any(plain.parameters.get(path) != number for path, number in own.parameters.items())


def test_those_that_the_anatomy_lists_live_by_the_numbers_of_the_species() -> None:
    for name in (None, "C57BL/6", "C57BL/6J"):
        species = load_catalogue("mouse", mechanisms=["standard"])
        assert of(name).catalogue.digest == species.digest
        assert of(name).parameters == species.parameters


def test_another_strain_has_its_own_and_answers_later() -> None:
    dba, plain = of("DBA/2"), of("C57BL/6")
    assert dba.value(STEM, "cells") == 9900
    assert plain.value(STEM, "cells") == 19800
    assert LAG not in plain.parameters
    lags = {e.name: e.integration_time for e in dba.effects if e.integration_time is not None}
    assert set(lags) == {"activation", "amplification"}
    assert dba.parameters.keys() - plain.parameters.keys() == {LAG, LAG.replace("activation", "amplification")}


def test_it_is_written_out_read_back_said_cited_and_given_to_workers() -> None:
    dba = of("DBA/2J")
    again = ResolvedScenario.from_yaml(dba.to_yaml())
    assert (again.digest, again.parameters) == (dba.digest, dba.parameters)
    assert "Strain DBA/2:" in validation(dba)
    cited = {entry.key: entry.used_by for entry in scenario_citations(dba)}
    assert "strain DBA/2" in cited["overall2013"]
    job = Job.of(dba)
    sent = pickle.loads(pickle.dumps(job))
    assert sent.resolved.parameters == dba.parameters
    assert sent.resolved.catalogue.digest == dba.catalogue.digest


def test_a_strain_can_be_changed_and_its_numbers_replaced() -> None:
    dba = of("DBA/2")
    assert prepare(dba, changes={"strain": "C57BL/6"}).digest == of("C57BL/6").digest
    assert of("DBA/2", parameters={STEM: "5000 cells"}).value(STEM, "cells") == 5000
    both = of("DBA/2", mechanisms=["deepening_quiescence"])
    assert both.value("lineage.stem.deepening", "1/d") == 0.035
    assert both.value(STEM, "cells") == 9900


def test_arms_of_one_study_may_be_of_two_strains() -> None:
    arms = compose(load_study("overall2013_c57_vs_dba"))
    found = {name: arm.resolved.value(STEM, "cells") for name, arm in arms.items()}
    assert found == {"sedentary": 19800, "c57_runner": 19800, "dba_sedentary": 9900, "dba_runner": 9900}


def test_an_unknown_strain_is_refused_with_the_nearest() -> None:
    with pytest.raises(InputError) as fault:
        of("DBA/3")
    assert fault.value.code == "unknown-strain"
    assert "DBA/2" in fault.value.cure


def with_a_strain(folder: Path, label: str, changes: str) -> Path:
    """Return a scenario of two days in whose catalogue a strain, called as its label, changes a number."""
    strains = folder / "mine" / "strains"
    strains.mkdir(parents=True)
    (strains / f"{label}.yaml").write_text(
        f"label: {label}\nnames: [{label.title()}]\nstatus: test\ngrade: D\nevidence: []\nchanges: {changes}\n"
    )
    scenario = folder / f"{label}.yaml"
    scenario.write_text(f"duration: 2 d\ncatalogue: mine/\nstrain: {label.title()}\n")
    return scenario


def test_a_mechanism_may_not_change_a_number_of_the_strain(tmp_path: Path) -> None:
    number = "{value: 0.03, unit: 1/d, source: null, place: test, status: assumed, grade: D, range: null}"
    scenario = with_a_strain(tmp_path, "deep", f"{{lineage: {{stem: {{deepening: {number}}}}}}}")
    assert prepare(scenario).value("lineage.stem.deepening", "1/d") == 0.03
    with pytest.raises(
        InputError, match=r"Both the strain deep and the mechanism deepening_quiescence change"
    ) as fault:
        prepare(scenario, changes={"mechanisms": ["deepening_quiescence"]})
    assert fault.value.code == "rival-mechanisms"
    assert "`mechanisms: []` in the scenario" in fault.value.cure
    assert prepare(scenario, changes={"mechanisms": []}).scenario.strain == "Deep"


def test_of_a_mechanism_that_nobody_named_it_is_said_how_to_leave_it_out(tmp_path: Path) -> None:
    number = "{value: 5, unit: d, source: null, place: test, status: assumed, grade: D, range: null}"
    changes = f"{{signals: {{bdnf: {{effects: {{activation: {{habituation: {{time: {number}}}}}}}}}}}}}"
    scenario = with_a_strain(tmp_path, "slow", changes)
    with pytest.raises(InputError, match="Both the strain slow and the mechanism loss_of_gain change") as fault:
        prepare(scenario)
    assert "Leave loss_of_gain out: `mechanisms: [gaba_tone]` in the scenario keeps the other" in fault.value.cure
    path = "signals.bdnf.effects.activation.habituation.time"
    assert prepare(scenario, changes={"mechanisms": ["gaba_tone"]}).value(path, "d") == 5

"""A fit of real animals on a small patch: same answer whoever asks, nothing run twice, tables and page whole."""

import json
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from neurogen_abm.cli import main
from neurogen_abm.errors import InputError
from neurogen_abm.experiments.calibration import calibrate as calibrate_module
from neurogen_abm.experiments.calibration import objective as objective_module
from neurogen_abm.experiments.calibration import posterior_tables
from neurogen_abm.experiments.calibration.calibrate import calibrate
from neurogen_abm.experiments.calibration.objective import objective
from neurogen_abm.experiments.execution.runner import Execution
from neurogen_abm.report.pages.fit import write_fit_page
from neurogen_abm.run import prepare
from neurogen_abm.spec import posterior
from neurogen_abm.spec.calibration import load_calibration
from neurogen_abm.spec.validation import ScenarioError
from neurogen_abm.storage import run_directory

STUDY = """\
schema: 1
reference: {citation: "made up for this test", doi: null}
base: mouse_generated_running
changes: {duration: 4 d, tissue: {septotemporal: 300 um, transverse: 300 um}}
arms: {control: {activity: []}, runner: {}, other: {age: 10 wk}}
animals: 3
expectations:
  - {name: more births, kind: ratio, tier: A, role: calibration, source: made up, read: births, arm: runner,
     over: control, at: 4 d, value: 1.5}
  - {name: a test, kind: ratio, tier: A, role: test, source: made up, read: births, arm: other, over: control, at: 4 d,
     value: 1.0}
"""
FIT = """\
title: A small fit
studies: [small.yaml]
pairs: 1
parameters: [{path: signals.bdnf.effects.amplification.towards, start: 5}]
least_squares: {iterations: 1, step: 0.3}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("fit")
    (place / "small.yaml").write_text(STUDY)
    (place / "fit.yaml").write_text(FIT)
    return place


def test_only_what_is_fitted_to_is_run_and_every_point_has_the_same_animals(folder):
    fit = load_calibration(folder / "fit.yaml", {"pairs": 2})
    found = objective(fit, Execution(folder / "none"))
    (target,) = found.studies
    assert set(target.arms) == {"control", "runner"}  # what is kept for a test is not looked at
    assert found.names == ["small: more births"]
    assert found.jobs_a_point() == 4
    one, other = (found._plans({found.free[0].name: value})[0] for value in (5.0, 50.0))
    assert [job.resolved.scenario.seed for job in one.jobs["runner"]] == [1, 2]
    assert [job.key for job in one.jobs["runner"]] != [job.key for job in other.jobs["runner"]]
    assert other.jobs["runner"][0].resolved.parameters[found.free[0].name].value == 50.0


def test_a_fit_from_the_command_line_and_again_from_python(folder, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    with pytest.raises(SystemExit) as left:
        main(["calibrate", "fit.yaml", "--workers", "0", "--out", "out"])
    assert left.value.code == 0, capsys.readouterr().err
    told = capsys.readouterr()
    assert "sum of squares" in told.err
    assert "constrained" in told.out
    place = folder / "out" / "fit"
    provenance = run_directory.read_provenance(place)
    estimates = run_directory.read_table(run_directory.checked(place, "estimates.parquet", provenance))
    card = run_directory.read_table(run_directory.checked(place, "card.parquet", provenance))
    assert (place / "report.html").read_text().count('class="plot"') == 6
    assert load_calibration(place / "calibration.yaml").studies == ("small.yaml",)
    assert json.loads((place / "provenance.json").read_text())["animals_a_point"] == 2

    row = estimates.iloc[0]
    assert row["range_low"] <= row["low95"] <= row["value"] <= row["high95"] <= row["range_high"]
    squares = card[["residual_start", "residual_end"]].iloc[0] ** 2
    assert squares["residual_end"] <= squares["residual_start"]

    def unwanted(*_, **__):
        raise AssertionError("an animal was run again")

    monkeypatch.setattr("neurogen_abm.experiments.execution.runner.simulate", unwanted)
    monkeypatch.setattr("neurogen_abm.experiments.execution.job.run", unwanted)
    again = calibrate(folder / "fit.yaml", folder / "out" / "animals", workers=0)
    pd.testing.assert_frame_equal(again.estimates, estimates)
    assert np.isfinite(again.card["residual_end"]).all()


def test_what_does_not_reach_an_arm_is_found_and_its_animals_are_run_once(folder):
    extra = ["signals.bdnf.effects.amplification.towards", "lineage.stem.consuming_young"]
    found = objective(
        load_calibration(folder / "fit.yaml", {"parameters": extra}), Execution(folder / "tried", workers=0)
    )
    found.find_insensitive_arms()
    # A sedentary mouse is at rest, where effects are one; its stem cells divide as they do.
    assert found.insensitive == {("small", "control"): frozenset(extra[:1])}
    plans = [found._plans(dict(zip(extra, values, strict=True)))[0] for values in ((5.0, 0.2), (50.0, 0.2), (5.0, 0.3))]
    keys = [[job.key for jobs in plan.jobs.values() for job in jobs] for plan in plans]
    assert keys[0][0] == keys[1][0] != keys[2][0]
    assert len({keys[0][1], keys[1][1], keys[2][1]}) == 3


def test_an_impossible_point_is_a_fault_of_its_own(folder):
    found = objective(load_calibration(folder / "fit.yaml"), Execution(folder / "none"))
    table = found.residuals(pd.DataFrame({found.free[0].name: [-1.0]}))
    assert table.isna().all(axis=None)
    assert "negative" in found.impossible[0].what


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"studies": ["no_such_study"]}, "no-file"),
        ({"weights": {"smal": 2.0}}, "unknown-study"),
        ({"pathway": "circulation"}, "unknown-pathway"),
    ],
)
def test_what_a_fit_names_wrongly_is_refused_before_anything_runs(folder, change, code):
    with pytest.raises(Exception) as fault:  # noqa: PT011 - the code is what is asserted
        objective(load_calibration(folder / "fit.yaml", change), Execution(folder / "none"))
    assert fault.value.code == code
    assert not (folder / "none").exists()


def test_a_study_kept_for_a_test_is_no_target(folder):
    (folder / "tests_only.yaml").write_text(STUDY.replace("role: calibration", "role: test"))
    with pytest.raises(ScenarioError, match="has the role calibration"):
        objective(load_calibration(folder / "fit.yaml", {"studies": ["tests_only.yaml"]}), Execution(folder / "none"))


@pytest.mark.parametrize(
    ("method", "settings", "tables"),
    [
        ("optuna", {"trials": 3, "batch": 2}, set()),
        pytest.param(
            "abc",
            {"population": 10, "generations": 1},
            {"sample", "predictive"},
            marks=[pytest.mark.slow, pytest.mark.skipif(find_spec("pyabc") is None, reason="pyABC is an extra")],
        ),
    ],
)
def test_other_methods_take_the_same_way(folder, method, settings, tables):
    fit = load_calibration(folder / "fit.yaml", {"method": method, method: settings})
    found = calibrate(fit, folder / method / "animals", workers=0)
    assert set(found.tables) == {"estimates", "card", "trials"} | tables
    row = found.estimates.iloc[0]
    assert row["range_low"] <= row["low95"] <= row["value"] <= row["high95"] <= row["range_high"]
    saved = found.save(folder / method / "fit", page=lambda path: write_fit_page(found, path))
    assert (saved / "report.html").read_text().count('class="plot"') == 3 + 2 * bool(tables)
    again = calibrate(fit, folder / method / "animals", workers=0)
    pd.testing.assert_frame_equal(again.estimates, found.estimates)


@pytest.mark.slow
def test_a_posterior_of_real_animals_goes_on_where_it_stopped(folder):
    asked = {"pairs": 3, "method": "posterior"}
    asked |= {"posterior": {"points": 8, "refined": 0, "checks": 2, "draws": 200, "steps": 100}}
    fit = load_calibration(folder / "fit.yaml", asked)
    found = calibrate(fit, folder / "posterior" / "animals", workers=0)
    (name,) = found.estimates["name"]
    assert found.posterior.free == (name,)
    assert len(found.posterior.draws) == 200
    assert found.posterior.draws[name].between(*found.estimates[["range_low", "range_high"]].iloc[0]).all()
    assert found.posterior.draws[name].median() == pytest.approx(found.estimates["value"].iloc[0], rel=0.02)
    assert {"stem.initial_count"} < {path.split("lineage.")[-1] for path in found.posterior.catalogue}
    # Both findings are predicted without their one paper: by the ranges alone.
    predicted = found.tables["left_out"].set_index("expectation")
    assert list(predicted["role"]) == ["calibration", "test"]
    (made_under,) = map(json.loads, predicted["catalogue"].unique())
    assert set(made_under) == set(found.posterior.catalogue) - {name}
    assert list(found.tables["emulator"]["reached"]) == [True, True]
    assert list(found.tables["scores"]["findings"]) == [1, 1]
    saved = found.save(folder / "posterior" / "fit", page=lambda path: write_fit_page(found, path))
    assert posterior.read(saved / "posterior.parquet").draws.equals(found.posterior.draws)
    assert (saved / "report.html").read_text().count('class="plot"') == 5
    again = calibrate(fit, folder / "posterior" / "animals", workers=0)
    pd.testing.assert_frame_equal(again.posterior.draws, found.posterior.draws)


def test_a_fit_switches_mechanisms_on_in_every_arm(folder):
    loss = "signals.bdnf.effects.*.habituation.loss"
    asked = {"mechanisms": ["loss_of_gain"], "allow": ["derived"], "parameters": [{"tie": loss, "name": "loss"}]}
    found = objective(load_calibration(folder / "fit.yaml", asked), Execution(folder / "none"))
    (free,) = found.free
    assert len(free.paths) == 2
    (plan,) = found._plans(dict.fromkeys(free.paths, 9.0))
    assert {arm.scenario.mechanisms for arm in plan.arms.values()} == {("loss_of_gain",)}
    assert plan.arms["runner"].resolved.value(free.paths[0], "1") == 9.0
    without = objective(load_calibration(folder / "fit.yaml"), Execution(folder / "none"))
    assert without.digest() != found.digest()


@pytest.mark.parametrize(
    ("names", "code"), [(["loss_of_gian"], "unknown-mechanism"), (["falling_bdnf", "falling_bdnf"], "twice")]
)
def test_mechanisms_of_a_fit_that_cannot_be_are_told_in_its_file(folder, names, code):
    with pytest.raises(InputError) as told:
        objective(load_calibration(folder / "fit.yaml", {"mechanisms": names}), Execution(folder / "none"))
    assert told.value.code == code
    assert "mechanisms" in told.value.where
    assert told.value.cure


def test_a_posterior_belongs_to_one_set_of_rules(folder):
    """Draws of arms with and without a mechanism, or of two pathways, would belong to neither."""
    for key, own in (("mechanisms", "[loss_of_gain]"), ("pathway", "activity")):
        (folder / f"{key}.yaml").write_text(STUDY.replace("runner: {}", f"runner: {{{key}: {own}}}"))
        asked = {"studies": [f"{key}.yaml"], "method": "posterior", "pairs": 3}
        with pytest.raises(ScenarioError, match="one set of rules") as told:
            objective(load_calibration(folder / "fit.yaml", asked), Execution(folder / "none"))
        assert told.value.code == "several-rules"
        assert "Leave the study out" in told.value.cure
        objective(load_calibration(folder / "fit.yaml", asked | {"method": "optuna"}), Execution(folder / "none"))


def test_a_posterior_holds_numbers_of_the_species_not_of_a_strain(folder):
    """A strain has other numbers, and some that the species has not: they are no other catalogue."""
    (folder / "strains.yaml").write_text(STUDY.replace("{control: {activity: []}", "{control: {strain: DBA/2}"))
    asked = {"studies": ["strains.yaml"], "method": "posterior", "pairs": 3}
    found = objective(load_calibration(folder / "fit.yaml", asked), Execution(folder / "none"))
    strain, mouse = found.studies[0].arms["control"].resolved, prepare("mouse_wheel_running")
    read = found.studies[0].read["control"]
    assert {path for path in read if path not in mouse.parameters}
    assert [path for path in read if path in mouse.parameters and strain.parameters[path] != mouse.parameters[path]]
    made = posterior_tables.as_posterior(found, SimpleNamespace(positions=np.array([[0.2], [0.4]])))
    made.require_fit(mouse)
    assert made.mechanisms == mouse.scenario.mechanisms


def test_a_posterior_needs_animals_whose_error_is_known(folder):
    fit = load_calibration(folder / "fit.yaml", {"method": "posterior", "pairs": 2})
    with pytest.raises(ScenarioError, match="would have 2 animals, too few") as told:
        objective(fit, Execution(folder / "none"))
    assert "pairs: 3" in told.value.cure


def test_all_stands_for_the_studies_in_which_something_is_done():
    asked = {"name": "made", "method": "posterior", "pathway": "circulating", "studies": ["all"]}
    names = [study.name for _, study in objective_module._named(load_calibration(asked))]
    assert {"vanpraag1999_nn", "sairanen2005", "akers2014_course"} <= set(names)  # the last has role test alone
    assert not {"kronenberg2006_age", "kodali2016", "wu2023_clones"} & set(names)  # at rest; of rats; at rest
    fitted = [s.name for _, s in objective_module._named(load_calibration({**asked, "method": "least-squares"}))]
    assert "akers2014_course" not in fitted
    rats = [s.name for _, s in objective_module._named(load_calibration({**asked, "species": "rat"}))]
    assert "kodali2016" in rats
    assert "vanpraag1999_nn" not in rats


def test_what_a_search_saw_counts_only_for_the_same_objective(tmp_path, monkeypatch):
    """Optuna and ABC go on with the scores they kept; none of other targets, animals or source may be among them."""
    parameters = [{"path": "signals.bdnf.effects.activation.towards"}]
    plain = {"name": "made", "studies": ["clark2010"], "parameters": parameters, "method": "optuna"}

    def beside(**changes) -> Path:
        fit = load_calibration({**plain, **changes})
        return calibrate_module._beside(objective(fit, Execution(tmp_path / "animals", 0)), "optuna", "log")

    first = beside()
    assert first.parent == tmp_path
    assert beside(title="Another title", optuna={"trials": 7}) == first
    others = [
        beside(weights={"A": 2}),
        beside(pairs=3),
        beside(tissue={"septotemporal": "400 um", "transverse": "300 um"}),
        beside(parameters=[{**parameters[0], "scale": "linear"}]),
        beside(linear_beyond=None),
    ]
    monkeypatch.setattr(objective_module, "judging", lambda: "another source")
    assert len({first, *others, beside()}) == 7

"""Experiments under draws of a posterior: the same animals under every draw, bands beside what was there before."""

import json
import math
from dataclasses import replace

import cheap
import numpy as np
import pandas as pd
import pytest

import neurogen_abm
from neurogen_abm import cli
from neurogen_abm.checkpoints import NAMES
from neurogen_abm.commands.progress import Stop
from neurogen_abm.errors import InputError, ModelFault
from neurogen_abm.experiments import bands, draws
from neurogen_abm.experiments.compare import compare
from neurogen_abm.experiments.execution.runner import Outcome
from neurogen_abm.experiments.read_outs import daily
from neurogen_abm.experiments.studies import predictive
from neurogen_abm.experiments.studies.likelihood import FLOOR, Simulated, mean_probability
from neurogen_abm.experiments.studies.variation import individual
from neurogen_abm.experiments.uncertainty import PARTS, Uncertainty, in_words
from neurogen_abm.report.pages.compare import sentences, write_compare_page
from neurogen_abm.report.pages.uncertainty import table
from neurogen_abm.run import Result, prepare
from neurogen_abm.spec.posterior import Posterior, PosteriorError, held
from neurogen_abm.spec.study.study import USUAL_VARIATION
from neurogen_abm.storage.posteriors import write
from neurogen_abm.storage.run_directory import checked, read_provenance

PACE, COUNT = "lineage.clearance.time", "lineage.stem.initial_count"
# Hardly older than the model's first day, so that nobody waits for a life before the run.
REST = {**cheap.ANIMAL, "name": "rest", "duration": "1 d", "age": "32 d"}
RUNNER = {**REST, "name": "runner", "activity": [{"kind": "wheel", "distance": "6 km/d"}]}
STUDY = """\
reference: {citation: "Nobody 1999", doi: null}
base: mouse_sedentary
changes: {duration: 1 d, age: 32 d, tissue: {septotemporal: 300 um, transverse: 200 um}}
arms: {control: {}, runner: {activity: [{kind: wheel, distance: 6 km/d}]}}
animals: 2
assays: [{name: young, count: DCX+, at: [12 h, 1 d]}]
expectations:
  - {name: a ratio, kind: ratio, read: young, at: 1 d, over: control, value: 1.5, arm: runner, tier: A, role: test,
     source: made up}
  - {name: an order, kind: ordering, read: young, at: 1 d, items: [{arm: control}, {arm: runner}], arm: runner, tier: A,
     role: test, source: made up}
"""


@pytest.fixture(scope="module")
def posterior():
    """Draws of the number of stem cells, which every count follows: nobody has fitted them."""
    base = prepare(REST)
    middle = base.parameters[COUNT].value
    values = pd.DataFrame({COUNT: middle * np.array([0.5, 1.0, 1.5, 2.0, 0.7]), PACE: np.linspace(1.2, 1.5, 5)})
    made = "mouse", base.scenario.pathway, "made-up", values, held(base, (PACE,))
    return Posterior(*made, mechanisms=base.scenario.mechanisms)


@pytest.fixture(scope="module")
def file(posterior, tmp_path_factory):
    return write(posterior, tmp_path_factory.mktemp("posterior") / "mine.parquet")


@pytest.fixture(scope="module")
def found(posterior, tmp_path_factory):
    out = tmp_path_factory.mktemp("compare")
    return compare(REST, RUNNER, pairs=2, out=out, workers=0, posterior=posterior.first(3))


def code_of(*words):
    with pytest.raises(SystemExit) as left:
        cli.main(list(words))
    return left.value.code


def planned(n, posterior, animals=2):
    def animal(drawn, number):
        return individual(drawn, 1, number, USUAL_VARIATION, "a test")

    arms = {"rest": prepare(REST), "runner": prepare(RUNNER)}
    return draws.lives(arms, draws.asked(posterior.first(n)), animals, animal, daily)


def test_more_draws_or_animals_change_none_of_the_others(posterior):
    few = {life.job.key for life in planned(2, posterior)}
    assert few < {life.job.key for life in planned(3, posterior)}
    assert few < {life.job.key for life in planned(2, posterior, animals=3)}


def test_animals_of_a_number_are_twins_across_arms_and_draws(posterior):
    all_lives = planned(3, posterior)
    for life in all_lives:
        scenario = life.job.resolved.scenario
        assert scenario.seed == 1 + life.animal + 100_000 * life.life
        drawn = posterior.draws[COUNT][life.draw]
        share = life.job.resolved.parameters[COUNT].value / drawn
        others = [o for o in all_lives if o.animal == life.animal]
        assert share == pytest.approx(others[0].job.resolved.parameters[COUNT].value / posterior.draws[COUNT][0])
    assert {life.draw for life in all_lives if life.life == 1} == {0, 2}  # every second draw


def test_a_comparison_is_as_before_and_has_bands_beside(found, tmp_path):
    plain = compare(REST, RUNNER, pairs=2, out=tmp_path / "plain", workers=0)
    pd.testing.assert_frame_equal(found.effects, plain.effects)
    pd.testing.assert_frame_equal(found.maps, plain.maps)
    assert plain.uncertainty is None
    rows = found.uncertainty.of("n_dcx", "rest")
    assert list(rows["day"]) == [0.0, 1.0]
    last = rows.iloc[-1]
    # Twice and half as many stem cells: what is not known is most of what varies.
    assert last["share_parameters"] > 0.5
    assert last[[f"share_{part}" for part in PARTS]].sum() == pytest.approx(1.0)
    for inner, outer in (("parameters", "all"), ("animals", "all")):
        assert last[f"{outer}_10"] <= last[f"{inner}_10"] + 1e-9 or last[f"variance_{inner}"] <= 0
    effect = found.uncertainty.of("n_dcx", "runner", "relative").iloc[-1]
    assert math.isfinite(effect["mean"])
    assert found.uncertainty.draws == 3
    assert found.uncertainty.animals == 2


def test_a_comparison_says_in_words_and_draws_what_is_not_known(found, tmp_path):
    said = " ".join(sentences(found))
    assert "over the posterior" in said
    assert "is not known (parameters)" in said
    assert "3 draws of the posterior made-up, 2 animals under each." in said
    page = write_compare_page(found, tmp_path / "page.html").read_text()
    for words in ("What is not known", "and what animals differ in", "and chance"):
        assert words in page
    assert "what is not known" in table(found.uncertainty)
    files = found.uncertainty.write(tmp_path)
    again = Uncertainty.read(files[0])
    pd.testing.assert_frame_equal(again.table, found.uncertainty.table)
    assert again.said == found.uncertainty.said
    assert pd.read_csv(files[1])["read_out"].tolist() == found.uncertainty.table["read_out"].tolist()


def test_what_cannot_be_asked_is_refused_before_anything_runs(posterior, tmp_path):
    def refused(code, **options):
        with pytest.raises(InputError) as caught:
            compare(REST, RUNNER, pairs=2, out=tmp_path / "none", workers=0, **options)
        assert caught.value.code == code
        assert caught.value.cure or code == "wrong-type"
        return caught.value

    refused("out-of-range", posterior=1)
    refused("wrong-type", posterior=2.5)
    refused("no-file", posterior=tmp_path / "nothing.parquet")
    refused("bad-pair", posterior=posterior, until_halfwidth="5 %")
    refused("other-pathway", posterior=posterior, overrides={"pathway": "activity"})
    refused("no-effect", posterior=posterior, overrides={PACE: "1.4 h", COUNT: "9000 cells"})
    far = replace(posterior, fit="far", draws=posterior.draws * [1.0, -1.0])
    assert "Draw 0 of the posterior far" in refused("out-of-range", posterior=far).what
    with pytest.raises(InputError, match="cannot be told"):
        bands.bands(REST, posterior, lives=1)
    with pytest.raises(PosteriorError):
        neurogen_abm.bands({**REST, "pathway": "measured_barrier"}, 20)
    assert not (tmp_path / "none").exists()


def test_a_draw_under_which_an_animal_failed_is_left_out_and_said(posterior):
    plan = planned(3, posterior)
    runs = pd.DataFrame([{"job": life.job.key, "state": "done"} for life in plan])
    failed = pd.DataFrame([{"what": "An explosion.", "cure": "Lower the rates.", "where": ""}])
    rows = {"time_h": 0.0, "day": 0.0} | dict.fromkeys(draws.READ_OUTS, 1.0)

    class Kept(Outcome):
        def table(self, name):
            return (
                pd.DataFrame([{"job": job, **rows} for job in runs["job"]])
                if name == "series"
                else pd.DataFrame(columns=["job"])
            )

    runs.loc[[life.draw == 1 and life.animal == 1 for life in plan], "state"] = "failed"
    found = draws.lived(Kept(None, runs, failed, ()), plan)
    assert (found.draws, found.failed) == ((0, 2), (1,))
    assert "1 draw is left out" in draws.left_out(found.failed)[0]
    runs.loc[[life.draw == 0 for life in plan], "state"] = "failed"
    with pytest.raises(ModelFault, match="2 of 3 draws"):
        draws.lived(Kept(None, runs, failed, ()), plan)


def test_a_run_gets_bands_into_its_directory_and_onto_its_page(file, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.yaml").write_text(json.dumps({**RUNNER, "name": "mine", "parameters": {PACE: "1.4 h"}}))
    said = ["run", "mine.yaml", "--posterior", "3", "--posterior-file", str(file), "--lives", "2", "--workers", "0"]
    assert code_of(*said) == 0
    shown = capsys.readouterr().out
    assert f"1 of 2 parameters are yours: {PACE}." in shown
    assert "3 draws of the posterior made-up, 2 lives under each." in shown
    folder = tmp_path / "runs" / "mine-seed1"
    found = Uncertainty.read(folder / "bands.parquet")
    assert found.table["variance_animals"].isna().all()
    result = Result.load(folder)
    assert "What is not known" in (folder / "report.html").read_text()
    first = found.of("n_dcx").iloc[0]
    assert first["share_parameters"] > 0.5
    assert first["all_10"] <= result.series["n_dcx"].iloc[0] <= first["all_90"]
    (folder / "bands.parquet").write_bytes(b"PAR1")
    assert code_of("report", str(folder)) == 4


@pytest.mark.parametrize("checkpoints", ["both", "none"])
def test_a_run_that_was_interrupted_gets_its_bands_when_it_goes_on(file, tmp_path, monkeypatch, capsys, checkpoints):
    """Also where it was killed before its first checkpoint was whole."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.yaml").write_text(json.dumps({**RUNNER, "name": "mine", "duration": "2 d"}))
    run = ["run", "mine.yaml", "--no-report", "--posterior", "3", "--posterior-file", str(file), "--lives", "2"]
    run += ["--workers", "0"]
    with monkeypatch.context() as patch:
        patch.setattr(Stop, "__call__", lambda _: True)
        assert code_of(*run) == 130
    unfinished = tmp_path / "runs" / "mine-seed1.unfinished"
    bands_then = (unfinished / "bands.parquet").read_bytes()
    for name in NAMES if checkpoints == "none" else ():
        (unfinished / name).unlink(missing_ok=True)
    capsys.readouterr()
    assert code_of("resume", "runs/mine-seed1", "--no-report") == 0
    assert "3 draws of the posterior made-up, 2 lives under each." in capsys.readouterr().out
    assert not unfinished.exists()
    folder = tmp_path / "runs" / "mine-seed1"
    assert checked(folder, "bands.parquet", read_provenance(folder)).read_bytes() == bands_then
    assert checked(folder, "bands.csv", read_provenance(folder)).is_file()


def test_a_run_without_a_posterior_to_draw_from_writes_nothing(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.yaml").write_text(json.dumps({**REST, "name": "mine", "pathway": "measured_barrier"}))
    assert code_of("run", "mine.yaml", "--posterior", "20") == 2
    fault = capsys.readouterr().err
    assert "measured_barrier" in fault
    assert "--posterior-file" in fault
    assert code_of("run", "mine.yaml", "--lives", "3") == 2
    assert not (tmp_path / "runs").exists()


def test_a_card_over_draws_is_as_wide_as_what_is_not_known(posterior, tmp_path):
    (tmp_path / "made.yaml").write_text(STUDY)
    found = neurogen_abm.study(tmp_path / "made.yaml", out=tmp_path / "runs", workers=0, posterior=posterior.first(3))
    plain = neurogen_abm.study(tmp_path / "made.yaml", out=tmp_path / "runs", workers=0)
    assert list(found.card["draws"]) == [3, 3]
    assert list(found.card["verdict_of_point"]) == list(plain.card["verdict"])
    assert list(found.card["log_score_of_point"]) == list(plain.card["log_score"])
    assert (found.card["drawn_10"] <= found.card["drawn_90"]).all()
    width, alone = (np.log(one["predicted_high"][0] / one["predicted_low"][0]) for one in (found.card, plain.card))
    assert width != alone
    assert set(plain.card) == set(found.card) - {
        "draws",
        "drawn_10",
        "drawn_50",
        "drawn_90",
        *("verdict_of_point", "log_score_of_point"),
    }


def test_draws_that_disagree_widen_what_is_predicted_and_average_what_is_scored():
    one = predictive._as_one([Simulated(0.0, 0.1), Simulated(0.6, 0.1), Simulated(math.nan)])
    assert one.centre == pytest.approx(0.3)
    assert one.error == pytest.approx(math.hypot(0.1, 0.6 / math.sqrt(2)))
    assert math.isnan(predictive._as_one([Simulated(math.nan)]).centre)
    assert mean_probability([math.log(0.8), math.log(0.2)]) == pytest.approx(math.log(0.5))
    assert mean_probability([FLOOR, FLOOR]) == pytest.approx(FLOOR)


def test_a_sweep_has_bands_at_every_point(posterior, tmp_path):
    plan = {
        "name": "made",
        "scenario": REST,
        "axes": {"age": ["32 d", "33 d"]},
        "seeds": 2,
        "keep": {"series": ["n_dcx"], "at": ["12 h", "end"], "tables": ["series"]},
    }
    found = neurogen_abm.sweep(plan, tmp_path / "out", workers=0, posterior=posterior.first(3))
    assert len(found.series) == 2 * 2 * 2  # as without
    assert len(found.bands) == 2 * 2
    last = found.bands[found.bands["day"] == 1.0]
    assert (last["share_parameters"] > 0.5).all()
    assert last["age"].tolist() == [32.0, 33.0]
    assert neurogen_abm.sweep(plan, tmp_path / "out", workers=0).bands is None
    with pytest.raises(InputError, match="one animal at a point"):
        neurogen_abm.sweep(plan | {"seeds": 1}, tmp_path / "one", workers=0, posterior=posterior.first(3))


def test_a_sweep_over_what_is_drawn_is_refused(posterior, tmp_path):
    """Draws of the others belong to that of the parameter which is swept."""
    path = posterior.free[0]
    values = [f"{value!r} {posterior.units[path]}".removesuffix(" 1") for value in posterior.draws[path][:2].tolist()]
    plan = {"name": "made", "scenario": REST, "axes": {f"parameters.{path}": values}, "seeds": 2}
    with pytest.raises(InputError, match="draws it together") as refused:
        neurogen_abm.sweep(plan, tmp_path / "out", workers=0, posterior=posterior.first(3))
    assert path in refused.value.where
    assert not (tmp_path / "out").exists()


def test_where_nothing_varies_it_is_said():
    assert in_words(dict.fromkeys([f"share_{part}" for part in PARTS], math.nan)) == "Nothing varies."


def test_a_notebook_shows_shares_that_can_be_read():
    """A part that is nothing but rounding is 0, not a number with nine zeros."""
    parts = {"share_parameters": 3e-17, "share_animals": 0.81234, "share_chance": 0.18766}
    row = {
        "arm": "rest",
        "read_out": "n_dcx",
        "day": 1.0,
        "of": "value",
        "mean": 249.2,
        "all_10": 180.0,
        "all_90": 290.0,
    }
    shown = Uncertainty(pd.DataFrame([row | parts]), {"rest": "made-up"}, 3, 2)._repr_html_()
    assert "<td>0</td>" in shown
    assert "<td>0.812</td>" in shown
    assert "less than" not in shown

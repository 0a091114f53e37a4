"""Many runs: each once, each kept, whoever does the work and in whatever order; a failing one fails alone."""

import os
import pickle
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cheap
import numpy as np
import pandas as pd
import pytest
from finished_runs import tables

from neurogen_abm import model
from neurogen_abm.assays.recorder import register
from neurogen_abm.errors import EnvironmentFault, InputError
from neurogen_abm.experiments.execution.runner import Execution, Job, Keep, RunsProgress, Workers, perform
from neurogen_abm.over_time import daily_means
from neurogen_abm.run import prepare, run
from neurogen_abm.spec import catalogue
from neurogen_abm.spec.yaml.writer import write


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory) -> bytes:
    folder = tmp_path_factory.mktemp("undisturbed")
    return tables(perform(cheap.jobs(12), Execution(folder, workers=0), work=cheap.draws))


@pytest.fixture(scope="module")
def workers(tmp_path_factory) -> Iterator[Workers]:
    """Two workers for every test that needs some; they outlive what kills them, which the next test then shows."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MENDED", str(tmp_path_factory.mktemp("marks")))
        with Workers(2) as running:
            yield running


def test_every_run_is_there_once_in_the_order_of_the_jobs(tmp_path):
    jobs = cheap.jobs(12)[::-1]
    outcome = perform(jobs, Execution(tmp_path, workers=0), work=cheap.draws)
    assert outcome.complete
    assert list(outcome.runs["job"]) == [job.key for job in jobs]
    assert list(outcome.runs["seed"]) == list(range(12, 0, -1))
    series = outcome.table("series")
    assert list(series["job"]) == [job.key for job in jobs for _ in range(3)]
    own = pd.concat([cheap.draws(job)["series"] for job in jobs], ignore_index=True)
    pd.testing.assert_frame_equal(series.drop(columns="job"), own)
    assert list(outcome.table("assays")["name"]) == ["a"] * 12
    assert outcome.table("nothing").empty


def test_what_is_finished_is_never_run_again(tmp_path):
    told: list[RunsProgress] = []
    perform(cheap.jobs(5), Execution(tmp_path, workers=0), work=cheap.draws)
    outcome = perform(cheap.jobs(8), Execution(tmp_path, workers=0, progress=told.append), work=cheap.draws)
    assert [(status.found, status.done, status.total) for status in told] == [(5, n, 8) for n in (5, 6, 7, 8)]
    assert len(outcome.table("series")) == 24
    fewer = perform(cheap.jobs(3), Execution(tmp_path, workers=0), work=cheap.kills_its_worker)
    assert len(fewer.table("series")) == 9


def test_processes_and_this_process_give_the_same_bytes(tmp_path, workers, undisturbed):
    outcome = perform(cheap.jobs(12), Execution(tmp_path, workers=workers), work=cheap.slow_draws)
    assert outcome.runs["worker"].nunique() == 2
    assert tables(outcome) == undisturbed


def test_a_run_that_fails_fails_alone(tmp_path):
    outcome = perform(cheap.jobs(12), Execution(tmp_path, workers=0), work=cheap.one_in_five_fails)
    assert not outcome.complete
    assert list(outcome.failed["seed"]) == [5, 10]
    assert outcome.failed.iloc[0][["code", "what", "cure"]].tolist() == [
        "model",
        "An explosion of cells.",
        "Lower the rates.",
    ]
    assert len(outcome.table("series")) == 30


def test_what_failed_is_tried_again_only_when_asked(tmp_path, monkeypatch):
    monkeypatch.setenv("MENDED", str(tmp_path / "mended"))
    here, work = Execution(tmp_path / "runs", workers=0), {"work": cheap.fails_until_mended}
    first = perform(cheap.jobs(3), here, **work)
    assert list(first.failed["what"]) == ["ZeroDivisionError: division by zero"]
    (tmp_path / "mended").touch()
    assert len(perform(cheap.jobs(3), here, **work).failed) == 1
    assert perform(cheap.jobs(3), replace(here, retry_failed=True), **work).complete


def test_workers_that_die_cost_no_run(tmp_path, workers, undisturbed):
    outcome = perform(cheap.jobs(12), Execution(tmp_path, workers=workers), work=cheap.kills_its_worker_once)
    assert outcome.complete, outcome.failed
    assert len(list(Path(os.environ["MENDED"]).iterdir())) == 1
    assert outcome.runs.set_index("seed")["attempts"].to_dict()[3] == 2
    assert tables(outcome) == undisturbed


def test_a_run_that_kills_its_worker_is_given_up_and_harms_no_other(tmp_path, workers):
    outcome = perform(cheap.jobs(12), Execution(tmp_path, workers=workers), work=cheap.kills_its_worker)
    assert list(outcome.failed["seed"]) == [3]
    assert outcome.failed["code"].tolist() == ["worker-died"]
    assert "died 3 times" in outcome.failed["what"].item()
    assert len(outcome.table("series")) == 33


def test_the_key_tells_what_is_run_and_what_is_kept():
    base = prepare(cheap.ANIMAL)
    key = Job.of(base).key
    assert Job.of(prepare({**cheap.ANIMAL, "title": "Another title"})).key == key
    others = [
        Job.of(prepare(base, 2)),
        Job.of(prepare(base, None, {"lineage.clearance.time": "1.3 h"})),
        Job.of(base, Keep(columns=("n_ki67",))),
        Job.of(base, Keep(at_h=(2.0,))),
        Job.of(base, Keep(tables=("cells",))),
    ]
    assert len({key, *(job.key for job in others)}) == 6


def test_a_recording_changed_after_the_plan_fails_the_run(tmp_path):
    rows = "".join(f"2020-01-{1 + h // 24:02d}T{h % 24:02d}:00,{60 * (7 * h % 24)}\n" for h in range(48))
    (tmp_path / "mine.csv").write_text("start,wheel_counts\n" + rows)
    block = {"kind": "recording", "file": "mine.csv", "metres_per_count": "0.3 m", "repeat": True}
    (tmp_path / "a.yaml").write_text(write({**cheap.ANIMAL, "activity": [block]}))
    job = Job.of(prepare(tmp_path / "a.yaml"))
    assert perform([job], Execution(tmp_path / "one", workers=0)).complete
    (tmp_path / "mine.csv").write_text("start,wheel_counts\n" + rows.replace(",60\n", ",70\n"))
    failed = perform([job], Execution(tmp_path / "two", workers=0)).failed
    assert failed["code"].tolist() == ["other-recording"]
    assert Job.of(prepare(tmp_path / "a.yaml")).key != job.key


def test_a_worker_with_another_catalogue_makes_no_animal(monkeypatch):
    parcel = pickle.dumps(Job.of(prepare(cheap.ANIMAL, None, {"lineage.clearance.time": "1.3 h"})))
    here = catalogue.load_catalogue("mouse")
    monkeypatch.setattr(catalogue, "load_catalogue", lambda species, **_: replace(here, digest="0" * 64))
    with pytest.raises(EnvironmentFault, match="catalogue of the mouse here is not the one"):
        pickle.loads(parcel)


def test_a_job_travels_light_and_arrives_whole():
    plain = Job.of(prepare("mouse_wheel_running", 3))
    changed = Job.of(prepare("mouse_sedentary", 3, {"lineage.clearance.time": "1.3 h"}), Keep(at_h=(24.0,)), {"a": 1})
    for job in (plain, changed):
        parcel = pickle.dumps(job)
        arrived = pickle.loads(parcel)
        assert len(parcel) < 8000
        assert arrived == job
        assert arrived.resolved.base_dir == job.resolved.base_dir
        assert arrived.resolved.parameters == job.resolved.parameters
        assert arrived.resolved.effects == job.resolved.effects


def test_a_real_animal_is_kept_as_asked(tmp_path):
    resolved = prepare({**cheap.ANIMAL, "duration": "4 h"})
    keep = Keep(("series", "summary", "cells"), ("n_dcx", "births"), (0.0, 3.0))
    outcome = perform([Job.of(resolved, keep)], Execution(tmp_path, workers=0))
    assert outcome.complete, outcome.failed.to_dict("records")
    whole = run(resolved)
    expected = whole.series.loc[[0, 3], ["time_h", "day", "n_dcx", "births"]].reset_index(drop=True)
    pd.testing.assert_frame_equal(outcome.table("series").drop(columns="job"), expected)
    assert list(outcome.table("cells")["id"]) == list(whole.cells["id"])
    assert list(outcome.table("summary")["read-out"]) == list(whole.summary().index)


def test_the_register_of_cells_is_made_only_where_something_of_it_is_kept(tmp_path, monkeypatch):
    """It takes a tenth of the time of a small animal, and no other table asks for it."""
    made: list[bool] = []
    monkeypatch.setattr(model, "register", lambda world, *, kept: made.append(kept) or register(world, kept=kept))
    base = prepare(cheap.ANIMAL)
    for names, number in ((("series", "map"), 0), (("cells",), 1), (("tiles",), 1)):
        kept = perform([Job.of(base, Keep(names))], Execution(tmp_path / "-".join(names), workers=0))
        assert kept.complete, kept.failed
        assert [made.pop(), len(made)] == [bool(number), 0]


def test_what_was_not_recorded_fails_the_run_with_a_reason(tmp_path):
    keeps = [Keep(columns=("n_elephants",)), Keep(at_h=(1.5,))]
    outcome = perform([Job.of(prepare(cheap.ANIMAL), keep) for keep in keeps], Execution(tmp_path, workers=0))
    assert list(outcome.failed["code"]) == ["unknown-column", "not-recorded"]


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"workers": -1}, "out-of-range"),
        ({"workers": 2, "scheduler": "tcp://127.0.0.1:1"}, "one-of-two"),
    ],
)
def test_impossible_crews_are_refused(tmp_path, options, code):
    with pytest.raises(InputError) as refusal:
        perform(cheap.jobs(1), Execution(tmp_path / "runs", **options), work=cheap.draws)
    assert refusal.value.code == code
    assert not (tmp_path / "runs").exists()


def test_nothing_to_run_is_an_error_and_makes_no_directory(tmp_path):
    with pytest.raises(InputError, match="nothing to run"):
        perform([], Execution(tmp_path / "runs"))
    assert not (tmp_path / "runs").exists()


def test_a_file_in_the_way_is_named(tmp_path):
    (tmp_path / "runs").write_text("thesis")
    with pytest.raises(InputError, match="file, not a directory"):
        perform(cheap.jobs(1), Execution(tmp_path / "runs", workers=0), work=cheap.draws)
    assert Path(tmp_path / "runs").read_text() == "thesis"


def test_workers_that_are_shared_stay_until_their_owner_lets_them_go(tmp_path):
    with Workers(1) as running:
        for name in ("one", "two"):
            with Execution(tmp_path / name, running).started() as execution:
                assert execution.workers is running
                assert perform(cheap.jobs(2), execution, work=cheap.draws).complete
        outcome = perform(cheap.jobs(2), Execution(tmp_path / "three", running), work=cheap.draws)
        assert not outcome.runs["worker"].str.endswith(f":{os.getpid()}").any()


def test_workers_not_started_yet_are_started_for_the_runs(tmp_path):
    outcome = perform(cheap.jobs(2), Execution(tmp_path, Workers(1)), work=cheap.draws)
    assert not outcome.runs["worker"].str.endswith(f":{os.getpid()}").any()


def test_a_mean_of_a_day_weighs_rows_by_their_hours():
    """Rows of 5 h and one of 3 h: the last day begins 2 h into the row at 15 h, whose last 2 h it holds."""
    time_h = np.array([0.0, 5.0, 10.0, 15.0, 20.0, 25.0, 30.0, 35.0, 37.0])
    level = np.array([9.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0])
    series = pd.DataFrame({"time_h": time_h, "bdnf_plasma_pg_ml": level, "n_dcx": np.arange(9)})
    found = daily_means(series)
    assert found["n_dcx"].tolist() == series["n_dcx"].tolist()
    assert found["bdnf_plasma_pg_ml"].iloc[0] == 9.0
    assert found["bdnf_plasma_pg_ml"].iloc[2] == pytest.approx(1.5)
    assert found["bdnf_plasma_pg_ml"].iloc[-1] == pytest.approx((2 * 3 + 5 * (4 + 5 + 6 + 7) + 2 * 8) / 24)


def test_a_run_is_found_again_however_its_quantities_are_written():
    times = ({}, {"lineage.clearance.time": "84 min"}, {"lineage.clearance.time": "1.4 h"}, {"duration": "672 h"})
    keys = [Job.of(prepare("mouse_sedentary", 3, {"duration": "28 d", **changes})).key for changes in times]
    assert len(set(keys)) == 1
    assert Job.of(prepare("mouse_sedentary", 3, {"lineage.clearance.time": "1.3 h"})).key != keys[0]


def test_an_animal_that_cannot_live_its_schedule_is_no_job():
    """So that it is met while jobs are made, not when the others have been run."""
    with pytest.raises(InputError, match="90 km/d is more than a mouse can run"):
        Job.of(prepare("mouse_generated_running", 3, {"activity[0].distance": "90 km/d"}))
    with pytest.raises(InputError, match="cannot hold 650 m/min"):
        Job.of(prepare("mouse_sedentary", 3, {"activity": [TREADMILL]}))


TREADMILL = {"kind": "treadmill", "speed": "650 m/min", "session": "30 min", "clock": "10:00"}

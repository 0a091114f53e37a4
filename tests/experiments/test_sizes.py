"""What a file asks for is counted before anything is made of it; too much is refused at once, with its place."""

import time
import tracemalloc

import cheap
import pytest

from neurogen_abm import compare
from neurogen_abm.activity.recordings.register import read_recording
from neurogen_abm.errors import EnvironmentFault, InputError
from neurogen_abm.experiments.calibration.objective import objective
from neurogen_abm.experiments.execution import runner
from neurogen_abm.experiments.execution.execution import Execution
from neurogen_abm.experiments.execution.job import Job, Keep
from neurogen_abm.experiments.studies.study import plan
from neurogen_abm.experiments.sweep.sensitivity import sensitivity
from neurogen_abm.experiments.sweep.sweep import sweep
from neurogen_abm.run import prepare
from neurogen_abm.spec.calibration import load_calibration
from neurogen_abm.spec.study.study import load_study

AGES = {"from": "8 wk", "to": "12 wk", "points": 1000}
HOURS = {"from": "1 h", "to": "2 h", "points": 200}
SWEEP = {"name": "large", "scenario": "mouse_sedentary", "axes": {"age": ["8 wk"]}, "set": {"duration": "2 d"}}
FIT = {"name": "large", "studies": ["clark2010"], "parameters": [{"path": "signals.bdnf.effects.activation.towards"}]}


@pytest.mark.parametrize(
    ("changes", "code", "place"),
    [
        ({"seeds": 10**12}, "too-many-animals", "seeds"),
        ({"seeds": 500, "axes": {"age": AGES}}, "too-many-animals", "seeds"),
        ({"axes": {"age": {**AGES, "points": 10_000}, "lineage.clearance.time": HOURS}}, "too-many-points", "axes"),
        ({"keep": {"every": "1e-6 s"}}, "too-many-times", "keep.every"),
        ({"design": {"kind": "random", "points": 10**6}, "axes": {"age": AGES}}, "too-many-animals", "seeds"),
    ],
)
def test_a_sweep_that_asks_for_too_much_is_refused_at_once(tmp_path, changes, code, place):
    began = time.process_time()
    with pytest.raises(InputError) as refusal:
        sweep({**SWEEP, **changes}, tmp_path / "out", workers=0)
    assert refusal.value.code == code, refusal.value
    assert place in refusal.value.where
    assert refusal.value.cure
    assert time.process_time() - began < 10
    assert not (tmp_path / "out").exists()


def test_a_study_and_a_fit_that_ask_for_too_much_are_refused_before_an_animal_is_made():
    with pytest.raises(InputError, match=r"200,000 animals; at most 100,000"):
        plan(load_study("clark2010"), pairs=100_000)
    for method, part in (("optuna", {"trials": 100_000}), ("abc", {"population": 100_000, "generations": 50})):
        fit = load_calibration({**FIT, "method": method, method: part})
        with pytest.raises(InputError) as refusal:
            objective(fit, Execution("nowhere", 0))
        assert refusal.value.code == "too-many-animals"


def test_a_comparison_that_may_ask_for_too_much_is_refused_before_its_pilot(tmp_path):
    few = {"workers": 0, "out": tmp_path / "out"}
    with pytest.raises(InputError) as refusal:
        compare("mouse_sedentary", "mouse_generated_running", pairs=200_000, **few)
    assert refusal.value.code == "too-many-animals"
    with pytest.raises(InputError) as refusal:
        compare("mouse_sedentary", "mouse_generated_running", pairs=2, until_halfwidth=0.05, most_pairs=10**9, **few)
    assert refusal.value.where == "most_pairs"
    assert not (tmp_path / "out").exists()


def test_what_all_runs_leave_on_the_disk_is_known_before_the_first(tmp_path, monkeypatch):
    monkeypatch.setattr(runner.run_directory.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 10_000}))
    with pytest.raises(EnvironmentFault, match="bytes of disk"):
        runner.perform(cheap.jobs(8), Execution(tmp_path / "out", workers=0), work=cheap.draws)
    assert not (tmp_path / "out").exists()


def test_a_run_that_keeps_more_needs_more(monkeypatch):
    short, long = prepare(cheap.ANIMAL), prepare({**cheap.ANIMAL, "duration": "200 h"})
    assert Keep().most_bytes(long) > 50 * 200 * 8
    assert Keep(columns=("n_dcx",)).most_bytes(long) < Keep().most_bytes(long)
    assert Keep(("cells",)).most_bytes(short) > Keep(("series",)).most_bytes(short)
    for keep in (Keep(("series", "summary", "assays")), Keep(("series",), ("n_dcx",), (0.0, 2.0)), Keep(("tiles",))):
        tables = runner.simulate(Job.of(short, keep))
        assert sum(int(table.memory_usage(index=False).sum()) for table in tables.values()) < keep.most_bytes(short)


def test_too_few_points_for_indices_are_found_before_any_run(tmp_path):
    small = {**SWEEP, "axes": {"age": {"from": "8 wk", "to": "12 wk"}}, "design": {"kind": "morris", "points": 3}}
    with pytest.raises(InputError, match=r"need 4 base points.*Write points: 20") as refusal:
        sensitivity(small, tmp_path / "out", workers=0)
    assert "design.points" in refusal.value.where
    assert not (tmp_path / "out").exists()


def test_a_recording_is_never_in_memory_as_a_whole(tmp_path):
    """Two animals of 20,000 minutes each, 1.2 MB of text; as objects they took ten times that."""
    rows = (f"2020-01-{1 + m // 1440:02d}T{m // 60 % 24:02d}:{m % 60:02d}:00" for m in range(20_000))
    text = "start,wheel_counts,mouse\n" + "".join(
        f"{row},{n % 7},{name}\n" for name in "AB" for n, row in enumerate(rows)
    )
    file = tmp_path / "long.csv"
    file.write_text(text)
    tracemalloc.start()
    try:
        found = read_recording(file, "A")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found.values.size == 20_000
    assert peak < 3.0 * len(text), peak / len(text)  # nine numbers a row


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("start,wheel_counts\n2020-01-01T00:00,1\n2020-01-01T00:01,1\n2190-01-01T00:00,1\n", "samples; at most"),
        ("start,wheel_counts\n" + "x" * 200_000, "no end"),
    ],
)
def test_a_recording_that_would_fill_the_memory_is_refused(tmp_path, text, words):
    (tmp_path / "bad.csv").write_text(text)
    with pytest.raises(InputError, match=words) as refusal:
        read_recording(tmp_path / "bad.csv")
    assert refusal.value.where.startswith("bad.csv:")

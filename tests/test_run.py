"""One call runs a scenario: changes reach it, the same seed gives the same tables, its memory is known beforehand."""

import hashlib
import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from neurogen_abm import InputError, IntegrityError, Result, jit, run
from neurogen_abm.activity import recordings
from neurogen_abm.activity.recordings.register import find_recording, recording_digest, shipped_recordings
from neurogen_abm.citations import as_bibtex, citations
from neurogen_abm.engine.field import decay_length_um, refinement
from neurogen_abm.lowering.tissue import diffusion_and_decay
from neurogen_abm.memory import predicted_bytes
from neurogen_abm.over_time import mean_over_time
from neurogen_abm.run import prepare, scenario_citations
from neurogen_abm.storage import run_directory

PATCH = {
    "schema": 1,
    "name": "patch",
    "age": "8 wk",
    "duration": "3 d",
    "tissue": {"septotemporal": "400 um", "transverse": "300 um"},
    "activity": [{"kind": "wheel", "distance": "6 km/d"}],
}


@pytest.fixture(scope="module")
def patch() -> Result:
    return run(PATCH)


def test_a_mapping_runs_and_every_table_is_there(patch):
    assert len(patch.series) == 73
    assert {"id", "mother", "birth_h", "end_h", "cause"} <= set(patch.cells.columns)
    assert len(patch.map) == 40 * 30
    assert patch.directory is None


def test_the_same_seed_gives_the_same_tables_and_another_seed_others(patch):
    again, other = run(PATCH), run(PATCH, seed=2)
    for table in ("series", "cells", "map"):
        pd.testing.assert_frame_equal(getattr(patch, table), getattr(again, table), check_exact=True)
    assert not patch.cells.equals(other.cells)
    assert other.provenance["seed"] == other.resolved.scenario.seed == 2


def test_changes_reach_entries_and_numbers_and_are_recorded():
    result = run(PATCH, overrides={"duration": "1 d", "lineage.clearance.time": "1.3 h"})
    assert len(result.series) == 25
    assert result.resolved.parameters["lineage.clearance.time"].status == "assumed"
    assert result.resolved.value("lineage.clearance.time", "h") == 1.3


def test_a_resolved_scenario_is_taken_as_it_is():
    resolved = prepare(PATCH, seed=9)
    assert prepare(resolved) is resolved
    assert prepare(resolved, seed=10).scenario.seed == 10
    with pytest.raises(InputError, match="lineage"):
        prepare(PATCH, overrides={"lineage.clearanc.time": "1.3 h"})


def test_progress_tells_the_life_before_and_every_step_of_the_run():
    seen = []
    run(PATCH, overrides={"duration": "1 d"}, progress=seen.append)
    phases = [progress.phase for progress in seen]
    assert phases[0] == "preparing"
    assert sorted(set(phases), key=phases.index) == ["preparing", "history", "running"]
    steps = [progress.step for progress in seen if progress.phase == "running"]
    assert steps == list(range(1, 25))
    assert seen[-1].day == 1.0
    assert seen[-1].n_cells > 0
    assert all(progress.day <= 0 for progress in seen if progress.phase == "history")


def test_a_saved_result_loads_to_the_same_tables(patch, tmp_path):
    saved = patch.save(tmp_path / "run")
    loaded = Result.load(saved.directory)
    for table in ("series", "cells", "map"):
        one, other = getattr(patch, table), getattr(loaded, table)
        pd.testing.assert_frame_equal(one, other, check_exact=True, check_categorical=False)
    assert loaded.resolved.digest == patch.resolved.digest
    assert loaded.citations() == patch.citations()
    assert loaded.provenance == patch.provenance
    pd.testing.assert_frame_equal(loaded.summary(), patch.summary())


def test_a_result_shows_itself_in_one_line(patch, tmp_path):
    scenario, saved = patch.resolved.scenario, patch.save(tmp_path / "kept")
    assert repr(patch).startswith(f"<Result {scenario.name}, seed {scenario.seed}, ")
    assert f"{len(patch.series)} rows, {len(patch.cells)} cells" in repr(patch)
    assert repr(saved).endswith(f"cells, {saved.directory}>")


def test_the_summary_agrees_with_the_series(patch):
    summary, series = patch.summary(), patch.series
    assert summary.loc["Cells born", "end"] == series.births.iloc[-1]
    between = (series.n_dcx.to_numpy()[1:] + series.n_dcx.to_numpy()[:-1]) / 2
    assert summary.loc["DCX-positive cells", "mean"] == pytest.approx(between.mean())
    assert summary.loc["Distance run", "end"] == pytest.approx(series.distance_km.iloc[-1])


def test_the_provenance_counts_what_was_used_by_status_and_by_grade(patch):
    used = [patch.resolved.parameters[path] for path in patch.provenance["used_parameters"]]
    for name in ("status", "grade"):
        counted = Counter(getattr(parameter, name) for parameter in used)
        assert patch.provenance[f"parameters_by_{name}"] == counted


def test_cells_of_a_patch_are_scaled_by_area_and_nothing_else_is(patch):
    table = patch.summary()
    cells = table["unit"] == "cells"
    assert (table["end"][cells] > 0).any()
    assert (table["end"] != table["mean"])[cells].any()
    scaled = table["end"][cells] / patch.provenance["area_fraction"]
    assert table["whole gyrus"][cells].tolist() == pytest.approx(scaled.tolist())
    assert table["whole gyrus"][~cells].isna().all()


def test_the_mean_distance_a_day_is_the_distance_over_the_days(patch):
    """The mean of sums over the last 24 h would be lower: they begin at nothing."""
    mean = patch.summary().loc["Distance run per day", "mean"]
    assert mean == pytest.approx(patch.series.distance_km.iloc[-1] / 3)
    assert mean > patch.series.distance_km_d.mean()


def test_how_often_a_run_records_makes_no_difference_to_a_mean_level(patch):
    """The first row is of no interval: with it, plasma read lower the fewer rows there were."""
    levels = ["BDNF in plasma", "BDNF in the niche"]
    hourly = patch.summary().loc[levels, "mean"].tolist()
    for cadence in ("6 h", "24 h", "72 h"):
        seldom = run(PATCH, overrides={"outputs": {"cadence": cadence}}).summary().loc[levels, "mean"]
        assert seldom.tolist() == pytest.approx(hourly, rel=1e-12)
    assert hourly[0] == pytest.approx(patch.series.bdnf_plasma_pg_ml[1:].mean(), rel=1e-12)


def test_a_mean_over_time_weighs_every_interval_by_its_length():
    time_h, values = [0.0, 1.0, 4.0], [100.0, 1.0, 2.0]
    assert mean_over_time("bdnf_plasma_pg_ml", time_h, values) == (1 * 1 + 3 * 2) / 4
    assert mean_over_time("n_ki67", time_h, values) == (1 * 50.5 + 3 * 1.5) / 4  # a count goes straight from row to row
    assert math.isnan(mean_over_time("n_ki67", [5.0], [3.0]))


def test_the_spread_over_the_sites_is_that_of_the_mean_since_the_row_before(patch):
    coarse = run(PATCH, overrides={"outputs": {"cadence": "6 h"}}).series
    for column in ("bdnf_niche_pg_ml", "bdnf_niche_low_pg_ml", "bdnf_niche_high_pg_ml"):
        hourly = patch.series[column].to_numpy()[1:].reshape(-1, 6)
        assert coarse[column].to_numpy()[1:] == pytest.approx(hourly.mean(axis=1))
    assert (coarse.bdnf_niche_low_pg_ml < coarse.bdnf_niche_pg_ml).all()
    assert (coarse.bdnf_niche_pg_ml < coarse.bdnf_niche_high_pg_ml).all()


def test_only_what_was_used_is_cited(patch):
    used = set(patch.provenance["used_parameters"])
    assert used <= set(patch.resolved.parameters)
    on = {f"mechanism {name}" for name in patch.resolved.scenario.mechanisms}
    for citation in patch.citations():
        assert set(citation.used_by) <= used | on
        assert citation.key != "calibration"


# Recordings


COUNTS = "start,wheel_counts\n" + "".join(
    f"2024-01-{1 + hour // 24:02d}T{hour % 24:02d}:00:00,{2000 * (hour % 24 >= 19)}\n" for hour in range(72)
)


@pytest.fixture(scope="module")
def replayed(tmp_path_factory) -> Result:
    """A run of a recording of one's own and of a shipped one, saved."""
    folder = tmp_path_factory.mktemp("replayed")
    (folder / "wheels").mkdir()
    (folder / "wheels" / "mine.csv").write_text(COUNTS)
    own = {"kind": "recording", "file": "wheels/mine.csv", "metres_per_count": "0.35 m"}
    shipped = {"kind": "recording", "file": "mouse_wheel_minutes", "metres_per_count": "0.35 m"}
    scenario = PATCH | {"duration": "1 d", "activity": [own, shipped]}
    (folder / "mine.yaml").write_text(json.dumps(scenario))
    return run(folder / "mine.yaml").save(folder / "run")


def test_a_recording_of_ones_own_is_kept_with_the_run_and_every_recording_is_in_the_provenance(replayed):
    assert replayed.provenance["recordings"] == {
        "wheels/mine.csv": hashlib.sha256(COUNTS.encode()).hexdigest(),
        "mouse_wheel_minutes.csv": recording_digest(find_recording("mouse_wheel_minutes")),
    }
    assert (replayed.directory / "wheels" / "mine.csv").read_text() == COUNTS
    files = run_directory.read_provenance(replayed.directory)["files"]
    assert files["wheels/mine.csv"]["sha256"] == replayed.provenance["recordings"]["wheels/mine.csv"]
    assert "mouse_wheel_minutes.csv" not in files


def test_the_scenario_of_a_run_of_a_recording_runs_again_wherever_the_directory_goes(replayed, tmp_path):
    moved = shutil.copytree(replayed.directory, tmp_path / "moved")
    loaded = Result.load(moved)
    assert loaded.resolved.digest == replayed.resolved.digest
    for again in (run(moved / "scenario.yaml"), run(loaded.resolved)):
        pd.testing.assert_frame_equal(again.series, replayed.series, check_exact=True)
    copied = loaded.save(tmp_path / "copied")
    assert (copied.directory / "wheels" / "mine.csv").read_text() == COUNTS
    (moved / "wheels" / "mine.csv").write_text(COUNTS.replace("2000", "2001"))
    with pytest.raises(IntegrityError, match=r"mine\.csv"):
        Result.load(moved)


def test_whoever_recorded_a_shipped_recording_is_cited(replayed):
    found = {citation.key: citation for citation in replayed.citations()}
    assert "actogrammr" in found["corty_actogrammr"].text
    assert "mouse_wheel_minutes.csv" in found["corty_actogrammr"].used_by
    assert not any("wheels/mine.csv" in citation.used_by for citation in found.values())
    assert list(found) == sorted(found)
    assert found.keys() == {citation.key for citation in scenario_citations(replayed.resolved)}


@pytest.mark.parametrize("name", shipped_recordings())
def test_every_shipped_recording_has_a_credit_that_stands_in_the_credits(name):
    (citation,) = citations({}, {}, (), [name])
    credits = " ".join((Path(recordings.__file__).parent / "data" / "CREDITS.md").read_text().split())
    assert citation.used_by == (name,)
    assert citation.text[1:] in credits
    assert as_bibtex(citation).startswith("@misc{")


@pytest.mark.parametrize("name", ["scenario.yaml", "Series.parquet", "report.html/wheel.csv", "provenance.json"])
def test_a_recording_that_would_replace_a_file_of_the_run_is_refused(tmp_path, name):
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(COUNTS)
    (tmp_path / "mine.yaml").write_text(json.dumps(PATCH | {"activity": [{"kind": "recording", "file": name}]}))
    with pytest.raises(InputError, match="Rename it") as refusal:
        run(tmp_path / "mine.yaml")
    assert refusal.value.where == "activity[0].file"


def test_the_peak_of_memory_is_that_of_the_run_and_not_of_who_started_it():
    held = bytearray(500 * 2**20)
    held[:: 2**12] = bytes([1]) * len(held[:: 2**12])  # each page is touched
    asked = "from neurogen_abm.provenance import peak_memory_bytes; print(peak_memory_bytes())"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert 10 * 2**20 < int(done.stdout) < len(held) / 2


MEASURE = """
import json, pathlib, sys
from neurogen_abm import run
from neurogen_abm.memory import predicted_bytes
from neurogen_abm.provenance import peak_memory_bytes
from neurogen_abm.run import prepare
from neurogen_abm.report.pages.run import write_report
changes = json.loads(sys.argv[2])
predicted = predicted_bytes(prepare(sys.argv[1], overrides=changes))
result = run(sys.argv[1], overrides=changes)
folder = result.save(pathlib.Path(sys.argv[3]) / "run").directory
write_report(result, folder.parent / "page.html")
print(peak_memory_bytes(), predicted)
"""


def sheet(septotemporal_um: float, transverse_um: float) -> dict[str, object]:
    """Return the overrides that make the whole gyrus another size."""
    sides = {"septotemporal": septotemporal_um, "transverse": transverse_um}
    return {f"anatomy.sheet_{axis}": {"value": um, "unit": "um", "why": "size"} for axis, um in sides.items()}


SHORT_REACH = {"physiology.niche.binding_ratio": "1000", "physiology.niche.degradation_half_life": "3 min"}


@pytest.fixture(scope="module")
def compiled_once(tmp_path_factory):
    """Return an environment with a kernel cache of its own, and the peak of the run that filled it, and the one known.

    The compiler takes a few hundred MiB, once.
    """
    environment = os.environ | {"XDG_CACHE_HOME": str(tmp_path_factory.mktemp("cache"))}
    return environment, _measured_and_predicted("mouse_sedentary", {"duration": "2 h"} | SMALL, environment)


def _measured_and_predicted(scenario: str, changes: dict[str, object], environment: dict[str, str]) -> tuple[int, int]:
    with tempfile.TemporaryDirectory() as folder:
        arguments = [sys.executable, "-c", MEASURE, scenario, json.dumps(changes), folder]
        done = subprocess.run(arguments, capture_output=True, text=True, check=True, env=environment)
    measured, predicted = map(int, done.stdout.split())
    return measured, predicted


SMALL = {"tissue": {"septotemporal": "400 um", "transverse": "300 um"}}
QUARTER = {"tissue": {"septotemporal": "1000 um", "transverse": "850 um"}}
ALL_LABELS = [
    {"agent": agent, "dose": "150 mg/kg", "from": "0 d", "until": "30 d", "every": "1 d"}
    for agent in ("BrdU", "EdU", "CldU", "IdU")
]
HOURLY = [{"name": f"a{i}", "count": "NeuN+", "from": "0 d", "until": "60 d", "every": "1 h"} for i in range(13)]
# Lives of every kind, and the peak each had when it was last measured, MiB, kernels kept.
LIVES: dict[str, tuple[str, dict[str, object], int]] = {
    "a patch for three days": ("mouse_sedentary", {"duration": "3 d"} | SMALL, 387),
    "a large sheet": ("mouse_sedentary", {"age": "31 d", "duration": "2 h"} | sheet(5000, 3000), 590),
    "a larger one": ("mouse_sedentary", {"age": "31 d", "duration": "2 h"} | sheet(20000, 10000), 3748),
    "finer voxels": ("mouse_sedentary", {"age": "31 d", "duration": "2 h"} | QUARTER | SHORT_REACH, 1231),
    "a runner": ("mouse_wheel_running", {}, 493),
    "a year, a row a day": ("mouse_sedentary", {"duration": "365 d", "outputs": {"cadence": "24 h"}}, 647),
    "a year, a row an hour": ("mouse_sedentary", {"age": "31 d", "duration": "365 d"}, 665),
    "an old animal and its fields": (
        "mouse_sedentary",
        {"age": "18 mo", "duration": "100 d", "outputs": {"fields": True}},
        579,
    ),
    "four labels": ("mouse_sedentary", {"duration": "60 d", "labels": ALL_LABELS}, 518),
    "assays by the hour": ("mouse_sedentary", {"duration": "60 d", "assays": HOURLY} | QUARTER, 434),
    "a rat": ("rat_wheel_running", {"duration": "60 d", "tissue": "whole"}, 895),
    "a person for five years": (
        "human_daily_life",
        {"duration": "1800 d", "outputs": {"cadence": "6 h"}},
        592,
    ),
}


def near(predicted: float, measured: float) -> bool:
    """Whether a prediction is within a fifth of the peak."""
    return 0.8 * measured <= predicted <= 1.2 * measured


@pytest.mark.slow
@pytest.mark.parametrize("life", LIVES)
def test_the_memory_of_a_run_is_known_before_it_starts(life, compiled_once):
    scenario, changes, _ = LIVES[life]
    measured, predicted = _measured_and_predicted(scenario, changes, compiled_once[0])
    assert near(predicted, measured)


@pytest.mark.slow
def test_the_memory_of_the_compiler_is_known_before_it_starts(compiled_once):
    measured, predicted = compiled_once[1]
    assert near(predicted, measured)


@pytest.mark.parametrize("life", LIVES)
def test_the_memory_that_was_measured_is_predicted(life, monkeypatch):
    scenario, changes, measured = LIVES[life]
    resolved = prepare(scenario, overrides=changes)
    monkeypatch.setattr(jit, "kernels_are_kept", lambda: True)
    kept = predicted_bytes(resolved)
    assert near(kept, measured * 2**20)
    monkeypatch.setattr(jit, "kernels_are_kept", lambda: False)
    assert kept <= predicted_bytes(resolved) <= kept + 300 * 2**20


def test_a_field_solved_in_finer_voxels_needs_more():
    """Tight binding and quick degradation shorten the decay length; voxels grow with the third power of its inverse."""
    resolved = prepare("mouse_sedentary")
    sites = resolved.value("anatomy.sheet_septotemporal", "um") * resolved.value("anatomy.sheet_transverse", "um") / 100
    sites *= 1 + resolved.value("anatomy.granule_layers", "1")
    short = prepare("mouse_sedentary", overrides=SHORT_REACH)
    finer = predicted_bytes(short)
    n = refinement(10.0, decay_length_um(*diffusion_and_decay(short.value)))
    assert n > 2
    assert finer == pytest.approx(sites * n**3 * 25.5, rel=0.2)
    assert finer > 5 * predicted_bytes(resolved)


def test_a_larger_tissue_and_a_longer_life_need_more():
    whole = {**PATCH, "tissue": "whole"}
    sizes = [
        predicted_bytes(prepare(PATCH)),
        predicted_bytes(prepare(whole, overrides={"duration": "700 d"})),
        predicted_bytes(prepare("human_daily_life", overrides={"tissue": "whole"})),
    ]
    assert sizes[0] <= sizes[1] < sizes[2]


def test_the_end_of_a_level_is_its_last_day_however_often_it_was_recorded() -> None:
    """At one hour of the day a runner is asleep, at another it runs."""
    ends = [
        run("mouse_generated_running", overrides={"duration": "3 d", "outputs": {"cadence": cadence}} | SMALL).summary()
        for cadence in ("1 h", "4 h", "24 h")
    ]
    for name in ("BDNF in plasma", "BDNF in the niche"):
        assert [table.loc[name, "end"] for table in ends] == pytest.approx([ends[0].loc[name, "end"]] * 3, rel=1e-9)

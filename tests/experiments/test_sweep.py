"""A sweep runs every point with the same seeds, and gives tables that a person can group and plot."""

import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from neurogen_abm.errors import EnvironmentFault
from neurogen_abm.experiments.sweep import designs
from neurogen_abm.experiments.sweep.sweep import sweep
from neurogen_abm.run import run
from neurogen_abm.spec.sweep import SWEEPS, load_sweep

SMALL = {
    "name": "small",
    "scenario": "mouse_generated_running",
    "set": {"tissue": {"septotemporal": "300 um", "transverse": "200 um"}, "duration": "2 d"},
    "axes": {"activity[0].distance": ["0 km/d", "8 km/d"], "age": ["5 wk", "2 mo"]},
    "seeds": 2,
    "keep": {"series": ["n_dcx"], "at": ["1 d", "end"], "tables": ["series"]},
}
DOCS = Path(__file__).parents[2] / "docs"
UNIT = {"lineage.clearance.time": {"from": "1 h", "to": "3 h"}, "age": {"from": "8 wk", "to": "16 wk"}}


def planned(**changes):
    return load_sweep({"name": "plan", "scenario": "mouse_sedentary", **changes})


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return sweep(SMALL, tmp_path_factory.mktemp("small"), workers=0)


def test_every_point_is_lived_by_every_seed(small):
    assert small.outcome.complete
    assert list(small.series.columns) == [
        "job",
        "point",
        "activity[0].distance",
        "age",
        "seed",
        "time_h",
        "day",
        "n_dcx",
    ]
    assert small.series.groupby(["activity[0].distance", "seed"]).size().eq(4).all()
    assert list(small.series["time_h"].unique()) == [24.0, 48.0]
    assert list(small.series["point"]) == sorted(small.series["point"])


def test_a_row_of_the_table_is_what_the_run_gives(small):
    changes = {**SMALL["set"], "activity[0].distance": "8 km/d", "age": "5 wk"}
    own = run("mouse_generated_running", 2, changes).series
    found = small.series.query("`activity[0].distance` == 8 and point == 2 and seed == 2")
    assert list(found["n_dcx"]) == [own["n_dcx"].iloc[24], own["n_dcx"].iloc[48]]


def test_levels_kept_by_the_day_are_means_of_the_day(tmp_path):
    """Kept at whole days they do not hang on the hour at which a day of the run ends; kept by the hour they do."""
    plan = SMALL | {"axes": {"activity[0].distance": ["8 km/d"]}, "seeds": [2]}
    own = run("mouse_generated_running", 2, {**SMALL["set"], "activity[0].distance": "8 km/d"}).series
    column = "bdnf_niche_pg_ml"
    for at, by_hand in (
        (["1 d", "end"], [own[column].iloc[first : first + 24].mean() for first in (1, 25)]),
        (["18 h", "end"], [own[column].iloc[18], own[column].iloc[48]]),
    ):
        kept = {"series": [column, "n_dcx"], "at": at, "tables": ["series"]}
        found = sweep(plan | {"keep": kept}, tmp_path / at[0].replace(" ", ""), workers=0).series
        assert found[column].to_numpy() == pytest.approx(by_hand)
        assert found["n_dcx"].iloc[-1] == own["n_dcx"].iloc[48]


def test_quantities_become_numbers_in_the_unit_of_the_first(small):
    assert small.scales["age"].unit == "wk"
    assert small.points["age"].tolist() == pytest.approx([5, 2 * 30.4375 / 7] * 2)
    assert small.points["activity[0].distance"].tolist() == [0, 0, 8, 8]


def test_a_changed_sweep_runs_only_what_is_new(small):
    told = []
    wider = SMALL | {"axes": {**SMALL["axes"], "activity[0].distance": ["0 km/d", "2 km/d", "8 km/d"]}}
    again = sweep(wider, small.outcome.folder, workers=0, progress=told.append)
    assert told[0].found == 8
    assert told[-1].done == 12
    same = again.series["activity[0].distance"] != 2
    pd.testing.assert_series_equal(
        again.series.loc[same, "n_dcx"].reset_index(drop=True), small.series["n_dcx"], check_index=False
    )


def test_axes_of_blocks_and_words_keep_their_labels(tmp_path):
    plan = SMALL | {
        "axes": {
            "sex": ["female", "male"],
            "activity": {"values": [[], [{"kind": "wheel", "distance": "4 km/d"}]], "labels": ["rest", "wheel"]},
        },
        "together": [["sex", "activity"]],
        "seeds": [5],
    }
    found = sweep(plan, tmp_path, workers=0)
    assert found.points.to_dict("list") == {"sex": ["female", "male"], "activity": ["rest", "wheel"]}
    assert found.outcome.runs["seed"].tolist() == [5, 5]


def test_a_disk_too_small_is_refused_before_anything_runs(tmp_path):
    huge = SMALL | {"seeds": list(range(20_000)), "axes": {"duration": {"from": "2 d", "to": "6 d", "points": 5}}}
    plan = load_sweep(huge | {"keep": {"tables": ["cells"]}})
    from neurogen_abm.experiments.sweep.sweep import _Jobs

    assert _Jobs(plan).needed_bytes() > 1e13
    with pytest.raises(EnvironmentFault, match="bytes of disk"):
        sweep(plan, tmp_path / "out", workers=0)
    assert not (tmp_path / "out").exists()


def test_a_grid_takes_every_combination_and_groups_step_together():
    plan = planned(axes={"age": ["8 wk", "9 wk"], "sex": ["female", "male"], "pathway": ["circulating", "combined"]})
    assert designs.count(plan) == len(list(designs.points(plan))) == 8
    grouped = planned(axes={"age": ["8 wk", "9 wk"], "sex": ["female", "male"]}, together=[["age", "sex"]])
    assert list(designs.points(grouped)) == [{"age": "8 wk", "sex": "female"}, {"age": "9 wk", "sex": "male"}]


def test_ranges_are_even_or_even_in_the_logarithm():
    plan = planned(axes={"age": {"from": "8 wk", "to": "1 yr", "points": 3}})
    assert [point["age"] for point in designs.points(plan)] == ["8 wk", "30.08928571 wk", "52.17857143 wk"]
    plan = planned(axes={"lineage.clearance.time": {"from": "1 h", "to": "4 h", "points": 3, "scale": "log"}})
    assert [point["lineage.clearance.time"] for point in designs.points(plan)] == ["1 h", "2 h", "4 h"]


@pytest.mark.parametrize(
    ("kind", "n", "points"), [("random", 7, 7), ("latin_hypercube", 7, 7), ("sobol", 4, 16), ("morris", 3, 9)]
)
def test_sampled_designs_stay_within_their_axes_and_repeat(kind, n, points):
    plan = planned(axes=UNIT, design={"kind": kind, "points": n, "seed": 3})
    shares = designs.unit_points(plan)
    assert shares.shape == (points, 2)
    assert designs.count(plan) == points
    assert shares.min() >= 0
    assert shares.max() <= 1
    np.testing.assert_array_equal(shares, designs.unit_points(plan))
    other = designs.unit_points(planned(axes=UNIT, design={"kind": kind, "points": n, "seed": 4}))
    assert not np.array_equal(shares, other)


def test_a_latin_hypercube_has_one_point_in_every_slice():
    shares = designs.unit_points(planned(axes=UNIT, design={"kind": "latin_hypercube", "points": 20}))
    assert [sorted((shares[:, k] * 20).astype(int)) for k in (0, 1)] == [list(range(20))] * 2


def test_every_shipped_sweep_can_be_run():
    from neurogen_abm.experiments.sweep.sweep import _Jobs

    assert "distance_by_age" in SWEEPS.names()
    for name in SWEEPS.names():
        jobs = _Jobs(load_sweep(name))
        jobs.try_first()
        assert len({job.key for job in jobs}) == jobs.n_points * len(jobs.plan.seeds)


def test_what_the_documentation_shows_can_be_run():
    from neurogen_abm.experiments.sweep.sweep import _Jobs
    from neurogen_abm.spec.yaml.reader import parse

    page = (DOCS / "sweeps.md").read_text()
    jobs = _Jobs(load_sweep(parse(page.split("```yaml\n")[1].split("```")[0]).data))
    jobs.try_first()
    assert len(list(jobs)) == 200


def test_the_script_for_a_cluster_says_what_is_missing(tmp_path, monkeypatch):
    script = (DOCS / "slurm_sweep.py").read_text()
    monkeypatch.setitem(sys.modules, "dask_jobqueue", None)
    with pytest.raises(SystemExit, match="pip install dask-jobqueue"):
        exec(script, {"__name__": "__main__"})
    monkeypatch.setitem(sys.modules, "dask_jobqueue", SimpleNamespace(SLURMCluster=None))
    monkeypatch.setenv("PATH", str(tmp_path))
    for words, reason in (([], "Usage"), (["tiny.yaml", "--partition=short"], "Usage"), (["tiny.yaml"], "no sbatch")):
        monkeypatch.setattr(sys, "argv", ["slurm_sweep.py", *words])
        with pytest.raises(SystemExit, match=reason):
            exec(script, {"__name__": "__main__"})

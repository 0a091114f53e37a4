"""Which number matters: a function whose indices are known takes the way that animals take, then animals do."""

import numpy as np
import pandas as pd
import pytest

from neurogen_abm.cli import main
from neurogen_abm.experiments.sweep import designs
from neurogen_abm.experiments.sweep.sensitivity import analysed, sensitivity
from neurogen_abm.run import run
from neurogen_abm.spec.sweep import SWEEPS, load_sweep
from neurogen_abm.spec.validation import ScenarioError
from neurogen_abm.storage import run_directory

TOWARDS = "signals.bdnf.effects.amplification.towards"
SWEEP = {
    "name": "three",
    "scenario": "mouse_generated_running",
    "axes": {
        TOWARDS: {"label": "Divisions", "from": 1, "to": 100},
        "lineage.stem.stay_active_young": {"from": 0.1, "to": 0.4},
        "activity[0].distance": {"from": "2 km/d", "to": "8 km/d"},
    },
    "design": {"kind": "sobol", "points": 1024},
    "seeds": 3,
}
# Ishigami & Homma 1990 with a = 7, b = 0.1: first and total indices.
ISHIGAMI = {
    TOWARDS: (0.3139, 0.5576),
    "lineage.stem.stay_active_young": (0.4424, 0.4424),
    "activity[0].distance": (0, 0.2437),
}
VARIANCE = 7**2 / 8 + 0.1 * np.pi**4 / 5 + 0.1**2 * np.pi**8 / 18 + 0.5


def ishigami(plan, own_luck=0.0):
    """Return read-outs at the points of a sweep: Ishigami's function plus noise, in part common to all points."""
    draws = np.random.default_rng(4)
    points = pd.DataFrame(designs.points(plan))
    ends = [(1, 100), (0.1, 0.4), (2, 8)]
    plain = [points[path].astype(str).str.split().str[0].astype(float) for path in plan.axes]
    x = [np.pi * (2 * (values - low) / (high - low) - 1) for values, (low, high) in zip(plain, ends, strict=True)]
    y = np.sin(x[0]) + 7 * np.sin(x[1]) ** 2 + 0.1 * x[2] ** 4 * np.sin(x[0])
    rows = [
        pd.DataFrame({"point": points.index, "seed": seed, "y": y + 10 * seed + own_luck * draws.normal(size=len(y))})
        for seed in plan.seeds
    ]
    return pd.concat(rows)


def test_ishigami_comes_out_within_its_intervals():
    plan = load_sweep(SWEEP)
    found = analysed(plan, ishigami(plan))
    rows = found.table.set_index("name")
    assert list(rows["label"])[:1] == ["Divisions"]
    for name, (first, total) in ISHIGAMI.items():
        assert abs(rows.loc[name, "first"] - first) <= rows.loc[name, "first_error"]
        assert abs(rows.loc[name, "total"] - total) <= rows.loc[name, "total_error"]
    assert found.stochastic["common"].iloc[0] == pytest.approx(100 / (100 + VARIANCE), rel=0.05)
    assert found.stochastic["blur"].iloc[0] == pytest.approx(0.0, abs=1e-9)


def test_luck_of_its_own_blurs_what_common_luck_does_not():
    plan = load_sweep(SWEEP)
    found = analysed(plan, ishigami(plan, own_luck=2.0))
    assert found.stochastic["blur"].iloc[0] == pytest.approx((4 / 3) / (VARIANCE + 4 / 3), rel=0.1)
    assert found.table["total"].sum() > analysed(plan, ishigami(plan)).table["total"].sum()  # noise seems an effect


def test_the_weakest_number_that_matters_is_named():
    plan = load_sweep(SWEEP)
    found = analysed(plan, ishigami(plan))
    described = found.table.set_index("name")
    assert described.loc[TOWARDS, ["grade", "status", "weak"]].to_list() == ["D", "calibrated", True]
    assert described.loc["activity[0].distance", ["grade", "status", "weak"]].to_list() == ["", "", False]
    (sentence,) = found.weakest()
    assert sentence.startswith("y: Divisions (grade D, calibrated; 0.5")
    assert "rank 1 of 3" in sentence
    assert "lineage.stem.stay_active_young (grade C, assumed" in sentence
    assert "distance" not in sentence
    assert repr(found) == "<Sensitivity of y to 3 parameters (sobol)>"


def test_animals_take_the_same_way(tmp_path, monkeypatch, capsys):
    small = {
        **SWEEP,
        "set": {"duration": "2 d", "tissue": {"septotemporal": "300 um", "transverse": "300 um"}},
        "axes": {path: SWEEP["axes"][path] for path in list(SWEEP["axes"])[:2]},
        "design": {"kind": "morris", "points": 4},
        "seeds": 2,
        "keep": {"series": ["births", "n_ki67"], "at": ["1 d", "end"]},
    }
    found = sensitivity(small, tmp_path / "runs", workers=0)
    assert len(found.values) == 4 * 3 * 2
    assert set(found.table["read_out"]) == {"births, day 1", "births, day 2", "ki67, day 1", "ki67, day 2"}
    by_hand = found.values.groupby("point")["births, day 2"].mean().to_numpy().reshape(4, 3)
    assert found.table["size"].max() > 0
    assert np.isfinite(by_hand).all()
    assert found.stochastic[["parameters", "common", "own"]].sum(axis=1).to_numpy() == pytest.approx(np.ones(4))

    from neurogen_abm.spec.yaml.writer import write

    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.yaml").write_text(write(small))
    with pytest.raises(SystemExit) as left:
        main(["sensitivity", "small.yaml", "--workers", "0", "--out", "out"])
    assert left.value.code == 0, capsys.readouterr().err
    assert "births, day 2" in capsys.readouterr().out
    place = tmp_path / "out" / "indices"
    table = run_directory.read_table(
        run_directory.checked(place, "indices.parquet", run_directory.read_provenance(place))
    )
    pd.testing.assert_frame_equal(table, found.table)
    page = (place / "report.html").read_text()
    assert page.count('class="plot"') == 1 + 4 + 1
    assert "grade C" in page


def test_assays_are_read_as_the_sections_say_and_levels_by_the_day(tmp_path):
    scenario = {
        "name": "cut",
        "duration": "1 d",
        "tissue": {"septotemporal": "300 um", "transverse": "200 um"},
        "assays": [{"name": "dcx", "count": "DCX+", "at": "1 d"}],
        "sampling": {"section": "20 um", "every": 3},
    }
    plan = load_sweep(
        SWEEP
        | {"scenario": scenario, "axes": {"lineage.stem.stay_active_young": {"from": 0.1, "to": 0.4}}, "seeds": 1}
        | {"design": {"kind": "morris", "points": 4}, "keep": {"series": ["n_dcx", "bdnf_plasma_pg_ml"], "at": ["end"]}}
    )
    found = sensitivity(plan, tmp_path, workers=0).values
    point = next(designs.points(plan))
    own = run(scenario, 1, point)
    first = found.set_index("point").loc[0]
    assert first["dcx (assay), day 1"] == own.assays["estimate"].iloc[0] != own.assays["count"].iloc[0]
    assert first["dcx, day 1"] == own.series["n_dcx"].iloc[-1]
    assert first["bdnf_plasma_pg_ml, day 1"] == pytest.approx(own.series["bdnf_plasma_pg_ml"].iloc[1:].mean())


def test_a_design_without_indices_is_refused_with_its_place():
    with pytest.raises(ScenarioError, match="Indices need a design of Sobol or Morris") as fault:
        sensitivity({**SWEEP, "design": {"kind": "random", "points": 10}}, workers=0)
    assert "design" in fault.value.where


def test_the_shipped_sweep_ties_what_all_effects_share():
    assert "which_numbers_matter" in SWEEPS.names()
    plan = load_sweep("which_numbers_matter")
    assert len(plan.groups) == 20
    assert designs.count(plan) == 210
    labels = analysed(plan, pd.DataFrame({"point": range(210), "seed": 1, "y": np.arange(210.0)})).table["label"]
    assert "Half-maximum of all effects" in set(labels)

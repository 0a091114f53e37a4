"""The benchmark runs, and its ratios are of things that are alike; no time is asserted, `make bench` is for times."""

import json

import numpy as np
import pytest

from benchmarks.__main__ import main
from benchmarks.animals import crowd, runner
from benchmarks.measures import MEASURES
from benchmarks.numpy_gyrus import NumpyGyrus
from benchmarks.publish import BEGIN, END, PAGE, PUBLISHED, markdown
from neurogen_abm.engine import commit
from neurogen_abm.model import NeurogenesisModel

DEAR = {"start": 4, "sweep": 8, "many": 2}  # rows of what compiles every kernel anew, or starts processes


@pytest.fixture(scope="module")
def world():
    return NeurogenesisModel(runner("1 d", tissue={"septotemporal": "600 um", "transverse": "600 um"})).world


def test_every_measure_but_the_dear_gives_rows(tmp_path):
    file = tmp_path / "figures.json"
    rows = main(["--small", "--json", str(file), "--only", *(name for name in MEASURES if name not in DEAR)])
    written = json.loads(file.read_text())
    assert [row["name"] for found in written["rows"].values() for row in found] == [row.name for row in rows]
    assert set(written["rows"]) == set(MEASURES) - set(DEAR)
    for row in rows:
        assert row.low <= row.ratio <= row.high or row.name.startswith("engine against")
        assert np.isfinite(row.value)
        assert row.ratio > 0.0
    assert written["machine"]["cores"] >= 1


@pytest.mark.slow
@pytest.mark.parametrize("name", DEAR)
def test_a_dear_measure_gives_rows(tmp_path, name):
    rows = main(["--small", "--json", str(tmp_path / "figures.json"), "--only", name])
    assert len(rows) == DEAR[name]
    assert all(row.ratio > 0.0 and np.isfinite(row.value) for row in rows)


def test_the_baseline_in_numpy_lives_the_same_life_in_the_mean(world):
    gyrus = NumpyGyrus(world, seed=3)
    births = int(world.tally[commit.BIRTHS])
    for _ in range(24 * 20):
        world.step(1.0, 1.3)
        gyrus.step(1.0, 1.3)
    states = gyrus.c["state"][: gyrus.n], world.population.cells.state[: world.population.n]
    found, expected = (np.bincount(state, minlength=12) for state in states)
    # Counts of two animals: each within five standard deviations of a difference of clones of about ten cells.
    assert (np.abs(found - expected) <= 5.0 * np.sqrt(2.0 * 10.0 * (expected + 1.0))).all()
    assert gyrus.births == pytest.approx(int(world.tally[commit.BIRTHS]) - births, rel=0.2)
    site = gyrus.c["site"][: gyrus.n]
    in_zone = site[site < len(gyrus.load)]
    assert len(np.unique(in_zone)) == len(in_zone)
    assert gyrus.occupied[in_zone].all()
    assert np.allclose(gyrus.level, world.level)
    assert np.allclose(gyrus.factors, world.tissue.tables.factors.T)


def test_a_crowd_is_its_animal_many_times_over_in_the_order_the_engine_keeps(world):
    cells = crowd(world, 3 * world.population.n)
    own = world.population.changing
    assert (np.bincount(cells.cells.state) == 3 * np.bincount(own.state)).all()
    key = cells.cells.state.astype(np.int64) * len(cells.tissue.geometry.site_class) + cells.cells.site
    assert (np.diff(key) >= 0).all()
    copied = cells.tissue.geometry.site_class[cells.cells.site]
    assert (np.bincount(copied) == 3 * np.bincount(world.tissue.geometry.site_class[own.site])).all()


def test_the_figures_on_the_page_are_those_that_were_measured():
    document = json.loads(PUBLISHED.read_text())
    assert not document["small"]
    assert set(document["rows"]) == set(MEASURES)
    assert BEGIN + markdown(document) + END in PAGE.read_text()

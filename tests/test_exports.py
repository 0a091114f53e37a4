"""A run in other formats, each opened by its own library: the same cells, trees, hours and files."""

import doctest
import json
import zipfile
from datetime import datetime

import numpy as np
import pandas as pd
import pytest

from neurogen_abm import export, run
from neurogen_abm.biology.states import LINEAGE, STATES
from neurogen_abm.errors import EnvironmentFault, InputError, IntegrityError
from neurogen_abm.exports import cells as as_cells
from neurogen_abm.exports import newick, simularium
from neurogen_abm.exports.export import FORMATS, NAMES
from neurogen_abm.run import Result

WHEEL = {"kind": "wheel", "distance": "5 km/d", "start": "1 d"}


@pytest.fixture(scope="module")
def saved(tmp_path_factory, patch) -> Result:
    """A runner of six days whose run begins at 09:30, in a directory of its own."""
    scenario = patch((300.0, 200.0), duration="6 d", activity=[WHEEL])
    scenario["clock"] = scenario["clock"] | {"start": "09:30"}
    return run(scenario).save(tmp_path_factory.mktemp("exports") / "animal")


@pytest.fixture(scope="module")
def end_h(saved) -> float:
    return float(saved.series["time_h"].iloc[-1])


def test_anndata_holds_every_cell_with_its_place(saved, tmp_path):
    anndata = pytest.importorskip("anndata")
    found = anndata.read_h5ad(export(saved.directory, "h5ad", tmp_path / "a.h5ad"))
    cells = saved.cells
    assert found.shape == (len(cells), 0)
    assert list(found.obs_names) == [str(number) for number in cells["id"]]
    assert np.array_equal(found.obsm["spatial"], cells[["u_um", "v_um"]].to_numpy())
    for name in ("state", "birth_state", "cause"):
        assert list(found.obs[name]) == list(cells[name])
    for name in ("mother", "founder", "generation", "birth_h", "end_h", "layer", "divisions", "cleared_h"):
        assert np.array_equal(found.obs[name].to_numpy(), cells[name].to_numpy(), equal_nan=name.endswith("_h"))
    assert found.obs["alive"].sum() == saved.series.filter(regex="^n_(?!ki67|dcx|neun|cal|apo)").iloc[-1].sum()
    about = found.uns["neurogen_abm"]
    assert (about["seed"], about["species"]) == (1, "mouse")
    assert "pathway: circulating" in about["scenario_yaml"]
    _agree_on_mothers(found.obsp["daughters"].tocoo(), cells)


def _agree_on_mothers(daughters, cells: pd.DataFrame) -> None:
    """Check that the pairs are those of the column of mothers, by a join."""
    ids = cells["id"].to_numpy()
    pairs = {(int(ids[row]), int(ids[column])) for row, column in zip(daughters.row, daughters.col, strict=True)}
    known = cells[cells["mother"].isin(cells["id"])]
    assert pairs == set(zip(known["mother"], known["id"], strict=True))
    assert len(pairs) > 20


def test_what_an_anndata_is_made_of_needs_no_library(saved):
    parts = as_cells.parts(saved)
    _agree_on_mothers(parts["obsp"]["daughters"].tocoo(), saved.cells)
    assert list(parts["obs"].index[:2]) == [str(number) for number in saved.cells["id"][:2]]
    assert set(as_cells.parts(Empty(saved))["obs"].columns) == set(parts["obs"].columns)


class Empty:
    """A result without a single cell."""

    def __init__(self, result: Result) -> None:
        self.cells, self.resolved, self.provenance = result.cells.iloc[:0], result.resolved, result.provenance


def test_lineage_trees_are_those_of_the_mothers(saved):
    trees, cells = as_cells.lineage_trees(saved.cells), saved.cells.set_index("id")
    edges = {(int(a), int(b)) for tree in trees.values() for a, b in tree.edges}
    known = saved.cells[saved.cells["mother"].isin(cells.index)]
    assert edges == set(zip(known["mother"], known["id"], strict=True))
    for root, tree in trees.items():
        assert tree.number_of_edges() == tree.number_of_nodes() - 1
        assert cells.loc[int(root), "mother"] not in cells.index
        assert len({cells.loc[int(node), "founder"] for node in tree}) == 1


def test_treedata_holds_the_trees(saved, tmp_path):
    treedata = pytest.importorskip("treedata")
    found = treedata.read_h5td(export(saved.directory, "h5td", tmp_path / "a.h5td"))
    own = as_cells.lineage_trees(saved.cells)
    assert set(found.obst) == set(own)
    assert all(set(found.obst[root].edges) == set(tree.edges) for root, tree in own.items())
    assert found.n_obs == len(saved.cells)
    assert all(set(found.obs_names[found.obs["tree"] == root]) == set(tree) for root, tree in own.items())


def test_newick_trees_hold_every_cell_once_and_every_life(saved, end_h, tmp_path):
    """Each branch is a stretch of a life: together they last as long as all lives, daughters once, mothers once."""
    dendropy = pytest.importorskip("dendropy")
    file = export(saved.directory, "newick", tmp_path / "a.nwk")
    found = dendropy.TreeList.get(
        path=str(file), schema="newick", extract_comment_metadata=True, rooting="force-rooted"
    )
    cells = saved.cells.set_index("id")
    nodes = [node for tree in found for node in tree.preorder_node_iter() if node.taxon or node.label]
    # DendroPy takes the remark of a tree of one cell for one about the tree.
    remarks = {tree.seed_node: tree.annotations for tree in found if tree.seed_node.is_leaf()}
    names = [int((node.taxon.label if node.taxon else node.label).removeprefix("cell")) for node in nodes]
    assert sorted(names) == sorted(cells.index)
    lengths = sum(edge.length for tree in found for edge in tree.preorder_edge_iter())
    lives_h = cells["end_h"].fillna(end_h) - cells["birth_h"]
    assert lengths == pytest.approx(lives_h.sum() / 24, rel=1e-6)
    assert len(found) == (~cells["mother"].isin(cells.index)).sum()
    for name, node in zip(names, nodes, strict=True):
        assert remarks.get(node, node.annotations).get_value("state") == cells.loc[name, "state"]
        assert node.is_leaf() == (cells.loc[name, "cause"] not in ("division", "consumption"))
        # From the birth of the root to the end of the cell.
        root = next(iter(node.ancestor_iter()), node) if not node.parent_node else list(node.ancestor_iter())[-1]
        first = root.edge.length + sum(one.edge.length for one in [node, *node.ancestor_iter()] if one is not root)
        born = cells.loc[_root_of(name, cells), "birth_h"]
        end = cells.loc[name, "end_h"] if np.isfinite(cells.loc[name, "end_h"]) else end_h
        assert first == pytest.approx((end - born) / 24, abs=1e-5)


def _root_of(name: int, cells: pd.DataFrame) -> int:
    while cells.loc[name, "mother"] in cells.index:
        name = cells.loc[name, "mother"]
    return name


def test_a_stem_cell_that_lives_on_is_a_branch_beside_its_daughters():
    """Divides on day 1 and 3 and lives on day 5: two nodes, three leaves, and branches of 1 + 2 + 2 days."""
    life = {"id": [1, 2, 3], "mother": [0, 1, 1], "founder": 1, "birth_h": [0.0, 24.0, 72.0], "state": "x"}
    frame = pd.DataFrame(life | {"end_h": [None, None, 96.0], "cause": ["alive", "alive", "apoptosis"]})
    (tree,) = newick.trees(frame.astype({"end_h": float}), 120.0)
    plain = tree.replace("[&state=x,cause=alive]", "").replace("[&state=x,cause=apoptosis]", "")
    assert plain == "[&R] [&clone=1] ((cell1:2,cell3:1):2,cell2:4):1;"


def test_a_lineage_as_long_as_a_life_needs_no_deep_stack():
    n = 3000
    frame = pd.DataFrame({"id": range(1, n + 1), "mother": range(n), "founder": 1, "state": "x", "cause": "division"})
    frame["birth_h"], frame["end_h"] = np.arange(n) * 1.0, np.arange(n) + 1.0
    (tree,) = newick.trees(frame, float(n))
    assert tree.count("(") == n - 1


def test_the_example_of_newick_holds():
    assert doctest.testmod(newick).failed == 0


def test_nwb_holds_activity_at_the_hours_of_the_run(saved, tmp_path):
    pynwb = pytest.importorskip("pynwb")
    file = export(saved.directory, "nwb", tmp_path / "a.nwb")
    assert pynwb.validate(path=str(file)) == []
    with pynwb.NWBHDF5IO(file, "r") as io:
        found = io.read()
        assert found.subject.species == "Mus musculus"
        assert (found.subject.sex, found.subject.age) == ("F", "P56D")
        assert (found.session_start_time.hour, found.session_start_time.minute) == (9, 30)
        assert found.session_start_time.date() == datetime.fromisoformat(saved.provenance["began"]).date()
        activity = found.processing["behavior"]["activity"].time_series
        for name in ("intensity", "distance_km", "distance_km_d"):
            assert np.array_equal(activity[name].data[:], saved.series[name])
            assert np.array_equal(activity[name].timestamps[:], saved.series["time_h"] * 3600)
        assert activity["distance_km"].unit == "km"


def test_a_crate_holds_the_run_and_says_what_made_it(saved, tmp_path):
    crates = pytest.importorskip("rocrate.rocrate")
    file = export(saved.directory, "ro-crate", tmp_path / "a.crate.zip")
    found = crates.ROCrate(file)
    names = {entity.id for entity in found.data_entities}
    assert names == {path.name for path in saved.directory.iterdir()}
    action = found.dereference("#run")
    assert action.type == "CreateAction"
    assert action["instrument"]["softwareVersion"] == saved.provenance["software"]["neurogen_abm"]
    assert action["object"].id == "scenario.yaml"
    assert "bdnf_niche_pg_ml (pg/mL)" in found.dereference("series.parquet")["description"]
    with zipfile.ZipFile(file) as archive:
        archive.extractall(tmp_path / "again")
        graph = json.loads(archive.read("ro-crate-metadata.json"))["@graph"]
    known = {entity["@id"] for entity in graph}
    assert len(known) == len(graph)
    asked = {part["@id"] for entity in graph for value in entity.values() for part in _refs(value)}
    assert {
        name for name in asked - known if not name.startswith(("https://w3id.org/ro/crate", "http://schema"))
    } == set()
    again = Result.load(tmp_path / "again")
    pd.testing.assert_frame_equal(again.series, saved.series)


def _refs(value) -> list[dict]:
    return [part for part in (value if isinstance(value, list) else [value]) if isinstance(part, dict)]


def test_one_run_gives_one_crate_at_any_time(saved, tmp_path):
    one, other = (export(saved, "ro-crate", tmp_path / f"{n}.zip") for n in range(2))
    assert one.read_bytes() == other.read_bytes()
    with zipfile.ZipFile(one) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_any_table_goes_out_as_csv_or_parquet(saved, tmp_path):
    csv = export(saved, "csv", tmp_path / "a.csv", table="cells")
    read = pd.read_csv(csv, dtype={"birth_h": str})
    assert list(read.columns) == list(saved.cells.columns)
    assert [float(text) for text in read["birth_h"]] == saved.cells["birth_h"].tolist()
    parquet = export(saved.directory, "parquet", tmp_path / "a.parquet", table="series")
    pd.testing.assert_frame_equal(pd.read_parquet(parquet), saved.series)


def test_the_file_stands_beside_its_run(saved):
    target = export(saved.directory, "newick")
    assert target == saved.directory.parent / "animal.nwk"
    table = export(saved.directory, "csv", table="map")
    assert table.name == "animal-map.csv"
    for file in (target, table):
        file.unlink()


def test_nothing_is_overwritten_and_nothing_is_left_half(saved, tmp_path, monkeypatch):
    target = tmp_path / "a.nwk"
    target.write_text("mine")
    with pytest.raises(InputError, match="not overwritten"):
        export(saved.directory, "newick", target)
    assert target.read_text() == "mine"

    def break_off(result, place):
        place.write_text("half")
        raise OSError(28, "No space left on device")

    monkeypatch.setitem(FORMATS, "newick", FORMATS["newick"]._replace(write=break_off))
    with pytest.raises(EnvironmentFault):
        export(saved.directory, "newick", target, force=True)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a.nwk", "mine")]
    with pytest.raises(InputError, match="part of the results"):
        export(saved.directory, "csv", saved.directory / "series.parquet", table="cells", force=True)


@pytest.mark.parametrize(
    ("to", "table", "words"),
    [
        ("h5da", None, "Did you mean h5ad"),
        ("csv", None, "none is named"),
        ("csv", "cell", "Did you mean cells"),
        ("newick", "cells", "not of one table"),
    ],
)
def test_what_cannot_be_written_is_refused(saved, to, table, words):
    with pytest.raises(InputError, match=words):
        export(saved.directory, to, table=table)
    assert [path.name for path in saved.directory.parent.iterdir()] == ["animal"]


def test_a_damaged_run_is_not_exported(saved, tmp_path):
    copy = saved.save(tmp_path / "copy").directory
    cells = copy / "cells.parquet"
    content = bytearray(cells.read_bytes())
    content[len(content) // 2] ^= 1
    cells.write_bytes(content)
    with pytest.raises(IntegrityError):
        export(copy, "newick")
    assert [path.name for path in tmp_path.iterdir()] == ["copy"]


def test_a_library_that_is_not_there_is_named_before_anything_is_read(monkeypatch, tmp_path):
    monkeypatch.setitem(__import__("sys").modules, "treedata", None)
    with pytest.raises(EnvironmentFault, match=r"neurogen_abm\[cells\]"):
        export(tmp_path / "no_run", "h5td")


def test_a_result_that_was_not_saved_has_no_file_of_its_own(saved, tmp_path):
    unsaved = Result(saved.series, saved.cells, saved.map, saved.fields, saved.resolved, saved.provenance)
    with pytest.raises(InputError, match="not saved"):
        export(unsaved, "newick")
    assert export(unsaved, "newick", tmp_path / "a.nwk").exists()
    with pytest.raises(InputError, match="saved"):
        export(unsaved, "ro-crate", tmp_path / "a.zip")


def test_the_command_writes_each_format_that_it_offers(neurogen, saved):
    assert (
        neurogen("export", str(saved.directory), "--to", "csv", "--table", "series", "--out", "a.csv").out == "a.csv\n"
    )
    again = neurogen("export", str(saved.directory), "--to", "csv", "--table", "series", "--out", "a.csv")
    assert again.code == 2
    assert "--force" in again.err
    told = neurogen("export", "--help").out
    assert not [name for name in NAMES if name not in told]


def test_simularium_holds_every_cell_at_its_times(saved, tmp_path):
    """The format, version 3, as its project says: eleven numbers for an agent, ids that last, places in the box."""
    read = json.loads(export(saved.directory, "simularium", tmp_path / "a.simularium").read_text(encoding="utf-8"))
    info, space, plots = read["trajectoryInfo"], read["spatialData"], read["plotData"]
    assert (info["version"], space["version"], plots["version"]) == (3, 1, 1)
    assert (info["timeUnits"], info["spatialUnits"]) == (
        {"magnitude": 1.0, "name": "h"},
        {"magnitude": 1.0, "name": "µm"},
    )
    frames = space["bundleData"]
    assert (space["msgType"], space["bundleStart"], space["bundleSize"]) == (1, 0, len(frames))
    assert info["totalSteps"] == len(frames) == 7
    assert [frame["frameNumber"] for frame in frames] == list(range(7))
    half = np.array([info["size"][axis] for axis in "xyz"]) / 2
    types = {int(code): entry for code, entry in info["typeMapping"].items()}
    assert all(entry["geometry"]["displayType"] == "SPHERE" for entry in types.values())
    for frame in frames:
        row = saved.series.loc[saved.series["time_h"] == frame["time"]].iloc[0]
        agents = np.array(frame["data"]).reshape(-1, 11)
        assert set(agents[:, 0]) == {1000}
        assert len(set(agents[:, 1])) == len(agents)
        counts = np.bincount(agents[:, 2].astype(int), minlength=len(STATES))
        assert counts.tolist() == [int(row[f"n_{name}"]) for name in STATES]
        assert (np.abs(agents[:, 3:6]) <= half).all()
        assert (agents[:, 9] > 0).all()
        assert not agents[:, [6, 7, 8, 10]].any()
    assert [types[code]["name"] for code in range(len(STATES))] == [state.label for state in LINEAGE]
    (plot,) = plots["data"]
    assert sum(line["y"][-1] for line in plot["data"]) == counts.sum()


def test_a_run_too_large_for_the_viewer_is_refused_and_nothing_stays(saved, tmp_path, monkeypatch):
    monkeypatch.setattr(simularium, "_MOST_SPHERES", 100)
    with pytest.raises(InputError, match="too large for the Simularium viewer"):
        export(saved, "simularium", tmp_path / "a.simularium")
    assert not list(tmp_path.iterdir())

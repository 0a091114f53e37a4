"""The register of cells as AnnData, and with its trees as TreeData."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

from neurogen_abm.optional import optional
from neurogen_abm.tables import CELLS

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd

    from neurogen_abm.run import Result

_INSTALL = "'neurogen_abm[cells]'"
_PLACE = ("u_um", "v_um")


def anndata() -> Any:
    """Return the library AnnData, or say how to install it."""
    return optional("anndata", "AnnData", _INSTALL)


def treedata() -> Any:
    """Return the library TreeData, or say how to install it."""
    return optional("treedata", "TreeData", _INSTALL)


def write_h5ad(result: "Result", place: Path) -> None:
    """Write the cells of a run as AnnData (HDF5)."""
    anndata().AnnData(**parts(result)).write_h5ad(place)


def write_h5td(result: "Result", place: Path) -> None:
    """Write the cells of a run with their trees as TreeData (HDF5)."""
    own, trees = parts(result), lineage_trees(result.cells)
    # Said here, because the library writes this column anew for every tree, of which a gyrus has thousands.
    tree_of = {name: root for root, tree in trees.items() for name in tree}
    own["obs"]["tree"] = [tree_of.get(name, "") for name in own["obs"].index]
    own["obs"]["tree"] = own["obs"]["tree"].astype(str).astype("category")
    treedata().TreeData(**own, obst=trees, alignment="nodes", label=None).write_h5td(place)


def parts(result: "Result") -> dict[str, Any]:
    """Return what an AnnData of a run is made of; there is no matrix of genes.

    ``obs``: the columns of `cells`, besides ``alive`` and the ``clone`` as a category, one row a cell, named by its id.
    ``obsm["spatial"]``: place on the sheet, um, shape (cells, 2). ``obsp["daughters"]``: 1 from mother to daughter,
    shape (cells, cells). ``uns["neurogen_abm"]``: scenario, seed, versions, and what each column means.
    """
    cells = result.cells.reset_index(drop=True)
    obs = cells.drop(columns=list(_PLACE)).set_axis(names(cells), axis=0)
    obs["alive"] = (cells["cause"] == "alive").to_numpy()
    obs["clone"] = cells["founder"].astype(str).astype("category").to_numpy()
    for name in ("state", "birth_state", "cause"):
        # Only the categories that occur, as text: libraries of cells draw one colour for each.
        obs[name] = obs[name].astype(str).astype("category")
    return {
        "obs": obs,
        "obsm": {"spatial": cells[list(_PLACE)].to_numpy(dtype=np.float32)},
        "obsp": {"daughters": _daughters(cells)},
        "uns": {"neurogen_abm": _about(result)},
    }


def names(cells: "pd.DataFrame") -> list[str]:
    """Return the names of cells: their ids as text."""
    return [str(number) for number in cells["id"].tolist()]


def _rows_of_mothers(cells: "pd.DataFrame") -> tuple[np.ndarray, np.ndarray]:
    """Return the rows of cells whose mother is in the register, and hers."""
    ids = cells["id"].to_numpy()
    order = np.argsort(ids)
    at = np.searchsorted(ids[order], cells["mother"].to_numpy()).clip(max=max(len(ids) - 1, 0))
    mothers = order[at] if len(ids) else at
    known = ids[mothers] == cells["mother"].to_numpy()
    return np.flatnonzero(known), mothers[known]


def _daughters(cells: "pd.DataFrame") -> sparse.csr_matrix:
    rows, mothers = _rows_of_mothers(cells)
    return sparse.csr_matrix((np.ones(len(rows), np.int8), (mothers, rows)), shape=(len(cells), len(cells)))


def lineage_trees(cells: "pd.DataFrame") -> "dict[str, nx.DiGraph]":
    """Return a tree from mothers to daughters for each root that has any, under the name of the root.

    A root is a cell whose mother is not in the register. Nodes are named as the rows and have the ``birth_d`` of the
    cell; a tree of a single cell is left out.
    """
    import networkx as nx

    cells = cells.reset_index(drop=True)
    rows, mothers = _rows_of_mothers(cells)
    called, births_d = names(cells), (cells["birth_h"] / 24).tolist()
    whole: nx.DiGraph = nx.DiGraph()
    whole.add_edges_from(
        (called[mother], called[row]) for row, mother in zip(rows.tolist(), mothers.tolist(), strict=True)
    )
    birth = dict(zip(called, births_d, strict=True))
    nx.set_node_attributes(whole, {name: birth[name] for name in whole}, "birth_d")
    found = {}
    for part in nx.weakly_connected_components(whole):
        root = next(name for name in part if whole.in_degree(name) == 0)
        found[root] = nx.DiGraph(whole.subgraph(part))
    return found


def _about(result: "Result") -> dict[str, Any]:
    scenario = result.resolved.scenario
    meanings = {name: column.meaning or column.label for name, column in CELLS.items()}
    return {
        "scenario": scenario.name,
        "seed": scenario.seed,
        "species": scenario.species,
        "age_at_start_d": scenario.age_h / 24,
        "duration_d": scenario.duration_h / 24,
        "area_fraction": float(result.provenance.get("area_fraction", 1.0)),
        "software": json.dumps(result.provenance.get("software", {}), sort_keys=True),
        "scenario_yaml": result.resolved.to_yaml(),
        "columns": meanings,
    }

"""The tables of a run are those that `neurogen_abm.tables` declares, and the documentation shows the same."""

from pathlib import Path

import pandas as pd
import pytest

from neurogen_abm import run
from neurogen_abm.assays.recorder import register
from neurogen_abm.assays.table import of_rows
from neurogen_abm.biology.states import LINEAGE
from neurogen_abm.tables import ASSAYS, MESSENGERS, PATTERNS, READ_OUTS, SERIES, TABLES

PAGE = (Path(__file__).parent.parent / "docs" / "run_directory.md").read_text()
ASKED = {
    "name": "tables",
    "duration": "1 d",
    "tissue": {"septotemporal": "200 um", "transverse": "150 um"},
    "labels": [{"agent": "BrdU", "dose": "50 mg/kg", "at": "0 d"}],
    "assays": [{"name": "labelled", "count": "BrdU+", "at": "1 d"}],
    "sampling": {"section": "40 um", "every": 1},
}
PLAIN = {key: ASKED[key] for key in ("name", "duration", "tissue")}


@pytest.fixture(scope="module", params=["everything asked", "nothing asked"])
def result(request):
    everything = request.param == "everything asked"
    return run({**(ASKED if everything else PLAIN), "outputs": {"fields": everything, "cells": everything}})


@pytest.mark.parametrize("name", TABLES)
def test_a_run_has_these_columns_of_these_types(result, name):
    frame = getattr(result, name)
    wanted = {column: entry.dtype for column, entry in TABLES[name].items()}
    if name == "fields":
        one = wanted.pop("class_<n>")
        wanted |= {f"class_{n}": one for n in range(len(frame.columns) - 1)}
        assert len(frame.columns) > 2
    assert {column: str(dtype).replace("object", "str") for column, dtype in frame.dtypes.items()} == wanted
    assert list(frame.columns) == list(wanted)


@pytest.mark.parametrize("name", TABLES)
def test_the_page_shows_them(name):
    """Refresh: copy the rows that this test wants into docs/run_directory.md."""
    section = PAGE.split(f"## Columns of `{name}.parquet`\n")[1].split("## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    assert rows == [
        f"| `{column}` | {entry.dtype} | {entry.unit} | {entry.meaning or entry.label} |"
        for column, entry in TABLES[name].items()
    ]


def test_what_counts_a_state_follows_from_the_states():
    assert [name for name in SERIES if name in {f"n_{state.name}" for state in LINEAGE}] == [
        f"n_{state.name}" for state in LINEAGE
    ]
    assert SERIES["n_apoptotic"].label == "apoptotic bodies"
    assert [name for name, column in READ_OUTS.items() if not column.is_count and column.adds_up] == [
        "distance_km",
        "distance_asked_km",
        "short_min",
    ]


def test_a_register_that_is_not_kept_has_its_columns_and_their_types(lived):
    world = lived((200.0, 200.0), duration="1 d").world
    whole, none = register(world), register(world, kept=False)
    assert len(whole) > 0
    pd.testing.assert_frame_equal(none, whole.iloc[:0])


def test_tables_without_rows_have_their_types_and_are_nobody_elses():
    for table, columns in (("assays", ASSAYS), ("patterns", PATTERNS), ("messengers", MESSENGERS)):
        one, other = of_rows((), table), of_rows((), table)
        assert one.dtypes.astype(str).to_dict() == {name: column.dtype for name, column in columns.items()}
        one["more"] = 1.0
        assert list(other) == list(of_rows((), table)) == list(columns)

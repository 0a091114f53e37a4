"""A run is lived again: to the same bits, within rounding, or told from which row and column on it is another."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from neurogen_abm import InputError, IntegrityError, Result, capsule, memory, run, verify
from neurogen_abm.errors import EnvironmentFault
from neurogen_abm.run import TABLES, prepare
from neurogen_abm.storage import atomic
from neurogen_abm.trust import verify as verifying
from tests.trust.conftest import flip


@pytest.fixture(scope="module")
def again(saved):
    """What the run gives when it is lived again, so that tests of the answer need not live it."""
    return run(saved.resolved)


@pytest.fixture
def lived(again, monkeypatch):
    monkeypatch.setattr(verifying, "run", lambda resolved, progress: again)


def changed(saved: Result, place: Path, **parts) -> Path:
    """Save a run of which something was changed, with digests that fit."""
    return Path(replace(saved, directory=None, **parts).save(place).directory)


def content(folder: Path) -> dict[str, tuple]:
    return {file.name: (file.stat().st_mtime_ns, atomic.fingerprint(file)) for file in folder.iterdir()}


def test_a_run_is_identical_byte_for_byte_and_nothing_is_written_into_it(saved, copy, tmp_path):
    before = content(copy)
    found = verify(copy, tmp_path / "again")
    assert found.verdict == "identical"
    assert list(found.tables["table"]) == list(TABLES)
    assert found.tables["same_bytes"].all()
    assert found.circumstances == ()
    assert content(copy) == before
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(Result.load(tmp_path / "again"), name), getattr(saved, name))


def test_a_capsule_is_verified_where_its_run_is_not(saved, copy, tmp_path, neurogen):
    file = capsule(copy, tmp_path / "elsewhere.zip")
    copy.rename(tmp_path / "gone")
    told = neurogen("verify", str(file))
    assert told.code == 0
    assert "series: identical, byte for byte (49 rows)." in told.out
    assert told.out.endswith("elsewhere.zip: identical.\n")


@pytest.mark.parametrize(
    ("name", "row", "column"), [("series", 31, "n_dcx"), ("cells", 100, "state"), ("map", 7, "u_um")]
)
def test_one_changed_cell_of_a_table_is_told_by_row_and_column(saved, lived, tmp_path, name, row, column):
    table = getattr(saved, name).copy()
    other = table[column].iloc[row - 1] if column == "u_um" else "mature" if column == "state" else 99
    assert table[column].iloc[row] != other
    table.loc[row, column] = other
    found = verify(changed(saved, tmp_path / "changed", **{name: table}))
    assert found.verdict == "different"
    told = found.tables.set_index("table").loc[name]
    assert (told["row"], told["column"], told["columns"]) == (row, column, column)
    assert set(found.tables["verdict"]) == {"identical", "different"}
    assert found.sentences()[-1].startswith("Version, catalogue and machine are those that made it")


def test_rounding_is_within_tolerance_and_more_is_not(saved, lived, tmp_path, neurogen):
    series = saved.series.copy()
    series["bdnf_plasma_pg_ml"] *= 1 + 8 * np.finfo(float).eps
    file = changed(saved, tmp_path / "rounded", series=series)
    found = verify(file)
    minutes = 60 * (saved.resolved.scenario.age_h + 48)
    assert (found.verdict, found.roundings) == ("within tolerance", minutes)
    assert any(f"{minutes:,.0f} units of rounding" in sentence for sentence in found.sentences())
    assert neurogen("verify", str(file)).code == 8
    series["bdnf_plasma_pg_ml"] *= 1 + 3 * minutes * np.finfo(float).eps
    told = neurogen("verify", str(changed(saved, tmp_path / "more", series=series)))
    assert told.code == 9
    assert "series: different from here on. Row 0 (time_h 0" in told.out


def test_a_swapped_seed_is_noticed(saved, tmp_path):
    swapped = prepare(saved.resolved, 2)
    with pytest.raises(IntegrityError, match="another scenario, or another seed") as fault:
        verify(changed(saved, tmp_path / "half", resolved=swapped))
    assert fault.value.exit_code == 4
    provenance = saved.provenance | {"seed": 2, "scenario_digest": swapped.digest}
    found = verify(changed(saved, tmp_path / "whole", resolved=swapped, provenance=provenance))
    assert found.verdict == "different"
    assert found.tables.set_index("table").loc["series", "row"] == 0


def test_what_differs_in_the_circumstances_is_said(saved, lived, tmp_path):
    made = {"neurogen_abm": "0.0.9", "numpy": "1.0"}
    provenance = saved.provenance | {"software": made, "code": "0.0.9+abc", "machine": {"architecture": "vax"}}
    found = verify(changed(saved, tmp_path / "old", provenance=provenance | {"recordings": {"a.csv": "1"}}))
    said = " ".join(found.circumstances)
    for words in ("neurogen_abm 0.0.9 (here", "numpy 1.0 (here", "0.0.9+abc; this is", "architecture was vax", "a.csv"):
        assert words in said
    assert found.verdict == "identical"


def test_a_branch_cannot_be_lived_again_from_its_scenario(saved, tmp_path):
    came = {"run": "animal", "scenario_digest": "", "day": 1.0, "at": ""}
    with pytest.raises(InputError, match=r"is a branch: until day 1 .*Verify animal, and branch from it again"):
        verify(changed(saved, tmp_path / "branch", provenance=saved.provenance | {"branched": [came]}))


def test_too_little_memory_is_told_before_anything_is_lived(saved, monkeypatch, tmp_path):
    monkeypatch.setattr(memory, "available_bytes", lambda *_: 10**6)
    with pytest.raises(EnvironmentFault, match=r"of memory.*`neurogen capsule .*` makes one file of it") as fault:
        verify(saved.directory)
    assert fault.value.code == "memory"


@pytest.mark.parametrize("name", ["provenance.json", "scenario.yaml", *(f"{name}.parquet" for name in TABLES)])
def test_a_flipped_bit_in_any_file_stops_it(copy, name):
    size = (copy / name).stat().st_size
    for place in (0, size // 3, size - 1):
        flip(copy / name, place)
        with pytest.raises((IntegrityError, InputError)) as fault:
            verify(copy)
        assert name in str(fault.value)
        flip(copy / name, place)


def test_what_is_no_run_is_refused_before_anything_is_written(saved, tmp_path):
    (tmp_path / "sweep").mkdir()
    (tmp_path / "sweep" / "ledger.sqlite").write_bytes(b"")
    with pytest.raises(InputError, match="many animals"):
        verify(tmp_path / "sweep")
    with pytest.raises(InputError, match="no run here, and no capsule"):
        verify(tmp_path / "nothing")
    with pytest.raises(InputError, match="exists and is not overwritten"):
        verify(saved.directory, tmp_path / "sweep")
    unfinished = json.loads((saved.directory / "provenance.json").read_text())
    assert "unfinished" not in unfinished

"""A run is lived again: to the same bits, within rounding, or told from which row and column on it is another."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from neurogen_abm import (
    Checkpoints,
    InputError,
    IntegrityError,
    Result,
    capsule,
    diff,
    memory,
    resume,
    run,
    sources,
    verify,
)
from neurogen_abm.checkpoints import UnfinishedError
from neurogen_abm.errors import EnvironmentFault
from neurogen_abm.numerals import plain
from neurogen_abm.run import TABLES, prepare
from neurogen_abm.storage import atomic, run_directory
from neurogen_abm.trust import branches
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
    assert any(f"{name}: different from here on. Row {row} (" in sentence for sentence in found.sentences())
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
    with pytest.raises(IntegrityError, match="another scenario, seed or catalogue") as fault:
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


@pytest.fixture(scope="module")
def family(saved, tmp_path_factory) -> list[Path]:
    """A run that was stopped on its way and goes on, its branch of day 1, and the branch of that one's end."""
    place = tmp_path_factory.mktemp("family")
    asked = iter(range(100))
    with pytest.raises(UnfinishedError):
        run(saved.resolved, checkpoints=Checkpoints(place / "one.unfinished", "1 d", stop=lambda: next(asked) == 0))
    two = resume(place / "one.unfinished", {"activity": [], "duration": "3 d"}, checkpoints=place / "two.unfinished")
    three = resume(place / "two.unfinished", {"duration": "4 d", "knock_outs": [{"signal": "bdnf", "start": "72 h"}]})
    one = resume(place / "one.unfinished")
    return [Path(r.save(place / name).directory) for r, name in ((one, "one"), (two, "two"), (three, "three"))]


def test_a_branch_is_lived_again_from_the_runs_that_it_came_from(family, tmp_path, neurogen):
    one, two, three = family
    file = capsule(one, tmp_path / "one.zip")
    found = verify(three, of=[two, file])
    assert (found.verdict, found.circumstances) == ("identical", ())
    assert found.tables["same_bytes"].all()
    assert [entry["day"] for entry in found.again.provenance["branched"]] == [1.0, 3.0]
    told = neurogen("verify", str(two), "--of", str(file))
    assert (told.code, told.out[-11:]) == (0, "identical.\n")


def test_what_a_branch_came_from_must_be_given_and_nothing_else(family, saved, monkeypatch, tmp_path):
    one, two, three = family
    monkeypatch.setattr(verifying, "run", None)
    with pytest.raises(InputError, match=r"is a branch: until day 1 it is the life of one, .*`of=\[\"one\"\]`"):
        verify(two)
    with pytest.raises(InputError, match=r"until day 3 it is the life of two, .* No run that was given has its"):
        verify(three, of=[one])
    with pytest.raises(InputError, match=r"did not come from the run of patch that was given"):
        verify(two, of=[one, three])
    stored = Result.load(two)
    (came,) = stored.provenance["branched"]
    for day in (2.5, 0.0):
        provenance = stored.provenance | {"branched": [came | {"day": day}]}
        with pytest.raises(IntegrityError, match=f"began on day {plain(day)}; that run has no such day"):
            verify(changed(stored, tmp_path / str(day), provenance=provenance), of=[one])
    with pytest.raises(InputError, match="is no branch"):
        verify(saved.directory, of=[one])
    with pytest.raises(InputError, match="is not a list of runs or capsules"):
        verify(two, of=str(one))


def test_a_branch_of_the_very_end_began_on_a_day_that_the_run_has(saved):
    """220 minutes are 3.67 hours, and a little more by way of days."""
    end = prepare(saved.resolved, overrides={"step": "20 min", "duration": "220 min", "activity": []})
    run_of_end = replace(saved, resolved=end)
    story = [{"run": "a", "scenario_digest": end.digest, "day": 220 / 1440}]
    assert story[0]["day"] * 24 > end.scenario.duration_h
    assert branches._before(story, [run_of_end], Path("b")) == [end]
    story[0]["day"] = 240 / 1440
    with pytest.raises(IntegrityError, match="has no such day"):
        branches._before(story, [run_of_end], Path("b"))


def test_a_process_whose_files_were_changed_meanwhile_says_so_of_what_it_verifies(saved, lived, monkeypatch):
    assert verify(saved.directory).circumstances == ()
    monkeypatch.setattr(sources, "LOADED_NS", 1)
    (said,) = verify(saved.directory).circumstances
    assert "; this is " in said
    assert "-changed-while-loaded-" in said


def test_a_run_stands_for_a_later_branch_with_the_same_scenario(saved):
    """A wheel that is given, taken, and given again: three lives, two scenarios."""
    other = replace(saved, resolved=prepare(saved.resolved, overrides={"activity": []}))
    one, two = saved.resolved, other.resolved
    story = [{"run": name, "scenario_digest": r.digest, "day": 1.0} for name, r in (("a", one), ("b", two), ("c", one))]
    assert branches._before(story, [saved, other], Path("d")) == [one, two, one]


def test_numbers_that_its_catalogue_does_not_have_are_found(saved, tmp_path):
    """A run with such numbers gives its own tables again, to the bit."""
    count = saved.resolved.parameters["lineage.stem.initial_count"]
    other = {"lineage.stem.initial_count": count.model_copy(update={"value": 15000.0})}
    resolved = replace(saved.resolved, catalogue=saved.resolved.catalogue.with_parameters(other))
    for refusing in (verify, capsule):
        with pytest.raises(IntegrityError, match=r"says 15000 cells .* of lineage\.stem.* say 19800 cells") as fault:
            refusing(changed(saved, tmp_path / refusing.__name__, resolved=resolved))
        assert fault.value.code == "other-numbers"
    graded = {
        "lineage.clearance.time": saved.resolved.parameters["lineage.clearance.time"].model_copy(update={"grade": "A"})
    }
    resolved = replace(saved.resolved, catalogue=saved.resolved.catalogue.with_parameters(graded))
    with pytest.raises(IntegrityError, match=r"grade A\) of lineage\.clearance"):
        verify(changed(saved, tmp_path / "graded", resolved=resolved))
    with pytest.raises(IntegrityError, match="another scenario, seed or catalogue"):
        verify(changed(saved, tmp_path / "named", provenance=saved.provenance | {"catalogue_digest": "ab" * 32}))


@pytest.mark.parametrize(
    ("key", "odd"),
    [
        ("software", {"numpy": "2.0"}), ("software", None), ("machine", None), ("recordings", 3), ("began", "then"),
        ("wall_time_s", -1.0), ("area_fraction", None), ("used_parameters", "all"), ("seed", "one"),
        ("branched", 3), ("branched", [{"run": "a", "day": "one", "scenario_digest": ""}]),
        ("branched", [{"day": 1.0}]),
    ],
)  # fmt: skip
def test_a_provenance_that_says_what_cannot_be_is_refused(copy, key, odd):
    """It may come from anybody, sealed as ours are."""
    whole = run_directory.read_provenance(copy)
    without = {name: entry for name, entry in whole.items() if name != key}
    for content in ([without] if key in ("software", "began", "seed") else []) + [whole | {key: odd}]:
        run_directory._sealed(content)(copy / "provenance.json")
        for refusing in (verify, capsule, partial(diff, copy)):
            with pytest.raises(IntegrityError, match=f"says nothing of `{key}[`.]") as fault:
                refusing(copy)
            assert fault.value.code == "odd-provenance"


def test_a_column_or_a_table_that_is_gone_is_a_difference_unless_an_older_version_had_none(saved, lived, tmp_path):
    cells = saved.cells.drop(columns="founder")
    place = changed(saved, tmp_path / "column", cells=cells)
    found = verify(place)
    assert found.verdict == "different"
    assert any("cells: different from here on. stored lacks the column founder." in said for said in found.sentences())
    older = verify(changed(saved, tmp_path / "older", cells=cells, provenance=saved.provenance | {"code": "0.0.9+abc"}))
    assert older.verdict == "identical"
    assert any("stored lacks the column founder, which came later." in said for said in older.sentences())

    (place / "assays.parquet").unlink()
    content = run_directory.read_provenance(place)
    files = {name: entry for name, entry in content["files"].items() if name != "assays.parquet"}
    run_directory._sealed(content | {"files": files})(place / "provenance.json")
    assert "assays: different. stored lacks the table." in verify(place).sentences()


def test_files_that_are_not_made_again_are_named(saved, lived, copy):
    assert verify(saved.directory).not_checked == ()
    run_directory.add_file(copy, "report.html", lambda file: file.write_text("all is well"))
    found = verify(copy)
    assert (found.verdict, found.sentences()[-1]) == (
        "identical",
        "Not made again, and so not checked: report.html.",
    )


def test_too_little_memory_is_told_before_anything_is_lived(saved, monkeypatch, tmp_path):
    monkeypatch.setattr(memory, "available_bytes", lambda *_: 10**6)
    with pytest.raises(EnvironmentFault, match=r"of memory.*`neurogen capsule .*` makes one file of it") as fault:
        verify(saved.directory)
    assert fault.value.code == "memory"
    monkeypatch.undo()
    file = capsule(saved.directory, tmp_path / "a.zip")
    monkeypatch.setattr(memory, "available_bytes", lambda *_: 10**6)
    with pytest.raises(EnvironmentFault, match=r"of memory.*Verify this file on a machine with more"):
        verify(file)


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


def test_a_run_on_its_way_is_told_from_one_that_is_none(saved, tmp_path):
    with pytest.raises(UnfinishedError):
        run(saved.resolved, checkpoints=Checkpoints(tmp_path / "animal.unfinished", "1 d", stop=lambda: True))
    for refusing in (verify, capsule):
        for name in ("animal", "animal.unfinished"):
            with pytest.raises(InputError, match=r"This run is not finished.*resume\(.*\)` goes on") as fault:
                refusing(tmp_path / name)
            assert fault.value.code == "unfinished-run"

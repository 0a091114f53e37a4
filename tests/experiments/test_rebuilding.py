"""A ledger that lost a row, its end, or everything is written anew, and its plan goes on to the same tables."""

import shutil
import sqlite3
from pathlib import Path

import cheap
import pytest
from finished_runs import FEW, again, tables
from hypothesis import given, settings
from hypothesis import strategies as st

from neurogen_abm import InputError, IntegrityError, doctor
from neurogen_abm.errors import EnvironmentFault
from neurogen_abm.experiments.execution.runner import Execution, perform
from neurogen_abm.storage import ledger, rebuilding
from neurogen_abm.trust.findings import FAULT


def never(job):
    raise AssertionError("a run whose tables are whole was run again")


def _row_gone(file: Path) -> None:
    base = sqlite3.connect(file)
    base.execute("DELETE FROM runs WHERE job = (SELECT min(job) FROM runs)")
    base.commit()
    base.close()


def _row_changed(file: Path) -> None:
    base = sqlite3.connect(file)
    base.execute("UPDATE runs SET seed = seed + 1 WHERE job = (SELECT max(job) FROM runs)")
    base.commit()
    base.close()


HARM = {
    "torn tail": lambda file: file.write_bytes(file.read_bytes()[: -file.stat().st_size // 3]),
    "one byte short": lambda file: file.write_bytes(file.read_bytes()[:-1]),
    "deleted row": _row_gone,
    "changed row": _row_changed,
    "CRLF": lambda file: file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n")),
    "empty": lambda file: file.write_bytes(b""),
    "gone": lambda file: file.unlink(),
    "other bytes": lambda file: file.write_bytes(b"not a ledger" * 1000),
}


@pytest.mark.parametrize("name", sorted(HARM))
def test_a_harmed_ledger_is_noticed_and_rebuilt_to_the_same_tables(copy, peace, name):
    HARM[name](copy / ledger.FILE)
    harmed = (copy / ledger.FILE).read_bytes() if (copy / ledger.FILE).exists() else None
    found = doctor(copy)
    assert not found.healthy
    cure = next(finding.cure for finding in found.findings if finding.level == FAULT)
    assert "`rebuild_ledger=True` writes it" in cure
    assert not any("not in the ledger" in finding.what for finding in found.findings)  # nothing will be put aside
    assert not (copy / ledger.FILE).exists() or (copy / ledger.FILE).read_bytes() == harmed
    mended = doctor(copy, rebuild_ledger=True)
    assert mended.healthy, mended.table
    assert harmed is None or (copy / f"{ledger.FILE}.old1").read_bytes() == harmed
    outcome = again(copy, never)
    assert tables(outcome) == peace
    assert sorted(outcome.runs["seed"]) == list(range(1, FEW + 1))
    assert all(row.digest and row.point for row in rebuilding.read(copy).rows.values())
    assert doctor(copy).healthy


@pytest.mark.parametrize("name", ["deleted row", "empty", "gone"])
def test_a_driver_refuses_a_ledger_that_lost_runs_and_says_the_cure(copy, name):
    HARM[name](copy / ledger.FILE)
    with pytest.raises(IntegrityError, match=r'`doctor\(".*", rebuild_ledger=True\)` writes it anew'):
        again(copy)
    assert not (copy / "orphans").exists()


@settings(max_examples=25)
@given(data=st.data())
def test_whatever_is_flipped_in_it_the_final_tables_are_the_same(finished, peace, tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("flipped") / "copy"
    shutil.copytree(finished, folder)
    content = bytearray((folder / ledger.FILE).read_bytes())
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=20)):
        content[place] ^= 1 << data.draw(st.integers(0, 7))
    (folder / ledger.FILE).write_bytes(bytes(content))
    rebuilding.rebuild(folder)
    assert tables(again(folder)) == peace
    shutil.rmtree(folder)


def test_a_batch_that_lacks_a_table_is_not_taken_for_whole(copy, peace):
    (copy / ledger.FILE).write_bytes(b"")
    lost = sorted((copy / "results" / "assays").iterdir())[-1]
    lost.unlink()
    found = rebuilding.rebuild(copy)
    assert (found.kept, found.found, len(found.left_out)) == (0, 5, 1)
    assert tables(again(copy)) == peace


def test_a_damaged_table_is_left_out_and_its_runs_alone_are_run_again(copy, peace):
    (copy / ledger.FILE).unlink()
    file = sorted((copy / "results" / "series").iterdir())[0]
    file.write_bytes(file.read_bytes()[:-1])
    found = rebuilding.rebuild(copy)
    assert found.found == 3
    assert file.relative_to(copy).as_posix() in found.left_out
    ran = []
    outcome = again(copy, lambda job: ran.append(job.key) or cheap.draws(job))
    assert (len(ran), tables(outcome)) == (5, peace)


def test_runs_that_failed_and_their_reasons_stay(tmp_path):
    perform(cheap.jobs(FEW), Execution(tmp_path / "a", workers=0), work=cheap.one_in_five_fails)
    before = rebuilding.read(tmp_path / "a").rows
    rebuilding.rebuild(tmp_path / "a")
    assert rebuilding.read(tmp_path / "a").rows == before


def test_nothing_is_rebuilt_where_a_driver_works_or_nothing_is(copy, tmp_path):
    with ledger.locked(copy):
        assert rebuilding.is_worked_on(copy)
        with pytest.raises(EnvironmentFault, match="Another driver works"):
            rebuilding.rebuild(copy)
        told = doctor(copy)
    assert any("A driver works here" in finding.what for finding in told.findings)
    assert not rebuilding.is_worked_on(copy)
    theirs = tmp_path / "theirs" / "results" / "figures"
    theirs.mkdir(parents=True)
    (theirs / "fig-1.png").touch()
    with pytest.raises(InputError, match="neither a ledger here nor results"):
        doctor(tmp_path / "theirs", rebuild_ledger=True)
    with pytest.raises(InputError, match="holds other things"):  # and not: a ledger that is gone
        again(tmp_path / "theirs")
    assert [place.name for place in (tmp_path / "theirs").iterdir()] == ["results"]
    with pytest.raises(InputError, match="One directory is rebuilt at a time"):
        doctor(copy, copy, rebuild_ledger=True)

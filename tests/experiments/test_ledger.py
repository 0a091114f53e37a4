"""What is stored is whole or refused: locks, damage, full disks, other people's directories, other versions."""

import errno
import itertools
import os
import random
import resource
import shutil
import sqlite3
import threading
from pathlib import Path

import cheap
import pytest
from finished_runs import again, tables
from power import failing

from neurogen_abm.errors import EnvironmentFault, InputError, IntegrityError
from neurogen_abm.experiments.execution import runs, workers
from neurogen_abm.experiments.execution.runner import Execution, perform
from neurogen_abm.storage import ledger


def shards(folder: Path) -> list[Path]:
    return sorted((folder / "results").rglob("*.parquet"))


def test_results_are_few_files_named_by_their_content(finished):
    found = [file.relative_to(finished / "results").as_posix() for file in shards(finished)]
    assert [name.split("-")[0] for name in found] == [
        "assays/000001",
        "assays/000002",
        "series/000001",
        "series/000002",
    ]
    assert sorted(entry.name for entry in finished.iterdir()) == ["driver.lock", "ledger.sqlite", "results"]


def test_a_row_says_who_ran_what_and_how_long(finished):
    base = sqlite3.connect(finished / "ledger.sqlite")
    row = base.execute(
        "SELECT point, seed, digest, state, attempts, seconds, worker, error FROM runs LIMIT 1"
    ).fetchone()
    base.close()
    point, seed, digest, state, attempts, seconds, worker, error = row
    assert point == f'{{"part": {seed % 3}}}'
    assert len(digest) == 64
    assert (state, attempts, error) == ("done", 1, None)
    assert seconds >= 0
    assert worker.endswith(f":{os.getpid()}")


def test_of_many_drivers_one_works_and_the_others_say_who_it_is(tmp_path):
    told: list[object] = []

    def drive():
        try:
            told.append(again(tmp_path, work=cheap.slow_draws))
        except EnvironmentFault as fault:
            told.append(fault)

    drivers = [threading.Thread(target=drive) for _ in range(6)]
    for driver in drivers:
        driver.start()
    for driver in drivers:
        driver.join()
    refusals = [fault for fault in told if isinstance(fault, EnvironmentFault)]
    assert len(told) == 6
    assert refusals
    assert {fault.code for fault in refusals} == {"busy"}
    assert any(f"process {os.getpid()} on " in str(fault) or "just started" in str(fault) for fault in refusals)
    assert again(tmp_path).complete


def test_a_lock_left_by_the_dead_does_not_count(copy, peace):
    (copy / "driver.lock").write_text("process 1 on elsewhere since 1970-01-01")
    assert tables(again(copy)) == peace


def test_a_flipped_bit_in_results_is_noticed_wherever_it_is(copy):
    variates = random.Random(5)
    for _ in range(40):
        file = variates.choice(shards(copy))
        content = file.read_bytes()
        place = variates.randrange(len(content))
        file.write_bytes(content[:place] + bytes([content[place] ^ 1 << variates.randrange(8)]) + content[place + 1 :])
        with pytest.raises(IntegrityError, match=r"Move the file away") as damage:
            again(copy)
        assert damage.value.exit_code == 4
        assert file.name in damage.value.where
        file.write_bytes(content)


def test_a_flipped_bit_in_the_ledger_is_noticed_or_harmless(copy, peace):
    variates, noticed = random.Random(9), 0
    content = (copy / "ledger.sqlite").read_bytes()
    for _ in range(40):
        place = variates.randrange(len(content))
        broken = content[:place] + bytes([content[place] ^ 1 << variates.randrange(8)]) + content[place + 1 :]
        (copy / "ledger.sqlite").write_bytes(broken)
        try:
            assert tables(again(copy, work=cheap.kills_its_worker)) == peace
        except IntegrityError as damage:
            noticed += damage.exit_code == 4
    assert noticed > 3


def test_a_ledger_edited_by_hand_is_refused(copy):
    base = sqlite3.connect(copy / "ledger.sqlite")
    base.execute("UPDATE runs SET seed = seed + 1 WHERE seed = 3")
    base.commit()
    base.close()
    with pytest.raises(IntegrityError, match="ledger is damaged"):
        again(copy)


@pytest.mark.parametrize("content", [b"not a database at all, but long enough to look at" * 40, b"SQLite format 3\x00"])
def test_a_ledger_that_is_something_else_is_damage(copy, content):
    (copy / "ledger.sqlite").write_bytes(content)
    with pytest.raises(IntegrityError):
        again(copy)


@pytest.mark.parametrize("said", ["[" * 100_000, "5", "x", '{"code": ' * 5000])
@pytest.mark.parametrize("column", ["point", "error"])
def test_a_sealed_row_of_nonsense_is_damage(copy, column, said):
    """Whoever can write the ledger can seal it, too."""
    base = sqlite3.connect(copy / "ledger.sqlite")
    names = ledger.Row._fields
    row = list(base.execute(f"SELECT {', '.join(names)} FROM runs").fetchone())
    row[names.index(column)] = said
    base.execute(f"UPDATE runs SET {column} = ?, seal = ? WHERE job = ?", (said, ledger._seal(row), row[0]))
    base.commit()
    base.close()
    with pytest.raises(IntegrityError, match="The ledger is damaged"):
        again(copy)


def test_runs_of_a_file_moved_away_are_run_again_and_no_others(copy, peace):
    file = shards(copy)[0]
    assert file.name.startswith("000001")
    file.unlink()
    told = []
    outcome = again(copy, progress=told.append)
    assert told[0].found == 3
    assert tables(outcome) == peace
    # The other table of that batch is no longer spoken of; it is kept aside.
    assert [entry.name.split("-")[:2] for entry in (copy / "orphans").iterdir()] == [["series", "000001"]]


def test_a_file_nobody_knows_is_kept_aside_and_half_a_file_is_swept(copy, peace):
    series = copy / "results" / "series"
    shutil.copy(shards(copy)[-1], series / "000009-0123456789abcdef.parquet")
    (series / ".000003.partial").write_bytes(b"half")
    assert tables(again(copy)) == peace
    assert (copy / "orphans" / "series-000009-0123456789abcdef.parquet").exists()
    assert not (series / ".000003.partial").exists()


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
@pytest.mark.parametrize("nth", range(1, 8))
def test_whichever_write_fails_nothing_is_lost_and_it_goes_on(tmp_path, monkeypatch, peace, nth, code):
    monkeypatch.setattr(runs, "_FIRST_WAIT_S", 0.0)
    with monkeypatch.context() as patch:
        failing(patch, "fsync", nth, code)
        with pytest.raises(EnvironmentFault, match="start again: what is finished is kept") as refusal:
            again(tmp_path)
    assert refusal.value.code == ("disk-full" if code == errno.ENOSPC else "unwritable")
    assert tables(again(tmp_path)) == peace


def test_wherever_a_file_cannot_grow_nothing_is_lost_and_it_goes_on(tmp_path, monkeypatch, peace):
    """SQLite writes beside Python: of its ledger, its journal, and the tables, each half page in turn is refused."""
    monkeypatch.setattr(runs, "_FIRST_WAIT_S", 0.0)
    usual, faults = resource.getrlimit(resource.RLIMIT_FSIZE), list[EnvironmentFault]()

    def lived(folder: Path, most_bytes: int) -> bool:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, usual[1]))
        try:
            return again(folder).complete
        except EnvironmentFault as fault:
            faults.append(fault)
            return False
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, usual)

    for n in itertools.count(1):
        complete = lived(tmp_path / str(n), n * 2048)
        assert tables(again(tmp_path / str(n))) == peace
        if complete:
            break
    assert len(faults) == n - 1 > 5
    assert n * 2048 >= (tmp_path / str(n) / ledger.FILE).stat().st_size
    assert all(fault.exit_code == 3 and "start again: what is finished is kept" in fault.cure for fault in faults)


def test_a_ledger_without_room_says_so(tmp_path, monkeypatch, peace):
    real = ledger.Ledger.__init__

    def small(self, *arguments):
        real(self, *arguments)
        self._base.execute("PRAGMA max_page_count = 8")

    with monkeypatch.context() as patch:
        patch.setattr(ledger.Ledger, "__init__", small)
        with pytest.raises(EnvironmentFault, match="disk is full"):
            perform(cheap.jobs(200), Execution(tmp_path, workers=0), work=cheap.draws)
    assert tables(again(tmp_path)) == peace


def test_a_directory_of_another_sweep_is_refused(copy):
    perform(cheap.jobs(1), Execution(copy.parent / "other", workers=0), work=cheap.draws, title="sweep one")
    with pytest.raises(
        InputError, match=r'holds the runs of "sweep one", not of "sweep two".*another place'
    ) as refusal:
        perform(cheap.jobs(1), Execution(copy.parent / "other", workers=0), work=cheap.draws, title="sweep two")
    assert refusal.value.code == "other-sweep"


def test_a_directory_of_other_things_is_left_alone(tmp_path):
    (tmp_path / "thesis.tex").write_text("three years")
    with pytest.raises(InputError, match="holds other things"):
        again(tmp_path)
    assert (tmp_path / "thesis.tex").read_text() == "three years"
    assert not (tmp_path / "ledger.sqlite").exists()


def test_a_ledger_of_a_later_version_is_refused(copy, monkeypatch):
    monkeypatch.setattr(ledger, "FORMAT", 0)
    with pytest.raises(InputError, match="has format 1; this version of neurogen_abm reads format 0"):
        again(copy)


def test_a_worker_of_another_version_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(workers, "software", lambda: "0.0.9+0123456789ab")
    with pytest.raises(EnvironmentFault, match=r"A worker on .* runs neurogen_abm 0\.1\.0\+.*, the driver 0\.0\.9"):
        perform(cheap.jobs(4), Execution(tmp_path, workers=1), work=cheap.draws)

"""Whenever the power goes, a directory is whole or not there, and what a command said was done is done."""

import random
import shutil
import sqlite3
from pathlib import Path

import cheap
import pytest
from power import Disk, recorded

from neurogen_abm.experiments.execution import runs
from neurogen_abm.experiments.execution.runner import Execution, Purpose, perform
from neurogen_abm.storage import atomic, dataset, ledger, run_directory

FILES = {name: lambda path: path.write_text("x" * 2000) for name in ("scenario.yaml", "series.parquet")}


@pytest.fixture
def root(tmp_path) -> Path:
    place = tmp_path / "disk"
    place.mkdir()
    return place


def cuts(disk: Disk, place: Path, n: int, *, at_the_end: bool, seed: int = 1):
    """Yield what cuts leave: of the last state, or of states on the way, with the number of steps until then."""
    luck = random.Random(seed)
    for _ in range(n):
        step = len(disk.states) - 1 if at_the_end else luck.randrange(len(disk.states))
        yield step, disk.states[step].left_by_a_cut(luck, place)
        shutil.rmtree(place)


def whole(folder: Path) -> int:
    """Return the seed of a run directory whose every file is what was written."""
    provenance = run_directory.read_provenance(folder)
    for name in provenance["files"]:
        run_directory.checked(folder, name, provenance)
    return provenance["seed"]


def test_a_run_in_new_folders_survives_a_cut_after_its_end(root, tmp_path):
    with recorded(root) as disk:
        run_directory.write_directory(root / "a" / "b" / "one", FILES, {"seed": 7})
    assert len(disk.states) > 10
    for _, left in cuts(disk, tmp_path / "left", 60, at_the_end=True):
        assert whole(left / "a" / "b" / "one") == 7
    for _, left in cuts(disk, tmp_path / "left", 60, at_the_end=False):
        assert not (left / "a" / "b" / "one").exists() or whole(left / "a" / "b" / "one") == 7


def test_a_run_that_is_replaced_is_the_old_or_the_new_one(root, tmp_path):
    run_directory.write_directory(root / "one", FILES, {"seed": 1})
    (root / "one" / "my notes.txt").write_text("three years")
    with recorded(root) as disk:
        run_directory.write_directory(root / "one", FILES, {"seed": 2}, force=True)
        run_directory.add_file(root / "one", "report.html", lambda path: path.write_text("<p>"))
    for _, left in cuts(disk, tmp_path / "left", 50, at_the_end=True):
        assert whole(left / "one") == 2
        assert (left / "one" / "report.html").exists()
        assert (left / "one" / "my notes.txt").read_text() == "three years"
    for _, left in cuts(disk, tmp_path / "left", 80, at_the_end=False):
        assert run_directory.read_provenance(left / "one")["seed"] in (1, 2)
        assert (left / "one" / "my notes.txt").read_text() == "three years"


def known(folder: Path) -> int:
    """Return how many runs a ledger calls done, each of whose files is there and is what was written."""
    file = folder / "ledger.sqlite"
    if not file.exists() or not file.stat().st_size:
        return 0
    base = sqlite3.connect(file)
    try:
        tables = {name for (name,) in base.execute("SELECT name FROM sqlite_master")}
        if "runs" not in tables:
            return 0
        for row in base.execute("SELECT name, bytes, sha256 FROM files"):
            dataset.check(folder, ledger.File(*row))
        held = {int(Path(name).name.split("-")[0]) for (name,) in base.execute("SELECT name FROM files")}
        done = base.execute("SELECT shard FROM runs WHERE state = 'done'").fetchall()
        assert {int(shard) for (shard,) in done} <= held
        return len(done)
    finally:
        base.close()


def recorded_sweep(root: Path, n: int) -> tuple[Disk, list[int]]:
    """Return what was written while runs were made one by one, and the step from which each was said to be finished."""
    told, commit = list[int](), ledger.Ledger.commit
    with pytest.MonkeyPatch.context() as patch, recorded(root) as disk:

        def noted(self, rows, files):
            commit(self, rows, files)
            told.extend(len(disk.states) for _ in rows)

        patch.setattr(runs, "_FIRST_WAIT_S", 0.0)
        patch.setattr(ledger.Ledger, "commit", noted)
        perform(cheap.jobs(n), Execution(root / "runs" / "sweep", workers=0), work=cheap.draws)
        atomic.write_text(root / "runs" / "sweep" / "runs.csv", "job\n")
    assert len(told) == n
    return disk, told


def forgotten(disk: Disk, told: list[int], place: Path, n: int) -> int:
    """Return after how many of ``n`` cuts on the way a run is missing that was said to be finished."""
    return sum(
        known(left / "runs" / "sweep") < sum(end <= step + 1 for end in told)
        for step, left in cuts(disk, place, n, at_the_end=False)
    )


def test_a_finished_run_is_never_forgotten(root, tmp_path):
    disk, told = recorded_sweep(root, 4)
    for _, left in cuts(disk, tmp_path / "left", 40, at_the_end=True):
        assert known(left / "runs" / "sweep") == 4
        assert (left / "runs" / "sweep" / "runs.csv").read_text() == "job\n"
    assert forgotten(disk, told, tmp_path / "left", 100) == 0


def test_a_plan_that_changes_loses_no_run_on_the_way(root, tmp_path):
    def draw(n: int, folder: Path, work=cheap.draws):
        return perform(cheap.jobs(n), Execution(folder, workers=0), work=work, purpose=Purpose.ALONE)

    peace = draw(5, root / "sweep").table("series").to_parquet()
    with recorded(root) as disk:
        draw(2, root / "sweep")
        draw(5, root / "sweep")
    assert len(disk.states) > 10
    for _, left in cuts(disk, tmp_path / "left", 15, at_the_end=False):
        assert draw(5, left / "sweep", cheap.kills_its_worker).table("series").to_parquet() == peace


def test_the_replay_finds_a_ledger_that_waits_too_little(root, tmp_path, monkeypatch):
    """The check itself: where the end of the journal is not waited for, a cut undoes what was said to be done."""
    opened = ledger.Ledger.__init__

    def lax(self, *arguments):
        opened(self, *arguments)
        self._base.execute("PRAGMA synchronous = FULL")

    monkeypatch.setattr(ledger.Ledger, "__init__", lax)
    assert forgotten(*recorded_sweep(root, 4), tmp_path / "left", 60) > 0


def test_the_ledger_waits_until_the_journal_is_gone(tmp_path):
    opened = ledger.Ledger(tmp_path, "")
    try:
        assert opened._base.execute("PRAGMA synchronous").fetchone() == (3,)  # EXTRA
        assert opened._base.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    finally:
        opened.close()

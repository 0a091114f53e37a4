"""Whenever the power goes, a directory is whole or not there, and what a command said was done is done."""

import random
import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import cheap
import pytest
from power import Disk, Replay, recorded

from neurogen_abm.experiments.execution import runs
from neurogen_abm.experiments.execution.runner import Execution, Purpose, perform
from neurogen_abm.storage import atomic, dataset, ledger, run_directory

NAMES = ("scenario.yaml", "series.parquet", "cells.parquet", "map.parquet", "assays.parquet", "recordings/wheel.csv")
FILES = {name: partial(Path.write_bytes, data=random.Random(name).randbytes(6_000)) for name in NAMES}


@pytest.fixture
def root(tmp_path) -> Path:
    place = tmp_path / "disk"
    place.mkdir()
    return place


def whole(folder: Path, but: str = "") -> int:
    """Return the seed of a run directory whose every file is what was written; of one, ``but``, nothing is asked."""
    provenance = run_directory.read_provenance(folder)
    for name in provenance["files"]:
        if name != but:
            run_directory.checked(folder, name, provenance)
    return provenance["seed"]


# Each records how something is written, and returns a look at what a cut has left of it. A look returns how much of it
# is there, as a number that may only grow with the steps, and finds whatever is torn.


def a_new_run(root: Path) -> tuple[Disk, Callable[[Path], int]]:
    with recorded(root) as disk:
        run_directory.write_directory(root / "a" / "b" / "one", FILES, {"seed": 7})
    return disk, lambda left: whole(left / "a" / "b" / "one") if (left / "a" / "b" / "one").exists() else 0


def a_run_in_place_of_another(root: Path) -> tuple[Disk, Callable[[Path], int]]:
    run_directory.write_directory(root / "one", FILES, {"seed": 1})
    (root / "one" / "my notes.txt").write_text("three years")
    with recorded(root) as disk:
        run_directory.write_directory(root / "one", FILES, {"seed": 2}, force=True)

    def look(left: Path) -> int:
        assert (left / "one" / "my notes.txt").read_text() == "three years"
        return whole(left / "one")

    return disk, look


def a_report(root: Path) -> tuple[Disk, Callable[[Path], int]]:
    """Written, and written again; the run itself is whole throughout, and a page is one of the two."""
    pages = "<p>one" * 500, "<p>two" * 1000
    run_directory.write_directory(root / "one", FILES, {"seed": 1})
    with recorded(root) as disk:
        for page in pages:
            run_directory.add_file(root / "one", "report.html", partial(Path.write_text, data=page))

    def look(left: Path) -> int:
        assert whole(left / "one", but="report.html") == 1
        place = left / "one" / "report.html"
        return 1 + pages.index(place.read_text()) if place.exists() else 0

    return disk, look


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


def a_sweep(root: Path) -> tuple[Disk, Callable[[Path], int]]:
    return recorded_sweep(root, 12)[0], lambda left: known(left / "runs" / "sweep")


# By its writer: what is there after all steps, and how many steps are taken before anything must be.
WRITERS = {a_new_run: 7, a_run_in_place_of_another: 2, a_report: 2, a_sweep: 12}


def replayed(writer: Callable[[Path], Any], root: Path, place: Path, n: int, seed: int) -> Replay:
    """Replay ``n`` cuts on the way and a third as many at the end: nothing is torn, and at the end all is there."""
    disk, look = writer(root)
    assert len(disk.states) > 5
    replay = Replay(disk, place, look)
    assert {found for _, found in replay.cuts(n // 3, at_the_end=True, seed=seed)} == {WRITERS[writer]}
    assert max(found for _, found in replay.cuts(n, seed=seed)) == WRITERS[writer]
    return replay


@pytest.mark.parametrize("writer", [a_new_run, a_run_in_place_of_another, a_report])
def test_whenever_the_power_goes_what_is_there_is_whole_and_what_was_said_is_there(root, tmp_path, writer):
    replayed(writer, root, tmp_path / "left", 80, 1)


@pytest.mark.slow
@pytest.mark.parametrize("writer", WRITERS)
def test_twenty_thousand_cuts_tear_nothing_and_lose_nothing(root, tmp_path, writer):
    """Of each writer, a quarter of them after its end; as many of checkpoints are in `tests/test_resume.py`."""
    replayed(writer, root, tmp_path / "left", 15_000, 2)


def forgotten(disk: Disk, told: list[int], place: Path, n: int) -> int:
    """Return after how many of ``n`` cuts on the way a run is missing that was said to be finished."""
    replay = Replay(disk, place, lambda left: known(left / "runs" / "sweep"))
    return sum(found < sum(end <= step for end in told) for step, found in replay.cuts(n))


def test_a_finished_run_is_never_forgotten(root, tmp_path):
    disk, told = recorded_sweep(root, 4)
    assert forgotten(disk, told, tmp_path / "left", 120) == 0
    runs_left = Replay(disk, tmp_path / "left", lambda left: known(left / "runs" / "sweep"))
    assert {n for _, n in runs_left.cuts(40, at_the_end=True)} == {4}
    pages = Replay(disk, tmp_path / "left", lambda left: (left / "runs" / "sweep" / "runs.csv").read_text())
    assert {text for _, text in pages.cuts(20, at_the_end=True)} == {"job\n"}


def test_a_plan_that_changes_loses_no_run_on_the_way(root, tmp_path):
    def draw(n: int, folder: Path, work=cheap.draws):
        return perform(cheap.jobs(n), Execution(folder, workers=0), work=work, purpose=Purpose.ALONE)

    peace = draw(5, root / "sweep").table("series").to_parquet()
    with recorded(root) as disk:
        draw(2, root / "sweep")
        draw(5, root / "sweep")
    assert len(disk.states) > 10

    def look(left: Path) -> bytes:
        return draw(5, left / "sweep", cheap.kills_its_worker).table("series").to_parquet()

    assert {found for _, found in Replay(disk, tmp_path / "left", look).cuts(15)} == {peace}


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

"""What a killed process leaves is removed by the next one, and nothing else is."""

import doctest
import subprocess
import sys
import tempfile

import pytest

from neurogen_abm import scratch
from neurogen_abm.storage import atomic

KILLED = """
import os, signal
from pathlib import Path
from neurogen_abm import scratch
from neurogen_abm.storage import atomic
(scratch.own_folder() / "runs").write_text("half")
with atomic.partial(Path("out")) as aside:
    aside.mkdir()
    (aside / "series.parquet").write_text("half")
    {ending}
"""


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """Return a folder that has the temporary files of this process and of those that it starts."""
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tmp").mkdir()
    return tmp_path / "tmp"


def left(temporary):
    return [path.name for folder in (temporary, temporary.parent) for path in folder.iterdir() if path != temporary]


def process(ending):
    return subprocess.run([sys.executable, "-c", KILLED.format(ending=ending)], check=False, timeout=60).returncode


def test_what_a_killed_process_leaves_is_removed_by_the_next(temporary):
    assert process("os.kill(os.getpid(), signal.SIGKILL)") == -9
    assert len(left(temporary)) == 2
    (temporary / "neurogen-notes").write_text("somebody's own")
    (temporary.parent / ".out.backup.partial").write_text("somebody's own")
    with atomic.partial(temporary.parent / "out"):
        pass
    folder = scratch.own_folder()
    assert set(left(temporary)) == {folder.name, "neurogen-notes", ".out.backup.partial"}


def test_a_process_that_ends_leaves_nothing(temporary):
    assert process("pass") == 0
    assert left(temporary) == []


def test_what_a_living_process_writes_stays(temporary):
    with atomic.partial(temporary.parent / "out") as aside:
        aside.mkdir()
        with atomic.partial(temporary.parent / "out"):
            assert aside.is_dir()


def test_what_another_machine_writes_stays(temporary, monkeypatch):
    with monkeypatch.context() as there:
        there.setattr(scratch, "_HOST", "elsewhere")
        other = temporary / f"neurogen-{scratch.mark()}"
    other.mkdir()
    scratch.clear_abandoned(temporary, "neurogen-")
    assert other.is_dir()


def test_examples():
    assert doctest.testmod(scratch).failed == 0

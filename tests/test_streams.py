"""The command begins where output is closed, full or no longer read, and where names are no text."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from neurogen_abm.cli import main
from neurogen_abm.commands.streams import require_names_that_are_text
from neurogen_abm.errors import InputError

ROOT = Path(__file__).parent.parent
FULL = Path("/dev/full")
PRINTING = """
from neurogen_abm.commands.streams import prepare_streams
import pathlib, sys
prepare_streams()
for n in range(20_000):
    print("line", n, file=sys.{stream})
    sys.{stream}.flush()
pathlib.Path("after").touch()
"""


def in_shell(words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    line = words.replace("python", f"'{sys.executable}'")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(["sh", "-c", line], cwd=folder, env=environment, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize(
    ("stream", "printed"),
    [
        ("stdout", "| head -1"),
        ("stderr", "2>&1 >/dev/null | head -1"),
        ("stdout", ">&-"),
        ("stderr", "2>&-"),
        pytest.param("stderr", "2>/dev/full", marks=pytest.mark.skipif(not FULL.exists(), reason="Linux has it")),
    ],
)
def test_what_is_done_goes_on_when_nobody_reads_what_is_printed(stream, printed, tmp_path):
    (tmp_path / "a.py").write_text(PRINTING.format(stream=stream))
    said = in_shell(f"(python a.py; echo $? >code) {printed}", tmp_path)
    assert (tmp_path / "after").exists(), said.stderr
    assert (tmp_path / "code").read_text() == "0\n"
    assert said.stdout == ("line 0\n" if "head" in printed else "")


@pytest.mark.skipif(not FULL.exists(), reason="Linux has it")
def test_a_full_disk_behind_the_output_is_told_in_a_sentence():
    said = in_shell("python -m neurogen_abm schema >/dev/full", Path.cwd())
    assert said.returncode == 3
    assert said.stderr.startswith("neurogen: What is printed cannot be written where it goes: No space left")
    assert said.stderr.count("\n") == 1


def test_names_that_are_no_text_are_refused_before_anything_is_done(tmp_path, monkeypatch, capsys):
    with pytest.raises(SystemExit) as left:
        main(["run", "mouse_sedentary", "--out", os.fsdecode(b"M\xe4use")])
    assert left.value.code == 2
    told = capsys.readouterr().err
    assert told.startswith(r"neurogen: M\xe4use: This name is not written in utf-8, in which names are read here.")
    folder = tmp_path / os.fsdecode(b"M\xe4use")
    try:
        folder.mkdir()
    except OSError:
        pytest.skip("This system keeps no such names.")
    monkeypatch.chdir(folder)
    with pytest.raises(InputError, match=r"M\\xe4use: This name is not written"):
        require_names_that_are_text(["run"])
    monkeypatch.chdir(tmp_path)
    require_names_that_are_text(["run", "mein Käfig"])

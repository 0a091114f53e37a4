"""The files of a run are the same to the byte whatever surrounds it: threads, language, time zone, hashes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

# A recording with local times, all outputs, labels and assays, feedback: whatever might look at its surroundings.
PATCH = {"septotemporal": "300 um", "transverse": "200 um"}
ASKED = {
    "tissue": PATCH,
    "duration": "2 d",
    "outputs": {"fields": True},
    "labels": [{"agent": "BrdU", "dose": "100 mg/kg", "at": "6 h"}],
    "assays": [{"name": "labelled", "count": "BrdU+", "at": ["1 d", "2 d"]}],
}
LIVE = """
import json, locale, sys
import numba
from neurogen_abm import run
from neurogen_abm.engine import timers
from neurogen_abm.storage.run_directory import read_provenance
locale.setlocale(locale.LC_ALL, "")
timers.PARALLEL_FROM = 0  # so that a patch is shared among threads too
result = run("mouse_wheel_running", overrides=json.loads(sys.argv[1]))
files = read_provenance(result.save(sys.argv[2]).directory)["files"]
print(json.dumps([numba.get_num_threads(), {name: entry["sha256"] for name, entry in files.items()}]))
"""


def other_locale() -> str:
    """Return a language of this machine that writes numbers with a comma; plain ASCII where there is none."""
    known = subprocess.run(["locale", "-a"], capture_output=True, text=True).stdout.split()
    return next((name for name in known if name.startswith(("de_", "fr_", "tr_", "es_"))), "C")


SURROUNDINGS = {
    "one thread": {"NUMBA_NUM_THREADS": "1"},
    "two threads": {"NUMBA_NUM_THREADS": "2"},
    "four threads": {"NUMBA_NUM_THREADS": "4"},
    "another language": {"LC_ALL": other_locale(), "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
    "another time zone": {"TZ": "Pacific/Chatham"},  # 12:45 h ahead, with summer time
    "another hash seed": {"PYTHONHASHSEED": "4242"},
}


def digests(folder: Path, surroundings: dict[str, str]) -> tuple[int, dict[str, str]]:
    """Return the threads and the SHA-256 of every file of a run in a process of its own."""
    usual = {"PYTHONHASHSEED": "0", "TZ": "UTC", "LC_ALL": "C.UTF-8", "NUMBA_NUM_THREADS": "1"}
    command = [sys.executable, "-c", LIVE, json.dumps(ASKED), str(folder / "run")]
    done = subprocess.run(command, env=os.environ | usual | surroundings, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    threads, found = json.loads(done.stdout)
    assert {"series.parquet", "cells.parquet", "assays.parquet"} <= found.keys()
    return threads, found


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return digests(tmp_path_factory.mktemp("usual"), {})[1]


def test_all_surroundings_at_once_change_no_byte(tmp_path, usual):
    """One process with another language, time zone, hash seed and four threads."""
    together = {name: value for changes in SURROUNDINGS.values() for name, value in changes.items()}
    threads, found = digests(tmp_path, together)
    assert threads == 4
    assert found == usual


@pytest.mark.slow
@pytest.mark.parametrize("name", SURROUNDINGS)
def test_no_surroundings_change_a_byte(tmp_path, usual, name):
    """Each by itself, so that a failure of the test above says of what."""
    assert digests(tmp_path, SURROUNDINGS[name])[1] == usual

"""The memory that may be used is the least of what machine, container and shell allow."""

import subprocess
import sys
from pathlib import Path

import pytest

from neurogen_abm import memory
from neurogen_abm.commands import exit_codes
from neurogen_abm.errors import EnvironmentFault
from neurogen_abm.kept import MOST_BYTES
from neurogen_abm.run import prepare
from neurogen_abm.state import flat

GIB = 1024**3


def machine(root: Path, files: dict[str, str]) -> Path:
    """Lay out the files of the kernel under another root."""
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content)
    return root


MEMINFO = {"proc/meminfo": f"MemTotal: {32 * 1024**2} kB\nMemAvailable: {16 * 1024**2} kB\n"}


def test_the_machine_alone(tmp_path):
    assert memory.available_bytes(machine(tmp_path, MEMINFO)) == 16 * GIB


def test_a_container_with_less_is_honoured_and_its_page_cache_counts_as_free(tmp_path):
    root = machine(
        tmp_path,
        MEMINFO
        | {
            "proc/self/cgroup": "0::/user.slice/job\n",
            "sys/fs/cgroup/user.slice/job/memory.max": "max\n",
            "sys/fs/cgroup/user.slice/job/memory.current": f"{GIB}\n",
            "sys/fs/cgroup/user.slice/memory.max": f"{4 * GIB}\n",
            "sys/fs/cgroup/user.slice/memory.current": f"{3 * GIB}\n",
            "sys/fs/cgroup/user.slice/memory.stat": f"anon {GIB}\ninactive_file {GIB}\n",
        },
    )
    assert memory.available_bytes(root) == 2 * GIB


def test_the_older_control_groups_and_their_way_to_say_unlimited(tmp_path):
    files = MEMINFO | {
        "proc/self/cgroup": "5:cpu:/\n4:memory:/docker/abc\n",
        "sys/fs/cgroup/memory/memory.limit_in_bytes": f"{GIB}\n",
        "sys/fs/cgroup/memory/memory.usage_in_bytes": f"{GIB // 4}\n",
    }
    assert memory.available_bytes(machine(tmp_path, files)) == 3 * GIB // 4
    files["sys/fs/cgroup/memory/memory.limit_in_bytes"] = "9223372036854771712\n"
    assert memory.available_bytes(machine(tmp_path, files)) == 16 * GIB


def test_a_system_that_does_not_say_refuses_nothing(tmp_path):
    assert memory.available_bytes(tmp_path) is None
    memory.require(10, "", available=GIB)


def test_a_run_too_large_is_refused_with_both_figures_and_the_cure():
    words = r"about 2\.0 GiB .* only 1\.0 GiB is available\. Simulate a patch\."
    with pytest.raises(EnvironmentFault, match=words) as no:
        memory.require(2 * GIB, "Simulate a patch.", available=GIB)
    assert no.value.exit_code == 3
    assert no.value.code == "memory"


@pytest.mark.parametrize(
    ("size", "words"), [(0, "0 B"), (512 * 1024**2, "512 MiB"), (3 * GIB // 2, "1.5 GiB"), (5000 * GIB, "4.88 TiB")]
)
def test_sizes_are_written_for_people(size, words):
    assert memory.readable(size) == words


def test_a_process_that_runs_many_keeps_the_lives_before_their_runs():
    """Twins of one past share it, others add theirs, and no more is kept than the place for it holds."""
    resolved = prepare("mouse_sedentary")
    one, twins, others, many = (memory.OfAProcess() for _ in range(4))
    assert one.bytes == 0
    one.add("a", resolved)
    for _ in range(5):
        twins.add("a", resolved)
    for past in "abc":
        others.add(past, resolved)
    for past in range(1000):
        many.add(past, resolved)
    kept = one.bytes - memory.predicted_bytes(resolved)
    assert 5e6 < kept < 15e6
    assert twins.bytes == one.bytes
    assert others.bytes == pytest.approx(one.bytes + 2 * kept, abs=2)
    assert many.bytes == memory.predicted_bytes(resolved) + MOST_BYTES


def test_what_is_kept_of_a_past_is_as_large_as_is_said(lived):
    """A patch at the end of its history and 4 d later: 57 bytes for each cell that there ever was."""
    model = lived()
    arrays, _ = flat(model.world.as_state()["population"])
    rows = len(arrays["ended/id"]) + len(arrays["cells/id"])
    assert sum(column.nbytes for column in arrays.values()) == pytest.approx(57 * rows, rel=0.15)
    ever = memory._founders(model.spec) * memory._ever(memory._history_h(model.spec) + 4 * 24)
    assert ever == pytest.approx(rows, rel=0.35)


def test_a_command_within_too_small_a_limit_of_the_shell_says_so_and_does_not_hang():
    """Some libraries wait for memory for ever when they are loaded: nothing may be loaded then."""
    line = f"ulimit -v 600000; exec '{sys.executable}' -m neurogen_abm doctor"
    told = subprocess.run(["/bin/sh", "-c", line], capture_output=True, text=True, timeout=60, check=False)
    assert (told.returncode, told.stdout) == (3, "")
    assert told.stderr.startswith("neurogen: `ulimit -v` allows 585 MiB of addresses")


@pytest.mark.parametrize(
    "fault", [ImportError("cannot map"), OSError("Could not find/load it"), RuntimeError("can't start new thread")]
)
@pytest.mark.parametrize(("limit", "code"), [(GIB, 3), (4 * GIB, 1), (None, 1)])
def test_what_cannot_be_loaded_is_a_lack_of_memory_where_the_shell_allows_little(
    monkeypatch, capsys, fault, limit, code
):
    monkeypatch.setattr(exit_codes, "shell_limit_bytes", lambda: limit)
    assert exit_codes.report_fault(fault) == code
    assert ("`ulimit -v` allows this command 1024 MiB" in capsys.readouterr().err) is (code == 3)

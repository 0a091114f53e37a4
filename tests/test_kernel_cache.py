"""Compiled kernels are believed only where they are what was written; whatever else lies there is compiled anew."""

import ctypes
import errno
import os
import random
import shutil
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numba
import pytest

from neurogen_abm import kernel_cache
from neurogen_abm.kernel_cache import KernelCache, KernelCacheWarning
from neurogen_abm.sources import PACKAGE


@pytest.fixture(autouse=True)
def unlost(monkeypatch) -> None:
    """Let whatever is lost in here be lost for one test."""
    monkeypatch.setattr(kernel_cache, "_LOST", [])


def twice(x: Any) -> Any:
    """A kernel that compiles in a moment."""
    return x + x


def thrice(x: Any) -> Any:
    return x + x + x


def compiled(folder: Path | None, function: Any = twice, why_not: str = "") -> Any:
    """Return a function as a process would have it that has just started."""
    dispatcher = numba.njit(function)
    dispatcher._cache = KernelCache(function, folder, why_not)
    return dispatcher


def was_kept(folder: Path, function: Any = twice) -> bool:
    """Call a kernel and say whether it was loaded; its answer is always the same."""
    found = compiled(folder, function)
    assert found(21) == (42 if function is twice else 63)
    return bool(sum(found.stats.cache_hits.values()))


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    assert not was_kept(tmp_path)
    assert was_kept(tmp_path)
    assert sorted(file.suffix for file in tmp_path.iterdir()) == [".nbc", ".nbi"]
    return tmp_path


def the(folder: Path, suffix: str) -> Path:
    (file,) = (file for file in folder.iterdir() if file.suffix == suffix)
    return file


@pytest.mark.parametrize("suffix", [".nbi", ".nbc"])
@pytest.mark.parametrize(
    "damage",
    [lambda data: data[:-1], lambda data: data[: len(data) // 2], lambda _: b"", lambda _: b"\x80\x04garbage\n" * 9,
     lambda data: data[:-9] + bytes([data[-9] ^ 1]) + data[-8:], lambda data: data + b"."],
    ids=["cut", "half", "empty", "garbage", "flipped", "longer"],
)  # fmt: skip
def test_a_damaged_file_is_compiled_anew_and_replaced(kept, suffix, damage):
    file = the(kept, suffix)
    file.write_bytes(damage(file.read_bytes()))
    assert not was_kept(kept)
    assert was_kept(kept)


@pytest.mark.parametrize("suffix", [".nbi", ".nbc"])
def test_a_file_that_is_gone_or_no_file_is_compiled_anew(kept, suffix):
    the(kept, suffix).unlink()
    assert not was_kept(kept)
    file = the(kept, suffix)
    file.unlink()
    file.mkdir()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", KernelCacheWarning)
        assert not was_kept(kept)


@pytest.mark.parametrize("suffix", [".nbi", ".nbc"])
def test_every_flipped_bit_is_noticed(kept, suffix):
    """By what reads the files, so that nothing has to be compiled so often."""
    file, luck = the(kept, suffix), random.Random(1)
    files, data = compiled(kept)._cache._cache_file, file.read_bytes()
    assert files._content(str(file)) is not None
    for place in luck.sample(range(8 * len(data)), 150):
        flipped = bytearray(data)
        flipped[place // 8] ^= 1 << place % 8
        file.write_bytes(flipped)
        assert files._content(str(file)) is None, place


def test_files_of_another_function_or_of_other_versions_are_not_taken(kept, monkeypatch, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    assert not was_kept(other, thrice)
    shutil.copy(the(other, ".nbc"), the(kept, ".nbc"))  # whole, and three times where two times was asked for
    assert not was_kept(kept)
    assert was_kept(kept)
    monkeypatch.setattr(kernel_cache, "_VERSIONS", "numba 0.1, llvmlite 0.1, numpy 0.1")
    assert not was_kept(kept)


def test_another_signature_is_kept_beside_the_first(kept):
    found = compiled(kept)
    assert found(1.5) == 3.0
    assert was_kept(kept)
    again = compiled(kept)
    assert again(1.5) == 3.0
    assert sum(again.stats.cache_hits.values()) == 1


@pytest.fixture
def unsaid(monkeypatch) -> None:
    """Let nobody have said yet that kernels cannot be kept."""
    monkeypatch.setenv(kernel_cache._SAID, "")


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EDQUOT])
def test_a_disk_that_fills_up_stops_no_run_and_is_spoken_of_once(tmp_path, monkeypatch, unsaid, code):
    def full(*_: Any) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "replace", full)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        for function in (twice, thrice):
            found = compiled(tmp_path, function)
            assert found(2.0) == (4.0 if function is twice else 6.0)
            assert found(2) == (4 if function is twice else 6)
    assert [one.category for one in said] == [KernelCacheWarning]
    assert os.strerror(code) in str(said[0].message)
    assert kernel_cache.some_were_lost()
    assert list(tmp_path.iterdir()) == []


def test_nowhere_keeps_nothing_and_says_why(unsaid):
    with pytest.warns(KernelCacheWarning, match=r"\(this user has no home\).* Set NUMBA_CACHE_DIR"):
        assert compiled(None, twice, "this user has no home")(21) == 42


def without_privileges() -> None:
    """Let root be bound by the permissions of files like everybody else, from the next program on."""
    drop, of_files = 24, (1, 2, 3)  # PR_CAPBSET_DROP; CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER
    for capability in of_files if os.geteuid() == 0 else ():
        ctypes.CDLL(None).prctl(drop, capability, 0, 0, 0)


LIFE = """
import warnings
from neurogen_abm import jit, run
from neurogen_abm.sources import PACKAGE
try:
    (PACKAGE / "mine").touch()
    print("the installation can be written")
except PermissionError:
    pass
print(jit.kernels_are_kept(), flush=True)
patch = {"septotemporal": "200 um", "transverse": "200 um"}
with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    result = run("mouse_sedentary", overrides={"tissue": patch, "duration": "1 d"})
print(len(said), result.series["n_dcx"].sum())
"""


@pytest.mark.slow
def test_an_installation_that_nobody_can_write_works_for_another_user():
    """Kernels go into the home of the user; where that cannot be written either, it is said once and works."""
    with tempfile.TemporaryDirectory() as place:
        site, home = Path(place) / "site", Path(place) / "home"
        shutil.copytree(PACKAGE, site / PACKAGE.name, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copytree(PACKAGE.parent / "scenarios", site / PACKAGE.name / "scenarios")
        home.mkdir()
        folders = [site, *(folder for folder in site.rglob("*") if folder.is_dir())]
        for folder in folders:
            folder.chmod(0o555)
        environment = {"PATH": os.defpath, "HOME": str(home), "PYTHONPATH": str(site)}
        command = [sys.executable, "-c", LIFE]

        def lived() -> list[str]:
            done = subprocess.run(
                command, env=environment, cwd="/", preexec_fn=without_privileges, capture_output=True, text=True
            )
            assert done.returncode == 0, done.stderr
            return done.stdout.split()

        try:
            first, second = lived(), lived()
            home.chmod(0o555)
            shutil.rmtree(home / ".cache")
            third = lived()
        finally:
            for folder in (home, *folders):
                folder.chmod(0o755)
    assert (first[:2], second[:2], third[:2]) == (["False", "0"], ["True", "0"], ["False", "1"])
    assert first[2] == second[2] == third[2] != "0"

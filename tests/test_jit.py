"""Compiled kernels are kept where the machine allows, under a name that every edit of their source changes."""

import os
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from neurogen_abm import jit, kernel_cache, sources
from neurogen_abm.kernel_cache import KernelCacheWarning

TAG = f"py{sys.version_info.major}{sys.version_info.minor}"  # as numba calls its files


@pytest.fixture
def elsewhere(monkeypatch, tmp_path) -> Path:
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


def test_the_digest_of_the_source_is_part_of_every_place(elsewhere, monkeypatch):
    name = sources.digest(sources.in_kernels())[:16]
    assert jit._cache_place() == jit.Place(elsewhere / "cache" / "neurogen_abm" / name)
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(elsewhere / "chosen"))
    first = jit._cache_place()
    assert first == jit.Place(elsewhere / "chosen" / name)
    monkeypatch.setattr(sources, "digest", lambda files: "after an edit")
    assert jit._cache_place().folder not in (None, first.folder)


def test_a_user_without_a_home_compiles_without_a_cache(elsewhere, monkeypatch):
    def homeless():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(Path, "home", homeless)
    assert jit._cache_place() == jit.Place(None, "this user has no home")


def test_a_place_that_cannot_be_written_is_no_cache(elsewhere, monkeypatch):
    (elsewhere / "file").write_text("")
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(elsewhere / "file"))
    folder, why = jit._cache_place()
    assert folder is None
    assert why.startswith(str(elsewhere / "file"))
    assert why.endswith(": Not a directory")


@pytest.fixture
def of_another_user(monkeypatch) -> Iterator[tuple[Path, Callable[[], None]]]:
    """A folder, and what makes it one that this user can only read; root is somebody else from then on."""
    folder = Path(tempfile.mkdtemp())
    (folder / sources.digest(sources.in_kernels())[:16]).mkdir()
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(folder))

    def close() -> None:
        for place in (folder, *folder.iterdir()):
            place.chmod(0o555)
        if os.geteuid() == 0:
            os.seteuid(65534)

    me = os.geteuid()
    yield folder, close
    os.seteuid(me)
    for place in (folder, *folder.iterdir()):
        place.chmod(0o755)
    shutil.rmtree(folder)


def test_what_another_user_has_compiled_is_read_where_it_cannot_be_written(of_another_user):
    folder, close = of_another_user
    (kernels,) = folder.iterdir()
    (kernels / "a.nbi").touch()
    close()
    assert jit._cache_place() == jit.Place(kernels, f"{kernels}: Permission denied")


def test_an_empty_folder_of_another_user_keeps_nothing(of_another_user):
    folder, close = of_another_user
    (kernels,) = folder.iterdir()
    close()
    assert jit._cache_place() == jit.Place(None, f"{kernels}: Permission denied")


def test_a_disk_without_room_for_the_kernels_keeps_none_and_says_how_much_is_needed(elsewhere, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 10**9, 3 * 10**6))
    folder, why = jit._cache_place()
    assert folder is None
    assert why.endswith("3 MB are free, and 67 MB are needed")


def test_it_is_known_whether_enough_kernels_are_kept(tmp_path, monkeypatch):
    """A process that was killed while it compiled has left some; whoever comes next has to wait, and is told so."""

    def known() -> tuple[bool, bool]:
        monkeypatch.setattr(jit, "_FILLED", set())  # as a new process
        return jit.kernels_are_kept(), jit.kernels_can_be_shared()

    monkeypatch.setattr(jit, "_CACHE", jit.Place(tmp_path))
    jit.note_life()
    assert known() == (False, True)  # by plain Python
    kernels = [
        tmp_path / f"kernels.{name}-191.{TAG}.{kind}" for name in ("spend", "decide") for kind in ("nbi", "1.nbc")
    ]
    kernels[0].touch()
    assert known() == (False, True)
    for file in kernels:
        file.touch()
    jit.note_life()
    assert known() == (True, False)
    for file in kernels:  # index and code alike
        file.unlink()
        (tmp_path / file.name.replace(TAG, "py27")).touch()  # which this Python does not read
        assert known() == (False, True)
        file.touch()
        assert known() == (True, False)
    monkeypatch.setattr(jit, "_CACHE", jit.Place(None, "no room"))
    jit.note_life()
    assert known() == (False, False)


def test_a_folder_in_which_a_kernel_could_not_be_kept_is_not_said_to_have_enough(tmp_path, monkeypatch):
    monkeypatch.setattr(jit, "_CACHE", jit.Place(tmp_path))
    monkeypatch.setattr(jit, "_FILLED", set())
    (tmp_path / f"kernels.spend-191.{TAG}.nbi").touch()
    monkeypatch.setattr(kernel_cache, "_LOST", ["No space left on device"])
    jit.note_life()
    assert not jit.kernels_are_kept()
    monkeypatch.setattr(kernel_cache, "_LOST", [])
    jit.note_life()
    assert jit.kernels_are_kept()


@pytest.fixture
def unsaid(monkeypatch) -> None:
    """Let nobody have said yet that kernels cannot be kept."""
    monkeypatch.setenv(kernel_cache._SAID, "")


def test_who_waits_is_told_the_truth_about_the_next_time(tmp_path, monkeypatch, unsaid):
    monkeypatch.setattr(jit, "_CACHE", jit.Place(tmp_path))
    assert "only the first time" in jit.compiling()
    monkeypatch.setattr(jit, "_CACHE", jit.Place(None, "/x: Read-only file system"))
    assert "every time: /x: Read-only file system" in jit.compiling()
    assert "NUMBA_CACHE_DIR" in jit.compiling()


SAY = "from neurogen_abm import kernel_cache; kernel_cache.say_once('no room')"


def test_that_nothing_is_kept_is_said_once_by_driver_and_workers_together(tmp_path, monkeypatch, unsaid):
    monkeypatch.setattr(jit, "_CACHE", jit.Place(tmp_path))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        jit.say_if_nothing_is_kept()
    monkeypatch.setattr(jit, "_CACHE", jit.Place(None, "/x: Read-only file system"))
    with pytest.warns(KernelCacheWarning, match=r"/x: Read-only file system\): every command compiles them anew"):
        jit.say_if_nothing_is_kept()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        jit.say_if_nothing_is_kept()
        subprocess.run([sys.executable, "-W", "error", "-c", SAY], check=True)


def test_compiled_functions_are_plain_python_all_the_way_down(monkeypatch):
    from numba.core.dispatcher import Dispatcher

    from neurogen_abm.engine.beginning import stem_pool
    from neurogen_abm.lowering import lower
    from neurogen_abm.run import prepare

    p = lower(prepare("human_daily_life", overrides={"tissue": {"septotemporal": "1 mm", "transverse": "1 mm"}}))
    compiled = stem_pool(p.parameters, 0.7, 2e5, 4e5)
    monkeypatch.setattr(Dispatcher, "_compile_for_args", None)
    assert jit.plain(stem_pool)(p.parameters, 0.7, 2e5, 4e5) == pytest.approx(compiled, rel=1e-12)

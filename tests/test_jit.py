"""Compiled kernels are kept where the machine allows, under a name that every edit of their source changes."""

from pathlib import Path

import pytest

from neurogen_abm import jit, sources


@pytest.fixture
def elsewhere(monkeypatch, tmp_path) -> Path:
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


def test_the_digest_of_the_source_is_part_of_every_place(elsewhere, monkeypatch):
    assert jit._cache_directory() == elsewhere / "cache" / "neurogen_abm" / sources.digest(sources.in_kernels())[:16]
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(elsewhere / "chosen"))
    first = jit._cache_directory()
    assert first == elsewhere / "chosen" / sources.digest(sources.in_kernels())[:16]
    monkeypatch.setattr(sources, "digest", lambda files: "after an edit")
    assert jit._cache_directory() not in (None, first)


def test_a_user_without_a_home_compiles_without_a_cache(elsewhere, monkeypatch):
    def homeless():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(Path, "home", homeless)
    assert jit._cache_directory() is None


def test_a_place_that_cannot_be_written_is_no_cache(elsewhere, monkeypatch):
    (elsewhere / "file").write_text("")
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(elsewhere / "file"))
    assert jit._cache_directory() is None


def test_it_is_known_whether_kernels_are_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(jit, "_CACHE", tmp_path)
    assert not jit.kernels_are_kept()
    (tmp_path / "engine").mkdir()
    (tmp_path / "engine" / "kernels.spend-191.py311.nbi").touch()
    assert jit.kernels_are_kept()
    monkeypatch.setattr(jit, "_CACHE", None)
    assert not jit.kernels_are_kept()


def test_who_waits_is_told_the_truth_about_the_next_time(tmp_path, monkeypatch):
    monkeypatch.setattr(jit, "_CACHE", tmp_path)
    assert "only the first time" in jit.compiling()
    monkeypatch.setattr(jit, "_CACHE", None)
    assert "every time" in jit.compiling()
    assert "NUMBA_CACHE_DIR" in jit.compiling()


def test_compiled_functions_are_plain_python_all_the_way_down(monkeypatch):
    from numba.core.dispatcher import Dispatcher

    from neurogen_abm.engine.beginning import stem_pool
    from neurogen_abm.lowering import lower
    from neurogen_abm.run import prepare

    p = lower(prepare("human_daily_life", overrides={"tissue": {"septotemporal": "1 mm", "transverse": "1 mm"}}))
    compiled = stem_pool(p.parameters, 0.7, 2e5, 4e5)
    monkeypatch.setattr(Dispatcher, "_compile_for_args", None)
    assert jit.plain(stem_pool)(p.parameters, 0.7, 2e5, 4e5) == pytest.approx(compiled, rel=1e-12)

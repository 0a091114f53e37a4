"""Compilation of the numerical core with numba, cached under a key that notices every edit of the package."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, overload

Function = TypeVar("Function", bound=Callable[..., Any])

# What to tell those who wait for the first animal.
COMPILING = "compiling the kernels: most of a minute, and only the first time"

_PACKAGE = Path(__file__).parent
# Folders whose code may be inlined into a compiled kernel; numba itself only watches the file of the kernel.
_COMPILED_SOURCES = ("jit.py", "rng.py", "biology", "engine")


def source_digest() -> str:
    """Return a short SHA-256 over the source of every module that takes part in compilation."""
    digest = hashlib.sha256()
    for name in _COMPILED_SOURCES:
        place = _PACKAGE / name
        for file in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            digest.update(file.relative_to(_PACKAGE).as_posix().encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _cache_directory() -> Path | None:
    """Return the folder for compiled kernels, or None where nothing can be written.

    It lies in ``NUMBA_CACHE_DIR`` where that is set, else in the cache of the user. The digest of the source is always
    part of it: numba would reuse a kernel into which code since edited was inlined.
    """
    try:
        folder = _cache_root() / source_digest()
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".probe-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except (OSError, RuntimeError):  # RuntimeError: the user has no home
        return None
    return folder


def _cache_root() -> Path:
    chosen = os.environ.get("NUMBA_CACHE_DIR")
    if chosen:
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "neurogen_abm"


def kernels_are_kept() -> bool:
    """Say whether this very source has been compiled before; if not, the first animal waits for it."""
    return _CACHE is not None and any(_CACHE.rglob("*.nbi"))


@overload
def compiled(function: Function) -> Function: ...
@overload
def compiled(
    *, parallel: bool = False, inline: bool = False, borrows: bool = False
) -> Callable[[Function], Function]: ...


def compiled(
    function: Function | None = None, *, parallel: bool = False, inline: bool = False, borrows: bool = False
) -> Any:
    """Compile a function with numba; usable bare, or with any of the following.

    No fastmath: results are the same bits on every machine of an architecture, and NaN stays NaN.

    Parameters
    ----------
    parallel
        Run its `numba.prange` in threads.
    inline
        Merge it into its callers. A call that hands on structures of arrays counts references to each of them, some
        0.4 us a call; inlined, it costs nothing.
    borrows
        It makes no array and keeps none, so that references need not be counted: every look-up through a structure
        of arrays would count twice, which doubles the time of code that touches many columns once.
    """
    if function is None:
        return lambda f: _compiled(f, parallel, inline, borrows)
    return _compiled(function, parallel, inline, borrows)


def _compiled(function: Function, parallel: bool, inline: bool, borrows: bool) -> Any:
    import numba

    if _CACHE is not None:
        numba.config.CACHE_DIR = str(_CACHE)  # type: ignore[attr-defined]
    options: dict[str, Any] = {
        "cache": _CACHE is not None,
        "parallel": parallel,
        "inline": "always" if inline else "never",
        "fastmath": False,
        "error_model": "numpy",
        # numba's own switch for code without its run-time memory; it refuses to compile what makes an array.
        "_nrt": not borrows,
    }
    return numba.njit(**options)(function)


_CACHE = _cache_directory()

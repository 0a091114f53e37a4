"""Compilation of the numerical core with numba, cached under a key that notices every edit of the package."""

import os
import shutil
import sys
from collections.abc import Callable
from functools import cache
from importlib import metadata
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, Final, NamedTuple, TypeVar, cast, overload

from neurogen_abm import cache as kept_in
from neurogen_abm import sources

Function = TypeVar("Function", bound=Callable[..., Any])

# All kernels of a run and its report, and room for those of other sizes.
_ROOM_BYTES: Final = 64 * 2**20
# A file that says of how many files an animal has lived, by this Python and this numba, whose kernels no other takes.
# A process that was killed while it compiled leaves none.
_LIVED: Final = "lived-{tag}-numba-{numba}"
# Folders in which enough have been seen: every animal that is planned asks, and nobody takes them out meanwhile.
_FILLED: set[Path] = set()


class Place(NamedTuple):
    """Where compiled kernels lie: a folder, or None; and why nothing can be written there, empty where it can."""

    folder: Path | None
    why_not: str = ""


def _cache_place() -> Place:
    """Return where compiled kernels lie, and whether more can be kept there.

    It is in ``NUMBA_CACHE_DIR`` where that is set, else in the cache of the user. The digest of the source is always
    part of it: numba would reuse a kernel into which code since edited was inlined.
    """
    try:
        folder = _cache_root() / sources.digest(sources.in_kernels())[:16]
    except RuntimeError:
        return Place(None, "this user has no home")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".probe-{os.getpid()}"
        probe.touch()
        probe.unlink()
        free = shutil.disk_usage(folder).free
    except OSError as fault:
        # What others have filled can still be read.
        return Place(folder if _has_kernels(folder) else None, f"{folder}: {fault.strerror}")
    if free < _ROOM_BYTES and not _has_kernels(folder):
        return Place(None, f"{folder}: {free / 1e6:.0f} MB are free, and {_ROOM_BYTES / 1e6:.0f} MB are needed")
    return Place(folder)


def _cache_root() -> Path:
    chosen = os.environ.get("NUMBA_CACHE_DIR")
    return Path(chosen) if chosen else kept_in.folder()


def _has_kernels(folder: Path) -> bool:
    """Say whether there are kernels in a folder, which may not be one."""
    try:
        return any(folder.rglob("*.nbi"))
    except OSError:
        return False


def kernel_folder() -> Path | None:
    """Return the folder of the kernels of this very source; None where nothing is kept."""
    return _CACHE.folder


def why_nothing_is_kept() -> str:
    """Return why compiled kernels cannot be kept; nothing where they can."""
    return _CACHE.why_not


def kernels_are_kept() -> bool:
    """Say whether this very source has been compiled before; if not, the first animal waits for it."""
    folder = _CACHE.folder
    if folder is not None and folder not in _FILLED and _has_enough(folder):
        _FILLED.add(folder)
    return folder in _FILLED


def _has_enough(folder: Path) -> bool:
    """Say whether an animal has lived by the kernels of a folder, and they are all still there."""
    try:
        return 0 < int(_lived(folder).read_text()) <= _count(folder)
    except (OSError, ValueError):
        return False


def _lived(folder: Path) -> Path:
    return folder / _LIVED.format(tag=sys.implementation.cache_tag, numba=metadata.version("numba"))


def _count(folder: Path) -> int:
    """Return how many files of this Python numba keeps there; who tidies a disk takes an index, or the code alone."""
    return len(list(folder.glob(f"*.py{sys.version_info.major}{sys.version_info.minor}*.nb[ic]")))


def note_life() -> None:
    """Note that an animal has lived, by kernels that most animals need: whoever comes now waits for hardly any."""
    folder, why_not = _CACHE
    if folder is None or why_not or kernels_are_kept():
        return
    from neurogen_abm import kernel_cache  # loads numba, by which it has lived

    if not kernel_cache.some_were_lost():
        try:
            _lived(folder).write_text(str(_count(folder)))
        except OSError as fault:
            kernel_cache.say_once(f"{folder}: {fault.strerror}")


def compiling() -> str:
    """Return what to tell those who wait for the first animal while kernels are compiled."""
    if not _CACHE.why_not:
        return "compiling the kernels: half a minute, and only the first time"
    from neurogen_abm import kernel_cache  # loads numba, which is about to compile

    kernel_cache.said()
    return f"compiling the kernels: half a minute, every time: {_CACHE.why_not} (set NUMBA_CACHE_DIR)"


def say_if_nothing_is_kept() -> None:
    """Say, once, where every process of what is to come will compile for itself."""
    if _CACHE.why_not and not kernels_are_kept():
        from neurogen_abm import kernel_cache  # as above

        kernel_cache.say_once(_CACHE.why_not)


def kernels_can_be_shared() -> bool:
    """Say whether one process should compile first, because the others can then load what it kept."""
    return not _CACHE.why_not and not kernels_are_kept()


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
        Merge it into its callers, at every place where it is called. It borrows, as below, and returns no array to a
        caller that does not.
    borrows
        It makes no array and keeps none, so that references need not be counted: every look-up through a structure
        of arrays would count twice, which doubles the time of code that touches many columns once.
    """
    if function is None:
        return lambda f: _compiled(f, parallel, inline, borrows)
    return _compiled(function, parallel, inline, borrows)


def _compiled(function: Function, parallel: bool, inline: bool, borrows: bool) -> Any:
    import numba

    from neurogen_abm.kernel_cache import KernelCache  # loads numba, as above

    if numba.config.DISABLE_JIT:  # type: ignore[attr-defined]
        return function
    options: dict[str, Any] = {
        "nopython": True,
        "parallel": parallel,
        "forceinline": inline,
        "fastmath": False,
        "error_model": "numpy",
        # numba's own switch for code without its run-time memory; it refuses to compile what makes an array.
        "_nrt": not (borrows or inline),
        "no_cfunc_wrapper": True,  # the entry from C, where nobody comes from
    }
    kernel: Any = _dispatcher()(function, locals={}, targetoptions=options)
    kernel._cache = KernelCache(function, *_CACHE)  # as `cache=True` would, with a cache of numba's own
    return kernel


def _dispatcher() -> Any:
    try:
        from neurogen_abm.kernel_parts import Kernel
    except ImportError:  # a numba that is another inside: the same bits, compiled in twice the time
        from numba.core.registry import CPUDispatcher

        return CPUDispatcher
    return Kernel


def plain(function: Function) -> Function:
    """Return a compiled function, and all compiled ones of the package that it calls, as plain Python.

    Loading a first kernel takes a quarter of a second, so that what is called once is sooner done without.

    Examples
    --------
    >>> from neurogen_abm.biology import hazards
    >>> plain(hazards.between)(1.0, 3.0, 0.5)
    2.0
    """
    return cast(Function, _plain(function))


class _PlainModule:
    """A module of the package whose compiled functions are plain Python."""

    def __init__(self, module: ModuleType) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Any:
        return _plain(getattr(self._module, name))


@cache
def _plain_function(function: FunctionType) -> FunctionType:
    known = function.__globals__
    called = {name: _plain(known[name]) for name in function.__code__.co_names if name in known}
    return FunctionType(function.__code__, known | called, function.__name__, function.__defaults__)


def _plain(value: Any) -> Any:
    if isinstance(value, ModuleType) and value.__name__.startswith("neurogen_abm"):
        return _PlainModule(value)
    return _plain_function(value.py_func) if hasattr(value, "py_func") else value


_CACHE = _cache_place()

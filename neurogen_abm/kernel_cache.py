"""Compiled kernels on disk: sealed, so that a damaged file is compiled anew; where none can be written, that is said.

numba believes whatever lies in its cache. A file that is cut short ends the program with an exception, and one flipped
bit is other machine code: a crash, or another number. Here every file ends up as it was written or is not believed.
A folder that can only be read serves as well, such as one that an administrator has filled for all users.
"""

import hashlib
import inspect
import os
import pickle
import sys
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import llvmlite
import numba
import numpy as np
from numba.core.caching import CompileResultCacheImpl, FunctionCache, IndexDataCacheFile

# Set in the environment, so that worker processes do not say again what their driver has said.
_SAID = "NEUROGEN_ABM_KERNELS_SAID"
# Why a kernel could not be kept that this process has compiled.
_LOST: list[str] = []
# Pickled types are those of these versions. Python's stands in the names of the files.
_VERSIONS = f"numba {numba.__version__}, llvmlite {llvmlite.__version__}, numpy {np.__version__}"


class KernelCacheWarning(UserWarning):
    """Compiled kernels cannot be kept; what that means."""


def say_once(why: str) -> None:
    """Say that kernels cannot be kept, and why; nothing where this process, or the one that started it, has said it."""
    if os.environ.get(_SAID):
        return
    said()
    what = f"Compiled kernels cannot be kept ({why}): every command compiles them anew, which takes half a minute."
    warnings.warn(f"{what} Set NUMBA_CACHE_DIR to a folder that can be written.", KernelCacheWarning, stacklevel=2)


def said() -> None:
    """Note that whoever waits knows that kernels cannot be kept."""
    os.environ[_SAID] = "1"


def some_were_lost() -> bool:
    """Say whether this process has compiled a kernel that could not be kept."""
    return bool(_LOST)


class KernelCache(FunctionCache):
    """The compiled versions of one function, on disk.

    Parameters
    ----------
    function
        The function.
    folder
        Where they lie, a folder for one state of the source; None: nowhere.
    why_not
        Why nothing can be written there; empty where it can.
    """

    def __init__(self, function: Callable[..., Any], folder: Path | None, why_not: str) -> None:
        self._impl_class: Any = partial(_Results, place=_Place(function, folder or Path()))
        super().__init__(function)
        self._cache_file = _SealedFiles(self._cache_path, self._impl.filename_base, source_stamp=_VERSIONS)
        self._folder, self._why_not = folder, why_not

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Return what was kept for a signature, None where that is nothing, or not what was written."""
        return None if self._folder is None else super().load_overload(sig, target_context)

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep what was compiled for a signature, or say once why that cannot be."""
        if not self._why_not:
            try:
                super().save_overload(sig, data)
            except OSError as fault:  # the disk has filled up, or has become one that is only read
                self._why_not = f"{self._folder}: {fault.strerror}"
        if self._why_not:
            _LOST.append(self._why_not)
            say_once(self._why_not)


class _Place:
    """Where the files of one function lie, as numba asks for it."""

    def __init__(self, function: Callable[..., Any], folder: Path) -> None:
        self._folder, self._lineno = folder, function.__code__.co_firstlineno
        self._py_file = inspect.getfile(function)  # for a warning of numba

    def get_cache_path(self) -> str:
        return str(self._folder)

    def get_source_stamp(self) -> str:
        return ""  # the folder is that of one state of the source

    def get_disambiguator(self) -> str:
        return str(self._lineno)

    def ensure_cache_path(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)


class _Results(CompileResultCacheImpl):
    """How numba writes down what it has compiled, at a place of ours; numba's own looks for one that can be written."""

    def __init__(self, function: Callable[..., Any], place: _Place) -> None:
        self._lineno, self._locator = function.__code__.co_firstlineno, place
        name = f"{function.__module__}.{function.__qualname__}"
        self._filename_base = self.get_filename_base(name, getattr(sys, "abiflags", ""))


class _SealedFiles(IndexDataCacheFile):
    """The index of a function and its data files; each begins with versions and SHA-256 of what follows.

    What is kept names its key, because two processes that write at once may leave the index of one and the data of the
    other.
    """

    def save(self, key: Any, data: Any) -> None:
        super().save(key, (key, data))

    def load(self, key: Any) -> Any:
        kept = super().load(key)
        return kept[1] if kept is not None and kept[0] == key else None

    def _load_index(self) -> dict[Any, str]:
        return self._content(self._index_path) or {}

    def _save_index(self, overloads: dict[Any, str]) -> None:
        self._write(self._index_path, overloads)

    def _load_data(self, name: str) -> Any:
        return self._content(self._data_path(name))

    def _save_data(self, name: str, data: Any) -> None:
        self._write(self._data_path(name), data)

    def _write(self, path: str, content: Any) -> None:
        body = self._dump(content)
        with self._open_for_write(path) as file:
            file.write(self._seal(body) + body)

    def _content(self, path: str) -> Any:
        """Return what a file holds; None where it is not there, not whole, or of other versions."""
        try:
            seal, _, body = Path(path).read_bytes().partition(b"\n")
        except OSError:
            return None
        return pickle.loads(body) if seal + b"\n" == self._seal(body) else None

    def _seal(self, body: bytes) -> bytes:
        return f"{self._source_stamp} {hashlib.sha256(body).hexdigest()}\n".encode()

"""Functions that a kernel calls are merged into it, and work from Python as well; kept kernels know all they need."""

import importlib
import pickle
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numba.core import compiler
from numba.core.registry import CPUDispatcher

from neurogen_abm import jit, kernel_parts
from neurogen_abm.kernel_cache import KernelCache
from neurogen_abm.kernel_parts import Kernel

_OPTIONS = {"nopython": True, "error_model": "numpy", "no_cfunc_wrapper": True}


def kernel(function: Any, folder: Path | None = None, **options: Any) -> Any:
    """Return a function as a process would have it that has just started."""
    found = Kernel(function, locals={}, targetoptions=_OPTIONS | options)
    if folder is not None:
        found._cache = KernelCache(function, folder, "")
    return found


def _halved(x: Any) -> Any:
    if x < 0:
        raise ValueError("below zero", x)
    return x / 2


def _and_one(x: Any) -> Any:
    return halved(x) + 1.0


def _of_all(values: Any) -> Any:
    found = np.empty(len(values))
    for k in range(len(values)):
        found[k] = and_one(values[k])
    return found


halved: Any = None
and_one: Any = None


@pytest.fixture(autouse=True)
def parts(monkeypatch) -> None:
    monkeypatch.setitem(globals(), "halved", kernel(_halved))
    monkeypatch.setitem(globals(), "and_one", kernel(_and_one, forceinline=True))


def test_parts_of_parts_are_merged_and_nothing_is_made_of_them_that_python_could_enter():
    of_all = kernel(_of_all)
    assert of_all(np.array([1.0, 4.0])).tolist() == [1.5, 3.0]
    assert of_all(np.array([2, 3])).tolist() == [2.0, 2.5]
    assert len(of_all.overloads) == 2
    assert not halved.overloads
    assert not and_one.overloads
    assert [len(part._parts) for part in (halved, and_one, of_all)] == [2, 2, 0]


def test_a_part_can_be_called_from_python_too_and_is_a_kernel_then():
    of_all = kernel(_of_all)
    assert of_all(np.array([1.0])).tolist() == [and_one(1.0)] == [1.5]
    assert halved(3) == 1.5
    assert of_all(np.array([5.0])).tolist() == [3.5]


def test_what_a_part_raises_reaches_python_from_new_and_from_kept_kernels(tmp_path):
    for hits in (0, 1):
        of_all = kernel(_of_all, tmp_path)
        with pytest.raises(ValueError, match="below zero") as fault:
            of_all(np.array([1.0, -2.5]))
        assert fault.value.args == ("below zero", -2.5)
        assert of_all(np.array([8.0])).tolist() == [5.0]
        assert sum(of_all.stats.cache_hits.values()) == hits
    assert len(list(tmp_path.iterdir())) == 2  # the kernel, and no part of it


def test_a_kernel_can_be_sent_to_another_process():
    again = pickle.loads(pickle.dumps(kernel(_of_all)))
    assert again(np.array([1.0])).tolist() == [1.5]


def test_where_numba_has_changed_inside_kernels_are_its_own_with_the_same_result(monkeypatch):
    assert type(jit.compiled(_halved)) is Kernel
    with monkeypatch.context() as other:
        other.delattr(compiler.CompileResult, "_find_referenced_environments")
        other.delitem(sys.modules, kernel_parts.__name__)
        with pytest.raises(ImportError, match="changed inside"):
            importlib.import_module(kernel_parts.__name__)
    monkeypatch.setitem(sys.modules, kernel_parts.__name__, None)
    for name, plain in (("halved", _halved), ("and_one", _and_one)):
        monkeypatch.setitem(globals(), name, jit.compiled(inline=name == "and_one")(plain))
        assert type(globals()[name]) is CPUDispatcher
    assert jit.compiled(_of_all)(np.array([1.0, 4.0])).tolist() == [1.5, 3.0]

"""How a kernel that Python calls takes in the functions it is made of: each is translated to be merged, and no more.

numba makes of every function that a compiled one calls a program of its own: it is optimised with all that it calls,
gets machine code, and an entry from Python that takes seventy arrays apart. Its caller does the same to all of it
again, though nobody ever enters there. Here such a part is typed and translated once, and what follows is done once for
the whole kernel that Python calls: that takes half the time, to the same bits.
"""

from typing import Any

from numba.core import compiler, sigutils
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler_lock import global_compiler_lock
from numba.core.registry import CPUDispatcher
from numba.core.typing.templates import make_concrete_template

# What is replaced or called of numba, which promises none of it.
_REACHED = (
    (JITCodeLibrary, "_optimize_final_module"),
    (JITCodeLibrary, "_finalize_final_module"),
    (JITCodeLibrary, "_finalize_dynamic_globals"),
    (CPUDispatcher, "get_call_template"),
    (CPUDispatcher, "get_overload"),
    (compiler.CompileResult, "_find_referenced_environments"),
    (compiler.Flags, "no_compile"),
)
if not all(hasattr(owner, name) for owner, name in _REACHED):
    raise ImportError("numba has changed inside")  # and its own dispatcher serves: see jit.py


class _Part(JITCodeLibrary):
    """The code of a function that is only to be merged, with that of what it calls."""

    is_large = False

    def _optimize_final_module(self) -> None:
        """Leave that to the kernel, but for a part that is large: what it calls is better merged into it first."""
        if self.is_large:
            super()._optimize_final_module()

    def _finalize_final_module(self) -> None:
        self._finalize_dynamic_globals()
        self._finalized = True


class Kernel(CPUDispatcher):
    """A compiled function: numba's own where Python calls it, a part where a compiled one does."""

    _compiler: Any  # of numba

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._parts: dict[tuple[Any, ...], Any] = {}

    def add_overload(self, cres: Any) -> None:
        """Take a kernel as numba does, and show the parts in it where their constants are, which numba does of each."""
        super().add_overload(cres)
        for constants in cres._find_referenced_environments():
            cres.library.codegen.set_env(constants.env_name, constants)

    def get_call_template(self, args: Any, kws: Any) -> tuple[Any, ...]:
        """Return what numba asks for where a compiled function calls this one with arguments of some types."""
        pysig, args = self._compiler.fold_argument_types(args, kws)
        types = tuple(args)
        if types not in self._parts:
            self._parts[types] = self._part(types)
        signatures = [part.signature for part in self._parts.values()]
        name = self.py_func.__name__
        return make_concrete_template(f"Part({name})", key=name, signatures=signatures), pysig, args, {}

    def get_overload(self, sig: Any) -> Any:
        """Return under what the code of a part is known."""
        types, _ = sigutils.normalize_signature(sig)
        return self._parts[tuple(types)].entry_point

    @global_compiler_lock
    def _part(self, types: tuple[Any, ...]) -> Any:
        context: Any = self.targetctx
        flags: Any = compiler.Flags()
        self.targetdescr.options.parse_as_flags(flags, self.targetoptions)
        flags.no_compile = flags.no_cpython_wrapper = flags.no_cfunc_wrapper = True
        library = _Part(context.codegen(), self.py_func.__qualname__)
        library.is_large = not (flags.nrt or flags.forceinline)  # the loops over rows and events, which borrow
        how: Any = {"return_type": None, "flags": flags, "locals": {}, "library": library}
        part: Any = compiler.compile_extra(self.typingctx, context, self.py_func, types, **how)
        known_as = object()
        context.insert_user_function(known_as, part.fndesc, [library])
        return part._replace(entry_point=known_as)

"""How a command ends: errors in a sentence, and the exit codes beside those of :mod:`neurogen_abm.errors`."""

import errno
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from neurogen_abm.commands.signals import nobody_reads
from neurogen_abm.errors import Faults, IntegrityError, NeurogenError
from neurogen_abm.memory import shell_limit_bytes
from neurogen_abm.storage.atomic import machine_fault

if TYPE_CHECKING:
    from neurogen_abm.experiments.execution.runner import Outcome

INTERNAL = 1
_OF_THE_MACHINE = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO, errno.ENAMETOOLONG, errno.ENOMEM}
    | {errno.EMFILE, errno.ENFILE, errno.ENOTDIR, errno.ELOOP}
)
INTERRUPTED = 130
# Bytes; where `ulimit -v` allows this much, a library that cannot be loaded has another cause.
_ROOMY = 2 * 2**30
# What `neurogen verify` answers where tables are not identical.
WITHIN_TOLERANCE, DIFFERENT = 8, 9


class Partial(NeurogenError):
    """Some runs failed; the others are kept."""

    exit_code = 6
    default_code = "partial"


class ScienceFailed(NeurogenError):
    """An expectation failed, and ``--strict`` was asked for."""

    exit_code = 7
    default_code = "expectations-failed"


class Unhealthy(IntegrityError):
    """`neurogen doctor` found faults."""

    default_code = "unhealthy"


class Stopped(NeurogenError):
    """Somebody stopped the command; what was finished is kept."""

    exit_code = INTERRUPTED
    default_code = "interrupted"


def require_complete(outcome: "Outcome") -> None:
    """Leave with code 6 where runs failed. The error of the first is shown."""
    if len(outcome.failed):
        first, n = outcome.failed.iloc[0], len(outcome.runs)
        what = f"{len(outcome.failed)} of {n} runs failed, the first with: {first['what']}"
        raise Partial(what, where=str(outcome.folder), cure=f"{first['cure']} --retry-failed runs them again.")


@contextmanager
def plain_warnings() -> Iterator[None]:
    """Print warnings of the package as one line on stderr; those of others keep the form of Python."""
    with warnings.catch_warnings():
        plain = warnings.showwarning

        def show(message: Warning | str, category: type[Warning], *place: Any, **more: Any) -> None:
            if category.__module__.startswith("neurogen_abm."):
                typer.echo(f"neurogen: {message}", err=True)
            else:
                plain(message, category, *place, **more)

        warnings.showwarning = show
        yield


def _finds_no_room(fault: BaseException) -> bool:
    """Say whether `ulimit -v` allows so little that a library could not be loaded, nor a thread started.

    Neither says that this is why.
    """
    bare = isinstance(fault, ImportError) or (isinstance(fault, OSError) and fault.errno is None)
    return (bare or str(fault) == "can't start new thread") and (shell_limit_bytes() or _ROOMY) < _ROOMY


def _more_memory() -> str:
    limit = shell_limit_bytes()
    if limit is None:
        return "Close other programs, or simulate a patch (tissue: septotemporal, transverse)."
    return f"`ulimit -v` allows this command {limit // 2**20} MiB: allow it more, or simulate a patch."


def report_fault(fault: BaseException) -> int:
    """Say in one paragraph on stderr what went wrong, and return the exit code; several faults have a line each."""
    if isinstance(fault, Faults):
        for one in fault.faults:
            report_fault(one)
        code, words = fault.exit_code, f"{fault.what} {fault.cure}"
    elif isinstance(fault, NeurogenError):
        code, words = fault.exit_code, str(fault)
    elif isinstance(fault, typer.Abort | KeyboardInterrupt):
        code, words = INTERRUPTED, "Interrupted; nothing was written."
    elif isinstance(fault, MemoryError) or _finds_no_room(fault):
        code, words = 3, f"Memory ran out; nothing was written. {_more_memory()}"
    elif isinstance(fault, BrokenPipeError):
        sys.stdout = None  # the reader has left; there is nobody to flush to
        return INTERNAL
    elif isinstance(fault, OSError) and fault.errno in _OF_THE_MACHINE:
        # Net of last resort: whatever writes says what it kept; this at least names the fault of the machine as one.
        return report_fault(machine_fault(fault, Path(fault.filename or "."), "and start again."))
    elif hasattr(fault, "format_message"):  # what typer raises for a wrong option has no public base class
        code, words = 2, f"{fault.format_message()} `neurogen --help` lists commands and options."
    else:
        code = INTERNAL
        words = f"Internal error, {type(fault).__name__}: {fault}. Please report it with what --debug adds."
    try:
        typer.echo(f"neurogen: {words}", err=True)
    except OSError:
        nobody_reads()
    return code

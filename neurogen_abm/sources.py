"""The source files that decide a result, and digests of them: the one place that kernel cache and job keys follow.

Every module of the package decides a kept table, except those named here. A new module therefore counts until somebody
says that it does not, and an edit at worst repeats runs that need not be repeated; it never lets an old table pass as
new.
"""

import hashlib
import time
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from neurogen_abm.version import LOADED_NS, __version__

PACKAGE = Path(__file__).parent
_MARK = "-changed-while-loaded-"

# What shows, compares or asks for tables, but has no part in making the tables of one animal. Which animals a study or
# a sweep asks for is part of their scenarios, which have digests of their own.
_WITHOUT_EFFECT = frozenset(
    {"report", "serve", "commands", "describe", "exports", "film", "microscope", "rivals", "scene", "trust", "widgets",
     "words.py", "cli.py", "__main__.py", "explanation.py", "experiments/calibration", "experiments/compare.py",
     "experiments/design", "experiments/statistics.py", "experiments/studies", "experiments/sweep"}
)  # fmt: skip
# What makes scores and residuals of kept tables.
_JUDGING = frozenset({"experiments"})
# What may be inlined into a compiled kernel; numba itself only watches the file of the kernel.
_IN_KERNELS = frozenset({"biology", "engine", "jit.py", "kernel_parts.py", "rng.py"})


def deciding(package: Path = PACKAGE) -> list[Path]:
    """Return the source files that can change a kept table."""
    return [file for file in sorted(package.rglob("*.py")) if not _is_in(file.relative_to(package), _WITHOUT_EFFECT)]


def judges(package: Path = PACKAGE) -> list[Path]:
    """Return the source files that can change a score or a residual: those that decide tables, and all experiments."""
    more = [file for file in sorted(package.rglob("*.py")) if _is_in(file.relative_to(package), _JUDGING)]
    return sorted({*deciding(package), *more})


def in_kernels(package: Path = PACKAGE) -> list[Path]:
    """Return those of the deciding files that take part in compilation."""
    return [file for file in deciding(package) if _is_in(file.relative_to(package), _IN_KERNELS)]


def digest(files: Iterable[Path], package: Path = PACKAGE) -> str:
    """Return the SHA-256 of the names and the content of source files."""
    found = hashlib.sha256()
    for file in files:
        found.update(file.relative_to(package).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return found.hexdigest()


@cache
def software() -> str:
    """Return version and digest of the deciding files; part of every job key, and compared by worker and driver.

    Where files were changed after this process had loaded the package, nobody knows which of them it runs: the version
    then says so, and is that of no other process, so that nothing of it passes for results of the files on disk.
    """
    return _marked(f"{__version__}+{digest(deciding())[:12]}")


def of_this_run() -> str:
    """Return what :func:`software` returns, looked at again: files may have been changed since it was first asked."""
    return _marked(software())


def changed_since(loaded_ns: int, files: Iterable[Path]) -> bool:
    """Return whether a file came to be what it is after a time, in ns of the epoch; a copy may keep an earlier date.

    A date to come says nothing: it is of an archive, or of a clock that was wrong when the file was written.
    """
    now_ns = time.time_ns()
    for file in files:
        try:
            known = file.stat()
        except OSError:
            return True
        if any(loaded_ns < date_ns <= now_ns for date_ns in (known.st_mtime_ns, known.st_ctime_ns)):
            return True
    return False


def _marked(version: str) -> str:
    if _MARK in version or not changed_since(LOADED_NS, _loaded()):
        return version
    return f"{version}{_MARK}{LOADED_NS}"


@cache
def _loaded() -> tuple[Path, ...]:
    return tuple(deciding())


@cache
def judging() -> str:
    """Return the digest of the files that can change a score; searches that go on compare it."""
    return digest(judges())


def _is_in(name: Path, places: frozenset[str]) -> bool:
    return any(place.as_posix() in places for place in (name, *name.parents))

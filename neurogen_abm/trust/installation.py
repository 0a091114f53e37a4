"""The installation: versions that are supported, extras, and the folder of compiled kernels."""

import os
import platform
import re
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from neurogen_abm import jit
from neurogen_abm.sources import PACKAGE
from neurogen_abm.trust.findings import FAULT, FINE, NOTE, WARNING, Finding
from neurogen_abm.version import __version__
from neurogen_abm.words import several

_DISTRIBUTION = "neurogen_abm"
_WHERE = "installation"
_CACHE = "kernels"
_KERNELS_OF_A_VERSION = re.compile("[0-9a-f]{16}")


def examined() -> Iterator[Finding]:
    """Yield what is found of the installation and of the kernels."""
    yield Finding(_WHERE, FINE, f"neurogen_abm {__version__} with Python {platform.python_version()} in {PACKAGE}.")
    try:
        told = metadata.metadata(_DISTRIBUTION)
        required = [Requirement(text) for text in metadata.requires(_DISTRIBUTION) or []]
    except metadata.PackageNotFoundError:
        what = "It runs from a folder and is not installed: which versions it needs is not known."
        yield Finding(_WHERE, NOTE, what, "`pip install .` in the folder of its pyproject.toml installs it.")
    else:
        yield from _versions(SpecifierSet(told["Requires-Python"] or ""), required)
        yield from _extras(told.get_all("Provides-Extra") or [], required)
    yield from _kernels()


def _versions(python: SpecifierSet, required: list[Requirement]) -> Iterator[Finding]:
    if not python.contains(platform.python_version(), prereleases=True):
        what = f"Python {platform.python_version()} is not supported: {python} is."
        yield Finding(_WHERE, FAULT, what, "Make an environment with another Python.")
    core = [requirement for requirement in required if _is_needed(requirement, "")]
    bad = [words for requirement in core if (words := _unmet(requirement))]
    for words in bad:
        yield Finding(_WHERE, FAULT, words, "`pip install neurogen_abm` again installs what it needs.")
    if not bad:
        yield Finding(_WHERE, FINE, f"The {len(core)} libraries that it needs are there, in versions that it supports.")


def _extras(names: list[str], required: list[Requirement]) -> Iterator[Finding]:
    for name in sorted(names):
        of_it = [r for r in required if _is_needed(r, name) and not _is_needed(r, "")]
        of_it = [inner for r in of_it if r.name != _DISTRIBUTION for inner in _with_its_extras(r)]
        if not of_it or name in ("test", "dev"):
            continue
        missing = [requirement for requirement in of_it if _version(requirement.name) is None]
        unmet = [words for requirement in of_it if requirement not in missing and (words := _unmet(requirement))]
        cure = f"`pip install 'neurogen_abm[{name}]'` installs it."
        if missing:
            lacking = ", ".join(requirement.name for requirement in missing)
            yield Finding(_WHERE, NOTE, f"The extra {name} is not installed ({lacking}).", cure)
        elif unmet:
            yield Finding(_WHERE, WARNING, f"The extra {name}: {' '.join(unmet)}", cure)
        else:
            yield Finding(_WHERE, FINE, f"The extra {name} is installed.")


def _is_needed(requirement: Requirement, extra: str) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"extra": extra})


def _with_its_extras(requirement: Requirement) -> Iterator[Requirement]:
    """Yield a requirement, and what the extras that it names (`mesa[viz]`) ask for in turn."""
    yield requirement
    if requirement.extras and _version(requirement.name) is not None:
        inner = [Requirement(text) for text in metadata.requires(requirement.name) or []]
        for extra in sorted(requirement.extras):
            yield from (r for r in inner if _is_needed(r, extra) and not _is_needed(r, ""))


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _unmet(requirement: Requirement) -> str:
    """Return what is wrong with an installed library; nothing where it is as it is needed."""
    version = _version(requirement.name)
    if version is None:
        return f"{requirement.name} is missing."
    if not requirement.specifier.contains(version, prereleases=True):
        return f"{requirement.name} {version} is installed, and {requirement.specifier} is needed."
    return ""


def _kernels() -> Iterator[Finding]:
    """Yield where compiled kernels are kept, and what older versions have left there."""
    folder, why_not = jit.kernel_folder(), jit.why_nothing_is_kept()
    cure = "Set NUMBA_CACHE_DIR to a folder that can be written."
    if folder is None:
        what = f"No folder can keep compiled kernels, so that each command compiles them: half a minute ({why_not})."
        yield Finding(_CACHE, WARNING, what, cure)
        return
    if why_not:
        what = (
            f"{folder} ({_megabytes(folder)}) can only be read: what it lacks is compiled by each command ({why_not})."
        )
        yield Finding(_CACHE, NOTE, what, cure)
        return
    state = "compiled" if jit.kernels_are_kept() else "not compiled yet: the first animal waits for half a minute"
    yield Finding(_CACHE, FINE, f"{folder} ({_megabytes(folder)}), can be written; {state}.")
    old = [
        entry
        for entry in sorted(folder.parent.iterdir())
        if entry.is_dir() and entry != folder and _KERNELS_OF_A_VERSION.fullmatch(entry.name)
    ]
    if old:
        size = sum(_bytes(entry) for entry in old) / 1e6
        what = f"Beside it, {several(len(old), 'folder')} of other versions ({size:.0f} MB)."
        cure = f"Nobody needs them unless such a version is still used: {folder.parent}/<name> can be removed."
        yield Finding(_CACHE, NOTE, what, cure)


def _megabytes(folder: Path) -> str:
    return f"{_bytes(folder) / 1e6:.0f} MB"


def _bytes(folder: Path) -> int:
    """Return what the files of a folder take; one that goes meanwhile counts nothing."""
    found = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                found += os.stat(os.path.join(place, name)).st_size  # as a Path it takes ten times as long
            except FileNotFoundError:
                continue
    return found

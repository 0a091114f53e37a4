"""Directories of results: files against their digests, tables against the ledger, lives that wait, what was left."""

import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from neurogen_abm import scratch
from neurogen_abm.checkpoints import candidates, folder_of, how_to_go_on, require_known
from neurogen_abm.errors import InputError, NeurogenError, told, typed
from neurogen_abm.memory import available_bytes
from neurogen_abm.numerals import plain
from neurogen_abm.resumption import Found, how_again, scenario_of
from neurogen_abm.sources import software
from neurogen_abm.spec.scenario.resolve import CatalogueChangedWarning
from neurogen_abm.storage import archive, checkpoint, dataset, ledger, rebuilding, run_directory
from neurogen_abm.storage.places import LEDGER, PROVENANCE
from neurogen_abm.trust import errata
from neurogen_abm.trust.capsule import SUFFIX, loaded, opened
from neurogen_abm.trust.findings import FAULT, FINE, NOTE, WARNING, Finding
from neurogen_abm.words import several

_PARTIAL: Final = ".partial"
_SERIES: Final = "series.parquet"
_SHOWN: Final = 5  # names in a sentence


def examined(place: Path) -> Iterator[Finding]:
    """Yield what is found at a place: a run, a capsule, runs of many animals, or a folder that holds such."""
    if not place.exists() and folder_of(place).is_dir():  # a run on its way, by the name that it is to have
        place = folder_of(place)
    if not place.exists():
        yield Finding(str(place), FAULT, "There is nothing here.", "Give a run, or a folder that holds results.")
    elif place.is_file():
        yield from _capsule(place)
    else:
        yield from _below(place)


class _Folder(NamedTuple):
    """A folder with the names of what lies in it; ``folders`` holds hidden ones too."""

    path: Path
    folders: list[str]
    files: list[str]


def _below(place: Path) -> Iterator[Finding]:
    """Yield what is found in a folder and in those below it."""
    unread: list[OSError] = []
    walked = sorted(_walked(place, unread))
    found = [folder.path for folder in walked if PROVENANCE in folder.files or LEDGER in folder.files]
    for path in found:
        yield from _many(path) if (path / LEDGER).is_file() else _one(path)
    for file in (capsules := [file for folder in walked for file in _capsules(folder, unread)]):
        yield from _capsule(file)
    for fault in unread:
        what, cure = f"This cannot be read: {fault.strerror}.", "Check its permissions: it was not examined."
        yield Finding(str(fault.filename), FAULT, what, cure)
    yield from (lost := list(_lost(walked)))
    yield from _left(walked)
    if not (found or capsules or lost or unread):
        yield Finding(str(place), NOTE, "It holds no results of neurogen_abm.")


def _walked(place: Path, unread: list[OSError]) -> Iterator[_Folder]:
    """Yield a folder and those below it, links followed, each once; what a command is still writing is hidden."""
    seen = set()
    for folder, below, names in os.walk(place, onerror=unread.append, followlinks=True):
        if (real := os.path.realpath(folder)) in seen:
            below.clear()
            continue
        seen.add(real)
        yield _Folder(Path(folder), sorted(below), sorted(names))
        below[:] = sorted(name for name in below if not name.startswith("."))


def _capsules(folder: _Folder, unread: list[OSError]) -> Iterator[Path]:
    """Yield the capsules in a folder: by their name, which a damaged one keeps, or by their seal."""
    for file in (folder.path / name for name in folder.files if name.endswith(".zip")):
        try:
            if file.name.endswith(SUFFIX) or archive.is_sealed(file):
                yield file
        except OSError as fault:
            unread.append(fault)


def _capsule(file: Path) -> Iterator[Finding]:
    try:
        with opened(file) as run:
            animal = f"{run.resolved.scenario.name}, seed {run.resolved.scenario.seed}"
            yield Finding(str(file), FINE, f"A capsule of {animal}; every file in it is as it was written.")
            yield from _errata(str(file), run)
    except NeurogenError as fault:
        yield _fault(file, fault)


def _fault(where: Path, fault: NeurogenError) -> Finding:
    place = fault.where if fault.where.startswith(str(where)) else str(where)
    return Finding(place, FAULT, fault.what, fault.cure)


def _one(folder: Path) -> Iterator[Finding]:
    """Yield what is found of a directory with a provenance: a run, an unfinished one, or an analysis."""
    try:
        provenance = run_directory.read_provenance(folder)
    except NeurogenError as fault:
        yield _fault(folder, fault)
        return
    bad = []
    for name in provenance["files"]:
        try:
            run_directory.checked(folder, name, provenance)
        except NeurogenError as fault:
            bad.append(name)
            yield _fault(folder, fault)
    if "unfinished" in provenance:
        yield from _unfinished(Found(folder, provenance), whole=not bad)
    elif not bad and _SERIES not in provenance["files"]:
        yield Finding(str(folder), FINE, f"Results of many animals; all {len(provenance['files'])} files are whole.")
    elif not bad:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", CatalogueChangedWarning)
                run = loaded(folder)
        except NeurogenError as fault:
            yield _fault(folder, fault)
            return
        yield Finding(str(folder), FINE, f"A run; all {len(provenance['files'])} files are as they were written.")
        yield from _errata(str(folder), run)


def _errata(where: str, run: Any) -> Iterator[Finding]:
    for erratum in errata.of(run):
        yield Finding(where, WARNING, f"It has erratum {erratum.id}. {erratum.what}", erratum.cure)


def _unfinished(found: Found, *, whole: bool) -> Iterator[Finding]:
    """Yield from where an unfinished run goes on, and which of its checkpoints cannot be used."""
    folder, files, days = found.folder, candidates(found.folder), []
    for file in files:
        try:
            days.append(plain(checkpoint.read(file, available_bytes()).about["minute"] / 1440.0))
        except InputError as fault:
            yield Finding(str(file), WARNING, fault.what, fault.cure)
        except NeurogenError as fault:
            yield Finding(str(file), WARNING, fault.what, "The other checkpoint is used, if there is one.")
    if not whole:
        return
    if not days and (files or found.branched):
        what = "An unfinished run without a whole checkpoint."
        yield Finding(str(folder), WARNING, what, f"It does not go on: {how_again(found)}")
        return
    if rebuilding.is_worked_on(folder):
        yield Finding(str(folder), NOTE, "A run that a process lives at this moment.")
        return
    kept = f"kept on day {days[0]}" if days else "which ended before its first checkpoint was written"
    what = f"An unfinished run, {kept}."
    try:
        scenario_of(found, other_version=False)
        yield Finding(str(folder), NOTE, what, how_to_go_on(folder))
    except NeurogenError as fault:
        yield Finding(str(folder), WARNING, f"{what} {fault.what}", fault.cure)


def _rebuilt(folder: Path | str) -> str:
    """Return what writes a ledger."""
    return told("`rebuild_ledger=True` writes it", f"`neurogen doctor {typed(folder)} --rebuild-ledger` writes it")


def _many(folder: Path) -> Iterator[Finding]:
    """Yield what is found of runs of many animals: the ledger, the tables, and each against the other."""
    where = str(folder)
    if rebuilding.is_worked_on(folder):
        yield Finding(where, NOTE, "A driver works here at this moment, so that it is not examined.")
        return
    found = rebuilding.read(folder)
    rebuild = _rebuilt(folder)
    cure = f"{rebuild} anew from the tables; the old one is kept."
    if not found.whole:
        yield Finding(str(folder / LEDGER), FAULT, "The ledger is damaged.", cure)
    damaged, lacking = [], set()
    for file in found.files.values():
        try:
            lacking |= dataset.jobs_of(folder, file) - found.rows.keys()
        except NeurogenError:
            damaged.append(file.name)
    for name in damaged:
        gone = not (folder / name).exists()
        what = "This file is missing." if gone else "This file is not what was written."
        again = f"{'Start' if gone else 'Move the file away and start'} the command again: the runs it holds are run "
        yield Finding(str(folder / name), FAULT, what, f"{again}again, and no others.")
    if found.whole and lacking:
        yield Finding(where, FAULT, f"The ledger lacks {len(lacking)} runs whose tables are here.", cure)
    yield from _states(folder, found, damaged=bool(damaged or lacking or not found.whole))
    yield from _unknown(folder, found)


def _states(folder: Path, found: ledger.Salvaged, *, damaged: bool) -> Iterator[Finding]:
    counts = {
        s: sum(row.state == s for row in found.rows.values()) for s in (ledger.DONE, ledger.WAITING, ledger.FAILED)
    }
    title = found.about.get("title", "a plan that is not named")
    if not damaged:
        words = ", ".join(f"{count} {state}" for state, count in counts.items())
        yield Finding(str(folder), FINE, f'Runs of "{title}": {words}; all {len(found.files)} files are whole.')
    goes_on = "The same command goes on with them; what is done is not run again."
    if counts[ledger.DONE] and "title" in found.about and (by := found.about.get("software", "")) != software():
        what = f"They were made with neurogen_abm {by or 'of a version that did not say so'}; this is {software()}."
        cure = "The same command runs them again and keeps these beside; to go on with them, install what made them."
        yield Finding(str(folder), NOTE, what, cure)
        goes_on = ""
    if counts[ledger.WAITING]:
        yield Finding(str(folder), NOTE, f'{counts[ledger.WAITING]} runs of "{title}" wait.', goes_on)
    if counts[ledger.FAILED]:
        what, cure = f"{counts[ledger.FAILED]} runs failed.", told("`retry_failed=True`", "--retry-failed")
        yield Finding(str(folder), WARNING, what, f"The same command with {cure} runs them again.")


def _unknown(folder: Path, found: ledger.Salvaged) -> Iterator[Finding]:
    """Yield files of results that the ledger does not know, and those that were put aside before."""
    files = sorted(path for area in (dataset.FOLDER, dataset.EARLIER) for path in (folder / area).glob("*/*.parquet"))
    unknown = [path.name for path in files if path.relative_to(folder).as_posix() not in found.files]
    if unknown and found.whole:  # what is left of a damaged one does not name all
        are = "1 file is" if len(unknown) == 1 else f"{len(unknown)} files are"
        what = f"{are} not in the ledger ({', '.join(unknown[:_SHOWN])})."
        cure = f"The next command here moves them to {dataset.ORPHANS}/ and runs their animals again."
        yield Finding(str(folder), WARNING, what, cure)
    if (aside := folder / dataset.ORPHANS).is_dir():
        n = several(sum(1 for _ in aside.iterdir()), "file")
        what = f"In {dataset.ORPHANS}/, {n} that no ledger knew."
        yield Finding(str(folder), NOTE, what, "Nothing reads what was put aside there: it may be removed.")


def _lost(walked: list[_Folder]) -> Iterator[Finding]:
    """Yield folders of tables whose ledger is gone, and of checkpoints without a provenance."""
    for folder, _, names in walked:
        try:
            require_known(folder)
        except NeurogenError as fault:
            yield _fault(folder, fault)
        if LEDGER not in names and ledger.holds_tables(folder):
            rebuild = _rebuilt(folder)
            yield Finding(str(folder), FAULT, "The ledger of these tables is missing.", f"{rebuild} anew.")


def _left(walked: list[_Folder]) -> Iterator[Finding]:
    """Yield what commands are writing at this moment, and what killed ones have left."""
    for folder, below, names in walked:
        for name in sorted(name for name in (*below, *names) if name.endswith(_PARTIAL)):
            path, process = folder / name, scratch.owner(name)
            if process is not None and scratch.lives(process):
                yield Finding(str(path), NOTE, f"Process {process} is writing this.")
            else:
                cure = "The next command that writes there removes it; it may be removed by hand, too."
                yield Finding(str(path), NOTE, "A process that ended has left this; it is no result.", cure)

"""Run directories: written aside, hashed, made durable, and put in place in one move.

A directory appears under its name only when every file in it is complete and on disk. Every file's SHA-256 stands in
``provenance.json``, which carries a digest of itself, so that a single flipped bit anywhere is noticed on reading.
Parquet pages carry checksums too, because a damaged page otherwise decodes to wrong numbers without a word.
"""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from itertools import count
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from neurogen_abm.errors import EnvironmentFault, InputError, IntegrityError, told
from neurogen_abm.storage import atomic, parquet_file
from neurogen_abm.storage.atomic import Writer
from neurogen_abm.storage.locks import require_system
from neurogen_abm.storage.places import PROVENANCE, holder, require_outside

if TYPE_CHECKING:
    import pandas as pd

FORMAT = 1
_OWN_NAME = re.compile(r"(provenance\.json|scenario\.yaml|report\.html|[^/]*\.parquet)(/.*)?", re.IGNORECASE)
# A run of every parameter there is, with a thousand recordings, takes a hundredth of this.
_LARGEST_PROVENANCE = 64 * 2**20
# What a run takes beside its tables and recordings; one that does not find as much room at its end writes nothing.
LEAST_BYTES = 2**20
_AGAIN = "and start again: the animals that were run are kept."
# What a directory holds, by the key of its provenance that only this kind has.
RUN = "a run"
IMAGES = "images"
UNFINISHED = "an unfinished run"
_KINDS = {"calibration": "a fit", "sweep": "a sensitivity analysis", "image": IMAGES, "unfinished": UNFINISHED}


def _elsewhere() -> str:
    return f"{atomic.elsewhere().capitalize()}."


def _cure() -> str:
    return f"or {atomic.elsewhere()}; nothing was written."


def check_target(target: Path | str, *, force: bool = False, kind: str = RUN) -> Path:
    """Return the directory to write, or say why it cannot be; nothing is created.

    An InputError says that it exists and ``force`` is not given, that it is not a directory of this kind, that it lies
    inside other results, or that its name is too long; an EnvironmentFault, that no directory can be made there.
    """
    require_system()
    with atomic.machine_faults(Path(target), _cure()):
        return _checked_target(target, force, kind)


def _checked_target(target: Path | str, force: bool, kind: str) -> Path:
    place = Path(os.path.realpath(target))
    place.exists()  # raises where the name is too long, which lexists takes for absent
    require_outside(place)
    if os.path.lexists(place):
        if not force:
            what = "This output directory exists and is not overwritten."
            cure = f"{atomic.elsewhere().capitalize()}, or replace it with {told('force=True', '--force')}."
            raise InputError(what, where=str(target), cure=cure, code="output-exists")
        if not (place / PROVENANCE).is_file():
            what, cure = "This exists and is not a run directory, so it is not replaced.", _elsewhere()
            raise InputError(what, where=str(target), cure=cure, code="output-not-a-run")
        if (there := _kind_of(_recorded(place))) != kind:
            what = f"This directory holds {there}; {kind} does not replace it."
            raise InputError(what, where=str(target), cure=_elsewhere(), code="other-results")
    ancestor = next(folder for folder in place.parents if folder.exists())
    if not ancestor.is_dir() or not os.access(ancestor, os.W_OK | os.X_OK):
        reason = "cannot be written" if ancestor.is_dir() else "is not a directory"
        what = f"No output directory can be made here: {ancestor} {reason}."
        raise EnvironmentFault(what, where=str(target), cure=_elsewhere(), code="unwritable")
    return place


def check_name(name: str, where: str = "") -> None:
    """Refuse a file of somebody's own that would take the name of a file of the run directory."""
    if _OWN_NAME.fullmatch(name):
        what = f'"{name}" is kept with the run, and a run directory has a file of this name of its own.'
        raise InputError(what, where=where, cure="Rename it.", code="bad-name", seen=name)


@contextmanager
def new_file(target: Path | str, *, force: bool = False) -> Iterator[Path]:
    """Check that a single file may be written outside of run directories, and tell faults of the machine meanwhile.

    An InputError says that it is a folder, that the file exists and ``force`` is not given, or that it is part of a run
    directory; an EnvironmentFault, that the folder cannot be written or the disk is full.
    """
    place = Path(target)
    with atomic.machine_faults(place, _cure()):
        if place.exists() and (inside := holder(place)) is not None:
            what = f"This is part of the results in {inside} and is not overwritten."
            raise InputError(what, where=str(target), cure=_elsewhere(), code="output-exists")
        if place.is_dir():
            what, cure = "This is a folder, and a file is to be written.", "Give the name of a file in it."
            raise InputError(what, where=str(target), cure=cure, code="output-exists")
        if place.exists() and not force:
            what = "This file exists and is not overwritten."
            cure = f"{atomic.elsewhere().capitalize()}, or replace it with {told('force=True', '--force')}."
            raise InputError(what, where=str(target), cure=cure, code="output-exists")
        yield place


def require_space(
    target: Path,
    needed_bytes: int,
    *,
    what: str = "The run needs",
    less: str = "record less (outputs: cadence, cells)",
    cure: str = "",
) -> None:
    """Refuse, before anything is written, what will not fit on the disk.

    ``less`` says how it would take less; or ``cure``, what else to do beside freeing space.
    """
    with atomic.machine_faults(target, _cure()):
        ancestor = next(folder for folder in (target, *target.parents) if folder.exists())
        free = shutil.disk_usage(ancestor).free
    if free < needed_bytes:
        said = f"{what} up to {needed_bytes:,} bytes of disk and {free:,} are free."
        cure = f"Free some space {cure}" if cure else f"Free some space, {atomic.elsewhere()}, or {less}."
        raise EnvironmentFault(said, where=str(target), cure=cure, code="disk-full", seen=free)


def write_directory(
    target: Path | str,
    writers: Mapping[str, Writer],
    provenance: Mapping[str, Any],
    *,
    force: bool = False,
    needed_bytes: int = 0,
    cure: str = "",
) -> Path:
    """Write a run directory whole or not at all: ``writers`` by file name, where ``folder/name`` makes the folder too.

    Each file is written into a hidden sibling of ``target``, synchronised and hashed; then ``provenance.json``, with
    the hashes; then the sibling takes the name ``target``. With ``force`` the old directory keeps its name until that
    last move, and whatever people keep in it is taken along. ``needed_bytes`` is an upper bound of what will be
    written, ``cure`` what to do about a fault of the machine.

    Raises
    ------
    InputError
        See :func:`check_target`; also when the directory came into being meanwhile.
    EnvironmentFault
        The disk is full or cannot be written; what was there before is untouched.
    """
    place = check_target(target, force=force, kind=_kind_of(provenance))
    require_space(place, needed_bytes)
    with atomic.machine_faults(place, cure or _cure()):
        atomic.make_folder(place.parent)
        with atomic.partial(place) as aside:
            aside.mkdir()
            files = {}
            for name, write in writers.items():
                (aside / name).parent.mkdir(parents=True, exist_ok=True)
                files[name] = atomic.written(aside / name, write)._asdict()
            atomic.written(aside / PROVENANCE, _sealed({**provenance, "format": FORMAT, "files": files}))
            if force and place.exists():
                _take_along(place, aside)
            for folder in filter(Path.is_dir, aside.rglob("*")):
                atomic.synchronise(folder)
            atomic.synchronise(aside)
            try:
                atomic.rename_folder(aside, place, replace=force)
            except OSError:
                check_target(place, force=force, kind=_kind_of(provenance))  # another may have taken the name meanwhile
                raise
            atomic.synchronise(place.parent)
    return place


def _take_along(old: Path, new: Path) -> None:
    """Take what people keep in a directory into the one that replaces it; the old one stays as it is.

    Theirs is whatever its provenance does not name. Where the new directory has a file of that name, theirs becomes
    ``NAME.kept``.
    """
    own = {PROVENANCE, *_recorded(old).get("files", {})}
    for entry in sorted(old.rglob("*")):
        name = entry.relative_to(old)
        if name.as_posix() in own or name.suffix == ".partial":
            continue
        if entry.is_symlink() or not entry.is_dir():
            (new / name).parent.mkdir(parents=True, exist_ok=True)
            atomic.link(entry, _spare(new / name))
        elif not any(entry.iterdir()):
            (new / name).mkdir(parents=True, exist_ok=True)


def _spare(place: Path) -> Path:
    """Return a path, or where it is taken one that is not: ``NAME.kept``, ``NAME.kept2`` and so on."""
    names = (f"{place.name}.kept{number if number > 1 else ''}" for number in count(1))
    free = (place.with_name(name) for name in names)
    return place if not os.path.lexists(place) else next(other for other in free if not os.path.lexists(other))


def write_tables(
    target: Path | str,
    tables: Mapping[str, "pd.DataFrame"],
    provenance: Mapping[str, Any],
    *,
    page: Writer | None = None,
    files: Mapping[str, Writer] | None = None,
    force: bool = False,
) -> Path:
    """Write a directory of tables, other ``files`` and, where one is given, a page, as in :func:`write_directory`."""
    writers = {**table_writers(tables), **(files or {}), **({"report.html": page} if page else {})}
    return write_directory(target, writers, provenance, force=force, cure=_AGAIN)


def add_file(folder: Path | str, name: str, write: Writer) -> Path:
    """Add or renew one file of a run directory; whatever people keep there stays, under ``NAME.kept`` if need be.

    The file and the new ``provenance.json`` are both complete before either takes its name. A crash between the two
    moves leaves a file whose hash is not yet recorded, and :func:`checked` says so of this file alone.
    """
    place = Path(os.path.realpath(folder))
    content = read_provenance(place)
    with (
        atomic.machine_faults(place, _cure()),
        atomic.partial(place / name) as aside,
        atomic.partial(place / PROVENANCE) as note,
    ):
        files = {**content["files"], name: atomic.written(aside, write)._asdict()}
        atomic.written(note, _sealed({**content, "files": files}))
        if name not in content["files"] and os.path.lexists(place / name):
            (place / name).rename(_spare(place / name))
        aside.replace(place / name)
        note.replace(place / PROVENANCE)
        atomic.synchronise(place)
    return place / name


def read_provenance(folder: Path | str) -> dict[str, Any]:
    """Return ``provenance.json``, whose own digest has been checked.

    An InputError says that it is not a run directory, or one of a later version; an IntegrityError, that the file is
    damaged.
    """
    file = Path(folder) / PROVENANCE
    if not file.is_file():
        what = "This is not a run directory: it holds no provenance.json."
        cure = "Give a directory that `neurogen run` wrote."
        raise InputError(what, where=str(folder), cure=cure, code="not-a-run")
    try:
        if file.stat().st_size > _LARGEST_PROVENANCE:
            raise _damaged(file)
        provenance = json.loads(file.read_text(encoding="utf-8"))
        seal, version = provenance.pop("seal"), provenance["format"]
        files = provenance["files"].items()
        intact = seal == _seal(provenance) and all(_stays_within(name) and _is_fingerprint(f) for name, f in files)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as fault:
        raise _damaged(file) from fault
    if not intact:
        raise _damaged(file)
    if version != FORMAT:
        what = f"This run directory has format {version}; this version of neurogen_abm reads format {FORMAT}."
        cure = "Install the version that wrote it; provenance.json names it."
        raise InputError(what, where=str(folder), cure=cure, code="format-version")
    return dict(provenance)


def _recorded(folder: Path) -> dict[str, Any]:
    """Return what the provenance of a directory says, whether or not it is intact; nothing where it cannot be read."""
    try:
        found = json.loads((folder / PROVENANCE).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) and isinstance(found.get("files"), dict) else {}


def _kind_of(provenance: Mapping[str, Any]) -> str:
    """Return what a directory of this provenance holds."""
    return next((kind for key, kind in _KINDS.items() if key in provenance), RUN)


def checked(folder: Path | str, name: str, provenance: Mapping[str, Any]) -> Path:
    """Return the path of a file whose bytes still are what was written; an IntegrityError says that they are not."""
    file, recorded = Path(folder) / name, provenance["files"].get(name, {})
    if not atomic.is_intact(file, atomic.Fingerprint(recorded.get("bytes"), recorded.get("sha256"))):
        raise _damaged(file, given=name == "scenario.yaml" or name in provenance.get("recordings", ()))
    return file


def table_writers(tables: Mapping[str, "pd.DataFrame"]) -> dict[str, Writer]:
    """Return what writes each table as ``NAME.parquet``, for :func:`write_directory`."""
    return {f"{name}.parquet": partial(write_table, table) for name, table in tables.items()}


def write_table(frame: "pd.DataFrame", path: Path) -> None:
    """Write a table as Parquet with a checksum on every page."""
    import pyarrow as pa
    from pyarrow import parquet

    table = pa.Table.from_pandas(frame, preserve_index=False, nthreads=1)
    parquet.write_table(table, path, compression="zstd", write_page_checksum=True)


def read_table(path: Path) -> "pd.DataFrame":
    """Read a table and verify its page checksums; an IntegrityError says that one is damaged."""
    import pyarrow as pa

    try:
        return parquet_file.frame(parquet_file.read(path))
    except (pa.ArrowException, OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as fault:
        raise _damaged(path) from fault


def _stays_within(name: str) -> bool:
    """Return whether a file of this name lies in the run directory, whoever wrote the name."""
    path = PurePosixPath(name)
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts and "\\" not in name


def _is_fingerprint(entry: object) -> bool:
    return isinstance(entry, dict) and entry.keys() == {"bytes", "sha256"}


def _sealed(content: Mapping[str, Any]) -> Writer:
    """Return what writes a provenance with a digest of itself."""
    text = json.dumps({**content, "seal": _seal(content)}, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    return partial(Path.write_text, data=text, encoding="utf-8")


def _seal(content: Mapping[str, Any]) -> str:
    plain = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(plain.encode()).hexdigest()


def _damaged(file: Path, *, given: bool = False) -> IntegrityError:
    """Return what to say of a file; one that was given to the run, and not made by it, cannot be made again."""
    what = "This file is missing, damaged, or not the one that was written."
    cure = "Run the scenario again: scenario.yaml and the seed give the same tables."
    if given:
        cure = "Put it back as it was, from a copy or a capsule of the run, or run the scenario that you wrote again."
    return IntegrityError(what, where=str(file), cure=cure)

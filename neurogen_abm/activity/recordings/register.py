"""Where recordings are, which format they have, and whose activity they hold.

What devices and programs write is read by `formats.registry`. A table with columns of this program's own names is of
one of `FORMATS`: a module with ``NAME``, ``COLUMNS`` (those it needs) and ``read(file)``.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from itertools import takewhile
from pathlib import Path
from typing import TypeAlias

from neurogen_abm.activity.recordings import met_minutes, wheel_counts
from neurogen_abm.activity.recordings.formats import registry
from neurogen_abm.activity.recordings.formats.source import Source
from neurogen_abm.activity.recordings.recording import Recording
from neurogen_abm.activity.recordings.recording_file import RecordingFile, naming
from neurogen_abm.activity.recordings.series import RecordedSeries, RecordingError, even_series
from neurogen_abm.spec.names import as_spelt, composed
from neurogen_abm.spec.suggest import nearest

FORMATS = (wheel_counts, met_minutes)
_MOST_LISTED = 12
_LOOK_ALIKE = str.maketrans("lIO", "110")
_SHIPPED = Path(__file__).parent / "data"


def shipped_recordings() -> list[str]:
    """Return the names of the recordings that come with the package (credits in ``data/CREDITS.md``).

    Examples
    --------
    >>> shipped_recordings()[0]
    'human_met_minutes.csv'
    """
    return sorted(path.name for path in _SHIPPED.glob("*.csv"))


def find_recording(file: str, base_dir: Path | None = None, where: str = "") -> Path:
    """Return the path of a recording: a file named from the scenario's folder, else one that is shipped.

    Links are followed: whoever made one in the folder meant the file to be there.

    Raises
    ------
    RecordingError
        If there is no such file, or the name leads out of the folder of the scenario.

    Examples
    --------
    >>> find_recording("mouse_wheel_hourly").name
    'mouse_wheel_hourly.csv'
    """
    if base_dir is not None:
        if Path(file).is_absolute() or ".." in Path(file).parts:
            what = f'"{file}" leads out of the folder of the scenario.'
            cure = "Put the recording, or a link to it, beside the scenario."
            raise RecordingError(what, where=where, cure=cure, seen=file, code="outside-path")
        path = as_spelt(base_dir / file)
        if path.is_file():
            return path
    for name in (file, f"{file}.csv"):
        if name in shipped_recordings():
            return _SHIPPED / name
    beside = [] if base_dir is None else [path.name for path in sorted(base_dir.glob("*.csv"))]
    near = nearest(file, [*beside, *shipped_recordings()])
    known = f"Did you mean {' or '.join(near)}?" if near else f"Shipped: {', '.join(shipped_recordings())}."
    looked = "in" if base_dir is None else "beside the file that names it, or in"
    what = f'There is no recording "{file}" {looked} the package.'
    if base_dir is None:
        known += " To use a file of your own, write the scenario to a file beside it: a mapping has no folder."
    raise RecordingError(what, where=where, cure=known, seen=file, code="missing-recording")


def read_recording(
    path: str | Path, animal: str | None = None, columns: Mapping[str, str] | None = None, zone: str | None = None
) -> RecordedSeries:
    """Read one animal's recording; the content decides the format.

    Parameters
    ----------
    path
        A file of a known format.
    animal
        Whose activity; not needed where the file holds one animal.
    columns
        What the columns of a table hold: ``time`` and one of ``wheel``, ``distance``, ``speed``, ``met``,
        ``activity``, ``heart_rate``, ``active_minutes``; or what a device counted: ``{"wheel": "counts"}``.
    zone
        Zone of the clock on the wall, where the times of the file are in UTC.

    Raises
    ------
    RecordingError
        If the file is empty, unreadable or of no known format; if a time or value is malformed, negative or not
        finite; if times repeat, run backwards or are uneven; if the animal is not there or not said. Gaps are no
        error here: they are kept, and replay decides.

    Examples
    --------
    >>> mouse = read_recording(find_recording("mouse_wheel_hourly"), "F20404F")
    >>> mouse.interval_min, mouse.values.size
    (60, 2138)
    """
    return _series(str(path), *_state(path), animal, *_said(columns, zone))


def read_file(path: str | Path, columns: Mapping[str, str] | None = None, zone: str | None = None) -> Recording:
    """Return a file as its reader understood it, every animal of it; parameters and errors as in `read_recording`.

    A file that has not changed is read once: a cohort asks for each of its animals.
    """
    return _read(str(path), *_state(path), *_said(columns, zone))


_Said: TypeAlias = tuple[tuple[str, str], ...] | None


def _said(columns: Mapping[str, str] | None, zone: str | None) -> tuple[_Said, str | None]:
    """Return what a person says of a file as something that can be a key."""
    return (None if columns is None else tuple(columns.items())), zone


def _state(path: str | Path) -> tuple[int, int]:
    """Return size and time of the last change of a file; zeros where there is none, which reading it explains."""
    try:
        stat = Path(path).stat()
    except OSError:
        return 0, 0
    return stat.st_size, stat.st_mtime_ns


@lru_cache(maxsize=32)
def _series(
    path: str, size: int, changed_ns: int, animal: str | None, columns: _Said, zone: str | None
) -> RecordedSeries:
    recording = _read(path, size, changed_ns, columns, zone)
    return even_series(recording, chosen_track(recording, animal))


@lru_cache(maxsize=4)
def _read(path: str, _size: int, _changed_ns: int, columns: _Said, zone: str | None) -> Recording:
    file, said = Source(Path(path)), None if columns is None else dict(columns)
    return with_names(registry.as_said(file, registry.read(file, said) or _plain(Path(path)), said, zone))


def with_names(recording: Recording) -> Recording:
    """Return a recording whose names can be told apart; a RecordingError says where a name is missing.

    A column of names that is empty throughout names nobody.
    """
    if [*recording.tracks] == [""]:
        return replace(recording, tracks={None: recording.tracks[""]}, named_by=None)
    if "" in recording.tracks:
        row = int(recording.tracks[""].rows[0])
        what = f"Row {row} does not say whose it is (`{recording.named_by}`)."
        where = f"{recording.file}:{row}"
        raise RecordingError(what, where=where, cure="Write the name of the animal into every row.", code="no-name")
    alike: dict[str, list[str]] = {}
    for name in recording.tracks:
        alike.setdefault(" ".join(str(name).casefold().split()), []).append(str(name))
    notes = [
        f"{' and '.join(names)} are taken for different animals; write the name alike where they are one."
        for names in alike.values()
        if len(names) > 1
    ]
    return replace(recording, notes=(*recording.notes, *notes))


def _plain(path: Path) -> Recording:
    """Read a table whose columns have the names that this program gives them."""
    file = RecordingFile(path)
    form = next((form for form in FORMATS if set(form.COLUMNS) <= set(file.columns)), None)
    if form is None:
        known = "; or ".join(", ".join(form.COLUMNS) for form in FORMATS)
        what = f"Its columns ({', '.join(file.columns)[:80]}) belong to no known format."
        cure = f"{naming(file.columns)} Or name them {known}."
        raise file.fault(what, cure, row=1, code="unknown-format")
    found: Recording = form.read(file)
    others = {form.COLUMNS[-1] for form in FORMATS} & set(file.columns) - set(form.COLUMNS)
    return replace(found, notes=(*found.notes, *(f"Its column `{name}` is not read." for name in sorted(others))))


def chosen_track(recording: Recording, animal: str | None) -> str | None:
    """Return the key of the track of an animal; a RecordingError asks for a choice, or offers the nearest names."""
    names = list(recording.tracks)
    if animal is None and len(names) == 1:
        return names[0]
    for name in names:
        if name is not None and animal is not None and composed(name) == composed(animal):
            return name
    known = [str(name) for name in names]
    if names == [None]:
        what, cure = "The recording does not name its animals.", "Leave out `animal`."
    elif animal is None:
        what = " ".join([*recording.notes, f"The recording holds {len(names)} animals."])
        cure = f"Choose one with `animal`: {_listed(known)}."
    else:
        near = _nearest_animals(animal, known)
        what = f'The recording holds no animal "{animal}".'
        offered = f"Did you mean {' or '.join(near)}? It holds" if near else "Choose one of:"
        cure = f"{offered} {_listed([*near, *(name for name in known if name not in near)])}."
    raise RecordingError(what, where=recording.file, cure=cure, seen=animal, code="which-animal")


def _nearest_animals(animal: str, known: list[str]) -> list[str]:
    """Return the names that may be meant, best first: of names spelt alike, those that begin alike, l being 1."""
    read = animal.translate(_LOOK_ALIKE)
    begins_alike = {name: _alike(name.translate(_LOOK_ALIKE), read) for name in known}
    near = nearest(animal, known, len(known))
    return sorted(near, key=lambda name: (-begins_alike[name], known.index(name)))[:3]


def _alike(one: str, other: str) -> int:
    """Return how many characters two names begin with in common."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _listed(names: list[str]) -> str:
    more = len(names) - _MOST_LISTED
    return ", ".join(names[:_MOST_LISTED]) + (f" and {more} more" if more > 0 else "")


def is_shipped(path: Path) -> bool:
    """Return whether a recording came with the package."""
    return path.parent == _SHIPPED


def kept_content(path: Path) -> bytes:
    """Return what a run keeps of a recording: the file, but for one that says where a person was only its samples."""
    return _without_places(str(path), *_state(path)) or path.read_bytes()


@lru_cache(maxsize=4)
def _without_places(path: str, _size: int, _changed_ns: int) -> bytes | None:
    return registry.without_places_of(Source(Path(path)))


def recording_digest(path: str | Path) -> str:
    """Return the SHA-256 of what a run keeps of a recording; while the file does not change it is worked out once."""
    return _digest(str(path), *_state(path))


@lru_cache(maxsize=256)
def _digest(path: str, _size: int, _changed_ns: int) -> str:
    if kept := _without_places(str(path), *_state(path)):
        return hashlib.sha256(kept).hexdigest()
    with Path(path).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()

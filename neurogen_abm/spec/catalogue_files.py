"""The files of the catalogue: what all species share, what one species says, what a scenario adds; read and merged.

Later layers win, key by key. A parameter that states a `value` replaces the one below it whole, because a number and
its source belong together; without a value it changes single fields, such as the note. `null` takes a key away.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, NamedTuple

from neurogen_abm.errors import InputError
from neurogen_abm.spec.suggest import offer
from neurogen_abm.spec.yaml.reader import KeyPath, YamlError, dotted, parse

FILES = ("anatomy", "lineage", "physiology", "histology", "network", "memory")
FOLDERS = ("signals", "pathways")
MECHANISMS = "mechanisms"  # a folder of its own: what is laid over the others where a scenario names it
STRAINS = "strains"  # another: what animals of a strain have otherwise
SHARED = "shared"
REFERENCES = "references.yaml"
# A user's files travel inside the resolved scenario, which may hold 1 MB and texts of 20,000 characters.
LARGEST_OWN, LONGEST_LINE, MOST_LINES = 150_000, 5_000, 8_000

_FILE_NAME = re.compile(r"[a-z][a-z0-9_]*\.yaml")
_OWN_FOLDERS = (*FOLDERS, MECHANISMS, STRAINS)
_OWN = (*(f"{name}.yaml" for name in FILES), REFERENCES, *_OWN_FOLDERS)


class CatalogueError(InputError):
    """A data file of the catalogue breaks its own rules, or a species is not in it."""

    default_code = "catalogue"


class OwnFiles(NamedTuple):
    """The files of a user's own catalogue: the name of the folder, for errors, and (file, text) in order."""

    name: str
    files: tuple[tuple[str, str], ...]

    @property
    def digest(self) -> str:
        """SHA-256 of names and contents; where the folder lies does not count."""
        return digest_of((name, text.encode()) for name, text in self.files)


class Layer(NamedTuple):
    """The files of one folder, by name; ``title`` is what errors call the folder."""

    title: str
    files: Mapping[str, bytes]


class Part(NamedTuple):
    """What the layers say together in one file, and where each entry was written (``file:line:column``)."""

    data: dict[str, Any]
    spots: dict[KeyPath, str]

    def where(self, path: KeyPath) -> str:
        """Return the place of an entry and its dotted path; that of a parameter is where its value stands."""
        near = ((*path, "value"), *(path[:n] for n in range(len(path), -1, -1)))
        known = next((candidate for candidate in near if candidate in self.spots), None)
        return " ".join(text for text in (self.spots.get(known, "") if known is not None else "", dotted(path)) if text)


def root_folder(root: Path | None = None) -> Traversable:
    """Return the folder of the catalogue, by default the one that comes with the package."""
    return root if root is not None else resources.files("neurogen_abm") / "catalogue"


def shipped_layers(species: str, root: Path | None = None) -> list[Layer]:
    """Return what all species share, if there is such a folder, and what one species says."""
    top = root_folder(root)
    names = [name for name in (SHARED, species) if (top / name).is_dir()]
    return [Layer(f"catalogue/{name}", dict(_files(top / name))) for name in names]


def _files(folder: Traversable) -> Iterator[tuple[str, bytes]]:
    """Yield (name, content) of the YAML files of a folder and of those one level below, in order."""
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            inside = sorted(entry.iterdir(), key=lambda file: file.name)
            yield from ((f"{entry.name}/{f.name}", f.read_bytes()) for f in inside if f.name.endswith(".yaml"))
        elif entry.name.endswith(".yaml"):
            yield entry.name, entry.read_bytes()


def read_own(folder: Path, name: str) -> OwnFiles:
    """Read a user's own catalogue, which errors call ``name``; its entries are not checked yet.

    Links are followed; the run keeps what it read. A CatalogueError says that it is not a folder, is empty, or that
    something in it is too large, or has a name that is not known here.
    """
    try:
        if not folder.is_dir():
            siblings = [p.name for p in folder.parent.iterdir() if p.is_dir()] if folder.parent.is_dir() else []
            cure = f"{offer(folder.name, siblings)} " if siblings else ""
            cure += "It is looked for from the folder of the scenario file."
            raise CatalogueError("There is no such folder.", where=name, code="no-folder", cure=cure)
        found = sorted(_own(folder, name))
    except OSError as fault:
        what = f"The catalogue cannot be read ({fault.strerror or fault})."
        cure = "Name a folder that can be read."
        raise CatalogueError(what, where=name[:80], code="unreadable", cure=cure) from fault
    if not found:
        inside = ", ".join(f"{folder}/NAME.yaml" for folder in _OWN_FOLDERS)
        cure = f"Put at least one of these into it: {', '.join(_OWN[: -len(_OWN_FOLDERS)])}, {inside}."
        raise CatalogueError("The folder holds no file of a catalogue.", where=name, code="empty-folder", cure=cure)
    lines = [line for _, text in found for line in text.split("\n")]
    size = sum(len(text.encode()) for _, text in found)
    if size > LARGEST_OWN or len(lines) > MOST_LINES or max(map(len, lines)) > LONGEST_LINE:
        what = f"The files hold {size / 1000:,.0f} kB in {len(lines):,} lines, more than a catalogue may."
        cure = f"Keep within {LARGEST_OWN // 1000} kB, {MOST_LINES:,} lines and {LONGEST_LINE:,} characters per line."
        raise CatalogueError(what, where=name, code="too-large", cure=cure)
    return OwnFiles(name, tuple(found))


def _own(folder: Path, name: str) -> Iterator[tuple[str, str]]:
    for entry in folder.iterdir():
        if entry.name.startswith(".") or entry.name == "README.md":
            continue
        place = f"{name}/{entry.name}"
        if entry.name not in _OWN or entry.is_dir() != (entry.name in _OWN_FOLDERS):
            cure = f"{offer(entry.name, _OWN)} Other files belong beside the folder."
            raise CatalogueError("This is not a file of a catalogue.", where=place, code="stray-file", cure=cure)
        if entry.is_file():
            yield entry.name, _text(entry, place)
            continue
        for file in entry.iterdir():
            if file.name.startswith("."):
                continue
            if not _FILE_NAME.fullmatch(file.name) or not file.is_file():
                what = "This is not the file of a signal, pathway, mechanism or strain."
                cure = "Name it with small letters, digits and underscores, like my_signal.yaml."
                raise CatalogueError(what, where=f"{place}/{file.name}", code="stray-file", cure=cure)
            yield f"{entry.name}/{file.name}", _text(file, f"{place}/{file.name}")


def _text(file: Path, place: str) -> str:
    with file.open("rb") as stream:
        raw = stream.read(LARGEST_OWN + 1)
    if len(raw) > LARGEST_OWN:
        cure = f"A whole catalogue may hold {LARGEST_OWN // 1000} kB."
        raise CatalogueError("The file is too large.", where=place, code="too-large", cure=cure)
    try:
        return raw.decode()
    except UnicodeDecodeError:
        parse(raw, place)  # says which byte it is
        raise


def digest_of(files: Iterable[tuple[str, bytes]]) -> str:
    """Return the SHA-256 of (name, content) pairs."""
    digest = hashlib.sha256()
    for name, raw in files:
        digest.update(name.encode() + b"\0" + str(len(raw)).encode() + b"\0" + raw)
    return digest.hexdigest()


@lru_cache(maxsize=256)
def read_part(raw: bytes, name: str) -> Part:
    """Read one file of one layer; what comes back is shared by callers, who do not change it."""
    try:
        document = parse(raw, name)
    except YamlError as fault:
        if fault.code == "empty-file":
            fault.cure = "Write at least one entry, or remove the file."
        raise
    if not isinstance(document.data, dict):
        what, cure = "A file of the catalogue is a mapping of keys.", "Write `key: value`."
        raise CatalogueError(what, where=name, code="not-a-mapping", cure=cure)
    return Part(document.data, {path: f"{name}:{line}:{column}" for path, (line, column) in document.places.items()})


def merged(
    layers: list[Layer], read: Callable[[bytes, str], Part] = read_part, on_top: Iterable[Mapping[str, Part]] = ()
) -> dict[str, Part]:
    """Return file -> what all layers say in it; messengers and pathways begin with what all of them have.

    ``read`` makes a part of the content of a file and of its place; ``on_top`` are layers that were read before.
    """
    names = dict.fromkeys(name for layer in layers for name in sorted(layer.files) if not is_laid_over(name))
    stacked = {name: _stacked(layers, name, read) for name in names if name != REFERENCES}
    for layer in on_top:
        for name, part in layer.items():
            stacked[name] = over(stacked.get(name, Part({}, {})), part)
    found = {f"{name}.yaml": stacked[f"{name}.yaml"] for name in FILES if f"{name}.yaml" in stacked}
    for group in FOLDERS:
        common = stacked.get(f"{group}.yaml")
        for name in sorted(name for name in stacked if name.startswith(f"{group}/")):
            plain = common is None or stacked[name].data.get("field") is True
            found[name] = stacked[name] if common is None or plain else over(common, stacked[name])
    return found


def is_laid_over(name: str) -> bool:
    """Say whether the file of this name is that of a mechanism or a strain, which only some runs read."""
    return name.startswith((f"{MECHANISMS}/", f"{STRAINS}/"))


def parts_in(folder: str, layers: list[Layer], read: Callable[[bytes, str], Part] = read_part) -> dict[str, Part]:
    """Return what all layers say in each file of a folder, by the name of the file."""
    names = sorted({name for layer in layers for name in layer.files if name.startswith(f"{folder}/")})
    return {name.split("/")[1].removesuffix(".yaml"): _stacked(layers, name, read) for name in names}


def _stacked(layers: list[Layer], name: str, read: Callable[[bytes, str], Part]) -> Part:
    part = Part({}, {})
    for layer in layers:
        if name in layer.files:
            part = over(part, read(layer.files[name], f"{layer.title}/{name}"))
    return part


def over(low: Part, high: Part) -> Part:
    """Return two layers as one, by the rules of this module; a mapping must stay one, and so must what is none."""
    return Part(_over(low.data, high.data, (), high), {**low.spots, **high.spots})


def _over(low: Mapping[str, Any], high: Mapping[str, Any], path: KeyPath, top: Part) -> dict[str, Any]:
    found = dict(low)
    in_parameter = "value" in low or "value" in high
    for key, new in high.items():
        old, here = low.get(key), (*path, key)
        if new is None and not in_parameter:
            found.pop(key, None)
        elif old is not None and not in_parameter and isinstance(old, dict) != isinstance(new, dict):
            what = f"`{key}` is {'a mapping' if isinstance(old, dict) else 'a single entry or list'} here."
            raise CatalogueError(what, where=top.where(here), code="wrong-type", cure="Keep its form.")
        elif isinstance(new, dict) and "value" not in new:
            found[key] = _over(old if isinstance(old, dict) else {}, new, here, top)
        else:
            found[key] = new
    return found


def is_parameter(data: object) -> bool:
    """Return whether an entry is a parameter with its source."""
    return isinstance(data, dict) and "value" in data

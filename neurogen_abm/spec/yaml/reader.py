"""A strict reader of YAML 1.2: plain data and the place of every entry, or one clear refusal.

Anchors, aliases, merge keys, tags and directives are refused at the first such token, because a few hundred bytes
of them unfold into gigabytes. Scalars follow the core schema of YAML 1.2: ``1e-3`` is a number, ``no`` and ``07:00``
are text.
"""

import errno
import re
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from neurogen_abm.errors import InputError, argument
from neurogen_abm.kept import Kept
from neurogen_abm.spec.names import as_spelt, composed

SIZE_LIMIT = 1_000_000
DEPTH_LIMIT = 32
NODE_LIMIT = 50_000
TEXT_LIMIT = 20_000

# Documents read by this process, which a loop over animals reads again and again, and about what each takes.
_BYTES_PER_CHARACTER = 40

KeyPath = tuple[str | int, ...]
Place = tuple[int, int]

_INTEGER = re.compile(r"[-+]?[0-9]+", re.ASCII)
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", re.ASCII)
_HEX_OR_OCTAL = re.compile(r"0x[0-9a-fA-F]{1,15}|0o[0-7]{1,20}")
_WORDS: dict[str, object] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", "+.inf", ".Inf", ".INF", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}


class YamlError(InputError):
    """The text is not the plain, single YAML document that is wanted."""

    default_code = "yaml-syntax"


class Document(NamedTuple):
    """What a file says and where: ``places`` maps the path of an entry to its (line, column), both from 1."""

    data: Any
    places: dict[KeyPath, Place]


_PARSED: Kept[Document] = Kept(most_bytes=16 * 2**20)


def dotted(path: KeyPath) -> str:
    """Return a path as people write it: ``activity[0].distance``."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")[:300]


def place_of(name: str, places: dict[KeyPath, Place], changed: tuple[KeyPath, ...], path: KeyPath) -> str:
    """Return ``file:line:column dotted.key`` of an entry, or of its nearest parent that has a place.

    Entries that were changed by the call, or on the command line, have none in the file.
    """
    if any(path[: len(change)] == change for change in changed):
        name, places = argument("overrides"), {}
    known = next((path[:n] for n in range(len(path), -1, -1) if path[:n] in places), None)
    spot = f"{name}:{places[known][0]}:{places[known][1]}" if known is not None and name else name
    return " ".join(part for part in (spot, dotted(path)) if part)


def read_file(path: Path, name: str | None = None) -> Document:
    """Read one YAML file, which errors call ``name``, or else by its path."""
    name = name or str(path)
    try:
        with as_spelt(path).open("rb") as file:
            raw = file.read(SIZE_LIMIT + 1)
    except FileNotFoundError as fault:
        raise YamlError("There is no such file.", where=name, code="no-file", cure="Check the path.") from fault
    except (OSError, ValueError) as fault:
        if getattr(fault, "errno", None) == errno.ENAMETOOLONG:
            what = "This name is longer than a disk can hold."
            cure = "Name a YAML file that can be read."
            raise YamlError(what, where=f"{name[:60]}...", code="long-name", cure=cure) from fault
        reason = getattr(fault, "strerror", None) or str(fault)
        cure = "Name a YAML file that can be read."
        raise YamlError(f"The file cannot be read ({reason}).", where=name, code="unreadable", cure=cure) from fault
    return parse(raw, name)


def parse(raw: bytes | str, name: str = "") -> Document:
    """Parse one YAML document of plain data; whoever asks gets data of his own, which he may change."""
    text = _decoded(raw, name)
    known = _PARSED.get((text, name))
    if known is None:
        known = _parsed(text, name)
        _PARSED.keep((text, name), known, _BYTES_PER_CHARACTER * len(text))
    return Document(deepcopy(known.data), dict(known.places))


def _parsed(text: str, name: str) -> Document:
    loader = YAML(typ="safe", pure=True)
    composer = _Composer(name)
    try:
        return composer.document(loader.parse(text))
    except MarkedYAMLError as fault:
        mark = fault.problem_mark or fault.context_mark
        if fault.context_mark is not None and "end of stream" in str(fault.problem):
            mark = fault.context_mark  # where the quotation mark or bracket opens says more than the end of the file
        spot = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name
        problem = re.sub(r"\s+", " ", str(fault.problem or fault.context or "not YAML"))[:160]
        hint = _syntax_cure(problem)
        raise YamlError(f"This is not valid YAML: {problem}.", where=spot.lstrip(":"), cure=hint) from None
    except YAMLError as fault:
        problem = re.sub(r"\s+", " ", str(fault))[:160]
        raise YamlError(f"This is not valid YAML: {problem}.", where=name, cure=_syntax_cure(problem)) from None


def resolve_scalar(text: str) -> object:
    """Return what plain text means by the core schema of YAML 1.2: None, true, false, a number, or the text itself."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text) and len(text) < 400:
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    return int(text, 0) if _HEX_OR_OCTAL.fullmatch(text) else text


def _syntax_cure(problem: str) -> str:
    """Return the cure for the commonest slips of syntax."""
    if "'\\t'" in problem or "\\t" in problem or "tab" in problem.lower():
        return "Indent with spaces, not with tabs."
    if "mapping values are not allowed" in problem:
        return "Put text that holds a colon in quotation marks, and check the indentation."
    return "Check indentation, brackets and quotation marks near this place."


def _decoded(raw: bytes | str, name: str) -> str:
    """Return the text of a file, accents composed; it must be UTF-8, not too large, without control characters."""
    size = len(raw)
    if size > SIZE_LIMIT:
        cure = "A scenario needs a few kilobytes; put recordings into files of their own."
        raise YamlError("The file is larger than 1 MB.", where=name, code="too-large", cure=cure)
    if isinstance(raw, bytes):
        if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
            raise YamlError("The file is UTF-16.", where=name, code="not-utf8", cure="Save it as UTF-8.")
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError as fault:
            line = raw[: fault.start].count(b"\n") + 1
            column = fault.start - raw.rfind(b"\n", 0, fault.start)
            spot, byte = f"{name}:{line}:{column}", raw[fault.start]
            what = f"The byte 0x{byte:02x} is not UTF-8."
            raise YamlError(what, where=spot, code="not-utf8", cure="Save the file as UTF-8.") from fault
    else:
        text = raw
    text = text.removeprefix("\ufeff")
    found = re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufeff]", text)
    if found:
        line = text.count("\n", 0, found.start()) + 1
        column = found.start() - text.rfind("\n", 0, found.start())
        what = f"There is a control character (U+{ord(found[0]):04X}) here."
        raise YamlError(what, where=f"{name}:{line}:{column}", code="control-character", cure="Remove it.")
    return composed(text)


class _Composer:
    """Builds plain data from the events of one document, refusing what is not plain as soon as it appears."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.places: dict[KeyPath, Place] = {}
        self.nodes = 0

    def document(self, events: Iterator[Event]) -> Document:
        """Compose the single document of a stream."""
        data: Any = None
        seen = False
        for event in events:
            if isinstance(event, DocumentStartEvent):
                if seen:
                    cure = "Keep one document per file."
                    self.refuse(event, (), "A second document starts here (---).", "many-documents", cure)
                if event.version or event.tags:
                    what = "YAML directives (lines that start with %) are not read here."
                    self.refuse(event, (), what, "yaml-directive", "Remove the line.")
                seen = True
            elif isinstance(event, MappingStartEvent | SequenceStartEvent | ScalarEvent | AliasEvent):
                data = self.node(event, events, ())
        if not seen or data is None:
            cure = "Start from a shipped scenario, or write at least a name and a duration."
            raise YamlError("The file is empty.", where=self.name, code="empty-file", cure=cure)
        return Document(data, self.places)

    def node(self, event: Event, events: Iterator[Event], path: KeyPath) -> Any:
        """Compose the node that ``event`` opens."""
        self.check(event, path)
        if isinstance(event, ScalarEvent):
            return self.scalar(event, path)
        if isinstance(event, MappingStartEvent):
            return self.mapping(events, path)
        return self.sequence(events, path)

    def mapping(self, events: Iterator[Event], path: KeyPath) -> dict[str, Any]:
        """Compose a mapping; its keys are text and stand once."""
        found: dict[str, Any] = {}
        for event in events:
            if isinstance(event, MappingEndEvent):
                break
            if not isinstance(event, ScalarEvent):
                self.check(event, path)
                self.refuse(event, path, "A key must be plain text.", "bad-key", "Write `key: value`.")
            key = str(event.value)
            self.check(event, (*path, key))
            if key == "<<" and event.style is None:
                cure = "Write the entries out instead."
                self.refuse(event, path, "Merge keys (<<) are not read here.", "yaml-merge", cure)
            if key in found:
                first = self.places[(*path, key)][0]
                what = f'The key "{key[:60]}" appears twice, in line {first} and in line {event.start_mark.line + 1}.'
                self.refuse(event, (*path, key), what, "duplicate-key", "Remove one of them.")
            self.places[(*path, key)] = (event.start_mark.line + 1, event.start_mark.column + 1)
            found[key] = self.node(next(events), events, (*path, key))
        return found

    def sequence(self, events: Iterator[Event], path: KeyPath) -> list[Any]:
        """Compose a list."""
        found: list[Any] = []
        for event in events:
            if isinstance(event, SequenceEndEvent):
                break
            self.places[(*path, len(found))] = (event.start_mark.line + 1, event.start_mark.column + 1)
            found.append(self.node(event, events, (*path, len(found))))
        return found

    def check(self, event: Event, path: KeyPath) -> None:
        """Refuse what unfolds, names types, or is more than a person writes."""
        if path == () and () not in self.places:
            self.places[()] = (event.start_mark.line + 1, event.start_mark.column + 1)
        if isinstance(event, AliasEvent) or getattr(event, "anchor", None):
            cure = "Write the entries out instead."
            self.refuse(event, path, "Anchors (&) and aliases (*) are not read here.", "yaml-alias", cure)
        # The parser marks a bare "!" and every named tag; plain nodes carry none.
        if getattr(event, "ctag", None) is not None or getattr(event, "tag", None):
            cure = "Remove it; the type follows from the key."
            self.refuse(event, path, "Tags (!) are not read here.", "yaml-tag", cure)
        self.nodes += 1
        if self.nodes > NODE_LIMIT:
            self.refuse(event, path, f"The file has more than {NODE_LIMIT:,} entries.", "too-many-entries", "Split it.")
        if len(path) > DEPTH_LIMIT:
            what = f"The entries are nested more than {DEPTH_LIMIT} deep."
            self.refuse(event, path[:3], what, "too-deep", "Nothing in a scenario is nested that deep.")

    def scalar(self, event: ScalarEvent, path: KeyPath) -> object:
        """Resolve a plain scalar; quoted and block text stays text."""
        text = str(event.value)
        if len(text) > TEXT_LIMIT:
            self.refuse(event, path, f"A text has more than {TEXT_LIMIT:,} characters.", "too-long", "Shorten it.")
        return text if event.style is not None else resolve_scalar(text)

    def refuse(self, event: Event, path: KeyPath, what: str, code: str, cure: str) -> NoReturn:
        """Raise the refusal at the place of an event."""
        mark = event.start_mark
        spot = f"{self.name}:{mark.line + 1}:{mark.column + 1}" if self.name else f"line {mark.line + 1}"
        raise YamlError(what, where=" ".join(part for part in (spot, dotted(path)) if part), code=code, cure=cure)

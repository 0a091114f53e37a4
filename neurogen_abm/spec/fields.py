"""The kinds of field a person fills in: quantities with units, clock times, ids, names of files.

Each is text in a scenario file and one float, integer or checked text inside; it is written back as text that reads
the same.
"""

import re
import unicodedata
from dataclasses import dataclass
from pathlib import PurePosixPath, PureWindowsPath
from typing import Annotated, Any, get_args, get_type_hints

from pydantic import AfterValidator, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from neurogen_abm import units
from neurogen_abm.errors import InputError
from neurogen_abm.spec.yaml.reader import KeyPath

FORMAT = 1  # of scenarios, sweeps, studies and fits
_JSON_PATTERN = r"^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*[A-Za-zµμ%/1].*$"


class FieldError(InputError, ValueError):
    """A field holds text of the wrong form."""

    default_code = "bad-value"


class CrossFieldError(FieldError):
    """Two entries contradict each other; ``path`` says where the second stands."""

    def __init__(self, what: str, path: KeyPath, *, code: str, cure: str) -> None:
        super().__init__(what, code=code, cure=cure)
        self.path = path


@dataclass(frozen=True)
class In:
    """Marks a float written as a quantity: ``Annotated[float, In("h", above=0)]`` reads ``"28 d"`` as 672.0."""

    unit: str
    least: float | None = None
    above: float | None = None
    most: float | None = None
    percent: bool = False  # people think of it in percent, so that a bare 1 could be one percent or all

    def read(self, text: object) -> float:
        """Return the quantity as a float in ``unit``, or raise UnitError."""
        if self.percent and type(text) in (int, str) and re.fullmatch(r"\+?1(\.0*)?", str(text).strip()):
            what, cure = "1 could be all, or one in a hundred.", 'Write "100 %" or "1 %".'
            raise units.UnitError(what, code="unit-missing", cure=cure, seen=text)
        return units.quantity(text, self.unit, least=self.least, above=self.above, most=self.most)

    def write(self, value: float) -> str | float:
        """Return the value as a person would write it."""
        return value if self.unit == "1" else units.tidy(value, self.unit)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            self.read, serialization=core_schema.plain_serializer_function_ser_schema(self.write)
        )

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        if self.unit == "1":
            low = {"exclusiveMinimum": self.above} if self.above is not None else {}
            low |= {"minimum": self.least} if self.least is not None else {}
            high = {"maximum": self.most} if self.most is not None else {}
            return {"anyOf": [{"type": "number", **low, **high}, {"type": "string", "pattern": r"%\s*$"}]}
        return {"type": "string", "pattern": _JSON_PATTERN, "examples": [units.example(self.unit).strip('"')]}


@dataclass(frozen=True)
class ClockTime:
    """Marks an integer, minutes after midnight, that people write as ``"07:00"``."""

    def read(self, text: object) -> int:
        """Return minutes after midnight, 0 to 1439."""
        found = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", text, re.ASCII) if isinstance(text, str) else None
        if found is None:
            shown = f'"{text[:20]}"' if isinstance(text, str) else repr(text)[:20]
            cure = 'Write hours and minutes of a 24 h clock, like "07:00".'
            raise FieldError(f"{shown} is not a time of day.", code="bad-clock", cure=cure, seen=text)
        return int(found[1]) * 60 + int(found[2])

    def write(self, minute: int) -> str:
        """Return the time as ``HH:MM``."""
        return f"{minute // 60:02d}:{minute % 60:02d}"

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            self.read, serialization=core_schema.plain_serializer_function_ser_schema(self.write)
        )

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "string", "pattern": r"^([01]?\d|2[0-3]):[0-5]\d$", "examples": ["07:00"]}


@dataclass(frozen=True)
class Short:
    """Marks a model that may be written short: a value of type ``of`` stands for the entry ``key`` of it."""

    key: str
    of: type = str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        def full(value: object) -> object:
            return {self.key: value} if isinstance(value, self.of) else value

        return core_schema.no_info_before_validator_function(full, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"anyOf": [{"type": "string" if self.of is str else "array"}, handler(schema)]}


# Names that Windows keeps for devices; a file of that name cannot be made there.
_DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}
ID_PATTERN = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"


def _id(text: str) -> str:
    cure = "Use letters, digits, point, underscore and hyphen, 64 at most, starting with a letter or digit."
    if not re.fullmatch(ID_PATTERN, text):
        raise FieldError(f'"{text[:70]}" cannot be the name of a folder.', code="bad-name", cure=cure, seen=text)
    if text.endswith(".") or text.split(".")[0].lower() in _DEVICES:
        what = f'"{text}" cannot be the name of a folder on every system.'
        raise FieldError(what, code="bad-name", cure=cure, seen=text)
    return text


def as_id(text: str) -> str:
    """Return text as the name of a folder: letters, digits, points, hyphens, underscores; empty where none is left.

    Marks are taken off letters, what cannot stand in a name becomes an underscore, and a name that Windows keeps for a
    device gets one.

    >>> as_id("Läufer, Woche 2"), as_id(".hidden"), as_id("CON"), as_id("мышь")
    ('Laufer__Woche_2', 'hidden', 'CON_', '')
    """
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    plain = re.sub(r"[^A-Za-z0-9._-]", "_", plain).lstrip("._-")[:64].rstrip(".")
    if not re.search(r"[A-Za-z0-9]", plain):
        return ""
    device, point, rest = plain.partition(".")
    return f"{device}_{point}{rest}"[:64] if device.lower() in _DEVICES else plain


def _one_line(text: str) -> str:
    if not text.isprintable():
        what = "A title must be one line without control characters."
        raise FieldError(what, cure="Write it on one line.", seen=text)
    return text


def no_name_twice(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return names as they are; a FieldError says which of them is there twice."""
    if twice := next((name for n, name in enumerate(names) if name in names[:n]), None):
        raise FieldError(f'"{twice[:60]}" is named twice.', code="twice", cure="Name it once.", seen=twice)
    return names


def file_beside(text: str) -> str:
    """Return the name of a file if it can only mean a file beside the scenario, below it, or a shipped one."""
    cure = "Put the file beside the scenario and name it from there, like my_mouse.csv."
    parts = PurePosixPath(text).parts
    leaves = PurePosixPath(text).is_absolute() or PureWindowsPath(text).drive or ".." in parts or text.startswith("~")
    if leaves or "\\" in text or not text.isprintable() or not parts:
        what = f'"{text[:60]}" lies outside the folder of the scenario.'
        raise FieldError(what, code="outside-path", cure=cure, seen=text)
    return text


Hours = Annotated[float, In("h", least=0)]
Clock = Annotated[int, ClockTime()]
Id = Annotated[str, AfterValidator(_id), Field(json_schema_extra={"pattern": f"^{ID_PATTERN}$"})]
Title = Annotated[str, Field(max_length=200), AfterValidator(_one_line)]
RecordingName = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(file_beside)]


def _known_format(version: int) -> int:
    if version != FORMAT:
        age = "newer" if version > FORMAT else "older"
        cure = "Install the version of neurogen_abm that wrote it." if version > FORMAT else f"Write schema: {FORMAT}."
        what = f"This file has format {version}, {age} than format {FORMAT}, which this version reads."
        raise FieldError(what, code="schema-version", cure=cure, seen=version)
    return version


Version = Annotated[
    int,
    AfterValidator(_known_format),
    Field(alias="schema", description="Version of this format.", json_schema_extra={"const": FORMAT}),
]


def by_kind(union: Any) -> dict[str, Any]:
    """Return the models of a union, told apart by their ``kind``, under it."""
    models = get_args(get_args(union)[0])
    return {get_args(get_type_hints(model)["kind"])[0]: model for model in models}
